"""The list that grows: pages of a query, in order, whatever the view asks."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from mailadmin.bootstrap import Application
from mailadmin.domain.accounts import IncomingAccount
from mailadmin.domain.messages import (
    INBOX_STATES,
    InboxMessage,
    InboxQuery,
    Intake,
    IntakeContext,
    ServerState,
    digest,
)
from mailadmin.gui.inbox import InboxPage, MessagesPage
from mailadmin.gui.inbox.columns import COLUMNS
from mailadmin.gui.inbox.page import PAGE, _Ask
from mailadmin.gui.widgets.paged_records import PagedModel

from . import samples

NOWHERE = QModelIndex()
Fatal = QAbstractItemModelTester.FailureReportingMode.Fatal


def many(app: Application, account: IncomingAccount, count: int) -> None:
    """So many stored messages."""
    context = IntakeContext(account.id, account.name, trusted=False)
    mailbox = app.storage.accounts.mailbox_id(account)
    raws = [samples.mail(number) for number in range(count)]
    items = [
        Intake(f"imap:{number}", raw, digest(raw), len(raw), None, ServerState.DONE) for number, raw in enumerate(raws)
    ]
    app.storage.inbox.intake(mailbox, context, items)


def read(app: Application, *, before: int | None = None, limit: int = 100) -> list[InboxMessage]:
    return app.inbox.page(InboxQuery(), before=before, limit=limit)


def paged() -> PagedModel[InboxMessage]:
    return PagedModel(COLUMNS, lambda message: message.id)


def last_id(model: PagedModel[InboxMessage]) -> int | None:
    return model.records[-1].id if model.records else None


def test_the_model_keeps_the_rules_while_it_grows_changes_and_shrinks(
    qtbot: QtBot, memory_app: Application, owner: IncomingAccount
) -> None:
    many(memory_app, owner, 1000)
    model = paged()
    tester = QAbstractItemModelTester(model, Fatal)
    wanted: list[int | None] = []
    model.more_wanted.connect(lambda: wanted.append(last_id(model)))

    model.begin(read(memory_app), more=True, anew=True)
    while model.canFetchMore(NOWHERE):
        model.fetchMore(NOWHERE)
        page = read(memory_app, before=last_id(model))
        model.append(page, more=len(page) == 100)
    assert model.rowCount() == 1000
    idents = [message.id for message in model.records]
    assert idents == sorted(idents, reverse=True)
    assert len(set(idents)) == 1000

    memory_app.storage.inbox.quarantine(idents[3], "processing-failed", {})
    many(memory_app, samples.account(memory_app, "second"), 3)
    first = read(memory_app, limit=600)
    model.begin(first, more=True, anew=False, rest=[one for one in model.records if one.id < first[-1].id])
    assert list(model.records) == read(memory_app, limit=2000)
    assert not model.canFetchMore(NOWHERE)
    model.begin(read(memory_app, limit=600), more=False, anew=False)
    assert list(model.records) == read(memory_app, limit=600)
    model.sort(0, Qt.SortOrder.DescendingOrder)
    assert model.records[0].id == max(idents) + 3
    model.begin([], more=False, anew=True)
    assert model.rowCount() == 0
    assert not model.canFetchMore(NOWHERE)
    del tester


def test_the_view_is_asked_once_for_a_page_and_again_when_it_could_not_be_read(qtbot: QtBot) -> None:
    model = paged()
    model.begin([], more=True, anew=True)

    with qtbot.waitSignal(model.more_wanted):
        model.fetchMore(NOWHERE)
    with qtbot.assertNotEmitted(model.more_wanted):
        model.fetchMore(NOWHERE)
    model.asked_in_vain()
    with qtbot.waitSignal(model.more_wanted):
        model.fetchMore(NOWHERE)


def test_scrolling_down_reads_page_after_page_to_the_end(
    qtbot: QtBot,
    memory_app: Application,
    owner: IncomingAccount,
    make: Callable[[type[MessagesPage]], MessagesPage],
    settled: Callable[[], None],
) -> None:
    many(memory_app, owner, 2 * PAGE + 50)
    page = make(InboxPage)
    assert page.model.rowCount() == PAGE
    assert page.filters.count.text() == f"{2 * PAGE + 50} messages"
    chosen = page.table.selected()

    for _ in range(3):
        page.table.scrollToBottom()
        settled()

    assert page.model.rowCount() == 2 * PAGE + 50
    assert page.table.selected() == chosen
    page.refresh()
    settled()
    assert page.model.rowCount() == 2 * PAGE + 50
    assert page.table.selected() == chosen


def test_a_search_while_more_is_read_shows_what_was_searched(
    qtbot: QtBot,
    memory_app: Application,
    owner: IncomingAccount,
    make: Callable[[type[MessagesPage]], MessagesPage],
    settled: Callable[[], None],
) -> None:
    many(memory_app, owner, PAGE + 50)
    ident = samples.quarantined(memory_app, owner, samples.mail(77_777))
    page = make(InboxPage)

    page.table.scrollToBottom()
    page.filters.text.setText("Question 77777")
    qtbot.waitUntil(lambda: page.model.rowCount() == 1)
    settled()

    assert [message.id for message in page.model.records] == [ident]
    assert page.filters.count.text() == "1 found"


def test_a_page_that_comes_twice_or_too_late_adds_nothing(
    qtbot: QtBot,
    memory_app: Application,
    owner: IncomingAccount,
    make: Callable[[type[MessagesPage]], MessagesPage],
    settled: Callable[[], None],
) -> None:
    many(memory_app, owner, 30)
    page = make(InboxPage)
    shown = list(page.model.records)

    page.model.append(shown[10:], more=False)
    assert list(page.model.records) == shown

    page.filters.text.setText("zebra")
    qtbot.waitUntil(lambda: page.model.rowCount() == 0)
    settled()
    late = _Ask(InboxQuery(states=INBOX_STATES), PAGE, shown[20].id)
    page._more_loader.loaded.emit(late, shown[21:])
    assert page.model.rowCount() == 0
