"""Fields of a form: what is wrong with a value is said under it, in words and with an icon."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QRadioButton,
    QSizePolicy,
    QSpacerItem,
    QSpinBox,
    QStyle,
    QVBoxLayout,
    QWidget,
)

from mailadmin.domain.validation import Fault
from mailadmin.gui.icons import icon
from mailadmin.gui.sentences import problems

from .icon_label import IconLabel
from .labels import embolden, plain_label, quiet_label, wrapped_label
from .message_bar import Kind


class Remark(QWidget):
    """A sentence with an icon, below a field; takes no room while there is nothing to say."""

    def __init__(self, kind: Kind, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = wrapped_label("", self)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.addWidget(IconLabel(icon(*kind.value), self), 0, Qt.AlignmentFlag.AlignTop)
        self._row.addWidget(self._text, 1)
        self.hide()

    @property
    def text(self) -> str:
        """What it says."""
        return self._text.text()

    def add_action(self, label: str, act: Callable[[], object]) -> QPushButton:
        """A button for what can be done about it."""
        button = QPushButton(label, self)
        button.setAutoDefault(False)
        button.clicked.connect(lambda: act())
        self._row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        return button

    def say(self, text: str) -> None:
        """Say something, or with an empty text nothing."""
        self._text.setText(text)
        self.setVisible(bool(text))


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
        self._fault = Remark(Kind.ERROR, self)
        self._hint = quiet_label("", self, wrapped=True)
        self._hint.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        column.addWidget(self._fault)
        column.addWidget(self._hint)
        self.set_hint(hint)
        self.set_fault("")
        self.setFocusProxy(editor)
        self._connect()

    @property
    def fault(self) -> str:
        """What is said to be wrong; empty when nothing is."""
        return self._fault.text

    @property
    def hint_label(self) -> QLabel:
        """Where the hint stands: may be put below a whole row of fields, and goes on saying what is said here."""
        return self._hint

    def add_remark(self, kind: Kind) -> Remark:
        """A further sentence that can be said below the editor."""
        remark = Remark(kind, self)
        layout = self.layout()
        assert layout is not None, "a field has a layout"
        layout.addWidget(remark)
        return remark

    def set_hint(self, hint: str) -> None:
        """Say something about the field, or nothing."""
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))
        self._describe()

    def set_fault(self, fault: str) -> None:
        """Say what is wrong, or with an empty text that nothing is."""
        self._fault.say(fault)
        self._describe()

    def _describe(self) -> None:
        self.editor.setAccessibleDescription(" ".join(part for part in (self._fault.text, self._hint.text()) if part))

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

    def __iter__(self) -> Iterator[str]:
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


def form_in(contents: QWidget) -> QFormLayout:
    """A form at the top of some contents: room that is left stays below it, and stretches no row."""
    column = QVBoxLayout(contents)
    layout = form_layout()
    column.addLayout(layout)
    column.addStretch(1)
    return layout


def add_row(layout: QFormLayout, label: str, field: Field, *, required: bool = False) -> None:
    """A row whose label names the editor for screen readers and takes its mnemonic."""
    text = f"{label} *" if required else label
    shown = QLabel(text)
    shown.setBuddy(field.editor)
    field.editor.setAccessibleName(label.replace("&", "").rstrip(": "))
    layout.addRow(shown, field)


def add_heading(layout: QFormLayout, text: str) -> None:
    """Begin a section of a form."""
    layout.addRow(embolden(plain_label(text)))


def add_legend(layout: QFormLayout) -> None:
    """The last row: what the asterisk beside a label means.

    It stands beside as wide a column as the widest label needs, so that nothing moves when rows come and go.
    """
    items = (layout.itemAt(row, QFormLayout.ItemRole.LabelRole) for row in range(layout.rowCount()))
    labels = [item.widget() for item in items if item is not None]  # those that are hidden, too
    widest = max((label.sizeHint().width() for label in labels if label is not None), default=0)
    row = layout.rowCount()
    layout.setItem(row, QFormLayout.ItemRole.LabelRole, QSpacerItem(widest, 0))
    legend = quiet_label(QCoreApplication.translate("Form", "* required"))
    layout.setWidget(row, QFormLayout.ItemRole.FieldRole, legend)
