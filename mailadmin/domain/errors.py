"""Two families of error: the world's fault (tell the user what to do) and ours (log it, offer the details).

Services raise codes with facts; the faces (``cli/sentences.py``, later ``gui/sentences.py``) put them into words.
The server's own words are always carried along in ``server``.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Final


class Layer(enum.StrEnum):
    """Where in the journey something happened. The values are part of the JSON that scripts rely on."""

    NAME = "name"
    CONNECT = "connect"
    TLS = "tls"
    GREETING = "greeting"
    CAPABILITIES = "capabilities"
    SIGN_IN = "sign-in"
    FOLDER = "folder"
    LIST = "list"
    DOWNLOAD = "download"
    STORE = "store"
    DELETE = "delete"
    MOVE = "move"
    PROCESS = "process"


class Code(enum.StrEnum):
    """One stable word per cause. Scripts rely on them: add, do not change. Facts in brackets."""

    # configuration and usage
    UNKNOWN_ACCOUNT = "unknown-account"  # name
    UNKNOWN_QUEUE = "unknown-queue"  # name
    UNKNOWN_TICKET = "unknown-ticket"  # number
    UNKNOWN_MESSAGE = "unknown-message"  # id
    UNKNOWN_COMMUNICATION = "unknown-communication"  # id
    ACCOUNT_NOT_VALID = "account-not-valid"  # name, validity
    INVALID_RECORD = "invalid-record"  # table, record, key, problem (validation.Problem), ...
    BAD_FILE = "bad-file"  # path, detail
    EDIT_CONFLICT = "edit-conflict"  # table, record, changed_by, changed_at
    NOT_OFFERED_YET = "not-offered-yet"  # what
    WRONG_STATE = "wrong-state"  # what, state
    TICKET_MERGED = "ticket-merged"  # number, into (when it is known)
    MERGE_INTO_ITSELF = "merge-into-itself"  # number, into
    IN_USE = "in-use"  # table, record, used_by
    EXAMPLES_CHANGED = "examples-changed"  # count, examples (filter: subject, newline separated)
    # the wire
    HOST_NOT_FOUND = "host-not-found"  # host
    CONNECTION_REFUSED = "connection-refused"  # host, port
    CONNECTION_TIMED_OUT = "connection-timed-out"  # host, port, seconds
    CONNECTION_FAILED = "connection-failed"  # host, port, detail
    CONNECTION_LOST = "connection-lost"  # host, port, detail
    SERVER_BUSY = "server-busy"  # host, port: closed before or instead of a greeting, too many connections
    SERVER_SILENT = "server-silent"  # host, port, seconds
    SERVER_GARBAGE = "server-garbage"  # host, port, detail
    # the four below: also subject, issuer, names, not_before, not_after, days_left as far as the certificate says
    TLS_EXPIRED = "tls-certificate-expired"  # host, not_after, fingerprint: its time is over, or has not begun
    TLS_WRONG_NAME = "tls-certificate-wrong-name"  # host, names, fingerprint
    TLS_UNKNOWN_CA = "tls-certificate-unknown-ca"  # host, issuer, fingerprint
    TLS_PIN_MISMATCH = "tls-certificate-pin-mismatch"  # host, fingerprint, pinned
    TLS_FAILED = "tls-failed"  # host, port, detail
    TLS_CA_FILE = "tls-ca-file"  # path, detail
    STARTTLS_NOT_OFFERED = "starttls-not-offered"  # host, port
    SIGN_IN_REFUSED = "sign-in-refused"  # username
    SIGN_IN_NEEDS_TLS = "sign-in-needs-tls"  # username
    SIGN_IN_NOT_NOW = "sign-in-not-now"  # username, retry_after (seconds or "")
    SIGN_IN_NO_MECHANISM = "sign-in-no-mechanism"  # username, offered
    THROTTLED = "throttled"  # retry_after (seconds or "")
    SESSION_EXPIRED = "session-expired"  # host: the server ended a session because its access token did
    MAILBOX_REFUSES_TOKEN = "mailbox-refuses-token"  # username, signed_in: the mail server refuses a fresh token  # noqa: S105
    MAILBOX_NOT_FOUND = "mailbox-not-found"  # username: no such mailbox, or none that this sign-in can see
    NO_PASSWORD = "no-password"  # name  # noqa: S105
    FOLDER_NOT_FOUND = "folder-not-found"  # folder, folders (names, newline separated)
    FOLDER_NOT_OPENED = "folder-not-opened"  # folder
    SERVER_REFUSED = "server-refused"  # command
    MESSAGE_UNAVAILABLE = "message-unavailable"  # source, detail
    DELETE_FAILED = "delete-failed"  # count
    EXPUNGE_UNSAFE = "expunge-unsafe"  # count: no UIDPLUS and somebody else's messages are flagged \Deleted
    MOVE_FAILED = "move-failed"  # folder, count
    QUIT_REFUSED = "quit-refused"  # count
    TIME_BUDGET_SPENT = "time-budget-spent"  # seconds
    STOPPED = "stopped"
    # the database
    DATABASE_UNREACHABLE = "database-unreachable"  # url, detail
    DATABASE_LOCKED = "database-locked"  # url
    DATABASE_READ_ONLY = "database-read-only"  # url
    DATABASE_FULL = "database-full"  # url
    DATABASE_NEWER = "database-newer"  # url, schema, program
    DATABASE_OLDER = "database-older"  # url, schema, program: a server that must be upgraded by hand
    DATABASE_DAMAGED = "database-damaged"  # url, detail
    DATABASE_ON_NETWORK = "database-on-network-share"  # path, filesystem
    DATABASE_URL = "database-url"  # detail
    DATABASE_URL_HAS_PASSWORD = "database-url-has-password"  # noqa: S105
    DATABASE_UNSAFE = "database-unsafe"  # setting, value: commits may be lost after a crash
    FOLDER_NOT_WRITABLE = "folder-not-writable"  # path, detail
    # leases
    ACCOUNT_BUSY = "account-busy"  # name, holder
    LEASE_LOST = "lease-lost"  # name
    # secrets
    KEYRING_MISSING = "keyring-missing"  # detail
    KEYRING_LOCKED = "keyring-locked"  # detail
    KEYRING_SWALLOWS = "keyring-swallows"  # backend
    KEYRING_SILENT = "keyring-silent"  # seconds
    KEYRING_FAILED = "keyring-failed"  # backend: an error of the back end's own, its words in server
    KEY_NOT_IN_KEYRING = "key-not-in-keyring"  # passphrase (yes, no): whether a copy under a passphrase can unlock it
    TWO_KEY_SOURCES = "two-key-sources"  # key_file, passphrase_file
    KEY_FILE_MISSING = "key-file-missing"  # path
    KEY_FILE_UNREADABLE = "key-file-unreadable"  # path, detail
    KEY_FILE_MALFORMED = "key-file-malformed"  # path
    KEY_FILE_OPEN_TO_OTHERS = "key-file-open-to-others"  # path, mode
    KEY_WRONG = "key-wrong"  # where: this key does not belong to this database
    PASSPHRASE_FILE_UNREADABLE = "passphrase-file-unreadable"  # path, detail  # noqa: S105
    PASSPHRASE_WRONG = "passphrase-wrong"  # noqa: S105
    PASSPHRASE_TOO_SHORT = "passphrase-too-short"  # minimum  # noqa: S105
    PASSPHRASE_NOT_SET = "passphrase-not-set"  # the database has a key, but no copy under a passphrase  # noqa: S105
    SECRET_DAMAGED = "secret-damaged"  # ref  # noqa: S105
    UNKNOWN_SECRET = "unknown-secret"  # ref  # noqa: S105
    # signing in by OAuth2; the provider's own words are in server
    UNKNOWN_PROFILE = "unknown-profile"  # name
    PROFILE_NOT_VALID = "profile-not-valid"  # profile, validity
    SIGN_IN_NEEDED = "sign-in-needed"  # name, cause: nobody has signed in, or the provider refuses what there was
    OAUTH_REFUSED = "oauth2-refused"  # cause (key of the advice table), error, mailbox, facts_of the profile
    OAUTH_UNAVAILABLE = "oauth2-provider-unavailable"  # host, detail, retry_after (seconds or ""), tls ("yes")
    OAUTH_BAD_ANSWER = "oauth2-bad-answer"  # check (issuer, audience, expiry, nonce, state, format), expected, found
    OAUTH_TIMED_OUT = "oauth2-timed-out"  # minutes
    OAUTH_PORT_BUSY = "oauth2-port-busy"  # port
    OAUTH_WRONG_IDENTITY = "oauth2-wrong-identity"  # signed_in, expected
    OAUTH_NOT_AN_ANSWER = "oauth2-not-an-answer"  # expected: what was pasted is not the address of the last page
    NO_CLIENT_SECRET = "no-client-secret"  # profile, kind  # noqa: S105
    BAD_CLIENT_CERTIFICATE = "bad-client-certificate"  # profile, detail
    # messages
    EMPTY_INPUT = "empty-input"
    KILLED_TWICE = "killed-the-process"  # attempts
    PROCESSING_FAILED = "processing-failed"  # detail
    DEMO_MISSING = "demo-missing"  # package
    # ours
    BUG = "bug"  # detail


KEY_CODES: Final = frozenset({
    Code.KEYRING_MISSING, Code.KEYRING_LOCKED, Code.KEYRING_SWALLOWS, Code.KEYRING_SILENT, Code.KEYRING_FAILED,
    Code.KEY_NOT_IN_KEYRING, Code.TWO_KEY_SOURCES, Code.KEY_FILE_MISSING, Code.KEY_FILE_UNREADABLE,
    Code.KEY_FILE_MALFORMED, Code.KEY_FILE_OPEN_TO_OTHERS, Code.KEY_WRONG, Code.PASSPHRASE_FILE_UNREADABLE,
    Code.PASSPHRASE_WRONG, Code.PASSPHRASE_TOO_SHORT, Code.PASSPHRASE_NOT_SET,
})  # fmt: skip
"""The key to the stored passwords cannot be had."""

PROVIDER_CODES: Final = frozenset({
    Code.SIGN_IN_NEEDED, Code.OAUTH_REFUSED, Code.OAUTH_UNAVAILABLE, Code.OAUTH_BAD_ANSWER,
})  # fmt: skip
"""The other side whose words an error holds is the provider who signs people in, not the mail server."""


class MailadminError(Exception):
    """Anything mailadmin raises on purpose.

    :param code: the stable word for the cause
    :param facts: what a sentence needs; never a secret
    :param server: the other side's own words, unchanged but for decoding
    :param layer: where it happened, when that is known
    """

    def __init__(
        self,
        code: Code,
        facts: Mapping[str, object] | None = None,
        *,
        server: str = "",
        layer: Layer | None = None,
    ) -> None:
        self.code = code
        self.facts: dict[str, str] = {key: str(value) for key, value in (facts or {}).items()}
        self.server = server
        self.layer = layer
        super().__init__(code, self.facts, server)

    def __str__(self) -> str:
        facts = ", ".join(f"{key}={value}" for key, value in self.facts.items())
        words = f'; server said "{self.server}"' if self.server else ""
        return f"{self.code.value} ({facts}){words}" if facts else f"{self.code.value}{words}"


class UserFixableError(MailadminError):
    """The world's fault. The user is told what happened, why, and what to do."""


class BugError(MailadminError):
    """Our fault. Logged with its traceback; the user gets details to copy."""

    def __init__(self, detail: str) -> None:
        super().__init__(Code.BUG, {"detail": detail})
