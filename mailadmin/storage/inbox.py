"""The inbox: stored messages on their way into tickets, and what people do with those that need a hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from typing import Final

from sqlalchemy import ColumnElement, bindparam, or_, select, update

from mailadmin.domain.accounts import Validity
from mailadmin.domain.decisions import ArticleDraft
from mailadmin.domain.errors import BugError, Code, UserFixableError
from mailadmin.domain.messages import (
    ASSIGNED_BY_HAND,
    POSSIBLE_IN,
    UNKNOWN_SENDER,
    ByHand,
    DecidedMessage,
    InboxState,
    IntakeContext,
    Leftover,
    StoredMessage,
)

from . import search
from .columns import clean
from .database import AnyRow
from .inbox_lists import InboxLists
from .ledger import chunks, octets_of
from .mail_tables import InboxMessageRow, InboxRawRow
from .message_keys import message_id_key
from .tables import AccountRow
from .traces import dump_facts, dump_trace

_UNDECIDED: Final = {
    "decision_kind": "", "because": "[]", "reason_code": "", "reason_facts": "{}", "duplicate_of": None,
    "ticket_id": None, "article_id": None,
}  # fmt: skip
_REOPENED: Final[Mapping[str, object]] = {
    "state": InboxState.STORED, "attempts": 0, "started_at": None, "processed_at": None, **_UNDECIDED,
}  # fmt: skip


class InboxStore(InboxLists):
    """The rows of messages as processing and people see them: by id."""

    def begin(self, ids: Sequence[int], at_hand: Mapping[int, bytes] | None = None) -> list[StoredMessage]:
        """Take messages up for processing: note that, committed at once, then hand them out.

        The note outlives a crash, so that a message that kills the process is recognised: a message taken up alone
        has its attempt counted, those of a batch are only marked as begun (any one of them may be the culprit). Only
        messages that are still stored are handed out, in the order of their ids.

        :param at_hand: octets that the caller has in memory, by id; they are not read again
        """
        if self._database.in_transaction:
            raise BugError("an attempt must be committed before it is made")
        with self._database.writing() as connection:
            statement = (
                update(InboxMessageRow)
                .where(InboxMessageRow.state == InboxState.STORED.value)
                .values(
                    attempts=InboxMessageRow.attempts + int(len(ids) == 1), started_at=self._database.now(connection)
                )
                .returning(InboxMessageRow.id)
            )
            taken = [
                inbox_id
                for chunk in chunks(ids)
                for inbox_id in connection.scalars(statement.where(InboxMessageRow.id.in_(chunk)))
            ]
        raws = dict(at_hand or {})
        rows = select(InboxMessageRow).order_by(InboxMessageRow.id)
        octets = select(InboxRawRow.inbox_id, InboxRawRow.raw)
        with self._database.reading() as connection:
            for chunk in chunks([inbox_id for inbox_id in taken if inbox_id not in raws]):
                raws.update(connection.execute(octets.where(InboxRawRow.inbox_id.in_(chunk))).all())
            return [
                _stored(row, raws[row.id])
                for chunk in chunks(sorted(taken))
                for row in connection.execute(rows.where(InboxMessageRow.id.in_(chunk)))
            ]

    def take_back(self, ids: Sequence[int]) -> None:
        """Undo :meth:`begin` where processing was given up for a reason that is not the messages'."""
        attempts = InboxMessageRow.attempts - int(len(ids) == 1)
        statement = update(InboxMessageRow).where(InboxMessageRow.state == InboxState.STORED.value)
        with self._database.writing() as connection:
            for chunk in chunks(ids):
                here = InboxMessageRow.id.in_(chunk)
                connection.execute(statement.where(here).values(attempts=attempts, started_at=None))

    def claim(self, ids: Sequence[int]) -> dict[int, str]:
        """Make stored messages ours: those that come back are nobody else's, with the queue each is meant for now."""
        statement = (
            update(InboxMessageRow)
            .where(InboxMessageRow.state == InboxState.STORED.value)
            .values(state=InboxState.PROCESSED.value)
            .returning(InboxMessageRow.id, InboxMessageRow.queue)
        )
        with self._database.writing() as connection:
            return {
                inbox_id: queue
                for chunk in chunks(ids)
                for inbox_id, queue in connection.execute(statement.where(InboxMessageRow.id.in_(chunk)))
            }

    def decided(self, results: Sequence[DecidedMessage]) -> None:
        """Write down what became of claimed messages, and what lists show of them."""
        if not results:
            return
        with self._database.writing() as connection:
            now = self._database.now(connection)
            groups: dict[bool, list[dict[str, object]]] = {}
            for one in results:
                special = one.copy_of is not None or one.state is InboxState.HELD
                row = {
                    "row_id": one.inbox_id,
                    "state": one.state.value,
                    "decision_kind": one.decision.kind.value,
                    "because": dump_trace(one.decision.because),
                    "ticket_id": one.ticket_id,
                    "article_id": one.article_id,
                    "copy_key": one.copy_key,
                    **_said(one.decision.article),
                    "processed_at": now,
                }
                if special:  # what others have not was taken off them when they were put back
                    row |= {"duplicate_of": one.copy_of, **_held(one)}
                groups.setdefault(special, []).append(row)
            for rows in groups.values():
                connection.execute(update(InboxMessageRow).where(InboxMessageRow.id == bindparam("row_id")), rows)
            read = [(one.inbox_id, one.decision.article, one.ticket_id) for one in results]
            for chunk in chunks(read):
                search.decided(connection, chunk)

    def quarantine(self, inbox_id: int, code: str, facts: Mapping[str, str], read: ArticleDraft | None = None) -> None:
        """Set a message aside that cannot be processed; its octets stay.

        :param read: what could be read of it, for lists
        :raises UserFixableError: WRONG_STATE unless it is stored, or claimed and not yet in a ticket
        """
        values: dict[str, object] = {
            "state": InboxState.QUARANTINED,
            "reason_code": code,
            "reason_facts": dump_facts(facts),
        }
        if read is not None:  # what is set aside may be so for its text: no driver must stumble over that again
            read = replace(
                read, message_id=clean(read.message_id), sender=clean(read.sender), subject=clean(read.subject)
            )
            values |= _said(read)
        with self._database.writing() as connection:
            self._move(inbox_id, {InboxState.STORED}, values, claimed=True)
            if read is not None:
                search.decided(connection, [(inbox_id, read, None)])

    def reopen(self, inbox_id: int) -> None:
        """Put a message that was set aside (quarantined, held, ignored, discarded) back among those to be processed.

        So is a copy of a mail; a duplicate of the same octets has nothing that could be processed.

        :raises UserFixableError: WRONG_STATE
        """
        self._move(inbox_id, POSSIBLE_IN[ByHand.RETRY], _REOPENED)

    def reopen_held(self, ids: Sequence[int]) -> list[int]:
        """Put held messages back among those to be processed; those that were held still, in order."""
        held = InboxMessageRow.state == InboxState.HELD.value
        values = {name: value.value if isinstance(value, InboxState) else value for name, value in _REOPENED.items()}
        with self._database.writing() as connection:
            return sorted(
                inbox_id
                for chunk in chunks(ids)
                for inbox_id in connection.scalars(
                    update(InboxMessageRow)
                    .where(held, InboxMessageRow.id.in_(chunk))
                    .values(values)
                    .returning(InboxMessageRow.id)
                )
            )

    def held(self) -> dict[int, str]:
        """The messages that are held, oldest first: id to the address of the sender they wait for, empty for none."""
        query = select(InboxMessageRow.id, InboxMessageRow.held_for).order_by(InboxMessageRow.id)
        with self._database.reading() as connection:
            rows = connection.execute(query.where(InboxMessageRow.state == InboxState.HELD.value))
            return {row.id: row.held_for or "" for row in rows}

    def load(self, ids: Sequence[int]) -> list[StoredMessage]:
        """Messages with their octets, whatever state they are in, in the order of their ids; those that have any."""
        query = select(InboxMessageRow, InboxRawRow.raw).join(InboxRawRow, InboxRawRow.inbox_id == octets_of())
        with self._database.reading() as connection:
            return [
                _stored(row, row.raw)
                for chunk in chunks(sorted(ids))
                for row in connection.execute(query.where(InboxMessageRow.id.in_(chunk)).order_by(InboxMessageRow.id))
            ]

    def set_context_queue(self, inbox_id: int, queue: str) -> None:
        """Dispatch a message to this queue, whatever its account says."""
        self._move(inbox_id, POSSIBLE_IN[ByHand.RELEASE], {"queue": queue})

    def discard(self, inbox_id: int, why: str) -> None:
        """Give a message up that was set aside; its octets stay.

        :raises UserFixableError: WRONG_STATE
        """
        facts = dump_facts({"why": why})
        values = {"state": InboxState.DISCARDED, "reason_code": "discarded", "reason_facts": facts, "held_for": None}
        self._move(inbox_id, POSSIBLE_IN[ByHand.DISCARD], values)

    def archive(self, inbox_id: int) -> None:
        """Keep a message that was set aside as ignored, because somebody said so.

        :raises UserFixableError: WRONG_STATE
        """
        values = {
            "state": InboxState.IGNORED, "reason_code": "archived-by-hand", "reason_facts": "{}", "held_for": None,
        }  # fmt: skip
        self._move(inbox_id, POSSIBLE_IN[ByHand.ARCHIVE], values)

    def assigned(
        self, inbox_id: int, ticket_id: int, article_id: int, read: ArticleDraft, copy_key: bytes | None = None
    ) -> None:
        """Write down that somebody put a message into a ticket by hand.

        :param read: what could be read of it, for lists
        :param copy_key: what it shares with further copies of the mail
        :raises UserFixableError: WRONG_STATE when it is in a ticket already
        """
        values = {
            "state": InboxState.PROCESSED,
            "ticket_id": ticket_id,
            "article_id": article_id,
            "reason_code": ASSIGNED_BY_HAND,
            "reason_facts": "{}",
            "held_for": None,
            "copy_key": copy_key,
            **_said(read),
        }
        with self._database.writing() as connection:
            self._move(inbox_id, POSSIBLE_IN[ByHand.ASSIGN] | {InboxState.STORED}, values, claimed=True)
            search.decided(connection, [(inbox_id, read, ticket_id)])

    def leftovers(self, account_id: int | None) -> list[Leftover]:
        """Stored messages of an account that wait to be processed, oldest first.

        :param account_id: None: those whose account is gone or not valid, or that never had one
        """
        whose = InboxMessageRow.account_id == account_id
        if account_id is None:
            valid = select(AccountRow.id).where(AccountRow.validity == Validity.VALID.value)
            whose = or_(InboxMessageRow.account_id.is_(None), InboxMessageRow.account_id.not_in(valid))
        query = (
            select(InboxMessageRow.id, InboxMessageRow.attempts, InboxMessageRow.started_at)
            .where(InboxMessageRow.state == InboxState.STORED.value, whose)
            .order_by(InboxMessageRow.id)
        )
        with self._database.reading() as connection:
            return [Leftover(row.id, row.attempts, row.started_at is not None) for row in connection.execute(query)]

    def _move(
        self,
        inbox_id: int,
        allowed: Set[InboxState],
        values: Mapping[str, object],
        *,
        claimed: bool = False,
    ) -> None:
        """Change a row that is in one of the allowed states; ``claimed``: or claimed and not in a ticket yet."""
        fits: ColumnElement[bool] = InboxMessageRow.state.in_([state.value for state in allowed])
        if claimed:
            unassigned = InboxMessageRow.ticket_id.is_(None) & InboxMessageRow.processed_at.is_(None)
            fits = or_(fits, (InboxMessageRow.state == InboxState.PROCESSED.value) & unassigned)
        with self._database.writing() as connection:
            plain = {key: value.value if isinstance(value, InboxState) else value for key, value in values.items()}
            if "state" in plain and plain["state"] != InboxState.STORED.value:
                plain["processed_at"] = self._database.now(connection)
            fits = fits & (octets_of() == InboxMessageRow.id)
            statement = update(InboxMessageRow).where(InboxMessageRow.id == inbox_id, fits).values(plain)
            if connection.execute(statement).rowcount == 1:
                return
            query = select(InboxMessageRow.state).where(InboxMessageRow.id == inbox_id)
            state = connection.execute(query).scalar_one_or_none()
        if state is None:
            raise UserFixableError(Code.UNKNOWN_MESSAGE, {"id": inbox_id})
        raise UserFixableError(Code.WRONG_STATE, {"what": inbox_id, "state": state})


def _held(one: DecidedMessage) -> dict[str, object]:
    if one.state is not InboxState.HELD:
        return {"held_for": None, "reason_code": "", "reason_facts": "{}"}
    sender = one.decision.held_for
    facts = dump_facts({"sender": sender} if sender else {})
    return {"held_for": sender or None, "reason_code": UNKNOWN_SENDER, "reason_facts": facts}


def _said(read: ArticleDraft) -> dict[str, object]:
    """The columns of a message that lists show its words by, and that it is found by."""
    return {
        "message_id": read.message_id,
        "message_id_key": message_id_key(read.message_id) if read.message_id else None,
        "sender": read.sender,
        "subject": read.subject,
    }


def _stored(row: AnyRow, raw: bytes) -> StoredMessage:
    context = IntakeContext(
        account_id=row.account_id,
        account_name=row.account_name,
        trusted=row.trusted,
        queue=row.queue,
        ticket_type=row.ticket_type,
        images_as_attachments=row.images_as_attachments,
        trusted_authserv_id=row.trusted_authserv_id,
    )
    return StoredMessage(
        id=row.id,
        raw=raw,
        context=context,
        attempts=row.attempts,
        received_at=row.received_at,
        fetched_at=row.fetched_at,
        digest=row.digest,
        held_for=row.held_for or "",
    )
