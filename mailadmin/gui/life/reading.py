"""What the dialog asks, and what it is answered. Everything here runs in tasks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mailadmin.domain.accounts import AccountStatus, IncomingAccount
from mailadmin.services.accounts import AccountService
from mailadmin.services.life import Life, LifeService, Unseen


@dataclass(frozen=True, slots=True)
class Question:
    """A Message-ID as somebody wrote it, or the number of a message of which it is asked."""

    message_id: str = ""
    inbox_id: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The copies of a mail; without any, where it may be, and the accounts that could have fetched it."""

    copies: Sequence[Life]
    unseen: Unseen | None = None
    accounts: Sequence[tuple[IncomingAccount, AccountStatus | None]] = ()


class LifeReader:
    """Looks a mail up."""

    def __init__(self, life: LifeService, accounts: AccountService) -> None:
        self._life = life
        self._accounts = accounts

    def answer(self, question: Question) -> Answer:
        """What is known of it."""
        if question.inbox_id is not None:
            return Answer(self._life.around(question.inbox_id))
        if copies := self._life.of(question.message_id):
            return Answer(copies)
        return Answer((), self._life.unseen(question.message_id), self._accounts.all_with_status())
