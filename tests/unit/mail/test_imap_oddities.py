"""IMAP servers that do what Dovecot does not: the rules of servers.md, against scripted servers."""

from __future__ import annotations

import logging

import pytest

from mailadmin.domain.errors import BugError, Code, Layer, UserFixableError
from mailadmin.domain.ports import ActionResult, LayerReached, Listed
from mailadmin.mail import connection as connection_module
from tests.servers.opening import access_to, failure, opened
from tests.servers.scripted import Answer, Conversation, ScriptedServer, imap

NOTICE = (
    b"From: System Administrator <root@localhost>\r\nSubject: message unavailable\r\n\r\n"
    b"This message is no longer available on the server.\r\n"
)
MAIL = b"Message-ID: <1@x>\r\nSubject: hello\r\n\r\nworld\r\n"
DELETED_NONE: dict[str, Answer] = {"UID SEARCH DELETED": b"* SEARCH\r\nTAG OK done\r\n"}


def _literal(uid: int, raw: bytes, *, seq: int = 1) -> bytes:
    return b"* %d FETCH (UID %d BODY[] {%d}\r\n%s)\r\n" % (seq, uid, len(raw), raw)


def _fetched(*responses: bytes, asked: tuple[int, ...] = (4, 7), sizes: dict[int, int] | None = None) -> list[int]:
    """Which UIDs a download gives when the server answers the FETCH so."""
    with (
        ScriptedServer(imap({"UID FETCH": b"".join(responses) + b"TAG OK done\r\n"})) as server,
        opened(access_to(server.port)) as mailbox,
    ):
        messages = [Listed(uid, f"INBOX/99/{uid}", (sizes or {}).get(uid)) for uid in asked]
        got = list(mailbox.download(messages))
        assert all(item.raw == MAIL for item in got)
        return [item.message.handle for item in got]


# --- listing and measuring ----------------------------------------------------------------------------------------


def test_listing_takes_two_searches_and_no_fetch() -> None:
    deleted = {"UID SEARCH DELETED": b"* SEARCH 7\r\nTAG OK done\r\n"}
    with ScriptedServer(imap(deleted)) as server, opened(access_to(server.port)) as mailbox:
        before = len(server.commands)
        listed = mailbox.list_messages()
        sent = server.commands[before:]
    assert listed == [Listed(4, "INBOX/99/4"), Listed(7, "INBOX/99/7", deleted=True)]
    assert sent == [b"UID SEARCH ALL", b"UID SEARCH DELETED"]


@pytest.mark.parametrize(
    "answer", [b"* SEARCH 7\r\n* SEARCH 4\r\nTAG OK done\r\n", b"* SEARCH 7 4 (MODSEQ 917162500)\r\nTAG OK done\r\n"]
)
def test_search_answers_in_any_form_give_ascending_uids(answer: bytes) -> None:
    with ScriptedServer(imap({"UID SEARCH ALL": answer})) as server, opened(access_to(server.port)) as mailbox:
        assert [message.handle for message in mailbox.list_messages()] == [4, 7]


def test_a_search_answer_of_more_than_a_million_octets_is_read() -> None:
    uids = range(1_000_000_000, 1_000_150_000)
    answer = b"* SEARCH " + b" ".join(b"%d" % uid for uid in uids) + b"\r\nTAG OK done\r\n"
    assert len(answer) > 1_500_000
    with ScriptedServer(imap({"UID SEARCH ALL": answer})) as server, opened(access_to(server.port)) as mailbox:
        assert len(mailbox.list_messages()) == len(uids)


@pytest.mark.parametrize(
    "select",
    [
        b"* 2 EXISTS\r\n* OK [UIDVALIDITY 99] ok\r\n* NO [UIDNOTSTICKY] sorry\r\nTAG OK [READ-WRITE] done\r\n",
        b"* 2 EXISTS\r\nTAG OK [READ-WRITE] done\r\n",
    ],
)
def test_uids_that_do_not_last_give_no_sources(select: bytes) -> None:
    with ScriptedServer(imap({"SELECT": select})) as server, opened(access_to(server.port)) as mailbox:
        assert [message.source for message in mailbox.list_messages()] == ["", ""]


def test_no_command_grows_beyond_what_courier_takes() -> None:
    uids = range(1_000_000_000, 1_000_020_000, 2)  # no two follow each other
    with ScriptedServer(imap()) as server:
        with opened(access_to(server.port)) as mailbox:
            mailbox.measure([Listed(uid, "") for uid in uids])
        assert max(map(len, server.commands)) < 8000
        fetched = b",".join(line.split()[2] for line in server.commands if line.startswith(b"UID FETCH"))
    assert fetched == b",".join(b"%d" % uid for uid in uids)


def test_sizes_and_dates_go_by_uid_in_any_order_and_what_is_missing_stays_open() -> None:
    answer = (
        b'* 2 FETCH (RFC822.SIZE 20 FLAGS (\\Seen) INTERNALDATE "20-Nov-2026 07:00:00 +0100" UID 7)\r\n'
        b"* 4 FETCH (FLAGS (\\Flagged))\r\n* 9 FETCH (UID 9 RFC822.SIZE 5)\r\nTAG OK done\r\n"
    )
    with ScriptedServer(imap({"UID FETCH": answer})) as server, opened(access_to(server.port)) as mailbox:
        four, seven = mailbox.measure([Listed(4, "a"), Listed(7, "b")], dates=True)
    assert four == Listed(4, "a")
    assert seven.size == 20
    assert seven.received_at is not None
    assert seven.received_at.isoformat() == "2026-11-20T06:00:00+00:00"


# --- downloading --------------------------------------------------------------------------------------------------


def test_a_batch_is_one_fetch_behind_a_noop_in_the_same_round_trip() -> None:
    def noop(conversation: Conversation) -> bytes | None:
        # answered only when the FETCH is here as well: a client that waits in between would hang
        fetch = conversation.readline()
        tag, _, command = fetch.strip().partition(b" ")
        conversation.commands.append(command)
        conversation.send(b"TAG OK noop\r\n".replace(b"TAG", conversation.tag))
        conversation.send(_literal(4, MAIL) + _literal(7, MAIL, seq=2) + tag + b" OK done\r\n")
        return None

    with ScriptedServer(imap({"NOOP": noop})) as server, opened(access_to(server.port)) as mailbox:
        got = list(mailbox.download([Listed(4, "a"), Listed(7, "b")]))
        assert [item.message.handle for item in got] == [4, 7]
        assert server.commands[-2:] == [b"NOOP", b"UID FETCH 4,7 (UID BODY.PEEK[])"]


def test_answers_in_any_order_are_matched_by_uid() -> None:
    assert _fetched(_literal(7, MAIL, seq=2), _literal(4, MAIL, seq=1)) == [7, 4]


def test_what_was_not_asked_for_is_dropped() -> None:
    assert _fetched(_literal(5, MAIL), _literal(7, MAIL)) == [7]


def test_an_entry_without_a_uid_never_counts_by_its_sequence_number() -> None:
    stray = b"* 4 FETCH (FLAGS (\\Flagged) BODY[] {%d}\r\n%s)\r\n" % (len(MAIL), MAIL)
    assert _fetched(stray, b"* 7 FETCH (FLAGS (\\Deleted))\r\n", _literal(7, MAIL)) == [7]


@pytest.mark.parametrize(
    "gone",
    [
        b"* 1 FETCH (UID 4 BODY[] NIL)\r\n",
        b"* 1 FETCH (UID 4 BODY[] {0}\r\n)\r\n",
        b'* 1 FETCH (UID 4 BODY[] "")\r\n',
        b"* 1 FETCH (UID 4)\r\n",
        b"* OK Message 4 no longer exists\r\n",
        b"",
        _literal(4, NOTICE),
    ],
)
def test_a_message_that_is_gone_is_left_out(gone: bytes) -> None:
    assert _fetched(gone, _literal(7, MAIL, seq=2)) == [7]


def test_couriers_notice_is_known_even_when_its_size_is_that_of_the_notice() -> None:
    assert _fetched(_literal(4, NOTICE), _literal(7, MAIL), sizes={4: len(NOTICE)}) == [7]


def test_a_message_of_another_size_than_announced_is_still_a_message() -> None:
    assert _fetched(_literal(4, MAIL), sizes={4: 9999}, asked=(4,)) == [4]


def test_messages_before_a_cut_are_handed_over_and_the_cut_one_never() -> None:
    def fetch(conversation: Conversation) -> bytes | None:
        conversation.send(_literal(4, MAIL) + b"* 2 FETCH (UID 7 BODY[] {1000}\r\nbegin")
        conversation.close()
        return None

    with ScriptedServer(imap({"UID FETCH": fetch})) as server, opened(access_to(server.port)) as mailbox:
        coming = mailbox.download([Listed(4, ""), Listed(7, "")])
        assert next(coming).message.handle == 4
        with pytest.raises(UserFixableError) as caught:
            next(coming)
    assert (caught.value.code, caught.value.layer) == (Code.CONNECTION_LOST, Layer.DOWNLOAD)


def test_a_whole_literal_without_its_closing_line_does_not_count() -> None:
    def fetch(conversation: Conversation) -> bytes | None:
        conversation.send(b"* 1 FETCH (UID 4 BODY[] {%d}\r\n%s" % (len(MAIL), MAIL))
        conversation.close()
        return None

    with (
        ScriptedServer(imap({"UID FETCH": fetch})) as server,
        opened(access_to(server.port)) as mailbox,
        pytest.raises(UserFixableError) as caught,
    ):
        list(mailbox.download([Listed(4, "")]))
    assert caught.value.code is Code.CONNECTION_LOST


def test_a_goodbye_in_mid_batch_carries_its_words() -> None:
    fetch = _literal(4, MAIL) + b"* 2 FETCH (UID 7)\r\n* BYE FETCH failed: Internal error occurred.\r\n"
    with ScriptedServer(imap({"UID FETCH": fetch})) as server, opened(access_to(server.port)) as mailbox:
        coming = mailbox.download([Listed(4, ""), Listed(7, "")])
        assert next(coming).message.handle == 4
        with pytest.raises(UserFixableError) as caught:
            next(coming)
    assert caught.value.code is Code.CONNECTION_LOST
    assert caught.value.server == "FETCH failed: Internal error occurred."


def test_a_download_that_is_given_up_leaves_the_session_usable() -> None:
    fetch = _literal(4, MAIL) + _literal(7, MAIL, seq=2) + b"TAG OK done\r\n"
    with ScriptedServer(imap({"UID FETCH": fetch})) as server, opened(access_to(server.port)) as mailbox:
        for _ in mailbox.download([Listed(4, ""), Listed(7, "")]):
            break
        assert [message.handle for message in mailbox.list_messages()] == [4, 7]
        assert [item.message.handle for item in mailbox.download([Listed(7, "")])] == [7]


def test_a_literal_out_of_all_proportion_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mailadmin.mail.incoming.imap_mailbox.MAX_LITERAL", 100)
    monkeypatch.setattr(connection_module, "MAX_LITERAL", 100)
    fetch = b"* 1 FETCH (UID 4 BODY[] {99999999999}\r\n"
    with (
        ScriptedServer(imap({"UID FETCH": fetch})) as server,
        opened(access_to(server.port)) as mailbox,
        pytest.raises(UserFixableError) as caught,
    ):
        list(mailbox.download([Listed(4, "", size=20)]))
    assert caught.value.code is Code.SERVER_GARBAGE


@pytest.mark.parametrize(
    "nonsense",
    [
        b"* 1 FETCH (UID 4 BODY[] {5}\r\nhello\r\nTAG OK done\r\n",
        b"* 1 FETCH " + b"(" * 5000 + b"\r\nTAG OK done\r\n",
        b"* 1 FETCH (UID four)\r\nTAG OK done\r\n",
        b"* 1 FETCH nonsense\r\nTAG OK done\r\n",
        b"\xff\xfe\r\n",
    ],
)
def test_nonsense_in_a_fetch_is_garbage(nonsense: bytes) -> None:
    with (
        ScriptedServer(imap({"UID FETCH": nonsense})) as server,
        opened(access_to(server.port)) as mailbox,
        pytest.raises(UserFixableError) as caught,
    ):
        list(mailbox.download([Listed(4, "")]))
    assert (caught.value.code, caught.value.layer) == (Code.SERVER_GARBAGE, Layer.DOWNLOAD)


def test_no_literal_is_formatted_for_a_log(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    formatted: list[str] = []

    class Watched(bytes):
        def __repr__(self) -> str:
            formatted.append("repr")
            return super().__repr__()

    read = connection_module.Connection.read
    monkeypatch.setattr(connection_module.Connection, "read", lambda self, count: Watched(read(self, count)))
    caplog.set_level(logging.DEBUG)
    assert _fetched(_literal(4, MAIL), asked=(4,)) == [4]
    assert formatted == []


# --- deleting -----------------------------------------------------------------------------------------------------


def _search_series(*found: bytes) -> list[bytes]:
    return [b"* SEARCH " + uids + b"\r\nTAG OK done\r\n" for uids in found]


def test_an_expunge_that_did_nothing_is_repeated_and_then_believed() -> None:
    with ScriptedServer(imap({"UID SEARCH UID": _search_series(b"4 7", b"")})) as server:
        with opened(access_to(server.port)) as mailbox:
            report = mailbox.delete([Listed(4, ""), Listed(7, "")])
        assert server.commands.count(b"UID EXPUNGE 4,7") == 2
    assert report.results == {4: ActionResult.DONE, 7: ActionResult.DONE}


def test_ok_without_effect_is_a_failure() -> None:
    with ScriptedServer(imap({"UID SEARCH UID": _search_series(b"4 7", b"7")})) as server:
        with opened(access_to(server.port)) as mailbox:
            report = mailbox.delete([Listed(4, ""), Listed(7, "")])
        assert server.commands.count(b"UID EXPUNGE 4,7") == 2
    assert report.results == {4: ActionResult.DONE, 7: ActionResult.FAILED}


def test_a_refused_delete_fails_with_the_servers_words() -> None:
    answers = {"UID STORE": b"TAG NO [NOPERM] hands off\r\n", "UID SEARCH UID": b"* SEARCH 4\r\nTAG OK done\r\n"}
    with ScriptedServer(imap(answers)) as server, opened(access_to(server.port)) as mailbox:
        report = mailbox.delete([Listed(4, "")])
    assert report.results == {4: ActionResult.FAILED}
    assert report.server == "[NOPERM] hands off"


def test_a_mark_set_while_we_expunge_without_uidplus_takes_ours_back() -> None:
    answers: dict[str, Answer] = {"UID SEARCH DELETED": _search_series(b"", b"4 9")}
    script = imap(answers, capabilities="IMAP4rev1")
    with ScriptedServer(script) as server, opened(access_to(server.port)) as mailbox:
        report = mailbox.delete([Listed(4, "")])
        assert b"EXPUNGE" not in server.commands
        assert server.commands[-1] == rb"UID STORE 4 -FLAGS.SILENT (\Deleted)"
    assert (report.results, report.unsafe) == ({4: ActionResult.FAILED}, 1)


def test_finish_logs_out_and_never_closes_or_expunges() -> None:
    with ScriptedServer(imap()) as server:
        with opened(access_to(server.port)) as mailbox:
            mailbox.finish()
        assert server.commands[-2:] == [b"UNSELECT", b"LOGOUT"]
        assert not {b"CLOSE", b"EXPUNGE"} & set(server.commands)


def test_finish_survives_a_server_that_has_gone() -> None:
    with (
        ScriptedServer(imap({"UNSELECT": lambda conversation: conversation.close()})) as server,
        opened(access_to(server.port)) as mailbox,
    ):
        assert mailbox.finish().results == {}


# --- moving -------------------------------------------------------------------------------------------------------


def test_a_move_is_done_when_the_message_is_seen_to_be_gone() -> None:
    answers: dict[str, Answer] = {
        "LIST": b'* LIST () "/" INBOX\r\n* LIST () "/" Done\r\nTAG OK done\r\n',
        "UID SEARCH UID": b"* SEARCH 7\r\nTAG OK done\r\n",
    }
    with ScriptedServer(imap(answers)) as server, opened(access_to(server.port)) as mailbox:
        report = mailbox.move([Listed(4, ""), Listed(7, "")], "Done")
        assert server.commands.count(b'UID MOVE 4,7 "Done"') == 1
    assert report.results == {4: ActionResult.DONE, 7: ActionResult.FAILED}


def test_a_move_without_move_is_our_mistake() -> None:
    with (
        ScriptedServer(imap(capabilities="IMAP4rev1")) as server,
        opened(access_to(server.port)) as mailbox,
        pytest.raises(BugError),
    ):
        mailbox.move([Listed(4, "")], "Done")


def test_a_target_that_vanished_is_made_again() -> None:
    answers: dict[str, Answer] = {
        "LIST": b'* LIST () "/" INBOX\r\n* LIST () "/" Done\r\nTAG OK done\r\n',
        "UID MOVE": [b"TAG NO [TRYCREATE] gone\r\n", b"TAG OK done\r\n"],
    }
    with ScriptedServer(imap(answers)) as server, opened(access_to(server.port)) as mailbox:
        report = mailbox.move([Listed(4, "")], "Done")
        assert b'CREATE "Done"' in server.commands
    assert report.results == {4: ActionResult.DONE}


def test_a_target_that_cannot_be_made_fails_with_the_servers_words() -> None:
    answers: dict[str, Answer] = {
        "CREATE": b"TAG NO Permission denied\r\n",
        "UID SEARCH UID": b"* SEARCH 4\r\nTAG OK done\r\n",
    }
    with ScriptedServer(imap(answers)) as server, opened(access_to(server.port)) as mailbox:
        report = mailbox.move([Listed(4, "")], "Done")
        assert not any(command.startswith(b"UID MOVE") for command in server.commands)
    assert (report.results, report.server) == ({4: ActionResult.FAILED}, "Permission denied")


def test_mail_is_not_moved_into_the_folder_it_is_in() -> None:
    answers: dict[str, Answer] = {
        "LIST": b'* LIST () "." INBOX\r\n* LIST () "." INBOX.Work\r\nTAG OK done\r\n',
        "NAMESPACE": b'* NAMESPACE (("INBOX." ".")) NIL NIL\r\nTAG OK done\r\n',
        "UID SEARCH UID": b"* SEARCH 4\r\nTAG OK done\r\n",
    }
    with ScriptedServer(imap(answers)) as server:
        with opened(access_to(server.port, folder="INBOX.Work")) as mailbox:
            report = mailbox.move([Listed(4, "")], "Work")
        assert not any(command.startswith(b"UID MOVE") for command in server.commands)
    assert report.results == {4: ActionResult.FAILED}


@pytest.mark.parametrize(
    ("code", "copied"),
    [
        (b"[COPYUID 123 4,7 30:31] ", {4: "Done/123/30", 7: "Done/123/31"}),
        (b"[COPYUID 123 7 31] ", {7: "Done/123/31"}),
        (b"", {4: "", 7: ""}),
        (b"[COPYUID 123 4,7 30] ", {4: "", 7: ""}),
        (b"[COPYUID nonsense] ", {4: "", 7: ""}),
    ],
)
def test_a_copy_tells_where_the_copies_are(code: bytes, copied: dict[int, str]) -> None:
    answers: dict[str, Answer] = {
        "LIST": b'* LIST () "/" INBOX\r\n* LIST () "/" Done\r\nTAG OK done\r\n',
        "UID COPY": b"TAG OK " + code + b"copied\r\n",
    }
    with ScriptedServer(imap(answers)) as server, opened(access_to(server.port)) as mailbox:
        assert mailbox.copy([Listed(4, ""), Listed(7, "")], "Done").copied == copied


# --- folders ------------------------------------------------------------------------------------------------------


def test_a_read_only_folder_is_opened_and_says_so() -> None:
    answers: dict[str, Answer] = {
        "SELECT": b"* 2 EXISTS\r\n* OK [UIDVALIDITY 99] ok\r\nTAG OK [READ-ONLY] done\r\n",
        "EXAMINE": b"* 2 EXISTS\r\n* OK [UIDVALIDITY 99] ok\r\nTAG OK [READ-ONLY] done\r\n",
    }
    layers: list[LayerReached] = []
    with ScriptedServer(imap(answers)) as server, opened(access_to(server.port), layers=layers) as mailbox:
        assert not mailbox.abilities().delete
        assert not mailbox.abilities().move
        assert len(mailbox.list_messages()) == 2
    assert layers[-1].facts["read_only"] == "yes"


def test_a_folder_in_which_nothing_can_be_deleted_says_so() -> None:
    select = b"* 2 EXISTS\r\n* OK [PERMANENTFLAGS (\\Seen)] ok\r\n* OK [UIDVALIDITY 9] ok\r\nTAG OK [READ-WRITE] ok\r\n"
    with ScriptedServer(imap({"SELECT": select})) as server, opened(access_to(server.port)) as mailbox:
        assert not mailbox.abilities().delete


def test_a_missing_folder_lists_the_folders_there_are() -> None:
    answers: dict[str, Answer] = {
        'LIST "" "*"': b'* LIST () "/" Zwei\r\n* LIST (\\Noselect) "/" Nur\r\n* LIST () "/" inbox\r\n'
        b'* LIST () "/" "Gr&APwA3w-e"\r\nTAG OK done\r\n',
        "LIST": b"TAG OK done\r\n",
        "SELECT": b"TAG NO [NONEXISTENT] No such folder\r\n",
    }
    with ScriptedServer(imap(answers)) as server:
        error = failure(access_to(server.port, folder="Eins"))
    assert (error.code, error.layer, error.server) == (
        Code.FOLDER_NOT_FOUND, Layer.FOLDER, "[NONEXISTENT] No such folder",
    )  # fmt: skip
    assert error.facts == {"folder": "Eins", "folders": "Grüße\nINBOX\nZwei"}


def test_a_folder_that_is_there_and_not_opened_is_told_apart() -> None:
    answers: dict[str, Answer] = {
        "LIST": b'* LIST () "/" Eins\r\nTAG OK done\r\n',
        "SELECT": b"TAG NO [NOPERM] Not yours\r\n",
    }
    with ScriptedServer(imap(answers)) as server:
        error = failure(access_to(server.port, folder="Eins"))
    assert (error.code, error.server) == (Code.FOLDER_NOT_OPENED, "[NOPERM] Not yours")


def test_an_undecodable_folder_name_does_not_hide_the_others() -> None:
    listed = b'* LIST () "/" INBOX\r\n* LIST () "/" "R&D&"\r\n* LIST () "/" 2026\r\nTAG OK done\r\n'
    with ScriptedServer(imap({"LIST": listed})) as server, opened(access_to(server.port)) as mailbox:
        names = [folder.name for folder in mailbox.folders()]
    assert names[0] == "2026"
    assert "INBOX" in names
    assert len(names) == 3


def test_a_server_without_namespace_tells_its_prefix_by_its_folders() -> None:
    answers: dict[str, Answer] = {
        'LIST "" "*"': b'* LIST () "." INBOX\r\n* LIST () "." "INBOX.Gr&APwA3w-e"\r\nTAG OK done\r\n',
        "LIST": b"TAG OK done\r\n",
    }
    layers: list[LayerReached] = []
    with (
        ScriptedServer(imap(answers, capabilities="IMAP4rev1")) as server,
        opened(access_to(server.port, folder="Grüße"), layers=layers) as mailbox,
    ):
        assert mailbox.folder == "INBOX.Grüße"
    assert layers[-1].facts == {"folder": "INBOX.Grüße", "messages": "2", "asked": "Grüße"}


# --- throttling ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["LOGIN", "SELECT"])
@pytest.mark.parametrize(
    ("words", "wait"),
    [
        (b"BAD User is authenticated but not connected.", ""),
        (b"BAD Request is throttled. Suggested Backoff Time: 299961 milliseconds", "300"),
        (b"NO [OVERQUOTA] Account exceeded command or bandwidth limits", ""),
    ],
)
def test_throttling_is_named_wherever_it_comes(command: str, words: bytes, wait: str) -> None:
    with ScriptedServer(imap({command: b"TAG " + words + b"\r\n"})) as server:
        error = failure(access_to(server.port))
    assert (error.code, error.facts["retry_after"]) == (Code.THROTTLED, wait)
    assert error.server in words.decode()


def test_any_other_refusal_names_the_command() -> None:
    with (
        ScriptedServer(imap({"UID SEARCH": b"TAG BAD Unknown command\r\n"})) as server,
        opened(access_to(server.port)) as mailbox,
        pytest.raises(UserFixableError) as caught,
    ):
        mailbox.list_messages()
    assert caught.value.code is Code.SERVER_REFUSED
    assert caught.value.facts == {"command": "UID SEARCH"}
    assert caught.value.server == "Unknown command"
