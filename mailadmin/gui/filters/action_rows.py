"""The actions of a filter: the X-OTOBO header that is set, and its value."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QLineEdit, QSizePolicy, QStackedWidget, QWidget
from typing_extensions import override

from mailadmin.domain.filters import Action
from mailadmin.domain.lists import ListKind
from mailadmin.domain.x_headers import X_HEADERS, Use
from mailadmin.gui.sentences import x_headers

from .header_combo import Groups, HeaderCombo, TypedCombo, header_model
from .rows import Row, RowList
from .surroundings import FilterSurroundings
from .values import values_for

translate = QCoreApplication.translate


class ActionRow(Row[Action]):
    """One action. Where values are known they are offered; any other can be typed, for it may hold captures."""

    def __init__(self, headers: QStandardItemModel, there: FilterSurroundings, parent: QWidget) -> None:
        super().__init__(translate("FilterDialog", "action"), parent)
        self._there = there
        self.header = HeaderCombo(headers, self)
        edit = self.header.lineEdit()
        assert edit is not None, "the box can be typed into"
        edit.setPlaceholderText(self.tr("X-OTOBO header"))
        self.choice = TypedCombo(10, self)
        self.text = QLineEdit(self)
        for one in (self.choice.lineEdit(), self.text):
            assert one is not None
            one.setPlaceholderText(self.tr("Value"))
        self.values = QStackedWidget(self)
        self.values.addWidget(self.text)
        self.values.addWidget(self.choice)
        self.values.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.line.addWidget(self.header, 1)
        self.line.addWidget(self.values, 1)
        self.line.addWidget(self.remove)
        self._connect()
        self._follow()

    @property
    @override
    def value(self) -> Action | None:
        header, value = self.header.text, self._value
        return Action(header, value) if header or value else None

    @property
    def _editor(self) -> QLineEdit | TypedCombo:
        return self.text if self.values.currentWidget() is self.text else self.choice

    @property
    def _value(self) -> str:
        return self.text.text().strip() if self._editor is self.text else self.choice.text

    @override
    def editors(self) -> Sequence[QWidget]:
        return self.header, self._editor

    @override
    def stops(self) -> Sequence[QWidget]:
        return self.header, self.text, self.choice, self.remove

    @override
    def name(self, number: int) -> None:
        super().name(number)
        self.header.setAccessibleName(self.tr("Header of action {number}").format(number=number))
        for one in (self.text, self.choice):
            one.setAccessibleName(self.tr("Value of action {number}").format(number=number))

    def show_value(self, action: Action) -> None:
        """Show an action."""
        self.header.set_text(action.header)
        self._follow()
        self.choice.set_text(action.value)
        self.text.setText(action.value)

    def _connect(self) -> None:
        self.header.currentTextChanged.connect(self._follow)
        for changed in (self.header.currentTextChanged, self.text.textChanged, self.choice.currentTextChanged):
            changed.connect(self.edited)
        self.text.editingFinished.connect(self.left)
        self.choice.activated.connect(self.left)
        self.header.activated.connect(self.left)

    def _follow(self) -> None:
        header, value = self.header.text, self._value
        offered = values_for(header, self._there)
        self.choice.offer(offered)
        editor = self.choice if offered else self.text
        if self._editor is not editor:
            self.values.setCurrentWidget(editor)
            self.choice.set_text(value)
            self.text.setText(value)
        self.explain(x_headers.effect(header) if header else self.tr("Choose what is set."))


class ActionRows(RowList[Action]):
    """All actions of a filter."""

    def __init__(self, there: FilterSurroundings, parent: QWidget) -> None:
        super().__init__(translate("FilterDialog", "Add &action"), parent)
        self._there = there
        self._headers = header_model(_groups(there), self)

    @override
    def make_row(self) -> ActionRow:
        return ActionRow(self._headers, self._there, self)

    @override
    def fill_row(self, row: Row[Action], value: Action) -> None:
        assert isinstance(row, ActionRow)
        row.show_value(value)


def _groups(there: FilterSurroundings) -> Groups:
    groups = []
    fields = [entry.name for entry in there.entries(ListKind.DYNAMIC_FIELD)]
    for heading, uses in (
        (translate("FilterDialog", "New tickets"), {Use.ANY, Use.NEW_TICKET}),
        (translate("FilterDialog", "Replies to tickets"), {Use.FOLLOW_UP}),
    ):
        names: list[str] = []
        for header in X_HEADERS:
            if header.use in uses and not header.numbers:
                names += [f"{header.name}{field}" for field in fields] if header.is_family else header.members
        groups.append((heading, [(name, x_headers.effect(name)) for name in names]))
    return groups
