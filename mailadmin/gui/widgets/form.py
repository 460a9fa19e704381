"""Fields of a form: what is wrong with a value is said under it, in words and with an icon."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QRadioButton,
    QSizePolicy,
    QSpinBox,
    QStyle,
    QVBoxLayout,
    QWidget,
)

from mailadmin.domain.validation import Fault
from mailadmin.gui.icons import Tone, icon
from mailadmin.gui.sentences import problems

from .icon_label import IconLabel
from .message_bar import plain_label


class Field(QWidget):
    """An editor with a hint and, when a rule is broken, a fault under it.

    :param editor: what is edited; it gets the accessible description
    :param beside: further widgets on the same line (a button, a second editor)
    :param hint: a quiet line that is always there
    """

    left = Signal()
    """The editor has lost the focus, or its value was chosen: the moment to look whether it is right."""
    edited = Signal()
    """The value has changed."""

    def __init__(self, editor: QWidget, *beside: QWidget, hint: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.editor = editor
        line = QHBoxLayout()
        line.addWidget(editor, 1)
        for widget in beside:
            line.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(self.style().pixelMetric(QStyle.PixelMetric.PM_LayoutVerticalSpacing) // 3)
        column.addLayout(line)
        self._hint = _below("", self)
        self._fault = _below("", self)
        self._picture = IconLabel(icon("alert-circle-outline", Tone.BAD), self)
        row = QHBoxLayout()
        row.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._fault, 1)
        column.addLayout(row)
        column.addWidget(self._hint)
        self._hint.setForegroundRole(self._hint.palette().ColorRole.PlaceholderText)
        self._described = ""
        self.set_hint(hint)
        self.set_fault("")
        self.setFocusProxy(editor)
        self._connect()

    @property
    def fault(self) -> str:
        """What is said to be wrong; empty when nothing is."""
        return self._fault.text()

    def set_hint(self, hint: str) -> None:
        """Say something about the field, or nothing."""
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))
        self._describe()

    def set_fault(self, fault: str) -> None:
        """Say what is wrong, or with an empty text that nothing is."""
        self._fault.setText(fault)
        self._fault.setVisible(bool(fault))
        self._picture.setVisible(bool(fault))
        self._describe()

    def _describe(self) -> None:
        self.editor.setAccessibleDescription(" ".join(part for part in (self._fault.text(), self._hint.text()) if part))

    def _connect(self) -> None:
        editor = self.editor
        if isinstance(editor, QLineEdit):
            editor.editingFinished.connect(self.left)
            editor.textChanged.connect(self.edited)
        elif isinstance(editor, QComboBox):
            editor.activated.connect(self.left)
            editor.currentTextChanged.connect(self.edited)
        elif isinstance(editor, QSpinBox):
            editor.editingFinished.connect(self.left)
            editor.valueChanged.connect(self.edited)
        elif isinstance(editor, QCheckBox | QRadioButton):
            editor.toggled.connect(self.edited)
            editor.toggled.connect(self.left)
        elif isinstance(editor, QPlainTextEdit):
            editor.textChanged.connect(self.edited)


class FormFields(Mapping[str, Field]):
    """The fields of a form by the names of the record's fields.

    :param table: the record's name in sentences about faults
    """

    def __init__(self, table: str = problems.ACCOUNT) -> None:
        self._table = table
        self._fields: dict[str, Field] = {}

    def add(self, name: str, field: Field) -> Field:
        """Know a field by its name in the record."""
        self._fields[name] = field
        return field

    def __getitem__(self, name: str) -> Field:
        return self._fields[name]

    def __iter__(self):  # type: ignore[no-untyped-def]  # noqa: ANN204  (the mapping's)
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def show_faults(self, faults: Iterable[Fault], only: str | None = None) -> list[Field]:
        """Say each fault under its field and take away those that are gone.

        :param only: look at this field alone
        :returns: the fields with faults, in the form's order
        """
        said: dict[str, str] = {}
        for fault in faults:
            said.setdefault(fault.field, problems.fault_sentence(fault, self._table))
        for name, field in self._fields.items():
            if only in {None, name}:
                field.set_fault(said.get(name, ""))
        return [field for name, field in self._fields.items() if name in said]

    def clear_faults(self) -> None:
        """Nothing is wrong."""
        for field in self._fields.values():
            field.set_fault("")


def form_layout(parent: QWidget | None = None) -> QFormLayout:
    """A form that looks the same on every platform and lets long labels wrap onto a line of their own."""
    layout = QFormLayout(parent)
    layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
    layout.setRowWrapPolicy(QFormLayout.RowWrapPolicy.DontWrapRows)
    layout.setLabelAlignment(Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignTop)
    return layout


def add_row(layout: QFormLayout, label: str, field: Field, *, required: bool = False) -> None:
    """A row whose label names the editor for screen readers and takes its mnemonic."""
    text = f"{label} *" if required else label
    shown = QLabel(text)
    shown.setBuddy(field.editor)
    field.editor.setAccessibleName(label.replace("&", "").rstrip(": "))
    layout.addRow(shown, field)


def add_legend(layout: QFormLayout) -> None:
    """The last row: what the asterisk beside a label means."""
    text = QCoreApplication.translate("Form", "* This is needed.")
    legend = plain_label(text)
    legend.setForegroundRole(legend.palette().ColorRole.PlaceholderText)
    layout.addRow(legend)


def _below(text: str, parent: QWidget) -> QLabel:
    label = plain_label(text, parent)
    label.setWordWrap(True)
    label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    return label
