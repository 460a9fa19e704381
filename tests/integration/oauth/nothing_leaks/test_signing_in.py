"""Sign-ins and tokens of OAuth2 through every good and bad day, with --debug on: no secret is found afterwards."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from mailadmin.domain.accounts import AccountType, IncomingAccount
from mailadmin.domain.errors import Code
from mailadmin.domain.oauth import ClientAuthentication, Flow, Provider, SignInRequest, Use
from mailadmin.domain.outcomes import FetchStatus
from mailadmin.domain.scopes import scopes_for
from mailadmin.domain.secrets import Secret
from mailadmin.oauth.client import open_client
from tests.evidence import STEM, Evidence, marked
from tests.integration.fetch.conftest import mail
from tests.integration.oauth.conftest import LOGIN, Office
from tests.servers.openid import (
    DAEMON,
    DAEMON_CERTIFICATE,
    DESKTOP,
    DESKTOP_BASIC,
    DESKTOP_CERTIFICATE,
    DESKTOP_SECRET,
    SECRETS,
)

from .conftest import Administrator

SECRET, CERTIFICATE = ClientAuthentication.SECRET, ClientAuthentication.CERTIFICATE
WAYS = [
    pytest.param(Provider.MICROSOFT, SECRET, DESKTOP_SECRET, marks=pytest.mark.slow),
    (Provider.MICROSOFT, CERTIFICATE, DESKTOP_CERTIFICATE),
    (Provider.CUSTOM, SECRET, DESKTOP_BASIC),
]


@pytest.mark.parametrize(("provider", "way", "client"), WAYS)
def test_signing_in(person: Administrator, provider: Provider, way: ClientAuthentication, client: str) -> None:
    office, site = person.office, person.provider
    person.profile(provider, way, client)
    account = office.account(AccountType.IMAPS)

    _fail_in_every_way(person, account, thorough=client in {DESKTOP_CERTIFICATE, DESKTOP_BASIC})
    marked(site)
    authorization = person.sign_in(account, site.sign_in)
    assert person.app.authorizing.wrong_identity(account, authorization) == ""
    _live_and_die(person, person.app.accounts.add(account, None, authorization))


def _fail_in_every_way(person: Administrator, account: IncomingAccount, *, thorough: bool) -> None:
    """Sign-ins that are refused, forged or answered by nonsense; everything is repeated to us."""
    site = person.provider
    with person.refused(Code.OAUTH_REFUSED):
        person.sign_in(account, site.deny)
    for status, error in ((400, ""), (400, "invalid_grant"), (503, "")):
        site.echo("token", status, error)
        with person.refused(Code.OAUTH_REFUSED, Code.OAUTH_UNAVAILABLE):
            person.sign_in(account, site.sign_in)
    site.set(fail={})
    if not thorough:
        return
    for spoilt in (
        {"state": "forged"},
        {"iss": "https://elsewhere.example"},
        {"code": None},
        {"code": f"made.up{STEM}"},
    ):
        site.set(redirect=spoilt)
        with person.refused(Code.STOPPED, Code.OAUTH_BAD_ANSWER, Code.OAUTH_REFUSED):
            person.sign_in(account, site.sign_in)
    site.set(redirect={})
    broken = {"access_token": f"at-1 {STEM}\x01", "token_type": "mac"}
    for status, body in ((200, "garbage"), (502, "<html>"), (200, broken)):
        site.fail("token", status, body)
        with person.refused(Code.OAUTH_BAD_ANSWER, Code.OAUTH_UNAVAILABLE):
            person.sign_in(account, site.sign_in)
    site.set(fail={})
    for claims in ({"aud": "another"}, {"iss": "https://elsewhere.example"}):
        site.set(idToken=claims)
        with person.refused(Code.OAUTH_BAD_ANSWER):
            person.sign_in(account, site.sign_in)


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
    person.app.storage.backup()  # it lies in the home
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


@pytest.mark.parametrize("provider", [Provider.MICROSOFT, Provider.CUSTOM])
def test_what_a_client_hands_out(office: Office, evidence: Evidence, provider: Provider) -> None:
    """Printed, dumped or pickled by whom it may concern."""
    profile = replace(office.profile(provider, AccountType.IMAPS), client_id=DESKTOP_SECRET)
    profile = replace(profile, client_authentication=SECRET)
    client = open_client(profile, Secret(SECRETS[DESKTOP_SECRET]))
    request = SignInRequest(Use.IMAP, scopes_for(profile, Use.IMAP), LOGIN)
    pending = client.begin(request, "http://localhost:1")
    came_back = office.provider.sign_in(pending.link, LOGIN, deliver=False)
    grant = client.complete(pending, came_back.parameters)
    renewed = client.refresh(request, grant.cache)
    public = replace(profile, client_id=DESKTOP, client_authentication=ClientAuthentication.NONE)
    client = open_client(public, None)
    device = client.begin_device(request)
    office.provider.enter_device_code(device.user_code, LOGIN)
    by_device = client.complete_device(device, lambda: False)
    for one in (client, request, pending, pending.details, grant, renewed, device, device.details, by_device):
        evidence.say(type(one).__name__, one)
    logging.getLogger("mailadmin.test").debug("a client was here")
