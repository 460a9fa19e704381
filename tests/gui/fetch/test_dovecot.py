"""The whole way against a real mail server: question, fetch, results, and a server that says nothing."""

from __future__ import annotations

import threading

from PySide6.QtWidgets import QMainWindow
from pytestqt.qtbot import QtBot

from mailadmin.bootstrap import Application
from mailadmin.domain.accounts import AccountType, IncomingAccount
from mailadmin.domain.outcomes import FetchOutcome, FetchStatus
from mailadmin.domain.secrets import Secret
from mailadmin.gui.fetch.desk import FetchDesk
from mailadmin.gui.fetch.panel import FetchPanel
from mailadmin.gui.tasks import Tasks
from mailadmin.services.adoption import AdoptionChoice
from tests.servers.dovecot import GOOD, PASSWORD, Dovecot
from tests.servers.scripted import Conversation, ScriptedServer

from .conftest import mail


def test_a_mailbox_of_dovecot_is_asked_about_fetched_and_counted(
    app: Application, tasks: Tasks, dovecot: Dovecot, user: str, qtbot: QtBot
) -> None:
    dovecot.deliver(user, mail(1), mail(2, In_Reply_To="<m1@example.net>"))
    kind = AccountType.IMAPS
    account = app.accounts.add(
        IncomingAccount(
            name="support",
            type=kind,
            host=GOOD,
            port=dovecot.port(kind),
            username=user,
            ca_file=str(dovecot.authority.file),
        ),
        Secret(PASSWORD),
    )
    silent = threading.Event()

    def say_nothing(conversation: Conversation) -> None:
        silent.set()
        conversation.hang()

    window = QMainWindow()
    desk = FetchDesk(app.fetching, app.dry_run, app.adoption, app.accounts, tasks, window)
    panel = FetchPanel(desk, window)
    window.setCentralWidget(panel)
    window.show()
    outcomes: list[FetchOutcome] = []
    desk.ended.connect(outcomes.append)
    with ScriptedServer(say_nothing) as server:
        mute = app.accounts.add(
            IncomingAccount(name="mute", type=AccountType.IMAP, host="127.0.0.1", port=server.port, username="u"),
            Secret("pw"),
        )
        desk.fetch([account, mute])
        qtbot.waitUntil(lambda: desk._questions.dialog is not None, timeout=20_000)
        dialog = desk._questions.dialog
        assert dialog is not None
        qtbot.waitUntil(lambda: dialog.pages.currentWidget() is dialog.question, timeout=20_000)
        assert dialog.question.there.text().startswith("2 messages, ")
        dialog.question.choices[AdoptionChoice.FETCH_ALL].setChecked(True)
        dialog.fetch_button.click()
        qtbot.waitUntil(lambda: len(outcomes) == 1, timeout=20_000)
        qtbot.waitUntil(silent.is_set, timeout=20_000)
        desk.stop_all()
        qtbot.waitUntil(lambda: not desk.busy and not tasks.running, timeout=20_000)
    assert outcomes[0].status is FetchStatus.OK
    assert (outcomes[0].counts.new_tickets, outcomes[0].counts.follow_ups, outcomes[0].counts.deleted) == (1, 1, 2)
    assert dovecot.messages(user) == []
    assert len(outcomes) == 1
    window.close()
    window.deleteLater()
