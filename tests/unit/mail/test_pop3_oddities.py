"""POP3 servers that do what Dovecot does not: the rules of servers.md, against scripted servers."""

from __future__ import annotations

import pytest

from mailadmin.domain.accounts import AccountType
from mailadmin.domain.errors import BugError, Code, Layer, UserFixableError
from mailadmin.domain.ports import ActionResult, Listed
from tests.servers.opening import access_to, opened
from tests.servers.scripted import Answer, Conversation, ScriptedServer, imap, pop3

POP3 = AccountType.POP3
COURIER_NOTICE = (
    b"From: Mail Delivery Subsystem <postmaster>\r\nSubject: Cannot display Unicode content\r\n"
    b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: message/global\r\n\r\n"
    b"Subject: real\r\n\r\n--x--\r\n"
)


def _download(answer: Answer, *, size: int = 20) -> list[bytes]:
    """What RETR of message 1 gives when the server answers so."""
    with ScriptedServer(pop3({"RETR 1": answer})) as server, opened(access_to(server.port, POP3)) as mailbox:
        return [item.raw for item in mailbox.download([Listed(1, "", size)])]


# --- listing ------------------------------------------------------------------------------------------------------


def test_messages_that_share_a_uidl_are_numbered() -> None:
    answers = {
        "LIST": b"+OK\r\n1 10\r\n2 20\r\n3 30\r\n.\r\n",
        "UIDL": b"+OK\r\n1 same\r\n2 other\r\n3 same\r\n.\r\n",
    }
    with ScriptedServer(pop3(answers)) as server, opened(access_to(server.port, POP3)) as mailbox:
        assert mailbox.list_messages() == [
            Listed(1, "uidl:same#1", 10), Listed(2, "uidl:other#1", 20), Listed(3, "uidl:same#2", 30),
        ]  # fmt: skip


@pytest.mark.parametrize("uidl", [b"-ERR what?\r\n", b"+OK\r\n.\r\n"])
def test_without_uidl_there_are_no_sources(uidl: bytes) -> None:
    with ScriptedServer(pop3({"UIDL": uidl})) as server, opened(access_to(server.port, POP3)) as mailbox:
        assert mailbox.list_messages() == [Listed(1, "", 20), Listed(2, "", 20)]


def test_a_uidl_of_any_octets_is_kept_apart() -> None:
    answers = {"UIDL": b"+OK\r\n1 a\xff/b:c\r\n2 a\xfe/b:c\r\n.\r\n"}
    with ScriptedServer(pop3(answers)) as server, opened(access_to(server.port, POP3)) as mailbox:
        one, two = (message.source for message in mailbox.list_messages())
    assert one != two
    assert one.encode("utf-8", "surrogateescape") == b"uidl:a\xff/b:c#1"


@pytest.mark.parametrize("listing", [b"+OK\r\none 20\r\n.\r\n", b"+OK\r\n1 big\r\n.\r\n", b"+OK\r\n1\r\n.\r\n"])
def test_a_listing_that_is_none_is_garbage(listing: bytes) -> None:
    with (
        ScriptedServer(pop3({"LIST": listing})) as server,
        opened(access_to(server.port, POP3)) as mailbox,
        pytest.raises(UserFixableError) as caught,
    ):
        mailbox.list_messages()
    assert (caught.value.code, caught.value.layer) == (Code.SERVER_GARBAGE, Layer.LIST)


def test_arrival_is_the_topmost_received_header_or_else_the_date() -> None:
    answers = {
        "TOP 1": b"+OK\r\nReceived: from a by b;\r\n Fri, 20 Nov 2026 07:00:00 +0100\r\n"
        b"Received: from x by a; Thu, 19 Nov 2026 01:00:00 +0000\r\nDate: Mon, 1 Jan 1990 00:00:00 +0000\r\n\r\n.\r\n",
        "TOP 2": b"+OK\r\nReceived: no date here\r\nDate: Mon, 1 Jun 2026 00:00:00 +0000\r\n\r\n.\r\n",
        "TOP 3": b"-ERR no\r\n",
        "TOP 4": b"+OK\r\nDate: 99 Foo 0 99:99 nonsense\r\n\r\n.\r\n",
    }
    with ScriptedServer(pop3(answers)) as server, opened(access_to(server.port, POP3)) as mailbox:
        measured = mailbox.measure([Listed(number, "", 1) for number in (1, 2, 3, 4)], dates=True)
    assert [message.received_at and message.received_at.isoformat() for message in measured] == [
        "2026-11-20T06:00:00+00:00", "2026-06-01T00:00:00+00:00", None, None,
    ]  # fmt: skip


# --- downloading --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "raw"),
    [
        (b"a\r\n", b"a\r\n"),
        (b"..leading dot\r\n...\r\n", b".leading dot\r\n..\r\n"),
        (b"a\r\n..\r\nb\r\n", b"a\r\n.\r\nb\r\n"),
        (b"a\r\n..b\n.c\r\n", b"a\r\n.b\n.c\r\n"),
        (b"bare\rCR and\nLF and \x00 and \xff\r\n", b"bare\rCR and\nLF and \x00 and \xff\r\n"),
        (b"long " + b"x" * 100_000 + b"\r\n", b"long " + b"x" * 100_000 + b"\r\n"),
        (b"\r\n", b"\r\n"),
        (b"\r\n..\r\n", b"\r\n.\r\n"),
        (b".. \r\n", b". \r\n"),
        (b"not stuffed\r\n.hello\r\n", b"not stuffed\r\n.hello\r\n"),
    ],
)
def test_octets_are_as_sent_but_for_the_dots(sent: bytes, raw: bytes) -> None:
    assert _download(b"+OK 20 octets\r\n" + sent + b".\r\n") == [raw]


def test_an_end_that_arrives_octet_by_octet_is_found() -> None:
    def trickle(conversation: Conversation) -> None:
        for octet in b"+OK\r\nhello\r\n..x\r\n.\r\n":
            conversation.send(bytes([octet]))

    assert _download(trickle) == [b"hello\r\n.x\r\n"]


def test_an_empty_message_is_none() -> None:
    assert _download(b"+OK\r\n.\r\n") == []


def test_one_refused_message_does_not_stop_the_others() -> None:
    answers = {"RETR 1": b"-ERR Message 1 expunged.\r\n", "RETR 2": b"+OK\r\ntwo\r\n.\r\n"}
    with ScriptedServer(pop3(answers)) as server, opened(access_to(server.port, POP3)) as mailbox:
        got = list(mailbox.download([Listed(1, "", 5), Listed(2, "", 5)]))
    assert [(item.message.handle, item.raw) for item in got] == [(2, b"two\r\n")]


def test_couriers_wrapping_is_left_out_unless_it_is_as_large_as_listed() -> None:
    answer = b"+OK\r\n" + COURIER_NOTICE + b".\r\n"
    assert _download(answer, size=4711) == []
    assert _download(answer, size=len(COURIER_NOTICE)) == [COURIER_NOTICE]


def test_an_end_in_mid_message_is_a_lost_connection() -> None:
    def cut(conversation: Conversation) -> bytes | None:
        conversation.send(b"+OK\r\nbegin\r\n.")
        conversation.close()
        return None

    with pytest.raises(UserFixableError) as caught:
        _download(cut)
    assert (caught.value.code, caught.value.layer) == (Code.CONNECTION_LOST, Layer.DOWNLOAD)


def test_a_message_out_of_all_proportion_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mailadmin.mail.incoming.pop3_mailbox.MAX_LITERAL", 1000)
    with pytest.raises(UserFixableError) as caught:
        _download(b"+OK\r\n" + b"x" * 2_000_000)
    assert caught.value.code is Code.SERVER_GARBAGE


@pytest.mark.parametrize(("pipelining", "most"), [(True, 2), (False, 1)])
def test_commands_are_in_flight_only_where_the_server_pipelines(pipelining: bool, most: int) -> None:
    ahead: list[int] = []

    def retr(conversation: Conversation) -> bytes:
        ahead.append(conversation.ahead())
        return b"+OK\r\nhello\r\n.\r\n"

    capabilities = ("USER", "PIPELINING") if pipelining else ("USER",)
    script = pop3({"RETR": retr}, capabilities=capabilities)
    with ScriptedServer(script) as server, opened(access_to(server.port, POP3)) as mailbox:
        assert len(list(mailbox.download([Listed(number, "", 7) for number in (1, 2)]))) == 2
    assert ahead[0] == most - 1


def test_octets_in_flight_are_bounded_by_the_listed_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mailadmin.mail.incoming.pop3_reader.WINDOW", 100)
    most = 0

    def retr(conversation: Conversation) -> bytes:
        nonlocal most
        most = max(most, conversation.ahead())
        return b"+OK\r\n" + b"x" * 58 + b"\r\n.\r\n"

    with ScriptedServer(pop3({"RETR": retr})) as server, opened(access_to(server.port, POP3)) as mailbox:
        assert len(list(mailbox.download([Listed(number, "", 60) for number in range(1, 20)]))) == 19
    assert most == 0


def test_a_download_that_is_given_up_leaves_the_session_usable() -> None:
    answers = {"RETR": b"+OK\r\nhello\r\n.\r\n"}
    with ScriptedServer(pop3(answers)) as server, opened(access_to(server.port, POP3)) as mailbox:
        for _ in mailbox.download([Listed(number, "", 7) for number in range(1, 100)]):
            break
        assert len(mailbox.list_messages()) == 2


# --- signing in ---------------------------------------------------------------------------------------------------


def test_utf8_is_said_before_user_where_the_server_offers_it() -> None:
    script = pop3(capabilities=("UTF8 USER", "USER", "UIDL"))
    with ScriptedServer(script) as server, opened(access_to(server.port, POP3)):
        commands = list(server.commands)
    assert commands.index(b"UTF8") < commands.index(b"USER anna")


@pytest.mark.parametrize("capability", ["UTF8", "LANG"])
def test_utf8_is_not_said_elsewhere(capability: str) -> None:
    with ScriptedServer(pop3(capabilities=(capability, "USER"))) as server, opened(access_to(server.port, POP3)):
        assert b"UTF8" not in server.commands


def test_a_refused_utf8_does_not_end_the_session() -> None:
    script = pop3({"UTF8": b"-ERR no\r\n"}, capabilities=("UTF8 USER", "USER"))
    with ScriptedServer(script) as server, opened(access_to(server.port, POP3)) as mailbox:
        assert len(mailbox.list_messages()) == 2
        assert b"UTF8" in server.commands


def _swallowing(answer: bytes) -> Answer:
    def swallow(conversation: Conversation) -> bytes:
        conversation.swallow()
        return answer

    return swallow


def test_nothing_is_sent_ahead_of_an_answer_to_the_sign_in() -> None:
    swallow = _swallowing(b"+OK\r\n")
    script = pop3({"USER": swallow, "PASS": swallow, "UTF8": swallow}, capabilities=("UTF8 USER", "USER", "PIPELINING"))
    with ScriptedServer(script) as server, opened(access_to(server.port, POP3)) as mailbox:
        assert len(mailbox.list_messages()) == 2
    login = _swallowing(b"TAG OK in\r\n")
    with ScriptedServer(imap({"LOGIN": login})) as server, opened(access_to(server.port)) as mailbox:
        assert len(mailbox.list_messages()) == 2


def test_capabilities_are_asked_again_after_sign_in() -> None:
    before, after = b"+OK\r\nUSER\r\n.\r\n", b"+OK\r\nUSER\r\nPIPELINING\r\n.\r\n"
    script = pop3({"CAPA": [before, after]})
    with ScriptedServer(script) as server, opened(access_to(server.port, POP3)) as mailbox:
        assert mailbox.abilities().facts["pipelining"] == "yes"


def test_an_announced_login_delay_is_handed_on_and_no_obstacle() -> None:
    script = pop3(capabilities=("USER", "LOGIN-DELAY 10"))
    with ScriptedServer(script) as server, opened(access_to(server.port, POP3)) as mailbox:
        assert mailbox.abilities().facts["login_delay"] == "10"


def test_a_server_without_capa_is_used_all_the_same() -> None:
    with ScriptedServer(pop3({"CAPA": b"-ERR what?\r\n"})) as server, opened(access_to(server.port, POP3)) as mailbox:
        assert len(mailbox.list_messages()) == 2


# --- deleting -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "result", "words"),
    [
        (b"+OK\r\n", ActionResult.DONE, ""),
        (b"-ERR some deleted messages not removed\r\n", ActionResult.FAILED, "some deleted messages not removed"),
    ],
)
def test_deletion_is_settled_by_the_answer_to_quit(answer: bytes, result: ActionResult, words: str) -> None:
    script = pop3({"QUIT": answer, "DELE 2": b"-ERR no such message\r\n"})
    with ScriptedServer(script) as server, opened(access_to(server.port, POP3)) as mailbox:
        report = mailbox.delete([Listed(1, ""), Listed(2, ""), Listed(3, "")])
        finished = mailbox.finish()
    assert report.results == {1: ActionResult.DEFERRED, 2: ActionResult.FAILED, 3: ActionResult.DEFERRED}
    assert report.server == "no such message"
    assert finished.results == {1: result, 3: result}
    assert finished.server == words


def test_quit_without_an_answer_leaves_deletions_open() -> None:
    script = pop3({"QUIT": lambda conversation: conversation.close()})
    with ScriptedServer(script) as server, opened(access_to(server.port, POP3)) as mailbox:
        mailbox.delete([Listed(1, "")])
        with pytest.raises(UserFixableError) as caught:
            mailbox.finish()
    assert (caught.value.code, caught.value.layer) == (Code.CONNECTION_LOST, Layer.DELETE)


def test_quit_without_an_answer_does_not_matter_when_nothing_was_deleted() -> None:
    script = pop3({"QUIT": lambda conversation: conversation.close()})
    with ScriptedServer(script) as server, opened(access_to(server.port, POP3)) as mailbox:
        assert mailbox.finish().results == {}


def test_folders_are_our_mistake() -> None:
    with ScriptedServer(pop3()) as server, opened(access_to(server.port, POP3)) as mailbox:
        assert (mailbox.folder, mailbox.folders(), mailbox.verifies_reuse) == ("", [], True)
        for act in (
            lambda: mailbox.copy([], "x"), lambda: mailbox.move([], "x"), lambda: mailbox.append(b"x", "x"),
        ):  # fmt: skip
            with pytest.raises(BugError):
                act()
