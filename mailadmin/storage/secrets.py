"""The rows a vault keeps its sealed secrets in (the port domain.ports.SecretRows)."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Final

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select, update

from mailadmin.domain.errors import BugError, Code, MailadminError, UserFixableError
from mailadmin.domain.ports import KeyRecord, SealedSecret
from mailadmin.domain.secrets import SecretKind, SecretOwner, SecretRef

from .audit import AuditStore
from .database import AnyRow, AnySelect, Database
from .faults import is_integrity
from .tables import SecretKeyRow, SecretRow

_TABLE: Final = "secret"
_AT_ONCE: Final = 500


class SecretStore:
    """The key record and the sealed secrets. What is in them, nobody here can read."""

    def __init__(self, database: Database, audit: AuditStore) -> None:
        self._database = database
        self._audit = audit

    def key_record(self, *, to_change: bool = False) -> KeyRecord | None:
        """The key record in force, or None before the first secret. Inside a transaction it is so until its end.

        First the key, then secrets: whoever holds them does so in this order, and nobody waits in a circle.

        :param to_change: nobody else is to hold it, either
        """
        query = select(*SecretKeyRow.__table__.columns)
        if self._database.in_transaction:
            query = query.with_for_update() if to_change else _held(query)
        with self._database.reading() as connection:
            return _key_record(connection, query)

    def claim_key_record(self, record: KeyRecord) -> KeyRecord:
        """Insert the first key record, or return the one another process inserted before."""
        with self._database.writing() as connection:
            values = {"slot": 1, "key_id": record.key_id, **_key_values(record)}
            connection.execute(self._database.insert(SecretKeyRow).values(values).on_conflict_do_nothing())
            found = _key_record(connection, select(*SecretKeyRow.__table__.columns))
        if found is None:
            raise BugError("the key record vanished inside its own transaction")
        return found

    def store_key_record(self, record: KeyRecord) -> None:
        """Replace the wrapped copy of the record with the same key id.

        :raises UserFixableError: KEY_WRONG when that key is not in force any more
        """
        values = {"wrapped": record.wrapped, "kdf": record.kdf}
        with self._database.writing() as connection:
            statement = update(SecretKeyRow).where(SecretKeyRow.key_id == record.key_id).values(values)
            if connection.execute(statement).rowcount != 1:
                raise _other_key()

    def load(self, ref: SecretRef) -> SealedSecret | None:
        """One sealed secret."""
        with self._database.reading() as connection:
            row = connection.execute(select(SecretRow).where(_is(ref))).one_or_none()
        return None if row is None else _sealed(row)

    def all(self) -> list[SealedSecret]:
        """Every sealed secret, in a stable order. Inside a transaction they stay as they are until its end."""
        query = select(SecretRow).order_by(SecretRow.owner, SecretRow.owner_uid, SecretRow.kind)
        if self._database.in_transaction:
            query = query.with_for_update()
        with self._database.reading() as connection:
            return [_sealed(row) for row in connection.execute(query)]

    def store(self, secret: SealedSecret) -> None:
        """Insert or replace the secret of that reference.

        :raises UserFixableError: KEY_WRONG when it is sealed under a key that is not in force any more
        """
        try:
            with self._database.writing() as connection:
                values = _values(secret)
                keys = ["owner", "owner_uid", "kind"]
                others = {name: value for name, value in values.items() if name not in keys}
                statement = self._database.insert(SecretRow).values(values)
                connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=others))
                self._note(connection, secret.ref, "set")
        except MailadminError as error:
            if is_integrity(error):  # the reference to the key record
                raise _other_key() from error
            raise

    def delete(self, ref: SecretRef) -> bool:
        """Remove a secret; whether there was one."""
        with self._database.writing() as connection:
            connection.execute(_held(select(SecretKeyRow.slot))).all()
            found = connection.execute(delete(SecretRow).where(_is(ref))).rowcount == 1
            if found:
                self._note(connection, ref, "delete")
            return found

    def forget_tokens(self, account_uids: Sequence[str]) -> int:
        """Remove the tokens of many accounts at once; how many there were."""
        count = 0
        with self._database.writing() as connection:
            connection.execute(_held(select(SecretKeyRow.slot))).all()
            for start in range(0, len(account_uids), _AT_ONCE):
                tokens = and_(
                    SecretRow.owner == SecretOwner.INCOMING.value,
                    SecretRow.kind == SecretKind.TOKEN_CACHE.value,
                    SecretRow.owner_uid.in_(account_uids[start : start + _AT_ONCE]),
                )
                count += connection.execute(delete(SecretRow).where(tokens)).rowcount
        return count

    def change_key(self, record: KeyRecord, secrets: Sequence[SealedSecret]) -> None:
        """Replace the key record and all secrets in one transaction.

        :raises UserFixableError: EDIT_CONFLICT when secrets came or went since they were read
        """
        with self._database.writing() as connection:
            connection.execute(select(SecretKeyRow.slot).with_for_update()).all()
            here = {_ref(row) for row in connection.execute(select(SecretRow).with_for_update())}
            if changed := here ^ {secret.ref for secret in secrets}:
                record_name = min(str(ref) for ref in changed)
                facts = {"table": _TABLE, "record": record_name, "changed_by": "", "changed_at": ""}
                raise UserFixableError(Code.EDIT_CONFLICT, facts)
            connection.execute(delete(SecretRow))
            connection.execute(delete(SecretKeyRow))
            connection.execute(insert(SecretKeyRow), {"slot": 1, "key_id": record.key_id, **_key_values(record)})
            if secrets:
                connection.execute(insert(SecretRow), [_values(secret) for secret in secrets])
            self._audit.write(connection, _TABLE, "key", "change", {})

    def transaction(self) -> AbstractContextManager[None]:
        """One transaction around several calls."""
        return self._database.transaction()

    def _note(self, connection: Connection, ref: SecretRef, action: str) -> None:
        if ref.kind is not SecretKind.TOKEN_CACHE:  # the program renews those itself, many times a day
            self._audit.write(connection, _TABLE, str(ref), action, {})


def _held(query: AnySelect) -> AnySelect:
    """A query for the key's row, kept from being changed until the transaction ends. Others may do the same."""
    return query.with_for_update(read=True, key_share=True)


def _key_record(connection: Connection, query: AnySelect) -> KeyRecord | None:
    row = connection.execute(query).one_or_none()
    return None if row is None else KeyRecord(row.key_id, row.check_value, row.wrapped, row.kdf)


def _key_values(record: KeyRecord) -> dict[str, object]:
    return {"check_value": record.check, "wrapped": record.wrapped, "kdf": record.kdf}


def _is(ref: SecretRef) -> ColumnElement[bool]:
    return and_(
        SecretRow.owner == ref.owner.value, SecretRow.owner_uid == ref.owner_uid, SecretRow.kind == ref.kind.value
    )


def _ref(row: AnyRow) -> SecretRef:
    return SecretRef(SecretOwner(row.owner), row.owner_uid, SecretKind(row.kind))


def _values(secret: SealedSecret) -> dict[str, object]:
    return {
        "owner": secret.ref.owner.value,
        "owner_uid": secret.ref.owner_uid,
        "kind": secret.ref.kind.value,
        "row_uid": secret.row_uid,
        "key_id": secret.key_id,
        "nonce": secret.nonce,
        "sealed": secret.sealed,
    }


def _sealed(row: AnyRow) -> SealedSecret:
    return SealedSecret(_ref(row), row.row_uid, row.key_id, row.nonce, row.sealed)


def _other_key() -> UserFixableError:
    return UserFixableError(Code.KEY_WRONG, {"where": "database"})
