"""``tickets set``, ``tickets show`` and ``inbox life``, from the command line to the database and back."""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mailadmin.bootstrap import Options, open_application
from mailadmin.domain.lists import ListEntry, ListKind
from mailadmin.domain.queues import MailAddress
from mailadmin.domain.responses import AutoResponse

from .conftest import Run

RAW = (
    b"From: Ann <ann@example.net>\r\nTo: support@example.org\r\nSubject: Printer\r\nMessage-ID: <one@example.net>\r\n"
    b"\r\nIt is on fire.\r\n"
)


@pytest.fixture
def number(run: Run, monkeypatch: pytest.MonkeyPatch) -> str:
    """The number of a ticket made of one mail, in an installation with an agent."""
    with open_application(Options().completed()) as app:
        app.storage.lists.add(ListEntry(kind=ListKind.AGENT, name="Ann"))

    class Pipe:
        buffer = io.BytesIO(RAW)

    monkeypatch.setattr(sys, "stdin", Pipe)
    assert run("read").code == 0
    return str(run("tickets", "list", "--json").json[0]["number"])


def test_every_field_of_a_ticket_is_set_and_shown(run: Run, number: str) -> None:
    said = run(
        "tickets", "set", number, "owner=ann", "responsible=Ann", "type=unclassified", "field.Room=12",
        "field.Floor=3", "pending_until=2027-01-01T10:00:00+00:00", "customer_id=acme", "--json",
    ).json  # fmt: skip
    assert (said["owner"], said["responsible"], said["type"], said["company"]) == ("Ann", "Ann", "Unclassified", "acme")
    assert (said["fields"], said["pending_until"]) == ({"Floor": "3", "Room": "12"}, "2027-01-01T10:00:00Z")
    shown = run("tickets", "show", number)
    for words in ("Owner", "Ann", "Room", "12", "Pending until", "acme"):
        assert words in shown.out
    changed = run("tickets", "set", number, "pending_until=", "field.Room=", "owner=", "--json").json
    assert (changed["pending_until"], changed["fields"], changed["owner"]) == (None, {"Floor": "3"}, "")
    events = [line["event"] for line in run("tickets", "show", number, "--json").json["history"]]
    assert {"OwnerUpdate", "SetPendingTime", "TicketDynamicFieldUpdate", "TypeUpdate"} <= set(events)


def test_a_time_from_now_on(run: Run, number: str) -> None:
    said = run("tickets", "set", number, "pending_until=+2d", "--json").json["pending_until"]
    until = datetime.fromisoformat(said.replace("Z", "+00:00"))
    assert timedelta(days=1, hours=23) < until - datetime.now(UTC) <= timedelta(days=2)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("owner=nobody", "owner must be one of: Ann"),
        ("pending_until=soon", '"soon" is no time'),
        ("field.=x", "is not one of the keys"),
        ("state=bogus", "state must be one of: new, open"),
    ],
)
def test_what_is_on_no_list_is_refused(run: Run, number: str, wrong: str, words: str) -> None:
    ended = run("tickets", "set", number, wrong)
    assert ended.code == 2
    assert words in " ".join(ended.err.split())


def test_the_life_of_a_mail(run: Run, number: str) -> None:
    (one,) = run("inbox", "life", "one@example.net", "--json").json
    assert (one["message_id"], one["ticket"], one["state"]) == ("<one@example.net>", number, "processed")
    assert one["decision"]["because"]
    assert one["log"][0]["entries"]
    said = run("inbox", "life", "<one@example.net>")
    assert (said.code, "communication log" in said.out, number in said.out) == (0, True, True)
    unknown = run("inbox", "life", "<two@example.net>")
    assert unknown.code == 1
    assert "<two@example.net>" in unknown.out + unknown.err


def test_bodies_are_searched_if_asked(run: Run, number: str) -> None:
    assert [one["number"] for one in run("tickets", "list", "--search", "ON FIRE", "--bodies", "--json").json] == [
        number
    ]
    assert run("tickets", "list", "--search", "on fire", "--json").json == []


def test_auto_responses_are_shown_with_their_ticket(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_application(Options().completed()) as app:
        app.storage.addresses.add(MailAddress(address="raw@example.org", display_name="Raw", queue="Raw"))
        raw = app.storage.queues.by_name("raw")
        assert raw is not None
        app.storage.queues.change(replace(raw, sender_address="raw@example.org"))
        app.storage.auto_responses.add(AutoResponse(name="hello", subject="Hello", body="Thanks", queues=("Raw",)))

    class Pipe:
        buffer = io.BytesIO(RAW)

    monkeypatch.setattr(sys, "stdin", Pipe)
    run("read")
    number = run("tickets", "list", "--json").json[0]["number"]
    (answer,) = run("tickets", "show", number, "--json").json["outbox"]
    assert (answer["state"], answer["to"], answer["response"]) == ("draft", ["ann@example.net"], "hello")
    assert "Outbox" in run("tickets", "show", number).out
