"""Tables and words for people: complete at 80 columns, helpful when there is nothing to show."""

from __future__ import annotations

import re
from typing import Any

import pytest

from mailadmin.cli import fetch_report, report
from mailadmin.cli.states import brief, state_of
from mailadmin.cli.wording import count, duration, size
from mailadmin.domain.accounts import AccountStatus, AfterFetch
from mailadmin.domain.decisions import Because
from mailadmin.domain.errors import Code, Layer, UserFixableError
from mailadmin.domain.messages import InboxState
from mailadmin.domain.outcomes import (
    CheckLayer,
    CheckResult,
    DatabaseStatus,
    FetchProgress,
    FetchStatus,
    FieldChange,
    Plan,
)
from mailadmin.services.fetch.dry_run import Preview

from . import samples
from .samples import Seen

REFUSED = UserFixableError(Code.SIGN_IN_REFUSED, {"username": "u"}, server="NO [AUTH] no", layer=Layer.SIGN_IN)


def test_results_have_a_row_for_each_account_totals_and_a_sentence_for_each_error() -> None:
    seen = Seen()
    well = samples.outcome(seen=4, fetched=4, new_tickets=3, follow_ups=1, bytes=2048)
    bad = samples.outcome(FetchStatus.FAILED, REFUSED, id=2, name="sales", seen=2, fetched=2, new_tickets=2, bytes=1024)
    fetch_report.results(seen.output, [well, bad], 1.5, None)
    lines = seen.out.splitlines()
    assert [line.split()[:6] for line in lines if line.startswith(("support", "sales", "Total"))] == [
        ["support", "ok", "4", "4", "3", "1"],
        ["sales", "failed", "2", "2", "2", "0"],
        ["Total", "6", "6", "5", "1", "3.0"],
    ]
    assert any(line.startswith("  - sales: The server refused") and line.endswith("NO [AUTH] no") for line in lines)


def test_counts_that_are_zero_everywhere_take_no_room_and_others_are_there() -> None:
    seen = Seen()
    fetch_report.results(seen.output, [samples.outcome(held=1, left_on_server=2)], 1, None)
    assert "Held" in seen.out
    assert "Quarantined" not in seen.out


def test_every_count_of_the_contract_can_be_seen() -> None:
    seen = Seen()
    every: dict[str, Any] = dict.fromkeys(
        ["seen", "fetched", "new_tickets", "follow_ups", "ignored", "rejected", "held", "duplicates", "quarantined",
         "too_big", "deleted", "moved", "left_on_server"], 7,
    )  # fmt: skip
    fetch_report.results(seen.output, [samples.outcome(**every)], 1, None)
    row = next(line for line in seen.out.splitlines() if line.startswith("support"))
    assert row.split().count("7") == 13


@pytest.mark.parametrize("width", [60, 80, 120])
def test_results_with_all_counts_are_not_cut(width: int) -> None:
    seen = Seen(width=width)
    fetch_report.results(seen.output, [samples.outcome(quarantined=123456, left_on_server=987654)], 1, None)
    assert "123456" in seen.out
    assert "987654" in seen.out


def test_quarantined_and_too_big_messages_come_with_what_to_do() -> None:
    seen = Seen()
    fetch_report.results(seen.output, [samples.outcome(quarantined=2, too_big=1)], 1, None)
    assert "2 messages in quarantine: mailadmin inbox list --state quarantined" in seen.out
    assert "1 message too big to fetch: mailadmin inbox list --state too_big" in seen.out


def test_a_stopped_fetch_says_that_nothing_is_lost() -> None:
    seen = Seen()
    fetch_report.results(seen.output, [samples.outcome(FetchStatus.STOPPED, seen=4, fetched=2)], 1, None)
    assert "Stopped as asked; what was fetched is stored, the next fetch goes on." in seen.out


@pytest.mark.parametrize(
    ("fields", "counts", "said"),
    [
        ({}, {"left_on_server": 14}, "support: the limit was reached, 14 more wait; run fetch again."),
        ({}, {"left_on_server": 1}, "1 more waits;"),
        ({}, {"left_on_server": 2, "too_big": 2}, None),
        ({}, {"left_on_server": 0}, None),
        ({}, {"left_on_server": 14, "fetched": 9}, None),
        ({"after_fetch": AfterFetch.KEEP}, {"left_on_server": 24}, "perhaps more wait; run fetch again."),
        ({"after_fetch": AfterFetch.KEEP}, {"left_on_server": 10, "seen": 10}, None),
    ],
)
def test_a_limit_that_was_reached_says_what_waits(
    fields: dict[str, Any], counts: dict[str, int], said: str | None
) -> None:
    seen = Seen()
    outcome = samples.outcome(FetchStatus.OK, **{"seen": 24, "fetched": 10, **counts})
    fetch_report.waiting(seen.output, [outcome], [samples.account(**fields)], 10)
    assert (said in seen.out) if said else seen.out == ""


def test_accounts_without_a_password_are_told_together() -> None:
    seen = Seen()
    missing = [
        samples.outcome(FetchStatus.FAILED, UserFixableError(Code.NO_PASSWORD, {"name": name}), id=id_, name=name)
        for id_, name in enumerate(("sales", "Verkauf Süd"), start=1)
    ]
    fetch_report.results(seen.output, missing, 1, None)
    assert seen.out.count("No password is kept") == 1
    assert "    mailadmin secret set incoming/sales/password\n" in seen.out
    assert "    mailadmin secret set 'incoming/Verkauf Süd/password'\n" in seen.out


def test_nothing_to_fetch_says_how_to_begin() -> None:
    seen = Seen()
    fetch_report.results(seen.output, [], 0, None)
    assert "mailadmin apply FILE" in seen.out


def test_a_dry_run_says_so_and_what_each_message_would_become() -> None:
    seen = Seen()
    preview = Preview("support", "INBOX/1/7", 1500, samples.decision())
    fetch_report.results(seen.output, [samples.outcome(fetched=1)], 1, [preview])
    assert "nothing was stored" in seen.out
    assert 'new ticket in queue "Support"' in seen.out


def test_the_schedulers_line_is_one_line() -> None:
    line = fetch_report.line(samples.outcome(FetchStatus.FAILED, REFUSED, fetched=2, new_tickets=1, follow_ups=1))
    assert line.startswith("support: failed, 2 fetched (1 new ticket, 1 follow-up), 1.2 seconds. The server refused")
    assert "\n" not in line


def test_progress_is_shown_on_a_terminal_alone() -> None:
    moment = FetchProgress(1, "support", Layer.DOWNLOAD, 3, 12, 2048)
    for seen, expected in ((Seen(width=80), True), (Seen(), False)):
        with fetch_report.watching(seen.output) as watch:
            watch(moment)
        assert ("3 of 12 messages" in seen.err) is expected
        assert seen.out == ""


def test_a_check_grows_line_by_line() -> None:
    seen = Seen()
    report.check_layer(seen.output, CheckLayer(Layer.GREETING, CheckResult.OK, {}, "* OK hi\x1b"), "support")
    report.check_layer(seen.output, CheckLayer(Layer.SIGN_IN, CheckResult.FAILED, {}, "x", REFUSED), "support")
    report.check_layer(seen.output, CheckLayer(Layer.FOLDER, CheckResult.NOT_TRIED), "support")
    first, second, third = seen.out.splitlines()
    assert first == "Greeting      ok         The server greets. The server said: * OK hi\\x1b"
    assert second.startswith("Sign-in       failed     The server refused")
    assert second.endswith("The server said: NO [AUTH] no")
    assert third == "Folder        not tried"


def test_empty_lists_say_what_to_do_next() -> None:
    for filtered, words in ((False, "mailadmin fetch"), (True, "No ticket matches")):
        seen = Seen()
        report.tickets(seen.output, [], filtered=filtered)
        assert words in seen.out
    for filtered, words in ((False, "mailadmin fetch"), (True, "No message matches")):
        seen = Seen()
        report.messages(seen.output, [], filtered=filtered)
        assert words in seen.out
    seen = Seen()
    report.accounts(seen.output, [], {}, {})
    assert "mailadmin apply FILE" in seen.out


@pytest.mark.parametrize("width", [80, 120, None])
def test_lists_keep_what_is_needed_to_go_on(width: int | None) -> None:
    seen = Seen(width=width)
    long = "Störung: Telefonanlage im Bürogebäude Süd fällt täglich gegen 15 Uhr für einige Minuten aus"
    report.tickets(seen.output, [samples.ticket(title=long, queue="Support::Printers")], filtered=False)
    report.messages(seen.output, [samples.message(subject=long, state=InboxState.QUARANTINED)], filtered=False)
    assert seen.out.count("2026112010000017") == 2
    assert "quarantined" in seen.out
    for word in long.split():
        assert word in seen.out


def test_a_message_that_was_not_fetched_says_how_large_it_is() -> None:
    seen = Seen()
    report.messages(seen.output, [samples.message(state=InboxState.TOO_BIG, size=5_000_000)], filtered=False)
    assert "(not fetched: 4.8 MB)" in seen.out


def test_tickets_stand_under_their_queues() -> None:
    seen = Seen()
    found = [
        samples.ticket(number="2", queue="b"),
        samples.ticket(number="1", queue="A"),
        samples.ticket(number="3", queue="b"),
    ]
    report.tickets_by_queue(seen.output, found)
    order = [line.split()[0] for line in seen.out.splitlines() if line and not line.startswith("Number")]
    assert order == ["A:", "1", "b:", "2", "3"]


def test_a_conversation_shows_mails_attachments_and_history() -> None:
    seen = Seen()
    report.conversation(seen.output, samples.ticket(), [samples.article(body=samples.HOSTILE)], samples.history())
    assert "Ticket 2026112010000017: VPN does not connect" in seen.out
    assert "message 7" in seen.out
    assert "    next :smile:" in seen.out
    assert "a.pdf  application/pdf  1.5 KB" in seen.out
    assert "NewTicket" in seen.out
    assert "\x1b" not in seen.out


def test_each_mail_of_a_ticket_says_why_it_is_there_and_all_steps_when_asked() -> None:
    found = Because("follow_up_found", {"ticket": "2026112010000017", "by": "subject"})
    passed = Because("field_cut", {"field": "subject"})
    reply = samples.article(decision_kind="follow_up", because=(passed, found), attachments=())
    short, whole = Seen(), Seen()
    report.conversation(short.output, samples.ticket(), [samples.article(), reply])
    report.conversation(whole.output, samples.ticket(), [samples.article(), reply], all_steps=True)
    said = [line for line in short.out.splitlines() if line.startswith("Why: ")]
    assert said == [
        'Why: Queue "Support", by the address a@example.org in To.',
        "Why: It belongs to ticket 2026112010000017, by the number in its subject.",
    ]
    assert "it was cut" not in short.out
    assert "  - The field subject is longer than an article keeps; it was cut." in whole.out
    assert "Became: follow-up to ticket 2026112010000017" in whole.out


def test_why_a_message_is_here_is_told_step_by_step() -> None:
    seen = Seen()
    report.message(seen.output, samples.message(server_words="NO quota"))
    assert "done (NO quota)" in seen.out
    assert "Became: new ticket 2026112010000017" in seen.out
    assert '  - Queue "Support", by the address a@example.org in To.' in seen.out


def test_a_plan_shows_every_change_with_its_values() -> None:
    seen = Seen()
    changes = (
        FieldChange("queue", "Raw", "follow_up_lock", False, True),
        FieldChange("settings", "SystemID", "SystemID", None, "11"),
    )
    report.plan(seen.output, Plan((("queue", "A"),), changes, (("address", "b"),)), dry_run=True)
    rows = [line.split() for line in seen.out.splitlines()]
    assert ["add", "queue", "A"] in rows
    assert ["change", "queue", "Raw", "follow_up_lock", "false", "true"] in rows
    assert ["change", "settings", "SystemID", "(default)", "11"] in rows
    assert ["remove", "address", "b"] in rows
    assert "1 to add, 2 to change, 1 to remove. Nothing was changed." in seen.out


def test_an_empty_plan_says_so() -> None:
    seen = Seen()
    report.plan(seen.output, Plan(), dry_run=False)
    assert seen.out == "Nothing to do: the database says what the file says.\n"


def test_accounts_say_how_they_are_doing() -> None:
    seen = Seen()
    failing = AccountStatus(
        1, last_run=samples.NOON, failures=3, failing_since=samples.NOON, error_code="sign-in-refused"
    )
    report.accounts(seen.output, [samples.account()], {1: failing}, {1: None})
    assert "failing: password refused" in seen.out
    assert "See why one fails with: mailadmin check incoming/NAME" in seen.out
    assert "never" in seen.out
    word, text = state_of(samples.account(), failing)
    assert word == "failing"
    assert text.endswith("(3 times): password refused")


@pytest.mark.parametrize("code", [code.value for code in Code])
@pytest.mark.parametrize("width", [80, None])
def test_a_state_is_a_short_phrase_and_not_the_servers_words(code: str, width: int | None) -> None:
    seen = Seen(width=width)
    failing = AccountStatus(1, last_run=samples.NOON, failures=3, error_code=code, error_server="NO raw words")
    report.accounts(seen.output, [samples.account()], {1: failing}, {1: samples.NOON})
    assert "raw words" not in seen.out
    assert not re.search(rf"failing: {code}\b", seen.out) or "-" not in code
    assert len(brief(samples.account(), failing)) <= 34


def test_accounts_fit_80_columns_and_say_what_is_left_out() -> None:
    seen = Seen(width=80)
    failing = AccountStatus(1, last_run=samples.NOON, last_good=samples.NOON, failures=1, error_code="no-password")
    account = samples.account(name="verkauf-sued", host="imap.a-long-name.example.org", queue="Support::Printers")
    report.accounts(seen.output, [account], {1: failing}, {1: samples.NOON})
    plain = re.sub(r"\x1b\[[0-9;]*m", "", seen.out)
    assert max(map(len, plain.splitlines())) <= 80
    assert "More columns: widen the window, or --json" in plain
    assert "verkauf-sued" in plain
    assert "invalid" not in plain


def test_an_old_database_says_how_to_upgrade() -> None:
    seen = Seen()
    report.database(seen.output, DatabaseStatus("sqlite:////x", "", "0001", 0, 0, 0))
    assert "(none), this version works with 0001" in seen.out
    assert "mailadmin db upgrade" in seen.out


def test_numbers_and_their_nouns() -> None:
    assert (count(1, "reply", "replies"), count(2, "reply", "replies")) == ("1 reply", "2 replies")
    assert [size(n) for n in (1, 512, 1500, 306 * 1024, 5_000_000, 10**12)] == [
        "1 byte", "512 bytes", "1.5 KB", "306 KB", "4.8 MB", "931 GB",
    ]  # fmt: skip
    assert [duration(n) for n in ("45", "300", "7200", "soon")] == ["45 seconds", "5 minutes", "2 hours", "soon"]
