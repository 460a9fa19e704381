"""What servers and the way to them do wrong, for :mod:`.errors`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mailadmin.domain.accounts import AccountType, Encryption, Family
from mailadmin.domain.errors import Code, Layer

from .wording import QT_TRANSLATE_NOOP, Parts, composed

_TRY_AGAIN: Final = (
    QT_TRANSLATE_NOOP("Sentences", "It is tried again in {wait}."),
    QT_TRANSLATE_NOOP("Sentences", "It is tried again later."),
)
_RIGHTS: Final = QT_TRANSLATE_NOOP("Sentences", "Check this user's rights on the server.")

SERVER_PARTS: Final[Mapping[Code, Parts]] = {
    Code.HOST_NOT_FOUND: (
        (
            QT_TRANSLATE_NOOP("Sentences", 'The name "{host}" could not be found.'),
            QT_TRANSLATE_NOOP("Sentences", "The name of the server could not be found."),
        ),
        QT_TRANSLATE_NOOP("Sentences", "Check the spelling of the host, then the network and DNS."),
    ),
    Code.CONNECTION_REFUSED: (
        (
            QT_TRANSLATE_NOOP("Sentences", "{host} refuses connections on port {port}."),
            QT_TRANSLATE_NOOP("Sentences", "The server refuses connections on this port."),
        ),
        QT_TRANSLATE_NOOP(
            "Sentences", "Check port and type of the account; perhaps the service is down or a firewall refuses."
        ),
    ),
    Code.CONNECTION_TIMED_OUT: (
        (
            QT_TRANSLATE_NOOP("Sentences", "{host} did not answer on port {port} within {time}."),
            QT_TRANSLATE_NOOP("Sentences", "{host} did not answer on port {port}."),
            QT_TRANSLATE_NOOP("Sentences", "The server did not answer in time."),
        ),
        QT_TRANSLATE_NOOP("Sentences", "Check host, port and firewall."),
    ),
    Code.CONNECTION_FAILED: (
        (
            QT_TRANSLATE_NOOP("Sentences", "No connection to {host}, port {port}: {detail}."),
            QT_TRANSLATE_NOOP("Sentences", "No connection to {host}, port {port}."),
            QT_TRANSLATE_NOOP("Sentences", "No connection could be made."),
        ),
        QT_TRANSLATE_NOOP("Sentences", "Check host, port and network."),
    ),
    Code.CONNECTION_LOST: (
        (
            QT_TRANSLATE_NOOP("Sentences", "The connection to {host} ended in the middle."),
            QT_TRANSLATE_NOOP("Sentences", "The connection ended in the middle."),
        ),
        QT_TRANSLATE_NOOP(
            "Sentences", "What was stored stays stored, the rest is still on the server; the next fetch goes on."
        ),
    ),
    Code.SERVER_BUSY: (
        (
            QT_TRANSLATE_NOOP("Sentences", "{host} closed the connection instead of serving it."),
            QT_TRANSLATE_NOOP("Sentences", "The server closed the connection instead of serving it."),
        ),
        QT_TRANSLATE_NOOP(
            "Sentences",
            "It has too many connections or is overloaded. Wait, or lower the setting FetchConnectionsPerServer.",
        ),
    ),
    Code.TLS_EXPIRED: (
        (
            QT_TRANSLATE_NOOP("Sentences", "The certificate of {host} ended on {ended}."),
            QT_TRANSLATE_NOOP("Sentences", "The certificate of {host} is not valid before {begins}."),
            QT_TRANSLATE_NOOP("Sentences", "The certificate of {host} is not valid at this date."),
            QT_TRANSLATE_NOOP("Sentences", "The server's certificate is not valid at this date."),
        ),
        QT_TRANSLATE_NOOP("Sentences", "Have it renewed, and check this computer's clock."),
    ),
    Code.TLS_WRONG_NAME: (
        (
            QT_TRANSLATE_NOOP("Sentences", "The certificate of {host} is for another name."),
            QT_TRANSLATE_NOOP("Sentences", "The server's certificate is for another name."),
        ),
        QT_TRANSLATE_NOOP("Sentences", "It is for: {names}."),
        QT_TRANSLATE_NOOP("Sentences", "If that is the same server, use one of its names as the account's host."),
    ),
    Code.TLS_UNKNOWN_CA: (
        (
            QT_TRANSLATE_NOOP("Sentences", "The certificate of {host} is signed by nobody this computer trusts."),
            QT_TRANSLATE_NOOP("Sentences", "The server's certificate is signed by nobody this computer trusts."),
        ),
        QT_TRANSLATE_NOOP("Sentences", "Issuer: {issuer}."),
        QT_TRANSLATE_NOOP("Sentences", "Fingerprint: {fingerprint}."),
        QT_TRANSLATE_NOOP(
            "Sentences",
            "Choose the certificate file of your own authority; or look at the certificate in the result of Check, "
            'compare its fingerprint with the server\'s administrator, and press "Trust this certificate".',
        ),
    ),
    Code.TLS_PIN_MISMATCH: (
        (
            QT_TRANSLATE_NOOP("Sentences", "{host} shows another certificate than the pinned one."),
            QT_TRANSLATE_NOOP("Sentences", "The server shows another certificate than the pinned one."),
        ),
        QT_TRANSLATE_NOOP("Sentences", "Ask its administrator whether it was replaced."),
        QT_TRANSLATE_NOOP("Sentences", "Pinned: {pinned}."),
        QT_TRANSLATE_NOOP("Sentences", "Shown: {fingerprint}."),
        QT_TRANSLATE_NOOP("Sentences", "If it was not replaced, somebody may be in between."),
    ),
    Code.TLS_CA_FILE: (
        (
            QT_TRANSLATE_NOOP("Sentences", "The file of trusted certificates {path} cannot be used: {detail}."),
            QT_TRANSLATE_NOOP("Sentences", "The file of trusted certificates {path} cannot be used."),
            QT_TRANSLATE_NOOP("Sentences", "The account's file of trusted certificates cannot be used."),
        ),
        QT_TRANSLATE_NOOP("Sentences", "It must be readable and in PEM form."),
    ),
    Code.SIGN_IN_REFUSED: (
        (
            QT_TRANSLATE_NOOP("Sentences", 'The server refused user name or password of "{username}".'),
            QT_TRANSLATE_NOOP("Sentences", "The server refused user name or password."),
        ),
        QT_TRANSLATE_NOOP(
            "Sentences",
            "Check the username, and enter the password again. Some providers want an app password.",
        ),
    ),
    Code.SIGN_IN_NEEDS_TLS: (
        (
            QT_TRANSLATE_NOOP(
                "Sentences", 'The server takes no password of "{username}" on an unencrypted connection.'
            ),
            QT_TRANSLATE_NOOP("Sentences", "The server takes no password on an unencrypted connection."),
        ),
        QT_TRANSLATE_NOOP("Sentences", "Choose a type with encryption: IMAPS, IMAPTLS, POP3S or POP3TLS."),
    ),
    Code.SIGN_IN_NOT_NOW: (
        (
            QT_TRANSLATE_NOOP(
                "Sentences",
                'The server cannot sign "{username}" in at the moment; the password may well be right.',
            ),
            QT_TRANSLATE_NOOP(
                "Sentences", "The server cannot sign anybody in at the moment; the password may well be right."
            ),
        ),
        _TRY_AGAIN,
    ),
    Code.SIGN_IN_NO_MECHANISM: (
        (
            QT_TRANSLATE_NOOP("Sentences", 'The server offers "{username}" no way to sign in that is spoken here.'),
            QT_TRANSLATE_NOOP("Sentences", "The server offers no way to sign in that is spoken here."),
        ),
        QT_TRANSLATE_NOOP("Sentences", "It offers: {offered}."),
        QT_TRANSLATE_NOOP("Sentences", "Ask its administrator to allow a sign-in by password for this user."),
    ),
    Code.THROTTLED: (
        QT_TRANSLATE_NOOP("Sentences", "The server asks to be left alone for a while."),
        _TRY_AGAIN,
    ),
    Code.NO_PASSWORD: (
        (
            QT_TRANSLATE_NOOP("Sentences", 'No password is kept for the account "{name}".'),
            QT_TRANSLATE_NOOP("Sentences", "No password is kept for this account."),
        ),
        QT_TRANSLATE_NOOP("Sentences", "Edit the account and enter its password."),
    ),
    Code.FOLDER_NOT_FOUND: (
        (
            QT_TRANSLATE_NOOP("Sentences", 'The folder "{folder}" does not exist on the server.'),
            QT_TRANSLATE_NOOP("Sentences", "The folder does not exist on the server."),
        ),
        QT_TRANSLATE_NOOP("Sentences", 'Press "Browse..." beside the folder to choose one that is there.'),
        QT_TRANSLATE_NOOP("Sentences", "There are: {folders}."),
    ),
    Code.FOLDER_NOT_OPENED: (
        (
            QT_TRANSLATE_NOOP("Sentences", 'The folder "{folder}" is there but cannot be opened.'),
            QT_TRANSLATE_NOOP("Sentences", "The mailbox is there but cannot be opened."),
        ),
        _RIGHTS,
    ),
    Code.SERVER_REFUSED: (
        (
            QT_TRANSLATE_NOOP("Sentences", "The server answered {command} with no."),
            QT_TRANSLATE_NOOP("Sentences", "The server answered with no."),
        ),
        QT_TRANSLATE_NOOP("Sentences", "Its words say why; ask who runs the server."),
    ),
    Code.MESSAGE_UNAVAILABLE: (
        (
            QT_TRANSLATE_NOOP(
                "Sentences", "The message {source} is listed, but the server does not hand it out ({detail})."
            ),
            QT_TRANSLATE_NOOP("Sentences", "The message {source} is listed, but the server does not hand it out."),
            QT_TRANSLATE_NOOP("Sentences", "A message is listed, but the server does not hand it out."),
        ),
        QT_TRANSLATE_NOOP(
            "Sentences",
            "It is tried again, last and alone, at every fetch; if that goes on, the server's administrator can look "
            "at it.",
        ),
    ),
    Code.EXPUNGE_UNSAFE: (
        (
            QT_TRANSLATE_NOOP(
                "Sentences",
                "The server cannot remove single messages, and somebody else has marked {messages} for deletion: "
                "removing ours would remove theirs.",
            ),
            QT_TRANSLATE_NOOP(
                "Sentences",
                "The server cannot remove single messages, and messages of somebody else are marked for deletion: "
                "removing ours would remove theirs.",
            ),
        ),
        QT_TRANSLATE_NOOP(
            "Sentences",
            'Purge the folder in a mail program, or choose "Move to a folder" as what happens after fetching.',
        ),
    ),
    Code.QUIT_REFUSED: (
        (
            QT_TRANSLATE_NOOP(
                "Sentences",
                "The server did not confirm the deletion of {messages} at the end of the session.",
            ),
            QT_TRANSLATE_NOOP("Sentences", "The server did not confirm the deletions at the end of the session."),
        ),
        QT_TRANSLATE_NOOP("Sentences", "Nothing is imported twice; the next fetch tries again."),
    ),
    Code.TIME_BUDGET_SPENT: (
        (
            QT_TRANSLATE_NOOP("Sentences", "The account used up its {time} for one fetch."),
            QT_TRANSLATE_NOOP("Sentences", "The account used up its time for one fetch."),
        ),
        QT_TRANSLATE_NOOP(
            "Sentences",
            "What was stored stays stored; the next fetch goes on. For a large mailbox raise the setting "
            "TimeoutAccount.",
        ),
    ),
    Code.STOPPED: (
        QT_TRANSLATE_NOOP("Sentences", "Stopped as asked; what was fetched is stored, the next fetch goes on."),
    ),
}
"""Sentences over the facts of each code; those of which a fact is not known are left out."""

_NOT_REMOVED: Final = (
    QT_TRANSLATE_NOOP("Sentences", "Nothing is imported twice; the next fetch tries again."),
    QT_TRANSLATE_NOOP("Sentences", "Check the user's rights and quota on the server."),
)


def not_deleted(facts: Mapping[str, str]) -> str:
    """For a check (count 0) and for a fetch."""
    if facts.get("count") == "0":
        cannot = QT_TRANSLATE_NOOP("Sentences", "The server does not let this user delete in this folder.")
        return composed((cannot, _RIGHTS), facts)
    said = (
        QT_TRANSLATE_NOOP("Sentences", "Stored here, but not deleted on the server: {messages}."),
        QT_TRANSLATE_NOOP("Sentences", "Messages are stored here, but the server did not delete its copies."),
    )
    return composed((said, *_NOT_REMOVED), facts)


def not_moved(facts: Mapping[str, str]) -> str:
    """For a check (count 0) and for a fetch."""
    if facts.get("count") == "0":
        cannot = (
            QT_TRANSLATE_NOOP("Sentences", 'The server cannot move messages to "{folder}".'),
            QT_TRANSLATE_NOOP("Sentences", "The server cannot move messages."),
        )
        return composed((cannot, _RIGHTS), facts)
    said = (
        QT_TRANSLATE_NOOP("Sentences", 'Stored here, but not moved to "{folder}" on the server: {messages}.'),
        QT_TRANSLATE_NOOP("Sentences", "Messages are stored here, but the server did not move its copies."),
    )
    return composed((said, *_NOT_REMOVED), facts)


def silent(facts: Mapping[str, str]) -> str:
    """At the greeting: perhaps a port that expects encryption at once."""
    said = (
        QT_TRANSLATE_NOOP("Sentences", "{host} said nothing for {time}."),
        QT_TRANSLATE_NOOP("Sentences", "The server was connected but said nothing in time."),
    )
    kind = account_type(facts)
    greeting = facts.get("layer", Layer.GREETING) in {Layer.GREETING, Layer.CONNECT}
    if kind is None or kind.encryption is Encryption.TLS or not greeting:
        check = QT_TRANSLATE_NOOP(
            "Sentences", "Try later; check that the port speaks the protocol of the account's type."
        )
        return composed((said, check), facts)
    better = QT_TRANSLATE_NOOP(
        "Sentences",
        "A port that waits in silence usually expects encryption at once: choose type {encrypted}, or the port for "
        "{protocol} ({usual}). If both are right, try later.",
    )
    encrypted = of_family(kind.family, Encryption.TLS)
    extra = {"encrypted": encrypted, "protocol": kind.family.upper(), "usual": str(kind.default_port)}
    return composed((said, better), {**facts, **extra})


def garbage(facts: Mapping[str, str]) -> str:
    """The other protocol, when its greeting gives it away."""
    said = (
        QT_TRANSLATE_NOOP("Sentences", "{host} did not answer in the expected protocol ({detail})."),
        QT_TRANSLATE_NOOP("Sentences", "{host} did not answer in the expected protocol."),
        QT_TRANSLATE_NOOP("Sentences", "The server did not answer in the expected protocol."),
    )
    return _other_protocol(facts) or _with_check(said, facts)


def tls_failed(facts: Mapping[str, str]) -> str:
    """How the types of the family differ."""
    said = (
        QT_TRANSLATE_NOOP("Sentences", "{host} and this computer could not agree on encryption ({detail})."),
        QT_TRANSLATE_NOOP("Sentences", "{host} and this computer could not agree on encryption."),
        QT_TRANSLATE_NOOP("Sentences", "The server and this computer could not agree on encryption."),
    )
    return _other_protocol(facts) or _with_check(said, facts)


def starttls_not_offered(facts: Mapping[str, str]) -> str:
    """The type with encryption from the start, of the family."""
    kind = account_type(facts)
    said = (
        QT_TRANSLATE_NOOP("Sentences", "{host} offers no STARTTLS on port {port}, so nothing was sent to it."),
        QT_TRANSLATE_NOOP("Sentences", "The server offers no STARTTLS, so nothing was sent to it."),
    )
    better = QT_TRANSLATE_NOOP(
        "Sentences", "Choose a type with TLS from the start ({encrypted}), or have STARTTLS switched on."
    )
    encrypted = of_family(kind.family, Encryption.TLS) if kind else "IMAPS, POP3S"
    return composed((said, better), {**facts, "encrypted": encrypted})


def account_type(facts: Mapping[str, str]) -> AccountType | None:
    """The account's type, where it is told and has a protocol that can be mistaken."""
    said = facts.get("type", "")
    kind = AccountType(said) if said in AccountType.__members__ else None
    return kind if kind is not None and kind.family in {Family.IMAP, Family.POP3} else None


def of_family(family: Family, encryption: Encryption) -> AccountType:
    """The type of a protocol with an encryption."""
    return next(one for one in AccountType if (one.family, one.encryption) == (family, encryption))


def _with_check(said: tuple[str, ...], facts: Mapping[str, str]) -> str:
    kind = account_type(facts)
    if kind is None:
        check = QT_TRANSLATE_NOOP(
            "Sentences",
            "Check port and type of the account: IMAPS and POP3S encrypt at once, IMAPTLS and POP3TLS after STARTTLS, "
            "each on a port of its own.",
        )
        return composed((said, check), facts)
    at_once, later = of_family(kind.family, Encryption.TLS), of_family(kind.family, Encryption.STARTTLS)
    check = QT_TRANSLATE_NOOP(
        "Sentences",
        "Check port and type of the account, {type}: {at_once} encrypts at once (usually port {at_once_port}), "
        "{later} after STARTTLS (usually port {later_port}).",
    )
    ports = {"at_once_port": str(at_once.default_port), "later_port": str(later.default_port)}
    return composed((said, check), {**facts, "at_once": at_once, "later": later, **ports})


def _other_protocol(facts: Mapping[str, str]) -> str:
    """A greeting of the other protocol on a port of this one; empty when there is none."""
    kind = account_type(facts)
    if kind is None:
        return ""
    imap = kind.family is Family.IMAP
    greeting, other = ("+OK", Family.POP3) if imap else ("* OK", Family.IMAP)
    if not facts.get("server", "").startswith(greeting):
        return ""
    said = (
        QT_TRANSLATE_NOOP(
            "Sentences", "This is a POP3 server: choose type {other}, or the port of IMAP (usually {usual})."
        )
        if imap
        else QT_TRANSLATE_NOOP(
            "Sentences", "This is an IMAP server: choose type {other}, or the port of POP3 (usually {usual})."
        )
    )
    return composed((said,), {"other": of_family(other, kind.encryption), "usual": str(kind.default_port)})
