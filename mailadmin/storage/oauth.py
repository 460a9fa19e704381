"""OAuth2 profiles, and what is known of the accounts' tokens. Secrets and tokens themselves are in the vault."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, delete, select, update

from mailadmin.domain.accounts import Validity
from mailadmin.domain.forecast import Lack
from mailadmin.domain.names import name_key
from mailadmin.domain.oauth import ClientAuthentication, Flow, OAuthProfile, Provider, RedirectHost, TokenRecord

from .database import AnyRow, AnySelect, Database
from .records import RecordStore, stamps
from .tables import AccountRow, ProfileRow, TokenRow

_ENUMS: Final = {
    "provider": Provider,
    "flow": Flow,
    "client_authentication": ClientAuthentication,
    "redirect_host": RedirectHost,
    "validity": Validity,
}
_PLAIN: Final = (
    "name", "instance_url", "tenant", "graph_url", "discovery_url", "authorization_url", "token_url", "device_url",
    "client_id", "secret_expires", "scopes", "redirect_port", "redirect_path", "ca_file", "comment",
)  # fmt: skip


class ProfileStore(RecordStore[OAuthProfile]):
    """The OAuth2 profiles."""

    table = ProfileRow
    what = "oauth_profile"
    key = "name"

    def by_name(self, name: str) -> OAuthProfile | None:
        """The profile of that name, in any case."""
        return self._by_key(name)

    def add_all(self, records: Sequence[OAuthProfile]) -> list[OAuthProfile]:
        """Store new profiles; they come back with id, uid, version and stamps. A uid that is there already is kept.

        :raises UserFixableError: INVALID_RECORD when the name is taken
        """
        named = [dataclasses.replace(record, uid=record.uid or uuid.uuid4().hex, version=0) for record in records]
        return super().add_all(named)

    def users(self, profile_id: int) -> list[str]:
        """The names of the incoming accounts that sign in by a profile, sorted."""
        query = select(AccountRow.name).where(AccountRow.oauth_profile_id == profile_id).order_by(AccountRow.name_key)
        with self._database.reading() as connection:
            return list(connection.scalars(query))

    def _query(self) -> AnySelect:
        return select(*ProfileRow.__table__.columns)

    def _record(self, row: AnyRow) -> OAuthProfile:
        values = {name: getattr(row, name) for name in _PLAIN}
        values |= {name: kind(getattr(row, name)) for name, kind in _ENUMS.items()}
        return OAuthProfile(**values, id=row.id, uid=row.uid, **stamps(row))

    def _values(self, connection: Connection, record: OAuthProfile) -> dict[str, object]:
        values: dict[str, object] = {name: getattr(record, name) for name in _PLAIN}
        values |= {name: getattr(record, name).value for name in _ENUMS}
        values["name_key"] = name_key(record.name)
        if not record.version:  # the uid is given once
            values["uid"] = record.uid
        return values

    def _users(self, connection: Connection, record: OAuthProfile) -> Iterator[str]:
        yield from (f"incoming_account {name}" for name in self.users(record.id or 0))


class TokenStore:
    """What is known of each OAuth2 account's token, by account: one record at most, gone with its account."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, account_id: int) -> TokenRecord | None:
        """What is known of an account's token. Inside a transaction it stays as it is until its end."""
        query = select(TokenRow).where(TokenRow.account_id == account_id)
        with self._database.reading() as connection:
            if self._database.in_transaction:
                _hold_account(connection, account_id)
                query = query.with_for_update()
            row = connection.execute(query).one_or_none()
        return None if row is None else _token(row)

    def all(self) -> dict[int, TokenRecord]:
        """What is known of all tokens, by account id."""
        with self._database.reading() as connection:
            return {row.account_id: _token(row) for row in connection.execute(select(TokenRow))}

    def put(self, record: TokenRecord) -> bool:
        """Write down what is known of an account's token now, in place of what was.

        :returns: False when the account is gone, and nothing was written
        """
        values = {field.name: getattr(record, field.name) for field in dataclasses.fields(TokenRecord)}
        values["flow"] = record.flow.value
        with self._database.writing() as connection:
            if not _hold_account(connection, record.account_id):
                return False
            statement = self._database.insert(TokenRow).values(values)
            connection.execute(statement.on_conflict_do_update(index_elements=["account_id"], set_=values))
            return True

    def refuse(self, record: TokenRecord, *, cause: str, server: str, when: datetime, died: int | None = None) -> bool:
        """Write down that the provider said no for good to this token; the first refusal stays.

        :param record: the token as it was when the provider was asked
        :param cause: a key of the advice table
        :param server: the provider's own words
        :param died: the new count of sign-ins that ended about seven days after they were made; None: as it was
        :returns: False when it is another token by now (somebody signed in, or it was renewed), and nothing is changed
        """
        same = (
            TokenRow.account_id == record.account_id,
            TokenRow.signed_in.is_not_distinct_from(record.signed_in),
            TokenRow.renewed.is_not_distinct_from(record.renewed),
            TokenRow.refused.is_(None),
        )
        values: dict[str, object] = {"refused": when, "cause": cause, "server": server}
        if died is not None:
            values["died"] = died
        with self._database.writing() as connection:
            return connection.execute(update(TokenRow).where(*same).values(values)).rowcount == 1

    def forget(self, account_id: int) -> bool:
        """Forget what is known of an account's token; whether something was."""
        with self._database.writing() as connection:
            return connection.execute(delete(TokenRow).where(TokenRow.account_id == account_id)).rowcount == 1

    def pardon(self, account_id: int) -> bool:
        """Forget that the provider said no to an account's token; whether it had. What was cleared stays so."""
        refused = (TokenRow.account_id == account_id, TokenRow.refused.is_not(None), TokenRow.cause != Lack.CLEARED)
        values = {"refused": None, "cause": "", "server": ""}
        with self._database.writing() as connection:
            return connection.execute(update(TokenRow).where(*refused).values(values)).rowcount == 1

    def clear(self, account_ids: Sequence[int], when: datetime) -> None:
        """Write down that these accounts' tokens were cleared on purpose; those that were before stay as they are.

        :param account_ids: some hundreds at most; they and their tokens are held until the transaction ends
        """
        values = {"refused": when, "cause": Lack.CLEARED.value, "server": "", "expires": None}
        with self._database.writing() as connection:
            accounts = select(AccountRow.id).where(AccountRow.id.in_(account_ids)).order_by(AccountRow.id)
            connection.execute(accounts.with_for_update(read=True, key_share=True)).all()
            mine = TokenRow.account_id.in_(account_ids)
            _hold_tokens(connection, mine)
            connection.execute(update(TokenRow).where(mine, TokenRow.cause != Lack.CLEARED).values(values))

    def leave_registration(self, profile_uid: str, uid: str) -> list[str]:
        """Write down that tokens were got by another registration than the one a profile is now.

        :param uid: stands for that other one from now on
        :returns: the uids of their accounts, which are held until the transaction ends
        """
        mine = TokenRow.profile_uid == profile_uid
        accounts = select(AccountRow.uid).join(TokenRow, TokenRow.account_id == AccountRow.id).where(mine)
        accounts = accounts.order_by(AccountRow.id).with_for_update(read=True, key_share=True, of=AccountRow)
        with self._database.writing() as connection:
            uids = list(connection.scalars(accounts))
            _hold_tokens(connection, mine)
            connection.execute(update(TokenRow).where(mine).values(profile_uid=uid))
        return uids


def _hold_account(connection: Connection, account_id: int) -> bool:
    """Keep an account from being deleted until the transaction ends; whether it is there.

    First the account, then its token, then its secret: whoever holds them does so in this order, and nobody waits in a
    circle.
    """
    query = select(AccountRow.id).where(AccountRow.id == account_id).with_for_update(read=True, key_share=True)
    return connection.execute(query).one_or_none() is not None


def _hold_tokens(connection: Connection, which: ColumnElement[bool]) -> None:
    """Keep records as they are until the transaction ends; by account id, as everybody does who holds several."""
    connection.execute(select(TokenRow.account_id).where(which).order_by(TokenRow.account_id).with_for_update()).all()


def _token(row: AnyRow) -> TokenRecord:
    values = {field.name: getattr(row, field.name) for field in dataclasses.fields(TokenRecord)}
    return TokenRecord(**{**values, "flow": Flow(row.flow)})
