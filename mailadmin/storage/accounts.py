"""Incoming accounts, the mailboxes they open, and how they are doing."""

from __future__ import annotations

import dataclasses
import hashlib
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, delete, insert, select, update

from mailadmin.domain.accounts import (
    AccountStatus,
    AccountType,
    AfterFetch,
    Authentication,
    Dispatching,
    IncomingAccount,
    MailboxIdentity,
    Validity,
)
from mailadmin.domain.leases import account_lease, token_lease
from mailadmin.domain.names import name_key

from .database import AnyRow, AnySelect, Database
from .former import note_left
from .mail_tables import MailboxRow
from .records import RecordStore, profile_id, queue_id, stamps
from .rule_tables import FilterAccountRow, FilterRow
from .tables import AccountRow, AccountStatusRow, LeaseRow, ProfileRow, QueueRow

_ENUMS: Final = {
    "type": AccountType,
    "authentication": Authentication,
    "dispatching": Dispatching,
    "validity": Validity,
    "after_fetch": AfterFetch,
}
_PLAIN: Final = (
    "name", "host", "port", "username", "opens_mailbox", "folder", "trusted", "trusted_authserv_id",
    "ticket_type", "move_to", "max_message_size_kb", "images_as_attachments", "precedence", "schedule", "watch",
    "fetch_from", "ca_file", "pinned_certificate", "comment",
)  # fmt: skip


class AccountStore(RecordStore[IncomingAccount]):
    """The incoming accounts."""

    table = AccountRow
    what = "incoming_account"
    key = "name"

    def by_name(self, name: str) -> IncomingAccount | None:
        """The account of that name, in any case."""
        return self._by_key(name)

    def add_all(self, records: Sequence[IncomingAccount]) -> list[IncomingAccount]:
        """Store new accounts, each with its mailbox, its lease and its status, all or nothing.

        They come back with id, uid, version and stamps. A uid that is there already is kept: a secret may have been
        stored for it before.

        :raises UserFixableError: INVALID_RECORD when the name is taken, or the queue or the profile is not there
        """
        named = [dataclasses.replace(record, uid=record.uid or uuid.uuid4().hex, version=0) for record in records]
        return super().add_all(named)

    def find_mailbox(self, account: IncomingAccount) -> int | None:
        """The number of the mailbox an account opens; None when it has none yet."""
        query = select(MailboxRow.id).where(MailboxRow.identity == _digest(account.mailbox))
        with self._database.reading() as connection:
            return connection.execute(query).scalar_one_or_none()

    def adopted_now(self) -> Callable[[IncomingAccount], bool]:
        """Tells of any account whether it is clear what becomes of the mail in its mailbox: see :meth:`set_adopted`.

        As things stand now, by one query for however many accounts.
        """
        query = select(MailboxRow.identity).where(MailboxRow.adopted.is_not(None))
        with self._database.reading() as connection:
            adopted = frozenset(map(bytes, connection.scalars(query)))
        return lambda account: _digest(account.mailbox) in adopted

    def set_adopted(self, mailbox_id: int) -> None:
        """Write down, once, that somebody has said so, or that it was fetched."""
        statement = update(MailboxRow).where(MailboxRow.id == mailbox_id, MailboxRow.adopted.is_(None))
        with self._database.writing() as connection:
            connection.execute(statement, {"adopted": self._database.now(connection)})

    def mailbox_id(self, account: IncomingAccount) -> int:
        """The number of the mailbox an account opens; made when it is new, by one of several that ask at once."""
        found = self.find_mailbox(account)
        if found is not None:
            return found
        with self._database.writing() as connection:
            return _mailbox(self._database, connection, account.mailbox)

    def status(self, account_id: int) -> AccountStatus:
        """How an account is doing."""
        query = select(AccountStatusRow).where(AccountStatusRow.account_id == account_id)
        with self._database.reading() as connection:
            row = connection.execute(query).one_or_none()
        return AccountStatus(account_id) if row is None else _status(row)

    def statuses(self) -> dict[int, AccountStatus]:
        """How all accounts are doing, by id."""
        with self._database.reading() as connection:
            return {row.account_id: _status(row) for row in connection.execute(select(AccountStatusRow))}

    def set_due(self, account_id: int, when: datetime | None) -> None:
        """Write down when the account is due next; None: not known."""
        self._set(account_id, next_due=when)

    def set_waiting(self, account_id: int, until: datetime | None) -> None:
        """Write down until when the server wants to be left alone; None: no longer."""
        self._set(account_id, waiting_until=until)

    def _set(self, account_id: int, **values: datetime | None) -> None:
        with self._database.writing() as connection:
            connection.execute(update(AccountStatusRow).where(AccountStatusRow.account_id == account_id), values)

    def _query(self) -> AnySelect:
        names = QueueRow.name.label("queue"), ProfileRow.name.label("oauth_profile")
        accounts = select(*AccountRow.__table__.columns, *names)
        accounts = accounts.join(QueueRow, AccountRow.queue_id == QueueRow.id, isouter=True)
        return accounts.join(ProfileRow, AccountRow.oauth_profile_id == ProfileRow.id, isouter=True)

    def _record(self, row: AnyRow) -> IncomingAccount:
        values = {name: getattr(row, name) for name in _PLAIN}
        values |= {name: kind(getattr(row, name)) for name, kind in _ENUMS.items()}
        values |= {name: getattr(row, name) or "" for name in ("queue", "oauth_profile")}
        return IncomingAccount(**values, id=row.id, uid=row.uid, **stamps(row))

    def _values(self, connection: Connection, record: IncomingAccount) -> dict[str, object]:
        facts = {"table": self.what, "record": record.name}
        queue, profile = record.queue, record.oauth_profile
        values: dict[str, object] = {name: getattr(record, name) for name in _PLAIN}
        values |= {name: getattr(record, name).value for name in _ENUMS}
        values |= {
            "name_key": name_key(record.name),
            "queue_id": queue_id(connection, queue, {**facts, "key": "queue"}) if queue else None,
            "oauth_profile_id": profile_id(connection, profile, {**facts, "key": "oauth_profile"}) if profile else None,
        }
        if not record.version:  # the uid is given once
            values["uid"] = record.uid
        return values

    def _added(self, connection: Connection, record: IncomingAccount) -> None:
        connection.execute(insert(AccountStatusRow), {"account_id": record.id})
        connection.execute(insert(LeaseRow), {"name": account_lease(record.id or 0)})
        _mailbox(self._database, connection, record.mailbox)

    def _replaced(self, connection: Connection, before: IncomingAccount, after: IncomingAccount) -> None:
        if before.mailbox != after.mailbox and after.id is not None:
            note_left(self._database, connection, after.id, _mailbox(self._database, connection, before.mailbox))

    def _deleting(self, connection: Connection, record: IncomingAccount) -> None:
        names = (account_lease(record.id or 0), token_lease(record.id or 0))
        connection.execute(delete(LeaseRow).where(LeaseRow.name.in_(names)))

    def _users(self, connection: Connection, record: IncomingAccount) -> Iterator[str]:
        """A filter for mail of one account only must not become one for all. The mail it fetched stays, without it."""
        query = select(FilterRow.name).join(FilterAccountRow, FilterAccountRow.filter_id == FilterRow.id)
        names = connection.scalars(query.where(FilterAccountRow.account_id == record.id).order_by(FilterRow.name_key))
        yield from (f"filter {name}" for name in names.all())


def _digest(identity: MailboxIdentity) -> bytes:
    text = "\0".join((identity.family.value, identity.host, identity.opened))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _mailbox(database: Database, connection: Connection, identity: MailboxIdentity) -> int:
    row = {
        "identity": _digest(identity),
        "family": identity.family.value,
        "host": identity.host,
        "opened": identity.opened,
    }
    connection.execute(database.insert(MailboxRow).values(row).on_conflict_do_nothing(index_elements=["identity"]))
    return connection.execute(select(MailboxRow.id).where(MailboxRow.identity == row["identity"])).scalar_one()


def _status(row: AnyRow) -> AccountStatus:
    names = (field.name for field in dataclasses.fields(AccountStatus) if field.name != "sign_in")  # of the tokens
    return AccountStatus(**{name: getattr(row, name) for name in names})
