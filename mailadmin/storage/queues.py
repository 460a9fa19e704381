"""Queues, and the e-mail addresses that lead to them."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sqlalchemy import ColumnElement, Connection, func, select, update
from sqlalchemy.orm import aliased

from mailadmin.domain.accounts import Validity
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.filter_rules import names_queue
from mailadmin.domain.messages import INBOX_STATES, POSSIBLE_IN, ByHand, InboxState
from mailadmin.domain.names import name_key
from mailadmin.domain.queues import MailAddress, Queue
from mailadmin.domain.validation import Problem
from mailadmin.domain.vocabulary import FollowUpOption

from .database import AnyRow, AnySelect
from .filters import filters_naming
from .mail_tables import InboxMessageRow, TicketRow
from .records import RecordStore, queue_id, stamps
from .rule_tables import AutoResponseRow, ResponseQueueRow
from .settings import settings_naming
from .tables import AccountRow, MailAddressRow, QueueRow

_Sender = aliased(MailAddressRow)
_TO_BE_DECIDED = POSSIBLE_IN[ByHand.RETRY]
"""States a message can be processed from, if only by hand."""
_WAITING = _TO_BE_DECIDED & INBOX_STATES


class QueueStore(RecordStore[Queue]):
    """The queues."""

    table = QueueRow
    what = "queue"
    key = "name"

    def by_name(self, name: str) -> Queue | None:
        """The queue of that name, in any case."""
        return self._by_key(name)

    def ticket_count(self, queue_id: int) -> int:
        """How many tickets a queue holds, closed ones included."""
        query = select(func.count()).select_from(TicketRow).where(TicketRow.queue_id == queue_id)
        with self._database.reading() as connection:
            return connection.execute(query).scalar_one()

    def waiting_count(self, name: str) -> int:
        """How many messages of the inbox are meant for the queue of that name."""
        with self._database.reading() as connection:
            return connection.execute(select(func.count()).where(*_meant_for(name, _WAITING))).scalar_one()

    def follow_rename(self, before: str, after: str) -> None:
        """Messages that may yet be processed name their account's queue by its name: give them the new one.

        To be called before the queue is changed, in the same transaction. Whoever stores mail of an account that leads
        to this queue, or processes mail that is meant for it, has come to an end by then, or begins after the commit.
        """
        queue = select(QueueRow.id).where(QueueRow.name_key == name_key(before)).scalar_subquery()
        accounts = select(AccountRow.id).where(AccountRow.queue_id == queue).order_by(AccountRow.id)
        statement = update(InboxMessageRow).where(*_meant_for(before, _TO_BE_DECIDED)).values(queue=after)
        with self._database.writing() as connection:
            connection.execute(accounts.with_for_update(key_share=True)).all()
            connection.execute(statement)

    def _query(self) -> AnySelect:
        return select(*QueueRow.__table__.columns, _Sender.address.label("sender")).join(
            _Sender, QueueRow.sender_address_id == _Sender.id, isouter=True
        )

    def _record(self, row: AnyRow) -> Queue:
        return Queue(
            name=row.name,
            follow_up=FollowUpOption(row.follow_up),
            follow_up_lock=row.follow_up_lock,
            sender_address=row.sender or "",
            group=row.group_name,
            validity=Validity(row.validity),
            comment=row.comment,
            id=row.id,
            **stamps(row),
        )

    def _values(self, connection: Connection, record: Queue) -> dict[str, object]:
        return {
            "name": record.name,
            "name_key": name_key(record.name),
            "follow_up": record.follow_up.value,
            "follow_up_lock": record.follow_up_lock,
            "sender_address_id": _address_id(connection, record) if record.sender_address else None,
            "group_name": record.group,
            "validity": record.validity.value,
            "comment": record.comment,
        }

    def _users(self, connection: Connection, record: Queue) -> Iterator[str]:
        responses = select(AutoResponseRow.name).join(ResponseQueueRow).where(ResponseQueueRow.queue_id == record.id)
        users = (
            ("ticket", select(TicketRow.number).where(TicketRow.queue_id == record.id).order_by(TicketRow.id)),
            ("address", select(MailAddressRow.address).where(MailAddressRow.queue_id == record.id)),
            ("incoming_account", select(AccountRow.name).where(AccountRow.queue_id == record.id)),
            ("message", select(InboxMessageRow.id).where(*_meant_for(record.name, _WAITING))),
            ("auto_response", responses),
        )
        for what, query in users:
            if (found := connection.execute(query.limit(1)).scalar()) is not None:
                yield f"{what} {found}"
        yield from filters_naming(connection, lambda action: names_queue(action, record.name))
        yield from (f"setting {key}" for key in settings_naming(connection, ("queue",), record.name))


class AddressStore(RecordStore[MailAddress]):
    """Our own e-mail addresses."""

    table = MailAddressRow
    what = "address"
    key = "address"

    def _query(self) -> AnySelect:
        return select(*MailAddressRow.__table__.columns, QueueRow.name.label("queue")).join(
            QueueRow, MailAddressRow.queue_id == QueueRow.id
        )

    def _record(self, row: AnyRow) -> MailAddress:
        return MailAddress(
            address=row.address,
            display_name=row.display_name,
            queue=row.queue,
            validity=Validity(row.validity),
            comment=row.comment,
            id=row.id,
            **stamps(row),
        )

    def _values(self, connection: Connection, record: MailAddress) -> dict[str, object]:
        facts = {"table": self.what, "record": record.address, "key": "queue"}
        return {
            "address": record.address,
            "address_key": name_key(record.address),
            "display_name": record.display_name,
            "queue_id": queue_id(connection, record.queue, facts),
            "validity": record.validity.value,
            "comment": record.comment,
        }

    def _users(self, connection: Connection, record: MailAddress) -> Iterator[str]:
        query = select(QueueRow.name).where(QueueRow.sender_address_id == record.id).order_by(QueueRow.name_key)
        yield from (f"queue {name}" for name in connection.scalars(query).all())


def _meant_for(name: str, states: Collection[InboxState]) -> tuple[ColumnElement[bool], ...]:
    """Messages in these states whose account leads to the queue of that name."""
    return InboxMessageRow.state.in_(sorted(states)), InboxMessageRow.queue == name


def _address_id(connection: Connection, record: Queue) -> int:
    key = name_key(record.sender_address)
    found = connection.execute(select(MailAddressRow.id).where(MailAddressRow.address_key == key)).scalar_one_or_none()
    if found is None:
        facts = {"table": "queue", "record": record.name, "key": "sender_address"}
        facts |= {"problem": Problem.UNKNOWN_ADDRESS, "address": record.sender_address}
        raise UserFixableError(Code.INVALID_RECORD, facts)
    return found
