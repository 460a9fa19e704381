"""The inbox: stored messages on their way into tickets, and what people do with those that need a hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from typing import Final

from sqlalchemy import ColumnElement, bindparam, or_, select, update

from mailadmin.domain.accounts import Validity
from mailadmin.domain.decisions import ArticleDraft, Decision
from mailadmin.domain.errors import BugError, Code, UserFixableError
from mailadmin.domain.messages import POSSIBLE_IN, ByHand, InboxState, IntakeContext, Leftover, StoredMessage

from . import search
from .columns import clean
from .database import AnyRow
from .inbox_lists import InboxLists
from .ledger import chunks
from .mail_tables import InboxMessageRow, InboxRawRow
from .tables import AccountRow
from .traces import dump_facts, dump_trace

_UNDECIDED: Final = {"decision_kind": "", "because": "[]", "reason_code": "", "reason_facts": "{}"}

DecidedRow = tuple[int, InboxState, Decision, int | None, int | None]
"""What became of a message: its id, state and decision, and the ids of its ticket and article."""


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

    def decided(self, results: Sequence[DecidedRow]) -> None:
        """Write down what became of claimed messages, and what lists show of them."""
        if not results:
            return
        with self._database.writing() as connection:
            now = self._database.now(connection)
            rows = [
                {
                    "row_id": inbox_id,
                    "state": state.value,
                    "decision_kind": decision.kind.value,
                    "because": dump_trace(decision.because),
                    "ticket_id": ticket_id,
                    "article_id": article_id,
                    **_said(decision.article),
                    "processed_at": now,
                    "reason_code": "",
                    "reason_facts": "{}",
                }
                for inbox_id, state, decision, ticket_id, article_id in results
            ]
            connection.execute(update(InboxMessageRow).where(InboxMessageRow.id == bindparam("row_id")), rows)
            read = [(inbox_id, decision.article, ticket_id) for inbox_id, _, decision, ticket_id, _ in results]
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

        :raises UserFixableError: WRONG_STATE
        """
        values = {"state": InboxState.STORED, "attempts": 0, "started_at": None, "processed_at": None, **_UNDECIDED}
        self._move(inbox_id, POSSIBLE_IN[ByHand.RETRY], values)

    def set_context_queue(self, inbox_id: int, queue: str) -> None:
        """Dispatch a message to this queue, whatever its account says."""
        self._move(inbox_id, POSSIBLE_IN[ByHand.RELEASE], {"queue": queue})

    def discard(self, inbox_id: int, why: str) -> None:
        """Give a message up that was set aside; its octets stay.

        :raises UserFixableError: WRONG_STATE
        """
        values = {"state": InboxState.DISCARDED, "reason_code": "discarded", "reason_facts": dump_facts({"why": why})}
        self._move(inbox_id, POSSIBLE_IN[ByHand.DISCARD], values)

    def archive(self, inbox_id: int) -> None:
        """Keep a message that was set aside as ignored, because somebody said so.

        :raises UserFixableError: WRONG_STATE
        """
        values = {"state": InboxState.IGNORED, "reason_code": "archived-by-hand", "reason_facts": "{}"}
        self._move(inbox_id, POSSIBLE_IN[ByHand.ARCHIVE], values)

    def assigned(self, inbox_id: int, ticket_id: int, article_id: int, read: ArticleDraft) -> None:
        """Write down that somebody put a message into a ticket by hand.

        :param read: what could be read of it, for lists
        :raises UserFixableError: WRONG_STATE when it is in a ticket already
        """
        values = {
            "state": InboxState.PROCESSED,
            "ticket_id": ticket_id,
            "article_id": article_id,
            "reason_code": "assigned-by-hand",
            "reason_facts": "{}",
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
            statement = update(InboxMessageRow).where(InboxMessageRow.id == inbox_id, fits).values(plain)
            if connection.execute(statement).rowcount == 1:
                return
            query = select(InboxMessageRow.state).where(InboxMessageRow.id == inbox_id)
            state = connection.execute(query).scalar_one_or_none()
        if state is None:
            raise UserFixableError(Code.UNKNOWN_MESSAGE, {"id": inbox_id})
        raise UserFixableError(Code.WRONG_STATE, {"what": inbox_id, "state": state})


def _said(read: ArticleDraft) -> dict[str, str]:
    """The columns of a message that lists show its words by."""
    return {"message_id": read.message_id, "sender": read.sender, "subject": read.subject}


def _stored(row: AnyRow, raw: bytes) -> StoredMessage:
    context = IntakeContext(
        account_id=row.account_id,
        account_name=row.account_name,
        trusted=row.trusted,
        queue=row.queue,
        ticket_type=row.ticket_type,
        images_as_attachments=row.images_as_attachments,
    )
    return StoredMessage(
        id=row.id,
        raw=raw,
        context=context,
        attempts=row.attempts,
        received_at=row.received_at,
        fetched_at=row.fetched_at,
    )
