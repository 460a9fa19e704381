"""The dialog that changes what a ticket is: title, state, priority, whose it is, dynamic fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from PySide6.QtCore import QDateTime, Signal
from PySide6.QtWidgets import QDateTimeEdit, QFormLayout, QLineEdit, QWidget
from typing_extensions import override

from mailadmin.domain.names import name_key
from mailadmin.domain.outside_text import shown
from mailadmin.domain.tickets import Ticket
from mailadmin.domain.validation import Fault
from mailadmin.domain.vocabulary import LOCKS, PRIORITIES
from mailadmin.gui.sentences import states
from mailadmin.gui.tasks import Tasks
from mailadmin.gui.widgets.choices import ChoiceCombo
from mailadmin.gui.widgets.fold import Fold
from mailadmin.gui.widgets.form import Field, add_heading, add_legend, add_row, form_in
from mailadmin.gui.widgets.record_dialog import RecordDialog
from mailadmin.services.tickets import TicketService

from .changes import change_between
from .choices import Choices

_FIELDS_IN_SIGHT: Final = 6
"""As many dynamic fields stand in the form; more are folded away."""


class PropertiesDialog(RecordDialog[Ticket]):
    """Shows one ticket. Only what was changed here is saved, so what others change meanwhile stays."""

    changed = Signal(object, object)
    """The Ticket as it was, and as it is now."""

    def __init__(
        self, ticket: Ticket, choices: Choices, *, tickets: TicketService, tasks: Tasks, parent: QWidget | None = None
    ) -> None:
        super().__init__("", ticket, "ticket", tasks, parent)
        self.setWindowTitle(self.tr("Properties of ticket {number}").format(number=ticket.number))
        self._tickets = tickets
        self._choices = choices
        self.dynamic: dict[str, QLineEdit] = {}
        """The editors of dynamic fields, by the field's name."""
        self._before = ticket
        self.more: Fold | None = None
        self._build()
        self.saved.connect(self._tell)
        self.begin()

    # --- a record's dialog ---

    @override
    def show_record(self, record: Ticket) -> None:
        self.title.setText(record.title)
        self.state.choose(record.state)
        self.customer.setText(record.customer)
        self.customer_id.setText(record.customer_id)
        for name, combo in self._combos.items():
            combo.choose(getattr(record, name))
        moment = record.pending_until or datetime.now(UTC) + timedelta(days=1)
        self.pending.setDateTime(QDateTime.fromSecsSinceEpoch(int(moment.timestamp()) // 60 * 60))
        for field, edit in self.dynamic.items():
            edit.setText(record.fields.get(field, ""))
            edit.setCursorPosition(0)
        self._follow()

    @override
    def read_record(self) -> Ticket:
        fields = {name: edit.text() for name, edit in self.dynamic.items()}
        chosen: dict[str, Any] = {name: combo.value for name, combo in self._combos.items()}
        return replace(
            self.record,
            title=self.title.text(),
            state=self.state.value,
            customer=self.customer.text().strip(),
            customer_id=self.customer_id.text().strip(),
            pending_until=self._pending_until(),
            fields={name: value for name, value in fields.items() if value},
            **chosen,
        )

    @override
    def faults_of(self, record: Ticket) -> Sequence[Fault]:
        return ()  # what can be chosen is right; the rest is looked at when it is saved

    @override
    def save(self, record: Ticket) -> Ticket:
        return self._tickets.change(record.number, change_between(self.record, record))

    @override
    def stored(self, record: Ticket) -> Ticket:
        return self._tickets.get(record.number)

    def _tell(self, after: Ticket) -> None:
        before, self._before = self._before, after
        self.changed.emit(before, after)

    # --- building ---

    def _build(self) -> None:
        form = form_in(self.contents)
        ticket, choices = self.record, self._choices
        self.title = QLineEdit(self.contents)
        self.state = self._combo([(name, states.ticket_state(name)) for name, _ in choices.states], ticket.state)
        self.state.setEnabled(not ticket.merged_into)
        self.pending = QDateTimeEdit(self.contents)
        self.pending.setCalendarPopup(True)
        self.customer = QLineEdit(self.contents)
        self.customer_id = QLineEdit(self.contents)
        none = ("", self.tr("none"))
        offered = {
            "priority": [(name, states.priority(name)) for name in PRIORITIES],
            "lock": [(name, states.lock(name)) for name in LOCKS],
            **{
                name: [none, *((one, one) for one in valid)]
                for name, valid in (
                    ("owner", choices.agents),
                    ("responsible", choices.agents),
                    ("type", choices.types),
                    ("service", choices.services),
                    ("sla", choices.slas),
                )
            },
        }
        self._combos = {name: self._combo(values, getattr(ticket, name)) for name, values in offered.items()}
        self._add(form, "title", self.tr("&Title"), self.title, required=True)
        self._add(form, "state", self.tr("St&ate"), self.state)
        self._pending_field = self._add(form, "pending_until", self.tr("Pending &until"), self.pending)
        self.pending.dateTimeChanged.connect(self._pending_field.edited)
        self.state.currentIndexChanged.connect(self._follow)
        for name, label in (
            ("priority", self.tr("&Priority")),
            ("lock", self.tr("&Lock")),
            ("owner", self.tr("&Owner")),
            ("responsible", self.tr("&Responsible")),
            ("type", self.tr("T&ype")),
            ("service", self.tr("Ser&vice")),
            ("sla", self.tr("SLA")),
        ):
            combo = self._combos[name]
            field = self._add(form, name, label, combo)
            form.setRowVisible(field, combo.count() > 1)  # an empty list is no choice
        self._add(form, "customer", self.tr("&Customer"), self.customer)
        self._add(form, "customer_id", self.tr("Co&mpany"), self.customer_id)
        self._build_fields(form)
        add_legend(form)

    def _build_fields(self, form: QFormLayout) -> None:
        """A row for each dynamic field there is on the list, and for those that the ticket has besides."""
        known = {name_key(name): name for name in self._choices.fields} | {
            name_key(name): name for name in self.record.fields
        }
        if not known:
            return
        rows = []
        if len(known) > _FIELDS_IN_SIGHT:
            self.more = Fold(self.tr("&Dynamic fields ({count})").format(count=len(known)), self.contents)
            form.addRow(self.more)
        else:
            add_heading(form, self.tr("Dynamic fields"))
        for name in sorted(known.values(), key=name_key):
            edit = QLineEdit(self.contents)
            self.dynamic[name] = edit
            rows.append(self._add(form, f"fields.{name}", shown(name).replace("&", "&&"), edit))
            edit.setAccessibleName(shown(name))
        if self.more is not None:
            fold = self.more

            def follow() -> None:
                for row in rows:
                    form.setRowVisible(row, fold.unfolded)

            fold.folded.connect(follow)
            follow()

    def _add(self, form: QFormLayout, name: str, label: str, editor: QWidget, *, required: bool = False) -> Field:
        field = self.fields.add(name, Field(editor, parent=self.contents))
        add_row(form, label, field, required=required)
        self._form = form
        return field

    def _combo(self, values: Sequence[tuple[str, str]], current: str) -> ChoiceCombo:
        """A choice of what is valid, and of what the ticket has now even if it is not."""
        combo = ChoiceCombo(self.contents)
        for value, label in values:
            combo.add_choice(value, label)
        if current not in combo.values:
            combo.add_choice(current, self.tr("{name} (not valid)").replace("{name}", shown(current)))
        return combo

    # --- following ---

    def _pending_until(self) -> datetime | None:
        """The time that a pending ticket waits for; one in another state keeps what it has until its state changes."""
        if not self._choices.is_pending(self.state.value):
            return self.record.pending_until if self.state.value == self.record.state else None
        moment = datetime.fromtimestamp(self.pending.dateTime().toSecsSinceEpoch(), UTC)
        before = self.record.pending_until
        same = before is not None and int(before.timestamp()) // 60 == int(moment.timestamp()) // 60
        return before if same else moment

    def _follow(self) -> None:
        self._form.setRowVisible(self._pending_field, self._choices.is_pending(self.state.value))
