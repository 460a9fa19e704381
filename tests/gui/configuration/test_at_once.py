"""Settings act without a restart: changed on the page while the window is open, and seen in what happens next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from mailadmin.bootstrap import Application, Options, open_application
from mailadmin.domain.accounts import AccountType, IncomingAccount
from mailadmin.domain.interrupt import Interrupt
from mailadmin.domain.outcomes import FetchStatus
from mailadmin.domain.ports import LayerReached, Mailbox, ServerAccess
from mailadmin.domain.queues import Queue
from mailadmin.domain.secrets import Secret
from mailadmin.gui.configuration.editors import ChoiceEditor, NumberEditor, TextEditor
from mailadmin.gui.session import Session
from mailadmin.gui.settings import WindowSettings
from tests.gui.waiting import settle
from tests.servers.memory import MemoryServer
from tests.unit.services.conftest import mail

opened_with: list[ServerAccess] = []


@pytest.fixture
def watched(sqlite_home: Path, memory_server: MemoryServer) -> Iterator[Application]:
    """The services; with what limits a mailbox was opened is noted."""
    opened_with.clear()

    def open_mailbox(
        access: ServerAccess,
        credential: Secret,
        on_layer: Callable[[LayerReached], None],
        interrupt: Interrupt | None = None,
    ) -> Mailbox:
        opened_with.append(access)
        return memory_server.open(access, credential, on_layer, interrupt)

    options = Options(home=sqlite_home, key_file=sqlite_home / "key")
    with open_application(options, open_mailbox=open_mailbox) as application:
        yield application


@pytest.fixture
def account(watched: Application) -> IncomingAccount:
    fresh = IncomingAccount(name="support", type=AccountType.IMAPS, host="mail.example.org", username="support")
    account = watched.accounts.add(fresh, Secret("pw"))
    assert watched.fetching.fetch([account])[0].status is FetchStatus.OK
    return account


@pytest.fixture
def session(watched: Application, account: IncomingAccount, tmp_path: Path, qtbot: QtBot) -> Iterator[Session]:
    session = Session(watched, lambda: None, WindowSettings(tmp_path / "w.ini"), tmp_path)
    session.scheduler.switch()  # paused: what is fetched, the tests fetch
    session.begin()
    session.window.go_to(session.pages.configuration)
    settle(qtbot, session.tasks, besides={"schedule"})
    yield session
    with qtbot.waitSignal(session.ended, timeout=20_000):
        session.stop_and_close()


def enter(session: Session, key: str, text: str, qtbot: QtBot) -> None:
    """Enter a value as a person does."""
    session.pages.configuration.show_setting(key)
    editor = session.pages.configuration.setting_page.rows[key].editor
    if isinstance(editor, ChoiceEditor):
        editor.combo.choose(text)
        editor.combo.activated.emit(editor.combo.currentIndex())
    else:
        assert isinstance(editor, TextEditor | NumberEditor)
        editor.edit.setText(text)
        qtbot.keyClick(editor.edit, Qt.Key.Key_Return)
    settle(qtbot, session.tasks, besides={"schedule"})
    assert session.pages.configuration.setting_page.rows[key].field.fault == ""


def test_the_schedule_moves_the_next_fetch(
    session: Session, watched: Application, account: IncomingAccount, qtbot: QtBot
) -> None:
    def due() -> datetime:
        moment = watched.schedule.due_times()[account.id or 0]
        assert moment is not None
        return moment

    assert due() - datetime.now(UTC) <= timedelta(minutes=10)
    enter(session, "FetchSchedule", "0 0 1 1 *", qtbot)
    assert due() - datetime.now(UTC) > timedelta(days=1) or datetime.now(UTC).astimezone().strftime("%j") == "365"
    assert session.scheduler.next_due == due(), "the status bar knows"
    enter(session, "FetchSchedule", "* * * * *", qtbot)
    assert due() - datetime.now(UTC) <= timedelta(minutes=1), "nobody waits for new year first"


def test_the_schedule_of_others_moves_nothing(
    session: Session, watched: Application, account: IncomingAccount, qtbot: QtBot
) -> None:
    before = watched.schedule.due_times()[account.id or 0]
    enter(session, "FetchScheduleOAuth2", "0 0 1 1 *", qtbot)
    assert watched.schedule.due_times()[account.id or 0] == before, "it signs in by password"


def test_a_timeout_counts_for_the_next_connection(
    session: Session, watched: Application, account: IncomingAccount, qtbot: QtBot
) -> None:
    assert opened_with[-1].timeouts.command == 60
    enter(session, "TimeoutCommand", "7", qtbot)
    watched.fetching.fetch([account])
    assert opened_with[-1].timeouts.command == 7


def test_the_hook_finds_tickets_of_the_next_mail(
    session: Session, watched: Application, account: IncomingAccount, memory_server: MemoryServer, qtbot: QtBot
) -> None:
    memory_server.add(mail(1))
    watched.fetching.fetch([account])
    [ticket] = watched.tickets.list()
    enter(session, "Ticket::Hook", "Case#", qtbot)
    memory_server.add(mail(2, Subject=f"Re: [Case#{ticket.number}] Order"))
    watched.fetching.fetch([account])
    [ticket] = watched.tickets.list()
    assert ticket.articles == 2


def test_the_default_queue_takes_the_next_mail(
    session: Session, watched: Application, account: IncomingAccount, memory_server: MemoryServer, qtbot: QtBot
) -> None:
    watched.routing.add_queue(Queue(name="Entrance"))
    session.pages.configuration.refresh()
    settle(qtbot, session.tasks, besides={"schedule"})
    enter(session, "PostmasterDefaultQueue", "Entrance", qtbot)
    memory_server.add(mail(1))
    watched.fetching.fetch([account])
    assert [ticket.queue for ticket in watched.tickets.list()] == ["Entrance"]


def test_the_size_limit_counts_for_the_next_fetch(
    session: Session, watched: Application, account: IncomingAccount, memory_server: MemoryServer, qtbot: QtBot
) -> None:
    enter(session, "PostMasterMaxEmailSize", "1", qtbot)
    memory_server.add(mail(1) + b"x" * 5000)
    [outcome] = watched.fetching.fetch([account])
    assert outcome.counts.too_big == 1


def test_unknown_senders_are_held_from_the_next_mail_on_and_let_in_when_it_is_taken_back(
    session: Session, watched: Application, account: IncomingAccount, memory_server: MemoryServer, qtbot: QtBot
) -> None:
    enter(session, "PostMaster::UnknownSender", "hold", qtbot)
    memory_server.add(mail(1))
    watched.fetching.fetch([account])
    assert watched.tickets.list() == []
    session.window.undo_action.trigger()
    settle(qtbot, session.tasks, besides={"schedule"})
    assert len(watched.tickets.list()) == 1
