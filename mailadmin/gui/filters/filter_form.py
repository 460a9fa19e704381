"""The form of a filter: its rows, read and shown (PM-5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtWidgets import QCheckBox, QFormLayout, QLineEdit, QSpinBox, QWidget

from mailadmin.domain.accounts import Validity
from mailadmin.domain.filter_rules import MAX_ORDER
from mailadmin.domain.filters import Filter
from mailadmin.domain.validation import Fault
from mailadmin.gui.sentences import problems
from mailadmin.gui.widgets.choices import validity_combo
from mailadmin.gui.widgets.form import Field, FormFields, add_heading, add_legend, add_row, form_in
from mailadmin.gui.widgets.message_bar import Kind
from mailadmin.gui.widgets.wrapped_contents import WrappedContents

from .account_choice import AccountChoice
from .action_rows import ActionRows
from .condition_rows import ConditionRows
from .example_list import ExampleList
from .rows import Row
from .surroundings import FilterSurroundings

_OF_ROWS = ("conditions", "actions")


class FilterForm(WrappedContents):
    """Shows a filter and reads it back.

    :param fields: the fields are added to these, in the form's order
    """

    def __init__(self, fields: FormFields, there: FilterSurroundings, parent: QWidget) -> None:
        super().__init__(parent)
        self._fields = fields
        self._rows = form_in(self)
        self._build_head()
        self._build_conditions()
        self._build_actions(there)
        self._build_accounts(there)
        self._build_examples()
        self._build_about()
        add_legend(self._rows)

    def show_filter(self, record: Filter) -> None:
        """Put a filter's values into the form."""
        self.name.setText(record.name)
        self.order.setValue(record.order)
        self.stop.setChecked(record.stop)
        self.condition_rows.show_values(record.conditions)
        self.action_rows.show_values(record.actions)
        self.accounts.show_values(record.accounts)
        self.validity.choose(record.validity)
        self.comment.setText(record.comment)
        self._follow()

    def read_filter(self, record: Filter) -> Filter:
        """The filter with the form's values."""
        return replace(
            record,
            name=self.name.text(),
            order=self.order.value(),
            stop=self.stop.isChecked(),
            conditions=self.condition_rows.values,
            actions=self.action_rows.values,
            accounts=self.accounts.values,
            validity=self.validity.value,
            comment=self.comment.text(),
        )

    def show_row_faults(self, faults: Sequence[Fault]) -> list[Fault]:
        """Say at its row what is wrong with a condition or an action; the faults that no row has said."""
        others = []
        said: dict[str, dict[int, str]] = {name: {} for name in _OF_ROWS}
        for fault in faults:
            number = fault.facts.get("number", "")
            if fault.field in said and number.isdecimal():
                sentence = problems.fault_sentence(fault, problems.FILTER)
                said[fault.field].setdefault(int(number) - 1, sentence)
            else:
                others.append(fault)
        self.condition_rows.show_faults(said["conditions"])
        self.action_rows.show_faults(said["actions"])
        return others

    @property
    def first_faulty_row(self) -> Row[Any] | None:
        """The first row in which something is wrong."""
        rows: list[Row[Any]] = [*self.condition_rows.rows, *self.action_rows.rows]
        return next((row for row in rows if row.fault), None)

    # --- building ---

    def _build_head(self) -> None:
        self.name = QLineEdit(self)
        self._add("name", self.tr("&Name"), self.name, required=True)
        self.order = QSpinBox(self)
        self.order.setRange(0, MAX_ORDER)
        hint = self.tr("Filters run from the lowest number to the highest; of equal numbers, by name.")
        self._add("order", self.tr("&Order"), self.order, hint=hint, required=True)
        self.stop = QCheckBox(self.tr("Stop after matc&h: no later filter runs"), self)
        self._rows.addRow("", self._fields.add("stop", Field(self.stop)))

    def _build_conditions(self) -> None:
        add_heading(self._rows, self.tr("If all of these hold"))
        self.condition_rows = ConditionRows(self)
        self._add_rows("conditions", self.condition_rows)

    def _build_actions(self, there: FilterSurroundings) -> None:
        add_heading(self._rows, self.tr("Then set"))
        self.action_rows = ActionRows(there, self)
        self._add_rows("actions", self.action_rows)
        self.condition_rows.edited.connect(self._follow)

    def _build_accounts(self, there: FilterSurroundings) -> None:
        add_heading(self._rows, self.tr("For the mail of"))
        self.accounts = AccountChoice(there.accounts, self)
        self.accounts.setAccessibleName(self.tr("For the mail of"))
        field = self._fields.add("accounts", Field(self.accounts))
        self._no_account = field.add_remark(Kind.WARNING)
        self.accounts.edited.connect(field.edited)
        self.accounts.edited.connect(self._follow)
        self._rows.addRow(field)

    def _build_examples(self) -> None:
        add_heading(self._rows, self.tr("Pinned examples"))
        self.examples = ExampleList(self)
        hint = self.tr(
            "Messages whose outcome is to stay as it is. A change to any filter that would treat one of them "
            "differently asks first."
        )
        field = self._fields.add("examples", Field(self.examples, hint=hint))
        self.examples.setAccessibleName(self.tr("Pinned examples"))
        self.examples.edited.connect(field.edited)
        self._rows.addRow(field)

    def _build_about(self) -> None:
        add_heading(self._rows, self.tr("About this filter"))
        self.validity = validity_combo(self)
        self._add("validity", self.tr("&Validity"), self.validity, required=True)
        self.comment = QLineEdit(self)
        self._add("comment", self.tr("Co&mment"), self.comment)
        self.validity.currentIndexChanged.connect(self._follow)

    def _add(self, name: str, label: str, editor: QWidget, *, hint: str = "", required: bool = False) -> None:
        add_row(self._rows, label, self._fields.add(name, Field(editor, hint=hint)), required=required)

    def _add_rows(self, name: str, rows: ConditionRows | ActionRows) -> None:
        field = self._fields.add(name, Field(rows))
        rows.edited.connect(field.edited)
        rows.left.connect(field.left)
        self._rows.setWidget(self._rows.rowCount(), QFormLayout.ItemRole.SpanningRole, field)

    def _follow(self) -> None:
        captures = self.tr(
            "In a value, [***] stands for what the first brackets of an expression have found (of the last condition "
            "that has some), and [**\\name**] for what (?<name>...) has found."
        )
        self._fields["actions"].set_hint(captures if self.condition_rows.with_expressions else "")
        nothing = self.tr("No account is ticked, so the filter is for all accounts.")
        self._no_account.say(nothing if self.accounts.nothing_ticked else "")
        self._fields["validity"].set_hint(
            "" if self.validity.value is Validity.VALID else self.tr("A filter that is not valid does not run.")
        )
