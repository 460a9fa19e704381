"""Incoming accounts: the mailboxes mail is fetched from (FEATURES IN-1 to IN-5)."""

from __future__ import annotations

import enum
from dataclasses import Field, dataclass
from datetime import date, datetime
from typing import Any, ClassVar, Final, Protocol

from .sign_in import SignIn, SignInState


class Family(enum.StrEnum):
    """The protocol a mailbox is spoken to in, whatever the encryption."""

    IMAP = "imap"
    POP3 = "pop3"
    GRAPH = "graph"


class Encryption(enum.StrEnum):
    """How the connection is protected."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


class AccountType(enum.StrEnum):
    """The account types by their OTOBO names; ``...TLS`` means STARTTLS (RFC 3501 6.2.1, RFC 2595)."""

    IMAP = "IMAP"
    IMAPS = "IMAPS"
    IMAPTLS = "IMAPTLS"
    POP3 = "POP3"
    POP3S = "POP3S"
    POP3TLS = "POP3TLS"
    MSGRAPH = "MSGRAPH"

    @property
    def family(self) -> Family:
        """The protocol of this type."""
        return _TRAITS[self][0]

    @property
    def encryption(self) -> Encryption:
        """How a connection of this type is protected."""
        return _TRAITS[self][1]

    @property
    def default_port(self) -> int | None:
        """The port used when an account names none; None for a type without ports."""
        return _TRAITS[self][2]


_TRAITS: Final = {
    AccountType.IMAP: (Family.IMAP, Encryption.NONE, 143),
    AccountType.IMAPS: (Family.IMAP, Encryption.TLS, 993),
    AccountType.IMAPTLS: (Family.IMAP, Encryption.STARTTLS, 143),
    AccountType.POP3: (Family.POP3, Encryption.NONE, 110),
    AccountType.POP3S: (Family.POP3, Encryption.TLS, 995),
    AccountType.POP3TLS: (Family.POP3, Encryption.STARTTLS, 110),
    AccountType.MSGRAPH: (Family.GRAPH, Encryption.TLS, None),
}


class Authentication(enum.StrEnum):
    """How an account signs in."""

    PASSWORD = "password"  # noqa: S105  (the name of a method, not a secret)
    OAUTH2 = "oauth2"


class Dispatching(enum.StrEnum):
    """What decides the queue of a new ticket: the recipient address, or the account's queue."""

    ADDRESS = "address"
    QUEUE = "queue"


class Validity(enum.StrEnum):
    """Only what is valid is used."""

    VALID = "valid"
    INVALID = "invalid"
    INVALID_TEMPORARILY = "invalid-temporarily"


class AfterFetch(enum.StrEnum):
    """What becomes of the server's copy once ours is committed."""

    DELETE = "delete"
    KEEP = "keep"
    MOVE = "move"


@dataclass(frozen=True, slots=True)
class Stamp:
    """When and by whom (``user@host``) a record was written. Times are aware UTC."""

    at: datetime
    by: str


class EditedRecord(Protocol):
    """What every record has that administrators edit; all are frozen dataclasses.

    ``id``, ``created`` and ``changed`` are None until it is stored; ``version`` counts changes (optimistic locking).
    """

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @property
    def id(self) -> int | None:
        """Its number."""

    @property
    def version(self) -> int:
        """How often it was written."""

    @property
    def validity(self) -> Validity:
        """Whether it is used."""

    @property
    def created(self) -> Stamp | None:
        """When and by whom it was added."""

    @property
    def changed(self) -> Stamp | None:
        """When and by whom it was last written."""


REMOVES_FORGED: Final = "removes-forged"
"""Behind a trusted_authserv_id, after a blank: that server removes Authentication-Results others wrote in its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingAccount:
    """One incoming account, as an administrator edits it. Secrets are not part of it: they live in the vault.

    ``id``, ``uid``, ``created`` and ``changed`` are None until stored; ``version`` counts changes (optimistic locking).
    ``queue``, ``oauth_profile`` and ``ticket_type`` are names. ``port`` None means the type's default.
    ``max_message_size_kb`` None means the global PostMasterMaxEmailSize, 0 means unlimited.
    ``schedule`` is cron syntax; empty means the global schedule. ``precedence``: of one mail that reaches several
    accounts, the copy of the account with the lowest number decides (ties by name).
    """

    name: str
    type: AccountType
    host: str = ""
    port: int | None = None
    username: str = ""
    authentication: Authentication = Authentication.PASSWORD
    oauth_profile: str = ""
    opens_mailbox: str = ""
    folder: str = "INBOX"
    trusted: bool = False
    trusted_authserv_id: str = ""
    dispatching: Dispatching = Dispatching.ADDRESS
    queue: str = ""
    ticket_type: str = ""
    validity: Validity = Validity.VALID
    after_fetch: AfterFetch = AfterFetch.DELETE
    move_to: str = ""
    max_message_size_kb: int | None = None
    images_as_attachments: bool = False
    precedence: int = 100
    schedule: str = ""
    watch: bool = False
    fetch_from: date | None = None
    ca_file: str = ""
    pinned_certificate: str = ""
    comment: str = ""
    id: int | None = None
    uid: str | None = None
    version: int = 0
    created: Stamp | None = None
    changed: Stamp | None = None

    @property
    def effective_port(self) -> int | None:
        """The port a connection goes to."""
        return self.port if self.port is not None else self.type.default_port

    @property
    def mailbox(self) -> MailboxIdentity:
        """The mailbox this account opens."""
        return MailboxIdentity(self.type.family, self.host, self.opens_mailbox or self.username)


@dataclass(frozen=True, slots=True)
class MailboxIdentity:
    """What makes two accounts fetch the same mail: protocol family, host and opened mailbox, compared case-folded.

    The ledger belongs to the mailbox, not to the account, so that a second account on the same mailbox does not
    import anything twice and an account that is pointed elsewhere does not collide with its past.
    """

    family: Family
    host: str
    opened: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "host", self.host.strip().rstrip(".").casefold())
        object.__setattr__(self, "opened", self.opened.strip().casefold())


@dataclass(frozen=True, slots=True)
class AccountStatus:
    """How an account is doing; kept apart from what administrators edit. Times are aware UTC."""

    account_id: int
    next_due: datetime | None = None
    last_run: datetime | None = None
    last_good: datetime | None = None
    failing_since: datetime | None = None
    failures: int = 0
    error_code: str = ""
    error_layer: str = ""
    error_server: str = ""
    waiting_until: datetime | None = None
    sign_in: SignIn | None = None
    """With OAuth2 only: how the account stands with its provider."""


class AccountState(enum.StrEnum):
    """How an account is doing, in one word (IN-6)."""

    OK = "ok"
    NEVER_FETCHED = "never-fetched"
    WAITING = "waiting"
    NEEDS_SIGN_IN = "needs-sign-in"
    FAILING = "failing"
    INVALID = "invalid"
    INVALID_TEMPORARILY = "invalid-temporarily"


def account_state(account: IncomingAccount, status: AccountStatus | None, now: datetime) -> AccountState:
    """The state an account is in at a moment (aware)."""
    if account.validity is Validity.INVALID:
        return AccountState.INVALID
    if account.validity is Validity.INVALID_TEMPORARILY:
        return AccountState.INVALID_TEMPORARILY
    if status is not None and status.sign_in is not None and status.sign_in.state is SignInState.NEEDED:
        return AccountState.NEEDS_SIGN_IN
    if status is None or (status.last_run is None and not status.failures):
        return AccountState.NEVER_FETCHED
    if status.waiting_until is not None and status.waiting_until > now:
        return AccountState.WAITING
    return AccountState.FAILING if status.failures else AccountState.OK
