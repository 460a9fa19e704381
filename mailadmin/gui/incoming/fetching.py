"""The verbs that fetch: which accounts they mean, and what is offered when some of them are not valid."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QToolButton

from mailadmin.domain.accounts import IncomingAccount
from mailadmin.gui.sentences import times
from mailadmin.gui.widgets.labels import plain_tooltip
from mailadmin.gui.widgets.message_bar import Kind
from mailadmin.gui.widgets.page import Page

from .rows import AccountRow
from .since_dialog import SinceDialog

Rows = Callable[[], Sequence[AccountRow]]


class FetchVerbs(QObject):
    """*Fetch mail* and its variants, as actions of a page.

    :param selected: the selected rows
    :param every: all rows, those that are hidden, too
    """

    wanted = Signal(list)
    """Fetch these accounts; all are valid."""
    since_wanted = Signal(list, object)
    """Fetch what these accounts received on a date or later; all are valid."""
    dry_wanted = Signal(list)
    """Say what would become of the mail of these accounts."""
    validity_wanted = Signal(list)
    """Set those of these accounts to valid that are not, and fetch all of them then."""

    def __init__(self, page: Page, selected: Rows, every: Rows) -> None:
        super().__init__(page)
        self._page = page
        self._selected = selected
        self._every = every
        self.fetch = page.add_action(self.tr("&Fetch mail"), "email-sync-outline", self._on_fetch, shortcut="F9")
        self.fetch_all = page.add_action(self.tr("Fetch &all"), "email-multiple-outline", self._on_fetch_all)
        self.fetch_selected = page.add_action(
            self.tr("Fetch &selected"), "email-check-outline", lambda: self._begin(self._selected())
        )
        self.fetch_since = page.add_action(
            self.tr("Fetc&h from a date..."), "calendar-arrow-right", self._on_fetch_since
        )
        self.dry_run = page.add_action(
            self.tr("Dr&y run..."),
            "flask-outline",
            lambda: self.dry_wanted.emit([row.account for row in self._meant() if not row.busy]),
            tip=self.tr("Say what would become of the mail. Nothing is stored, and nothing is changed on the server."),
        )
        self._menu = QMenu(self.fetch.text(), page)
        self._menu.addActions([self.fetch_all, self.fetch_selected, self.fetch_since, self.dry_run])

    def add_button(self) -> QToolButton:
        """The split button at the page's upper right."""
        button = self._page.add_button(self.fetch)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        button.setMenu(self._menu)
        return button

    @property
    def actions(self) -> list[QAction]:
        """All of them."""
        return [self.fetch, self.fetch_all, self.fetch_selected, self.fetch_since, self.dry_run]

    def update_actions(self, selected: Sequence[AccountRow]) -> None:
        """Enable what makes sense for the selection, and say what is meant."""
        valid = [row for row in self._every() if row.valid and not row.busy]
        meant = [row for row in selected if not row.busy] if selected else valid
        self.fetch.setEnabled(bool(meant))
        self.fetch_all.setEnabled(bool(valid))
        self.fetch_selected.setEnabled(bool(selected and meant))
        self.fetch_since.setEnabled(any(row.valid for row in meant))
        self.dry_run.setEnabled(bool(meant))
        if len(meant) == 1:
            tip = self.tr("Fetch the mail of {name}").format(name=meant[0].account.name)
        elif selected:
            tip = self.tr("Fetch the mail of the selected {accounts}").format(accounts=times.accounts(len(meant)))
        else:
            tip = self.tr("Fetch the mail of all valid accounts ({accounts})").format(
                accounts=times.accounts(len(meant))
            )
        tip = self.tr("{what} ({key})").format(what=tip, key=self.fetch.shortcut().toString())
        self.fetch.setToolTip(plain_tooltip(tip))

    # --- what the verbs do ---

    def _meant(self) -> Sequence[AccountRow]:
        """The selection, or all valid accounts when nothing is selected."""
        return self._selected() or [row for row in self._every() if row.valid]

    def _on_fetch(self) -> None:
        self._begin(self._meant())

    def _on_fetch_all(self) -> None:
        self._begin([row for row in self._every() if row.valid])

    def _on_fetch_since(self) -> None:
        accounts = [row.account for row in self._meant() if row.valid and not row.busy]
        whose = accounts[0].name if len(accounts) == 1 else times.accounts(len(accounts))
        dialog = SinceDialog(whose, self._page)
        dialog.chosen.connect(lambda day: self.since_wanted.emit(accounts, day))
        dialog.open()

    def _begin(self, rows: Sequence[AccountRow]) -> None:
        valid = [row.account for row in rows if row.valid and not row.busy]
        if valid:
            self.wanted.emit(valid)
        if invalid := [row.account for row in rows if not row.valid]:
            self._offer_validity(invalid)

    def _set_valid_and_fetch(self, ids: Collection[int | None]) -> None:
        """The accounts as they are now: since it was offered they may have been edited, set to valid, or deleted."""
        accounts = [row.account for row in self._every() if row.key in ids and not row.busy]
        if accounts:
            self.validity_wanted.emit(accounts)

    def _offer_validity(self, accounts: list[IncomingAccount]) -> None:
        if len(accounts) == 1:
            said = self.tr('"{name}" is not valid, so its mail was not fetched.').format(name=accounts[0].name)
        else:
            said = self.tr("{accounts} are not valid, so their mail was not fetched.").format(
                accounts=times.accounts(len(accounts))
            )
        notice = self._page.bar.show_notice(Kind.INFORMATION, said)
        notice.add_action(
            self.tr("Set &valid and fetch"), partial(self._set_valid_and_fetch, {account.id for account in accounts})
        )
