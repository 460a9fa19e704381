"""apply and export of filters, lists, customers and auto-responses; and everything there and back again."""

from __future__ import annotations

import itertools
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailadmin.bootstrap import Application, Options, open_application
from mailadmin.domain.accounts import Validity
from mailadmin.domain.customers import Company, CustomerUser
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.external_numbers import ExternalNumberRule
from mailadmin.domain.filters import Action, Condition, Filter
from mailadmin.domain.lists import FieldOf, ListEntry, ListKind
from mailadmin.domain.responses import AutoResponse, ResponseType
from mailadmin.domain.tickets import TicketChange
from mailadmin.domain.validation import InvalidRecordError, Problem
from mailadmin.domain.vocabulary import SENDER_TYPES, StateType
from mailadmin.services.configuration import ExamplesChangedError, export

from .conftest import mail

FILE = r"""
[settings]
PostmasterDefaultState = "waiting"

[[queue]]
name = "Support"
sender_address = "support@example.org"

[[address]]
address = "support@example.org"
queue = "support"

[[incoming_account]]
name = "support"
type = "IMAPS"
host = "mail.example.org"
username = "support@example.org"
trusted = true
trusted_authserv_id = "mx.example.org"
precedence = 5

[[agent]]
name = "jane"
email = "jane@example.org"

[[service]]
name = "IT::Mail"

[[sla]]
name = "Gold"

[[ticket_type]]
name = "Incident"

[[state]]
name = "waiting"
type = "open"

[[dynamic_field]]
name = "Vendor"
of = "ticket"

[[external_number]]
name = "Vendor"
number_pattern = '#(\d+)'
state_types = ["open", "new"]
dynamic_field = "Vendor"

[[filter]]
name = "Spam"
order = 10
stop = true
conditions = [
    { header = "Subject", pattern = '\[(?P<what>[a-z]+)\]' },
    { header = "From", pattern = "EMAILADDRESS:.*@example\\.org", negated = true },
]
actions = [
    { header = "X-OTOBO-Queue", value = "Support" },
    { header = "X-OTOBO-State", value = "waiting" },
    { header = "X-OTOBO-Owner", value = "jane" },
    { header = "X-OTOBO-Title", value = '[**\what**]' },
]
accounts = ["SUPPORT"]

[[company]]
customer_id = "ACME"
domains = ["acme.example"]

[[customer_user]]
login = "ann"
name = "Ann"
addresses = ["ann@acme.example", "ann@x.example"]
company = "acme"

[[auto_response]]
name = "Hello"
type = "auto reply"
subject = "Re: <OTOBO_Title>"
body = '''
Hello,

"thanks" \o/
'''
queues = ["SUPPORT"]
"""


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Application]:
    with open_application(Options(home=tmp_path, key_file=tmp_path / "key")) as application:
        yield application


def faults(app: Application, text: str) -> set[tuple[str, str, str, Problem]]:
    before = export(app.storage)
    with pytest.raises(InvalidRecordError) as caught:
        app.configuration.apply(text)
    assert export(app.storage) == before, "nothing is changed"
    return {(table, record, fault.field, fault.problem) for table, record, fault in caught.value.faults}


def test_a_file_of_everything_is_applied_and_then_says_nothing_new(app: Application) -> None:
    plan = app.configuration.apply(FILE, dry_run=True)
    assert len(plan.add) == 14
    assert app.filters.all() == []
    app.configuration.apply(FILE)
    assert app.configuration.apply(FILE).empty
    (spam,) = app.filters.all()
    assert (spam.accounts, spam.order, spam.stop) == (("support",), 10, True)
    assert spam.conditions[1] == Condition("From", r"EMAILADDRESS:.*@example\.org", negated=True)
    assert spam.actions[3] == Action("X-OTOBO-Title", r"[**\what**]")
    (ann,) = app.customer_users.all()
    assert (ann.company, ann.addresses) == ("ACME", ("ann@acme.example", "ann@x.example"))
    (hello,) = app.auto_responses.all()
    assert hello.queues == ("Support",)
    assert hello.body == 'Hello,\n\n"thanks" \\o/\n'
    assert {entry.kind for entry in app.lists.all()} == set(ListKind)


def test_an_export_of_everything_is_a_file_that_changes_nothing(app: Application, tmp_path: Path) -> None:
    app.configuration.apply(FILE)
    text = export(app.storage)
    assert app.configuration.apply(text, prune=True).empty
    with open_application(Options(home=tmp_path / "other", key_file=tmp_path / "key2")) as other:
        other.configuration.apply(text)
        assert export(other.storage) == text
    assert 'body = """\nHello,\n' in text, "a text of several lines stays readable"
    said = tomllib.loads(text)
    assert said["filter"][0]["conditions"][0] == {"header": "Subject", "pattern": r"\[(?P<what>[a-z]+)\]"}
    assert said["state"] == [{"name": "waiting", "type": "open", "validity": "valid"}]


def test_an_export_of_a_fresh_database_is_short(app: Application) -> None:
    assert set(tomllib.loads(export(app.storage))) == {"queue"}
    merged = next(entry for entry in app.lists.all() if entry.name == "merged")
    app.lists.change(replace(merged, comment="ours"))
    assert [entry["name"] for entry in tomllib.loads(export(app.storage))["state"]] == ["merged"]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ('header = "Subject", p', 'header = "Sub ject", p', ("filter", "Spam", "conditions", Problem.NOT_A_HEADER)),
        ("negated = true", "negatd = true", ("filter", "Spam", "conditions", Problem.UNKNOWN_KEY)),
        ("negated = true", "negated = 1", ("filter", "Spam", "conditions", Problem.WRONG_TYPE)),
        (', value = "waiting"', "", ("filter", "Spam", "actions", Problem.REQUIRED)),
        ('value = "waiting"', 'value = "waitin"', ("filter", "Spam", "actions", Problem.UNKNOWN_ENTRY)),
        ('accounts = ["SUPPORT"]', 'accounts = "SUPPORT"', ("filter", "Spam", "accounts", Problem.WRONG_TYPE)),
        ('accounts = ["SUPPORT"]', "accounts = [1]", ("filter", "Spam", "accounts", Problem.WRONG_TYPE)),
        ('accounts = ["SUPPORT"]', 'accounts = ["none"]', ("filter", "Spam", "accounts", Problem.UNKNOWN_ACCOUNT)),
        ("order = 10", "order = 10\ncolour = 1", ("filter", "Spam", "colour", Problem.UNKNOWN_KEY)),
        ('type = "open"', 'state_type = "open"', ("state", "waiting", "state_type", Problem.UNKNOWN_KEY)),
        ('type = "open"', 'type = "opened"', ("state", "waiting", "type", Problem.NOT_A_CHOICE)),
        ('type = "open"\n', "", ("state", "waiting", "type", Problem.REQUIRED)),
        ('name = "Gold"', 'name = "Gold"\nemail = ""', ("sla", "Gold", "email", Problem.UNKNOWN_KEY)),
        ('["open", "new"]', '["open", "gnu"]', ("external_number", "Vendor", "state_types", Problem.NOT_A_CHOICE)),
        ('company = "acme"', 'company = "none"', ("customer_user", "ann", "company", Problem.UNKNOWN_COMPANY)),
        ("Re: <OTOBO_Title>", "<OTOBO_T>", ("auto_response", "Hello", "subject", Problem.UNKNOWN_PLACEHOLDER)),
        (
            "[[company]]",
            '[[company]]\ncustomer_id = "B"\ndomains = ["ACME.example"]\n[[company]]',
            ("company", "B", "domains", Problem.TAKEN_BY),
        ),
        (
            'State = "waiting"',
            'State = "paused"',
            ("settings", "PostmasterDefaultState", "PostmasterDefaultState", Problem.UNKNOWN_ENTRY),
        ),
    ],
)
def test_what_is_wrong_is_named_by_table_record_and_key(
    app: Application, before: str, after: str, expected: tuple[str, str, str, Problem]
) -> None:
    assert before in FILE
    assert expected in faults(app, FILE.replace(before, after, 1))


def test_what_is_wrong_inside_a_condition_says_which_and_what_of_it(app: Application) -> None:
    with pytest.raises(InvalidRecordError) as caught:
        app.configuration.apply(FILE.replace("negated = true", "negatd = true"))
    (fault,) = [fault for _, _, fault in caught.value.faults]
    assert (fault.facts["number"], fault.facts["part"]) == ("2", "negatd")


def test_a_conflict_with_what_the_file_does_not_say_is_found(app: Application) -> None:
    app.configuration.apply(FILE)
    other = '[[customer_user]]\nlogin = "eve"\naddresses = ["ANN@x.example"]\n'
    assert faults(app, other) == {("customer_user", "eve", "addresses", Problem.TAKEN_BY)}
    text = '[[auto_response]]\nname = "Two"\nsubject = "s"\nbody = "b"\nqueues = ["Support"]\n'
    assert faults(app, text) == {("auto_response", "Two", "queues", Problem.ANSWERED_ALREADY)}


def test_addresses_change_hands_in_one_file(app: Application) -> None:
    users = '[[customer_user]]\nlogin = "{}"\naddresses = {}\n'
    app.configuration.apply(users.format("a", '["1@x.example"]') + users.format("b", '["2@x.example", "3@x.example"]'))
    swapped = users.format("a", '["2@x.example"]') + users.format("b", '["1@x.example"]')
    app.configuration.apply(swapped + users.format("c", '["3@x.example"]'))
    assert {user.login: user.addresses for user in app.customer_users.all()} == {
        "a": ("2@x.example",),
        "b": ("1@x.example",),
        "c": ("3@x.example",),
    }
    app.configuration.apply(users.format("d", '["1@x.example", "2@x.example"]'), prune=True)
    assert [(user.login, user.addresses) for user in app.customer_users.all()] == [
        ("d", ("1@x.example", "2@x.example"))
    ]


def test_prune_takes_what_holds_on_to_each_other_and_leaves_what_is_shipped(app: Application) -> None:
    app.configuration.apply(FILE)
    tables = "".join(f"{table} = []\n" for table in tomllib.loads(FILE) if table != "settings")
    reset = '[settings]\nPostmasterDefaultState = "new"\n'
    app.configuration.apply(tables + reset, prune=True)
    gone: list[Any] = [app.filters, app.customer_users, app.companies, app.auto_responses]
    assert [service.all() for service in gone] == [[], [], [], []]
    assert {entry.kind for entry in app.lists.all()} == {ListKind.STATE, ListKind.TICKET_TYPE}
    assert set(tomllib.loads(export(app.storage))) == {"queue"}
    assert [queue.name for queue in app.routing.queues()] == ["Junk", "Misc", "Postmaster", "Raw"]


def test_what_a_filter_names_is_not_pruned_even_in_a_dry_run(app: Application) -> None:
    app.configuration.apply(FILE)
    for dry_run in (True, False):
        with pytest.raises(UserFixableError) as caught:
            app.configuration.apply("agent = []", prune=True, dry_run=dry_run)
        assert (caught.value.code, caught.value.facts["used_by"]) == (Code.IN_USE, "filter Spam")


def test_another_case_of_an_entry_is_followed_by_what_names_it(app: Application) -> None:
    def state(name: str) -> str:
        return f'[[state]]\nname = "{name}"\ntype = "closed"\n'

    names = '[[filter]]\nname = "F"\nconditions = [{header = "Subject", pattern = "x"}]\n'
    names += 'actions = [{header = "X-OTOBO-State", value = "%s"}]\n'
    app.configuration.apply(state("Waiting") + names % "Waiting" + '[settings]\nPostmasterFollowUpState = "Waiting"\n')
    app.reading.read(mail(1))
    (number,) = (ticket.number for ticket in app.tickets.list())
    app.tickets.change(number, TicketChange(state="Waiting"))
    app.configuration.apply(state("waiting"))
    app.configuration.apply(state("WAITING") + names % "Waiting" + 'comment = "changed with it"\n')
    (rule,) = app.filters.all()
    assert (rule.actions[0].value, rule.comment) == ("WAITING", "changed with it")
    assert app.settings.load()["PostmasterFollowUpState"] == "WAITING"
    assert [ticket.number for ticket in app.tickets.list(state="WAITING")] == [number]
    with pytest.raises(UserFixableError):
        app.configuration.apply("state = []\nfilter = []\n[settings]\nPostmasterFollowUpState = 'open'\n", prune=True)
    assert app.configuration.apply(export(app.storage), dry_run=True).empty


def test_a_filter_goes_with_the_case_of_what_it_named(app: Application) -> None:
    rule = '[[filter]]\nname = "F"\nconditions = [{header = "Subject", pattern = "x"}]\n'
    rule += 'actions = [{header = "X-OTOBO-Type", value = "Incident"}]\n'
    app.configuration.apply('[[ticket_type]]\nname = "Incident"\n' + rule)
    app.configuration.apply('filter = []\n[[ticket_type]]\nname = "incident"\n', prune=True)
    assert app.filters.all() == []


def test_an_account_is_pruned_with_its_ticket_type(app: Application) -> None:
    account = '[[incoming_account]]\nname = "a"\ntype = "IMAPS"\nhost = "h.example"\nusername = "u"\n'
    app.configuration.apply(account + 'ticket_type = "Incident"\n[[ticket_type]]\nname = "Incident"\n')
    plan = app.configuration.apply("incoming_account = []\nticket_type = []\n", prune=True)
    assert {table for table, _ in plan.remove} == {"incoming_account", "ticket_type"}
    assert (app.accounts.all(), [entry.name for entry in app.storage.lists.of(ListKind.TICKET_TYPE)]) == (
        [],
        ["Unclassified"],
    )


def test_a_dry_run_leaves_nothing_behind(app: Application) -> None:
    app.configuration.apply(FILE)
    before, entries = export(app.storage), len(app.storage.audit.list(1000))
    plan = app.configuration.apply(FILE.replace("order = 10", "order = 20"), dry_run=True)
    assert [(change.what, change.field, change.before, change.after) for change in plan.change] == [
        ("filter", "order", 10, 20)
    ]
    assert export(app.storage) == before
    assert len(app.storage.audit.list(1000)) == entries


def test_a_new_schedule_counts_at_once(app: Application) -> None:
    app.configuration.apply(FILE)
    account = app.accounts.get("support")
    later = app.storage.now() + timedelta(days=300)
    app.storage.accounts.set_due(account.id or 0, later)
    app.configuration.apply('[settings]\nFetchSchedule = "*/5 * * * *"\n')
    due = app.storage.accounts.status(account.id or 0).next_due
    assert due is not None
    assert due < later


def test_many_customers_are_applied_in_seconds(app: Application) -> None:
    users = "".join(f'[[customer_user]]\nlogin = "u{n}"\naddresses = ["u{n}@x.example"]\n' for n in range(3000))
    app.configuration.apply(users)
    assert app.configuration.apply(users).empty
    assert len(app.customer_users.all()) == 3000


# --- pinned examples ---


RULE = '[[filter]]\nname = "f"\nconditions = [{{ header = "Subject", pattern = "{}" }}]\n'
JUNK = 'actions = [{ header = "X-OTOBO-Queue", value = "Junk" }]\n'


def test_a_file_that_changes_pinned_examples_asks_first(app: Application) -> None:
    app.reading.read(mail(1))
    app.configuration.apply(RULE.format("Nothing") + JUNK)
    (record,) = app.filters.all()
    app.what_if.pin(record, app.inbox.list()[0].id)
    for dry_run in (True, False):
        with pytest.raises(ExamplesChangedError) as caught:
            app.configuration.apply(RULE.format("Question") + JUNK, dry_run=dry_run)
        (change,) = caught.value.changes
        assert (change.filter, dict(change.before)["queue"], dict(change.after)["queue"]) == ("f", "Raw", "Junk")
        assert caught.value.facts == {"count": "1", "examples": "f: Question 1"}
        assert app.filters.all() == [record]
    app.configuration.apply(RULE.format("Nothing at all") + JUNK)
    app.configuration.apply(RULE.format("Question") + JUNK, accept_changed_examples=True)
    (example,) = app.what_if.examples(app.filters.all()[0])
    assert dict(example.outcome)["queue"] == "Junk"
    app.configuration.apply(RULE.format("Question") + JUNK + "comment = 'x'\n")


def test_any_change_that_moves_an_example_is_noticed(app: Application) -> None:
    app.reading.read(mail(1))
    app.configuration.apply(RULE.format("Nothing") + JUNK)
    app.what_if.pin(app.filters.all()[0], app.inbox.list()[0].id)
    with pytest.raises(ExamplesChangedError):
        app.configuration.apply('[[address]]\naddress = "support@example.org"\nqueue = "Misc"\n')
    assert app.routing.addresses() == []
    app.configuration.apply("[filter]\n".replace("[filter]", "filter = []"), prune=True)
    assert app.storage.examples.all() == []


# --- there and back again, whatever is configured ---


words = st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn"]), max_size=20)
names = words.map(str.strip).filter(lambda name: name and not name.isdigit())
lines = st.text(st.characters(exclude_categories=["Cs", "Cn"]) | st.just("\n"), max_size=60).map(
    lambda text: "".join(letter for letter in text if letter in "\n\t" or letter.isprintable())
)
validities = st.sampled_from(Validity)


def _unique(records: list[Any], key: str) -> list[Any]:
    by_key = {getattr(record, key).casefold(): record for record in records}
    return list(by_key.values())


filters = st.builds(
    Filter,
    name=names,
    order=st.integers(0, 999_999),
    stop=st.booleans(),
    conditions=st.lists(
        st.builds(
            Condition, st.sampled_from(["From", "Body", "X-Spam"]), st.from_regex(r"[\w\\+.\"' ]{1,9}\Z"), st.booleans()
        )
        | st.builds(Condition, st.just("To"), words.map(lambda word: f"(?:[{word.encode().hex() or 'x'}])+")),
        min_size=1,
        max_size=3,
    ).map(tuple),
    actions=st.lists(st.builds(Action, st.just("X-OTOBO-Title"), names), min_size=1, max_size=3).map(tuple),
    validity=validities,
    comment=words,
)
entries = st.one_of(
    st.builds(ListEntry, kind=st.just(ListKind.AGENT), name=names, validity=validities, comment=words),
    st.builds(ListEntry, kind=st.just(ListKind.STATE), name=names, state_type=st.sampled_from(StateType)),
    st.builds(
        ListEntry,
        kind=st.just(ListKind.DYNAMIC_FIELD),
        name=st.from_regex(r"[A-Za-z0-9_]{1,20}\Z"),
        field_of=st.sampled_from(FieldOf),
        validity=validities,
    ),
)
rules = st.builds(
    ExternalNumberRule,
    name=names,
    number_pattern=st.just(r'"#(\d+)\'"'),
    in_body=st.booleans(),
    state_types=st.lists(st.sampled_from(StateType), max_size=3).map(tuple),
    dynamic_field=st.just("Free"),
    sender_type=st.sampled_from(SENDER_TYPES),
)
companies = st.builds(Company, customer_id=names, name=words, comment=words)
users = st.builds(CustomerUser, login=names, name=words, validity=validities, comment=words)
responses = st.builds(
    AutoResponse,
    name=names,
    type=st.sampled_from(ResponseType),
    subject=names,
    body=lines.filter(str.strip),
    queues=st.sampled_from([(), ("Raw",), ("Junk", "Misc")]),
    validity=st.just(Validity.INVALID),
)

_fresh = itertools.count()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    filters=st.lists(filters, max_size=3).map(lambda found: _unique(found, "name")),
    entries=st.lists(entries, max_size=4).map(lambda found: _unique(found, "name")),
    rules=st.lists(rules, max_size=2).map(lambda found: _unique(found, "name")),
    companies=st.lists(companies, max_size=2).map(lambda found: _unique(found, "customer_id")),
    users=st.lists(users, max_size=3).map(lambda found: _unique(found, "login")),
    responses=st.lists(responses, max_size=2).map(lambda found: _unique(found, "name")),
)
def test_whatever_is_configured_survives_its_export(tmp_path: Path, **configured: list[Any]) -> None:
    home = tmp_path / str(next(_fresh))
    with open_application(Options(home=home, key_file=tmp_path / "key")) as app:
        services: dict[str, Any] = {
            "filters": app.filters,
            "entries": app.lists,
            "rules": app.external_numbers,
            "companies": app.companies,
            "users": app.customer_users,
            "responses": app.auto_responses,
        }
        for name, records in configured.items():
            for number, record in enumerate(records):
                record = replace(record, addresses=(f"{number}@x.example",)) if name == "users" else record
                if not services[name].faults(record):
                    services[name].add(record)
        text = export(app.storage)
        assert app.configuration.apply(text, prune=True).empty
        before = {name: service.all() for name, service in services.items()}
    with open_application(Options(home=home / "again", key_file=tmp_path / "key2")) as other:
        other.configuration.apply(text)
        assert export(other.storage) == text
        kept: dict[str, Any] = {
            "filters": other.filters,
            "users": other.customer_users,
            "responses": other.auto_responses,
        }
        for name, service in kept.items():
            blank = {"id": None, "version": 0, "created": None, "changed": None}
            assert [replace(one, **blank) for one in service.all()] == [replace(one, **blank) for one in before[name]]
