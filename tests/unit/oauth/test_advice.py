"""What providers and mail servers say leads to the right advice, and what nobody knows is shown as it came."""

from __future__ import annotations

import re
import tomllib

import pytest

from mailadmin.cli import sentences as cli
from mailadmin.cli.oauth_sentences import script
from mailadmin.domain import forecast
from mailadmin.domain.advice import UNKNOWN, AdviceEntry, AdviceTable, Speaker, facts_of
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.oauth import Flow, OAuthProfile, Provider
from mailadmin.oauth import answers
from mailadmin.oauth.advice import table
from mailadmin.resource_files import resource
from mailadmin.services.oauth.advice import advice, advice_on

MICROSOFT, GOOGLE, CUSTOM = Provider.MICROSOFT, Provider.GOOGLE, Provider.CUSTOM
ENTRIES = tomllib.loads(resource("oauth/advice.toml").read_text(encoding="utf-8"))["advice"]
KNOWN_KEYS = {"key", "speaker", "provider", "flow", "codes", "words", "errors", "cause", "who", "step", "script"}
FIELDS = {"instance", "tenant", "client_id", "mailbox", "signed_in"}


def aadsts(number: int, error: str = "invalid_grant", words: str = "Something.") -> dict[str, object]:
    return {"error": error, "error_description": f"AADSTS{number}: {words} Trace ID: 1f2e", "error_codes": [number]}


def cause(answer: dict[str, object], provider: Provider = MICROSOFT, flow: Flow = Flow.AUTHORIZATION_CODE) -> str:
    return answers.refused(answer, OAuthProfile(name="p", provider=provider, flow=flow)).facts.get("cause", "")


# --- the table ---


@pytest.mark.parametrize("entry", ENTRIES, ids=[str(entry["key"]) for entry in ENTRIES])
def test_an_entry_is_well_formed(entry: dict[str, object]) -> None:
    assert set(entry) <= KNOWN_KEYS
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", str(entry["key"]))
    for name in ("cause", "step"):
        text = str(entry[name])
        assert text[0].isupper(), text
        assert text.endswith("."), text
        assert "{" not in text, "only a script has facts: the rest is translated"
        assert "  " not in text
        assert "script" not in entry or "below" not in text, "not every place that says it shows the script"
    who = str(entry["who"])
    assert who[0].islower()
    assert who.endswith(".")
    assert set(re.findall(r"\{(\w+)\}", str(entry.get("script", "")))) <= FIELDS
    AdviceEntry.from_table(entry)


def test_keys_and_numbers_stand_for_one_thing_each() -> None:
    keys = [entry.key for entry in table().entries]
    assert len(keys) == len(set(keys))
    numbers = [number for entry in table().entries for number in entry.codes]
    assert len(numbers) == len(set(numbers))
    assert UNKNOWN in keys


def test_every_cause_that_is_given_by_name_is_in_the_table() -> None:
    keys = {entry.key for entry in table().entries}
    assert {"nothing-kept", "tenant-needed", "no-device-code", "wrong-mailbox", "mailbox-refuses", "shared-mailbox",
            "provider-down", forecast.TEST_PROJECT} <= keys  # fmt: skip


# --- the provider's words ---


@pytest.mark.parametrize(
    ("number", "key"),
    [
        (50105, "user-not-assigned"),
        (7000218, "public-client-off"),
        (7000215, "secret-wrong"),
        (7000222, "secret-expired"),
        (700082, "unused-too-long"),
        (50173, "password-changed"),
        (70043, "sign-in-frequency"),
        (50011, "redirect-unknown"),
        (65001, "consent-needed"),
        (700016, "application-unknown"),
        (90002, "tenant-unknown"),
        (900023, "tenant-unknown"),
        (700022, "two-resources"),
        (500117, "redirect-not-secure"),
        (54005, "code-used-twice"),
        (28000, "two-resources"),
        (50076, "more-proof-needed"),
        (50079, "more-proof-needed"),
        (53003, "conditional-access"),
        (90094, "consent-needed"),
        (65004, "consent-declined"),
        (70011, "scope-unknown"),
        (700027, "certificate-unknown"),
        (501481, "code-of-another-sign-in"),
        (500014, "service-disabled"),
        (7000112, "application-disabled"),
    ],
)
def test_microsofts_numbers_are_known(number: int, key: str) -> None:
    assert cause(aadsts(number)) == key
    assert cause(aadsts(number), CUSTOM) == key, "a number is Microsoft's, however the profile names it"
    assert cause({"error": "invalid_grant", "error_description": "Words.", "error_codes": [number]}) == key


@pytest.mark.parametrize(
    ("answer", "provider", "key"),
    [
        ({"error": "invalid_grant"}, CUSTOM, "sign-in-ended"),
        ({"error": "invalid_grant"}, MICROSOFT, "sign-in-ended"),
        ({"error": "invalid_grant", "error_description": "Token has been expired or revoked."}, GOOGLE,
         "google-sign-in-ended"),
        ({"error": "invalid_grant", "error_description": "Bad Request"}, GOOGLE, "google-sign-in-ended"),
        ({"error": "invalid_client"}, CUSTOM, "client-refused"),
        ({"error": "invalid_client", "error_description": "client authentication failed"}, MICROSOFT,
         "client-refused"),
        ({"error": "invalid_client", "error_description": "The OAuth client was not found."}, GOOGLE,
         "google-client-disabled"),
        ({"error": "invalid_request", "error_description": "client_secret is missing."}, GOOGLE,
         "google-secret-missing"),
        ({"error": "disabled_client"}, GOOGLE, "google-client-disabled"),
        ({"error": "redirect_uri_mismatch"}, GOOGLE, "redirect-unknown"),
        ({"error": "invalid_request", "error_description": "Error 400: redirect_uri_mismatch"}, GOOGLE,
         "redirect-unknown"),
        ({"error": "admin_policy_enforced"}, GOOGLE, "google-admin-policy"),
        ({"error": "access_denied"}, GOOGLE, "access-denied"),
        ({"error": "access_denied", "error_description": "the user canceled the authentication"}, MICROSOFT,
         "access-denied"),
        ({"error": "invalid_scope"}, CUSTOM, "scope-unknown"),
        ({"error": "unauthorized_client"}, CUSTOM, "flow-not-allowed"),
        ({"error": "consent_required"}, CUSTOM, "consent-missing"),
        ({"error": "consent_required"}, GOOGLE, "consent-missing"),
        ({"error": "consent_required"}, MICROSOFT, "consent-needed"),
        ({"error": "invalid_grant", "error_description": "Needs admin consent."}, MICROSOFT, "consent-needed"),
        ({"error": "access_denied", "error_description": "Needs admin consent."}, CUSTOM, "access-denied"),
        ({"error": "access_denied", "error_description": "Conditional access."}, CUSTOM, "access-denied"),
        ({"error": "access_denied", "error_description": "Your access has been blocked."}, GOOGLE, "access-denied"),
        ({"error": "access_denied", "error_description": "Access has been blocked by Conditional Access policies."},
         MICROSOFT, "conditional-access"),
        ({"error": "invalid_client", "error_description": "Invalid client secret"}, CUSTOM, "client-refused"),
        ({"error": "invalid_client", "error_description": "The client secret is expired."}, GOOGLE, "client-refused"),
        ({"error": "invalid_client", "error_description": "Invalid client secret provided."}, MICROSOFT,
         "secret-wrong"),
        ({"error": "invalid_request", "error_description": "Bad Request"}, GOOGLE, "request-refused"),
        ({"error": "invalid_scope", "error_description": "Bad Request"}, GOOGLE, "scope-unknown"),
        ({"error": "invalid_request", "error_description": "Public clients can't send a client secret."}, CUSTOM,
         "request-refused"),
        ({"error": "interaction_required"}, CUSTOM, "more-proof-needed"),
        ({"error": "authorization_declined"}, MICROSOFT, "device-declined"),
        ({"error": "expired_token"}, CUSTOM, "device-code-ended"),
        ({"error": "invalid_tenant", "error_description": "AADSTS90002: Tenant 'x' not found."}, MICROSOFT,
         "tenant-unknown"),
    ],
)  # fmt: skip
def test_the_words_of_providers_are_known(answer: dict[str, object], provider: Provider, key: str) -> None:
    assert cause(answer, provider) == key


def test_microsofts_general_number_leaves_it_to_the_words() -> None:
    assert cause(aadsts(90023, "invalid_request")) == "request-refused"
    assert cause(aadsts(90023, "invalid_request", "Public clients can't send a client secret.")) == "public-with-secret"
    assert cause(aadsts(90023, "invalid_request", "Specified tenant identifier 'x' is neither a valid DNS name.")) == (
        "tenant-unknown"
    )


def test_a_client_that_asked_too_often_is_not_taken_for_one_that_must_sign_in() -> None:
    error = answers.refused(aadsts(50196), OAuthProfile(name="p", provider=MICROSOFT))
    assert error.code is Code.OAUTH_UNAVAILABLE


def test_a_number_counts_for_more_than_the_error_and_must_be_whole() -> None:
    assert cause(aadsts(700082, "interaction_required")) == "unused-too-long"
    assert cause(aadsts(5001, "something_new")) == UNKNOWN


def test_what_nobody_knows_is_shown_as_it_came() -> None:
    error = answers.refused(
        {"error": "brand_new", "error_description": "A reason from the future."},
        OAuthProfile(name="p", provider=CUSTOM),
    )
    assert error.facts["cause"] == UNKNOWN
    assert cli.full_sentence(error).endswith("The provider said: brand_new: A reason from the future.")


def test_a_fault_of_the_providers_own_is_not_a_refusal() -> None:
    error = answers.refused(aadsts(90033), OAuthProfile(name="p", provider=MICROSOFT))
    assert error.code is Code.OAUTH_UNAVAILABLE


# --- the words of mail servers ---


def on_mailbox(server: str, **facts: str) -> str:
    found = advice_on(Code.MAILBOX_REFUSES_TOKEN, {"username": "orders@example.org", **facts}, server)
    assert found is not None
    return found.key


@pytest.mark.parametrize(
    ("server", "facts", "key"),
    [
        ("NO AUTHENTICATE failed.", {"provider": "microsoft", "flow": "client credentials"}, "imap-application"),
        ("-ERR Authentication failure: unknown user name or bad password.",
         {"provider": "microsoft", "flow": "client credentials"}, "imap-application"),
        ("AUTHENTICATE failed.", {"provider": "microsoft", "flow": "authorization code",
         "signed_in": "Orders@example.org"}, "imap-person"),
        ("AUTHENTICATE failed.", {"provider": "microsoft", "flow": "authorization code",
         "signed_in": "ann@example.org"}, "shared-mailbox"),
        ("AUTHENTICATE failed.", {"host": "outlook.office365.com"}, "imap-person"),
        ("BAD User is authenticated but not connected.", {"provider": "microsoft"}, "not-connected"),
        ("[AUTHENTICATIONFAILED] Invalid credentials (Failure)", {"host": "imap.gmail.com"}, "google-mailbox"),
        ("[AUTHENTICATIONFAILED] Authentication failed.", {"provider": "custom"}, "mailbox-refuses"),
        ("whatever", {"provider": "custom"}, "mailbox-refuses"),
        ("MailboxNotEnabledForRESTAPI: The mailbox is either inactive, soft-deleted, or is hosted on-premise.", {},
         "graph-no-mailbox"),
        ("ErrorItemNotFound: Default folder Root not found.", {"provider": "microsoft"}, "graph-no-delegation"),
        ("ErrorInvalidUser: The requested user 'x' is invalid.", {}, "graph-no-user"),
        ("ErrorAccessDenied: Access is denied. Check credentials and try again.", {}, "graph-access-denied"),
    ],
)  # fmt: skip
def test_the_words_of_mail_servers_are_known(server: str, facts: dict[str, str], key: str) -> None:
    assert on_mailbox(server, **facts) == key


def test_mail_servers_words_are_not_looked_for_in_a_providers_answer() -> None:
    assert table().cause_of("client authentication failed", "invalid_client") == "client-refused"
    assert table().cause_of("client authentication failed", speaker=Speaker.MAILBOX) != "client-refused"


# --- what is said ---


def test_a_script_is_filled_in_with_what_is_known() -> None:
    profile = OAuthProfile(
        name="p", provider=MICROSOFT, flow=Flow.CLIENT_CREDENTIALS, tenant="contoso.example", client_id="1234"
    )
    error = UserFixableError(
        Code.MAILBOX_REFUSES_TOKEN,
        {"username": "orders@contoso.example", "signed_in": "", **facts_of(profile)},
        server="AUTHENTICATE failed.",
    )
    found = advice_on(error.code, error.facts, error.server)
    assert found is not None
    assert "New-ServicePrincipal -AppId '1234' -ObjectId OBJECT-ID" in found.script
    assert "Add-MailboxPermission -Identity 'orders@contoso.example' -User OBJECT-ID" in found.script
    assert "-Organization 'contoso.example'" in found.script
    assert "CLIENT-ID" in advice("imap-application", {}).script


@pytest.mark.parametrize("mark", ["'", "\u2018", "\u2019", "\u201a", "\u201b"])
def test_a_fact_cannot_be_more_than_a_word_in_a_script(mark: str) -> None:
    hostile = f"x{mark}; Remove-Mailbox a #\r\nRemove-Mailbox b\u2028"
    script = advice("graph-no-delegation", {"mailbox": hostile}).script
    assert f"-Identity 'x{mark}{mark}; Remove-Mailbox a #Remove-Mailbox b'" in script
    assert len(script.splitlines()) == 1


def test_a_fact_in_an_address_is_encoded() -> None:
    facts = {"instance": "login.microsoftonline.com", "tenant": "a/b?c&d", "client_id": "1"}
    script = advice("consent-needed", facts).script
    assert script == "https://login.microsoftonline.com/a%2Fb%3Fc%26d/adminconsent?client_id=1"
    assert advice("consent-needed", {}).script == "https://INSTANCE/TENANT/adminconsent?client_id=CLIENT-ID"


@pytest.mark.parametrize(
    ("instance", "host"),
    [
        ("", "login.microsoftonline.com"),
        ("https://login.microsoftonline.us/", "login.microsoftonline.us"),
        ("https://login.partner.microsoftonline.cn", "login.partner.microsoftonline.cn"),
        ("https://localhost:8443", "localhost:8443"),
    ],
)
def test_consent_is_given_in_the_cloud_of_the_tenant(instance: str, host: str) -> None:
    profile = OAuthProfile(name="p", provider=MICROSOFT, instance_url=instance, tenant="t", client_id="c")
    address = f"https://{host}/t/adminconsent?client_id=c"
    assert script(answers.refused(aadsts(65001), profile)) == address
    assert advice("consent-needed", facts_of(profile)).script == address
    assert "microsoft" not in facts_of(OAuthProfile(name="p", provider=CUSTOM))["instance"]


def test_the_sentence_has_cause_step_and_who() -> None:
    error = answers.refused(aadsts(50105), OAuthProfile(name="Desk", provider=MICROSOFT))
    said = cli.full_sentence(error, "Orders")
    assert said.startswith("The application is open to assigned users only, and this user is not one of them. Under")
    assert "Who can do that: an administrator of the tenant (Enterprise applications)." in said
    assert 'The profile is "Desk".' in said
    assert "The provider said: invalid_grant: AADSTS50105" in said


def test_a_cause_of_another_version_gets_the_general_advice() -> None:
    assert advice("from-the-future", {}).key == UNKNOWN
    assert advice_on(Code.SIGN_IN_NEEDED, {"cause": "unused-too-long"}) == advice(
        "unused-too-long", {"cause": "unused-too-long"}
    )
    assert advice_on(Code.HOST_NOT_FOUND, {}) is None


@pytest.mark.parametrize(
    "text",
    [
        "[[advice]]\nkey='a'\nwho='w'\nstep='s'",
        "[[advice]]\nkey='a'\ncause='c'\nwho='w'\nstep='s'\ncodes=5",
        "[[advice]]\nkey='a'\ncause='c'\nwho='w'\nstep='s'\nwords=['(']",
        "[[advice]]\nkey='a'\ncause='c'\nwho='w'\nstep='s'\nprovider='nobody'",
    ],
)
def test_a_table_with_a_slip_is_not_read(text: str) -> None:
    with pytest.raises((KeyError, TypeError, ValueError, re.error)):
        AdviceTable.parse(text)
