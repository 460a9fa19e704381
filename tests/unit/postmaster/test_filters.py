from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailadmin.domain.decisions import AccountFacts, Bounce
from mailadmin.domain.filters import Action, Condition, Filter
from mailadmin.postmaster import PreparedMail, parse, prepare
from tests.unit.postmaster.samples import NOW, TRUSTED, UNTRUSTED, decided, mail, routing, step

QUEUE = "X-OTOBO-Queue"
AWAY = r"(a|aa)+$"


def rule(
    name: str, *conditions: tuple[str, str] | Condition, sets: Mapping[str, str] | None = None, **rest: Any
) -> Filter:
    made = tuple(one if isinstance(one, Condition) else Condition(*one) for one in conditions)
    actions = tuple(Action(*one) for one in ({QUEUE: "Sales"} if sets is None else sets).items())
    return Filter(name=name, conditions=made, actions=actions, **rest)


def run(raw: bytes, *filters: Filter, account: AccountFacts = UNTRUSTED) -> PreparedMail:
    return prepare(parse(raw), account, routing(filters=filters), NOW)


def sets(raw: bytes, *filters: Filter, header: str = QUEUE) -> str:
    return run(raw, *filters).headers.text(header)


def traced(prepared: PreparedMail, name: str) -> list[dict[str, str]]:
    return [dict(because.facts) for because in prepared.trace if because.step == name]


def test_a_filter_sets_what_an_untrusted_mail_could_not() -> None:
    decision = decided(mail(Subject="Buy"), UNTRUSTED, routing(filters=(rule("a", ("Subject", "buy")),)))
    assert decision.queue == "Sales"
    assert step(decision, "filter_matched") == {"filter": "a", "sets": "X-OTOBO-Queue: Sales"}


@pytest.mark.parametrize(
    ("header", "pattern", "matches"),
    [
        ("Subject", "offer", True),
        ("subject", "OFFER", True),
        ("Subject", "^Your offer$", True),
        ("Subject", "^offer", False),
        ("Subject", r"o\w+r", True),
        ("X-Mailer", "", True),
        ("X-Nothing", "", False),
        ("X-Twice", "one two", True),
        ("X-Encoded", "gr\u00fc\u00dfe", True),
        ("X-Encoded", "GR\u00dc\u00dfE", True),
        ("Body", "price of 12", True),
        ("Body", r"^Hello\s+there", True),
        ("Body", "^there", False),
        ("X-OTOBO-AttachmentExists", "no", True),
        ("X-OTOBO-AttachmentCount", "^0$", True),
        ("X-OTOBO-BodyDecrypted", "", False),
        ("X-OTOBO-Loop", "yes", False),
        ("X-Sender", "^ann@customer.example$", True),
        ("ReplyTo", "other@", True),
    ],
)
def test_conditions(header: str, pattern: str, matches: bool) -> None:
    raw = mail(
        "Hello\nthere, the price of 12 pieces",
        Subject="Your offer",
        Reply_To="other@customer.example",
        X_Mailer="",
        X_Encoded="=?utf-8?q?Gr=C3=BC=C3=9Fe?=",
        X_Twice="one\nX-Twice: two",
    ).replace(b"Subject", b"X-Mailer:\nSubject")
    assert bool(sets(raw, rule("a", (header, pattern)))) is matches


def test_all_conditions_must_hold() -> None:
    raw = mail(Subject="offer")
    assert sets(raw, rule("a", ("Subject", "offer"), ("From", "ann")))
    assert not sets(raw, rule("a", ("Subject", "offer"), ("From", "bob")))
    assert not sets(raw, rule("a")), "without conditions nothing matches"


def test_a_negated_condition_holds_when_nothing_is_found_in_a_header_that_is_there() -> None:
    raw = mail(Subject="offer")
    assert sets(raw, rule("a", Condition("Subject", "order", negated=True)))
    assert not sets(raw, rule("a", Condition("Subject", "offer", negated=True)))
    assert not sets(raw, rule("a", Condition("X-Nothing", "x", negated=True)))


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        (r"EMAILADDRESS:bob@b\.example", True),
        (r"EMAILADDRESS:.*@c\.example", True),
        ("EMAILADDRESS:BOB@B.EXAMPLE", True),
        ("EMAILADDRESS:bob", False),
        ("EMAILADDRESS:ob@b.example", False),
        ("EMAILADDRESS:.*Bob.*", True),
        ("EMAILADDRESS:.*Builder.*", False),
        ("EMAILADDRESS:bob@b.example|x", True),
    ],
)
def test_addresses_are_compared_one_by_one_and_as_a_whole(pattern: str, matches: bool) -> None:
    raw = mail(Cc='"Bob, the Builder" <bob@b.example>, Team: carl@c.example;')
    assert bool(sets(raw, rule("a", ("Cc", pattern)))) is matches
    assert bool(sets(raw, rule("a", Condition("Cc", pattern, negated=True)))) is not matches
    assert not sets(raw, rule("a", Condition("Bcc", pattern, negated=True)))


def test_captures_of_an_address_are_the_address_found() -> None:
    raw = mail(To="x@a.example, Bob <bob@b.example>")
    found = rule(
        "a", ("To", r"EMAILADDRESS:(?<who>\w+)@b\.example"), sets={"X-OTOBO-Title": r"[***] [**\email**] [**\who**]"}
    )
    assert sets(raw, found, header="X-OTOBO-Title") == "bob@b.example bob@b.example bob"


@pytest.mark.parametrize(
    ("value", "filled"),
    [
        ("[***]", "42"),
        ("a [***] b [***]", "a 42 b 42"),
        (r"[**\nr**]/[**\who**]", "17/ann"),
        (r"[**\nobody**]", ""),
        ("[**]", "[**]"),
        ("plain", "plain"),
    ],
)
def test_captured_text_in_values(value: str, filled: str) -> None:
    raw = mail(Subject="Order 17 of 42")
    conditions = ("From", r"(?<who>\w+)@"), ("Subject", r"order (?<nr>\d+)"), ("Subject", r"of (\d+)"), ("To", "(zzz)?")
    assert sets(raw, rule("a", *conditions, sets={"X-OTOBO-Title": value}), header="X-OTOBO-Title") == filled


def test_captured_text_is_text_and_nothing_more() -> None:
    raw = mail("x\n\n[***]\r\n=?utf-8?q?=41?= [**\\a**] end", Subject="(a")
    found = rule("a", ("Body", r"(?s)x(?<a>.*)end"), sets={"X-OTOBO-Title": "<[***]>"})
    assert sets(raw, found, header="X-OTOBO-Title") == "< [***] =?utf-8?q?=41?= [**\\a**] >"


def test_what_a_filter_sets_the_next_ones_see() -> None:
    first = rule("a", ("Subject", "x"), sets={"X-OTOBO-Type": "Incident"})
    second = rule("b", ("X-OTOBO-Type", "^incident$"), sets={QUEUE: "Raw"})
    third = rule("c", ("X-OTOBO-Queue", "EMAILADDRESS:.*"), sets={QUEUE: "No"})
    assert sets(mail(Subject="x"), first, second, third) == "Raw"
    assert not sets(mail(Subject="x"), second, first)


def test_a_header_set_is_looked_at_anew() -> None:
    filters = (
        rule("before", ("X-OTOBO-Type", "incident"), ("X-OTOBO-Type", "EMAILADDRESS:a@b.example")),
        rule("sets", ("Subject", "x"), sets={"X-OTOBO-Type": "Incident of a@b.example"}),
        rule("after", ("X-OTOBO-Type", "incident"), ("X-OTOBO-Type", "EMAILADDRESS:a@b.example")),
    )
    assert [facts["filter"] for facts in traced(run(mail(Subject="x"), *filters), "filter_matched")] == [
        "sets",
        "after",
    ]


def test_letters_of_two_cases_are_found_beyond_ascii() -> None:
    raw = mail("\u017ftation", Subject="=?utf-8?b?4oSq?=elvin")
    assert sets(raw, rule("a", ("Subject", "kelvin"), ("Body", "station")))
    assert sets(raw, rule("a", ("Subject", "k(elvin)"), ("Body", "s|q")))


def test_only_so_much_of_a_body_is_looked_at() -> None:
    assert sets(mail("x" * 199_990 + "needle"), rule("a", ("Body", "needle")))
    assert not sets(mail("x" * 200_000 + "needle"), rule("a", ("Body", "needle")))


def test_the_later_value_counts_and_the_trace_says_what_it_replaced() -> None:
    prepared = run(
        mail(Subject="x"), rule("a", ("Subject", "x")), rule("b", ("Subject", "x"), sets={"x-otobo-queue": "Raw"})
    )
    assert prepared.headers.text(QUEUE) == "Raw"
    assert traced(prepared, "filter_matched")[1] == {
        "filter": "b",
        "sets": "x-otobo-queue: Raw",
        "replaced": "x-otobo-queue",
    }


def test_a_filter_that_stops_is_the_last() -> None:
    prepared = run(
        mail(Subject="x"), rule("a", ("Subject", "x"), stop=True), rule("b", ("Subject", "x"), sets={QUEUE: "Raw"})
    )
    assert prepared.headers.text(QUEUE) == "Sales"
    assert traced(prepared, "filter_stopped") == [{"filter": "a", "count": "1"}]
    unmatched = rule("a", ("Subject", "y"), stop=True)
    assert sets(mail(Subject="x"), unmatched, rule("b", ("Subject", "x"), sets={QUEUE: "Raw"})) == "Raw"


def test_a_filter_for_some_accounts_leaves_the_others_alone() -> None:
    one = rule("a", ("Subject", "x"), accounts=("INBOX", "other"))
    assert run(mail(Subject="x"), one).headers.text(QUEUE) == "Sales"
    assert not run(mail(Subject="x"), one, account=AccountFacts("third")).headers.text(QUEUE)


@pytest.mark.parametrize(
    "header", ["Subject", "X-OTOBO-Bounce", "X-OTOBO-AttachmentCount", "X-OTRS-Queue", "X-OTOBO-A B"]
)
def test_a_filter_sets_x_otobo_headers_and_nothing_else(header: str) -> None:
    plain = run(mail(Subject="x"))
    prepared = run(mail(Subject="x"), rule("a", ("Subject", "x"), sets={header: "1"}))
    assert prepared.headers.fields == plain.headers.fields
    assert traced(prepared, "filter_invalid") == [{"filter": "a", "header": header}]


def test_a_mails_own_orders_are_not_there_for_conditions_unless_it_is_trusted() -> None:
    raw = mail(Subject="x", **{"X-OTOBO-Type": "a"})
    one = rule("a", ("X-OTOBO-Type", "a"))
    assert not run(raw, one).headers.text(QUEUE)
    assert run(raw, one, account=TRUSTED).headers.text(QUEUE) == "Sales"


def test_bounces_and_loops_can_be_asked_for() -> None:
    parsed = replace(parse(mail()), bounce=Bounce("<a@b.example>", diagnostic="no such user"))
    conditions = ("X-OTOBO-Bounce", "1"), ("X-OTOBO-Bounce-OriginalMessageID", "<a@b"), ("X-OTOBO-Loop", "yes")
    one = rule("a", *conditions, ("X-OTOBO-Bounce-ErrorMessage", "no such"), sets={"X-OTOBO-Loop": "no"})
    prepared = prepare(parsed, UNTRUSTED, routing(filters=(one,)), NOW)
    assert prepared.headers.text("X-OTOBO-Loop") == "no"


def test_what_nearly_matched_is_traced_nearest_first() -> None:
    filters = (
        rule("one of three", ("Subject", "x"), ("Subject", "y"), ("Subject", "z")),
        rule("none", ("Subject", "y"), ("Subject", "z")),
        rule("single", ("Subject", "y")),
        rule("two of three", ("Subject", "x"), ("X-Nothing", "y"), ("From", "ann")),
        rule("negated", Condition("Subject", "x", negated=True), ("From", "ann")),
        *(rule(f"more {number}", ("Subject", "x"), ("Subject", "q"), ("Subject", "r")) for number in range(9)),
    )
    assert traced(run(mail(Subject="x"), *filters), "filter_nearly") == [
        {"filter": "two of three", "held": "2", "of": "3", "header": "X-Nothing", "pattern": "y", "missing": "yes"},
        {"filter": "negated", "held": "1", "of": "2", "header": "Subject", "pattern": "x", "negated": "yes"},
        {"filter": "one of three", "held": "1", "of": "3", "header": "Subject", "pattern": "y"},
    ]


def test_an_invalid_stored_pattern_matches_nothing_and_stops_nothing() -> None:
    filters = (
        rule("bad", Condition("Subject", "(", negated=True)),
        rule("worse", ("Subject", "(")),
        rule("good", ("Subject", "x"), sets={QUEUE: "Raw"}),
    )
    prepared = run(mail(Subject="x"), *filters)
    assert prepared.headers.text(QUEUE) == "Raw"
    assert [facts["filter"] for facts in traced(prepared, "filter_invalid")] == ["bad", "worse"]
    assert traced(prepared, "filter_invalid")[0]["pattern"] == "("


def test_a_pattern_that_runs_away_matches_nothing_and_the_mail_goes_on() -> None:
    filters = (
        rule("away", ("Subject", AWAY)),
        rule("negated", Condition("Subject", AWAY, negated=True), sets={"X-OTOBO-Type": "x"}),
        rule("second", ("From", "ann"), ("Subject", AWAY)),
        rule("good", ("Subject", "b"), sets={QUEUE: "Raw"}),
    )
    prepared = run(mail(Subject="a" * 60 + "b"), *filters)
    assert prepared.headers.text(QUEUE) == "Raw"
    assert not prepared.headers.text("X-OTOBO-Type")
    assert traced(prepared, "filter_cut_off") == [
        {"filter": name, "header": "Subject", "pattern": AWAY, "reason": "search"}
        for name in ("away", "negated", "second")
    ]
    assert traced(prepared, "filter_nearly") == []


def test_many_that_run_away_are_bounded_together() -> None:
    filters = tuple(rule(str(number), ("Body", f"(a|aa){{{number + 1},}}$")) for number in range(40))
    begun = time.thread_time()
    prepared = run(mail("a" * 5_000 + "b"), *filters)
    assert time.thread_time() - begun < 3
    cut_off = traced(prepared, "filter_cut_off")
    assert len(cut_off) == 5
    assert not prepared.headers.text(QUEUE)


def test_filters_changed_are_filters_compiled_anew() -> None:
    for number in range(30):
        assert sets(
            mail(Subject=f"x{number}."), rule("a", ("Subject", f"x{number}\\."), sets={QUEUE: str(number)})
        ) == str(number)


PATTERNS = st.one_of(
    st.text(st.sampled_from(r"aAb.*+?()[]|{}\^$1,-:<>=!nw" + "\u00e4"), max_size=12),
    st.sampled_from([AWAY, r"(.*)*x", r"(\w+\s?)*$", r"((a*)*)*b", "(?R)", "EMAILADDRESS:(a+)+@x", r"(x+x+)+y"]),
)
HEADERS = st.sampled_from(
    ["Subject", "Body", "From", "X-OTOBO-Queue", "x-otobo-loop", "X-Sender", "", "\u00e4", "X-OTOBO-A"]
)
FILTERS = st.lists(
    st.builds(
        Filter,
        name=st.text(max_size=3),
        stop=st.booleans(),
        conditions=st.lists(st.builds(Condition, HEADERS, PATTERNS, st.booleans()), max_size=3).map(tuple),
        actions=st.lists(st.builds(Action, HEADERS, st.text(max_size=12)), max_size=3).map(tuple),
    ),
    max_size=6,
).map(tuple)


@settings(deadline=None, max_examples=120)
@given(FILTERS, st.text(st.sampled_from("aaab x\n@\u00e4"), max_size=60), st.booleans())
def test_any_filters_end_in_time_and_never_raise(filters: tuple[Filter, ...], text: str, trusted: bool) -> None:
    raw = mail(text, Subject=text.replace("\n", " ") or "-")
    begun = time.thread_time()
    prepared = prepare(parse(raw), TRUSTED if trusted else UNTRUSTED, routing(filters=filters), NOW)
    assert time.thread_time() - begun < 5
    names = {name.lower() for name, _ in prepared.headers.fields}
    assert all(name.startswith("x-otobo-") for name in names - {"from", "to", "subject"})
