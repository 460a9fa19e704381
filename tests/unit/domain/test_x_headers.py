from __future__ import annotations

import pytest

from mailadmin.domain.filters import COMPUTED
from mailadmin.domain.x_headers import (
    COMPUTED_HEADERS,
    X_HEADERS,
    Use,
    ValueKind,
    can_be_set,
    old_aliases,
    x_header,
)

TAKES = """
Queue State State-PendingTime Priority Type Lock Service SLA Title CustomerNo CustomerUser Owner OwnerID Responsible
ResponsibleID SenderType IsVisibleForCustomer DynamicField- TicketKey TicketValue TicketTime ArticleKey ArticleValue
"""
NEW_TICKET = TAKES.split()
FOLLOW_UP = [*(what for what in NEW_TICKET if not what.startswith("Customer")), "State-Keep"]


def test_every_header_of_the_list_is_there_once() -> None:
    names = [header.name for header in X_HEADERS]
    assert len(set(names)) == len(names)
    wanted = {f"X-OTOBO-{what}" for what in NEW_TICKET} | {f"X-OTOBO-FollowUp-{what}" for what in FOLLOW_UP}
    assert {header.name for header in X_HEADERS if header.use in {Use.NEW_TICKET, Use.FOLLOW_UP}} == wanted
    assert {header.name for header in X_HEADERS if header.use is Use.ANY} == {"X-OTOBO-Ignore", "X-OTOBO-Loop"}


def test_what_is_computed_is_said_in_one_place() -> None:
    assert {name.lower() for name in COMPUTED if name != "Body"} <= COMPUTED_HEADERS
    assert "x-otobo-bounce-originalmessageid" in COMPUTED_HEADERS
    assert not any(can_be_set(name) for name in COMPUTED_HEADERS)


@pytest.mark.parametrize(
    ("name", "kind", "use"),
    [
        ("X-OTOBO-Queue", ValueKind.QUEUE, Use.NEW_TICKET),
        ("x-otobo-followup-ownerid", ValueKind.AGENT_ID, Use.FOLLOW_UP),
        ("X-OTOBO-DynamicField-Serial", ValueKind.FIELD, Use.NEW_TICKET),
        ("X-OTOBO-FollowUp-DynamicField-Serial", ValueKind.FIELD, Use.FOLLOW_UP),
        ("X-OTOBO-TicketTime6", ValueKind.TIME_FIELD, Use.NEW_TICKET),
        ("X-OTOBO-FollowUp-ArticleValue16", ValueKind.FIELD, Use.FOLLOW_UP),
        ("X-OTOBO-Loop", ValueKind.LOOP, Use.ANY),
    ],
)
def test_a_header_is_found_by_its_name_in_any_case(name: str, kind: ValueKind, use: Use) -> None:
    header = x_header(name)
    assert header is not None
    assert (header.kind, header.use) == (kind, use)
    assert can_be_set(name)


@pytest.mark.parametrize(
    "name",
    [
        "X-OTOBO-Quue",
        "X-OTOBO-TicketKey",
        "X-OTOBO-TicketKey17",
        "X-OTOBO-TicketTime7",
        "X-OTOBO-TicketKey01",
        "X-OTOBO-DynamicField-",
        "X-OTOBO-DynamicField-a b",
        "X-OTOBO-FollowUp-CustomerUser",
        "X-OTRS-Queue",
        "Subject",
        "",
    ],
)
def test_what_is_none_is_none(name: str) -> None:
    assert x_header(name) is None
    assert not can_be_set(name)


def test_the_old_aliases_say_which_field_they_stand_for() -> None:
    (key,) = (header for header in old_aliases(follow_up=False) if header.what == "TicketValue")
    assert (key.field, key.numbers, key.of_article) == ("TicketFreeText", 16, False)
    assert key.members[15] == "X-OTOBO-TicketValue16"
    assert [header.of_article for header in old_aliases(follow_up=True)] == [False, False, False, True, True]
