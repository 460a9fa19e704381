"""The life of a mail: every copy with its story, a mail that never came, and all of it as text."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from mailadmin.bootstrap import Application
from mailadmin.domain.accounts import AccountType, AfterFetch, IncomingAccount, Validity
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.filters import Action, Condition, Filter
from mailadmin.domain.messages import InboxState, ServerState
from mailadmin.domain.queues import Queue
from mailadmin.domain.secrets import Secret
from mailadmin.gui.life import LifeDialog, LifeReader
from mailadmin.gui.mail_view import why
from mailadmin.gui.tasks import Tasks
from mailadmin.services.life import Life
from tests.gui.waiting import settle
from tests.gui.walking import focusable, name_of
from tests.servers.memory import MemoryServer
from tests.unit.services.conftest import mail


def account(app: Application, name: str, **fields: object) -> IncomingAccount:
    values = {"type": AccountType.IMAPS, "host": "mail.example.org", "username": f"{name}@example.org", **fields}
    return app.accounts.add(IncomingAccount(name=name, **values), Secret("pw"))  # type: ignore[arg-type]


@pytest.fixture
def fetched(memory_app: Application, memory_server: MemoryServer) -> Application:
    """A mail that two accounts have fetched: one deletes it, one is trusted and keeps it; filters looked at both."""
    memory_app.routing.add_queue(Queue(name="Printers"))
    subject, spam = Condition("Subject", "Question"), Condition("X-Spam", "yes")
    for name, conditions in (
        ("Printers", (subject,)),
        ("Spam", (subject, spam)),
        ("Offers", (subject, Condition("Body", "offer"))),
        ("Others", (spam,)),
    ):
        memory_app.filters.add(Filter(name=name, conditions=conditions, actions=(Action("X-OTOBO-Queue", "Printers"),)))
    raw = mail(1, X_OTOBO_Priority="5 very high")
    memory_server.add(raw)
    memory_app.fetching.fetch([account(memory_app, "support")])
    memory_server.add(raw + b"--\r\nA mailing list.\r\n")  # octet for octet the same, it would be a duplicate
    keeping = account(memory_app, "sales", trusted=True, after_fetch=AfterFetch.KEEP)
    memory_app.fetching.fetch([keeping])
    return memory_app


@pytest.fixture
def dialog(memory_app: Application, tasks: Tasks, qtbot: QtBot) -> LifeDialog:
    made = LifeDialog(LifeReader(memory_app.life, memory_app.accounts), tasks)
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(made)
    made.show()
    return made


def look_up(qtbot: QtBot, tasks: Tasks, dialog: LifeDialog, message_id: str) -> None:
    dialog.message_id.clear()
    qtbot.keyClicks(dialog.message_id, message_id)
    qtbot.keyClick(dialog.message_id, Qt.Key.Key_Return)
    settle(qtbot, tasks)


def said(widget: QWidget) -> list[str]:
    return [one.text() for one in widget.findChildren(QLabel) if one.isVisibleTo(widget)]


def button(widget: QWidget, words: str) -> QAbstractButton:
    return next(one for one in widget.findChildren(QAbstractButton) if words in one.text().replace("&", ""))


def test_before_anything_is_asked_it_says_where_a_message_id_is_found(dialog: LifeDialog) -> None:
    assert "Message-ID" in dialog.contents.nothing_there.text
    assert not dialog.find_button.isEnabled()
    assert not dialog.copy_button.isEnabled()
    assert dialog.text == ""


@pytest.mark.parametrize("written", ["<m1@example.net>", "m1@example.net", "  < m1@example.net> "])
def test_every_copy_has_its_card_in_the_order_of_fetching(
    fetched: Application, dialog: LifeDialog, tasks: Tasks, qtbot: QtBot, written: str
) -> None:
    look_up(qtbot, tasks, dialog, written)
    first, second = (said(card) for card in dialog.cards)
    [ticket, _] = fetched.tickets.list()
    assert any(text.startswith('Fetched by "support" from the folder "INBOX" at ') for text in first)
    assert any(text.startswith('Fetched by "sales" from the folder "INBOX" at ') for text in second)
    assert any(text.startswith("1. New ticket") for text in first), ticket
    assert any("not trusted" in text and "X-OTOBO-Priority" in text for text in first)
    assert "Trusted: X-OTOBO headers in the mail itself count." in second
    assert any('The header X-OTOBO-Priority says "5 very high"' in text for text in second)
    for card in (first, second):
        assert any(text.startswith('The filter "Printers" matched.') for text in card)
        assert any("because the header X-OTOBO-Queue names it" in text for text in card)
    assert "The copy on the server was deleted." in first
    assert "It is kept there." in second
    assert any("Downloaded" in text and "stored as message" in text for text in first)


def test_near_misses_are_folded_and_unfold(
    fetched: Application, dialog: LifeDialog, tasks: Tasks, qtbot: QtBot
) -> None:
    look_up(qtbot, tasks, dialog, "m1@example.net")
    card = dialog.cards[0]
    fold = card.panel.near_misses
    assert fold is not None
    assert fold.text() == "2 filters nearly matched"
    assert not [text for text in said(card) if '"Spam" nearly' in text]
    qtbot.mouseClick(fold, Qt.MouseButton.LeftButton)
    assert len([text for text in said(card) if "nearly matched:" in text]) == 2
    assert not [text for text in said(card) if '"Others"' in text]


def test_a_copy_leads_to_its_ticket_and_to_its_message(
    fetched: Application, dialog: LifeDialog, tasks: Tasks, qtbot: QtBot
) -> None:
    message = fetched.life.of("m1@example.net")[0].message
    look_up(qtbot, tasks, dialog, "m1@example.net")
    with qtbot.waitSignal(dialog.ticket_wanted) as wanted:
        button(dialog.cards[0], "Open ticket").click()
    assert wanted.args == [message.ticket]
    assert not dialog.isVisible()
    with qtbot.waitSignal(dialog.message_wanted) as shown:
        button(dialog.cards[0], "Show in the archive").click()
    assert shown.args == [message.id]


def test_it_is_told_of_a_message_as_well(fetched: Application, dialog: LifeDialog, tasks: Tasks, qtbot: QtBot) -> None:
    dialog.look_around(fetched.life.of("m1@example.net")[1].message.id)
    settle(qtbot, tasks)
    assert len(dialog.cards) == 2
    assert dialog.message_id.text() == "<m1@example.net>"


def test_everything_is_copied_as_text_near_misses_too(
    fetched: Application, dialog: LifeDialog, tasks: Tasks, qtbot: QtBot
) -> None:
    look_up(qtbot, tasks, dialog, "m1@example.net")
    qtbot.mouseClick(dialog.copy_button, Qt.MouseButton.LeftButton)
    text = QGuiApplication.clipboard().text()
    assert text == dialog.text
    lines = text.splitlines()
    assert lines[0] == "Message-ID: <m1@example.net>"
    assert sum("nearly matched:" in line for line in lines) == 4
    assert sum(line.startswith("- Log: ") for line in lines) == 6
    assert "- On the server: It is kept there." in lines


def test_a_copy_on_the_server_that_stays_says_why_in_the_servers_words(
    fetched: Application,
) -> None:
    message = replace(
        fetched.life.of("m1@example.net")[0].message, server_state=ServerState.FAILED, server_words="NO read-only"
    )
    [chapter] = [one for one in why.story(message) if one.topic.title == "On the server"]
    first, second = chapter.lines()
    assert "could not be removed" in first
    assert second == 'The server says: "NO read-only"'


# --- a mail that never came ---


def test_a_mail_that_was_never_seen_is_looked_for_everywhere(
    fetched: Application, memory_server: MemoryServer, dialog: LifeDialog, tasks: Tasks, qtbot: QtBot
) -> None:
    account(fetched, "old", validity=Validity.INVALID)
    memory_server.add(mail(9) + b"x" * 5000)
    fetched.fetching.fetch([account(fetched, "small", max_message_size_kb=1)])
    look_up(qtbot, tasks, dialog, "nowhere@example.net")
    assert dialog.unseen is not None
    assert dialog.cards == []
    texts = said(dialog.unseen)
    assert texts[0] == "No account here has fetched a mail with this Message-ID."
    assert "1 message was too big to fetch. Only its size is known here, so this may be it." in texts
    assert "old: invalid" in "\n".join(texts)
    assert any(text.startswith("support: ok, last good fetch just now") for text in texts)
    assert any("junk folder" in text for text in texts)
    assert "old: invalid" in dialog.text
    with qtbot.waitSignal(dialog.state_wanted) as wanted:
        button(dialog.unseen, "Show in the inbox").click()
    assert wanted.args == [InboxState.TOO_BIG]


def test_a_message_id_that_is_nearly_right_leads_to_the_mail(
    fetched: Application, dialog: LifeDialog, tasks: Tasks, qtbot: QtBot
) -> None:
    look_up(qtbot, tasks, dialog, "M1@EXAMPLE.net")
    assert dialog.unseen is not None
    assert len([text for text in said(dialog.unseen) if text.startswith("Question 1, ")]) == 2
    button(dialog.unseen, "Its life").click()
    settle(qtbot, tasks)
    assert len(dialog.cards) == 2


def test_a_database_that_cannot_be_read_is_said_and_asked_again(
    fetched: Application, dialog: LifeDialog, tasks: Tasks, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = fetched.life.of

    def locked(message_id: str) -> list[Life]:
        raise UserFixableError(Code.DATABASE_LOCKED, {"url": "sqlite:///here"})

    monkeypatch.setattr(fetched.life, "of", locked)
    look_up(qtbot, tasks, dialog, "m1@example.net")
    assert dialog.contents.currentWidget() is dialog.contents.not_loaded
    monkeypatch.setattr(fetched.life, "of", read)
    dialog.contents.not_loaded.findChildren(QPushButton)[0].click()
    settle(qtbot, tasks)
    assert len(dialog.cards) == 2


def test_a_try_again_asks_of_a_message_again(
    fetched: Application, dialog: LifeDialog, tasks: Tasks, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, ident = fetched.life.around, fetched.life.of("m1@example.net")[0].message.id

    def locked(inbox_id: int) -> list[Life]:
        raise UserFixableError(Code.DATABASE_LOCKED, {"url": "sqlite:///here"})

    monkeypatch.setattr(fetched.life, "around", locked)
    dialog.look_around(ident)
    settle(qtbot, tasks)
    monkeypatch.setattr(fetched.life, "around", read)
    dialog.contents.not_loaded.findChildren(QPushButton)[0].click()
    settle(qtbot, tasks)
    assert len(dialog.cards) == 2


def test_whatever_can_be_focused_has_a_name(
    fetched: Application, dialog: LifeDialog, tasks: Tasks, qtbot: QtBot
) -> None:
    for message_id in ("m1@example.net", "nowhere@example.net"):
        look_up(qtbot, tasks, dialog, message_id)
        assert [one for one in focusable(dialog) if not name_of(one)] == []
