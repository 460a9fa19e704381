"""The dialog that adds or edits a rule for another system's ticket numbers, with a line to try it on (PM-6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLineEdit, QWidget
from typing_extensions import override

from mailadmin.domain.external_numbers import ExternalNumberRule
from mailadmin.domain.vocabulary import SENDER_TYPES, StateType
from mailadmin.gui.sentences import configured, problems, states
from mailadmin.gui.sentences.wording import listing
from mailadmin.gui.tasks import Loader, Tasks
from mailadmin.gui.widgets.choices import ChoiceCombo, validity_combo
from mailadmin.gui.widgets.completing_edit import CompletingEdit
from mailadmin.gui.widgets.form import Field, add_heading, add_legend, add_row, form_in
from mailadmin.gui.widgets.service_page import ServiceDialog
from mailadmin.services.records import RecordService
from mailadmin.services.samples import external_numbers

_IN_A_ROW = 4


class StateTypesEdit(QWidget):
    """Some of the state types, ticked."""

    edited = Signal()
    """Others are ticked than before."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        self.boxes = {kind: QCheckBox(configured.state_type(kind), self) for kind in StateType}
        for number, box in enumerate(self.boxes.values()):
            grid.addWidget(box, *divmod(number, _IN_A_ROW))
            box.toggled.connect(self.edited)
        grid.setColumnStretch(_IN_A_ROW, 1)
        self.setFocusProxy(next(iter(self.boxes.values())))

    @property
    def value(self) -> tuple[StateType, ...]:
        """What is ticked."""
        return tuple(kind for kind, box in self.boxes.items() if box.isChecked())

    def set_value(self, value: Iterable[StateType]) -> None:
        """Tick these."""
        ticked = frozenset(value)
        for kind, box in self.boxes.items():
            box.setChecked(kind in ticked)


class ExternalNumberDialog(ServiceDialog[ExternalNumberRule]):
    """Shows one rule.

    :param rule: one without an id is added
    :param dynamic_fields: the fields of tickets that are known
    """

    def __init__(
        self,
        rule: ExternalNumberRule,
        dynamic_fields: Sequence[str],
        *,
        service: RecordService[ExternalNumberRule],
        tasks: Tasks,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("", rule, problems.EXTERNAL, service=service, tasks=tasks, parent=parent)
        self.setWindowTitle(
            self.tr("Add rule for external ticket numbers")
            if self.adding
            else self.tr("Edit rule {name}").format(name=rule.name)
        )
        self._trying: Loader[tuple[str, str], tuple[str, ...] | None] = Loader(
            tasks, "try a pattern", lambda asked: external_numbers(*asked), self
        )
        self._trying.loaded.connect(self._on_tried)
        self._build(dynamic_fields)
        self.begin()

    @override
    def show_record(self, record: ExternalNumberRule) -> None:
        self.name.setText(record.name)
        self.from_pattern.setText(record.from_pattern)
        self.number_pattern.setText(record.number_pattern)
        self.in_subject.setChecked(record.in_subject)
        self.in_body.setChecked(record.in_body)
        self.dynamic_field.setText(record.dynamic_field)
        self.state_types.set_value(record.state_types)
        self.sender_type.choose(record.sender_type)
        self.visible.setChecked(record.visible_for_customer)
        self.validity.choose(record.validity)
        self.comment.setText(record.comment)
        self._try()

    @override
    def read_record(self) -> ExternalNumberRule:
        return replace(
            self.record,
            name=self.name.text(),
            from_pattern=self.from_pattern.text(),
            number_pattern=self.number_pattern.text(),
            in_subject=self.in_subject.isChecked(),
            in_body=self.in_body.isChecked(),
            dynamic_field=self.dynamic_field.text().strip(),
            state_types=self.state_types.value,
            sender_type=self.sender_type.value,
            visible_for_customer=self.visible.isChecked(),
            validity=self.validity.value,
            comment=self.comment.text(),
        )

    # --- building ---

    def _build(self, dynamic_fields: Sequence[str]) -> None:
        self._make_editors(dynamic_fields)
        form = form_in(self.contents)
        from_hint = self.tr("Only in mail whose From matches, such as @vendor\\.example. Empty: in all mail.")
        number_hint = self.tr("A regular expression; what is in its first brackets is the number: Case ([0-9]+).")
        field_hint = self.tr("Where tickets keep the number. A ticket with it gets the mail; else a new one gets both.")
        add_row(form, self.tr("&Name"), self._field("name", self.name), required=True)
        add_row(form, self.tr("&From pattern"), self._field("from_pattern", self.from_pattern, from_hint))
        number = self._field("number_pattern", self.number_pattern, number_hint)
        add_row(form, self.tr("Number &pattern"), number, required=True)
        self.attempt_field = Field(self.attempt)
        add_row(form, self.tr("&Try with a subject"), self.attempt_field)
        add_row(form, self.tr("Looked for"), self._field("in_subject", self.in_subject))
        add_row(form, "", self._field("in_body", self.in_body))
        add_row(
            form, self.tr("&Dynamic field"), self._field("dynamic_field", self.dynamic_field, field_hint), required=True
        )
        types = self._field("state_types", self.state_types, self.tr("Only tickets in such states. None: in any."))
        add_row(form, self.tr("State types"), types)
        self.state_types.edited.connect(types.edited)
        add_heading(form, self.tr("The mail in its ticket"))
        add_row(form, self.tr("Sender t&ype"), self._field("sender_type", self.sender_type), required=True)
        add_row(form, "", self._field("visible_for_customer", self.visible))
        add_row(form, self.tr("&Validity"), self._field("validity", self.validity), required=True)
        add_row(form, self.tr("&Comment"), self._field("comment", self.comment))
        self._name_boxes()
        add_legend(form)
        for edit in (self.number_pattern, self.attempt):
            edit.textChanged.connect(self._try)

    def _make_editors(self, dynamic_fields: Sequence[str]) -> None:
        contents = self.contents
        self.name, self.comment, self.attempt = QLineEdit(contents), QLineEdit(contents), QLineEdit(contents)
        self.from_pattern, self.number_pattern = QLineEdit(contents), QLineEdit(contents)
        for edit in (self.from_pattern, self.number_pattern):
            edit.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.attempt.setPlaceholderText(self.tr("Re: [Case 4711] Your order"))
        self.in_subject = QCheckBox(self.tr("in the s&ubject"), contents)
        self.in_body = QCheckBox(self.tr("in the te&xt"), contents)
        self.dynamic_field = CompletingEdit(contents)
        self.dynamic_field.offer((name, "") for name in dynamic_fields)
        self.state_types = StateTypesEdit(contents)
        self.sender_type = ChoiceCombo(contents)
        for name in SENDER_TYPES:
            self.sender_type.add_choice(name, states.sender_type(name))
        self.visible = QCheckBox(self.tr("visible for the custo&mer"), contents)
        self.validity = validity_combo(contents)

    def _field(self, name: str, editor: QWidget, hint: str = "") -> Field:
        return self.fields.add(name, Field(editor, hint=hint))

    def _name_boxes(self) -> None:
        """A switch beside which no label stands is called as what it says."""
        for box in (self.in_subject, self.in_body, self.visible):
            box.setAccessibleName(box.text().replace("&", ""))

    # --- trying ---

    def _try(self) -> None:
        pattern, text = self.number_pattern.text(), self.attempt.text()
        if pattern and text:
            self._trying.load((pattern, text))
        else:
            self.attempt_field.set_hint(self.tr("Paste a subject, and see which number is found. It is not saved."))

    def _on_tried(self, asked: tuple[str, str], numbers: tuple[str, ...] | None) -> None:
        if asked != (self.number_pattern.text(), self.attempt.text()):
            return
        if numbers is None:
            said = self.tr("This is no regular expression, or it takes too long.")
        elif numbers:
            said = self.tr("Found: {numbers}").format(numbers=listing(numbers))
        else:
            said = self.tr("No number is found.")
        self.attempt_field.set_hint(said)
