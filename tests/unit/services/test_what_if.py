"""What-if: what would become of stored mail, told without writing anything; and examples that are asked about."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace

import pytest

from mailadmin.domain.accounts import Dispatching, Validity
from mailadmin.domain.decisions import DecisionKind, outcome_of
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.filters import Action, Condition, Filter
from mailadmin.domain.queues import MailAddress
from mailadmin.services.what_if import BATCH, Comparison, Proposal, WhatIfService

from .conftest import House, mail

JUNK = Action("X-OTOBO-Queue", "Junk")
MISC = Action("X-OTOBO-Queue", "Misc")


def rule(*actions: Action, name: str = "Ones", pattern: str = "Question 1", **fields: object) -> Filter:
    """A filter on the subject."""
    record = Filter(name=name, conditions=(Condition("Subject", pattern),), actions=actions or (JUNK,))
    changed: Filter = replace(record, **fields)  # type: ignore[arg-type]
    return changed


def queues(compared: Sequence[Comparison]) -> list[tuple[str, str, str]]:
    """Subject, queue before, queue after, oldest first."""
    return [(one.message.subject, one.before.queue, one.after.queue) for one in reversed(compared)]


def dump(house: House) -> list[str]:
    """Everything in the database."""
    path = house.app.places.database.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


@pytest.fixture
def family() -> str:
    """The protocol does not matter here."""
    return "imap"


@pytest.fixture
def what_if(house: House) -> WhatIfService:
    """The service, with three messages in the database, all in the queue Raw."""
    house.server.add(mail(1), mail(2), mail(3))
    house.fetch(house.account())
    return house.app.what_if


def test_an_unsaved_filter_is_told_by_what_it_changes(what_if: WhatIfService) -> None:
    compared = what_if.run(Proposal(filters=(rule(),)))
    assert queues(compared) == [
        ("Question 1", "Raw", "Junk"),
        ("Question 2", "Raw", "Raw"),
        ("Question 3", "Raw", "Raw"),
    ]
    assert [one.differs for one in reversed(compared)] == [True, False, False]


def test_nothing_is_written(house: House, what_if: WhatIfService) -> None:
    stored = house.app.filters.add(rule(name="Stored"))
    what_if.pin(stored, house.messages[0].id)
    before = dump(house)
    proposal = Proposal(filters=(rule(MISC, order=200),), address=MailAddress(address="new@example.org", queue="Misc"))
    assert any(one.differs for one in what_if.run(proposal))
    assert what_if.changed_examples(Proposal(without_filters=frozenset({stored.id or 0})))
    assert what_if.messages()
    assert dump(house) == before


def test_a_stored_filter_is_replaced_by_the_shown_one_and_can_be_left_out(house: House, what_if: WhatIfService) -> None:
    stored = house.app.filters.add(rule())
    shown = replace(stored, actions=(MISC,))
    assert queues(what_if.run(Proposal(filters=(shown,))))[0] == ("Question 1", "Junk", "Misc")
    gone = Proposal(without_filters=frozenset({stored.id or 0}))
    assert queues(what_if.run(gone))[0] == ("Question 1", "Junk", "Raw")
    invalid = Proposal(filters=(replace(stored, validity=Validity.INVALID),))
    assert queues(what_if.run(invalid))[0] == ("Question 1", "Junk", "Raw")


def test_the_shown_filter_runs_at_its_place(house: House, what_if: WhatIfService) -> None:
    house.app.filters.add(rule(JUNK, name="Stored", order=50, stop=True))
    late, early = rule(MISC, order=60), rule(MISC, order=40, stop=True)
    assert queues(what_if.run(Proposal(filters=(late,))))[0] == ("Question 1", "Junk", "Junk")
    assert queues(what_if.run(Proposal(filters=(early,))))[0] == ("Question 1", "Junk", "Misc")


def test_the_last_messages_are_tried_newest_first(what_if: WhatIfService) -> None:
    compared = what_if.run(Proposal(filters=(rule(),)), last=2)
    assert [one.message.subject for one in compared] == ["Question 3", "Question 2"]


def test_a_trial_tells_how_far_it_is_and_stops(house: House, what_if: WhatIfService) -> None:
    house.server.add(*[mail(number) for number in range(10, 10 + BATCH)])
    house.fetch()
    told: list[tuple[int, int]] = []
    assert len(what_if.run(Proposal(), on_progress=lambda *far: told.append(far))) == BATCH + 3
    assert told == [(BATCH, BATCH + 3), (BATCH + 3, BATCH + 3)]
    told.clear()
    with pytest.raises(UserFixableError) as stopped:
        what_if.run(Proposal(), on_progress=lambda *far: told.append(far), should_stop=lambda: bool(told))
    assert stopped.value.code is Code.STOPPED
    assert told == [(BATCH, BATCH + 3)]


def test_an_account_is_tried_on_its_own_mail(house: House, what_if: WhatIfService) -> None:
    other = house.account("other", username="other@example.org")
    house.server.add(mail(7, X_OTOBO_Queue="Misc"))
    house.fetch(other)
    shown = replace(other, dispatching=Dispatching.QUEUE, queue="Junk")
    assert queues(what_if.run(Proposal(account=shown))) == [("Question 7", "Raw", "Junk")]
    trusting = replace(other, trusted=True)
    assert queues(what_if.run(Proposal(account=trusting))) == [("Question 7", "Raw", "Misc")]


def test_a_new_account_is_tried_on_all_mail(house: House, what_if: WhatIfService) -> None:
    [account] = house.app.accounts.all()
    new = replace(account, name="new", id=None, uid=None, dispatching=Dispatching.QUEUE, queue="Misc")
    assert [after for _, _, after in queues(what_if.run(Proposal(account=new)))] == ["Misc"] * 3


def test_what_was_saved_before_is_no_change_of_the_proposal(house: House, what_if: WhatIfService) -> None:
    [account] = house.app.accounts.all()
    saved = house.app.accounts.change(replace(account, dispatching=Dispatching.QUEUE, queue="Misc"))
    compared = what_if.run(Proposal(account=replace(saved, comment="New words.")))
    assert queues(compared)[0] == ("Question 1", "Misc", "Misc")
    assert not any(one.differs for one in compared)


def test_the_filters_of_an_account_follow_its_new_name(house: House, what_if: WhatIfService) -> None:
    house.app.filters.add(rule(accounts=("support",)))
    [account] = house.app.accounts.all()
    compared = what_if.run(Proposal(account=replace(account, name="helpdesk")))
    assert queues(compared)[0] == ("Question 1", "Junk", "Junk")


def test_a_filter_for_another_account_changes_nothing(house: House, what_if: WhatIfService) -> None:
    house.account("other", username="other@example.org")
    assert not any(one.differs for one in what_if.run(Proposal(filters=(rule(accounts=("other",)),))))


def test_an_address_is_tried_as_it_would_be(house: House, what_if: WhatIfService) -> None:
    new = MailAddress(address="Support@example.org", queue="Misc")
    assert queues(what_if.run(Proposal(address=new)))[0] == ("Question 1", "Raw", "Misc")
    stored = house.app.routing.add_address(new)
    elsewhere = replace(stored, address="sales@example.org")
    assert queues(what_if.run(Proposal(address=elsewhere)))[0] == ("Question 1", "Misc", "Raw")
    invalid = replace(stored, validity=Validity.INVALID)
    assert queues(what_if.run(Proposal(address=invalid)))[0] == ("Question 1", "Misc", "Raw")


def test_ignoring_is_another_outcome(what_if: WhatIfService) -> None:
    compared = what_if.run(Proposal(filters=(rule(Action("X-OTOBO-Ignore", "yes")),)))
    assert compared[-1].differs
    assert compared[-1].after.kind is DecisionKind.IGNORED


def test_what_may_end_the_program_is_not_touched(house: House, what_if: WhatIfService) -> None:
    first = house.messages[0]
    house.server.add(mail(4))
    [account] = house.app.accounts.all()
    house.app.filters.add(rule(Action("X-OTOBO-Ignore", "yes"), pattern="Question 4"))
    house.fetch(account)
    ignored = house.messages[-1]
    house.app.inbox.discard(ignored.id, "not wanted")
    assert ignored.id not in {one.message.id for one in what_if.run(Proposal())}
    with pytest.raises(UserFixableError) as refused:
        what_if.pin(house.app.filters.add(rule(name="Another")), ignored.id)
    assert refused.value.code is Code.UNKNOWN_MESSAGE
    assert first.id in {one.message.id for one in what_if.run(Proposal())}


# --- examples ---


def test_an_example_is_asked_about_when_it_would_become_something_else(house: House, what_if: WhatIfService) -> None:
    stored = house.app.filters.add(rule())
    first, second = house.messages[0], house.messages[1]
    example = what_if.pin(stored, first.id)
    what_if.pin(stored, second.id)
    assert dict(example.outcome)["queue"] == "Junk"
    [change] = what_if.changed_examples(Proposal(filters=(replace(stored, actions=(MISC,)),)))
    assert (change.filter, change.inbox_id, change.subject) == ("Ones", first.id, "Question 1")
    assert (dict(change.before)["queue"], dict(change.after)["queue"]) == ("Junk", "Misc")
    assert what_if.changed_examples(Proposal(filters=(replace(stored, comment="New words."),))) == []


def test_another_filter_is_asked_about_the_example_as_well(house: House, what_if: WhatIfService) -> None:
    stored = house.app.filters.add(rule())
    what_if.pin(stored, house.messages[0].id)
    [change] = what_if.changed_examples(Proposal(filters=(rule(MISC, name="Later", order=200),)))
    assert change.filter == "Ones"


def test_an_account_has_no_say_about_examples_of_others(house: House, what_if: WhatIfService) -> None:
    what_if.pin(house.app.filters.add(rule(pattern="nothing has this")), house.messages[0].id)
    [support] = house.app.accounts.all()
    other = house.account("other", username="other@example.org")
    by_queue = {"dispatching": Dispatching.QUEUE, "queue": "Misc"}
    assert what_if.changed_examples(Proposal(account=replace(other, **by_queue))) == []  # type: ignore[arg-type]
    assert len(what_if.changed_examples(Proposal(account=replace(support, **by_queue)))) == 1  # type: ignore[arg-type]


def test_what_was_accepted_is_expected_from_then_on(house: House, what_if: WhatIfService) -> None:
    stored = house.app.filters.add(rule())
    what_if.pin(stored, house.messages[0].id)
    shown = replace(stored, name="Renamed", actions=(MISC,))
    changes = what_if.changed_examples(Proposal(filters=(shown,)))
    saved = house.app.filters.change(shown)
    what_if.accept(changes)
    [example] = what_if.examples(saved)
    assert dict(example.outcome)["queue"] == "Misc"
    assert example.outcome == outcome_of(what_if.run(Proposal())[-1].before)


def test_an_example_that_comes_back_to_what_is_expected_is_not_asked_about(
    house: House, what_if: WhatIfService
) -> None:
    stored = house.app.filters.add(rule())
    what_if.pin(stored, house.messages[0].id)
    drifted = house.app.filters.change(replace(stored, actions=(MISC,)))  # not by the window: nobody was asked
    assert what_if.changed_examples(Proposal(filters=(replace(drifted, actions=(JUNK,)),))) == []


def test_a_deleted_filter_takes_its_examples_along(house: House, what_if: WhatIfService) -> None:
    stored = house.app.filters.add(rule())
    what_if.pin(stored, house.messages[0].id)
    changes = what_if.changed_examples(Proposal(without_filters=frozenset({stored.id or 0})))
    assert len(changes) == 1
    house.app.filters.delete(stored)
    what_if.accept(changes)
    assert what_if.changed_examples(Proposal(filters=(rule(),))) == []


def test_an_example_can_be_taken_off(house: House, what_if: WhatIfService) -> None:
    stored = house.app.filters.add(rule())
    what_if.unpin(what_if.pin(stored, house.messages[0].id))
    assert what_if.examples(stored) == []


def test_messages_are_found_by_their_words(what_if: WhatIfService) -> None:
    assert [one.subject for one in what_if.messages("question 2")] == ["Question 2"]
    assert [one.subject for one in what_if.messages(limit=2)] == ["Question 3", "Question 2"]
