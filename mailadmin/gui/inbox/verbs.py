"""What is done with messages by hand: one action for each verb, possible where the domain says so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence

from mailadmin.domain.accounts import IncomingAccount
from mailadmin.domain.messages import ByHand, InboxMessage, InboxState, is_possible
from mailadmin.domain.outcomes import Processed
from mailadmin.domain.queues import Queue
from mailadmin.domain.tickets import Ticket
from mailadmin.gui.mail_view.file_dialogs import ask_file, ask_folder
from mailadmin.gui.mail_view.file_names import write
from mailadmin.gui.sentences import times, traces
from mailadmin.gui.tasks import Task, Tasks
from mailadmin.gui.widgets.labels import shortened
from mailadmin.gui.widgets.message_bar import Kind
from mailadmin.gui.widgets.page import Page
from mailadmin.gui.widgets.table import RecordTable
from mailadmin.gui.widgets.ticket_picker import TicketPicker
from mailadmin.services.accounts import AccountService
from mailadmin.services.inbox import InboxService
from mailadmin.services.routing import RoutingService
from mailadmin.services.tickets import TicketService

from .columns import subject_of
from .dialogs import DiscardDialog, PutBackDialog, QueueDialog
from .work import Act, Summary, eml_name, save_eml, work_through

Key = QKeySequence.StandardKey
_MOST_TOLD: Final = 20
"""Messages of a summary that are told one by one."""


class MessageVerbs(QObject):
    """The verbs of a page of messages. They work on what is selected in its list."""

    ticket_wanted = Signal(str)
    """Show the ticket of this number."""
    refresh_wanted = Signal()
    """Read every message of the list again."""
    known_wanted = Signal(object)
    """The sender of this InboxMessage, which is held, is to become a customer user."""
    life_wanted = Signal(int)
    """Tell the life of the mail that the message with this id is a copy of."""

    def __init__(
        self,
        page: Page,
        table: RecordTable[InboxMessage],
        inbox: InboxService,
        tickets: TicketService,
        accounts: AccountService,
        routing: RoutingService,
        tasks: Tasks,
    ) -> None:
        super().__init__(page)
        self._page = page
        self._table = table
        self._inbox = inbox
        self._tickets = tickets
        self._accounts = accounts
        self._routing = routing
        self._tasks = tasks
        self._build()
        self.by_hand: dict[QAction, ByHand] = {
            self.retry: ByHand.RETRY,
            self.release: ByHand.RELEASE,
            self.create: ByHand.RELEASE,
            self.assign: ByHand.ASSIGN,
            self.archive: ByHand.ARCHIVE,
            self.discard: ByHand.DISCARD,
        }

    def update(self, selected: Sequence[InboxMessage]) -> None:
        """Enable what can be done with all of these."""
        for action, verb in self.by_hand.items():
            action.setEnabled(bool(selected) and all(is_possible(verb, one) for one in selected))
        one = selected[0] if len(selected) == 1 else None
        with_octets = bool(selected) and all(one.state is not InboxState.TOO_BIG for one in selected)
        self.save.setEnabled(with_octets)
        self.put_back.setEnabled(one is not None and with_octets)
        self.open_ticket.setEnabled(one is not None and bool(one.ticket))
        self.known.setEnabled(one is not None and one.state is InboxState.HELD)
        self.life.setEnabled(one is not None)
        self.copy_id.setEnabled(any(one.message_id for one in selected))

    def _build(self) -> None:
        add = self._page.add_action
        self.retry = add(self.tr("&Retry"), "refresh-circle", self._retry, shortcut="Ctrl+R")
        self.release = add(self.tr("Re&lease..."), "tray-arrow-up", self._release)
        self.create = add(self.tr("&Create ticket..."), "ticket-outline", self._create_ticket)
        self.assign = add(self.tr("&Assign to ticket..."), "ticket-account", self._assign)
        self.known = add(self.tr("Make sender &known..."), "account-plus-outline", self._make_known)
        self._page.add_separator()
        self.archive = add(self.tr("Arc&hive"), "archive-outline", self._archive)
        self.discard = add(self.tr("&Discard..."), "trash-can-outline", self._discard, shortcut=Key.Delete)
        self._page.add_separator()
        self.open_ticket = add(self.tr("&Open ticket"), "open-in-app", self._open_ticket, shortcut="Ctrl+T")
        self.save = add(self.tr("&Save as .eml..."), "content-save-outline", self._save, shortcut=Key.Save)
        self.put_back = add(self.tr("&Put back on the server..."), "email-sync-outline", self._put_back)
        self.life = add(self.tr("Life of this ma&il"), "timeline-text-outline", self._tell_life, shortcut="Ctrl+L")
        self.copy_id = add(self.tr("Copy &Message-ID"), "content-copy", self._copy_id)
        self._page.add_separator()
        self.refresh = add(self.tr("Re&fresh"), "refresh", self.refresh_wanted.emit, shortcut=Key.Refresh)

    # --- verbs that need no question ---

    def _retry(self) -> None:
        self._work("retry", lambda message: self._inbox.retry(message.id), self._selected)

    def _archive(self) -> None:
        self._work("archive", lambda message: self._inbox.archive(message.id), self._selected)

    def _open_ticket(self) -> None:
        for message in self._selected[:1]:
            self.ticket_wanted.emit(message.ticket)

    def _make_known(self) -> None:
        for message in self._selected[:1]:
            self.known_wanted.emit(message)

    def _tell_life(self) -> None:
        for message in self._selected[:1]:
            self.life_wanted.emit(message.id)

    def _copy_id(self) -> None:
        idents = [message.message_id for message in self._selected if message.message_id]
        QGuiApplication.clipboard().setText("\n".join(idents))
        self._page.said.emit(self.tr("Copied"))

    # --- verbs that ask first ---

    def _release(self) -> None:
        self._with_queues(self._ask_for_release)

    def _create_ticket(self) -> None:
        self._with_queues(self._ask_for_ticket)

    def _ask_for_release(self, messages: Sequence[InboxMessage], queues: list[Queue]) -> None:
        text = self.tr("{what} is let through, whatever the X-OTOBO headers ask for.").format(what=self._what(messages))
        self._ask_queue(
            messages, QueueDialog(self.tr("Release"), text, self.tr("&Release"), queues, self._page, own=True)
        )

    def _ask_for_ticket(self, messages: Sequence[InboxMessage], queues: list[Queue]) -> None:
        text = self.tr(
            "{what} becomes a new ticket in this queue; a mail that answers a ticket goes to that ticket."
        ).format(what=self._what(messages))
        title, verb = self.tr("Create ticket"), self.tr("&Create ticket")
        self._ask_queue(messages, QueueDialog(title, text, verb, queues, self._page, own=False))

    def _ask_queue(self, messages: Sequence[InboxMessage], dialog: QueueDialog) -> None:
        dialog.queue_chosen.connect(
            lambda queue: self._work("release", lambda one: self._inbox.release(one.id, queue), messages)
        )
        dialog.open()

    def _discard(self) -> None:
        messages = self._selected
        if not messages:
            return
        text = self.tr("{what} stays here, is not fetched again, and can be brought back by Retry or Release.")
        text = text.format(what=self._what(messages))
        dialog = DiscardDialog(self.tr("Discard"), text, self.tr("&Discard"), self._page)
        dialog.why_said.connect(
            lambda why: self._work("discard", lambda one: self._inbox.discard(one.id, why), messages)
        )
        dialog.open()

    def _assign(self) -> None:
        messages = self._selected
        if not messages:
            return
        text = self.tr("{what} is put into the ticket that you choose:").format(what=self._what(messages))
        dialog = TicketPicker(text, self._tickets, self._tasks, self._page)
        dialog.picked.connect(
            lambda number: self._work("assign", lambda one: self._inbox.assign(one.id, number), messages)
        )
        dialog.open()

    def _save(self) -> None:
        messages, fallback = self._selected, self.tr("message")
        if len(messages) == 1:
            name = eml_name(messages[0], fallback)
            ask_file(self._page, self.tr("Save the message"), name, partial(self._save_one, messages))
        elif messages:
            ask_folder(self._page, self.tr("Save the messages"), partial(self._save_several, messages, fallback))

    def _save_one(self, messages: Sequence[InboxMessage], path: Path) -> None:
        self._work("save", lambda one: write(path, self._inbox.raw(one.id)), messages)

    def _save_several(self, messages: Sequence[InboxMessage], fallback: str, folder: Path) -> None:
        self._work("save", partial(save_eml, self._inbox, folder, fallback), messages)

    def _put_back(self) -> None:
        messages = self._selected
        if len(messages) == 1:
            self._read("read accounts", self._accounts.all, partial(self._ask_where, messages[0]))

    def _ask_where(self, message: InboxMessage, accounts: list[IncomingAccount]) -> None:
        dialog = PutBackDialog(shortened(subject_of(message)), accounts, message.account, self._page)
        dialog.wanted.connect(partial(self._begin_put_back, dialog, message))
        dialog.open()

    def _begin_put_back(
        self, dialog: PutBackDialog, message: InboxMessage, account: IncomingAccount, folder: str
    ) -> None:
        task = self._tasks.task("put back", lambda _: self._inbox.put_back(message.id, account, folder))
        task.succeeded.connect(partial(self._on_put_back, account.name))
        task.succeeded.connect(dialog.accept)
        task.failed.connect(dialog.show_error)
        self._tasks.start(task)

    def _on_put_back(self, account: str, folder: str) -> None:
        self._page.said.emit(
            self.tr('Put back into the folder "{folder}" of "{account}"').format(folder=folder, account=account)
        )

    # --- doing it ---

    @property
    def _selected(self) -> list[InboxMessage]:
        return self._table.selected()

    def _what(self, messages: Sequence[InboxMessage]) -> str:
        """Messages as the beginning of a sentence: one by its subject, several by their number."""
        if len(messages) != 1:
            return self.tr("Each of %n messages", "", len(messages))
        return self.tr('The message "{subject}"').format(subject=shortened(subject_of(messages[0])))

    def _with_queues(self, ask: Callable[[Sequence[InboxMessage], list[Queue]], object]) -> None:
        """Ask about the messages that are selected now, whatever is when the queues are read."""
        messages = self._selected
        if messages:
            self._read("read queues", self._routing.queues, partial(ask, messages))

    def _read(self, name: str, read: Callable[[], object], then: Callable[..., object]) -> None:
        task = self._tasks.task(name, lambda _: read())
        task.succeeded.connect(then)
        task.failed.connect(self._page.show_error)
        self._tasks.start(task)

    def _work(self, verb: str, act: Act, messages: Sequence[InboxMessage]) -> None:
        """Do something with the messages in one task, and say what came of it.

        :param messages: those that were selected when the verb was pressed
        """

        def work(task: Task) -> Summary:
            return work_through(messages, self._inbox, act, task)

        if messages:
            task = self._tasks.task(f"{verb} messages", work)
            task.succeeded.connect(partial(self._on_done, verb))
            task.failed.connect(self._page.show_error)
            self._tasks.start(task)

    def _on_done(self, verb: str, summary: Summary) -> None:
        self._tell(verb, summary)
        if verb != "save":
            self._page.changed.emit()
        self.refresh_wanted.emit()

    def _tell(self, verb: str, summary: Summary) -> None:
        failed = summary.not_done
        alone = len(summary.results) + len(failed) + summary.untouched == 1
        if alone and failed and failed[0].error is not None:
            self._page.show_error(failed[0].error, failed[0].message.account)
            return
        if alone and failed:
            self._page.bar.show_notice(Kind.WARNING, failed[0].why)
            return
        if alone:
            self._page.said.emit(self._done(verb, summary.results[0]))
            return
        parts = [self.tr("{count} done").format(count=times.number(len(summary.results)))]
        if failed:
            parts.append(self.tr("{count} not").format(count=times.number(len(failed))))
        if summary.untouched:
            parts.append(self.tr("{count} left as they were").format(count=times.number(summary.untouched)))
        text = ", ".join(parts)
        if not failed:
            self._page.said.emit(text)
            return
        lines = [f"{one.message.subject or one.message.id}: {one.why}" for one in failed[:_MOST_TOLD]]
        told = self.tr("{summary}: {first}").format(summary=text, first=failed[0].why)
        self._page.bar.show_notice(Kind.WARNING, told, details="\n".join(lines))

    def _done(self, verb: str, result: object) -> str:
        """What became of a single message."""
        if isinstance(result, Processed):
            return traces.outcome(result.outcome, result.ticket)
        if isinstance(result, Ticket):
            return self.tr("Put into ticket {number}").format(number=result.number)
        if isinstance(result, Path):
            return self.tr('Saved "{path}"').format(path=result)
        return {
            "archive": self.tr("Put into the archive"),
            "discard": self.tr("Discarded"),
        }.get(verb, self.tr("Another process is at it"))
