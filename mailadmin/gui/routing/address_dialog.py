"""The dialog that adds or edits one of our own e-mail addresses (PM-2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtWidgets import QLineEdit, QWidget
from typing_extensions import override

from mailadmin.domain.accounts import Validity
from mailadmin.domain.queues import MailAddress, Queue
from mailadmin.domain.validation import Fault, InvalidRecordError, Problem
from mailadmin.gui.sentences import problems
from mailadmin.gui.tasks import Tasks
from mailadmin.gui.what_if import WhatIfSide
from mailadmin.gui.widgets.choices import ChoiceCombo, offer_valid, validity_combo
from mailadmin.gui.widgets.form import Field, add_legend, add_row, form_in
from mailadmin.gui.widgets.record_dialog import RecordDialog
from mailadmin.services.routing import RoutingService
from mailadmin.services.what_if import Proposal, WhatIfService


class AddressDialog(RecordDialog[MailAddress]):
    """Shows one address.

    :param address: one without an id is added
    :param queues: those that mail to it can go to
    """

    def __init__(
        self,
        address: MailAddress,
        queues: Sequence[Queue],
        *,
        routing: RoutingService,
        what_if: WhatIfService,
        tasks: Tasks,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("", address, problems.ADDRESS, tasks, parent)
        self.setWindowTitle(
            self.tr("Add e-mail address")
            if self.adding
            else self.tr("Edit e-mail address {address}").format(address=address.address)
        )
        self._routing = routing
        self._invalid = frozenset(queue.name for queue in queues if queue.validity is not Validity.VALID)
        self._build(queues)
        self.side = WhatIfSide(
            self, what_if, lambda: Proposal(address=self.read_record()), faults=self._faults_in_the_way
        )
        self.side.panel.refused.connect(lambda error: self._show_faults([fault for _, _, fault in error.faults]))
        self.begin()
        for name in ("address", "queue", "validity"):
            self.fields[name].edited.connect(self.side.panel.outdated)

    @override
    def show_record(self, record: MailAddress) -> None:
        self.address.setText(record.address)
        self.display_name.setText(record.display_name)
        self.queue.choose(record.queue)
        self.validity.choose(record.validity)
        self.comment.setText(record.comment)
        self._explain()

    @override
    def read_record(self) -> MailAddress:
        return replace(
            self.record,
            address=self.address.text(),
            display_name=self.display_name.text(),
            queue=self.queue.value,
            validity=self.validity.value,
            comment=self.comment.text(),
        )

    @override
    def faults_of(self, record: MailAddress) -> Sequence[Fault]:
        return self._routing.address_faults(record)

    @override
    def save(self, record: MailAddress) -> MailAddress:
        return self._routing.add_address(record) if record.id is None else self._routing.change_address(record)

    @override
    def stored(self, record: MailAddress) -> MailAddress:
        for address in self._routing.addresses():
            if address.id == record.id:
                return address
        fault = Fault("address", Problem.UNKNOWN_ADDRESS, {"address": record.address})  # somebody has deleted it
        raise InvalidRecordError([(self.table, record.address, fault)])

    def _faults_in_the_way(self, proposal: Proposal) -> list[Fault]:
        address = proposal.address
        return [fault for fault in self.faults_of(address) if fault.field in {"address", "queue"}] if address else []

    # --- building ---

    def _build(self, queues: Sequence[Queue]) -> None:
        self.address = QLineEdit(self.contents)
        self.display_name = QLineEdit(self.contents)
        self.queue = ChoiceCombo(self.contents, placeholder=self.tr("Choose a queue"))
        offer_valid(self.queue, ((one.name, one.validity) for one in queues), self.record.queue)
        self.validity = validity_combo(self.contents)
        self.comment = QLineEdit(self.contents)
        form = form_in(self.contents)
        ours = self.tr("One of your own addresses, without a name: support@example.org.")
        named = self.tr("The name beside it in mail that is sent: Example Support.")
        rows = (
            ("address", self.tr("&E-mail address"), self.address, ours, True),
            ("display_name", self.tr("&Display name"), self.display_name, named, False),
            ("queue", self.tr("&Queue"), self.queue, "", True),
            ("validity", self.tr("&Validity"), self.validity, "", True),
            ("comment", self.tr("&Comment"), self.comment, "", False),
        )
        for name, label, editor, hint, required in rows:
            add_row(form, label, self.fields.add(name, Field(editor, hint=hint)), required=required)
        add_legend(form)
        self.queue.currentIndexChanged.connect(self._explain)
        self.validity.currentIndexChanged.connect(self._explain)

    def _explain(self) -> None:
        self.fields["queue"].set_hint(
            self.tr("This queue is not valid and receives nothing: the next rule or the default queue applies.")
            if self.queue.value in self._invalid
            else self.tr("New tickets from mail to this address go here.")
        )
        self.fields["validity"].set_hint(
            ""
            if self.validity.value is Validity.VALID
            else self.tr("An address that is not valid leads nowhere: the next rule or the default queue applies.")
        )
