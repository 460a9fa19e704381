"""What X-OTOBO headers ask for, value by value."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mailadmin.domain.decisions import Lists
from mailadmin.domain.vocabulary import StateType
from mailadmin.postmaster.headers import Headers
from mailadmin.postmaster.orders import Orders
from mailadmin.postmaster.trace import Trace
from tests.unit.postmaster.samples import NOW, routing

LISTS = Lists(
    agents={"anna": "Anna", "bert": "bert"},
    agent_ids={"7": "bert"},
    services={"it::mail": "IT::Mail"},
    slas={"gold": "Gold"},
    types={"incident": "Incident"},
    states={"new": ("new", StateType.NEW), "waiting": ("Waiting", StateType.OPEN), "old": ("old", StateType.OPEN)},
    valid_states=frozenset({"new", "waiting"}),
    ticket_fields={"serial": "Serial", "articlefreekey2": "ArticleFreeKey2"},
    article_fields={"mood": "Mood"},
    refused_fields=frozenset({"gone"}),
)


def orders(trace: Trace | None = None, follow_up: bool = False, /, **values: str) -> Orders:
    infix = "FollowUp-" if follow_up else ""
    fields = tuple((f"X-OTOBO-{infix}{name.replace('_', '-')}", value.encode()) for name, value in values.items())
    return Orders(Headers(fields), trace or Trace(), routing(lists=LISTS), follow_up=follow_up)


def told(trace: Trace) -> list[tuple[str, str, str]]:
    return [(because.step, because.facts["header"], because.facts["value"]) for because in trace.steps()]


@pytest.mark.parametrize("follow_up", [False, True])
@pytest.mark.parametrize(
    ("header", "method", "value", "expected"),
    [
        ("Service", "service", "it::MAIL", "IT::Mail"),
        ("SLA", "sla", "GOLD", "Gold"),
        ("Type", "type", "incident", "Incident"),
        ("State", "state", "WAITING", "Waiting"),
        ("Priority", "priority", "3 Normal", "3 normal"),
        ("Lock", "lock", "TMP_LOCK", "tmp_lock"),
        ("Owner", "owner", "ANNA", "Anna"),
        ("OwnerID", "owner", "7", "bert"),
        ("Responsible", "responsible", "bert", "bert"),
        ("ResponsibleID", "responsible", "7", "bert"),
    ],
)
def test_a_name_on_a_list_is_given_as_it_is_written_there(
    header: str, method: str, value: str, expected: str, follow_up: bool
) -> None:
    trace = Trace()
    assert getattr(orders(trace, follow_up, **{header: value}), method)() == expected
    infix = "FollowUp-" if follow_up else ""
    assert told(trace) == [("header_applied", f"X-OTOBO-{infix}{header}", expected)]
    assert getattr(orders(None, not follow_up), method)() is None


@pytest.mark.parametrize(
    ("header", "method"),
    [
        ("Service", "service"),
        ("SLA", "sla"),
        ("Type", "type"),
        ("State", "state"),
        ("Priority", "priority"),
        ("Lock", "lock"),
        ("Owner", "owner"),
        ("OwnerID", "owner"),
        ("Responsible", "responsible"),
        ("ResponsibleID", "responsible"),
    ],
)
def test_a_name_on_no_list_is_refused(header: str, method: str) -> None:
    trace = Trace()
    assert getattr(orders(trace, **{header: "nobody"}), method)() is None
    assert told(trace) == [("header_refused", f"X-OTOBO-{header}", "nobody")]
    for nothing in ("", "0"):
        trace = Trace()
        assert getattr(orders(trace, **{header: nothing}), method)() is None
        assert told(trace) == []


def test_a_state_that_is_not_valid_is_refused() -> None:
    assert orders(State="old").state() is None


def test_an_owners_login_wins_over_the_number_when_it_exists() -> None:
    assert orders(Owner="anna", OwnerID="7").owner() == "Anna"
    assert orders(Owner="nobody", OwnerID="7").owner() == "bert"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-12-31 08:00:00", datetime(2026, 12, 31, 8, tzinfo=UTC)),
        ("2026-12-31 08:00", datetime(2026, 12, 31, 8, tzinfo=UTC)),
        ("2026-12-31T08:00:00", datetime(2026, 12, 31, 8, tzinfo=UTC)),
        ("+2d", NOW + timedelta(days=2)),
        ("2d", NOW + timedelta(days=2)),
        ("+ 4 h", NOW + timedelta(hours=4)),
        ("-30m", NOW - timedelta(minutes=30)),
        ("90", NOW + timedelta(seconds=90)),
        ("90S", NOW + timedelta(seconds=90)),
    ],
)
def test_pending_time(value: str, expected: datetime) -> None:
    trace = Trace()
    assert orders(trace, State_PendingTime=value).pending_until(NOW) == expected
    assert told(trace) == [("header_applied", "X-OTOBO-State-PendingTime", value)]


@pytest.mark.parametrize(
    "value",
    [
        "2026-02-30 08:00:00",
        "2026-12-31 25:00:00",
        "tomorrow",
        "1d 2h",
        "1w",
        "+-1d",
        "9999999999d",
        "4000d",
        "-9999999999s",
        "9999-12-31 23:59:59",
        "0000-01-01 00:00:00",
        "\u0661d",
    ],
)
def test_a_pending_time_that_means_nothing_is_refused(value: str) -> None:
    trace = Trace()
    assert orders(trace, State_PendingTime=value).pending_until(NOW) is None
    assert told(trace) == [("header_refused", "X-OTOBO-State-PendingTime", value)]


@pytest.mark.parametrize("value", ["", "0"])
def test_no_pending_time(value: str) -> None:
    trace = Trace()
    assert orders(trace, State_PendingTime=value).pending_until(NOW) is None
    assert told(trace) == []


def test_dynamic_fields_go_where_their_list_says() -> None:
    trace = Trace()
    found = orders(
        trace,
        **{
            "DynamicField-SERIAL": "0",
            "DynamicField-mood": "fine",
            "DynamicField-Unknown": "x",
            "DynamicField-gone": "y",
            "DynamicField-a.b": "z",
            "DynamicField-Empty": "",
        },
    ).fields()
    assert found == ({"Serial": "0", "Unknown": "x"}, {"Mood": "fine"})
    refused = [(header, value) for name, header, value in told(trace) if name == "header_refused"]
    assert refused == [("X-OTOBO-DynamicField-gone", "y"), ("X-OTOBO-DynamicField-a.b", "z")]


def test_follow_ups_have_fields_of_their_own() -> None:
    both = Headers((("X-OTOBO-DynamicField-A", b"new"), ("X-OTOBO-FollowUp-DynamicField-A", b"reply")))
    assert Orders(both, Trace(), routing(lists=LISTS)).fields() == ({"A": "new"}, {})
    assert Orders(both, Trace(), routing(lists=LISTS), follow_up=True).fields() == ({"A": "reply"}, {})


@pytest.mark.parametrize("follow_up", [False, True])
def test_old_aliases(follow_up: bool) -> None:
    values = {
        "TicketKey1": "k",
        "TicketValue16": "v",
        "TicketTime6": "2026-1-2 3:04:05",
        "TicketTime1": "soon",
        "ArticleKey1": "a",
        "ArticleKey2": "b",
        "ArticleValue3": "c",
        "TicketKey17": "no",
        "TicketTime7": "2026-01-01 00:00:00",
        "DynamicField-TicketFreeText16": "wins",
    }
    trace = Trace()
    assert orders(trace, follow_up, **values).fields() == (
        {
            "TicketFreeText16": "wins",
            "TicketFreeKey1": "k",
            "TicketFreeTime6": "2026-01-02 03:04:05",
            "ArticleFreeKey2": "b",
        },
        {"ArticleFreeKey1": "a", "ArticleFreeText3": "c"},
    )
    infix = "FollowUp-" if follow_up else ""
    assert ("header_refused", f"X-OTOBO-{infix}TicketTime1", "soon") in told(trace)


def test_fields_are_bounded() -> None:
    many: dict[str, Any] = {f"DynamicField-F{number}": "x" * 5_000 for number in range(300)}
    of_ticket, of_article = orders(**many).fields()
    assert (len(of_ticket), of_article) == (200, {})
    assert max(map(len, of_ticket.values())) == 3_800


@pytest.mark.parametrize(
    ("method", "header", "value"),
    [
        ("service", "Service", "IT::Mail"),
        ("sla", "SLA", "Gold"),
        ("type", "Type", "Incident"),
        ("state", "State", "Waiting"),
        ("priority", "Priority", "3 normal"),
        ("lock", "Lock", "lock"),
        ("owner", "Owner", "Anna"),
        ("owner", "OwnerID", "bert"),
        ("responsible", "Responsible", "bert"),
    ],
)
def test_what_the_ticket_has_already_is_not_told_as_a_change(method: str, header: str, value: str) -> None:
    trace = Trace()
    asked = "7" if header == "OwnerID" else value.upper()
    assert getattr(orders(trace, True, **{header: asked}), method)(value) == value
    assert told(trace) == []
    assert getattr(orders(trace, True, **{header: asked}), method)("another") == value
    assert told(trace) == [("header_applied", f"X-OTOBO-FollowUp-{header}", value)]


@pytest.mark.parametrize("until", ["2036-12-31 08:00:00", "1990-01-01 00:00:00"])
def test_a_pending_time_more_than_ten_years_away_is_refused(until: str) -> None:
    assert orders(State_PendingTime=until).pending_until(NOW) is None


def test_a_pending_time_that_the_ticket_has_already_is_not_told_as_a_change() -> None:
    until = datetime(2026, 12, 31, 8, tzinfo=UTC)
    trace = Trace()
    assert orders(trace, State_PendingTime="2026-12-31 08:00").pending_until(NOW, until) == until
    assert told(trace) == []


def test_ignore_is_one_header_for_every_mail() -> None:
    assert Orders(Headers((("X-OTOBO-Ignore", b"yes"),)), Trace(), follow_up=True).ignore()
