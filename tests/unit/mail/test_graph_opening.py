"""Opening a mailbox by Microsoft Graph, layer by layer, against a Graph in memory."""

from __future__ import annotations

import base64
import contextlib
import socket
import threading
import time
import traceback
from pathlib import Path

import pytest

from mailadmin.domain.accounts import AccountType
from mailadmin.domain.errors import Code, Layer, UserFixableError
from mailadmin.domain.interrupt import Interrupt
from mailadmin.domain.ports import LayerReached, ServerAccess, Timeouts
from mailadmin.domain.secrets import Secret
from mailadmin.mail.incoming import open_mailbox
from tests.servers.certificates import Authority
from tests.servers.graph import Fault, GraphServer
from tests.servers.graph_mailboxes import Mailbox
from tests.servers.opening import access_to, failure, opened
from tests.servers.scripted import Conversation, ScriptedServer
from tests.threads import running

SUPPORT = "support@contoso.example"
TOKEN = "eyJ0eXAiOiJKV1QifQ.bWFya2VyLXNlY3JldC10b2tlbi1vZi1hLW1haWxib3g.c2lnbmF0dXJl"


@pytest.fixture
def mailbox(graph: GraphServer) -> Mailbox:
    return graph.mailbox(SUPPORT, TOKEN)


def access(graph: GraphServer, folder: str = "INBOX", **fields: object) -> ServerAccess:
    given = {"host": "localhost", "username": SUPPORT, "ca_file": graph.ca_file, "folder": folder, **fields}
    return access_to(graph.port, AccountType.MSGRAPH, **given)  # type: ignore[arg-type]


def test_every_layer_is_told_with_what_there_is_to_say(graph: GraphServer, mailbox: Mailbox) -> None:
    mailbox.deliver(b"Subject: a\r\n\r\n", b"Subject: b\r\n\r\n")
    layers: list[LayerReached] = []
    with opened(access(graph), TOKEN, layers) as box:
        assert box.folder == "INBOX"
        box.list_messages()
        box.finish()
    facts = {reached.layer: reached.facts for reached in layers}
    assert list(facts) == [Layer.NAME, Layer.CONNECT, Layer.TLS, Layer.SIGN_IN, Layer.FOLDER]
    assert facts[Layer.CONNECT]["port"] == str(graph.port)
    assert facts[Layer.TLS]["verified_by"] == "ca_file"
    assert (facts[Layer.TLS]["names"], facts[Layer.TLS]["days_left"]) == ("localhost, 127.0.0.1", "90")
    assert facts[Layer.SIGN_IN] == {"mechanism": "Bearer"}
    assert facts[Layer.FOLDER] == {"folder": "INBOX", "messages": "2"}
    assert len(layers) == 5, "only the first connection is told of"


@pytest.mark.parametrize(
    ("refusal", "token", "code", "layer", "words"),
    [
        ("", "an old one", Code.SIGN_IN_REFUSED, Layer.SIGN_IN, "InvalidAuthenticationToken"),
        ("ErrorAccessDenied", TOKEN, Code.SIGN_IN_REFUSED, Layer.SIGN_IN, "ErrorAccessDenied: Access is denied"),
        ("ErrorItemNotFound", TOKEN, Code.MAILBOX_NOT_FOUND, Layer.FOLDER, "Default folder Root not found"),
        ("MailboxNotEnabledForRESTAPI", TOKEN, Code.MAILBOX_NOT_FOUND, Layer.FOLDER, "hosted on-premise"),
    ],
)
def test_a_mailbox_that_does_not_open_says_why(
    graph: GraphServer, mailbox: Mailbox, refusal: str, token: str, code: Code, layer: Layer, words: str
) -> None:
    mailbox.refusal = refusal
    error = failure(access(graph), token)
    assert (error.code, error.layer, error.facts["username"]) == (code, layer, SUPPORT)
    assert words in error.server
    assert len(graph.requests) == 1


def test_an_address_that_nobody_has(graph: GraphServer, mailbox: Mailbox) -> None:
    layers: list[LayerReached] = []
    error = failure(access(graph, username="suport+a/b@contoso.example"), TOKEN, layers)
    assert (error.code, error.server[:16]) == (Code.MAILBOX_NOT_FOUND, "ErrorInvalidUser")
    assert layers[-1].layer is Layer.SIGN_IN, "the token is good"
    assert graph.requests[0].startswith("GET /v1.0/users/suport+a/b@contoso.example/mailFolders/inbox?")


def test_a_token_for_another_mailbox(graph: GraphServer, mailbox: Mailbox) -> None:
    graph.mailbox("sales@contoso.example")
    assert failure(access(graph, username="sales@contoso.example"), TOKEN).code is Code.SIGN_IN_REFUSED


# --- the folder -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("", "INBOX"),
        ("inbox", "INBOX"),
        ("Posteingang", "INBOX"),
        ("INBOX/Kunden/süd", "INBOX/Kunden/Süd"),
        ("posteingang/kunden/SU\u0308D", "INBOX/Kunden/Süd"),
        ("Ein/Aus", "Ein/Aus"),
        ("ein/aus/Straße", "Ein/Aus/STRASSE"),
        ("Archiv", "Archiv"),
        ("archive", "Archiv"),
        ("Deleted Items", "Gelöschte Elemente"),
        ("/Archiv/2026/", "Archiv/2026"),
        ("Heimlich", "Heimlich"),
    ],
)
def test_a_folder_is_found_by_its_names(graph: GraphServer, mailbox: Mailbox, asked: str, name: str) -> None:
    inbox, archive = mailbox.folder("inbox"), mailbox.folder("archive")
    assert inbox is not None
    assert archive is not None
    mailbox.make("Süd", parent=mailbox.make("Kunden", parent=inbox.id).id)
    mailbox.make("STRASSE", parent=mailbox.make("Ein/Aus").id)
    mailbox.make("Ein")
    mailbox.make("2026", parent=archive.id)
    mailbox.make("Heimlich", hidden=True)
    graph.largest_page = 2
    layers: list[LayerReached] = []
    with opened(access(graph, asked), TOKEN, layers) as box:
        assert box.folder == name
        box.finish()
    said = layers[-1].facts.get("asked", "")
    assert said == (asked if asked not in {"", "inbox", name} else "")


def test_a_display_name_goes_before_a_well_known_one(graph: GraphServer, mailbox: Mailbox) -> None:
    mailbox.make("Archive")
    with opened(access(graph, "archive"), TOKEN) as box:
        assert box.folder == "Archive"


def test_a_folder_that_is_not_there_is_told_with_those_that_are(graph: GraphServer, mailbox: Mailbox) -> None:
    inbox = mailbox.folder("inbox")
    assert inbox is not None
    mailbox.make("Kunden", parent=inbox.id)
    mailbox.make("Heimlich", hidden=True)
    error = failure(access(graph, "INBOX/Kundn"), TOKEN)
    assert (error.code, error.layer, error.facts["folder"]) == (Code.FOLDER_NOT_FOUND, Layer.FOLDER, "INBOX/Kundn")
    tree = ["Archiv", "Entwürfe", "Gelöschte Elemente", "Gesendete Elemente", "INBOX", "INBOX/Kunden"]
    assert error.facts["folders"].split("\n") == tree
    with opened(access(graph), TOKEN) as box:
        assert [folder.name for folder in box.folders()] == tree


# --- the line -------------------------------------------------------------------------------------------------------


def test_a_certificate_of_a_stranger_is_shown(graph: GraphServer, mailbox: Mailbox, tmp_path: Path) -> None:
    error = failure(access(graph, ca_file=str(Authority(tmp_path, "Other CA").file)), TOKEN)
    assert (error.code, error.layer) == (Code.TLS_UNKNOWN_CA, Layer.TLS)
    assert (error.facts["issuer"], len(error.facts["fingerprint"])) == ("CN=Test CA", 64)
    assert graph.requests == [], "the token is not shown to a stranger"


def test_a_certificate_for_another_name(graph_authority: Authority) -> None:
    with GraphServer.running(graph_authority, "graph.example.org") as graph:
        assert failure(access(graph), TOKEN).code is Code.TLS_WRONG_NAME


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    error = failure(access_to(port, AccountType.MSGRAPH, username=SUPPORT), TOKEN)
    assert (error.code, error.layer) == (Code.CONNECTION_REFUSED, Layer.CONNECT)


def test_a_host_that_is_none() -> None:
    for host in ("graph.invalid", "a..b", "x" * 70):
        assert failure(access_to(1, AccountType.MSGRAPH, host=host), TOKEN).code is Code.HOST_NOT_FOUND


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"* OK IMAP4rev1 ready\r\n", Code.SERVER_GARBAGE),
        (b"", Code.CONNECTION_LOST),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<html>...", Code.SERVER_GARBAGE),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", Code.SERVER_GARBAGE),
        (b"HTTP/1.1 302 Found\r\nLocation: https://localhost/\r\nContent-Length: 0\r\n\r\n", Code.SERVER_REFUSED),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnone", Code.SERVER_GARBAGE),
    ],
)
def test_something_else_answers(graph_authority: Authority, answer: bytes, code: Code) -> None:
    def script(conversation: Conversation) -> None:
        conversation.commands.append(conversation.readline())
        conversation.send(answer)

    with ScriptedServer(script, tls=graph_authority.issue("other", "localhost")) as server:
        reached = access_to(server.port, AccountType.MSGRAPH, ca_file=str(graph_authority.file), username=SUPPORT)
        error = failure(reached, TOKEN)
        assert error.code is code, error
        assert not any(command.startswith(b"GET https") for command in server.commands)


def test_a_silent_server_is_asked_once(graph: GraphServer, mailbox: Mailbox) -> None:
    graph.faults.append(Fault("GET", times=9, before=lambda: _wait(graph.stopped, 1)))
    quick = Timeouts(connect=5, tls=5, greeting=5, command=0.2)
    error = failure(access(graph, timeouts=quick), TOKEN)
    assert (error.code, error.facts["seconds"], error.layer) == (Code.SERVER_SILENT, "0.2", Layer.SIGN_IN)
    assert len(graph.requests) == 1


def _wait(event: threading.Event, seconds: float) -> None:
    event.wait(seconds)


def test_opening_is_ended_from_another_thread(graph: GraphServer, mailbox: Mailbox) -> None:
    interrupt = Interrupt()
    graph.faults.append(Fault("GET", hang=0, before=lambda: threading.Timer(0.05, interrupt.ask).start()))
    with pytest.raises(UserFixableError) as caught:
        open_mailbox(access(graph), Secret(TOKEN), lambda reached: None, interrupt)
    assert caught.value.code is Code.STOPPED


def test_a_wait_for_the_server_is_ended_from_another_thread(graph: GraphServer, mailbox: Mailbox) -> None:
    interrupt = Interrupt()
    busy = {"Retry-After": "25"}
    ask = threading.Timer(0.2, interrupt.ask)
    graph.faults.append(Fault("GET", status=503, headers=busy, before=ask.start))
    began = time.monotonic()
    with pytest.raises(UserFixableError) as caught:
        open_mailbox(access(graph), Secret(TOKEN), lambda reached: None, interrupt)
    ask.join()
    assert time.monotonic() - began < 10
    assert caught.value.code is Code.STOPPED
    assert len(graph.requests) == 1


# --- secrets, proxies ------------------------------------------------------------------------------------------------


def test_no_token_in_what_is_said_of_a_failure(
    graph: GraphServer, mailbox: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    encoded = base64.b64encode(f"user={SUPPORT}\1auth=Bearer {TOKEN}\1\1".encode()).decode()
    graph.faults.append(Fault("GET", status=401, code="InvalidAuthenticationToken", message=f"{TOKEN} or {encoded}"))
    refused = _caught(access(graph))
    graph.faults.append(Fault("GET", times=9, drop=True))
    lost = _caught(access(graph))
    assert refused.server.startswith("InvalidAuthenticationToken: ***")
    assert (lost.code, lost.__context__) == (Code.CONNECTION_LOST, None)
    formatted = (traceback.TracebackException.from_exception(error, capture_locals=True) for error in (refused, lost))
    said = "".join(line for one in formatted for line in one.format())
    said += caplog.text
    own = said.replace(f"TOKEN = '{TOKEN}'", "")
    for secret in (TOKEN, TOKEN[10:60], base64.b64encode(TOKEN.encode()).decode()[4:40]):
        assert secret not in own


def _caught(reached: ServerAccess) -> UserFixableError:
    with pytest.raises(UserFixableError) as caught:
        open_mailbox(reached, Secret(TOKEN), lambda layer: None)
    return caught.value


def test_the_environment_replaces_neither_token_nor_authorities(
    graph: GraphServer, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine localhost login somebody password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(Authority(tmp_path, "Bundle").file))
    with opened(access(graph), TOKEN) as box:
        assert box.list_messages() == []


def test_the_systems_proxy_is_used(graph: GraphServer, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bytes] = []

    def script(conversation: Conversation) -> None:
        asked.extend(iter(conversation.readline, b"\r\n"))
        with socket.create_connection(("127.0.0.1", graph.port)) as onward:
            conversation.send(b"HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n")
            back = threading.Thread(target=_pass_on, args=(onward, conversation.sock))
            back.start()
            _pass_on(conversation.sock, onward)
            back.join()

    with ScriptedServer(script) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://me:p%40ss@127.0.0.1:{proxy.port}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        layers: list[LayerReached] = []
        with opened(access(graph), TOKEN, layers) as box:
            assert box.list_messages() == []
            box.finish()
        assert layers[1].facts["proxy"] == f"127.0.0.1:{proxy.port}"
        assert layers[2].facts["names"] == "localhost, 127.0.0.1", "TLS is with Graph, not with the proxy"
    login = base64.b64encode(b"me:p@ss")
    assert asked == [
        b"CONNECT localhost:%d HTTP/1.1\r\n" % graph.port,
        b"Host: localhost:%d\r\n" % graph.port,
        b"Proxy-Authorization: Basic " + login + b"\r\n",
    ]


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def test_a_proxy_that_does_not_connect(graph: GraphServer, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    def script(conversation: Conversation) -> None:
        conversation.readline()
        conversation.send(b"HTTP/1.1 407 Proxy Authentication Required for me:p@ss\r\n\r\n")

    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with ScriptedServer(script) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://me:p%40ss@127.0.0.1:{proxy.port}")
        error = failure(access(graph), TOKEN)
        assert (error.code, error.layer) == (Code.CONNECTION_FAILED, Layer.CONNECT)
        assert error.server == "HTTP/1.1 407 Proxy Authentication Required for ***"
    monkeypatch.setenv("HTTPS_PROXY", "socks5://127.0.0.1:1080")
    assert failure(access(graph), TOKEN).code is Code.CONNECTION_FAILED
    monkeypatch.setenv("NO_PROXY", "localhost")
    with opened(access(graph), TOKEN):
        pass


def test_nothing_is_left_running(graph: GraphServer, mailbox: Mailbox) -> None:
    before = running()
    mailbox.deliver(*[b"Subject: %d\r\n\r\nbody\r\n" % n for n in range(20)])
    with opened(access(graph), TOKEN) as box:
        download = box.download(box.list_messages())
        next(download)
        del download
        box.finish()
    assert {thread for thread in running() - before if "Graph" in thread.name} == set()
