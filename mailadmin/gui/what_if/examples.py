"""The question before a change that pinned examples would notice."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from mailadmin.domain.filters import ExampleChange
from mailadmin.gui.sentences import filters
from mailadmin.gui.sentences.wording import harmless
from mailadmin.gui.widgets.labels import wrapped_label
from mailadmin.gui.widgets.records import Column, RecordModel
from mailadmin.gui.widgets.table import RecordTable

from .columns import subject_of, translate

Button = QDialogButtonBox.ButtonRole
_WIDTH = 100
"""Characters on a line."""


def _columns() -> tuple[Column[ExampleChange], ...]:
    return (
        Column(
            key="message",
            title=lambda: translate("WhatIf", "Example"),
            text=lambda one: subject_of(one.subject),
            second=lambda one: translate("WhatIf", "pinned to {filter}").format(filter=harmless(one.filter)),
            tooltip=lambda one: subject_of(one.subject),
            width=26,
            stretch=True,
            fixed=True,
        ),
        Column(
            key="before",
            title=lambda: translate("WhatIf", "Now"),
            text=lambda one: filters.headline(one.before),
            second=lambda one: filters.parts(one.before, filters.differing(one.before, one.after)),
            tooltip=lambda one: "\n".join(filters.outcome_lines(one.before)),
            width=28,
        ),
        Column(
            key="after",
            title=lambda: translate("WhatIf", "Afterwards"),
            text=lambda one: filters.headline(one.after),
            second=lambda one: filters.parts(one.after, filters.differing(one.before, one.after)),
            tooltip=lambda one: "\n".join(filters.outcome_lines(one.after)),
            width=28,
        ),
    )


class ExamplesDialog(QDialog):
    """Shows the pinned examples that would become something else, and asks whether to go on.

    Accepted: the new outcomes are the expected ones from then on. Going back is the default and what Esc means.

    :param verb: the button that goes on (``&Save anyway``)
    """

    help_wanted = Signal()
    """F1."""

    def __init__(self, changes: Sequence[ExampleChange], verb: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Pinned examples would change"))
        said = wrapped_label(
            self.tr("With this change, %Ln pinned examples would become something else.", "", len(changes))
            if len(changes) != 1
            else self.tr("With this change, 1 pinned example would become something else."),
            self,
        )
        after = wrapped_label(self.tr("If you go on, what stands under Afterwards is expected from then on."), self)
        model: RecordModel[ExampleChange] = RecordModel(_columns(), lambda one: (one.filter, one.inbox_id), self)
        self.table: RecordTable[ExampleChange] = RecordTable(model, self.tr("Examples that would change"), self)
        self.table.keep_in_sight()
        model.show_records(changes)
        buttons = QDialogButtonBox(self)
        self.go_on = buttons.addButton(verb, Button.DestructiveRole)
        self.back = buttons.addButton(self.tr("&Back"), Button.RejectRole)
        self.back.setDefault(True)
        self.go_on.setAutoDefault(False)
        self.go_on.clicked.connect(self.accept)
        self.back.clicked.connect(self.reject)
        QShortcut(QKeySequence("F1"), self, self.help_wanted.emit)  # the window's own does not reach a dialog
        column = QVBoxLayout(self)
        column.addWidget(said)
        column.addWidget(self.table, 1)
        column.addWidget(after)
        column.addWidget(buttons)
        width = self.fontMetrics().averageCharWidth() * _WIDTH
        room = self.screen().availableSize()
        self.resize(min(width, room.width()), min(width // 2, round(room.height() * 0.9)))
        self.back.setFocus()
