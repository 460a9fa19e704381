"""The inbox as people see it: pages of messages, newest first, searched and counted, and single messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import ColumnElement, Connection, LargeBinary, func, or_, select
from sqlalchemy.orm import aliased

from mailadmin.domain.decisions import DecisionKind
from mailadmin.domain.messages import InboxMessage, InboxQuery, InboxState, ServerState
from mailadmin.domain.names import name_key, search_key

from .database import AnyRow, AnySelect
from .ledger import Ledger, chunks, octets_of
from .mail_tables import InboxMessageRow, InboxRawRow, InboxSearchRow, TicketRow
from .message_keys import message_id_key
from .search import contains
from .tables import AccountRow
from .traces import load_facts, load_trace

_Raw = aliased(InboxRawRow)
_First = aliased(InboxMessageRow)
_KINDS: Final = frozenset(kind.value for kind in DecisionKind)


class InboxLists(Ledger):
    """Reads the rows of messages for lists."""

    def page(self, query: InboxQuery, *, before: int | None = None, limit: int | None = None) -> list[InboxMessage]:
        """Messages, newest first.

        :param before: only messages whose id is below this one: that of the last of the page before
        """
        with self._database.reading() as connection:
            # The ids first: where an index holds all that is asked for, none of the wide rows is read in vain.
            ids, key = self._matching(connection, query)
            if before is not None:
                ids = ids.where(key < before)
            ids = ids.order_by(key.desc()).limit(limit)
            rows = _messages().where(InboxMessageRow.id.in_(ids)).order_by(InboxMessageRow.id.desc())
            return [_message(row) for row in connection.execute(rows)]

    def count(self, query: InboxQuery) -> int:
        """How many messages a query finds."""
        with self._database.reading() as connection:
            ids, _ = self._matching(connection, query)
            number: int = connection.execute(select(func.count()).select_from(ids.subquery())).scalar_one()
        return number

    def counts(self) -> dict[InboxState, int]:
        """How many messages are in each state, those with none included."""
        query = select(InboxMessageRow.state, func.count()).group_by(InboxMessageRow.state)
        with self._database.reading() as connection:
            found = dict(connection.execute(query).all())
        return {state: found.get(state.value, 0) for state in InboxState}

    def list(
        self, *, state: InboxState | None = None, account: str = "", text: str = "", limit: int | None = None
    ) -> list[InboxMessage]:
        """Messages, newest first; as :meth:`page`."""
        states = None if state is None else frozenset({state})
        return self.page(InboxQuery(states=states, account=account, text=text), limit=limit)

    def get(self, inbox_id: int) -> InboxMessage | None:
        """One message, or None."""
        with self._database.reading() as connection:
            row = connection.execute(_messages().where(InboxMessageRow.id == inbox_id)).one_or_none()
        return None if row is None else _message(row)

    def of_message_id(self, message_id: str) -> Sequence[InboxMessage]:
        """Every message with this Message-ID (in brackets), and their duplicates, in the order they were fetched."""
        named = select(InboxMessageRow.id).where(InboxMessageRow.message_id_key == message_id_key(message_id))
        with self._database.reading() as connection:
            firsts = list(connection.scalars(named))
            found: dict[int, AnyRow] = {}
            for chunk in chunks(firsts):
                for here in (InboxMessageRow.id.in_(chunk), InboxMessageRow.duplicate_of.in_(chunk)):
                    found |= {row.id: row for row in connection.execute(_messages().where(here))}
        return [_message(row) for _, row in sorted(found.items())]

    def raw(self, inbox_id: int) -> bytes | None:
        """A message's octets, exactly as the server sent them; a duplicate's are those of the first."""
        query = (
            select(_Raw.raw).join(InboxMessageRow, octets_of() == _Raw.inbox_id).where(InboxMessageRow.id == inbox_id)
        )
        with self._database.reading() as connection:
            return connection.execute(query).scalar_one_or_none()

    def heads(self, ids: Sequence[int], octets: int) -> dict[int, bytes]:
        """The first octets, by id, of those messages (or of the firsts of these duplicates) that wait to be processed.

        One that is said to have ended the process that took it up alone is left out: it is not to be looked into.
        """
        kept = octets_of()
        head = func.substr(_Raw.raw, 1, octets, type_=LargeBinary)
        query = (
            select(InboxMessageRow.id, head)
            .join(_First, _First.id == kept)
            .join(_Raw, _Raw.inbox_id == kept)
            .where(_First.state == InboxState.STORED.value, _First.attempts == 0)
        )
        with self._database.reading() as connection:
            return {
                inbox_id: octets_there
                for chunk in chunks(ids)
                for inbox_id, octets_there in connection.execute(query.where(InboxMessageRow.id.in_(chunk)))
            }

    def _matching(self, connection: Connection, query: InboxQuery) -> tuple[AnySelect, ColumnElement[int]]:
        """The ids a query finds, and the column they are ordered by."""
        narrow = _conditions(query)
        if query.account:
            narrow.append(_of_account(connection, query.account))
        if not query.text:
            return select(InboxMessageRow.id).where(*narrow), InboxMessageRow.__table__.c.id
        searched: AnySelect = select(InboxSearchRow.inbox_id).where(self._found(connection, query.text))
        key: ColumnElement[int] = InboxSearchRow.__table__.c.inbox_id
        if not narrow:
            return searched, key
        # "+ 0" says which table leads, because SQLite has no statistics to know it by: the states that few messages
        # are in are looked up first; otherwise the search rows are read in order until the page is full.
        if query.states is not None and InboxState.PROCESSED not in query.states:
            return searched.join(InboxMessageRow, InboxSearchRow.inbox_id == InboxMessageRow.id + 0).where(*narrow), key
        return searched.join(InboxMessageRow, InboxMessageRow.id == InboxSearchRow.inbox_id + 0).where(*narrow), key

    def _found(self, connection: Connection, text: str) -> ColumnElement[bool]:
        embedded = self._database.embedded
        found = [contains(embedded, column, text) for column in (InboxSearchRow.words, InboxSearchRow.names)]
        names = connection.execute(select(AccountRow.id, AccountRow.name)).all()
        if called := [row.id for row in names if search_key(text) in search_key(row.name)]:
            found.append(InboxSearchRow.account_id.in_(called))  # renamed since it fetched
        return or_(*found)


def _conditions(query: InboxQuery) -> list[ColumnElement[bool]]:
    narrow: list[ColumnElement[bool]] = []
    if query.states is not None:
        narrow.append(_in_states(query.states))
    if query.outcomes:
        kinds = InboxMessageRow.decision_kind.in_(sorted(query.outcomes & _KINDS))
        narrow.append(or_(kinds, InboxMessageRow.state.in_(sorted(query.outcomes - _KINDS))))
    if query.server_states:
        narrow.append(InboxMessageRow.server_state.in_(sorted(state.value for state in query.server_states)))
    if query.fetched_from is not None or query.fetched_until is not None:
        # Ids follow the time of fetching but for messages that were too big at first: a range of ids spares the rest.
        any_message = aliased(InboxMessageRow)
        lowest, highest = func.min(any_message.id), func.max(any_message.id)
        meant = _fetched(any_message, query)
        narrow.append(InboxMessageRow.id >= select(lowest).where(*meant).scalar_subquery())
        narrow.append(InboxMessageRow.id <= select(highest).where(*meant).scalar_subquery())
        narrow += _fetched(InboxMessageRow, query)
    return narrow


def _fetched(row: type[InboxMessageRow], query: InboxQuery) -> list[ColumnElement[bool]]:
    meant = []
    if query.fetched_from is not None:
        meant.append(row.fetched_at >= query.fetched_from)
    if query.fetched_until is not None:
        meant.append(row.fetched_at < query.fetched_until)
    return meant


def _in_states(states: frozenset[InboxState]) -> ColumnElement[bool]:
    """In these states; said by the others where most messages are meant, so that no index is asked for all of them."""
    if InboxState.PROCESSED in states:
        return InboxMessageRow.state.not_in(sorted(frozenset(InboxState) - states))
    return InboxMessageRow.state.in_(sorted(states))


def _of_account(connection: Connection, name: str) -> ColumnElement[bool]:
    """By the account of that name, in any case, or by one that is gone and went by it."""
    key = name_key(name)
    account_id = connection.execute(select(AccountRow.id).where(AccountRow.name_key == key)).scalar()
    orphan = InboxMessageRow.account_id.is_(None)
    names = connection.scalars(select(InboxMessageRow.account_name).where(orphan).distinct())
    # Compared here: SQLite knows the cases of ASCII alone.
    gone = orphan & InboxMessageRow.account_name.in_([other for other in names if name_key(other) == key])
    return gone if account_id is None else or_(InboxMessageRow.account_id == account_id, gone)


def _messages() -> AnySelect:
    """Messages as lists show them; a duplicate shows what the first says, its octets are the same."""
    said = ("message_id", "sender", "subject")
    plain = [column for column in InboxMessageRow.__table__.columns if column.key not in said]
    words = [
        func.coalesce(func.nullif(getattr(InboxMessageRow, name), ""), getattr(_First, name), "").label(name)
        for name in said
    ]
    return (
        select(
            *plain,
            *words,
            func.coalesce(AccountRow.name, InboxMessageRow.account_name).label("account"),
            func.coalesce(TicketRow.number, "").label("ticket"),
        )
        .join(AccountRow, AccountRow.id == InboxMessageRow.account_id, isouter=True)
        .join(TicketRow, TicketRow.id == InboxMessageRow.ticket_id, isouter=True)
        .join(_First, _First.id == InboxMessageRow.duplicate_of, isouter=True)
    )


def _message(row: AnyRow) -> InboxMessage:
    return InboxMessage(
        id=row.id,
        account=row.account,
        account_id=row.account_id,
        source=row.source,
        message_id=row.message_id,
        sender=row.sender,
        subject=row.subject,
        size=row.size,
        sha256=row.digest.hex() if row.digest else "",
        state=InboxState(row.state),
        server_state=ServerState(row.server_state),
        server_words=row.server_words,
        reason_code=row.reason_code,
        reason_facts=load_facts(row.reason_facts),
        because=load_trace(row.because),
        decision_kind=row.decision_kind,
        ticket=row.ticket,
        article_id=row.article_id,
        duplicate_of=row.duplicate_of,
        trusted=row.trusted,
        queue=row.queue,
        attempts=row.attempts,
        fetched_at=row.fetched_at,
        processed_at=row.processed_at,
        trusted_authserv_id=row.trusted_authserv_id,
    )
