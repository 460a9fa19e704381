"""Both clients, and answers that no provider in its right mind gives: no secret goes on, nothing raw gets out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest

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

from .provider import Said, ScriptedProvider, scripted_provider
from .test_identity import GOOD, TENANT, token

REDIRECT = "http://127.0.0.1:9/"
SCOPE = "https://outlook.office.com/IMAP.AccessAsUser.All"
REQUEST = SignInRequest(Use.IMAP, (SCOPE,), "orders@example.org")
REFRESH = "refresh-token-1234567890"
GRANTED = {"access_token": "a-token", "token_type": "Bearer", "refresh_token": REFRESH, "expires_in": 3600}
DEVICE = {
    "user_code": "ABCD", "device_code": "device-code-123", "verification_uri": "https://x.example/", "expires_in": 900,
    "interval": 1,
}  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScriptedProvider]:
    with scripted_provider(tmp_path_factory.mktemp("provider")) as server:
        yield server


@dataclass
class Desk:
    """One kind of profile at a provider whose answers are scripted."""

    server: ScriptedProvider
    profile: OAuthProfile
    issuer: str
    cache: str

    def client(self, **values: Any) -> OAuthClient:
        return open_client(replace(self.profile, **values), Secret("client-secret-1234567890"))

    def id_token(self, **claims: Any) -> str:
        now = int(datetime.now(UTC).timestamp())
        told = {"iss": self.issuer, "aud": "client-1234", "exp": now + 900, "iat": now, "nbf": None, "nonce": None}
        return token(**{**told, **claims})

    def begin(self, client: OAuthClient) -> PendingSignIn:
        return client.begin(REQUEST, REDIRECT)

    def complete(self, client: OAuthClient, pending: PendingSignIn, **answer: object) -> Grant:
        self.server.answers["/token"] = Said({**GRANTED, **answer})
        return client.complete(pending, {"state": pending.state, "code": "code-1234567890"})


def microsofts_cache() -> str:
    account = {
        "home_account_id": "u.t", "environment": "localhost", "realm": TENANT, "local_account_id": "u",
        "username": "orders@example.org", "authority_type": "MSSTS",
    }  # fmt: skip
    refresh = {
        "credential_type": "RefreshToken", "secret": REFRESH, "home_account_id": "u.t", "environment": "localhost",
        "client_id": "client-1234", "target": SCOPE, "last_modification_time": "1700000000",
    }  # fmt: skip
    return json.dumps({"Account": {"a": account}, "RefreshToken": {"r": refresh}})


@pytest.fixture(params=[Provider.CUSTOM, Provider.MICROSOFT], ids=str)
def desk(request: pytest.FixtureRequest, server: ScriptedProvider) -> Desk:
    server.answers.clear()
    server.asked.clear()
    microsoft = request.param is Provider.MICROSOFT
    issuer = f"{server.url}/{TENANT}/v2.0" if microsoft else server.url
    where = f"/{TENANT}/v2.0/.well-known/openid-configuration" if microsoft else "/.well-known/openid-configuration"
    server.answers[where] = Said({
        "issuer": issuer, "authorization_endpoint": f"{server.url}/authorize", "token_endpoint": f"{server.url}/token",
        "device_authorization_endpoint": f"{server.url}/device",
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
    })  # fmt: skip
    places: dict[str, Any] = (
        {"instance_url": server.url, "tenant": TENANT} if microsoft else {"discovery_url": server.url}
    )
    profile = OAuthProfile(
        name="Desk", provider=request.param, client_id="client-1234", ca_file=server.ca_file,
        client_authentication=ClientAuthentication.SECRET, **places,
    )  # fmt: skip
    return Desk(server, profile, issuer, microsofts_cache() if microsoft else json.dumps({"refresh_token": REFRESH}))


def refusal(work: Callable[[], object]) -> UserFixableError:
    with pytest.raises(UserFixableError) as caught:
        work()
    assert caught.value.__cause__ is None
    return caught.value


def go(desk: Desk, client: OAuthClient, way: str) -> object:
    """Have a client ask for a token, or for a device's code."""
    match way:
        case "refresh":
            return client.refresh(REQUEST, Secret(desk.cache))
        case "code":
            pending = desk.begin(client)
            return client.complete(pending, {"state": pending.state, "code": "code-1234567890"})
        case "application":
            return client.for_application(REQUEST)
        case "device":
            return client.begin_device(REQUEST)
        case _:
            return client.complete_device(client.begin_device(REQUEST), lambda: False)


def posted(server: ScriptedProvider) -> list[str]:
    return [asked.path for asked in server.asked if asked.method == "POST"]


# --- redirects of what secrets are sent to ---


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("way", ["refresh", "code", "application", "device", "poll"])
def test_secrets_are_not_sent_on(desk: Desk, way: str, status: int) -> None:
    moved = Said({"error": "slow_down"}, status, {"Location": f"{desk.server.url}/elsewhere?x=y"})
    desk.server.answers["/elsewhere"] = Said({**GRANTED, **DEVICE})
    desk.server.answers["/token"] = moved
    desk.server.answers["/device"] = moved if way == "device" else Said(DEVICE)
    client = desk.client(flow=Flow.CLIENT_CREDENTIALS) if way == "application" else desk.client()
    error = refusal(lambda: go(desk, client, way))
    assert (error.code, error.facts["check"]) == (Code.OAUTH_BAD_ANSWER, "format")
    assert f"HTTP {status}" in error.facts["found"]
    assert "localhost" in error.facts["found"], "where it was to go"
    assert "x=y" not in str(error)
    assert "/elsewhere" not in posted(desk.server)
    assert not any(asked.path.startswith("/elsewhere") for asked in desk.server.asked)


# --- answers of a device sign-in, elsewhere and broken ---


@pytest.mark.parametrize("error", ["slow_down", "authorization_pending"])
@pytest.mark.parametrize("way", ["refresh", "code", "application", "device"])
def test_to_wait_is_an_answer_of_the_device_sign_in_alone(desk: Desk, way: str, error: str) -> None:
    desk.server.answers["/token"] = desk.server.answers["/device"] = Said({"error": error}, 400)
    client = desk.client(flow=Flow.CLIENT_CREDENTIALS) if way == "application" else desk.client()
    refused = refusal(lambda: go(desk, client, way))
    assert (refused.code, refused.facts["detail"]) == (Code.OAUTH_UNAVAILABLE, error)


@pytest.mark.parametrize(
    "answer",
    [
        {"expires_in": None}, {"expires_in": "soon"}, {"expires_in": 1e300}, {"expires_in": []}, {"user_code": None},
        {"device_code": None}, {"device_code": ""}, {"verification_uri": None}, {"verification_uri": 5},
    ],
    ids=str,
)  # fmt: skip
def test_a_device_answer_that_is_broken(desk: Desk, answer: dict[str, object]) -> None:
    desk.server.answers["/device"] = Said({**DEVICE, **answer})
    error = refusal(lambda: desk.client().begin_device(REQUEST))
    assert (error.code, error.facts["check"]) == (Code.OAUTH_BAD_ANSWER, "format")
    assert "device-code-123" not in str(error)


# --- who signed in ---


def test_a_good_id_token_is_believed(desk: Desk) -> None:
    client = desk.client()
    pending = desk.begin(client)
    grant = desk.complete(client, pending, id_token=desk.id_token(nonce=nonce_of(pending)))
    assert grant.identity is not None
    assert grant.identity.address == GOOD["email"]


@pytest.mark.parametrize(
    ("claims", "check"),
    [
        ({"nonce": "another-nonce"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"nonce": ["x"]}, "nonce"),
        ({"nonce": "\ud800"}, "format"),
        ({"sub": "\udfff"}, "format"),
        ({"email": "\ud800@example.org"}, "format"),
        ({"iss": "https://evil.example"}, "issuer"),
        ({"aud": "another"}, "audience"),
    ],
)
def test_an_id_token_that_is_wrong_is_called_what_it_is(desk: Desk, claims: dict[str, Any], check: str) -> None:
    client = desk.client()
    pending = desk.begin(client)
    told = {"nonce": nonce_of(pending), **claims}
    error = refusal(lambda: desk.complete(client, pending, id_token=desk.id_token(**told)))
    assert (error.code, error.facts["check"]) == (Code.OAUTH_BAD_ANSWER, check)
    assert nonce_of(pending) not in str(error)


def nonce_of(pending: PendingSignIn) -> str:
    return pending.link.partition("nonce=")[2].partition("&")[0]


def test_what_cannot_be_written_down_is_no_answer(desk: Desk) -> None:
    client = desk.client()
    desk.server.answers["/token"] = Said({**GRANTED, "scope": "\ud800"})
    error = refusal(lambda: client.refresh(REQUEST, Secret(desk.cache)))
    assert (error.code, error.facts["check"]) == (Code.OAUTH_BAD_ANSWER, "format")


def test_a_sign_in_that_has_begun_does_not_show_what_is_secret_in_it(desk: Desk) -> None:
    pending = desk.begin(desk.client())
    desk.server.answers["/device"] = Said(DEVICE)
    device = desk.client().begin_device(REQUEST)
    shown = repr(pending.details) + repr(device.details)
    for hidden in (pending.state, nonce_of(pending), "device-code-123", "code_verifier=", "code_verifier'"):
        assert hidden not in shown


# --- a device sign-in by a profile with a secret ---


@pytest.mark.parametrize("flow", [Flow.AUTHORIZATION_CODE, Flow.DEVICE_CODE])
def test_a_device_sign_in_is_renewed_in_the_way_it_was_got(desk: Desk, flow: Flow) -> None:
    """Microsoft takes a device for a public client, and refuses its refresh token with a secret (AADSTS700025)."""
    info = {"uid": "u", "utid": TENANT}
    granted = {**GRANTED, "id_token": desk.id_token(oid="u"), "client_info": base64url(info), "scope": SCOPE}
    client = desk.client(flow=flow)
    desk.server.answers["/device"], desk.server.answers["/token"] = Said(DEVICE), Said(granted)
    first = client.complete_device(client.begin_device(REQUEST), lambda: False)
    second = client.refresh(REQUEST, first.cache)
    client.refresh(REQUEST, second.cache)
    proofs = [asked.form.get("client_secret") for asked in desk.server.asked if asked.path == "/token"]
    assert len(proofs) == 3
    assert len(set(proofs)) == 1
    assert (proofs[0] is None) is (desk.profile.provider is Provider.MICROSOFT)


def test_a_sign_in_in_the_browser_is_renewed_with_the_secret(desk: Desk) -> None:
    desk.server.answers["/token"] = Said(GRANTED)
    desk.client().refresh(REQUEST, Secret(desk.cache))
    assert desk.server.asked[-1].form["client_secret"] == "client-secret-1234567890"


def base64url(value: object) -> str:
    """As Microsoft sends client_info."""
    return token(**dict.fromkeys(GOOD), **value).split(".")[1]  # type: ignore[arg-type]
