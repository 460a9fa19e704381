"""Which header fields a DKIM signature covers (RFC 6376): what stands beside them may have been added by anybody."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Final

from .headers import Headers

ANYBODY: Final = ""
"""In place of a domain: it is not known whose signature counts, so all must cover a field."""
_BLANKS: Final = re.compile(r"\s+")
_LONGEST: Final = 20_000
_MOST: Final = 50


def unsigned(headers: Headers, names: Iterable[str], domain: str) -> tuple[str, ...]:
    """Those of the fields of these names that a signature of the domain does not cover.

    A field is covered when every signature of this domain, or of one above it (whose ``i=`` may name this one), names
    it at least as often as it is there: a signature counts fields from below, so that one more on top is nobody's.
    Which of several signatures was found genuine is not known here, so the one that says least decides.
    """
    found = headers.values("dkim-signature")
    said = [_signed(value, domain) for value in found[:_MOST]]
    counts = [fields for fields in said if fields is not None]
    if not counts or len(found) > _MOST:
        return tuple(names)
    return tuple(name for name in names if any(fields[name.lower()] < len(headers.raw(name)) for fields in counts))


def _signed(value: str, domain: str) -> Counter[str] | None:
    """How often a signature names each field; none at all when it cannot be read; None: it is another domain's."""
    tags: dict[str, str] = {}
    for piece in value[:_LONGEST].split(";"):
        name, equals, text = piece.partition("=")
        if not equals:
            continue
        if name.strip() in tags:
            return Counter()
        tags[name.strip()] = _BLANKS.sub("", text).lower()
    if len(value) > _LONGEST or not tags.get("d"):
        return Counter()
    signer = tags["d"].rstrip(".")
    if domain not in {ANYBODY, signer} and not domain.endswith(f".{signer}"):
        return None
    return Counter(tags.get("h", "").split(":"))
