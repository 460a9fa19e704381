"""Why somebody must sign in: what a provider's refusal means for an account, and what to do (OA-6, OA-9)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from mailadmin.domain.accounts import IncomingAccount
from mailadmin.domain.advice import facts_of
from mailadmin.domain.errors import Code, Layer, UserFixableError
from mailadmin.domain.oauth import ClientAuthentication, OAuthProfile
from mailadmin.domain.sign_in import SignIn

from . import errors, oauth, times
from .wording import QT_TRANSLATE_NOOP, filled, harmless, translate


def why_needed(sign_in: SignIn, account: IncomingAccount) -> str:
    """Why somebody must sign in, and what to do."""
    return errors.sentence(needed(sign_in, account), account.name)


def needed(sign_in: SignIn, account: IncomingAccount, profile: OAuthProfile | None = None) -> UserFixableError:
    """That somebody must sign in, as an error with all that is known.

    :param profile: the account's, if it is at hand: then what is to be copied is complete
    """
    facts = {
        "name": account.name,
        "cause": sign_in.cause,
        "profile": account.oauth_profile,
        "mailbox": account.opens_mailbox or account.username,
        "signed_in": sign_in.identity,
    }
    if profile is not None:
        facts |= facts_of(profile)
    return UserFixableError(Code.SIGN_IN_NEEDED, facts, server=sign_in.server, layer=Layer.SIGN_IN)


def provider_words(sign_in: SignIn) -> str:
    """The provider's own words, on one line; empty when it said nothing."""
    return harmless(sign_in.server)


def renewed_until(moment: datetime | None, *, renewable: bool, now: datetime) -> str:
    """How long a sign-in lasts that was just made."""
    if renewable or moment is None:
        return translate("Sentences", "It renews itself as long as mail is fetched.")
    same_day = moment.astimezone().date() == now.astimezone().date()
    return translate(
        "Sentences", "It works until {time} only: the provider gave nothing to renew it with. See the scopes."
    ).format(time=times.clock(moment) if same_day else times.exact(moment))


def secret_ends(profile: OAuthProfile, end: date, today: date) -> str:
    """That the client secret or certificate of a profile ends soon, or has ended."""
    facts = {"profile": harmless(profile.name), "day": oauth.day(end), "left": times.days(max(0, (end - today).days))}
    certificate = profile.client_authentication is ClientAuthentication.CERTIFICATE
    soon, over = _CERTIFICATE_ENDS if certificate else _SECRET_ENDS
    return filled(over if end <= today else soon, facts)


def new_secret(profile: OAuthProfile) -> str:
    """What to do about it."""
    if profile.client_authentication is ClientAuthentication.CERTIFICATE:
        return translate(
            "Sentences",
            "Make a new certificate, upload it at the provider and put it with its key into the profile. Nobody needs "
            "to sign in again.",
        )
    return translate(
        "Sentences",
        "Make a new client secret at the provider and put it into the profile. Nobody needs to sign in again.",
    )


_SECRET_ENDS: Final = (
    QT_TRANSLATE_NOOP("Sentences", 'The client secret of the profile "{profile}" ends on {day} ({left} left).'),
    QT_TRANSLATE_NOOP(
        "Sentences", 'The client secret of the profile "{profile}" ended on {day}: its accounts cannot be fetched.'
    ),
)
"""When that is near, and when it is over."""
_CERTIFICATE_ENDS: Final = (
    QT_TRANSLATE_NOOP("Sentences", 'The certificate of the profile "{profile}" ends on {day} ({left} left).'),
    QT_TRANSLATE_NOOP(
        "Sentences", 'The certificate of the profile "{profile}" ended on {day}: its accounts cannot be fetched.'
    ),
)
