"""The question before the first fetch, on a real Dovecot: nothing is changed there by asking."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mailadmin.domain.accounts import AccountType
from mailadmin.services.adoption import AdoptionChoice

from .conftest import Installation, mail


@pytest.mark.parametrize("kind", [AccountType.IMAPS, AccountType.POP3S, AccountType.POP3TLS])
def test_a_full_mailbox_is_looked_at_and_left_as_it_is(
    installation: Installation, user: str, kind: AccountType
) -> None:
    messages = [mail(number, size=200 * number) for number in range(1, 13)]
    installation.dovecot.deliver(user, *messages)
    before = installation.dovecot.files(user)
    account = installation.account("support", user, kind)
    with installation.open() as app:
        assert app.adoption.needed_now()(account)
        adoption = app.adoption.look(account)
        assert adoption.messages == 12
        # the server sends CRLF, and its measure counts what it sends
        assert adoption.bytes == sum(len(raw) for raw in messages)
        assert adoption.oldest is not None
        assert adoption.newest is not None
        assert adoption.oldest <= adoption.newest <= datetime.now(UTC)
        assert [one.subject for one in adoption.sample] == [f"Question {number}" for number in (12, 11, 10, 9, 8)]
        assert adoption.sample[0].sender == "Customer 12 <c12@example.net>"
        assert [path.name for path in installation.dovecot.files(user)] == [path.name for path in before]
        kept = app.adoption.adopt(account, AdoptionChoice.KEEP_ON_SERVER)
        (outcome,) = app.fetching.fetch([kept])
        assert outcome.counts.fetched == 12
        assert len(installation.dovecot.files(user)) == 12
        assert not app.adoption.needed_now()(kept)


@pytest.mark.parametrize("kind", [AccountType.IMAPS, AccountType.POP3S])
def test_an_empty_mailbox_is_looked_at(installation: Installation, user: str, kind: AccountType) -> None:
    installation.dovecot.create_folder(user)
    account = installation.account("support", user, kind)
    with installation.open() as app:
        adoption = app.adoption.look(account)
    assert (adoption.messages, adoption.bytes, adoption.oldest, adoption.sample) == (0, 0, None, ())
