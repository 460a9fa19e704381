"""Incoming accounts: list, add, change, delete; an account and its password are saved as one (IN-2 to IN-7)."""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Iterable, Sequence
from typing import Final

from mailadmin.domain.accounts import AccountStatus, IncomingAccount, Validity
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.leases import account_lease
from mailadmin.domain.names import name_key
from mailadmin.domain.outcomes import FetchRun
from mailadmin.domain.ports import Vault
from mailadmin.domain.secrets import Secret, SecretRef
from mailadmin.domain.validation import MAX_LENGTHS, Fault, InvalidRecordError, account_faults, normalised
from mailadmin.services.leases import is_gone
from mailadmin.services.surroundings import surroundings
from mailadmin.storage import Storage

TABLE = "incoming_account"
_NUMBERED: Final = re.compile(r" \(\d+\)$")


def _is_id(reference: str) -> bool:
    """Whether a reference is a number, and one that an id can be."""
    return reference.isascii() and reference.isdecimal() and len(reference) <= 18


def _numbered(stem: str, number: int) -> str:
    ending = f" ({number})"
    return stem[: MAX_LENGTHS["name"] - len(ending)].rstrip() + ending


def delete_account(storage: Storage, account: IncomingAccount) -> None:
    """Remove a stored account together with its secrets.

    :raises UserFixableError: ACCOUNT_BUSY while it is being fetched, EDIT_CONFLICT when somebody else has changed it
        since it was read
    """
    assert account.id is not None, "a stored account"
    with storage.transaction():
        lease = storage.leases.view(account_lease(account.id))
        if lease is not None and lease.holder is not None and not lease.expired and not is_gone(lease.holder):
            raise UserFixableError(Code.ACCOUNT_BUSY, {"name": account.name, "holder": str(lease.holder)})
        storage.accounts.delete(account)
        for secret in storage.secrets.all():
            if secret.ref.owner_uid == account.uid:
                storage.secrets.delete(secret.ref)


class AccountService:
    """What an administrator does with incoming accounts."""

    def __init__(self, storage: Storage, vault: Vault) -> None:
        self._storage = storage
        self._vault = vault

    def all(self) -> list[IncomingAccount]:
        """Every account, by name."""
        return self._storage.accounts.all()

    def get(self, reference: str) -> IncomingAccount:
        """An account by name or, all digits, by id.

        :raises UserFixableError: UNKNOWN_ACCOUNT
        """
        accounts = self._storage.accounts
        account = accounts.get(int(reference)) if _is_id(reference) else accounts.by_name(reference)
        if account is None:
            names = ", ".join(account.name for account in accounts.all())
            raise UserFixableError(Code.UNKNOWN_ACCOUNT, {"name": reference, "accounts": names})
        return account

    def again(self, account: IncomingAccount) -> IncomingAccount:
        """A stored account as it is now, whatever somebody has made of it since it was read.

        :raises UserFixableError: UNKNOWN_ACCOUNT when it was deleted
        """
        now = self._storage.accounts.get(account.id) if account.id is not None else None
        if now is None:
            raise UserFixableError(Code.UNKNOWN_ACCOUNT, {"name": account.name})
        return now

    def select(self, references: Iterable[str]) -> list[IncomingAccount]:
        """Accounts by name or id, each once, in the order given."""
        return list({account.id: account for account in map(self.get, references)}.values())

    def all_with_status(self) -> list[tuple[IncomingAccount, AccountStatus | None]]:
        """Every account, by name, with how it is doing."""
        statuses = self.statuses()
        return [(account, statuses.get(account.id or 0)) for account in self.all()]

    def statuses(self) -> dict[int, AccountStatus]:
        """How each account is doing, by id."""
        return self._storage.accounts.statuses()

    def runs(self, account_id: int, limit: int = 30) -> list[FetchRun]:
        """An account's last fetches, newest first."""
        return self._storage.runs.last(account_id, limit)

    def has_password(self, account: IncomingAccount) -> bool:
        """Whether a password is kept for an account. Needs no key."""
        return account.uid is not None and SecretRef.password_of(account.uid) in self._vault.list()

    def duplicate(self, account: IncomingAccount) -> IncomingAccount:
        """A copy to be edited and added: a free name (``support (2)``), without a password, never fetched.

        Everything else is as it was, validity included. Nothing is saved.
        """
        taken = {name_key(other.name) for other in self.all()}
        stem = _NUMBERED.sub("", account.name)
        names = (_numbered(stem, number) for number in itertools.count(2))
        name = next(name for name in names if name_key(name) not in taken)
        return dataclasses.replace(account, name=name, id=None, uid=None, version=0, created=None, changed=None)

    def faults(self, account: IncomingAccount) -> list[Fault]:
        """Every rule the account breaks, as it would be saved."""
        return account_faults(normalised(account), surroundings(self._storage, without_account=account.id))

    def add(self, account: IncomingAccount, password: Secret | None = None) -> IncomingAccount:
        """Save a new account with its password.

        :raises InvalidRecordError: it breaks rules
        """
        account = self._checked(account)
        self._wake_vault(password)
        with self._storage.transaction():
            stored = self._storage.accounts.add(account)
            self._keep_password(stored, password)
        return stored

    def change(self, account: IncomingAccount, password: Secret | None = None) -> IncomingAccount:
        """Save a changed account; ``password`` None leaves the stored one.

        :raises InvalidRecordError: it breaks rules
        :raises UserFixableError: EDIT_CONFLICT when somebody else has changed it since it was read
        """
        account = self._checked(account)
        self._wake_vault(password)
        with self._storage.transaction():
            stored = self._storage.accounts.change(account)
            self._keep_password(stored, password)
        return stored

    def set_validity(self, accounts: Sequence[IncomingAccount], validity: Validity) -> list[IncomingAccount]:
        """Set the validity of several accounts at once, all or none."""
        with self._storage.transaction():
            return [self.change(dataclasses.replace(account, validity=validity)) for account in accounts]

    def delete(self, account: IncomingAccount) -> None:
        """Delete an account and its secrets. Tickets, inbox and ledger stay; the server is not touched.

        :raises UserFixableError: ACCOUNT_BUSY while it is being fetched, wherever that is; EDIT_CONFLICT when somebody
            else has changed it since it was read
        """
        delete_account(self._storage, account)

    def _checked(self, account: IncomingAccount) -> IncomingAccount:
        if faults := self.faults(account):
            raise InvalidRecordError((TABLE, account.name, fault) for fault in faults)
        return normalised(account)

    def _wake_vault(self, password: Secret | None) -> None:
        """Have a keyring ask its user before, not during, the transaction."""
        if password is not None:
            self._vault.available()

    def _keep_password(self, account: IncomingAccount, password: Secret | None) -> None:
        if password is not None and account.uid is not None:
            self._vault.put(SecretRef.password_of(account.uid), password)
