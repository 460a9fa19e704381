"""Every broken rule as a sentence about its field.

For example: ``incoming_account "support": port must be between 1 and 65535.``
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mailadmin.domain.validation import InvalidRecordError, Problem

from .output import shown
from .wording import Facts, quoted


def fault_sentence(table: str, record: str, key: str, problem: str, facts: Mapping[str, str]) -> str:
    """One fault with its place: table, record and key named."""
    known = Facts({name: shown(value) for name, value in facts.items()})
    said = PREDICATES[Problem(problem)] if problem in _NAMES else "breaks a rule"
    place = " ".join(part for part in (shown(table), quoted(shown(record)) if record and record != key else "") if part)
    return f"{place}: {shown(key)} {said.format_map(known)}." if place else f"{shown(key)} {said.format_map(known)}."


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
    Problem.TRUST_NEEDS_TLS: "counts with an encrypted type only",
    Problem.NOT_OFFERED_YET: 'cannot be "{what}" yet: this version does not offer it',
    Problem.NOT_WITH_PASSWORD: 'counts with authentication = "oauth2" only; leave it out',
    Problem.PATH_NOT_ABSOLUTE: "must be an absolute path",
    Problem.EMPTY_LEVEL: "has an empty level, or blanks around one (levels are parted by ::)",
    Problem.IN_USE: "is still used by {used_by}",
    Problem.LAST_DEFAULT: "is the default, and there must be one",
}
"""What is said of a field, for every problem (a test compares)."""

_NAMES: Final = frozenset(problem.value for problem in Problem)
