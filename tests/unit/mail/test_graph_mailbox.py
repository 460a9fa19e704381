"""An opened mailbox of Microsoft Graph: paging, bodies, actions, limits, and a line that breaks at any moment."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from mailadmin.domain.accounts import AccountType
from mailadmin.domain.errors import BugError, Code, Layer, UserFixableError
from mailadmin.domain.ports import SIZE_AT_MOST, ActionReport, ActionResult, Listed, Mailbox, Timeouts
from mailadmin.mail.incoming import graph_line
from mailadmin.mail.incoming.graph_connection import Dialler
from tests.servers.graph import Fault, GraphServer
from tests.servers.graph_mailboxes import DELETIONS
from tests.servers.graph_mailboxes import Mailbox as Store
from tests.servers.opening import access_to, opened

SUPPORT = "support@contoso.example"
TOKEN = "eyJ0eXAiOiJKV1QifQ.bWFya2Vy.c2lnbmF0dXJl"
DONE, GONE, FAILED = ActionResult.DONE, ActionResult.GONE, ActionResult.FAILED


def raw(number: int, size: int = 0) -> bytes:
    return b"Subject: %d\r\nX-A: one\r\n two\r\n\r\n" % number + b"x" * size + b"\r\n"


@pytest.fixture
def store(graph: GraphServer) -> Store:
    return graph.mailbox(SUPPORT, TOKEN)


@contextlib.contextmanager
def box(graph: GraphServer, folder: str = "INBOX", *, seconds: float = 20) -> Iterator[Mailbox]:
    timeouts = Timeouts(seconds, seconds, seconds, seconds)
    access = access_to(
        graph.port, AccountType.MSGRAPH, username=SUPPORT, folder=folder, ca_file=graph.ca_file, timeouts=timeouts
    )
    with opened(access, TOKEN) as mailbox:
        yield mailbox


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Waits for the server are noted and not waited for."""
    noted: list[float] = []
    monkeypatch.setattr(Dialler, "pause", lambda _, seconds: noted.append(seconds))
    return noted


def caught(work: Callable[[], object]) -> UserFixableError:
    with pytest.raises(UserFixableError) as raised:
        work()
    return raised.value


def ended(report: ActionReport) -> None:
    """Raise what an action ended with before it was through."""
    if report.ended is not None:
        raise report.ended


# --- listing ----------------------------------------------------------------------------------------------------------


def test_everything_is_listed_page_by_page_oldest_first(graph: GraphServer, store: Store) -> None:
    store.deliver(*[raw(n) for n in range(23)])
    store.messages.reverse()
    graph.largest_page = 5
    with box(graph) as mailbox:
        listed = mailbox.list_messages()
        assert [message.handle for message in listed] == list(range(1, 24))
        assert [message.source for message in listed] == [f"graph:AAkALgAA-{n:06}_==" for n in range(1, 24)]
        assert {message.size for message in listed[:9]} == {len(raw(0))}
        assert listed[0].received_at == datetime(2026, 11, 20, 8, 0, 1, tzinfo=UTC)
        assert mailbox.measure(listed, dates=True) == listed
    assert graph.count("GET .*/messages") == 5


def test_an_empty_mailbox_has_no_messages(graph: GraphServer, store: Store) -> None:
    with box(graph) as mailbox:
        assert mailbox.list_messages() == []
        assert mailbox.delete([]).results == {}
        assert list(mailbox.download([])) == []


def test_a_listing_that_shifts_names_no_message_twice(graph: GraphServer, store: Store) -> None:
    """Somebody moves an old message into the folder between two pages: the server counts from the start again."""
    store.deliver(*[raw(n) for n in range(9)])

    def come() -> None:
        (late,) = store.deliver(raw(99))
        late.received = datetime(2020, 1, 1, tzinfo=UTC)

    graph.largest_page = 4
    graph.faults.append(Fault(r"\$skip=4", before=come))
    with box(graph) as mailbox:
        sources = [message.source for message in mailbox.list_messages()]
    assert len(sources) == len(set(sources)) == 9


@pytest.mark.parametrize(
    "page",
    [
        b'{"value": [], "@odata.nextLink": "https://graph.example.org/v1.0/users/x/messages"}',
        b'{"value": [], "@odata.nextLink": "http://localhost:PORT/v1.0/users/x/messages"}',
        b'{"value": [], "@odata.nextLink": "https://localhost:PORT@evil.example/v1.0/"}',
        b'{"value": [], "@odata.nextLink": "https://localhost:PORT/beta/users"}',
        b'{"value": [], "@odata.nextLink": 7}',
        b'{"value": {}}',
        b'{"value": [{"receivedDateTime": "2026-11-20T08:00:00Z"}]}',
        b"[]",
        b'{"value": [',
    ],
)
def test_a_page_that_is_none_ends_the_session_and_the_token_stays_here(
    graph: GraphServer, store: Store, page: bytes
) -> None:
    graph.faults.append(Fault("GET .*/messages", body=page.replace(b"PORT", b"%d" % graph.port)))
    with box(graph) as mailbox:
        error = caught(mailbox.list_messages)
    assert (error.code, error.layer) == (Code.SERVER_GARBAGE, Layer.LIST)
    assert len(graph.requests) == 2


def test_pages_that_go_round_in_a_circle_end(graph: GraphServer, store: Store) -> None:
    link = f'"https://localhost:{graph.port}/v1.0/users/{SUPPORT}/mailFolders/inbox/messages?$top=1"'
    page = f'{{"value": [], "@odata.nextLink": {link}}}'.encode()
    graph.faults.append(Fault("GET .*/messages", times=99, body=page))
    with box(graph) as mailbox:
        assert caught(mailbox.list_messages).code is Code.SERVER_GARBAGE
    assert len(graph.requests) == 3


@pytest.mark.parametrize(
    ("told", "size"),
    [
        ('[{"id": "Long 0xe08", "value": "4711"}]', 4711),
        ('[{"id": "Integer 0x0E08", "value": "4711"}]', 4711),
        ('[{"id": "String 0x1", "value": "9"}, {"id": "LONG 0x0e08", "value": "4711"}]', 4711),
        ('[{"id": "Long 0xe08", "value": "-5"}]', 0),
        ('[{"id": "Long 0xe08", "value": "9999999999999999999999"}]', SIZE_AT_MOST),
        ('[{"id": "Long 0xe08", "value": "many"}, {"id": null}, 5]', None),
        ("[]", None),
        ("null", None),
    ],
)
def test_a_size_is_read_however_it_is_written(graph: GraphServer, store: Store, told: str, size: int | None) -> None:
    page = f'{{"value": [{{"id": "x", "receivedDateTime": null, "singleValueExtendedProperties": {told}}}]}}'
    graph.faults.append(Fault("GET .*/messages", body=page.encode()))
    with box(graph) as mailbox:
        assert mailbox.list_messages() == [Listed(1, "graph:x", size)]


def test_headers_of_a_few_messages_without_their_bodies(graph: GraphServer, store: Store) -> None:
    store.deliver(raw(1, 100_000), "Subject: Größe\r\n\r\nx".encode())
    with box(graph) as mailbox:
        listed = mailbox.list_messages()
        gone = Listed(9, "graph:none")
        expected = {1: b"Subject: 1\r\nX-A: one two\r\n\r\n", 2: "Subject: Größe\r\n\r\n".encode()}
        assert mailbox.headers([*listed, gone]) == expected
    assert graph.count(r"\$value") == 0


# --- bodies -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("chunked", [False, True])
def test_messages_come_whole_four_at_a_time_over_four_connections(
    graph: GraphServer, store: Store, chunked: bool
) -> None:
    graph.chunked = chunked
    mails = [raw(n, n * 40_000) for n in range(12)]
    store.deliver(*mails)
    together = threading.Barrier(4)

    def meet() -> None:
        together.wait(20)

    graph.faults.append(Fault(r"\$value", times=4, before=meet))
    with box(graph) as mailbox:
        listed = mailbox.list_messages()
        got = {downloaded.message.handle: downloaded.raw for downloaded in mailbox.download(listed)}
        mailbox.finish()
    assert got == dict(enumerate(mails, start=1))
    assert store.most_at_once == 4
    assert graph.connections <= 5


def test_two_accounts_on_one_mailbox_share_the_four(graph: GraphServer, store: Store) -> None:
    store.deliver(*[raw(n) for n in range(40)])
    graph.faults.append(Fault(r"\$value", times=80, before=lambda: time.sleep(0.002)))
    with box(graph) as one, box(graph) as other:
        listed = one.list_messages()
        got: list[int] = []
        threads = [
            threading.Thread(target=lambda mine=mine: got.append(len(list(mine.download(listed)))))
            for mine in (one, other)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert got == [40, 40]
    assert store.most_at_once == 4


def test_at_most_four_bodies_wait_for_whoever_takes_them(graph: GraphServer, store: Store) -> None:
    store.deliver(*[raw(n) for n in range(30)])
    with box(graph) as mailbox:
        download = mailbox.download(mailbox.list_messages())
        next(download)
        settled = threading.Event()
        settled.wait(0.3)
        assert graph.count(r"\$value") <= 5
        del download
        settled.wait(0.1)
        assert graph.count(r"\$value") <= 5


def test_a_download_that_is_left_ends_at_once_and_the_mailbox_is_still_good(graph: GraphServer, store: Store) -> None:
    store.deliver(*[raw(n, 50_000) for n in range(8)])
    graph.faults.append(Fault(r"\$value", skip=1, times=3, hang=1000))
    with box(graph) as mailbox:
        listed = mailbox.list_messages()
        began = time.monotonic()
        for got in mailbox.download(listed):
            assert got.raw in store.within()
            break
        assert time.monotonic() - began < 5
        graph.faults.clear()
        assert len(list(mailbox.download(listed))) == 8
        assert set(mailbox.delete(listed).results.values()) == {DONE}


@pytest.mark.parametrize(
    "fault",
    [
        Fault("000003.*value", status=404, code="ErrorItemNotFound", message="The specified object was not found."),
        Fault("000003.*value", status=410, code="ErrorItemNotFound", message="Gone."),
        Fault("000003.*value", times=9, status=500, code="ErrorMimeContentConversionFailed", message="No MIME."),
        Fault("000003.*value", status=400, code="ErrorInvalidRequest", message="No."),
        Fault("000003.*value", status=413, code="ErrorMessageSizeExceeded", message="Too big."),
        Fault("000003.*value", body=b""),
    ],
)
def test_what_cannot_be_had_is_left_out(graph: GraphServer, store: Store, pauses: list[float], fault: Fault) -> None:
    store.deliver(*[raw(n) for n in range(6)])
    graph.faults.append(Fault(fault.match, fault.times, status=fault.status, code=fault.code, body=fault.body))
    with box(graph) as mailbox:
        got = {downloaded.message.handle for downloaded in mailbox.download(mailbox.list_messages())}
    assert got == {1, 2, 4, 5, 6}


def test_a_message_that_is_refused_is_told_and_the_others_come(graph: GraphServer, store: Store) -> None:
    store.deliver(*[raw(n) for n in range(6)])
    graph.faults += [
        Fault("000003.*value", status=403, code="ErrorAccessDenied", message="Access is denied."),
        Fault("000004.*value", status=404, code="ErrorItemNotFound", message="Gone."),
    ]
    refused: dict[int, UserFixableError] = {}
    with box(graph) as mailbox:
        download = mailbox.download(
            mailbox.list_messages(), lambda message, error: refused.update({message.handle: error})
        )
        assert {got.message.handle for got in download} == {1, 2, 5, 6}
    assert {handle: (error.code, error.server) for handle, error in refused.items()} == {
        3: (Code.MAILBOX_REFUSES_TOKEN, "ErrorAccessDenied: Access is denied.")
    }, "what is gone is no trouble"


def test_headers_that_are_refused_are_left_out(graph: GraphServer, store: Store) -> None:
    store.deliver(*[raw(n) for n in range(3)])
    graph.faults.append(Fault("GET .*000002.*Headers", status=403, code="ErrorAccessDenied", message="No."))
    with box(graph) as mailbox:
        assert set(mailbox.headers(mailbox.list_messages())) == {1, 3}


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("cut", [0, 1, 70_000])
def test_a_body_that_is_cut_off_is_no_message(graph: GraphServer, store: Store, chunked: bool, cut: int) -> None:
    graph.chunked = chunked
    store.deliver(raw(1, 100_000))
    graph.faults.append(Fault(r"\$value", times=9, cut=cut))
    with box(graph) as mailbox:
        listed = mailbox.list_messages()
        error = caught(lambda: list(mailbox.download(listed)))
    assert (error.code, error.layer) == (Code.CONNECTION_LOST, Layer.DOWNLOAD)


def test_a_body_without_a_length_is_no_message(graph: GraphServer, store: Store) -> None:
    """Nobody could tell whether it is whole."""
    store.deliver(raw(1))
    graph.no_length = True
    with box(graph) as mailbox:
        error = caught(lambda: list(mailbox.download(mailbox.list_messages())))
    assert (error.code, error.facts["detail"]) == (Code.SERVER_GARBAGE, "a message without a length")


def test_a_body_that_never_ends_is_not_waited_for(
    graph: GraphServer, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailadmin.mail.incoming.graph_mailbox.MAX_LITERAL", 1000)
    store.deliver(raw(1, 500_000), size=10)
    with box(graph) as mailbox:
        error = caught(lambda: list(mailbox.download(mailbox.list_messages())))
    assert (error.code, error.facts["detail"]) == (Code.SERVER_GARBAGE, "an answer of more than 1020 octets")


def test_a_server_that_falls_silent_in_a_body(graph: GraphServer, store: Store) -> None:
    store.deliver(raw(1, 100_000))
    graph.faults.append(Fault(r"\$value", times=9, hang=1000))
    with box(graph, seconds=0.3) as mailbox:
        error = caught(lambda: list(mailbox.download(mailbox.list_messages())))
    assert (error.code, error.facts["seconds"]) == (Code.SERVER_SILENT, "0.3")


def test_a_connection_that_breaks_before_the_answer_is_made_again(
    graph: GraphServer, store: Store, pauses: list[float]
) -> None:
    store.deliver(*[raw(n) for n in range(4)])
    graph.faults.append(Fault(r"\$value", times=2, drop=True))
    with box(graph) as mailbox:
        assert len(list(mailbox.download(mailbox.list_messages()))) == 4


def test_a_mailbox_is_cut_off_from_another_thread(graph: GraphServer, store: Store) -> None:
    store.deliver(*[raw(n, 100_000) for n in range(6)])
    with box(graph) as mailbox:
        listed = mailbox.list_messages()
        cutting = threading.Timer(0.1, mailbox.abandon)
        graph.faults.append(Fault(r"\$value", times=9, hang=1000))
        cutting.start()
        error = caught(lambda: list(mailbox.download(listed)))
        cutting.join()
        assert error.code is Code.CONNECTION_LOST
        assert caught(mailbox.list_messages).code is Code.CONNECTION_LOST, "and stays so"


# --- limits, tokens ---------------------------------------------------------------------------------------------------


def test_the_server_is_waited_for_as_long_as_it_asks(graph: GraphServer, store: Store, pauses: list[float]) -> None:
    store.deliver(*[raw(n) for n in range(5)])
    busy = {"Retry-After": "12"}
    graph.faults.append(Fault(r"\$value", status=429, code="ApplicationThrottled", headers=busy))
    graph.faults.append(Fault(r"\$value", status=503, code="ErrorServerBusy", headers={"Retry-After": "3"}))
    graph.faults.append(Fault("GET .*/messages", status=504, code="UnknownError", message=""))
    with box(graph) as mailbox:
        assert len(list(mailbox.download(mailbox.list_messages()))) == 5
    assert sorted(pauses) == [0, 3, 12]


@pytest.mark.parametrize(
    ("status", "headers", "code", "wait", "asked"),
    [
        (429, {"Retry-After": "31"}, Code.THROTTLED, "31", 1),
        (429, {"Retry-After": "20"}, Code.THROTTLED, "20", 2),
        (503, {"Retry-After": "600"}, Code.THROTTLED, "600", 1),
        (429, {"Retry-After": "soon"}, Code.THROTTLED, "", 5),
        (429, {}, Code.THROTTLED, "", 5),
        (503, {}, Code.SERVER_BUSY, "", 5),
    ],
)
def test_a_longer_wait_is_for_the_account(
    graph: GraphServer,
    store: Store,
    pauses: list[float],
    status: int,
    headers: dict[str, str],
    code: Code,
    wait: str,
    asked: int,
) -> None:
    graph.faults.append(Fault("GET .*/messages", times=99, status=status, code="TooManyRequests", headers=headers))
    with box(graph) as mailbox:
        error = caught(mailbox.list_messages)
    assert (error.code, error.layer, error.facts.get("retry_after", "")) == (code, Layer.LIST, wait)
    assert error.server.startswith("TooManyRequests: ")
    assert graph.count("GET .*/messages") == asked
    assert sum(pauses) <= 30


def test_a_date_to_wait_for_is_understood(graph: GraphServer, store: Store) -> None:
    date = "Fri, 20 Nov 2099 08:00:00 GMT"
    graph.faults.append(Fault("GET .*/messages", status=429, headers={"Retry-After": date}))
    with box(graph) as mailbox:
        assert int(caught(mailbox.list_messages).facts["retry_after"]) > 1_000_000


@pytest.mark.parametrize("act", ["list", "download", "delete", "move"])
def test_a_token_that_ends_in_mid_run_ends_the_session(graph: GraphServer, store: Store, act: str) -> None:
    store.deliver(*[raw(n) for n in range(9)])
    with box(graph) as mailbox:
        listed = mailbox.list_messages()
        matches = {"list": "GET .*/messages", "download": r"\$value", "delete": "DELETE", "move": "POST .*/move"}
        graph.faults.append(Fault(matches[act], skip=0 if act == "list" else 5, before=graph.tokens.clear))
        graph.faults.append(Fault(matches[act], times=1, before=graph.tokens.clear))
        work: dict[str, Callable[[], object]] = {
            "list": lambda: (mailbox.list_messages(), mailbox.list_messages()),
            "download": lambda: list(mailbox.download(listed)),
            "delete": lambda: ended(mailbox.delete(listed)),
            "move": lambda: ended(mailbox.move(listed, "Archiv")),
        }
        error = caught(work[act])
    assert (error.code, error.facts["host"]) == (Code.SESSION_EXPIRED, "localhost")
    assert error.server == "InvalidAuthenticationToken: Lifetime validation failed, the token is expired."


# --- acting -----------------------------------------------------------------------------------------------------------


def test_deleted_messages_can_be_recovered(graph: GraphServer, store: Store) -> None:
    mails = [raw(n) for n in range(10)]
    store.deliver(*mails)
    with box(graph) as mailbox:
        listed = mailbox.list_messages()
        abilities = mailbox.abilities()
        assert (abilities.delete, abilities.native_move, abilities.facts["deletion"]) == (True, True, "recoverable")
        report = mailbox.delete(listed[:7])
        assert (report.results, report.server) == (dict.fromkeys(range(1, 8), DONE), "")
        assert [message.source for message in mailbox.list_messages()] == [message.source for message in listed[7:]]
    assert sorted(store.within(DELETIONS)) == mails[:7]
    assert graph.count("permanentDelete") == 0


def test_a_deletion_whose_answer_was_lost_is_done_all_the_same(graph: GraphServer, store: Store) -> None:
    store.deliver(*[raw(n) for n in range(3)])
    graph.faults.append(Fault("DELETE .*000002", lost=True))
    with box(graph) as mailbox:
        report = mailbox.delete(mailbox.list_messages())
    assert report.results == {1: DONE, 2: DONE, 3: DONE}
    assert graph.count("DELETE .*000002") == 2


def test_a_move_whose_answer_was_lost_is_done_all_the_same(graph: GraphServer, store: Store) -> None:
    store.deliver(*[raw(n) for n in range(3)])
    graph.faults.append(Fault("POST .*000002.*move", lost=True))
    with box(graph) as mailbox:
        report = mailbox.move(mailbox.list_messages(), "Archiv")
    assert report.results == {1: DONE, 2: DONE, 3: DONE}
    assert graph.count("POST .*000002.*move") == 2


def test_what_somebody_else_took_away_is_gone(graph: GraphServer, store: Store) -> None:
    store.deliver(*[raw(n) for n in range(4)])
    with box(graph) as mailbox:
        listed = mailbox.list_messages()
        del store.messages[0]
        assert mailbox.delete(listed[:2]).results == {1: GONE, 2: DONE}
        del store.messages[1]
        assert mailbox.move(listed[2:], "Archiv").results == {3: GONE, 4: DONE}


def file_away(store: Store, *numbers: int) -> None:
    """A colleague files messages in another folder."""
    legal = store.folder("Legal") or store.make("Legal")
    for message in store.messages:
        if message.number in numbers:
            message.folder = legal.id
            message.moves += 1


@pytest.mark.parametrize("heeds_folders", [True, False])
@pytest.mark.parametrize("act", ["delete", "move"])
@pytest.mark.parametrize("count", [1, 5])
def test_what_was_filed_in_another_folder_stays_there(
    graph: GraphServer, store: Store, heeds_folders: bool, act: str, count: int
) -> None:
    mails = [raw(n) for n in range(count)]
    store.deliver(*mails)
    store.heeds_folders = heeds_folders
    with box(graph) as mailbox:
        listed = mailbox.list_messages()
        file_away(store, 1, 3)
        report = mailbox.delete(listed) if act == "delete" else mailbox.move(listed, "Archiv")
    filed = [number for number in (1, 3) if number <= count]
    assert report.results == {n: GONE if n in filed else DONE for n in range(1, count + 1)}
    assert store.within("Legal") == [mails[number - 1] for number in filed]
    assert store.within() == []


@pytest.mark.parametrize("act", ["delete", "move"])
def test_what_is_filed_in_the_last_moment_stays_there_if_the_server_heeds_the_folder(
    graph: GraphServer, store: Store, act: str
) -> None:
    mails = [raw(n) for n in range(4)]
    store.deliver(*mails)
    last = Fault(f"{'DELETE' if act == 'delete' else 'POST'} .*000002", before=lambda: file_away(store, 2))
    graph.faults.append(last)
    with box(graph) as mailbox:
        listed = mailbox.list_messages()
        report = mailbox.delete(listed) if act == "delete" else mailbox.move(listed, "Archiv")
    assert report.results == {1: DONE, 2: GONE, 3: DONE, 4: DONE}
    assert store.within("Legal") == [mails[1]]


def test_where_messages_are_is_asked_once_for_all_of_them(graph: GraphServer, store: Store) -> None:
    for message in store.deliver(*[raw(n) for n in range(60)]):
        message.received += timedelta(milliseconds=700)  # which the listing does not tell
    graph.largest_page = 25
    with box(graph) as mailbox:
        listed = mailbox.list_messages()
        before = len(graph.requests)
        assert set(mailbox.delete(listed[10:30]).results.values()) == {DONE}
    assert len(graph.requests) - before == 1 + 20
    assert len(store.within()) == 40


def test_few_messages_far_apart_are_asked_for_by_themselves(graph: GraphServer, store: Store) -> None:
    """A folder is not read from end to end for them."""
    store.deliver(*[raw(n) for n in range(1500)])
    with box(graph) as mailbox:
        listed = mailbox.list_messages()
        before = len(graph.requests)
        assert mailbox.delete([listed[0], listed[-1]]).results == {1: DONE, 1500: DONE}
    assert len(graph.requests) - before <= 6


def test_what_was_done_before_the_session_ended_is_known(graph: GraphServer, store: Store) -> None:
    store.deliver(*[raw(n) for n in range(12)])
    with box(graph) as mailbox:
        listed = mailbox.list_messages()
        graph.faults.append(Fault("DELETE", skip=7, before=graph.tokens.clear))
        report = mailbox.delete(listed)
    assert report.ended is not None
    assert (report.ended.code, report.ended.layer) == (Code.SESSION_EXPIRED, Layer.DELETE)
    assert set(report.results.values()) == {DONE}
    assert 4 <= len(report.results) <= 12 - len(store.within())


def test_without_the_right_to_write_everything_stays_and_the_servers_words_say_why(
    graph: GraphServer, store: Store
) -> None:
    store.deliver(*[raw(n) for n in range(3)])
    store.read_only = True
    with box(graph) as mailbox:
        listed = mailbox.list_messages()
        words = "ErrorAccessDenied: Access is denied. Check credentials and try again."
        for report in (mailbox.delete(listed), mailbox.move(listed, "Archiv"), mailbox.move(listed, "Neu")):
            assert (report.results, report.server) == ({1: FAILED, 2: FAILED, 3: FAILED}, words)
    assert len(store.within()) == 3


def test_one_failure_does_not_keep_the_others(graph: GraphServer, store: Store, pauses: list[float]) -> None:
    store.deliver(*[raw(n) for n in range(4)])
    graph.faults.append(Fault("DELETE .*000002", times=9, status=500))
    graph.faults.append(Fault("POST .*000003.*move", status=400, code="ErrorMoveCopyFailed", message="No."))
    with box(graph) as mailbox:
        listed = mailbox.list_messages()
        report = mailbox.delete(listed[:2])
        assert report.results == {1: DONE, 2: FAILED}
        assert report.server == "ErrorInternalServerError: An internal server error occurred."
        report = mailbox.move(listed[2:], "archive")
        assert (report.results, report.server) == ({3: FAILED, 4: DONE}, "ErrorMoveCopyFailed: No.")


def test_messages_are_moved_and_keep_their_ids(graph: GraphServer, store: Store) -> None:
    mails = [raw(n) for n in range(5)]
    store.deliver(*mails)
    with box(graph) as mailbox:
        listed = mailbox.list_messages()
        assert set(mailbox.move(listed, "Archiv").results.values()) == {DONE}
    with box(graph, "Archiv") as archive:
        assert [message.source for message in archive.list_messages()] == [message.source for message in listed]
    assert store.within("archive") == mails


def test_without_the_preference_ids_change_with_a_move(
    graph: GraphServer, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the fake is strict about: this is what we would get otherwise."""
    monkeypatch.setattr(graph_line, "_IMMUTABLE", "")
    store.deliver(raw(1))
    with box(graph) as mailbox, box(graph, "Archiv") as archive:
        listed = mailbox.list_messages()
        mailbox.move(listed, "Archiv")
        assert archive.list_messages()[0].source != listed[0].source


def test_the_folder_to_move_to_is_made_level_by_level(graph: GraphServer, store: Store) -> None:
    store.deliver(*[raw(n) for n in range(6)])
    with box(graph) as mailbox:
        listed = mailbox.list_messages()
        assert mailbox.move(listed[:2], "Erledigt/2026/Nov").results == {1: DONE, 2: DONE}
        assert mailbox.move(listed[2:4], "erledigt/2026/NOV").results == {3: DONE, 4: DONE}
        assert mailbox.move(listed[4:5], "INBOX/Fertig").results == {5: DONE}
        names = [folder.name for folder in mailbox.folders()]
        assert {"Erledigt/2026/Nov", "INBOX/Fertig"} <= set(names)
        assert len(names) == 5 + 4
    assert graph.count("POST .*(mailFolders|childFolders)$") == 4


def test_a_folder_whose_making_was_not_heard_of_is_not_made_twice(graph: GraphServer, store: Store) -> None:
    store.deliver(raw(1))
    graph.faults.append(Fault("POST .*mailFolders$", lost=True))
    with box(graph) as mailbox:
        assert mailbox.move(mailbox.list_messages(), "Erledigt").results == {1: DONE}
    assert len(store.within("Erledigt")) == 1


@pytest.mark.parametrize("target", ["INBOX", "inbox", "Posteingang"])
def test_mail_is_not_moved_to_where_it_is(graph: GraphServer, store: Store, target: str) -> None:
    store.deliver(raw(1))
    with box(graph) as mailbox:
        report = mailbox.move(mailbox.list_messages(), target)
    assert report.results == {1: FAILED}
    assert graph.count("POST") == 0


def test_a_folder_that_vanished_is_looked_for_again_by_the_next_session(graph: GraphServer, store: Store) -> None:
    store.deliver(raw(1), raw(2))
    with box(graph) as mailbox:
        listed = mailbox.list_messages()
        mailbox.move(listed[:1], "Erledigt")
        made = store.folder("Erledigt")
        assert made is not None
        del store.folders[made.id]
        assert mailbox.move(listed[1:], "Erledigt").results == {2: FAILED}
    with box(graph) as mailbox:
        assert mailbox.move(mailbox.list_messages(), "Erledigt").results == {1: DONE}


def test_what_graph_cannot_do_is_not_offered(graph: GraphServer, store: Store) -> None:
    with box(graph) as mailbox:
        assert mailbox.verifies_reuse is False
        with pytest.raises(BugError):
            mailbox.append(raw(1), "INBOX")
        with pytest.raises(BugError):
            mailbox.copy([], "INBOX")


def test_a_folder_to_move_to_is_there_by_its_well_known_name(graph: GraphServer, store: Store) -> None:
    with box(graph) as mailbox:
        there = {name: mailbox.has_folder(name) for name in ("Archive", "archiv", "INBOX", "Arch", "iv", "Neu/Archiv")}
    assert there == {"Archive": True, "archiv": True, "INBOX": True, "Arch": False, "iv": False, "Neu/Archiv": False}


def test_a_folder_tree_is_listed_in_one_request_a_level(graph: GraphServer, store: Store) -> None:
    for n in range(30):
        store.make(f"Ordner {n:02}")
    with box(graph) as mailbox:
        before = len(graph.requests)
        assert len(mailbox.folders()) == 35
        assert len(mailbox.folders()) == 35
        assert len(graph.requests) - before == 1
