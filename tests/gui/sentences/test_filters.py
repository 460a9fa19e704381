"""The words about filters: every header is explained, every part of an outcome has its name."""

from __future__ import annotations

from datetime import UTC, datetime

from mailadmin.domain.decisions import ArticleDraft, Decision, DecisionKind, outcome_of
from mailadmin.domain.filters import BODY, MATCH_HEADERS, Action, Condition
from mailadmin.domain.matching import Match
from mailadmin.domain.x_headers import X_HEADERS, Use
from mailadmin.gui.sentences import filters, values, x_headers


def test_every_header_that_can_be_set_is_explained() -> None:
    for use, told in ((Use.FOLLOW_UP, x_headers.FOLLOW_UP), (None, x_headers.NEW)):
        uses = {use} if use else {Use.NEW_TICKET, Use.ANY}
        declared = {one.what for one in X_HEADERS if one.use in uses and not one.is_family}
        assert set(told) == declared


def test_families_are_explained_by_the_name_of_their_field() -> None:
    assert "field Room" in x_headers.effect("X-OTOBO-DynamicField-Room")
    assert "field TicketFreeText3" in x_headers.effect("x-otobo-followup-TICKETVALUE3")


def test_what_cannot_be_set_is_said_to_be_so() -> None:
    for name in ("X-OTOBO-AttachmentCount", "X-OTOBO-TicketTime7", "Subject", ""):
        assert "no such header" in x_headers.effect(name)


def test_every_header_that_is_offered_for_conditions_is_explained() -> None:
    computed = {one.name for one in X_HEADERS if one.use is Use.COMPUTED}
    assert set(x_headers.LOOKED_AT) == {*MATCH_HEADERS, BODY, *computed}


def test_every_part_of_an_outcome_has_a_name() -> None:
    at = datetime(2026, 11, 20, 8, tzinfo=UTC)
    full = dict.fromkeys(("queue", "title", "ticket_type", "customer", "customer_id", "owner", "responsible"), "x")
    decision = Decision(
        kind=DecisionKind.NEW_TICKET,
        article=ArticleDraft(),
        service="x",
        sla="x",
        pending_until=at,
        fields={"Room": "12"},
        **full,  # type: ignore[arg-type]
    )
    named = {name for name, _ in outcome_of(decision) if not name.startswith("field ")}
    assert named <= set(filters.OUTCOME_LABELS)
    assert "Field Room: 12" in filters.outcome_lines(outcome_of(decision))


def test_every_comparison_has_words_for_both_ways() -> None:
    assert set(filters.MATCHES) == {(match, negated) for match in Match for negated in (False, True)}


def test_what_differs_is_said_with_a_dash_for_what_is_empty() -> None:
    before, after = (
        (("kind", "new_ticket"), ("queue", "Raw")),
        (("kind", "new_ticket"), ("queue", "Raw"), ("owner", "kim")),
    )
    names = filters.differing(before, after)
    assert filters.parts(before, names) == "Owner: –"
    assert filters.parts(after, names) == "Owner: kim"


def test_two_versions_of_a_filter_are_compared_in_words() -> None:
    assert values.value("conditions", (Condition("To", "a"), Condition("Cc", "b", negated=True))) == (
        'To contains "a"; Cc does not contain "b"'
    )
    assert values.value("actions", (Action("X-OTOBO-Queue", "Junk"),)) == "Queue: Junk"
    assert values.value("accounts", ("orders", "support")) == "orders, support"
    assert values.value("accounts", ()) == "–"
