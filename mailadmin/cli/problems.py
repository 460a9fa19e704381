"""Every broken rule as a sentence about its field.

For example: ``incoming_account "support": port must be between 1 and 65535.``
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Final

from mailadmin.domain.outside_text import shown
from mailadmin.domain.profile_rules import CREDENTIAL_FIELDS
from mailadmin.domain.secrets import SecretKind, SecretOwner
from mailadmin.domain.settings import SETTINGS
from mailadmin.domain.validation import InvalidRecordError, Problem
from mailadmin.services.configuration.records import ACCOUNTS, PROFILES, TABLES

from .wording import Facts, quoted, secret_reference

_SECRETS: Final = {
    **dict.fromkeys(("password", "passwd", "pw"), SecretKind.PASSWORD),
    **{field: kind for kind, field in CREDENTIAL_FIELDS.items()},
}
"""Keys that somebody may expect in a file, and what they would hold."""


def fault_sentence(table: str, record: str, key: str, problem: str, facts: Mapping[str, str]) -> str:
    """One fault with its place: table, record and key named."""
    known = Facts({name: shown(value) for name, value in facts.items()})
    place = " ".join(part for part in (shown(table), quoted(shown(record)) if record and record != key else "") if part)
    part = " ".join(known[name] for name in ("number", "part") if known.get(name))
    where = f"{place}: {shown(key)}" if place else shown(key)
    where = f"{where} {part}" if part else where
    if problem == Problem.UNKNOWN_KEY:
        return f"{where} {_unknown_key(table, record, key)}"
    said = PREDICATES[Problem(problem)] if problem in _NAMES else "breaks a rule"
    return f"{where} {said.format_map(known)}."


def _unknown_key(table: str, record: str, key: str) -> str:
    """What to do with a key that is not known: keep a secret elsewhere, or write it as it is known."""
    if (kind := _SECRETS.get(key.casefold())) is not None:
        owner, whose = (
            (SecretOwner.INCOMING, ACCOUNTS) if kind is SecretKind.PASSWORD else (SecretOwner.PROFILE, PROFILES)
        )
        reference = secret_reference(owner, record if table == whose.name and record else "NAME", kind)
        return f"does not belong in this file; keep it with: mailadmin secret set {shown(reference)}"
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
    Problem.NOT_WITH_PASSWORD: 'counts with authentication = "oauth2" only; leave it out',
    Problem.PATH_NOT_ABSOLUTE: "must be an absolute path",
    Problem.EMPTY_LEVEL: "has an empty level, or blanks around one (levels are parted by ::)",
    Problem.GONE: "has been deleted meanwhile",
    Problem.IN_USE: "is still used by {used_by}",
    Problem.LAST_DEFAULT: "is the default, and there must be one",
    Problem.UNKNOWN_ACCOUNT: 'names the account "{account}", which does not exist',
    Problem.UNKNOWN_COMPANY: 'names the company "{company}", which does not exist',
    Problem.UNKNOWN_ENTRY: 'names the {list} "{name}", which is not in its list',
    Problem.INVALID_ENTRY: 'names the {list} "{name}", which is not valid',
    Problem.SHIPPED: "must stay, because tickets are closed, reopened and merged by this state",
    Problem.NOT_FOR_LIST: "does not count for a {list}; leave it out",
    Problem.NOT_A_HEADER: 'must be the name of a header, which "{header}" cannot be',
    Problem.NOT_SETTABLE: 'must be an X-OTOBO header that can be set, which "{header}" is not',
    Problem.NOT_A_PATTERN: "is not a regular expression: {detail}",
    Problem.UNKNOWN_CAPTURE: 'uses the group "{capture}", which no condition has',
    Problem.NO_GROUP: "needs parentheses around the number: the first group is taken for it",
    Problem.SEARCHES_NOWHERE: "or in_body must be true: there must be a place to search",
    Problem.NOT_A_FIELD_NAME: "must be letters from A to Z, digits and underscores",
    Problem.FIELD_OF_ARTICLE: 'must be a field of tickets, and "{name}" is one of articles',
    Problem.NOT_A_TIME: "must be a time such as 2026-12-31 08:00:00, or one from now on such as +2d, +12h or +30m",
    Problem.TAKEN_BY: '("{value}") belongs to "{owner}" already',
    Problem.TWICE: '("{value}") stands there twice',
    Problem.NOT_A_DOMAIN: 'must be a domain such as example.org, which "{domain}" is not',
    Problem.ANSWERED_ALREADY: 'names the queue "{queue}", which has a text of this type already: "{other}"',
    Problem.UNKNOWN_PLACEHOLDER: "holds {placeholder}, which is not known and would be sent as it stands",
    Problem.CELLS: "has {found} values, and the first line names {expected} columns",
    Problem.NEEDS_TRUST: "counts with trusted = true only; leave it out",
    Problem.NOT_AN_AUTHSERV_ID: "must be the name that Authentication-Results headers of the server begin with, "
    'with at most " removes-forged" behind it',
    Problem.NOT_LIMITS: 'must be address=number, several after commas, which "{entry}" is not',
    Problem.UNKNOWN_PROFILE: 'names the OAuth2 profile "{profile}", which does not exist',
    Problem.INVALID_PROFILE: 'names the OAuth2 profile "{profile}", which is not valid',
    Problem.TOKEN_NEEDS_TLS: "must be one that encrypts (IMAPS, IMAPTLS, POP3S, POP3TLS) with oauth2: a token never "
    "travels in the clear",
    Problem.GRAPH_NEEDS_OAUTH2: 'must be "oauth2" with MSGRAPH',
    Problem.GRAPH_NEEDS_MICROSOFT: 'must name a profile with provider = "microsoft", because the type is MSGRAPH',
    Problem.NOT_WITH_GRAPH: "does not count with MSGRAPH, whose server the profile names; leave it out",
    Problem.OPENS_MAILBOX_NOT_USED: "does not count with client credentials: the application opens the mailbox that is "
    "the username; leave it out",
    Problem.CLIENT_ID_IS_ADDRESS: "is an e-mail address; the client ID of the registration is needed",
    Problem.CLIENT_ID_IS_SECRET: "looks like the client secret, which does not belong in this file; the client ID is "
    "needed",
    Problem.NOT_A_CLIENT_ID: "is not a client ID (at Microsoft a GUID: 8-4-4-4-12 hexadecimal digits)",
    Problem.NOT_A_TENANT: "must be a tenant ID (a GUID), a domain of the tenant, common, organizations or consumers",
    Problem.TENANT_IS_CLIENT_ID: "is the same as client_id; the directory (tenant) ID is needed",
    Problem.TENANT_NEEDED: 'cannot be "{tenant}" with client credentials: an application signs in at one tenant, '
    "named by its ID or domain",
    Problem.NOT_FOR_PROVIDER: 'does not count with provider = "{provider}"; leave it out',
    Problem.FLOW_NOT_AT_GOOGLE: 'must be "authorization code" with Google, which gives mail in no other way',
    Problem.FLOW_NEEDS_CREDENTIAL: 'must be "secret" or "certificate" with client credentials, because the application '
    "signs in by it",
    Problem.SECRET_NEEDED_AT_GOOGLE: 'must be "secret" with Google, whose clients all have one (Desktop app included)',
    Problem.CERTIFICATE_NEEDS_MICROSOFT: 'can be "certificate" only with provider = "microsoft"',
    Problem.PROVIDER_IN_USE: 'must stay "microsoft": the account "{account}" (MSGRAPH) signs in by this profile',
    Problem.NOT_HTTPS: "must begin with https://, because secrets and tokens are sent there",
    Problem.NOT_A_URL: "must be a whole address, such as https://login.example.org",
    Problem.URL_WITH_EXTRAS: "must be an address without {part}",
    Problem.ENDPOINTS_NEEDED: "is needed, or else the provider's addresses one by one (authorization_url, token_url, "
    "device_url)",
    Problem.REDIRECT_PATH: "must be empty or begin with a slash, and have no query, fragment or blanks, and no part . "
    "or ..",
    Problem.PORT_RESERVED: "must not be below {minimum}, where ports are reserved for the system",
    Problem.PORT_BLOCKED: "is a port that browsers connect to for no page; choose another",
    Problem.SCOPE_CHARACTERS: "has characters that no scope can have: {scopes}",
    Problem.SCOPE_OF_OTHER_RESOURCE: "names what no mailbox can be opened with (a token is for one resource): {scopes}",
    Problem.SCOPE_FOR_APPLICATIONS: "names what only applications get ({scopes}), nobody who signs in; leave it out, "
    'or use flow = "client credentials"',
    Problem.SCOPE_NEEDED: "must hold {scopes}, or be left out",
    Problem.SECRET_NOT_USED: "is not what client_authentication of this profile asks for; change that first",
    Problem.SECRET_IS_ID: "is a GUID: that is the secret's ID, not its value. The value is shown only once, when the "
    "secret is made; if it is gone, make another secret",
    Problem.SECRET_IS_CLIENT_ID: "is the client ID; the client secret is needed",
    Problem.SECRET_IS_CERTIFICATE: "is a certificate or key in PEM; the secret's value is needed, or "
    'client_authentication = "certificate"',
    Problem.SECRET_WITH_BLANKS: "begins or ends with a blank or a line break, which does not belong to it",
    Problem.NOT_PEM: "must be text in PEM (-----BEGIN ...): the private key and the certificate",
    Problem.PEM_WITHOUT_KEY: "holds no private key; append it to the certificate",
    Problem.PEM_WITHOUT_CERTIFICATE: "holds no certificate; append it to the private key",
    Problem.PEM_ENCRYPTED: "holds a private key under a passphrase; remove that first (openssl pkey), it is kept "
    "encrypted here",
}
"""What is said of a field, for every problem (a test compares)."""

_NAMES: Final = frozenset(problem.value for problem in Problem)
