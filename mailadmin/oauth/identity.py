"""Who signed in: the ID token read and checked (OpenID Connect Core 3.1.3.7), which the libraries leave to us."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from mailadmin.domain.oauth import Identity

from . import answers
from .issuers import TENANT, matches_issuer

_SKEW: Final = 300
"""Seconds that this computer's clock and the provider's may differ."""


def identity_of(
    id_token: str, *, client_id: str, issuers: tuple[str, ...], nonce: str = "", now: datetime | None = None
) -> Identity:
    """Read an ID token that came straight from the token endpoint, and check for whom, by whom and when it was made.

    Its signature is not verified, and need not be: it came over TLS from the token endpoint itself, whose certificate
    stands for the issuer (OpenID Connect Core 3.1.3.7, item 6). It says who signed in, and opens nothing here.

    :param issuers: who may have made it, one of which must fit; empty when the profile names no issuer
    :param nonce: what was sent with the request; empty when none was
    :raises UserFixableError: OAUTH_BAD_ANSWER
    """
    claims = _claims(id_token)
    _check_issuer(claims, issuers)
    _check_audience(claims, client_id)
    _check_times(claims, now or datetime.now(UTC))
    if nonce and not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise answers.bad("nonce", expected="the nonce that was sent", found="another one")
    return Identity(
        subject=_text(claims, "sub"),
        address=_address(claims),
        name=_text(claims, "name"),
        tenant=_text(claims, "tid"),
    )


def _claims(id_token: str) -> Mapping[str, object]:
    try:
        payload = id_token.split(".")[1]
        claims = answers.json_object(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError):
        claims = None
    if claims is None:
        raise answers.bad("format", expected="an ID token", found="something else")
    return claims


def _check_issuer(claims: Mapping[str, object], issuers: tuple[str, ...]) -> None:
    if not issuers:
        return
    found, tenant = _text(claims, "iss"), _text(claims, "tid")
    for issuer in issuers:
        if matches_issuer(found, issuer) and (TENANT not in issuer or found == issuer.replace(TENANT, tenant)):
            return
    raise answers.bad("issuer", expected=issuers[0].replace(TENANT, tenant or TENANT), found=found)


def _check_audience(claims: Mapping[str, object], client_id: str) -> None:
    audience = claims.get("aud")
    meant = [str(one) for one in audience] if isinstance(audience, list) else [str(audience or "")]
    party = _text(claims, "azp")
    # of several audiences one must be named as the one it was given to (OpenID Connect Core 3.1.3.7, items 3 to 5)
    if client_id not in meant or (party or (client_id if len(meant) == 1 else "")) != client_id:
        raise answers.bad("audience", expected=client_id, found=", ".join([*meant, party] if party else meant))


def _check_times(claims: Mapping[str, object], now: datetime) -> None:
    ends, issued, begins = (_moment(claims, name) for name in ("exp", "iat", "nbf"))
    if ends is None or ends.timestamp() + _SKEW < now.timestamp():
        raise answers.bad("expiry", expected=_shown(now), found=_shown(ends))
    for moment in (issued, begins):
        if moment is not None and moment.timestamp() - _SKEW > now.timestamp():
            raise answers.bad("expiry", expected=_shown(now), found=_shown(moment))


def _moment(claims: Mapping[str, object], name: str) -> datetime | None:
    seconds = claims.get(name)
    if not isinstance(seconds, (int, float)) or isinstance(seconds, bool):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        raise answers.bad("format", expected="a time", found=f"{name} {seconds}") from None


def _shown(moment: datetime | None) -> str:
    return moment.isoformat(timespec="seconds") if moment else ""


def _address(claims: Mapping[str, object]) -> str:
    """The address of whoever signed in: one that the provider vouches for, or a name that has the form of one."""
    denied = str(claims.get("email_verified")).casefold() == "false"  # some providers send it as text
    if not denied and "@" in (email := _text(claims, "email")):
        return email
    return next((name for claim in ("preferred_username", "upn") if "@" in (name := _text(claims, claim))), "")


def _text(claims: Mapping[str, object], name: str) -> str:
    value = claims.get(name)
    return value if isinstance(value, str) else ""
