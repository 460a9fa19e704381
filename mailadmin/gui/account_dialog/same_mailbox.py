"""Whether other accounts fetch the mailbox that is being entered: nothing is wrong with it, but it is good to know."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject

from mailadmin.domain.accounts import Family, IncomingAccount
from mailadmin.gui.sentences.wording import listing
from mailadmin.gui.tasks import Loader, Tasks
from mailadmin.gui.widgets.form import FormFields, Remark
from mailadmin.services.accounts import AccountService


class SameMailbox(QObject):
    """Says under the user name which other accounts open the same mailbox.

    :param read_account: the account as the form says
    """

    def __init__(
        self, fields: FormFields, remark: Remark, read_account: Callable[[], IncomingAccount], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._remark = remark
        self._read_account = read_account
        self._accounts: Sequence[IncomingAccount] = ()
        for name in ("type", "host", "authentication", "username", "opens_mailbox"):
            fields[name].edited.connect(self.look)

    def load(self, accounts: AccountService, tasks: Tasks) -> Loader[str, Sequence[IncomingAccount]]:
        """Read the other accounts; the loader tells when that fails."""
        loader: Loader[str, Sequence[IncomingAccount]] = Loader(tasks, "read accounts", lambda _: accounts.all(), self)
        loader.loaded.connect(self._on_loaded)
        loader.load("all")
        return loader

    def look(self) -> None:
        """Compare what is entered with the other accounts."""
        account = self._read_account()
        mailbox = account.mailbox
        others = [one.name for one in self._accounts if one.id != account.id and one.mailbox == mailbox]
        if not (mailbox.host or mailbox.family is Family.GRAPH) or not mailbox.opened or not others:
            self._remark.say("")
        elif len(others) == 1:
            self._remark.say(
                self.tr("{name} fetches this mailbox, too; nothing is imported twice.").replace("{name}", others[0])
            )
        else:
            names = listing(others)
            self._remark.say(
                self.tr("{names} fetch this mailbox, too; nothing is imported twice.").replace("{names}", names)
            )

    def _on_loaded(self, _: str, accounts: Sequence[IncomingAccount]) -> None:
        self._accounts = accounts
        self.look()
