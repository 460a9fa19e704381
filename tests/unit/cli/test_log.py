"""``mailadmin log`` and what it says."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer

from mailadmin.cli import log, log_sentences
from mailadmin.domain.communication import LogEntry, LogStep, Priority, facts_of_error
from mailadmin.domain.errors import Code, Layer, UserFixableError

from .conftest import Run

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
MAIL = b"From: a@example.net\nTo: b@example.org\nSubject: Printer\nMessage-ID: <1@example.net>\n\nIt is on fire.\n"


def told(step: str, **facts: str) -> str:
    return log_sentences.sentence(LogEntry(NOW, Priority.INFO, step, facts), "support")


def test_every_step_has_a_sentence_and_no_other_has() -> None:
    assert set(log_sentences.STEPS) == set(LogStep)


@pytest.mark.parametrize("step", list(LogStep))
def test_a_sentence_is_whole_even_if_no_fact_is_known(step: LogStep) -> None:
    said = told(step)
    assert re.match(r"[A-Z(]", said)
    assert said.endswith(".")
    assert not re.search(r"[{}]|None| {2}", said)


@pytest.mark.parametrize(
    ("step", "facts", "words"),
    [
        (LogStep.LAYER, {"layer": "greeting", "server": "+OK hi"}, "The server greets. The server said: +OK hi"),
        (LogStep.LISTED, {"listed": "12", "new": "3"}, "The server lists 12 messages: 3 new."),
        (LogStep.CLOSED, {}, "The session ended in good order: nothing was fetched."),
        (
            LogStep.CLOSED,
            {"fetched": "1", "bytes": "100", "deleted": "1"},
            "The session ended in good order: 1 message fetched (100 bytes), 1 deleted.",
        ),
        (
            LogStep.SERVER_ACTION,
            {"layer": "delete", "done": "3", "failed": "2"},
            "On the server deleted: 3, not deleted: 2.",
        ),
        (
            LogStep.BECAME,
            {"outcome": "new_ticket", "ticket": "2026112010000017", "queue": "Raw"},
            'New ticket 2026112010000017 in queue "Raw".',
        ),
        (LogStep.SERVER_COPY, {"result": "done", "layer": "move"}, "The server's copy was moved."),
        ("of-a-later-program", {"what": "this\x1b"}, "of-a-later-program (what: this\\x1b)."),
    ],
)
def test_what_entries_say(step: str, facts: dict[str, str], words: str) -> None:
    assert told(step, **facts) == words


def test_an_error_has_its_own_sentence_and_the_servers_words() -> None:
    error = UserFixableError(Code.SIGN_IN_REFUSED, {"username": "me"}, server="NO go away", layer=Layer.SIGN_IN)
    assert told(LogStep.ERROR, **facts_of_error(error)).endswith("The server said: NO go away")


def test_moments_are_spans_or_dates_by_this_computers_clock() -> None:
    now = datetime.now(UTC)
    for text, ago in (("90m", timedelta(minutes=90)), ("24h", timedelta(hours=24)), ("7d", timedelta(days=7))):
        assert abs(now - ago - log.moment(text)) < timedelta(minutes=1)
    assert log.moment("2026-11-20") == datetime(2026, 11, 20).astimezone(UTC)
    assert log.moment("2026-11-20T08:30+01:00") == datetime(2026, 11, 20, 7, 30, tzinfo=UTC)
    for text in ("yesterday", "7", "7w", ""):
        with pytest.raises(typer.BadParameter):
            log.moment(text)


@pytest.fixture
def handed_in(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """One message was read."""

    class Standard:
        class buffer:  # noqa: N801
            read = staticmethod(lambda *size: MAIL)

        @staticmethod
        def isatty() -> bool:
            return False

    monkeypatch.setattr("sys.stdin", Standard)
    assert run("read").code == 0


@pytest.mark.usefixtures("handed_in")
def test_a_list_leads_to_one_and_that_to_its_steps(run: Run) -> None:
    said = run("log", "list").out
    assert "STDIN" in said
    assert "successful" in said
    (one,) = run("log", "list", "--json").json
    assert (one["status"], one["messages"], one["type"]) == ("successful", 1, "STDIN")
    shown = run("log", "show", str(one["id"]))
    assert "Message 1: Printer" in shown.out
    assert "New ticket" in shown.out
    assert "Handed in" in shown.out
    assert "Handed in" not in run("log", "show", str(one["id"]), "--at-least", "info").out
    assert run("log", "show", str(one["id"]), "--json").json["objects"][0]["message"] == 1


@pytest.mark.usefixtures("handed_in")
def test_options_narrow_the_list(run: Run) -> None:
    for found, options in (
        (1, ["--since", "1h"]),
        (0, ["--until", "1h"]),
        (1, ["--status", "successful", "--status", "failed"]),
        (0, ["--status", "failed"]),
        (0, ["--account", "support"]),
        (1, ["--search", "printer"]),
    ):
        assert len(run("log", "list", "--json", *options).json) == found, options
    assert "No communication matches" in run("log", "list", "--status", "failed").out


@pytest.mark.usefixtures("handed_in")
def test_the_export_is_json_lines_text_or_one_document(run: Run, tmp_path: Path) -> None:
    (line,) = run("log", "export").out.splitlines()
    assert run("log", "export", "--json").json == [json.loads(line)]
    assert "New ticket" in run("log", "export", "--format", "text").out
    file = tmp_path / "log.jsonl"
    assert "no passwords" in run("log", "export", str(file)).out
    assert file.read_text() == line + "\n"
    refused = run("log", "export", str(tmp_path / "nowhere" / "log"))
    assert (refused.code, "nowhere" in refused.err) == (2, True)


@pytest.mark.usefixtures("handed_in")
def test_purging_says_how_many_went(run: Run) -> None:
    assert run("log", "purge", "--json").json == {"removed": 0}
    assert "nothing to remove" in run("log", "purge").out
