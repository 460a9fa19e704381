"""From a held message to its ticket: the sender is made known in the window."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from mailadmin.bootstrap import Application
from mailadmin.domain.accounts import Validity
from mailadmin.domain.customers import Company, CustomerUser
from mailadmin.domain.messages import InboxState
from mailadmin.gui.customers import CustomerUserDialog
from mailadmin.gui.session import Session
from mailadmin.gui.settings import WindowSettings
from tests.gui.routing.conftest import click, opened
from tests.gui.waiting import settle, until_gone

EVE = '"Stranger, Eve" <Eve@acme.example>'


def mail(number: int, sender: str = EVE) -> bytes:
    return f"From: {sender}\r\nTo: s@example.org\r\nSubject: Hi\r\nMessage-ID: <{number}@x>\r\n\r\nHello.\r\n".encode()


@pytest.fixture
def session(memory_app: Application, tmp_path: Path, qtbot: QtBot) -> Iterator[Session]:
    """The window at its inbox, with two held messages of one stranger and one of another."""
    app = memory_app
    app.settings.set("PostMaster::UnknownSender", "hold")
    app.companies.add(Company(customer_id="GLOBEX", name="Globex", domains=("globex.example",)))
    for number, sender in ((1, EVE), (2, EVE), (3, "max@example.com")):
        app.reading.read(mail(number, sender))
    session = Session(app, lambda: None, WindowSettings(tmp_path / "w.ini"), tmp_path)
    session.begin()
    session.ways.show_held()
    rest(session, qtbot)
    yield session
    with qtbot.waitSignal(session.ended, timeout=20_000):
        session.stop_and_close()


def rest(session: Session, qtbot: QtBot) -> None:
    settle(qtbot, session.tasks, besides={"schedule"})


def make_known(session: Session, qtbot: QtBot, sender: str) -> CustomerUserDialog:
    page = session.pages.inbox
    (message,) = [one for one in page.model.records if sender in one.sender][:1]
    page.table.select(message)
    assert page.verbs.known.isEnabled()
    page.verbs.known.trigger()
    return opened(qtbot, session.window, CustomerUserDialog)


def test_the_dialog_is_filled_in_and_saving_it_releases_all_that_is_held_for_the_sender(
    session: Session, memory_app: Application, qtbot: QtBot
) -> None:
    assert [one.state for one in session.pages.inbox.model.records] == [InboxState.HELD] * 3
    dialog = make_known(session, qtbot, "Eve")
    assert dialog.name.text() == "Stranger, Eve"
    assert dialog.addresses.values == ("Eve@acme.example",)
    click(qtbot, dialog, "Save")
    until_gone(qtbot, dialog)
    rest(session, qtbot)
    assert session.window.statusBar().currentMessage() == "2 messages released"
    assert [one.sender for one in session.pages.inbox.model.records] == ["max@example.com"]
    assert len(memory_app.tickets.list()) == 2


def test_a_company_whose_domain_it_is_is_proposed(session: Session, memory_app: Application, qtbot: QtBot) -> None:
    (globex,) = memory_app.companies.all()
    memory_app.companies.change(replace(globex, validity=Validity.INVALID))
    memory_app.reading.read(mail(4, "Hank <hank@globex.example>"))
    session.pages.inbox.refresh()
    rest(session, qtbot)
    dialog = make_known(session, qtbot, "hank")
    assert dialog.company.text() == "GLOBEX"
    dialog.done(0)
    rest(session, qtbot)


def test_somebody_who_is_there_but_not_valid_is_opened_instead_of_added(
    session: Session, memory_app: Application, qtbot: QtBot
) -> None:
    memory_app.customer_users.add(CustomerUser(login="eve", addresses=("eve@ACME.example",), validity=Validity.INVALID))
    dialog = make_known(session, qtbot, "Eve")
    assert not dialog.adding
    assert dialog.login.text() == "eve"
    dialog.validity.choose(Validity.VALID)
    click(qtbot, dialog, "Save and finish")
    until_gone(qtbot, dialog)
    rest(session, qtbot)
    assert memory_app.inbox.counts()[InboxState.HELD] == 1


def test_only_a_held_message_offers_it(session: Session, memory_app: Application, qtbot: QtBot) -> None:
    (held,) = [one for one in session.pages.inbox.model.records if "max" in one.sender]
    session.pages.inbox.table.select(held)
    assert session.pages.inbox.verbs.known.isEnabled()
    session.pages.inbox.table.selectAll()
    assert not session.pages.inbox.verbs.known.isEnabled(), "one at a time"
    session.window.go_to(session.pages.archive)
    rest(session, qtbot)
    assert not session.pages.archive.verbs.known.isEnabled()
