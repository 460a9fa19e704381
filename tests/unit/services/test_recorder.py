"""The recorder by itself: what servers repeat in odd places, and how it stands very many messages."""

from __future__ import annotations

import base64
import shutil
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest

from mailadmin.diagnostics import HIDDEN, hide
from mailadmin.domain.communication import Communication, LogObject, LogQuery, LogStatus, LogStep
from mailadmin.domain.errors import Code, Layer, UserFixableError
from mailadmin.domain.outcomes import FetchCounts, Processed
from mailadmin.domain.ports import LayerReached, Listed
from mailadmin.domain.secrets import Secret
from mailadmin.services.fetch import recorder as recorder_module
from mailadmin.services.fetch.recorder import WAITING_AT_MOST, Recorder, Taken
from mailadmin.storage import Storage, open_storage
from tests.leaks import Search

SECRET = "corréct-horse/battery"
ENCODINGS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "SASL": lambda text: base64.b64encode(f"\0support\0{text}".encode()).decode(),
    "percent": lambda text: quote(text, safe=""),
    "hexadecimal": lambda text: text.encode().hex(),
    "python": ascii,
}


@pytest.fixture
def storage(tmp_path: Path, sqlite_template: Path) -> Iterator[Storage]:
    file = tmp_path / "mailadmin.db"
    shutil.copy(sqlite_template, file)
    opened = open_storage(f"sqlite:///{file}", who="test@host", backups=tmp_path / "backups")
    yield opened
    opened.close()


@pytest.fixture
def recorder(storage: Storage) -> Recorder:
    made = Recorder(storage, Communication(account="support", account_type="POP3", started=datetime.now(UTC)))
    made.connecting(FetchCounts())
    return made


def objects(storage: Storage) -> list[LogObject]:
    (one,) = storage.communication.page(LogQuery())
    return list(storage.communication.objects(one.id))


def lost(**facts: object) -> UserFixableError:
    return UserFixableError(Code.CONNECTION_LOST, {"host": "mail.example.org", **facts})


def listed(number: int, source: str = "") -> Listed:
    return Listed(number, source or f"uidl:{number}", 10)


def taken(number: int, source: str = "", *, owed: bool = True) -> Taken:
    return Taken(number, listed(number, source), 10, duplicate=False, owed=owed)


def new_ticket(number: int) -> Processed:
    return Processed(number, 1, "new_ticket", "1")


# --- secrets ---


def refused_copy(recorder: Recorder, words: str) -> None:
    recorder.took_in([taken(1)])
    recorder.acted(Layer.DELETE, failed=[1], words=words)


PLACES: dict[str, Callable[[Recorder, str], None]] = {
    "capabilities": lambda it, said: it.reached(
        LayerReached(Layer.CAPABILITIES, {"capabilities": f"IMAP4rev1 {said}"})
    ),
    "folder": lambda it, said: it.reached(LayerReached(Layer.FOLDER, {"folder": said})),
    "words of a layer": lambda it, said: it.reached(LayerReached(Layer.SIGN_IN, server=f"+OK {said}")),
    "words of an error": lambda it, said: it.connection_failed(UserFixableError(Code.SERVER_REFUSED, server=said)),
    "facts of an error": lambda it, said: it.connection_failed(lost(folders=f"INBOX\n{said}")),
    "what was survived": lambda it, said: it.session_ended(FetchCounts(), [lost(detail=said)]),
    "source not given": lambda it, said: it.unavailable(listed(1, f"uidl:{said}#1"), lost()),
    "error of a message": lambda it, said: it.unavailable(listed(1), lost(source=f"uidl:{said}#1")),
    "source taken in": lambda it, said: it.took_in([taken(1, f"uidl:{said}#1")]),
    "source too big": lambda it, said: it.too_big({1: (f"uidl:{said}#1", 900_000)}, 100),
    "words on a copy": refused_copy,
    "told at the end": lambda it, said: it.finish([lost(detail=said)]),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_secret_that_a_server_repeats_is_hidden_wherever_it_stands(
    storage: Storage, recorder: Recorder, tmp_path: Path, place: str
) -> None:
    hide(Secret(SECRET))
    PLACES[place](recorder, " ".join(written(SECRET) for written in ENCODINGS.values()))
    recorder.finish([lost()])  # which makes the connection worth its details
    told = objects(storage)
    assert HIDDEN in "\n".join(map(repr, told))
    storage.close()
    search = Search({"the password": SECRET})
    search.text("the log", "\n".join([one.source for one in told] + [repr(one) for one in told]))
    search.folder(tmp_path)
    assert search.leaks == []


def test_what_is_no_secret_stays_as_the_server_said_it(storage: Storage, recorder: Recorder) -> None:
    hide(Secret(SECRET))
    said = {"capabilities": "IMAP4rev1 IDLE UIDPLUS AUTH=PLAIN AUTH=XOAUTH2"}
    recorder.reached(LayerReached(Layer.CAPABILITIES, said))
    recorder.unavailable(listed(7, "uidl:0000012a5f3b1c2d#1"), lost())
    recorder.finish()
    connection, message = objects(storage)
    assert message.source == "uidl:0000012a5f3b1c2d#1"
    assert connection.entries[0].facts == {**said, "layer": Layer.CAPABILITIES.value}


# --- very many ---


def test_messages_of_an_earlier_run_are_written_as_they_are_processed(storage: Storage, recorder: Recorder) -> None:
    for first in range(0, 2_000, 50):
        recorder.processed([new_ticket(number) for number in range(first, first + 50)])
        recorder.write_some()
    assert len(objects(storage)) == 2_000  # before it ends
    recorder.acted(Layer.DELETE, done=[3])
    recorder.finish()
    told = [[entry.step for entry in one.entries] for one in objects(storage) if one.inbox_id == 3]
    assert told == [[LogStep.FROM_BEFORE, LogStep.BECAME], [LogStep.FROM_BEFORE, LogStep.SERVER_COPY]]


def test_of_too_many_that_wait_the_oldest_is_told_as_it_stands(
    storage: Storage, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert WAITING_AT_MOST <= 10_000
    monkeypatch.setattr(recorder_module, "WAITING_AT_MOST", 3)
    monkeypatch.setattr("mailadmin.services.fetch.log_writer.WRITTEN_AT_ONCE", 1)
    recorder.took_in([taken(number) for number in range(1, 6)])
    recorder.write_some()
    early = objects(storage)
    assert [one.inbox_id for one in early] == [1, 2]
    assert [one.status for one in early] == [LogStatus.WARNING] * 2
    assert dict(early[0].entries[-1].facts) == {"outcome": "stored"}
    recorder.processed([new_ticket(number) for number in (3, 4, 5)])
    recorder.acted(Layer.DELETE, done=[3, 4, 5])
    recorder.finish()
    rest = [one for one in objects(storage) if one.inbox_id in {3, 4, 5}]
    assert [one.status for one in rest] == [LogStatus.SUCCESSFUL] * 3


def test_errors_that_were_told_are_not_told_again_however_many_there_are(storage: Storage, recorder: Recorder) -> None:
    recorder.unavailable(listed(1), told := lost(detail="told"))
    recorder.finish([told, lost(detail="untold")])
    connection, _ = objects(storage)
    assert [entry.facts["detail"] for entry in connection.entries] == ["untold"]


def test_the_end_of_a_fetch_with_very_many_errors_takes_no_time(recorder: Recorder) -> None:
    errors = [lost() for _ in range(20_000)]  # six seconds when each is compared with each
    recorder.session_ended(FetchCounts(), errors)
    began = time.process_time()
    recorder.finish(errors)
    assert time.process_time() - began < 2
