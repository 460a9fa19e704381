"""The page *Configuration*: sections at the left, the settings or the list of the chosen one at the right (UI-2)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget
from typing_extensions import override

from mailadmin.domain.external_numbers import ExternalNumberRule
from mailadmin.domain.lists import ListEntry, ListKind
from mailadmin.domain.settings import SECTIONS
from mailadmin.gui.sentences import configured
from mailadmin.gui.sentences import settings as words
from mailadmin.gui.settings import WindowSettings
from mailadmin.gui.tasks import Tasks
from mailadmin.gui.widgets.filter_edit import FilterEdit
from mailadmin.gui.widgets.page import Page
from mailadmin.gui.widgets.page_group import PageGroup
from mailadmin.services.records import RecordService
from mailadmin.services.settings import SettingService

from .entries_page import EntriesPage
from .external_page import ExternalNumbersPage
from .sections import SectionList
from .settings_page import SettingsPage

translate = QCoreApplication.translate

CHANGED: Final = "changed"
EXTERNAL: Final = "external-numbers"
_SECTION_ICONS: Final = {
    "new-tickets": "ticket-outline",
    "follow-ups": "reply-outline",
    "numbers": "pound",
    "customers": "account-group-outline",
    "auto-responses": "message-reply-text-outline",
    "reading": "email-open-outline",
    "fetching": "email-sync-outline",
    "log": "text-box-outline",
}
_LIST_ICONS: Final = {
    ListKind.AGENT: "face-agent",
    ListKind.SERVICE: "room-service-outline",
    ListKind.SLA: "timer-outline",
    ListKind.TICKET_TYPE: "tag-outline",
    ListKind.STATE: "list-status",
    ListKind.DYNAMIC_FIELD: "form-textbox",
}


class ConfigurationPage(PageGroup):
    """Shows the chosen section. Its pages are made when they are shown first."""

    settings_changed = Signal()
    """A setting was saved."""

    def __init__(
        self,
        *,
        service: SettingService,
        lists: RecordService[ListEntry],
        external_numbers: RecordService[ExternalNumberRule],
        tasks: Tasks,
        settings: WindowSettings,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(
            translate("ConfigurationPage", "Configuration"),
            translate("ConfigurationPage", "Every setting is saved when it is changed, and acts at once"),
            menu_title="",
            help_page="configuration.md",
            parent=parent,
        )
        self._settings = settings
        self.setting_page = SettingsPage(service, tasks, self)
        self.setting_page.hide()
        self._pages: dict[str, Callable[[], Page] | Page] = {
            kind.value: partial(EntriesPage, kind, lists=lists, tasks=tasks, settings=settings) for kind in ListKind
        }
        self._pages[EXTERNAL] = partial(
            ExternalNumbersPage, rules=external_numbers, lists=lists, tasks=tasks, settings=settings
        )
        self._build()
        self.setting_page.changed.connect(self.settings_changed)
        self.setting_page.counted.connect(self._show_count)
        self.setting_page.cleared.connect(self._clear)
        self.sections.chosen.connect(self._on_chosen)
        self.search.filtered.connect(self._on_search)
        self.search.left.connect(self.sections.setFocus)
        self.search.take_typing_of(self.sections)
        wanted = settings.text("configuration/section")
        self._last = wanted if wanted in self.sections.keys else next(iter(SECTIONS))

    # --- what others call ---

    def show_section(self, key: str) -> None:
        """Show a section of settings, those that were changed, or a list."""
        self.sections.choose(key)

    def show_setting(self, key: str) -> None:
        """Show one setting, in its section."""
        section = next(name for name, settings in SECTIONS.items() if key in {one.key for one in settings})
        self.show_section(section)
        self.setting_page.show_setting(key)

    @override
    def focus_filter(self) -> None:
        if self.part is self.setting_page or self.part is None:
            self.search.take_focus()
        else:
            self.part.focus_filter()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        if self.part is None:  # what nobody looks at does not hold up the start of the window
            self.show_section(self._last)
        super().showEvent(event)

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._settings.set_state("configuration/split", self._split.saveState())
        self._settings.set_text("configuration/section", self._last)

    # --- building ---

    def _build(self) -> None:
        left = QWidget(self)
        self.search = FilterEdit(self.tr("Search settings"), left)
        self.sections = SectionList(left)
        self.setting_page.tab_before = self.sections
        self._fill()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.search)
        column.addWidget(self.sections, 1)
        self._split = QSplitter(Qt.Orientation.Horizontal, self)
        self._split.addWidget(left)
        self._split.addWidget(self.parts)
        self._split.setStretchFactor(1, 1)
        self._split.setChildrenCollapsible(False)
        self._split.restoreState(self._settings.state("configuration/split"))
        self.body.addWidget(self._split, 1)

    def _fill(self) -> None:
        self.sections.add_heading(self.tr("Settings"))
        for section in SECTIONS:
            self.sections.add_section(section, words.section_title(section), _SECTION_ICONS[section])
        self.sections.add_section(CHANGED, self.tr("Changed settings"), "pencil-outline")
        self.sections.add_heading(self.tr("Lists"))
        for kind in ListKind:
            self.sections.add_section(kind.value, configured.list_title(kind), _LIST_ICONS[kind])
        self.sections.add_section(EXTERNAL, self.tr("External numbers"), "link-variant")

    # --- following ---

    def _on_chosen(self, key: str) -> None:
        self._last = key
        if self.search.text():
            self.search.clear()  # which shows the section, too
        self._show_last()

    def _show_last(self) -> None:
        key = self._last
        if key in self._pages:
            self.show_part(self._page(key))
            return
        self._take_settings()
        if key == CHANGED:
            self.setting_page.show_changed()
        else:
            self.setting_page.show_section(key)
        self.show_part(self.setting_page)

    def _take_settings(self) -> None:
        if self.parts.indexOf(self.setting_page) < 0:
            self.add_part(self.setting_page)

    def _page(self, key: str) -> Page:
        page = self._pages[key]
        if not isinstance(page, Page):
            page = self._pages[key] = page()
            self.add_part(page)
        return page

    def _on_search(self, text: str) -> None:
        if not text.strip():
            self.sections.mark(self._last)
            self._show_last()
            return
        self.sections.mark("")
        self._take_settings()
        self.setting_page.show_found(text)
        if self.part is not self.setting_page:
            self.show_part(self.setting_page)

    def _clear(self) -> None:
        self.search.clear()

    def _show_count(self, count: int) -> None:
        said = self.tr("Changed settings")
        counted = self.tr("{what} ({count})").format(what=said, count=self.locale().toString(count))
        self.sections.set_text(CHANGED, counted if count else said)
