"""The dialog in which a stored message is chosen as an example."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from mailadmin.domain.errors import MailadminError
from mailadmin.domain.messages import InboxMessage
from mailadmin.gui.sentences import errors, times
from mailadmin.gui.sentences.wording import harmless
from mailadmin.gui.tasks import Loader, Tasks
from mailadmin.gui.widgets.empty import Contents
from mailadmin.gui.widgets.filter_edit import FilterEdit
from mailadmin.gui.widgets.records import Column, RecordModel
from mailadmin.gui.widgets.table import RecordTable
from mailadmin.services.what_if import WhatIfService

translate = QCoreApplication.translate
_WIDTH = 90
"""Characters on a line."""


def _columns() -> tuple[Column[InboxMessage], ...]:
    return (
        Column(
            key="subject",
            title=lambda: translate("MessageChooser", "Subject"),
            text=lambda one: harmless(one.subject) or translate("MessageChooser", "(no subject)"),
            tooltip=lambda one: harmless(one.subject),
            width=34,
            stretch=True,
            fixed=True,
        ),
        Column(
            key="sender",
            title=lambda: translate("MessageChooser", "From"),
            text=lambda one: harmless(one.sender),
            tooltip=lambda one: harmless(one.sender),
            width=26,
        ),
        Column(
            key="fetched",
            title=lambda: translate("MessageChooser", "Fetched"),
            text=lambda one: times.relative(one.fetched_at, datetime.now(UTC)),
            tooltip=lambda one: times.exact(one.fetched_at),
            sort=lambda one: one.id,
            width=16,
        ),
    )


class MessageChooser(QDialog):
    """Lists stored messages, newest first, and finds them by a piece of text."""

    chosen = Signal(object)
    """An InboxMessage."""
    help_wanted = Signal()
    """F1."""

    def __init__(self, what_if: WhatIfService, tasks: Tasks, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Pin a message as example"))
        self.text = FilterEdit(self.tr("Search in sender, subject, account, ticket number"), self)
        model: RecordModel[InboxMessage] = RecordModel(_columns(), lambda one: one.id, self)
        self._model = model
        self.table: RecordTable[InboxMessage] = RecordTable(model, self.tr("Stored messages"), self)
        self.table.sort_by("fetched", Qt.SortOrder.DescendingOrder)
        self.table.keep_in_sight()
        self.contents = Contents(self.table, self)
        self.contents.nothing_there.say(self.tr("No stored message fits."))
        buttons = QDialogButtonBox(self)
        self.pin_button = buttons.addButton(self.tr("&Pin"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.pin_button.setDefault(True)
        self.cancel_button = buttons.addButton(self.tr("Cancel"), QDialogButtonBox.ButtonRole.RejectRole)
        self.cancel_button.setAutoDefault(False)
        column = QVBoxLayout(self)
        column.addWidget(self.text)
        column.addWidget(self.contents, 1)
        column.addWidget(buttons)
        self._loader: Loader[tuple[str], Sequence[InboxMessage]] = Loader(
            tasks, "read messages", lambda asked: what_if.messages(asked[0]), self
        )
        self._loader.loaded.connect(self._on_loaded)
        self._loader.failed.connect(self._on_failed)
        self.text.filtered.connect(lambda text: self._loader.load((text,)))
        self.text.left.connect(self.table.take_focus)
        self.table.chosen.connect(lambda _: self._choose())
        self.table.selection_changed.connect(self._follow)
        buttons.accepted.connect(self._choose)
        buttons.rejected.connect(self.reject)
        QShortcut(QKeySequence("F1"), self, self.help_wanted.emit)  # the window's own does not reach a dialog
        width = self.fontMetrics().averageCharWidth() * _WIDTH
        room = self.screen().availableSize()
        self.resize(min(width, room.width()), min(round(width * 0.6), round(room.height() * 0.9)))
        self._follow()
        self._loader.load(("",))
        self.text.take_focus()

    def _on_loaded(self, asked: tuple[str], messages: Sequence[InboxMessage]) -> None:
        self._model.show_records(messages)
        self.contents.show_counts(total=len(messages), shown=len(messages))
        self._follow()

    def _on_failed(self, error: MailadminError) -> None:
        self.contents.show_failure(
            errors.sentence(error), self.tr("&Try again"), lambda: self._loader.load((self.text.text(),))
        )

    def _follow(self) -> None:
        self.pin_button.setEnabled(self.table.current() is not None)

    def _choose(self) -> None:
        message = self.table.current()
        if message is not None:
            self.chosen.emit(message)
            self.accept()
