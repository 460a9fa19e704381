"""What entries of lists, external numbers, customers and auto-responses must be like to be saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from mailadmin.domain.accounts import Validity
from mailadmin.domain.customer_rules import company_faults, customer_faults, normalised_company, normalised_customer
from mailadmin.domain.customers import Company, CustomerUser
from mailadmin.domain.external_numbers import ExternalNumberRule
from mailadmin.domain.list_rules import (
    external_number_faults,
    list_entry_faults,
    normalised_entry,
    normalised_external_number,
)
from mailadmin.domain.lists import FieldOf, ListEntry, ListKind
from mailadmin.domain.queues import SHIPPED_QUEUES
from mailadmin.domain.response_rules import normalised_response, response_faults
from mailadmin.domain.responses import AutoResponse, ResponseType
from mailadmin.domain.validation import Fault, Problem, Surroundings
from mailadmin.domain.vocabulary import StateType
from mailadmin.postmaster.patterns import check_pattern

AROUND = Surroundings(
    queues={queue.name.casefold(): queue for queue in SHIPPED_QUEUES},
    default_states={"open": "PostmasterFollowUpState"},
    lists={
        ListKind.DYNAMIC_FIELD: {
            "art": ListEntry(kind=ListKind.DYNAMIC_FIELD, name="Art", field_of=FieldOf.ARTICLE),
            "off": ListEntry(kind=ListKind.DYNAMIC_FIELD, name="Off", validity=Validity.INVALID),
        }
    },
    companies=frozenset({"acme"}),
    address_owners={"bob@example.org": "bob"},
    domain_owners={"other.example": "Other"},
    responses={("raw", ResponseType.AUTO_REPLY): "Thanks"},
    check_pattern=check_pattern,
)


def said(faults: Sequence[Fault]) -> set[tuple[str, Problem]]:
    return {(fault.field, fault.problem) for fault in faults}


# --- lists ---


STATE = ListEntry(kind=ListKind.STATE, name="waiting", state_type=StateType.OPEN)


@pytest.mark.parametrize(
    ("entry", "field", "problem"),
    [
        (replace(STATE, name=" "), "name", Problem.REQUIRED),
        (replace(STATE, state_type=None), "state_type", Problem.REQUIRED),
        (replace(STATE, email="a@example.org"), "email", Problem.NOT_FOR_LIST),
        (replace(STATE, field_of=FieldOf.TICKET), "field_of", Problem.NOT_FOR_LIST),
        (replace(STATE, name="Merged"), "state_type", Problem.SHIPPED),
        (replace(STATE, name="Open", validity=Validity.INVALID), "validity", Problem.IN_USE),
        (ListEntry(kind=ListKind.AGENT, name="jane", email="jane"), "email", Problem.NOT_AN_ADDRESS),
        (ListEntry(kind=ListKind.AGENT, name="jane", state_type=StateType.NEW), "state_type", Problem.NOT_FOR_LIST),
        (ListEntry(kind=ListKind.SERVICE, name="a:: b"), "name", Problem.EMPTY_LEVEL),
        (ListEntry(kind=ListKind.SLA, name="a::"), "name", Problem.EMPTY_LEVEL),
        (ListEntry(kind=ListKind.DYNAMIC_FIELD, name="has blanks"), "name", Problem.NOT_A_FIELD_NAME),
    ],
)
def test_rules_of_lists(entry: ListEntry, field: str, problem: Problem) -> None:
    assert (field, problem) in said(list_entry_faults(entry, AROUND))


def test_good_entries() -> None:
    assert list_entry_faults(STATE, AROUND) == []
    assert list_entry_faults(replace(STATE, name="open"), AROUND) == []
    assert list_entry_faults(ListEntry(kind=ListKind.AGENT, name="jane", email="j@example.org"), AROUND) == []
    assert normalised_entry(ListEntry(kind=ListKind.DYNAMIC_FIELD, name=" A ")).field_of is FieldOf.TICKET
    assert normalised_entry(ListEntry(kind=ListKind.AGENT, name=" A ")).name == "A"


def test_a_shipped_state_keeps_its_name_and_a_state_that_settings_name_its_validity() -> None:
    before = ListEntry(kind=ListKind.STATE, name="open", state_type=StateType.OPEN, id=4)
    around = replace(AROUND, before=before)
    assert said(list_entry_faults(replace(before, name="opened"), around)) == {("name", Problem.SHIPPED)}
    own = replace(STATE, id=5)
    around = replace(AROUND, before=own, default_states={"waiting": "PostmasterDefaultState"})
    faults = list_entry_faults(replace(own, name="paused", validity=Validity.INVALID), around)
    assert [fault.facts for fault in faults] == [{"used_by": "setting PostmasterDefaultState"}]


# --- external numbers ---


RULE = ExternalNumberRule(name="x", number_pattern=r"#(\d+)", dynamic_field="Ext")


@pytest.mark.parametrize(
    ("change", "field", "problem"),
    [
        ({"name": ""}, "name", Problem.REQUIRED),
        ({"number_pattern": ""}, "number_pattern", Problem.REQUIRED),
        ({"number_pattern": "#("}, "number_pattern", Problem.NOT_A_PATTERN),
        ({"number_pattern": r"#\d+"}, "number_pattern", Problem.NO_GROUP),
        ({"number_pattern": "(" + "x" * 999 + ")"}, "number_pattern", Problem.TOO_LONG),
        ({"from_pattern": "["}, "from_pattern", Problem.NOT_A_PATTERN),
        ({"in_subject": False}, "in_subject", Problem.SEARCHES_NOWHERE),
        ({"dynamic_field": ""}, "dynamic_field", Problem.REQUIRED),
        ({"dynamic_field": "a b"}, "dynamic_field", Problem.NOT_A_FIELD_NAME),
        ({"dynamic_field": "art"}, "dynamic_field", Problem.FIELD_OF_ARTICLE),
        ({"dynamic_field": "off"}, "dynamic_field", Problem.INVALID_ENTRY),
        ({"sender_type": "robot"}, "sender_type", Problem.NOT_A_CHOICE),
    ],
)
def test_rules_of_external_numbers(change: dict[str, Any], field: str, problem: Problem) -> None:
    assert external_number_faults(RULE, AROUND) == []
    assert (field, problem) in said(external_number_faults(replace(RULE, **change), AROUND))


def test_state_types_are_stored_once_each_in_one_order() -> None:
    types = (StateType.OPEN, StateType.NEW, StateType.OPEN)
    assert normalised_external_number(replace(RULE, state_types=types)).state_types == (StateType.NEW, StateType.OPEN)


# --- customers ---


USER = CustomerUser(login="ann", name="Ann", addresses=("ann@example.org",), company="ACME")


@pytest.mark.parametrize(
    ("change", "field", "problem"),
    [
        ({"login": ""}, "login", Problem.REQUIRED),
        ({"login": "x" * 192}, "login", Problem.TOO_LONG),
        ({"name": "x" * 201}, "name", Problem.TOO_LONG),
        ({"company": "none"}, "company", Problem.UNKNOWN_COMPANY),
        ({"addresses": ("ann",)}, "addresses", Problem.NOT_AN_ADDRESS),
        ({"addresses": ("a@example.org", "A@Example.org")}, "addresses", Problem.TWICE),
        ({"addresses": ("BOB@example.org",)}, "addresses", Problem.TAKEN_BY),
    ],
)
def test_rules_of_customer_users(change: dict[str, Any], field: str, problem: Problem) -> None:
    assert customer_faults(USER, AROUND) == []
    assert (field, problem) in said(customer_faults(replace(USER, **change), AROUND))


def test_an_address_of_ones_own_is_not_taken() -> None:
    assert customer_faults(replace(USER, login="Bob", addresses=("bob@example.org",)), AROUND) == []


COMPANY = Company(customer_id="ACME", domains=("acme.example",))


@pytest.mark.parametrize(
    ("change", "field", "problem"),
    [
        ({"customer_id": ""}, "customer_id", Problem.REQUIRED),
        ({"customer_id": "x" * 151}, "customer_id", Problem.TOO_LONG),
        ({"domains": ("nodot",)}, "domains", Problem.NOT_A_DOMAIN),
        ({"domains": ("a@b.example",)}, "domains", Problem.NOT_A_DOMAIN),
        ({"domains": ("10.0.0.1:25",)}, "domains", Problem.NOT_A_DOMAIN),
        ({"domains": ("a.example", "A.example")}, "domains", Problem.TWICE),
        ({"domains": ("other.example",)}, "domains", Problem.TAKEN_BY),
    ],
)
def test_rules_of_companies(change: dict[str, Any], field: str, problem: Problem) -> None:
    assert company_faults(COMPANY, AROUND) == []
    assert (field, problem) in said(company_faults(replace(COMPANY, **change), AROUND))


def test_customers_and_companies_are_stored_tidily() -> None:
    assert normalised_customer(replace(USER, login=" ann ", addresses=(" a@example.org", ""))) == replace(
        USER, addresses=("a@example.org",)
    )
    assert normalised_company(replace(COMPANY, domains=("@acme.example ", " "))) == COMPANY


# --- auto-responses ---


TEXT = AutoResponse(name="Hello", subject="Re: <OTOBO_Title>", body="<OTOBO_Body:10>\n\tBye", queues=("misc",))


@pytest.mark.parametrize(
    ("change", "field", "problem"),
    [
        ({"name": ""}, "name", Problem.REQUIRED),
        ({"subject": " "}, "subject", Problem.REQUIRED),
        ({"body": "\n"}, "body", Problem.REQUIRED),
        ({"subject": "a\nb"}, "subject", Problem.CONTROL_CHARACTERS),
        ({"body": "a\0"}, "body", Problem.CONTROL_CHARACTERS),
        ({"body": "x" * 20_001}, "body", Problem.TOO_LONG),
        ({"subject": "<OTOBO_TicketNr>"}, "subject", Problem.UNKNOWN_PLACEHOLDER),
        ({"body": "<OTOBO_Title:3>"}, "body", Problem.UNKNOWN_PLACEHOLDER),
        ({"queues": ("none",)}, "queues", Problem.UNKNOWN_QUEUE),
        ({"queues": ("Raw",)}, "queues", Problem.ANSWERED_ALREADY),
    ],
)
def test_rules_of_auto_responses(change: dict[str, Any], field: str, problem: Problem) -> None:
    assert response_faults(TEXT, AROUND) == []
    assert (field, problem) in said(response_faults(replace(TEXT, **change), AROUND))


def test_a_text_that_is_not_valid_or_of_another_type_stands_in_nobodys_way() -> None:
    taken = replace(TEXT, queues=("Raw",))
    assert response_faults(replace(taken, validity=Validity.INVALID), AROUND) == []
    assert response_faults(replace(taken, type=ResponseType.AUTO_REJECT), AROUND) == []
    assert response_faults(replace(taken, name="thanks"), AROUND) == []


def test_line_ends_are_stored_in_one_form() -> None:
    tidy = normalised_response(replace(TEXT, body="a\r\nb\rc\n", queues=("Raw", "misc", "RAW")))
    assert (tidy.body, tidy.queues) == ("a\nb\nc\n", ("misc", "RAW"))
