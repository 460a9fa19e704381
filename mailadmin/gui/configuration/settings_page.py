"""The settings: a section at a time, those that a search finds, or those that were changed (UI-2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import QApplication, QScrollArea, QVBoxLayout, QWidget
from typing_extensions import override

from mailadmin.domain.errors import MailadminError
from mailadmin.domain.settings import SECTIONS, Settings, SettingValue
from mailadmin.domain.validation import InvalidRecordError
from mailadmin.gui.sentences import problems, settings
from mailadmin.gui.tasks import Loader, Tasks
from mailadmin.gui.widgets.empty import Contents
from mailadmin.gui.widgets.labels import embolden, plain_label
from mailadmin.gui.widgets.page import Page
from mailadmin.gui.widgets.wrapped_contents import WrappedContents
from mailadmin.services.settings import SettingService

from .saver import Change, Saver
from .setting_row import SettingRow

translate = QCoreApplication.translate


@dataclass(frozen=True, slots=True)
class _Answer:
    settings: Settings
    choices: Mapping[str, Sequence[str]]


class SettingsPage(Page):
    """Shows settings and saves each as soon as it is changed."""

    counted = Signal(int)
    """How many settings are not the default."""
    cleared = Signal()
    """Nothing was found, and the search is to be given up."""

    def __init__(self, service: SettingService, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(
            translate("SettingsPage", "Settings"),
            "",
            menu_title=translate("SettingsPage", "Se&tting"),
            help_page="configuration.md",
            parent=parent,
        )
        self._service = service
        self._answer: _Answer | None = None
        self._section = next(iter(SECTIONS))
        self._words: tuple[str, ...] = ()
        self._only_changed = False
        self.rows: dict[str, SettingRow] = {}
        """The rows that were made so far, by key."""
        self.tab_before: QWidget | None = None
        """What Tab leads from to the first setting."""
        self._blocks: dict[str, QWidget] = {}
        self.saver = Saver(service, tasks, self)
        self.saver.saved.connect(self._on_saved)
        self.saver.refused.connect(self._on_refused)
        self._loader: Loader[str, _Answer] = Loader(tasks, "read settings", self._read, self)
        self._loader.loaded.connect(self._on_loaded)
        self._loader.failed.connect(self._on_not_loaded)
        self._build()
        self._build_verbs()

    # --- what is shown ---

    def show_section(self, section: str) -> None:
        """Show one section."""
        self._section, self._words, self._only_changed = section, (), False
        self._follow()
        self._area.verticalScrollBar().setValue(0)

    def show_found(self, text: str) -> None:
        """Show the settings in which every word of the text is found, of all sections."""
        self._words, self._only_changed = tuple(text.casefold().split()), False
        self._follow()

    def show_changed(self) -> None:
        """Show the settings that are not the default, of all sections."""
        self._words, self._only_changed = (), True
        self._follow()

    @property
    def shown(self) -> list[str]:
        """The keys of the settings that are shown, from top to bottom."""
        return [key for key, row in self.rows.items() if not row.isHidden() and not self._block_of(key).isHidden()]

    def show_setting(self, key: str) -> None:
        """Go to one setting."""
        row = self.rows[key]
        row.editor.control.setFocus()
        self._area.ensureWidgetVisible(row)

    # --- what the window calls ---

    @override
    def refresh(self) -> None:
        self._loader.load("everything")

    @override
    def update_actions(self) -> None:
        row = self._row_in_hand()
        self.copy_action.setEnabled(row is not None)
        self.reset_action.setEnabled(row is not None and (row.changed or bool(row.field.fault)))

    # --- building ---

    def _build(self) -> None:
        self._area = QScrollArea(self)
        self._area.setFrameShape(QScrollArea.Shape.NoFrame)
        self._area.setWidgetResizable(True)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # what has the focus is in sight: nothing is left to scroll
        inside = WrappedContents(self._area)
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addStretch(1)
        self._area.setWidget(inside)
        self.contents = Contents(self._area, self)
        self.contents.nothing_found.say(self.tr("No setting is found."), self.tr("&Clear search"), self.cleared.emit)
        self.contents.nothing_there.say(self.tr("Every setting is at its default."))
        self.body.addWidget(self.contents, 1)

    def _build_verbs(self) -> None:
        self.reset_action = self.add_action(
            self.tr("&Reset to default"), "restore", lambda: self._with_row(lambda row: row.reset())
        )
        self.copy_action = self.add_action(self.tr("&Copy key"), "content-copy", lambda: self._with_row(self._copy_key))
        self.add_separator()
        key = QKeySequence.StandardKey.Refresh
        self.add_action(self.tr("Re&fresh"), "refresh", self.refresh, shortcut=key)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._on_focus)

    def _block(self, section: str) -> QWidget:
        """The rows of a section under its title, made when they are shown first."""
        if section in self._blocks:
            return self._blocks[section]
        block = QWidget(self._area.widget())
        column = QVBoxLayout(block)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(embolden(plain_label(settings.section_title(section), block), scale=1.2))
        for setting in SECTIONS[section]:
            row = SettingRow(setting, block)
            row.wanted.connect(self._on_wanted)
            if self._answer is not None:
                self._show_value(row, self._answer)
            self.rows[setting.key] = row
            column.addWidget(row)
        self._blocks[section] = block
        later = list(SECTIONS)[list(SECTIONS).index(section) + 1 :]
        before = [self._column.indexOf(self._blocks[one]) for one in later if one in self._blocks]
        self._column.insertWidget(min(before, default=self._column.count() - 1), block)
        self.rows = {
            key: self.rows[key] for one in SECTIONS.values() for key in (s.key for s in one) if key in self.rows
        }
        if self.tab_before is not None:
            self._order_tabs(self.tab_before)
        return block

    def _order_tabs(self, before: QWidget) -> None:
        """Rows are made when they are shown; Tab leads through them from top to bottom all the same."""
        for row in self.rows.values():
            for stop in (row.editor.control, row.reset_button):
                self.setTabOrder(before, stop)
                before = stop

    def _block_of(self, key: str) -> QWidget:
        block = self.rows[key].parentWidget()
        assert block is not None
        return block

    # --- following ---

    def _follow(self) -> None:
        """Show what was asked for."""
        everywhere = self._only_changed or bool(self._words)
        found = 0
        for section in SECTIONS:
            wanted = everywhere or section == self._section
            if not wanted and section not in self._blocks:
                continue
            block = self._block(section)
            shown = [row for row in self._rows_of(section) if wanted and self._is_shown(row)]
            for row in self._rows_of(section):
                row.setVisible(row in shown)
            block.setVisible(bool(shown))
            found += len(shown)
        if found:
            self.contents.show_view()
        else:
            self.contents.show_counts(total=int(bool(self._words)), shown=0)
        self.update_actions()

    def _rows_of(self, section: str) -> list[SettingRow]:
        return [self.rows[setting.key] for setting in SECTIONS[section]]

    def _is_shown(self, row: SettingRow) -> bool:
        if self._only_changed:
            return row.changed or bool(row.field.fault)
        text = row.haystack
        return all(word in text for word in self._words)

    def _row_in_hand(self) -> SettingRow | None:
        """The row that has the focus, or a part of it."""
        focus = QApplication.focusWidget()
        return next((row for row in self.rows.values() if focus is not None and row.isAncestorOf(focus)), None)

    def _on_focus(self) -> None:
        if self.isVisible():
            self.update_actions()

    def _with_row(self, act: Callable[[SettingRow], object]) -> None:
        row = self._row_in_hand()
        if row is not None:
            act(row)

    def _copy_key(self, row: SettingRow) -> None:
        QGuiApplication.clipboard().setText(row.key)
        self.said.emit(self.tr("Copied"))

    # --- reading and saving ---

    def _read(self, question: str) -> _Answer:
        return _Answer(self._service.load(), self._service.choices())

    def _on_loaded(self, question: str, answer: _Answer) -> None:
        self._answer = answer
        if not self.saver.busy:
            for row in self.rows.values():
                self._show_value(row, answer)
            self._follow()
        self.counted.emit(len(answer.settings.changed))

    def _on_not_loaded(self, error: MailadminError) -> None:
        self.show_error(error)

    @staticmethod
    def _show_value(row: SettingRow, answer: _Answer) -> None:
        if row.key in answer.choices:
            row.editor.offer(answer.choices[row.key])
        row.show_value(answer.settings[row.key])

    def _on_wanted(self, key: str, value: SettingValue | None) -> None:
        row = self.rows[key]
        self.saver.save(Change(key, value, row.stored if row.changed else None))

    def _on_saved(self, change: Change) -> None:
        row = self.rows[change.key]
        row.show_value(row.setting.default if change.value is None else change.value)
        title = settings.title(change.key)
        text = self.tr("{setting}: {value}").format(setting=title, value=settings.value_text(change.key, row.stored))
        self.said.emit(self.tr("Saved: {setting}").format(setting=title))
        self.changed.emit()
        self.undoable.emit(text, partial(self._undo, change))
        self.refresh()

    def _undo(self, change: Change) -> None:
        self.saver.save(Change(change.key, change.before, change.value))

    def _on_refused(self, change: Change, error: MailadminError) -> None:
        row = self.rows[change.key]
        if isinstance(error, InvalidRecordError):
            said = [problems.fault_sentence(fault, "settings") for _, _, fault in error.faults]
            row.show_fault(self.tr("Not saved. {why}").format(why=" ".join(said)))
            return
        row.give_up()
        self.show_error(error)
