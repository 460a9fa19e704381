"""What PostMaster decided, in the window's sentences: every way a ticket is found and every reason has its own."""

from __future__ import annotations

import pytest

from mailadmin.domain.decisions import Because
from mailadmin.gui.sentences import traces
from mailadmin.postmaster.clues import By
from tests.unit.cli.test_decision_sentences import FACTS, reasons


def told(step: str, **facts: str) -> str:
    return traces.step(Because(step, {**FACTS, **facts}))


@pytest.mark.parametrize("step", ["follow_up_found", "follow_up_looked"])
def test_every_way_to_a_ticket_has_words_of_its_own(step: str) -> None:
    assert len({told(step, by=by.value) for by in By}) == len(By)


def test_every_reason_against_an_answer_has_words_of_its_own() -> None:
    listed = reasons("response_refused")
    said = {told("response_refused", reason=reason) for reason in listed}
    assert len(said) == len(listed)
    assert told("response_refused", reason="of a newer version") not in said


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
        'No auto-response "Thanks" to ann@x.example. That is an address of ours.'
    )
    assert told("held") == "The mail is held until its sender, ann@x.example, is made known."
    assert "names no sender" in traces.step(Because("held", {}))


def test_a_bounce_in_a_closed_ticket_is_told_apart() -> None:
    facts = {"queue": "Sales", "option": "reject"}
    assert told("follow_up_closed", **facts, reason="bounce").startswith(told("follow_up_closed", **facts))


def test_an_address_behind_a_plus_is_explained() -> None:
    facts = {"by": "address", "queue": "Support", "header": "To", "address": "s+x@e.example"}
    assert told("queue_chosen", **facts, plain="s@e.example").endswith(
        "(It is s@e.example with something behind the +.)"
    )
    assert "+.)" not in told("queue_chosen", **facts)
