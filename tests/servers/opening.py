"""Opening mailboxes in tests, and what opening them says."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from mailadmin.domain.accounts import AccountType
from mailadmin.domain.errors import UserFixableError
from mailadmin.domain.ports import LayerReached, Mailbox, ServerAccess, Timeouts
from mailadmin.domain.secrets import Secret
from mailadmin.mail.incoming import open_mailbox

from .dovecot import PASSWORD


def access_to(
    port: int,
    account_type: AccountType = AccountType.IMAP,
    *,
    host: str = "localhost",
    username: str = "anna",
    folder: str = "INBOX",
    ca_file: str = "",
    timeouts: Timeouts | None = None,
) -> ServerAccess:
    """How to open a mailbox on a loopback port."""
    patient = Timeouts(connect=10, tls=10, greeting=10, command=10)
    return ServerAccess(account_type, host, port, username, folder, ca_file, timeouts=timeouts or patient)


@contextlib.contextmanager
def opened(
    access: ServerAccess, password: str = PASSWORD, layers: list[LayerReached] | None = None
) -> Iterator[Mailbox]:
    """An opened mailbox, cut off at the end if the test has not finished it."""
    told: list[LayerReached] = [] if layers is None else layers
    mailbox = open_mailbox(access, Secret(password), told.append)
    try:
        yield mailbox
    finally:
        mailbox.abandon()


def failure(
    access: ServerAccess, password: str = PASSWORD, layers: list[LayerReached] | None = None
) -> UserFixableError:
    """The error that opening a mailbox ends with."""
    with pytest.raises(UserFixableError) as caught, opened(access, password, layers):
        pass
    return caught.value
