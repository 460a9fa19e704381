"""What a filter must be like to be saved."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mailadmin.domain.accounts import AccountType, IncomingAccount, Validity
from mailadmin.domain.filter_rules import (
    MAX_ORDER,
    filter_faults,
    names_entry,
    names_queue,
    normalised_filter,
    renamed,
)
from mailadmin.domain.filters import Action, Condition, Filter
from mailadmin.domain.lists import SHIPPED_STATES, ListEntry, ListKind
from mailadmin.domain.queues import SHIPPED_QUEUES, Queue
from mailadmin.domain.validation import Problem, Surroundings
from mailadmin.postmaster.patterns import check_pattern

AGENT = ListEntry(kind=ListKind.AGENT, name="jane", id=7)
HIDDEN = ListEntry(kind=ListKind.DYNAMIC_FIELD, name="Hidden", validity=Validity.INVALID)
AROUND = Surroundings(
    queues={
        **{queue.name.casefold(): queue for queue in SHIPPED_QUEUES},
        "off": Queue(name="Off", validity=Validity.INVALID),
    },
    accounts=(IncomingAccount(name="Support", type=AccountType.IMAPS),),
    lists={
        ListKind.STATE: {state.name: state for state in SHIPPED_STATES},
        ListKind.AGENT: {"jane": AGENT},
        ListKind.DYNAMIC_FIELD: {"hidden": HIDDEN},
    },
    check_pattern=check_pattern,
)
GOOD = Filter(
    name="Spam",
    conditions=(Condition("Subject", r"\[(?P<what>\w+)\]"), Condition("From", r"EMAILADDRESS:.*@example\.org")),
    actions=(Action("X-OTOBO-Queue", "junk"),),
    accounts=("support",),
)


def problems(record: Filter) -> set[tuple[str, Problem, str, str]]:
    """Each fault's field and problem, with the number and the part, if it is about one of several."""
    faults = filter_faults(record, AROUND)
    return {(one.field, one.problem, one.facts.get("number", ""), one.facts.get("part", "")) for one in faults}


def of_value(header: str, value: str) -> set[Problem]:
    found = problems(replace(GOOD, actions=(Action("X-OTOBO-Title", "t"), Action(header, value))))
    assert {(field, number, part) for field, _, number, part in found} <= {("actions", "2", "value")}
    return {problem for _, problem, _, _ in found}


def test_a_good_filter_breaks_no_rule() -> None:
    assert problems(GOOD) == set()


@pytest.mark.parametrize(
    ("change", "field", "problem", "number", "part"),
    [
        ({"name": " "}, "name", Problem.REQUIRED, "", ""),
        ({"name": "x" * 192}, "name", Problem.TOO_LONG, "", ""),
        ({"order": -1}, "order", Problem.OUT_OF_RANGE, "", ""),
        ({"order": MAX_ORDER + 1}, "order", Problem.OUT_OF_RANGE, "", ""),
        ({"accounts": ("nobody",)}, "accounts", Problem.UNKNOWN_ACCOUNT, "", ""),
        ({"conditions": ()}, "conditions", Problem.REQUIRED, "", ""),
        ({"actions": ()}, "actions", Problem.REQUIRED, "", ""),
        ({"conditions": (Condition("", "x"),)}, "conditions", Problem.REQUIRED, "1", "header"),
        ({"conditions": (Condition("From", ""),)}, "conditions", Problem.REQUIRED, "1", "pattern"),
        ({"conditions": (Condition("From", "EMAILADDRESS:"),)}, "conditions", Problem.REQUIRED, "1", "pattern"),
        ({"conditions": (Condition("Fr om", "x"),)}, "conditions", Problem.NOT_A_HEADER, "1", "header"),
        ({"conditions": (Condition("From:", "x"),)}, "conditions", Problem.NOT_A_HEADER, "1", "header"),
        ({"conditions": (Condition("From", "(x"),)}, "conditions", Problem.NOT_A_PATTERN, "1", "pattern"),
        ({"conditions": (Condition("From", "x" * 2001),)}, "conditions", Problem.TOO_LONG, "1", "pattern"),
        ({"conditions": (Condition("From", "a\nb"),)}, "conditions", Problem.CONTROL_CHARACTERS, "1", "pattern"),
        ({"actions": (Action("Subject", "x"),)}, "actions", Problem.NOT_SETTABLE, "1", "header"),
        ({"actions": (Action("X-OTOBO-Nonsense", "x"),)}, "actions", Problem.NOT_SETTABLE, "1", "header"),
        ({"actions": (Action("X-OTOBO-AttachmentCount", "1"),)}, "actions", Problem.NOT_SETTABLE, "1", "header"),
        ({"actions": (Action("X-OTOBO-Bounce", "1"),)}, "actions", Problem.NOT_SETTABLE, "1", "header"),
        (
            {"actions": (Action("X-OTOBO-DynamicField-hidden", "x"),)},
            "actions",
            Problem.INVALID_ENTRY,
            "1",
            "header",
        ),
        ({"actions": (Action("X-OTOBO-Queue", " "),)}, "actions", Problem.REQUIRED, "1", "value"),
    ],
)
def test_each_rule_names_its_place(
    change: dict[str, Any], field: str, problem: Problem, number: str, part: str
) -> None:
    assert (field, problem, number, part) in problems(replace(GOOD, **change))


@pytest.mark.parametrize(
    ("header", "value", "problem"),
    [
        ("X-OTOBO-Queue", "Nowhere", Problem.UNKNOWN_QUEUE),
        ("X-OTOBO-FollowUp-Queue", "off", Problem.INVALID_QUEUE),
        ("x-otobo-state", "nonsense", Problem.UNKNOWN_ENTRY),
        ("X-OTOBO-Type", "Incident", Problem.UNKNOWN_ENTRY),
        ("X-OTOBO-Owner", "john", Problem.UNKNOWN_ENTRY),
        ("X-OTOBO-OwnerID", "8", Problem.UNKNOWN_ENTRY),
        ("X-OTOBO-Priority", "high", Problem.NOT_A_CHOICE),
        ("X-OTOBO-Lock", "closed", Problem.NOT_A_CHOICE),
        ("X-OTOBO-SenderType", "robot", Problem.NOT_A_CHOICE),
        ("X-OTOBO-IsVisibleForCustomer", "maybe", Problem.NOT_A_CHOICE),
        ("X-OTOBO-State-PendingTime", "tomorrow", Problem.NOT_A_TIME),
        ("X-OTOBO-State-PendingTime", "2026-02-30 08:00:00", Problem.NOT_A_TIME),
        ("X-OTOBO-Title", r"[**\who**]", Problem.UNKNOWN_CAPTURE),
        ("X-OTOBO-Title", "a\nb", Problem.CONTROL_CHARACTERS),
        ("X-OTOBO-Title", "a" * 2001, Problem.TOO_LONG),
    ],
)
def test_values_that_name_nothing(header: str, value: str, problem: Problem) -> None:
    assert problem in of_value(header, value)


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("X-OTOBO-Queue", "JUNK"),
        ("X-OTOBO-Queue", "[***]"),
        ("X-OTOBO-State", r"new[**\what**]"),
        ("X-OTOBO-Title", r"[**\what**] [**\email**]"),
        ("X-OTOBO-State", "Closed Successful"),
        ("X-OTOBO-Owner", "Jane"),
        ("X-OTOBO-OwnerID", "7"),
        ("X-OTOBO-Priority", "3 normal"),
        ("X-OTOBO-Ignore", "yes"),
        ("X-OTOBO-Loop", "whatever"),
        ("X-OTOBO-State-PendingTime", "+ 2 d"),
        ("X-OTOBO-State-PendingTime", "2026-12-31 08:00:00"),
        ("X-OTOBO-DynamicField-Anything", "x"),
        ("X-OTOBO-FollowUp-DynamicField-Anything", "x"),
        ("X-OTOBO-CustomerUser", "somebody"),
        ("X-OTOBO-TicketKey1", "x"),
    ],
)
def test_values_that_are_well(header: str, value: str) -> None:
    assert of_value(header, value) == set()


def test_a_capture_of_what_must_not_be_found_is_none() -> None:
    negated = Condition("Subject", "(?P<what>x)", negated=True)
    record = replace(GOOD, conditions=(negated,), actions=(Action("X-OTOBO-Title", r"[**\what**]"),))
    assert problems(record) == {("actions", Problem.UNKNOWN_CAPTURE, "1", "value")}


def test_a_filter_is_stored_tidily() -> None:
    untidy = replace(
        GOOD,
        name="  Spam ",
        conditions=(Condition(" Subject ", " x "),),
        actions=(Action(" X-OTOBO-Title ", " t "),),
        accounts=("b", "A", "B "),
    )
    tidy = normalised_filter(untidy)
    assert (tidy.name, tidy.accounts) == ("Spam", ("A", "B"))
    assert tidy.conditions == (Condition("Subject", " x "),), "blanks of a pattern count"
    assert tidy.actions == (Action("X-OTOBO-Title", " t "),)


def test_what_actions_name_is_known_and_follows_a_new_name() -> None:
    record = replace(
        GOOD,
        actions=(
            Action("X-OTOBO-Queue", "junk"),
            Action("X-OTOBO-FollowUp-Queue", "Misc"),
            Action("X-OTOBO-Title", "Junk"),
        ),
    )
    assert [names_queue(action, "JUNK") for action in record.actions] == [True, False, False]
    followed = renamed(record, lambda action: names_queue(action, "Junk"), "Rubbish")
    assert [action.value for action in followed.actions] == ["Rubbish", "Misc", "Junk"]


def test_dynamic_fields_are_named_by_the_header_and_agents_also_by_number() -> None:
    field = Action("x-otobo-followup-dynamicfield-hidden", "v")
    assert names_entry(field, HIDDEN)
    record = renamed(replace(GOOD, actions=(field,)), lambda action: names_entry(action, HIDDEN), "Shown")
    assert record.actions == (Action("x-otobo-followup-dynamicfield-Shown", "v"),)
    by_id, by_name = Action("X-OTOBO-OwnerID", "7"), Action("X-OTOBO-Responsible", "JANE")
    assert names_entry(by_id, AGENT)
    assert names_entry(by_name, AGENT)
    both = renamed(replace(GOOD, actions=(by_id, by_name)), lambda action: names_entry(action, AGENT), "jane.doe")
    assert both.actions == (by_id, Action("X-OTOBO-Responsible", "jane.doe"))
    assert not names_entry(Action("X-OTOBO-Title", "jane"), AGENT)
