"""Pictures of every page and dialog, light and dark, made by the program itself on its demo."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, TypeVar

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication, QDialog, QMessageBox, QTabWidget, QWidget

from mailadmin.bootstrap import Application, open_demo
from mailadmin.domain.accounts import (
    AccountType,
    AfterFetch,
    Authentication,
    Dispatching,
    IncomingAccount,
    Validity,
)
from mailadmin.domain.customers import Company, CustomerUser
from mailadmin.domain.errors import BugError
from mailadmin.domain.filters import Action, Condition, Filter
from mailadmin.domain.oauth import (
    Authorization,
    ClientAuthentication,
    Flow,
    Grant,
    Identity,
    OAuthProfile,
    Provider,
    Use,
)
from mailadmin.domain.responses import AutoResponse
from mailadmin.domain.secrets import Secret
from mailadmin.services.adoption import AdoptionChoice

from . import qt_log, theme
from .application import make_application
from .fetch.adoption_dialog import AdoptionDialog
from .filters.filter_dialog import FilterDialog
from .life import LifeDialog
from .oauth_profiles import ProfileDialog
from .session import Session
from .settings import WindowSettings
from .tickets.properties_dialog import PropertiesDialog

SIZE: Final = (1100, 700)
DEMO: Final = "demo"
"""The demo's account."""
SECONDS: Final = 60
_LOOK_MILLISECONDS: Final = 20

W = TypeVar("W", bound=QWidget)


def take_pictures(folder: Path) -> int:
    """Write the pictures as PNG files, named by scheme and subject; the exit code.

    Needs no display and shows none: everything is drawn offscreen, on a throw-away database and the demo's mail server.

    :raises OSError: the folder cannot be made or written to
    """
    qt_log.to_the_log()
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    application = make_application(["mailadmin"])
    application.setStyle("fusion")
    with tempfile.TemporaryDirectory(prefix="mailadmin-pictures-") as own, open_demo() as services:
        stage(services)
        session = Session(services, lambda: None, WindowSettings(Path(own) / "window.ini"), Path(own), demo=True)
        session.window.resize(*SIZE)
        photographer = Photographer(application, session, folder)
        photographer.fetch()
        for scheme in (theme.Scheme.LIGHT, theme.Scheme.DARK):
            photographer.take_all(scheme)
        photographer.leave()
    return 0


def stage(services: Application) -> None:
    """Give the demo accounts in every state, by real means: a port where nobody listens, a limit, a validity."""
    (account,) = services.accounts.all()
    # The largest sample is over this, so that the inbox has something that waits.
    services.accounts.change(replace(account, max_message_size_kb=200))
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    common = {"host": "mail.example.org", "authentication": account.authentication}
    for name, kind, fields in (
        ("orders", AccountType.IMAPS, {"host": "127.0.0.1", "port": port, "comment": "Orders from the shop."}),
        ("printers", AccountType.IMAPTLS, {"dispatching": Dispatching.QUEUE, "queue": "Support::Printers"}),
        ("legacy", AccountType.POP3S, {"comment": "The old mailbox, until the end of the year."}),
        ("archive", AccountType.IMAPS, {"validity": Validity.INVALID, "after_fetch": AfterFetch.KEEP}),
    ):
        values = {"username": f"{name}@example.org", **common, **fields}
        services.accounts.add(IncomingAccount(name=name, type=kind, **values), Secret("not used"))
    services.fetching.fetch([services.accounts.get("orders")])
    stage_filters(services)
    stage_sign_ins(services)
    _stage_rules(services)


def _stage_rules(services: Application) -> None:
    """Give the demo customers, a text that answers mail, and a setting that was changed."""
    services.companies.add(Company(customer_id="EXAMPLE", name="Example Industries", domains=("example.com",)))
    for login, name in (("ada", "Ada Example"), ("alan", "Alan Sample")):
        services.customer_users.add(
            CustomerUser(login=login, name=name, addresses=(f"{login}@example.net",), company="EXAMPLE")
        )
    body = "Dear <OTOBO_CustomerName>,\n\nyour ticket has the number <OTOBO_TicketNumber>.\n\n<OTOBO_Body:5>\n"
    services.auto_responses.add(
        AutoResponse(name="Thank you", subject="<OTOBO_Subject>", body=body, queues=("Support",))
    )
    services.settings.set("TimeoutConnect", 30)


def stage_filters(services: Application) -> None:
    """Give the demo some filters."""
    for order, name, condition, action, fields in (
        (10, "Printers", Condition("Subject", "print"), Action("X-OTOBO-Queue", "Support::Printers"), {}),
        (20, "Spam", Condition("X-Spam-Flag", "^YES$"), Action("X-OTOBO-Queue", "Junk"), {"stop": True}),
        (30, "Monitoring", Condition("Subject", r"^PROBLEM: (\S+)"), Action("X-OTOBO-Title", "Down: [***]"), {}),
        (40, "Orders", Condition("X-Priority", "1"), Action("X-OTOBO-Priority", "4 high"), {"accounts": ("orders",)}),
    ):
        values: dict[str, Any] = fields
        services.filters.add(Filter(name=name, order=order, conditions=(condition,), actions=(action,), **values))


def stage_sign_ins(services: Application) -> None:
    """Give the demo profiles, and accounts that have signed in by them, must do so again, or do so by themselves."""
    now = datetime.now(UTC)
    tenant = "8f2d1c3e-5b4a-4f6e-9a7b-1c2d3e4f5a6b"
    contoso = services.profiles.add(
        OAuthProfile(
            name="Contoso",
            provider=Provider.MICROSOFT,
            tenant=tenant,
            client_id="3c9e7a51-2d4f-4b8a-a1c6-7e5d9f0b2a48",
            comment="The helpdesk's own registration.",
        )
    )
    app_only = replace(
        contoso,
        name="Contoso app-only",
        flow=Flow.CLIENT_CREDENTIALS,
        client_authentication=ClientAuthentication.SECRET,
        secret_expires=(now + timedelta(days=14)).date(),
        comment="",
        id=None,
        uid=None,
    )
    services.profiles.add(app_only, Secret("not used"))
    services.profiles.add(
        OAuthProfile(
            name="Google Workspace",
            provider=Provider.GOOGLE,
            client_id="417203955121-helpdesk.apps.googleusercontent.com",
            client_authentication=ClientAuthentication.SECRET,
        ),
        Secret("not used"),
    )
    grant = Grant(Secret("not used"), now + timedelta(hours=1), Secret("{}"))
    for name, profile in (("invoices", contoso.name), ("returns", contoso.name), ("alerts", app_only.name)):
        account = IncomingAccount(
            name=name,
            type=AccountType.IMAPS,
            host="outlook.office365.com",
            username=f"{name}@contoso.com",
            authentication=Authentication.OAUTH2,
            oauth_profile=profile,
        )
        kept = Authorization(
            contoso.uid or "",
            contoso.name,
            contoso.flow,
            Use.IMAP,
            account.username,
            replace(grant, identity=Identity(name, account.username, tenant=tenant)),
        )
        services.accounts.add(account, authorization=kept if profile == contoso.name else None)
    services.tokens.clear([services.accounts.get("returns")])


class Photographer:
    """Walks through a session's window like a person, waiting for what it shows."""

    def __init__(self, application: QApplication, session: Session, folder: Path) -> None:
        self._application = application
        self._session = session
        self._folder = folder
        self._scheme = theme.Scheme.LIGHT
        session.begin()

    # --- the walk ---

    def fetch(self) -> None:
        """Fetch the demo's mailbox, answering the question before the first fetch."""
        session = self._session
        session.desk.fetch([session.services.accounts.get(DEMO)])
        dialog = self._dialog(AdoptionDialog)
        everything = dialog.question.choices[AdoptionChoice.FETCH_ALL]
        self._until(everything.isVisible)
        everything.click()
        for scheme in (theme.Scheme.DARK, theme.Scheme.LIGHT):
            self._in(scheme)
            self._rest()
            self._save("first-fetch", dialog)
        dialog.fetch_button.click()
        self._until(lambda: not session.desk.busy)

    def take_all(self, scheme: theme.Scheme) -> None:
        """Every page and every dialog in one scheme."""
        self._in(scheme)
        self._pages()
        self._account_dialogs()
        self._sign_ins()
        self._other_dialogs()

    def leave(self) -> None:
        """Close the window in good order."""
        ended: list[object] = []
        self._session.ended.connect(ended.append)
        self._session.stop_and_close()
        self._until(lambda: bool(ended))

    def _pages(self) -> None:
        session, window = self._session, self._session.window
        window.go_to(session.pages.welcome)
        self._rest()
        self._save("welcome", window)
        window.go_to(session.pages.incoming)
        self._rest()
        failing = next(one for one in session.services.accounts.all() if one.name == "orders")
        session.pages.incoming.select_account(failing.id or 0)
        self._rest()
        self._save("incoming", window)
        session.panel.close_panel()
        for name in (
            "inbox", "archive", "tickets", "outbox", "queues", "addresses", "filters", "customers", "auto-responses",
            "configuration", "log",
        ):  # fmt: skip
            page = next(place.page for place in window.places if place.key == name)
            window.go_to(page)
            self._rest()
            if name == "tickets":
                self._open_longest_ticket()
            self._save(name, window)
            if name == "archive":
                for tabs in page.findChildren(QTabWidget):
                    tabs.setCurrentIndex(tabs.count() - 1)
                self._rest()
                self._save("why-is-it-here", window)

    def _open_longest_ticket(self) -> None:
        tickets = self._session.services.tickets.list()
        self._session.pages.tickets.show_ticket(max(tickets, key=lambda ticket: ticket.articles).number)
        self._rest()

    def _account_dialogs(self) -> None:
        session = self._session
        demo = session.services.accounts.get(DEMO)
        self._show("account-add", session.dialogs.add_account())
        edit = session.dialogs.open_account(demo)
        self._rest()
        edit.check()
        self._rest()
        self._show("account-check", edit)
        self._show("account-oauth2-add", session.dialogs.add_oauth_account())
        self._show("account-oauth2", session.dialogs.open_account(session.services.accounts.get("invoices")))
        self._show("sign-in-again", session.dialogs.open_sign_in(session.services.accounts.get("returns")))
        session.window.go_to(session.pages.incoming)
        self._rest()
        session.pages.incoming.select_account(demo.id or 0)
        self._rest()
        session.pages.incoming.verbs.delete.trigger()
        self._show("account-delete", self._dialog(QMessageBox))

    def _sign_ins(self) -> None:
        session = self._session
        session.window.go_to(session.pages.oauth_accounts)
        self._rest()
        session.pages.oauth_accounts.select_account(session.services.accounts.get("returns").id or 0)
        self._rest()
        self._save("oauth-accounts", session.window)
        session.pages.oauth_accounts.clear_tokens.trigger()
        self._show("clear-tokens", self._dialog(QMessageBox))
        session.window.go_to(session.pages.profiles)
        self._rest()
        self._save("profiles", session.window)
        session.pages.profiles.add_new()
        dialog = self._dialog(ProfileDialog)
        dialog.guide_button.click()
        dialog.form.registration.client_id.setFocus()
        self._show("profile-add", dialog)
        session.pages.profiles.edit_named("Contoso app-only")
        self._show("profile-edit", self._dialog(ProfileDialog))

    def _other_dialogs(self) -> None:
        session = self._session
        for page, name in ((session.pages.queues, "queue"), (session.pages.addresses, "address")):
            session.window.go_to(page)
            self._rest()
            page.add_new()
            self._show(f"{name}-add", self._dialog(QDialog))
        self._rules()
        self._ticket_dialogs()
        self._filter_dialog()
        self._show("secrets", session.dialogs.set_up_secrets())
        session.show_help("fetching.md")
        assert session.help is not None
        self._rest()
        self._save("help", session.help)
        session.help.hide()

    def _rules(self) -> None:
        session = self._session
        session.window.go_to(session.pages.customers)
        self._rest()
        session.pages.customers.users.add_new()
        self._show("customer-add", self._dialog(QDialog))
        session.window.go_to(session.pages.auto_responses)
        self._rest()
        session.pages.auto_responses.edit(session.pages.auto_responses.model.records[0])
        self._show("auto-response", self._dialog(QDialog))
        session.window.go_to(session.pages.configuration)
        for section in ("fetching", "state"):
            session.pages.configuration.show_section(section)
            self._rest()
            self._save(f"configuration-{section}", session.window)

    def _ticket_dialogs(self) -> None:
        """The properties of a ticket, and the life of a mail in it; of one that never came."""
        session = self._session
        session.window.go_to(session.pages.tickets)
        self._rest()
        self._open_longest_ticket()
        session.pages.tickets.properties_action.trigger()
        self._show("ticket-properties", self._dialog(PropertiesDialog))
        session.pages.tickets.life_action.trigger()
        self._show("life-of-a-mail", self._dialog(LifeDialog))
        session.dialogs.find_mail().look_up("<20261120.lost@example.net>")
        self._show("mail-never-seen", self._dialog(LifeDialog))

    def _filter_dialog(self) -> None:
        """A filter that is not saved yet, tried on the demo's mail."""
        session = self._session
        session.window.go_to(session.pages.filters)
        self._rest()
        session.pages.filters.edit(session.pages.filters.model.records[0])
        dialog = self._dialog(FilterDialog)
        dialog.resize(*SIZE)
        dialog.form.action_rows.add_row()
        dialog.form.action_rows.fill_row(dialog.form.action_rows.rows[-1], Action("X-OTOBO-Priority", "4 high"))
        dialog.side.button.click()
        dialog.side.panel.start()
        self._rest()
        dialog.side.panel.table.select_row(0)
        self._show("filter-what-if", dialog)

    # --- waiting and saving ---

    def _in(self, scheme: theme.Scheme) -> None:
        self._scheme = scheme
        theme.apply(self._application, scheme)

    def _show(self, name: str, dialog: QDialog) -> None:
        self._rest()
        self._save(name, dialog)
        dialog.done(QDialog.DialogCode.Rejected)
        self._rest()

    def _save(self, name: str, widget: QWidget) -> None:
        path = self._folder / f"{self._scheme}-{name}.png"
        if not widget.grab().save(str(path)):
            raise OSError(f"{path} could not be written")

    def _dialog(self, kind: type[W]) -> W:
        """The dialog of that kind that is open, once there is one."""
        self._until(lambda: any(one.isVisible() for one in self._session.window.findChildren(kind)))
        return next(one for one in self._session.window.findChildren(kind) if one.isVisible())

    def _rest(self) -> None:
        """Wait until nothing is being read and everything is painted."""
        self._until(lambda: not self._session.tasks.running)
        self._pass(5 * _LOOK_MILLISECONDS)
        self._until(lambda: not self._session.tasks.running)

    def _until(self, true: Callable[[], bool]) -> None:
        for _ in range(SECONDS * 1000 // _LOOK_MILLISECONDS):
            if true():
                return
            self._pass(_LOOK_MILLISECONDS)
        raise BugError("the window did not come to rest for a picture")

    @staticmethod
    def _pass(milliseconds: int) -> None:
        loop = QEventLoop()
        QTimer.singleShot(milliseconds, loop.quit)
        loop.exec()
