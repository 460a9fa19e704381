"""The settings on the page Configuration: sections, search, saving at once, faults, undo."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from mailadmin.bootstrap import Application
from mailadmin.domain.accounts import Validity
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.queues import Queue
from mailadmin.domain.settings import SECTIONS, SETTINGS, SettingValue
from mailadmin.gui.configuration import ConfigurationPage
from mailadmin.gui.configuration.editors import ChoiceEditor, NumberEditor, SwitchEditor, TextEditor
from mailadmin.gui.configuration.setting_row import SettingRow
from mailadmin.gui.settings import WindowSettings
from mailadmin.gui.tasks import Tasks
from tests.gui.waiting import settle


@pytest.fixture
def page(app: Application, tasks: Tasks, settings: WindowSettings, qtbot: QtBot) -> ConfigurationPage:
    return made(app, tasks, settings, qtbot)


def made(app: Application, tasks: Tasks, settings: WindowSettings, qtbot: QtBot) -> ConfigurationPage:
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


def row(page: ConfigurationPage, key: str) -> SettingRow:
    page.show_setting(key)
    return page.setting_page.rows[key]


def enter(page: ConfigurationPage, key: str, text: str, qtbot: QtBot, tasks: Tasks) -> SettingRow:
    """Type into a setting's field and leave it."""
    one = row(page, key)
    assert isinstance(one.editor, TextEditor | NumberEditor)
    one.editor.edit.setText(text)
    qtbot.keyClick(one.editor.edit, Qt.Key.Key_Return)
    settle(qtbot, tasks)
    return one


def choose(page: ConfigurationPage, key: str, value: str, qtbot: QtBot, tasks: Tasks) -> SettingRow:
    one = row(page, key)
    assert isinstance(one.editor, ChoiceEditor)
    one.editor.combo.choose(value)
    one.editor.combo.activated.emit(one.editor.combo.currentIndex())
    settle(qtbot, tasks)
    return one


def value(app: Application, key: str) -> SettingValue:
    return app.settings.load()[key]


def test_every_setting_has_its_place_in_its_section(page: ConfigurationPage, qtbot: QtBot, tasks: Tasks) -> None:
    for section, settings in SECTIONS.items():
        page.show_section(section)
        settle(qtbot, tasks)
        assert page.setting_page.shown == [one.key for one in settings]
    assert list(page.setting_page.rows) == list(SETTINGS)


def test_tab_leads_from_the_sections_through_their_settings(
    page: ConfigurationPage, qtbot: QtBot, tasks: Tasks
) -> None:
    page.show_section("log")  # made before those that stand above them
    page.setting_page.show_found("e")
    settle(qtbot, tasks)
    page.activateWindow()
    page.sections.setFocus()
    assert len(page.setting_page.shown) > 5
    for key in page.setting_page.shown:
        qtbot.keyClick(page.window().focusWidget(), Qt.Key.Key_Tab)
        assert page.window().focusWidget() is page.setting_page.rows[key].editor.control
    qtbot.keyClick(page.window().focusWidget(), Qt.Key.Key_Tab)
    assert page.window().focusWidget() is page.search, "and round again"


def test_the_editor_fits_the_setting(page: ConfigurationPage) -> None:
    for key, kind in (
        ("PostMaster::PlusAddressing", SwitchEditor),
        ("FetchParallel", NumberEditor),
        ("PostmasterDefaultQueue", ChoiceEditor),
        ("PostmasterFollowUpStateClosed", ChoiceEditor),
        ("Ticket::SubjectFormat", ChoiceEditor),
        ("SendNoAutoResponseRegExp", TextEditor),
    ):
        assert type(row(page, key).editor) is kind


# --- finding ---


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("plus-addr", "PostMaster::PlusAddressing"),  # title
        ("SIDE by", "FetchParallel"),
        ("robots never", "PostmasterMaxEmails"),  # help
        ("HookDivider", "Ticket::HookDivider"),  # OTOBO's name
        ("MAILER-DAEMON", "SendNoAutoResponseRegExp"),  # value
    ],
)
def test_a_search_looks_at_titles_help_names_and_values(
    text: str, key: str, page: ConfigurationPage, qtbot: QtBot, tasks: Tasks
) -> None:
    page.search.setText(text)
    qtbot.waitUntil(lambda: page.setting_page.shown == [key])
    assert page.sections.key == ""
    page.search.clear()
    first = next(iter(SECTIONS))
    qtbot.waitUntil(lambda: page.setting_page.shown == [one.key for one in SECTIONS[first]])
    assert page.sections.key == first
    settle(qtbot, tasks)


def test_a_search_goes_over_all_sections_and_says_when_nothing_is_found(
    page: ConfigurationPage, qtbot: QtBot, tasks: Tasks
) -> None:
    page.search.setText("auto-responses address")
    qtbot.waitUntil(lambda: "PostmasterMaxEmails" in page.setting_page.shown)
    page.search.setText("xyzzy")
    nothing = page.setting_page.contents.nothing_found
    qtbot.waitUntil(lambda: page.setting_page.contents.currentWidget() is nothing)
    qtbot.mouseClick(nothing.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(page.setting_page.shown) == len(SECTIONS["new-tickets"]))
    settle(qtbot, tasks)


def test_choosing_a_section_ends_the_search(page: ConfigurationPage, qtbot: QtBot, tasks: Tasks) -> None:
    page.search.setText("hook")
    qtbot.waitUntil(lambda: "Ticket::Hook" in page.setting_page.shown)
    page.show_section("agent")
    settle(qtbot, tasks)
    assert page.search.text() == ""
    assert page.part is not page.setting_page


def test_what_was_changed_is_listed_and_counted(
    page: ConfigurationPage, app: Application, qtbot: QtBot, tasks: Tasks
) -> None:
    page.show_section("changed")
    assert "default" in page.setting_page.contents.nothing_there.text
    app.settings.set("Ticket::Hook", "Case#")
    app.settings.set("FetchParallel", 4)
    page.refresh()
    settle(qtbot, tasks)
    assert page.setting_page.shown == ["Ticket::Hook", "FetchParallel"]
    texts = [page.sections.item(at).text() for at in range(page.sections.count())]
    assert "Changed settings (2)" in texts


def test_the_section_is_remembered(
    page: ConfigurationPage, app: Application, settings: WindowSettings, qtbot: QtBot, tasks: Tasks
) -> None:
    page.show_section("state")
    settle(qtbot, tasks)
    page.hide()
    again = made(app, tasks, settings, qtbot)
    assert again.sections.key == "state"


# --- saving ---


def test_a_switch_is_saved_at_once_and_undone(
    page: ConfigurationPage, app: Application, qtbot: QtBot, tasks: Tasks
) -> None:
    undo: list[Callable[[], object]] = []
    page.undoable.connect(lambda text, back: undo.append(back))
    one = row(page, "PostMaster::PlusAddressing")
    assert isinstance(one.editor, SwitchEditor)
    one.editor.box.setFocus()
    qtbot.keyClick(one.editor.box, Qt.Key.Key_Space)
    settle(qtbot, tasks)
    assert value(app, one.key) is True
    assert one.mark.isVisible()
    undo[-1]()
    settle(qtbot, tasks)
    assert value(app, one.key) is False
    assert not one.editor.box.isChecked()
    assert not one.mark.isVisible()
    assert one.key not in app.settings.load().changed, "what is the default is not stored"


def test_a_number_is_saved_when_its_field_is_left(
    page: ConfigurationPage, app: Application, qtbot: QtBot, tasks: Tasks
) -> None:
    one = row(page, "FetchParallel")
    assert isinstance(one.editor, NumberEditor)
    one.editor.edit.setFocus()
    one.editor.edit.setText("12")
    settle(qtbot, tasks)
    assert value(app, "FetchParallel") == 8, "it is still being typed"
    enter(page, "FetchParallel", "12", qtbot, tasks)
    assert value(app, "FetchParallel") == 12


@pytest.mark.parametrize(
    ("key", "text", "said"),
    [
        ("FetchParallel", "900", "from 1 to 64"),
        ("FetchSchedule", "every day", "cron"),
        ("SendNoAutoResponseRegExp", "(", "regular expression"),
        ("SystemID", "abc", "digits"),
        ("PostmasterMaxEmailsPerAddress", "ann", "address=number"),
    ],
)
def test_a_value_that_breaks_a_rule_is_not_saved_and_stays_with_the_reason(
    key: str, text: str, said: str, page: ConfigurationPage, app: Application, qtbot: QtBot, tasks: Tasks
) -> None:
    one = enter(page, key, text, qtbot, tasks)
    assert value(app, key) == SETTINGS[key].default
    assert one.field.fault.startswith("Not saved.")
    assert said in one.field.fault
    assert said in one.editor.control.accessibleDescription()
    page.refresh()
    settle(qtbot, tasks)
    assert str(one.editor.value) == text, "reading anew takes nothing away"
    qtbot.keyClick(one.editor.control, Qt.Key.Key_Escape)
    assert one.editor.value == SETTINGS[key].default
    assert one.field.fault == ""


def test_an_emptied_number_is_as_it_was(page: ConfigurationPage, app: Application, qtbot: QtBot, tasks: Tasks) -> None:
    one = enter(page, "TimeoutTLS", "", qtbot, tasks)
    assert one.editor.value == 20
    assert value(app, "TimeoutTLS") == 20


def test_reset_goes_back_to_the_default(page: ConfigurationPage, app: Application, qtbot: QtBot, tasks: Tasks) -> None:
    one = enter(page, "Ticket::Hook", "Case#", qtbot, tasks)
    assert one.reset_button.isVisible()
    one.reset_button.click()
    settle(qtbot, tasks)
    assert one.editor.value == "Ticket#"
    assert not app.settings.load().changed
    assert not one.reset_button.isVisible()


def test_several_changes_in_a_row_are_saved_in_order(
    page: ConfigurationPage, app: Application, qtbot: QtBot, tasks: Tasks, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[tuple[str, SettingValue | None]] = []
    real = app.settings.set

    def noted(key: str, new: SettingValue | None) -> None:
        done.append((key, new))
        real(key, new)

    monkeypatch.setattr(app.settings, "set", noted)
    one = row(page, "PostMaster::PlusAddressing")
    for state in (True, None, True, None):
        one.wanted.emit(one.key, state)
    row(page, "TimeoutConnect").wanted.emit("TimeoutConnect", 30)
    settle(qtbot, tasks)
    assert done == [(one.key, True), (one.key, None), ("TimeoutConnect", 30)], "what waits is replaced"
    assert value(app, one.key) is False
    assert value(app, "TimeoutConnect") == 30


def test_a_database_that_refuses_is_said_and_the_value_is_as_it_was(
    page: ConfigurationPage, app: Application, qtbot: QtBot, tasks: Tasks, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(key: str, new: SettingValue | None) -> None:
        raise UserFixableError(Code.DATABASE_LOCKED, {"url": "sqlite:///here"})

    monkeypatch.setattr(app.settings, "set", locked)
    one = enter(page, "Ticket::Hook", "Case#", qtbot, tasks)
    assert page.setting_page.bar.notices
    assert one.editor.value == "Ticket#"


def test_what_is_changed_elsewhere_comes_with_the_next_look_but_not_under_ones_fingers(
    page: ConfigurationPage, app: Application, qtbot: QtBot, tasks: Tasks
) -> None:
    one = row(page, "Ticket::Hook")
    assert isinstance(one.editor, TextEditor)
    app.settings.set("Ticket::Hook", "Case#")
    page.refresh()
    settle(qtbot, tasks)
    assert one.editor.value == "Case#"
    one.editor.edit.setText("Half typ")
    app.settings.set("Ticket::Hook", "Other#")
    page.refresh()
    settle(qtbot, tasks)
    assert one.editor.value == "Half typ"


# --- what is offered ---


def test_queues_and_states_are_offered_as_they_are_now(
    page: ConfigurationPage, app: Application, qtbot: QtBot, tasks: Tasks
) -> None:
    app.routing.add_queue(Queue(name="Support"))
    page.refresh()
    settle(qtbot, tasks)
    choose(page, "PostmasterDefaultQueue", "Support", qtbot, tasks)
    assert value(app, "PostmasterDefaultQueue") == "Support"
    closed = row(page, "PostmasterFollowUpStateClosed").editor
    assert isinstance(closed, ChoiceEditor)
    assert closed.combo.values[0] == ""
    assert "open" in closed.combo.values


def test_a_choice_that_is_not_valid_any_more_is_shown_as_such(
    page: ConfigurationPage, app: Application, qtbot: QtBot, tasks: Tasks
) -> None:
    (misc,) = [one for one in app.routing.queues() if one.name == "Misc"]
    app.routing.set_queue_validity([misc], Validity.INVALID)
    app.storage.settings.set("PostmasterDefaultQueue", "Misc")
    page.refresh()
    settle(qtbot, tasks)
    editor = row(page, "PostmasterDefaultQueue").editor
    assert isinstance(editor, ChoiceEditor)
    assert editor.combo.currentText() == "Misc (not valid)"
    assert editor.value == "Misc"


def test_a_schedule_says_its_next_times(page: ConfigurationPage) -> None:
    one = row(page, "FetchSchedule")
    assert isinstance(one.editor, TextEditor)
    one.editor.edit.setText("0 4 1 1 *")
    hint = one.editor.control.accessibleDescription()
    assert hint.count("4:00") + hint.count("04:00") >= 3
    assert "Default: */10 * * * *" in hint


def test_range_default_and_unit_are_in_sight(page: ConfigurationPage) -> None:
    one = row(page, "TimeoutAccount")
    assert "1 to 86,400" in one.editor.control.accessibleDescription()
    assert "Default: 600 seconds" in one.editor.control.accessibleDescription()


def test_the_key_is_copied_by_the_menu(page: ConfigurationPage, qtbot: QtBot) -> None:
    page.activateWindow()
    one = row(page, "Ticket::Hook")
    qtbot.waitUntil(one.editor.control.hasFocus)
    page.setting_page.copy_action.trigger()
    assert QGuiApplication.clipboard().text() == "Ticket::Hook"
