"""What is wrong with OAuth2 profiles, their secrets, and accounts that sign in by them, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mailadmin.domain.validation import Problem

from .wording import QT_TRANSLATE_NOOP, Part

_ACCOUNT: Final = "incoming_account"
_PROFILE: Final = "oauth_profile"

OAUTH_PROBLEMS: Final[Mapping[Problem, Part]] = {
    Problem.UNKNOWN_PROFILE: (
        QT_TRANSLATE_NOOP("Sentences", 'There is no profile "{profile}".'),
        QT_TRANSLATE_NOOP("Sentences", "There is no such profile."),
    ),
    Problem.INVALID_PROFILE: (
        QT_TRANSLATE_NOOP("Sentences", 'The profile "{profile}" is not valid. Choose another, or make it valid first.'),
        QT_TRANSLATE_NOOP("Sentences", "This profile is not valid. Choose another, or make it valid first."),
    ),
    Problem.TOKEN_NEEDS_TLS: QT_TRANSLATE_NOOP(
        "Sentences",
        "A token never travels unencrypted: whoever reads it along can read the mail. Choose IMAPS, IMAPTLS, POP3S or "
        "POP3TLS.",
    ),
    Problem.GRAPH_NEEDS_OAUTH2: QT_TRANSLATE_NOOP("Sentences", "Microsoft Graph takes no passwords. Choose OAuth2."),
    Problem.GRAPH_NEEDS_MICROSOFT: QT_TRANSLATE_NOOP(
        "Sentences", "Microsoft Graph needs a profile of the provider Microsoft."
    ),
    Problem.NOT_WITH_GRAPH: QT_TRANSLATE_NOOP(
        "Sentences", "Microsoft Graph needs none: the profile says where it is. Leave this empty."
    ),
    Problem.OPENS_MAILBOX_NOT_USED: QT_TRANSLATE_NOOP(
        "Sentences",
        "With this profile the program signs in by itself, and opens the mailbox that is the username. Leave this "
        "empty.",
    ),
    Problem.CLIENT_ID_IS_ADDRESS: QT_TRANSLATE_NOOP(
        "Sentences", "This is an e-mail address. The client ID stands in the registration at the provider."
    ),
    Problem.CLIENT_ID_IS_SECRET: QT_TRANSLATE_NOOP(
        "Sentences", "This looks like the client secret. It belongs in its own field; the client ID goes here."
    ),
    Problem.NOT_A_CLIENT_ID: QT_TRANSLATE_NOOP(
        "Sentences",
        "This is not a client ID. Microsoft's looks like 11111111-2222-3333-4444-555555555555 and is called "
        "Application (client) ID.",
    ),
    Problem.NOT_A_TENANT: QT_TRANSLATE_NOOP(
        "Sentences",
        "Enter the directory (tenant) ID, a domain of the tenant, common, organizations or consumers.",
    ),
    Problem.TENANT_IS_CLIENT_ID: QT_TRANSLATE_NOOP(
        "Sentences", "This is the client ID again. The directory (tenant) ID stands below it in the registration."
    ),
    Problem.TENANT_NEEDED: (
        QT_TRANSLATE_NOOP(
            "Sentences",
            'A program that signs in by itself does so at one tenant, not at "{tenant}". Enter its ID or domain.',
        ),
        QT_TRANSLATE_NOOP(
            "Sentences", "A program that signs in by itself does so at one tenant. Enter its ID or domain."
        ),
    ),
    Problem.NOT_FOR_PROVIDER: QT_TRANSLATE_NOOP("Sentences", "This does not count with this provider. Leave it empty."),
    Problem.FLOW_NOT_AT_GOOGLE: QT_TRANSLATE_NOOP(
        "Sentences", "Google gives access to mail only to somebody who signs in by the browser."
    ),
    Problem.FLOW_NEEDS_CREDENTIAL: QT_TRANSLATE_NOOP(
        "Sentences", "A program that signs in by itself needs a client secret or a certificate."
    ),
    Problem.SECRET_NEEDED_AT_GOOGLE: QT_TRANSLATE_NOOP(
        "Sentences", "Clients at Google have a client secret, those of the type Desktop app included."
    ),
    Problem.CERTIFICATE_NEEDS_MICROSOFT: QT_TRANSLATE_NOOP(
        "Sentences", "Certificates are offered with Microsoft only. Choose a client secret."
    ),
    Problem.PROVIDER_IN_USE: (
        QT_TRANSLATE_NOOP(
            "Sentences",
            'The account "{account}" reads its mail by Microsoft Graph with this profile, so the provider must stay '
            "Microsoft.",
        ),
        QT_TRANSLATE_NOOP(
            "Sentences",
            "An account reads its mail by Microsoft Graph with this profile, so the provider must stay Microsoft.",
        ),
    ),
    Problem.NOT_HTTPS: QT_TRANSLATE_NOOP(
        "Sentences", "The address must begin with https://, because secrets and tokens are sent there."
    ),
    Problem.NOT_A_URL: QT_TRANSLATE_NOOP("Sentences", "Enter a whole address, such as https://login.example.org."),
    Problem.URL_WITH_EXTRAS: QT_TRANSLATE_NOOP(
        "Sentences", "The address holds more than belongs here: a name before @, or something after ?, # or the host."
    ),
    Problem.ENDPOINTS_NEEDED: QT_TRANSLATE_NOOP(
        "Sentences", "Enter the discovery URL of the provider, or its addresses one by one."
    ),
    Problem.REDIRECT_PATH: QT_TRANSLATE_NOOP(
        "Sentences",
        "A path begins with a slash and has no query (?), fragment (#) or blanks, and no part . or .. in it. Empty is "
        "fine.",
    ),
    Problem.PORT_RESERVED: (
        QT_TRANSLATE_NOOP("Sentences", "Ports below {minimum} are reserved for the system. Choose another."),
        QT_TRANSLATE_NOOP("Sentences", "This port is reserved for the system. Choose another."),
    ),
    Problem.PORT_BLOCKED: QT_TRANSLATE_NOOP("Sentences", "Browsers refuse to connect to this port. Choose another."),
    Problem.SCOPE_CHARACTERS: (
        QT_TRANSLATE_NOOP("Sentences", "Scopes have no such characters: {scopes}"),
        QT_TRANSLATE_NOOP("Sentences", "Scopes have no such characters."),
    ),
    Problem.SCOPE_OF_OTHER_RESOURCE: (
        QT_TRANSLATE_NOOP(
            "Sentences", "A token is for one resource, and no mailbox can be opened with: {scopes}. Take that out."
        ),
        QT_TRANSLATE_NOOP("Sentences", "A token is for one resource: that of the mailbox."),
    ),
    Problem.SCOPE_FOR_APPLICATIONS: (
        QT_TRANSLATE_NOOP(
            "Sentences",
            "Only a program that signs in by itself gets {scopes}. Take that out, or choose client credentials.",
        ),
        QT_TRANSLATE_NOOP("Sentences", "Only a program that signs in by itself gets these."),
    ),
    Problem.SCOPE_NEEDED: (
        QT_TRANSLATE_NOOP("Sentences", "Without {scopes} no mailbox can be opened. Add it, or leave the scopes empty."),
        QT_TRANSLATE_NOOP("Sentences", "No mailbox can be opened with these. Leave the scopes empty."),
    ),
    Problem.SECRET_NOT_USED: QT_TRANSLATE_NOOP(
        "Sentences", "The program does not prove itself in this way with this profile. Choose another way, or empty it."
    ),
    Problem.SECRET_IS_ID: QT_TRANSLATE_NOOP(
        "Sentences",
        "This is the secret's ID, not its value. The value is shown only once, when the secret is made. If it is gone, "
        "make another secret.",
    ),
    Problem.SECRET_IS_CLIENT_ID: QT_TRANSLATE_NOOP("Sentences", "This is the client ID. The client secret goes here."),
    Problem.SECRET_IS_CERTIFICATE: QT_TRANSLATE_NOOP(
        "Sentences", "This is a certificate or a key. Choose a certificate above, or enter the value of the secret."
    ),
    Problem.SECRET_WITH_BLANKS: QT_TRANSLATE_NOOP(
        "Sentences", "A blank or a line break at the beginning or the end came along. Take it away."
    ),
    Problem.NOT_PEM: QT_TRANSLATE_NOOP(
        "Sentences", "This is not PEM text. Choose a PEM file with the private key and the certificate."
    ),
    Problem.PEM_WITHOUT_KEY: QT_TRANSLATE_NOOP(
        "Sentences", "There is no private key in it. Key and certificate belong into one file, one after the other."
    ),
    Problem.PEM_WITHOUT_CERTIFICATE: QT_TRANSLATE_NOOP(
        "Sentences", "There is no certificate in it. Key and certificate belong into one file, one after the other."
    ),
    Problem.PEM_ENCRYPTED: QT_TRANSLATE_NOOP(
        "Sentences",
        "The private key is under a passphrase. Remove that first (openssl pkey); here it is kept encrypted.",
    ),
}
"""What is said under any field."""

OAUTH_OF_FIELD: Final[Mapping[tuple[str, str, Problem], Part]] = {
    (_ACCOUNT, "oauth_profile", Problem.REQUIRED): QT_TRANSLATE_NOOP("Sentences", "Choose a profile."),
    (_PROFILE, "client_id", Problem.REQUIRED): QT_TRANSLATE_NOOP(
        "Sentences", "Enter the client ID from the registration at the provider."
    ),
    (_PROFILE, "tenant", Problem.REQUIRED): QT_TRANSLATE_NOOP(
        "Sentences", "Enter the directory (tenant) ID, or common for accounts of any organization."
    ),
    (_PROFILE, "client_secret", Problem.REQUIRED): QT_TRANSLATE_NOOP("Sentences", "Enter the client secret."),
    (_PROFILE, "client_certificate", Problem.REQUIRED): QT_TRANSLATE_NOOP(
        "Sentences", "Choose the file with the certificate and its private key."
    ),
    (_ACCOUNT, "username", Problem.NOT_AN_ADDRESS): QT_TRANSLATE_NOOP(
        "Sentences", "This provider names mailboxes by their address, such as support@example.org."
    ),
    (_ACCOUNT, "opens_mailbox", Problem.NOT_AN_ADDRESS): QT_TRANSLATE_NOOP(
        "Sentences", "Enter the address of the shared mailbox, such as support@example.org."
    ),
    ("", "redirect_port", Problem.OUT_OF_RANGE): (
        QT_TRANSLATE_NOOP("Sentences", "A port is a number from {minimum} to {maximum}."),
        QT_TRANSLATE_NOOP("Sentences", "This is not a port."),
    ),
}
"""What is said instead where the field is known: by table, field and problem."""
