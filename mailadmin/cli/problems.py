"""Every broken rule as a sentence about its field.

For example: ``incoming_account "support": port must be between 1 and 65535.``
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Final

from mailadmin.domain.outside_text import shown
from mailadmin.domain.settings import SETTINGS
from mailadmin.domain.validation import InvalidRecordError, Problem
from mailadmin.services.configuration.records import ACCOUNTS, TABLES

from .wording import Facts, password_reference, quoted

_SECRETS: Final = frozenset({"password", "passwd", "pw", "client_secret"})
_NOT_OFFERED: Final = frozenset({"MSGRAPH", "oauth2"})
"""Values that are known but refused in this version."""


def fault_sentence(table: str, record: str, key: str, problem: str, facts: Mapping[str, str]) -> str:
    """One fault with its place: table, record and key named."""
    known = Facts({name: shown(value) for name, value in facts.items()})
    place = " ".join(part for part in (shown(table), quoted(shown(record)) if record and record != key else "") if part)
    where = f"{place}: {shown(key)}" if place else shown(key)
    if problem == Problem.UNKNOWN_KEY:
        return f"{where} {_unknown_key(table, record, key)}"
    if problem == Problem.NOT_A_CHOICE and "choices" in known:
        known["choices"] = ", ".join(choice for choice in known["choices"].split(", ") if choice not in _NOT_OFFERED)
    said = PREDICATES[Problem(problem)] if problem in _NAMES else "breaks a rule"
    return f"{where} {said.format_map(known)}."


def _unknown_key(table: str, record: str, key: str) -> str:
    """What to do with a key that is not known: keep a secret elsewhere, or write it as it is known."""
    if key.casefold() in _SECRETS:
        account = record if table == ACCOUNTS.name and record else "NAME"
        return f"does not belong in this file; keep it with: mailadmin secret set {shown(password_reference(account))}"
    known = {name.casefold(): name for name in _known_keys(table)}
    near = difflib.get_close_matches(key.casefold(), known, n=1)
    if near:
        return f"is not known here; did you mean {quoted(known[near[0]])}?"
    return f"{PREDICATES[Problem.UNKNOWN_KEY]}."


def _known_keys(table: str) -> Iterable[str]:
    if table == "settings":
        return SETTINGS
    tables = {one.name: one.fields for one in TABLES}
    return tables.get(table, ()) if table else [*tables, "settings"]


def fault_sentences(error: InvalidRecordError) -> list[str]:
    """Every fault of an error, one sentence each."""
    return [
        fault_sentence(table, record, fault.field, fault.problem.value, fault.facts)
        for table, record, fault in error.faults
    ]


PREDICATES: Final[Mapping[Problem, str]] = {
    Problem.REQUIRED: "is needed, and is missing or empty",
    Problem.TOO_LONG: "is longer than {maximum} characters",
    Problem.NOT_UNIQUE: "is taken: another record has the same",
    Problem.ALL_DIGITS: "must not be all digits, because an account can also be named by its number",
    Problem.CONTROL_CHARACTERS: "holds control characters (such as a line break), which do not belong there",
    Problem.NOT_A_CHOICE: "must be one of: {choices}",
    Problem.WRONG_TYPE: "must be {expected}",
    Problem.UNKNOWN_KEY: "is not known here; check its spelling",
    Problem.NOT_A_HOST: "must be a host name or an IP address, without port or protocol",
    Problem.OUT_OF_RANGE: "must be between {minimum} and {maximum}",
    Problem.NOT_AN_ADDRESS: "must be a plain e-mail address, such as support@example.org",
    Problem.NOT_CRON: "is not cron syntax: {detail}",
    Problem.NOT_A_FINGERPRINT: "must be a SHA-256 fingerprint: 64 hexadecimal digits, with or without colons",
    Problem.NOT_DIGITS: "must be one to eight digits",
    Problem.UNKNOWN_QUEUE: 'names the queue "{queue}", which does not exist',
    Problem.UNKNOWN_ADDRESS: 'names the address "{address}", which is not among the addresses',
    Problem.INVALID_QUEUE: 'names the queue "{queue}", which is not valid',
    Problem.QUEUE_NOT_USED: 'counts with dispatching = "queue" only; leave it out, or change dispatching',
    Problem.MOVE_TO_NOT_USED: 'counts with after_fetch = "move" only; leave it out, or change after_fetch',
    Problem.FOLDER_NOT_USED: "does not count with POP3, which knows no folders; leave it out",
    Problem.MOVE_NEEDS_IMAP: 'cannot be "move" with POP3, which knows no folders; use "delete" or "keep"',
    Problem.MOVE_TO_FETCHED_FOLDER: "is a folder that mail is moved to and fetched from at once "
    '(see the account "{account}"): mail would go round',
    Problem.CA_AND_PIN: "and pinned_certificate exclude each other: trust an authority or one certificate",
    Problem.TRUST_NEEDS_TLS: "goes only with IMAPS, IMAPTLS, POP3S, POP3TLS",
    Problem.NOT_OFFERED_YET: 'cannot be "{what}" yet: this version does not offer it',
    Problem.NOT_WITH_PASSWORD: 'counts with authentication = "oauth2" only; leave it out',
    Problem.PATH_NOT_ABSOLUTE: "must be an absolute path",
    Problem.EMPTY_LEVEL: "has an empty level, or blanks around one (levels are parted by ::)",
    Problem.IN_USE: "is still used by {used_by}",
    Problem.LAST_DEFAULT: "is the default, and there must be one",
}
"""What is said of a field, for every problem (a test compares)."""

_NAMES: Final = frozenset(problem.value for problem in Problem)
