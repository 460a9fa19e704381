"""What a token endpoint's answer holds, read and checked (RFC 6749 5.1)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from mailadmin.domain.secrets import Secret

from . import answers

_HOUR: Final = 3600
_LONGEST: Final = 366 * 24 * 3600
_TOKEN: Final = re.compile(r"[\x21-\x7e]+")
"""RFC 6749 A.12 without the blank: what goes into a SASL answer must not hold its separators."""


def access_token_of(answer: Mapping[str, object]) -> Secret:
    """The access token, if it is one that can be borne.

    :raises UserFixableError: OAUTH_BAD_ANSWER
    """
    token, kind = answer.get("access_token"), answer.get("token_type") or "Bearer"
    if not isinstance(token, str) or _TOKEN.fullmatch(token) is None:
        raise answers.bad("format", expected="access_token", found=", ".join(sorted(map(str, answer))))
    if str(kind).lower() != "bearer":  # RFC 6749 7.1: a kind that is not understood must not be used
        raise answers.bad("format", expected="Bearer", found=str(kind))
    return Secret(token)


def expiry_of(answer: Mapping[str, object], asked_at: datetime) -> datetime:
    """When the access token ends, counted from before it was asked for. An hour where nothing is said.

    A token that ends sooner than was thought is refused by the mail server, and another one is got then.

    :raises UserFixableError: OAUTH_BAD_ANSWER
    """
    seconds = answer.get("expires_in", _HOUR)
    try:
        lasting = int(float(str(seconds)))
    except (ValueError, OverflowError):
        raise answers.bad("format", expected="expires_in", found=str(seconds)) from None
    return asked_at + timedelta(seconds=max(0, min(lasting, _LONGEST)))


def granted_by(answer: Mapping[str, object]) -> tuple[str, ...]:
    """The scopes that were granted, as far as the provider says."""
    scope = answer.get("scope") or ""
    return tuple(scope.split()) if isinstance(scope, str) else tuple(str(one) for one in _listed(scope))


def _listed(scope: object) -> list[object]:
    return scope if isinstance(scope, list) else []


def now() -> datetime:
    """The present moment, aware UTC."""
    return datetime.now(UTC)
