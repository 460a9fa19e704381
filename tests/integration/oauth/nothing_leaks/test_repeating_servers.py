"""Servers that repeat what they were told, and crashes with a token in hand: no secret is found afterwards."""

from __future__ import annotations

import base64
import html
import json
import logging
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from mailadmin.domain.accounts import AccountType, Authentication, IncomingAccount
from mailadmin.domain.oauth import ClientAuthentication, Flow, Provider
from mailadmin.domain.outcomes import FetchStatus
from mailadmin.domain.secrets import Secret
from tests.evidence import PASSWORD
from tests.integration.fetch.conftest import mail
from tests.integration.oauth.conftest import LOGIN
from tests.servers.certificates import Authority
from tests.servers.graph import Fault, GraphServer
from tests.servers.openid import DAEMON, DESKTOP_SECRET
from tests.servers.scripted import Answer, Conversation, ScriptedServer, imap, pop3

from .conftest import Administrator

SECRET = ClientAuthentication.SECRET
KINDS = [AccountType.IMAPS, AccountType.POP3S]

# --- mail servers that repeat what they were told -------------------------------------------------------------------


class Echoing:
    """Refuses every sign-in, each time with the credential repeated in another way: in the refusal, or in a reason."""

    def __init__(self, kind: AccountType) -> None:
        self._imap = kind is AccountType.IMAPS
        self.number = 0

    @property
    def answers(self) -> dict[str, Answer]:
        return dict.fromkeys(("AUTHENTICATE", "LOGIN") if self._imap else ("AUTH", "PASS"), self.answer)

    def answer(self, conversation: Conversation) -> bytes:
        said = conversation.commands[-1]
        words = said.split()
        exchange = words[0].startswith(b"AUTH")
        if exchange and len(words) < 3:
            conversation.send(b"+ \r\n")
            said = conversation.readline().rstrip(b"\r\n")
        credential = base64.b64decode(said.split()[-1]) if exchange else said.partition(b" ")[2]
        echoes = _echoes(said, credential)
        echo = echoes[self.number % len(echoes)].replace(b"\n", b" ").replace(b"\r", b" ")
        self.number += 1
        if exchange and self.number % 2:
            conversation.send(b"+ " + base64.b64encode(b'{"status":"400","sent":"%b"}' % echo) + b"\r\n")
            conversation.readline()
        return (b"TAG NO wrong: %b\r\n" if self._imap else b"-ERR wrong: %b\r\n") % echo


def _echoes(said: bytes, credential: bytes) -> list[bytes]:
    """What a server might repeat of a credential, and of the line with it."""
    secret = credential.partition(b"Bearer ")[2].rstrip(b"\1") or credential.rpartition(b"\0")[2]
    blob = base64.b64encode(credential)
    wide = secret.decode().encode("utf-16-le")
    return [
        said, credential, credential.replace(b"\1", b"^A"), repr(credential).encode(), secret, repr(secret).encode(),
        quote(secret).encode(), quote(quote(secret)).encode(), secret.hex().encode(), credential.hex().encode(),
        base64.b64encode(secret), base64.urlsafe_b64encode(credential), quote(blob).encode(),
        blob[:40] + b" " + blob[40:], wide, base64.b64encode(wide), json.dumps({"sent": secret.decode()}).encode(),
        secret.decode("latin-1").encode(), html.escape(secret.decode()).encode(),
    ]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_mail_servers_that_repeat_a_credential(person: Administrator, tmp_path: Path, kind: AccountType) -> None:
    authority = Authority(tmp_path)
    pem = authority.issue("server", "localhost")
    person.profile(Provider.MICROSOFT, SECRET, DESKTOP_SECRET)
    echoing = Echoing(kind)
    mechanisms = {"AUTH=PLAIN AUTH=XOAUTH2 IMAP4rev1": 20, "AUTH=OAUTHBEARER LOGIN IMAP4rev1 SASL-IR": 4}
    for offered, times in mechanisms.items():
        if kind is AccountType.IMAPS:
            script = imap(echoing.answers, capabilities=offered)
        else:
            script = pop3(echoing.answers, capabilities=("USER", "UIDL", offered.replace("AUTH=", "SASL ", 1)))
        with ScriptedServer(script, tls=pem) as server:
            place: dict[str, Any] = {
                "host": "localhost",
                "port": server.port,
                "ca_file": str(authority.file),
                "type": kind,
            }
            account = replace(person.office.account(kind), name=f"By token {offered}", **place)
            account = person.app.accounts.add(account, None, person.sign_in(account, person.provider.sign_in))
            password = IncomingAccount(name=f"By password {offered}", username="desk", **place)
            password = person.app.accounts.add(password, Secret(PASSWORD))
            for _ in range(times // 2):
                assert person.fetch(account).status is FetchStatus.FAILED
            for _ in range(times):
                assert person.fetch(password).status is FetchStatus.FAILED
            person.look_around(account)
            person.look_around(password)
    assert echoing.number > 30


# --- Microsoft Graph --------------------------------------------------------------------------------------------------


def test_graph_that_repeats_the_token(person: Administrator, graph: GraphServer, tmp_path: Path) -> None:
    app, site = person.app, person.provider
    both = tmp_path / "both.pem"
    both.write_text(Path(site.ca_file).read_text() + Path(graph.ca_file).read_text())
    graph_url = f"https://localhost:{graph.port}"
    fields: dict[str, Any] = {"flow": Flow.CLIENT_CREDENTIALS, "graph_url": graph_url, "ca_file": str(both)}
    person.profile(Provider.MICROSOFT, SECRET, DAEMON, **fields)
    account = IncomingAccount(
        name="Orders", type=AccountType.MSGRAPH, username=LOGIN, authentication=Authentication.OAUTH2,
        oauth_profile="Company",
    )  # fmt: skip
    account = app.accounts.add(account)
    token = app.tokens.credential_of(account).reveal()
    graph.mailbox(LOGIN, token).deliver(mail(1), mail(2))
    assert person.fetch(account).counts.fetched == 2
    person.look_around(account)
    line = f"Authorization: Bearer {token}"
    for echo in _echoes(line.encode(), f"auth=Bearer {token}".encode()):
        words = echo.decode("utf-8", "replace")
        for status, code in ((400, "BadRequest"), (403, f"Denied {words}"), (404, "ErrorInvalidUser"), (503, words)):
            graph.faults = [Fault("GET", times=9, status=status, code=code, message=f"You sent {words}")]
            person.fetch(account)
    graph.faults = [Fault("GET", times=1, body=json.dumps({"sent": token}).encode())]
    assert person.fetch(account).status is FetchStatus.FAILED
    person.look_around(account)
    graph.faults = []
    graph.tokens.clear()  # expired: a fresh one is got, which it does not take either
    assert person.fetch(account).status is FetchStatus.FAILED
    person.look_around(account)


# --- crashes --------------------------------------------------------------------------------------------------------


def test_a_crash_with_a_token_in_hand(person: Administrator, capsys: pytest.CaptureFixture[str]) -> None:
    person.profile(Provider.MICROSOFT, SECRET, DESKTOP_SECRET)
    account = person.office.account(AccountType.IMAPS)
    account = person.app.accounts.add(account, None, person.sign_in(account, person.provider.sign_in))
    token = person.app.tokens.credential_of(account)

    def crash() -> None:
        held = {"Authorization": f"Bearer {token.reveal()}", "blob": base64.b64encode(token.reveal().encode())}
        try:
            raise KeyError(held)
        except KeyError as error:
            error.add_note(f"with {token.reveal().encode('utf-16-le')!r} and {token}")
            raise RuntimeError(f"no answer to {held}") from error

    thread = threading.Thread(target=crash, name="crashing")
    thread.start()
    thread.join()
    try:
        crash()
    except RuntimeError as error:
        sys.excepthook(RuntimeError, error, error.__traceback__)
        logging.getLogger("mailadmin.test").exception("failed with %r", {"token": token.reveal()})
    captured = capsys.readouterr()
    assert "unexpected error (RuntimeError)" in captured.err
    person.evidence.say("standard output and error", captured.out + captured.err)
