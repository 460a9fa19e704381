"""Filters, lists, customers, auto-responses as an administrator edits them; and the settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mailadmin.bootstrap import Application, Options, open_application
from mailadmin.domain.accounts import AccountType, IncomingAccount, Validity
from mailadmin.domain.customers import Company, CustomerUser
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.external_numbers import ExternalNumberRule
from mailadmin.domain.filters import Action, Condition, Filter
from mailadmin.domain.lists import FieldOf, ListEntry, ListKind
from mailadmin.domain.queues import MailAddress, Queue
from mailadmin.domain.responses import AutoResponse
from mailadmin.domain.validation import InvalidRecordError, Problem
from mailadmin.domain.vocabulary import StateType
from mailadmin.services.records import RecordService
from mailadmin.services.routing import QueueUse
from mailadmin.services.settings import SettingService

from .conftest import mail


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Application]:
    with open_application(Options(home=tmp_path, key_file=tmp_path / "key")) as application:
        yield application


def code_of(call: Callable[[], object]) -> Code:
    with pytest.raises(UserFixableError) as caught:
        call()
    return caught.value.code


def a_filter(*actions: Action, **fields: Any) -> Filter:
    return Filter(
        **{"name": "Spam", "conditions": (Condition("Subject", "spam"),), "actions": actions, **fields},
    )


TO_JUNK = Action("X-OTOBO-Queue", "Junk")


def test_records_are_saved_tidily_and_told_apart_by_name(app: Application) -> None:
    added = app.filters.add(a_filter(TO_JUNK, name="  Spam "))
    assert (added.name, added.version) == ("Spam", 1)
    assert app.filters.get(added.id or 0) == added
    assert app.filters.faults(added) == []
    (fault,) = app.filters.faults(a_filter(TO_JUNK, name="SPAM"))
    assert (fault.field, fault.problem) == ("name", Problem.NOT_UNIQUE)
    with pytest.raises(InvalidRecordError) as caught:
        app.filters.add(a_filter(Action("X-OTOBO-Queue", "none"), name="spam"))
    assert {(table, record, fault.field) for table, record, fault in caught.value.faults} == {
        ("filter", "spam", "actions"),
        ("filter", "spam", "name"),
    }
    assert app.filters.all() == [added]
    app.filters.delete(added)
    assert app.filters.get(added.id or 0) is None


def test_names_are_unique_in_their_list_alone(app: Application) -> None:
    app.lists.add(ListEntry(kind=ListKind.SERVICE, name="Gold"))
    app.lists.add(ListEntry(kind=ListKind.SLA, name="gold"))
    with pytest.raises(InvalidRecordError) as caught:
        app.lists.add(ListEntry(kind=ListKind.SLA, name="GOLD"))
    assert [(table, fault.problem) for table, _, fault in caught.value.faults] == [("sla", Problem.NOT_UNIQUE)]


def test_several_are_changed_at_once_or_none(app: Application) -> None:
    told: list[str] = []
    service = RecordService(app.storage, CustomerUser, lambda: told.append("changed"))
    users = [service.add(CustomerUser(login=name, addresses=(f"{name}@x.example",))) for name in ("a", "b")]
    swapped = [replace(users[0], name="A"), replace(users[1], name="B")]
    changed = service.change_all(swapped)
    assert [user.name for user in changed] == ["A", "B"]
    assert told == ["changed"] * 3, "once for both"
    with pytest.raises(InvalidRecordError):
        service.change_all([replace(changed[0], name="C"), replace(changed[1], addresses=("x",))])
    assert code_of(lambda: service.change_all([replace(changed[0], name="C"), users[1]])) is Code.EDIT_CONFLICT
    same = [replace(changed[0], login="z"), replace(changed[1], login="Z")]
    with pytest.raises(InvalidRecordError) as caught:
        service.change_all(same)
    assert {fault.problem for _, _, fault in caught.value.faults} == {Problem.NOT_UNIQUE}
    assert service.all() == changed
    service.delete(changed[0])
    assert len(told) == 4


def test_what_is_told_after_a_change_may_fail_and_the_record_is_kept(app: Application) -> None:
    def fail() -> None:
        assert not app.storage._database.in_transaction
        raise UserFixableError(Code.STOPPED)

    service = RecordService(app.storage, Company, fail)
    assert code_of(lambda: service.add(Company(customer_id="ACME"))) is Code.STOPPED
    assert [company.customer_id for company in service.all()] == ["ACME"]


def test_an_address_or_a_domain_is_taken_by_its_owner(app: Application) -> None:
    app.companies.add(Company(customer_id="ACME", domains=("acme.example",)))
    ann = app.customer_users.add(CustomerUser(login="ann", addresses=("ann@x.example",), company="acme"))
    assert ann.company == "ACME"
    (fault,) = app.customer_users.faults(CustomerUser(login="eve", addresses=("ANN@x.example",)))
    assert (fault.field, fault.problem, fault.facts["owner"]) == ("addresses", Problem.TAKEN_BY, "ann")
    assert app.customer_users.faults(replace(ann, login="ann2")) == [], "one's own address is not another's"
    (fault,) = app.companies.faults(Company(customer_id="E", domains=("ACME.example",)))
    assert fault.facts["owner"] == "ACME"
    company = app.companies.all()[0]
    assert app.companies.used_by(company) == ["customer_user ann"]
    assert code_of(lambda: app.companies.delete(company)) is Code.IN_USE


def test_one_valid_text_for_a_queue_and_type(app: Application) -> None:
    text = AutoResponse(name="Hello", subject="s", body="b", queues=("Raw", "Misc"))
    hello = app.auto_responses.add(text)
    (fault,) = app.auto_responses.faults(replace(text, name="Other", queues=("raw",)))
    assert (fault.problem, fault.facts["other"]) == (Problem.ANSWERED_ALREADY, "Hello")
    app.auto_responses.change(replace(hello, validity=Validity.INVALID))
    app.auto_responses.add(replace(text, name="Other"))
    assert app.auto_responses.faults(replace(hello, validity=Validity.VALID)) != []


# --- lists ---


def test_shipped_states_stay_as_they_are(app: Application) -> None:
    merged = next(entry for entry in app.lists.all() if entry.name == "merged")
    assert [fault.problem for fault in app.lists.faults(replace(merged, name="joined"))] == [Problem.SHIPPED]
    assert code_of(lambda: app.lists.delete(merged)) is Code.IN_USE
    assert app.lists.change(replace(merged, comment="Ours.")).comment == "Ours."
    new = next(entry for entry in app.lists.all() if entry.name == "new")
    (fault,) = app.lists.faults(replace(new, validity=Validity.INVALID))
    assert fault.facts["used_by"] == "setting PostmasterDefaultState"


def test_what_names_an_entry_follows_its_new_name(app: Application) -> None:
    state = app.lists.add(ListEntry(kind=ListKind.STATE, name="waiting", state_type=StateType.OPEN))
    kind = app.lists.add(ListEntry(kind=ListKind.TICKET_TYPE, name="Incident"))
    field = app.lists.add(ListEntry(kind=ListKind.DYNAMIC_FIELD, name="Ext", field_of=FieldOf.TICKET))
    actions = (
        Action("X-OTOBO-State", "Waiting"),
        Action("X-OTOBO-Type", "incident"),
        Action("X-OTOBO-DynamicField-ext", "waiting"),
    )
    app.filters.add(a_filter(*actions))
    app.settings.set("PostmasterFollowUpState", "waiting")
    app.accounts.add(
        IncomingAccount(name="s", type=AccountType.IMAPS, host="h.example", username="u", ticket_type="Incident")
    )
    app.external_numbers.add(ExternalNumberRule(name="x", number_pattern="(1)", dynamic_field="Ext"))
    app.lists.change_all([replace(state, name="on hold"), replace(kind, name="Fault"), replace(field, name="Other")])
    assert [(one.header, one.value) for one in app.filters.all()[0].actions] == [
        ("X-OTOBO-State", "on hold"),
        ("X-OTOBO-Type", "Fault"),
        ("X-OTOBO-DynamicField-Other", "waiting"),
    ]
    assert app.settings.load().text("PostmasterFollowUpState") == "on hold"
    assert app.accounts.get("s").ticket_type == "Fault"
    assert app.external_numbers.all()[0].dynamic_field == "Other"


# --- queues that are named elsewhere ---


def test_filters_follow_a_queues_new_name(app: Application) -> None:
    queue = app.routing.add_queue(Queue(name="Support"))
    app.routing.add_queue(Queue(name="Support::Printers"))
    actions = (Action("X-OTOBO-Queue", "support"), Action("X-OTOBO-FollowUp-Queue", "Support::Printers"))
    app.filters.add(a_filter(*actions))
    app.auto_responses.add(AutoResponse(name="Hello", subject="s", body="b", queues=("Support",)))
    assert app.routing.used_by(queue) == QueueUse(filters=("Spam",), responses=("Hello",))
    app.routing.change_queue(replace(queue, name="IT"))
    assert [action.value for action in app.filters.all()[0].actions] == ["IT", "IT::Printers"]
    assert app.auto_responses.all()[0].queues == ("IT",)


def test_an_account_that_a_filter_is_for_is_not_deleted(app: Application) -> None:
    account = app.accounts.add(IncomingAccount(name="s", type=AccountType.IMAPS, host="h.example", username="u"))
    app.filters.add(a_filter(TO_JUNK, accounts=("s",)))
    assert code_of(lambda: app.accounts.delete(account)) is Code.IN_USE
    assert app.accounts.all() == [account]


def test_an_address_is_deleted_when_no_queue_writes_as_it(app: Application) -> None:
    address = app.routing.add_address(MailAddress(address="a@example.org", queue="Raw"))
    raw = next(queue for queue in app.routing.queues() if queue.name == "Raw")
    app.routing.change_queue(replace(raw, sender_address="a@example.org"))
    assert code_of(lambda: app.routing.delete_address(address)) is Code.IN_USE


# --- customers release what is held ---


def test_a_sender_made_known_releases_their_mail(app: Application) -> None:
    app.settings.set("PostMaster::UnknownSender", "hold")
    app.reading.read(mail(1))
    app.reading.read(mail(2))
    app.reading.read(mail(3))
    assert app.tickets.list() == []
    app.customer_users.add(CustomerUser(login="c1", addresses=("C1@example.net",)))
    assert [ticket.customer for ticket in app.tickets.list()] == ["c1"]
    report = app.customer_import.run("login,email\nc2,c2@example.net\n", dry_run=True)
    assert report.released == 0
    report = app.customer_import.run("login,email\nc2,c2@example.net\n")
    assert report.released == 1
    app.settings.set("PostMaster::UnknownSender", None)
    assert len(app.tickets.list()) == 3


def test_tickets_follow_their_customers_new_names(app: Application) -> None:
    company = app.companies.add(Company(customer_id="ACME"))
    ann = app.customer_users.add(CustomerUser(login="ann", addresses=("c1@example.net",), company="ACME"))
    app.reading.read(mail(1))
    app.reading.read(mail(2))
    app.customer_users.change(replace(ann, login="Anna"))
    app.companies.change(replace(company, customer_id="Acme Inc."))
    assert [(ticket.customer, ticket.customer_id) for ticket in app.tickets.list(text="anna")] == [
        ("Anna", "Acme Inc.")
    ]
    assert app.tickets.list(text="ann ") == []
    app.reading.read(mail(3, From="Ann <c1@example.net>"))
    assert {ticket.customer for ticket in app.tickets.list()} == {"Anna", "c2@example.net"}


# --- settings ---


def test_settings_are_chosen_from_what_there_is(app: Application) -> None:
    app.routing.add_queue(Queue(name="Off", validity=Validity.INVALID))
    app.lists.add(ListEntry(kind=ListKind.STATE, name="waiting", state_type=StateType.OPEN))
    choices = app.settings.choices()
    assert choices["PostmasterDefaultQueue"] == ("Junk", "Misc", "Postmaster", "Raw")
    assert "waiting" in choices["PostmasterDefaultState"]
    assert choices["PostmasterFollowUpStateClosed"][0] == ""
    assert choices["PostMaster::Copies"] == ("one per queue", "one ticket")
    assert "FetchParallel" not in choices


def test_a_setting_is_set_checked_and_reset(app: Application) -> None:
    told: list[str] = []
    settings = SettingService(app.storage, lambda: told.append("changed"))
    settings.set("PostmasterDefaultState", "open")
    assert settings.load().text("PostmasterDefaultState") == "open"
    settings.set("PostmasterDefaultState", "new")
    assert settings.load().changed == {}, "what is the default is not stored"
    settings.set("FetchParallel", 3)
    settings.set("FetchParallel", None)
    assert settings.load().changed == {}
    assert told == ["changed"] * 4
    for key, value in (("PostmasterDefaultQueue", "none"), ("FetchParallel", 0), ("Nonsense", 1), ("Nonsense", None)):
        with pytest.raises(InvalidRecordError) as caught:
            settings.set(key, value)
        assert [(table, record) for table, record, _ in caught.value.faults] == [("settings", key)]
    assert [fault.problem for fault in settings.faults("SystemID", "x")] == [Problem.NOT_DIGITS]
    assert len(told) == 4


def test_a_default_that_is_gone_cannot_be_gone_back_to(app: Application) -> None:
    app.settings.set("PostmasterDefaultQueue", "Misc")
    app.routing.delete_queue(next(queue for queue in app.routing.queues() if queue.name == "Raw"))
    with pytest.raises(InvalidRecordError):
        app.settings.set("PostmasterDefaultQueue", None)
    assert app.settings.load().text("PostmasterDefaultQueue") == "Misc"
