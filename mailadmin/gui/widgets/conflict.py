"""Two administrators edited one record: the second sees both versions, field by field, before anything is lost."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from mailadmin.gui.sentences import problems, times, values

from .labels import wrapped_label

Button = QDialogButtonBox.ButtonRole
_KEPT = frozenset({"id", "uid", "version", "created", "changed"})


class ConflictDialog(QDialog):
    """Shows the fields in which two versions of a record differ, and asks which to go on with.

    :param theirs: the record as it is stored
    :param mine: the record as the form says
    """

    theirs_taken = Signal()
    """Go on with what is stored; what was typed here is given up."""
    mine_kept = Signal()
    """Go on with what was typed here; saving it replaces what is stored."""

    def __init__(self, table: str, theirs: Any, mine: Any, parent: QWidget) -> None:  # noqa: ANN401  (any record)
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Changed by somebody else"))
        stamp = theirs.changed
        said = wrapped_label(
            self.tr(
                "{who} changed this {when}, while you were editing it. Nothing was overwritten. These fields differ:"
            ).format(who=stamp.by if stamp else "?", when=times.relative(stamp.at, datetime.now(UTC)) if stamp else ""),
            self,
        )
        self.table = self._differences(table, theirs, mine)
        buttons = QDialogButtonBox(self)
        take = buttons.addButton(self.tr("Take &theirs"), Button.DestructiveRole)
        keep = buttons.addButton(self.tr("Go on with &mine"), Button.AcceptRole)
        cancel = buttons.addButton(self.tr("Cancel"), Button.RejectRole)
        cancel.setDefault(True)
        take.clicked.connect(self._take)
        keep.clicked.connect(self._keep)
        cancel.clicked.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(said)
        column.addWidget(self.table, 1)
        column.addWidget(buttons)
        width = self.fontMetrics().averageCharWidth() * 90
        self.resize(width, width // 2)

    def _differences(self, table: str, theirs: Any, mine: Any) -> QTableWidget:  # noqa: ANN401
        names = [one.name for one in fields(theirs) if one.name not in _KEPT]
        differing = [name for name in names if getattr(theirs, name) != getattr(mine, name)]
        shown = QTableWidget(len(differing), 3, self)
        shown.setAccessibleName(self.tr("Fields that differ"))
        shown.setHorizontalHeaderLabels([self.tr("Field"), self.tr("Stored (theirs)"), self.tr("Here (mine)")])
        shown.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        shown.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        shown.verticalHeader().hide()
        shown.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        for row, name in enumerate(differing):
            cells = (
                problems.field_label(table, name),
                values.value(name, getattr(theirs, name)),
                values.value(name, getattr(mine, name)),
            )
            for at, text in enumerate(cells):
                shown.setItem(row, at, QTableWidgetItem(text))
        return shown

    def _take(self) -> None:
        self.theirs_taken.emit()
        self.accept()

    def _keep(self) -> None:
        self.mine_kept.emit()
        self.accept()
