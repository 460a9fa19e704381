"""Each layer that fails while a mailbox is opened is named, with its code, its facts and the server's words."""

from __future__ import annotations

import errno
import select
import socket
import ssl
import struct
import threading
import warnings
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mailadmin.cli.sentences import code_sentence
from mailadmin.domain.accounts import AccountType
from mailadmin.domain.errors import Code, Layer, UserFixableError
from mailadmin.domain.interrupt import Interrupt
from mailadmin.domain.ports import LayerReached, Timeouts
from mailadmin.mail import connection
from mailadmin.mail.dialling import connect
from tests.servers.certificates import Authority
from tests.servers.opening import access_to, failure, opened
from tests.servers.scripted import Conversation, Script, ScriptedServer, imap, pop3

SHORT = 0.2
PATIENT = Timeouts(connect=10, tls=10, greeting=10, command=10)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def _hang(conversation: Conversation) -> None:
    conversation.hang()


def _hang_up(conversation: Conversation) -> None:
    pass


# --- name and connection -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 64 + ".example", "xn--a.invalid"])
def test_a_host_that_does_not_exist_is_named(host: str) -> None:
    error = failure(access_to(1, host=host))
    assert (error.code, error.layer, error.facts["host"]) == (Code.HOST_NOT_FOUND, Layer.NAME, host)


def test_a_port_where_nobody_listens_refuses() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    error = failure(access_to(port, host="127.0.0.1"))
    assert (error.code, error.layer) == (Code.CONNECTION_REFUSED, Layer.CONNECT)
    assert error.facts == {"host": "127.0.0.1", "port": str(port)}


def test_a_connection_nobody_accepts_times_out_by_its_own_timeout() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        waiting = [socket.socket() for _ in range(3)]  # fill the queue of connections
        for sock in waiting:
            sock.setblocking(False)
            sock.connect_ex(("127.0.0.1", port))
        error = failure(access_to(port, host="127.0.0.1", timeouts=replace(PATIENT, connect=SHORT)))
        for sock in waiting:
            sock.close()
    assert (error.code, error.layer) == (Code.CONNECTION_TIMED_OUT, Layer.CONNECT)
    assert error.facts["seconds"] == "0.2"


def test_an_address_of_a_kind_that_this_computer_does_not_speak_is_passed_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class WithoutIPv6(socket.socket):
        def __init__(self, family: int = -1, *args: int) -> None:
            if family == socket.AF_INET6:
                raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")
            super().__init__(family, *args)

    monkeypatch.setattr(socket, "socket", WithoutIPv6)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        found: list[tuple[Any, ...]] = [
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", port, 0, 0)),
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port)),
        ]
        sock, address = connect(access_to(port), found, Interrupt())
        sock.close()
        assert address == "127.0.0.1"
        with pytest.raises(UserFixableError) as caught:
            connect(access_to(port), found[:1], Interrupt())
    assert (caught.value.code, caught.value.layer) == (Code.CONNECTION_FAILED, Layer.CONNECT)


def test_a_server_that_cuts_the_line_at_once_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    connected = threading.Event()

    def until_cut(*args: Any) -> tuple[socket.socket, str]:
        sock, address = connect(*args)
        connected.set()
        select.select([sock], [], [], 20)
        return sock, address

    def reset(conversation: Conversation) -> None:
        assert connected.wait(20)
        conversation.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        conversation.sock.close()

    monkeypatch.setattr(connection, "connect", until_cut)
    with ScriptedServer(reset) as server:
        error = failure(access_to(server.port))
    assert (error.code, error.layer) == (Code.SERVER_BUSY, Layer.GREETING)


# --- the server says nothing, at each layer -------------------------------------------------------------------------


@pytest.mark.parametrize("account_type", [AccountType.IMAPS, AccountType.POP3S])
def test_a_handshake_that_hangs_ends_by_the_tls_timeout(account_type: AccountType) -> None:
    with ScriptedServer(_hang) as server:
        error = failure(access_to(server.port, account_type, timeouts=replace(PATIENT, tls=SHORT)))
    assert (error.code, error.layer, error.facts["seconds"]) == (Code.SERVER_SILENT, Layer.TLS, "0.2")


@pytest.mark.parametrize("account_type", [AccountType.IMAP, AccountType.POP3])
def test_a_missing_greeting_ends_by_the_greeting_timeout(account_type: AccountType) -> None:
    with ScriptedServer(_hang) as server:
        error = failure(access_to(server.port, account_type, timeouts=replace(PATIENT, greeting=SHORT)))
    assert (error.code, error.layer, error.facts["seconds"]) == (Code.SERVER_SILENT, Layer.GREETING, "0.2")


@pytest.mark.parametrize(
    ("account_type", "script", "layer"),
    [
        (AccountType.IMAP, imap({"CAPABILITY": _hang}), Layer.CAPABILITIES),
        (AccountType.IMAP, imap({"LOGIN": _hang}), Layer.SIGN_IN),
        (AccountType.IMAP, imap({"SELECT": _hang}), Layer.FOLDER),
        (AccountType.POP3, pop3({"CAPA": _hang}), Layer.CAPABILITIES),
        (AccountType.POP3, pop3({"PASS": _hang}), Layer.SIGN_IN),
        (AccountType.POP3, pop3({"STAT": _hang}), Layer.FOLDER),
    ],
)
def test_a_server_that_hangs_ends_by_the_command_timeout(
    account_type: AccountType, script: Script, layer: Layer
) -> None:
    with ScriptedServer(script) as server:
        error = failure(access_to(server.port, account_type, timeouts=replace(PATIENT, command=SHORT)))
    assert (error.code, error.layer, error.facts["seconds"]) == (Code.SERVER_SILENT, layer, "0.2")


def _drip(conversation: Conversation) -> None:
    conversation.drip()


@pytest.mark.parametrize("account_type", [AccountType.IMAP, AccountType.POP3])
def test_a_greeting_that_drips_does_not_last_for_ever(account_type: AccountType) -> None:
    with ScriptedServer(_drip) as server:
        error = failure(access_to(server.port, account_type, timeouts=replace(PATIENT, greeting=SHORT)))
    assert (error.code, error.layer) == (Code.SERVER_SILENT, Layer.GREETING)


# --- the server hangs up or talks nonsense --------------------------------------------------------------------------


@pytest.mark.parametrize("account_type", [AccountType.IMAP, AccountType.POP3, AccountType.IMAPS, AccountType.POP3S])
def test_an_end_before_the_greeting_means_a_busy_server(account_type: AccountType) -> None:
    with ScriptedServer(_hang_up) as server:
        error = failure(access_to(server.port, account_type))
    assert error.code is Code.SERVER_BUSY


@pytest.mark.parametrize("account_type", [AccountType.IMAPS, AccountType.POP3S])
def test_an_end_after_the_handshake_and_before_the_greeting_means_a_busy_server(
    account_type: AccountType, authority: Authority
) -> None:
    with ScriptedServer(_hang_up, tls=authority.issue("server", "localhost")) as server:
        error = failure(access_to(server.port, account_type, ca_file=str(authority.file)))
    assert (error.code, error.layer) == (Code.SERVER_BUSY, Layer.GREETING)


@pytest.mark.parametrize(
    ("account_type", "greeting", "code"),
    [
        (AccountType.IMAP, b"* BYE Too many connections from your IP\r\n", Code.SERVER_BUSY),
        (AccountType.IMAP, b"* BYE [UNAVAILABLE] Maintenance\r\n", Code.SERVER_BUSY),
        (AccountType.IMAP, b"* BYE Go away\r\n", Code.SERVER_REFUSED),
        (AccountType.POP3, b"-ERR Too many connections\r\n", Code.SERVER_BUSY),
        (AccountType.POP3, b"-ERR [SYS/TEMP] Disk trouble\r\n", Code.SERVER_BUSY),
        (AccountType.POP3, b"-ERR Go away\r\n", Code.SERVER_REFUSED),
        (AccountType.IMAP, b"+OK POP3 ready\r\n", Code.SERVER_GARBAGE),
        (AccountType.IMAP, b"220 mail.example ESMTP\r\n", Code.SERVER_GARBAGE),
        (AccountType.IMAP, b"\x00\xff\xfe\r\n", Code.SERVER_GARBAGE),
        (AccountType.IMAP, b"* OK no line end", Code.CONNECTION_LOST),
        (AccountType.POP3, b"* OK IMAP ready\r\n", Code.SERVER_GARBAGE),
        (AccountType.POP3, b"HTTP/1.1 400 Bad Request\r\n", Code.SERVER_GARBAGE),
        (AccountType.POP3, b"+OK no line end", Code.CONNECTION_LOST),
    ],
)
def test_a_greeting_that_is_none_is_told_with_its_words(account_type: AccountType, greeting: bytes, code: Code) -> None:
    with ScriptedServer(lambda conversation: conversation.send(greeting)) as server:
        error = failure(access_to(server.port, account_type))
    assert (error.code, error.layer) == (code, Layer.GREETING)
    if code is not Code.CONNECTION_LOST:
        assert error.server.strip("\N{REPLACEMENT CHARACTER} ") in greeting.decode("latin-1")
        assert error.server


@pytest.mark.parametrize(
    ("account_type", "script", "layer"),
    [
        (AccountType.IMAP, imap({"CAPABILITY": b"* CAPABILITY HTTP/1.1\r\nTAG OK\r\n"}), Layer.CAPABILITIES),
        (AccountType.IMAP, imap({"CAPABILITY": b"TAG OK done\r\n"}), Layer.CAPABILITIES),
        (AccountType.IMAP, imap({"LOGIN": b"nonsense\r\n"}), Layer.SIGN_IN),
        (AccountType.IMAP, imap({"LOGIN": b"x99 OK not your tag\r\n"}), Layer.SIGN_IN),
        (AccountType.IMAP, imap({"SELECT": b"* many EXISTS\r\nTAG OK done\r\n"}), Layer.FOLDER),
        (AccountType.POP3, pop3({"USER": b"nonsense\r\n"}), Layer.SIGN_IN),
        (AccountType.POP3, pop3({"STAT": b"+OK lots of mail\r\n"}), Layer.FOLDER),
    ],
)
def test_answers_that_are_none_are_garbage_at_their_layer(
    account_type: AccountType, script: Script, layer: Layer
) -> None:
    with ScriptedServer(script) as server:
        error = failure(access_to(server.port, account_type))
    assert (error.code, error.layer) == (Code.SERVER_GARBAGE, layer)


def test_a_goodbye_in_the_middle_carries_the_servers_words() -> None:
    with ScriptedServer(imap({"LOGIN": b"* BYE Server shutting down.\r\n"})) as server:
        error = failure(access_to(server.port))
    assert (error.code, error.layer) == (Code.CONNECTION_LOST, Layer.SIGN_IN)
    assert error.server == "Server shutting down."


# --- TLS -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("account_type", "script"),
    [
        (AccountType.IMAPTLS, imap(capabilities="IMAP4rev1")),
        (AccountType.IMAPTLS, imap(greeting=b"* PREAUTH you are in\r\n", capabilities="IMAP4rev1 STARTTLS")),
        (AccountType.POP3TLS, pop3()),
    ],
)
def test_starttls_is_never_given_up(account_type: AccountType, script: Script) -> None:
    with ScriptedServer(script) as server:
        error = failure(access_to(server.port, account_type))
        said = b" ".join(server.commands)
    assert (error.code, error.layer) == (Code.STARTTLS_NOT_OFFERED, Layer.TLS)
    assert b"LOGIN" not in said
    assert b"PASS" not in said


@pytest.mark.parametrize(
    ("account_type", "script"),
    [
        (AccountType.IMAPTLS, imap({"STARTTLS": b"TAG NO not today\r\n"}, capabilities="IMAP4rev1 STARTTLS")),
        (AccountType.POP3TLS, pop3({"STLS": b"-ERR not today\r\n"}, capabilities=("USER", "STLS"))),
    ],
)
def test_a_refused_starttls_is_a_failure_of_tls(account_type: AccountType, script: Script) -> None:
    with ScriptedServer(script) as server:
        error = failure(access_to(server.port, account_type))
    assert (error.code, error.layer, error.server) == (Code.TLS_FAILED, Layer.TLS, "not today")


def test_octets_in_the_clear_after_starttls_are_refused(authority: Authority) -> None:
    pem = authority.issue("server", "localhost")

    def imap_script(conversation: Conversation) -> None:
        conversation.send(b"* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n")
        for line in iter(conversation.readline, b""):
            tag, _, command = line.strip().partition(b" ")
            conversation.commands.append(command)
            if command == b"STARTTLS":
                # what an attacker in the middle adds to the same packet
                conversation.send(tag + b" OK begin\r\n" + b"* CAPABILITY IMAP4rev1 LOGIN-REFERRALS\r\n")
                conversation.start_tls(pem)
            else:
                conversation.send(b"* CAPABILITY IMAP4rev1 STARTTLS\r\n" + tag + b" OK done\r\n")

    with ScriptedServer(imap_script) as server:
        error = failure(access_to(server.port, AccountType.IMAPTLS, ca_file=str(authority.file)))
    assert (error.code, error.layer) == (Code.TLS_FAILED, Layer.TLS)

    def pop3_script(conversation: Conversation) -> None:
        conversation.send(b"+OK ready\r\n")
        for line in iter(conversation.readline, b""):
            if line == b"STLS\r\n":
                conversation.send(b"+OK begin\r\n+OK injected\r\n")
                conversation.start_tls(pem)
            else:
                conversation.send(b"+OK\r\nSTLS\r\nUSER\r\n.\r\n")

    with ScriptedServer(pop3_script) as server:
        error = failure(access_to(server.port, AccountType.POP3TLS, ca_file=str(authority.file)))
    assert (error.code, error.layer) == (Code.TLS_FAILED, Layer.TLS)


def test_capabilities_heard_before_starttls_do_not_count(authority: Authority) -> None:
    pem = authority.issue("server", "localhost")
    encrypted = False

    def script(conversation: Conversation) -> None:
        nonlocal encrypted
        conversation.send(b"* OK ready\r\n")
        for line in iter(conversation.readline, b""):
            tag, _, command = line.strip().partition(b" ")
            conversation.commands.append(command)
            if command == b"CAPABILITY":
                more = b"MOVE" if encrypted else b"STARTTLS UIDPLUS"
                conversation.send(b"* CAPABILITY IMAP4rev1 " + more + b"\r\n" + tag + b" OK done\r\n")
            elif command == b"STARTTLS":
                conversation.send(b"* CAPABILITY IMAP4rev1 UIDPLUS\r\n" + tag + b" OK begin\r\n")
                conversation.start_tls(pem)
                encrypted = True
            else:
                conversation.send(b"* 0 EXISTS\r\n* OK [UIDVALIDITY 1]\r\n" + tag + b" OK done\r\n")

    layers: list[LayerReached] = []
    with ScriptedServer(script) as server:
        access = access_to(server.port, AccountType.IMAPTLS, ca_file=str(authority.file))
        with opened(access, layers=layers) as mailbox:
            abilities = mailbox.abilities()
    assert (abilities.uidplus, abilities.native_move) == (False, True)
    assert [layer.layer for layer in layers] == [
        Layer.NAME, Layer.CONNECT, Layer.GREETING, Layer.TLS, Layer.CAPABILITIES, Layer.SIGN_IN, Layer.FOLDER,
    ]  # fmt: skip
    told = {layer.layer: layer for layer in layers}
    assert told[Layer.CAPABILITIES].facts["capabilities"] == "IMAP4REV1 MOVE"


@pytest.mark.parametrize("account_type", [AccountType.IMAPS, AccountType.POP3S])
def test_a_port_without_tls_says_what_is_wrong(account_type: AccountType) -> None:
    def plain(conversation: Conversation) -> None:
        conversation.send(b"* OK this is no TLS\r\n")
        conversation.hang()

    with ScriptedServer(plain) as server:
        error = failure(access_to(server.port, account_type))
    assert (error.code, error.layer, error.facts["detail"]) == (Code.TLS_FAILED, Layer.TLS, "wrong version number")


@pytest.mark.parametrize(("content", "detail"), [(None, "No such file or directory"), (b"nonsense", "")])
def test_a_ca_file_that_is_none_is_named(content: bytes | None, detail: str, tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    with ScriptedServer(_hang) as server:
        error = failure(access_to(server.port, AccountType.IMAPS, ca_file=str(path)))
    assert (error.code, error.layer, error.facts["path"]) == (Code.TLS_CA_FILE, Layer.TLS, str(path))
    assert detail in error.facts["detail"]


def test_the_system_store_is_believed_when_the_account_names_nothing(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    layers: list[LayerReached] = []
    with ScriptedServer(imap(), tls=authority.issue("server", "localhost")) as server:
        access = access_to(server.port, AccountType.IMAPS)
        error = failure(access)
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))  # where OpenSSL looks for the system's store
        with opened(access, layers=layers):
            pass
    assert error.code is Code.TLS_UNKNOWN_CA
    assert next(layer.facts["verified_by"] for layer in layers if layer.layer is Layer.TLS) == "system"


def test_a_certificate_whose_time_has_not_begun_says_when_it_does(authority: Authority) -> None:
    with ScriptedServer(imap(), tls=authority.issue("server", "localhost", begins=30)) as server:
        error = failure(access_to(server.port, AccountType.IMAPS, ca_file=str(authority.file)))
    assert (error.code, error.layer) == (Code.TLS_EXPIRED, Layer.TLS)
    assert datetime.fromisoformat(error.facts["not_before"]) > datetime.now(UTC)
    assert int(error.facts["days_left"]) > 0
    said = code_sentence(error.code, error.facts)
    assert f"is not valid before {error.facts['not_before'][:10]}" in said


def test_old_tls_is_refused(authority: Authority) -> None:
    pem = authority.issue("server", "localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem.certificate, pem.key)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.maximum_version = ssl.TLSVersion.TLSv1_1

    def script(conversation: Conversation) -> None:
        conversation.sock = context.wrap_socket(conversation.sock, server_side=True)
        imap()(conversation)

    with ScriptedServer(script) as server:
        error = failure(access_to(server.port, AccountType.IMAPS, ca_file=str(authority.file)))
    assert (error.code, error.layer) == (Code.TLS_FAILED, Layer.TLS)
