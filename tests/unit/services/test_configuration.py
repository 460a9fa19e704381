"""apply and export: all or nothing, and the same file again."""

from __future__ import annotations

import pytest

from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.oauth import TokenRecord
from mailadmin.domain.secrets import Secret
from mailadmin.domain.validation import InvalidRecordError, Problem
from mailadmin.services.configuration import export

from .conftest import House, mail

pytestmark = pytest.mark.parametrize("family", ["imap"], indirect=True)

FILE = """
[settings]
PostmasterDefaultQueue = "Support"
FetchParallel = 4

[[queue]]
name = "Support"
follow_up = "new ticket"
sender_address = "support@example.org"

[[queue]]
name = "Support::Printers"

[[address]]
address = "support@example.org"
display_name = "Support"
queue = "Support"

[[incoming_account]]
name = "support"
type = "IMAPS"
host = "mail.example.org"
username = "support@example.org"
dispatching = "queue"
queue = "Support"
after_fetch = "move"
move_to = "Archive"
max_message_size_kb = 0
fetch_from = 2026-11-01
"""


@pytest.mark.parametrize(
    ("text", "table", "field", "problem"),
    [
        ('[[queue]]\nname = "raw"\nvalidity = "invalid"', "queue", "validity", Problem.LAST_DEFAULT),
        (
            '[settings]\nPostmasterDefaultQueue = "Off"\n[[queue]]\nname = "off"\nvalidity = "invalid-temporarily"',
            "settings",
            "PostmasterDefaultQueue",
            Problem.INVALID_QUEUE,
        ),
    ],
)
def test_the_default_queue_stays_valid(house: House, text: str, table: str, field: str, problem: Problem) -> None:
    with pytest.raises(InvalidRecordError) as caught:
        house.app.configuration.apply(text)
    assert (table, field, problem) in [(where, fault.field, fault.problem) for where, _, fault in caught.value.faults]
    house.app.configuration.apply(
        '[settings]\nPostmasterDefaultQueue = "Misc"\n[[queue]]\nname = "Raw"\nvalidity = "invalid"'
    )


def test_a_file_is_applied_and_then_says_nothing_new(house: House) -> None:
    plan = house.app.configuration.apply(FILE, dry_run=True)
    assert ("incoming_account", "support") in plan.add
    assert house.app.accounts.all() == []
    house.app.configuration.apply(FILE)
    assert house.app.configuration.apply(FILE).empty
    queue = house.app.storage.queues.by_name("support")
    assert queue is not None
    assert queue.sender_address == "support@example.org"
    account = house.app.accounts.get("support")
    assert (account.queue, account.move_to, account.max_message_size_kb) == ("Support", "Archive", 0)
    assert str(account.fetch_from) == "2026-11-01"


def test_an_export_is_a_file_that_changes_nothing_and_holds_no_secret(house: House) -> None:
    house.app.configuration.apply(FILE)
    account = house.app.accounts.get("support")
    house.app.accounts.change(account, Secret("marker-4711"))
    text = export(house.app.storage)
    assert house.app.configuration.apply(text, prune=True).empty
    assert "marker-4711" not in text
    assert text == export(house.app.storage)


def test_a_name_is_the_same_with_blanks_around_it_and_letters_put_together(house: House) -> None:
    house.app.configuration.apply(FILE.replace('name = "support"', 'name = "Ämter"'))
    house.app.accounts.change(house.app.accounts.get("Ämter"), Secret("x"))
    again = FILE.replace('name = "support"', 'name = " A\u0308mter "')
    assert house.app.configuration.apply(again, prune=True).empty
    assert house.app.secrets.list() == ["incoming/Ämter/password"]
    assert house.app.accounts.get("a\u0308MTER").name == "Ämter"
    house.app.configuration.apply('[[incoming_account]]\nname = " neu "\ntype = "IMAPS"\nhost = "h"\nusername = "u"\n')
    assert [account.name for account in house.app.accounts.all()] == ["neu", "Ämter"]


def test_what_is_referred_to_in_another_case_is_no_change(house: House) -> None:
    house.app.configuration.apply(FILE)
    assert house.app.configuration.apply(FILE.replace('queue = "Support"', 'queue = "SUPPORT"')).empty


def test_a_change_is_told_field_by_field(house: House) -> None:
    house.app.configuration.apply(FILE)
    changed = FILE.replace('host = "mail.example.org"', 'host = "imap.example.org"').replace("= 4", "= 5")
    plan = house.app.configuration.apply(changed)
    assert [(c.what, c.name, c.field, c.before, c.after) for c in plan.change] == [
        ("settings", "FetchParallel", "FetchParallel", 4, 5),
        ("incoming_account", "support", "host", "mail.example.org", "imap.example.org"),
    ]
    assert house.app.accounts.get("support").host == "imap.example.org"


def test_a_key_left_out_takes_its_default(house: House) -> None:
    house.app.configuration.apply(FILE)
    house.app.configuration.apply(FILE.replace("max_message_size_kb = 0\n", ""))
    assert house.app.accounts.get("support").max_message_size_kb is None


def test_every_fault_is_named_and_nothing_is_changed(house: House) -> None:
    wrong = (
        FILE.replace('type = "IMAPS"', 'type = "IMAPX"').replace("FetchParallel = 4", 'FetchParallel = "four"')
        + 'colour = "red"\n[[queue]]\nname = "support"\n[[address]]\naddress = "x"\nqueue = 3\n[[filtre]]\n'
    )
    with pytest.raises(InvalidRecordError) as caught:
        house.app.configuration.apply(wrong)
    found = {(table, record, fault.field, fault.problem) for table, record, fault in caught.value.faults}
    assert found >= {
        ("incoming_account", "support", "type", Problem.NOT_A_CHOICE),
        ("incoming_account", "support", "colour", Problem.UNKNOWN_KEY),
        ("queue", "support", "name", Problem.NOT_UNIQUE),
        ("address", "x", "queue", Problem.WRONG_TYPE),
        ("", "", "filtre", Problem.UNKNOWN_KEY),
    }
    assert house.app.accounts.all() == []
    assert house.app.storage.settings.load().changed == {}


def test_rules_hold_against_the_world_as_it_will_be(house: House) -> None:
    with pytest.raises(InvalidRecordError) as caught:
        house.app.configuration.apply(FILE.replace('queue = "Support"\nafter', 'queue = "Suport"\nafter'))
    assert [(t, r, f.field, f.problem) for t, r, f in caught.value.faults] == [
        ("incoming_account", "support", "queue", Problem.UNKNOWN_QUEUE)
    ]
    assert house.app.storage.queues.by_name("Support") is None


def test_prune_removes_what_the_file_does_not_name_with_its_secrets(house: House) -> None:
    house.app.configuration.apply(FILE)
    house.app.accounts.change(house.app.accounts.get("support"), Secret("x"))
    other = FILE.replace('name = "support"', 'name = "other"').replace('[[queue]]\nname = "Support::Printers"\n', "")
    plan = house.app.configuration.apply(other, prune=True)
    assert set(plan.remove) == {("incoming_account", "support"), ("queue", "Support::Printers")}
    assert [a.name for a in house.app.accounts.all()] == ["other"]
    assert house.app.secrets.list() == []
    assert house.app.storage.queues.by_name("Raw") is not None


def test_what_is_in_use_is_not_pruned_and_nothing_else_happens(house: House) -> None:
    house.app.configuration.apply(FILE)
    house.app.reading.read(mail(1), queue="Support::Printers")
    other = FILE.replace('[[queue]]\nname = "Support::Printers"\n', "").replace("= 4", "= 5")
    with pytest.raises(UserFixableError) as caught:
        house.app.configuration.apply(other, prune=True)
    assert caught.value.code is Code.IN_USE
    assert house.app.storage.settings.load().number("FetchParallel") == 4


def test_a_queue_that_a_setting_names_is_not_pruned(house: House) -> None:
    house.app.configuration.apply(FILE)
    with pytest.raises(InvalidRecordError) as caught:
        house.app.configuration.apply('[[queue]]\nname = "Other"\n', prune=True)
    assert [(t, f.field, f.problem) for t, _, f in caught.value.faults] == [
        ("settings", "PostmasterDefaultQueue", Problem.UNKNOWN_QUEUE)
    ]
    assert house.app.storage.queues.by_name("Support") is not None


def test_a_setting_that_says_its_default_changes_nothing(house: House) -> None:
    assert house.app.configuration.apply("[settings]\nFetchParallel = 8\n").empty


def test_what_is_not_toml_is_said_with_the_place(house: House) -> None:
    with pytest.raises(UserFixableError) as caught:
        house.app.configuration.apply("[[queue]\nname = 1")
    assert caught.value.code is Code.BAD_FILE
    assert "line 1" in caught.value.facts["detail"]


@pytest.mark.parametrize("text", ["x = " + "[" * 5000, "x = " + "9" * 5000])
def test_toml_beyond_all_reason_is_a_bad_file(house: House, text: str) -> None:
    with pytest.raises(UserFixableError) as caught:
        house.app.configuration.apply(text)
    assert caught.value.code is Code.BAD_FILE


def test_secrets_go_by_the_names_of_their_owners(house: House) -> None:
    house.app.configuration.apply(FILE)
    house.app.secrets.set("incoming/support/password", Secret("x"))
    assert house.app.secrets.list() == ["incoming/support/password"]
    house.app.secrets.delete("incoming/support/password")
    for reference in ("incoming/support/password", "incoming/support", "profile/x/password", "x"):
        with pytest.raises(UserFixableError, match="unknown-secret"):
            house.app.secrets.delete(reference)
    with pytest.raises(UserFixableError, match="unknown-account"):
        house.app.secrets.set("incoming/nobody/password", Secret("x"))


OAUTH = """
[[oauth_profile]]
name = "entra"
provider = "microsoft"
tenant = "contoso.example"
client_id = "11111111-2222-3333-4444-555555555555"
client_authentication = "secret"
secret_expires = 2027-06-30
scopes = "https://outlook.office.com/IMAP.AccessAsUser.All Mail.Read openid"

[[incoming_account]]
name = "support"
type = "IMAPS"
host = "outlook.office365.com"
username = "support@contoso.example"
authentication = "oauth2"
oauth_profile = "ENTRA"
opens_mailbox = "shared@contoso.example"

[[incoming_account]]
name = "by graph"
type = "MSGRAPH"
username = "boss@contoso.example"
authentication = "oauth2"
oauth_profile = "entra"
folder = "Posteingang"
"""


def test_a_profile_comes_before_the_accounts_that_name_it(house: House) -> None:
    plan = house.app.configuration.apply(OAUTH, dry_run=True)
    assert [name for _, name in plan.add] == ["entra", "support", "by graph"]
    assert house.app.storage.profiles.all() == []
    house.app.configuration.apply(OAUTH)
    (profile,) = house.app.storage.profiles.all()
    assert profile.scopes == "https://outlook.office.com/IMAP.AccessAsUser.All Mail.Read"
    assert str(profile.secret_expires) == "2027-06-30"
    assert [account.oauth_profile for account in house.app.accounts.all()] == ["entra", "entra"]


def test_a_file_with_profiles_is_exported_and_says_nothing_new(house: House) -> None:
    house.app.configuration.apply(OAUTH)
    house.app.secrets.set("profile/entra/client-secret", Secret("abc8Q~marker"))
    text = export(house.app.storage)
    assert text.index("[[oauth_profile]]") < text.index("[[incoming_account]]")
    for said in ('tenant = "contoso.example"', "secret_expires = 2027-06-30", 'folder = "Posteingang"'):
        assert said in text
    for unsaid in ("instance_url", "token_url", "redirect_port", "uid", "marker"):
        assert unsaid not in text
    assert house.app.configuration.apply(text, prune=True).empty
    assert house.app.secrets.list() == ["profile/entra/client-secret"]


def test_a_profile_is_changed_field_by_field_and_its_secret_stays(house: House) -> None:
    house.app.configuration.apply(OAUTH)
    house.app.secrets.set("profile/entra/client-secret", Secret("abc8Q~marker"))
    said = OAUTH.replace("2027-06-30", "2028-06-30").replace(
        'tenant = "contoso', 'redirect_port = 8400\ntenant = "contoso'
    )
    plan = house.app.configuration.apply(said)
    assert [(each.what, each.field, each.before, each.after) for each in plan.change] == [
        ("oauth_profile", "secret_expires", "2027-06-30", "2028-06-30"),
        ("oauth_profile", "redirect_port", None, 8400),
    ]
    assert house.app.secrets.list() == ["profile/entra/client-secret"]


def test_tokens_of_another_registration_go_when_a_file_changes_it(house: House) -> None:
    house.app.configuration.apply(OAUTH)
    (profile,) = house.app.storage.profiles.all()
    account = house.app.accounts.get("support")
    record = TokenRecord(
        account_id=account.id or 0, profile_uid=profile.uid or "", flow=profile.flow, username=account.username
    )
    house.app.storage.tokens.put(record)
    house.app.configuration.apply(OAUTH)
    assert house.app.tokens.is_authorized(account, None)
    house.app.configuration.apply(OAUTH.replace("11111111", "22222222"))
    assert not house.app.tokens.is_authorized(account, None)


@pytest.mark.parametrize(
    ("said", "instead", "where"),
    [
        ("contoso.example", "contoso", ("oauth_profile", "entra", "tenant", Problem.NOT_A_TENANT)),
        ('"secret"', '"secret"\nclient_secret = "x"', ("oauth_profile", "entra", "client_secret", Problem.UNKNOWN_KEY)),
        ('"microsoft"', '"yahoo"', ("oauth_profile", "entra", "provider", Problem.NOT_A_CHOICE)),
        ("2027-06-30", '"2027-06-30"', ("oauth_profile", "entra", "secret_expires", Problem.WRONG_TYPE)),
        ('provider = "microsoft"\n', "", ("oauth_profile", "entra", "provider", Problem.REQUIRED)),
        ('name = "entra"', 'name = "other"', ("incoming_account", "support", "oauth_profile", Problem.UNKNOWN_PROFILE)),
    ],
)
def test_what_is_wrong_with_a_profile_is_named_and_nothing_is_changed(
    house: House, said: str, instead: str, where: tuple[str, str, str, Problem]
) -> None:
    with pytest.raises(InvalidRecordError) as caught:
        house.app.configuration.apply(OAUTH.replace(said, instead, 1))
    assert where in [(table, record, fault.field, fault.problem) for table, record, fault in caught.value.faults]
    assert house.app.storage.profiles.all() == []


def test_a_profile_that_becomes_another_providers_fails_its_graph_accounts(house: House) -> None:
    house.app.configuration.apply(OAUTH)
    with pytest.raises(InvalidRecordError) as caught:
        house.app.configuration.apply(
            '[[oauth_profile]]\nname = "entra"\nprovider = "custom"\nclient_id = "x"\ndiscovery_url = "https://a.example"'
        )
    assert [fault.problem for _, _, fault in caught.value.faults] == [Problem.PROVIDER_IN_USE]


def test_profiles_are_pruned_with_their_secrets_after_their_accounts(house: House) -> None:
    house.app.configuration.apply(OAUTH)
    house.app.secrets.set("profile/entra/client-secret", Secret("abc8Q~marker"))
    with pytest.raises(UserFixableError, match="in-use"):
        house.app.configuration.apply("oauth_profile = []", prune=True)
    assert len(house.app.storage.profiles.all()) == 1
    plan = house.app.configuration.apply("oauth_profile = []\nincoming_account = []", prune=True)
    assert ("oauth_profile", "entra") in plan.remove
    assert house.app.storage.profiles.all() == []
    assert house.app.secrets.list() == []
