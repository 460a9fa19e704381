"""Every broken rule as a short sentence for the place under its field, and the labels of the fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mailadmin.domain.validation import Fault, InvalidRecordError, Problem

from . import times
from .oauth_problems import OAUTH_OF_FIELD, OAUTH_PROBLEMS
from .rule_problems import RULE_FIELDS, RULE_PROBLEMS, RULE_TABLES, RULES_OF_FIELD
from .wording import QT_TRANSLATE_NOOP, Part, composed, filled, harmless, known, translate

ACCOUNT: Final = "incoming_account"
QUEUE: Final = "queue"
ADDRESS: Final = "address"
PROFILE: Final = "oauth_profile"
FILTER: Final = "filter"
CUSTOMER: Final = "customer_user"
COMPANY: Final = "company"
RESPONSE: Final = "auto_response"
EXTERNAL: Final = "external_number"


def fault_sentence(fault: Fault, table: str = ACCOUNT) -> str:
    """What is said under a field.

    :param table: whose field it is: ``incoming_account``, ``oauth_profile``, ``queue``, ``address`` or ``settings``
    """
    return problem_sentence(table, fault.field, fault.problem, fault.facts)


def problem_sentence(table: str, field: str, problem: Problem, facts: Mapping[str, str]) -> str:
    """The same for a problem and its facts."""
    part = _OF_FIELD.get((table, field, problem)) or _OF_FIELD.get(("", field, problem)) or PROBLEMS[problem]
    clean = known(facts)
    for name in ("minimum", "maximum"):
        if clean.get(name, "").isdecimal():
            # A port is no amount: only large bounds are written with groups.
            value = int(clean[name])
            clean[name] = times.number(value) if value >= 100_000 else str(value)
    return composed((part,), clean)


def fault_sentences(error: InvalidRecordError) -> list[str]:
    """Every fault of an error with its field, such as ``Port: A port is a number from 1 to 65535.``."""
    said = QT_TRANSLATE_NOOP("Sentences", "{field}: {said}")
    return [
        filled(said, {"field": field_label(table, fault.field), "said": fault_sentence(fault, table)})
        for table, _, fault in error.faults
    ]


def field_label(table: str, field: str) -> str:
    """A field as the form labels it (without mnemonic and colon); a field without a label by its name."""
    label = FIELDS.get(table, {}).get(field)
    return harmless(field) if label is None else translate("Sentences", label)


def table_label(table: str) -> str:
    """What a record of a table is called: ``Account``."""
    label = TABLES.get(table)
    return harmless(table) if label is None else translate("Sentences", label)


TABLES: Final[Mapping[str, str]] = {
    ACCOUNT: QT_TRANSLATE_NOOP("Sentences", "Account"),
    QUEUE: QT_TRANSLATE_NOOP("Sentences", "Queue"),
    ADDRESS: QT_TRANSLATE_NOOP("Sentences", "E-mail address"),
    PROFILE: QT_TRANSLATE_NOOP("Sentences", "Profile"),
    FILTER: QT_TRANSLATE_NOOP("Sentences", "Filter"),
    **RULE_TABLES,
    "settings": QT_TRANSLATE_NOOP("Sentences", "Setting"),
}

_STAMPS: Final[Mapping[str, str]] = {
    "created": QT_TRANSLATE_NOOP("Sentences", "Created"),
    "changed": QT_TRANSLATE_NOOP("Sentences", "Changed"),
    "validity": QT_TRANSLATE_NOOP("Sentences", "Validity"),
    "comment": QT_TRANSLATE_NOOP("Sentences", "Comment"),
}
FIELDS: Final[Mapping[str, Mapping[str, str]]] = {
    ACCOUNT: {
        "name": QT_TRANSLATE_NOOP("Sentences", "Name"),
        "type": QT_TRANSLATE_NOOP("Sentences", "Type"),
        "host": QT_TRANSLATE_NOOP("Sentences", "Host"),
        "port": QT_TRANSLATE_NOOP("Sentences", "Port"),
        "username": QT_TRANSLATE_NOOP("Sentences", "Username"),
        "password": QT_TRANSLATE_NOOP("Sentences", "Password"),
        "authentication": QT_TRANSLATE_NOOP("Sentences", "Authentication"),
        "oauth_profile": QT_TRANSLATE_NOOP("Sentences", "Profile"),
        "opens_mailbox": QT_TRANSLATE_NOOP("Sentences", "Opens mailbox"),
        "folder": QT_TRANSLATE_NOOP("Sentences", "Folder"),
        "trusted": QT_TRANSLATE_NOOP("Sentences", "Trusted"),
        "trusted_authserv_id": QT_TRANSLATE_NOOP("Sentences", "Proven by server"),
        "precedence": QT_TRANSLATE_NOOP("Sentences", "Precedence"),
        "dispatching": QT_TRANSLATE_NOOP("Sentences", "Dispatching"),
        "queue": QT_TRANSLATE_NOOP("Sentences", "Queue"),
        "ticket_type": QT_TRANSLATE_NOOP("Sentences", "Ticket type"),
        "after_fetch": QT_TRANSLATE_NOOP("Sentences", "After fetching"),
        "move_to": QT_TRANSLATE_NOOP("Sentences", "Move to"),
        "max_message_size_kb": QT_TRANSLATE_NOOP("Sentences", "Largest message (KB)"),
        "images_as_attachments": QT_TRANSLATE_NOOP("Sentences", "Inline images as attachments"),
        "schedule": QT_TRANSLATE_NOOP("Sentences", "Schedule"),
        "watch": QT_TRANSLATE_NOOP("Sentences", "Fetch as mail arrives"),
        "fetch_from": QT_TRANSLATE_NOOP("Sentences", "Only mail from"),
        "ca_file": QT_TRANSLATE_NOOP("Sentences", "Certificate authority file"),
        "pinned_certificate": QT_TRANSLATE_NOOP("Sentences", "Pinned certificate"),
        **_STAMPS,
    },
    QUEUE: {
        "name": QT_TRANSLATE_NOOP("Sentences", "Name"),
        "follow_up": QT_TRANSLATE_NOOP("Sentences", "Follow-up option"),
        "follow_up_lock": QT_TRANSLATE_NOOP("Sentences", "Lock after a follow-up"),
        "sender_address": QT_TRANSLATE_NOOP("Sentences", "Sender address"),
        "group": QT_TRANSLATE_NOOP("Sentences", "Group"),
        **_STAMPS,
    },
    ADDRESS: {
        "address": QT_TRANSLATE_NOOP("Sentences", "E-mail address"),
        "display_name": QT_TRANSLATE_NOOP("Sentences", "Display name"),
        "queue": QT_TRANSLATE_NOOP("Sentences", "Queue"),
        **_STAMPS,
    },
    FILTER: {
        "name": QT_TRANSLATE_NOOP("Sentences", "Name"),
        "order": QT_TRANSLATE_NOOP("Sentences", "Order"),
        "stop": QT_TRANSLATE_NOOP("Sentences", "Stop after match"),
        "conditions": QT_TRANSLATE_NOOP("Sentences", "Conditions"),
        "actions": QT_TRANSLATE_NOOP("Sentences", "Actions"),
        "accounts": QT_TRANSLATE_NOOP("Sentences", "Accounts"),
        **_STAMPS,
    },
    PROFILE: {
        "name": QT_TRANSLATE_NOOP("Sentences", "Name"),
        "provider": QT_TRANSLATE_NOOP("Sentences", "Provider"),
        "flow": QT_TRANSLATE_NOOP("Sentences", "Sign-in"),
        "instance_url": QT_TRANSLATE_NOOP("Sentences", "Instance URL"),
        "tenant": QT_TRANSLATE_NOOP("Sentences", "Tenant"),
        "graph_url": QT_TRANSLATE_NOOP("Sentences", "Microsoft Graph URL"),
        "discovery_url": QT_TRANSLATE_NOOP("Sentences", "Discovery URL"),
        "authorization_url": QT_TRANSLATE_NOOP("Sentences", "Authorization URL"),
        "token_url": QT_TRANSLATE_NOOP("Sentences", "Token URL"),
        "device_url": QT_TRANSLATE_NOOP("Sentences", "Device code URL"),
        "client_id": QT_TRANSLATE_NOOP("Sentences", "Client ID"),
        "client_authentication": QT_TRANSLATE_NOOP("Sentences", "Program proves itself by"),
        "client_secret": QT_TRANSLATE_NOOP("Sentences", "Client secret"),
        "client_certificate": QT_TRANSLATE_NOOP("Sentences", "Certificate and key"),
        "secret_expires": QT_TRANSLATE_NOOP("Sentences", "Secret ends"),
        "scopes": QT_TRANSLATE_NOOP("Sentences", "Scopes"),
        "redirect_host": QT_TRANSLATE_NOOP("Sentences", "Redirect to"),
        "redirect_port": QT_TRANSLATE_NOOP("Sentences", "Port"),
        "redirect_path": QT_TRANSLATE_NOOP("Sentences", "Path"),
        "ca_file": QT_TRANSLATE_NOOP("Sentences", "Certificate authority file"),
        **_STAMPS,
    },
    **RULE_FIELDS,
}
"""The label of every field an administrator edits (a test compares with the records)."""

PROBLEMS: Final[Mapping[Problem, Part]] = {
    Problem.REQUIRED: QT_TRANSLATE_NOOP("Sentences", "This is needed."),
    Problem.TOO_LONG: (
        QT_TRANSLATE_NOOP("Sentences", "This is longer than {maximum} characters."),
        QT_TRANSLATE_NOOP("Sentences", "This is too long."),
    ),
    Problem.NOT_UNIQUE: QT_TRANSLATE_NOOP("Sentences", "This is taken already."),
    Problem.ALL_DIGITS: QT_TRANSLATE_NOOP("Sentences", "A name needs something else than digits."),
    Problem.CONTROL_CHARACTERS: QT_TRANSLATE_NOOP(
        "Sentences", "This holds control characters (such as a line break), which do not belong here."
    ),
    Problem.NOT_A_CHOICE: (
        QT_TRANSLATE_NOOP("Sentences", "Choose one of: {choices}."),
        QT_TRANSLATE_NOOP("Sentences", "Choose one of those that are offered."),
    ),
    Problem.WRONG_TYPE: QT_TRANSLATE_NOOP("Sentences", "This is not the kind of value that belongs here."),
    Problem.UNKNOWN_KEY: QT_TRANSLATE_NOOP("Sentences", "This is not known here."),
    Problem.NOT_A_HOST: QT_TRANSLATE_NOOP("Sentences", "Enter a host name or an IP address, without port or protocol."),
    Problem.OUT_OF_RANGE: (
        QT_TRANSLATE_NOOP("Sentences", "Enter a number from {minimum} to {maximum}."),
        QT_TRANSLATE_NOOP("Sentences", "This number is out of range."),
    ),
    Problem.NOT_AN_ADDRESS: QT_TRANSLATE_NOOP(
        "Sentences", "Enter a plain e-mail address, such as support@example.org."
    ),
    Problem.NOT_CRON: (
        QT_TRANSLATE_NOOP("Sentences", "This is not cron syntax: {detail}."),
        QT_TRANSLATE_NOOP("Sentences", "This is not cron syntax."),
    ),
    Problem.NOT_A_FINGERPRINT: QT_TRANSLATE_NOOP(
        "Sentences", "A SHA-256 fingerprint has 64 hexadecimal digits, with or without colons."
    ),
    Problem.NOT_DIGITS: QT_TRANSLATE_NOOP("Sentences", "Enter one to eight digits."),
    Problem.UNKNOWN_QUEUE: (
        QT_TRANSLATE_NOOP("Sentences", 'There is no queue "{queue}".'),
        QT_TRANSLATE_NOOP("Sentences", "There is no such queue."),
    ),
    Problem.UNKNOWN_ADDRESS: (
        QT_TRANSLATE_NOOP("Sentences", '"{address}" is not among the e-mail addresses.'),
        QT_TRANSLATE_NOOP("Sentences", "This is not among the e-mail addresses."),
    ),
    Problem.INVALID_QUEUE: (
        QT_TRANSLATE_NOOP("Sentences", 'The queue "{queue}" is not valid. Choose another, or make it valid first.'),
        QT_TRANSLATE_NOOP("Sentences", "This queue is not valid. Choose another, or make it valid first."),
    ),
    Problem.QUEUE_NOT_USED: QT_TRANSLATE_NOOP(
        "Sentences",
        "A queue counts with dispatching by selected queue only. Leave it empty, or change the dispatching.",
    ),
    Problem.MOVE_TO_NOT_USED: QT_TRANSLATE_NOOP(
        "Sentences", 'This counts with "Move to a folder" only. Leave it empty, or change what happens after fetching.'
    ),
    Problem.FOLDER_NOT_USED: QT_TRANSLATE_NOOP("Sentences", "POP3 knows no folders. Leave this empty."),
    Problem.MOVE_NEEDS_IMAP: QT_TRANSLATE_NOOP(
        "Sentences", "POP3 knows no folders, so mail cannot be moved. Choose to delete it or to keep it."
    ),
    Problem.MOVE_TO_FETCHED_FOLDER: (
        QT_TRANSLATE_NOOP(
            "Sentences",
            'Mail would go round: it would be moved to this folder and fetched from it (account "{account}"). Choose '
            "another folder.",
        ),
        QT_TRANSLATE_NOOP(
            "Sentences",
            "Mail would go round: it would be moved to this folder and fetched from it. Choose another folder.",
        ),
    ),
    Problem.CA_AND_PIN: QT_TRANSLATE_NOOP(
        "Sentences", "Trust a certificate authority or one pinned certificate, not both. Empty one of them."
    ),
    Problem.TRUST_NEEDS_TLS: QT_TRANSLATE_NOOP(
        "Sentences", "This needs a type with encryption: IMAPS, IMAPTLS, POP3S or POP3TLS."
    ),
    Problem.NOT_WITH_PASSWORD: QT_TRANSLATE_NOOP("Sentences", "This counts with OAuth2 only. Leave it empty."),
    Problem.PATH_NOT_ABSOLUTE: QT_TRANSLATE_NOOP("Sentences", "Enter the whole path, from the root of the disk."),
    Problem.EMPTY_LEVEL: QT_TRANSLATE_NOOP(
        "Sentences", "A level of this name is empty or has blanks around it (:: parts the levels)."
    ),
    Problem.IN_USE: (
        QT_TRANSLATE_NOOP("Sentences", "This is still used by {used_by}."),
        QT_TRANSLATE_NOOP("Sentences", "This is still used."),
    ),
    Problem.LAST_DEFAULT: QT_TRANSLATE_NOOP("Sentences", "This is the default, and there must be one."),
    Problem.GONE: QT_TRANSLATE_NOOP("Sentences", "Somebody has deleted this meanwhile. Cancel, and add it anew."),
    **OAUTH_PROBLEMS,
    **RULE_PROBLEMS,
}
"""What is said under any field, for every problem (a test compares)."""

_OF_FIELD: Final[Mapping[tuple[str, str, Problem], Part]] = {
    ("", "name", Problem.REQUIRED): QT_TRANSLATE_NOOP("Sentences", "Enter a name."),
    (ACCOUNT, "name", Problem.NOT_UNIQUE): QT_TRANSLATE_NOOP("Sentences", "This name is taken by another account."),
    (QUEUE, "name", Problem.NOT_UNIQUE): QT_TRANSLATE_NOOP("Sentences", "This name is taken by another queue."),
    (QUEUE, "validity", Problem.LAST_DEFAULT): QT_TRANSLATE_NOOP(
        "Sentences",
        "Mail that nothing else sends elsewhere goes to this queue (PostmasterDefaultQueue). Choose another default "
        "queue in the system configuration first.",
    ),
    (PROFILE, "name", Problem.NOT_UNIQUE): QT_TRANSLATE_NOOP("Sentences", "This name is taken by another profile."),
    **OAUTH_OF_FIELD,
    **RULES_OF_FIELD,
    (ADDRESS, "address", Problem.NOT_UNIQUE): QT_TRANSLATE_NOOP("Sentences", "This address is in the list already."),
    ("", "host", Problem.REQUIRED): QT_TRANSLATE_NOOP(
        "Sentences", "Enter the name of the mail server, such as mail.example.org."
    ),
    ("", "username", Problem.REQUIRED): QT_TRANSLATE_NOOP("Sentences", "Enter the username of the mailbox."),
    ("", "password", Problem.REQUIRED): QT_TRANSLATE_NOOP("Sentences", "Enter the password of the mailbox."),
    ("", "oauth_profile", Problem.REQUIRED): QT_TRANSLATE_NOOP("Sentences", "Choose an OAuth2 profile."),
    ("", "authorization", Problem.REQUIRED): QT_TRANSLATE_NOOP("Sentences", "Somebody must sign in first."),
    ("", "queue", Problem.REQUIRED): QT_TRANSLATE_NOOP("Sentences", "Choose a queue."),
    ("", "address", Problem.REQUIRED): QT_TRANSLATE_NOOP("Sentences", "Enter an e-mail address."),
    ("", "move_to", Problem.REQUIRED): QT_TRANSLATE_NOOP("Sentences", "Choose the folder that mail is moved to."),
    ("", "port", Problem.OUT_OF_RANGE): (
        QT_TRANSLATE_NOOP("Sentences", "A port is a number from {minimum} to {maximum}."),
        QT_TRANSLATE_NOOP("Sentences", "This is not a port."),
    ),
}
"""What is said instead where the field is known: by table (empty: any), field and problem."""
