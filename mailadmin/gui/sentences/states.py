"""One or two words for every state and choice that is shown. A value of a newer version is shown as it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mailadmin.domain.accounts import AccountState, AccountType, AfterFetch, Authentication, Dispatching, Validity
from mailadmin.domain.messages import InboxState, ServerState
from mailadmin.domain.oauth import ClientAuthentication, Flow, Provider
from mailadmin.domain.outcomes import FetchStatus
from mailadmin.domain.sign_in import SignInState
from mailadmin.domain.vocabulary import FollowUpOption

from .wording import QT_TRANSLATE_NOOP, filled, harmless, translate


def account_state(state: str, failures: int = 0) -> str:
    """How an account is doing: ``ok``, ``never fetched``, ``waiting``, ``failing (4)``, ``invalid``."""
    if state == AccountState.FAILING and failures:
        return filled(QT_TRANSLATE_NOOP("Sentences", "failing ({count})"), {"count": str(failures)})
    return _word(ACCOUNT_STATES, state)


def type_label(kind: AccountType) -> str:
    """An account type by its OTOBO name."""
    return kind.value


def type_description(kind: AccountType) -> str:
    """An account type explained: ``IMAP with TLS from the start (port 993)``."""
    return filled(TYPE_DESCRIPTIONS[kind], {"port": str(kind.default_port or "")})


def validity(value: str) -> str:
    """``valid``, ``invalid``, ``invalid-temporarily``."""
    return _word(VALIDITIES, value)


def dispatching(value: str) -> str:
    """What decides the queue, in OTOBO's words."""
    return _word(DISPATCHINGS, value)


def after_fetch(value: str) -> str:
    """What becomes of the server's copy."""
    return _word(AFTER_FETCHES, value)


def follow_up_option(value: str) -> str:
    """What a queue does with a reply to a closed ticket."""
    return _word(FOLLOW_UP_OPTIONS, value)


def follow_up_description(value: str) -> str:
    """The same in a sentence."""
    return _word(FOLLOW_UP_DESCRIPTIONS, value)


def authentication(value: str) -> str:
    """How an account signs in."""
    return _word(AUTHENTICATIONS, value)


def provider(value: str) -> str:
    """Who signs people in."""
    return _word(PROVIDERS, value)


def flow(value: str) -> str:
    """Who signs in, and how: ``in the browser``."""
    return _word(FLOWS, value)


def flow_description(value: str) -> str:
    """The same in a sentence."""
    return _word(FLOW_DESCRIPTIONS, value)


def client_authentication(value: str) -> str:
    """How the program proves to a provider who it is."""
    return _word(CLIENT_AUTHENTICATIONS, value)


def sign_in_state(value: str) -> str:
    """How an OAuth2 account stands with its provider."""
    return _word(SIGN_IN_STATES, value)


def trusted(value: bool) -> str:
    """``yes`` or ``no``."""
    return yes_no(value)


def trusted_description(value: bool) -> str:
    """What trusting an account means."""
    if value:
        return translate(
            "Sentences", "X-OTOBO headers of incoming mail are obeyed. Choose this for known senders only."
        )
    return translate("Sentences", "X-OTOBO headers of incoming mail are ignored.")


def yes_no(value: bool) -> str:
    """``yes`` or ``no``."""
    return translate("Sentences", "yes") if value else translate("Sentences", "no")


def inbox_state(value: str) -> str:
    """What has become of a message on our side."""
    return _word(INBOX_STATES, value)


def server_state(value: str) -> str:
    """What has become of the copy on the server."""
    return _word(SERVER_STATES, value)


def ticket_state(name: str) -> str:
    """A ticket's state."""
    return _word(TICKET_STATES, name)


def priority(name: str) -> str:
    """A ticket's priority, with its digit."""
    return _word(PRIORITY_NAMES, name)


def lock(name: str) -> str:
    """A ticket's lock."""
    return _word(LOCK_NAMES, name)


def sender_type(name: str) -> str:
    """Who wrote an article."""
    return _word(SENDER_TYPE_NAMES, name)


def fetch_status(value: str) -> str:
    """How one account's fetch ended."""
    return _word(FETCH_STATUSES, value)


def count_name(count: str) -> str:
    """What a number of a fetch counts: ``New tickets`` for ``new_tickets``."""
    return _word(COUNT_NAMES, count)


def count_description(count: str) -> str:
    """The same in a sentence, for a tooltip."""
    return _word(COUNT_DESCRIPTIONS, count)


def history_event(event: str) -> str:
    """What happened to a ticket, by the name in its history."""
    return _word(HISTORY_EVENTS, event)


def keys_kept(where: str) -> str:
    """Where the key to the passwords is kept (SecretService.where), in a sentence."""
    return _word(KEY_PLACES, where)


def _word(words: Mapping[str, str], value: str) -> str:
    text = words.get(value)
    return harmless(value) if text is None else translate("Sentences", text)


ACCOUNT_STATES: Final[Mapping[str, str]] = {
    AccountState.OK: QT_TRANSLATE_NOOP("Sentences", "ok"),
    AccountState.NEVER_FETCHED: QT_TRANSLATE_NOOP("Sentences", "never fetched"),
    AccountState.WAITING: QT_TRANSLATE_NOOP("Sentences", "waiting"),
    AccountState.NEEDS_SIGN_IN: QT_TRANSLATE_NOOP("Sentences", "needs sign-in"),
    AccountState.FAILING: QT_TRANSLATE_NOOP("Sentences", "failing"),
    AccountState.INVALID: QT_TRANSLATE_NOOP("Sentences", "invalid"),
    AccountState.INVALID_TEMPORARILY: QT_TRANSLATE_NOOP("Sentences", "invalid-temporarily"),
}
TYPE_DESCRIPTIONS: Final[Mapping[AccountType, str]] = {
    AccountType.IMAP: QT_TRANSLATE_NOOP("Sentences", "IMAP without encryption (port {port})"),
    AccountType.IMAPS: QT_TRANSLATE_NOOP("Sentences", "IMAP with TLS from the start (port {port})"),
    AccountType.IMAPTLS: QT_TRANSLATE_NOOP("Sentences", "IMAP with STARTTLS (port {port})"),
    AccountType.POP3: QT_TRANSLATE_NOOP("Sentences", "POP3 without encryption (port {port})"),
    AccountType.POP3S: QT_TRANSLATE_NOOP("Sentences", "POP3 with TLS from the start (port {port})"),
    AccountType.POP3TLS: QT_TRANSLATE_NOOP("Sentences", "POP3 with STARTTLS (port {port})"),
    AccountType.MSGRAPH: QT_TRANSLATE_NOOP("Sentences", "Microsoft Graph"),
}
VALIDITIES: Final[Mapping[str, str]] = {
    Validity.VALID: QT_TRANSLATE_NOOP("Sentences", "valid"),
    Validity.INVALID: QT_TRANSLATE_NOOP("Sentences", "invalid"),
    Validity.INVALID_TEMPORARILY: QT_TRANSLATE_NOOP("Sentences", "invalid-temporarily"),
}
DISPATCHINGS: Final[Mapping[str, str]] = {
    Dispatching.ADDRESS: QT_TRANSLATE_NOOP("Sentences", "by e-mail To: field"),
    Dispatching.QUEUE: QT_TRANSLATE_NOOP("Sentences", "by selected queue"),
}
AFTER_FETCHES: Final[Mapping[str, str]] = {
    AfterFetch.DELETE: QT_TRANSLATE_NOOP("Sentences", "Delete from the server"),
    AfterFetch.KEEP: QT_TRANSLATE_NOOP("Sentences", "Keep on the server"),
    AfterFetch.MOVE: QT_TRANSLATE_NOOP("Sentences", "Move to a folder"),
}
FOLLOW_UP_OPTIONS: Final[Mapping[str, str]] = {
    FollowUpOption.POSSIBLE: QT_TRANSLATE_NOOP("Sentences", "possible"),
    FollowUpOption.REJECT: QT_TRANSLATE_NOOP("Sentences", "reject"),
    FollowUpOption.NEW_TICKET: QT_TRANSLATE_NOOP("Sentences", "new ticket"),
}
FOLLOW_UP_DESCRIPTIONS: Final[Mapping[str, str]] = {
    FollowUpOption.POSSIBLE: QT_TRANSLATE_NOOP("Sentences", "A reply to a closed ticket opens it again."),
    FollowUpOption.REJECT: QT_TRANSLATE_NOOP(
        "Sentences", "A reply to a closed ticket is kept there as refused; the ticket stays closed."
    ),
    FollowUpOption.NEW_TICKET: QT_TRANSLATE_NOOP("Sentences", "A reply to a closed ticket makes a new ticket."),
}
AUTHENTICATIONS: Final[Mapping[str, str]] = {
    Authentication.PASSWORD: QT_TRANSLATE_NOOP("Sentences", "Password"),
    Authentication.OAUTH2: QT_TRANSLATE_NOOP("Sentences", "OAuth2"),
}
PROVIDERS: Final[Mapping[str, str]] = {
    Provider.MICROSOFT: QT_TRANSLATE_NOOP("Sentences", "Microsoft"),
    Provider.GOOGLE: QT_TRANSLATE_NOOP("Sentences", "Google"),
    Provider.CUSTOM: QT_TRANSLATE_NOOP("Sentences", "another (OpenID Connect)"),
}
FLOWS: Final[Mapping[str, str]] = {
    Flow.AUTHORIZATION_CODE: QT_TRANSLATE_NOOP("Sentences", "in the browser"),
    Flow.CLIENT_CREDENTIALS: QT_TRANSLATE_NOOP("Sentences", "by itself"),
    Flow.DEVICE_CODE: QT_TRANSLATE_NOOP("Sentences", "with a code"),
}
FLOW_DESCRIPTIONS: Final[Mapping[str, str]] = {
    Flow.AUTHORIZATION_CODE: QT_TRANSLATE_NOOP(
        "Sentences", "Somebody signs in with the browser of this computer (authorization code with PKCE)."
    ),
    Flow.CLIENT_CREDENTIALS: QT_TRANSLATE_NOOP(
        "Sentences", "The program signs in by itself, and nobody is asked (client credentials)."
    ),
    Flow.DEVICE_CODE: QT_TRANSLATE_NOOP(
        "Sentences", "Somebody enters a code in the browser of any device (device code)."
    ),
}
CLIENT_AUTHENTICATIONS: Final[Mapping[str, str]] = {
    ClientAuthentication.NONE: QT_TRANSLATE_NOOP("Sentences", "nothing (public client)"),
    ClientAuthentication.SECRET: QT_TRANSLATE_NOOP("Sentences", "a client secret"),
    ClientAuthentication.CERTIFICATE: QT_TRANSLATE_NOOP("Sentences", "a certificate"),
}
SIGN_IN_STATES: Final[Mapping[str, str]] = {
    SignInState.SIGNED_IN: QT_TRANSLATE_NOOP("Sentences", "signed in"),
    SignInState.NEEDED: QT_TRANSLATE_NOOP("Sentences", "needs sign-in"),
    SignInState.BY_ITSELF: QT_TRANSLATE_NOOP("Sentences", "by itself"),
}
INBOX_STATES: Final[Mapping[str, str]] = {
    InboxState.TOO_BIG: QT_TRANSLATE_NOOP("Sentences", "too big"),
    InboxState.STORED: QT_TRANSLATE_NOOP("Sentences", "waits to be processed"),
    InboxState.PROCESSED: QT_TRANSLATE_NOOP("Sentences", "processed"),
    InboxState.IGNORED: QT_TRANSLATE_NOOP("Sentences", "ignored"),
    InboxState.HELD: QT_TRANSLATE_NOOP("Sentences", "held"),
    InboxState.QUARANTINED: QT_TRANSLATE_NOOP("Sentences", "quarantined"),
    InboxState.DUPLICATE: QT_TRANSLATE_NOOP("Sentences", "duplicate"),
    InboxState.DISCARDED: QT_TRANSLATE_NOOP("Sentences", "discarded"),
}
SERVER_STATES: Final[Mapping[str, str]] = {
    ServerState.PENDING: QT_TRANSLATE_NOOP("Sentences", "still on the server, will be removed"),
    ServerState.DONE: QT_TRANSLATE_NOOP("Sentences", "removed from the server"),
    ServerState.KEPT: QT_TRANSLATE_NOOP("Sentences", "kept on the server"),
    ServerState.GONE: QT_TRANSLATE_NOOP("Sentences", "no longer on the server"),
    ServerState.FAILED: QT_TRANSLATE_NOOP("Sentences", "still on the server, could not be removed"),
}
TICKET_STATES: Final[Mapping[str, str]] = {
    "new": QT_TRANSLATE_NOOP("Sentences", "new"),
    "open": QT_TRANSLATE_NOOP("Sentences", "open"),
    "closed successful": QT_TRANSLATE_NOOP("Sentences", "closed successful"),
    "closed unsuccessful": QT_TRANSLATE_NOOP("Sentences", "closed unsuccessful"),
    "removed": QT_TRANSLATE_NOOP("Sentences", "removed"),
    "pending reminder": QT_TRANSLATE_NOOP("Sentences", "pending reminder"),
    "pending auto close+": QT_TRANSLATE_NOOP("Sentences", "pending auto close+"),
    "pending auto close-": QT_TRANSLATE_NOOP("Sentences", "pending auto close-"),
    "merged": QT_TRANSLATE_NOOP("Sentences", "merged"),
}
PRIORITY_NAMES: Final[Mapping[str, str]] = {
    "1 very low": QT_TRANSLATE_NOOP("Sentences", "1 very low"),
    "2 low": QT_TRANSLATE_NOOP("Sentences", "2 low"),
    "3 normal": QT_TRANSLATE_NOOP("Sentences", "3 normal"),
    "4 high": QT_TRANSLATE_NOOP("Sentences", "4 high"),
    "5 very high": QT_TRANSLATE_NOOP("Sentences", "5 very high"),
}
LOCK_NAMES: Final[Mapping[str, str]] = {
    "unlock": QT_TRANSLATE_NOOP("Sentences", "unlocked"),
    "lock": QT_TRANSLATE_NOOP("Sentences", "locked"),
    "tmp_lock": QT_TRANSLATE_NOOP("Sentences", "locked for the moment"),
}
SENDER_TYPE_NAMES: Final[Mapping[str, str]] = {
    "agent": QT_TRANSLATE_NOOP("Sentences", "agent"),
    "system": QT_TRANSLATE_NOOP("Sentences", "system"),
    "customer": QT_TRANSLATE_NOOP("Sentences", "customer"),
}
FETCH_STATUSES: Final[Mapping[str, str]] = {
    FetchStatus.OK: QT_TRANSLATE_NOOP("Sentences", "ok"),
    FetchStatus.FAILED: QT_TRANSLATE_NOOP("Sentences", "failed"),
    FetchStatus.STOPPED: QT_TRANSLATE_NOOP("Sentences", "stopped"),
    FetchStatus.BUSY: QT_TRANSLATE_NOOP("Sentences", "being fetched elsewhere"),
    FetchStatus.INVALID: QT_TRANSLATE_NOOP("Sentences", "not valid"),
}
COUNT_NAMES: Final[Mapping[str, str]] = {
    "seen": QT_TRANSLATE_NOOP("Sentences", "Listed"),
    "fetched": QT_TRANSLATE_NOOP("Sentences", "Fetched"),
    "bytes": QT_TRANSLATE_NOOP("Sentences", "Size"),
    "new_tickets": QT_TRANSLATE_NOOP("Sentences", "New tickets"),
    "follow_ups": QT_TRANSLATE_NOOP("Sentences", "Follow-ups"),
    "ignored": QT_TRANSLATE_NOOP("Sentences", "Ignored"),
    "rejected": QT_TRANSLATE_NOOP("Sentences", "Rejected"),
    "held": QT_TRANSLATE_NOOP("Sentences", "Held"),
    "duplicates": QT_TRANSLATE_NOOP("Sentences", "Duplicates"),
    "quarantined": QT_TRANSLATE_NOOP("Sentences", "Quarantined"),
    "too_big": QT_TRANSLATE_NOOP("Sentences", "Too big"),
    "deleted": QT_TRANSLATE_NOOP("Sentences", "Deleted"),
    "moved": QT_TRANSLATE_NOOP("Sentences", "Moved"),
    "left_on_server": QT_TRANSLATE_NOOP("Sentences", "Left on server"),
}
COUNT_DESCRIPTIONS: Final[Mapping[str, str]] = {
    "seen": QT_TRANSLATE_NOOP("Sentences", "Messages that are in the folder on the server"),
    "fetched": QT_TRANSLATE_NOOP("Sentences", "Messages that were downloaded and stored here"),
    "bytes": QT_TRANSLATE_NOOP("Sentences", "How much was downloaded"),
    "new_tickets": QT_TRANSLATE_NOOP("Sentences", "Messages that became new tickets"),
    "follow_ups": QT_TRANSLATE_NOOP("Sentences", "Replies that went to their tickets"),
    "ignored": QT_TRANSLATE_NOOP("Sentences", "Messages that asked to be ignored; they are in the archive"),
    "rejected": QT_TRANSLATE_NOOP("Sentences", "Replies to closed tickets in queues that refuse them"),
    "held": QT_TRANSLATE_NOOP("Sentences", "Messages that wait for somebody"),
    "duplicates": QT_TRANSLATE_NOOP("Sentences", "Messages that were here already"),
    "quarantined": QT_TRANSLATE_NOOP("Sentences", "Messages that could not be processed and are set aside"),
    "too_big": QT_TRANSLATE_NOOP("Sentences", "Messages over the size limit; they stay on the server"),
    "deleted": QT_TRANSLATE_NOOP("Sentences", "Messages deleted on the server after they were stored"),
    "moved": QT_TRANSLATE_NOOP("Sentences", "Messages moved on the server after they were stored"),
    "left_on_server": QT_TRANSLATE_NOOP("Sentences", "Messages that are still on the server"),
}
HISTORY_EVENTS: Final[Mapping[str, str]] = {
    "NewTicket": QT_TRANSLATE_NOOP("Sentences", "Ticket created"),
    "FollowUp": QT_TRANSLATE_NOOP("Sentences", "Reply received"),
    "FollowUpRejected": QT_TRANSLATE_NOOP("Sentences", "Reply refused"),
    "StateUpdate": QT_TRANSLATE_NOOP("Sentences", "State changed"),
    "LockUpdate": QT_TRANSLATE_NOOP("Sentences", "Lock changed"),
    "Move": QT_TRANSLATE_NOOP("Sentences", "Moved to a queue"),
    "TitleUpdate": QT_TRANSLATE_NOOP("Sentences", "Title changed"),
    "CustomerUpdate": QT_TRANSLATE_NOOP("Sentences", "Customer changed"),
    "Merged": QT_TRANSLATE_NOOP("Sentences", "Merged"),
    "PriorityUpdate": QT_TRANSLATE_NOOP("Sentences", "Priority changed"),
    "TypeUpdate": QT_TRANSLATE_NOOP("Sentences", "Type changed"),
    "OwnerUpdate": QT_TRANSLATE_NOOP("Sentences", "Owner changed"),
    "ResponsibleUpdate": QT_TRANSLATE_NOOP("Sentences", "Responsible changed"),
    "ServiceUpdate": QT_TRANSLATE_NOOP("Sentences", "Service changed"),
    "SLAUpdate": QT_TRANSLATE_NOOP("Sentences", "SLA changed"),
    "SetPendingTime": QT_TRANSLATE_NOOP("Sentences", "Pending time changed"),
    "TicketDynamicFieldUpdate": QT_TRANSLATE_NOOP("Sentences", "Dynamic field changed"),
    "Bounce": QT_TRANSLATE_NOOP("Sentences", "Mail came back"),
    "Delayed": QT_TRANSLATE_NOOP("Sentences", "Delivery is delayed"),
    "CopyTakesOver": QT_TRANSLATE_NOOP("Sentences", "Another copy decides"),
}
KEY_PLACES: Final[Mapping[str, str]] = {
    "keyring": QT_TRANSLATE_NOOP(
        "Sentences",
        "Passwords and secrets are kept encrypted in the database, the key to them in this computer's keyring.",
    ),
    "key-file": QT_TRANSLATE_NOOP(
        "Sentences",
        "Passwords and secrets are kept encrypted in the database, the key to them in a key file.",
    ),
    "passphrase-file": QT_TRANSLATE_NOOP(
        "Sentences",
        "Passwords and secrets are kept encrypted in the database, the key to them under a passphrase in a file.",
    ),
    "passphrase": QT_TRANSLATE_NOOP(
        "Sentences",
        "Passwords and secrets are kept encrypted in the database, the key to them under a passphrase.",
    ),
}
