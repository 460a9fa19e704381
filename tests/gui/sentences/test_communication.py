"""What the communication log tells in the window: a sentence for every step, whole whatever is known."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from mailadmin.domain.communication import LogEntry, LogKind, LogObject, LogStatus, LogStep, Priority, facts_of_error
from mailadmin.domain.errors import Code, Layer, UserFixableError
from mailadmin.gui.sentences import communication

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)


def told(step: str, **facts: str) -> str:
    return communication.entry(LogEntry(NOW, Priority.INFO, step, facts), "support")


def test_every_step_status_and_priority_has_words_and_no_other_has() -> None:
    assert set(communication.STEPS) | set(communication.FUNCTIONS) == set(LogStep)
    assert not set(communication.STEPS) & set(communication.FUNCTIONS)
    assert set(communication.STATUSES) == set(LogStatus)
    assert set(communication.PRIORITIES) == set(Priority)


@pytest.mark.parametrize("step", [step for step in LogStep if step in communication.STEPS])
def test_a_sentence_is_whole_even_if_no_fact_is_known(step: LogStep) -> None:
    said = told(step)
    assert re.match(r"[A-Z]", said)
    assert said.endswith(".")
    assert not re.search(r"[{}]|None| {2}|\(\)", said)


@pytest.mark.parametrize(
    ("step", "facts", "words"),
    [
        (LogStep.LAYER, {"layer": "greeting", "server": "+OK hi"}, 'The server greets. The server says: "+OK hi"'),
        (LogStep.LISTED, {"listed": "12", "new": "3"}, "The server lists 12 messages: 3 new."),
        (
            LogStep.LISTED,
            {"listed": "1", "new": "0", "owed": "1"},
            "The server lists 1 message: 0 new, 1 to be deleted or moved since an earlier fetch.",
        ),
        (
            LogStep.BATCH,
            {"asked": "50", "downloaded": "49", "bytes": "2048"},
            "Downloaded 49 of 50 messages asked for (2.0 kB).",
        ),
        (
            LogStep.SERVER_ACTION,
            {"layer": "delete", "done": "3", "failed": "2"},
            "On the server: 3 deleted, 2 not deleted.",
        ),
        (LogStep.SERVER_ACTION, {"layer": "move", "done": "3", "gone": "1"}, "On the server: 3 moved, 1 gone already."),
        (LogStep.CLOSED, {}, "The session ended in good order; nothing was fetched."),
        (
            LogStep.CLOSED,
            {"fetched": "1", "bytes": "100", "deleted": "1"},
            "The session ended in good order: 1 message fetched (100 bytes), 1 deleted.",
        ),
        (LogStep.COMMITTED, {"id": "7", "bytes": "100"}, "Downloaded (100 bytes) and stored as message 7."),
        (
            LogStep.BECAME,
            {"outcome": "new_ticket", "ticket": "2026112010000017", "queue": "Raw"},
            'New ticket 2026112010000017 in queue "Raw".',
        ),
        (LogStep.BECAME, {"outcome": "stored"}, "It waits to be processed."),
        (LogStep.SERVER_COPY, {"result": "kept"}, "The copy on the server is kept."),
        (LogStep.SERVER_COPY, {"result": "done", "layer": "move"}, "The copy on the server was moved."),
        (
            LogStep.SERVER_COPY,
            {"result": "failed", "layer": "delete", "server": "NO"},
            "The copy on the server could not be deleted. That is tried again with the next fetch. "
            'The server says: "NO"',
        ),
        ("of-a-later-program", {"what": "this"}, "of-a-later-program (what: this)."),
    ],
)
def test_what_entries_say(step: str, facts: dict[str, str], words: str) -> None:
    assert told(step, **facts) == words


def test_an_error_has_its_own_sentence_and_the_servers_words() -> None:
    error = UserFixableError(Code.SIGN_IN_REFUSED, {"username": "me"}, server="NO go away", layer=Layer.SIGN_IN)
    said = told(LogStep.ERROR, **facts_of_error(error))
    assert '"me"' in said
    assert said.endswith('The server says: "NO go away"')
    assert told(LogStep.ERROR, code="of-a-later-program") == "It failed: of-a-later-program."


def test_text_from_outside_is_made_harmless() -> None:
    one = LogObject(
        kind=LogKind.MESSAGE, status=LogStatus.FAILED, started=NOW, inbox_id=1, subject="a\x1b[31mb", sender="x\ny"
    )
    assert "\x1b" not in communication.name(one)
    assert "\n" not in communication.details(one)
