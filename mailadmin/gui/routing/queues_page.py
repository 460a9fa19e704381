"""The page *Queues*: where tickets wait (PM-1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from mailadmin.domain.accounts import Validity
from mailadmin.domain.names import name_key
from mailadmin.domain.queues import MailAddress, Queue
from mailadmin.domain.tickets import QueueCounts
from mailadmin.gui.sentences import states, times
from mailadmin.gui.sentences.wording import listing
from mailadmin.gui.settings import WindowSettings
from mailadmin.gui.tasks import Tasks
from mailadmin.gui.widgets.columns import changed_column, comment_column, trash_column, validity_column
from mailadmin.gui.widgets.confirm import confirm_delete, refuse_delete
from mailadmin.gui.widgets.list_page import ListPage, ListWords
from mailadmin.gui.widgets.records import Column
from mailadmin.services.routing import QueueUse, RoutingService
from mailadmin.services.tickets import TicketService

from .queue_dialog import QueueDialog
from .queue_name_delegate import LEVEL, QueueNameDelegate

translate = QCoreApplication.translate


@dataclass(frozen=True, slots=True)
class QueueLine:
    """A queue, and how many of its tickets are open."""

    queue: Queue
    open: int


@dataclass(frozen=True, slots=True)
class _Everything:
    queues: Sequence[Queue]
    counts: Mapping[str, QueueCounts]
    addresses: Sequence[MailAddress]


def _queue_of(line: QueueLine) -> Queue:
    return line.queue


def _lock_tooltip(line: QueueLine) -> str:
    if line.queue.follow_up_lock:
        return translate("QueuesPage", "A reply that opens a closed ticket also locks it for its owner.")
    return translate("QueuesPage", "A reply leaves the ticket's lock as it is.")


def _columns() -> tuple[Column[QueueLine], ...]:
    return (
        Column(
            key="name",
            title=lambda: translate("QueuesPage", "Queue"),
            text=lambda line: line.queue.name,
            sort=lambda line: [name_key(level) for level in line.queue.name.split(LEVEL)],
            tooltip=lambda line: line.queue.name,
            width=22,
            fixed=True,
        ),
        Column(
            key="follow_up",
            title=lambda: translate("QueuesPage", "Follow-ups"),
            text=lambda line: states.follow_up_option(line.queue.follow_up),
            tooltip=lambda line: states.follow_up_description(line.queue.follow_up),
            width=10,
        ),
        Column(
            key="follow_up_lock",
            title=lambda: translate("QueuesPage", "Lock"),
            text=lambda line: states.yes_no(line.queue.follow_up_lock),
            tooltip=_lock_tooltip,
            width=4,
        ),
        Column(
            key="sender_address",
            title=lambda: translate("QueuesPage", "Sender address"),
            text=lambda line: line.queue.sender_address,
            tooltip=lambda line: line.queue.sender_address,
            elide=Qt.TextElideMode.ElideMiddle,
            width=18,
        ),
        Column(
            key="group",
            title=lambda: translate("QueuesPage", "Group"),
            text=lambda line: line.queue.group,
            shown=False,
        ),
        Column(
            key="open",
            title=lambda: translate("QueuesPage", "Open tickets"),
            text=lambda line: times.number(line.open),
            sort=lambda line: line.open,
            numeric=True,
        ),
        validity_column(_queue_of),
        comment_column(_queue_of),
        changed_column(_queue_of),
        trash_column(),
    )


class QueuesPage(ListPage[QueueLine]):
    """Lists the queues and edits them."""

    def __init__(
        self,
        *,
        routing: RoutingService,
        tickets: TicketService,
        tasks: Tasks,
        settings: WindowSettings,
        parent: QWidget | None = None,
    ) -> None:
        self._routing = routing
        self._tickets = tickets
        self._addresses: Sequence[MailAddress] = ()
        self._queue_names: set[str] = set()
        words = ListWords(
            title=translate("QueuesPage", "Queues"),
            subtitle=translate("QueuesPage", "Where tickets wait for whoever answers them"),
            menu=translate("QueuesPage", "&Queue"),
            add=translate("QueuesPage", "&Add queue"),
            nothing_there=translate("QueuesPage", "There are no queues. Without one, mail cannot become tickets."),
        )
        super().__init__(
            "queues",
            words,
            _columns(),
            help_page="queues.md",
            tasks=tasks,
            settings=settings,
            duplicates=True,
            parent=parent,
        )
        self.table.setItemDelegateForColumn(0, QueueNameDelegate(self._queue_names, self.table))
        self.add_button(self.add_new_action, primary=True)

    # --- what it shows ---

    @override
    def read(self) -> _Everything:
        return _Everything(self._routing.queues(), self._tickets.queue_counts(), self._routing.addresses())

    @override
    def rows_of(self, answer: _Everything) -> Sequence[QueueLine]:
        self._addresses = answer.addresses
        self._queue_names.clear()
        self._queue_names.update(name_key(queue.name) for queue in answer.queues)
        none = QueueCounts(0, 0)
        return [QueueLine(queue, answer.counts.get(queue.name, none).open) for queue in answer.queues]

    @override
    def record_of(self, row: QueueLine) -> Queue:
        return row.queue

    @override
    def name_of(self, row: QueueLine) -> str:
        return row.queue.name

    @override
    def number_of(self, count: int) -> str:
        return self.tr("1 queue") if count == 1 else self.tr("%Ln queues", "", count)

    # --- verbs ---

    @override
    def dialog_for(self, row: QueueLine | None, *, copy: bool = False) -> QueueDialog:
        queue = Queue(name="") if row is None else row.queue
        if copy:
            name = self.tr("{name} (copy)").format(name=queue.name)
            queue = replace(queue, name=name, id=None, version=0, created=None, changed=None)
        return QueueDialog(queue, self._addresses, routing=self._routing, tasks=self.tasks, parent=self)

    @override
    def save_validity(self, records: Sequence[Queue], validity: Validity) -> Sequence[Queue]:
        return self._routing.set_queue_validity(records, validity)

    @override
    def delete(self, rows: Sequence[QueueLine]) -> None:
        self.work(
            "look for uses", lambda: [self._routing.used_by(row.queue) for row in rows], partial(self._ask, tuple(rows))
        )

    def _ask(self, rows: Sequence[QueueLine], uses: Sequence[QueueUse]) -> None:
        used = [(row.queue, use) for row, use in zip(rows, uses, strict=True) if use]
        if used:
            self._refuse(rows, used)
            return
        name = rows[0].queue.name
        several = len(rows) > 1
        confirm_delete(
            self,
            self.tr("Delete queues") if several else self.tr("Delete queue"),
            self.tr("Delete {counted}?").format(counted=self.number_of(len(rows)))
            if several
            else self.tr('Delete queue "{name}"?').format(name=name),
            self.tr(
                "It cannot be taken back. No account, e-mail address, ticket or setting uses what is deleted; mail and "
                "tickets stay as they are."
            ),
            self.tr("&Delete {counted}").format(counted=self.number_of(len(rows)))
            if several
            else self.tr("&Delete queue"),
            partial(self.delete_all, rows, self._routing.delete_queue),
            self.tr("Set to &invalid"),
            partial(self.set_validity, rows, Validity.INVALID),
        )

    def _refuse(self, rows: Sequence[QueueLine], used: Sequence[tuple[Queue, QueueUse]]) -> None:
        said = [self._said(queue, use, named=len(rows) > 1) for queue, use in used]
        default = any(use.settings for _, use in used)
        if default:
            said.append(
                self.tr(
                    "A queue that a setting names cannot be set to invalid either. Choose another queue in the system "
                    "configuration first."
                )
            )
        else:
            said.append(self.tr("Set to invalid, a queue receives nothing any more; everything in it stays."))
        refuse_delete(
            self,
            self.tr("Queue in use"),
            self.tr("Nothing was deleted: {counted} of {all} are in use.").format(counted=len(used), all=len(rows))
            if len(rows) > 1
            else self.tr('Queue "{name}" cannot be deleted: it is in use.').format(name=rows[0].queue.name),
            "\n\n".join(said),
            "" if default else self.tr("Set to &invalid"),
            partial(self.set_validity, rows, Validity.INVALID),
        )

    def _said(self, queue: Queue, use: QueueUse, *, named: bool) -> str:
        lines = [self.tr('Queue "{name}":').format(name=queue.name)] if named else []
        if use.accounts:
            lines.append(self.tr("Accounts: {names}").format(names=listing(use.accounts)))
        if use.addresses:
            lines.append(self.tr("E-mail addresses: {names}").format(names=listing(use.addresses)))
        if use.filters:
            lines.append(self.tr("Filters: {names}").format(names=listing(use.filters)))
        if use.responses:
            lines.append(self.tr("Auto-responses: {names}").format(names=listing(use.responses)))
        if use.settings:
            lines.append(self.tr("Settings: {names}").format(names=listing(use.settings)))
        if use.tickets:
            lines.append(self.tr("Tickets, open and closed: {count}").format(count=times.number(use.tickets)))
        if use.messages:
            lines.append(
                self.tr("Messages that wait for it in the inbox: {count}").format(count=times.number(use.messages))
            )
        return "\n".join(lines)
