"""The page *Tickets*: queues, the tickets in one of them, the conversation in one of these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QCoreApplication, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QGuiApplication, QHideEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QApplication, QSplitter, QWidget
from typing_extensions import override

from mailadmin.domain.errors import MailadminError
from mailadmin.domain.lists import ListEntry
from mailadmin.domain.queues import Queue
from mailadmin.domain.tickets import QueueCounts, Ticket
from mailadmin.gui.sentences import errors, states, times
from mailadmin.gui.settings import WindowSettings
from mailadmin.gui.tasks import Loader, Tasks
from mailadmin.gui.widgets.empty import Contents
from mailadmin.gui.widgets.message_bar import Kind
from mailadmin.gui.widgets.page import Page
from mailadmin.services.inbox import InboxService
from mailadmin.services.outbox import OutboxService
from mailadmin.services.records import RecordService
from mailadmin.services.routing import RoutingService
from mailadmin.services.tickets import TicketService

from .changes import TicketChanges
from .choices import SHIPPED, Choices
from .conversation import ConversationView
from .merging import Merging
from .move_dialog import MoveDialog
from .properties_dialog import PropertiesDialog
from .queue_tree import QueueTree
from .reading import TicketReader
from .ticket_list import TicketList

translate = QCoreApplication.translate
Key = QKeySequence.StandardKey
_QUEUES = "queues"


@dataclass(frozen=True, slots=True)
class _Queues:
    queues: Sequence[Queue]
    counts: Mapping[str, QueueCounts]
    choices: Choices


class TicketsPage(Page):
    """Reads tickets, and moves, closes, reopens, merges and changes them."""

    message_wanted = Signal(int)
    """The entry of the inbox or archive with this id: what an article was made of, and why it is here."""
    life_wanted = Signal(int)
    """The life of the mail that the message with this id is a copy of."""
    outbox_wanted = Signal()
    """The outbox: an answer of a ticket is in it."""
    fetch_wanted = Signal()
    """There are no tickets yet: lead to where mail is fetched."""

    def __init__(
        self,
        *,
        tickets: TicketService,
        inbox: InboxService,
        routing: RoutingService,
        outbox: OutboxService,
        lists: RecordService[ListEntry],
        tasks: Tasks,
        settings: WindowSettings,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(
            translate("TicketsPage", "Tickets"),
            translate("TicketsPage", "What became of the mail, by queue"),
            menu_title=translate("TicketsPage", "&Ticket"),
            help_page="tickets.md",
            parent=parent,
        )
        self._tickets = tickets
        self._routing = routing
        self._lists = lists
        self._tasks = tasks
        self._settings = settings
        self._queues: Sequence[Queue] = ()
        self.choices = SHIPPED
        """What the fields of tickets can be chosen from."""
        self._loaded = False
        self.changes = TicketChanges(tickets, tasks, self)
        self.merging = Merging(tickets, tasks, self)
        self.queues = QueueTree(self)
        self.list = TicketList(tickets, tasks, self)
        self.conversation = ConversationView(TicketReader(tickets, inbox, outbox), tasks, self)
        self.panes = QSplitter(Qt.Orientation.Horizontal, self)
        self._to_share = False
        self.contents = Contents(self.panes, self)
        self._loader: Loader[str, _Queues] = Loader(tasks, "read queues", self._read, self)
        self._opening: Loader[str, tuple[Ticket, Choices]] = Loader(tasks, "read ticket", self._read_ticket, self)
        self._build_panes()
        self._build_verbs()
        self._connect()
        self._restore()
        self.update_actions()

    # --- what the window uses ---

    def show_ticket(self, number: str) -> None:
        """Show the ticket with this number, whatever its queue and its state."""
        if not self.list.select_number(number):
            self._to_choose = ""
            self.queues.choose("")
            self.list.find_number(number)

    @override
    def refresh(self) -> None:
        self._loader.load(_QUEUES)
        self.list.refresh()
        self.conversation.refresh()

    @override
    def focus_filter(self) -> None:
        self.list.search.take_focus()

    @override
    def column_actions(self, parent: QWidget) -> list[QAction]:
        return self.list.table.column_actions(parent)

    @override
    def update_actions(self) -> None:
        selected = self.list.table.selected()
        now = {ticket.state for ticket in selected if not ticket.merged_into}
        closed = any(ticket.closed for ticket in selected if not ticket.merged_into)
        self.move_action.setEnabled(bool(selected))
        self.copy_action.setEnabled(bool(selected))
        for state, action in self.close_actions.items():
            action.setEnabled(bool(now - {state}) and action.isVisible())
        self.reopen_action.setEnabled(closed and bool(self.choices.reopening))
        self.merge_action.setEnabled(len(selected) == 1 and bool(now))
        # While one moves on, the ticket before is still shown: what would be saved is not what is selected.
        ticket = self.conversation.ticket
        shown = ticket is not None and [one.number for one in selected] == [ticket.number]
        for action in (self.save_action, self.properties_action, self.life_action):
            action.setEnabled(shown)

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._to_share:  # only now the width is known that is to be shared
            self._to_share = False
            QTimer.singleShot(
                0, self, lambda: self.panes.setSizes([self.width() * share // 100 for share in (18, 29, 53)])
            )

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._settings.set_state("tickets/panes", self.panes.saveState())
        self._settings.set_text("tickets/queue", self.queues.queue)
        self.list.remember(self._settings)

    # --- building ---

    def _build_panes(self) -> None:
        for at, (pane, share) in enumerate(((self.queues, 0), (self.list, 1), (self.conversation, 4))):
            self.panes.addWidget(pane)
            self.panes.setStretchFactor(at, share)
            self.panes.setCollapsible(at, at == 0)
        self.queues.setMinimumWidth(self.fontMetrics().averageCharWidth() * 22)
        self.body.addWidget(self.contents, 1)
        self.contents.nothing_there.say(
            self.tr("No tickets yet. Mail that is fetched becomes tickets here."),
            self.tr("Go to fetching"),
            self.fetch_wanted.emit,
        )

    def _build_verbs(self) -> None:
        self.move_action = self.add_action(
            self.tr("&Move to queue..."), "tray-arrow-down", self._move, shortcut="Ctrl+M"
        )
        self.properties_action = self.add_action(
            self.tr("&Properties..."), "tune-variant", self._change_properties, shortcut="Alt+Return"
        )
        self.close_actions: dict[str, QAction] = {}
        """What closes tickets, by the state they get; those of states that are not valid any more are not seen."""
        for state, label, picture, keys in (
            ("closed successful", self.tr("&Close (successful)"), "check-circle-outline", "Ctrl+D"),
            ("closed unsuccessful", self.tr("Close (&unsuccessful)"), "close-circle-outline", "Ctrl+Shift+D"),
        ):
            self.close_actions[state] = self.add_action(label, picture, partial(self._close, state), shortcut=keys)
        self.close_action = self.close_actions["closed successful"]
        self.reopen_action = self.add_action(self.tr("&Reopen"), "restore", self._reopen, shortcut="Ctrl+Shift+O")
        self.merge_action = self.add_action(self.tr("Mer&ge into..."), "call-merge", self._merge, shortcut="Ctrl+G")
        self.add_separator()
        self.copy_action = self.add_action(
            self.tr("Copy &number"), "content-copy", self._copy_number, shortcut="Ctrl+Shift+C"
        )
        self.life_action = self.add_action(
            self.tr("Li&fe of this mail"), "timeline-text-outline", self._tell_life, shortcut="Ctrl+L"
        )
        self.save_action = self.add_action(
            self.tr("&Save raw source..."), "content-save-outline", self._save_source, shortcut=Key.Save
        )
        self.add_separator()
        self.refresh_action = self.add_action(self.tr("R&efresh"), "refresh", self.refresh, shortcut=Key.Refresh)
        self.list.table.set_context_actions(self.menu_actions)
        for action in (self.merge_action, self.move_action):
            self.add_button(action)
        self.conversation.head.change.setDefaultAction(self.properties_action)
        self._close_button = self.add_button(self.close_action, primary=True)
        QShortcut(QKeySequence("F6"), self, partial(self._go_to_pane, 1))
        QShortcut(QKeySequence("Shift+F6"), self, partial(self._go_to_pane, -1))

    def _offer_closing(self) -> None:
        """A verb for each state that closes tickets; the button has the first of them."""
        closing, fewer = self.choices.closing, len(self.menu_actions)
        for state in closing:
            if state not in self.close_actions:
                text = self.tr('Close as "{state}"').replace("{state}", states.ticket_state(state).replace("&", "&&"))
                action = self.add_action(text, "check-circle-outline", partial(self._close, state))
                self.menu_actions.remove(action)
                self.menu_actions.insert(self.menu_actions.index(self.reopen_action), action)
                self.close_actions[state] = action
        for state, action in self.close_actions.items():
            action.setVisible(state in closing)
        if closing:
            self._close_button.setDefaultAction(self.close_actions[closing[0]])
        self._close_button.setVisible(bool(closing))
        if len(self.menu_actions) != fewer:
            self.verbs_changed.emit()

    def _connect(self) -> None:
        self.queues.chosen.connect(self.list.show_queue)
        self.list.selection_changed.connect(self._on_selection)
        self.list.chosen.connect(self.conversation.take_focus)
        self.list.failed.connect(self.show_error)
        self.list.all_queues_wanted.connect(partial(self.queues.choose, ""))
        self.conversation.said.connect(self.said)
        self.conversation.failed.connect(self.show_error)
        self.conversation.message_wanted.connect(self.message_wanted)
        self.conversation.life_wanted.connect(self.life_wanted)
        self.conversation.outbox_wanted.connect(self.outbox_wanted)
        self.conversation.ticket_wanted.connect(self.show_ticket)
        self.conversation.shown.connect(self.update_actions)
        self.changes.done.connect(self._on_done)
        self.changes.undoable.connect(self._on_undoable)
        self.changes.not_done.connect(self._on_not_done)
        self.merging.merged.connect(self._on_merged)
        self.changes.failed.connect(self._on_failed)
        self.merging.failed.connect(self._on_failed)
        self._loader.loaded.connect(self._on_queues)
        self._loader.failed.connect(self._on_no_queues)
        self._opening.loaded.connect(self._open_properties)
        self._opening.failed.connect(self.show_error)

    def _restore(self) -> None:
        self._to_share = not self.panes.restoreState(self._settings.state("tickets/panes"))
        self.list.restore(self._settings)
        self._to_choose = self._settings.text("tickets/queue")
        self._on_selection()

    # --- reading ---

    def _read(self, question: str) -> _Queues:
        return _Queues(self._routing.queues(), self._tickets.queue_counts(), Choices.of(self._lists.all()))

    def _read_ticket(self, number: str) -> tuple[Ticket, Choices]:
        return self._tickets.get(number), Choices.of(self._lists.all())

    def _on_queues(self, question: str, read: _Queues) -> None:
        self._queues = read.queues
        self.choices = read.choices
        self._offer_closing()
        self.update_actions()
        self.queues.show_queues(read.queues, read.counts)
        if not self._loaded:
            self._loaded = True
            self.queues.choose(self._to_choose)
        total = sum(count.total for count in read.counts.values())
        self.contents.show_counts(total=0, shown=total)

    def _on_no_queues(self, error: MailadminError) -> None:
        if self._loaded:  # what was read before stays in sight
            self.show_error(error)
        else:
            self.contents.show_failure(errors.sentence(error), self.tr("Try agai&n"), self.refresh)

    def _on_selection(self) -> None:
        selected = self.list.table.selected()
        if len(selected) == 1:
            self.conversation.show_number(selected[0].number)
        elif selected:
            self.conversation.show_nothing(
                self.tr("{count} tickets are selected. They can be moved, closed and reopened together.").format(
                    count=times.number(len(selected))
                )
            )
        else:
            self.conversation.show_nothing(self.tr("Select a ticket to read its mails."))
        self.update_actions()

    # --- verbs ---

    def _selected(self, *, merged: bool = True) -> list[Ticket]:
        return [ticket for ticket in self.list.table.selected() if merged or not ticket.merged_into]

    def _move(self) -> None:
        selected = self._selected()
        if selected:
            dialog = MoveDialog(selected, self._queues, self)
            dialog.queue_chosen.connect(partial(self.changes.move, selected))
            dialog.open()

    def _stay_in_list(self) -> None:
        """A button that is disabled would pass the focus on to anywhere."""
        self.list.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _close(self, state: str) -> None:
        self._stay_in_list()
        self.changes.close([ticket for ticket in self._selected(merged=False) if ticket.state != state], state)

    def _reopen(self) -> None:
        self._stay_in_list()
        closed = [ticket for ticket in self._selected(merged=False) if ticket.closed]
        self.changes.reopen(closed, self.choices.reopening)

    def _change_properties(self) -> None:
        """As the ticket is now: what is shown may have been read long ago."""
        if self.conversation.ticket is not None and not self._opening.busy:
            self._opening.load(self.conversation.ticket.number)

    def _open_properties(self, number: str, read: tuple[Ticket, Choices]) -> None:
        ticket, choices = read
        dialog = PropertiesDialog(ticket, choices, tickets=self._tickets, tasks=self._tasks, parent=self)
        dialog.changed.connect(self.changes.note)
        dialog.help_wanted.connect(lambda: self.help_wanted.emit(self.help_page))
        dialog.open()

    def _merge(self) -> None:
        selected = self._selected(merged=False)
        if len(selected) == 1:
            self.merging.begin(selected[0])

    def _copy_number(self) -> None:
        numbers = [ticket.number for ticket in self._selected()]
        if numbers:
            QGuiApplication.clipboard().setText("\n".join(numbers))
            self.said.emit(self.tr("Copied: {numbers}").format(numbers=", ".join(numbers[:5])))

    def _tell_life(self) -> None:
        card = self.conversation.card or next(iter(self.conversation.cards), None)
        if card is not None and card.article.inbox_id is not None:
            self.life_wanted.emit(card.article.inbox_id)

    def _save_source(self) -> None:
        card = self.conversation.card
        if card is not None and card.view is not None:
            card.view.save_source()

    # --- what came of it ---

    def _on_done(self, text: str) -> None:
        self.said.emit(text)
        self._on_changed()

    def _on_undoable(self, text: str, undo: object) -> None:
        self.undoable.emit(text, undo)
        self._on_changed()

    def _on_not_done(self, text: str, details: str) -> None:
        self.bar.show_notice(Kind.ERROR, text, details=details)
        self._on_changed()

    def _on_merged(self, into: Ticket) -> None:
        self.said.emit(self.tr("Merged into {number}").format(number=into.number))
        self._on_changed()
        self.show_ticket(into.number)

    def _on_failed(self, error: MailadminError) -> None:
        self.show_error(error)
        self.refresh()

    def _on_changed(self) -> None:
        self.changed.emit()
        self.refresh()

    # --- moving about ---

    def _go_to_pane(self, step: int) -> None:
        """Give the focus to the next pane, or the one before."""
        panes: tuple[QWidget, ...] = (self.queues, self.list, self.conversation)
        if self.conversation.ticket is None:
            panes = panes[:2]
        focused = QApplication.focusWidget()
        here = next((at for at, pane in enumerate(panes) if focused and _is_in(focused, pane)), 0)
        pane = panes[(here + step) % len(panes)]
        if pane is self.conversation:
            self.conversation.take_focus()
        else:
            (self.list.table if pane is self.list else pane).setFocus(Qt.FocusReason.ShortcutFocusReason)


def _is_in(widget: QWidget, pane: QWidget) -> bool:
    return widget is pane or pane.isAncestorOf(widget)
