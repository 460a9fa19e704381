"""The page Filters: what it shows, the order, the filters of one account, and what is asked before examples change."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from mailadmin.bootstrap import Application
from mailadmin.domain.accounts import Validity
from mailadmin.domain.filters import EMAILADDRESS, Action, Condition, Filter
from mailadmin.gui.filters import FiltersPage
from mailadmin.gui.filters.filter_dialog import FilterDialog
from mailadmin.gui.what_if import ExamplesDialog
from tests.gui.routing.conftest import cells, click, opened, question, ready

from .conftest import MISC, OpenPage, rule, select


def order_of(app: Application) -> list[tuple[int, str]]:
    """Numbers and names, as they run."""
    return [(one.order, one.name) for one in app.filters.all()]


def pin_offer(app: Application, record: Filter) -> None:
    """Pin the offer to a filter."""
    [message] = app.what_if.messages("offer")
    app.what_if.pin(record, message.id)


def expected(app: Application, record: Filter) -> str:
    """The queue that is expected of the only example."""
    [example] = app.what_if.examples(record)
    return dict(example.outcome)["queue"]


def test_an_empty_page_explains_what_a_filter_is_and_offers_one(open_page: OpenPage, qtbot: QtBot) -> None:
    page = open_page()
    nothing = page.contents.nothing_there
    assert page.contents.currentWidget() is nothing
    assert "if its conditions hold" in nothing.text
    qtbot.mouseClick(nothing.button, Qt.MouseButton.LeftButton)
    assert opened(qtbot, page, FilterDialog).adding


def test_filters_stand_in_the_order_they_run_in_short_words(mailed: Application, open_page: OpenPage) -> None:
    mailed.filters.add(rule("Late", order=200))
    conditions = (Condition("From", EMAILADDRESS + r"a\.b@example\.org"), Condition("Subject", "^Re: ", negated=True))
    actions = (Action("X-OTOBO-FollowUp-Priority", "4 high"), Action("X-OTOBO-Ignore", "yes"))
    early = rule("Early", order=20)
    mailed.filters.add(replace(early, conditions=conditions, actions=actions, accounts=("orders",), stop=True))
    page = open_page()
    assert cells(page, "order") == ["20", "200"]
    assert cells(page, "name") == ["Early", "Late"]
    assert cells(page, "conditions") == [
        'address in From is exactly "a.b@example.org" and Subject does not begin with "Re:"',
        'Subject contains "offer"',
    ]
    assert cells(page, "actions") == ["FollowUp-Priority: 4 high; Ignore: yes", "Queue: Junk"]
    assert cells(page, "accounts") == ["orders", "all"]
    assert cells(page, "stop") == ["yes", ""]


def test_the_filter_box_finds_conditions_actions_and_accounts(mailed: Application, open_page: OpenPage) -> None:
    mailed.filters.add(rule("One", text="invoice"))
    mailed.filters.add(replace(rule("Two", actions=(MISC,)), accounts=("orders",)))
    page = open_page()
    for text, names in (("invoice", ["One"]), ("misc", ["Two"]), ("orders", ["Two"]), ("subject", ["One", "Two"])):
        page.table.filter.set_text(text)
        assert cells(page, "name") == names


def test_alt_and_arrows_move_the_selected_filter(mailed: Application, open_page: OpenPage, qtbot: QtBot) -> None:
    for number, name in enumerate(("A", "B", "C"), 1):
        mailed.filters.add(rule(name, order=number * 10))
    page = open_page()
    select(page, "C")
    assert not page.down_action.isEnabled()
    qtbot.keyClick(page.table, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    ready(qtbot, page)
    assert order_of(mailed) == [(10, "A"), (20, "C"), (30, "B")]
    assert [one.name for one in page.table.selected()] == ["C"], "it can be moved on at once"
    qtbot.keyClick(page.table, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    ready(qtbot, page)
    assert order_of(mailed) == [(10, "C"), (20, "A"), (30, "B")]
    assert not page.up_action.isEnabled()
    qtbot.keyClick(page.table, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    ready(qtbot, page)
    assert order_of(mailed) == [(10, "A"), (20, "C"), (30, "B")]


def test_a_copy_has_a_name_of_its_own(mailed: Application, open_page: OpenPage, qtbot: QtBot) -> None:
    mailed.filters.add(rule())
    page = open_page()
    select(page, "Offers")
    page.duplicate_action.trigger()
    dialog = opened(qtbot, page, FilterDialog)
    assert dialog.form.name.text() == "Offers (2)"
    click(qtbot, dialog, "Save")
    qtbot.waitUntil(lambda: cells(page, "name") == ["Offers", "Offers (2)"])
    ready(qtbot, page)


# --- rules of an account ---


def test_the_rules_of_an_account_are_its_own_and_those_for_all(
    mailed: Application, open_page: OpenPage, qtbot: QtBot
) -> None:
    mailed.filters.add(rule("All", order=10))
    mailed.filters.add(replace(rule("Orders", order=20), accounts=("orders",)))
    mailed.filters.add(replace(rule("Support", order=30), accounts=("support",)))
    page = open_page()
    page.show_for("Orders")
    ready(qtbot, page)
    assert cells(page, "name") == ["All", "Orders"]
    assert page.line.isVisible()
    assert '"Orders"' in page.line.text
    page.add_new()
    dialog = opened(qtbot, page, FilterDialog)
    assert dialog.read_record().accounts == ("orders",), "in the words of the account"
    assert dialog.form.order.value() == 40
    dialog.done(0)
    qtbot.mouseClick(page.line.button, Qt.MouseButton.LeftButton)
    ready(qtbot, page)
    assert not page.line.isVisible()
    assert cells(page, "name") == ["All", "Orders", "Support"]


# --- examples ---


def test_deleting_asks_first_when_an_example_would_change(
    mailed: Application, open_page: OpenPage, qtbot: QtBot
) -> None:
    pin_offer(mailed, mailed.filters.add(rule()))
    page = open_page()
    select(page, "Offers")
    page.delete_action.trigger()
    asking = opened(qtbot, page, ExamplesDialog)
    assert asking.table.records.record(0).subject == "Offer 2"
    click(qtbot, asking, "Back")
    ready(qtbot, page)
    assert len(mailed.filters.all()) == 1
    page.delete_action.trigger()
    click(qtbot, opened(qtbot, page, ExamplesDialog), "Go on to delete")
    click(qtbot, question(qtbot, page), "Delete filter")
    qtbot.waitUntil(lambda: not mailed.filters.all())
    ready(qtbot, page)


def test_deleting_a_filter_that_no_example_notices_asks_once(
    mailed: Application, open_page: OpenPage, qtbot: QtBot
) -> None:
    mailed.filters.add(rule(text="nothing has this"))
    page = open_page()
    select(page, "Offers")
    page.delete_action.trigger()
    click(qtbot, question(qtbot, page), "Delete filter")
    qtbot.waitUntil(lambda: not mailed.filters.all())
    ready(qtbot, page)


def test_setting_invalid_asks_accepts_the_outcome_and_undoing_brings_both_back(
    mailed: Application, open_page: OpenPage, qtbot: QtBot
) -> None:
    other = mailed.filters.add(rule("Other", text="nothing has this"))
    mailed.filters.add(rule())
    pin_offer(mailed, other)
    page = open_page()
    page.filter.include_invalid.setChecked(True)
    select(page, "Offers")
    page.validity_actions[Validity.INVALID].trigger()
    asking = opened(qtbot, page, ExamplesDialog)
    with qtbot.waitSignal(page.undoable) as undoable:
        click(qtbot, asking, "Change anyway")
    ready(qtbot, page)
    assert (expected(mailed, other), mailed.filters.all()[0].validity) == ("Raw", Validity.INVALID)
    _, undo = undoable.args or ("", None)
    assert callable(undo)
    undo()
    ready(qtbot, page)
    assert (expected(mailed, other), mailed.filters.all()[0].validity) == ("Junk", Validity.VALID)


def test_moving_asks_first_when_an_example_would_change(mailed: Application, open_page: OpenPage, qtbot: QtBot) -> None:
    first = mailed.filters.add(rule("First", order=10))
    mailed.filters.add(rule("Second", order=20, actions=(MISC,)))
    pin_offer(mailed, first)
    page = open_page()
    select(page, "Second")
    page.up_action.trigger()
    click(qtbot, opened(qtbot, page, ExamplesDialog), "Move anyway")
    qtbot.waitUntil(lambda: order_of(mailed) == [(10, "Second"), (20, "First")])
    ready(qtbot, page)
    assert expected(mailed, first) == "Junk"


def test_the_tooltip_of_stop_says_what_it_does(mailed: Application, open_page: OpenPage) -> None:
    mailed.filters.add(replace(rule(), stop=True))
    page: FiltersPage = open_page()
    column = [one.key for one in page.model.columns].index("stop")
    assert "No filter after this one" in page.table.filter.index(0, column).data(Qt.ItemDataRole.ToolTipRole)
