"""Tells that an account begins to need somebody to sign in while the window is open (OA-6)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QObject, Signal

from mailadmin.domain.accounts import AccountState
from mailadmin.domain.forecast import Lack
from mailadmin.gui.sentences import times
from mailadmin.gui.sentences.wording import harmless, listing
from mailadmin.gui.widgets.message_bar import Kind, MessageBar, Notice

from .rows import AccountRow, said_by_server, state_sentence

_ONE_BY_ONE: Final = 2
"""When more accounts than that begin to need somebody at once, they are told of together."""


class SignInNotices(QObject):
    """One notice for each time that an account begins to need a sign-in; gone when somebody has signed in.

    :param bar: where they are shown
    """

    sign_in_wanted = Signal(object)
    """An IncomingAccount."""
    accounts_wanted = Signal()
    """The accounts are to be shown: there are many."""

    def __init__(self, bar: MessageBar, parent: QObject) -> None:
        super().__init__(parent)
        self._bar = bar
        self._known: frozenset[int | None] | None = None
        self._shown: list[tuple[Notice, frozenset[int | None]]] = []

    def look(self, rows: Sequence[AccountRow]) -> None:
        """Look at the rows as they were just read. What needs somebody at the first look, the page itself says.

        Nor is it told of tokens that were cleared on purpose: whoever did that knows.
        """
        needing = {row.key: row for row in rows if row.state is AccountState.NEEDS_SIGN_IN}
        before, self._known = self._known, frozenset(needing)
        self._take_away(self._known)
        if before is None:
            return
        new = [row for key, row in needing.items() if key not in before and not _cleared(row)]
        if len(new) > _ONE_BY_ONE:
            self._tell_together(new)
            return
        for row in new:
            self._tell(row)

    def _take_away(self, needing: frozenset[int | None]) -> None:
        """Those whose accounts have all recovered; those that somebody has closed are forgotten."""
        for notice, keys in self._shown:
            if notice in self._bar.notices and not keys & needing:
                notice.dismiss()
        shown = self._bar.notices
        self._shown = [one for one in self._shown if one[0] in shown]

    def _tell(self, row: AccountRow) -> None:
        said = self.tr('"{name}" needs somebody to sign in; until then its mail is not fetched.').format(
            name=harmless(row.account.name)
        )
        details = "\n".join(part for part in (state_sentence(row), said_by_server(row)) if part)
        notice = self._bar.show_notice(Kind.WARNING, said, details=details)
        notice.add_action(self.tr("Sign in again..."), lambda: self.sign_in_wanted.emit(row.account))
        self._shown.append((notice, frozenset({row.key})))

    def _tell_together(self, rows: Sequence[AccountRow]) -> None:
        said = self.tr("{accounts} need somebody to sign in: {names}.").format(
            accounts=times.accounts(len(rows)), names=listing([harmless(row.account.name) for row in rows])
        )
        notice = self._bar.show_notice(Kind.WARNING, said)
        notice.add_action(self.tr("Show accounts"), self.accounts_wanted.emit)
        self._shown.append((notice, frozenset(row.key for row in rows)))


def _cleared(row: AccountRow) -> bool:
    return row.sign_in is not None and row.sign_in.cause == Lack.CLEARED
