"""The conversation: newest first and open, safe, its files and its source whole, and kept while it is read anew."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTranslator
from PySide6.QtWidgets import QApplication, QFileDialog, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from mailadmin.bootstrap import Application
from mailadmin.domain.decisions import DecisionKind
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.tickets import Article, Ticket, TicketChange
from mailadmin.gui.settings import WindowSettings
from mailadmin.gui.tasks import Tasks
from mailadmin.gui.tickets import TicketsPage
from mailadmin.gui.tickets.article_card import says_the_same
from tests.gui.mail_view.tricks import HOSTILE
from tests.gui.pseudo import Pseudo
from tests.gui.walking import clipped, focusable, name_of

from .conftest import html_mail, mail, newest, opened_page, select, settled, ticket

DEMO = Path(__file__).parents[3] / "resources" / "demo"


def talk(app: Application, mails: int) -> None:
    """A conversation of so many mails about the paper jam."""
    for number in range(1, mails):
        before = "Paper-jam" if number == 1 else f"reply-{number - 1}"
        raw = mail("Re: Paper jam", message_id=f"reply-{number}", refers_to=before, body=f"Reply number {number}.")
        app.reading.read(raw)


def read(qtbot: QtBot, page: TicketsPage, title: str) -> None:
    """Read anew and select a ticket."""
    page.refresh()
    settled(qtbot, page)
    select(qtbot, page, title)


# --- what is said once ---


@pytest.mark.parametrize(
    ("subject", "same"),
    [
        ("Paper jam", True),
        ("Re: Paper jam", True),
        ("AW: Re[2]: Fwd:  paper jam", True),
        ("R: I: WG: Paper jam", True),
        ("Re: [Ticket#2026112010000014] Paper jam", True),
        ("[Ticket#2026112010000014] RE: Paper jam", True),
        ("Re: Paper jam, again", False),
        ("Read this: Paper jam", False),
        ("Re: [Ticket#2026112010000015] Paper jam", False),
    ],
)
def test_a_subject_that_is_the_title_but_for_reply_prefixes_is_not_said_again(subject: str, same: bool) -> None:
    assert says_the_same(subject, "Fwd: Paper jam", "2026112010000014") is same


def test_a_reply_shows_its_subject_only_where_it_has_one_of_its_own(
    page: TicketsPage, desk: Application, qtbot: QtBot
) -> None:
    desk.reading.read(mail("AW: Re: Paper jam", message_id="second", refers_to="Paper-jam"))
    desk.reading.read(mail("Toner is low, too", message_id="third", refers_to="second"))
    read(qtbot, page, "Paper jam")
    own, reply, _ = page.conversation.cards
    reply.set_open(True)
    settled(qtbot, page)
    assert own.view is not None
    assert own.view.header.subject_line.isVisible()
    assert reply.view is not None
    assert not reply.view.header.subject_line.isVisible()


# --- a narrow window ---


def test_in_a_narrow_window_subjects_can_be_read_and_every_tab_be_reached(
    page: TicketsPage, desk: Application, qtbot: QtBot
) -> None:
    read(qtbot, page, "Paper jam")
    page.resize(680, 470)
    settled(qtbot, page)
    table, bar = page.list.table, newest(qtbot, page).view.tabs.tabBar()  # type: ignore[union-attr]
    header = table.horizontalHeader()
    assert header.length() <= table.viewport().width()
    assert header.sectionSize(0) >= 15 * table.fontMetrics().averageCharWidth()
    assert not [arrow for arrow in bar.findChildren(QToolButton) if arrow.isVisible()]
    assert bar.rect().contains(bar.tabRect(bar.count() - 1))
    assert bar.tabToolTip(bar.count() - 1) == "Why it is here"


# --- order and folding ---


def test_without_a_ticket_it_says_what_to_do(page: TicketsPage, qtbot: QtBot) -> None:
    nothing = page.conversation.nothing
    assert page.conversation.currentWidget() is nothing
    assert nothing.text == "Select a ticket to read its mails."
    select(qtbot, page, "No network", "Paper jam")
    assert nothing.text == "2 tickets are selected. They can be moved, closed and reopened together."


def test_the_newest_mail_is_on_top_and_open_and_older_ones_are_folded(
    page: TicketsPage, desk: Application, qtbot: QtBot
) -> None:
    talk(desk, 4)
    read(qtbot, page, "Paper jam")
    card = newest(qtbot, page)
    cards = page.conversation.cards
    assert [one.article.body.strip() for one in cards] == [
        "Reply number 3.", "Reply number 2.", "Reply number 1.", "Please help.",
    ]  # fmt: skip
    assert [one.is_open for one in cards] == [True, False, False, False]
    assert [one.view is not None for one in cards] == [True, False, False, False]  # built when it is wanted
    assert card.view is not None
    assert card.view.message_text.toPlainText().strip() == "Reply number 3."
    assert "anna@example.net" in cards[1].head.accessibleName()
    assert cards[1].head.accessibleDescription() == "Reply number 2."


def test_a_mail_is_opened_and_folded_by_mouse_and_by_keyboard(
    page: TicketsPage, desk: Application, qtbot: QtBot
) -> None:
    talk(desk, 3)
    read(qtbot, page, "Paper jam")
    newest(qtbot, page)
    older = page.conversation.cards[1]
    qtbot.mouseClick(older.head, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: older.view is not None and older.view.isVisible())
    qtbot.keyClick(older.head, Qt.Key.Key_Return)
    assert older.view is not None
    assert not older.view.isVisible()
    qtbot.keyClick(older.head, Qt.Key.Key_Space)
    assert older.view.isVisible()


def test_what_is_open_and_where_one_was_survives_a_refresh(page: TicketsPage, desk: Application, qtbot: QtBot) -> None:
    talk(desk, 12)
    read(qtbot, page, "Paper jam")
    newest(qtbot, page)
    cards = list(page.conversation.cards)
    cards[0].set_open(False)
    cards[7].set_open(True)
    qtbot.waitUntil(lambda: cards[7].view is not None)
    settled(qtbot, page)
    bar = page.conversation.area.verticalScrollBar()
    bar.setValue(bar.maximum())
    place = bar.value()
    view = cards[7].view
    page.refresh()
    settled(qtbot, page)
    assert page.conversation.cards == cards
    assert [card.is_open for card in cards].index(True) == 7
    assert cards[7].view is view
    assert bar.value() == place > 0

    talk_more = mail("Re: Paper jam", message_id="late", refers_to="reply-11", body="One more.")
    desk.reading.read(talk_more)
    page.refresh()
    settled(qtbot, page)
    assert page.conversation.cards[1:] == cards
    assert page.conversation.cards[0].article.body.strip() == "One more."
    assert not page.conversation.cards[0].is_open  # what one reads stays where it is


def test_a_long_conversation_builds_one_mail_only(page: TicketsPage, desk: Application, qtbot: QtBot) -> None:
    talk(desk, 60)
    read(qtbot, page, "Paper jam")
    newest(qtbot, page)
    assert len(page.conversation.cards) == 60
    assert sum(card.view is not None for card in page.conversation.cards) == 1


def test_an_open_mail_takes_the_room_there_is(page: TicketsPage, qtbot: QtBot) -> None:
    page.resize(1000, 1400)
    select(qtbot, page, "Paper jam")
    card = newest(qtbot, page)
    room = page.conversation.area.viewport().height()
    qtbot.waitUntil(lambda: room - 20 < card.height() <= room)
    qtbot.mouseClick(card.head, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: card.height() < 100)


def test_the_head_says_where_the_ticket_stands(page: TicketsPage, desk: Application, qtbot: QtBot) -> None:
    one = ticket(desk, "Paper jam")
    desk.tickets.change(one.number, TicketChange(state="pending reminder", priority="4 high", lock="lock"))
    read(qtbot, page, "Paper jam")
    head = page.conversation.head
    assert head.title.whole == "Paper jam"
    said = [fact.value.text() for fact in (head.number, head.queue, head.state, head.priority, head.lock)]
    assert said == [one.number, "Support::Printers", "pending reminder", "4 high", "locked"]
    assert head.customer.value.text() == "anna@example.net"


def test_the_history_is_in_words_newest_first(page: TicketsPage, desk: Application, qtbot: QtBot) -> None:
    desk.tickets.change(ticket(desk, "Paper jam").number, TicketChange(lock="lock"))
    read(qtbot, page, "Paper jam")
    model = page.conversation.history
    assert [model.columns[1].text(row) for row in model.records] == ["Lock changed", "Ticket created"]
    assert model.columns[1].second is not None
    assert model.columns[1].second(model.records[0]) == "unlocked → locked"


# --- moving on ---


def test_arrows_move_through_tickets_and_the_conversation_follows(page: TicketsPage, qtbot: QtBot) -> None:
    page.list.table.setFocus()
    page.list.table.selectRow(0)
    for wanted in ("No network", "Paper jam"):
        qtbot.keyClick(page.list.table, Qt.Key.Key_Down)
        newest(qtbot, page)
        assert page.conversation.ticket is not None
        assert page.conversation.ticket.title == wanted


def test_tickets_that_are_passed_by_are_not_read(
    page: TicketsPage, desk: Application, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    articles = desk.tickets.articles

    def note(one: Ticket) -> object:
        asked.append(one.title)
        return articles(one)

    monkeypatch.setattr(desk.tickets, "articles", note)
    page.list.table.setFocus()
    for row in range(3):
        page.list.table.selectRow(row)
    newest(qtbot, page)
    assert asked == ["Paper jam"]


def test_an_answer_for_the_ticket_before_is_dropped(page: TicketsPage, desk: Application, qtbot: QtBot) -> None:
    select(qtbot, page, "Paper jam")
    late = page.conversation._reader.conversation(ticket(desk, "Paper jam").number)
    select(qtbot, page, "No network")
    page.conversation._on_loaded(late.ticket.number, late)
    assert page.conversation.ticket is not None
    assert page.conversation.ticket.title == "No network"


def test_enter_leads_into_the_conversation_and_f6_goes_round(page: TicketsPage, qtbot: QtBot) -> None:
    select(qtbot, page, "Paper jam")
    card = newest(qtbot, page)
    page.list.table.setFocus()
    qtbot.keyClick(page.list.table, Qt.Key.Key_Return)
    assert QApplication.focusWidget() is card.head
    for pane in (page.queues, page.list.table, card.head):
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_F6)
        assert QApplication.focusWidget() is pane
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_F6, Qt.KeyboardModifier.ShiftModifier)
    assert QApplication.focusWidget() is page.list.table


def test_a_ticket_that_cannot_be_read_can_be_tried_again(
    page: TicketsPage, desk: Application, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(one: Ticket) -> list[Article]:
        raise UserFixableError(Code.DATABASE_LOCKED, {"url": "sqlite:///here"})

    with monkeypatch.context() as patch:
        patch.setattr(desk.tickets, "articles", locked)
        select(qtbot, page, "Paper jam")
        nothing = page.conversation.nothing
        assert nothing.button.isVisible()
    qtbot.mouseClick(nothing.button, Qt.MouseButton.LeftButton)
    assert newest(qtbot, page).article.subject == "Paper jam"


def test_a_mail_that_cannot_be_read_can_be_tried_again(
    page: TicketsPage, desk: Application, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(article: Article) -> str:
        raise UserFixableError(Code.DATABASE_LOCKED, {"url": "sqlite:///here"})

    with monkeypatch.context() as patch:
        patch.setattr(desk.tickets, "html", locked)
        select(qtbot, page, "Paper jam")
        card = page.conversation.cards[0]
        again = next(one for one in card.findChildren(QToolButton) if one.text() == "Try again")
    qtbot.mouseClick(again, Qt.MouseButton.LeftButton)
    assert newest(qtbot, page) is card


# --- what strangers write ---


def test_hostile_html_stays_harmless(page: TicketsPage, desk: Application, qtbot: QtBot) -> None:
    desk.reading.read(html_mail("".join(HOSTILE), "Hostile"), queue="Raw")
    read(qtbot, page, "Hostile")
    card = newest(qtbot, page)
    assert card.view is not None
    shown = card.view.browser.toHtml().lower()
    for trick in ("evil.example", "javascript:", "onerror", "file:///", "<script", "vbscript"):
        assert f'="{trick}' not in shown
        assert f"url({trick}" not in shown
    assert "Remote content was blocked" in card.view.blocked


def test_markup_in_titles_and_names_is_nothing_but_text(page: TicketsPage, desk: Application, qtbot: QtBot) -> None:
    desk.reading.read(mail("<b>Bold</b> & co", sender='"<img src=x>" <x@example.net>', message_id="b"), queue="Raw")
    read(qtbot, page, "<b>Bold</b> & co")
    card = newest(qtbot, page)
    assert page.conversation.head.title.whole == "<b>Bold</b> & co"
    assert "<b>" not in card.head.toolTip()
    assert "&lt;img" in card.head.toolTip()


# --- files, source, why ---


def chosen(qtbot: QtBot, page: QWidget, path: Path) -> None:
    """Answer the question where to save."""
    found: list[QFileDialog] = []

    def look() -> bool:
        found[:] = [box for box in page.findChildren(QFileDialog) if box.isVisible()]
        return bool(found)

    qtbot.waitUntil(look)
    found[0].fileSelected.emit(str(path))
    found[0].reject()


def test_an_attachment_is_saved_octet_for_octet(
    page: TicketsPage, desk: Application, qtbot: QtBot, tmp_path: Path
) -> None:
    raw = next(path.read_bytes() for path in sorted(DEMO.glob("*.eml")) if path.name.startswith("08"))
    desk.reading.read(raw, queue="Raw")
    one = desk.tickets.list()[0]
    [article] = desk.tickets.articles(one)
    attachment = next(part for part in article.attachments if not part.path.startswith("!"))
    read(qtbot, page, one.title)
    card = newest(qtbot, page)
    chip = next(button for button in card.findChildren(QToolButton) if attachment.filename in button.accessibleName())
    with qtbot.waitSignal(page.said):
        qtbot.mouseClick(chip, Qt.MouseButton.LeftButton)
        chosen(qtbot, page, tmp_path / "saved")
    assert (tmp_path / "saved").read_bytes() == desk.tickets.content(article, attachment)


def test_of_many_attachments_the_rest_is_in_their_tab(page: TicketsPage, desk: Application, qtbot: QtBot) -> None:
    many = EmailMessage()
    many["From"], many["Subject"], many["Message-ID"] = "anna@example.net", "Many files", "<many@example.net>"
    many.set_content("See attached.")
    for number in range(23):
        many.add_attachment(b"x", maintype="application", subtype="octet-stream", filename=f"{number}.bin")
    desk.reading.read(many.as_bytes(), queue="Raw")
    read(qtbot, page, "Many files")
    card = newest(qtbot, page)
    assert card.view is not None
    chips = [one for one in card.findChildren(QToolButton) if one.accessibleName().startswith("Save attachment")]
    assert len(chips) == 20
    [rest] = [one for one in card.findChildren(QToolButton) if one.text() == "and 3 more..."]
    qtbot.mouseClick(rest, Qt.MouseButton.LeftButton)
    assert card.view.tabs.currentWidget() is card.view.attachments


def test_the_raw_source_of_the_open_mail_is_saved(
    page: TicketsPage, desk: Application, qtbot: QtBot, tmp_path: Path
) -> None:
    talk(desk, 2)
    read(qtbot, page, "Paper jam")
    newest(qtbot, page)
    older = page.conversation.cards[1]
    older.set_open(True)
    qtbot.waitUntil(lambda: older.view is not None)
    older.head.setFocus()
    with qtbot.waitSignal(page.said):
        qtbot.keyClick(older.head, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
        chosen(qtbot, page, tmp_path / "saved.eml")
    assert (tmp_path / "saved.eml").read_bytes() == mail("Paper jam")


def test_why_it_is_here_leads_to_the_archive(page: TicketsPage, desk: Application, qtbot: QtBot) -> None:
    select(qtbot, page, "Paper jam")
    card = newest(qtbot, page)
    assert card.view is not None
    assert card.story is not None
    card.view.tabs.setCurrentWidget(card.story)
    lead, _life = card.story.findChildren(QToolButton)
    with qtbot.waitSignal(page.message_wanted) as wanted:
        qtbot.mouseClick(lead, Qt.MouseButton.LeftButton)
    assert wanted.args == [desk.tickets.articles(ticket(desk, "Paper jam"))[0].inbox_id]
    assert desk.inbox.get(wanted.args[0]).decision_kind == DecisionKind.NEW_TICKET


# --- for everyone ---


def test_everything_that_can_be_focused_has_a_name(page: TicketsPage, desk: Application, qtbot: QtBot) -> None:
    raw = next(path.read_bytes() for path in sorted(DEMO.glob("*.eml")) if path.name.startswith("08"))
    desk.reading.read(raw, queue="Raw")
    talk(desk, 3)
    for title in (desk.tickets.list()[0].title, "Paper jam"):
        read(qtbot, page, title)
        newest(qtbot, page)
        assert [one for one in focusable(page) if not name_of(one)] == []
    page.conversation.tabs.setCurrentIndex(1)
    assert [one for one in focusable(page) if not name_of(one)] == []


@pytest.mark.parametrize("direction", list(Qt.LayoutDirection)[:2])
def test_longer_texts_have_room(
    desk: Application,
    tasks: Tasks,
    settings: WindowSettings,
    qtbot: QtBot,
    qapp: QApplication,
    direction: Qt.LayoutDirection,
) -> None:
    translator: QTranslator = Pseudo()
    qapp.installTranslator(translator)
    qapp.setLayoutDirection(direction)
    try:
        page = opened_page(desk, tasks, settings, qtbot)
        page.resize(740, 480)
        talk(desk, 3)
        read(qtbot, page, "Paper jam")
        newest(qtbot, page)
        assert page.width() == 740
        assert clipped(page) == []
        assert page.conversation.area.horizontalScrollBar().maximum() == 0
        page.close()
    finally:
        qapp.removeTranslator(translator)
        qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
