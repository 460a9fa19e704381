"""One setting: its name, what it does, its editor, its range and default, and whether it was changed."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget
from typing_extensions import override

from mailadmin.domain.settings import Setting, SettingValue
from mailadmin.gui.icons import Tone, icon
from mailadmin.gui.sentences import settings
from mailadmin.gui.widgets.form import Field
from mailadmin.gui.widgets.icon_label import IconLabel
from mailadmin.gui.widgets.labels import embolden, plain_label, quiet_label, wrapped_label

from .editors import editor_of


class SettingRow(QFrame):
    """Shows one setting, and tells when another value is wanted."""

    wanted = Signal(str, object)
    """The key, and its new value; None: the default."""

    def __init__(self, setting: Setting, parent: QWidget) -> None:
        super().__init__(parent)
        self.setting = setting
        self._stored: SettingValue = setting.default
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAutoFillBackground(True)
        self.editor = editor_of(setting, self)
        self._build()
        self.editor.show_value(setting.default)
        self.editor.finished.connect(self._on_finished)
        self.editor.hinted.connect(self._hint)
        self.editor.control.installEventFilter(self)
        self._show_changed()

    @property
    def key(self) -> str:
        """The setting's key."""
        return self.setting.key

    @property
    def changed(self) -> bool:
        """Whether the setting is not the default."""
        return self._stored != self.setting.default

    @property
    def stored(self) -> SettingValue:
        """The value in force, as far as is known."""
        return self._stored

    @property
    def haystack(self) -> str:
        """Everything a search looks in, casefolded."""
        said = (
            settings.title(self.key),
            settings.help_text(self.key),
            self.key,
            settings.value_text(self.key, self._stored),
            str(self._stored),
        )
        return "\n".join(said).casefold()

    def show_value(self, value: SettingValue) -> None:
        """The value in force. What is being edited, or broke a rule, stays as it was typed."""
        untouched = self.editor.value == self._stored
        self._stored = value
        if untouched or self.editor.value == value:
            self.field.set_fault("")
            self.editor.show_value(value)
        self._show_changed()

    def show_fault(self, text: str) -> None:
        """The value that was typed is not saved, and why."""
        self.field.set_fault(text)
        self._show_changed()

    def give_up(self) -> None:
        """Show the value in force again."""
        self.field.set_fault("")
        self.editor.show_value(self._stored)
        self._show_changed()

    def reset(self) -> None:
        """Back to the default."""
        self.give_up()
        if self.changed:
            self.wanted.emit(self.key, None)

    # --- inside ---

    def _build(self) -> None:
        title = embolden(wrapped_label(settings.title(self.key), self))
        self.mark = QWidget(self)
        mark = QHBoxLayout(self.mark)
        mark.setContentsMargins(0, 0, 0, 0)
        mark.addWidget(IconLabel(icon("pencil-outline", Tone.ACCENT), self.mark))
        mark.addWidget(plain_label(self.tr("changed"), self.mark))
        self.reset_button = QPushButton(self.tr("Reset"), self)
        self.reset_button.setToolTip(self.tr("Back to the default"))
        self.reset_button.setAccessibleName(self.tr("Reset to default: {title}").format(title=settings.title(self.key)))
        self.reset_button.clicked.connect(self.reset)
        head = QHBoxLayout()
        head.addWidget(title, 1)
        head.addWidget(self.mark)
        head.addWidget(self.reset_button)
        self.field = Field(self.editor)
        # Tab would stop where the field was made, not where its control stands; the stubs do not know of None.
        self.field.setFocusProxy(None)  # type: ignore[arg-type]
        control = self.editor.control
        control.setAccessibleName(settings.title(self.key))
        self.field.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        key = quiet_label(self.key, self)
        key.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        font = key.font()
        font.setPointSizeF(font.pointSizeF() * 0.85)
        key.setFont(font)
        column = QVBoxLayout(self)
        column.addLayout(head)
        column.addWidget(wrapped_label(settings.help_text(self.key), self))
        column.addWidget(self.field)
        column.addWidget(key)

    def _hint(self) -> None:
        hint = " · ".join(part for part in (self.editor.hint, settings.bounds(self.setting)) if part)
        self.field.set_hint(hint)
        self.editor.control.setAccessibleDescription(
            " ".join(part for part in (settings.help_text(self.key), self.field.fault, hint) if part)
        )

    def _show_changed(self) -> None:
        self.mark.setVisible(self.changed)
        self.reset_button.setVisible(self.changed or bool(self.field.fault))
        self._hint()

    def _on_finished(self) -> None:
        value = self.editor.value
        if value is None:  # an empty number
            self.give_up()
        elif value != self._stored:
            self.wanted.emit(self.key, None if value == self.setting.default else value)
        elif self.field.fault:
            self.give_up()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Esc gives up what was typed."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Escape:
            self.give_up()
            return True
        return super().eventFilter(watched, event)
