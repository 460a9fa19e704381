"""Profiles as an administrator edits them: saved with their secret, followed by accounts and tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mailadmin import diagnostics
from mailadmin.domain.accounts import AccountType, Authentication, IncomingAccount
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.oauth import ClientAuthentication, Flow, OAuthProfile, Provider, TokenRecord
from mailadmin.domain.secrets import Secret, SecretKind, SecretOwner, SecretRef
from mailadmin.domain.sign_in import SignInState
from mailadmin.domain.validation import InvalidRecordError, Problem
from mailadmin.services.oauth.profiles import ProfileService
from mailadmin.services.oauth.tokens import TokenService
from mailadmin.services.secrets import SecretService
from mailadmin.storage import Storage, open_storage
from mailadmin.vault import open_vault

GUID = "11111111-2222-3333-4444-555555555555"
OTHER = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
SECRET = "abc8Q~defghijklmnopqrstuvwxyz0123456.~+%"
AT = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
ENTRA = OAuthProfile(
    name="entra",
    provider=Provider.MICROSOFT,
    tenant="contoso.example",
    client_id=GUID,
    client_authentication=ClientAuthentication.SECRET,
)
OWN = OAuthProfile(name="own", provider=Provider.CUSTOM, client_id="m", discovery_url="https://login.example.org")


class Desk:
    """The services of an administrator on one database."""

    def __init__(self, url: str, folder: Path) -> None:
        self.storage: Storage = open_storage(url, who="tester@here", backups=folder)
        self.key_file = folder / "key"
        self.vault = open_vault(self.storage.secrets, key_file=self.key_file, on_reveal=diagnostics.hide)
        self.profiles = ProfileService(self.storage, self.vault)
        self.secrets = SecretService(self.storage, self.vault)
        self.tokens = TokenService(self.storage, self.vault, _no_client)

    def account(self, name: str = "support", **fields: Any) -> IncomingAccount:
        account = IncomingAccount(
            name=name,
            type=AccountType.IMAPS,
            host="mail.example.org",
            username="support@example.org",
            authentication=Authentication.OAUTH2,
            oauth_profile="entra",
        )
        return self.storage.accounts.add(replace(account, **fields))

    def signed_in(self, profile: OAuthProfile, name: str = "support", **fields: Any) -> IncomingAccount:
        """An account with a token by a profile."""
        account = self.account(name, oauth_profile=profile.name)
        record = TokenRecord(
            account_id=account.id or 0,
            profile_uid=profile.uid or "",
            flow=profile.flow,
            username=account.username,
            signed_in=AT,
            renewed=AT,
            expires=AT + timedelta(hours=1),
        )
        self.storage.tokens.put(replace(record, **fields))
        self.vault.put(token_of(account), Secret("the cache"))
        return account

    def credential(self, profile: OAuthProfile, kind: SecretKind = SecretKind.CLIENT_SECRET) -> Secret | None:
        return self.vault.get(SecretRef(SecretOwner.PROFILE, profile.uid or "", kind))


def _no_client(*_: object) -> Any:
    raise AssertionError("nobody asks a provider")


def token_of(account: IncomingAccount) -> SecretRef:
    return SecretRef.token_of(account.uid or "")


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    """On SQLite and on PostgreSQL."""
    made = Desk(database_url, tmp_path)
    yield made
    made.storage.close()


def refused(act: Callable[[], object]) -> set[tuple[str, str, str, Problem]]:
    with pytest.raises(InvalidRecordError) as caught:
        act()
    return {(table, record, fault.field, fault.problem) for table, record, fault in caught.value.faults}


def test_a_profile_and_its_secret_are_saved_as_one(desk: Desk) -> None:
    stored = desk.profiles.add(ENTRA, Secret(SECRET))
    assert desk.profiles.all() == [stored] == [desk.profiles.get("ENTRA")]
    assert desk.credential(stored) == Secret(SECRET)
    assert desk.profiles.has_credential(stored)
    assert desk.secrets.list() == ["profile/entra/client-secret"]


def test_a_profile_that_breaks_rules_is_not_saved_and_neither_is_its_secret(desk: Desk) -> None:
    assert refused(lambda: desk.profiles.add(replace(ENTRA, tenant=""), Secret(OTHER))) == {
        ("oauth_profile", "entra", "tenant", Problem.REQUIRED),
        ("oauth_profile", "entra", "client_secret", Problem.SECRET_IS_ID),
    }
    assert desk.profiles.all() == []
    assert desk.vault.list() == []


def test_a_secret_that_cannot_be_kept_leaves_no_profile(desk: Desk) -> None:
    desk.profiles.add(ENTRA, Secret(SECRET))
    desk.key_file.write_text("something else")
    locked = Desk(desk.storage.url, desk.key_file.parent)
    try:
        with pytest.raises(UserFixableError) as caught:
            locked.profiles.add(replace(ENTRA, name="other"), Secret(SECRET))
    finally:
        locked.storage.close()
    assert caught.value.code is Code.KEY_FILE_MALFORMED
    assert [profile.name for profile in desk.profiles.all()] == ["entra"]


def test_what_was_pasted_is_put_in_order_when_it_is_saved(desk: Desk) -> None:
    stored = desk.profiles.add(replace(ENTRA, client_id=f" {GUID} ", scopes="openid IMAP.AccessAsUser.All Mail.Read"))
    assert (stored.client_id, stored.scopes) == (GUID, "https://outlook.office.com/IMAP.AccessAsUser.All Mail.Read")
    changed = desk.profiles.change(replace(stored, scopes="Mail.Read,Mail.Read"))
    assert changed.scopes == "Mail.Read"


def test_the_stored_secret_stays_unless_another_is_typed(desk: Desk) -> None:
    stored = desk.profiles.add(ENTRA, Secret(SECRET))
    stored = desk.profiles.change(replace(stored, name="Contoso"))
    assert desk.credential(stored) == Secret(SECRET)
    desk.profiles.change(stored, Secret(SECRET + "x"))
    assert desk.credential(stored) == Secret(SECRET + "x")


def test_whether_there_is_a_credential_is_told_without_the_key(desk: Desk) -> None:
    stored = desk.profiles.add(ENTRA, Secret(SECRET))
    desk.key_file.unlink()
    assert desk.profiles.has_credential(stored)
    by_certificate = replace(stored, client_authentication=ClientAuthentication.CERTIFICATE)
    assert not desk.profiles.has_credential(by_certificate)
    assert not desk.profiles.has_credential(replace(stored, client_authentication=ClientAuthentication.NONE))
    assert not desk.profiles.has_credential(ENTRA)


def test_of_two_editors_the_second_loses_and_the_first_keeps_the_secret(desk: Desk) -> None:
    mine = desk.profiles.add(ENTRA, Secret(SECRET))
    desk.profiles.change(replace(mine, comment="theirs"))
    with pytest.raises(UserFixableError) as caught:
        desk.profiles.change(replace(mine, comment="mine"), Secret("mine"))
    assert caught.value.code is Code.EDIT_CONFLICT
    assert desk.credential(mine) == Secret(SECRET)
    assert desk.profiles.again(mine).comment == "theirs"


def test_an_unknown_profile_is_named(desk: Desk) -> None:
    stored = desk.profiles.add(ENTRA)
    with pytest.raises(UserFixableError) as caught:
        desk.profiles.get("nobody's")
    assert (caught.value.code, caught.value.facts) == (Code.UNKNOWN_PROFILE, {"name": "nobody's", "profiles": "entra"})
    desk.profiles.delete([stored])
    with pytest.raises(UserFixableError, match="unknown-profile"):
        desk.profiles.again(stored)


def test_a_copy_has_a_free_name_and_no_secret(desk: Desk) -> None:
    stored = desk.profiles.add(ENTRA, Secret(SECRET))
    copy = desk.profiles.add(desk.profiles.duplicate(stored))
    assert (copy.name, copy.client_id) == ("entra (2)", GUID)
    assert copy.uid != stored.uid
    assert not desk.profiles.has_credential(copy)


def test_profiles_are_deleted_with_their_secrets_all_or_none(desk: Desk) -> None:
    one = desk.profiles.add(ENTRA, Secret(SECRET))
    two = desk.profiles.add(replace(ENTRA, name="two"), Secret(SECRET))
    assert not desk.profiles.used_by(one)
    desk.account("b")
    user = desk.account("A")
    assert desk.profiles.used_by(one).accounts == ("A", "b")
    with pytest.raises(UserFixableError) as caught:
        desk.profiles.delete([two, one])
    assert (caught.value.code, caught.value.facts["used_by"]) == (Code.IN_USE, "incoming_account A")
    assert desk.profiles.all() == [one, two]
    assert len(desk.vault.list()) == 2
    for account in (user, *desk.storage.accounts.all()[1:]):
        desk.storage.accounts.delete(account)
    desk.profiles.delete([two, one])
    assert desk.profiles.all() == []
    assert desk.vault.list() == []


def test_a_profile_of_graph_accounts_stays_microsofts_under_another_name_too(desk: Desk) -> None:
    stored = desk.profiles.add(ENTRA)
    desk.account(type=AccountType.MSGRAPH, host="")
    elsewhere = replace(OWN, id=stored.id, uid=stored.uid, version=stored.version, name="renamed")
    assert refused(lambda: desk.profiles.change(elsewhere)) == {
        ("oauth_profile", "renamed", "provider", Problem.PROVIDER_IN_USE)
    }
    assert desk.profiles.change(replace(stored, name="renamed")).name == "renamed"


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": OTHER},
        {"instance_url": "https://login.microsoftonline.us"},
        {"provider": Provider.CUSTOM, "tenant": "", "discovery_url": "https://login.example.org"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_tokens_of_another_registration_are_gone_and_whoever_signed_in_must_again(
    desk: Desk, change: dict[str, Any]
) -> None:
    stored = desk.profiles.add(ENTRA)
    account = desk.signed_in(stored)
    other = desk.profiles.add(replace(ENTRA, name="other"))
    untouched = desk.signed_in(other, "untouched")
    before = desk.storage.tokens.get(untouched.id or 0)
    assert desk.tokens.is_authorized(account, None)
    desk.profiles.change(replace(stored, **change))
    assert desk.vault.get(token_of(account)) is None
    assert not desk.tokens.is_authorized(account, None)
    sign_in = desk.tokens.sign_ins()[account.id or 0]
    assert (sign_in.state, sign_in.cause) == (SignInState.NEEDED, "changed")
    assert desk.vault.get(token_of(untouched)) == Secret("the cache")
    assert desk.storage.tokens.get(untouched.id or 0) == before


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Contoso"},
        {"tenant": OTHER},
        {"comment": "x"},
        {"scopes": "Mail.Read"},
        {"instance_url": "https://login.microsoftonline.com"},
        {"client_authentication": ClientAuthentication.NONE},
    ],
    ids=lambda change: next(iter(change)),
)
def test_tokens_of_the_same_registration_stay(desk: Desk, change: dict[str, Any]) -> None:
    stored = desk.profiles.add(ENTRA)
    account = desk.signed_in(stored)
    before = desk.storage.tokens.all()
    desk.profiles.change(replace(stored, **change))
    assert desk.storage.tokens.all() == before
    assert desk.vault.get(token_of(account)) == Secret("the cache")


def test_an_application_gets_another_token_by_itself(desk: Desk) -> None:
    stored = desk.profiles.add(replace(ENTRA, flow=Flow.CLIENT_CREDENTIALS))
    account = desk.account(oauth_profile=stored.name)
    desk.profiles.change(replace(stored, client_id=OTHER))
    assert desk.tokens.sign_ins()[account.id or 0].state is SignInState.BY_ITSELF


# --- secrets by their names ---


def test_a_client_secret_goes_by_its_profiles_name(desk: Desk) -> None:
    stored = desk.profiles.add(replace(ENTRA, name="Contoso/EU"))
    desk.secrets.set("profile/contoso/eu/client-secret", Secret(SECRET))
    assert desk.credential(stored) == Secret(SECRET)
    assert desk.secrets.list() == ["profile/Contoso/EU/client-secret"]
    desk.secrets.delete("profile/Contoso/EU/client-secret")
    assert desk.secrets.list() == []
    with pytest.raises(UserFixableError, match="unknown-secret"):
        desk.secrets.delete("profile/Contoso/EU/client-secret")


@pytest.mark.parametrize(
    ("reference", "code"),
    [
        ("profile/nobody/client-secret", Code.UNKNOWN_PROFILE),
        ("profile/entra/password", Code.UNKNOWN_SECRET),
        ("profile/entra/token-cache", Code.UNKNOWN_SECRET),
        ("profile//client-secret", Code.UNKNOWN_SECRET),
        ("incoming/support/client-secret", Code.UNKNOWN_SECRET),
        ("incoming/support/token-cache", Code.UNKNOWN_SECRET),
        ("outgoing/support/password", Code.UNKNOWN_SECRET),
        ("incoming/nobody/password", Code.UNKNOWN_ACCOUNT),
    ],
)
def test_what_cannot_be_set_is_refused_before_anything_is_asked(desk: Desk, reference: str, code: Code) -> None:
    desk.signed_in(desk.profiles.add(ENTRA))
    kept = desk.vault.list()
    acts: list[Callable[[], None]] = [
        lambda: desk.secrets.ensure_settable(reference),
        lambda: desk.secrets.set(reference, Secret("x")),
    ]
    for act in acts:
        with pytest.raises(UserFixableError) as caught:
            act()
        assert caught.value.code is code
    assert desk.vault.list() == kept


def test_the_id_of_a_secret_is_no_secret(desk: Desk) -> None:
    desk.profiles.add(ENTRA)
    assert refused(lambda: desk.secrets.set("profile/entra/client-secret", Secret(OTHER))) == {
        ("oauth_profile", "entra", "client_secret", Problem.SECRET_IS_ID)
    }
    assert refused(lambda: desk.secrets.set("profile/entra/client-certificate", Secret(SECRET))) == {
        ("oauth_profile", "entra", "client_certificate", Problem.SECRET_NOT_USED)
    }
    assert desk.vault.list() == []


def test_a_token_is_listed_and_forgotten_by_its_accounts_name(desk: Desk) -> None:
    account = desk.signed_in(desk.profiles.add(ENTRA))
    assert desk.secrets.list() == ["incoming/support/token-cache"]
    desk.secrets.delete("incoming/support/token-cache")
    assert desk.vault.list() == []
    assert not desk.tokens.is_authorized(account, None)
    assert desk.tokens.sign_ins()[account.id or 0].state is SignInState.NEEDED


def test_no_secret_is_in_the_audit_or_in_an_error(desk: Desk) -> None:
    stored = desk.profiles.add(ENTRA, Secret(SECRET))
    with pytest.raises(InvalidRecordError) as caught:
        desk.profiles.change(replace(stored, client_id=SECRET[:40]), Secret(SECRET + "\n"))
    assert SECRET[:20] not in f"{caught.value!r} {caught.value} {caught.value.faults!r}"
    desk.secrets.set("profile/entra/client-secret", Secret(SECRET + "x"))
    assert SECRET[:20] not in repr(desk.storage.audit.list())
