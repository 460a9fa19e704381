"""Incoming accounts: list, add, change, delete; an account and its password are saved as one (IN-2 to IN-7)."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

from mailadmin.domain.accounts import AccountStatus, IncomingAccount, Validity
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.leases import account_lease
from mailadmin.domain.names import copied_name, name_key
from mailadmin.domain.oauth import Authorization
from mailadmin.domain.outcomes import FetchRun
from mailadmin.domain.ports import Vault
from mailadmin.domain.secrets import Secret, SecretKind, SecretOwner, SecretRef
from mailadmin.domain.validation import MAX_LENGTHS, Fault, InvalidRecordError, account_faults, normalised
from mailadmin.services.leases import is_gone
from mailadmin.services.oauth import TokenService
from mailadmin.services.oauth.renewal import question
from mailadmin.services.surroundings import surroundings
from mailadmin.storage import Storage

TABLE = "incoming_account"


def _is_id(reference: str) -> bool:
    """Whether a reference is a number, and one that an id can be."""
    return reference.isascii() and reference.isdecimal() and len(reference) <= 18


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
        for kind in SecretKind:
            storage.secrets.delete(SecretRef(SecretOwner.INCOMING, account.uid or "", kind))


def change_account(storage: Storage, account: IncomingAccount) -> IncomingAccount:
    """Store a changed account. What a provider has refused it for one use it may be granted for another.

    :raises UserFixableError: EDIT_CONFLICT, INVALID_RECORD
    """
    with storage.transaction():
        before = storage.accounts.get(account.id or 0)
        stored = storage.accounts.change(account)
        if before is not None and question(before) != question(stored):
            storage.tokens.pardon(before.id or 0)
        return stored


class AccountService:
    """What an administrator does with incoming accounts."""

    def __init__(self, storage: Storage, vault: Vault, tokens: TokenService) -> None:
        self._storage = storage
        self._vault = vault
        self._tokens = tokens

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
        accounts = self.all()
        statuses = self.statuses(accounts)
        return [(account, statuses.get(account.id or 0)) for account in accounts]

    def statuses(self, accounts: Sequence[IncomingAccount] | None = None) -> dict[int, AccountStatus]:
        """How each account is doing, by id; with OAuth2 also how it stands with its provider.

        :param accounts: all accounts, if they are at hand
        """
        statuses = self._storage.accounts.statuses()
        for account_id, sign_in in self._tokens.sign_ins(accounts).items():
            status = statuses.get(account_id) or AccountStatus(account_id)
            statuses[account_id] = dataclasses.replace(status, sign_in=sign_in)
        return statuses

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
        name = copied_name(account.name, taken, MAX_LENGTHS["name"])
        return dataclasses.replace(account, name=name, id=None, uid=None, version=0, created=None, changed=None)

    def faults(self, account: IncomingAccount) -> list[Fault]:
        """Every rule the account breaks, as it would be saved."""
        return account_faults(normalised(account), surroundings(self._storage, without_account=account.id))

    def add(
        self,
        account: IncomingAccount,
        password: Secret | None = None,
        authorization: Authorization | None = None,
    ) -> IncomingAccount:
        """Save a new account with its password, or with the sign-in that was made for it.

        :raises InvalidRecordError: it breaks rules
        """
        account = self._checked(account)
        self._wake_vault(password, authorization)
        with self._storage.transaction():
            stored = self._storage.accounts.add(account)
            self._keep(stored, password, authorization)
        return stored

    def change(
        self,
        account: IncomingAccount,
        password: Secret | None = None,
        authorization: Authorization | None = None,
    ) -> IncomingAccount:
        """Save a changed account; ``password`` and ``authorization`` None leave what is stored.

        Nor does another way to sign in forget anything: what was there is there for the way back.

        :raises InvalidRecordError: it breaks rules
        :raises UserFixableError: EDIT_CONFLICT when somebody else has changed it since it was read
        """
        account = self._checked(account)
        self._wake_vault(password, authorization)
        with self._storage.transaction():
            stored = change_account(self._storage, account)
            self._keep(stored, password, authorization)
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

    def _wake_vault(self, password: Secret | None, authorization: Authorization | None) -> None:
        """Have a keyring ask its user before, not during, the transaction."""
        if password is not None or authorization is not None:
            self._vault.available()

    def _keep(self, account: IncomingAccount, password: Secret | None, authorization: Authorization | None) -> None:
        if password is not None and account.uid is not None:
            self._vault.put(SecretRef.password_of(account.uid), password)
        if authorization is not None:
            self._tokens.keep(account, authorization)
