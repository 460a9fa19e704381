"""The accounts whose mail a filter is for: all, or those that are ticked."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QRadioButton, QVBoxLayout, QWidget

from mailadmin.domain.accounts import IncomingAccount
from mailadmin.domain.names import name_key
from mailadmin.gui.widgets.choices import marked

_LINES = 5
_NAME = Qt.ItemDataRole.UserRole


class AccountChoice(QWidget):
    """Radio buttons for all and for some, with a list to tick below."""

    edited = Signal()

    def __init__(self, accounts: Sequence[IncomingAccount], parent: QWidget) -> None:
        super().__init__(parent)
        self.all = QRadioButton(self.tr("A&ll accounts, also those added later"), self)
        self.some = QRadioButton(self.tr("Only thes&e:"), self)
        self.list = QListWidget(self)
        self.list.setAccessibleName(self.tr("Accounts"))
        self.list.setTabKeyNavigation(False)
        for account in accounts:
            self._add(account.name, marked(account.name, account.validity))
        shown = min(max(len(accounts), 2), _LINES)
        line = max(self.list.sizeHintForRow(0), self.fontMetrics().height())
        self.list.setFixedHeight(line * shown + 2 * self.list.frameWidth() + 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for widget in (self.all, self.some, self.list):
            column.addWidget(widget)
        self.setFocusProxy(self.all)
        self.all.setChecked(True)
        self.list.hide()
        self.some.toggled.connect(self.list.setVisible)
        self.some.toggled.connect(self.edited)
        self.list.itemChanged.connect(self.edited)

    @property
    def values(self) -> tuple[str, ...]:
        """The names of the accounts; empty for all."""
        if self.all.isChecked():
            return ()
        items = [self.list.item(row) for row in range(self.list.count())]
        return tuple(item.data(_NAME) for item in items if item.checkState() is Qt.CheckState.Checked)

    @property
    def nothing_ticked(self) -> bool:
        """Whether only some are meant, and none of them is ticked."""
        return self.some.isChecked() and not self.values

    def show_values(self, names: Sequence[str]) -> None:
        """Show these names as ticked; none means all accounts."""
        wanted = {name_key(name): name for name in names}
        known = {name_key(self.list.item(row).data(_NAME)) for row in range(self.list.count())}
        for key, name in wanted.items():
            if key not in known:  # deleted in this moment
                self._add(name, name)
        for row in range(self.list.count()):
            item = self.list.item(row)
            ticked = name_key(item.data(_NAME)) in wanted
            item.setCheckState(Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked)
        (self.some if names else self.all).setChecked(True)

    def _add(self, name: str, label: str) -> None:
        item = QListWidgetItem(label, self.list)
        item.setData(_NAME, name)
        item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsSelectable)
        item.setCheckState(Qt.CheckState.Unchecked)
