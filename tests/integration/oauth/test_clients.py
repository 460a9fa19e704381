"""Both clients against a certified OpenID provider: every flow, every way to prove who we are, and every bad day."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from mailadmin import diagnostics
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.oauth import (
    ClientAuthentication,
    Flow,
    Grant,
    OAuthProfile,
    PendingSignIn,
    Provider,
    SignInRequest,
    Use,
)
from mailadmin.domain.ports import OAuthClient
from mailadmin.domain.secrets import Secret
from mailadmin.oauth.client import open_client
from tests.servers.openid import (
    DAEMON,
    DAEMON_CERTIFICATE,
    DESKTOP,
    DESKTOP_BASIC,
    DESKTOP_CERTIFICATE,
    DESKTOP_SECRET,
    IMAP_SCOPE,
    SECRETS,
    WEB,
    OpenIdProvider,
)

LOGIN = "orders@example.org"
REDIRECT = "http://127.0.0.1:9/callback"  # nobody listens there: the answer is handed on by the test
REQUEST = SignInRequest(Use.IMAP, (IMAP_SCOPE,), LOGIN)
APPLICATION = SignInRequest(Use.IMAP, ("https://outlook.office365.com/.default",))
GARBAGE = "<html>Sign in to the hotel's network</html>"

NONE, SECRET, CERTIFICATE = ClientAuthentication
Make = Callable[..., OAuthProfile]


@pytest.fixture(params=[Provider.CUSTOM, Provider.MICROSOFT], ids=str)
def profile(request: pytest.FixtureRequest, openid_provider: OpenIdProvider) -> OAuthProfile:
    """A profile at the provider, as a Microsoft tenant and as any OpenID provider."""
    return profile_at(openid_provider, request.param)


def profile_at(provider: OpenIdProvider, kind: Provider, **values: Any) -> OAuthProfile:
    places: dict[str, Any] = {
        Provider.CUSTOM: {"discovery_url": provider.discovery_url},
        Provider.MICROSOFT: {"instance_url": provider.instance, "tenant": provider.tenant},
    }[kind]
    common = {"name": "Desk", "provider": kind, "client_id": DESKTOP, "ca_file": provider.ca_file}
    return OAuthProfile(**{**common, **places, **values})


def confidential(profile: OAuthProfile, client: str, kind: ClientAuthentication = SECRET) -> OAuthProfile:
    return replace(profile, client_id=client, client_authentication=kind)


def begin(
    client: OAuthClient, provider: OpenIdProvider, redirect: str = REDIRECT
) -> tuple[PendingSignIn, dict[str, str]]:
    """Begin a sign-in and let somebody finish it; what comes back."""
    pending = client.begin(REQUEST, redirect)
    return pending, dict(provider.sign_in(pending.link, LOGIN, deliver=False).parameters)


def signed_in(client: OAuthClient, provider: OpenIdProvider, redirect: str = REDIRECT) -> Grant:
    return client.complete(*begin(client, provider, redirect))


def refusal(work: Callable[[], object]) -> UserFixableError:
    with pytest.raises(UserFixableError) as caught:
        work()
    return caught.value


# --- the authorization code flow ---


def test_a_person_signs_in_and_the_sign_in_renews_itself(
    profile: OAuthProfile, openid_provider: OpenIdProvider
) -> None:
    client = open_client(profile, None)
    first = signed_in(client, openid_provider)
    assert first.identity is not None
    assert first.identity.address == LOGIN
    assert IMAP_SCOPE in first.granted
    assert first.renewable
    second = client.refresh(REQUEST, first.cache)
    third = client.refresh(REQUEST, second.cache)
    assert len({grant.access_token.reveal() for grant in (first, second, third)}) == 3
    assert len({grant.cache.reveal() for grant in (first, second, third)}) == 3
    assert third.renewable


def test_what_is_asked_for(profile: OAuthProfile, openid_provider: OpenIdProvider) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pending = open_client(profile, None).begin(REQUEST, REDIRECT)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(pending.link).query).items()}
    assert asked["code_challenge_method"] == "S256"
    assert asked["login_hint"] == LOGIN
    assert asked["redirect_uri"] == pending.redirect_uri == REDIRECT
    assert asked["state"] == pending.state
    assert len(pending.state) >= 16
    assert len(asked["nonce"]) >= 16
    assert {"openid", "offline_access", IMAP_SCOPE} <= set(asked["scope"].split())
    expected = "login consent" if profile.provider is Provider.CUSTOM else "select_account"
    assert asked["prompt"] == expected
    assert asked.get("response_mode", "query") == "query"  # else there is nothing to paste


def test_an_answer_by_form_is_as_good(openid_provider: OpenIdProvider) -> None:
    client = open_client(profile_at(openid_provider, Provider.MICROSOFT), None)
    pending = client.begin(REQUEST, REDIRECT)
    link = pending.link.replace("response_mode=query", "response_mode=form_post")
    came_back = openid_provider.sign_in(link, LOGIN, deliver=False)
    assert came_back.method == "POST"
    assert client.complete(pending, came_back.parameters).identity is not None


@pytest.mark.parametrize("client", [DESKTOP_SECRET, DESKTOP_BASIC, WEB])
def test_a_client_with_a_secret(profile: OAuthProfile, openid_provider: OpenIdProvider, client: str) -> None:
    redirect = f"http://localhost:{openid_provider.web_port}" if client == WEB else REDIRECT
    if client == WEB:
        redirect = web_redirect(openid_provider)
    opened = open_client(confidential(profile, client), Secret(SECRETS[client]))
    grant = signed_in(opened, openid_provider, redirect)
    assert opened.refresh(REQUEST, grant.cache).access_token.reveal()


def web_redirect(provider: OpenIdProvider) -> str:
    return f"http://localhost:{provider.web_port}/oauth2"


def test_a_client_with_a_certificate(openid_provider: OpenIdProvider) -> None:
    profile = profile_at(openid_provider, Provider.MICROSOFT)
    client = open_client(
        confidential(profile, DESKTOP_CERTIFICATE, CERTIFICATE), Secret(openid_provider.client_certificate)
    )
    grant = signed_in(client, openid_provider)
    assert client.refresh(REQUEST, grant.cache).access_token.reveal()


@pytest.mark.parametrize("tenant", ["common", "organizations"])
def test_a_shared_sign_in_page_leads_to_the_persons_own_tenant(openid_provider: OpenIdProvider, tenant: str) -> None:
    client = open_client(profile_at(openid_provider, Provider.MICROSOFT, tenant=tenant), None)
    grant = signed_in(client, openid_provider)
    assert grant.identity is not None
    assert grant.identity.tenant == openid_provider.tenant
    assert client.refresh(REQUEST, grant.cache).renewable
    openid_provider.set(idToken={"tid": "99999999-0000-4000-8000-000000000001"})
    error = refusal(lambda: signed_in(client, openid_provider))
    assert error.facts["check"] == "issuer"


def test_a_provider_without_discovery_gets_what_the_profile_names(openid_provider: OpenIdProvider) -> None:
    profile = OAuthProfile(
        name="Desk", provider=Provider.CUSTOM, client_id=DESKTOP, ca_file=openid_provider.ca_file,
        authorization_url=openid_provider.authorization_url, token_url=openid_provider.token_url,
        device_url=openid_provider.device_url, scopes=f"openid email offline_access {IMAP_SCOPE}",
    )  # fmt: skip
    client = open_client(profile, None)
    request = replace(REQUEST, scopes=("openid", "email", "offline_access", IMAP_SCOPE))
    pending = client.begin(request, REDIRECT)
    grant = client.complete(pending, openid_provider.sign_in(pending.link, LOGIN, deliver=False).parameters)
    assert grant.identity is not None
    assert client.refresh(request, grant.cache).access_token.reveal()
    plain = client.begin(REQUEST, REDIRECT)
    assert parse_qs(urlsplit(plain.link).query)["scope"] == [IMAP_SCOPE]
    assert "nonce" not in plain.link


def test_large_tokens(profile: OAuthProfile, openid_provider: OpenIdProvider) -> None:
    openid_provider.set(tokenBits=16000)
    client = open_client(profile, None)
    grant = signed_in(client, openid_provider)
    assert len(grant.access_token.reveal()) > 2600
    assert len(client.refresh(REQUEST, grant.cache).access_token.reveal()) > 2600
    assert len(grant.cache.reveal()) < 4000, "access tokens are not kept in the cache"


def test_without_a_refresh_token_a_sign_in_is_not_renewable(
    profile: OAuthProfile, openid_provider: OpenIdProvider
) -> None:
    openid_provider.set(refreshTokens=False)
    client = open_client(profile, None)
    grant = signed_in(client, openid_provider)
    assert not grant.renewable
    error = refusal(lambda: client.refresh(REQUEST, grant.cache))
    assert error.code is Code.OAUTH_REFUSED
    assert error.facts["cause"] == "nothing-kept"


def test_fewer_scopes_than_asked_for_are_told_and_can_be_renewed(
    profile: OAuthProfile, openid_provider: OpenIdProvider
) -> None:
    openid_provider.set(withhold=["profile", "email"])
    client = open_client(profile, None)
    grant = signed_in(client, openid_provider)
    assert not {"profile", "email"} & set(grant.granted)


@pytest.mark.parametrize("cache", ["", "{", "[]", "null", '{"refresh_token": 5}', "{}"])
def test_a_cache_that_cannot_be_read_asks_for_a_new_sign_in(
    profile: OAuthProfile, openid_provider: OpenIdProvider, cache: str
) -> None:
    error = refusal(lambda: open_client(profile, None).refresh(REQUEST, Secret(cache)))
    assert error.code is Code.OAUTH_REFUSED
    assert error.facts["cause"] == "nothing-kept"
    assert openid_provider.seen("token") == []


# --- the device code flow, and client credentials ---


def test_a_device_signs_in(profile: OAuthProfile, openid_provider: OpenIdProvider) -> None:
    client = open_client(profile, None)
    pending = client.begin_device(REQUEST)
    assert pending.verification_uri.startswith(openid_provider.instance)
    assert pending.user_code in pending.verification_uri_complete
    openid_provider.enter_device_code(pending.user_code, LOGIN)
    grant = client.complete_device(pending, lambda: False)
    assert grant.identity is not None
    assert grant.identity.address == LOGIN
    assert client.refresh(REQUEST, grant.cache).renewable


def test_a_device_waits_until_somebody_acts(profile: OAuthProfile, openid_provider: OpenIdProvider) -> None:
    client = open_client(profile, None)
    pending = client.begin_device(REQUEST)

    def act() -> bool:
        if openid_provider.seen("token") and not acted:
            acted.append(openid_provider.enter_device_code(pending.user_code, LOGIN))
        return False

    acted: list[str] = []
    assert client.complete_device(pending, act).identity is not None
    assert [call.error for call in openid_provider.seen("token")] == ["authorization_pending", ""]


def test_a_device_is_told_no(profile: OAuthProfile, openid_provider: OpenIdProvider) -> None:
    client = open_client(profile, None)
    pending = client.begin_device(REQUEST)
    openid_provider.enter_device_code(pending.user_code, LOGIN, deny=True)
    error = refusal(lambda: client.complete_device(pending, lambda: False))
    assert error.code is Code.OAUTH_REFUSED
    assert error.facts["cause"] == "access-denied"


def test_a_device_sign_in_is_stopped(profile: OAuthProfile) -> None:
    client = open_client(profile, None)
    pending = client.begin_device(REQUEST)
    assert refusal(lambda: client.complete_device(pending, lambda: True)).code is Code.STOPPED


def test_a_provider_without_devices(profile: OAuthProfile, openid_provider: OpenIdProvider) -> None:
    openid_provider.set(discovery={"device_authorization_endpoint": None})
    error = refusal(lambda: open_client(profile, None).begin_device(REQUEST))
    assert error.facts["cause"] == "no-device-code"


def test_an_application_signs_in_by_itself(profile: OAuthProfile, openid_provider: OpenIdProvider) -> None:
    daemon = replace(confidential(profile, DAEMON), flow=Flow.CLIENT_CREDENTIALS)
    client = open_client(daemon, Secret(SECRETS[DAEMON]))
    first, second = client.for_application(APPLICATION), client.for_application(APPLICATION)
    assert first.access_token != second.access_token, "the provider is always asked"
    assert first.identity is None
    assert first.renewable


def test_an_application_signs_in_by_its_certificate(openid_provider: OpenIdProvider) -> None:
    daemon = profile_at(openid_provider, Provider.MICROSOFT, flow=Flow.CLIENT_CREDENTIALS)
    client = open_client(
        confidential(daemon, DAEMON_CERTIFICATE, CERTIFICATE), Secret(openid_provider.client_certificate)
    )
    assert client.for_application(APPLICATION).access_token.reveal()


@pytest.mark.parametrize("tenant", ["", "common", "Organizations", "consumers"])
def test_an_application_needs_one_tenant(openid_provider: OpenIdProvider, tenant: str) -> None:
    daemon = profile_at(openid_provider, Provider.MICROSOFT, tenant=tenant, flow=Flow.CLIENT_CREDENTIALS)
    client = open_client(confidential(daemon, DAEMON), Secret(SECRETS[DAEMON]))
    assert refusal(lambda: client.for_application(APPLICATION)).facts["cause"] == "tenant-needed"


# --- a no ---


def test_somebody_says_no(profile: OAuthProfile, openid_provider: OpenIdProvider) -> None:
    client = open_client(profile, None)
    pending = client.begin(REQUEST, REDIRECT)
    came_back = openid_provider.deny(pending.link, LOGIN, deliver=False)
    error = refusal(lambda: client.complete(pending, came_back.parameters))
    assert error.code is Code.OAUTH_REFUSED
    assert error.facts["cause"] == "access-denied"
    assert error.facts["mailbox"] == LOGIN
    assert openid_provider.seen("token") == []


@pytest.mark.parametrize("secret", ["wrong", "w%2Brong + ~ä"])
def test_a_wrong_secret(profile: OAuthProfile, openid_provider: OpenIdProvider, secret: str) -> None:
    client = open_client(confidential(profile, DESKTOP_SECRET), Secret(secret))
    error = refusal(lambda: signed_in(client, openid_provider))
    assert error.code is Code.OAUTH_REFUSED
    assert error.facts["error"] == "invalid_client"
    assert error.facts["cause"] == "client-refused"
    assert error.facts["client_id"] == DESKTOP_SECRET


@pytest.mark.parametrize(("kind", "client"), [(SECRET, DESKTOP_SECRET), (CERTIFICATE, DESKTOP_CERTIFICATE)])
def test_no_secret_at_hand(openid_provider: OpenIdProvider, kind: ClientAuthentication, client: str) -> None:
    profile = confidential(profile_at(openid_provider, Provider.MICROSOFT), client, kind)
    error = refusal(lambda: open_client(profile, None).begin(REQUEST, REDIRECT))
    assert error.code is Code.NO_CLIENT_SECRET
    assert error.facts == {"profile": "Desk", "kind": kind.value}


def test_a_bad_certificate(openid_provider: OpenIdProvider) -> None:
    profile = confidential(profile_at(openid_provider, Provider.MICROSOFT), DESKTOP_CERTIFICATE, CERTIFICATE)
    error = refusal(lambda: open_client(profile, Secret("no PEM")).begin(REQUEST, REDIRECT))
    assert error.code is Code.BAD_CLIENT_CERTIFICATE


def test_a_revoked_sign_in_is_refused_each_time_and_asked_for_each_time(
    profile: OAuthProfile, openid_provider: OpenIdProvider
) -> None:
    client = open_client(profile, None)
    grant = signed_in(client, openid_provider)
    openid_provider.revoke(LOGIN)
    asked = len(openid_provider.seen("token"))
    for _ in range(2):
        error = refusal(lambda: client.refresh(REQUEST, grant.cache))
        assert error.code is Code.OAUTH_REFUSED
        assert error.facts["error"] == "invalid_grant"
    assert len(openid_provider.seen("token")) == asked + 2, "nothing is answered from a memory of the first refusal"


def test_what_microsoft_says_is_recognised_and_kept(profile: OAuthProfile, openid_provider: OpenIdProvider) -> None:
    client = open_client(profile, None)
    grant = signed_in(client, openid_provider)
    words = "AADSTS50173: The provided grant has expired due to it being revoked. Trace ID: 1f"
    openid_provider.fail("token", 400, {"error": "invalid_grant", "error_description": words, "suberror": "bad_token"})
    error = refusal(lambda: client.refresh(REQUEST, grant.cache))
    assert error.facts["cause"] == "password-changed"
    assert error.server == f"invalid_grant: {words}"


def test_a_tenant_that_does_not_exist(openid_provider: OpenIdProvider) -> None:
    words = "AADSTS90002: Tenant 'nowhere' not found."
    openid_provider.fail("discovery", 400, {"error": "invalid_tenant", "error_description": words})
    client = open_client(profile_at(openid_provider, Provider.MICROSOFT), None)
    assert refusal(lambda: client.begin(REQUEST, REDIRECT)).facts["cause"] == "tenant-unknown"


# --- a provider that is away ---


@pytest.mark.parametrize("endpoint", ["discovery", "token"])
@pytest.mark.parametrize(
    ("status", "body"),
    [(503, {"error": "temporarily_unavailable"}), (500, "oops"), (429, ""), (502, GARBAGE)],
    ids=str,
)
def test_a_provider_that_cannot_answer_costs_nothing(
    profile: OAuthProfile, openid_provider: OpenIdProvider, endpoint: str, status: int, body: object
) -> None:
    client = open_client(profile, None)
    grant = signed_in(client, openid_provider)
    openid_provider.fail(endpoint, status, body, headers={"Retry-After": "30"}, times=1)
    error = refusal(lambda: client.refresh(REQUEST, grant.cache))
    assert error.code is Code.OAUTH_UNAVAILABLE
    assert error.facts["host"] == "localhost"
    assert error.facts["retry_after"] == "30"
    assert client.refresh(REQUEST, grant.cache).access_token.reveal(), "trying again works at once"


def test_a_provider_that_is_down(profile: OAuthProfile, openid_provider: OpenIdProvider) -> None:
    client = open_client(profile, None)
    grant = signed_in(client, openid_provider)
    pending, answer = begin(client, openid_provider)
    with openid_provider.down():
        for work in (
            lambda: client.refresh(REQUEST, grant.cache),
            lambda: client.begin(REQUEST, REDIRECT),
            lambda: client.begin_device(REQUEST),
            lambda: client.complete(pending, answer),
        ):
            assert refusal(work).code is Code.OAUTH_UNAVAILABLE
    assert client.complete(pending, answer).renewable


def test_a_provider_that_nobody_vouches_for(profile: OAuthProfile) -> None:
    error = refusal(lambda: open_client(replace(profile, ca_file=""), None).begin(REQUEST, REDIRECT))
    assert error.code is Code.OAUTH_UNAVAILABLE
    assert "certificate" in error.facts["detail"]


# --- answers that are not believed ---


@pytest.mark.parametrize("endpoint", ["discovery", "token"])
@pytest.mark.parametrize(
    "body", [GARBAGE, "", [], {}, {"access_token": 5}, {"access_token": "a", "id_token": "x"}], ids=str
)
def test_garbage(profile: OAuthProfile, openid_provider: OpenIdProvider, endpoint: str, body: object) -> None:
    client = open_client(profile, None)
    pending, answer = begin(client, openid_provider)
    openid_provider.fail(endpoint, 200, body)
    error = refusal(
        lambda: client.complete(pending, answer) if endpoint == "token" else client.begin(REQUEST, REDIRECT)
    )
    assert error.code is Code.OAUTH_BAD_ANSWER
    assert error.facts["check"] in {"format", "issuer"}
    assert error.__cause__ is None


def test_a_code_that_is_used_twice(profile: OAuthProfile, openid_provider: OpenIdProvider) -> None:
    client = open_client(profile, None)
    pending, answer = begin(client, openid_provider)
    client.complete(pending, answer)
    assert refusal(lambda: client.complete(pending, answer)).code is Code.OAUTH_REFUSED


@pytest.mark.parametrize(
    ("answer", "code", "check"),
    [
        ({"state": "forged"}, Code.OAUTH_BAD_ANSWER, "state"),
        ({"state": ""}, Code.OAUTH_BAD_ANSWER, "state"),
        ({"state": "ä"}, Code.OAUTH_BAD_ANSWER, "state"),
        ({"iss": "https://evil.example"}, Code.OAUTH_BAD_ANSWER, "issuer"),
        ({"iss": None}, Code.OAUTH_BAD_ANSWER, "issuer"),
        ({"code": None}, Code.OAUTH_BAD_ANSWER, "format"),
        ({"code": "forged"}, Code.OAUTH_REFUSED, None),
        ({"code": None, "error": "server_error"}, Code.OAUTH_UNAVAILABLE, None),
    ],
)
def test_a_redirect_that_was_tampered_with(
    profile: OAuthProfile, openid_provider: OpenIdProvider, answer: dict[str, str | None], code: Code, check: str | None
) -> None:
    client = open_client(profile, None)
    pending, good = begin(client, openid_provider)
    bad = {name: value for name, value in {**good, **answer}.items() if value is not None}
    error = refusal(lambda: client.complete(pending, bad))
    assert error.code is code
    assert error.facts.get("check") == check


@pytest.mark.parametrize(
    ("claims", "check"),
    [
        ({"aud": "another"}, "audience"),
        ({"iss": "https://evil.example"}, "issuer"),
        ({"nonce": "another"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"exp": 1}, "expiry"),
    ],
)
def test_an_id_token_that_is_wrong(
    profile: OAuthProfile, openid_provider: OpenIdProvider, claims: dict[str, object], check: str
) -> None:
    openid_provider.set(idToken=claims)
    error = refusal(lambda: signed_in(open_client(profile, None), openid_provider))
    assert error.code is Code.OAUTH_BAD_ANSWER
    assert error.facts["check"] == check


@pytest.mark.parametrize(("seconds", "believed"), [(240, True), (-240, True), (400, False), (-4000, False)])
def test_clocks_that_differ(
    profile: OAuthProfile, openid_provider: OpenIdProvider, seconds: int, believed: bool
) -> None:
    openid_provider.set(clockSkew=seconds)
    client = open_client(profile, None)
    if believed:
        assert signed_in(client, openid_provider).identity is not None
    else:
        assert refusal(lambda: signed_in(client, openid_provider)).facts["check"] == "expiry"


def test_a_code_of_another_sign_in_is_of_no_use(profile: OAuthProfile, openid_provider: OpenIdProvider) -> None:
    client = open_client(profile, None)
    mine, _ = begin(client, openid_provider)
    _, theirs = begin(client, openid_provider)
    error = refusal(lambda: client.complete(mine, {**theirs, "state": mine.state}))
    assert error.code is Code.OAUTH_REFUSED, "PKCE binds a code to the one who began"


@pytest.mark.parametrize(
    ("discovery", "check"),
    [
        ({"issuer": "https://evil.example"}, "issuer"),
        ({"token_endpoint": "http://localhost/token"}, "format"),
        ({"authorization_endpoint": None}, "format"),
    ],
)
def test_a_discovery_document_that_is_wrong(
    openid_provider: OpenIdProvider, discovery: dict[str, object], check: str
) -> None:
    openid_provider.set(discovery=discovery)
    client = open_client(profile_at(openid_provider, Provider.CUSTOM), None)
    assert refusal(lambda: client.begin(REQUEST, REDIRECT)).facts["check"] == check


# --- no secret gets out ---


def test_no_secret_is_logged_or_shown(
    profile: OAuthProfile, openid_provider: OpenIdProvider, caplog: pytest.LogCaptureFixture
) -> None:
    secret = Secret(SECRETS[DESKTOP_SECRET])
    opened = open_client(confidential(profile, DESKTOP_SECRET), secret)
    caplog.handler.addFilter(diagnostics.SECRETS)  # as the program's own handlers have it
    with caplog.at_level(logging.DEBUG):
        for name in ("msal", "requests_oauthlib", "oauthlib", "urllib3"):
            logging.getLogger(name).setLevel(logging.DEBUG)  # worse than --debug, which leaves them at WARNING
        try:
            pending, answer = begin(opened, openid_provider)
            grant = opened.complete(pending, answer)
            again = opened.refresh(REQUEST, grant.cache)
            openid_provider.fail("token", 400, {"error": "invalid_grant", "error_description": again.cache.reveal()})
            error = refusal(lambda: opened.refresh(REQUEST, again.cache))
        finally:
            for name in ("msal", "requests_oauthlib", "oauthlib", "urllib3"):
                logging.getLogger(name).setLevel(logging.WARNING)
    caplog.handler.removeFilter(diagnostics.SECRETS)
    shown = " ".join((caplog.text, str(error), repr(error), repr(pending), repr(grant), repr(again)))
    assert caplog.records
    for hidden in (secret.reveal(), answer["code"], grant.access_token.reveal(), again.access_token.reveal()):
        assert hidden not in shown
