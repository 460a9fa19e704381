"""Work off the GUI thread: one end, told in the GUI thread, whatever the work does."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from PySide6.QtCore import QThread
from pytestqt.qtbot import QtBot

from mailadmin.domain.errors import BugError, Code, MailadminError, UserFixableError
from mailadmin.gui.tasks import Loader, Task, Tasks


def _ends_of(task: Task) -> list[tuple[str, object]]:
    ends: list[tuple[str, object]] = []
    task.succeeded.connect(lambda result: ends.append(("succeeded", result)))
    task.failed.connect(lambda error: ends.append(("failed", error)))
    task.stopped.connect(lambda: ends.append(("stopped", None)))
    return ends


def test_work_runs_elsewhere_and_its_end_is_told_here(tasks: Tasks, qtbot: QtBot) -> None:
    threads: dict[str, object] = {}

    def work(task: Task) -> str:
        threads["work"] = threading.get_ident()
        task.tell("half")
        return "done"

    task = tasks.task("work", work)
    ends = _ends_of(task)
    told: list[tuple[object, int]] = []
    task.progressed.connect(lambda what: told.append((what, threading.get_ident())))
    with qtbot.waitSignal(task.finished):
        tasks.start(task)
    qtbot.waitUntil(lambda: bool(ends))
    assert ends == [("succeeded", "done")]
    assert told == [("half", threading.get_ident())]
    assert threads["work"] != threading.get_ident()


@pytest.mark.parametrize(
    ("error", "end"),
    [
        (UserFixableError(Code.HOST_NOT_FOUND, {"host": "x"}), "failed"),
        (UserFixableError(Code.STOPPED), "stopped"),
    ],
)
def test_what_the_work_raises_is_how_it_ends(tasks: Tasks, qtbot: QtBot, error: MailadminError, end: str) -> None:
    def work(task: Task) -> None:
        raise error

    task = tasks.task("work", work)
    ends = _ends_of(task)
    tasks.start(task)
    qtbot.waitUntil(lambda: bool(ends))
    assert ends == [(end, error if end == "failed" else None)]


def test_a_fault_of_ours_ends_the_task_and_names_no_secret(
    tasks: Tasks, qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    def work(task: Task) -> None:
        raise ValueError("hunter2")

    task = tasks.task("open the box", work)
    ends = _ends_of(task)
    tasks.start(task)
    qtbot.waitUntil(lambda: bool(ends))
    ((end, error),) = ends
    assert end == "failed"
    assert isinstance(error, BugError)
    assert "ValueError in open the box" in str(error)
    assert "hunter2" not in str(error)
    assert "open the box" in caplog.text


def test_stopping_interrupts_every_task_and_waiting_tells_who_did_not_end(tasks: Tasks, qtbot: QtBot) -> None:
    let_go = threading.Event()

    def heeds(task: Task) -> None:
        while not task.should_stop():
            QThread.msleep(1)
        raise UserFixableError(Code.STOPPED)

    def is_stuck(task: Task) -> None:
        let_go.wait()

    first, second = tasks.task("heeds", heeds), tasks.task("is stuck", is_stuck)
    ends = _ends_of(first)
    tasks.start(first)
    tasks.start(second)
    assert tasks.running == (first, second)
    tasks.stop_all()
    qtbot.waitUntil(lambda: ends == [("stopped", None)])
    qtbot.waitUntil(lambda: tasks.running == (second,))
    assert tasks.wait(0.05) == (second,)
    let_go.set()
    qtbot.waitUntil(lambda: tasks.running == ())


def test_the_registry_keeps_a_task_alive_that_nobody_holds(tasks: Tasks, qtbot: QtBot) -> None:
    begun, let_go = threading.Event(), threading.Event()

    def work(task: Task) -> None:
        begun.set()
        let_go.wait()

    tasks.start(tasks.task("nobody's", work))
    begun.wait()
    import gc

    gc.collect()
    assert len(tasks.running) == 1
    let_go.set()
    qtbot.waitUntil(lambda: not tasks.running)


def test_of_many_questions_only_the_first_and_the_last_are_asked(tasks: Tasks, qtbot: QtBot) -> None:
    let_go = threading.Event()
    asked: list[int] = []

    def read(question: int) -> int:
        asked.append(question)
        let_go.wait()
        return question * 10

    loader: Loader[int, int] = Loader(tasks, "read", read)
    answers: list[tuple[Any, Any]] = []
    loader.loaded.connect(lambda question, answer: answers.append((question, answer)))
    for question in range(1, 6):
        loader.load(question)
    let_go.set()
    qtbot.waitUntil(lambda: bool(answers))
    assert asked == [1, 5]
    assert answers == [(5, 50)]
    assert not loader.busy


def test_a_failed_load_is_told_and_the_next_works(tasks: Tasks, qtbot: QtBot) -> None:
    def read(question: int) -> int:
        if question == 1:
            raise UserFixableError(Code.DATABASE_LOCKED, {"url": "x"})
        return question

    loader: Loader[int, int] = Loader(tasks, "read", read)
    with qtbot.waitSignal(loader.failed) as failed:
        loader.load(1)
    assert failed.args is not None
    assert failed.args[0].code is Code.DATABASE_LOCKED
    with qtbot.waitSignal(loader.loaded) as loaded:
        loader.load(2)
    assert loaded.args == [2, 2]
