"""The dialog of a filter: rows of conditions and actions, what-if, and pinned examples."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from mailadmin.bootstrap import Application
from mailadmin.domain.accounts import Validity
from mailadmin.domain.filters import EMAILADDRESS, Action, Condition, Filter
from mailadmin.domain.lists import FieldOf, ListEntry, ListKind
from mailadmin.domain.matching import Match
from mailadmin.gui.filters.action_rows import ActionRow
from mailadmin.gui.filters.condition_rows import ConditionRow
from mailadmin.gui.filters.filter_dialog import FilterDialog
from mailadmin.gui.filters.message_chooser import MessageChooser
from mailadmin.gui.filters.rows import Row
from mailadmin.gui.what_if import ExamplesDialog, WhatIfPanel
from mailadmin.gui.what_if.why_dialog import WhyDialog
from tests.gui.routing.conftest import click, opened, ready

from .conftest import JUNK, MISC, OpenPage, add, edit, rule


def condition(row: Row[Condition]) -> ConditionRow:
    assert isinstance(row, ConditionRow)
    return row


def action(row: Row[Action]) -> ActionRow:
    assert isinstance(row, ActionRow)
    return row


def save(dialog: FilterDialog, qtbot: QtBot, page: QWidget) -> None:
    """Save and stay, or save what is new."""
    click(qtbot, dialog, "Save")
    ready(qtbot, page)  # type: ignore[arg-type]


def queues(panel: WhatIfPanel) -> list[tuple[str, str, str]]:
    """Subject, queue before, queue after of what is shown."""
    return [(one.message.subject, one.before.queue, one.after.queue) for one in panel.model.records]


# --- the form ---


def test_every_value_that_is_shown_is_read_back_as_it_was(
    mailed: Application, open_page: OpenPage, qtbot: QtBot
) -> None:
    stored = mailed.filters.add(
        Filter(
            name="Everything",
            order=7,
            stop=True,
            conditions=(
                Condition("From", EMAILADDRESS + r"a\.b@example\.org"),
                Condition("To", EMAILADDRESS + r".*@example\.net", negated=True),
                Condition("X-Custom", r"^(\d+) .*$"),
                Condition("Body", "plain words"),
            ),
            actions=(
                Action("X-OTOBO-Queue", "Junk"),
                Action("X-OTOBO-Title", r"Number [***], [**\email**]"),
                Action("X-OTOBO-FollowUp-State-PendingTime", "+2d"),
                Action("X-OTOBO-DynamicField-Room", "12"),
            ),
            accounts=("orders", "support"),
            validity=Validity.INVALID_TEMPORARILY,
            comment="All of it.",
        )
    )
    page = open_page()
    page.filter.include_invalid.setChecked(True)
    dialog = edit(page, "Everything", qtbot)
    assert dialog.read_record() == stored
    assert not dialog.has_changes


def test_a_filter_is_made_without_a_regular_expression(mailed: Application, open_page: OpenPage, qtbot: QtBot) -> None:
    page = open_page()
    dialog = add(page, qtbot)
    qtbot.keyClicks(dialog.form.name, "Boss")
    first = condition(dialog.form.condition_rows.rows[0])
    qtbot.keyClicks(first.header, "From")
    first.as_address.click()
    first.match.choose((Match.ENDS, False))
    qtbot.keyClicks(first.text, "@example.net")
    effect = action(dialog.form.action_rows.rows[0])
    qtbot.keyClicks(effect.header, "X-OTOBO-Priority")
    effect.choice.set_text("5 very high")
    save(dialog, qtbot, page)
    [stored] = mailed.filters.all()
    assert stored.conditions == (Condition("From", EMAILADDRESS + r".*@example\.net"),)
    assert stored.actions == (Action("X-OTOBO-Priority", "5 very high"),)


def test_rows_are_added_and_removed_and_empty_ones_are_none(open_page: OpenPage, qtbot: QtBot) -> None:
    dialog = add(open_page(), qtbot)
    rows = dialog.form.condition_rows
    assert list(rows.values) == []
    condition(rows.rows[0]).show_value(Condition("Subject", "one"))
    rows.add_button.click()
    assert len(rows.rows) == 2
    assert condition(rows.rows[1]).header.hasFocus()
    condition(rows.rows[1]).show_value(Condition("Subject", "two"))
    rows.rows[0].remove.click()
    assert [one.pattern for one in rows.values] == ["two"]
    rows.rows[0].remove.click()
    assert [one.pattern for one in rows.values] == []
    assert len(rows.rows) == 1, "there is always one to fill in"


def test_removing_a_row_is_a_change_to_be_saved(mailed: Application, open_page: OpenPage, qtbot: QtBot) -> None:
    mailed.filters.add(Filter(name="Two", conditions=(Condition("To", "a"), Condition("Cc", "b")), actions=(JUNK,)))
    dialog = edit(open_page(), "Two", qtbot)
    assert not dialog.save_and_finish_button.isEnabled()
    dialog.form.condition_rows.rows[1].remove.click()
    assert dialog.save_and_finish_button.isEnabled()


def test_tab_leads_through_the_rows_as_they_stand(mailed: Application, open_page: OpenPage, qtbot: QtBot) -> None:
    conditions = (Condition("Subject", "one"), Condition("From", "two"))
    mailed.filters.add(Filter(name="Two", conditions=conditions, actions=(JUNK,)))
    dialog = edit(open_page(), "Two", qtbot)
    rows = dialog.form.condition_rows
    rows.add_button.click()
    rows.rows[0].remove.click()
    dialog.activateWindow()
    dialog.form.stop.setFocus()
    expected = [stop for row in rows.rows for stop in row.stops() if stop.isVisible()]
    expected += [rows.add_button, dialog.form.action_rows.rows[0].editors()[0]]
    reached = []
    for _ in expected:
        qtbot.keyClick(dialog.focusWidget(), Qt.Key.Key_Tab)
        reached.append(dialog.focusWidget())
    assert reached == expected


def test_what_an_expression_has_found_is_explained_only_where_there_is_one(open_page: OpenPage, qtbot: QtBot) -> None:
    dialog = add(open_page(), qtbot)
    hint = dialog.fields["actions"].hint_label
    assert hint.text() == ""
    condition(dialog.form.condition_rows.rows[0]).match.choose((Match.PATTERN, False))
    assert "[***]" in hint.text()


def test_enter_after_the_number_of_messages_tries_and_saves_nothing(
    mailed: Application, open_page: OpenPage, qtbot: QtBot
) -> None:
    mailed.filters.add(rule())
    page = open_page()
    dialog = edit(page, "Offers", qtbot)
    dialog.form.comment.setText("changed")
    dialog.side.button.click()
    dialog.side.panel.last.setFocus()
    qtbot.keyClick(dialog.side.panel.last, Qt.Key.Key_Return)
    ready(qtbot, page)
    assert dialog.side.panel.said == "0 of 3 would change."
    assert dialog.isVisible()
    assert mailed.filters.all()[0].comment == ""


def test_f1_helps_in_the_dialogs_over_the_dialog(mailed: Application, open_page: OpenPage, qtbot: QtBot) -> None:
    page = open_page()
    wanted: list[str] = []
    page.help_wanted.connect(wanted.append)
    dialog = add(page, qtbot)
    dialog.form.examples.add_button.click()
    chooser = opened(qtbot, dialog, MessageChooser)
    ready(qtbot, page)
    qtbot.keyClick(chooser, Qt.Key.Key_F1)
    assert wanted == ["filters.md"]
    chooser.reject()


def test_the_choice_is_explained_beside_it(open_page: OpenPage, qtbot: QtBot) -> None:
    dialog = add(open_page(), qtbot)
    effect = action(dialog.form.action_rows.rows[0])
    for header, said in (
        ("X-OTOBO-Queue", "New tickets go to this queue"),
        ("X-OTOBO-FollowUp-Queue", "A reply moves its ticket"),
        ("X-OTOBO-DynamicField-Room", "dynamic field Room of a new ticket"),
        ("X-OTOBO-Nonsense", "There is no such header"),
    ):
        effect.header.set_text(header)
        assert said in effect.header.accessibleDescription()
    looked = condition(dialog.form.condition_rows.rows[0])
    looked.header.set_text("x-otobo-attachmentcount")
    assert "how many attachments" in looked.text.accessibleDescription()
    looked.match.choose((Match.CONTAINS, True))
    assert "without this header does not fulfil" in looked.text.accessibleDescription()


def test_values_are_offered_by_the_kind_of_the_header(mailed: Application, open_page: OpenPage, qtbot: QtBot) -> None:
    mailed.lists.add(ListEntry(kind=ListKind.AGENT, name="kim"))
    mailed.lists.add(ListEntry(kind=ListKind.AGENT, name="lee", validity=Validity.INVALID))
    mailed.lists.add(ListEntry(kind=ListKind.DYNAMIC_FIELD, name="Room", field_of=FieldOf.TICKET))
    dialog = add(open_page(), qtbot)
    row = action(dialog.form.action_rows.rows[0])

    def offered(header: str) -> list[str]:
        row.header.set_text(header)
        if row.values.currentWidget() is row.text:
            return []
        return [row.choice.itemText(at) for at in range(row.choice.count())]

    assert offered("X-OTOBO-Owner") == ["kim"]
    assert "Junk" in offered("X-OTOBO-FollowUp-Queue")
    assert "closed successful" in offered("X-OTOBO-State")
    assert offered("X-OTOBO-IsVisibleForCustomer") == ["1", "0"]
    assert offered("X-OTOBO-Title") == []
    headers = [row.header.itemText(at) for at in range(row.header.count())]
    assert {"X-OTOBO-DynamicField-Room", "X-OTOBO-FollowUp-DynamicField-Room"} <= set(headers)


def test_a_value_stays_when_another_header_is_chosen(open_page: OpenPage, qtbot: QtBot) -> None:
    row = action(add(open_page(), qtbot).form.action_rows.rows[0])
    row.header.set_text("X-OTOBO-Title")
    qtbot.keyClicks(row.text, "[***]")
    row.header.set_text("X-OTOBO-Queue")
    assert row.value == Action("X-OTOBO-Queue", "[***]")


@pytest.mark.parametrize("leaving", [True, False])
def test_a_wrong_expression_is_said_at_its_row_with_the_place(
    leaving: bool, mailed: Application, open_page: OpenPage, qtbot: QtBot
) -> None:
    mailed.filters.add(Filter(name="Two", conditions=(Condition("To", "a"), Condition("Cc", "b")), actions=(JUNK,)))
    page = open_page()
    dialog = edit(page, "Two", qtbot)
    row = condition(dialog.form.condition_rows.rows[1])
    row.match.choose((Match.PATTERN, False))
    row.text.setText("(ab")
    row.text.setFocus()
    if leaving:
        qtbot.keyClick(row.text, Qt.Key.Key_Tab)
        ready(qtbot, page)
    else:
        save(dialog, qtbot, page)
        assert row.text.hasFocus()
    assert "position" in row.fault
    assert dialog.form.condition_rows.rows[0].fault == ""
    row.text.setText("(ab)")
    save(dialog, qtbot, page)
    assert row.fault == ""
    assert mailed.filters.all()[0].conditions[1].pattern == "(ab)"


def test_only_ticked_accounts_are_meant_and_none_at_all_is_said(
    mailed: Application, open_page: OpenPage, qtbot: QtBot
) -> None:
    mailed.filters.add(rule())
    dialog = edit(open_page(), "Offers", qtbot)
    choice = dialog.form.accounts
    assert not choice.list.isVisible()
    choice.some.click()
    assert (choice.list.isVisible(), choice.nothing_ticked) == (True, True)
    assert list(dialog.read_record().accounts) == []
    choice.list.item(0).setCheckState(Qt.CheckState.Checked)
    assert [*dialog.read_record().accounts, choice.nothing_ticked] == ["orders", False]


# --- what if ---


def test_what_if_shows_what_would_change_before_it_is_saved(
    mailed: Application, open_page: OpenPage, qtbot: QtBot
) -> None:
    mailed.filters.add(rule())
    page = open_page()
    dialog = edit(page, "Offers", qtbot)
    action(dialog.form.action_rows.rows[0]).choice.set_text("Misc")
    dialog.side.button.click()
    panel = dialog.side.panel
    qtbot.mouseClick(panel.try_button, Qt.MouseButton.LeftButton)
    ready(qtbot, page)
    assert queues(panel) == [("Offer 2", "Junk", "Misc")]
    assert panel.said == "1 of 3 would change."
    panel.only_differing.click()
    assert len(queues(panel)) == 3
    assert mailed.filters.all()[0].actions == (JUNK,)
    condition(dialog.form.condition_rows.rows[0]).text.setText("question")
    assert "changed since" in panel.said


def test_what_if_refuses_what_cannot_be_tried(mailed: Application, open_page: OpenPage, qtbot: QtBot) -> None:
    mailed.filters.add(rule())
    page = open_page()
    dialog = edit(page, "Offers", qtbot)
    row = condition(dialog.form.condition_rows.rows[0])
    row.match.choose((Match.PATTERN, False))
    row.text.setText("[a")
    dialog.side.button.click()
    dialog.side.panel.start()
    ready(qtbot, page)
    assert row.fault
    assert "Mend" in dialog.side.panel.said


def test_a_new_filter_is_tried_before_it_has_a_name(open_page: OpenPage, qtbot: QtBot) -> None:
    page = open_page()
    dialog = add(page, qtbot)
    condition(dialog.form.condition_rows.rows[0]).show_value(Condition("Subject", "offer"))
    action(dialog.form.action_rows.rows[0]).show_value(Action("X-OTOBO-Ignore", "yes"))
    dialog.side.button.click()
    dialog.side.panel.start()
    ready(qtbot, page)
    assert dialog.side.panel.said == "1 of 3 would change."
    index = dialog.side.panel.table.filter.index(0, 2)
    assert index.data() == "ignored"


def test_a_double_click_tells_why(mailed: Application, open_page: OpenPage, qtbot: QtBot) -> None:
    page = open_page()
    dialog = add(page, qtbot)
    condition(dialog.form.condition_rows.rows[0]).show_value(Condition("Subject", "offer"))
    action(dialog.form.action_rows.rows[0]).show_value(JUNK)
    dialog.form.name.setText("Offers")
    dialog.side.button.click()
    panel = dialog.side.panel
    panel.start()
    ready(qtbot, page)
    assert not panel.why_button.isEnabled()
    at = panel.table.visualRect(panel.table.filter.index(0, 0)).center()
    qtbot.mouseClick(panel.table.viewport(), Qt.MouseButton.LeftButton, pos=at)
    qtbot.mouseDClick(panel.table.viewport(), Qt.MouseButton.LeftButton, pos=at)
    why = opened(qtbot, dialog, WhyDialog)
    texts = [one.accessibleName() for one in why.findChildren(QWidget)]
    assert any("Offers" in text for text in texts)
    assert any('"Junk"' in text for text in texts)


def test_a_dialog_that_closes_while_it_tries_leaves_in_peace(
    mailed: Application, open_page: OpenPage, qtbot: QtBot
) -> None:
    mailed.filters.add(rule())
    page = open_page()
    dialog = edit(page, "Offers", qtbot)
    dialog.side.panel.start()
    dialog.reject()
    ready(qtbot, page)


# --- examples ---


def test_an_example_is_pinned_when_the_filter_is_saved(mailed: Application, open_page: OpenPage, qtbot: QtBot) -> None:
    stored = mailed.filters.add(rule())
    page = open_page()
    dialog = edit(page, "Offers", qtbot)
    action(dialog.form.action_rows.rows[0]).choice.set_text("Misc")
    dialog.side.button.click()
    dialog.side.panel.start()
    ready(qtbot, page)
    dialog.side.panel.table.select_row(0)
    dialog.side.panel.pin_button.click()
    assert mailed.what_if.examples(stored) == []
    save(dialog, qtbot, page)
    [example] = mailed.what_if.examples(stored)
    assert dict(example.outcome)["queue"] == "Misc", "as it becomes with what was saved along"
    assert dialog.form.examples.list.count() == 1
    assert not dialog.has_changes


def test_a_message_is_chosen_as_an_example(mailed: Application, open_page: OpenPage, qtbot: QtBot) -> None:
    page = open_page()
    dialog = add(page, qtbot)
    dialog.form.name.setText("Offers")
    condition(dialog.form.condition_rows.rows[0]).show_value(Condition("Subject", "offer"))
    action(dialog.form.action_rows.rows[0]).show_value(JUNK)
    dialog.form.examples.add_button.click()
    chooser = opened(qtbot, dialog, MessageChooser)
    ready(qtbot, page)
    assert not chooser.pin_button.isEnabled()
    chooser.text.setText("offer")
    qtbot.waitUntil(lambda: len(chooser.table.records.records) == 1)
    chooser.table.select_row(0)
    click(qtbot, chooser, "Pin")
    save(dialog, qtbot, page)
    [stored] = mailed.filters.all()
    [example] = mailed.what_if.examples(stored)
    assert (example.subject, dict(example.outcome)["queue"]) == ("Offer 2", "Junk")


def test_saving_asks_when_an_example_would_change_and_goes_back(
    mailed: Application, open_page: OpenPage, qtbot: QtBot
) -> None:
    stored = mailed.filters.add(rule())
    mailed.what_if.pin(stored, mailed.what_if.messages("offer")[0].id)
    page = open_page()
    dialog = edit(page, "Offers", qtbot)
    action(dialog.form.action_rows.rows[0]).choice.set_text("Misc")
    click(qtbot, dialog, "Save and finish")
    asking = opened(qtbot, dialog, ExamplesDialog)
    ready(qtbot, page)
    shown = asking.table.records.record(0)
    assert (dict(shown.before)["queue"], dict(shown.after)["queue"]) == ("Junk", "Misc")
    qtbot.keyClick(asking, Qt.Key.Key_Return)
    ready(qtbot, page)
    assert mailed.filters.all()[0].actions == (JUNK,), "Enter goes back"
    assert dialog.isVisible()
    assert dialog.contents.isEnabled()
    click(qtbot, dialog, "Save and finish")
    click(qtbot, opened(qtbot, dialog, ExamplesDialog), "Save anyway")
    qtbot.waitUntil(lambda: mailed.filters.all()[0].actions == (MISC,))
    ready(qtbot, page)
    [example] = mailed.what_if.examples(stored)
    assert dict(example.outcome)["queue"] == "Misc"


def test_an_example_that_is_taken_off_is_not_asked_about(
    mailed: Application, open_page: OpenPage, qtbot: QtBot
) -> None:
    stored = mailed.filters.add(rule())
    mailed.what_if.pin(stored, mailed.what_if.messages("offer")[0].id)
    page = open_page()
    dialog = edit(page, "Offers", qtbot)
    dialog.form.examples.list.setCurrentRow(0)
    dialog.form.examples.remove_button.click()
    action(dialog.form.action_rows.rows[0]).choice.set_text("Misc")
    save(dialog, qtbot, page)
    assert mailed.filters.all()[0].actions == (MISC,)
    assert mailed.what_if.examples(stored) == []


def test_examples_that_are_not_saved_are_asked_about_when_leaving(
    mailed: Application, open_page: OpenPage, qtbot: QtBot
) -> None:
    mailed.filters.add(rule())
    dialog = edit(open_page(), "Offers", qtbot)
    before = dialog.has_changes
    dialog._pin(mailed.what_if.messages("offer")[0])
    assert (before, dialog.has_changes) == (False, True)
    assert dialog.save_and_finish_button.isEnabled()
