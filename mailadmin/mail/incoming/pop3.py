"""POP3 (RFC 1939): opening a mailbox layer by layer."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from mailadmin.domain.accounts import Authentication, Encryption
from mailadmin.domain.errors import Code, Layer, UserFixableError
from mailadmin.domain.interrupt import Interrupt
from mailadmin.domain.ports import LayerReached, ServerAccess
from mailadmin.domain.secrets import Secret
from mailadmin.mail import sasl
from mailadmin.mail.answers import Refused, is_busy, sign_in_failure
from mailadmin.mail.connection import Connection

from .pop3_mailbox import Pop3Mailbox
from .pop3_protocol import Protocol, fits_a_line

_log = logging.getLogger(__name__)

Capabilities: TypeAlias = Mapping[str, Sequence[str]]


def open_pop3(
    access: ServerAccess, credential: Secret, on_layer: Callable[[LayerReached], None], interrupt: Interrupt
) -> Pop3Mailbox:
    """Connect, secure and sign in.

    :raises UserFixableError: with the layer that failed; the connection is closed then
    """
    connection = Connection.open(access, on_layer, interrupt)
    try:
        protocol = _greeted(connection, on_layer)
        capabilities = _capabilities(protocol, on_layer)
        _sign_in(protocol, capabilities, credential, on_layer)
        connection.at(Layer.CAPABILITIES)
        capabilities = protocol.capabilities() or capabilities
        _tell_folder(protocol, on_layer)
        return Pop3Mailbox(protocol, capabilities)
    except BaseException:
        connection.close()
        raise


def _greeted(connection: Connection, on_layer: Callable[[LayerReached], None]) -> Protocol:
    if connection.access.type.encryption is Encryption.TLS:
        connection.secure(on_layer)
        connection.at(Layer.GREETING)
    try:
        protocol = Protocol(connection)
    except Refused as refused:
        if not is_busy(refused.server):
            raise
        facts = {"host": connection.access.host, "port": str(connection.access.port)}
        failure = UserFixableError(Code.SERVER_BUSY, facts, server=refused.server, layer=Layer.GREETING)
        raise failure from None
    on_layer(LayerReached(Layer.GREETING, server=protocol.greeting))
    return protocol


def _capabilities(protocol: Protocol, on_layer: Callable[[LayerReached], None]) -> Capabilities:
    """CAPA, after STLS where the account wants it."""
    connection = protocol.connection
    connection.at(Layer.CAPABILITIES)
    listed = protocol.capabilities()
    if connection.access.type.encryption is Encryption.STARTTLS:
        _start_tls(protocol, listed, on_layer)
        connection.at(Layer.CAPABILITIES)
        listed = protocol.capabilities()  # what was said in the clear does not count
    shown = (" ".join((name, *arguments)) for name, arguments in sorted(listed.items()))
    on_layer(LayerReached(Layer.CAPABILITIES, {"capabilities": ", ".join(shown)}))
    return listed


def _start_tls(protocol: Protocol, listed: Capabilities, on_layer: Callable[[LayerReached], None]) -> None:
    access = protocol.connection.access
    facts = {"host": access.host, "port": str(access.port)}
    protocol.connection.at(Layer.TLS)
    if "STLS" not in listed:
        raise UserFixableError(Code.STARTTLS_NOT_OFFERED, facts, layer=Layer.TLS)
    try:
        protocol.start_tls(on_layer, _to_tls)
    except Refused as refused:
        facts["detail"] = "STLS refused"
        failure = UserFixableError(Code.TLS_FAILED, facts, server=refused.server, layer=Layer.TLS)
        raise failure from None


def _to_tls(connection: Connection) -> None:
    """Bring a second connection to the handshake."""
    connection.readline()
    connection.send(b"STLS\r\n")
    connection.readline()


def _sign_in(
    protocol: Protocol, capabilities: Capabilities, credential: Secret, on_layer: Callable[[LayerReached], None]
) -> None:
    connection = protocol.connection
    user = connection.access.username
    connection.at(Layer.SIGN_IN)
    connection.hide(credential.reveal())
    exchange = _exchange(connection, capabilities, credential)
    mechanism = exchange.mechanism.value if exchange else "USER"
    if "USER" in capabilities.get("UTF8", ()):
        _speak_utf8(protocol)
    failure: UserFixableError
    try:
        words = protocol.sign_in_by(exchange) if exchange else protocol.sign_in(user, credential.reveal())
    except Refused as refused:
        failure = _failure(refused, connection, capabilities, exchange)
    else:
        _log.debug("signed in to %s as %s by %s", connection.access.host, user, mechanism)
        facts = {"mechanism": mechanism, "offered": " ".join(capabilities.get("SASL", ()))}
        on_layer(LayerReached(Layer.SIGN_IN, facts, words))
        return
    raise failure


def _failure(
    refused: Refused, connection: Connection, capabilities: Capabilities, exchange: sasl.Exchange | None
) -> UserFixableError:
    user = connection.access.username
    delay = "".join(capabilities.get("LOGIN-DELAY", ())[:1])
    reason = connection.words(exchange.refusal) if exchange else ""
    failure = sign_in_failure(refused, user, reason=reason, login_delay=delay if delay.isdigit() else "")
    untried = exchange and not exchange.begun and "SASL" not in capabilities and not refused.response_code
    if untried and failure.code is Code.SIGN_IN_REFUSED:  # the command itself is not known
        facts = {"username": user, "offered": ""}
        return UserFixableError(Code.SIGN_IN_NO_MECHANISM, facts, server=refused.server, layer=Layer.SIGN_IN)
    return failure


def _speak_utf8(protocol: Protocol) -> None:
    """UTF8 before USER (RFC 6856): otherwise Courier replaces mails with 8-bit headers by a notice of its own."""
    try:
        protocol.ask("UTF8")
    except Refused as refused:
        _log.debug("UTF8 refused: %s", refused.server)


def _exchange(connection: Connection, capabilities: Capabilities, credential: Secret) -> sasl.Exchange | None:
    """How to sign in: USER and PASS, as everywhere; AUTH PLAIN where USER is not offered or the text fits no line.

    An access token is presented by what is offered, or by XOAUTH2 to a server that does not say what it offers.

    :returns: None for USER and PASS
    """
    access, encrypted = connection.access, connection.encrypted
    offered = capabilities.get("SASL", ())
    if access.authentication is Authentication.OAUTH2:
        token, known = credential.reveal(), offered if "SASL" in capabilities else (sasl.Mechanism.XOAUTH2,)
        return sasl.with_token(access.username, token, known, host=access.host, port=access.port, encrypted=encrypted)
    refused = "USER" not in capabilities and bool({"SASL", "STLS"} & set(capabilities))
    if fits_a_line(access.username + credential.reveal()) and not refused:
        return None
    facts = {"username": access.username}
    if refused and not encrypted and "STLS" in capabilities:
        raise UserFixableError(Code.SIGN_IN_NEEDS_TLS, facts, layer=Layer.SIGN_IN)
    if "PLAIN" not in offered:
        facts["offered"] = " ".join(offered)
        raise UserFixableError(Code.SIGN_IN_NO_MECHANISM, facts, layer=Layer.SIGN_IN)
    return sasl.plain(access.username, credential.reveal())


def _tell_folder(protocol: Protocol, on_layer: Callable[[LayerReached], None]) -> None:
    """STAT: the mailbox can be read, and how much is in it."""
    protocol.connection.at(Layer.FOLDER)
    try:
        numbers = protocol.ask("STAT").split()
    except Refused as refused:
        if refused.code is Code.THROTTLED:
            raise
        failure = UserFixableError(Code.FOLDER_NOT_OPENED, {"folder": ""}, server=refused.server, layer=Layer.FOLDER)
        raise failure from None
    if len(numbers) < 2 or not (numbers[0].isdigit() and numbers[1].isdigit()):
        raise protocol.connection.garbage("not an answer to STAT", " ".join(numbers).encode())
    on_layer(LayerReached(Layer.FOLDER, {"messages": numbers[0], "bytes": numbers[1]}))
