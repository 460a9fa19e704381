"""Doors between packages that do not know each other: what one adapter needs of another, wired by bootstrap."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol, TypeAlias

from .accounts import AccountType, Authentication
from .errors import Layer, UserFixableError
from .interrupt import Interrupt
from .oauth import Grant, OAuthProfile, PendingDevice, PendingSignIn, SignInRequest
from .secrets import Secret, SecretRef

# --- the wire ---


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds to wait at each layer; ``command`` is the longest silence while an answer is awaited."""

    connect: float = 20
    tls: float = 20
    greeting: float = 20
    command: float = 60


@dataclass(frozen=True, slots=True)
class ServerAccess:
    """Everything needed to open a mailbox but the credential: its password, or an access token with OAUTH2.

    ``username`` is the user named in the sign-in: with OAUTH2 the mailbox to open (for Microsoft Graph as well).
    ``folder`` is as the administrator wrote it (not for POP3).
    """

    type: AccountType
    host: str
    port: int
    username: str
    folder: str = "INBOX"
    ca_file: str = ""
    pinned_certificate: str = ""
    timeouts: Timeouts = Timeouts()
    authentication: Authentication = Authentication.PASSWORD


@dataclass(frozen=True, slots=True)
class LayerReached:
    """Told while a mailbox is being opened: a layer is well. ``server`` is what the server said there."""

    layer: Layer
    facts: Mapping[str, str] = field(default_factory=dict)
    server: str = ""


SIZE_AT_MOST: Final = 2**62


@dataclass(frozen=True, slots=True)
class Listed:
    r"""A message as the server lists it.

    ``handle`` is the UID (IMAP), the message number of this session (POP3) or the place in this listing (Graph).
    ``source`` is the ledger's name for it (``folder/uidvalidity/uid``, ``uidl:<uidl>#<copy>``, ``graph:<id>``), or
    empty when the server has no identity that lasts, and digests decide. ``size`` is what the server says (a hint,
    never a proof), None until measured.
    ``deleted``: flagged \Deleted (by us in an unfinished run, or by somebody else).
    """

    handle: int
    source: str
    size: int | None = None
    deleted: bool = False
    received_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.size is not None:  # what a server claims, bounded to what a database column takes
            object.__setattr__(self, "size", min(self.size, SIZE_AT_MOST))


@dataclass(frozen=True, slots=True)
class Downloaded:
    """A complete message. ``raw`` is exactly what the server sent."""

    message: Listed
    raw: bytes


class ActionResult(enum.StrEnum):
    """How a server action ended for one message.

    DEFERRED: takes effect when the session is finished (POP3's QUIT). GONE: somebody else had taken the message out of
    the folder, and nothing was done.
    """

    DONE = "done"
    GONE = "gone"
    DEFERRED = "deferred"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ActionReport:
    """What a server action did, by handle; ``server`` holds the server's words for what failed."""

    results: Mapping[int, ActionResult]
    server: str = ""
    unsafe: int = 0
    """How many messages of others, flagged \\Deleted, stood in the way of an expunge without UIDPLUS."""
    ended: UserFixableError | None = None
    """What ended the action before it was through: of messages without a result nothing is known."""


@dataclass(frozen=True, slots=True)
class CopyReport:
    """Where copies of messages went: handle to ``folder/uidvalidity/uid`` in the target (empty when not told)."""

    copied: Mapping[int, str]
    server: str = ""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder on the server. ``name`` is the server's full name, decoded; ``selectable`` False for mere containers."""

    name: str
    separator: str
    selectable: bool


@dataclass(frozen=True, slots=True)
class Abilities:
    """What may be done in the opened mailbox. ``delete`` False: read-only folder. ``move`` may be by COPY."""

    delete: bool
    move: bool
    uidplus: bool
    native_move: bool
    facts: Mapping[str, str] = field(default_factory=dict)


OnRefused: TypeAlias = Callable[[Listed, UserFixableError], None]
"""Told of a message that the server does not give, and what it said."""


class Mailbox(Protocol):
    """An opened mailbox of any protocol. One thread uses it; only :meth:`abandon` may come from another.

    Every method raises UserFixableError; after CONNECTION_LOST, SERVER_SILENT or SERVER_GARBAGE the mailbox is dead
    and must be abandoned and opened anew.
    """

    @property
    def folder(self) -> str:
        """The folder that is open, by the server's full name; empty for POP3."""

    @property
    def verifies_reuse(self) -> bool:
        """Whether a known source must be proved by size and digest before it is acted on again (POP3)."""

    def abilities(self) -> Abilities:
        """What may be done here."""

    def folders(self) -> list[Folder]:
        """The server's folder tree, sorted by name; empty for POP3."""

    def has_folder(self, name: str) -> bool:
        """Whether the folder is there that :meth:`copy` and :meth:`move` mean by this name; never for POP3."""

    def list_messages(self) -> list[Listed]:
        """Everything in the mailbox, oldest first, in few round trips."""

    def measure(self, messages: Sequence[Listed], *, dates: bool = False) -> list[Listed]:
        """The same messages with sizes (and, if asked, arrival times) filled in where the server tells them."""

    def headers(self, messages: Sequence[Listed]) -> Mapping[int, bytes]:
        """The header blocks of a few messages, by handle; what the server does not deliver is left out."""

    def download(self, messages: Sequence[Listed], on_refused: OnRefused | None = None) -> Iterator[Downloaded]:
        """The messages' octets, in any order, as they come in.

        What the server does not deliver (gone, NIL, empty, a notice in place of the mail) is left out; a cut-off
        message raises CONNECTION_LOST.

        :param on_refused: told of messages that are left out though they are there, where the server says so
        """

    def delete(self, messages: Sequence[Listed]) -> ActionReport:
        """Delete exactly these messages; DONE only when the effect was seen."""

    def copy(self, messages: Sequence[Listed], folder: str) -> CopyReport:
        """Copy messages to a folder, made if missing (IMAP without MOVE)."""

    def move(self, messages: Sequence[Listed], folder: str) -> ActionReport:
        """Move messages to a folder, made if missing (IMAP with MOVE, RFC 6851)."""

    def append(self, raw: bytes, folder: str) -> str:
        """Put a message into a folder, made if missing (IMAP APPEND); the server's full name of the folder."""

    def finish(self) -> ActionReport:
        """End the session in good order (LOGOUT, QUIT). For POP3 the report says what became of deferred deletions."""

    def abandon(self) -> None:
        """Cut the connection at once, from any thread: a blocked read ends with CONNECTION_LOST."""


class OpenMailbox(Protocol):
    """The way to a mailbox."""

    def __call__(
        self,
        access: ServerAccess,
        credential: Secret,
        on_layer: Callable[[LayerReached], None],
        interrupt: Interrupt | None = None,
        /,
    ) -> Mailbox:
        """Connect, secure, sign in and open the folder, telling each layer as it is reached.

        :param interrupt: ends the opening with STOPPED; asked later, it cuts the mailbox like :meth:`Mailbox.abandon`
        """


# --- signing in by OAuth2 ---


class OAuthClient(Protocol):
    """Speaks OAuth 2.0 with the provider of one profile. Blocking; the network is waited for with time limits.

    Every method raises UserFixableError: OAUTH_REFUSED (the provider said no; ``cause`` says what it means),
    OAUTH_UNAVAILABLE (not reached, 5xx, throttled: nothing is lost, try later), OAUTH_BAD_ANSWER (an answer that fails
    our checks), NO_CLIENT_SECRET.
    """

    def begin(self, request: SignInRequest, redirect_uri: str) -> PendingSignIn:
        """Begin the authorization code flow with PKCE (S256), state and nonce; account choice is asked for."""

    def complete(self, pending: PendingSignIn, answer: Mapping[str, str]) -> Grant:
        """Exchange what the redirect brought for tokens, with ``iss`` (RFC 9207) and the ID token checked.

        :param answer: the parameters of the redirect; ``state`` was compared by whoever listened, and is again here
        """

    def begin_device(self, request: SignInRequest) -> PendingDevice:
        """Begin the device code flow (RFC 8628)."""

    def complete_device(self, pending: PendingDevice, should_stop: Callable[[], bool]) -> Grant:
        """Ask, as often as the provider allows, until the person has signed in.

        :raises UserFixableError: OAUTH_TIMED_OUT when the code has ended, STOPPED
        """

    def for_application(self, request: SignInRequest) -> Grant:
        """A token of the application's own, by client credentials."""

    def refresh(self, request: SignInRequest, cache: Secret) -> Grant:
        """A new access token from a token cache, always by asking the provider.

        The grant's cache holds the rotated refresh token: it must be stored before the access token is used.
        """


class OpenOAuthClient(Protocol):
    """The way to a provider."""

    def __call__(self, profile: OAuthProfile, credential: Secret | None, /) -> OAuthClient:
        """The client of a profile. No network yet.

        :param credential: its client secret or certificate (PEM), by its ``client_authentication``
        """


# --- secrets ---


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """The database's encryption key, without the key: id, a check value made with it, its wrapped copy."""

    key_id: str
    check: bytes
    wrapped: bytes | None = None
    kdf: str = ""
    """JSON of the key derivation's name and parameters, for the wrapped copy."""


@dataclass(frozen=True, slots=True)
class SealedSecret:
    """A secret as it lies in the database: AES-256-GCM under the key ``key_id``."""

    ref: SecretRef
    row_uid: str
    key_id: str
    nonce: bytes
    sealed: bytes


class SecretRows(Protocol):
    """The rows a vault keeps its secrets in (implemented by storage, used by vault)."""

    def key_record(self, *, to_change: bool = False) -> KeyRecord | None:
        """The key record in force, or None before the first secret. Inside a transaction it is so until its end.

        :param to_change: whether it is to be replaced, so that nobody else may rely on it, either
        """

    def claim_key_record(self, record: KeyRecord) -> KeyRecord:
        """Insert the first key record, or return the one another process inserted before."""

    def store_key_record(self, record: KeyRecord) -> None:
        """Replace the wrapped copy of the record with the same key id."""

    def load(self, ref: SecretRef) -> SealedSecret | None:
        """One sealed secret."""

    def all(self) -> list[SealedSecret]:
        """Every sealed secret."""

    def store(self, secret: SealedSecret) -> None:
        """Insert or replace the secret of that reference."""

    def delete(self, ref: SecretRef) -> bool:
        """Remove a secret; whether there was one."""

    def change_key(self, record: KeyRecord, secrets: Sequence[SealedSecret]) -> None:
        """Replace the key record and all secrets in one transaction."""

    def transaction(self) -> AbstractContextManager[None]:
        """One transaction around several calls."""


class Vault(Protocol):
    """Where secrets are kept. Calls can block for seconds (a keyring may ask its user); never on a GUI thread."""

    def available(self) -> None:
        """Make sure that the key is at hand, so that the next calls do not wait for a keyring's prompt.

        :raises UserFixableError: KEYRING_*, KEY_*, PASSPHRASE_*
        """

    def get(self, ref: SecretRef) -> Secret | None:
        """A secret, or None if there is none."""

    def put(self, ref: SecretRef, secret: Secret) -> None:
        """Keep a secret under this reference, replacing the one before."""

    def delete(self, ref: SecretRef) -> bool:
        """Forget a secret; whether there was one."""

    def list(self) -> list[SecretRef]:
        """The references of all secrets kept."""

    def has_passphrase(self) -> bool:
        """Whether the database holds a copy of its key under a passphrase."""

    def set_passphrase(self, passphrase: Secret) -> None:
        """Store a copy of the key under a passphrase, for other workstations; the one before is replaced."""

    def unlock(self, passphrase: Secret) -> None:
        """Take the key from its copy under the passphrase and keep it here, in the keyring or the key file."""

    def use_key_file(self, path: Path) -> None:
        """From now on the key is in this file, made if the database has no key yet.

        :raises UserFixableError: KEY_FILE_*, KEY_WRONG, FOLDER_NOT_WRITABLE; then nothing has changed
        """

    def use_passphrase(self, passphrase: Secret) -> None:
        """From now on, as long as this vault lives, the key is the database's copy under this passphrase.

        A database without a key gets one.

        :raises UserFixableError: PASSPHRASE_TOO_SHORT, PASSPHRASE_WRONG, PASSPHRASE_NOT_SET; then nothing has changed
        """

    def change_key(self) -> int:
        """Encrypt everything under a new key; the number of secrets. The old key is forgotten.

        A copy under a passphrase that is not at hand is dropped: see :meth:`has_passphrase`.
        """

    def where(self) -> str:
        """A stable word for where the key is: ``keyring``, ``key-file``, ``passphrase-file``, ``passphrase``."""
