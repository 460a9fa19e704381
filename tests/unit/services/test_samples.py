"""What a text or a pattern gives on a sample: the same as in earnest."""

from __future__ import annotations

import pytest

from mailadmin.domain.decisions import QueueFacts, RoutingSnapshot
from mailadmin.domain.filters import Action, Condition, Filter
from mailadmin.domain.responses import AutoResponse
from mailadmin.domain.vocabulary import FollowUpOption
from mailadmin.services.samples import SampleMail, external_numbers, preview_response

SAMPLE = SampleMail(
    sender="ada@example.com", sender_name="Ada Exämple", subject="Prünter", body="Hello,\n\nhelp.", company="ACME"
)


def routing(**fields: object) -> RoutingSnapshot:
    support = QueueFacts("Support", True, FollowUpOption.POSSIBLE, False, "help@example.org", "Help")
    raw = QueueFacts("Raw", True, FollowUpOption.POSSIBLE, False)
    return RoutingSnapshot({"support": support, "raw": raw}, {}, **fields)  # type: ignore[arg-type]


def test_a_preview_is_sent_from_the_queue_to_the_sender_of_the_sample() -> None:
    text = AutoResponse(
        name="T", subject="<OTOBO_Subject>", body="<OTOBO_CustomerName>, <OTOBO_CustomerID>\n<OTOBO_Body:1>"
    )
    draft = preview_response(text, "support", SAMPLE, routing(ticket_hook="Case#"))
    assert (draft.sender, draft.sender_name, draft.to) == ("help@example.org", "Help", ("ada@example.com",))
    assert draft.body == "Ada Exämple, ACME\n> Hello,\n> [...]"
    assert draft.subject.startswith("Re: [Case#")
    assert draft.subject.endswith("] Prünter")


def test_without_a_queue_it_is_the_default_one() -> None:
    draft = preview_response(AutoResponse(name="T", body="<OTOBO_Queue>"), "", SAMPLE, routing())
    assert (draft.body, draft.sender) == ("Raw", "")


def test_what_is_configured_beside_it_does_not_disturb_the_sample() -> None:
    ignoring = Filter(name="F", conditions=(Condition("From", "ada"),), actions=(Action("X-OTOBO-Ignore", "yes"),))
    draft = preview_response(
        AutoResponse(name="T", body="<OTOBO_Title>"),
        "Support",
        SAMPLE,
        routing(filters=(ignoring,), hold_unknown_senders=True),
    )
    assert draft.body == "Prünter"


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("Case ([0-9]+)", ("12", "34")),
        ("Order ([0-9]+)", ()),
        ("Case ([0-9]+", None),
        ("(a+)+b(c)$", ()),
    ],
)
def test_numbers_that_a_pattern_finds(pattern: str, found: tuple[str, ...] | None) -> None:
    assert external_numbers(pattern, "Case 12, case 34, Case 12") == found
