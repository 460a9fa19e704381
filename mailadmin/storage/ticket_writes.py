"""How a batch of decided mail gets into tickets: few statements, whatever the size of the batch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from sqlalchemy import Connection, bindparam, delete, insert, select, tuple_, update

from mailadmin.domain.decisions import AttachmentDraft, Decision, DecisionKind
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.names import name_key
from mailadmin.domain.tickets import ANSWERS, Effects, TicketWrite, Written, field_text, standing_of

from . import search
from .ledger import chunks
from .mail_tables import ArticleFieldRow, ArticleRow, AttachmentRow, TicketFieldRow, TicketHistoryRow, TicketRow
from .message_keys import message_id_key, value_key
from .tables import QueueRow
from .ticket_changes import EVENTS, FIELD_EVENT, as_columns, changes_of, dump_effects, field_detail
from .ticket_merge import followed
from .traces import dump_trace

_ARRIVALS: Final = {
    DecisionKind.NEW_TICKET: "NewTicket",
    DecisionKind.FOLLOW_UP_NEW_TICKET: "NewTicket",
    DecisionKind.FOLLOW_UP: "FollowUp",
    DecisionKind.FOLLOW_UP_REJECTED: "FollowUpRejected",
}
_LONGEST_WORDS: Final = 300  # of another server that a line of history quotes


def queue_ids(connection: Connection, names: Iterable[str]) -> dict[str, int]:
    """The ids of queues, by casefolded name.

    :raises UserFixableError: UNKNOWN_QUEUE
    """
    wanted = {name_key(name): name for name in names}
    if not wanted:
        return {}
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
        fields = self._fields(writes, tickets)
        articles = self._articles(writes, tickets, fields)
        write_parts(
            self._connection, zip(articles, (write.decision.article.attachments for write in writes), strict=True)
        )
        write_article_fields(
            self._connection, zip(articles, (write.decision.article.fields for write in writes), strict=True)
        )
        self._history(writes, tickets, fields)
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
        rows = []
        for write in first.values():
            values = changes_of(write.decision)
            old = write.decision.ticket
            words = search.joined(write.ticket.number, str(values["title"]), str(values["customer"]))
            rows.append(
                {
                    "number": write.ticket.number,
                    **as_columns(values, queues),
                    "continues_id": old.id if old is not None and old.id > 0 else None,
                    "words": words,
                    "created": write.at,
                    "changed": write.at,
                }
            )
        statement = insert(TicketRow).returning(TicketRow.number, TicketRow.id)
        made = dict(self._connection.execute(statement, rows).all())
        self._continued(first.values(), made)
        return {placeholder: made[write.ticket.number] for placeholder, write in first.items()}

    def _continued(self, firsts: Iterable[TicketWrite], made: Mapping[str, int]) -> None:
        """A ticket may go on from one that was made, and closed, in this very batch."""
        links = [
            {"row_id": made[write.ticket.number], "before": made[old.number]}
            for write in firsts
            if (old := write.decision.ticket) is not None and old.id < 0 and old.number in made
        ]
        if links:
            statement = update(TicketRow).where(TicketRow.id == bindparam("row_id"))
            self._connection.execute(statement.values(continues_id=bindparam("before")), links)

    def _articles(
        self, writes: Sequence[TicketWrite], tickets: Sequence[int], fields: Sequence[Mapping[str, tuple[str, str]]]
    ) -> list[int]:
        rows = [
            {
                "ticket_id": ticket_id,
                "inbox_id": write.inbox_id,
                "created": write.at,
                "effects": dump_effects(_effects(write, ticket_id, changed)),
                **article_columns(write.decision),
            }
            for write, ticket_id, changed in zip(writes, tickets, fields, strict=True)
        ]
        statement = insert(ArticleRow).returning(ArticleRow.inbox_id, ArticleRow.id)
        made = dict(self._connection.execute(statement, rows).all())
        return [made[write.inbox_id] for write in writes]

    def _fields(self, writes: Sequence[TicketWrite], tickets: Sequence[int]) -> list[dict[str, tuple[str, str]]]:
        """Write the dynamic fields of tickets; for each mail what those it sets were before and after, by name."""
        asked = [
            (ticket_id, name_key(name))
            for write, ticket_id in zip(writes, tickets, strict=True)
            for name in write.decision.fields
        ]
        if not asked:
            return [{} for _ in writes]
        known = field_values(self._connection, asked)
        changed: list[dict[str, tuple[str, str]]] = []
        for write, ticket_id in zip(writes, tickets, strict=True):
            mine: dict[str, tuple[str, str]] = {}
            for name, value in write.decision.fields.items():
                key = ticket_id, name_key(name)
                mine[name] = known.get(key, ""), value
                known[key] = value
            changed.append(mine)
        spelling = {name_key(name): name for write in writes for name in write.decision.fields}
        set_fields(self._connection, {(ticket_id, spelling[key]): known[ticket_id, key] for ticket_id, key in asked})
        return changed

    def _history(
        self, writes: Sequence[TicketWrite], tickets: Sequence[int], fields: Sequence[Mapping[str, tuple[str, str]]]
    ) -> None:
        rows = [
            {"ticket_id": ticket_id, "at": write.at, "by": self._who, "event": event, "detail": detail}
            for write, ticket_id, changed in zip(writes, tickets, fields, strict=True)
            for event, detail in _events(write.decision, changed)
        ]
        self._connection.execute(insert(TicketHistoryRow), rows)

    def _follow_ups(self, writes: Sequence[TicketWrite], tickets: Sequence[int]) -> None:
        """What replies change on their tickets; of several replies to one ticket the last one counts."""
        wanted: dict[int, dict[str, object]] = {}
        for write, ticket_id in zip(writes, tickets, strict=True):
            if write.decision.kind in ANSWERS:
                change = wanted.setdefault(ticket_id, {})
                change |= {**changes_of(write.decision), "changed": write.at}
        queues = queue_ids(self._connection, (str(each["queue"]) for each in wanted.values() if "queue" in each))
        update_tickets(self._connection, wanted, queues)


def update_tickets(
    connection: Connection, changes: Mapping[int, Mapping[str, object]], queues: Mapping[str, int]
) -> None:
    """Write changed fields of tickets, by the ticket's id, and what they are found by.

    :param queues: the ids of the queues among them, by casefolded name
    """
    groups: dict[tuple[str, ...], list[dict[str, object]]] = {}
    for ticket_id, change in sorted(changes.items()):  # in one order everywhere, so that two writers do not deadlock
        row = {"row_id": ticket_id, **as_columns(change, queues)}
        groups.setdefault(tuple(sorted(row)), []).append(row)
    for rows in groups.values():
        connection.execute(update(TicketRow).where(TicketRow.id == bindparam("row_id")), rows)
    if renamed := [ticket_id for ticket_id, change in changes.items() if change.keys() & {"title", "customer"}]:
        search.retitled(connection, renamed)


def field_values(connection: Connection, asked: Iterable[tuple[int, str]]) -> dict[tuple[int, str], str]:
    """The values of dynamic fields of tickets, by (ticket's id, casefolded name)."""
    query = select(TicketFieldRow.ticket_id, TicketFieldRow.name_key, TicketFieldRow.value)
    return {
        (row.ticket_id, row.name_key): row.value
        for chunk in chunks(sorted(set(asked)))
        for row in connection.execute(query.where(tuple_(TicketFieldRow.ticket_id, TicketFieldRow.name_key).in_(chunk)))
    }


def set_fields(connection: Connection, values: Mapping[tuple[int, str], str]) -> None:
    """Write dynamic fields, by (ticket's id, name); an empty value takes a field off. The tickets are locked."""
    keys = [(ticket_id, name_key(name)) for ticket_id, name in values]
    for chunk in chunks(keys):
        here = tuple_(TicketFieldRow.ticket_id, TicketFieldRow.name_key).in_(chunk)
        connection.execute(delete(TicketFieldRow).where(here))
    rows = [
        {
            "ticket_id": ticket_id,
            "name": name,
            "name_key": name_key(name),
            "value": value,
            "value_key": value_key(value),
        }
        for (ticket_id, name), value in values.items()
        if value
    ]
    if rows:
        connection.execute(insert(TicketFieldRow), rows)


def write_parts(connection: Connection, parts: Iterable[tuple[int, Sequence[AttachmentDraft]]]) -> None:
    """Write the rows of attachments, by the article's id."""
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
        for article_id, drafts in parts
        for draft in drafts
    ]
    if rows:
        connection.execute(insert(AttachmentRow), rows)


def write_article_fields(connection: Connection, fields: Iterable[tuple[int, Mapping[str, str]]]) -> None:
    """Write the dynamic fields of articles, by the article's id."""
    rows = [
        {"article_id": article_id, "name_key": key, "name": name, "value": value}
        for article_id, said in fields
        for key, (name, value) in {name_key(name): (name, value) for name, value in said.items()}.items()
        if value
    ]
    if rows:
        connection.execute(insert(ArticleFieldRow), rows)


def article_columns(decision: Decision) -> dict[str, object]:
    """What an article's row says of its mail."""
    draft = decision.article
    return {
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
        "protection": draft.protection.value,
        "decision_kind": decision.kind.value,
        "queue": decision.queue,
        "because": dump_trace(decision.because),
    }


def _effects(write: TicketWrite, ticket_id: int, fields: Mapping[str, tuple[str, str]]) -> Effects:
    decision = write.decision
    counted = decision.response.counted if decision.response else ()
    changes = {name: field_text(value) for name, value in changes_of(decision).items()}
    if decision.kind not in ANSWERS or decision.ticket is None:
        said: dict[str, tuple[str | None, str]] = {name: (None, after) for name, after in changes.items()}
        old = decision.ticket.id if decision.ticket is not None and decision.ticket.id > 0 else None
        return Effects(ticket_id, opened=True, changes=said, fields=fields, counted=counted, continues_id=old)
    said = {name: (was, changes.get(name, was)) for name, was in standing_of(decision.ticket).items()}
    return Effects(ticket_id, changes=said, fields=fields, counted=counted)


def _events(decision: Decision, fields: Mapping[str, tuple[str, str]]) -> list[tuple[str, str]]:
    """The lines of history one mail makes, as (event, detail)."""
    event = _ARRIVALS[decision.kind]
    old = decision.ticket
    if event == "NewTicket":
        detail = f"{decision.queue}; {decision.priority}; {decision.state}"
        events = [(event, f"{detail}; after {old.number}" if old else detail)]
    else:
        events = [(event, decision.article.sender)]
        before = standing_of(old) if old else {}
        for name, value in changes_of(decision).items():
            after = field_text(value)
            if before.get(name) != after:
                events.append((EVENTS[name], f"{before.get(name, '')} -> {after}"))
    events += [(FIELD_EVENT, field_detail(name, *change)) for name, change in fields.items()]
    if decision.bounce is not None:
        said = (decision.bounce.recipient, decision.bounce.status, decision.bounce.diagnostic[:_LONGEST_WORDS])
        events.append(("Delayed" if decision.bounce.delayed else "Bounce", "; ".join(filter(None, said))))
    return events
