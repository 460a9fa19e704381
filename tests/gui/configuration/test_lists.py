"""The lists on the page Configuration: entries, shipped states, external ticket numbers."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from mailadmin.bootstrap import Application
from mailadmin.domain.accounts import Validity
from mailadmin.domain.external_numbers import ExternalNumberRule
from mailadmin.domain.lists import FieldOf, ListEntry, ListKind
from mailadmin.domain.vocabulary import STATES, StateType
from mailadmin.gui.configuration import ConfigurationPage
from mailadmin.gui.configuration.entries_page import EntriesPage
from mailadmin.gui.configuration.entry_dialog import EntryDialog
from mailadmin.gui.configuration.external_dialog import ExternalNumberDialog
from mailadmin.gui.configuration.external_page import ExternalNumbersPage
from mailadmin.gui.settings import WindowSettings
from mailadmin.gui.tasks import Tasks
from tests.gui.routing.conftest import cells, click, opened, question, select
from tests.gui.waiting import settle, until_gone


@pytest.fixture
def page(app: Application, tasks: Tasks, settings: WindowSettings, qtbot: QtBot) -> ConfigurationPage:
    page = ConfigurationPage(
        service=app.settings,
        lists=app.lists,
        external_numbers=app.external_numbers,
        tasks=tasks,
        settings=settings,
    )
    qtbot.addWidget(page)
    page.resize(900, 560)
    page.show()
    settle(qtbot, tasks)
    return page


def entries(page: ConfigurationPage, kind: ListKind, qtbot: QtBot, tasks: Tasks) -> EntriesPage:
    page.show_section(kind.value)
    settle(qtbot, tasks)
    assert isinstance(page.part, EntriesPage)
    return page.part


@pytest.mark.parametrize("kind", list(ListKind))
def test_an_entry_of_each_list_is_added_and_comes_with_it(
    kind: ListKind, page: ConfigurationPage, app: Application, qtbot: QtBot, tasks: Tasks
) -> None:
    part = entries(page, kind, qtbot, tasks)
    assert page.menu_actions is part.menu_actions
    part.add_new()
    dialog = opened(qtbot, page, EntryDialog)
    dialog.name.setText("Newcomer")
    assert (dialog.email is not None) is (kind is ListKind.AGENT)
    if dialog.email is not None:
        dialog.email.setText("new@example.org")
    if dialog.state_type is not None:
        dialog.state_type.choose(StateType.PENDING_REMINDER)
    if dialog.field_of is not None:
        dialog.field_of.choose(FieldOf.ARTICLE)
    click(qtbot, dialog, "Save")
    until_gone(qtbot, dialog)
    settle(qtbot, tasks)
    (made,) = [one for one in app.lists.all() if one.name == "Newcomer"]
    assert made.kind is kind
    assert made.email == ("new@example.org" if kind is ListKind.AGENT else "")
    assert made.state_type is (StateType.PENDING_REMINDER if kind is ListKind.STATE else None)
    assert made.field_of is (FieldOf.ARTICLE if kind is ListKind.DYNAMIC_FIELD else None)
    assert "Newcomer" in cells(part, "name")
    assert [one.name for one in part.table.selected()] == ["Newcomer"]


def test_a_fault_stands_under_its_field(page: ConfigurationPage, app: Application, qtbot: QtBot, tasks: Tasks) -> None:
    app.lists.add(ListEntry(kind=ListKind.AGENT, name="mary"))
    part = entries(page, ListKind.AGENT, qtbot, tasks)
    part.add_new()
    dialog = opened(qtbot, page, EntryDialog)
    dialog.name.setText("MARY")
    click(qtbot, dialog, "Save")
    qtbot.waitUntil(lambda: "taken" in dialog.fields["name"].fault)
    dialog.done(0)
    settle(qtbot, tasks)


def test_what_ships_keeps_name_and_type_and_stays(
    page: ConfigurationPage, app: Application, qtbot: QtBot, tasks: Tasks
) -> None:
    part = entries(page, ListKind.STATE, qtbot, tasks)
    assert sorted(cells(part, "name")) == sorted(STATES)
    select(part, "removed")
    part.edit_action.trigger()
    dialog = opened(qtbot, page, EntryDialog)
    assert dialog.name.isReadOnly()
    assert dialog.state_type is not None
    assert not dialog.state_type.isEnabled()
    dialog.done(0)
    settle(qtbot, tasks)
    part.delete_action.trigger()
    box = question(qtbot, page)
    assert "Every database has" in box.informativeText()
    click(qtbot, box, "Set to invalid")
    settle(qtbot, tasks)
    assert [one.name for one in app.lists.all() if one.validity is Validity.INVALID] == ["removed"]


def test_an_entry_in_use_is_not_deleted_and_its_users_are_named(
    page: ConfigurationPage, app: Application, qtbot: QtBot, tasks: Tasks
) -> None:
    app.lists.add(ListEntry(kind=ListKind.STATE, name="waiting", state_type=StateType.OPEN))
    app.settings.set("PostmasterFollowUpState", "waiting")
    part = entries(page, ListKind.STATE, qtbot, tasks)
    select(part, "waiting")
    part.delete_action.trigger()
    box = question(qtbot, page)
    assert "PostmasterFollowUpState" in box.informativeText()
    click(qtbot, box, "Close")
    settle(qtbot, tasks)
    assert "waiting" in [one.name for one in app.lists.all()]


# --- external ticket numbers ---


def external(page: ConfigurationPage, qtbot: QtBot, tasks: Tasks) -> ExternalNumbersPage:
    page.show_section("external-numbers")
    settle(qtbot, tasks)
    assert isinstance(page.part, ExternalNumbersPage)
    return page.part


def test_every_field_of_a_rule_is_saved(page: ConfigurationPage, app: Application, qtbot: QtBot, tasks: Tasks) -> None:
    app.lists.add(ListEntry(kind=ListKind.DYNAMIC_FIELD, name="VendorCase", field_of=FieldOf.TICKET))
    app.lists.add(ListEntry(kind=ListKind.DYNAMIC_FIELD, name="OfArticle", field_of=FieldOf.ARTICLE))
    part = external(page, qtbot, tasks)
    part.add_new()
    dialog = opened(qtbot, page, ExternalNumberDialog)
    completer = dialog.dynamic_field.completer()
    completer.setCompletionPrefix("")
    assert completer.completionCount() == 1, "fields of articles are not offered"
    dialog.name.setText("Vendor")
    dialog.from_pattern.setText("@vendor\\.example")
    dialog.number_pattern.setText("Case ([0-9]+)")
    dialog.in_body.setChecked(True)
    dialog.dynamic_field.setText("VendorCase")
    dialog.state_types.boxes[StateType.OPEN].setChecked(True)
    dialog.sender_type.choose("agent")
    dialog.visible.setChecked(True)
    click(qtbot, dialog, "Save")
    until_gone(qtbot, dialog)
    settle(qtbot, tasks)
    (rule,) = app.external_numbers.all()
    assert (rule.from_pattern, rule.number_pattern) == ("@vendor\\.example", "Case ([0-9]+)")
    assert (rule.in_subject, rule.in_body, rule.visible_for_customer) == (True, True, True)
    assert (rule.dynamic_field, rule.state_types, rule.sender_type) == ("VendorCase", (StateType.OPEN,), "agent")


def test_a_pattern_is_tried_on_a_subject_before_it_is_saved(
    page: ConfigurationPage, app: Application, qtbot: QtBot, tasks: Tasks
) -> None:
    app.external_numbers.add(ExternalNumberRule(name="V", number_pattern="Case ([0-9]+)", dynamic_field="VendorCase"))
    part = external(page, qtbot, tasks)
    part.edit(part.model.records[0])
    dialog = opened(qtbot, page, ExternalNumberDialog)

    def said() -> str:
        return dialog.attempt.accessibleDescription()

    dialog.attempt.setText("Re: [CASE 4711] Your order")
    qtbot.waitUntil(lambda: said() == "Found: 4711")
    dialog.number_pattern.setText("Order ([0-9]+)")
    qtbot.waitUntil(lambda: said() == "No number is found.")
    dialog.number_pattern.setText("Order ([0-9]+")
    qtbot.waitUntil(lambda: "no regular expression" in said())
    dialog.attempt.clear()
    dialog.number_pattern.setText("Case ([0-9]+)")
    assert not dialog.has_changes, "what is tried is not part of the rule"
    dialog.done(0)
    settle(qtbot, tasks)


def test_a_pattern_that_runs_away_does_not_hold_up_the_window(
    page: ConfigurationPage, app: Application, qtbot: QtBot, tasks: Tasks
) -> None:
    part = external(page, qtbot, tasks)
    part.add_new()
    dialog = opened(qtbot, page, ExternalNumberDialog)
    dialog.number_pattern.setText("(a+)+b(c)$")
    dialog.attempt.setText("a" * 5000)
    qtbot.waitUntil(lambda: "takes too long" in dialog.attempt.accessibleDescription(), timeout=20_000)
    dialog.done(0)
    settle(qtbot, tasks)


def test_faults_of_a_rule_stand_under_their_fields(page: ConfigurationPage, qtbot: QtBot, tasks: Tasks) -> None:
    part = external(page, qtbot, tasks)
    part.add_new()
    dialog = opened(qtbot, page, ExternalNumberDialog)
    dialog.name.setText("V")
    dialog.number_pattern.setText("[0-9]+")
    dialog.in_subject.setChecked(False)
    click(qtbot, dialog, "Save")
    qtbot.waitUntil(lambda: bool(dialog.fields["number_pattern"].fault))
    assert "parentheses" in dialog.fields["number_pattern"].fault
    assert "at least one place" in dialog.fields["in_subject"].fault
    assert dialog.fields["dynamic_field"].fault
    dialog.done(0)
    settle(qtbot, tasks)
