"""Mailboxes that accounts opened before they were changed, and the mail that was left there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from sqlalchemy import Connection, LargeBinary, bindparam, func, or_, select, update

from mailadmin.domain.messages import HANDED_IN, LONGEST_HEADER, LeftMail, ServerState

from .database import Database
from .ledger import chunks
from .mail_tables import FormerMailboxRow, InboxMessageRow, InboxRawRow

_LEFT: Final = (ServerState.KEPT.value, ServerState.PENDING.value, ServerState.FAILED.value)
_First: Final = func.coalesce(InboxMessageRow.duplicate_of, InboxMessageRow.id)


class FormerMailStore:
    """What is known of mail that an account may meet again: it lies on the server, as far as anybody knows.

    That is mail the account fetched itself, or an account that is no more: what another fetches is that one's.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def mailboxes(self, account_id: int, mailbox_id: int) -> dict[int, int]:
        """The mailboxes, other than this one, that an account opened: each with the last message looked at there."""
        here = (FormerMailboxRow.account_id == account_id, FormerMailboxRow.mailbox_id != mailbox_id)
        query = select(FormerMailboxRow.mailbox_id, FormerMailboxRow.looked_at).where(*here)
        with self._database.reading() as connection:
            return dict(connection.execute(query.order_by(FormerMailboxRow.mailbox_id)).all())

    def unlooked(self, account_id: int, mailbox_id: int, after: int) -> list[int]:
        """The ids of messages left in a former mailbox whose origin nobody has looked at, in their order.

        :param after: the id of the last message that was looked at
        """
        query = select(InboxMessageRow.id).where(
            InboxMessageRow.mailbox_id == mailbox_id,
            InboxMessageRow.id > after,
            InboxMessageRow.server_state.in_(_LEFT),
            InboxMessageRow.origin.is_(None),
            InboxMessageRow.digest.is_not(None),  # of what was too big there is nothing here
            or_(InboxMessageRow.account_id == account_id, InboxMessageRow.account_id.is_(None)),
            # Handed in, it never lay on a server.
            or_(InboxMessageRow.source < HANDED_IN, InboxMessageRow.source >= _after(HANDED_IN)),
        )
        with self._database.reading() as connection:
            return sorted(connection.scalars(query))

    def headers(self, ids: Sequence[int]) -> list[tuple[int, int, bytes]]:
        """Of some messages, in the order of their ids: id, id of the first, and the octets with the header."""
        query = (
            select(InboxMessageRow.id, _First, func.substr(InboxRawRow.raw, 1, LONGEST_HEADER, type_=LargeBinary))
            .join(InboxRawRow, InboxRawRow.inbox_id == _First)
            .where(InboxMessageRow.id.in_(ids))
            .order_by(InboxMessageRow.id)
        )
        with self._database.reading() as connection:
            return [(inbox_id, first, head) for inbox_id, first, head in connection.execute(query)]

    def set_origins(self, account_id: int, mailbox_id: int, origins: Mapping[int, bytes | None]) -> None:
        """Write down where messages left in a former mailbox come from, by id, and that they have been looked at."""
        rows = [{"row_id": inbox_id, "origin": origin} for inbox_id, origin in origins.items() if origin is not None]
        here = (FormerMailboxRow.account_id == account_id, FormerMailboxRow.mailbox_id == mailbox_id)
        with self._database.writing() as connection:
            if rows:
                connection.execute(update(InboxMessageRow).where(InboxMessageRow.id == bindparam("row_id")), rows)
            connection.execute(update(FormerMailboxRow).where(*here), {"looked_at": max(origins)})

    def left(self, account_id: int, mailbox_ids: Collection[int], origins: Sequence[bytes]) -> list[LeftMail]:
        """What was left in these mailboxes and comes from there.

        Asked for by origin alone, as in :meth:`met`: a planner that knows nothing of a database's contents would begin
        with all the mail of the mailbox.
        """
        query = select(
            InboxMessageRow.origin,
            _First.label("first"),
            InboxMessageRow.mailbox_id,
            InboxMessageRow.account_id,
            InboxMessageRow.server_state,
        ).order_by(InboxMessageRow.id)
        with self._database.reading() as connection:
            return [
                LeftMail(row.origin, row.first, row.mailbox_id)
                for chunk in chunks(origins)
                for row in connection.execute(query.where(InboxMessageRow.origin.in_(chunk)))
                if row.mailbox_id in mailbox_ids and row.account_id in {account_id, None} and row.server_state in _LEFT
            ]

    def met(self, mailbox_id: int, firsts: Sequence[int]) -> Counter[int]:
        """How often each of these messages, duplicates included, was met in this mailbox, whatever became of it."""
        query = select(_First, InboxMessageRow.mailbox_id)
        found: Counter[int] = Counter()
        with self._database.reading() as connection:
            for chunk in chunks(firsts):
                met = or_(InboxMessageRow.id.in_(chunk), InboxMessageRow.duplicate_of.in_(chunk))
                found.update(first for first, there in connection.execute(query.where(met)) if there == mailbox_id)
        return found


def note_left(database: Database, connection: Connection, account_id: int, mailbox_id: int) -> None:
    """Write down that an account opens this mailbox no more; what came meanwhile is still to be looked at."""
    values = {"account_id": account_id, "mailbox_id": mailbox_id, "looked_at": 0}
    statement = database.insert(FormerMailboxRow).values(values)
    keys = ["account_id", "mailbox_id"]
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_={"looked_at": 0}))


def _after(prefix: str) -> str:
    """Where what begins with a prefix ends, in order."""
    return prefix[:-1] + chr(ord(prefix[-1]) + 1)
