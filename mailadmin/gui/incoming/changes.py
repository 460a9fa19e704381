"""What the page changes by itself: validity and deletion, off the GUI thread, validity with a way back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, Signal

from mailadmin.domain.accounts import IncomingAccount, Validity
from mailadmin.domain.errors import MailadminError
from mailadmin.gui.sentences import states, times
from mailadmin.gui.sentences.wording import harmless
from mailadmin.gui.tasks import Task, Tasks, Work
from mailadmin.services.accounts import AccountService


@dataclass(frozen=True, slots=True)
class _ValiditySet:
    before: tuple[IncomingAccount, ...]
    after: tuple[IncomingAccount, ...]
    validity: Validity
    to_fetch: tuple[IncomingAccount, ...]


@dataclass(frozen=True, slots=True)
class _TakenBack:
    accounts: tuple[IncomingAccount, ...]


@dataclass(frozen=True, slots=True)
class _Deleted:
    accounts: tuple[IncomingAccount, ...]
    failed: IncomingAccount | None = None
    error: MailadminError | None = None


class AccountChanges(QObject):
    """Changes accounts in tasks and says what came of it."""

    done = Signal(str)
    """What was done, in words."""
    undoable = Signal(str, object)
    """The same for what can be taken back, with a callable that does so."""
    failed = Signal(object, str)
    """A MailadminError, and the name of the account it is about (or an empty text)."""
    fetch_wanted = Signal(list)
    """Accounts that were set to valid in order to be fetched."""

    def __init__(self, accounts: AccountService, tasks: Tasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._accounts = accounts
        self._tasks = tasks

    def set_validity(self, accounts: Sequence[IncomingAccount], validity: Validity, *, fetch: bool = False) -> None:
        """Set the validity of those that have another one, all or none.

        :param fetch: have them fetched then, with those that had it already
        """
        before = tuple(account for account in accounts if account.validity is not validity)
        others = tuple(account for account in accounts if account.validity is validity) if fetch else ()

        def work(task: Task) -> _ValiditySet:
            after = tuple(self._accounts.set_validity(before, validity))
            return _ValiditySet(before, after, validity, (*after, *others) if fetch else ())

        if before:
            self._start("set validity", work)
        elif others:
            self.fetch_wanted.emit(list(others))

    def delete(self, accounts: Sequence[IncomingAccount]) -> None:
        """Delete accounts one after the other, up to the first that cannot be."""
        wanted = tuple(accounts)

        def work(task: Task) -> _Deleted:
            gone: list[IncomingAccount] = []
            for account in wanted:
                try:
                    self._accounts.delete(account)
                except MailadminError as error:
                    return _Deleted(tuple(gone), account, error)
                gone.append(account)
            return _Deleted(tuple(gone))

        self._start("delete accounts", work)

    def _take_back(self, change: _ValiditySet) -> None:
        def work(task: Task) -> _TakenBack:
            had = {account.id: account.validity for account in change.before}
            stored: list[IncomingAccount] = []
            for validity in dict.fromkeys(had.values()):
                group = [account for account in change.after if had[account.id] is validity]
                stored += self._accounts.set_validity(group, validity)
            return _TakenBack(tuple(stored))

        self._start("undo validity", work)

    def _start(self, name: str, work: Work) -> None:
        task = self._tasks.task(name, work)
        task.succeeded.connect(self._on_succeeded)
        task.failed.connect(self._on_failed)
        self._tasks.start(task)

    def _on_succeeded(self, result: object) -> None:
        if isinstance(result, _ValiditySet):
            self._on_validity_set(result)
        elif isinstance(result, _TakenBack):
            self.done.emit(self.tr("Validity as before: {accounts}").format(accounts=_named(result.accounts)))
        elif isinstance(result, _Deleted):
            if result.accounts:
                self.done.emit(self.tr("Deleted {accounts}").format(accounts=_named(result.accounts)))
            if result.error is not None:
                self.failed.emit(result.error, result.failed.name if result.failed else "")

    def _on_validity_set(self, result: _ValiditySet) -> None:
        said = self.tr("Set {accounts} to {validity}").format(
            validity=states.validity(result.validity), accounts=_named(result.after)
        )
        self.undoable.emit(said, partial(self._take_back, result))
        if result.to_fetch:
            self.fetch_wanted.emit(list(result.to_fetch))

    def _on_failed(self, error: MailadminError) -> None:
        self.failed.emit(error, "")


def _named(accounts: Sequence[IncomingAccount]) -> str:
    """One account by its name, several by their number."""
    return f'"{harmless(accounts[0].name)}"' if len(accounts) == 1 else times.accounts(len(accounts))
