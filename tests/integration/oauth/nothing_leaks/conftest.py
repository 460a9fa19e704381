"""An administrator whose every word is taken down, and searched for secrets when the test is over."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mailadmin import diagnostics
from mailadmin.bootstrap import Application, open_application
from mailadmin.cli import documents
from mailadmin.domain.accounts import AccountType, IncomingAccount
from mailadmin.domain.errors import Code, MailadminError, UserFixableError
from mailadmin.domain.oauth import (
    Authorization,
    AuthorizingProgress,
    ClientAuthentication,
    Flow,
    OAuthProfile,
    Provider,
)
from mailadmin.domain.outcomes import FetchOutcome
from mailadmin.domain.secrets import Secret
from mailadmin.services.configuration.export import export
from tests.evidence import Evidence, logging_everything, marked
from tests.integration.oauth.conftest import LOGIN, Office
from tests.servers.openid import DESKTOP_BASIC, SECRETS

SECRET = ClientAuthentication.SECRET


@pytest.fixture
def evidence(office: Office, tmp_path: Path) -> Iterator[Evidence]:
    """What is gathered; searched when the test is over, and before and after the database is closed."""
    marked(office.provider)
    gathered = Evidence(tmp_path)
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


@pytest.fixture
def person(office: Office, app: Application, evidence: Evidence) -> Administrator:
    return Administrator(office, app, evidence)
