"""Queues and e-mail addresses as an administrator edits them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mailadmin.bootstrap import Application, Options, open_application
from mailadmin.domain.accounts import AccountType, Dispatching, IncomingAccount, Validity
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.messages import InboxState
from mailadmin.domain.queues import MailAddress, Queue
from mailadmin.domain.validation import InvalidRecordError, Problem
from mailadmin.services.routing import QueueUse

from .conftest import mail


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Application]:
    with open_application(Options(home=tmp_path, key_file=tmp_path / "key")) as application:
        yield application


def code_of(call: Callable[[], object]) -> Code:
    with pytest.raises(UserFixableError) as caught:
        call()
    return caught.value.code


def named(app: Application, name: str) -> Queue:
    return next(queue for queue in app.routing.queues() if queue.name == name)


def test_queues_and_addresses_are_added_with_tidy_names(app: Application) -> None:
    queue = app.routing.add_queue(Queue(name="  Support "))
    address = app.routing.add_address(MailAddress(address=" support@example.org ", queue=" support "))
    assert (queue.name, address.address, address.queue) == ("Support", "support@example.org", "Support")
    assert [a.address for a in app.routing.addresses()] == ["support@example.org"]


def test_rules_are_told_by_field_and_nothing_is_saved(app: Application) -> None:
    before = app.routing.queues()
    assert [(f.field, f.problem) for f in app.routing.queue_faults(Queue(name="raw"))] == [("name", Problem.NOT_UNIQUE)]
    assert [f.field for f in app.routing.address_faults(MailAddress(address="x", queue="none"))] == ["address", "queue"]
    with pytest.raises(InvalidRecordError):
        app.routing.add_queue(Queue(name="raw"))
    with pytest.raises(InvalidRecordError):
        app.routing.add_address(MailAddress(address="x"))
    assert (app.routing.queues(), app.routing.addresses()) == (before, [])


def test_a_record_is_not_compared_with_itself(app: Application) -> None:
    address = app.routing.add_address(MailAddress(address="a@example.org", queue="Raw"))
    assert app.routing.queue_faults(named(app, "Raw")) == []
    assert app.routing.address_faults(address) == []
    assert app.routing.change_address(replace(address, address="A@example.org")).address == "A@example.org"


def test_the_second_of_two_editors_is_told(app: Application) -> None:
    queue = named(app, "Misc")
    address = app.routing.add_address(MailAddress(address="a@example.org", queue="Raw"))
    app.routing.change_queue(replace(queue, comment="first"))
    app.routing.change_address(replace(address, comment="first"))
    assert code_of(lambda: app.routing.change_queue(replace(queue, comment="second"))) is Code.EDIT_CONFLICT
    assert code_of(lambda: app.routing.change_address(replace(address, comment="second"))) is Code.EDIT_CONFLICT
    assert named(app, "Misc").comment == "first"


def test_everything_that_names_a_queue_follows_its_new_name(app: Application) -> None:
    queue = app.routing.add_queue(Queue(name="Support"))
    account = IncomingAccount(
        name="s", type=AccountType.IMAPS, host="h.example", username="u", dispatching=Dispatching.QUEUE, queue="Support"
    )
    app.accounts.add(account)
    app.routing.add_address(MailAddress(address="s@example.org", queue="Support"))
    app.storage.settings.set("PostmasterDefaultQueue", "Support")
    app.routing.change_queue(replace(queue, name="Help desk"))
    assert app.accounts.get("s").queue == "Help desk"
    assert app.routing.addresses()[0].queue == "Help desk"
    assert app.storage.settings.load().text("PostmasterDefaultQueue") == "Help desk"
    app.configuration.apply("[settings]\nSystemID = '11'\n", dry_run=True)  # which refuses settings that dangle


def test_sub_queues_move_along_with_the_queue_above(app: Application) -> None:
    queue = app.routing.add_queue(Queue(name="Support"))
    for name in ("Support::Printers", "support::Printers::Ink", "Supporters"):
        app.routing.add_queue(Queue(name=name))
    app.storage.settings.set("PostmasterDefaultQueue", "Support::Printers")
    app.routing.change_queue(replace(queue, name="IT::Help"))
    names = {queue.name for queue in app.routing.queues()}
    assert {"IT::Help", "IT::Help::Printers", "IT::Help::Printers::Ink", "Supporters"} <= names
    assert app.storage.settings.load().text("PostmasterDefaultQueue") == "IT::Help::Printers"


def test_mail_that_waits_goes_to_the_renamed_queue(app: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    queue = app.routing.add_queue(Queue(name="Support"))
    account = IncomingAccount(
        name="s", type=AccountType.IMAPS, host="h.example", username="u", dispatching=Dispatching.QUEUE, queue="Support"
    )
    stored = app.accounts.add(account)
    with monkeypatch.context() as patch:
        patch.setattr("mailadmin.services.batch.decide", lambda *_, **__: 1 / 0)
        app.reading.read(mail(1), account=stored)
    (message,) = app.inbox.list()
    assert message.state is InboxState.QUARANTINED
    app.inbox.discard(message.id, "by mistake")
    app.routing.change_queue(replace(queue, name="Help desk"))
    app.inbox.retry(message.id)
    assert [ticket.queue for ticket in app.tickets.list()] == ["Help desk"]


def test_a_queue_in_use_stays_and_says_by_what(app: Application) -> None:
    queue = app.routing.add_queue(Queue(name="Support"))
    assert not app.routing.used_by(queue)
    app.routing.add_address(MailAddress(address="s@example.org", queue="Support"))
    app.storage.settings.set("PostmasterDefaultQueue", "Support")
    app.reading.read(mail(1))
    assert app.routing.used_by(queue) == QueueUse((), ("s@example.org",), ("PostmasterDefaultQueue",), 1)
    assert code_of(lambda: app.routing.delete_queue(queue)) is Code.IN_USE
    app.storage.settings.set("PostmasterDefaultQueue", None)
    assert code_of(lambda: app.routing.delete_queue(queue)) is Code.IN_USE
    assert named(app, "Support").id == queue.id


def test_a_queue_that_only_a_setting_names_stays(app: Application) -> None:
    assert code_of(lambda: app.routing.delete_queue(named(app, "Raw"))) is Code.IN_USE
    app.routing.delete_queue(named(app, "Misc"))
    assert [queue.name for queue in app.routing.queues()] == ["Junk", "Postmaster", "Raw"]


def test_a_queue_that_mail_waits_for_stays(app: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    queue = app.routing.add_queue(Queue(name="Support"))
    monkeypatch.setattr("mailadmin.services.batch.decide", lambda *_, **__: 1 / 0)
    app.reading.read(mail(1), queue="Support")
    assert app.routing.used_by(queue) == QueueUse(messages=1)
    assert code_of(lambda: app.routing.delete_queue(queue)) is Code.IN_USE
    app.inbox.discard(app.inbox.list()[0].id, "spam")
    app.routing.delete_queue(queue)


def test_what_somebody_else_has_changed_is_not_deleted(app: Application) -> None:
    queue = app.routing.add_queue(Queue(name="Support"))
    app.storage.settings.set("PostmasterDefaultQueue", "Support")
    app.routing.change_queue(replace(queue, name="Entrance"))
    assert code_of(lambda: app.routing.delete_queue(queue)) is Code.EDIT_CONFLICT
    assert app.storage.settings.load().text("PostmasterDefaultQueue") == named(app, "Entrance").name
    address = app.routing.add_address(MailAddress(address="s@example.org", queue="Misc"))
    changed = app.routing.change_address(replace(address, comment="needed"))
    assert code_of(lambda: app.routing.delete_address(address)) is Code.EDIT_CONFLICT
    assert app.routing.addresses() == [changed]


def test_a_sub_queue_that_would_break_a_rule_keeps_all_where_they_are(app: Application) -> None:
    queue = app.routing.add_queue(Queue(name="IT"))
    deep = app.routing.add_queue(Queue(name="IT::" + "x" * 180))
    before = app.routing.queues()
    with pytest.raises(InvalidRecordError) as caught:
        app.routing.change_queue(replace(queue, name="Information technology"))
    ((_, record, fault),) = caught.value.faults
    assert (record, fault.problem) == (f"Information technology::{'x' * 180}", Problem.TOO_LONG)
    assert app.routing.queues() == before
    assert deep in before


def test_an_address_that_a_queue_writes_as_stays(app: Application) -> None:
    address = app.routing.add_address(MailAddress(address="s@example.org", queue="Raw"))
    raw = app.routing.change_queue(replace(named(app, "Raw"), sender_address="S@example.org"))
    assert app.routing.sender_of(address) == ("Raw",)
    assert code_of(lambda: app.routing.delete_address(address)) is Code.IN_USE
    app.routing.change_queue(replace(raw, sender_address=""))
    app.routing.delete_address(address)
    assert app.routing.addresses() == []


def test_validity_is_set_for_all_or_none(app: Application) -> None:
    junk, misc = named(app, "Junk"), named(app, "Misc")
    stale = replace(misc, version=misc.version + 1)
    assert code_of(lambda: app.routing.set_queue_validity([junk, stale], Validity.INVALID)) is Code.EDIT_CONFLICT
    assert named(app, "Junk").validity is Validity.VALID
    changed = app.routing.set_queue_validity([junk, misc], Validity.INVALID)
    assert [queue.validity for queue in changed] == [Validity.INVALID, Validity.INVALID]
    address = app.routing.add_address(MailAddress(address="s@example.org", queue="Raw"))
    app.routing.set_address_validity([address], Validity.INVALID)
    assert app.routing.addresses()[0].validity is Validity.INVALID


def test_the_default_queue_stays_valid_but_may_be_renamed(app: Application) -> None:
    raw = named(app, "Raw")
    for validity in (Validity.INVALID, Validity.INVALID_TEMPORARILY):
        faults = app.routing.queue_faults(replace(raw, validity=validity))
        assert [(fault.field, fault.problem) for fault in faults] == [("validity", Problem.LAST_DEFAULT)]
        with pytest.raises(InvalidRecordError):
            app.routing.set_queue_validity([named(app, "Misc"), raw], validity)
    assert named(app, "Misc").validity is Validity.VALID
    entrance = app.routing.change_queue(replace(raw, name="Entrance"))
    assert app.routing.queue_faults(replace(entrance, validity=Validity.INVALID))
    hidden = replace(entrance, name="Elsewhere", validity=Validity.INVALID)
    assert [fault.problem for fault in app.routing.queue_faults(hidden)] == [Problem.LAST_DEFAULT]
    assert app.routing.queue_faults(Queue(name="New", validity=Validity.INVALID)) == []
