"""The dialog that adds or edits a filter, with the what-if beside the form (PM-5)."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from mailadmin.domain.errors import MailadminError
from mailadmin.domain.filters import ExampleChange, Filter, PinnedExample
from mailadmin.domain.messages import InboxMessage
from mailadmin.domain.validation import Fault, InvalidRecordError, Problem
from mailadmin.gui.sentences import problems
from mailadmin.gui.tasks import Loader, Tasks
from mailadmin.gui.what_if import ExamplesDialog, WhatIfSide
from mailadmin.gui.widgets.service_page import ServiceDialog
from mailadmin.services.what_if import Proposal

from .example_list import Pins
from .filter_form import FilterForm
from .message_chooser import MessageChooser
from .surroundings import FilterServices, FilterSurroundings

_TRIED = frozenset({"conditions", "actions"})
"""Fields without which there is nothing to try."""


class FilterDialog(ServiceDialog[Filter]):
    """Shows one filter, tries it on stored mail, and asks before pinned examples become something else.

    :param record: one without an id is added
    :param there: what a filter can name
    """

    characters = 100

    def __init__(
        self,
        record: Filter,
        there: FilterSurroundings,
        *,
        services: FilterServices,
        tasks: Tasks,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("", record, problems.FILTER, service=services.filters, tasks=tasks, parent=parent)
        self.setWindowTitle(
            self.tr("Add filter") if self.adding else self.tr("Edit filter {name}").format(name=record.name)
        )
        self._what_if = services.what_if
        self._pins = Pins()  # read in the window's thread, used in the task that saves
        self.form = FilterForm(self.fields, there, self)
        self.set_contents(self.form)
        self.side = WhatIfSide(
            self,
            services.what_if,
            lambda: Proposal(filters=(self.read_record(),)),
            faults=self._faults_in_the_way,
            pins=True,
        )
        self.side.panel.refused.connect(self._on_refused)
        self.side.panel.pinned.connect(self._pin)
        self.form.examples.choosing.connect(self._choose_message)
        self.begin()
        for name, field in self.fields.items():
            if name not in {"examples", "comment"}:
                field.edited.connect(self.side.panel.outdated)
        self._examples: Loader[Filter, list[PinnedExample]] = Loader(
            tasks, "read examples", services.what_if.examples, self
        )
        self._examples.loaded.connect(lambda _, examples: self.form.examples.show_examples(examples))
        self._examples.failed.connect(self.show_failure)
        if not self.adding:
            self._examples.load(record)

    # --- the record ---

    @override
    def show_record(self, record: Filter) -> None:
        self.form.show_filter(record)

    @override
    def read_record(self) -> Filter:
        return self.form.read_filter(self.record)

    @override
    def has_more_changes(self) -> bool:
        return bool(self.form.examples.pins)

    @override
    def save(self, record: Filter) -> Filter:
        changes = self._changes(record)
        saved = super().save(record)
        self._what_if.accept(changes)
        for example in self._pins.removed:
            self._what_if.unpin(example)
        for inbox_id in self._pins.added:
            self._what_if.pin(saved, inbox_id)
        return saved

    @override
    def _on_saved(self, record: Filter) -> None:
        self._examples.load(record)
        self.form.examples.show_examples([])
        self.form.show_row_faults([])
        super()._on_saved(record)

    @override
    def _show_faults(self, faults: Sequence[Fault]) -> None:
        self.form.show_row_faults(faults)
        super()._show_faults(self._without_rows(faults))
        row = self.form.first_faulty_row
        if row is not None:
            self._area.ensureWidgetVisible(row)
            if not self._without_rows(faults):
                row.editors()[-1].setFocus(Qt.FocusReason.OtherFocusReason)

    @override
    def _on_checked(self, asked: Filter, faults: Sequence[Fault]) -> None:
        if self._left in _TRIED:
            self.form.show_row_faults(self._worth_saying(faults))
        super()._on_checked(asked, self._without_rows(faults))

    @staticmethod
    def _without_rows(faults: Sequence[Fault]) -> list[Fault]:
        """Those that no row says."""
        return [fault for fault in faults if not (fault.field in _TRIED and fault.facts.get("number"))]

    @staticmethod
    def _worth_saying(faults: Sequence[Fault]) -> list[Fault]:
        """What is still empty is complained about when saving, not before."""
        return [fault for fault in faults if fault.problem is not Problem.REQUIRED]

    # --- asking before examples change ---

    @override
    def start_saving(self, *, finish: bool) -> None:
        if self._busy:
            return
        self._pins = self.form.examples.pins
        record = self.read_record()
        self._lock(locked=True)
        task = self.tasks.task("look at examples", lambda _: self._changes(record))
        task.succeeded.connect(lambda changes: self._on_looked(changes, finish=finish))
        task.failed.connect(self._on_not_looked)
        self.tasks.start(task)

    def _changes(self, record: Filter) -> list[ExampleChange]:
        """The examples that saving this would change, those that are taken off left out. In a task."""
        if self.faults_of(record):
            return []  # it is not saved at all
        off = {example.inbox_id for example in self._pins.removed}
        changes = self._what_if.changed_examples(Proposal(filters=(record,)))
        return [one for one in changes if one.filter != self.record.name or one.inbox_id not in off]

    def _on_looked(self, changes: list[ExampleChange], *, finish: bool) -> None:
        self._lock(locked=False)
        if not changes:
            super().start_saving(finish=finish)
            return
        dialog = ExamplesDialog(changes, self.tr("&Save anyway"), self)
        dialog.help_wanted.connect(self.help_wanted)
        dialog.accepted.connect(lambda: super(FilterDialog, self).start_saving(finish=finish))
        dialog.open()

    def _on_not_looked(self, error: MailadminError) -> None:
        self._lock(locked=False)
        self._on_failed(error)

    def _lock(self, *, locked: bool) -> None:
        self._busy = locked
        self.contents.setEnabled(not locked)
        self.update_buttons()

    # --- what if ---

    def _faults_in_the_way(self, proposal: Proposal) -> list[Fault]:
        return [fault for record in proposal.filters for fault in self.faults_of(record) if fault.field in _TRIED]

    def _on_refused(self, error: InvalidRecordError) -> None:
        self._show_faults([fault for _, _, fault in error.faults])

    def _pin(self, message: InboxMessage) -> None:
        self.form.examples.add(message)
        self._area.ensureWidgetVisible(self.form.examples)

    def _choose_message(self) -> None:
        chooser = MessageChooser(self._what_if, self.tasks, self)
        chooser.chosen.connect(self._pin)
        chooser.help_wanted.connect(self.help_wanted)
        chooser.open()
