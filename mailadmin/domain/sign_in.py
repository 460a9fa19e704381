"""How an OAuth2 account stands with its provider, in a form that every face can show (OA-6, IN-6)."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime


class SignInState(enum.StrEnum):
    """How an OAuth2 account stands with its provider."""

    SIGNED_IN = "signed in"
    NEEDED = "needs sign-in"
    BY_ITSELF = "by itself"
    """An application's own sign-in, which needs nobody."""


class Ending(enum.StrEnum):
    """Why a sign-in will end."""

    UNUSED = "unused"
    """The refresh token ends when it is not used for so long."""
    SECRET = "client-secret"  # noqa: S105
    TEST_PROJECT = "test-project"
    """Google: a project in Testing gives sign-ins of seven days."""
    SESSION = "session"
    """The provider gave no refresh token: it ends with the access token."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """How an OAuth2 account's sign-in stands. ``since``: when it was refused; ``cause``, ``server``: why.

    ``works_until`` (aware UTC): the earliest moment it will stop as things are, and ``ending`` why; None: not known.
    """

    state: SignInState
    identity: str = ""
    works_until: datetime | None = None
    ending: Ending | None = None
    since: datetime | None = None
    cause: str = ""
    server: str = ""
