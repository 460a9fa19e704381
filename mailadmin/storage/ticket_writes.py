"""How a batch of decided mail gets into tickets: few statements, whatever the size of the batch."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import Connection, bindparam, insert, select, update

from mailadmin.domain.decisions import Decision, DecisionKind
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.names import name_key
from mailadmin.domain.tickets import TicketWrite, Written

from . import search
from .mail_tables import ArticleRow, AttachmentRow, TicketHistoryRow, TicketRow
from .tables import QueueRow
from .ticket_merge import followed
from .traces import dump_trace

MAX_TITLE: Final = 191
_EVENTS: Final = {
    DecisionKind.NEW_TICKET: "NewTicket",
    DecisionKind.FOLLOW_UP_NEW_TICKET: "NewTicket",
    DecisionKind.FOLLOW_UP: "FollowUp",
    DecisionKind.FOLLOW_UP_REJECTED: "FollowUpRejected",
}


def message_id_key(message_id: str) -> bytes:
    """SHA-256 (32 octets) of a Message-ID: some are longer than an index takes, and they are compared by octets."""
    return hashlib.sha256(message_id.encode("utf-8", "surrogatepass")).digest()


def queue_ids(connection: Connection, names: Iterable[str]) -> dict[str, int]:
    """The ids of queues, by casefolded name.

    :raises UserFixableError: UNKNOWN_QUEUE
    """
    wanted = {name_key(name): name for name in names}
    query = select(QueueRow.name_key, QueueRow.id).where(QueueRow.name_key.in_(wanted))
    found = dict(connection.execute(query).all())
    for key in wanted.keys() - found.keys():
        raise UserFixableError(Code.UNKNOWN_QUEUE, {"name": wanted[key]})
    return found


class Writer:
    """Writes one batch inside one transaction.

    :param who: user@host, for the history
    """

    def __init__(self, connection: Connection, who: str) -> None:
        self._connection = connection
        self._who = who

    def write(self, writes: Sequence[TicketWrite]) -> list[Written]:
        """Write the batch; where each mail ended up, in their order."""
        made = self._new_tickets(writes)
        there = followed(self._connection, {write.ticket.id for write in writes if write.ticket.id not in made})
        numbers = {ticket_id: row.number for ticket_id, row in there.items()}
        tickets = [made.get(write.ticket.id) or there[write.ticket.id].id for write in writes]
        articles = self._articles(writes, tickets)
        self._attachments(writes, articles)
        self._history(writes, tickets)
        self._follow_ups(writes, tickets)
        return [
            Written(write.inbox_id, ticket_id, numbers.get(write.ticket.id, write.ticket.number), article_id)
            for write, ticket_id, article_id in zip(writes, tickets, articles, strict=True)
        ]

    def _new_tickets(self, writes: Sequence[TicketWrite]) -> dict[int, int]:
        """Make the tickets that the batch knows by a negative id; that id to the real one."""
        first: dict[int, TicketWrite] = {}
        for write in writes:
            if write.ticket.id < 0:
                first.setdefault(write.ticket.id, write)
        if not first:
            return {}
        queues = queue_ids(self._connection, (write.decision.queue for write in first.values()))
        rows = [
            {
                "number": write.ticket.number,
                "title": write.decision.title[:MAX_TITLE],
                "queue_id": queues[name_key(write.decision.queue)],
                "state": write.decision.state,
                "priority": write.decision.priority,
                "lock": write.decision.lock,
                "type": write.decision.ticket_type,
                "customer": write.decision.customer,
                "customer_id": write.decision.customer_id,
                "words": search.joined(write.ticket.number, write.decision.title[:MAX_TITLE], write.decision.customer),
                "created": write.at,
                "changed": write.at,
            }
            for write in first.values()
        ]
        statement = insert(TicketRow).returning(TicketRow.number, TicketRow.id)
        made = dict(self._connection.execute(statement, rows).all())
        return {placeholder: made[write.ticket.number] for placeholder, write in first.items()}

    def _articles(self, writes: Sequence[TicketWrite], tickets: Sequence[int]) -> list[int]:
        rows = [{"ticket_id": ticket_id, **_article(write)} for write, ticket_id in zip(writes, tickets, strict=True)]
        statement = insert(ArticleRow).returning(ArticleRow.inbox_id, ArticleRow.id)
        made = dict(self._connection.execute(statement, rows).all())
        return [made[write.inbox_id] for write in writes]

    def _attachments(self, writes: Sequence[TicketWrite], articles: Sequence[int]) -> None:
        rows = [
            {
                "article_id": article_id,
                "filename": draft.filename,
                "content_type": draft.content_type,
                "size": draft.size,
                "sha256": draft.sha256,
                "path": draft.path,
                "content_id": draft.content_id,
                "disposition": draft.disposition,
            }
            for write, article_id in zip(writes, articles, strict=True)
            for draft in write.decision.article.attachments
        ]
        if rows:
            self._connection.execute(insert(AttachmentRow), rows)

    def _history(self, writes: Sequence[TicketWrite], tickets: Sequence[int]) -> None:
        rows = [
            {"ticket_id": ticket_id, "at": write.at, "by": self._who, "event": event, "detail": detail}
            for write, ticket_id in zip(writes, tickets, strict=True)
            for event, detail in _events(write.decision)
        ]
        self._connection.execute(insert(TicketHistoryRow), rows)

    def _follow_ups(self, writes: Sequence[TicketWrite], tickets: Sequence[int]) -> None:
        """What replies change on their tickets; of several replies to one ticket the last one counts."""
        changes: dict[int, dict[str, object]] = {}
        for write, ticket_id in zip(writes, tickets, strict=True):
            if write.decision.kind not in {DecisionKind.FOLLOW_UP, DecisionKind.FOLLOW_UP_REJECTED}:
                continue
            change = changes.setdefault(ticket_id, {"row_id": ticket_id})
            change |= {"changed": write.at, **self._changes(write.decision)}
        groups: dict[tuple[str, ...], list[dict[str, object]]] = {}
        for _, change in sorted(changes.items()):  # in one order everywhere, so that two writers do not deadlock
            groups.setdefault(tuple(sorted(change)), []).append(change)
        for rows in groups.values():
            self._connection.execute(update(TicketRow).where(TicketRow.id == bindparam("row_id")), rows)
        if renamed := [ticket_id for ticket_id, change in changes.items() if "title" in change]:
            search.retitled(self._connection, renamed)

    def _changes(self, decision: Decision) -> dict[str, object]:
        said = {
            "state": decision.new_state,
            "lock": decision.new_lock,
            "priority": decision.new_priority,
            "title": decision.new_title and decision.new_title[:MAX_TITLE],
        }
        changes: dict[str, object] = {name: value for name, value in said.items() if value}
        if decision.new_queue:
            changes["queue_id"] = queue_ids(self._connection, [decision.new_queue])[name_key(decision.new_queue)]
        return changes


def _article(write: TicketWrite) -> dict[str, object]:
    draft = write.decision.article
    return {
        "inbox_id": write.inbox_id,
        "sender": draft.sender,
        "recipients": draft.to,
        "cc": draft.cc,
        "reply_to": draft.reply_to,
        "subject": draft.subject,
        "message_id": draft.message_id,
        "message_id_key": message_id_key(draft.message_id) if draft.message_id else None,
        "in_reply_to": draft.in_reply_to,
        "refers_to": draft.references,
        "sent_at": draft.date,
        "body": draft.body,
        "body_type": draft.body_type,
        "visible_for_customer": draft.visible_for_customer,
        "sender_type": draft.sender_type,
        "decision_kind": write.decision.kind.value,
        "queue": write.decision.queue,
        "because": dump_trace(write.decision.because),
        "created": write.at,
    }


def _events(decision: Decision) -> list[tuple[str, str]]:
    """The lines of history one mail makes, as (event, detail)."""
    event = _EVENTS[decision.kind]
    old = decision.ticket
    if event == "NewTicket":
        detail = f"{decision.queue}; {decision.priority}; {decision.state}"
        return [(event, f"{detail}; after {old.number}" if old else detail)]
    events = [(event, decision.article.sender)]
    if decision.new_state and old and decision.new_state != old.state:
        events.append(("StateUpdate", f"{old.state} -> {decision.new_state}"))
    if decision.new_lock and old and decision.new_lock != old.lock:
        events.append(("LockUpdate", f"{old.lock} -> {decision.new_lock}"))
    if decision.new_queue and old and decision.new_queue != old.queue:
        events.append(("Move", f"{old.queue} -> {decision.new_queue}"))
    if decision.new_title and old and decision.new_title != old.title:
        events.append(("TitleUpdate", decision.new_title))
    if decision.new_priority:
        events.append(("PriorityUpdate", decision.new_priority))
    return events
