"""The conditions of a filter: header, how it is compared, and with what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QCheckBox, QLineEdit, QSizePolicy, QVBoxLayout, QWidget
from typing_extensions import override

from mailadmin.domain.filters import BODY, MATCH_HEADERS, Condition
from mailadmin.domain.matching import Match, match_of, pattern_of
from mailadmin.domain.x_headers import X_HEADERS, Use
from mailadmin.gui.sentences import filters, x_headers
from mailadmin.gui.widgets.choices import ChoiceCombo

from .header_combo import HeaderCombo, header_model
from .rows import Row, RowList

translate = QCoreApplication.translate
COMPUTED: Final = (BODY, *(header.name for header in X_HEADERS if header.use is Use.COMPUTED))
"""What is worked out from the mail for conditions."""
WITH_ADDRESSES: Final = frozenset(
    {
        "from", "to", "cc", "reply-to", "resent-to", "resent-from", "errors-to", "x-original-to", "delivered-to",
        "envelope-to", "x-envelope-to", "return-path",
    }
)  # fmt: skip
"""Headers that hold addresses, for which each address can be compared as a whole."""


class ConditionRow(Row[Condition]):
    """One condition. The pattern is written and recognised by domain/matching."""

    def __init__(self, headers: QStandardItemModel, parent: QWidget) -> None:
        super().__init__(translate("FilterDialog", "condition"), parent)
        self.header = HeaderCombo(headers, self)
        edit = self.header.lineEdit()
        assert edit is not None, "the box can be typed into"
        edit.setPlaceholderText(self.tr("Header"))
        self.match = ChoiceCombo[tuple[Match, bool]](self, nothing="")
        self.match.setMinimumContentsLength(10)
        for match in Match:
            for negated in (False, True):
                self.match.add_choice((match, negated), filters.match_label(match, negated=negated))
        self.match.setCurrentIndex(0)
        self.text = QLineEdit(self)
        self.text.setMinimumWidth(self.fontMetrics().averageCharWidth() * 12)
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.as_address = QCheckBox(self.tr("compare each address as a whole"), self)
        self.line.addWidget(self.header, 1)
        self.line.addWidget(self.match, 1)
        self.line.addWidget(self.remove)
        second = QVBoxLayout()  # a line of its own: expressions are long
        second.setContentsMargins(0, self.line.spacing() // 2, 0, 0)
        second.addWidget(self.text)
        self.column.insertLayout(1, second)
        self.column.insertWidget(2, self.as_address)
        self._connect()
        self._follow()

    @property
    @override
    def value(self) -> Condition | None:
        header, text = self.header.text, self.text.text()
        if not header and not text:
            return None
        match, negated = self.match.value
        return Condition(header, pattern_of(match, text, as_address=self.as_address.isChecked()), negated)

    @override
    def editors(self) -> Sequence[QWidget]:
        return self.header, self.match, self.text

    @override
    def stops(self) -> Sequence[QWidget]:
        return self.header, self.match, self.text, self.as_address, self.remove

    @override
    def name(self, number: int) -> None:
        super().name(number)
        self.header.setAccessibleName(self.tr("Header of condition {number}").format(number=number))
        self.match.setAccessibleName(self.tr("Comparison of condition {number}").format(number=number))
        self.text.setAccessibleName(self.tr("Text of condition {number}").format(number=number))

    def show_value(self, condition: Condition) -> None:
        """Show a condition."""
        match, text, as_address = match_of(condition.pattern)
        self.header.set_text(condition.header)
        self.match.choose((match, condition.negated))
        self.text.setText(text)
        self.as_address.setChecked(as_address)
        self._follow()

    def _connect(self) -> None:
        self.header.currentTextChanged.connect(self._follow)
        self.as_address.toggled.connect(self._follow)
        for changed in (self.header.currentTextChanged, self.text.textChanged, self.as_address.toggled):
            changed.connect(self.edited)
        self.match.currentIndexChanged.connect(self.edited)
        self.match.currentIndexChanged.connect(self._follow)
        self.text.editingFinished.connect(self.left)
        self.match.activated.connect(self.left)
        self.header.activated.connect(self.left)

    def _follow(self) -> None:
        header = self.header.text
        self.as_address.setVisible(header.casefold() in WITH_ADDRESSES or self.as_address.isChecked())
        is_pattern = self.match.value[0] is Match.PATTERN
        self.text.setPlaceholderText(self.tr("Regular expression") if is_pattern else self.tr("Text"))
        said = [x_headers.meaning(header) if header else self.tr("Choose or type what is looked at.")]
        if self.match.value[1] and header:
            said.append(self.tr("A mail without this header does not fulfil the condition, either."))
        if is_pattern:
            said.append(self.tr("What stands in the first brackets becomes [***] in the actions."))
        self.explain(" ".join(said))


class ConditionRows(RowList[Condition]):
    """All conditions of a filter."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(translate("FilterDialog", "Add con&dition"), parent)
        computed, headers = ([(name, x_headers.meaning(name)) for name in names] for names in (COMPUTED, MATCH_HEADERS))
        groups = (
            (self.tr("Headers of the mail"), headers),
            (self.tr("Worked out from the mail"), computed),
        )
        self._headers = header_model(groups, self)

    @property
    def with_expressions(self) -> bool:
        """Whether an expression is among the conditions, which can find something for the actions."""
        return any(isinstance(row, ConditionRow) and row.match.value[0] is Match.PATTERN for row in self.rows)

    @override
    def make_row(self) -> ConditionRow:
        return ConditionRow(self._headers, self)

    @override
    def fill_row(self, row: Row[Condition], value: Condition) -> None:
        assert isinstance(row, ConditionRow)
        row.show_value(value)
