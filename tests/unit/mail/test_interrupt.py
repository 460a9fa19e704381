"""Opening a mailbox is stopped from another thread, at whatever layer it hangs."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mailadmin.domain.accounts import AccountType
from mailadmin.domain.errors import Code, Layer, UserFixableError
from mailadmin.domain.interrupt import Interrupt
from mailadmin.domain.ports import LayerReached, ServerAccess, Timeouts
from mailadmin.domain.secrets import Secret
from mailadmin.mail.incoming import open_mailbox
from tests.servers.certificates import Authority
from tests.servers.opening import access_to
from tests.servers.scripted import Conversation, Script, ScriptedServer, imap, pop3
from tests.threads import running

PATIENT = Timeouts(connect=60, tls=60, greeting=60, command=60)
SOON = 5.0


def stopped(access: ServerAccess, *, at: threading.Event | None = None, after: Layer | None = None) -> UserFixableError:
    """How opening ends that is interrupted once ``at`` is set, or ``after`` a layer is reached."""
    interrupt = Interrupt()
    reached = at or threading.Event()
    asked: list[float] = []

    def ask() -> None:
        assert reached.wait(20)
        asked.append(time.monotonic())
        interrupt.ask()

    def told(layer: LayerReached) -> None:
        if layer.layer is after:
            reached.set()

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        with pytest.raises(UserFixableError) as caught:
            open_mailbox(access, Secret("pw"), told, interrupt)
    finally:
        thread.join()
    assert time.monotonic() - asked[0] < SOON
    assert caught.value.code is Code.STOPPED
    return caught.value


def _hanging(here: threading.Event) -> Callable[[Conversation], None]:
    def hang(conversation: Conversation) -> None:
        here.set()
        conversation.hang()

    return hang


@pytest.mark.parametrize("account_type", [AccountType.IMAP, AccountType.POP3])
def test_while_the_greeting_is_awaited(account_type: AccountType) -> None:
    here = threading.Event()
    with ScriptedServer(_hanging(here)) as server:
        error = stopped(access_to(server.port, account_type, timeouts=PATIENT), at=here)
    # The server may know of a connection before its client does.
    assert error.layer in {Layer.CONNECT, Layer.GREETING}


@pytest.mark.parametrize("account_type", [AccountType.IMAPS, AccountType.POP3S])
def test_in_the_middle_of_a_handshake(account_type: AccountType) -> None:
    here = threading.Event()
    with ScriptedServer(_hanging(here)) as server:
        error = stopped(access_to(server.port, account_type, timeouts=PATIENT), at=here)
    assert error.layer in {Layer.CONNECT, Layer.TLS}


@pytest.mark.parametrize(
    ("account_type", "script"),
    [(AccountType.IMAP, lambda hang: imap({"LOGIN": hang})), (AccountType.POP3, lambda hang: pop3({"PASS": hang}))],
)
def test_during_the_sign_in(account_type: AccountType, script: Callable[[object], Script]) -> None:
    here = threading.Event()
    with ScriptedServer(script(_hanging(here))) as server:
        error = stopped(access_to(server.port, account_type, timeouts=PATIENT), at=here)
    assert error.layer is Layer.SIGN_IN


def test_while_a_refused_certificate_is_fetched_again(tmp_path: Path) -> None:
    pem = Authority(tmp_path).issue("server", "localhost")
    here = threading.Event()
    connections: list[Conversation] = []

    def script(conversation: Conversation) -> None:
        connections.append(conversation)
        if len(connections) > 1:
            here.set()
            conversation.hang()
        else:
            conversation.start_tls(pem)

    with ScriptedServer(script) as server:
        stopped(access_to(server.port, AccountType.IMAPS, timeouts=PATIENT), at=here)


def test_while_nobody_accepts_the_connection() -> None:
    with contextlib.ExitStack() as stack:
        full = stack.enter_context(socket.socket())
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        for _ in range(3):  # fill the queue of connections
            sock = stack.enter_context(socket.socket())
            sock.setblocking(False)
            sock.connect_ex(("127.0.0.1", port))
        error = stopped(access_to(port, host="127.0.0.1", timeouts=PATIENT), after=Layer.NAME)
    assert error.layer is Layer.CONNECT


def test_while_the_name_server_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    here, over = threading.Event(), threading.Event()

    def silent(*_: object, **__: object) -> list[object]:
        here.set()
        over.wait(60)
        raise socket.gaierror("too late")

    monkeypatch.setattr(socket, "getaddrinfo", silent)
    before = running()
    try:
        error = stopped(access_to(1, host="mail.example.org", timeouts=PATIENT), at=here)
    finally:
        over.set()
        for thread in running() - before:
            thread.join(10)
    assert error.layer is Layer.NAME


def test_asked_before_it_begins_nothing_is_sent() -> None:
    interrupt = Interrupt()
    interrupt.ask()
    with ScriptedServer(imap()) as server:
        with pytest.raises(UserFixableError) as caught:
            open_mailbox(access_to(server.port), Secret("pw"), lambda layer: None, interrupt)
        assert server.commands == []
    assert caught.value.code is Code.STOPPED


def test_an_open_mailbox_is_cut() -> None:
    here = threading.Event()
    interrupt = Interrupt()
    with ScriptedServer(imap({"UID SEARCH ALL": _hanging(here)})) as server:
        mailbox = open_mailbox(access_to(server.port, timeouts=PATIENT), Secret("pw"), lambda layer: None, interrupt)

        def ask() -> None:
            assert here.wait(20)
            interrupt.ask()

        thread = threading.Thread(target=ask)
        thread.start()
        with pytest.raises(UserFixableError) as caught:
            mailbox.list_messages()
        thread.join()
    assert caught.value.code is Code.CONNECTION_LOST


def test_who_comes_late_is_woken_at_once() -> None:
    interrupt = Interrupt()
    woken: list[int] = []
    interrupt.on_ask(lambda: woken.append(1))
    interrupt.ask()
    interrupt.ask()
    interrupt.on_ask(lambda: woken.append(2))
    assert woken == [1, 2]
