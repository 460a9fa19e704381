from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mailadmin.domain.accounts import AccountType, AfterFetch, Dispatching, IncomingAccount, Validity
from mailadmin.domain.lists import SHIPPED_STATES, ListEntry, ListKind
from mailadmin.domain.queues import SHIPPED_QUEUES, MailAddress, Queue
from mailadmin.domain.setting_rules import setting_faults
from mailadmin.domain.settings import SETTINGS, Settings
from mailadmin.domain.validation import (
    ACCOUNT_TEXTS,
    Problem,
    Surroundings,
    account_faults,
    address_faults,
    cron_problem,
    is_address,
    is_host,
    normalised,
    queue_faults,
)
from mailadmin.domain.vocabulary import FollowUpOption
from mailadmin.postmaster.patterns import check_pattern

GOOD = IncomingAccount(name="support", type=AccountType.IMAPS, host="mail.example.org", username="support@example.org")
QUEUES = {queue.name.casefold(): queue for queue in SHIPPED_QUEUES}
OFF = Queue(name="Off", validity=Validity.INVALID)
AROUND = Surroundings(
    queues={**QUEUES, "off": OFF},
    addresses={"support@example.org": MailAddress(address="support@example.org", queue="Raw")},
    lists={
        ListKind.STATE: {
            **{state.name: state for state in SHIPPED_STATES},
            "gone": ListEntry(kind=ListKind.STATE, name="gone", validity=Validity.INVALID),
        }
    },
    check_pattern=check_pattern,
)


def problems(account: IncomingAccount, around: Surroundings = AROUND) -> set[tuple[str, Problem]]:
    return {(fault.field, fault.problem) for fault in account_faults(account, around)}


def test_a_good_account_breaks_no_rule() -> None:
    assert problems(GOOD) == set()


@pytest.mark.parametrize(
    ("change", "field", "problem"),
    [
        ({"name": " "}, "name", Problem.REQUIRED),
        ({"name": "4711"}, "name", Problem.ALL_DIGITS),
        ({"name": "x" * 192}, "name", Problem.TOO_LONG),
        ({"comment": "a\x00b"}, "comment", Problem.CONTROL_CHARACTERS),
        ({"username": "a\r\nQUIT"}, "username", Problem.CONTROL_CHARACTERS),
        ({"host": ""}, "host", Problem.REQUIRED),
        ({"host": "https://mail.example.org/"}, "host", Problem.NOT_A_HOST),
        ({"host": "mail..example.org"}, "host", Problem.NOT_A_HOST),
        ({"port": 0}, "port", Problem.OUT_OF_RANGE),
        ({"port": 65536}, "port", Problem.OUT_OF_RANGE),
        ({"username": ""}, "username", Problem.REQUIRED),
        ({"oauth_profile": "Contoso"}, "oauth_profile", Problem.NOT_WITH_PASSWORD),
        ({"opens_mailbox": "shared@example.org"}, "opens_mailbox", Problem.NOT_WITH_PASSWORD),
        ({"type": AccountType.POP3S, "folder": "Orders"}, "folder", Problem.FOLDER_NOT_USED),
        ({"queue": "Raw"}, "queue", Problem.QUEUE_NOT_USED),
        ({"dispatching": Dispatching.QUEUE}, "queue", Problem.REQUIRED),
        ({"dispatching": Dispatching.QUEUE, "queue": "Nowhere"}, "queue", Problem.UNKNOWN_QUEUE),
        ({"dispatching": Dispatching.QUEUE, "queue": "Off"}, "queue", Problem.INVALID_QUEUE),
        ({"move_to": "Archive"}, "move_to", Problem.MOVE_TO_NOT_USED),
        ({"after_fetch": AfterFetch.MOVE}, "move_to", Problem.REQUIRED),
        (
            {"type": AccountType.POP3S, "after_fetch": AfterFetch.MOVE, "move_to": "Archive"},
            "after_fetch",
            Problem.MOVE_NEEDS_IMAP,
        ),
        ({"after_fetch": AfterFetch.MOVE, "move_to": "inbox"}, "move_to", Problem.MOVE_TO_FETCHED_FOLDER),
        ({"max_message_size_kb": -1}, "max_message_size_kb", Problem.OUT_OF_RANGE),
        ({"schedule": "every day"}, "schedule", Problem.NOT_CRON),
        ({"pinned_certificate": "abc"}, "pinned_certificate", Problem.NOT_A_FINGERPRINT),
        ({"pinned_certificate": "ab" * 32, "ca_file": "/etc/ca.pem"}, "ca_file", Problem.CA_AND_PIN),
        ({"type": AccountType.IMAP, "ca_file": "/etc/ca.pem"}, "ca_file", Problem.TRUST_NEEDS_TLS),
        ({"precedence": 1001}, "precedence", Problem.OUT_OF_RANGE),
        ({"precedence": -1001}, "precedence", Problem.OUT_OF_RANGE),
        ({"trusted_authserv_id": "mx.example.org"}, "trusted_authserv_id", Problem.NEEDS_TRUST),
        (
            {"trusted": True, "trusted_authserv_id": "mx.example.org; spf=pass"},
            "trusted_authserv_id",
            Problem.NOT_AN_AUTHSERV_ID,
        ),
    ],
)
def test_each_rule_names_its_field(change: dict[str, Any], field: str, problem: Problem) -> None:
    assert (field, problem) in problems(replace(GOOD, **change))


def test_a_server_that_proves_senders_may_be_one_that_removes_forged_headers() -> None:
    for server in ("mx.example.org", "mx.example.org removes-forged"):
        assert not problems(replace(GOOD, trusted=True, trusted_authserv_id=server))


def test_a_name_is_unique_whatever_its_case() -> None:
    around = replace(AROUND, accounts=(replace(GOOD, name="SUPPORT", host="other.example.org"),))
    assert problems(GOOD, around) == {("name", Problem.NOT_UNIQUE)}


def test_no_account_may_fetch_the_folder_another_one_moves_to() -> None:
    mover = replace(GOOD, name="mover", after_fetch=AfterFetch.MOVE, move_to="Archive")
    fetcher = replace(GOOD, name="fetcher", folder="Archive")
    assert problems(mover, replace(AROUND, accounts=(fetcher,))) == {("move_to", Problem.MOVE_TO_FETCHED_FOLDER)}
    assert problems(fetcher, replace(AROUND, accounts=(mover,))) == {("folder", Problem.MOVE_TO_FETCHED_FOLDER)}
    elsewhere = replace(fetcher, username="other@example.org")
    assert problems(mover, replace(AROUND, accounts=(elsewhere,))) == set()


def test_every_text_field_of_an_account_is_bounded() -> None:
    texts: dict[str, Any] = dict.fromkeys(ACCOUNT_TEXTS, "x" * 1001)
    too_long = replace(GOOD, **texts)
    long_fields = {field for field, problem in problems(too_long) if problem is Problem.TOO_LONG}
    assert long_fields == set(ACCOUNT_TEXTS)


def test_an_account_is_stored_without_outer_blanks_and_with_an_inbox() -> None:
    messy = replace(GOOD, name=" support ", host=" mail.example.org", folder=" ", pinned_certificate="AB:" * 31 + "AB")
    tidy = normalised(messy)
    assert (tidy.name, tidy.host, tidy.folder) == ("support", "mail.example.org", "INBOX")
    assert tidy.pinned_certificate == "ab" * 32


@pytest.mark.parametrize(
    "host", ["mail.example.org", "mail.example.org.", "münchen.example", "192.0.2.1", "::1", "localhost"]
)
def test_host_names_and_addresses_are_hosts(host: str) -> None:
    assert is_host(host)


@pytest.mark.parametrize(
    "host", ["", "a b", "mail.example.org:993", "imap://x", "-x.example", "x" * 64 + ".example", "a@b"]
)
def test_other_things_are_no_hosts(host: str) -> None:
    assert not is_host(host)


@pytest.mark.parametrize("address", ["a@b", "o'neil+x@example.org", "grüße@münchen.example"])
def test_addresses(address: str) -> None:
    assert is_address(address)


@pytest.mark.parametrize("address", ["", "a", "a@", "@b", "a b@c", "A <a@b>", "a@b, c@d", "a@" + "b" * 254])
def test_what_is_not_one_address(address: str) -> None:
    assert not is_address(address)


@pytest.mark.parametrize("cron", ["*/10 * * * *", "0 8-18 * * 1-5", "15,45 * * * MON"])
def test_cron_expressions(cron: str) -> None:
    assert cron_problem(cron) is None


@pytest.mark.parametrize("cron", ["", "* * * *", "* * * * * *", "61 * * * *", "0 0 31 2 *", "@hourly"])
def test_what_is_not_a_cron_expression(cron: str) -> None:
    assert cron_problem(cron)


def test_queue_rules() -> None:
    assert queue_faults(Queue(name="Support::Printers", sender_address="support@example.org"), AROUND) == []
    wrong = {
        "": Problem.REQUIRED,
        "Support::": Problem.EMPTY_LEVEL,
        "raw": Problem.NOT_UNIQUE,
    }
    for name, problem in wrong.items():
        assert problem in {fault.problem for fault in queue_faults(Queue(name=name), AROUND)}
    nobody = Queue(name="X", sender_address="nobody@example.org", follow_up=FollowUpOption.REJECT)
    assert [fault.problem for fault in queue_faults(nobody, AROUND)] == [Problem.UNKNOWN_ADDRESS]


def test_the_default_queue_stays_valid_by_whichever_name() -> None:
    others = {name: queue for name, queue in QUEUES.items() if name != "raw"}
    around = Surroundings(queues=others, default_queues=frozenset({"raw"}))
    for name in ("Raw", "Entrance"):
        assert queue_faults(Queue(name=name), around) == []
        (fault,) = queue_faults(Queue(name=name, validity=Validity.INVALID), around)
        assert (fault.field, fault.problem) == ("validity", Problem.LAST_DEFAULT)
    assert queue_faults(OFF, replace(around, queues=QUEUES)) == []


def test_address_rules() -> None:
    assert address_faults(MailAddress(address="orders@example.org", queue="raw"), AROUND) == []
    wrong = {
        MailAddress(address="", queue="Raw"): ("address", Problem.REQUIRED),
        MailAddress(address="a b", queue="Raw"): ("address", Problem.NOT_AN_ADDRESS),
        MailAddress(address="Support@Example.org", queue="Raw"): ("address", Problem.NOT_UNIQUE),
        MailAddress(address="x@example.org"): ("queue", Problem.REQUIRED),
        MailAddress(address="x@example.org", queue="Nowhere"): ("queue", Problem.UNKNOWN_QUEUE),
    }
    for address, expected in wrong.items():
        assert expected in {(fault.field, fault.problem) for fault in address_faults(address, AROUND)}


@pytest.mark.parametrize("key", SETTINGS)
def test_every_default_is_a_good_value(key: str) -> None:
    assert setting_faults(key, SETTINGS[key].default, AROUND) == []


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("Nonsense", 1, Problem.UNKNOWN_KEY),
        ("FetchParallel", "8", Problem.WRONG_TYPE),
        ("FetchParallel", True, Problem.WRONG_TYPE),
        ("FetchParallel", 0, Problem.OUT_OF_RANGE),
        ("PostmasterAutoHTML2Text", 1, Problem.WRONG_TYPE),
        ("PostmasterDefaultQueue", "Nowhere", Problem.UNKNOWN_QUEUE),
        ("PostmasterDefaultQueue", "off", Problem.INVALID_QUEUE),
        ("PostmasterDefaultPriority", "high", Problem.NOT_A_CHOICE),
        ("FetchSchedule", "often", Problem.NOT_CRON),
        ("SystemID", "x", Problem.NOT_DIGITS),
        ("Ticket::Hook", "a\nb", Problem.CONTROL_CHARACTERS),
        ("Ticket::Hook", "a" * 4001, Problem.TOO_LONG),
        ("PostmasterDefaultState", "nowhere", Problem.UNKNOWN_ENTRY),
        ("PostmasterDefaultState", "", Problem.UNKNOWN_ENTRY),
        ("PostmasterFollowUpStateClosed", "Gone", Problem.INVALID_ENTRY),
        ("SendNoAutoResponseRegExp", "(abuse@", Problem.NOT_A_PATTERN),
        ("SendNoAutoResponseRegExp", "a" * 2001, Problem.TOO_LONG),
        ("PostmasterMaxEmailsPerAddress", "ann@example.org", Problem.NOT_LIMITS),
        ("PostmasterMaxEmailsPerAddress", "a@example.org=5, =7", Problem.NOT_LIMITS),
        ("PostmasterMaxEmailsPerAddress", "a@example.org=10001", Problem.NOT_LIMITS),
    ],
)
def test_setting_rules(key: str, value: object, problem: Problem) -> None:
    assert [fault.problem for fault in setting_faults(key, value, AROUND)] == [problem]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("PostmasterFollowUpStateClosed", ""),
        ("PostmasterFollowUpStateClosed", "Open"),
        ("SendNoAutoResponseRegExp", ""),
        ("PostmasterMaxEmailsPerAddress", " a@example.org = 5 ,b@example.org=0,"),
    ],
)
def test_good_values_of_settings(key: str, value: str) -> None:
    assert setting_faults(key, value, AROUND) == []


def test_settings_in_force_are_changes_over_defaults() -> None:
    settings = Settings({"FetchParallel": 2, "PostmasterAutoHTML2Text": False})
    assert settings.number("FetchParallel") == 2
    assert settings.flag("PostmasterAutoHTML2Text") is False
    assert settings.text("PostmasterDefaultQueue") == "Raw"
