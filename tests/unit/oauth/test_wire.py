"""Only answers that are answers get through to the libraries, from nobody but the provider, and in time."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from mailadmin import diagnostics
from mailadmin.domain.errors import Code, MailadminError, UserFixableError
from mailadmin.domain.oauth import OAuthProfile, Provider
from mailadmin.oauth import wire
from mailadmin.oauth.wire import Conversation, provider_session

from .provider import Said, ScriptedProvider, scripted_provider

GARBAGE = "<html>Sign in to the hotel's network</html>"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScriptedProvider]:
    with scripted_provider(tmp_path_factory.mktemp("provider")) as server:
        yield server


@pytest.fixture
def provider(server: ScriptedProvider) -> ScriptedProvider:
    server.answers.clear()
    server.asked.clear()
    return server


def profile(ca_file: str = "") -> OAuthProfile:
    return OAuthProfile(name="Desk", provider=Provider.CUSTOM, client_id="client", ca_file=ca_file)


def ask(
    provider: ScriptedProvider, path: str, form: dict[str, str] | None = None, *, is_waiting: bool = False
) -> requests.Response:
    with provider_session(Conversation(profile(provider.ca_file), "orders@example.org", is_waiting)) as session:
        return session.post(provider.url + path, data=form) if form else session.get(provider.url + path)


def refusal(provider: ScriptedProvider, path: str, form: dict[str, str] | None = None) -> MailadminError:
    with pytest.raises(UserFixableError) as caught:
        ask(provider, path, form)
    assert caught.value.__cause__ is None
    assert caught.value.layer is not None
    return caught.value


def test_a_good_answer_is_passed_on(provider: ScriptedProvider) -> None:
    provider.answers["/token"] = Said({"access_token": "abc"})
    assert ask(provider, "/token", {"code": "c"}).json() == {"access_token": "abc"}


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 408])
def test_a_provider_that_cannot_answer_now_is_not_a_no(provider: ScriptedProvider, status: int) -> None:
    provider.answers["/token"] = Said({"error": "invalid_grant"}, status, {"Retry-After": "17"})
    error = refusal(provider, "/token", {"grant_type": "refresh_token"})
    assert error.code is Code.OAUTH_UNAVAILABLE
    assert error.facts["host"] == "localhost"
    assert error.facts["retry_after"] == "17"
    assert error.server == "invalid_grant"


def test_a_retry_date_counts_as_none(provider: ScriptedProvider) -> None:
    provider.answers["/token"] = Said("", 503, {"Retry-After": "Fri, 20 Nov 2026 12:00:00 GMT"})
    assert refusal(provider, "/token", {"a": "b"}).facts["retry_after"] == ""


def test_a_no_tells_what_it_means_and_about_what(provider: ScriptedProvider) -> None:
    words = "AADSTS700082: The refresh token has expired due to inactivity."
    provider.answers["/token"] = Said({"error": "invalid_grant", "error_description": words}, 400)
    error = refusal(provider, "/token", {"a": "b"})
    assert error.code is Code.OAUTH_REFUSED
    assert error.facts["cause"] == "unused-too-long"
    assert error.facts["error"] == "invalid_grant"
    assert error.facts["mailbox"] == "orders@example.org"
    assert error.server == f"invalid_grant: {words}"


@pytest.mark.parametrize("error", ["temporarily_unavailable", "server_error"])
def test_a_fault_of_the_providers_own_is_no_refusal(provider: ScriptedProvider, error: str) -> None:
    provider.answers["/token"] = Said({"error": error}, 400)
    assert refusal(provider, "/token", {"a": "b"}).code is Code.OAUTH_UNAVAILABLE


@pytest.mark.parametrize("error", ["authorization_pending", "slow_down"])
def test_a_device_that_waits_is_no_error(provider: ScriptedProvider, error: str) -> None:
    provider.answers["/token"] = Said({"error": error}, 400)
    assert ask(provider, "/token", {"a": "b"}, is_waiting=True).json() == {"error": error}
    assert refusal(provider, "/token", {"a": "b"}).code is Code.OAUTH_UNAVAILABLE


@pytest.mark.parametrize("status", [200, 403, 404])
@pytest.mark.parametrize("body", [GARBAGE, "", "[]", "null", "[" * 100_000, "access_token=abc&token_type=bearer"])
def test_what_is_no_json_object_is_no_answer(provider: ScriptedProvider, body: str, status: int) -> None:
    provider.answers["/token"] = Said(body, status, {"Content-Type": "text/html; charset=utf-8"})
    error = refusal(provider, "/token", {"a": "b"})
    assert error.code is Code.OAUTH_BAD_ANSWER
    assert error.facts["check"] == "format"
    assert "text/html" in error.facts["found"]
    assert "abc" not in str(error)


def test_an_answer_without_end_is_cut_off(provider: ScriptedProvider) -> None:
    provider.answers["/token"] = Said({"x": "y" * 2_000_000})
    assert refusal(provider, "/token", {"a": "b"}).code is Code.OAUTH_BAD_ANSWER


def test_an_answer_that_trickles_is_given_up(provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch) -> None:
    pause = threading.Event()
    provider.answers["/token"] = Said({"x": "y" * 100}, pause=pause)
    monkeypatch.setattr(wire, "_READ", 0.2)
    try:
        error = refusal(provider, "/token", {"a": "b"})
    finally:
        pause.set()
    assert error.code is Code.OAUTH_UNAVAILABLE
    assert error.facts["detail"] == "no answer in time"


def test_nobody_there(provider: ScriptedProvider) -> None:
    with provider_session(Conversation(profile())) as session, pytest.raises(UserFixableError) as caught:
        session.get("https://localhost:1/")
    assert caught.value.code is Code.OAUTH_UNAVAILABLE
    assert caught.value.facts == {"host": "localhost", "detail": "Connection refused", "retry_after": ""}
    with provider_session(Conversation(profile())) as session, pytest.raises(UserFixableError) as caught:
        session.get("https://no-such-host.invalid/")
    assert caught.value.code is Code.OAUTH_UNAVAILABLE


def test_a_certificate_that_is_not_trusted_ends_it(provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", provider.ca_file)  # requests would believe it
    monkeypatch.setenv("CURL_CA_BUNDLE", provider.ca_file)
    with provider_session(Conversation(profile())) as session, pytest.raises(UserFixableError) as caught:
        session.post(provider.url + "/token", data={"client_secret": "s"})
    assert caught.value.code is Code.OAUTH_UNAVAILABLE
    assert "certificate" in caught.value.facts["detail"]
    assert caught.value.facts["tls"] == "yes", "waiting does not mend it"
    assert provider.asked == []


def test_a_ca_file_replaces_what_the_system_trusts(tmp_path: Path, provider: ScriptedProvider) -> None:
    with pytest.raises(UserFixableError) as caught:
        provider_session(Conversation(profile(str(tmp_path / "none.pem"))))
    assert caught.value.code is Code.TLS_CA_FILE


def test_nobody_but_the_ca_file_is_believed(provider: ScriptedProvider) -> None:
    provider.answers["/token"] = Said({})
    with provider_session(Conversation(profile(provider.ca_file))) as session:
        session.get(provider.url + "/token")
        adapter = session.get_adapter(provider.url)
        assert isinstance(adapter, wire._ProviderAdapter)
        assert adapter._context.cert_store_stats()["x509_ca"] == 1, "the certificates of certifi were added"


def test_plain_http_is_never_spoken(provider: ScriptedProvider) -> None:
    with provider_session(Conversation(profile())) as session, pytest.raises(UserFixableError) as caught:
        session.post("http://localhost:1/token?x=y", data={"client_secret": "s"})
    assert caught.value.facts == {"check": "format", "expected": "https", "found": "http://localhost:1/token"}


def test_a_document_that_moved_is_followed_but_a_secret_is_not_sent_on(provider: ScriptedProvider) -> None:
    provider.answers["/moved"] = Said("", 307, {"Location": "/there"})
    provider.answers["/there"] = Said({"issuer": "x"})
    assert ask(provider, "/moved").json() == {"issuer": "x"}
    assert refusal(provider, "/moved", {"client_secret": "s"}).code is Code.OAUTH_BAD_ANSWER
    assert [asked.method for asked in provider.asked] == ["GET", "GET", "POST"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("body", ["", {"access_token": "abc"}, {"error": "invalid_grant"}], ids=str)
def test_a_redirect_of_what_secrets_were_sent_to_is_no_answer(
    provider: ScriptedProvider, status: int, body: object
) -> None:
    provider.answers["/token"] = Said(body, status, {"Location": "/there?code=marker"})
    provider.answers["/there"] = Said({"access_token": "from elsewhere"})
    error = refusal(provider, "/token", {"client_secret": "s"})
    assert error.code is Code.OAUTH_BAD_ANSWER
    assert f"HTTP {status}" in error.facts["found"]
    assert f"{provider.url}/there" in error.facts["found"]
    assert "marker" not in str(error)
    assert [asked.path for asked in provider.asked] == ["/token"]


@pytest.mark.parametrize("aim", ["http://localhost:{port}/there", "https://127.0.0.1:{port}/there", "//evil.example/"])
def test_a_document_does_not_move_to_others(provider: ScriptedProvider, aim: str) -> None:
    port = provider.url.rpartition(":")[2]
    provider.answers["/moved"] = Said("", 302, {"Location": aim.format(port=port)})
    provider.answers["/there"] = Said({"issuer": "x"})
    error = refusal(provider, "/moved")
    assert (error.code, error.facts["expected"]) == (Code.OAUTH_BAD_ANSWER, provider.url)
    assert [asked.path for asked in provider.asked] == ["/moved"]


@pytest.mark.parametrize("body", ['{"scope": "\\ud800"}', '{"\\udfff": 1}', '{"a": [{"b": "\\udc00"}]}'])
def test_what_cannot_be_written_down_is_no_answer(provider: ScriptedProvider, body: str) -> None:
    provider.answers["/token"] = Said(body)
    assert refusal(provider, "/token", {"a": "b"}).code is Code.OAUTH_BAD_ANSWER


def test_a_netrc_file_does_not_replace_the_clients_secret(
    provider: ScriptedProvider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text("machine localhost login somebody password else\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    provider.answers["/token"] = Said({})
    ask(provider, "/token", {"a": "b"})
    assert "Authorization" not in provider.asked[0].headers


def test_the_systems_proxy_is_used(provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("https_proxy", "http://localhost:1")
    assert refusal(provider, "/token").code is Code.OAUTH_UNAVAILABLE
    assert provider.asked == []
    monkeypatch.setenv("no_proxy", "localhost")
    provider.answers["/token"] = Said({})
    assert ask(provider, "/token").ok


def test_every_secret_on_the_wire_is_hidden_from_the_log(
    provider: ScriptedProvider, caplog: pytest.LogCaptureFixture
) -> None:
    sent = {name: f"marker-sent-{name}" for name in ("code", "code_verifier", "client_secret", "refresh_token")}
    got = {name: f"marker-got-{name}" for name in ("access_token", "refresh_token", "id_token", "device_code")}
    provider.answers["/token"] = Said(got)
    with caplog.at_level(logging.DEBUG):
        ask(provider, "/token", sent)
    for secret in (*sent.values(), *got.values()):
        assert diagnostics.SECRETS.scrub(f"said {secret} again") == "said *** again"
        assert secret not in caplog.text


def test_what_protects_nothing_is_not_hidden(provider: ScriptedProvider) -> None:
    provider.answers["/token"] = Said({"access_token": "the", "refresh_token": "mail"})
    ask(provider, "/token", {"code": "and"})
    assert diagnostics.SECRETS.scrub("the mail and more") == "the mail and more"


def test_a_provider_that_repeats_a_secret_does_not_bring_it_into_the_error(provider: ScriptedProvider) -> None:
    words = "the refresh token marker-repeated-token is not good"
    provider.answers["/token"] = Said({"error": "invalid_grant", "error_description": words}, 400)
    error = refusal(provider, "/token", {"refresh_token": "marker-repeated-token"})
    assert "marker-repeated-token" not in str(error)
    assert "***" in error.server
