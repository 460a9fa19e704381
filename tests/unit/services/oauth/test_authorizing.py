"""One sign-in from the link to the token: by browser, by device, by the application; what stops it, and what fails."""

from __future__ import annotations

import re
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode

import pytest

from mailadmin import diagnostics
from mailadmin.domain.accounts import AccountType, Authentication, IncomingAccount, Validity
from mailadmin.domain.errors import Code, Layer, MailadminError, UserFixableError
from mailadmin.domain.oauth import (
    Authorization,
    AuthorizingProgress,
    AuthorizingStep,
    ClientAuthentication,
    Flow,
    Grant,
    Identity,
    OAuthProfile,
    PendingDevice,
    PendingSignIn,
    Provider,
    RedirectHost,
    SignInRequest,
    Use,
)
from mailadmin.domain.ports import OAuthClient, Vault
from mailadmin.domain.secrets import Secret, SecretKind, SecretOwner, SecretRef
from mailadmin.services.oauth import AuthorizationService, Authorizing
from mailadmin.services.oauth.answer_words import AnswerWords
from mailadmin.storage import Storage, open_storage
from mailadmin.vault import open_vault

SECONDS = 10.0
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
STATE = "state-1"
CODE = "Marker-code-0815"
LINK = "https://login.example.org/authorize?x=1"
SCOPE = "https://outlook.office.com/IMAP.AccessAsUser.All"
GRANT = Grant(
    Secret("at"), NOW + timedelta(hours=1), Secret("cache"), (SCOPE,), Identity("s", "Orders@Contoso.example")
)
PROFILE = OAuthProfile(name="Contoso", provider=Provider.MICROSOFT, tenant="t-1", client_id="c-1")
ACCOUNT = IncomingAccount(
    name="orders",
    type=AccountType.IMAPS,
    host="mail.example.org",
    username="orders@contoso.example",
    authentication=Authentication.OAUTH2,
    oauth_profile="contoso",
)


@dataclass
class FakeClient:
    """A provider that does as the test says."""

    grant: Grant = GRANT
    error: Exception | None = None
    hangs: threading.Event | None = None
    at: str = "complete"
    reached: threading.Event = field(default_factory=threading.Event)
    credential: Secret | None = None
    requests: list[SignInRequest] = field(default_factory=list)
    redirect_uri: str = ""
    answer: Mapping[str, str] | None = None

    def _do(self, what: str) -> None:
        if what == self.at:
            self.reached.set()
            if self.hangs is not None:
                assert self.hangs.wait(SECONDS)
            if self.error is not None:
                raise self.error

    def begin(self, request: SignInRequest, redirect_uri: str) -> PendingSignIn:
        self.requests.append(request)
        self.redirect_uri = redirect_uri
        self._do("begin")
        return PendingSignIn(LINK, STATE, redirect_uri)

    def complete(self, pending: PendingSignIn, answer: Mapping[str, str]) -> Grant:
        self.answer = answer
        self._do("complete")
        return self.grant

    def begin_device(self, request: SignInRequest) -> PendingDevice:
        self.requests.append(request)
        self._do("begin_device")
        return PendingDevice("ABCD-EFGH", "https://p.example/device", "https://p.example/device?c=1", NOW)

    def complete_device(self, pending: PendingDevice, should_stop: Callable[[], bool]) -> Grant:
        self._do("complete_device")
        return self.grant

    def for_application(self, request: SignInRequest) -> Grant:
        self.requests.append(request)
        self._do("for_application")
        return replace(self.grant, identity=None)

    def refresh(self, request: SignInRequest, cache: Secret) -> Grant:
        raise NotImplementedError


def redirect(uri: str, parameters: Mapping[str, str]) -> tuple[int, str]:
    """What a browser does with a provider's redirect."""
    try:
        with urllib.request.urlopen(f"{uri}?{urlencode(parameters)}", timeout=SECONDS) as reply:
            return reply.status, reply.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()


class House:
    """The service with a provider, a browser and a clock of the test's own."""

    def __init__(self, storage: Storage, vault: Vault, pool: ThreadPoolExecutor) -> None:
        self.storage, self.vault, self.pool = storage, vault, pool
        self.client = FakeClient()
        self.now = NOW
        self.links: list[str] = []
        self.opens = True
        self.steps: list[AuthorizingProgress] = []
        self.stop = threading.Event()
        self.in_browser: Future[tuple[int, str]] | None = None
        self.answer: dict[str, str] | None = {"code": CODE, "state": STATE}
        self.waiting = threading.Event()
        self.service = AuthorizationService(storage, vault, self._open, self._open_link, lambda: self.now)

    def profile(self, **changes: Any) -> OAuthProfile:
        return self.storage.profiles.add(replace(PROFILE, **changes))

    def _open(self, profile: OAuthProfile, credential: Secret | None, /) -> OAuthClient:
        self.client.credential = credential
        return self.client

    def _open_link(self, link: str) -> bool:
        self.links.append(link)
        return self.opens

    def told(self, progress: AuthorizingProgress) -> None:
        self.steps.append(progress)
        if progress.step in {AuthorizingStep.BROWSER, AuthorizingStep.DEVICE}:
            if self.answer is not None and progress.redirect_uri:
                self.in_browser = self.pool.submit(redirect, progress.redirect_uri, self.answer)
            self.waiting.set()

    def begin(self, flow: Flow | None = None, words: AnswerWords | None = None, **changes: Any) -> Authorizing:
        return self.service.begin(replace(ACCOUNT, **changes), flow, words)

    def run(self, *args: Any, **changes: Any) -> Authorization:
        return self.begin(*args, **changes).run(self.told, self.stop.is_set)

    @property
    def page(self) -> str:
        assert self.in_browser is not None
        return self.in_browser.result(SECONDS)[1]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    storage = open_storage(f"sqlite:///{tmp_path / 'x.db'}", who="test@test", backups=tmp_path)
    vault = open_vault(storage.secrets, key_file=tmp_path / "key", passphrase_file=None, on_reveal=lambda secret: None)
    with ThreadPoolExecutor() as pool:
        house = House(storage, vault, pool)
        try:
            yield house
        finally:
            house.stop.set()
    storage.close()


def failure(run: Callable[[], object]) -> MailadminError:
    with pytest.raises(MailadminError) as raised:
        run()
    return raised.value


# --- by browser ---


def test_a_sign_in_by_the_browser(house: House) -> None:
    stored = house.profile()
    authorization = house.run()
    assert authorization == Authorization(
        stored.uid or "", "Contoso", Flow.AUTHORIZATION_CODE, Use.IMAP, "orders@contoso.example", GRANT
    )
    assert [step.step for step in house.steps] == [
        AuthorizingStep.PREPARING, AuthorizingStep.BROWSER, AuthorizingStep.EXCHANGING,
    ]  # fmt: skip
    told = house.steps[1]
    assert (told.link, told.opened, told.ends_at) == (LINK, True, NOW + timedelta(minutes=10))
    assert told.redirect_uri == house.client.redirect_uri
    assert house.links == [LINK]
    assert house.client.answer == {"code": CODE, "state": STATE}
    assert house.client.requests == [SignInRequest(Use.IMAP, (SCOPE,), "orders@contoso.example")]
    assert "You are signed in" in house.page
    paragraphs = re.findall("<p class=.*?</p>", house.page)
    assert paragraphs == [
        '<p class="who">Orders@Contoso.example</p>',
        '<p class="hint">You can close this page and go back to mailadmin.</p>',
    ]


def test_the_redirect_uri_is_the_profiles_with_the_port_that_is_listened_on(house: House) -> None:
    house.profile(redirect_host=RedirectHost.LOOPBACK, redirect_path="/callback")
    house.run()
    assert house.client.redirect_uri.startswith("http://127.0.0.1:")
    assert house.client.redirect_uri.endswith("/callback")


def test_the_credential_comes_from_the_vault(house: House) -> None:
    stored = house.profile(client_authentication=ClientAuthentication.SECRET)
    house.vault.put(SecretRef(SecretOwner.PROFILE, stored.uid or "", SecretKind.CLIENT_SECRET), Secret("cs"))
    house.run()
    assert house.client.credential == Secret("cs")


def test_a_browser_that_cannot_be_opened_is_told_and_the_link_is_there(house: House) -> None:
    house.profile()
    house.opens = False
    house.run()
    assert (house.steps[1].link, house.steps[1].opened) == (LINK, False)


def test_scopes_that_were_not_granted_are_told(house: House) -> None:
    house.profile()
    house.client.grant = replace(GRANT, granted=("openid",))
    assert house.run().missing == (SCOPE,)


def test_the_browser_waits_for_the_exchange(house: House) -> None:
    house.profile()
    house.client.hangs = threading.Event()
    running = house.pool.submit(house.run)
    assert house.waiting.wait(SECONDS)
    assert house.in_browser is not None
    with pytest.raises(TimeoutError):
        house.in_browser.result(0.3)
    house.client.hangs.set()
    running.result(SECONDS)
    assert "You are signed in" in house.page


def test_a_refusal_is_told_to_the_browser_and_raised_with_what_the_journey_knows(house: House) -> None:
    house.profile()
    house.answer = {"error": "access_denied", "state": STATE}
    house.client.error = UserFixableError(Code.OAUTH_REFUSED, {"cause": "declined"}, server="AADSTS65004 <declined>")
    error = failure(lambda: house.run(words=AnswerWords(failed_because=lambda error: f"<{error.code}>")))
    assert house.client.answer == house.answer
    assert (error.code, error.layer) == (Code.OAUTH_REFUSED, Layer.SIGN_IN)
    assert error.facts == {
        "provider": "microsoft",
        "flow": "authorization code",
        "instance": "login.microsoftonline.com",
        "cause": "declined", "profile": "Contoso", "tenant": "t-1", "client_id": "c-1",
        "mailbox": "orders@contoso.example",
    }  # fmt: skip
    assert "The sign-in did not work" in house.page
    assert "&lt;oauth2-refused&gt;" in house.page
    assert "The provider said: AADSTS65004 &lt;declined&gt;" in house.page


def test_a_forged_state_changes_nothing(house: House) -> None:
    house.profile()
    house.answer = None
    running = house.pool.submit(house.run)
    assert house.waiting.wait(SECONDS)
    uri = house.steps[-1].redirect_uri
    assert redirect(uri, {"code": "forged", "state": "guessed"})[0] == 400
    assert not running.done()
    assert redirect(uri, {"code": CODE, "state": STATE})[0] == 200
    running.result(SECONDS)
    assert house.client.answer == {"code": CODE, "state": STATE}


def test_the_code_is_hidden_from_the_log(house: House) -> None:
    house.profile()
    house.run()
    assert diagnostics.SECRETS.scrub(f"it was {CODE}") == "it was ***"


def test_time_is_up_after_ten_minutes(house: House) -> None:
    house.profile()
    house.answer = None
    running = house.pool.submit(house.run)
    assert house.waiting.wait(SECONDS)
    house.now += timedelta(minutes=10)
    error = failure(lambda: running.result(SECONDS))
    assert (error.code, error.facts["minutes"]) == (Code.OAUTH_TIMED_OUT, "10")
    with pytest.raises(URLError):
        redirect(house.steps[-1].redirect_uri, {})


# --- pasting ---


@pytest.mark.parametrize(
    "pasted",
    [
        f"http://localhost:1/?code={CODE}&state={STATE}",
        f"  http://localhost:1/?code={CODE}\n&state={STATE}#  \n",
        f"?code={CODE}&state={STATE}",
        f"code={CODE}&state={STATE}",
        f"http://localhost:1/#code={CODE}&state={STATE}",
    ],
)
def test_the_address_of_the_last_page_can_be_pasted(house: House, pasted: str) -> None:
    house.profile()
    house.answer = None
    authorizing = house.begin()
    running = house.pool.submit(authorizing.run, house.told, house.stop.is_set)
    assert house.waiting.wait(SECONDS)
    authorizing.paste(pasted)
    assert running.result(SECONDS).grant == GRANT
    assert house.client.answer == {"code": CODE, "state": STATE}


@pytest.mark.parametrize("pasted", ["", "hello", f"code={CODE}", f"http://localhost/?code={CODE}&state=other", LINK])
def test_what_is_not_the_answer_is_told_and_the_wait_goes_on(house: House, pasted: str) -> None:
    house.profile()
    house.answer = None
    authorizing = house.begin()
    running = house.pool.submit(authorizing.run, house.told, house.stop.is_set)
    assert house.waiting.wait(SECONDS)
    error = failure(lambda: authorizing.paste(pasted))
    assert (error.code, error.facts) == (Code.OAUTH_NOT_AN_ANSWER, {"expected": house.client.redirect_uri})
    assert CODE not in str(error)
    assert not running.done()
    house.stop.set()
    assert failure(lambda: running.result(SECONDS)).code is Code.STOPPED


def test_before_and_after_the_wait_nothing_can_be_pasted(house: House) -> None:
    house.profile()
    authorizing = house.begin()
    assert failure(lambda: authorizing.paste(f"code=x&state={STATE}")).code is Code.OAUTH_NOT_AN_ANSWER
    authorizing.run(house.told)
    assert failure(lambda: authorizing.paste(f"code=x&state={STATE}")).code is Code.OAUTH_NOT_AN_ANSWER


# --- other flows ---


def test_a_sign_in_by_a_device(house: House) -> None:
    house.profile()
    authorization = house.run(Flow.DEVICE_CODE)
    assert (authorization.flow, authorization.grant) == (Flow.DEVICE_CODE, GRANT)
    told = house.steps[1]
    assert (told.step, told.user_code, told.verification_uri) == (
        AuthorizingStep.DEVICE, "ABCD-EFGH", "https://p.example/device",
    )  # fmt: skip
    assert (told.link, told.ends_at) == ("https://p.example/device?c=1", NOW)
    assert house.links == []


def test_an_application_signs_in_by_itself(house: House) -> None:
    house.profile(flow=Flow.CLIENT_CREDENTIALS)
    authorization = house.run()
    assert (authorization.identity, authorization.missing) == (None, ())
    assert house.client.requests[0].scopes == ("https://outlook.office365.com/.default",)
    assert [step.step for step in house.steps] == [AuthorizingStep.PREPARING, AuthorizingStep.EXCHANGING]


# --- stopping and failing ---


@pytest.mark.parametrize(
    ("at", "flow"),
    [
        ("begin", None),
        ("complete", None),
        ("begin_device", Flow.DEVICE_CODE),
        ("complete_device", Flow.DEVICE_CODE),
        ("for_application", Flow.CLIENT_CREDENTIALS),
    ],
)
def test_a_provider_that_hangs_can_be_left_at_once(house: House, at: str, flow: Flow | None) -> None:
    house.profile(flow=flow or Flow.AUTHORIZATION_CODE)
    house.client.at, house.client.hangs = at, threading.Event()
    running = house.pool.submit(house.run, flow)
    assert house.client.reached.wait(SECONDS)
    began = time.monotonic()
    house.stop.set()
    assert failure(lambda: running.result(SECONDS)).code is Code.STOPPED
    assert time.monotonic() - began < 0.5
    house.client.hangs.set()


def test_what_fails_before_the_link_is_raised(house: House) -> None:
    house.profile()
    house.client.at, house.client.error = "begin", UserFixableError(Code.OAUTH_UNAVAILABLE, {"host": "h"})
    error = failure(house.run)
    assert (error.code, error.facts["host"], error.facts["profile"]) == (Code.OAUTH_UNAVAILABLE, "h", "Contoso")
    assert house.links == []


def test_a_profile_that_is_gone_is_told(house: House) -> None:
    error = failure(house.begin)
    assert (error.code, error.facts) == (Code.UNKNOWN_PROFILE, {"name": "contoso"})


@pytest.mark.parametrize("validity", [Validity.INVALID, Validity.INVALID_TEMPORARILY])
def test_by_a_profile_that_is_not_valid_nobody_signs_in(house: House, validity: Validity) -> None:
    house.profile(validity=validity)
    error = failure(house.begin)
    facts = {"profile": "Contoso", "validity": validity.value}
    assert (error.code, error.facts, error.layer) == (Code.PROFILE_NOT_VALID, facts, Layer.SIGN_IN)


# --- what is made of it ---


def authorization_of(address: str | None) -> Authorization:
    identity = Identity("s", address) if address is not None else None
    grant = replace(GRANT, identity=identity)
    return Authorization("u", "Contoso", Flow.AUTHORIZATION_CODE, Use.IMAP, "", grant)


@pytest.mark.parametrize(
    ("username", "signed_in", "told"),
    [
        ("orders@contoso.example", "ORDERS@contoso.example", ""),
        ("orders@contoso.example", "boss@contoso.example", "boss@contoso.example"),
        ("orders", "boss@contoso.example", ""),
        ("", "boss@contoso.example", ""),
        ("orders@contoso.example", "", ""),
        ("orders@contoso.example", None, ""),
    ],
)
def test_somebody_else_who_signed_in_is_told(house: House, username: str, signed_in: str | None, told: str) -> None:
    account = replace(ACCOUNT, username=username)
    assert house.service.wrong_identity(account, authorization_of(signed_in)) == told


@pytest.mark.parametrize(
    ("provider", "given", "expected"),
    [
        (Provider.MICROSOFT, {"type": "IMAP"}, {"type": "IMAPS", "host": "outlook.office365.com"}),
        (Provider.MICROSOFT, {"type": "IMAPTLS"}, {"type": "IMAPTLS", "host": "outlook.office365.com"}),
        (Provider.GOOGLE, {"type": "POP3"}, {"type": "POP3S", "host": "pop.gmail.com"}),
        (Provider.GOOGLE, {"type": "IMAPS"}, {"type": "IMAPS", "host": "imap.gmail.com"}),
        (Provider.GOOGLE, {"type": "IMAP", "port": 1143}, {"type": "IMAP", "host": "imap.gmail.com", "port": 1143}),
        (Provider.MICROSOFT, {"type": "IMAP", "host": "typed"}, {"type": "IMAP", "host": "typed"}),
        (Provider.MICROSOFT, {"type": "MSGRAPH"}, {"type": "MSGRAPH", "host": ""}),
        (Provider.CUSTOM, {"type": "IMAP"}, {"type": "IMAP", "host": ""}),
    ],
)
def test_what_the_provider_tells_is_filled_in_where_nothing_was_typed(
    house: House, provider: Provider, given: dict[str, Any], expected: dict[str, Any]
) -> None:
    house.profile(provider=provider)
    account = replace(ACCOUNT, **{"host": "", "username": "", **given, "type": AccountType(given["type"])})
    filled = house.service.filled_in(account, authorization_of("orders@contoso.example"))
    wanted = {**expected, "type": AccountType(expected["type"])}
    assert filled == replace(account, username="orders@contoso.example", **wanted)


def test_a_username_that_was_typed_stays(house: House) -> None:
    house.profile()
    assert house.service.filled_in(ACCOUNT, authorization_of("boss@contoso.example")) == ACCOUNT


def test_other_clouds_of_microsofts_have_other_hosts(house: House) -> None:
    house.profile(instance_url="https://login.microsoftonline.us")
    account = replace(ACCOUNT, host="")
    assert house.service.filled_in(account, authorization_of("x@y.example")).host == ""
