"""What a provider's redirect brings (RFC 6749 4.1.2), from the query of an address or the form that was posted."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from urllib.parse import parse_qsl

_MOST_PARAMETERS = 50


def parameters(text: str) -> dict[str, str] | None:
    """The parameters of a query or form; None when one stands there twice (RFC 6749 3.1) or there are too many."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_PARAMETERS, errors="replace")
    except ValueError:
        return None
    found = dict(pairs)
    return found if len(found) == len(pairs) else None


def is_answer(found: Mapping[str, str] | None, state: str) -> bool:
    """Whether these are the parameters of the answer to the sign-in with this state; the state is never guessed."""
    said = (found or {}).get("state", "")
    return bool(state) and hmac.compare_digest(said.encode("utf-8", "replace"), state.encode("utf-8"))
