"""What is wrong with filters, lists, customers, auto-responses and settings, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mailadmin.domain.validation import Problem

from .wording import QT_TRANSLATE_NOOP, Part

RULE_PROBLEMS: Final[Mapping[Problem, Part]] = {
    Problem.UNKNOWN_ACCOUNT: (
        QT_TRANSLATE_NOOP("Sentences", 'There is no account "{account}".'),
        QT_TRANSLATE_NOOP("Sentences", "There is no such account."),
    ),
    Problem.UNKNOWN_COMPANY: (
        QT_TRANSLATE_NOOP("Sentences", 'There is no company "{company}". Add it first, or leave this empty.'),
        QT_TRANSLATE_NOOP("Sentences", "There is no such company. Add it first, or leave this empty."),
    ),
    Problem.UNKNOWN_ENTRY: (
        QT_TRANSLATE_NOOP("Sentences", 'There is no "{name}" in its list in the configuration.'),
        QT_TRANSLATE_NOOP("Sentences", "This is not in its list in the configuration."),
    ),
    Problem.INVALID_ENTRY: (
        QT_TRANSLATE_NOOP("Sentences", '"{name}" is not valid. Choose another, or make it valid first.'),
        QT_TRANSLATE_NOOP("Sentences", "This is not valid. Choose another, or make it valid first."),
    ),
    Problem.SHIPPED: QT_TRANSLATE_NOOP(
        "Sentences", "Tickets are closed, reopened and merged by this state: its name and its type stay."
    ),
    Problem.NOT_FOR_LIST: QT_TRANSLATE_NOOP("Sentences", "Entries of this list have none. Leave this empty."),
    Problem.NOT_A_HEADER: (
        QT_TRANSLATE_NOOP("Sentences", '"{header}" is no name of a header: letters, digits and hyphens, no blanks.'),
        QT_TRANSLATE_NOOP("Sentences", "This is no name of a header: letters, digits and hyphens, no blanks."),
    ),
    Problem.NOT_SETTABLE: (
        QT_TRANSLATE_NOOP("Sentences", '"{header}" cannot be set. Choose one of the X-OTOBO headers that are offered.'),
        QT_TRANSLATE_NOOP("Sentences", "This cannot be set. Choose one of the X-OTOBO headers that are offered."),
    ),
    Problem.NOT_A_PATTERN: (
        QT_TRANSLATE_NOOP("Sentences", "This is not a regular expression: {detail}."),
        QT_TRANSLATE_NOOP("Sentences", "This is not a regular expression."),
    ),
    Problem.UNKNOWN_CAPTURE: (
        QT_TRANSLATE_NOOP("Sentences", 'No condition has a group named "{capture}".'),
        QT_TRANSLATE_NOOP("Sentences", "No condition has a group of this name."),
    ),
    Problem.NO_GROUP: QT_TRANSLATE_NOOP(
        "Sentences", "Put parentheses around the number: the first group is taken for it."
    ),
    Problem.SEARCHES_NOWHERE: QT_TRANSLATE_NOOP("Sentences", "Choose at least one place to search: subject or text."),
    Problem.NOT_A_FIELD_NAME: QT_TRANSLATE_NOOP(
        "Sentences", "The name of a dynamic field has letters from A to Z, digits and underscores only."
    ),
    Problem.FIELD_OF_ARTICLE: (
        QT_TRANSLATE_NOOP("Sentences", '"{name}" is a field of articles. Choose a field of tickets.'),
        QT_TRANSLATE_NOOP("Sentences", "This is a field of articles. Choose a field of tickets."),
    ),
    Problem.NOT_A_TIME: QT_TRANSLATE_NOOP(
        "Sentences", "Enter a time such as 2026-12-31 08:00:00, or one from now on such as +2d, +12h or +30m."
    ),
    Problem.TAKEN_BY: (
        QT_TRANSLATE_NOOP("Sentences", '"{value}" belongs to "{owner}" already.'),
        QT_TRANSLATE_NOOP("Sentences", "This belongs to somebody else already."),
    ),
    Problem.TWICE: (
        QT_TRANSLATE_NOOP("Sentences", '"{value}" stands here twice.'),
        QT_TRANSLATE_NOOP("Sentences", "Something stands here twice."),
    ),
    Problem.NOT_A_DOMAIN: (
        QT_TRANSLATE_NOOP("Sentences", '"{domain}" is not a domain, such as example.org.'),
        QT_TRANSLATE_NOOP("Sentences", "This is not a domain, such as example.org."),
    ),
    Problem.ANSWERED_ALREADY: (
        QT_TRANSLATE_NOOP("Sentences", 'The queue "{queue}" has a text of this type already: "{other}".'),
        QT_TRANSLATE_NOOP("Sentences", "A queue has a text of this type already."),
    ),
    Problem.UNKNOWN_PLACEHOLDER: (
        QT_TRANSLATE_NOOP("Sentences", "{placeholder} is not known and would be sent as it stands."),
        QT_TRANSLATE_NOOP("Sentences", "This holds a placeholder that is not known and would be sent as it stands."),
    ),
    Problem.CELLS: (
        QT_TRANSLATE_NOOP("Sentences", "This line has {found} values, and the first line names {expected} columns."),
        QT_TRANSLATE_NOOP("Sentences", "This line has not as many values as the first line names columns."),
    ),
    Problem.NEEDS_TRUST: QT_TRANSLATE_NOOP("Sentences", "This counts for trusted accounts only. Leave it empty."),
    Problem.NOT_AN_AUTHSERV_ID: QT_TRANSLATE_NOOP(
        "Sentences",
        "Enter the name that Authentication-Results headers of your server begin with, such as mx.example.org; behind "
        "it at most a blank and removes-forged.",
    ),
    Problem.NOT_LIMITS: (
        QT_TRANSLATE_NOOP("Sentences", '"{entry}" is not address=number, such as ann@example.org=10.'),
        QT_TRANSLATE_NOOP("Sentences", "Enter address=number, several after commas, such as ann@example.org=10."),
    ),
}
"""What is said under any field."""

RULES_OF_FIELD: Final[Mapping[tuple[str, str, Problem], Part]] = {
    ("filter", "name", Problem.NOT_UNIQUE): QT_TRANSLATE_NOOP("Sentences", "This name is taken by another filter."),
    ("", "conditions", Problem.REQUIRED): QT_TRANSLATE_NOOP("Sentences", "Add a condition, and fill it in."),
    ("", "actions", Problem.REQUIRED): QT_TRANSLATE_NOOP("Sentences", "Add an action, and fill it in."),
    ("", "state_type", Problem.REQUIRED): QT_TRANSLATE_NOOP("Sentences", "Choose the type of the state."),
    ("", "login", Problem.REQUIRED): QT_TRANSLATE_NOOP("Sentences", "Enter a login."),
    ("customer_user", "login", Problem.NOT_UNIQUE): QT_TRANSLATE_NOOP(
        "Sentences", "This login is taken by another customer user."
    ),
    ("customer_user", "addresses", Problem.NOT_AN_ADDRESS): (
        QT_TRANSLATE_NOOP("Sentences", '"{value}" is not a plain e-mail address, such as ann@example.org.'),
        QT_TRANSLATE_NOOP("Sentences", "Enter plain e-mail addresses, such as ann@example.org."),
    ),
    ("", "customer_id", Problem.REQUIRED): QT_TRANSLATE_NOOP("Sentences", "Enter a customer ID."),
    ("company", "customer_id", Problem.NOT_UNIQUE): QT_TRANSLATE_NOOP(
        "Sentences", "This ID is taken by another company."
    ),
    ("", "subject", Problem.REQUIRED): QT_TRANSLATE_NOOP("Sentences", "Enter a subject."),
    ("", "body", Problem.REQUIRED): QT_TRANSLATE_NOOP("Sentences", "Enter the text."),
    ("", "number_pattern", Problem.REQUIRED): QT_TRANSLATE_NOOP(
        "Sentences", "Enter a regular expression that finds the number."
    ),
    ("", "dynamic_field", Problem.REQUIRED): QT_TRANSLATE_NOOP(
        "Sentences", "Enter the dynamic field that keeps the number."
    ),
}
"""What is said instead where the field is known: by table (empty: any), field and problem."""

RULE_TABLES: Final[Mapping[str, str]] = {
    "agent": QT_TRANSLATE_NOOP("Sentences", "Agent"),
    "service": QT_TRANSLATE_NOOP("Sentences", "Service"),
    "sla": QT_TRANSLATE_NOOP("Sentences", "SLA"),
    "ticket_type": QT_TRANSLATE_NOOP("Sentences", "Ticket type"),
    "state": QT_TRANSLATE_NOOP("Sentences", "State"),
    "dynamic_field": QT_TRANSLATE_NOOP("Sentences", "Dynamic field"),
    "external_number": QT_TRANSLATE_NOOP("Sentences", "External ticket number"),
    "customer_user": QT_TRANSLATE_NOOP("Sentences", "Customer user"),
    "company": QT_TRANSLATE_NOOP("Sentences", "Company"),
    "auto_response": QT_TRANSLATE_NOOP("Sentences", "Auto-response"),
}
"""What a record of a table is called."""

_STAMPS: Final[Mapping[str, str]] = {
    "created": QT_TRANSLATE_NOOP("Sentences", "Created"),
    "changed": QT_TRANSLATE_NOOP("Sentences", "Changed"),
    "validity": QT_TRANSLATE_NOOP("Sentences", "Validity"),
    "comment": QT_TRANSLATE_NOOP("Sentences", "Comment"),
}
_ENTRY: Final[Mapping[str, str]] = {
    "kind": QT_TRANSLATE_NOOP("Sentences", "List"),
    "name": QT_TRANSLATE_NOOP("Sentences", "Name"),
    "state_type": QT_TRANSLATE_NOOP("Sentences", "State type"),
    "field_of": QT_TRANSLATE_NOOP("Sentences", "Belongs to"),
    "email": QT_TRANSLATE_NOOP("Sentences", "E-mail address"),
    **_STAMPS,
}
RULE_FIELDS: Final[Mapping[str, Mapping[str, str]]] = {
    **dict.fromkeys(("agent", "service", "sla", "ticket_type", "state", "dynamic_field"), _ENTRY),
    "external_number": {
        "name": QT_TRANSLATE_NOOP("Sentences", "Name"),
        "from_pattern": QT_TRANSLATE_NOOP("Sentences", "From pattern"),
        "number_pattern": QT_TRANSLATE_NOOP("Sentences", "Number pattern"),
        "in_subject": QT_TRANSLATE_NOOP("Sentences", "Search the subject"),
        "in_body": QT_TRANSLATE_NOOP("Sentences", "Search the text"),
        "state_types": QT_TRANSLATE_NOOP("Sentences", "State types"),
        "dynamic_field": QT_TRANSLATE_NOOP("Sentences", "Dynamic field"),
        "sender_type": QT_TRANSLATE_NOOP("Sentences", "Sender type"),
        "visible_for_customer": QT_TRANSLATE_NOOP("Sentences", "Visible for customer"),
        **_STAMPS,
    },
    "customer_user": {
        "login": QT_TRANSLATE_NOOP("Sentences", "Login"),
        "name": QT_TRANSLATE_NOOP("Sentences", "Name"),
        "addresses": QT_TRANSLATE_NOOP("Sentences", "E-mail addresses"),
        "company": QT_TRANSLATE_NOOP("Sentences", "Company"),
        **_STAMPS,
    },
    "company": {
        "customer_id": QT_TRANSLATE_NOOP("Sentences", "Customer ID"),
        "name": QT_TRANSLATE_NOOP("Sentences", "Name"),
        "domains": QT_TRANSLATE_NOOP("Sentences", "Domains"),
        **_STAMPS,
    },
    "auto_response": {
        "name": QT_TRANSLATE_NOOP("Sentences", "Name"),
        "type": QT_TRANSLATE_NOOP("Sentences", "Type"),
        "subject": QT_TRANSLATE_NOOP("Sentences", "Subject"),
        "body": QT_TRANSLATE_NOOP("Sentences", "Text"),
        "queues": QT_TRANSLATE_NOOP("Sentences", "Queues"),
        **_STAMPS,
    },
}
"""The labels of the fields of these tables."""
