"""The verbs for accounts, one QAction each, and which of them the selection allows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence

from mailadmin.domain.accounts import IncomingAccount, Validity
from mailadmin.gui.icons import icon
from mailadmin.gui.widgets.table_page import TablePage

from .fetching import FetchVerbs
from .mending import Mend
from .rows import AccountRow
from .strip import StripActions

Key = QKeySequence.StandardKey


class AccountVerbs(QObject):
    """Puts the actions into a page's menu, in their order, and says what is wanted of the selected account."""

    add_wanted = Signal()
    edit_wanted = Signal(object)
    """An IncomingAccount; so are the following."""
    duplicate_wanted = Signal(object)
    check_wanted = Signal(object)
    inbox_wanted = Signal(object)
    rules_wanted = Signal(object)
    log_wanted = Signal(object)
    validity_wanted = Signal(object, object)
    """The selected IncomingAccounts that are not locked, and a Validity."""
    deletion_wanted = Signal(object)
    """The same accounts."""
    secrets_setup_wanted = Signal()
    sign_in_wanted = Signal(object)
    """The IncomingAccount that somebody is to sign in for again."""
    profile_wanted = Signal(str)
    """The OAuth2 profile of this name is to be edited."""

    def __init__(self, page: TablePage[AccountRow]) -> None:
        super().__init__(page)
        self._page = page
        self._table = table = page.table
        self._build_for_one()
        self.fetching = FetchVerbs(page, table.selected, lambda: table.records.records)
        self.inbox = page.add_action(
            self.tr("Sho&w its mail"), "email-search-outline", self._one(self.inbox_wanted.emit)
        )
        self.rules = page.add_action(self.tr("Ru&les"), "filter-outline", self._one(self.rules_wanted.emit))
        self.log = page.add_action(self.tr("L&og"), "text-box-search-outline", self._one(self.log_wanted.emit))
        page.add_separator()
        self._build_for_several()
        page.add_separator()
        self.copy = page.add_action(self.tr("Copy as te&xt"), "content-copy", table.copy_selected, shortcut=Key.Copy)
        self.refresh = page.add_action(self.tr("&Refresh"), "refresh", page.refresh, shortcut=Key.Refresh)
        self.set_up_secrets = QAction(icon("key-outline"), self.tr("Set up the &key..."), self)
        self.set_up_secrets.triggered.connect(lambda: self.secrets_setup_wanted.emit())
        self.edit_profile = QAction(icon("pencil-outline"), self.tr("Edit &profile..."), self)
        self.edit_profile.triggered.connect(self._one(lambda account: self.profile_wanted.emit(account.oauth_profile)))
        for action in (self.delete, self.copy):  # elsewhere the keys mean something else
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            table.addAction(action)
        table.set_context_actions(page.menu_actions)

    @property
    def of_strip(self) -> StripActions:
        """Those that the strip offers."""
        valid, invalid = self.validities[Validity.VALID], self.validities[Validity.INVALID]
        return StripActions(
            mending={
                Mend.EDIT: self.edit,
                Mend.CHECK: self.check,
                Mend.SET_VALID: valid,
                Mend.FETCH: self.fetching.fetch,
                Mend.SET_UP_SECRETS: self.set_up_secrets,
                Mend.SIGN_IN: self.sign_in,
                Mend.EDIT_PROFILE: self.edit_profile,
            },
            one=(self.check, self.edit, self.rules, self.log, self.inbox),
            several=(self.fetching.fetch, valid, invalid, self.delete),
        )

    def update_actions(self, selected: Sequence[AccountRow]) -> None:
        """Enable what the selection allows; an account that is being fetched is neither changed nor deleted."""
        one = selected[0] if len(selected) == 1 else None
        free = [row for row in selected if not row.busy]
        for action in (self.duplicate, self.check, self.inbox, self.rules, self.log):
            action.setEnabled(one is not None)
        self.edit.setEnabled(one is not None and not one.busy)
        self.sign_in.setEnabled(one is not None and one.by_person and bool(one.account.oauth_profile))
        self.delete.setEnabled(bool(free))
        self.copy.setEnabled(bool(selected))
        for validity, action in self.validities.items():
            action.setEnabled(any(row.account.validity is not validity for row in free))
        self.fetching.update_actions(selected)

    def _build_for_one(self) -> None:
        page, one = self._page, self._one
        self.add = page.add_action(self.tr("Add &mail account..."), "plus", self.add_wanted.emit, shortcut=Key.New)
        self.edit = page.add_action(self.tr("&Edit..."), "pencil-outline", one(self.edit_wanted.emit), shortcut="F2")
        self.duplicate = page.add_action(self.tr("D&uplicate..."), "content-duplicate", one(self.duplicate_wanted.emit))
        page.add_separator()
        self.check = page.add_action(self.tr("&Check"), "connection", one(self.check_wanted.emit))
        self.sign_in = page.add_action(self.tr("Si&gn in again..."), "login", one(self.sign_in_wanted.emit))

    def _build_for_several(self) -> None:
        page = self._page
        self.validities = page.add_validity_actions(self._want_validity)
        self.delete = page.add_action(
            self.tr("&Delete..."),
            "trash-can-outline",
            lambda: self.deletion_wanted.emit(self._free()),
            shortcut=Key.Delete,
        )

    def _one(self, act: Callable[[IncomingAccount], object]) -> Callable[[], None]:
        """An action's work on the one account that is selected."""

        def on_triggered() -> None:
            selected = self._table.selected()
            if len(selected) == 1:
                act(selected[0].account)

        return on_triggered

    def _free(self) -> list[IncomingAccount]:
        return [row.account for row in self._table.selected() if not row.busy]

    def _want_validity(self, validity: Validity) -> None:
        self.validity_wanted.emit(self._free(), validity)
