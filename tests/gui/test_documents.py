"""What README and help tell people to press, choose and fill in is what the window has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QAction, QShortcut
from PySide6.QtWidgets import QDialog, QLabel
from pytestqt.qtbot import QtBot

from mailadmin.bootstrap import Application
from mailadmin.domain.accounts import AccountState, AccountType
from mailadmin.domain.messages import InboxState
from mailadmin.domain.sign_in import SignInState
from mailadmin.gui.fetch.result_table import NUMBERS
from mailadmin.gui.sentences import configured, states
from mailadmin.gui.session import Session
from mailadmin.gui.settings import WindowSettings
from mailadmin.gui.widgets.list_page import ListPage
from mailadmin.gui.widgets.page import Page
from mailadmin.resource_files import resource
from tests.packaging.paths import ROOT

OF_TABLES_AND_FILTERS = {"Enter", "Esc", "Down"}
"""Keys that no action has. Tests of tables and filters press them."""


@pytest.fixture
def session(memory_app: Application, tmp_path: Path, qtbot: QtBot) -> Iterator[Session]:
    """The window, made but not shown."""
    session = Session(memory_app, lambda: None, WindowSettings(tmp_path / "window.ini"), tmp_path)
    yield session
    with qtbot.waitSignal(session.ended, timeout=20_000):
        session.stop_and_close()


def _help(page: str) -> str:
    return resource(f"help/{page}").read_text(encoding="utf-8")


def _section(page: str, title: str) -> str:
    """What stands below a heading, up to the next one of its level."""
    marks = title.partition(" ")[0]
    return re.split(rf"^{marks} ", _help(page).partition(f"{title}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]


def _first_cells(text: str) -> list[str]:
    """The first column of the table in a text, without its heading."""
    cells = [line.split("|")[1].strip() for line in text.splitlines() if line.startswith("|")]
    return cells[2:]


def _plain(text: str) -> str:
    return text.replace("&", "").removesuffix(" *")


def _verbs(page: Page) -> set[str]:
    return {_plain(action.text()) for action in page.menu_actions if action is not None}


def _labels(dialog: QDialog) -> set[str]:
    """What the labels of fields say; the dialog is closed."""
    labels = {_plain(label.text()) for label in dialog.findChildren(QLabel) if label.buddy() is not None}
    dialog.done(0)
    return labels


# --- keys ---


@pytest.mark.parametrize("document", [ROOT / "README.md", resource("help/index.md")], ids=lambda path: path.name)
def test_every_key_that_is_named_does_something(document: Path, session: Session) -> None:
    _, _, table = document.read_text(encoding="utf-8").partition("| Key | What it does |\n")
    rows = re.findall(r"^\| (`[^|]*) \|", table.partition("\n\n")[0], re.MULTILINE)
    named = {key for row in rows for key in re.findall(r"`([^`]+)`", row)} - OF_TABLES_AND_FILTERS
    window = session.window
    keys = {action.shortcut().toString() for action in window.findChildren(QAction)}
    keys |= {shortcut.key().toString() for shortcut in window.findChildren(QShortcut)}
    assert named >= {"F1", "F5", "F9"}
    assert named - keys == set()


def test_the_pages_have_the_numbers_that_are_named(session: Session) -> None:
    last = f"Ctrl+{min(9, len(session.window.places))}"
    for text in ((ROOT / "README.md").read_text(encoding="utf-8"), _help("index.md")):
        assert f"`Ctrl+1` to `{last}`" in text


# --- verbs ---


def test_the_work_by_hand_that_is_told_is_in_the_menu_and_nothing_is_left_out(session: Session) -> None:
    told = set(_first_cells(_section("inbox.md", "## Work by hand")))
    by_hand = {_plain(action.text()) for action in session.pages.inbox.verbs.by_hand}
    assert by_hand <= told <= _verbs(session.pages.inbox)


def test_the_work_with_tickets_that_is_told_is_the_menu(session: Session) -> None:
    for_further_states = 'Close as "..."'  # where the list of states has one that closes, beside the shipped ones
    told = {*_first_cells(_section("tickets.md", "## Working")), "Refresh"}
    assert told == {*_verbs(session.pages.tickets), for_further_states}


def test_every_way_to_fetch_is_told(session: Session) -> None:
    told = _help("fetching.md").partition("## What happens")[0]
    ways = [_plain(action.text()) for action in session.pages.incoming.verbs.fetching.actions]
    assert ways
    assert [way for way in ways if f"*{way}*" not in told] == []


# --- fields, states, numbers ---


def test_every_field_of_an_account_is_explained(session: Session) -> None:
    fields = _section("accounts.md", "## Add mail account").partition("### Types")[0]
    explained_with_another = {"Queue", "Move to", "Certificate authority file", "Pinned certificate"}
    assert set(_first_cells(fields)) == _labels(session.dialogs.add_account()) - explained_with_another
    assert all(name in fields for name in ("queue chosen", "Move to a folder", "Certificate authority file"))


def test_every_field_of_queues_and_addresses_is_explained(session: Session) -> None:
    for page, title in ((session.pages.queues, "## Queues"), (session.pages.addresses, "## E-mail addresses")):
        assert set(_first_cells(_section("queues.md", title))) == _labels(page.dialog_for(None))


def test_every_field_of_customers_responses_and_external_numbers_is_explained(session: Session) -> None:
    customers, configuration = session.pages.customers, session.pages.configuration
    configuration.show_section("external-numbers")
    assert isinstance(configuration.part, ListPage)
    for page, file, title in (
        (customers.users, "customers.md", "## Customer users"),
        (customers.companies, "customers.md", "## Companies"),
        (session.pages.auto_responses, "auto-responses.md", "## The text"),
        (configuration.part, "configuration.md", "## External ticket numbers"),
    ):
        labels = {label for label in _labels(page.dialog_for(None)) if label}
        told = set(_first_cells(_section(file, title))) - {"Visible for customer"}
        assert told == labels


def test_every_type_of_auto_response_every_list_and_state_of_the_outbox_is_explained() -> None:
    types = _first_cells(_help("auto-responses.md").partition("## The text")[0])
    assert set(types) == set(configured.RESPONSE_TYPES.values())
    assert set(_first_cells(_section("auto-responses.md", "## The outbox"))) == set(configured.OUTBOX_STATES.values())
    lists = {name for cell in _first_cells(_section("configuration.md", "## Lists")) for name in cell.split(", ")}
    assert lists == set(configured.LIST_TITLES.values())


def test_every_type_and_state_of_an_account_is_explained() -> None:
    told = set(_first_cells(_section("accounts.md", "## The table")))
    assert told == {states.account_state(state, 4) for state in AccountState}
    types = _first_cells(_section("accounts.md", "### Types"))
    assert set(types) == {states.type_label(kind) for kind in AccountType}


def test_every_field_of_a_profile_is_explained_and_every_standing_of_an_account(session: Session) -> None:
    folded = {"Instance URL", "Microsoft Graph URL", "Device code URL", "Redirect path", "Certificate authority file"}
    labels = _labels(session.pages.profiles.dialog_for(None))
    assert folded <= labels
    assert set(_first_cells(_section("oauth2.md", "## Profiles"))) == labels - folded
    told = _first_cells(_section("oauth2.md", "## OAuth2 accounts"))
    assert set(told) == {states.sign_in_state(state) for state in SignInState}


def test_every_state_of_a_message_is_explained() -> None:
    assert set(_first_cells(_help("inbox.md").partition("## Find")[0])) == {
        states.inbox_state(one) for one in InboxState
    }


def test_every_number_of_a_fetch_is_explained() -> None:
    told = _first_cells(_section("fetching.md", "## The results"))
    assert told == [states.count_name(count) for count in NUMBERS]
