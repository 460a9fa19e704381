"""The rules for what an administrator enters: one function per rule, each problem a code with facts.

A face turns a :class:`Problem` into one sentence; services refuse to save while there is one.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from cronsim import CronSim, CronSimError

from .accounts import (
    REMOVES_FORGED,
    AccountType,
    AfterFetch,
    Authentication,
    Dispatching,
    Encryption,
    Family,
    IncomingAccount,
    Validity,
)
from .lists import ListKind
from .names import name_key, tidy
from .oauth import OAuthProfile, Provider
from .problems import Fault, InvalidRecordError, Problem
from .queues import MailAddress, Queue
from .surroundings import PatternFacts, Surroundings

__all__ = [
    "ACCOUNT_RULES", "ACCOUNT_TEXTS", "MAX_LENGTHS", "Fault", "InvalidRecordError", "PatternFacts", "Problem", "Rule",
    "Surroundings", "account_faults", "address_faults", "control_characters", "cron_problem", "entry_faults",
    "fingerprint", "is_address", "is_host", "normalised", "normalised_address", "normalised_queue", "queue_faults",
    "queue_faults_of", "same_folder", "text_faults",
]  # fmt: skip


MAX_LENGTHS: Final = {
    "name": 191,
    "host": 200,
    "username": 200,
    "opens_mailbox": 200,
    "folder": 250,
    "move_to": 250,
    "ticket_type": 200,
    "oauth_profile": 191,
    "trusted_authserv_id": 200,
    "schedule": 200,
    "ca_file": 1000,
    "pinned_certificate": 200,
    "comment": 1000,
    "address": 200,
    "display_name": 200,
    "group": 200,
    "sender_address": 200,
    "instance_url": 500,
    "tenant": 200,
    "graph_url": 500,
    "discovery_url": 500,
    "authorization_url": 500,
    "token_url": 500,
    "device_url": 500,
    "client_id": 250,
    "scopes": 2000,
    "redirect_path": 200,
    "email": 254,
    "from_pattern": 1000,
    "number_pattern": 1000,
    "dynamic_field": 191,
    "login": 191,
    "customer_id": 150,
    "subject": 1000,
}
MAX_PRECEDENCE: Final = 1000
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_HOST: Final = re.compile(r"(?!-)[^\s/:@\\,;]+(?<!-)", re.ASCII)
_LABEL: Final = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.IGNORECASE)
_IPV6: Final = re.compile(r"[0-9a-f:.]*:[0-9a-f:.]*(%\w+)?", re.IGNORECASE)
_ADDRESS: Final = re.compile(r'[^\s@<>()\[\],;:\\"]+@[^\s@<>()\[\],;:\\"]+')
_TOKEN: Final = re.compile(r"[^\s()<>@,;:\\\"/\[\]?=\x00-\x1f\x7f]+")
"""token of RFC 2045, with letters beyond ASCII (RFC 6532): an authserv-id that needs no quotes (RFC 8601 2.2)."""
_FINGERPRINT: Final = re.compile(r"([0-9a-f]{2}:?){31}[0-9a-f]{2}", re.IGNORECASE)

Rule = Callable[[IncomingAccount, Surroundings], Iterator[Fault]]


def fingerprint(text: str) -> str:
    """A SHA-256 fingerprint in one form: 64 lower-case hex digits without colons."""
    return text.replace(":", "").replace(" ", "").lower()


def cron_problem(text: str) -> str | None:
    """What is wrong with a cron expression (five fields, as in crontab(5)), or None."""
    if len(text.split()) != 5:
        return "five fields are needed: minute, hour, day of month, month, day of week"
    try:
        next(CronSim(text, datetime(2026, 1, 1, tzinfo=UTC)))
    except CronSimError as error:
        return str(error)
    except StopIteration:
        return "this never happens"
    return None


def is_host(text: str) -> bool:
    """Whether text can be a host name (RFC 1123, IDNA allowed) or an IP address."""
    if _IPV6.fullmatch(text):
        return True
    if not _HOST.fullmatch(text) and not (text and not re.search(r"[\s/:@\\,;]", text)):
        return False
    try:
        ascii_name = text.rstrip(".").encode("idna").decode("ascii")
    except UnicodeError:
        return False
    return 0 < len(ascii_name) <= 253 and all(_LABEL.fullmatch(label) for label in ascii_name.split("."))


def is_address(text: str) -> bool:
    """Whether text is one bare e-mail address (a pragmatic subset of RFC 5321, UTF-8 allowed)."""
    return len(text) <= 254 and _ADDRESS.fullmatch(text) is not None


def control_characters(text: str) -> bool:
    """Whether text holds what no single line has: control characters, lone surrogates."""
    return _CONTROL.search(text) is not None


def text_faults(record: object, fields: Iterable[str], lengths: Mapping[str, int] = MAX_LENGTHS) -> Iterator[Fault]:
    """Text is bounded and holds no control characters."""
    for name in fields:
        value = getattr(record, name)
        if len(value) > lengths[name]:
            yield Fault(name, Problem.TOO_LONG, {"maximum": str(lengths[name])})
        if control_characters(value):
            yield Fault(name, Problem.CONTROL_CHARACTERS)


def _name(account: IncomingAccount, around: Surroundings) -> Iterator[Fault]:
    if not account.name.strip():
        yield Fault("name", Problem.REQUIRED)
    elif account.name.isdigit():  # ACCOUNT on the command line is a name or an id
        yield Fault("name", Problem.ALL_DIGITS)
    elif any(name_key(other.name) == name_key(account.name) for other in around.accounts):
        yield Fault("name", Problem.NOT_UNIQUE)


def _server(account: IncomingAccount, around: Surroundings) -> Iterator[Fault]:
    if account.type.family is Family.GRAPH:  # where its server is, its profile says
        for name in ("host", "port", "ca_file", "pinned_certificate"):
            if getattr(account, name) not in {"", None}:
                yield Fault(name, Problem.NOT_WITH_GRAPH)
        return
    if not account.host.strip():
        yield Fault("host", Problem.REQUIRED)
    elif not is_host(account.host):
        yield Fault("host", Problem.NOT_A_HOST)
    if account.port is not None and not 1 <= account.port <= 65535:
        yield Fault("port", Problem.OUT_OF_RANGE, {"minimum": "1", "maximum": "65535"})


def _sign_in(account: IncomingAccount, around: Surroundings) -> Iterator[Fault]:
    if not account.username.strip():
        yield Fault("username", Problem.REQUIRED)
    if account.authentication is Authentication.OAUTH2:
        yield from _oauth2(account, around)
        return
    if account.type.family is Family.GRAPH:
        yield Fault("authentication", Problem.GRAPH_NEEDS_OAUTH2)
    for name in ("oauth_profile", "opens_mailbox"):
        if getattr(account, name):
            yield Fault(name, Problem.NOT_WITH_PASSWORD)


def _oauth2(account: IncomingAccount, around: Surroundings) -> Iterator[Fault]:
    if account.type.encryption is Encryption.NONE:  # whoever reads a token along can read the mail
        yield Fault("type", Problem.TOKEN_NEEDS_TLS)
    if not account.oauth_profile:
        yield Fault("oauth_profile", Problem.REQUIRED)
        return
    profile = around.profiles.get(name_key(account.oauth_profile))
    if profile is None:
        yield Fault("oauth_profile", Problem.UNKNOWN_PROFILE, {"profile": account.oauth_profile})
        return
    if profile.validity is not Validity.VALID and account.validity is Validity.VALID:
        yield Fault("oauth_profile", Problem.INVALID_PROFILE, {"profile": profile.name})
    if account.type.family is Family.GRAPH and profile.provider is not Provider.MICROSOFT:
        yield Fault("oauth_profile", Problem.GRAPH_NEEDS_MICROSOFT)
    yield from _whose_mailbox(account, profile)


def _whose_mailbox(account: IncomingAccount, profile: OAuthProfile) -> Iterator[Fault]:
    """Microsoft and Google name mailboxes by addresses; an application that signs in as itself opens *username*."""
    by_address = profile.provider is not Provider.CUSTOM
    if by_address and account.username.strip() and not is_address(account.username):
        yield Fault("username", Problem.NOT_AN_ADDRESS)
    if not account.opens_mailbox:
        return
    if not profile.flow.by_person:
        yield Fault("opens_mailbox", Problem.OPENS_MAILBOX_NOT_USED)
    elif by_address and not is_address(account.opens_mailbox):
        yield Fault("opens_mailbox", Problem.NOT_AN_ADDRESS)


def _folder(account: IncomingAccount, around: Surroundings) -> Iterator[Fault]:
    if account.type.family is Family.POP3 and account.folder not in {"", "INBOX"}:
        yield Fault("folder", Problem.FOLDER_NOT_USED)


def queue_faults_of(field: str, name: str, around: Surroundings) -> Iterator[Fault]:
    """A field names a valid queue."""
    queue = around.queues.get(name_key(name))
    if queue is None:
        yield Fault(field, Problem.UNKNOWN_QUEUE, {"queue": name})
    elif queue.validity is not Validity.VALID:
        yield Fault(field, Problem.INVALID_QUEUE, {"queue": name})


def entry_faults(field: str, kind: ListKind, name: str, around: Surroundings) -> Iterator[Fault]:
    """A field names a valid entry of a list."""
    entry = around.lists.get(kind, {}).get(name_key(name))
    if entry is None:
        yield Fault(field, Problem.UNKNOWN_ENTRY, {"list": kind.value, "name": name})
    elif entry.validity is not Validity.VALID:
        yield Fault(field, Problem.INVALID_ENTRY, {"list": kind.value, "name": entry.name})


def _dispatching(account: IncomingAccount, around: Surroundings) -> Iterator[Fault]:
    if account.dispatching is Dispatching.ADDRESS:
        if account.queue:
            yield Fault("queue", Problem.QUEUE_NOT_USED)
        return
    if not account.queue:
        yield Fault("queue", Problem.REQUIRED)
    else:
        yield from queue_faults_of("queue", account.queue, around)


def _after_fetch(account: IncomingAccount, around: Surroundings) -> Iterator[Fault]:
    if account.after_fetch is not AfterFetch.MOVE:
        if account.move_to:
            yield Fault("move_to", Problem.MOVE_TO_NOT_USED)
        return
    if account.type.family is Family.POP3:
        yield Fault("after_fetch", Problem.MOVE_NEEDS_IMAP)
        return
    if not account.move_to.strip():
        yield Fault("move_to", Problem.REQUIRED)
        return
    for other in (account, *around.accounts):
        if other.mailbox == account.mailbox and same_folder(other.folder, account.move_to):
            yield Fault("move_to", Problem.MOVE_TO_FETCHED_FOLDER, {"account": other.name})
            return


def _fetches_no_archive(account: IncomingAccount, around: Surroundings) -> Iterator[Fault]:
    for other in around.accounts:
        if (
            other.after_fetch is AfterFetch.MOVE
            and other.mailbox == account.mailbox
            and same_folder(other.move_to, account.folder)
        ):
            yield Fault("folder", Problem.MOVE_TO_FETCHED_FOLDER, {"account": other.name})
            return


def _limits(account: IncomingAccount, around: Surroundings) -> Iterator[Fault]:
    if account.max_message_size_kb is not None and not 0 <= account.max_message_size_kb <= 1_000_000:
        yield Fault("max_message_size_kb", Problem.OUT_OF_RANGE, {"minimum": "0", "maximum": "1000000"})


def _precedence(account: IncomingAccount, around: Surroundings) -> Iterator[Fault]:
    if abs(account.precedence) > MAX_PRECEDENCE:
        yield Fault(
            "precedence", Problem.OUT_OF_RANGE, {"minimum": f"-{MAX_PRECEDENCE}", "maximum": f"{MAX_PRECEDENCE}"}
        )


def _trust(account: IncomingAccount, around: Surroundings) -> Iterator[Fault]:
    if account.trusted_authserv_id and not account.trusted:
        yield Fault("trusted_authserv_id", Problem.NEEDS_TRUST)
    elif account.trusted_authserv_id and not _TOKEN.fullmatch(
        account.trusted_authserv_id.removesuffix(f" {REMOVES_FORGED}")
    ):
        yield Fault("trusted_authserv_id", Problem.NOT_AN_AUTHSERV_ID)


def _schedule(account: IncomingAccount, around: Surroundings) -> Iterator[Fault]:
    if account.schedule and (detail := cron_problem(account.schedule)):
        yield Fault("schedule", Problem.NOT_CRON, {"detail": detail})


def _certificate(account: IncomingAccount, around: Surroundings) -> Iterator[Fault]:
    if account.pinned_certificate and not _FINGERPRINT.fullmatch(account.pinned_certificate):
        yield Fault("pinned_certificate", Problem.NOT_A_FINGERPRINT)
    if account.ca_file and account.pinned_certificate:
        yield Fault("ca_file", Problem.CA_AND_PIN)
    if account.type in {AccountType.IMAP, AccountType.POP3}:
        for name in ("ca_file", "pinned_certificate"):
            if getattr(account, name):
                yield Fault(name, Problem.TRUST_NEEDS_TLS)


ACCOUNT_TEXTS: Final = (
    "name", "host", "username", "opens_mailbox", "folder", "move_to", "ticket_type", "oauth_profile",
    "trusted_authserv_id", "schedule", "ca_file", "pinned_certificate", "comment",
)  # fmt: skip
ACCOUNT_RULES: Final[tuple[Rule, ...]] = (
    _name, _server, _sign_in, _folder, _dispatching, _after_fetch, _fetches_no_archive, _limits, _schedule,
    _certificate, _precedence, _trust,
)  # fmt: skip


def normalised(account: IncomingAccount) -> IncomingAccount:
    """The account as it is stored: names tidied, an empty folder is INBOX, a fingerprint in one form.

    Whoever opens the mailbox they sign in as opens no other one.
    """
    username, opens = account.username.strip(), account.opens_mailbox.strip()
    return dataclasses.replace(
        account,
        name=tidy(account.name),
        queue=tidy(account.queue),
        host=account.host.strip(),
        username=username,
        oauth_profile=tidy(account.oauth_profile),
        opens_mailbox="" if opens.casefold() == username.casefold() else opens,
        folder=account.folder.strip() or "INBOX",
        pinned_certificate=fingerprint(account.pinned_certificate),
        trusted_authserv_id=account.trusted_authserv_id.strip(),
    )


def same_folder(one: str, other: str) -> bool:
    """Whether two folder names mean one folder: INBOX in any case (RFC 3501 5.1), an empty name is INBOX."""
    one, other = one or "INBOX", other or "INBOX"
    return one == other or one.upper() == other.upper() == "INBOX"


def account_faults(account: IncomingAccount, around: Surroundings) -> list[Fault]:
    """Every rule the account breaks; ``around.accounts`` must not hold the account itself."""
    faults = list(text_faults(account, ACCOUNT_TEXTS))
    for rule in ACCOUNT_RULES:
        faults += rule(account, around)
    return faults


def normalised_queue(queue: Queue) -> Queue:
    """The queue as it is stored: name tidied, nothing around the sender address."""
    return dataclasses.replace(queue, name=tidy(queue.name), sender_address=queue.sender_address.strip())


def normalised_address(address: MailAddress) -> MailAddress:
    """The address as it is stored: nothing around it, the queue's name tidied."""
    return dataclasses.replace(address, address=address.address.strip(), queue=tidy(address.queue))


def queue_faults(queue: Queue, around: Surroundings) -> list[Fault]:
    """Every rule the queue breaks; ``around.queues`` must not hold the queue itself."""
    faults = list(text_faults(queue, ("name", "group", "sender_address", "comment")))
    if not queue.name.strip():
        faults.append(Fault("name", Problem.REQUIRED))
    elif not all(level.strip() == level != "" for level in queue.name.split("::")):
        faults.append(Fault("name", Problem.EMPTY_LEVEL))
    if name_key(queue.name) in around.queues:
        faults.append(Fault("name", Problem.NOT_UNIQUE))
    if queue.sender_address and name_key(queue.sender_address) not in around.addresses:
        faults.append(Fault("sender_address", Problem.UNKNOWN_ADDRESS, {"address": queue.sender_address}))
    # A default queue that is none of the others is this one, if by another name until now.
    if queue.validity is not Validity.VALID and not around.default_queues <= around.queues.keys():
        faults.append(Fault("validity", Problem.LAST_DEFAULT))
    return faults


def address_faults(address: MailAddress, around: Surroundings) -> list[Fault]:
    """Every rule the address breaks; ``around.addresses`` must not hold the address itself."""
    faults = list(text_faults(address, ("address", "display_name", "comment")))
    if not address.address:
        faults.append(Fault("address", Problem.REQUIRED))
    elif not is_address(address.address):
        faults.append(Fault("address", Problem.NOT_AN_ADDRESS))
    if name_key(address.address) in around.addresses:
        faults.append(Fault("address", Problem.NOT_UNIQUE))
    if not address.queue:
        faults.append(Fault("queue", Problem.REQUIRED))
    elif name_key(address.queue) not in around.queues:
        faults.append(Fault("queue", Problem.UNKNOWN_QUEUE, {"queue": address.queue}))
    return faults
