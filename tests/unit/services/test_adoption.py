"""The question before an account's first fetch."""

from __future__ import annotations

import dataclasses
import threading
from datetime import UTC, date, datetime

import pytest

from mailadmin.domain.accounts import AfterFetch
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.outcomes import FetchStatus
from mailadmin.postmaster import parse
from mailadmin.services import adoption
from mailadmin.services.adoption import Adoption, AdoptionChoice

from .conftest import House, mail

imap_only = pytest.mark.parametrize("family", ["imap"], indirect=True)


def test_it_is_asked_until_something_was_fetched(house: House) -> None:
    house.server.add(mail(1))
    account = house.account()
    assert house.app.adoption.needed_now()(account)
    house.fetch(account)
    assert not house.app.adoption.needed_now()(account)


def test_an_empty_mailbox_that_was_fetched_is_known(house: House) -> None:
    account = house.account()
    house.fetch(account)
    assert not house.app.adoption.needed_now()(account)


def test_a_second_account_on_a_known_mailbox_is_not_asked_for(house: House) -> None:
    house.server.add(mail(1))
    house.fetch(house.account())
    assert not house.app.adoption.needed_now()(house.account("again"))


@imap_only
def test_an_account_that_is_pointed_elsewhere_is_new_there(house: House) -> None:
    account = house.account()
    house.fetch(account)
    moved = house.app.accounts.change(dataclasses.replace(account, username="other@example.org"))
    assert house.app.adoption.needed_now()(moved)
    adopted = house.app.adoption.adopt(moved, AdoptionChoice.FETCH_ALL)
    assert adopted == moved
    assert not house.app.adoption.needed_now()(adopted), "a first fetch that fails asks no second time"


@imap_only
def test_a_mailbox_that_another_account_has_and_never_fetched_is_new(house: House) -> None:
    fetched = house.account("a")
    house.fetch(fetched)
    house.account("b", username="other@example.org")
    moved = house.app.accounts.change(dataclasses.replace(fetched, username="other@example.org"))
    assert house.app.adoption.needed_now()(moved)


@pytest.mark.parametrize("place", ["open", "list", "message"])
def test_a_first_fetch_that_brings_nothing_is_no_answer(house: House, place: str) -> None:
    house.server.add(mail(1))
    house.server.lose_on = place
    house.server.poison.add(mail(1))
    account = house.account()
    assert house.fetch(account).status is FetchStatus.FAILED
    assert house.messages == []
    assert house.app.adoption.needed_now()(account)


@imap_only
def test_a_first_fetch_that_breaks_off_half_way_is_an_answer(house: House) -> None:
    house.app.storage.settings.set("FetchBatchMessages", 1)
    house.server.add(mail(1), mail(2))
    house.server.poison.add(mail(2))
    account = house.account()
    assert house.fetch(account).status is FetchStatus.FAILED
    assert len(house.messages) == 1
    assert not house.app.adoption.needed_now()(account)


def test_mail_that_was_handed_in_is_no_answer(house: House) -> None:
    account = house.account()
    house.app.reading.read(mail(1), account=account)
    assert house.app.adoption.needed_now()(account)


@imap_only
@pytest.mark.parametrize("choice", list(AdoptionChoice))
def test_an_account_changed_meanwhile_is_not_adopted(house: House, choice: AdoptionChoice) -> None:
    shown = house.account(after_fetch=AfterFetch.DELETE)
    changed = house.app.accounts.change(dataclasses.replace(shown, after_fetch=AfterFetch.KEEP))
    with pytest.raises(UserFixableError) as caught:
        house.app.adoption.adopt(shown, choice, date(2026, 11, 10))
    assert caught.value.code is Code.EDIT_CONFLICT
    assert house.app.accounts.get("support") == changed
    assert house.app.adoption.needed_now()(changed)


def test_what_was_answered_is_not_asked_again(house: House) -> None:
    for choice in AdoptionChoice:
        account = house.account(choice, username=choice)
        adopted = house.app.adoption.adopt(account, choice, date(2026, 11, 10))
        assert not house.app.adoption.needed_now()(adopted)


def test_a_header_that_cannot_be_taken_apart_is_left_out_of_the_sample(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def picky(raw: bytes) -> object:
        if b"Question 1" in raw:
            raise RecursionError
        return parse(raw)

    monkeypatch.setattr(adoption, "parse", picky)
    house.server.add(mail(1), mail(2))
    looked = house.app.adoption.look(house.account())
    assert (looked.messages, [one.subject for one in looked.sample]) == (2, ["Question 2"])


def test_looking_counts_measures_and_takes_a_sample(house: House) -> None:
    house.server.add(*(mail(number) for number in range(1, 21)))
    moment = datetime(2026, 11, 1, tzinfo=UTC)
    for day, one in enumerate(house.server.mails):
        one.received_at = moment.replace(day=day + 1)
    account = house.account()
    adoption = house.app.adoption.look(account)
    assert (adoption.messages, adoption.bytes) == (20, sum(len(one.raw) for one in house.server.mails))
    assert (adoption.oldest, adoption.newest) == (moment, moment.replace(day=20))
    assert [one.subject for one in adoption.sample] == [f"Question {number}" for number in (20, 19, 18, 17, 16)]
    assert adoption.sample[0].sender == "Customer 20 <c20@example.net>"
    assert adoption.sample[0].date == datetime(2026, 11, 20, 8, tzinfo=UTC)
    assert house.server.downloads == []
    assert len(house.server.raws) == 20
    assert house.app.adoption.needed_now()(account), "looking is not fetching"


def test_an_empty_mailbox_has_nothing_to_show(house: House) -> None:
    assert house.app.adoption.look(house.account()) == Adoption(0, 0)


def test_looking_can_be_stopped(house: House) -> None:
    house.server.hang_on = "list"
    here = threading.Event()
    house.server.before["list"] = here.set
    with pytest.raises(UserFixableError) as caught:
        house.app.adoption.look(house.account(), here.is_set)
    assert caught.value.code is Code.STOPPED
    assert "abandon" in house.server.log


def test_keeping_leaves_everything_on_the_server(house: House) -> None:
    house.server.add(mail(1))
    adopted = house.app.adoption.adopt(house.account(), AdoptionChoice.KEEP_ON_SERVER)
    assert adopted.after_fetch is AfterFetch.KEEP
    assert house.fetch(adopted).counts.fetched == 1
    assert len(house.server.raws) == 1


@imap_only
def test_keeping_forgets_the_folder_to_move_to(house: House) -> None:
    account = house.account(after_fetch=AfterFetch.MOVE, move_to="Done")
    adopted = house.app.adoption.adopt(account, AdoptionChoice.KEEP_ON_SERVER)
    assert (adopted.after_fetch, adopted.move_to) == (AfterFetch.KEEP, "")


def test_only_what_came_since_a_day_is_fetched(house: House) -> None:
    house.server.add(mail(1), mail(2))
    house.server.mails[0].received_at = datetime(2026, 11, 1, tzinfo=UTC)
    house.server.mails[1].received_at = datetime(2026, 11, 19, tzinfo=UTC)
    adopted = house.app.adoption.adopt(house.account(), AdoptionChoice.ONLY_FROM, date(2026, 11, 10))
    assert adopted.fetch_from == date(2026, 11, 10)
    outcome = house.fetch(adopted)
    assert (outcome.status, outcome.counts.fetched) == (FetchStatus.OK, 1)
    assert house.server.raws == [mail(1)]
