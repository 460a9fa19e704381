"""The question into which queue tickets go."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QVBoxLayout, QWidget

from mailadmin.domain.accounts import Validity
from mailadmin.domain.queues import Queue
from mailadmin.domain.tickets import Ticket
from mailadmin.gui.sentences import times
from mailadmin.gui.widgets.choices import ChoiceCombo
from mailadmin.gui.widgets.labels import plain_label

from .columns import title_of

Role = QDialogButtonBox.ButtonRole


class MoveDialog(QDialog):
    """Asks into which queue tickets go."""

    queue_chosen = Signal(str)
    """The queue's name."""

    def __init__(self, tickets: Sequence[Ticket], queues: Sequence[Queue], parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Move to queue"))
        one = tickets[0]
        said = plain_label(
            self.tr('Move ticket {number}, "{title}", from "{queue}" to:').format(
                number=one.number, title=title_of(one), queue=one.queue
            )
            if len(tickets) == 1
            else self.tr("Move {count} tickets to:").format(count=times.number(len(tickets))),
            self,
        )
        said.setWordWrap(True)
        self.queue = ChoiceCombo(self, placeholder=self.tr("Choose a queue"))
        here = {ticket.queue for ticket in tickets}
        for queue in queues:
            if queue.validity is Validity.VALID and here != {queue.name}:
                self.queue.add_choice(queue.name, queue.name)
        self.queue.setCurrentIndex(-1)
        buttons = QDialogButtonBox(self)
        self.move_button = buttons.addButton(self.tr("&Move"), Role.AcceptRole)
        self.cancel_button = buttons.addButton(self.tr("Cancel"), Role.RejectRole)
        self.move_button.setDefault(True)
        self.move_button.setEnabled(False)
        form = QFormLayout()
        form.addRow(self.tr("&Queue:"), self.queue)
        column = QVBoxLayout(self)
        column.addWidget(said)
        column.addLayout(form)
        column.addStretch()
        column.addWidget(buttons)
        self.queue.currentIndexChanged.connect(lambda at: self.move_button.setEnabled(at >= 0))
        buttons.accepted.connect(self._on_accepted)
        buttons.rejected.connect(self.reject)
        self.resize(self.fontMetrics().averageCharWidth() * 56, self.sizeHint().height())
        self.queue.setFocus()

    def _on_accepted(self) -> None:
        if self.queue.value:
            self.queue_chosen.emit(self.queue.value)
            self.accept()
