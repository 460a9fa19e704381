"""The JSON documents have the keys that scripts rely on (CLI.md)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from mailadmin.cli import documents
from mailadmin.domain.accounts import AccountStatus, Validity
from mailadmin.domain.decisions import DecisionKind, TicketFacts
from mailadmin.domain.errors import Code, Layer, UserFixableError
from mailadmin.domain.messages import InboxState
from mailadmin.domain.outcomes import (
    CheckLayer,
    CheckReport,
    CheckResult,
    DatabaseStatus,
    FetchStatus,
    FieldChange,
    Plan,
    Processed,
)
from mailadmin.domain.validation import Fault, InvalidRecordError, Problem
from mailadmin.services.fetch.dry_run import Preview

from . import samples

REFUSED = UserFixableError(Code.SIGN_IN_REFUSED, {"username": "u"}, server="NO [AUTH] no", layer=Layer.SIGN_IN)


def test_fetch_has_the_keys_of_the_contract() -> None:
    document = documents.fetch([samples.outcome(FetchStatus.FAILED, REFUSED, seen=3, fetched=2, new_tickets=2)], 1.5)
    assert document["seconds"] == 1.5
    (one,) = document["accounts"]
    assert set(one) >= {
        "id", "name", "status", "seen", "fetched", "bytes", "new_tickets", "follow_ups", "ignored", "rejected", "held",
        "duplicates", "quarantined", "too_big", "deleted", "moved", "left_on_server", "seconds", "error",
    }  # fmt: skip
    assert (one["status"], one["seen"], one["fetched"], one["seconds"]) == ("failed", 3, 2, 1.25)
    assert set(one["error"]) == {"code", "layer", "server", "text"}
    assert one["error"]["code"] == "sign-in-refused"
    assert one["error"]["layer"] == "sign-in"
    assert one["error"]["server"] == "NO [AUTH] no"
    assert "incoming/support/password" in one["error"]["text"]


def test_an_account_that_went_well_has_no_error() -> None:
    assert documents.outcome(samples.outcome())["error"] is None


@pytest.mark.parametrize("status", list(FetchStatus))
def test_the_statuses_are_those_of_the_contract(status: FetchStatus) -> None:
    assert documents.outcome(samples.outcome(status))["status"] in {"ok", "failed", "stopped", "busy", "invalid"}


def test_a_dry_run_says_what_each_message_would_become() -> None:
    preview = Preview("support", "INBOX/1/7", 1500, samples.decision())
    document = documents.fetch([samples.outcome()], 1, [preview])
    assert document["dry_run"] is True
    assert document["messages"][0]["subject"] == "VPN"
    assert document["messages"][0]["decision"]["kind"] == "new_ticket"


def test_check_has_the_keys_of_the_contract() -> None:
    lines = (
        CheckLayer(Layer.NAME, CheckResult.OK, {"addresses": "192.0.2.1"}),
        CheckLayer(Layer.SIGN_IN, CheckResult.FAILED, {}, "NO [AUTH] no", REFUSED),
        CheckLayer(Layer.FOLDER, CheckResult.NOT_TRIED),
    )
    document = documents.check(CheckReport("incoming/support", lines))
    assert set(document) == {"account", "ok", "layers"}
    assert document["ok"] is False
    assert [line["result"] for line in document["layers"]] == ["ok", "failed", "not tried"]
    assert all(set(line) >= {"layer", "result", "detail", "server"} for line in document["layers"])
    assert document["layers"][0]["detail"] == "The name stands for 192.0.2.1."
    assert document["layers"][1]["server"] == "NO [AUTH] no"
    assert "incoming/support/password" in document["layers"][1]["detail"]


_TICKET_KEYS = {"number", "title", "queue", "state", "priority", "customer", "articles", "created", "changed"}


def test_tickets_list_has_the_keys_of_the_contract() -> None:
    document = documents.ticket(samples.ticket())
    assert set(document) >= _TICKET_KEYS
    assert document["articles"] == 1
    assert document["created"] == "2026-11-20T12:00:05Z"


def test_tickets_show_has_the_keys_of_the_contract() -> None:
    document = documents.conversation(samples.ticket(), [samples.article()], samples.history())
    assert set(document) >= _TICKET_KEYS
    (article,) = document["articles"]
    assert set(article) >= {
        "id", "inbox_id", "from", "to", "cc", "reply_to", "subject", "message_id", "in_reply_to", "references", "date",
        "body", "body_type", "visible_for_customer", "sender_type", "attachments", "decision",
    }  # fmt: skip
    (attachment,) = article["attachments"]
    assert set(attachment) >= {"filename", "content_type", "size", "sha256", "content_id", "disposition"}
    assert set(article["decision"]) == {"kind", "queue", "because"}
    assert set(article["decision"]["because"][0]) >= {"step", "detail"}
    assert article["decision"]["because"][0]["detail"] == 'Queue "Support", by the address a@example.org in To.'


def test_inbox_list_has_the_keys_of_the_contract() -> None:
    facts = {"size": "99999", "limit_kb": "10"}
    too_big = samples.message(state=InboxState.TOO_BIG, reason_code="too-big", reason_facts=facts, ticket="")
    document = documents.message(too_big)
    assert set(document) >= {
        "id", "account", "source", "message_id", "from", "subject", "size", "sha256", "state", "server_state", "reason",
        "ticket", "fetched_at",
    }  # fmt: skip
    assert document["state"] == "too_big"
    assert document["server_state"] == "done"
    assert document["ticket"] is None
    assert "limit of 10 KB" in document["reason"]


def test_inbox_show_tells_the_trace_as_well() -> None:
    document = documents.message_with_trace(samples.message())
    assert set(document) > set(documents.message(samples.message()))
    assert document["decision"]["because"][0]["step"] == "queue_chosen"


def test_read_dry_run_has_the_keys_of_the_contract() -> None:
    document = documents.preview(samples.decision())
    assert set(document) >= {"subject", "from", "to", "body", "body_type", "attachments", "decision"}
    assert document["decision"]["kind"] == "new_ticket"
    assert document["attachments"][0]["filename"] == "a.pdf"


def test_a_follow_up_names_its_ticket() -> None:
    facts = TicketFacts(1, "2026", "Support", "open")
    document = documents.decision(samples.decision(kind=DecisionKind.FOLLOW_UP, ticket=facts))
    assert (document["kind"], document["ticket"]) == ("follow_up", "2026")


def test_read_says_what_was_committed_even_if_it_waits() -> None:
    assert documents.processed(None)["committed"] is True
    done = documents.processed(Processed(7, None, DecisionKind.NEW_TICKET, "2026", samples.decision()))
    assert (done["outcome"], done["ticket"], done["queue"]) == ("new_ticket", "2026", "Support")


def test_apply_dry_run_has_the_keys_of_the_contract() -> None:
    change = FieldChange("queue", "Raw", "comment", "", "x")
    document = documents.plan(Plan((("queue", "A"),), (change,), (("address", "b"),)))
    assert document == {
        "add": [{"what": "queue", "name": "A"}],
        "change": [{"what": "queue", "name": "Raw", "field": "comment", "from": "", "to": "x"}],
        "remove": [{"what": "address", "name": "b"}],
    }


def test_db_status_has_the_keys_of_the_contract() -> None:
    document = documents.database(DatabaseStatus("sqlite:////x", "1", "2", 3, 4, 5))
    assert document == {
        "url": "sqlite:////x", "schema": "1", "program": "2", "messages": 3, "tickets": 4, "bytes": 5,
    }  # fmt: skip


def test_a_failure_tells_its_facts_and_all_faults_of_a_file() -> None:
    faults = [("queue", "A", Fault("x", Problem.UNKNOWN_KEY)), ("queue", "B", Fault("y", Problem.REQUIRED))]
    said = documents.failure(InvalidRecordError(faults))["error"]
    assert said["code"] == "invalid-record"
    assert said["facts"]["table"] == "queue"
    assert [(fault["record"], fault["key"], fault["problem"]) for fault in said["faults"]] == [
        ("A", "x", "unknown-key"),
        ("B", "y", "required"),
    ]


def test_wrong_usage_has_the_same_shape() -> None:
    assert set(documents.plain_failure("usage", "x")["error"]) >= {"code", "layer", "server", "text"}


def test_times_are_utc() -> None:
    berlin = datetime(2026, 11, 20, 13, 0, tzinfo=timezone(timedelta(hours=1)))
    assert documents.time(berlin) == "2026-11-20T12:00:00Z"
    assert documents.time(None) is None


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({}, "never-fetched"),
        ({"last_run": samples.NOON, "last_good": samples.NOON}, "ok"),
        ({"last_run": samples.NOON, "failures": 2, "failing_since": samples.NOON, "error_server": "NO"}, "failing"),
        ({"last_run": samples.NOON, "waiting_until": datetime(2999, 1, 1, tzinfo=UTC)}, "waiting"),
        ({"last_run": samples.NOON, "waiting_until": datetime(2001, 1, 1, tzinfo=UTC)}, "ok"),
    ],
)
def test_how_an_account_is_doing(fields: dict[str, object], state: str) -> None:
    status = AccountStatus(1, **fields)  # type: ignore[arg-type]
    document = documents.account(samples.account(), status, {1: samples.NOON})
    assert document["state"] == state
    assert document["port"] == 993
    assert document["next_due"] == "2026-11-20T12:00:05Z"


def test_an_account_that_is_not_valid_says_so() -> None:
    document = documents.account(samples.account(validity=Validity.INVALID), None, {})
    assert (document["state"], document["text"]) == ("invalid", "not fetched: invalid")
    assert (document["next_due"], document["due_now"]) == (None, False)


@pytest.mark.parametrize(
    ("due", "said"),
    [
        (None, ("2026-11-20T12:00:05Z", True)),
        (samples.NOON - timedelta(minutes=1), ("2026-11-20T11:59:05Z", True)),
        (samples.NOON + timedelta(minutes=1), ("2026-11-20T12:01:05Z", False)),
    ],
)
def test_when_an_account_is_due_and_whether_that_is_now(due: datetime | None, said: tuple[str, bool]) -> None:
    document = documents.account(samples.account(), None, {1: due}, samples.NOON)
    assert (document["next_due"], document["due_now"]) == said


def test_an_exported_file_becomes_plain_json() -> None:
    tables = {"incoming_account": [{"fetch_from": date(2026, 1, 2), "port": 993}], "settings": {"SystemID": "10"}}
    assert documents.configuration(tables) == {
        "incoming_account": [{"fetch_from": "2026-01-02", "port": 993}],
        "settings": {"SystemID": "10"},
    }
