"""How OAuth2 accounts stand with their providers, and when what works will stop working (OA-6, demands 1 and 19).

Pure functions of what is known without the tokens themselves. Where a provider does not say how long its refresh tokens
live (RFC 6749 1.5 leaves it to them), their published rules are taken.
"""

from __future__ import annotations

import enum
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from .accounts import IncomingAccount
from .oauth import ClientAuthentication, OAuthProfile, Provider, TokenRecord
from .sign_in import Ending, SignIn, SignInState

UNUSED: Final = {Provider.MICROSOFT: timedelta(days=90), Provider.GOOGLE: timedelta(days=180)}
"""How long a refresh token lives without being used; Google says six months."""
TESTING: Final = timedelta(days=7)
"""How long a sign-in lasts by a Google project whose publishing status is Testing."""
_TESTING_SLACK: Final = timedelta(hours=12)
_TESTING_LATEST: Final = timedelta(days=10)
SUSPICIOUS_DEATHS: Final = 2
"""After so many sign-ins that ended on their seventh day the project is said to be in Testing."""
TEST_PROJECT: Final = "google-test-project"
"""The cause (a key of the advice table) that is said from then on, instead of all that Google may have meant."""
WARNING_DAYS: Final = (60, 30, 14, 7, 1)
"""So many days before something ends it is said."""


class Lack(enum.StrEnum):
    """Why somebody must sign in though no provider has refused anything; the ``cause`` of such a sign-in."""

    NEVER = ""
    CLEARED = "cleared"
    """The tokens were cleared on purpose."""
    CHANGED = "changed"
    """What there is was got by another profile, or for another user."""
    ENDED = "ended"
    """The provider gave nothing to renew the token with, and its time is over."""


def is_for(account: IncomingAccount, profile: OAuthProfile, record: TokenRecord) -> bool:
    """Whether a token was got for this profile, flow and user (OA-2). An application's own is for whatever it opens."""
    if record.profile_uid != profile.uid or record.flow.by_person is not profile.flow.by_person:
        return False
    return not profile.flow.by_person or record.username.strip().casefold() == account.username.strip().casefold()


def lack_of(account: IncomingAccount, profile: OAuthProfile, record: TokenRecord | None, now: datetime) -> Lack | None:
    """What is missing that only a person can bring; None when there is a token, refused or not."""
    if not profile.flow.by_person:
        return None
    if record is None:
        return Lack.NEVER
    if record.cause == Lack.CLEARED:
        return Lack.CLEARED
    if not is_for(account, profile, record):
        return Lack.CHANGED
    if not record.renewable and record.expires is not None and record.expires <= now:
        return Lack.ENDED
    return None


def standing(
    account: IncomingAccount, profile: OAuthProfile | None, record: TokenRecord | None, now: datetime
) -> SignIn:
    """How an OAuth2 account stands with its provider at a moment (aware UTC).

    :param profile: None: the account names none
    """
    if profile is None:
        return SignIn(SignInState.NEEDED)
    lack = lack_of(account, profile, record, now)
    if lack is not None:
        since = record.refused or record.expires if record is not None and lack is not Lack.CHANGED else None
        return SignIn(SignInState.NEEDED, record.address if record else "", since=since, cause=lack.value)
    ends = works_until(profile, record)
    moment, ending = ends if ends is not None else (None, None)
    if not profile.flow.by_person or record is None:
        return SignIn(SignInState.BY_ITSELF, works_until=moment, ending=ending)
    if record.refused is not None:
        weekly = is_suspected_test_project(record) and died_as_in_testing(profile, record, record.refused)
        cause = TEST_PROJECT if weekly else record.cause
        return SignIn(SignInState.NEEDED, record.address, since=record.refused, cause=cause, server=record.server)
    return SignIn(SignInState.SIGNED_IN, record.address or record.username, moment, ending)


def works_until(profile: OAuthProfile, record: TokenRecord | None) -> tuple[datetime, Ending] | None:
    """The earliest moment a sign-in will stop as things are, and why; None: not known.

    :param record: what is known of its token; None or not by a person: only the profile's own end counts
    """
    ends = []
    if profile.client_authentication is not ClientAuthentication.NONE and profile.secret_expires is not None:
        ends.append((_begins(profile.secret_expires), Ending.SECRET))
    if record is not None and profile.flow.by_person:
        ends += _ends_of_token(profile.provider, record)
    return min(ends, default=None)


def _ends_of_token(provider: Provider, record: TokenRecord) -> list[tuple[datetime, Ending]]:
    ends = []
    used = record.renewed or record.signed_in
    if not record.renewable:
        if record.expires is not None:
            ends.append((record.expires, Ending.SESSION))
    elif used is not None and provider in UNUSED:
        ends.append((used + UNUSED[provider], Ending.UNUSED))
    if is_suspected_test_project(record) and record.signed_in is not None and not has_outlived_testing(record):
        ends.append((record.signed_in + TESTING, Ending.TEST_PROJECT))
    return ends


def has_outlived_testing(record: TokenRecord) -> bool:
    """Whether a sign-in was renewed when one of a project in Testing would have been dead."""
    if record.signed_in is None or record.renewed is None:
        return False
    return record.renewed > record.signed_in + TESTING + _TESTING_SLACK


def died_as_in_testing(profile: OAuthProfile, record: TokenRecord, refused: datetime) -> bool:
    """Whether a sign-in that is refused now ended about seven days after it was made, as a Google test project's do."""
    if profile.provider is not Provider.GOOGLE or record.signed_in is None:
        return False
    age = refused - record.signed_in
    return TESTING - _TESTING_SLACK <= age <= _TESTING_LATEST and not has_outlived_testing(record)


def is_suspected_test_project(record: TokenRecord) -> bool:
    """Whether so many sign-ins ended on their seventh day that the project is in Testing, most likely."""
    return record.died >= SUSPICIOUS_DEATHS


def expiring(what: SignIn | OAuthProfile, now: datetime) -> int | None:
    """The warning that is due: 60, 30, 14, 7 or 1 days before the end, 0 when it has come; None: none yet.

    :param what: a profile: the end of its secret; a sign-in: when it stops working
    :param now: aware
    """
    ends = what.works_until if isinstance(what, SignIn) else _secret_ends(what)
    if ends is None or ends - now > timedelta(days=WARNING_DAYS[0]):
        return None
    if ends <= now:
        return 0
    return min(days for days in WARNING_DAYS if ends - now <= timedelta(days=days))


def _secret_ends(profile: OAuthProfile) -> datetime | None:
    ends = works_until(profile, None)
    return ends[0] if ends is not None else None


def _begins(day: date) -> datetime:
    """The first moment of a day: providers name the day, not the hour. It is that day here, where it is shown."""
    try:
        return datetime.combine(day, time.min).astimezone(UTC)
    except (OverflowError, ValueError, OSError):  # a year that this computer's clock does not know
        return datetime.combine(day, time.min, UTC)
