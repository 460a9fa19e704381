"""The ledger: what was seen on servers, what of it is ours, and what became of the server's copy (DESIGN 4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

from sqlalchemy import ColumnElement, Connection, bindparam, case, delete, func, insert, or_, select, update

from mailadmin.domain.decisions import DecisionKind
from mailadmin.domain.messages import (
    InboxState,
    Intake,
    IntakeContext,
    LedgerRow,
    ServerState,
    Trouble,
    source_key,
)

from . import search
from .columns import octets
from .database import AnyRow, AnySelect, Database
from .mail_tables import InboxMessageRow, InboxRawRow, MailboxRow, TroubleRow
from .tables import AccountRow
from .traces import dump_facts

_CHUNK: Final = 500  # values in one IN (...): well below what any driver allows
_UNFINISHED: Final = (ServerState.PENDING.value, ServerState.FAILED.value)
_LEDGER: Final = select(
    InboxMessageRow.id,
    InboxMessageRow.source,
    InboxMessageRow.digest,
    InboxMessageRow.server_size,
    InboxMessageRow.state,
    InboxMessageRow.server_state,
    InboxMessageRow.copied_to,
)

Item = TypeVar("Item")


class Ledger:
    """The rows of messages as the fetch sees them: by mailbox and source."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def known(self, mailbox_id: int, sources: Sequence[str]) -> dict[str, LedgerRow]:
        """What is known of these sources of a mailbox, by source."""
        found = {}
        with self._database.reading() as connection:
            for chunk in chunks([source_key(source) for source in sources]):
                query = _LEDGER.where(InboxMessageRow.mailbox_id == mailbox_id, InboxMessageRow.source_key.in_(chunk))
                found.update({row.source: _ledger_row(row) for row in connection.execute(query)})
        return found

    def unfinished(self, mailbox_id: int, prefix: str, account_id: int | None = None) -> list[LedgerRow]:
        """The rows whose server action is still to be done or failed, and whose source begins with ``prefix``.

        :param account_id: only what this account fetched, or one that is no more
        """
        query = _LEDGER.where(
            InboxMessageRow.mailbox_id == mailbox_id, InboxMessageRow.server_state.in_(_UNFINISHED)
        ).order_by(InboxMessageRow.id)
        if prefix:
            query = _starting_with(query, octets(prefix))
        if account_id is not None:
            query = query.where(or_(InboxMessageRow.account_id == account_id, InboxMessageRow.account_id.is_(None)))
        with self._database.reading() as connection:
            return [_ledger_row(row) for row in connection.execute(query)]

    def lock(self, mailbox_id: int, account_id: int | None) -> None:
        """Let nobody else store mail of this mailbox or account until the transaction ends.

        Whoever looks whether a mail is known, and stores it because it is not, does both under this lock.
        """
        with self._database.writing() as connection:
            _lock(connection, mailbox_id, account_id)

    def same_mail(self, mailbox_id: int, account_id: int | None, digests: Sequence[bytes]) -> dict[bytes, int]:
        """The first message with each of these digests, in this mailbox or fetched by this account: digest to id.

        A message that is here as a duplicate leads to the one it is a duplicate of; a copy has octets of its own.
        """
        first = func.min(octets_of())
        here = InboxMessageRow.mailbox_id == mailbox_id
        if account_id is not None:
            here = or_(here, InboxMessageRow.account_id == account_id)
        found: dict[bytes, int] = {}
        with self._database.reading() as connection:
            for chunk in chunks(digests):
                query = (
                    select(InboxMessageRow.digest, first)
                    .where(InboxMessageRow.digest.in_(chunk), here)
                    .group_by(InboxMessageRow.digest)
                )
                found.update({digest: inbox_id for digest, inbox_id in connection.execute(query) if digest is not None})
        return found

    def intake(self, mailbox_id: int, context: IntakeContext, items: Sequence[Intake]) -> list[int | None]:
        """Commit downloaded messages: the ledger's rows and the octets, all or nothing.

        A message that turns out to be a duplicate gets a row, but its octets are not kept again.

        :returns: the id of each item's row, in their order; None where the source is known already, or where the
            too_big row it was to replace has been replaced
        """
        if not items:
            return []
        with self._database.writing() as connection:
            common = self._common(connection, mailbox_id, context)
            fresh = [{**common, **_intake_values(item), **_source(item.source)} for item in items if not item.replaces]
            made = self._insert(connection, fresh)
            ids = [
                _replace(connection, item, common) if item.replaces else made.pop(source_key(item.source), None)
                for item in items
            ]
            raw = [
                {"inbox_id": inbox_id, "raw": item.raw}
                for item, inbox_id in zip(items, ids, strict=True)
                if inbox_id is not None and item.duplicate_of is None
            ]
            if raw:
                connection.execute(insert(InboxRawRow), raw)
        return ids

    def too_big(self, mailbox_id: int, context: IntakeContext, items: Sequence[tuple[str, int]], limit_kb: int) -> int:
        """Record messages, as (source, size in octets), that are not fetched for their size and stay on the server.

        :returns: how many of them were not known before
        """
        if not items:
            return 0
        with self._database.writing() as connection:
            common = self._common(connection, mailbox_id, context)
            rows = [
                {
                    **common,
                    **_source(source),
                    "size": size,
                    "server_size": size,
                    "state": InboxState.TOO_BIG.value,
                    "server_state": ServerState.KEPT.value,
                    "reason_code": "too-big",
                    "reason_facts": dump_facts({"size": size, "limit_kb": limit_kb}),
                }
                for source, size in items
            ]
            return len(self._insert(connection, rows))

    def set_server_state(self, ids: Sequence[int], state: ServerState, words: str = "") -> None:
        """Write down what became of the server's copies; ``words``: what the server said."""
        values = {"server_state": state.value, "server_words": words}
        with self._database.writing() as connection:
            for chunk in chunks(ids):
                connection.execute(update(InboxMessageRow).where(InboxMessageRow.id.in_(chunk)), values)

    def set_copied(self, copied: Mapping[int, str]) -> None:
        """Write down where an unfinished move has put copies: row id to ``folder/uidvalidity/uid``."""
        if not copied:
            return
        statement = update(InboxMessageRow).where(InboxMessageRow.id == bindparam("row_id"))
        rows = [{"row_id": inbox_id, "copied_to": place} for inbox_id, place in copied.items()]
        with self._database.writing() as connection:
            connection.execute(statement, rows)

    def troubles(self, mailbox_id: int) -> dict[str, Trouble]:
        """The messages of a mailbox that could not be had, by source."""
        query = select(TroubleRow).where(TroubleRow.mailbox_id == mailbox_id)
        with self._database.reading() as connection:
            return {
                row.source: Trouble(row.source, row.attempts, row.detail, row.first_seen, row.batch)
                for row in connection.execute(query)
            }

    def record_trouble(self, mailbox_id: int, source: str, detail: str) -> int:
        """Write down that a message could not be had; how often that happened by now."""
        with self._database.writing() as connection:
            values = {
                "mailbox_id": mailbox_id,
                **_source(source),
                "attempts": 1,
                "detail": detail,
                "first_seen": self._database.now(connection),
            }
            statement = (
                self._database.insert(TroubleRow)
                .values(values)
                .on_conflict_do_update(
                    index_elements=["mailbox_id", "source_key"],
                    set_={"attempts": TroubleRow.attempts + 1, "detail": detail},
                )
            )
            attempts: int = connection.execute(statement.returning(TroubleRow.attempts)).scalar_one()
        return attempts

    def record_suspects(self, mailbox_id: int, batches: Mapping[str, int]) -> None:
        """Write down which messages were asked for when a connection ended, by source.

        :param batches: in batches of how many they are to be asked for next time
        """
        with self._database.writing() as connection:
            seen = self._database.now(connection)
            for source, batch in batches.items():
                values = {"mailbox_id": mailbox_id, **_source(source), "attempts": 0, "detail": "", "batch": batch}
                connection.execute(
                    self._database.insert(TroubleRow)
                    .values(**values, first_seen=seen)
                    .on_conflict_do_update(index_elements=["mailbox_id", "source_key"], set_={"batch": batch})
                )

    def clear_troubles(self, mailbox_id: int, sources: Sequence[str]) -> None:
        """Forget troubles: the messages were had after all, or are gone."""
        with self._database.writing() as connection:
            for chunk in chunks([source_key(source) for source in sources]):
                here = (TroubleRow.mailbox_id == mailbox_id, TroubleRow.source_key.in_(chunk))
                connection.execute(delete(TroubleRow).where(*here))

    def _common(self, connection: Connection, mailbox_id: int, context: IntakeContext) -> dict[str, object]:
        """The columns that all rows of one intake share.

        The account may have been deleted while it was fetched: its mail is kept without it.
        """
        return {
            "mailbox_id": mailbox_id,
            "account_id": _lock(connection, mailbox_id, context.account_id),
            "account_name": context.account_name,
            "trusted": context.trusted,
            "queue": context.queue,
            "ticket_type": context.ticket_type,
            "images_as_attachments": context.images_as_attachments,
            "trusted_authserv_id": context.trusted_authserv_id,
            "fetched_at": self._database.now(connection),
        }

    def _insert(self, connection: Connection, rows: list[dict[str, object]]) -> dict[bytes, int]:
        """Insert rows whose source is not known yet; source key to id of those that were inserted."""
        if not rows:
            return {}
        statement = (
            self._database.insert(InboxMessageRow)
            .on_conflict_do_nothing(index_elements=["mailbox_id", "source_key"])
            .returning(InboxMessageRow.source_key, InboxMessageRow.id)
        )
        made: dict[bytes, int] = dict(connection.execute(statement, rows).all())
        search.took_in(connection, made, rows)
        return made


def _lock(connection: Connection, mailbox_id: int, account_id: int | None) -> int | None:
    """Lock the mailbox's row, then the account's; the account's id, or None when it is not there any more.

    SQLite needs none of this: its writing transactions exclude each other anyway.
    """
    for row, wanted in ((MailboxRow, mailbox_id), (AccountRow, account_id)):
        found = connection.execute(select(row.id).where(row.id == wanted).with_for_update(key_share=True))
        there: int | None = found.scalar_one_or_none()
    return there


def octets_of() -> ColumnElement[int]:
    """The id of the message whose octets are a message's: its own, but for a duplicate of the same octets."""
    copied = InboxMessageRow.decision_kind == DecisionKind.COPY.value
    return case((copied, InboxMessageRow.id), else_=func.coalesce(InboxMessageRow.duplicate_of, InboxMessageRow.id))


def chunks(values: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """The values in pieces small enough for one IN (...)."""
    return (values[start : start + _CHUNK] for start in range(0, len(values), _CHUNK))


def _source(source: str) -> dict[str, object]:
    return {"source": source, "source_key": source_key(source)}


def _intake_values(item: Intake) -> dict[str, object]:
    state = InboxState.STORED if item.duplicate_of is None else InboxState.DUPLICATE
    return {
        "digest": item.digest,
        "size": len(item.raw),
        "server_size": item.server_size,
        "received_at": item.received_at,
        "state": state.value,
        "server_state": item.server_state.value,
        "duplicate_of": item.duplicate_of,
    }


def _replace(connection: Connection, item: Intake, common: Mapping[str, Any]) -> int | None:
    """Turn a too_big row into a stored one; its id, or None if it is too_big no more."""
    values = {**common, **_intake_values(item), "reason_code": "", "reason_facts": "{}"}
    statement = (
        update(InboxMessageRow)
        .where(InboxMessageRow.id == item.replaces, InboxMessageRow.state == InboxState.TOO_BIG.value)
        .values(values)
        .returning(InboxMessageRow.id)
    )
    replaced: int | None = connection.execute(statement).scalar_one_or_none()
    if replaced is not None:
        search.fetched_after_all(connection, replaced, values["account_id"], values["account_name"])
    return replaced


def _starting_with(query: AnySelect, prefix: bytes) -> AnySelect:
    """Limit a query to sources that begin with these octets: a range, compared by octets as the column is."""
    source = InboxMessageRow.source
    query = query.where(source >= prefix.decode("utf-8", "surrogateescape"))
    head = prefix.rstrip(b"\xff")
    if not head:
        return query
    end = head[:-1] + bytes([head[-1] + 1])
    return query.where(source < end.decode("utf-8", "surrogateescape"))


def _ledger_row(row: AnyRow) -> LedgerRow:
    return LedgerRow(
        id=row.id,
        source=row.source,
        digest=row.digest,
        server_size=row.server_size,
        state=InboxState(row.state),
        server_state=ServerState(row.server_state),
        copied_to=row.copied_to,
    )
