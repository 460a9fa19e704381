"""The dialog that adds or edits a queue (PM-1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtWidgets import QCheckBox, QLineEdit, QWidget
from typing_extensions import override

from mailadmin.domain.accounts import Validity
from mailadmin.domain.queues import MailAddress, Queue
from mailadmin.domain.validation import Fault, InvalidRecordError, Problem
from mailadmin.domain.vocabulary import FollowUpOption
from mailadmin.gui.sentences import problems, states
from mailadmin.gui.tasks import Tasks
from mailadmin.gui.widgets.choices import ChoiceCombo, offer_valid, validity_combo
from mailadmin.gui.widgets.form import Field, add_legend, add_row, form_in
from mailadmin.gui.widgets.record_dialog import RecordDialog
from mailadmin.services.routing import RoutingService


class QueueDialog(RecordDialog[Queue]):
    """Shows one queue.

    :param queue: one without an id is added
    :param addresses: those that can be its sender
    """

    def __init__(
        self,
        queue: Queue,
        addresses: Sequence[MailAddress],
        *,
        routing: RoutingService,
        tasks: Tasks,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("", queue, problems.QUEUE, tasks, parent)
        self.setWindowTitle(
            self.tr("Add queue") if self.adding else self.tr("Edit queue {name}").format(name=queue.name)
        )
        self._routing = routing
        self._build(addresses)
        self.begin()

    @override
    def show_record(self, record: Queue) -> None:
        self.name.setText(record.name)
        self.follow_up.choose(record.follow_up)
        self.lock.setChecked(record.follow_up_lock)
        self.sender_address.choose(record.sender_address)
        self.group.setText(record.group)
        self.validity.choose(record.validity)
        self.comment.setText(record.comment)
        self._explain()

    @override
    def read_record(self) -> Queue:
        return replace(
            self.record,
            name=self.name.text(),
            follow_up=self.follow_up.value,
            follow_up_lock=self.lock.isChecked(),
            sender_address=self.sender_address.value,
            group=self.group.text(),
            validity=self.validity.value,
            comment=self.comment.text(),
        )

    @override
    def faults_of(self, record: Queue) -> Sequence[Fault]:
        return self._routing.queue_faults(record)

    @override
    def save(self, record: Queue) -> Queue:
        return self._routing.add_queue(record) if record.id is None else self._routing.change_queue(record)

    @override
    def stored(self, record: Queue) -> Queue:
        for queue in self._routing.queues():
            if queue.id == record.id:
                return queue
        fault = Fault("name", Problem.UNKNOWN_QUEUE, {"queue": record.name})  # somebody has deleted it
        raise InvalidRecordError([(self.table, record.name, fault)])

    # --- building ---

    def _build(self, addresses: Sequence[MailAddress]) -> None:
        self.name = QLineEdit(self.contents)
        self.follow_up = ChoiceCombo[FollowUpOption](self.contents, nothing=FollowUpOption.POSSIBLE)
        for option in FollowUpOption:
            self.follow_up.add_choice(option, states.follow_up_option(option), tip=states.follow_up_description(option))
        self.lock = QCheckBox(self.tr("Lock the ticket again"), self.contents)
        self.sender_address = ChoiceCombo(self.contents)
        self.sender_address.add_choice("", self.tr("none"))
        offer_valid(self.sender_address, ((one.address, one.validity) for one in addresses), self.record.sender_address)
        self.group = QLineEdit(self.contents)
        self.validity = validity_combo(self.contents)
        self.comment = QLineEdit(self.contents)
        self._lay_out(has_addresses=bool(addresses))
        self.follow_up.currentIndexChanged.connect(self._explain)
        self.validity.currentIndexChanged.connect(self._explain)

    def _lay_out(self, *, has_addresses: bool) -> None:
        form = form_in(self.contents)
        sender = self.tr("Replies from this queue are written as this address.")
        none_yet = self.tr("There are no e-mail addresses yet; add them on the page E-mail addresses.")
        named = self.tr("Two colons make a level below another queue: Support::Printers.")
        locked = self.tr("A reply that opens a closed ticket also locks it for its owner.")
        grouped = self.tr("Who answers here, for your own order; nothing depends on it yet.")
        rows = (
            ("name", self.tr("&Name"), self.name, named, True),
            ("follow_up", self.tr("F&ollow-up option"), self.follow_up, "", True),
            ("follow_up_lock", self.tr("&Lock after a follow-up"), self.lock, locked, False),
            (
                "sender_address",
                self.tr("Sender &address"),
                self.sender_address,
                sender if has_addresses else none_yet,
                False,
            ),
            ("group", self.tr("&Group"), self.group, grouped, False),
            ("validity", self.tr("&Validity"), self.validity, "", True),
            ("comment", self.tr("&Comment"), self.comment, "", False),
        )
        for name, label, editor, hint, required in rows:
            add_row(form, label, self.fields.add(name, Field(editor, hint=hint)), required=required)
        add_legend(form)

    def _explain(self) -> None:
        self.fields["follow_up"].set_hint(states.follow_up_description(self.follow_up.value))
        valid = self.validity.value is Validity.VALID
        self.fields["validity"].set_hint(
            ""
            if valid
            else self.tr("A queue that is not valid receives nothing: the next rule or the default queue applies.")
        )
