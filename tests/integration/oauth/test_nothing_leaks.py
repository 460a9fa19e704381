"""Secrets of OAuth2 go every way there is, with --debug on: nowhere are they found afterwards, in no encoding."""

from __future__ import annotations

import base64
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from mailadmin import diagnostics
from mailadmin.bootstrap import Application, open_application
from mailadmin.cli import documents
from mailadmin.domain.accounts import AccountType, Authentication, IncomingAccount
from mailadmin.domain.errors import Code, MailadminError, UserFixableError
from mailadmin.domain.oauth import Authorization, AuthorizingProgress, ClientAuthentication, Flow, OAuthProfile, Provider
from mailadmin.domain.outcomes import FetchOutcome, FetchStatus
from mailadmin.domain.secrets import Secret
from mailadmin.services.configuration.export import export
from tests.evidence import PASSWORD, STEM, Evidence, logging_everything, marked
from tests.integration.fetch.conftest import mail
from tests.servers.certificates import Authority
from tests.servers.graph import Fault, GraphServer
from tests.servers.openid import (
    DAEMON,
    DAEMON_CERTIFICATE,
    DESKTOP_BASIC,
    DESKTOP_CERTIFICATE,
    DESKTOP_SECRET,
    SECRETS,
    OpenIdProvider,
)
from tests.servers.scripted import Answer, Conversation, ScriptedServer, imap, pop3

from .conftest import LOGIN, Office

SECRET, CERTIFICATE = ClientAuthentication.SECRET, ClientAuthentication.CERTIFICATE
KINDS = [AccountType.IMAPS, AccountType.POP3S]
WAYS = [
    (Provider.MICROSOFT, SECRET, DESKTOP_SECRET),
    (Provider.MICROSOFT, CERTIFICATE, DESKTOP_CERTIFICATE),
    (Provider.CUSTOM, SECRET, DESKTOP_SECRET),
    (Provider.CUSTOM, SECRET, DESKTOP_BASIC),
]


@pytest.fixture
def evidence(office: Office, tmp_path: Path) -> Iterator[Evidence]:
    """What is gathered; searched when the test is over, and before and after the database is closed."""
    marked(office.provider)
    gathered = Evidence(office.home, tmp_path)
    with logging_everything(office.home / "logs"):
        yield gathered
    leaks = gathered.search(office.provider)
    assert not leaks, leaks
    log = (office.home / "logs" / diagnostics.LOG_FILE).read_text()
    assert " DEBUG " in log


@pytest.fixture
def app(office: Office, evidence: Evidence) -> Iterator[Application]:
    with open_application(office.options(), open_link=lambda link: False) as application:
        yield application
        leaks = Evidence(office.home).search()  # with the database's journal
        assert not leaks, leaks


class Administrator:
    """Does what administrators do, and takes down all that is said."""

    def __init__(self, office: Office, app: Application, evidence: Evidence) -> None:
        self.office = office
        self.app = app
        self.evidence = evidence
        self.provider = office.provider

    def profile(self, provider: Provider, way: ClientAuthentication, client: str, **fields: Any) -> OAuthProfile:
        """A profile with its secret or certificate."""
        if client == DESKTOP_BASIC:
            self.provider.set(discovery={"token_endpoint_auth_methods_supported": ["client_secret_basic"]})
        made = replace(self.office.profile(provider, AccountType.IMAPS), client_id=client)
        credential = SECRETS[client] if way is SECRET else self.provider.client_certificate
        return self.app.profiles.add(replace(made, client_authentication=way, **fields), Secret(credential))

    def sign_in(
        self, account: IncomingAccount, person: Callable[[str, str], object] | None = None, flow: Flow | None = None
    ) -> Authorization:
        """One sign-in, in which somebody does something else than to agree."""
        visits: list[threading.Thread] = self.office.visits

        def told(progress: AuthorizingProgress) -> None:
            self.evidence.say("progress", progress)
            if progress.user_code:
                self.office.visit(self.provider.enter_device_code, progress.user_code, LOGIN)
            elif progress.link and person is not None:
                self.office.visit(person, progress.link, LOGIN)

        def over() -> bool:
            return person is not None and bool(visits) and not visits[-1].is_alive()

        authorizing = self.app.authorizing.begin(account, flow)
        try:
            authorization = authorizing.run(told, over)
        finally:
            self.evidence.say("sign-in", authorizing)
            for visit in visits:
                visit.join(40)
            visits.clear()
            assert self.office.trouble == []
            for came_back in self.office.came_back:
                self.evidence.say("last page", came_back.page)
        self.evidence.say("authorization", authorization)
        return authorization

    @contextmanager
    def refused(self, *codes: Code) -> Iterator[None]:
        """Something that must not work; what is said of it is taken down."""
        with pytest.raises(UserFixableError) as caught:
            yield
        assert caught.value.code in codes, caught.value
        self.evidence.error(caught.value)

    def fetch(self, account: IncomingAccount) -> FetchOutcome:
        """Fetch; the outcome is taken down."""
        (outcome,) = self.app.fetching.fetch([account])
        self.evidence.say("outcome", outcome)
        self.evidence.say("fetch --json", repr(documents.outcome(outcome)))
        for error in (outcome.error, *outcome.errors):
            if isinstance(error, MailadminError):
                self.evidence.error(error)
        return outcome

    def look_around(self, account: IncomingAccount) -> None:
        """Everything that shows how things stand."""
        app, say = self.app, self.evidence.say
        report = app.checking.check(account)
        say("check", report)
        say("check --json", repr(documents.check(report)))
        for layer in report.layers:
            if layer.error is not None:
                self.evidence.error(layer.error)
        assert account.id is not None
        say("sign-ins", app.tokens.sign_ins())
        say("runs", app.accounts.runs(account.id, 100))
        say("records", [app.accounts.all(), app.profiles.all(), app.storage.tokens.all(), app.secrets.list()])
        say("export", export(app.storage))
        say("services", [app, app.vault, app.tokens, app.authorizing])
        app.storage.backup()  # it lies in the home


@pytest.fixture
def person(office: Office, app: Application, evidence: Evidence) -> Administrator:
    return Administrator(office, app, evidence)


# --- signing in, and what becomes of it ---------------------------------------------------------------------------


@pytest.mark.parametrize(("provider", "way", "client"), WAYS)
def test_signing_in(person: Administrator, provider: Provider, way: ClientAuthentication, client: str) -> None:
    office, site = person.office, person.provider
    person.profile(provider, way, client)
    account = office.account(AccountType.IMAPS)

    with person.refused(Code.OAUTH_REFUSED):
        person.sign_in(account, site.deny)
    for spoilt in ({"state": "forged"}, {"iss": "https://elsewhere.example"}, {"code": None}, {"code": f"made.up{STEM}"}):
        site.set(redirect=spoilt)
        with person.refused(Code.STOPPED, Code.OAUTH_BAD_ANSWER, Code.OAUTH_REFUSED):
            person.sign_in(account, site.sign_in)
    site.set(redirect={})
    for status, error in ((400, ""), (400, "invalid_grant"), (401, "invalid_client"), (503, ""), (200, "")):
        site.echo("token", status, error)
        with person.refused(Code.OAUTH_REFUSED, Code.OAUTH_UNAVAILABLE):
            person.sign_in(account, site.sign_in)
    broken = {"access_token": f"at-1 {STEM}\x01", "token_type": "mac"}
    for status, body in ((200, "garbage"), (502, "<html>"), (200, broken), (200, [])):
        site.fail("token", status, body)
        with person.refused(Code.OAUTH_BAD_ANSWER, Code.OAUTH_UNAVAILABLE):
            person.sign_in(account, site.sign_in)
    site.set(fail={})
    for claims in ({"aud": "another"}, {"exp": 1}, {"iss": "https://elsewhere.example"}):
        site.set(idToken=claims)
        with person.refused(Code.OAUTH_BAD_ANSWER):
            person.sign_in(account, site.sign_in)
    marked(site)
    authorization = person.sign_in(account, site.sign_in)
    assert person.app.authorizing.wrong_identity(account, authorization) == ""
    _live_and_die(person, person.app.accounts.add(account, None, authorization))


def _live_and_die(person: Administrator, account: IncomingAccount) -> None:
    """Fetch, with a token that is good, refused, renewed badly in every way, and at last revoked."""
    site, dovecot = person.provider, person.office.dovecot
    dovecot.deliver(LOGIN, mail(1))
    assert person.fetch(account).counts.fetched == 1
    person.look_around(account)
    for status, error in ((400, ""), (401, "invalid_client"), (503, ""), (429, "slow")):
        site.end_access_tokens(LOGIN)
        site.echo("token", status, error)
        assert person.fetch(account).status is FetchStatus.FAILED
        person.look_around(account)
    site.fail("token", 200, "garbage")
    assert person.fetch(account).status is FetchStatus.FAILED
    site.set(fail={})
    with site.down():
        assert person.fetch(account).status is FetchStatus.FAILED
    dovecot.deliver(LOGIN, mail(2))
    assert person.fetch(account).counts.fetched == 1
    site.revoke(LOGIN)
    site.echo("token", 400, "invalid_grant", times=1)
    assert person.fetch(account).status is FetchStatus.FAILED
    assert person.fetch(account).error is not None
    person.look_around(account)
    person.app.tokens.keep(account, person.sign_in(account, site.sign_in))
    assert person.fetch(account).status is FetchStatus.OK
    assert person.app.tokens.clear() == 1
    person.look_around(account)


def test_signing_in_on_another_device_and_fetching_by_pop3(person: Administrator) -> None:
    site = person.provider
    person.profile(Provider.CUSTOM, SECRET, DESKTOP_SECRET)
    account = person.office.account(AccountType.POP3S)
    for endpoint, status in (("device", 400), ("device", 503), ("token", 400)):
        site.echo(endpoint, status, "invalid_request")
        with person.refused(Code.OAUTH_REFUSED, Code.OAUTH_UNAVAILABLE):
            person.sign_in(account, flow=Flow.DEVICE_CODE)
    site.echo("token", 503, times=1)
    account = person.app.accounts.add(account, None, person.sign_in(account, flow=Flow.DEVICE_CODE))
    person.office.dovecot.deliver(LOGIN, mail(1))
    assert person.fetch(account).counts.fetched == 1
    site.revoke(LOGIN)
    site.echo("token", 400, "invalid_grant", times=1)
    assert person.fetch(account).status is FetchStatus.FAILED
    person.look_around(account)


@pytest.mark.parametrize(
    ("provider", "way", "client"),
    [
        (Provider.MICROSOFT, SECRET, DAEMON),
        (Provider.MICROSOFT, CERTIFICATE, DAEMON_CERTIFICATE),
        (Provider.CUSTOM, SECRET, DAEMON),
    ],
)
def test_an_application_that_signs_in_by_itself(
    person: Administrator, provider: Provider, way: ClientAuthentication, client: str
) -> None:
    site = person.provider
    site.set(daemonMailbox=LOGIN)
    person.profile(provider, way, client, flow=Flow.CLIENT_CREDENTIALS)
    account = person.app.accounts.add(person.office.account(AccountType.POP3S))
    for status, error in ((400, "invalid_client"), (401, ""), (500, "")):
        site.echo("token", status, error)
        assert person.fetch(account).status is FetchStatus.FAILED
    site.set(fail={})
    person.office.dovecot.deliver(LOGIN, mail(1))
    assert person.fetch(account).counts.fetched == 1
    site.end_access_tokens()
    assert person.fetch(account).status is FetchStatus.OK
    person.look_around(account)
