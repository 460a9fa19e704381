"""What PostMaster decided, in sentences: every way a ticket is found and every reason has words of its own."""

from __future__ import annotations

import re

import pytest

from mailadmin.cli import traces
from mailadmin.domain.decisions import Because
from mailadmin.postmaster import trace
from mailadmin.postmaster.clues import By

FACTS = {
    "ticket": "17",
    "value": "<1@a>",
    "rule": "Vendor",
    "tried": "18, 19",
    "address": "ann@x.example",
    "response": "Thanks",
    "header": "Precedence",
    "limit": "40",
    "customer": "alee",
    "customer_id": "ACME",
    "from": "lock",
    "to": "unlock",
    "state": "open",
}


def reasons(step: str) -> list[str]:
    """The reasons that the table of steps lists for one of them."""
    block = re.split(rf"``{step}`` ", trace.__doc__ or "")[1].split("\n``")[0]
    return re.findall(
        r"[a-z_]+", re.sub(r"``\w+``|of one|and", "", block.split("``reason``: ")[1].split("``header``")[0])
    )


def told(step: str, **facts: str) -> str:
    return traces.detail(Because(step, {**FACTS, **facts}))


@pytest.mark.parametrize("step", ["follow_up_found", "follow_up_looked", "follow_up_stranger"])
def test_every_way_to_a_ticket_has_words_of_its_own(step: str) -> None:
    said = {told(step, by=by.value) for by in By}
    assert len(said) == len(By)
    assert not [sentence for sentence in said if "(unknown)" in sentence]


def test_every_reason_against_an_answer_has_words_of_its_own() -> None:
    listed = reasons("response_refused")
    assert {"loop", "too_many", "own"} <= set(listed)
    said = {told("response_refused", reason=reason) for reason in listed}
    assert len(said) == len(listed)
    assert not [sentence for sentence in said if "_" in sentence or "(unknown)" in sentence]


@pytest.mark.parametrize(
    ("step", "fact", "values"),
    [
        ("customer", "by", ["header", "user", "company", "unknown"]),
        ("lock_changed", "reason", ["header", "closed", "owner"]),
        ("state_kept", "reason", ["new", "header", "delayed"]),
        ("article_internal", "by", ["sender", "references"]),
        ("follow_up_found", "reason", ["queue", "open", "newest"]),
    ],
)
def test_the_others_too(step: str, fact: str, values: list[str]) -> None:
    assert len({told(step, **{"by": "subject", fact: value}) for value in values}) == len(values)


def test_who_is_refused_and_who_is_held_is_said() -> None:
    assert told("response_refused", reason="own") == (
        'No auto-response "Thanks" to ann@x.example: it is an address of ours.'
    )
    assert told("held") == "The mail is held until its sender, ann@x.example, is made known."
    assert "names no sender" in traces.detail(Because("held", {}))


def test_a_bounce_in_a_closed_ticket_is_told_apart() -> None:
    facts = {"queue": "Sales", "option": "reject"}
    assert told("follow_up_closed", **facts, reason="bounce").startswith(told("follow_up_closed", **facts))
