"""OAuth2 profiles and what is known of tokens: kept as entered, followed by accounts, gone with them."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from mailadmin.domain.accounts import Authentication, IncomingAccount, Validity
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.oauth import ClientAuthentication, Flow, OAuthProfile, Provider, RedirectHost, TokenRecord
from mailadmin.storage import Storage

from .conftest import OpenAgain
from .samples import AT, account, then_fail, wait_until_blocked

EVERY_FIELD = OAuthProfile(
    name="Straße",
    provider=Provider.CUSTOM,
    flow=Flow.DEVICE_CODE,
    instance_url="https://login.microsoftonline.us",
    tenant="contoso.example",
    graph_url="https://graph.microsoft.us",
    discovery_url="https://login.example.org/v2",
    authorization_url="https://login.example.org/auth",
    token_url="https://login.example.org/token",
    device_url="https://login.example.org/device",
    client_id="mailadmin",
    client_authentication=ClientAuthentication.CERTIFICATE,
    secret_expires=date(2027, 2, 28),
    scopes="one two",
    redirect_host=RedirectHost.LOOPBACK,
    redirect_port=8400,
    redirect_path="/callback",
    ca_file="/etc/ssl/ours.pem",
    validity=Validity.INVALID_TEMPORARILY,
    comment="All of it.",
)
TOKEN = TokenRecord(
    account_id=0,
    profile_uid="f" * 32,
    flow=Flow.AUTHORIZATION_CODE,
    username="support@example.org",
    address="ann@example.org",
    subject="4711",
    scopes="one two",
    signed_in=AT,
    renewed=AT + timedelta(minutes=1, microseconds=1),
    expires=AT + timedelta(hours=1),
    died=2,
    renewable=False,
)


def signing_in(storage: Storage, profile: str = "company", name: str = "support") -> IncomingAccount:
    by_oauth2 = account(name, authentication=Authentication.OAUTH2, oauth_profile=profile)
    return storage.accounts.add(by_oauth2)


def profile(storage: Storage, name: str = "company") -> OAuthProfile:
    return storage.profiles.add(OAuthProfile(name=name, provider=Provider.MICROSOFT))


def token(storage: Storage, **fields: object) -> TokenRecord:
    """What is known of the token of a new account."""
    profile(storage)
    record = dataclasses.replace(TOKEN, account_id=signing_in(storage).id, **fields)  # type: ignore[arg-type]
    assert storage.tokens.put(record)
    return record


def test_a_profile_comes_back_as_it_was_entered(storage: Storage) -> None:
    defaults = OAuthProfile(name="", provider=Provider.GOOGLE)
    ours = {"id", "uid", "version", "created", "changed"}
    kept = [field.name for field in dataclasses.fields(OAuthProfile) if field.name not in ours]
    assert all(getattr(EVERY_FIELD, name) != getattr(defaults, name) for name in kept), "the test says every field"
    added = storage.profiles.add(EVERY_FIELD)
    assert [getattr(added, name) for name in kept] == [getattr(EVERY_FIELD, name) for name in kept]
    assert added.id is not None
    assert len(added.uid or "") == 32
    assert (added.version, added.created) == (1, added.changed)
    assert storage.profiles.get(added.id) == added
    assert storage.profiles.by_name("STRASSE") == added
    assert storage.profiles.by_name("nobody") is None
    assert storage.profiles.all() == [added]


def test_a_uid_is_given_once(storage: Storage) -> None:
    added = storage.profiles.add(dataclasses.replace(EVERY_FIELD, uid="0123" * 8))
    assert added.uid == "0123" * 8
    changed = storage.profiles.change(dataclasses.replace(added, uid="4567" * 8, comment="again"))
    assert (changed.uid, changed.comment) == (added.uid, "again")


def test_a_name_is_given_once_in_any_case(storage: Storage) -> None:
    profile(storage, "Straße")
    with pytest.raises(UserFixableError) as caught:
        profile(storage, "STRASSE")
    facts = caught.value.facts
    assert (caught.value.code, facts["table"], facts["problem"]) == (Code.INVALID_RECORD, "oauth_profile", "not-unique")


def test_the_second_of_two_editors_is_told(storage: Storage, opened: OpenAgain) -> None:
    mine = profile(storage)
    opened(who="ann@there").profiles.change(dataclasses.replace(mine, comment="theirs"))
    for act in (storage.profiles.change, storage.profiles.delete):
        with pytest.raises(UserFixableError) as caught:
            act(dataclasses.replace(mine, comment="mine"))
        assert (caught.value.code, caught.value.facts["changed_by"]) == (Code.EDIT_CONFLICT, "ann@there")


def test_changes_of_a_profile_are_written_down(storage: Storage) -> None:
    added = profile(storage)
    changed = storage.profiles.change(dataclasses.replace(added, secret_expires=date(2027, 1, 1)))
    storage.profiles.delete(changed)
    entries = storage.audit.list()
    assert [(entry.table, entry.record, entry.action) for entry in entries] == [
        ("oauth_profile", "company", action) for action in ("delete", "change", "add")
    ]
    assert entries[1].changes == {"secret_expires": (None, "2027-01-01")}


def test_accounts_follow_a_profiles_new_name(storage: Storage) -> None:
    before = profile(storage)
    by_it = signing_in(storage, "COMPANY")
    assert by_it.oauth_profile == "company"
    storage.profiles.change(dataclasses.replace(before, name="Contoso"))
    assert by_it.id is not None
    now = storage.accounts.get(by_it.id)
    assert now is not None
    assert (now.oauth_profile, now.version) == ("Contoso", by_it.version)
    other = storage.accounts.change(dataclasses.replace(now, oauth_profile=""))
    assert other.oauth_profile == ""


def test_an_account_names_a_profile_that_is_there(storage: Storage) -> None:
    with pytest.raises(UserFixableError) as caught:
        signing_in(storage, "nobody's")
    assert caught.value.code is Code.INVALID_RECORD
    facts = {"table": "incoming_account", "key": "oauth_profile", "problem": "unknown-profile", "profile": "nobody's"}
    assert facts.items() <= caught.value.facts.items()


def test_a_profile_in_use_stays(storage: Storage) -> None:
    used = profile(storage)
    assert used.id is not None
    assert storage.profiles.users(used.id) == []
    accounts = [signing_in(storage, name=name) for name in ("b", "A")]
    assert storage.profiles.users(used.id) == ["A", "b"]
    with pytest.raises(UserFixableError) as caught:
        storage.profiles.delete(used)
    assert caught.value.code is Code.IN_USE
    assert caught.value.facts == {"table": "oauth_profile", "record": "company", "used_by": "incoming_account A"}
    for each in accounts:
        storage.accounts.delete(each)
    storage.profiles.delete(used)
    assert storage.profiles.all() == []
    assert profile(storage).id != used.id, "a number is never given twice"


def test_what_is_known_of_a_token_comes_back(storage: Storage) -> None:
    record = token(storage)
    assert storage.tokens.get(record.account_id) == record
    assert storage.tokens.all() == {record.account_id: record}
    assert storage.tokens.get(record.account_id + 1) is None
    renewed = dataclasses.replace(
        record, renewed=AT + timedelta(hours=1), refused=AT, cause="AADSTS50173", server="no \x00\ud800", renewable=True
    )
    assert storage.tokens.put(renewed)
    stored = storage.tokens.get(record.account_id)
    assert stored == dataclasses.replace(renewed, server="no \ufffd\ufffd")
    assert stored.renewed is not None
    assert stored.renewed.tzinfo is UTC


def test_a_token_is_gone_with_its_account(storage: Storage) -> None:
    record = token(storage)
    (by_it,) = storage.accounts.all()
    storage.accounts.delete(by_it)
    assert storage.tokens.all() == {}
    assert not storage.tokens.put(record)
    assert storage.tokens.all() == {}


def test_a_token_is_forgotten_once(storage: Storage) -> None:
    record = token(storage)
    assert storage.tokens.forget(record.account_id)
    assert not storage.tokens.forget(record.account_id)
    assert storage.tokens.all() == {}


def refuse(storage: Storage, record: TokenRecord, cause: str = "revoked", when: datetime = AT) -> bool:
    return storage.tokens.refuse(record, cause=cause, server="invalid_grant: no", when=when)


def test_the_first_refusal_of_a_token_stays(storage: Storage) -> None:
    record = token(storage)
    assert refuse(storage, record)
    assert not refuse(storage, record, "another", AT + timedelta(days=1))
    refused = dataclasses.replace(record, refused=AT, cause="revoked", server="invalid_grant: no")
    assert storage.tokens.get(record.account_id) == refused


def test_a_refusal_counts_sign_ins_that_died(storage: Storage) -> None:
    record = token(storage)
    assert storage.tokens.refuse(record, cause="", server="", when=AT, died=3)
    stored = storage.tokens.get(record.account_id)
    assert stored is not None
    assert stored.died == 3


@pytest.mark.parametrize("changed", ["signed_in", "renewed"])
@pytest.mark.parametrize("value", [None, AT + timedelta(days=1)])
def test_a_refusal_of_an_old_token_does_not_hit_the_new_one(
    storage: Storage, changed: str, value: datetime | None
) -> None:
    asked = token(storage)
    newer = dataclasses.replace(asked, **{changed: value})  # type: ignore[arg-type]
    storage.tokens.put(newer)
    assert not refuse(storage, asked)
    assert storage.tokens.get(asked.account_id) == newer
    assert refuse(storage, newer)


def test_a_token_nobody_signed_in_for_can_be_refused(storage: Storage) -> None:
    assert refuse(storage, token(storage, signed_in=None, renewed=None))


def test_tokens_join_a_transaction(storage: Storage) -> None:
    record = token(storage)
    with pytest.raises(ZeroDivisionError):
        then_fail(
            storage,
            lambda: storage.tokens.put(dataclasses.replace(record, died=9)),
            lambda: storage.tokens.forget(record.account_id),
        )
    assert storage.tokens.get(record.account_id) == record


def meanwhile(act: Callable[[], object]) -> tuple[threading.Thread, list[object]]:
    """Something another thread does, begun; and what came of it."""
    came: list[object] = []

    def run() -> None:
        try:
            came.append(act())
        except UserFixableError as error:
            came.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, came


def test_an_account_is_deleted_after_its_token_was_renewed_and_nobody_waits_in_a_circle(
    storage: Storage, opened: OpenAgain
) -> None:
    record = token(storage)
    (by_it,) = storage.accounts.all()
    other = opened()
    with storage.transaction():
        assert storage.tokens.get(record.account_id) == record
        deleting, came = meanwhile(lambda: other.accounts.delete(by_it))
        wait_until_blocked(storage, deleting)
        assert storage.tokens.put(dataclasses.replace(record, renewed=AT + timedelta(days=1)))
    deleting.join()
    assert came == [None]
    assert storage.tokens.all() == {}


def test_two_who_look_at_a_token_before_they_change_it_do_so_one_after_the_other(
    storage: Storage, opened: OpenAgain
) -> None:
    record = token(storage)
    other = opened()

    def count(storage: Storage, between: Callable[[], None] = lambda: None) -> None:
        with storage.transaction():
            now = storage.tokens.get(record.account_id)
            assert now is not None
            between()
            storage.tokens.put(dataclasses.replace(now, died=now.died + 1))

    begun: list[tuple[threading.Thread, list[object]]] = []

    def somebody_else_counts() -> None:
        begun.append(meanwhile(lambda: count(other)))
        wait_until_blocked(storage, begun[0][0])

    count(storage, somebody_else_counts)
    begun[0][0].join()
    assert begun[0][1] == [None]
    assert storage.tokens.all() == {record.account_id: dataclasses.replace(record, died=record.died + 2)}


def test_a_profile_that_is_being_used_by_a_new_account_is_not_deleted(storage: Storage, opened: OpenAgain) -> None:
    used = profile(storage)
    other = opened()
    with storage.transaction():
        signing_in(storage)
        deleting, came = meanwhile(lambda: other.profiles.delete(used))
        wait_until_blocked(storage, deleting)
    deleting.join()
    assert [str(each) for each in came] == [
        "in-use (table=oauth_profile, record=company, used_by=incoming_account support)"
    ]


def test_a_profile_that_is_being_deleted_is_used_by_no_new_account(storage: Storage, opened: OpenAgain) -> None:
    used = profile(storage)
    other = opened()
    with storage.transaction():
        storage.profiles.delete(used)
        adding, came = meanwhile(lambda: signing_in(other))
        wait_until_blocked(storage, adding)
    adding.join()
    (error,) = came
    assert isinstance(error, UserFixableError)
    assert error.facts["problem"] == "unknown-profile"
