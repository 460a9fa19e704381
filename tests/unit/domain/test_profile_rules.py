"""The rules for OAuth2 profiles and for the secrets that are kept for them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mailadmin.domain.accounts import AccountType, Authentication, IncomingAccount
from mailadmin.domain.oauth import ClientAuthentication, Flow, OAuthProfile, Provider
from mailadmin.domain.profile_rules import (
    CREDENTIAL_FIELDS,
    PROFILE_TEXTS,
    credential_faults,
    normalised_profile,
    profile_faults,
)
from mailadmin.domain.secrets import Secret, SecretKind
from mailadmin.domain.validation import Problem, Surroundings

GUID = "11111111-2222-3333-4444-555555555555"
OTHER = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
GOOGLE_ID = "123456789012-abcdefghijklmnop.apps.googleusercontent.com"
MICROSOFT_SECRET = "abc8Q~defghijklmnopqrstuvwxyz0123456.~-_"
EXCHANGE = "https://outlook.office.com"

ENTRA = OAuthProfile(name="entra", provider=Provider.MICROSOFT, tenant=OTHER, client_id=GUID)
WITH_SECRET = replace(ENTRA, client_authentication=ClientAuthentication.SECRET)
DAEMON = replace(WITH_SECRET, flow=Flow.CLIENT_CREDENTIALS)
WITH_CERTIFICATE = replace(DAEMON, client_authentication=ClientAuthentication.CERTIFICATE)
GOOGLE = OAuthProfile(
    name="google",
    provider=Provider.GOOGLE,
    client_id=GOOGLE_ID,
    client_authentication=ClientAuthentication.SECRET,
)
OWN = OAuthProfile(
    name="own", provider=Provider.CUSTOM, client_id="mailadmin", discovery_url="https://login.example.org/v2"
)
ONE_BY_ONE = replace(
    OWN, discovery_url="", authorization_url="https://login.example.org/auth?a=b", token_url="https://login.example.org"
)
ADFS = replace(ENTRA, instance_url="https://adfs.example.org", tenant="adfs", client_id="mailadmin")


def problems(profile: OAuthProfile, around: Surroundings | None = None) -> set[tuple[str, Problem]]:
    return {(fault.field, fault.problem) for fault in profile_faults(profile, around or Surroundings())}


@pytest.mark.parametrize(
    "profile",
    [
        ENTRA,
        WITH_SECRET,
        DAEMON,
        WITH_CERTIFICATE,
        replace(ENTRA, tenant="common", flow=Flow.DEVICE_CODE),
        replace(ENTRA, tenant="Contoso.onmicrosoft.com"),
        replace(ENTRA, instance_url="https://login.microsoftonline.us/", graph_url="https://graph.microsoft.us/"),
        replace(ENTRA, redirect_port=8400, redirect_path="/oauth/callback"),
        replace(ENTRA, redirect_path="/"),
        replace(ENTRA, scopes="https://outlook.office.com/IMAP.AccessAsUser.All Mail.Read"),
        ADFS,
        replace(ADFS, instance_url="https://proxy.example.org/sts", graph_url="https://proxy.example.org:8443/"),
        replace(ENTRA, redirect_path="/.hidden/..a/a..b/..."),
        GOOGLE,
        replace(GOOGLE, scopes="https://mail.google.com/ https://www.googleapis.com/auth/userinfo.email"),
        OWN,
        ONE_BY_ONE,
        replace(OWN, client_id="ann@example.org"),
        replace(ONE_BY_ONE, authorization_url="", device_url="https://login.example.org/d", flow=Flow.DEVICE_CODE),
    ],
    ids=repr,
)
def test_good_profiles_break_no_rule(profile: OAuthProfile) -> None:
    assert problems(profile) == set()
    assert normalised_profile(profile).scopes == profile.scopes or "Mail.Read" in profile.scopes


@pytest.mark.parametrize(
    ("good", "change", "field", "problem"),
    [
        (ENTRA, {"name": " "}, "name", Problem.REQUIRED),
        (ENTRA, {"comment": "a\x00b"}, "comment", Problem.CONTROL_CHARACTERS),
        (ENTRA, {"client_id": ""}, "client_id", Problem.REQUIRED),
        (ENTRA, {"client_id": "ann@example.org"}, "client_id", Problem.CLIENT_ID_IS_ADDRESS),
        (ENTRA, {"client_id": MICROSOFT_SECRET}, "client_id", Problem.CLIENT_ID_IS_SECRET),
        (ENTRA, {"client_id": "mailadmin"}, "client_id", Problem.NOT_A_CLIENT_ID),
        (ENTRA, {"client_id": GUID[:-1]}, "client_id", Problem.NOT_A_CLIENT_ID),
        (OWN, {"client_id": "mäil"}, "client_id", Problem.NOT_A_CLIENT_ID),
        (GOOGLE, {"client_id": "GOCSPX-abcdefghijklmnopqrstuvwxyz12"}, "client_id", Problem.CLIENT_ID_IS_SECRET),
        (GOOGLE, {"client_id": "ann@gmail.com"}, "client_id", Problem.CLIENT_ID_IS_ADDRESS),
        (ENTRA, {"tenant": ""}, "tenant", Problem.REQUIRED),
        (ENTRA, {"tenant": "Contoso"}, "tenant", Problem.NOT_A_TENANT),
        (ENTRA, {"tenant": "https://contoso.onmicrosoft.com"}, "tenant", Problem.NOT_A_TENANT),
        (ENTRA, {"tenant": GUID}, "tenant", Problem.TENANT_IS_CLIENT_ID),
        (ADFS, {"tenant": "a/b"}, "tenant", Problem.NOT_A_TENANT),
        (DAEMON, {"tenant": "common"}, "tenant", Problem.TENANT_NEEDED),
        (DAEMON, {"tenant": "Organizations"}, "tenant", Problem.TENANT_NEEDED),
        (DAEMON, {"client_authentication": ClientAuthentication.NONE}, "client_authentication",
         Problem.FLOW_NEEDS_CREDENTIAL),
        (OWN, {"client_authentication": ClientAuthentication.CERTIFICATE}, "client_authentication",
         Problem.CERTIFICATE_NEEDS_MICROSOFT),
        (GOOGLE, {"client_authentication": ClientAuthentication.NONE}, "client_authentication",
         Problem.SECRET_NEEDED_AT_GOOGLE),
        (GOOGLE, {"client_authentication": ClientAuthentication.CERTIFICATE}, "client_authentication",
         Problem.SECRET_NEEDED_AT_GOOGLE),
        (GOOGLE, {"flow": Flow.CLIENT_CREDENTIALS}, "flow", Problem.FLOW_NOT_AT_GOOGLE),
        (GOOGLE, {"flow": Flow.DEVICE_CODE}, "flow", Problem.FLOW_NOT_AT_GOOGLE),
        (GOOGLE, {"tenant": "common"}, "tenant", Problem.NOT_FOR_PROVIDER),
        (GOOGLE, {"token_url": "https://oauth2.example.org"}, "token_url", Problem.NOT_FOR_PROVIDER),
        (OWN, {"graph_url": "https://graph.microsoft.com"}, "graph_url", Problem.NOT_FOR_PROVIDER),
        (ENTRA, {"discovery_url": "https://login.example.org"}, "discovery_url", Problem.NOT_FOR_PROVIDER),
        (OWN, {"discovery_url": ""}, "discovery_url", Problem.ENDPOINTS_NEEDED),
        (ONE_BY_ONE, {"token_url": ""}, "token_url", Problem.REQUIRED),
        (ONE_BY_ONE, {"authorization_url": ""}, "authorization_url", Problem.REQUIRED),
        (ONE_BY_ONE, {"flow": Flow.DEVICE_CODE}, "device_url", Problem.REQUIRED),
        (OWN, {"discovery_url": "http://login.example.org"}, "discovery_url", Problem.NOT_HTTPS),
        (OWN, {"discovery_url": "ftp://login.example.org"}, "discovery_url", Problem.NOT_HTTPS),
        (OWN, {"discovery_url": "login.example.org"}, "discovery_url", Problem.NOT_A_URL),
        (OWN, {"discovery_url": "https://"}, "discovery_url", Problem.NOT_A_URL),
        (OWN, {"discovery_url": "https://[::1"}, "discovery_url", Problem.NOT_A_URL),
        (OWN, {"discovery_url": "https://login.example.org:x"}, "discovery_url", Problem.NOT_A_URL),
        (OWN, {"discovery_url": "https://login.example.org/a b"}, "discovery_url", Problem.NOT_A_URL),
        (OWN, {"discovery_url": "https://ann:pw@login.example.org"}, "discovery_url", Problem.URL_WITH_EXTRAS),
        (ONE_BY_ONE, {"authorization_url": "https://a.example#x"}, "authorization_url", Problem.URL_WITH_EXTRAS),
        (ENTRA, {"instance_url": "https://login.microsoftonline.com/common"}, "instance_url", Problem.URL_WITH_EXTRAS),
        (ENTRA, {"graph_url": "https://graph.microsoft.com/v1.0"}, "graph_url", Problem.URL_WITH_EXTRAS),
        (ADFS, {"graph_url": "https://proxy.example.org/graph"}, "graph_url", Problem.URL_WITH_EXTRAS),
        (ADFS, {"instance_url": "https://adfs.example.org?x=y"}, "instance_url", Problem.URL_WITH_EXTRAS),
        (ADFS, {"instance_url": "http://adfs.example.org"}, "instance_url", Problem.NOT_HTTPS),
        (ENTRA, {"redirect_path": "callback"}, "redirect_path", Problem.REDIRECT_PATH),
        (ENTRA, {"redirect_path": "/a?Action=x"}, "redirect_path", Problem.REDIRECT_PATH),
        (ENTRA, {"redirect_path": "/a#b"}, "redirect_path", Problem.REDIRECT_PATH),
        (ENTRA, {"redirect_path": "/a b"}, "redirect_path", Problem.REDIRECT_PATH),
        (ENTRA, {"redirect_path": "/50%"}, "redirect_path", Problem.REDIRECT_PATH),
        (ENTRA, {"redirect_path": "/."}, "redirect_path", Problem.REDIRECT_PATH),
        (ENTRA, {"redirect_path": "/a/../b"}, "redirect_path", Problem.REDIRECT_PATH),
        (ENTRA, {"redirect_path": "/a/%2E%2e"}, "redirect_path", Problem.REDIRECT_PATH),
        (ENTRA, {"redirect_path": "/.%2e/a"}, "redirect_path", Problem.REDIRECT_PATH),
        (ENTRA, {"redirect_port": 0}, "redirect_port", Problem.OUT_OF_RANGE),
        (ENTRA, {"redirect_port": 65536}, "redirect_port", Problem.OUT_OF_RANGE),
        (ENTRA, {"redirect_port": 80}, "redirect_port", Problem.PORT_RESERVED),
        (ENTRA, {"redirect_port": 6667}, "redirect_port", Problem.PORT_BLOCKED),
        (ENTRA, {"scopes": 'Mail."Read"'}, "scopes", Problem.SCOPE_CHARACTERS),
        (ENTRA, {"scopes": "Mail.Read ÄPFEL"}, "scopes", Problem.SCOPE_CHARACTERS),
        (ENTRA, {"scopes": "https://[outlook/IMAP"}, "scopes", Problem.SCOPE_OF_OTHER_RESOURCE),
        (ENTRA, {"scopes": "https://vault.azure.net/.default"}, "scopes", Problem.SCOPE_OF_OTHER_RESOURCE),
        (ENTRA, {"scopes": f"{EXCHANGE}/IMAP.AccessAsApp"}, "scopes", Problem.SCOPE_FOR_APPLICATIONS),
        (GOOGLE, {"scopes": "https://www.googleapis.com/auth/gmail.readonly"}, "scopes", Problem.SCOPE_NEEDED),
    ],
)  # fmt: skip
def test_each_rule_names_its_field_and_nothing_else(
    good: OAuthProfile, change: dict[str, Any], field: str, problem: Problem
) -> None:
    assert problems(replace(good, **change)) == {(field, problem)}


def test_no_port_or_path_is_asked_for_where_no_browser_comes_back() -> None:
    nonsense: dict[str, Any] = {"redirect_port": 80, "redirect_path": "x?y"}
    assert problems(replace(DAEMON, **nonsense)) == set()
    assert problems(replace(ENTRA, flow=Flow.DEVICE_CODE, **nonsense)) == set()


def test_an_application_may_name_what_only_applications_get() -> None:
    profile = normalised_profile(replace(DAEMON, scopes=f"{EXCHANGE}/IMAP.AccessAsApp"))
    assert problems(profile) == set()
    assert profile.scopes.endswith("/.default")


def test_a_name_is_unique_whatever_its_case() -> None:
    around = Surroundings(profiles={"entra": GOOGLE})
    assert problems(replace(ENTRA, name="ENTRA"), around) == {("name", Problem.NOT_UNIQUE)}


def test_every_text_field_of_a_profile_is_bounded() -> None:
    texts: dict[str, Any] = dict.fromkeys(PROFILE_TEXTS, "x" * 2001)
    too_long = {field for field, problem in problems(replace(ENTRA, **texts)) if problem is Problem.TOO_LONG}
    assert too_long == set(PROFILE_TEXTS)


def test_a_profile_of_graph_accounts_stays_microsofts() -> None:
    account = IncomingAccount(
        name="boss",
        type=AccountType.MSGRAPH,
        username="boss@example.org",
        authentication=Authentication.OAUTH2,
        oauth_profile="OWN",
    )
    by_imap = replace(account, type=AccountType.IMAPS)
    assert problems(OWN, Surroundings(accounts=(account,))) == {("provider", Problem.PROVIDER_IN_USE)}
    assert problems(OWN, Surroundings(accounts=(by_imap,))) == set()
    assert problems(replace(ENTRA, name="own"), Surroundings(accounts=(account,))) == set()


@pytest.mark.parametrize("text", ["https://[", "https://[::1", "://", "https://a:b", "\\", "%", "//", "https://ä ö"])
def test_what_is_being_typed_is_a_fault_and_no_crash(text: str) -> None:
    names = set(PROFILE_TEXTS) - {"name", "comment", "ca_file"}
    for good in (ENTRA, GOOGLE, OWN):
        for name in names:
            one_wrong: dict[str, Any] = {name: text}
            profile_faults(normalised_profile(replace(good, **one_wrong)), Surroundings())
        all_wrong: dict[str, Any] = dict.fromkeys(names, text)
        assert problems(normalised_profile(replace(good, **all_wrong)))


def test_what_was_pasted_is_stored_without_what_came_along() -> None:
    pasted = replace(
        WITH_SECRET,
        name=" entra ",
        client_id=f" {GUID}\n",
        tenant=f"\t{OTHER}",
        instance_url=" https://login.microsoftonline.com ",
        scopes="openid, profile\noffline_access;IMAP.AccessAsUser.All  Mail.Read",
    )
    stored = normalised_profile(pasted)
    assert problems(stored) == set()
    assert (stored.name, stored.client_id, stored.tenant) == ("entra", GUID, OTHER)
    assert stored.scopes == f"{EXCHANGE}/IMAP.AccessAsUser.All Mail.Read"
    assert normalised_profile(stored) == stored


def test_the_preset_of_rexpondo_is_accepted_and_put_in_order() -> None:
    preset = f"{EXCHANGE}/IMAP.AccessAsUser.All Mail.Read openid User.Read profile email openid offline_access"
    stored = normalised_profile(replace(ENTRA, scopes=preset))
    assert problems(stored) == set()
    assert stored.scopes == f"{EXCHANGE}/IMAP.AccessAsUser.All Mail.Read User.Read"


KEY = "-----BEGIN PRIVATE KEY-----\nMII=\n-----END PRIVATE KEY-----\n"
RSA_KEY = KEY.replace("PRIVATE", "RSA PRIVATE")
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----\n"


@pytest.mark.parametrize(
    ("profile", "credential", "problem"),
    [
        (WITH_SECRET, MICROSOFT_SECRET, None),
        (WITH_SECRET, "a ~ + % b", None),
        (GOOGLE, "GOCSPX-abcdefghijklmnopqrstuvwxyz12", None),
        (replace(OWN, client_authentication=ClientAuthentication.SECRET), GUID, None),
        (WITH_SECRET, "", Problem.REQUIRED),
        (WITH_SECRET, OTHER, Problem.SECRET_IS_ID),
        (WITH_SECRET, GUID, Problem.SECRET_IS_CLIENT_ID),
        (GOOGLE, "9" + GOOGLE_ID, Problem.SECRET_IS_CLIENT_ID),
        (WITH_SECRET, MICROSOFT_SECRET + "\n", Problem.SECRET_WITH_BLANKS),
        (WITH_SECRET, " " + MICROSOFT_SECRET, Problem.SECRET_WITH_BLANKS),
        (WITH_SECRET, "a\nb", Problem.CONTROL_CHARACTERS),
        (WITH_SECRET, KEY.strip(), Problem.SECRET_IS_CERTIFICATE),
        (ENTRA, MICROSOFT_SECRET, Problem.SECRET_NOT_USED),
        (WITH_CERTIFICATE, KEY + CERTIFICATE, None),
        (WITH_CERTIFICATE, "Bag Attributes\n" + CERTIFICATE + RSA_KEY, None),
        (WITH_CERTIFICATE, MICROSOFT_SECRET, Problem.NOT_PEM),
        (WITH_CERTIFICATE, KEY, Problem.PEM_WITHOUT_CERTIFICATE),
        (WITH_CERTIFICATE, CERTIFICATE, Problem.PEM_WITHOUT_KEY),
        (WITH_CERTIFICATE, CERTIFICATE + KEY.replace("PRIVATE", "ENCRYPTED PRIVATE"), Problem.PEM_ENCRYPTED),
        (
            WITH_CERTIFICATE,
            CERTIFICATE + RSA_KEY.replace("KEY-----\nMII", "KEY-----\nProc-Type: 4,ENCRYPTED\n\nMII"),
            Problem.PEM_ENCRYPTED,
        ),
    ],
)
def test_a_credential_is_looked_at_before_it_is_kept(
    profile: OAuthProfile, credential: str, problem: Problem | None
) -> None:
    faults = profile_faults(profile, Surroundings(), Secret(credential))
    assert [fault.problem for fault in faults] == ([problem] if problem else [])
    for fault in faults:
        certificate = profile.client_authentication is ClientAuthentication.CERTIFICATE
        assert fault.field == ("client_certificate" if certificate else "client_secret")
        assert dict(fault.facts) == {}


@pytest.mark.parametrize("kind", list(CREDENTIAL_FIELDS))
def test_what_a_profile_does_not_ask_for_is_not_kept(kind: SecretKind) -> None:
    wanted = {SecretKind.CLIENT_SECRET: WITH_SECRET, SecretKind.CLIENT_CERTIFICATE: WITH_CERTIFICATE}
    good = {SecretKind.CLIENT_SECRET: MICROSOFT_SECRET, SecretKind.CLIENT_CERTIFICATE: KEY + CERTIFICATE}
    for asked, profile in wanted.items():
        faults = credential_faults(profile, Secret(good[kind]), kind)
        assert [(fault.field, fault.problem) for fault in faults] == (
            [] if asked is kind else [(CREDENTIAL_FIELDS[kind], Problem.SECRET_NOT_USED)]
        )
