"""Signing in by access token: mechanisms, long tokens, what refusals mean, sessions that end, and secrecy."""

from __future__ import annotations

import base64
import json
import logging
import re
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pytest

from mailadmin.domain.accounts import AccountType, Authentication, Family
from mailadmin.domain.errors import Code, Layer, UserFixableError
from mailadmin.domain.ports import LayerReached, ServerAccess
from mailadmin.mail import sasl
from mailadmin.mail.redaction import Redaction
from tests.servers.certificates import Authority, Pem
from tests.servers.opening import access_to, failure, opened
from tests.servers.scripted import Answer, Conversation, Script, ScriptedServer, imap, pop3

TOKEN = "Mark3r.Acc3ss-T0ken_" + "x7Qz9/Lm+2~" * 15
LONG = TOKEN * 14  # 2.6 kB, as Microsoft's
IMAPS, POP3S = AccountType.IMAPS, AccountType.POP3S
BOTH = [IMAPS, POP3S]
XOAUTH2_REASON = {"status": "401", "schemes": "bearer", "scope": "https://mail.google.com/"}
OAUTHBEARER_REASON = {"status": "invalid_token", "openid-configuration": "https://id.example/.well-known/x"}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def pem(authority: Authority) -> Pem:
    return authority.issue("server", "localhost")


@pytest.fixture
def access(authority: Authority) -> Callable[[ScriptedServer, AccountType], ServerAccess]:
    def give(server: ScriptedServer, kind: AccountType) -> ServerAccess:
        found = access_to(server.port, kind, username="desk@example.org", ca_file=str(authority.file))
        return replace(found, authentication=Authentication.OAUTH2)

    return give


Access = Callable[[ScriptedServer, AccountType], ServerAccess]


def _script(kind: AccountType, offered: str, answers: dict[str, Answer], *, sasl_ir: bool = False) -> Script:
    """A server that offers mechanisms (separated by blanks) and otherwise does as usual."""
    if kind is IMAPS:
        names = [f"AUTH={name}" for name in offered.split()] + ["SASL-IR"] * sasl_ir
        return imap(answers, capabilities=" ".join(["IMAP4rev1", "UIDPLUS", "NAMESPACE", *names]))
    return pop3(answers, capabilities=("USER", "UIDL", "TOP", f"SASL {offered}"))


class Asking:
    """A server's side of an exchange; keeps what the client said, decoded."""

    def __init__(self, kind: AccountType, *, reason: object = None, end: bytes = b"") -> None:
        self._kind = kind
        self._challenge = b"" if reason is None else base64.b64encode(json.dumps(reason).encode())
        no, yes = (b"TAG NO no\r\n", b"TAG OK in\r\n") if kind is IMAPS else (b"-ERR no\r\n", b"+OK in\r\n")
        self._end = end or (no if reason else yes)
        self.said: list[bytes] = []
        self.lines: list[bytes] = []

    def __call__(self, conversation: Conversation) -> bytes:
        words = conversation.commands[-1].split()
        if len(words) > 2:
            self._hear(words[2])
        else:
            self._ask(conversation, b"")
        if self._challenge:
            self._ask(conversation, self._challenge)
        return self._end

    def _ask(self, conversation: Conversation, challenge: bytes) -> None:
        conversation.send(b"+ " + challenge + b"\r\n")
        self._hear(conversation.readline().rstrip(b"\r\n"))

    def _hear(self, line: bytes) -> None:
        self.lines.append(line)
        self.said.append(base64.b64decode(line, validate=True))

    @property
    def answers(self) -> dict[str, Answer]:
        return {"AUTHENTICATE" if self._kind is IMAPS else "AUTH": self}


def _xoauth2(token: str) -> bytes:
    return f"user=desk@example.org\1auth=Bearer {token}\1\1".encode()


def _oauthbearer(token: str, port: int) -> bytes:
    return f"n,a=desk@example.org,\1host=localhost\1port={port}\1auth=Bearer {token}\1\1".encode()


# --- which mechanism, and how it is sent --------------------------------------------------------------------------


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize(
    ("offered", "mechanism"),
    [
        ("PLAIN XOAUTH2", "XOAUTH2"),  # Exchange Online
        ("XOAUTH2 PLAIN PLAIN-CLIENTTOKEN OAUTHBEARER", "XOAUTH2"),  # Gmail
        ("PLAIN LOGIN XOAUTH2 OAUTHBEARER", "XOAUTH2"),  # Dovecot
        ("PLAIN OAUTHBEARER", "OAUTHBEARER"),
    ],
)
def test_the_mechanism_is_one_that_the_server_offers(
    access: Access, pem: Pem, kind: AccountType, offered: str, mechanism: str
) -> None:
    asking = Asking(kind)
    layers: list[LayerReached] = []
    with (
        ScriptedServer(_script(kind, offered, asking.answers), tls=pem) as server,
        opened(access(server, kind), TOKEN, layers),
    ):
        expected = _xoauth2(TOKEN) if mechanism == "XOAUTH2" else _oauthbearer(TOKEN, server.port)
    assert asking.said == [expected]
    facts = next(layer for layer in layers if layer.layer is Layer.SIGN_IN).facts
    assert facts["mechanism"] == mechanism
    assert set(facts["offered"].split()) == set(offered.split())


@pytest.mark.parametrize("kind", BOTH)
def test_a_server_that_takes_no_tokens_gets_none(access: Access, pem: Pem, kind: AccountType) -> None:
    with ScriptedServer(_script(kind, "PLAIN LOGIN", {}), tls=pem) as server:
        error = failure(access(server, kind), TOKEN)
        assert not any(b"AUTH" in command or b"LOGIN" in command for command in server.commands)
    assert (error.code, error.layer) == (Code.SIGN_IN_NO_MECHANISM, Layer.SIGN_IN)
    assert error.facts["username"] == "desk@example.org"
    assert set(error.facts["offered"].split()) == {"PLAIN", "LOGIN"}


@pytest.mark.parametrize("kind", [AccountType.IMAP, AccountType.POP3])
def test_no_token_travels_unencrypted(kind: AccountType) -> None:
    script = imap(capabilities="IMAP4rev1 AUTH=XOAUTH2") if kind.family is Family.IMAP else pop3()
    with ScriptedServer(script) as server:
        error = failure(replace(access_to(server.port, kind), authentication=Authentication.OAUTH2), TOKEN)
        assert not any(b"AUTH" in command for command in server.commands)
    assert (error.code, error.layer) == (Code.SIGN_IN_NEEDS_TLS, Layer.SIGN_IN)


@pytest.mark.parametrize(
    ("token", "sasl_ir", "with_command"), [(TOKEN, True, True), (TOKEN, False, False), (LONG, True, False)]
)
def test_imap_sends_the_token_along_where_that_is_allowed_and_not_too_long(
    access: Access, pem: Pem, token: str, sasl_ir: bool, with_command: bool
) -> None:
    asking = Asking(IMAPS)
    script = _script(IMAPS, "XOAUTH2", asking.answers, sasl_ir=sasl_ir)
    with ScriptedServer(script, tls=pem) as server, opened(access(server, IMAPS), token):
        (command,) = (command for command in server.commands if command.startswith(b"AUTHENTICATE"))
    assert asking.said == [_xoauth2(token)]
    assert (command != b"AUTHENTICATE XOAUTH2") is with_command


@pytest.mark.parametrize("token", [TOKEN, LONG])
def test_pop3_sends_the_token_on_a_line_of_its_own(access: Access, pem: Pem, token: str) -> None:
    asking = Asking(POP3S)
    with (
        ScriptedServer(_script(POP3S, "PLAIN XOAUTH2", asking.answers), tls=pem) as server,
        opened(access(server, POP3S), token),
    ):
        assert server.commands[:2] == [b"CAPA", b"AUTH XOAUTH2"]
    assert asking.said == [_xoauth2(token)]


def test_pop3_tries_the_usual_mechanism_where_the_server_does_not_say(access: Access, pem: Pem) -> None:
    asking = Asking(POP3S)
    script = pop3(asking.answers, capabilities=("TOP", "UIDL", "USER"))
    with ScriptedServer(script, tls=pem) as server, opened(access(server, POP3S), TOKEN):
        pass
    assert asking.said == [_xoauth2(TOKEN)]
    script = pop3({"CAPA": b"-ERR what\r\n", **asking.answers})
    with ScriptedServer(script, tls=pem) as server, opened(access(server, POP3S), TOKEN):
        pass
    assert asking.said == [_xoauth2(TOKEN)] * 2


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (b"-ERR unknown command AUTH\r\n", Code.SIGN_IN_NO_MECHANISM),
        (b"-ERR [AUTH] no\r\n", Code.SIGN_IN_REFUSED),
        (b"-ERR [SYS/TEMP] down\r\n", Code.SIGN_IN_NOT_NOW),
    ],
)
def test_pop3_without_auth_takes_no_tokens(access: Access, pem: Pem, words: bytes, code: Code) -> None:
    with ScriptedServer(pop3({"AUTH": words}, capabilities=("UIDL", "USER")), tls=pem) as server:
        error = failure(access(server, POP3S), TOKEN)
    assert error.code is code
    assert error.server in words.decode()


# --- what a refusal means -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize(
    ("mechanism", "reason", "understood"),
    [("XOAUTH2", XOAUTH2_REASON, b""), ("OAUTHBEARER", OAUTHBEARER_REASON, b"\1")],
)
def test_the_reason_is_answered_and_kept_with_the_servers_words(
    access: Access, pem: Pem, kind: AccountType, mechanism: str, reason: dict[str, str], understood: bytes
) -> None:
    asking = Asking(kind, reason=reason)
    with ScriptedServer(_script(kind, mechanism, asking.answers), tls=pem) as server:
        error = failure(access(server, kind), TOKEN)
    assert asking.said[1:] == [understood]
    assert (error.code, error.facts) == (Code.SIGN_IN_REFUSED, {"username": "desk@example.org"})
    assert error.server == f"no {json.dumps(reason)}"


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("[AUTHENTICATIONFAILED] Invalid credentials (Failure)", Code.SIGN_IN_REFUSED),
        ("AUTHENTICATE failed.", Code.SIGN_IN_REFUSED),
        ("Authentication failure: unknown user name or bad password.", Code.SIGN_IN_REFUSED),
        ("[AUTH] Authentication failed.", Code.SIGN_IN_REFUSED),
        ("[UNAVAILABLE] Temporary authentication failure.", Code.SIGN_IN_NOT_NOW),
        ("[SYS/TEMP] Temporary authentication failure.", Code.SIGN_IN_NOT_NOW),
        ("[ALERT] Too many simultaneous connections. (Failure)", Code.SIGN_IN_NOT_NOW),
        ("User is authenticated but not connected.", Code.MAILBOX_REFUSES_TOKEN),
        ("Request is throttled. Suggested Backoff Time: 1500 milliseconds", Code.THROTTLED),
    ],
)
def test_the_last_words_decide_and_not_the_reason(
    access: Access, pem: Pem, kind: AccountType, words: str, code: Code
) -> None:
    end = (f"TAG NO {words}" if kind is IMAPS else f"-ERR {words}").encode() + b"\r\n"
    misleading = {"status": "401", "scope": "TLS required, temporarily unavailable"}
    asking = Asking(kind, reason=misleading, end=end)
    with ScriptedServer(_script(kind, "XOAUTH2", asking.answers), tls=pem) as server:
        error = failure(access(server, kind), TOKEN)
    assert (error.code, error.layer) == (code, Layer.SIGN_IN)
    assert error.server.startswith(words)


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize("challenge", [b"not base64 at all", b"AAECA\xff", b"", base64.b64encode(b"[" * 9_000)])
def test_a_reason_that_makes_no_sense_is_answered_all_the_same(
    access: Access, pem: Pem, kind: AccountType, challenge: bytes
) -> None:
    lines: list[bytes] = []

    def ask(conversation: Conversation) -> bytes:
        for sent in (b"", challenge, challenge):
            conversation.send(b"+ " + sent + b"\r\n")
            lines.append(conversation.readline().strip())
        return b"TAG NO no\r\n" if kind is IMAPS else b"-ERR no\r\n"

    answers: dict[str, Answer] = {"AUTHENTICATE" if kind is IMAPS else "AUTH": ask}
    with ScriptedServer(_script(kind, "XOAUTH2", answers), tls=pem) as server:
        assert failure(access(server, kind), TOKEN).code is Code.SIGN_IN_REFUSED
    assert lines == [base64.b64encode(_xoauth2(TOKEN)), b"", b"*"]  # the third is too much: cancelled


def test_a_name_with_signs_of_the_protocol_is_escaped() -> None:
    exchange = sasl.with_token("a=b,c@x", "t", ["OAUTHBEARER"], host="h", port=1, encrypted=True)
    assert base64.b64decode(exchange.answer()) == b"n,a=a=3Db=2Cc@x,\1host=h\1port=1\1auth=Bearer t\1\1"


# --- a session that ends with its token ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        (
            {"UID SEARCH ALL": b"* BYE Session invalidated - AccessTokenExpired\r\n"},
            "Session invalidated - AccessTokenExpired",
        ),
        (
            {"UID SEARCH ALL": b"* BYE Session invalidated - AccessTokenExpired\r\nTAG NO SEARCH failed.\r\n"},
            "Session invalidated - AccessTokenExpired",
        ),
        ({"UID SEARCH ALL": b"* BYE Session expired, please login again.\r\n"}, "Session expired, please login again."),
        (
            {"UID SEARCH ALL": b"TAG NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)\r\n"},
            "[AUTHENTICATIONFAILED] Invalid credentials (Failure)",
        ),
        ({"UID FETCH": b"* BYE Session invalidated - AccessTokenExpired\r\n"}, "Session invalidated"),
    ],
)
def test_an_imap_session_that_ends_with_its_token_says_so(
    access: Access, pem: Pem, answers: dict[str, Answer], words: str
) -> None:
    script = _script(IMAPS, "XOAUTH2", {**Asking(IMAPS).answers, **answers})
    with (
        ScriptedServer(script, tls=pem) as server,
        opened(access(server, IMAPS), TOKEN) as mailbox,
        pytest.raises(UserFixableError) as caught,
    ):
        for _ in mailbox.download(mailbox.list_messages()):
            pass
    error = caught.value
    assert (error.code, error.facts["host"]) == (Code.SESSION_EXPIRED, "localhost")
    assert error.layer is not Layer.SIGN_IN
    assert error.server.startswith(words)


@pytest.mark.parametrize("command", ["UIDL", "LIST", "RETR"])
@pytest.mark.parametrize("words", [b"Access token expired", b"[AUTH] Session expired", b"AccessTokenExpired"])
def test_a_pop3_session_that_ends_with_its_token_says_so(access: Access, pem: Pem, command: str, words: bytes) -> None:
    script = _script(POP3S, "XOAUTH2", {**Asking(POP3S).answers, command: b"-ERR " + words + b"\r\n"})
    with (
        ScriptedServer(script, tls=pem) as server,
        opened(access(server, POP3S), TOKEN) as mailbox,
        pytest.raises(UserFixableError) as caught,
    ):
        for _ in mailbox.download(mailbox.list_messages()):
            pass
    assert caught.value.code is Code.SESSION_EXPIRED


def test_the_same_words_to_a_password_mean_a_lost_connection(authority: Authority, pem: Pem) -> None:
    script = imap({"UID SEARCH ALL": b"* BYE Session expired, please login again.\r\n"})
    with (
        ScriptedServer(script, tls=pem) as server,
        opened(access_to(server.port, IMAPS, ca_file=str(authority.file))) as mailbox,
        pytest.raises(UserFixableError) as caught,
    ):
        mailbox.list_messages()
    assert caught.value.code is Code.CONNECTION_LOST


NOT_CONNECTED = "User is authenticated but not connected."


@pytest.mark.parametrize(
    ("kind", "answers"),
    [
        (IMAPS, {"SELECT": f"TAG BAD {NOT_CONNECTED}\r\n".encode()}),
        (IMAPS, {"SELECT": f"* BYE {NOT_CONNECTED}\r\n".encode()}),
        (POP3S, {"STAT": f"-ERR {NOT_CONNECTED}\r\n".encode()}),
    ],
)
def test_a_good_token_that_does_not_open_the_mailbox(
    access: Access, pem: Pem, kind: AccountType, answers: dict[str, Answer]
) -> None:
    """Exchange Online says it of another user's token, without rights, and where IMAP is switched off."""
    with ScriptedServer(_script(kind, "XOAUTH2", {**Asking(kind).answers, **answers}), tls=pem) as server:
        error = failure(access(server, kind), TOKEN)
    assert (error.code, error.layer, error.server) == (Code.MAILBOX_REFUSES_TOKEN, Layer.FOLDER, NOT_CONNECTED)
    assert error.facts["username"] == "desk@example.org"


def test_to_a_password_and_in_an_opened_mailbox_the_same_words_ask_for_patience(
    access: Access, authority: Authority, pem: Pem
) -> None:
    answers: dict[str, Answer] = {"SELECT": f"TAG BAD {NOT_CONNECTED}\r\n".encode()}
    with ScriptedServer(imap(answers), tls=pem) as server:
        error = failure(access_to(server.port, IMAPS, ca_file=str(authority.file)))
    assert (error.code, error.layer) == (Code.THROTTLED, Layer.FOLDER)
    answers = {**Asking(IMAPS).answers, "UID SEARCH ALL": f"TAG BAD {NOT_CONNECTED}\r\n".encode()}
    with (
        ScriptedServer(_script(IMAPS, "XOAUTH2", answers), tls=pem) as server,
        opened(access(server, IMAPS), TOKEN) as mailbox,
        pytest.raises(UserFixableError) as caught,
    ):
        mailbox.list_messages()
    assert (caught.value.code, caught.value.layer) == (Code.THROTTLED, Layer.LIST)


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize(
    "words",
    [
        "[AUTH] mailbox disabled by administrator",
        "[AUTHENTICATIONFAILED] no",
        "Invalid credentials: delegate has no right to this folder",
    ],
)
def test_a_folder_that_does_not_open_is_no_session_that_ended(
    access: Access, pem: Pem, kind: AccountType, words: str
) -> None:
    """The token has just been taken: another would not help."""
    answers = {"SELECT": f"TAG NO {words}\r\n".encode(), "STAT": f"-ERR {words}\r\n".encode()}
    with ScriptedServer(_script(kind, "XOAUTH2", {**Asking(kind).answers, **answers}), tls=pem) as server:
        error = failure(access(server, kind), TOKEN)
    assert (error.code, error.server) == (Code.FOLDER_NOT_OPENED, words)


def test_a_token_that_ends_while_the_folder_is_opened_is_said_to(access: Access, pem: Pem) -> None:
    words = "Session invalidated - AccessTokenExpired"
    answers = {**Asking(IMAPS).answers, "SELECT": f"* BYE {words}\r\n".encode()}
    with ScriptedServer(_script(IMAPS, "XOAUTH2", answers), tls=pem) as server:
        error = failure(access(server, IMAPS), TOKEN)
    assert (error.code, error.layer, error.server) == (Code.SESSION_EXPIRED, Layer.FOLDER, words)


# --- secrecy ------------------------------------------------------------------------------------------------------


def _echoing(kind: AccountType, cut: Sequence[slice]) -> Answer:
    """Asks for the token, then tells it back: in the reason, in the clear and in base64, whole and cut up."""

    def echo(conversation: Conversation) -> bytes:
        words = conversation.commands[-1].split()
        if len(words) < 3:
            conversation.send(b"+ \r\n")
        line = words[2] if len(words) > 2 else conversation.readline().strip()
        clear = base64.b64decode(line)
        pieces = [text[one] for text in (line, clear, base64.b64encode(b"<" + clear)) for one in cut]
        said = b" / ".join(re.sub(rb"[\1\r\n]", b" ", piece) for piece in pieces)
        conversation.send(b"+ " + base64.b64encode(b'{"status":"401","heard":"' + said + b'"}') + b"\r\n")
        conversation.readline()
        return (b"TAG NO I heard " if kind is IMAPS else b"-ERR I heard ") + said + b"\r\n"

    return echo


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize("mechanism", ["XOAUTH2", "OAUTHBEARER"])
@pytest.mark.parametrize("token", [TOKEN, LONG])
@pytest.mark.parametrize("sasl_ir", [False, True])
def test_a_server_that_echoes_the_token_does_not_make_us_tell_it(
    access: Access,
    pem: Pem,
    kind: AccountType,
    mechanism: str,
    token: str,
    sasl_ir: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    cut = [slice(None), slice(0, 90), slice(31, 130), slice(50, 120), slice(-60, None)]
    answers = {"AUTHENTICATE" if kind is IMAPS else "AUTH": _echoing(kind, cut)}
    with ScriptedServer(_script(kind, mechanism, answers, sasl_ir=sasl_ir), tls=pem) as server:
        error = failure(access(server, kind), token)
    said = "".join(traceback.format_exception(error)) + repr(vars(error)) + caplog.text + str(caplog.records)
    for piece in _pieces(token):
        assert piece not in said
    assert "***" in error.server
    assert "heard" in error.server


def _pieces(token: str) -> Iterator[str]:
    """Whatever is long enough to be of use to somebody, in the clear and in base64."""
    for form in (token, *(base64.b64encode(b"x" * shift + token.encode()).decode()[4:-4] for shift in range(3))):
        yield from (form[at : at + 16] for at in range(len(form) - 15))


def test_redaction_of_a_token_leaves_other_words_alone() -> None:
    redact = Redaction(LONG)
    words = '[AUTHENTICATIONFAILED] Authentication failed. {"status":"401","scope":"https://mail.google.com/"}'
    assert redact(words) == words
    assert redact(f"{LONG[100:140]} and {words}") == f"*** and {words}"


def test_nothing_of_the_token_stays_in_an_opened_mailbox(access: Access, pem: Pem) -> None:
    for kind in BOTH:
        script = _script(kind, "XOAUTH2", Asking(kind).answers)
        with ScriptedServer(script, tls=pem) as server, opened(access(server, kind), TOKEN) as mailbox:
            remembered = repr(vars(mailbox)) + repr(vars(mailbox._protocol))  # type: ignore[attr-defined]
        assert not any(piece in remembered for piece in _pieces(TOKEN))
