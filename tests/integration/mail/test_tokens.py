"""Signing in by access token on a real Dovecot that asks a real OpenID provider what the token is worth."""

from __future__ import annotations

import logging
import traceback
from dataclasses import replace

import pytest

from mailadmin.domain.accounts import AccountType, Authentication, Encryption
from mailadmin.domain.errors import Code, Layer, UserFixableError
from mailadmin.domain.ports import LayerReached
from mailadmin.mail import sasl
from tests.servers.dovecot import NO_TLS, PASSWORD
from tests.servers.openid import DAEMON, POP_SCOPE, OpenIdProvider
from tests.servers.opening import failure, opened
from tests.servers.token_dovecot import TokenDovecot

ANNA = "anna@example.org"
TYPES = [AccountType.IMAPS, AccountType.IMAPTLS, AccountType.POP3S, AccountType.POP3TLS]


@pytest.mark.parametrize("kind", TYPES)
def test_a_token_opens_the_mailbox_of_who_signed_in(
    token_dovecot: TokenDovecot, openid_provider: OpenIdProvider, kind: AccountType
) -> None:
    token_dovecot.clear([ANNA])
    token_dovecot.deliver(ANNA, b"Subject: one\n\n1\n", b"Subject: two\n\n2\n")
    token = openid_provider.token(ANNA)["access_token"]
    layers: list[LayerReached] = []
    with opened(token_dovecot.access(ANNA, kind), token, layers) as mailbox:
        assert len(mailbox.list_messages()) == 2
        mailbox.finish()
    signed_in = next(layer for layer in layers if layer.layer is Layer.SIGN_IN)
    assert signed_in.facts["mechanism"] == "XOAUTH2"
    assert {"PLAIN", "XOAUTH2", "OAUTHBEARER"} <= set(signed_in.facts["offered"].split())
    assert signed_in.server.startswith("Logged in")


@pytest.mark.parametrize("kind", TYPES)
def test_the_standard_mechanism_serves_as_well(
    token_dovecot: TokenDovecot, openid_provider: OpenIdProvider, kind: AccountType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sasl, "_FOR_TOKENS", (sasl.Mechanism.OAUTHBEARER,))
    user = "odd=name,here@example.org"
    token = openid_provider.token(user)["access_token"]
    layers: list[LayerReached] = []
    with opened(token_dovecot.access(user, kind), token, layers) as mailbox:
        mailbox.finish()
    assert next(layer for layer in layers if layer.layer is Layer.SIGN_IN).facts["mechanism"] == "OAUTHBEARER"
    error = failure(token_dovecot.access(ANNA, kind), token)
    assert error.code is Code.SIGN_IN_REFUSED
    assert '"status":"invalid_token"' in error.server


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("octets", [2_700, 5_300])
def test_long_tokens_pass(
    token_dovecot: TokenDovecot, openid_provider: OpenIdProvider, kind: AccountType, octets: int
) -> None:
    openid_provider.set(tokenBits=octets * 6)
    token = openid_provider.token(ANNA)["access_token"]
    assert len(token) >= octets - 50
    with opened(token_dovecot.access(ANNA, kind), token) as mailbox:
        mailbox.finish()


@pytest.mark.parametrize("kind", TYPES)
def test_a_token_that_is_over_revoked_or_made_up_is_refused_with_the_reason(
    token_dovecot: TokenDovecot, openid_provider: OpenIdProvider, kind: AccountType
) -> None:
    access = token_dovecot.access(ANNA, kind)
    ended, revoked = (openid_provider.token(ANNA)["access_token"] for _ in range(2))
    with opened(access, ended) as mailbox:
        mailbox.finish()
    openid_provider.end_access_tokens(ANNA)
    _assert_refused(failure(access, ended), access.username)
    openid_provider.revoke(ANNA)
    _assert_refused(failure(access, revoked), access.username)
    _assert_refused(failure(access, "made-up-token-that-nobody-gave"), access.username)


@pytest.mark.parametrize("kind", TYPES)
def test_a_token_opens_nobody_elses_mailbox(
    token_dovecot: TokenDovecot, openid_provider: OpenIdProvider, kind: AccountType
) -> None:
    token = openid_provider.token("bert@example.org")["access_token"]
    _assert_refused(failure(token_dovecot.access(ANNA, kind), token), ANNA)


def test_a_shared_mailbox_opens_by_the_token_of_who_may(
    token_dovecot: TokenDovecot, openid_provider: OpenIdProvider
) -> None:
    openid_provider.set(mailboxes={ANNA: "orders@example.org"})
    token = openid_provider.token(ANNA)["access_token"]
    with opened(token_dovecot.access("orders@example.org"), token) as mailbox:
        mailbox.finish()


def test_an_applications_own_token_opens_the_mailbox_it_was_given(
    token_dovecot: TokenDovecot, openid_provider: OpenIdProvider
) -> None:
    openid_provider.set(daemonMailbox="desk@example.org")
    token = openid_provider.token("", "https://outlook.office365.com/.default", client=DAEMON)["access_token"]
    for kind in TYPES:
        with opened(token_dovecot.access("desk@example.org", kind), token) as mailbox:
            mailbox.finish()


@pytest.mark.parametrize("kind", TYPES)
def test_a_token_without_the_scope_for_the_protocol_is_refused(
    scope_dovecot: TokenDovecot, openid_provider: OpenIdProvider, kind: AccountType
) -> None:
    access = scope_dovecot.access(ANNA, kind)
    _assert_refused(failure(access, openid_provider.token(ANNA, POP_SCOPE)["access_token"]), ANNA)
    with opened(access, openid_provider.token(ANNA)["access_token"]) as mailbox:
        mailbox.finish()


@pytest.mark.parametrize("kind", TYPES)
def test_a_server_that_cannot_ask_the_provider_says_not_now_instead_of_no(
    token_dovecot: TokenDovecot, openid_provider: OpenIdProvider, kind: AccountType
) -> None:
    token = openid_provider.token(ANNA)["access_token"]
    access = token_dovecot.access(ANNA, kind)
    with openid_provider.down():
        error = failure(access, token)
    assert (error.code, error.layer) == (Code.SIGN_IN_NOT_NOW, Layer.SIGN_IN)
    with opened(access, token) as mailbox:
        mailbox.finish()


@pytest.mark.parametrize("kind", [AccountType.IMAP, AccountType.POP3, AccountType.IMAPTLS, AccountType.POP3TLS])
def test_no_token_travels_in_the_clear(
    token_dovecot: TokenDovecot, openid_provider: OpenIdProvider, kind: AccountType
) -> None:
    layers: list[LayerReached] = []
    error = failure(token_dovecot.access(ANNA, kind, host=NO_TLS), openid_provider.token(ANNA)["access_token"], layers)
    plain = kind.encryption is Encryption.NONE
    assert error.code is (Code.SIGN_IN_NEEDS_TLS if plain else Code.STARTTLS_NOT_OFFERED)
    assert Layer.SIGN_IN not in {layer.layer for layer in layers}
    assert openid_provider.seen("introspection") == []


def test_a_password_still_opens_the_same_server(token_dovecot: TokenDovecot) -> None:
    access = replace(token_dovecot.access(ANNA), authentication=Authentication.PASSWORD)
    with opened(access, PASSWORD) as mailbox:
        mailbox.finish()


@pytest.mark.slow
def test_a_server_that_is_slow_to_refuse_is_waited_for(
    slow_dovecot: TokenDovecot, openid_provider: OpenIdProvider
) -> None:
    access = slow_dovecot.access(ANNA)
    _assert_refused(failure(access, "made-up-token-that-nobody-gave"), ANNA)
    with opened(access, openid_provider.token(ANNA)["access_token"]) as mailbox:
        mailbox.finish()


@pytest.mark.parametrize("kind", TYPES)
def test_a_refused_token_is_nowhere_to_be_read(
    token_dovecot: TokenDovecot, openid_provider: OpenIdProvider, kind: AccountType, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    token = openid_provider.token("bert@example.org")["access_token"]
    error = failure(token_dovecot.access(ANNA, kind), token)
    said = "".join(traceback.format_exception(error)) + repr(vars(error)) + repr(error.args) + caplog.text
    assert token not in said
    assert token[10:26] not in said


def _assert_refused(error: UserFixableError, user: str) -> None:
    assert (error.code, error.layer, error.facts) == (Code.SIGN_IN_REFUSED, Layer.SIGN_IN, {"username": user})
    assert "Authentication failed." in error.server
    assert '"status":"401"' in error.server  # why, in the server's own words
    assert '"openid-configuration":"https://localhost' in error.server
