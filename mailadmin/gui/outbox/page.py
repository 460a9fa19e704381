"""The page *Outbox*: what waits to be sent, read page by page, and its text beside it (PM-8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QCoreApplication, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QHideEvent, QKeySequence
from PySide6.QtWidgets import QSplitter, QWidget
from typing_extensions import override

from mailadmin.domain.errors import MailadminError
from mailadmin.domain.responses import OutboxMessage, OutboxState
from mailadmin.gui.sentences import errors
from mailadmin.gui.settings import WindowSettings
from mailadmin.gui.tasks import Loader, Tasks
from mailadmin.gui.widgets.empty import Contents
from mailadmin.gui.widgets.filter_edit import FilterEdit
from mailadmin.gui.widgets.form import Remark
from mailadmin.gui.widgets.message_bar import Kind
from mailadmin.gui.widgets.page import Page
from mailadmin.gui.widgets.paged_records import PagedModel
from mailadmin.gui.widgets.table import RecordTable
from mailadmin.services.outbox import OutboxService

from .columns import COLUMNS, state_of
from .pane import OutboxPane

translate = QCoreApplication.translate
Key = QKeySequence.StandardKey

PAGE: Final = 200
"""Messages that are read at once."""
_MOST_ANEW: Final = 1_000
SEARCH_DELAY: Final = 150
_MINUTE: Final = 60_000


@dataclass(frozen=True, slots=True)
class _Ask:
    """Messages in which a text is found: the first ones, or those before an id."""

    text: str
    limit: int
    before: int | None = None


class OutboxPage(Page):
    """Lists outgoing messages; drafts can be discarded."""

    ticket_wanted = Signal(str)
    """Show the ticket of this number."""

    def __init__(
        self, *, outbox: OutboxService, tasks: Tasks, settings: WindowSettings, parent: QWidget | None = None
    ) -> None:
        super().__init__(
            translate("Outbox", "Outbox"),
            translate("Outbox", "Messages that wait to be sent"),
            menu_title=translate("Outbox", "Me&ssage"),
            help_page="auto-responses.md",
            parent=parent,
        )
        self._outbox = outbox
        self._tasks = tasks
        self._settings = settings
        self._text: str | None = None
        self.model: PagedModel[OutboxMessage] = PagedModel(COLUMNS, lambda message: message.id, self)
        self.table: RecordTable[OutboxMessage] = RecordTable(self.model, self.title, self)
        self.contents = Contents(self.table, self)
        self.search = FilterEdit(self.tr("Search recipient, subject, ticket"), self, delay=SEARCH_DELAY)
        self.pane = OutboxPane(self)
        self._build()
        self._build_verbs()
        self._connect()
        for one, following in ((self.search, self.table), (self.table, self.pane.text)):
            self.setTabOrder(one, following)
        self.table.restore_layout(settings.state("outbox/columns"))
        self._split.restoreState(settings.state("outbox/split"))
        self.update_actions()

    # --- what the window calls ---

    @override
    def refresh(self) -> None:
        anew = self._wanted != self._text
        self._loader.load(_Ask(self._wanted, PAGE if anew else max(PAGE, min(self.model.rowCount(), _MOST_ANEW))))

    @override
    def update_actions(self) -> None:
        selected = self.table.selected()
        self.discard_action.setEnabled(bool(selected) and all(state_of(one) == OutboxState.DRAFT for one in selected))
        self.ticket_action.setEnabled(len(selected) == 1 and bool(selected[0].ticket))

    @override
    def focus_filter(self) -> None:
        self.search.take_focus()

    @override
    def column_actions(self, parent: QWidget) -> list[QAction]:
        return self.table.column_actions(parent)

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._settings.set_state("outbox/columns", self.table.layout_state())
        self._settings.set_state("outbox/split", self._split.saveState())

    # --- verbs ---

    def discard(self) -> None:
        """Say that the selected drafts are not to be sent."""
        ids = [one.id for one in self.table.selected() if one.state is OutboxState.DRAFT]
        if ids:
            task = self._tasks.task("discard drafts", lambda _: self._outbox.discard(ids))
            task.succeeded.connect(lambda _: self._on_discarded(len(ids)))
            task.failed.connect(self.show_error)
            self._tasks.start(task)

    def _on_discarded(self, count: int) -> None:
        said = self.tr("1 message discarded") if count == 1 else self.tr("%Ln messages discarded", "", count)
        self.said.emit(said)
        self.changed.emit()
        self.refresh()

    # --- building ---

    def _build(self) -> None:
        self.note = Remark(Kind.INFORMATION, self)
        self.note.say(
            self.tr(
                "Sending comes with outgoing accounts. Until then auto-responses stay here as drafts, and expire after "
                "24 hours: later they would only confuse."
            )
        )
        self.table.setSortingEnabled(False)
        header = self.table.horizontalHeader()
        header.setSortIndicatorShown(False)
        header.setSectionsClickable(False)
        metrics = self.fontMetrics()
        for number, column in enumerate(self.model.columns):
            if not column.stretch:
                room = metrics.averageCharWidth() * (column.width + 3)
                header.resizeSection(number, max(metrics.horizontalAdvance(column.title()) + room // 4, room))
        self.table.keep_in_sight()
        self._split = QSplitter(Qt.Orientation.Horizontal, self)
        self._split.addWidget(self.contents)
        self._split.addWidget(self.pane)
        self._split.setChildrenCollapsible(False)
        self._split.setStretchFactor(0, 3)
        self._split.setStretchFactor(1, 2)
        self._split.setSizes([600, 400])  # in proportion
        for widget in (self.note, self.search):
            self.body.addWidget(widget)
        self.body.addWidget(self._split, 1)
        self.contents.nothing_there.say(
            self.tr("Nothing waits to be sent. Auto-responses come here when mail is answered by one.")
        )
        self.contents.nothing_found.say(self.tr("No message is found."), self.tr("&Clear search"), self.search.clear)

    def _build_verbs(self) -> None:
        self.discard_action = self.add_action(
            self.tr("&Discard"), "trash-can-outline", self.discard, shortcut=Key.Delete
        )
        self.ticket_action = self.add_action(
            self.tr("&Open ticket"), "open-in-app", self._open_ticket, shortcut="Ctrl+T"
        )
        self.add_separator()
        self.add_action(self.tr("Re&fresh"), "refresh", self.refresh, shortcut=Key.Refresh)
        self.table.set_context_actions(self.menu_actions)
        self.add_button(self.ticket_action)
        self.add_button(self.discard_action)

    def _connect(self) -> None:
        read = self._outbox_page
        self._loader: Loader[_Ask, list[OutboxMessage]] = Loader(self._tasks, "read outbox", read, self)
        self._more_loader: Loader[_Ask, list[OutboxMessage]] = Loader(self._tasks, "read more of outbox", read, self)
        self._loader.loaded.connect(self._on_loaded)
        self._loader.failed.connect(self._on_not_loaded)
        self._more_loader.loaded.connect(self._on_more)
        self._more_loader.failed.connect(self._on_no_more)
        self.model.more_wanted.connect(self._load_more)
        self.search.filtered.connect(lambda _: self.refresh())
        self.search.left.connect(self.table.take_focus)
        self.search.take_typing_of(self.table)
        self.table.selection_changed.connect(self._on_selection)
        self._clock = QTimer(self, interval=_MINUTE)
        self._clock.timeout.connect(self.model.refresh_texts)
        self._clock.start()

    # --- the list ---

    @property
    def _wanted(self) -> str:
        return self.search.text().strip()

    def _outbox_page(self, ask: _Ask) -> list[OutboxMessage]:
        return self._outbox.page(text=ask.text, before=ask.before, limit=ask.limit)

    def _on_loaded(self, ask: _Ask, messages: list[OutboxMessage]) -> None:
        anew = ask.text != self._text
        self._text = ask.text
        more = len(messages) == ask.limit
        rest = [one for one in self.model.records if one.id < messages[-1].id] if more and messages and not anew else []
        self.model.begin(messages, more=more, anew=anew, rest=rest)
        self.pane.setVisible(bool(messages))
        if messages:
            self.contents.show_view()
            if not self.table.selected():
                self.table.select_row(0)
        else:
            self.contents.show_counts(total=int(bool(ask.text)), shown=0)
        self._on_selection()

    def _on_not_loaded(self, error: MailadminError) -> None:
        if self.model.records:
            self.show_error(error)
        else:
            self.pane.hide()
            self.contents.show_failure(errors.sentence(error), self.tr("&Try again"), self.refresh)

    def _load_more(self) -> None:
        last = self.model.records[-1].id if self.model.records else None
        self._more_loader.load(_Ask(self._text or "", PAGE, last))

    def _on_more(self, ask: _Ask, messages: list[OutboxMessage]) -> None:
        if ask.text == self._text:
            self.model.append(messages, more=len(messages) == ask.limit)
        else:
            self.model.asked_in_vain()

    def _on_no_more(self, error: MailadminError) -> None:
        self.model.asked_in_vain()
        self.show_error(error)

    def _on_selection(self) -> None:
        selected = self.table.selected()
        several = self.tr("%n messages are selected.", "", len(selected)) if len(selected) > 1 else ""
        self.pane.show_message(selected[0] if len(selected) == 1 else None, several)
        self.update_actions()

    def _open_ticket(self) -> None:
        for message in self.table.selected()[:1]:
            self.ticket_wanted.emit(message.ticket)
