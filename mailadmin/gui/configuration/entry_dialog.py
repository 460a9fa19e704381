"""The dialog that adds or edits an entry of one of the plain lists (PM-4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QLineEdit, QWidget
from typing_extensions import override

from mailadmin.domain.lists import FieldOf, ListEntry, ListKind, is_shipped
from mailadmin.domain.vocabulary import StateType
from mailadmin.gui.sentences import configured
from mailadmin.gui.tasks import Tasks
from mailadmin.gui.widgets.choices import ChoiceCombo, validity_combo
from mailadmin.gui.widgets.form import Field, add_legend, add_row, form_in
from mailadmin.gui.widgets.service_page import ServiceDialog
from mailadmin.services.records import RecordService

translate = QCoreApplication.translate

_NAME_HINTS: Final[Mapping[ListKind, Callable[[], str]]] = {
    ListKind.AGENT: lambda: translate("EntryDialog", "The login, as X-OTOBO-Owner and X-OTOBO-Responsible name it."),
    ListKind.SERVICE: lambda: translate("EntryDialog", "The whole path: Printing::Colour."),
    ListKind.SLA: lambda: translate("EntryDialog", "As X-OTOBO-SLA names it."),
    ListKind.TICKET_TYPE: lambda: translate("EntryDialog", "As X-OTOBO-Type and accounts name it."),
    ListKind.STATE: lambda: translate("EntryDialog", "As X-OTOBO-State names it."),
    ListKind.DYNAMIC_FIELD: lambda: translate(
        "EntryDialog", "The name without the prefix: X-OTOBO-DynamicField-Room sets Room."
    ),
}


class EntryDialog(ServiceDialog[ListEntry]):
    """Shows one entry.

    :param entry: one without an id is added
    """

    def __init__(
        self,
        title: str,
        entry: ListEntry,
        *,
        service: RecordService[ListEntry],
        tasks: Tasks,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(title, entry, entry.kind.value, service=service, tasks=tasks, parent=parent)
        self._build()
        self.begin()

    @override
    def show_record(self, record: ListEntry) -> None:
        self.name.setText(record.name)
        if self.email is not None:
            self.email.setText(record.email)
        if self.state_type is not None and record.state_type is not None:
            self.state_type.choose(record.state_type)
        if self.field_of is not None and record.field_of is not None:
            self.field_of.choose(record.field_of)
        self.validity.choose(record.validity)
        self.comment.setText(record.comment)

    @override
    def read_record(self) -> ListEntry:
        return replace(
            self.record,
            name=self.name.text(),
            email=self.email.text() if self.email is not None else "",
            state_type=self.state_type.value if self.state_type is not None else None,
            field_of=self.field_of.value if self.field_of is not None else None,
            validity=self.validity.value,
            comment=self.comment.text(),
        )

    def _build(self) -> None:
        kind = self.record.kind
        self.name = QLineEdit(self.contents)
        self.email = QLineEdit(self.contents) if kind is ListKind.AGENT else None
        self.state_type = self._types() if kind is ListKind.STATE else None
        self.field_of = self._places() if kind is ListKind.DYNAMIC_FIELD else None
        self.validity = validity_combo(self.contents)
        self.comment = QLineEdit(self.contents)
        form = form_in(self.contents)
        shipped = kind is ListKind.STATE and is_shipped(self.record) and not self.adding
        name_hint = self.tr("Every database has this one: its name stays.") if shipped else _NAME_HINTS[kind]()
        rows: tuple[tuple[str, str, QWidget | None, str, bool], ...] = (
            ("name", self.tr("&Name"), self.name, name_hint, True),
            ("email", self.tr("&E-mail address"), self.email, "", False),
            ("state_type", self.tr("State &type"), self.state_type, self._type_hint(shipped=shipped), True),
            ("field_of", self.tr("&Belongs to"), self.field_of, "", True),
            ("validity", self.tr("&Validity"), self.validity, "", True),
            ("comment", self.tr("&Comment"), self.comment, "", False),
        )
        for name, label, editor, hint, required in rows:
            if editor is not None:
                add_row(form, label, self.fields.add(name, Field(editor, hint=hint)), required=required)
        add_legend(form)
        if shipped:
            self.name.setReadOnly(True)
            if self.state_type is not None:
                self.state_type.setEnabled(False)

    def _type_hint(self, *, shipped: bool) -> str:
        if shipped:
            return self.tr("It comes with the state.")
        return self.tr("What the state means: whether a ticket is open, waits, or is closed.")

    def _types(self) -> ChoiceCombo[StateType]:
        combo = ChoiceCombo[StateType](self.contents, nothing=StateType.OPEN)
        for kind in StateType:
            combo.add_choice(kind, configured.state_type(kind))
        combo.choose(StateType.OPEN)
        return combo

    def _places(self) -> ChoiceCombo[FieldOf]:
        combo = ChoiceCombo[FieldOf](self.contents, nothing=FieldOf.TICKET)
        for place in FieldOf:
            combo.add_choice(place, configured.field_of(place))
        return combo
