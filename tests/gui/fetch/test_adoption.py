"""The question before a mailbox is fetched for the first time."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from PySide6.QtCore import QDate, Qt
from PySide6.QtWidgets import QPushButton, QRadioButton

from mailadmin.domain.accounts import AfterFetch, IncomingAccount
from mailadmin.domain.outcomes import FetchStatus
from mailadmin.gui.fetch.adoption_dialog import AdoptionDialog, needs_question
from mailadmin.services.adoption import Adoption, AdoptionChoice
from tests.gui.waiting import SECONDS
from tests.servers.memory import Mail

from .conftest import House, mail


def press(house: House, button: QPushButton | QRadioButton) -> None:
    assert button.isEnabled()
    button.setFocus()
    house.bot.keyClick(button, Qt.Key.Key_Space)


def choose(house: House, dialog: AdoptionDialog, choice: AdoptionChoice) -> None:
    press(house, dialog.question.choices[choice])
    press(house, dialog.fetch_button)


def old_and_new(house: House, account: IncomingAccount) -> None:
    house.server(account).mails += [
        Mail("101", mail(1), received_at=datetime(2019, 3, 5, tzinfo=UTC)),
        Mail("102", mail(2), received_at=datetime(2026, 11, 19, tzinfo=UTC)),
    ]


def test_the_question_says_what_lies_in_the_mailbox(house: House) -> None:
    support = house.account("support", fetched=False)
    old_and_new(house, support)
    house.desk.fetch([support])
    dialog = house.question()
    assert dialog.question.there.text().startswith("2 messages, ")
    assert "received from March 2019 on" in dialog.question.there.text()
    subjects = [dialog.question.sample.records.index(row, 1).data() for row in range(2)]
    assert sorted(subjects) == ["Question 1", "Question 2"]
    assert not dialog.fetch_button.isEnabled()
    assert house.tickets == 0
    dialog.reject()


def test_nothing_is_chosen_for_the_user(house: House) -> None:
    support = house.account("support", fetched=False)
    house.server(support).mails.append(Mail("101", mail(1), received_at=datetime.now(UTC)))
    house.desk.fetch([support])
    dialog = house.question()
    assert dialog.question.choice is None
    assert not dialog.fetch_button.isEnabled()
    dialog.reject()


def test_fetch_all_does_what_the_account_says(house: House) -> None:
    support = house.account("support", mail(1), mail(2), fetched=False)
    house.desk.fetch([support])
    choose(house, house.question(), AdoptionChoice.FETCH_ALL)
    house.until(lambda: house.outcomes and not house.desk.busy)
    assert house.tickets == 2
    assert house.server(support).raws == []


def test_keep_on_the_server_fetches_and_keeps_and_changes_the_rule(house: House) -> None:
    support = house.account("support", mail(1), mail(2), fetched=False)
    house.desk.fetch([support])
    choose(house, house.question(), AdoptionChoice.KEEP_ON_SERVER)
    house.until(lambda: house.outcomes and not house.desk.busy)
    assert house.tickets == 2
    assert house.server(support).raws == [mail(1), mail(2)]
    assert house.app.accounts.get("support").after_fetch is AfterFetch.KEEP


def test_only_from_a_day_leaves_what_is_older(house: House) -> None:
    support = house.account("support", fetched=False)
    old_and_new(house, support)
    house.desk.fetch([support])
    dialog = house.question()
    dialog.question.day.setDate(QDate(2026, 1, 1))
    assert dialog.question.choices[AdoptionChoice.ONLY_FROM].isChecked()
    press(house, dialog.fetch_button)
    house.until(lambda: house.outcomes and not house.desk.busy)
    assert house.tickets == 1
    assert house.server(support).raws == [mail(1)]
    assert house.app.accounts.get("support").fetch_from == date(2026, 1, 1)


def test_cancel_fetches_nothing_and_the_question_comes_again(house: House) -> None:
    support = house.account("support", mail(1), fetched=False)
    house.desk.fetch([support])
    dialog = house.question()
    with house.bot.waitSignal(house.desk.all_ended):
        press(house, dialog.cancel_button)
    assert house.outcomes == []
    assert house.server(support).downloads == []
    assert not house.desk.busy
    house.desk.fetch([support])
    house.question().reject()


def test_a_choice_that_is_being_saved_cannot_be_called_off(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    support = house.account("support", mail(1), fetched=False)
    adopt, may_save = house.app.adoption.adopt, threading.Event()

    def slowly(*wanted: Any) -> IncomingAccount:
        may_save.wait(SECONDS)
        return adopt(*wanted)

    monkeypatch.setattr(house.app.adoption, "adopt", slowly)
    house.desk.fetch([support])
    dialog = house.question()
    choose(house, dialog, AdoptionChoice.FETCH_ALL)

    assert not dialog.cancel_button.isEnabled()
    house.bot.keyClick(dialog, Qt.Key.Key_Escape)
    dialog.close()
    assert dialog.isVisible()
    may_save.set()
    house.until(lambda: house.outcomes and not house.desk.busy)

    assert house.tickets == 1


def test_stop_all_ends_the_question_even_while_its_answer_is_saved(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    support = house.account("support", mail(1), fetched=False)
    adopt, may_save = house.app.adoption.adopt, threading.Event()

    def slowly(*wanted: Any) -> IncomingAccount:
        may_save.wait(SECONDS)
        return adopt(*wanted)

    monkeypatch.setattr(house.app.adoption, "adopt", slowly)
    house.desk.fetch([support])
    dialog = house.question()
    choose(house, dialog, AdoptionChoice.FETCH_ALL)
    house.desk.stop_all()
    may_save.set()

    assert not dialog.isVisible()
    assert not house.desk.busy
    assert house.outcomes == []


def test_an_account_that_was_deleted_before_it_was_looked_at_is_called_by_its_name(house: House) -> None:
    support = house.account("support", mail(1), fetched=False)
    house.server(support).lose_on = "list"
    house.desk.fetch([support])
    dialog = house.question()
    house.app.accounts.delete(house.app.accounts.get("support"))
    press(house, dialog.retry_button)

    house.until(lambda: "support" in dialog._why.text())
    dialog.reject()


def test_an_account_that_was_fetched_before_is_not_asked_about(house: House) -> None:
    support = house.account("support", mail(1))
    house.fetch(support)
    assert house.desk._questions.dialog is None
    assert house.tickets == 1


def test_an_empty_mailbox_needs_no_question(house: House) -> None:
    support = house.account("support", fetched=False)
    house.fetch(support)
    assert house.outcome(support).status is FetchStatus.OK


@pytest.mark.parametrize(
    ("rule", "messages", "asks"),
    [
        (AfterFetch.DELETE, 0, False),
        (AfterFetch.DELETE, 1, True),
        (AfterFetch.MOVE, 1, True),
        (AfterFetch.KEEP, 20, False),
        (AfterFetch.KEEP, 21, True),
    ],
)
def test_whether_it_is_asked_depends_on_what_would_be_deleted(
    house: House, rule: AfterFetch, messages: int, asks: bool
) -> None:
    account = replace(house.account("support"), after_fetch=rule)
    assert needs_question(account, Adoption(messages)) is asks


def test_several_new_accounts_are_asked_about_one_after_the_other_while_known_ones_run(house: House) -> None:
    first = house.account("first", mail(1), fetched=False)
    second = house.account("second", mail(2), fetched=False)
    known = house.account("known", mail(3))
    house.desk.fetch([first, second, known])
    dialog = house.question()
    assert "first" in dialog.windowTitle()
    house.until(lambda: [one.name for one in house.outcomes] == ["known"])
    dialog.reject()
    house.until(lambda: house._asking() is not None and house._asking() is not dialog)
    dialog = house.question()
    assert "second" in dialog.windowTitle()
    choose(house, dialog, AdoptionChoice.FETCH_ALL)
    house.until(lambda: not house.desk.busy)
    assert [one.name for one in house.outcomes] == ["known", "second"]


def test_a_mailbox_that_cannot_be_looked_at_says_why_and_can_be_tried_again(house: House) -> None:
    support = house.account("support", mail(1), fetched=False)
    house.server(support).lose_on = "list"
    house.desk.fetch([support])
    dialog = house.question()
    assert dialog._why.text()
    assert dialog._words.text() == 'The server says: "bye"'
    press(house, dialog.retry_button)
    house.until(lambda: dialog.pages.currentWidget() is dialog.question)
    choose(house, dialog, AdoptionChoice.FETCH_ALL)
    house.until(lambda: house.outcomes and not house.desk.busy)
    assert house.tickets == 1


def test_a_mailbox_that_cannot_be_looked_at_leads_to_its_account(house: House) -> None:
    support = house.account("support", mail(1), fetched=False)
    house.server(support).lose_on = "open"
    house.desk.fetch([support])
    dialog = house.question()
    with house.bot.waitSignal(house.desk.edit_wanted) as wanted:
        press(house, dialog.edit_button)
    assert wanted.args[0].name == "support"
    house.until(lambda: not house.desk.busy)
    assert house.outcomes == []


def test_a_look_at_a_server_that_hangs_can_be_stopped(house: House) -> None:
    support = house.account("support", mail(1), fetched=False)
    house.server(support).hang_on = "list"
    house.desk.fetch([support])
    house.until(lambda: house.desk._questions.dialog is not None and house.desk._questions.dialog.isVisible())
    dialog = house.desk._questions.dialog
    assert dialog is not None
    assert dialog.cancel_button.text() == "&Stop"
    with house.bot.waitSignal(house.desk.all_ended):
        press(house, dialog.cancel_button)
    assert house.outcomes == []


def test_stop_all_takes_open_questions_back(house: House) -> None:
    accounts = [house.account(name, mail(1), fetched=False) for name in ("first", "second")]
    house.desk.fetch(accounts)
    dialog = house.question()
    house.desk.stop_all()
    assert not dialog.isVisible()
    assert not house.desk.busy
    assert house.outcomes == []


def test_stop_all_before_the_mailbox_was_looked_at_ends_everything_too(house: House) -> None:
    support = house.account("support", mail(1), fetched=False)
    known = house.account("known", mail(2))
    house.server(support).hang_on = "open"
    house.desk.fetch([support, known])
    house.until(lambda: house.outcomes and house.server(support).log[-1:] == ["open"])
    house.until(lambda: not house.desk.running)
    assert house.desk.busy
    with house.bot.waitSignal(house.desk.all_ended):
        house.desk.stop_all()
    assert house.panel.close_button.isEnabled()
    assert [one.name for one in house.outcomes] == ["known"]


def test_an_account_that_was_changed_meanwhile_is_not_overwritten(house: House) -> None:
    support = house.account("support", mail(1), fetched=False)
    house.desk.fetch([support])
    dialog = house.question()
    house.app.accounts.change(replace(house.app.accounts.get("support"), comment="by somebody else"))
    choose(house, dialog, AdoptionChoice.KEEP_ON_SERVER)
    house.until(lambda: dialog.question.bar.notices)
    assert house.app.accounts.get("support").after_fetch is AfterFetch.DELETE
    assert house.outcomes == []
    dialog.look()
    house.until(lambda: dialog.pages.currentWidget() is dialog.question)
    choose(house, dialog, AdoptionChoice.KEEP_ON_SERVER)
    house.until(lambda: house.outcomes and not house.desk.busy)
    stored = house.app.accounts.get("support")
    assert (stored.after_fetch, stored.comment) == (AfterFetch.KEEP, "by somebody else")
