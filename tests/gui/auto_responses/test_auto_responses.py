"""The page Auto-responses and its dialog: queues that are taken or cannot send, placeholders, the preview."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from mailadmin.bootstrap import Application
from mailadmin.domain.accounts import Validity
from mailadmin.domain.queues import MailAddress, Queue
from mailadmin.domain.responses import PLACEHOLDERS, AutoResponse, ResponseType
from mailadmin.gui.auto_responses import AutoResponsesPage
from mailadmin.gui.auto_responses.dialog import AutoResponseDialog
from mailadmin.gui.settings import WindowSettings
from mailadmin.gui.tasks import Tasks
from mailadmin.services.snapshot import routing_snapshot
from tests.gui.routing.conftest import cells, click, opened, select
from tests.gui.waiting import settle, until_gone


@pytest.fixture
def page(app: Application, tasks: Tasks, settings: WindowSettings, qtbot: QtBot) -> AutoResponsesPage:
    app.routing.add_queue(Queue(name="Support"))
    app.routing.add_queue(Queue(name="Old", validity=Validity.INVALID))
    app.routing.add_address(MailAddress(address="help@example.org", display_name="Example Help", queue="Support"))
    (support,) = [one for one in app.routing.queues() if one.name == "Support"]
    app.routing.change_queue(replace(support, sender_address="help@example.org"))
    app.auto_responses.add(AutoResponse(name="Thanks", subject="Thanks", body="Thank you.", queues=("Support",)))
    page = AutoResponsesPage(
        responses=app.auto_responses,
        routing=app.routing,
        snapshot=partial(routing_snapshot, app.storage),
        tasks=tasks,
        settings=settings,
    )
    qtbot.addWidget(page)
    page.resize(900, 560)
    page.show()
    settle(qtbot, tasks)
    return page


def adding(page: AutoResponsesPage, qtbot: QtBot) -> AutoResponseDialog:
    page.add_new()
    return opened(qtbot, page, AutoResponseDialog)


def offered(dialog: AutoResponseDialog) -> dict[str, bool]:
    """The queues as they are shown, and whether they can be ticked."""
    items = [dialog.queues.item(row) for row in range(dialog.queues.count())]
    return {item.text(): bool(item.flags() & Qt.ItemFlag.ItemIsEnabled) for item in items}


def tick(dialog: AutoResponseDialog, name: str) -> None:
    (item,) = [
        item for row in range(dialog.queues.count()) if (item := dialog.queues.item(row)).text().startswith(name)
    ]
    item.setCheckState(Qt.CheckState.Checked)


def test_a_row_says_when_a_text_is_sent_for_which_queues(page: AutoResponsesPage) -> None:
    assert cells(page, "name") == ["Thanks"]
    assert cells(page, "type") == ["auto reply"]
    assert cells(page, "queues") == ["Support"]


def test_every_field_is_saved(page: AutoResponsesPage, app: Application, qtbot: QtBot) -> None:
    dialog = adding(page, qtbot)
    dialog.name.setText("Closed")
    dialog.type.choose(ResponseType.AUTO_REJECT)
    tick(dialog, "Support")
    tick(dialog, "Junk")
    dialog.subject.setText("It is closed")
    dialog.body.setPlainText("Line one\nLine two")
    dialog.comment.setText("for the last time")
    click(qtbot, dialog, "Save")
    until_gone(qtbot, dialog)
    settle(qtbot, page.tasks)
    (made,) = [one for one in app.auto_responses.all() if one.name == "Closed"]
    assert (made.type, sorted(made.queues)) == (ResponseType.AUTO_REJECT, ["Junk", "Support"])
    assert (made.subject, made.body, made.comment) == ("It is closed", "Line one\nLine two", "for the last time")


def test_a_queue_with_another_text_of_the_type_is_taken_and_one_without_sender_is_marked(
    page: AutoResponsesPage, qtbot: QtBot
) -> None:
    dialog = adding(page, qtbot)
    shown = offered(dialog)
    assert shown["Support - taken by Thanks"] is False
    assert shown["Junk - no sender address"] is True
    assert not any(text.startswith("Old") for text in shown), "only valid queues are offered"
    dialog.type.choose(ResponseType.AUTO_FOLLOW_UP)
    assert offered(dialog)["Support"] is True
    dialog.done(0)
    settle(qtbot, page.tasks)


def test_its_own_queue_is_not_taken_and_stands_first(page: AutoResponsesPage, qtbot: QtBot) -> None:
    select(page, "Thanks")
    page.edit_action.trigger()
    dialog = opened(qtbot, page, AutoResponseDialog)
    assert next(iter(offered(dialog))) == "Support"
    assert dialog.queues.chosen == ("Support",)
    dialog.done(0)
    settle(qtbot, page.tasks)


def test_a_queue_that_became_invalid_stays_until_it_is_unticked(
    page: AutoResponsesPage, app: Application, qtbot: QtBot
) -> None:
    (support,) = [one for one in app.routing.queues() if one.name == "Support"]
    app.routing.set_queue_validity([support], Validity.INVALID)
    page.refresh()
    settle(qtbot, page.tasks)
    select(page, "Thanks")
    page.edit_action.trigger()
    dialog = opened(qtbot, page, AutoResponseDialog)
    assert next(iter(offered(dialog))) == "Support (invalid)"
    assert not dialog.has_changes
    dialog.done(0)
    settle(qtbot, page.tasks)


def test_the_preview_is_the_message_that_would_be_sent(page: AutoResponsesPage, app: Application, qtbot: QtBot) -> None:
    app.settings.set("Ticket::Hook", "Case#")
    page.refresh()
    settle(qtbot, page.tasks)
    dialog = adding(page, qtbot)
    dialog.type.choose(ResponseType.AUTO_FOLLOW_UP)
    tick(dialog, "Support")
    dialog.body.setPlainText("Dear <OTOBO_CustomerName>, <OTOBO_QueueAddress>\n<OTOBO_Body:1>")
    assert dialog.preview.body.toPlainText() == "Dear Ada Example, help@example.org\n> Hello,\n> [...]"
    assert "[Case#" in dialog.preview.subject.text()
    assert "Example Help <help@example.org>" in dialog.preview.addresses.text()
    dialog.done(0)
    settle(qtbot, page.tasks)


def test_it_is_said_for_which_queues_nothing_is_sent(page: AutoResponsesPage, qtbot: QtBot) -> None:
    dialog = adding(page, qtbot)
    assert not dialog.preview.silent.isVisible()
    tick(dialog, "Junk")
    assert "Nothing is sent for Junk" in dialog.preview.silent.text
    assert "outbox" in dialog.preview.note.text()
    dialog.done(0)
    settle(qtbot, page.tasks)


def test_a_placeholder_goes_where_the_cursor_was_last(page: AutoResponsesPage, qtbot: QtBot) -> None:
    dialog = adding(page, qtbot)
    actions = {action.text().split("\t")[0]: action for action in dialog.insert.menu().actions()}
    assert len(actions) == len(PLACEHOLDERS)
    assert all("\t" in action.text() for action in actions.values()), "each is explained"
    dialog.body.setPlainText("")
    actions["<OTOBO_Title>"].trigger()
    assert dialog.body.toPlainText() == "<OTOBO_Title>"
    dialog.subject.setFocus()
    qtbot.waitUntil(dialog.subject.hasFocus)
    dialog.subject.selectAll()
    actions["<OTOBO_TicketNumber>"].trigger()
    assert dialog.subject.text() == "<OTOBO_TicketNumber>"
    dialog.done(0)
    settle(qtbot, page.tasks)


def test_what_is_missing_or_unknown_is_said_under_its_field(page: AutoResponsesPage, qtbot: QtBot) -> None:
    dialog = adding(page, qtbot)
    dialog.name.setText("thanks")
    dialog.subject.setText("<OTOBO_Nonsense>")
    click(qtbot, dialog, "Save")
    qtbot.waitUntil(lambda: bool(dialog.fields["name"].fault))
    assert dialog.fields["body"].fault == "Enter the text."
    assert "OTOBO_Nonsense" in dialog.fields["subject"].fault
    dialog.done(0)
    settle(qtbot, page.tasks)
