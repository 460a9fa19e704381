"""What a ticket is: its head, the dialog that changes it, closing by the list of states, the marks of its articles."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from PySide6.QtCore import QDateTime, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from mailadmin.bootstrap import Application
from mailadmin.domain.accounts import Validity
from mailadmin.domain.lists import FieldOf, ListEntry, ListKind
from mailadmin.domain.queues import MailAddress
from mailadmin.domain.responses import AutoResponse
from mailadmin.domain.tickets import TicketChange
from mailadmin.domain.vocabulary import StateType
from mailadmin.gui.tickets import TicketsPage
from mailadmin.gui.tickets.changes import change_between
from mailadmin.gui.tickets.choices import Choices
from mailadmin.gui.tickets.marks import marks_of
from mailadmin.gui.tickets.properties_dialog import PropertiesDialog
from tests.gui.walking import focusable, name_of

from .conftest import Undo, dialog, mail, newest, select, settled, ticket

AT = datetime(2027, 3, 1, 9, 30, tzinfo=UTC)


def entry(app: Application, kind: ListKind, name: str, **fields: object) -> ListEntry:
    return app.lists.add(ListEntry(kind=kind, name=name, **fields))  # type: ignore[arg-type]


@pytest.fixture
def lists(desk: Application) -> Application:
    """Something to choose from in every list; what is invalid, and an article's field, must not be offered."""
    for name in ("ada", "alan"):
        entry(desk, ListKind.AGENT, name)
    entry(desk, ListKind.AGENT, "gone", validity=Validity.INVALID)
    entry(desk, ListKind.SERVICE, "Printing::Colour")
    entry(desk, ListKind.SLA, "Gold")
    entry(desk, ListKind.TICKET_TYPE, "Incident")
    entry(desk, ListKind.STATE, "closed by phone", state_type=StateType.CLOSED)
    entry(desk, ListKind.DYNAMIC_FIELD, "Room", field_of=FieldOf.TICKET)
    entry(desk, ListKind.DYNAMIC_FIELD, "Scanner", field_of=FieldOf.ARTICLE)
    return desk


def read(qtbot: QtBot, page: TicketsPage, title: str = "Paper jam") -> None:
    page.refresh()
    settled(qtbot, page)
    select(qtbot, page, title)
    newest(qtbot, page)


def opened(qtbot: QtBot, page: TicketsPage) -> PropertiesDialog:
    page.properties_action.trigger()
    found = dialog(qtbot, page, PropertiesDialog)
    settled(qtbot, page)
    return found


def save(qtbot: QtBot, page: TicketsPage, box: PropertiesDialog) -> None:
    qtbot.mouseClick(box.save_and_finish_button, Qt.MouseButton.LeftButton)
    settled(qtbot, page)


# --- the head ---


def test_the_head_shows_what_there_is_and_nothing_else(lists: Application, page: TicketsPage, qtbot: QtBot) -> None:
    read(qtbot, page)
    head = page.conversation.head
    rest = (head.pending, head.owner, head.responsible, head.service, head.sla, head.more, head.merged, head.continues)
    assert [one.isVisible() for one in rest] == [False] * len(rest)
    change = TicketChange(
        state="pending reminder", pending_until=AT, owner="ada", responsible="alan", type="Incident",
        service="Printing::Colour", sla="Gold", customer_id="EXAMPLE", fields={"Room": "12", "Floor": "<b>2</b>"},
    )  # fmt: skip
    lists.tickets.change(ticket(lists, "Paper jam").number, change)
    read(qtbot, page)
    shown = (head.owner, head.responsible, head.type, head.service, head.sla, head.customer_id)
    assert [one.value.text() for one in shown] == ["ada", "alan", "Incident", "Printing::Colour", "Gold", "EXAMPLE"]
    assert "2027" in head.pending.value.text()
    assert {one.value.text() for one in head.fields} == {"12", "<b>2</b>"}
    assert all(one.value.textFormat() == Qt.TextFormat.PlainText for one in head.fields)
    assert not head.more.isVisible()


def test_many_dynamic_fields_are_folded_and_the_head_never_takes_the_whole_pane(
    lists: Application, page: TicketsPage, qtbot: QtBot
) -> None:
    fields = {f"Field{number:02}": f"value {number}" for number in range(60)}
    lists.tickets.change(ticket(lists, "Paper jam").number, TicketChange(fields=fields))
    read(qtbot, page)
    head = page.conversation.head
    assert head.fields == []
    assert head.more.text() == "Dynamic fields (60)"
    assert not head.more_fields.isVisible()
    qtbot.mouseClick(head.more, Qt.MouseButton.LeftButton)
    assert head.more_fields.isVisible()
    settled(qtbot, page)
    assert head.height() < page.conversation.height() * 0.6
    assert [one for one in focusable(page) if not name_of(one)] == []


def test_a_ticket_that_continues_another_leads_there(desk: Application, page: TicketsPage, qtbot: QtBot) -> None:
    before = ticket(desk, "No network")
    queue = next(one for one in desk.routing.queues() if one.name == "Support")
    desk.routing.change_queue(replace(queue, follow_up=type(queue.follow_up)("new ticket")))
    desk.tickets.change(before.number, TicketChange(state="closed successful"))
    desk.reading.read(mail("Still no network", refers_to="No-network", sender="bea@example.com"))
    read(qtbot, page, "Still no network")
    lead = page.conversation.head.continues
    assert lead.isVisible()
    qtbot.mouseClick(lead.follow, Qt.MouseButton.LeftButton)
    settled(qtbot, page)
    assert [one.number for one in page.list.table.selected()] == [before.number]


# --- the dialog ---


def test_everything_is_changed_in_one_go_and_taken_back_in_one_go(
    lists: Application, page: TicketsPage, undo: Undo, qtbot: QtBot
) -> None:
    read(qtbot, page)
    before = ticket(lists, "Paper jam")
    box = opened(qtbot, page)
    assert box.state.values[:2] == ("new", "open")
    assert "closed by phone" in box.state.values
    assert box._combos["owner"].values == ("", "ada", "alan")
    assert list(box.dynamic) == ["Room"]
    box.title.setText("Paper jam, again")
    box.state.choose("pending reminder")
    box.pending.setDateTime(QDateTime.fromSecsSinceEpoch(int(AT.timestamp())))
    for name, value in (("priority", "5 very high"), ("lock", "lock"), ("owner", "ada"), ("responsible", "alan"),
                        ("type", "Incident"), ("service", "Printing::Colour"), ("sla", "Gold")):  # fmt: skip
        box._combos[name].choose(value)
    box.customer.setText("bea@example.com")
    box.customer_id.setText("EXAMPLE")
    box.dynamic["Room"].setText("12")
    save(qtbot, page, box)
    after = ticket(lists, "Paper jam, again")
    assert (after.state, after.pending_until, after.priority, after.lock) == (
        "pending reminder", AT, "5 very high", "lock",
    )  # fmt: skip
    assert (after.owner, after.responsible, after.type, after.service, after.sla) == (
        "ada", "alan", "Incident", "Printing::Colour", "Gold",
    )  # fmt: skip
    assert (after.customer, after.customer_id, dict(after.fields)) == ("bea@example.com", "EXAMPLE", {"Room": "12"})
    [(text, take_back)] = undo
    assert text == f"{after.number} was changed."
    take_back()
    settled(qtbot, page)
    now = ticket(lists, "Paper jam")
    assert replace(now, changed=before.changed) == before


def test_only_what_was_changed_here_is_saved(lists: Application, page: TicketsPage, qtbot: QtBot) -> None:
    number = ticket(lists, "Paper jam").number
    lists.tickets.change(number, TicketChange(fields={"Text": "two\nlines"}))
    read(qtbot, page)
    box = opened(qtbot, page)
    assert not box.save_and_finish_button.isEnabled()
    lists.tickets.change(number, TicketChange(owner="ada", priority="1 very low"))
    box._combos["lock"].choose("lock")
    save(qtbot, page, box)
    now = lists.tickets.get(number)
    assert (now.lock, now.owner, now.priority, now.fields["Text"]) == ("lock", "ada", "1 very low", "two\nlines")


def test_a_pending_time_is_asked_for_where_it_counts_and_goes_with_the_state(
    lists: Application, page: TicketsPage, qtbot: QtBot
) -> None:
    lists.tickets.change(ticket(lists, "Paper jam").number, TicketChange(state="pending reminder", pending_until=AT))
    read(qtbot, page)
    box = opened(qtbot, page)
    assert box.pending.isVisible()
    assert not box.has_changes
    box.state.choose("open")
    assert not box.pending.isVisible()
    save(qtbot, page, box)
    assert ticket(lists, "Paper jam").pending_until is None


def test_what_a_ticket_has_that_is_not_valid_any_more_stays_until_something_else_is_chosen(
    lists: Application, page: TicketsPage, qtbot: QtBot
) -> None:
    number = ticket(lists, "Paper jam").number
    lists.tickets.change(number, TicketChange(owner="ada"))
    ada = next(one for one in lists.lists.all() if one.name == "ada")
    lists.lists.change(replace(ada, validity=Validity.INVALID))
    read(qtbot, page)
    box = opened(qtbot, page)
    owner = box._combos["owner"]
    assert owner.currentText() == "ada (not valid)"
    box._combos["lock"].choose("lock")
    save(qtbot, page, box)
    assert (lists.tickets.get(number).owner, lists.tickets.get(number).lock) == ("ada", "lock")


def test_a_fault_is_said_under_its_field(lists: Application, page: TicketsPage, qtbot: QtBot) -> None:
    read(qtbot, page)
    box = opened(qtbot, page)
    box.title.clear()
    save(qtbot, page, box)
    assert box.isVisible()
    assert box.fields["title"].fault
    box.title.setText("Paper jam")
    box.reject()


def test_a_change_between_two_versions_is_nothing_but_the_differences(desk: Application) -> None:
    one = ticket(desk, "Paper jam")
    other = replace(one, owner="ada", pending_until=AT, fields={"A.B": "1"})
    assert change_between(one, other) == TicketChange(owner="ada", pending_until=AT, fields={"A.B": "1"})
    assert change_between(other, one) == TicketChange(owner="", no_pending=True, fields={"A.B": ""})
    assert change_between(one, replace(one, changed=AT)) == TicketChange()


# --- closing by the list of states ---


def closing(page: TicketsPage) -> list[str]:
    return [one.text().replace("&", "") for one in page.close_actions.values() if one.isVisible()]


def test_the_verbs_that_close_are_the_states_that_do(lists: Application, page: TicketsPage, qtbot: QtBot) -> None:
    read(qtbot, page)
    assert closing(page) == ["Close (successful)", "Close (unsuccessful)", 'Close as "closed by phone"']
    menu = [one for one in page.menu_actions if isinstance(one, QAction)]
    further = page.close_actions["closed by phone"]
    assert menu.index(further) == menu.index(page.reopen_action) - 1
    further.trigger()
    settled(qtbot, page)
    assert ticket(lists, "Paper jam").state == "closed by phone"
    assert ticket(lists, "Paper jam").closed
    page.list.state.choose("")
    settled(qtbot, page)
    select(qtbot, page, "Paper jam")
    assert not further.isEnabled()
    page.reopen_action.trigger()
    settled(qtbot, page)
    assert ticket(lists, "Paper jam").state == "open"


def test_a_state_that_is_not_valid_any_more_closes_nothing(lists: Application, page: TicketsPage, qtbot: QtBot) -> None:
    successful = next(one for one in lists.lists.all() if one.name == "closed successful")
    lists.lists.change(replace(successful, validity=Validity.INVALID))
    read(qtbot, page)
    assert closing(page) == ["Close (unsuccessful)", 'Close as "closed by phone"']
    assert page._close_button.defaultAction() is page.close_actions["closed unsuccessful"]
    qtbot.keyClick(page.list.table, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    settled(qtbot, page)
    assert ticket(lists, "Paper jam").state == "new"


def test_choices_are_what_is_valid_shipped_states_first() -> None:
    made = Choices.of(
        [
            ListEntry(kind=ListKind.STATE, name="answered", state_type=StateType.CLOSED),
            ListEntry(kind=ListKind.STATE, name="open", state_type=StateType.OPEN),
            ListEntry(kind=ListKind.STATE, name="new", state_type=StateType.NEW, validity=Validity.INVALID),
            ListEntry(kind=ListKind.STATE, name="later", state_type=StateType.PENDING_AUTO),
        ]
    )
    assert [name for name, _ in made.states] == ["open", "answered", "later"]
    assert made.closing == ("answered",)
    assert made.reopening == "open"
    assert made.is_pending("later")
    assert not made.is_pending("open")


# --- articles ---


def words(widget: QWidget) -> list[str]:
    return [one.text() for one in widget.findChildren(QLabel)]


def test_an_article_says_what_sets_it_apart_folded_and_open(
    lists: Application, page: TicketsPage, qtbot: QtBot
) -> None:
    lines = (
        "From: alan@example.org",
        "Subject: Re: Paper jam",
        "Message-ID: <second@example.net>",
        "References: <Paper-jam@example.net>",
        "X-OTOBO-FollowUp-SenderType: agent",
        "X-OTOBO-FollowUp-IsVisibleForCustomer: 0",
        "X-OTOBO-FollowUp-DynamicField-Scanner: clean",
        "MIME-Version: 1.0",
        'Content-Type: multipart/signed; boundary=x; protocol="application/pgp-signature"',
        "",
        "--x",
        "",
        "Hello",
        "--x",
        "Content-Type: application/pgp-signature",
        "",
        "abc",
        "--x--",
        "",
    )
    signed = "\r\n".join(lines).encode()
    lists.reading.read(signed, trusted=True)
    read(qtbot, page)
    card, first = page.conversation.cards
    assert [one.word for one in marks_of(card.article)] == ["signed, unverified", "internal", "agent"]
    assert "internal" in card.head.accessibleName()
    said = words(card)
    assert "Internal: not visible for the customer." in said
    assert any(text.startswith("Signed: the signature is not verified") for text in said)
    assert "Scanner: clean" in said
    assert marks_of(first.article) == []


def test_an_auto_response_stands_above_the_mail_it_answers_and_leads_to_the_outbox(
    desk: Application, page: TicketsPage, qtbot: QtBot
) -> None:
    desk.routing.add_address(MailAddress(address="help@example.org", display_name="Help", queue="Support"))
    queue = next(one for one in desk.routing.queues() if one.name == "Support")
    desk.routing.change_queue(replace(queue, sender_address="help@example.org"))
    desk.auto_responses.add(
        AutoResponse(name="Thanks", subject="Thanks", body="<b>We</b> look at it.", queues=("Support",))
    )
    today = format_datetime(datetime.now(UTC)).encode()  # an old mail is not answered
    raw = mail("Screen flickers").replace(b"Thu, 19 Nov 2026 10:00:00 +0000", today)
    desk.reading.read(raw, queue="Support")
    read(qtbot, page, "Screen flickers")
    [answer], [asked] = page.conversation.responses, page.conversation.cards
    column = page.conversation._column
    assert (column.indexOf(answer), column.indexOf(asked)) == (0, 1)
    assert answer.line.whole.startswith("Auto reply to anna@example.net: draft, expires ")
    qtbot.mouseClick(answer.fold, Qt.MouseButton.LeftButton)
    assert "<b>We</b> look at it." in words(answer)
    with qtbot.waitSignal(page.outbox_wanted):
        answer.findChildren(QPushButton)[0].click()
    page.refresh()
    settled(qtbot, page)
    assert page.conversation.responses == [answer], "what has not changed stays as it is"
    assert answer.fold.unfolded
    desk.outbox.discard([answer.message.id])
    page.refresh()
    settled(qtbot, page)
    assert page.conversation.responses[0].line.whole == "Auto reply to anna@example.net: discarded"


def test_the_life_of_a_mail_is_asked_of_the_open_article(desk: Application, page: TicketsPage, qtbot: QtBot) -> None:
    read(qtbot, page)
    with qtbot.waitSignal(page.life_wanted) as wanted:
        qtbot.keyClick(page.list.table, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert wanted.args == [page.conversation.cards[0].article.inbox_id]


# --- searching texts ---


def test_texts_are_searched_when_that_is_asked_for(desk: Application, page: TicketsPage, qtbot: QtBot) -> None:
    desk.reading.read(mail("Something else", body="The xylophone is broken."), queue="Raw")
    page.list.search.setText("xylophone")
    settled(qtbot, page)
    assert page.list.model.records == []
    qtbot.mouseClick(page.list.bodies, Qt.MouseButton.LeftButton)
    settled(qtbot, page)
    assert [one.title for one in page.list.model.records] == ["Something else"]
    assert page.list.count.text() == "1 ticket"
    page.list.search.clear()
    settled(qtbot, page)
    assert not page.list.query.bodies, "without a search nothing is looked for"


def test_owner_type_and_service_are_columns_to_switch_on(page: TicketsPage) -> None:
    offered = {one.text(): one.isChecked() for one in page.column_actions(page)}
    assert [offered[name] for name in ("Owner", "Type", "Service")] == [False] * 3
    assert datetime.now(UTC) - timedelta(days=1) < page.list.model.records[0].changed
