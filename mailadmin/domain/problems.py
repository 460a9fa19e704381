"""What can be wrong with a value that an administrator enters: a code with facts, never a sentence."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .errors import Code, UserFixableError


class Problem(enum.StrEnum):
    """What is wrong with a value. Facts in brackets."""

    REQUIRED = "required"
    TOO_LONG = "too-long"  # maximum
    NOT_UNIQUE = "not-unique"
    ALL_DIGITS = "all-digits"
    CONTROL_CHARACTERS = "control-characters"
    NOT_A_CHOICE = "not-a-choice"  # choices
    WRONG_TYPE = "wrong-type"  # expected
    UNKNOWN_KEY = "unknown-key"
    NOT_A_HOST = "not-a-host"
    OUT_OF_RANGE = "out-of-range"  # minimum, maximum
    NOT_AN_ADDRESS = "not-an-address"
    NOT_CRON = "not-cron"  # detail
    NOT_A_FINGERPRINT = "not-a-fingerprint"
    NOT_DIGITS = "not-digits"
    UNKNOWN_QUEUE = "unknown-queue"  # queue
    UNKNOWN_ADDRESS = "unknown-address"  # address
    INVALID_QUEUE = "invalid-queue"  # queue
    QUEUE_NOT_USED = "queue-not-used"
    MOVE_TO_NOT_USED = "move-to-not-used"
    FOLDER_NOT_USED = "folder-not-used"
    MOVE_NEEDS_IMAP = "move-needs-imap"
    MOVE_TO_FETCHED_FOLDER = "move-to-fetched-folder"  # account
    CA_AND_PIN = "ca-and-pin"
    TRUST_NEEDS_TLS = "trust-needs-tls"
    NOT_WITH_PASSWORD = "not-with-password"  # noqa: S105
    PATH_NOT_ABSOLUTE = "path-not-absolute"
    EMPTY_LEVEL = "empty-level"
    IN_USE = "in-use"  # used_by
    LAST_DEFAULT = "last-default"
    GONE = "gone"  # somebody has deleted the record meanwhile
    # accounts that sign in by OAuth2
    UNKNOWN_PROFILE = "unknown-profile"  # profile
    INVALID_PROFILE = "invalid-profile"  # profile
    TOKEN_NEEDS_TLS = "token-needs-tls"  # noqa: S105
    GRAPH_NEEDS_OAUTH2 = "graph-needs-oauth2"
    GRAPH_NEEDS_MICROSOFT = "graph-needs-microsoft"
    NOT_WITH_GRAPH = "not-with-graph"
    OPENS_MAILBOX_NOT_USED = "opens-mailbox-not-used"
    # filters, lists, customers, auto-responses; with ``number`` (from 1) and ``part`` where a field has several
    UNKNOWN_ACCOUNT = "unknown-account"  # account
    UNKNOWN_COMPANY = "unknown-company"  # company
    UNKNOWN_ENTRY = "unknown-entry"  # list (ListKind), name
    INVALID_ENTRY = "invalid-entry"  # list (ListKind), name
    SHIPPED = "shipped"  # the program knows a state by this name and type
    NOT_FOR_LIST = "not-for-list"  # list (ListKind)
    NOT_A_HEADER = "not-a-header"  # header
    NOT_SETTABLE = "not-settable"  # header
    NOT_A_PATTERN = "not-a-pattern"  # detail
    UNKNOWN_CAPTURE = "unknown-capture"  # capture
    NO_GROUP = "no-group"
    SEARCHES_NOWHERE = "searches-nowhere"
    NOT_A_FIELD_NAME = "not-a-field-name"
    NOT_A_TIME = "not-a-time"
    TAKEN_BY = "taken-by"  # value, owner
    TWICE = "twice"  # value
    NOT_A_DOMAIN = "not-a-domain"  # domain
    ANSWERED_ALREADY = "answered-already"  # queue, other
    UNKNOWN_PLACEHOLDER = "unknown-placeholder"  # placeholder
    NEEDS_TRUST = "needs-trust"
    NOT_AN_AUTHSERV_ID = "not-an-authserv-id"
    NOT_LIMITS = "not-limits"  # entry
    CELLS = "cells"  # found, expected
    FIELD_OF_ARTICLE = "field-of-article"  # name
    # OAuth2 profiles
    CLIENT_ID_IS_ADDRESS = "client-id-is-address"
    CLIENT_ID_IS_SECRET = "client-id-is-secret"  # noqa: S105
    NOT_A_CLIENT_ID = "not-a-client-id"
    NOT_A_TENANT = "not-a-tenant"
    TENANT_IS_CLIENT_ID = "tenant-is-client-id"
    TENANT_NEEDED = "tenant-needed"  # tenant
    NOT_FOR_PROVIDER = "not-for-provider"  # provider
    FLOW_NOT_AT_GOOGLE = "flow-not-at-google"
    FLOW_NEEDS_CREDENTIAL = "flow-needs-credential"
    SECRET_NEEDED_AT_GOOGLE = "secret-needed-at-google"  # noqa: S105
    CERTIFICATE_NEEDS_MICROSOFT = "certificate-needs-microsoft"
    PROVIDER_IN_USE = "provider-in-use"  # account
    NOT_HTTPS = "not-https"
    NOT_A_URL = "not-a-url"
    URL_WITH_EXTRAS = "url-with-extras"  # part: user, query, fragment, path
    ENDPOINTS_NEEDED = "endpoints-needed"
    REDIRECT_PATH = "redirect-path"
    PORT_RESERVED = "port-reserved"  # minimum
    PORT_BLOCKED = "port-blocked"
    SCOPE_CHARACTERS = "scope-characters"  # scopes
    SCOPE_OF_OTHER_RESOURCE = "scope-of-other-resource"  # scopes
    SCOPE_FOR_APPLICATIONS = "scope-for-applications"  # scopes
    SCOPE_NEEDED = "scope-needed"  # scopes
    # the client secret and the client certificate
    SECRET_NOT_USED = "secret-not-used"  # noqa: S105
    SECRET_IS_ID = "secret-is-id"  # noqa: S105
    SECRET_IS_CLIENT_ID = "secret-is-client-id"  # noqa: S105
    SECRET_IS_CERTIFICATE = "secret-is-certificate"  # noqa: S105
    SECRET_WITH_BLANKS = "secret-with-blanks"  # noqa: S105
    NOT_PEM = "not-pem"
    PEM_WITHOUT_KEY = "pem-without-key"
    PEM_WITHOUT_CERTIFICATE = "pem-without-certificate"
    PEM_ENCRYPTED = "pem-encrypted"


@dataclass(frozen=True, slots=True)
class Fault:
    """One rule that one field breaks."""

    field: str
    problem: Problem
    facts: Mapping[str, str] = dataclasses.field(default_factory=dict)


class InvalidRecordError(UserFixableError):
    """Records that break rules; nothing was saved. ``faults`` holds (table, record, fault)."""

    def __init__(self, faults: Iterable[tuple[str, str, Fault]]) -> None:
        self.faults = tuple(faults)
        table, record, fault = self.faults[0]
        facts = {"table": table, "record": record, "key": fault.field, "problem": fault.problem.value, **fault.facts}
        super().__init__(Code.INVALID_RECORD, facts)
