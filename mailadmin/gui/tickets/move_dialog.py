"""The question into which queue tickets go."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from mailadmin.domain.accounts import Validity
from mailadmin.domain.queues import Queue
from mailadmin.domain.tickets import Ticket
from mailadmin.gui.sentences import times
from mailadmin.gui.widgets.choices import ChoiceCombo
from mailadmin.gui.widgets.form import Field, add_row
from mailadmin.gui.widgets.labels import shortened
from mailadmin.gui.widgets.question_dialog import QuestionDialog

from .columns import title_of

translate = QCoreApplication.translate


class MoveDialog(QuestionDialog):
    """Asks into which queue tickets go."""

    queue_chosen = Signal(str)
    """The queue's name."""

    def __init__(self, tickets: Sequence[Ticket], queues: Sequence[Queue], parent: QWidget) -> None:
        super().__init__(
            translate("MoveDialog", "Move to queue"), _what(tickets), translate("MoveDialog", "&Move"), parent
        )
        self.queue = ChoiceCombo(self, placeholder=self.tr("Choose a queue"))
        here = {ticket.queue for ticket in tickets}
        for queue in queues:
            if queue.validity is Validity.VALID and here != {queue.name}:
                self.queue.add_choice(queue.name, queue.name)
        self.queue.setCurrentIndex(-1)
        add_row(self.form, self.tr("&Queue"), Field(self.queue, parent=self))
        self.verb.setEnabled(False)
        self.queue.currentIndexChanged.connect(lambda at: self.verb.setEnabled(at >= 0))
        self.queue.setFocus()

    @override
    def on_accepted(self) -> None:
        self.queue_chosen.emit(self.queue.value)
        self.accept()


def _what(tickets: Sequence[Ticket]) -> str:
    if len(tickets) > 1:
        return translate("MoveDialog", "Move {count} tickets to:").format(count=times.number(len(tickets)))
    (one,) = tickets
    return translate("MoveDialog", 'Move ticket {number}, "{title}", from "{queue}" to:').format(
        number=one.number, title=shortened(title_of(one)), queue=one.queue
    )
