"""Which one button mends what is wrong with an account."""

from __future__ import annotations

import enum
from typing import Final

from mailadmin.domain.accounts import AccountState
from mailadmin.domain.errors import KEY_CODES, Code

from .rows import AccountRow


class Mend(enum.Enum):
    """What an administrator does about an account's state."""

    EDIT = enum.auto()
    CHECK = enum.auto()
    SET_VALID = enum.auto()
    FETCH = enum.auto()
    SET_UP_SECRETS = enum.auto()
    SIGN_IN = enum.auto()
    EDIT_PROFILE = enum.auto()


_EDIT: Final = {
    Code.SIGN_IN_REFUSED, Code.NO_PASSWORD, Code.SECRET_DAMAGED, Code.SIGN_IN_NEEDS_TLS, Code.SIGN_IN_NO_MECHANISM,
    Code.HOST_NOT_FOUND, Code.SERVER_GARBAGE, Code.STARTTLS_NOT_OFFERED, Code.FOLDER_NOT_FOUND, Code.FOLDER_NOT_OPENED,
    Code.TLS_CA_FILE, Code.INVALID_RECORD, Code.UNKNOWN_QUEUE, Code.MOVE_FAILED, Code.NOT_OFFERED_YET,
    Code.UNKNOWN_PROFILE, Code.MAILBOX_NOT_FOUND,
}  # fmt: skip
_EDIT_PROFILE: Final = {
    Code.PROFILE_NOT_VALID, Code.NO_CLIENT_SECRET, Code.BAD_CLIENT_CERTIFICATE, Code.OAUTH_REFUSED,
    Code.OAUTH_BAD_ANSWER,
}  # fmt: skip
"""What is wrong with the registration at the provider: no sign-in mends that, and nobody else's account."""
_BY_STATE: Final = {
    AccountState.NEVER_FETCHED: Mend.FETCH,
    AccountState.INVALID: Mend.SET_VALID,
    AccountState.INVALID_TEMPORARILY: Mend.SET_VALID,
}


def mend_of(row: AccountRow) -> Mend | None:
    """The way on for an account; None when nothing is wrong, or nothing can be done but wait.

    A failure that only the world can end (a certificate, a server that is away) gets a check: it shows where it ends.
    """
    if row.busy:
        return None
    if row.state is AccountState.NEEDS_SIGN_IN:
        return Mend.SIGN_IN if row.account.oauth_profile else Mend.EDIT
    if row.state is not AccountState.FAILING:
        return _BY_STATE.get(row.state)
    code = row.status.error_code if row.status else ""
    if code in _EDIT:
        return Mend.EDIT
    if code in _EDIT_PROFILE:
        return Mend.EDIT_PROFILE
    if code == Code.SIGN_IN_NEEDED:
        return Mend.SIGN_IN
    return Mend.SET_UP_SECRETS if code in KEY_CODES else Mend.CHECK
