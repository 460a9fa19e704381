"""The whole way of a new administrator, by mouse and keyboard, against a real mail server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from mailadmin.bootstrap import Application, Options, open_application
from mailadmin.domain.accounts import AccountType
from mailadmin.gui.account_dialog import AccountDialog
from mailadmin.gui.session import Session
from tests.servers.dovecot import GOOD, PASSWORD, Dovecot

from .conftest import OpenWindow
from .person import Person

MAIL = b"""From: Anna Fields <anna@example.net>\r
To: support@example.org\r
Subject: The printer is on fire\r
Message-ID: <fire@example.net>\r
Date: Fri, 20 Nov 2026 08:00:00 +0000\r
MIME-Version: 1.0\r
Content-Type: text/html; charset=utf-8\r
\r
<p>Please come <b>quickly</b>.</p><img src="http://tracker.example.net/pixel.gif"><script>alert(1)</script>\r
"""


@pytest.fixture
def services(sqlite_home: Path) -> Iterator[Application]:
    with open_application(Options(home=sqlite_home, key_file=sqlite_home / "key")) as application:
        yield application


@pytest.fixture
def session(services: Application, open_window: OpenWindow) -> Session:
    return open_window(services)


def test_from_the_first_account_to_its_first_ticket_and_its_end(
    session: Session, services: Application, dovecot: Dovecot, user: str, qtbot: QtBot
) -> None:
    dovecot.deliver(user, MAIL)
    person = Person(session, qtbot)

    # add an account; its server's certificate is signed by nobody this computer knows
    person.sees("Add your first account")
    person.presses("Add mail account")
    dialog = person.dialog(AccountDialog)
    port = str(dovecot.port(AccountType.IMAPS))
    person.fills(dialog, name="support", host=GOOD, port=port, username=user, password=PASSWORD)

    # check: refused, looked at, trusted, well
    person.presses("Check")
    person.presses("Show certificate")
    person.sees("This computer does not know who signed this certificate.")
    person.presses("Trust this certificate")
    person.presses("Check")
    person.sees("All is well: this account can be fetched.", dialog)
    assert len(dovecot.files(user)) == 1
    person.presses("Save")
    qtbot.waitUntil(lambda: session.window.page is session.pages.incoming, timeout=30_000)
    (account,) = services.accounts.all()
    assert account.pinned_certificate

    # fetch: asked first, because this is the first time
    qtbot.waitUntil(lambda: [row.account.name for row in session.pages.incoming.table.selected()] == ["support"])
    person.presses("Fetch mail")
    person.sees("This is the first fetch of")
    assert len(dovecot.files(user)) == 1
    person.chooses("Fetch and delete all on the server")
    person.presses("Fetch")
    person.sees("1 new ticket")
    assert dovecot.files(user) == []

    # read the ticket
    person.goes_to_page(5)
    assert session.window.page is session.pages.tickets
    (ticket,) = services.tickets.list()
    session.pages.tickets.show_ticket(ticket.number)
    person.sees("Please come quickly.")
    person.sees("emote content")  # ... was blocked
    assert ticket.title == "The printer is on fire"

    # delete the account: asked, and what was fetched stays
    person.goes_to_page(1)
    session.pages.incoming.select_account(account.id or 0)
    qtbot.waitUntil(session.pages.incoming.verbs.delete.isEnabled, timeout=30_000)
    session.pages.incoming.verbs.delete.trigger()
    person.sees("What stays: the tickets")
    person.presses("Delete account")
    qtbot.waitUntil(lambda: services.accounts.all() == [], timeout=30_000)
    qtbot.waitUntil(lambda: session.window.page is session.pages.welcome, timeout=30_000)
    assert [one.number for one in services.tickets.list()] == [ticket.number]
    assert services.secrets.list() == []
