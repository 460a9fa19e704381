"""IMAP (RFC 3501): opening a mailbox layer by layer."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from imapclient import imap_utf7
from imapclient.exceptions import IMAPClientReadOnlyError

from mailadmin.domain.accounts import Authentication, Encryption
from mailadmin.domain.errors import Code, Layer, UserFixableError
from mailadmin.domain.interrupt import Interrupt
from mailadmin.domain.ports import LayerReached, ServerAccess
from mailadmin.domain.secrets import Secret
from mailadmin.domain.validation import same_folder
from mailadmin.mail import sasl
from mailadmin.mail.answers import Refused, sign_in_failure
from mailadmin.mail.connection import Connection

from .imap_folders import Folders, not_found_facts
from .imap_mailbox import ImapMailbox, Selected
from .imap_protocol import Client, Protocol, parsing

_log = logging.getLogger(__name__)


def open_imap(
    access: ServerAccess, credential: Secret, on_layer: Callable[[LayerReached], None], interrupt: Interrupt
) -> ImapMailbox:
    """Connect, secure, sign in and select the folder.

    :raises UserFixableError: with the layer that failed; the connection is closed then
    """
    connection = Connection.open(access, on_layer, interrupt)
    try:
        client = _greeted_client(connection, on_layer)
        capabilities = _capabilities(client, on_layer)
        _sign_in(client, capabilities, credential, on_layer)
        connection.at(Layer.CAPABILITIES)
        capabilities = client.refresh_capabilities()
        selected = _open_folder(client, access.folder, on_layer)
        return ImapMailbox(client, capabilities, selected)
    except BaseException:
        connection.close()
        raise


def _greeted_client(connection: Connection, on_layer: Callable[[LayerReached], None]) -> Client:
    encryption = connection.access.type.encryption
    if encryption is Encryption.TLS:
        connection.secure(on_layer)
        connection.at(Layer.GREETING)

    def greeted(words: str) -> None:
        on_layer(LayerReached(Layer.GREETING, server=words))

    with parsing(connection):
        client = Client(connection, greeted)
    if encryption is Encryption.STARTTLS:
        _start_tls(client, on_layer)
    return client


def _start_tls(client: Client, on_layer: Callable[[LayerReached], None]) -> None:
    """STARTTLS or nothing: a server that does not offer it, or says we are signed in already, is refused."""
    protocol = client.protocol
    protocol.connection.at(Layer.TLS)
    access = protocol.connection.access
    facts = {"host": access.host, "port": str(access.port)}
    if "STARTTLS" not in protocol.capabilities or protocol.state != "NONAUTH":
        raise UserFixableError(Code.STARTTLS_NOT_OFFERED, facts, layer=Layer.TLS)
    try:
        protocol.start_tls(on_layer, _to_tls)
    except Refused as refused:
        facts["detail"] = "STARTTLS refused"
        failure = UserFixableError(Code.TLS_FAILED, facts, server=refused.server, layer=Layer.TLS)
        raise failure from None


def _to_tls(connection: Connection) -> None:
    """Bring a second connection to the handshake."""
    connection.readline()
    connection.send(b"a STARTTLS\r\n")
    while not connection.readline().startswith(b"a "):
        pass


def _capabilities(client: Client, on_layer: Callable[[LayerReached], None]) -> frozenset[str]:
    """What the server can do before sign-in: just heard on this connection, or asked again after STARTTLS."""
    connection = client.protocol.connection
    connection.at(Layer.CAPABILITIES)
    again = connection.access.type.encryption is Encryption.STARTTLS
    listed = client.refresh_capabilities() if again else frozenset(client.protocol.capabilities)
    on_layer(LayerReached(Layer.CAPABILITIES, {"capabilities": " ".join(sorted(listed))}))
    return listed


def _sign_in(
    client: Client, capabilities: frozenset[str], credential: Secret, on_layer: Callable[[LayerReached], None]
) -> None:
    protocol, access = client.protocol, client.protocol.connection.access
    protocol.connection.at(Layer.SIGN_IN)
    protocol.connection.hide(credential.reveal())
    offered = sorted(name.removeprefix("AUTH=") for name in capabilities if name.startswith("AUTH="))
    if protocol.state == "AUTH":
        mechanism, words = "PREAUTH", b""
    else:
        exchange = _exchange(protocol.connection, capabilities, offered, credential)
        mechanism = exchange.mechanism.value if exchange else "LOGIN"
        words = _present(protocol, exchange, credential, at_once="SASL-IR" in capabilities)
    _log.debug("signed in to %s as %s by %s", access.host, access.username, mechanism)
    facts = {"mechanism": mechanism, "offered": " ".join(offered)}
    on_layer(LayerReached(Layer.SIGN_IN, facts, protocol.connection.words(words)))


def _present(protocol: Protocol, exchange: sasl.Exchange | None, credential: Secret, *, at_once: bool) -> bytes:
    """AUTHENTICATE, or LOGIN without an exchange; the words of a server that lets us in."""
    username = protocol.connection.access.username
    failure: UserFixableError
    try:
        if exchange:
            return protocol.sign_in_by(exchange, at_once=at_once and exchange.mechanism is not sasl.Mechanism.PLAIN)
        _, data = protocol.login(username, credential.reveal())
        return data[0] or b""
    except Refused as refused:
        reason = protocol.connection.words(exchange.refusal) if exchange else ""
        failure = sign_in_failure(refused, username, reason=reason)
    raise failure


def _exchange(
    connection: Connection, capabilities: frozenset[str], offered: Sequence[str], credential: Secret
) -> sasl.Exchange | None:
    """How to sign in. With a password LOGIN works nearly everywhere; what is not plain ASCII travels better by PLAIN.

    :returns: None for LOGIN
    """
    access = connection.access
    facts = {"username": access.username, "offered": " ".join(offered)}
    if access.authentication is Authentication.OAUTH2:
        token, encrypted = credential.reveal(), connection.encrypted
        return sasl.with_token(access.username, token, offered, host=access.host, port=access.port, encrypted=encrypted)
    text = access.username + credential.reveal()
    if "LOGINDISABLED" in capabilities:
        if not connection.encrypted:
            raise UserFixableError(Code.SIGN_IN_NEEDS_TLS, {"username": access.username}, layer=Layer.SIGN_IN)
        if "PLAIN" not in offered:
            raise UserFixableError(Code.SIGN_IN_NO_MECHANISM, facts, layer=Layer.SIGN_IN)
    elif (text.isascii() and text.isprintable()) or "PLAIN" not in offered:
        return None
    return sasl.plain(access.username, credential.reveal())


# --- the folder ----------------------------------------------------------------------------------------------------


def _open_folder(client: Client, asked: str, on_layer: Callable[[LayerReached], None]) -> Selected:
    client.protocol.connection.at(Layer.FOLDER)
    selected = _find_and_select(client, Folders(client), asked.strip() or "INBOX")
    facts = {"folder": selected.folder, "messages": str(selected.messages)}
    if not same_folder(selected.folder, asked):
        facts["asked"] = asked
    if selected.read_only:
        facts["read_only"] = "yes"
    on_layer(LayerReached(Layer.FOLDER, facts))
    return selected


def _find_and_select(client: Client, folders: Folders, asked: str) -> Selected:
    """INBOX is there; any other folder goes by the server's own spelling, so that the ledger has one name for it."""
    if asked.upper() == "INBOX":
        return _select(client, folders, "INBOX")
    name = folders.exact(asked) or folders.find(asked)
    if name is None:
        try:  # a folder may be there without being listed
            return _select(client, folders, asked)
        except UserFixableError as failure:
            if failure.code is not Code.FOLDER_NOT_OPENED:
                raise
            words = failure.server
        facts = not_found_facts(asked, folders)
        raise UserFixableError(Code.FOLDER_NOT_FOUND, facts, server=words, layer=Layer.FOLDER)
    return _select(client, folders, name)


def _select(client: Client, folders: Folders, name: str) -> Selected:
    """SELECT, or EXAMINE where the server gives no more."""
    connection = client.protocol.connection
    read_only = False
    try:
        with parsing(connection):
            try:
                answer = client.select_folder(imap_utf7.encode(name))
            except IMAPClientReadOnlyError:
                read_only = True
                answer = client.select_folder(imap_utf7.encode(name), readonly=True)
    except Refused as refused:
        if refused.code is Code.THROTTLED:
            raise
        failure = UserFixableError(Code.FOLDER_NOT_OPENED, {"folder": name}, server=refused.server, layer=Layer.FOLDER)
        raise failure from None
    with parsing(connection):
        validity = answer.get(b"UIDVALIDITY")
        flags = answer.get(b"PERMANENTFLAGS")
        may_flag = flags is None or any(flag.lower() == rb"\deleted" for flag in flags)
        lasting = validity is not None and b"UIDNOTSTICKY" not in answer
        return Selected(
            folder=name,
            messages=int(answer[b"EXISTS"]),
            uidvalidity=str(int(validity)) if lasting else "",
            read_only=read_only or not may_flag,
            folders=folders,
        )
