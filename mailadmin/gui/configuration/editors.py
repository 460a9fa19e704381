"""The editor of a setting: a switch, a choice, a number or a text."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QSizePolicy, QWidget
from typing_extensions import override

from mailadmin.domain.settings import Setting, SettingValue
from mailadmin.domain.validation import cron_problem
from mailadmin.gui.sentences import settings, times
from mailadmin.gui.widgets.choices import ChoiceCombo
from mailadmin.gui.widgets.editors import NumberEdit
from mailadmin.gui.widgets.labels import plain_label
from mailadmin.services.due import next_times

_NEXT_TIMES: Final = 3
_DIGITS: Final = 7
_FIXED: Final = frozenset({"cron", "pattern", "limits"})
"""Kinds of text that are read sign by sign."""


class SettingEditor(QWidget):
    """Edits the value of one setting. ``control`` is what takes the focus."""

    finished = Signal()
    """A value was chosen, or typed and left: the moment to save it."""
    hinted = Signal()
    """:attr:`hint` says something else."""
    control: QWidget

    def __init__(self, setting: Setting, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setting = setting
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)

    @property
    @abstractmethod
    def value(self) -> SettingValue | None:
        """What the editor says; None when that is no value (an empty number)."""

    @abstractmethod
    def show_value(self, value: SettingValue) -> None:
        """Show a value."""

    @property
    def hint(self) -> str:
        """What is to be said about the value that is shown."""
        return ""

    def offer(self, choices: Sequence[str]) -> None:
        """What it can be chosen from, where that depends on the database."""

    def _take(self, control: QWidget) -> None:
        self.control = control
        self.row.addWidget(control)


class SwitchEditor(SettingEditor):
    """On or off."""

    def __init__(self, setting: Setting, parent: QWidget | None = None) -> None:
        super().__init__(setting, parent)
        self.box = QCheckBox(self.tr("on"), self)
        self._take(self.box)
        self.row.addStretch(1)
        self.box.clicked.connect(self.finished)

    @property
    @override
    def value(self) -> SettingValue:
        return self.box.isChecked()

    @override
    def show_value(self, value: SettingValue) -> None:
        self.box.setChecked(bool(value))


class ChoiceEditor(SettingEditor):
    """One of several."""

    def __init__(self, setting: Setting, parent: QWidget | None = None) -> None:
        super().__init__(setting, parent)
        self.combo = ChoiceCombo(self)
        self._take(self.combo)
        self.offer(setting.choices)
        self.combo.activated.connect(self.finished)

    @property
    @override
    def value(self) -> SettingValue:
        return self.combo.value

    @override
    def show_value(self, value: SettingValue) -> None:
        text = str(value)
        if text not in self.combo.values:  # it was valid when it was chosen
            said = self.tr("{value} (not valid)").format(value=settings.choice(self.setting.key, text))
            self.combo.add_choice(text, said)
        self.combo.choose(text)

    @override
    def offer(self, choices: Sequence[str]) -> None:
        key = self.setting.key
        offered = [(value, settings.choice(key, value)) for value in choices]
        if self.setting.kind == "state or empty" and "" not in choices:
            offered.insert(0, ("", settings.choice(key, "")))
        if [value for value, _ in offered] != list(self.combo.values):
            self.combo.offer(offered)


class NumberEditor(SettingEditor):
    """A whole number, with what it counts."""

    def __init__(self, setting: Setting, parent: QWidget | None = None) -> None:
        super().__init__(setting, parent)
        self.edit = NumberEdit(_DIGITS, self)
        self.edit.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.edit.setFixedWidth(self.fontMetrics().averageCharWidth() * 14)
        self._take(self.edit)
        self.row.addWidget(plain_label(settings.unit(setting.key), self))
        self.row.addStretch(1)
        self.edit.editingFinished.connect(self.finished)

    @property
    @override
    def value(self) -> SettingValue | None:
        return self.edit.value

    @override
    def show_value(self, value: SettingValue) -> None:
        self.edit.set_value(int(value))


class TextEditor(SettingEditor):
    """A text; of a cron expression it says when that will be."""

    def __init__(self, setting: Setting, parent: QWidget | None = None) -> None:
        super().__init__(setting, parent)
        self.edit = QLineEdit(self)
        if setting.kind in _FIXED:
            self.edit.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._take(self.edit)
        self.edit.editingFinished.connect(self.finished)
        self.edit.textChanged.connect(self.hinted)

    @property
    @override
    def value(self) -> SettingValue:
        text = self.edit.text()
        return " ".join(text.split()) if self.setting.kind == "cron" else text

    @override
    def show_value(self, value: SettingValue) -> None:
        if str(value) != self.edit.text():  # the cursor stays where it is
            self.edit.setText(str(value))

    @property
    @override
    def hint(self) -> str:
        text = str(self.value)
        if self.setting.kind != "cron" or cron_problem(text) is not None:
            return ""
        moments = [times.exact(moment) for moment in next_times(text, datetime.now(UTC), _NEXT_TIMES)]
        return self.tr("Next: {moments}").format(moments=", ".join(moments))


def editor_of(setting: Setting, parent: QWidget) -> SettingEditor:
    """The editor that fits a setting."""
    if isinstance(setting.default, bool):
        return SwitchEditor(setting, parent)
    if isinstance(setting.default, int):
        return NumberEditor(setting, parent)
    if setting.choices or setting.kind in {"queue", "state", "state or empty"}:
        return ChoiceEditor(setting, parent)
    return TextEditor(setting, parent)
