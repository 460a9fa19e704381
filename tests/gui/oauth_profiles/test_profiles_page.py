"""The page of profiles: what it shows, and what a person does with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from mailadmin.bootstrap import Application
from mailadmin.domain.accounts import Validity
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.oauth import ClientAuthentication, OAuthProfile, Provider
from mailadmin.domain.secrets import Secret, SecretKind
from mailadmin.gui.oauth_profiles import ProfileDialog, ProfilesPage
from mailadmin.gui.settings import WindowSettings
from mailadmin.gui.tasks import Tasks
from tests.gui.routing.conftest import cells, click, opened, question, select
from tests.gui.waiting import settle

from .conftest import APP_ONLY, CUSTOM, GOOGLE, MICROSOFT, TENANT, VALUE, account, ends_in, kept, shown


def again(page: ProfilesPage, qtbot: QtBot) -> None:
    page.refresh()
    settle(qtbot, page.tasks)


def tooltip(page: ProfilesPage, key: str, row: int = 0) -> str:
    column = [one.key for one in page.model.columns].index(key)
    said: Any = page.table.filter.index(row, column).data(Qt.ItemDataRole.ToolTipRole)
    return str(said)


# --- what it shows ---


def test_without_a_profile_it_says_what_one_is_and_offers_to_add_one(page: ProfilesPage, qtbot: QtBot) -> None:
    empty = page.contents.nothing_there
    assert page.contents.currentWidget() is empty
    assert "Microsoft, Google or another" in empty.text
    qtbot.mouseClick(empty.button, Qt.MouseButton.LeftButton)
    dialog = opened(qtbot, page, ProfileDialog)
    assert dialog.form.registration.provider.value is Provider.MICROSOFT
    assert dialog.adding
    dialog.done(0)


def test_each_profile_is_shown_with_what_matters(page: ProfilesPage, app: Application, qtbot: QtBot) -> None:
    microsoft = app.profiles.add(MICROSOFT)
    app.profiles.add(APP_ONLY, Secret(VALUE))
    app.profiles.add(GOOGLE, Secret("GOCSPX-x"))
    app.profiles.add(CUSTOM)
    app.accounts.add(account(microsoft, "orders"))
    app.accounts.add(account(microsoft, "returns"))
    again(page, qtbot)
    assert cells(page, "name") == ["App-only", "Contoso", "Partner", "Workspace"]
    assert cells(page, "flow") == ["by itself", "in the browser", "in the browser", "in the browser"]
    assert cells(page, "address") == [TENANT, TENANT, CUSTOM.discovery_url, "accounts.google.com"]
    assert cells(page, "used") == ["–", "2 accounts", "–", "–"]
    assert cells(page, "secret_until") == ["not said", "–", "–", "not said"]
    assert tooltip(page, "used", 1) == "Accounts: orders, returns"
    page.filter.text.setText("google")
    qtbot.waitUntil(lambda: cells(page, "name") == ["Workspace"])


@pytest.mark.parametrize(
    ("days", "said", "needs"),
    [(-3, "over", 1), (0, "over", 1), (1, "1 day left", 1), (60, "60 days left", 1), (61, None, 0)],
)
def test_the_end_of_a_secret_is_said_and_counted_from_60_days_on(
    days: int, said: str | None, needs: int, page: ProfilesPage, app: Application, qtbot: QtBot
) -> None:
    profile = app.profiles.add(ends_in(days), Secret(VALUE))
    counts: list[int] = []
    page.counted.connect(counts.append)
    again(page, qtbot)
    assert counts[-1] == 0  # no account is concerned
    app.accounts.add(account(profile))
    again(page, qtbot)
    assert counts[-1] == needs
    (text,) = cells(page, "secret_until")
    if said is None:
        day = datetime.now().astimezone().date() + timedelta(days=days)
        assert str(day.year) in text
    else:
        assert text == said
        assert "Make another one" in tooltip(page, "secret_until")
    column = [one.key for one in page.model.columns].index("secret_until")
    assert not page.table.filter.index(0, column).data(Qt.ItemDataRole.DecorationRole).isNull()


def test_a_secret_that_was_never_entered_is_missing(page: ProfilesPage, app: Application, qtbot: QtBot) -> None:
    app.profiles.add(APP_ONLY)
    again(page, qtbot)
    assert cells(page, "secret_until") == ["missing"]
    assert "never entered" in tooltip(page, "secret_until")


# --- verbs ---


def test_a_profile_is_added_and_selected(page: ProfilesPage, app: Application, qtbot: QtBot) -> None:
    page.add_new_action.trigger()
    dialog = opened(qtbot, page, ProfileDialog)
    dialog.form.registration.name.setText("Contoso")
    dialog.form.registration.tenant.setText(TENANT)
    dialog.form.registration.client_id.setText(MICROSOFT.client_id)
    click(qtbot, dialog, "Save")
    qtbot.waitUntil(lambda: [row.profile.name for row in page.table.selected()] == ["Contoso"])
    settle(qtbot, page.tasks)
    assert app.profiles.get("Contoso").client_authentication is ClientAuthentication.NONE


def test_a_copy_has_a_free_name_and_no_secret(page: ProfilesPage, app: Application, qtbot: QtBot) -> None:
    app.profiles.add(APP_ONLY, Secret(VALUE))
    again(page, qtbot)
    select(page, "App-only")
    page.duplicate_action.trigger()
    dialog = opened(qtbot, page, ProfileDialog)
    settle(qtbot, page.tasks)
    assert dialog.adding
    assert dialog.form.registration.name.text() not in {"", "App-only"}
    assert not dialog.form.sign_in.secret.masked
    dialog.form.sign_in.secret.edit.setText(VALUE.replace("x", "y"))
    click(qtbot, dialog, "Save")
    settle(qtbot, page.tasks)
    assert sorted(kept(app, SecretKind.CLIENT_SECRET)) == [VALUE, VALUE.replace("x", "y")]


def test_a_profile_in_use_is_not_deleted_and_the_accounts_are_named(
    page: ProfilesPage, app: Application, qtbot: QtBot
) -> None:
    app.accounts.add(account(app.profiles.add(MICROSOFT), "orders"))
    again(page, qtbot)
    select(page, "Contoso")
    page.delete_action.trigger()
    box = question(qtbot, page)
    assert "accounts sign in by it" in box.text()
    assert "orders" in box.informativeText()
    click(qtbot, box, "Close")
    assert [one.name for one in app.profiles.all()] == ["Contoso"]


def test_a_profile_is_deleted_with_its_secret_after_a_question(
    page: ProfilesPage, app: Application, qtbot: QtBot
) -> None:
    app.profiles.add(APP_ONLY, Secret(VALUE))
    app.profiles.add(MICROSOFT)
    again(page, qtbot)
    select(page, "App-only")
    page.delete_action.trigger()
    box = question(qtbot, page)
    assert box.defaultButton().text().replace("&", "") == "Cancel"
    click(qtbot, box, "Delete profile")
    settle(qtbot, page.tasks)
    assert [one.name for one in app.profiles.all()] == ["Contoso"]
    assert kept(app, SecretKind.CLIENT_SECRET) == []


def test_an_account_that_came_meanwhile_stands_in_the_way(page: ProfilesPage, app: Application, qtbot: QtBot) -> None:
    profile = app.profiles.add(MICROSOFT)
    again(page, qtbot)
    select(page, "Contoso")
    page.delete_action.trigger()
    box = question(qtbot, page)
    app.accounts.add(account(profile))  # while the question is read
    click(qtbot, box, "Delete profile")
    settle(qtbot, page.tasks)
    assert [one.name for one in app.profiles.all()] == ["Contoso"]
    assert page.bar.notices


def test_validity_can_be_taken_back(page: ProfilesPage, app: Application, qtbot: QtBot) -> None:
    app.profiles.add(MICROSOFT)
    app.profiles.add(replace(CUSTOM, validity=Validity.INVALID))
    again(page, qtbot)
    page.filter.include_invalid.setChecked(True)
    select(page, "Contoso", "Partner")
    with qtbot.waitSignal(page.undoable) as undoable:
        page.validity_actions[Validity.INVALID_TEMPORARILY].trigger()
    settle(qtbot, page.tasks)
    assert {one.validity for one in app.profiles.all()} == {Validity.INVALID_TEMPORARILY}
    assert undoable.args is not None
    undoable.args[1]()
    settle(qtbot, page.tasks)
    assert {one.name: one.validity for one in app.profiles.all()} == {
        "Contoso": Validity.VALID,
        "Partner": Validity.INVALID,
    }


def test_a_profile_is_opened_by_its_name_as_it_is_stored_now(
    page: ProfilesPage, app: Application, qtbot: QtBot
) -> None:
    profile = app.profiles.add(MICROSOFT)
    again(page, qtbot)
    app.profiles.change(replace(profile, comment="changed meanwhile"))
    page.edit_named("Contoso")
    dialog = opened(qtbot, page, ProfileDialog)
    assert dialog.form.comment.text() == "changed meanwhile"
    settle(qtbot, page.tasks)
    dialog.done(0)
    page.edit_named("No such profile")
    settle(qtbot, page.tasks)
    assert "No such profile" in page.bar.notices[0].text


def test_a_page_that_cannot_be_read_says_why_and_can_be_tried_again(
    app: Application, tasks: Tasks, settings: WindowSettings, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked() -> list[OAuthProfile]:
        raise UserFixableError(Code.DATABASE_LOCKED)

    app.profiles.add(MICROSOFT)
    with monkeypatch.context() as patch:
        patch.setattr(app.profiles, "all", locked)
        made = ProfilesPage(profiles=app.profiles, secrets=app.secrets, tasks=tasks, settings=settings)
        broken = shown(made, qtbot)
    assert broken.contents.currentWidget() is broken.contents.not_loaded
    qtbot.mouseClick(broken.contents.not_loaded.button, Qt.MouseButton.LeftButton)
    settle(qtbot, tasks)
    assert cells(broken, "name") == ["Contoso"]
