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
    # accounts that sign in by OAuth2
    UNKNOWN_PROFILE = "unknown-profile"  # profile
    INVALID_PROFILE = "invalid-profile"  # profile
    TOKEN_NEEDS_TLS = "token-needs-tls"  # noqa: S105
    GRAPH_NEEDS_OAUTH2 = "graph-needs-oauth2"
    GRAPH_NEEDS_MICROSOFT = "graph-needs-microsoft"
    NOT_WITH_GRAPH = "not-with-graph"
    OPENS_MAILBOX_NOT_USED = "opens-mailbox-not-used"
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
