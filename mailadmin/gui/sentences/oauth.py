"""Signing in by OAuth2 in words: how long a sign-in or a secret lasts, and what was done to scopes."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from PySide6.QtCore import QDate, QLocale

from mailadmin.domain.forecast import WARNING_DAYS
from mailadmin.domain.oauth import ClientAuthentication
from mailadmin.domain.scopes import Arranging, ScopeRemark
from mailadmin.domain.sign_in import Ending, SignIn, SignInState

from . import states, times
from .wording import QT_TRANSLATE_NOOP, Part, composed, filled, harmless, translate

_URGENT_DAYS: Final = 7


class Urgency(enum.Enum):
    """How soon something ends."""

    FAR = enum.auto()
    SOON = enum.auto()
    NOW = enum.auto()


def urgency(end: date, today: date) -> Urgency:
    """How much a day that comes, or has passed, concerns an administrator."""
    left = (end - today).days
    if left > WARNING_DAYS[0]:
        return Urgency.FAR
    return Urgency.SOON if left > _URGENT_DAYS else Urgency.NOW


def day(value: date) -> str:
    """A day as people write it."""
    return QLocale().toString(QDate(value.year, value.month, value.day), QLocale.FormatType.ShortFormat)


def secret_until(end: date, today: date) -> str:
    """How long a client secret lasts: its last day, ``14 days left`` when they are few, ``over``."""
    if end <= today:
        return translate("Sentences", "over")
    if urgency(end, today) is Urgency.FAR:
        return day(end)
    return filled(QT_TRANSLATE_NOOP("Sentences", "{left} left"), {"left": times.days((end - today).days)})


def secret_until_sentence(end: date, today: date, proof: ClientAuthentication) -> str:
    """The same in a sentence that says what to do.

    :param proof: what ends, a secret or a certificate
    """
    facts = {"day": day(end), "left": times.days((end - today).days)}
    over, far, soon = _CERTIFICATE_ENDS if proof is ClientAuthentication.CERTIFICATE else _SECRET_ENDS
    if end <= today:
        return filled(over, facts)
    return filled(far if urgency(end, today) is Urgency.FAR else soon, facts)


def another_registration(*, by_person: bool, kept: ClientAuthentication) -> str:
    """What comes of it that a profile is changed to name another registration; empty: nothing.

    :param by_person: people sign in by it
    :param kept: what is stored and goes on to be used though it was the former registration's
    """
    parts: list[Part] = []
    if by_person:
        parts.append(
            QT_TRANSLATE_NOOP(
                "Sentences", "This is another registration: whoever has signed in by this profile must sign in again."
            )
        )
    if kept in _KEPT:
        parts.append(_KEPT[kept])
    return composed(tuple(parts), {})


def works_until(sign_in: SignIn | None, now: datetime) -> str:
    """How long an account works as things are, in a word or two: a time, ``over``, or a dash where nothing ends it."""
    if sign_in is None or sign_in.state is SignInState.NEEDED or sign_in.works_until is None:
        return "–"
    if sign_in.works_until <= now:
        return translate("Sentences", "over")
    return times.relative(sign_in.works_until, now)


def works_until_sentence(sign_in: SignIn | None, now: datetime | None = None) -> str:
    """When an account stops working as things are, and why.

    :param now: what has ended before that is said to have ended
    """
    if sign_in is None:
        return ""
    if sign_in.state is SignInState.NEEDED:
        return translate("Sentences", "It does not work now: somebody must sign in.")
    if sign_in.works_until is None or sign_in.ending is None:
        return translate("Sentences", "Nothing is known that would end it.")
    over = now is not None and sign_in.works_until <= now and sign_in.ending is Ending.SECRET
    return filled(_SECRET_OVER if over else _ENDINGS[sign_in.ending], {"time": times.exact(sign_in.works_until)})


def sign_in_sentence(sign_in: SignIn | None, now: datetime) -> str:
    """How an account stands with its provider, in a sentence or two; the provider's words are not in it."""
    if sign_in is None:
        return translate("Sentences", "Nobody has signed in yet.")
    if sign_in.state is SignInState.NEEDED:
        if sign_in.since is None:
            return translate("Sentences", "Nobody has signed in yet, or the tokens were cleared.")
        facts = {"since": times.exact(sign_in.since)}
        return filled(
            QT_TRANSLATE_NOOP("Sentences", "The provider has refused the sign-in since {since}. Sign in again."), facts
        )
    if sign_in.state is SignInState.BY_ITSELF:
        return translate("Sentences", "The program signs in by itself; nobody is asked.")
    part: Part = (
        QT_TRANSLATE_NOOP("Sentences", "Signed in as {identity}."),
        QT_TRANSLATE_NOOP("Sentences", "Somebody has signed in."),
    )
    facts = {"identity": harmless(sign_in.identity)} if sign_in.identity else {}
    return composed((part,), facts)


def sign_in_state(sign_in: SignIn | None) -> str:
    """The state in a word or two: ``signed in``, ``needs sign-in``, ``by itself``."""
    return states.sign_in_state(sign_in.state if sign_in is not None else SignInState.NEEDED)


def needed_since(sign_in: SignIn | None, now: datetime) -> str:
    """Since when somebody must sign in, ``since 09:12``; empty where nobody must, or it is not known."""
    since = sign_in.since if sign_in is not None and sign_in.state is SignInState.NEEDED else None
    if since is None:
        return ""
    today = since.astimezone().date() == now.astimezone().date()
    moment = times.clock(since) if today else times.date(since)
    return filled(QT_TRANSLATE_NOOP("Sentences", "since {since}"), {"since": moment})


def scope_remark(remark: ScopeRemark) -> str:
    """What was done to put scopes in order, in a sentence."""
    facts = {"scopes": harmless(" ".join(remark.scopes))} if remark.scopes else {}
    return composed((SCOPE_REMARKS[remark.what],), facts)


_SECRET_ENDS: Final = (
    QT_TRANSLATE_NOOP(
        "Sentences",
        "The client secret ended on {day}. Make another one at the provider and enter it here; the accounts "
        "need no new sign-in.",
    ),
    QT_TRANSLATE_NOOP("Sentences", "The client secret ends on {day}."),
    QT_TRANSLATE_NOOP(
        "Sentences",
        "The client secret ends on {day} ({left} left). Make another one at the provider in time and enter it "
        "here; the accounts need no new sign-in.",
    ),
)
"""When it is over, when that is far off, and when it is near."""
_CERTIFICATE_ENDS: Final = (
    QT_TRANSLATE_NOOP(
        "Sentences",
        "The certificate ended on {day}. Make another one, upload it at the provider and choose its file here; the "
        "accounts need no new sign-in.",
    ),
    QT_TRANSLATE_NOOP("Sentences", "The certificate ends on {day}."),
    QT_TRANSLATE_NOOP(
        "Sentences",
        "The certificate ends on {day} ({left} left). Make another one in time, upload it at the provider and choose "
        "its file here; the accounts need no new sign-in.",
    ),
)
_KEPT: Final[Mapping[ClientAuthentication, str]] = {
    ClientAuthentication.SECRET: QT_TRANSLATE_NOOP(
        "Sentences", "The client secret that is stored is the former registration's: change that as well."
    ),
    ClientAuthentication.CERTIFICATE: QT_TRANSLATE_NOOP(
        "Sentences",
        "The certificate that is stored was for the former registration: upload it to this one, or choose another.",
    ),
}
_SECRET_OVER: Final = QT_TRANSLATE_NOOP(
    "Sentences",
    "The client secret or certificate of its profile ended at {time}. Until the profile has a new one, no mail is "
    "fetched.",
)
_ENDINGS: Final[Mapping[Ending, str]] = {
    Ending.UNUSED: QT_TRANSLATE_NOOP(
        "Sentences",
        "If it is not fetched until {time}, the provider forgets the sign-in. Every fetch puts that off.",
    ),
    Ending.SECRET: QT_TRANSLATE_NOOP(
        "Sentences", "It works until {time}: then the client secret or certificate of its profile ends."
    ),
    Ending.TEST_PROJECT: QT_TRANSLATE_NOOP(
        "Sentences",
        "It works until about {time}: sign-ins of this Google project have ended on their seventh day, so it is "
        "probably in Testing. In the Google Cloud console, under OAuth consent screen, Audience, press "
        '"Publish app", or make it Internal; then sign in again.',
    ),
    Ending.SESSION: QT_TRANSLATE_NOOP(
        "Sentences", "It works until {time}: the provider gave no token that could be renewed."
    ),
}
SCOPE_REMARKS: Final[Mapping[Arranging, str]] = {
    Arranging.SEPARATORS: QT_TRANSLATE_NOOP("Sentences", "Scopes are parted by blanks, not by commas."),
    Arranging.REPEATED: QT_TRANSLATE_NOOP("Sentences", "Named more than once: {scopes}."),
    Arranging.RESERVED: QT_TRANSLATE_NOOP(
        "Sentences", "Left out, because they are added where the provider takes them: {scopes}."
    ),
    Arranging.MOVED: QT_TRANSLATE_NOOP("Sentences", "Of Exchange Online, so named in full: {scopes}."),
    Arranging.SEPARATE: QT_TRANSLATE_NOOP(
        "Sentences", "A token is for one resource: those of Exchange and those of Graph are asked for separately."
    ),
    Arranging.APPLICATION: QT_TRANSLATE_NOOP(
        "Sentences",
        "Left out, because a program that signs in by itself gets what was granted to it at the provider: {scopes}.",
    ),
    Arranging.DEFAULT_ALONE: QT_TRANSLATE_NOOP("Sentences", "Left out, because .default stands alone: {scopes}."),
    Arranging.UNPLACED: QT_TRANSLATE_NOOP("Sentences", "No mailbox can be opened with: {scopes}."),
}
