"""Filters, lists, external numbers, customers, auto-responses, examples: kept as entered, looked up for a batch."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from mailadmin.domain.accounts import Validity
from mailadmin.domain.customers import Company, CustomerUser
from mailadmin.domain.decisions import CustomerFacts
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.external_numbers import ExternalNumberRule
from mailadmin.domain.filters import Action, Condition, Filter, PinnedExample
from mailadmin.domain.lists import SHIPPED_STATES, FieldOf, ListEntry, ListKind
from mailadmin.domain.queues import Queue
from mailadmin.domain.responses import AutoResponse, ResponseType
from mailadmin.domain.vocabulary import StateType
from mailadmin.storage import Storage
from mailadmin.storage.records import RecordStore

from .samples import account, stored, then_fail, ticket

FILTER = Filter(
    name="Spam",
    order=5,
    stop=True,
    conditions=(Condition("Subject", r"\bspäm\b", negated=True), Condition("From", "EMAILADDRESS:x@y")),
    actions=(Action("X-OTOBO-Queue", "Junk"), Action("X-OTOBO-Title", "[***]")),
    accounts=("a", "B"),
    validity=Validity.INVALID_TEMPORARILY,
    comment="All of it.",
)
ENTRY = ListEntry(kind=ListKind.AGENT, name="Jäne", email="jane@example.org", comment="Hi")
RULE = ExternalNumberRule(
    name="Vendor",
    from_pattern="vendor",
    number_pattern=r"#(\d+)",
    in_subject=False,
    in_body=True,
    state_types=(StateType.NEW, StateType.OPEN),
    dynamic_field="Ext",
    sender_type="agent",
    visible_for_customer=True,
)
COMPANY = Company(customer_id="ACME", name="Acme", domains=("b.example", "A.example"))
USER = CustomerUser(login="Ann", name="Ann Other", addresses=("z@b.example", "Ann@b.example"), company="ACME")
TEXT = AutoResponse(name="Hello", type=ResponseType.AUTO_REJECT, subject="Hi", body="a\n\tb", queues=("Misc", "Raw"))
RECORDS: list[tuple[str, Any]] = [
    ("filters", FILTER),
    ("lists", ENTRY),
    ("lists", ListEntry(kind=ListKind.STATE, name="waiting", state_type=StateType.PENDING_AUTO)),
    ("lists", ListEntry(kind=ListKind.DYNAMIC_FIELD, name="F", field_of=FieldOf.ARTICLE)),
    ("external_numbers", RULE),
    ("companies", COMPANY),
    ("customers", USER),
    ("auto_responses", TEXT),
]


@pytest.fixture
def house(storage: Storage) -> Storage:
    """A database with what the records above refer to."""
    storage.accounts.add(account("a"))
    storage.accounts.add(account("B"))
    storage.companies.add(dataclasses.replace(COMPANY, domains=()))
    return storage


def plain(record: Any) -> Any:
    """A record without what storing adds."""
    return dataclasses.replace(record, id=None, version=0, created=None, changed=None)


def refused(act: Callable[[], object]) -> UserFixableError:
    with pytest.raises(UserFixableError) as caught:
        act()
    return caught.value


# --- all of them ---


@pytest.mark.parametrize(("name", "record"), RECORDS)
def test_a_record_comes_back_as_it_was_entered(house: Storage, name: str, record: Any) -> None:
    if record is COMPANY:
        house.companies.delete(house.companies.all()[0])
    store: RecordStore[Any] = getattr(house, name)
    added = store.add(record)
    assert plain(added) == record
    assert (added.version, added.created.by) == (1, "tester@here")
    assert store.get(added.id) == added
    assert added in store.all()
    changed = store.change(dataclasses.replace(added, validity=Validity.INVALID, comment="other"))
    assert (changed.version, changed.comment, changed.validity) == (2, "other", Validity.INVALID)
    assert plain(dataclasses.replace(changed, comment=record.comment, validity=record.validity)) == record
    assert refused(lambda: store.change(added)).code is Code.EDIT_CONFLICT
    assert refused(lambda: store.delete(added)).code is Code.EDIT_CONFLICT
    store.delete(changed)
    assert store.get(changed.id) is None
    entries = [entry for entry in house.audit.list() if entry.action == "change"]
    assert entries[0].changes == {"comment": (record.comment, "other"), "validity": (record.validity.value, "invalid")}
    assert entries[0].table == getattr(record, "kind", store.what)


@pytest.mark.parametrize(("name", "record"), RECORDS)
def test_a_name_is_given_once_in_any_case(house: Storage, name: str, record: Any) -> None:
    store: RecordStore[Any] = getattr(house, name)
    field = store.key
    if record is not COMPANY:
        store.add(record)
    other = dataclasses.replace(record, **{field: getattr(record, field).upper()})
    other = dataclasses.replace(other, **{name: () for name in ("addresses", "domains") if hasattr(other, name)})
    error = refused(lambda: store.add(other))
    assert (error.code, error.facts["problem"], error.facts["key"]) == (Code.INVALID_RECORD, "not-unique", field)


def test_many_are_added_and_changed_in_their_order_all_or_none(storage: Storage) -> None:
    users = [CustomerUser(login=f"u{number}", addresses=(f"{number}@x.example",)) for number in range(1200, 0, -1)]
    added = storage.customers.add_all(users)
    assert [plain(user) for user in added] == users
    changed = storage.customers.change_all([dataclasses.replace(user, name="N") for user in added])
    assert [user.id for user in changed] == [user.id for user in added]
    assert {(user.name, user.version) for user in storage.customers.all()} == {("N", 2)}
    stale = [dataclasses.replace(changed[0], name="M"), dataclasses.replace(added[1], name="M")]
    assert refused(lambda: storage.customers.change_all(stale)).facts["record"] == added[1].login
    assert {user.name for user in storage.customers.all()} == {"N"}
    assert storage.customers.add_all([]) == storage.customers.change_all([]) == []
    assert len(storage.audit.list(5000)) == 2400


def test_parts_are_not_read_for_others(storage: Storage) -> None:
    """A look-up of one record reads what belongs to it alone."""
    one = storage.customers.add(CustomerUser(login="one", addresses=("1@x.example",)))
    storage.customers.add(CustomerUser(login="two", addresses=("2@x.example",)))
    assert storage.customers.get(one.id or 0) == one
    assert storage.customers.by_login("ONE") == one
    assert [user.login for user in storage.customers.named(["TWO", "none"])] == ["two"]


# --- filters and examples ---


def test_filters_come_in_the_order_they_run(storage: Storage) -> None:
    for name, order in (("b", 10), ("A", 10), ("z", 1), ("c", 100)):
        storage.filters.add(Filter(name=name, order=order))
    assert [record.name for record in storage.filters.all()] == ["z", "A", "b", "c"]


def test_conditions_and_actions_are_readable_in_the_audit(house: Storage) -> None:
    house.filters.add(FILTER)
    changes = house.audit.list()[0].changes
    assert changes["conditions"][1] == [
        {"header": "Subject", "pattern": r"\bspäm\b", "negated": True},
        {"header": "From", "pattern": "EMAILADDRESS:x@y", "negated": False},
    ]
    assert changes["actions"][1] == [
        {"header": "X-OTOBO-Queue", "value": "Junk"},
        {"header": "X-OTOBO-Title", "value": "[***]"},
    ]
    assert changes["accounts"][1] == ["a", "B"]


def test_an_account_that_a_filter_is_for_stays(house: Storage) -> None:
    """The filter would otherwise be for the mail of all accounts."""
    added = house.filters.add(FILTER)
    (one, _) = house.accounts.all()
    assert house.accounts.used_by(one) == ["filter Spam"]
    error = refused(lambda: house.accounts.delete(one))
    assert (error.code, error.facts["used_by"]) == (Code.IN_USE, "filter Spam")
    house.filters.change(dataclasses.replace(added, accounts=("B",)))
    house.accounts.delete(one)


def test_an_unknown_account_is_named(house: Storage) -> None:
    error = refused(lambda: house.filters.add(dataclasses.replace(FILTER, accounts=("a", "none"))))
    assert (error.facts["problem"], error.facts["account"]) == ("unknown-account", "none")
    assert house.filters.all() == []


def test_a_filter_follows_the_name_of_its_account(house: Storage) -> None:
    house.filters.add(FILTER)
    first = house.accounts.all()[0]
    house.accounts.change(dataclasses.replace(first, name="renamed"))
    assert house.filters.all()[0].accounts == ("B", "renamed")


def test_examples_are_pinned_expected_and_taken_off(storage: Storage) -> None:
    added = storage.filters.add(Filter(name="f"))
    other = storage.filters.add(Filter(name="g"))
    one, two = stored(storage, "INBOX/1/1", "INBOX/1/2")
    assert added.id is not None
    assert other.id is not None
    pinned = storage.examples.pin(PinnedExample(added.id, one, (("queue", "Räw"), ("kind", "new_ticket"))))
    assert pinned.pinned is not None
    storage.examples.pin(PinnedExample(added.id, two))
    storage.examples.pin(PinnedExample(other.id, one))
    assert [each.inbox_id for each in storage.examples.of(added.id)] == [one, two]
    assert storage.examples.of(added.id)[0].outcome == (("queue", "Räw"), ("kind", "new_ticket"))
    assert storage.examples.pin(dataclasses.replace(pinned, outcome=(("a", "b"),))).outcome == (("a", "b"),)
    storage.examples.expect(added.id, two, (("queue", "Junk"),))
    outcomes = {(each.filter_id, each.inbox_id): each.outcome for each in storage.examples.all()}
    assert outcomes == {(added.id, one): (("a", "b"),), (added.id, two): (("queue", "Junk"),), (other.id, one): ()}
    storage.examples.unpin(pinned)
    storage.filters.delete(other)
    assert [each.inbox_id for each in storage.examples.all()] == [two]


# --- lists ---


def test_a_fresh_database_has_the_shipped_entries(storage: Storage) -> None:
    states = storage.lists.of(ListKind.STATE)
    assert {plain(entry) for entry in states} == set(SHIPPED_STATES)
    assert [entry.name for entry in storage.lists.of(ListKind.TICKET_TYPE)] == ["Unclassified"]


def test_one_name_may_stand_in_two_lists(storage: Storage) -> None:
    for kind in (ListKind.SERVICE, ListKind.SLA, ListKind.AGENT):
        storage.lists.add(ListEntry(kind=kind, name="gold"))
    names = [(entry.kind, entry.name) for entry in storage.lists.all() if entry.name == "gold"]
    assert names == [(ListKind.AGENT, "gold"), (ListKind.SERVICE, "gold"), (ListKind.SLA, "gold")]
    assert storage.lists.by_name(ListKind.SLA, "GOLD") is not None


def test_the_snapshot_has_the_valid_entries_by_casefolded_name(storage: Storage) -> None:
    def add(kind: ListKind, name: str, **fields: Any) -> ListEntry:
        return storage.lists.add(ListEntry(kind=kind, name=name, **fields))

    jane = add(ListKind.AGENT, "Jane", email="Jane@Home.example")
    add(ListKind.AGENT, "john")
    add(ListKind.AGENT, "gone", email="gone@home.example", validity=Validity.INVALID)
    add(ListKind.SERVICE, "IT::Mail")
    add(ListKind.SLA, "Gold")
    add(ListKind.STATE, "Waiting", state_type=StateType.OPEN, validity=Validity.INVALID)
    add(ListKind.DYNAMIC_FIELD, "OfTicket", field_of=FieldOf.TICKET)
    add(ListKind.DYNAMIC_FIELD, "OfArticle", field_of=FieldOf.ARTICLE)
    add(ListKind.DYNAMIC_FIELD, "Off", field_of=FieldOf.TICKET, validity=Validity.INVALID_TEMPORARILY)
    lists = storage.lists.snapshot()
    assert lists.agents == {"jane": "Jane", "john": "john"}
    assert lists.agent_ids[str(jane.id)] == "Jane"
    assert lists.agent_addresses == {"jane@home.example"}
    assert (lists.services, lists.slas) == ({"it::mail": "IT::Mail"}, {"gold": "Gold"})
    assert lists.types == {"unclassified": "Unclassified"}
    assert lists.states["waiting"] == ("Waiting", StateType.OPEN)
    assert "waiting" not in lists.valid_states
    assert "closed successful" in lists.valid_states
    assert (lists.ticket_fields, lists.article_fields) == ({"ofticket": "OfTicket"}, {"ofarticle": "OfArticle"})
    assert lists.refused_fields == {"off"}


def test_what_uses_an_entry_is_named(storage: Storage) -> None:
    waiting = storage.lists.add(ListEntry(kind=ListKind.STATE, name="Waiting", state_type=StateType.OPEN))
    field = storage.lists.add(ListEntry(kind=ListKind.DYNAMIC_FIELD, name="Ext", field_of=FieldOf.TICKET))
    kind = storage.lists.add(ListEntry(kind=ListKind.TICKET_TYPE, name="Incident"))
    assert storage.lists.used_by(waiting) == storage.lists.used_by(field) == storage.lists.used_by(kind) == []
    actions = (Action("X-OTOBO-State", "waiting"), Action("X-OTOBO-FollowUp-DynamicField-ext", "1"))
    storage.filters.add(Filter(name="f", actions=actions))
    storage.settings.set("PostmasterFollowUpState", "waiting")
    storage.accounts.add(account("support", ticket_type="incident"))
    storage.external_numbers.add(dataclasses.replace(RULE, dynamic_field="EXT"))
    assert storage.lists.used_by(waiting) == ["setting PostmasterFollowUpState", "filter f"]
    assert storage.lists.used_by(field) == ["filter f", "external_number Vendor"]
    assert storage.lists.used_by(kind) == ["incoming_account support"]
    assert refused(lambda: storage.lists.delete(waiting)).facts["used_by"] == "setting PostmasterFollowUpState"
    new = storage.lists.by_name(ListKind.STATE, "new")
    assert new is not None
    number = ticket(storage, "2026112010000017").number
    assert storage.lists.used_by(new) == ["mailadmin", "setting PostmasterDefaultState", f"ticket {number}"]


def test_tickets_follow_an_entrys_new_name(storage: Storage) -> None:
    ticket(storage, "2026112010000017")
    entry = storage.lists.by_name(ListKind.STATE, "new")
    assert entry is not None
    with storage.transaction():
        storage.lists.follow_rename(entry, "fresh")
    with storage._database.reading() as connection:
        assert connection.exec_driver_sql("SELECT state FROM ticket").scalars().all() == ["fresh"]


# --- customers ---


def test_customers_and_companies_are_found_for_a_batch(storage: Storage) -> None:
    storage.companies.add(COMPANY)
    storage.companies.add(Company(customer_id="Off", domains=("off.example",), validity=Validity.INVALID))
    storage.customers.add(USER)
    storage.customers.add(CustomerUser(login="gone", addresses=("gone@b.example",), validity=Validity.INVALID))
    ann = CustomerFacts(login="Ann", name="Ann Other", address="z@b.example", customer_id="ACME")
    addresses = ["ANN@B.example", "Z@b.example", "gone@b.example", "nobody@b.example"]
    by_address, by_login = storage.customers.facts(addresses, ["ann", "GONE", "none"])
    assert by_address == {"ann@b.example": ann, "z@b.example": ann}
    assert by_login == {"ann": ann}
    domains = ["A.EXAMPLE", "off.example", "none.example"]
    assert storage.customers.companies_by_domain(domains) == {"a.example": "ACME"}
    assert storage.customers.facts([], []) == ({}, {})


def test_a_thousand_addresses_are_few_queries(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    storage.customers.add_all([CustomerUser(login=f"{n}", addresses=(f"{n}@x.example",)) for n in range(1000)])
    asked = []
    execute = type(storage.customers)._read

    def counted(*args: Any, **kwargs: Any) -> Any:
        asked.append(args)
        return execute(*args, **kwargs)

    monkeypatch.setattr(type(storage.customers), "_read", counted)
    found, _ = storage.customers.facts([f"{n}@X.example" for n in range(2000)])
    assert len(found) == 1000
    assert len(asked) <= 4


def test_an_address_belongs_to_one(storage: Storage) -> None:
    storage.companies.add(COMPANY)
    storage.customers.add(USER)
    error = refused(lambda: storage.customers.add(CustomerUser(login="eve", addresses=("ANN@b.example",))))
    assert (error.code, error.facts["key"], error.facts["record"]) == (Code.INVALID_RECORD, "addresses", "eve")
    error = refused(lambda: storage.companies.add(Company(customer_id="E", domains=("B.example",))))
    assert (error.facts["key"], error.facts["problem"]) == ("domains", "not-unique")
    owners = storage.customers.owners(["ann@B.example", "x@y.example"])
    assert {address: login for address, (_, login) in owners.items()} == {"ann@b.example": "Ann"}


def test_a_company_with_customers_stays(house: Storage) -> None:
    user = house.customers.add(USER)
    (company,) = house.companies.all()
    assert refused(lambda: house.companies.delete(company)).facts["used_by"] == "customer_user Ann"
    error = refused(lambda: house.customers.change(dataclasses.replace(user, company="none")))
    assert (error.facts["problem"], error.facts["company"]) == ("unknown-company", "none")
    house.customers.delete(user)
    house.companies.delete(company)


# --- auto-responses ---


def test_valid_texts_are_found_by_queue_and_type(storage: Storage) -> None:
    text = storage.auto_responses.add(TEXT)
    storage.auto_responses.add(dataclasses.replace(TEXT, name="Off", queues=("Junk",), validity=Validity.INVALID))
    assert storage.auto_responses.by_queue() == {
        ("misc", ResponseType.AUTO_REJECT): text,
        ("raw", ResponseType.AUTO_REJECT): text,
    }


def test_a_queue_that_texts_or_filters_name_stays(storage: Storage) -> None:
    queue = storage.queues.add(Queue(name="Support"))
    text = storage.auto_responses.add(dataclasses.replace(TEXT, queues=("support",)))
    added = storage.filters.add(Filter(name="f", actions=(Action("X-OTOBO-FollowUp-Queue", "SUPPORT"),)))
    assert text.queues == ("Support",)
    assert storage.queues.used_by(queue) == ["auto_response Hello", "filter f"]
    assert refused(lambda: storage.queues.delete(queue)).facts["used_by"] == "auto_response Hello"
    storage.auto_responses.delete(text)
    assert refused(lambda: storage.queues.delete(queue)).facts["used_by"] == "filter f"
    storage.filters.delete(added)
    storage.queues.delete(queue)


def test_nothing_of_a_transaction_that_fails_is_kept(house: Storage) -> None:
    with pytest.raises(ZeroDivisionError):
        then_fail(
            house,
            lambda: house.filters.add(FILTER),
            lambda: house.customers.add(USER),
            lambda: house.auto_responses.add(TEXT),
        )
    assert house.filters.all() == []
    assert house.customers.all() == []
    assert house.auto_responses.all() == []
    assert house.customers.owners(USER.addresses) == {}
