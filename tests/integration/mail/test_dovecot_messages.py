"""Messages on a real Dovecot: octets, deletion, and what other sessions do in between."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from imapclient import IMAPClient

from mailadmin.domain.accounts import AccountType, Family
from mailadmin.domain.errors import Code, Layer, UserFixableError
from mailadmin.domain.ports import ActionResult, Listed, Mailbox
from tests.servers.dovecot import NO_UIDPLUS, PASSWORD, Dovecot
from tests.servers.opening import opened
from tests.servers.proxy import Proxy, Trouble

TYPES = [kind for kind in AccountType if kind is not AccountType.MSGRAPH]
BOTH = [AccountType.IMAPS, AccountType.POP3S]

ODD = {
    "plain": b"Subject: a\n\nhello\n",
    "no final line end": b"Subject: a\n\nhello",
    "headers only": b"Subject: a\nFrom: b@c\n",
    "headers and an empty line": b"Subject: a\n\n",
    "no headers": b"\nhello\n",
    "leading dots": b".Subject: a\n\n.\n..\n...\n.x\n",
    "a From line": b"From nobody Fri Nov 20 07:00:00 2026\nSubject: a\n\nFrom me\n>From you\n",
    "a line of 20,000 octets": b"Subject: a\n\n" + b"x" * 20_000 + b"\n",
    "8 bits": b"Subject: Gr\xc3\xbc\xc3\x9fe \xfc\n\n\xff\xfe\x80\n",
    "bare CR": b"Subject: a\n\none\rtwo\r\rthree\n",
    "CRLF line ends": b"Subject: a\r\n\r\nhello\r\n.\r\nend\r\n",
    "mixed line ends": b"Subject: a\r\n\nhello\n\r\n\r\n\n",
    "ends with dots": b"Subject: a\n\nhello\n.\n",
    "a literal's look": b"Subject: {5}\n\nUID 9 BODY[] {3}\n)\n* 1 FETCH (UID 1)\nA1 OK done\n",
}


def expected(raw: bytes, family: Family) -> bytes:
    """What Dovecot makes of a file: LF becomes CRLF; POP3 needs a last line end."""
    lines = raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    return lines if family is Family.IMAP or lines.endswith(b"\r\n") else lines + b"\r\n"


def fetched(mailbox: Mailbox, messages: list[Listed]) -> dict[int, bytes]:
    return {item.message.handle: item.raw for item in mailbox.download(messages)}


@contextmanager
def another_session(dovecot: Dovecot, user: str) -> Iterator[IMAPClient]:
    with IMAPClient("127.0.0.1", dovecot.port(AccountType.IMAP), ssl=False) as client:
        client.login(user, PASSWORD)
        client.select_folder("INBOX")
        yield client


# --- reading ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", TYPES)
def test_octets_come_as_the_server_has_them(dovecot: Dovecot, user: str, kind: AccountType) -> None:
    dovecot.deliver(user, *ODD.values())
    with opened(dovecot.access(user, kind)) as mailbox:
        listed = mailbox.measure(mailbox.list_messages())
        got = fetched(mailbox, listed)
        mailbox.finish()
    assert [got[message.handle] for message in listed] == [expected(raw, kind.family) for raw in ODD.values()]
    if kind.family is Family.IMAP:
        assert [message.size for message in listed] == [len(got[message.handle]) for message in listed]


@pytest.mark.parametrize("kind", BOTH)
def test_a_nul_is_kept_or_replaced_but_never_cuts_a_message(dovecot: Dovecot, user: str, kind: AccountType) -> None:
    dovecot.deliver(user, b"Subject: a\n\nbefore\0after\n")
    with opened(dovecot.access(user, kind)) as mailbox:
        raw = fetched(mailbox, mailbox.list_messages())[1]
    assert raw.replace(b"\x80", b"\0") == b"Subject: a\r\n\r\nbefore\0after\r\n"


@pytest.mark.parametrize("kind", TYPES)
def test_a_message_of_five_megabytes_comes_whole(dovecot: Dovecot, user: str, kind: AccountType) -> None:
    large = b"Subject: large\n\n" + b"".join(b"%076d\n" % number for number in range(66_000))
    assert len(large) > 5_000_000
    dovecot.deliver(user, b"Subject: a\n\n1\n", large, b"Subject: b\n\n2\n")
    with opened(dovecot.access(user, kind)) as mailbox:
        got = fetched(mailbox, mailbox.measure(mailbox.list_messages()))
    assert got == {1: b"Subject: a\r\n\r\n1\r\n", 2: expected(large, kind.family), 3: b"Subject: b\r\n\r\n2\r\n"}


@pytest.mark.parametrize("kind", BOTH)
def test_hundreds_of_messages_come_in_order_and_whole(dovecot: Dovecot, user: str, kind: AccountType) -> None:
    mails = [b"Subject: %d\n\n%s\n" % (number, b"line\n" * (number % 97)) for number in range(300)]
    dovecot.deliver(user, *mails)
    with opened(dovecot.access(user, kind)) as mailbox:
        listed = mailbox.list_messages()
        got = fetched(mailbox, listed)
    assert [got[message.handle] for message in listed] == [expected(mail, kind.family) for mail in mails]


@pytest.mark.parametrize("kind", BOTH)
def test_sources_are_the_same_in_the_next_session(dovecot: Dovecot, user: str, kind: AccountType) -> None:
    dovecot.deliver(user, *(b"Subject: %d\n\nx\n" % number for number in range(4)))
    with opened(dovecot.access(user, kind)) as mailbox:
        before = mailbox.list_messages()
        mailbox.delete(before[1:2])
        mailbox.finish()
    with opened(dovecot.access(user, kind)) as mailbox:
        after = mailbox.list_messages()
    assert len({message.source for message in before}) == 4
    assert [message.source for message in after] == [message.source for message in (before[0], *before[2:])]


@pytest.mark.parametrize("kind", BOTH)
def test_arrival_times_are_told_when_asked(dovecot: Dovecot, user: str, kind: AccountType) -> None:
    dovecot.deliver(
        user, b"Received: by x; Fri, 20 Nov 2026 06:00:00 +0000\nDate: Thu, 1 Jan 2026 00:00:00 +0000\n\nx\n"
    )
    with opened(dovecot.access(user, kind)) as mailbox:
        (message,) = mailbox.measure(mailbox.list_messages(), dates=True)
    assert message.received_at is not None
    assert message.received_at.utcoffset() is not None
    if kind.family is Family.POP3:
        assert message.received_at.isoformat() == "2026-11-20T06:00:00+00:00"


def test_reading_leaves_the_flags_alone(dovecot: Dovecot, user: str) -> None:
    dovecot.deliver(user, b"Subject: a\n\n1\n")
    dovecot.deliver(user, b"Subject: b\n\n2\n", flags="FR")
    with opened(dovecot.access(user)) as mailbox:
        assert len(fetched(mailbox, mailbox.measure(mailbox.list_messages()))) == 2
        mailbox.finish()
    assert dovecot.flags(user) == ["", "FR"]


# --- what others do in between --------------------------------------------------------------------------------------


def test_a_message_expunged_by_another_session_is_left_out(dovecot: Dovecot, user: str) -> None:
    dovecot.deliver(user, *(b"Subject: %d\n\nx\n" % number for number in range(5)))
    with opened(dovecot.access(user)) as mailbox:
        listed = mailbox.measure(mailbox.list_messages())
        with another_session(dovecot, user) as other:
            other.delete_messages([2, 4])
            other.uid_expunge([2, 4])
        assert sorted(fetched(mailbox, listed)) == [1, 3, 5]
        report = mailbox.delete(listed)
    assert set(report.results.values()) == {ActionResult.DONE}
    assert dovecot.messages(user) == []


def test_flags_set_by_another_session_do_not_disturb_a_download(dovecot: Dovecot, user: str) -> None:
    dovecot.deliver(user, *(b"Subject: %d\n\n%d\n" % (number, number) for number in range(1, 8)))
    with opened(dovecot.access(user)) as mailbox:
        mailbox.delete(mailbox.list_messages()[:3])  # so that sequence numbers and UIDs differ
        listed = mailbox.list_messages()
        with another_session(dovecot, user) as other:
            other.add_flags([5, 7], [rb"\Flagged"])
            other.delete_messages([6])
        got = fetched(mailbox, listed[:1])
        assert got == {4: b"Subject: 4\r\n\r\n4\r\n"}
        assert [message.deleted for message in mailbox.list_messages()] == [False, False, True, False]


def test_what_others_flagged_deleted_stays(dovecot: Dovecot, user: str) -> None:
    dovecot.deliver(user, b"Subject: ours\n\n1\n")
    dovecot.deliver(user, b"Subject: theirs\n\n2\n", flags="ST")
    with opened(dovecot.access(user)) as mailbox:
        ours, theirs = mailbox.list_messages()
        assert (ours.deleted, theirs.deleted) == (False, True)
        report = mailbox.delete([ours])
        mailbox.finish()
    assert report.results == {ours.handle: ActionResult.DONE}
    assert dovecot.messages(user) == [b"Subject: theirs\n\n2\n"]
    assert dovecot.flags(user) == ["ST"]


# --- deleting -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", TYPES)
def test_exactly_the_given_messages_are_deleted(dovecot: Dovecot, user: str, kind: AccountType) -> None:
    dovecot.deliver(user, *(b"Subject: %d\n\nx\n" % number for number in range(6)))
    with opened(dovecot.access(user, kind)) as mailbox:
        listed = mailbox.list_messages()
        chosen = [listed[1], listed[2], listed[4]]
        report = mailbox.delete(chosen)
        finished = mailbox.finish()
    handles = [message.handle for message in chosen]
    if kind.family is Family.IMAP:
        assert report.results == dict.fromkeys(handles, ActionResult.DONE)
        assert finished.results == {}
    else:
        assert report.results == dict.fromkeys(handles, ActionResult.DEFERRED)
        assert finished.results == dict.fromkeys(handles, ActionResult.DONE)
    assert dovecot.messages(user) == [b"Subject: %d\n\nx\n" % number for number in (0, 3, 5)]


@pytest.mark.parametrize("kind", [AccountType.IMAP, AccountType.IMAPTLS])
def test_without_uidplus_messages_are_deleted_when_nothing_else_is_flagged(
    dovecot: Dovecot, user: str, kind: AccountType
) -> None:
    dovecot.deliver(user, *(b"Subject: %d\n\nx\n" % number for number in range(3)))
    with opened(dovecot.access(user, kind, host=NO_UIDPLUS)) as mailbox:
        listed = mailbox.list_messages()
        report = mailbox.delete(listed[:2])
        mailbox.finish()
    assert report.results == {1: ActionResult.DONE, 2: ActionResult.DONE}
    assert dovecot.messages(user) == [b"Subject: 2\n\nx\n"]


def test_without_uidplus_nothing_is_touched_while_others_have_flagged_mail(dovecot: Dovecot, user: str) -> None:
    dovecot.deliver(user, b"Subject: ours\n\n1\n")
    dovecot.deliver(user, b"Subject: theirs\n\n2\n", b"Subject: too\n\n3\n", flags="T")
    with opened(dovecot.access(user, AccountType.IMAP, host=NO_UIDPLUS)) as mailbox:
        report = mailbox.delete(mailbox.list_messages()[:1])
        mailbox.finish()
    assert (report.results, report.unsafe) == ({1: ActionResult.FAILED}, 2)
    assert dovecot.flags(user) == ["", "T", "T"]


def test_without_uidplus_our_own_flag_of_an_unfinished_run_is_no_obstacle(dovecot: Dovecot, user: str) -> None:
    dovecot.deliver(user, b"Subject: ours\n\n1\n", flags="T")
    with opened(dovecot.access(user, AccountType.IMAP, host=NO_UIDPLUS)) as mailbox:
        report = mailbox.delete(mailbox.list_messages())
    assert report.results == {1: ActionResult.DONE}
    assert dovecot.messages(user) == []


@pytest.mark.parametrize("kind", [AccountType.POP3, AccountType.POP3S, AccountType.POP3TLS])
def test_a_pop3_session_that_breaks_deletes_nothing(dovecot: Dovecot, user: str, kind: AccountType) -> None:
    dovecot.deliver(user, b"Subject: a\n\n1\n")
    with opened(dovecot.access(user, kind)) as mailbox:
        assert mailbox.delete(mailbox.list_messages()).results == {1: ActionResult.DEFERRED}
    with opened(dovecot.access(user, kind)) as mailbox:
        assert len(mailbox.list_messages()) == 1


# --- a bad line ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reset", [False, True])
@pytest.mark.parametrize("kind", [AccountType.IMAP, AccountType.POP3, *BOTH])
def test_a_connection_cut_in_mid_message_never_gives_a_part_of_it(
    dovecot: Dovecot, user: str, kind: AccountType, reset: bool
) -> None:
    dovecot.deliver(user, *(b"Subject: a\n\n" + b"0123456789\n" * 3000 for _ in range(5)))
    whole = b"Subject: a\r\n\r\n" + b"0123456789\r\n" * 3000
    with Proxy(dovecot.port(kind)) as proxy:
        access = replace(dovecot.access(user, kind), port=proxy.port)
        with opened(access) as mailbox:
            listed = mailbox.measure(mailbox.list_messages())
            before = proxy.to_client
            assert set(fetched(mailbox, listed).values()) == {whole}
            spent = proxy.to_client - before
        proxy.trouble = Trouble(cut_to_client=before + spent // 2, reset=reset)
        with opened(access) as mailbox:
            listed = mailbox.measure(mailbox.list_messages())
            got: list[bytes] = []
            with pytest.raises(UserFixableError) as caught:
                got.extend(item.raw for item in mailbox.download(listed))
    assert (caught.value.code, caught.value.layer) == (Code.CONNECTION_LOST, Layer.DOWNLOAD)


@pytest.mark.parametrize("kind", BOTH)
def test_a_line_that_stalls_in_mid_message_ends_by_the_command_timeout(
    dovecot: Dovecot, user: str, kind: AccountType
) -> None:
    dovecot.deliver(user, b"Subject: a\n\n" + b"0123456789\n" * 30_000)
    with Proxy(dovecot.port(kind)) as proxy:
        proxy.trouble = Trouble(stall_to_client=100_000)
        access = replace(dovecot.access(user, kind, command=0.5), port=proxy.port)
        with opened(access) as mailbox:
            listed = mailbox.list_messages()
            with pytest.raises(UserFixableError) as caught:
                list(mailbox.download(listed))
    assert (caught.value.code, caught.value.layer) == (Code.SERVER_SILENT, Layer.DOWNLOAD)
    assert caught.value.facts["seconds"] == "0.5"


@pytest.mark.parametrize("kind", [AccountType.IMAP, AccountType.POP3, *BOTH])
def test_a_download_that_hangs_ends_at_once_when_it_is_abandoned(
    dovecot: Dovecot, user: str, kind: AccountType
) -> None:
    dovecot.deliver(user, b"Subject: a\n\n1\n", b"Subject: b\n\n" + b"0123456789\n" * 30_000)
    caught: list[UserFixableError] = []
    first = threading.Event()
    with Proxy(dovecot.port(kind)) as proxy:
        proxy.trouble = Trouble(stall_to_client=100_000)
        with opened(replace(dovecot.access(user, kind, command=60), port=proxy.port)) as mailbox:
            listed = mailbox.list_messages()

            def download() -> None:
                try:
                    for _ in mailbox.download(listed):
                        first.set()
                except UserFixableError as error:
                    caught.append(error)

            thread = threading.Thread(target=download)
            thread.start()
            first.wait()
            mailbox.abandon()
            thread.join(20)
            assert not thread.is_alive()
    assert [(error.code, error.layer) for error in caught] == [(Code.CONNECTION_LOST, Layer.DOWNLOAD)]
