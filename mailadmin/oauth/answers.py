"""What a provider's answer means: one place where its words, and its silence, become errors of ours."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from typing import Final

from mailadmin import diagnostics
from mailadmin.domain.advice import facts_of
from mailadmin.domain.errors import Code, Layer, UserFixableError
from mailadmin.domain.oauth import OAuthProfile

from .advice import table
from .issuers import matches_issuer

_LATER: Final = frozenset({
    "temporarily_unavailable", "server_error", "rate_limit_exceeded", "internal_failure", "slow_down",
    "authorization_pending",
})  # fmt: skip
"""Errors by which a provider says that it is its own fault (RFC 6749 4.1.2.1, and Google's names for it), or too early.

The latter two are a device sign-in's (RFC 8628 3.5), where they are no errors; elsewhere they are out of place.
"""
_LONGEST: Final = 2_000


def json_object(text: str | bytes) -> dict[str, object] | None:
    """The JSON object that a text is; None: it is none, or holds what cannot be written down (a lone surrogate)."""
    try:
        found = json.loads(text)
        json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def refused(answer: Mapping[str, object], profile: OAuthProfile, mailbox: str = "") -> UserFixableError:
    """What an answer with an ``error`` (RFC 6749 4.1.2.1, 5.2) means: a no for good, or not now."""
    error, words = error_of(answer), words_of(answer)
    numbers = answer.get("error_codes")  # Microsoft's, should the text not name them
    searched = " ".join([_said(answer), *(f"AADSTS{one}" for one in (numbers if isinstance(numbers, list) else ()))])
    cause = table().cause_of(searched, error, provider=profile.provider, by_person=profile.flow.by_person)
    if error in _LATER or cause == "provider-down":
        return unavailable("", detail=error, server=words)
    return refusal(cause, profile, mailbox, error=error, server=words)


def refusal(
    cause: str, profile: OAuthProfile, mailbox: str = "", *, error: str = "", server: str = ""
) -> UserFixableError:
    """A no for a cause that is known.

    :param cause: a key of the advice table
    """
    facts = {**facts_of(profile), "cause": cause, "error": error, "mailbox": mailbox}
    return UserFixableError(Code.OAUTH_REFUSED, facts, server=server, layer=Layer.SIGN_IN)


def unavailable(
    host: str, *, detail: str = "", retry_after: str = "", server: str = "", untrusted: bool = False
) -> UserFixableError:
    """The provider was not reached, or cannot answer now. Nothing is lost by it.

    :param untrusted: its certificate is not trusted; waiting does not mend that
    """
    facts = {"host": host, "detail": detail, "retry_after": retry_after} | ({"tls": "yes"} if untrusted else {})
    return UserFixableError(Code.OAUTH_UNAVAILABLE, facts, server=server, layer=Layer.SIGN_IN)


def bad(check: str, *, expected: str, found: str, server: str = "") -> UserFixableError:
    """An answer that fails one of our checks."""
    facts = {"check": check, "expected": expected, "found": diagnostics.SECRETS.scrub(found)[:_LONGEST]}
    return UserFixableError(Code.OAUTH_BAD_ANSWER, facts, server=server, layer=Layer.SIGN_IN)


def error_of(answer: Mapping[str, object]) -> str:
    """The provider's code for an error, which some fill with words, free of secrets as those."""
    return diagnostics.SECRETS.scrub(str(answer.get("error", "")))[:_LONGEST]


def words_of(answer: Mapping[str, object]) -> str:
    """The provider's own words in an answer with an error, free of secrets that it might repeat."""
    return diagnostics.SECRETS.scrub(_said(answer))[:_LONGEST]


def _said(answer: Mapping[str, object]) -> str:
    error, description = str(answer.get("error", "")), str(answer.get("error_description") or "")
    return description if error in description else ": ".join(part for part in (error, description) if part)


def checked_redirect(
    answer: Mapping[str, str], *, state: str, issuer: str, names_issuer: bool, profile: OAuthProfile, mailbox: str
) -> str:
    """The authorization code that a redirect brought, after state and ``iss`` (RFC 9207) were compared.

    :param issuer: who must have sent it; empty when that is not known
    :param names_issuer: whether the provider promised to send ``iss``
    :raises UserFixableError: OAUTH_BAD_ANSWER, OAUTH_REFUSED, OAUTH_UNAVAILABLE
    """
    if not hmac.compare_digest(answer.get("state", "").encode(), state.encode()):
        raise bad("state", expected="the state that was sent", found="another one")
    sender = answer.get("iss")
    if issuer and (not matches_issuer(sender, issuer) if sender is not None else names_issuer):
        raise bad("issuer", expected=issuer, found=sender or "")
    if answer.get("error"):
        raise refused(answer, profile, mailbox)
    if not answer.get("code"):
        raise bad("format", expected="code", found=", ".join(sorted(answer.keys() - {"state"})))
    return answer["code"]
