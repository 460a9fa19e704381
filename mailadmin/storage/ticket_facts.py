"""Tickets as PostMaster looks them up: by number, mails in them, dynamic fields; and who takes part in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeVar

from sqlalchemy import Connection, Subquery, and_, func, select, tuple_

from mailadmin.domain.decisions import TicketFacts
from mailadmin.domain.lists import ListKind
from mailadmin.domain.names import name_key
from mailadmin.domain.tickets import MailPeople
from mailadmin.domain.vocabulary import StateType

from .database import AnyRow, AnySelect, Database
from .ledger import chunks
from .mail_tables import ArticleRow, TicketFieldRow, TicketRow
from .message_keys import message_id_key, value_key
from .rule_tables import CustomerAddressRow, CustomerUserRow, ListEntryRow
from .tables import QueueRow

_HOPS: Final = 10  # how far a chain of merged tickets is followed
_MOST_TICKETS: Final = 20  # that one Message-ID leads to
_MOST_BY_FIELD: Final = 1_000  # that the dynamic fields of one batch lead to
_MOST_MAILS: Final = 500  # of one ticket that are looked at for who takes part in it
_PLAIN: Final = (
    "id", "number", "state", "lock", "title", "priority", "type", "owner", "responsible", "service", "sla",
    "customer", "customer_id", "pending_until",
)  # fmt: skip
_FACTS: Final[AnySelect] = (
    select(
        *(getattr(TicketRow, name) for name in _PLAIN),
        QueueRow.name.label("queue"),
        ListEntryRow.state_type,
        TicketRow.merged_into_id,
    )
    .join(QueueRow, QueueRow.id == TicketRow.queue_id)
    .join(
        ListEntryRow,
        and_(ListEntryRow.kind == ListKind.STATE.value, ListEntryRow.name == TicketRow.state),
        isouter=True,
    )
)

Key = TypeVar("Key")


class TicketFinder:
    """Answers for whole batches, by one query or two each."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def number_exists(self, numbers: Sequence[str]) -> set[str]:
        """Which of these ticket numbers are taken."""
        with self._database.reading() as connection:
            return {
                number
                for chunk in chunks(numbers)
                for number in connection.scalars(select(TicketRow.number).where(TicketRow.number.in_(chunk)))
            }

    def facts_by_number(self, numbers: Sequence[str]) -> dict[str, TicketFacts]:
        """The tickets with these numbers, by number; a merged one is followed to the ticket it went into."""
        with self._database.reading() as connection:
            found = {
                row.number: [row]
                for chunk in chunks(numbers)
                for row in connection.execute(_FACTS.where(TicketRow.number.in_(chunk)))
            }
            return {number: facts[0] for number, facts in _followed(connection, found).items()}

    def facts_by_id(self, ids: Sequence[int]) -> dict[int, TicketFacts]:
        """The tickets with these ids, by id, as they are: merged ones are not followed."""
        with self._database.reading() as connection:
            return {row.id: _facts(row) for row in _by_ids(connection, ids)}

    def facts_by_message_id(self, message_ids: Sequence[str]) -> dict[str, tuple[TicketFacts, ...]]:
        """The tickets that hold mails with these Message-IDs, by Message-ID.

        Several mails may carry one Message-ID: their tickets come newest article first, each once; merged ones are
        followed.
        """
        by_key = {message_id_key(message_id): message_id for message_id in message_ids if message_id}
        found: dict[str, list[AnyRow]] = {}
        with self._database.reading() as connection:
            for chunk in chunks(list(by_key)):
                key, newest = ArticleRow.message_id_key, func.max(ArticleRow.id)
                each = select(key.label("key"), ArticleRow.ticket_id, newest.label("newest"))
                few = _newest(each.where(key.in_(chunk)).group_by(key, ArticleRow.ticket_id).subquery())
                query = _FACTS.add_columns(few.c.key).join(few, few.c.ticket_id == TicketRow.id)
                for row in connection.execute(query.order_by(few.c.newest.desc())):
                    found.setdefault(by_key[bytes(row.key)], []).append(row)
            return _followed(connection, found)

    def facts_by_field(self, fields: Sequence[tuple[str, str]]) -> dict[tuple[str, str], tuple[TicketFacts, ...]]:
        """The tickets that have these dynamic fields, by (casefolded name, value), newest ticket first."""
        asked = {(name_key(name), value_key(value)): (name_key(name), value) for name, value in fields}
        query = _FACTS.add_columns(TicketFieldRow.name_key, TicketFieldRow.value_key)
        query = query.join(TicketFieldRow, TicketFieldRow.ticket_id == TicketRow.id).order_by(TicketRow.id.desc())
        query = query.limit(_MOST_BY_FIELD)
        found: dict[tuple[str, str], list[AnyRow]] = {}
        with self._database.reading() as connection:
            for chunk in chunks(list(asked)):
                pairs = tuple_(TicketFieldRow.name_key, TicketFieldRow.value_key).in_(chunk)
                for row in connection.execute(query.where(pairs)):
                    found.setdefault(asked[row.name_key, bytes(row.value_key)], []).append(row)
            return _followed(connection, found)

    def people(self, ticket_ids: Sequence[int], *, internal: bool = False) -> dict[int, list[MailPeople]]:
        """Who wrote and received the newest mails of these tickets, by the ticket's id.

        :param internal: only mails of agents that the customer does not see
        """
        newest = func.row_number().over(partition_by=ArticleRow.ticket_id, order_by=ArticleRow.id.desc())
        columns = (
            ArticleRow.ticket_id, ArticleRow.inbox_id, ArticleRow.sender, ArticleRow.recipients, ArticleRow.cc,
            ArticleRow.reply_to, ArticleRow.sender_type, ArticleRow.visible_for_customer, ArticleRow.message_id,
        )  # fmt: skip
        mails = select(*columns, newest.label("rank"))
        if internal:
            mails = mails.where(ArticleRow.sender_type == "agent", ArticleRow.visible_for_customer.is_(False))
        found: dict[int, list[MailPeople]] = {}
        with self._database.reading() as connection:
            for chunk in chunks(ticket_ids):
                ranked = mails.where(ArticleRow.ticket_id.in_(chunk)).subquery()
                for row in connection.execute(select(ranked).where(ranked.c.rank <= _MOST_MAILS)):
                    is_internal = row.sender_type == "agent" and not row.visible_for_customer
                    wrote, received = (row.sender, row.reply_to), (row.recipients, row.cc)
                    one = MailPeople(row.inbox_id, wrote, received, row.message_id, is_internal)
                    found.setdefault(row.ticket_id, []).append(one)
        return found

    def addresses_of(self, logins: Sequence[str]) -> dict[str, frozenset[str]]:
        """Every address, as it is compared, of the customer users of these logins, by casefolded login."""
        keys = sorted({name_key(login) for login in logins if login})
        query = select(CustomerUserRow.login_key, CustomerAddressRow.address_key).join(CustomerAddressRow)
        found: dict[str, set[str]] = {}
        with self._database.reading() as connection:
            for chunk in chunks(keys):
                for login, address in connection.execute(query.where(CustomerUserRow.login_key.in_(chunk))):
                    found.setdefault(login, set()).add(address)
        return {login: frozenset(addresses) for login, addresses in found.items()}


def _newest(each: Subquery) -> Subquery:
    """Of tickets by key, the few newest of each: there are programs that give all their mails one Message-ID."""
    rank = func.row_number().over(partition_by=each.c.key, order_by=each.c.newest.desc()).label("rank")
    ranked = select(each, rank).subquery()
    return select(ranked).where(ranked.c.rank <= _MOST_TICKETS).subquery()


def _followed(connection: Connection, found: Mapping[Key, Sequence[AnyRow]]) -> dict[Key, tuple[TicketFacts, ...]]:
    """Follow merged tickets to the ones they went into, all of them together, a hop at a time; each ticket once."""
    if not found:
        return {}
    rows = {row.id: row for each in found.values() for row in each}
    ends = {ticket_id: ticket_id for ticket_id in rows}
    for _ in range(_HOPS):
        targets = {rows[end].merged_into_id for end in ends.values()} - {None}
        if not targets:
            break
        rows |= {row.id: row for row in _by_ids(connection, targets - rows.keys())}
        ends = {ticket_id: _next(rows, end) for ticket_id, end in ends.items()}
    facts = {end: _facts(rows[end]) for end in set(ends.values())}
    return {
        key: tuple(facts[end] for end in dict.fromkeys(ends[row.id] for row in each)) for key, each in found.items()
    }


def _next(rows: Mapping[int, AnyRow], ticket_id: int) -> int:
    target: int | None = rows[ticket_id].merged_into_id
    return target if target in rows and target is not None else ticket_id


def _facts(row: AnyRow) -> TicketFacts:
    values = {name: getattr(row, name) for name in _PLAIN}
    return TicketFacts(**values, queue=row.queue, state_type=StateType(row.state_type) if row.state_type else None)


def _by_ids(connection: Connection, ids: Iterable[int]) -> list[AnyRow]:
    found: list[AnyRow] = []
    for chunk in chunks(sorted(ids)):
        found += connection.execute(_FACTS.where(TicketRow.id.in_(chunk)))
    return found
