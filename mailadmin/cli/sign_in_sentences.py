"""How an OAuth2 account stands with its provider, in words (OA-6, OA-7)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from mailadmin.domain.accounts import IncomingAccount
from mailadmin.domain.errors import Code
from mailadmin.domain.forecast import expiring
from mailadmin.domain.outside_text import shown
from mailadmin.domain.sign_in import Ending, SignIn, SignInState

from .sentences import code_sentence
from .wording import count, local

_ENDINGS: Final[Mapping[Ending, str]] = {
    Ending.UNUSED: "After that the provider forgets the sign-in, unless mail is fetched before.",
    Ending.SECRET: "Then the client secret of its profile ends; enter a new one before.",
    Ending.TEST_PROJECT: (
        "About then Google ends it: sign-ins of this project have ended on their seventh day, so it is probably in "
        'Testing. In the Google Cloud console, under OAuth consent screen, Audience, press "Publish app", or make it '
        "Internal; then sign in again."
    ),
    Ending.SESSION: "Then it is over: the provider gave nothing to renew it with.",
}


def reason_code(sign_in: SignIn) -> str:
    """A stable word for why somebody must sign in, or why what works will end; empty when nothing is known."""
    if sign_in.state is SignInState.NEEDED:
        return sign_in.cause
    return sign_in.ending.value if sign_in.ending is not None else ""


def reason(account: IncomingAccount, sign_in: SignIn) -> str:
    """The same as a sentence or two, with what to do."""
    if sign_in.state is not SignInState.NEEDED:
        return _ENDINGS[sign_in.ending] if sign_in.ending is not None else ""
    facts = {
        "name": account.name,
        "account": account.name,
        "profile": account.oauth_profile,
        "mailbox": account.opens_mailbox or account.username,
        "cause": sign_in.cause,
        "server": sign_in.server,
    }
    return code_sentence(Code.OAUTH_REFUSED if sign_in.server else Code.SIGN_IN_NEEDED, facts)


def ending(sign_in: SignIn) -> str:
    """Until when an account works as things are, as a sentence; empty when nothing is known that would end it."""
    if sign_in.works_until is None or sign_in.ending is None:
        return ""
    return f"As things are it works until {local(sign_in.works_until)}. {_ENDINGS[sign_in.ending]}"


def soon(account: IncomingAccount, sign_in: SignIn, now: datetime) -> str:
    """That what an account works by ends soon, or has ended, as a line; empty when nothing is near."""
    days = expiring(sign_in, now)
    if days is None:
        return ""
    name, end = shown(account.name), local(sign_in.works_until)
    if days == 0:
        return f"{name}: what it signs in with was to end on {end}. Sign in again, or enter a new client secret."
    return f"{name}: what it signs in with ends within {count(days, 'day')}, on {end}."


def signed_in(sign_in: SignIn, account: IncomingAccount) -> str:
    """Who signed in, and that it is kept."""
    if sign_in.state is SignInState.BY_ITSELF:
        return f"The application signs in by itself for {shown(account.name)}: nobody else is needed."
    who = f" as {shown(sign_in.identity)}" if sign_in.identity else ""
    return f"Signed in{who}. It is kept for {shown(account.name)}, encrypted, and renewed by itself."
