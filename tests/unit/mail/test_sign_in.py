"""Signing in: the mechanism, what a refusal means, and that the password shows up nowhere."""

from __future__ import annotations

import base64
import logging
import traceback
from collections.abc import Iterator

import pytest

from mailadmin.domain.accounts import AccountType
from mailadmin.domain.errors import Code, Layer, UserFixableError
from mailadmin.domain.ports import LayerReached
from mailadmin.domain.secrets import Secret
from mailadmin.mail.answers import Refused, retry_after, sign_in_failure
from mailadmin.mail.incoming import open_mailbox
from mailadmin.mail.redaction import Redaction
from tests.servers.opening import access_to, failure, opened
from tests.servers.scripted import Answer, Conversation, ScriptedServer, imap, pop3

MARKER = "Mark3r-p4ss-w0rd"
QUOTED = 'Mark3r-p4ss "w\\ord" #1'
POP3 = AccountType.POP3


# --- what a refusal means -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("[AUTHENTICATIONFAILED] Authentication failed.", Code.SIGN_IN_REFUSED),
        ("[AUTHENTICATIONFAILED] Try again later", Code.SIGN_IN_REFUSED),
        ("[AUTHORIZATIONFAILED] no", Code.SIGN_IN_REFUSED),
        ("[AUTH] Authentication failed.", Code.SIGN_IN_REFUSED),
        ("[AUTH] Invalid login", Code.SIGN_IN_REFUSED),
        ("Login failed.", Code.SIGN_IN_REFUSED),
        ("Login failed: authentication failure", Code.SIGN_IN_REFUSED),
        ("Logon failure: unknown user name or bad password.", Code.SIGN_IN_REFUSED),
        ("", Code.SIGN_IN_REFUSED),
        ("[PRIVACYREQUIRED] Plaintext authentication disallowed on non-secure connections.", Code.SIGN_IN_NEEDS_TLS),
        ("[AUTH] USER command only available under a layer", Code.SIGN_IN_NEEDS_TLS),
        ("[AUTH] Plaintext authentication disallowed on non-secure (SSL/TLS) connections.", Code.SIGN_IN_NEEDS_TLS),
        ("STARTTLS required", Code.SIGN_IN_NEEDS_TLS),
        ("TLS required to log in.", Code.SIGN_IN_NEEDS_TLS),
        ("Login only available under a layer", Code.SIGN_IN_NEEDS_TLS),
        ("encryption needed to use mechanism", Code.SIGN_IN_NEEDS_TLS),
        ("[UNAVAILABLE] Temporary authentication failure. [host:time]", Code.SIGN_IN_NOT_NOW),
        ("[LOGIN-DELAY] Logins must be at least 1 minute apart", Code.SIGN_IN_NOT_NOW),
        ("[IN-USE] Mailbox is locked", Code.SIGN_IN_NOT_NOW),
        ("[INUSE] other session", Code.SIGN_IN_NOT_NOW),
        ("[LIMIT] LOGIN Rate limit hit", Code.THROTTLED),
        ("[LIMIT] Too many", Code.SIGN_IN_NOT_NOW),
        ("[SYS/TEMP] disk", Code.SIGN_IN_NOT_NOW),
        ("[ALERT] Too many simultaneous connections. (Failure)", Code.SIGN_IN_NOT_NOW),
        ("Too many open connections (5 of 6 from localhost [127.0.0.1], 3 of 3 for u2)", Code.SIGN_IN_NOT_NOW),
        ("Unable to lock maildrop: Mailbox is locked by POP server", Code.SIGN_IN_NOT_NOW),
        ("User is authenticated but not connected.", Code.THROTTLED),
        ("Request is throttled. Suggested Backoff Time: 1500 milliseconds", Code.THROTTLED),
    ],
)
def test_a_refusal_is_judged_by_code_and_else_by_words(words: str, code: Code) -> None:
    error = sign_in_failure(Refused("LOGIN", words, layer=Layer.SIGN_IN), "anna")
    assert (error.code, error.server, error.layer) == (code, words, Layer.SIGN_IN)


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ("Suggested Backoff Time: 299961 milliseconds", "300"),
        ("Suggested Backoff Time 1000 milliseconds", "1"),
        ("Logins must be at least 1 minute apart", "60"),
        ("wait 30 seconds", "30"),
        ("not now", ""),
    ],
)
def test_the_time_to_wait_is_read_from_the_words(words: str, seconds: str) -> None:
    assert retry_after(words) == seconds


def test_the_login_delay_of_capa_is_the_time_to_wait() -> None:
    script = pop3({"PASS": b"-ERR [LOGIN-DELAY] too soon\r\n"}, capabilities=("USER", "LOGIN-DELAY 120"))
    with ScriptedServer(script) as server:
        error = failure(access_to(server.port, POP3))
    assert (error.code, error.facts) == (Code.SIGN_IN_NOT_NOW, {"username": "anna", "retry_after": "120"})


# --- mechanisms ---------------------------------------------------------------------------------------------------


def _plain(user: str, password: str) -> bytes:
    return base64.b64encode(f"\0{user}\0{password}".encode())


@pytest.mark.parametrize(
    ("user", "password", "command"),
    [
        ("anna", "secret", b'LOGIN "anna" "secret"'),
        ("anna", 'a"b\\c d', b'LOGIN "anna" "a\\"b\\\\c d"'),
        ("anna", "", b'LOGIN "anna" ""'),
        ("anna@x", "%*{3}(", b'LOGIN "anna@x" "%*{3}("'),
        ("anna", "Grüße", b'LOGIN "anna" {7}\r\nGr\xc3\xbc\xc3\x9fe'),
        ("änna", "Grüße", b"LOGIN {5}\r\n\xc3\xa4nna {7}\r\nGr\xc3\xbc\xc3\x9fe"),
        ("anna", "line\r\nend", b'LOGIN "anna" {9}\r\nline\r\nend'),
        ("anna", "x" * 600, b'LOGIN "anna" {600}\r\n' + b"x" * 600),
    ],
)
def test_login_carries_any_text(user: str, password: str, command: bytes) -> None:
    with (
        ScriptedServer(imap(capabilities="IMAP4rev1")) as server,
        opened(access_to(server.port, username=user), password),
    ):
        assert command in server.commands


def test_text_that_is_not_ascii_goes_by_plain_where_that_is_offered() -> None:
    said: list[bytes] = []

    def plain(conversation: Conversation) -> bytes:
        conversation.send(b"+ \r\n")
        said.append(conversation.readline().strip())
        return b"TAG OK in\r\n"

    with ScriptedServer(imap({"AUTHENTICATE PLAIN": plain})) as server:
        layers: list[LayerReached] = []
        with opened(access_to(server.port), "Grüße", layers):
            pass
    assert said == [_plain("anna", "Grüße")]
    assert {layer.layer: layer for layer in layers}[Layer.SIGN_IN].facts == {
        "mechanism": "PLAIN",
        "offered": "PLAIN",
    }


@pytest.mark.parametrize(
    ("capabilities", "code"),
    [
        ("IMAP4rev1 LOGINDISABLED", Code.SIGN_IN_NEEDS_TLS),
        ("IMAP4rev1 LOGINDISABLED STARTTLS AUTH=PLAIN", Code.SIGN_IN_NEEDS_TLS),
    ],
)
def test_a_disabled_login_is_respected(capabilities: str, code: Code) -> None:
    with ScriptedServer(imap(capabilities=capabilities)) as server:
        error = failure(access_to(server.port))
        assert not any(b"LOGIN" in command or b"AUTH" in command for command in server.commands)
    assert (error.code, error.layer) == (code, Layer.SIGN_IN)


def test_a_server_that_has_signed_us_in_already_is_not_asked_again() -> None:
    with (
        ScriptedServer(imap(greeting=b"* PREAUTH hello\r\n")) as server,
        opened(access_to(server.port)),
    ):
        assert not any(command.startswith(b"LOGIN") for command in server.commands)


@pytest.mark.parametrize(
    ("capabilities", "code"),
    [
        (("STLS", "SASL CRAM-MD5"), Code.SIGN_IN_NEEDS_TLS),
        (("SASL CRAM-MD5 GSSAPI",), Code.SIGN_IN_NO_MECHANISM),
    ],
)
def test_pop3_without_user_sends_no_password(capabilities: tuple[str, ...], code: Code) -> None:
    with ScriptedServer(pop3(capabilities=capabilities)) as server:
        error = failure(access_to(server.port, POP3))
        assert server.commands == [b"CAPA"]
    assert error.code is code
    assert error.facts.get("offered", "CRAM-MD5 GSSAPI") == "CRAM-MD5 GSSAPI"


def test_pop3_goes_by_plain_where_a_line_cannot_carry_the_password() -> None:
    said: list[bytes] = []

    def plain(conversation: Conversation) -> bytes:
        conversation.send(b"+ \r\n")
        said.append(conversation.readline().strip())
        return b"+OK in\r\n"

    with (
        ScriptedServer(pop3({"AUTH PLAIN": plain}, capabilities=("USER", "SASL PLAIN"))) as server,
        opened(access_to(server.port, POP3), "line\r\nend"),
    ):
        assert not any(command.startswith(b"PASS") for command in server.commands)
    assert said == [_plain("anna", "line\r\nend")]
    with ScriptedServer(pop3()) as server:
        assert failure(access_to(server.port, POP3), "line\r\nDELE 1").code is Code.SIGN_IN_NO_MECHANISM
        assert server.commands == [b"CAPA"]


def test_pop3_sends_text_that_is_not_ascii_as_utf8() -> None:
    with ScriptedServer(pop3()) as server, opened(access_to(server.port, POP3), "Grüße mit Leerzeichen"):
        assert "PASS Grüße mit Leerzeichen".encode() in server.commands


# --- secrecy ------------------------------------------------------------------------------------------------------


def _forms(password: str) -> Iterator[str]:
    """The password in clear, escaped as in a command and a repr, and whatever base64 makes of it."""
    yield password
    yield password.replace("\\", "\\\\").replace('"', '\\"')
    yield repr(password)[1:-1]
    octets = password.encode()
    for shift in range(3):
        yield base64.b64encode(b"x" * shift + octets).decode()[4:-4]


def _everything_said(error: BaseException | None) -> str:
    """All that a log, a crash report or a debugger's chain of exceptions could show."""
    said = []
    while error is not None:
        said += [repr(error), str(error), repr(error.args), *traceback.format_exception(error)]
        said += [repr(vars(error))]
        error = error.__cause__ or error.__context__
    return "\n".join(said)


def _echo(conversation: Conversation) -> bytes:
    return b"TAG NO cannot do " + conversation.commands[-1] + b"\r\n"


def _echo_plain(conversation: Conversation) -> bytes:
    conversation.send(b"+ \r\n")
    return b"TAG NO I heard " + conversation.readline().strip() + b" and refuse\r\n"


def _echo_nonsense(conversation: Conversation) -> bytes:
    return conversation.commands[-1] + b"\r\n"


def _echo_bye(conversation: Conversation) -> bytes:
    return b"* BYE " + conversation.commands[-1] + b"\r\n"


def _echo_pop3(conversation: Conversation) -> bytes:
    return b"-ERR unknown command: " + conversation.commands[-1] + b"\r\n"


def _welcome(conversation: Conversation) -> bytes:
    return b"TAG OK thank you for " + conversation.commands[-1] + b"\r\n"


def _welcome_pop3(conversation: Conversation) -> bytes:
    return b"+OK thank you for " + conversation.commands[-1] + b"\r\n"


def _echo_alert(conversation: Conversation) -> bytes:
    return b"* OK [ALERT] " + conversation.commands[-1] + b"\r\nTAG BAD " + conversation.commands[-1] + b"\r\n"


@pytest.mark.parametrize("password", [MARKER, QUOTED, "Mark3r Grüße ß", "Mark3r  two spaces", "m"])
@pytest.mark.parametrize(
    ("account_type", "answers"),
    [
        (AccountType.IMAP, {"LOGIN": _echo, "AUTHENTICATE": _echo_plain}),
        (AccountType.IMAP, {"LOGIN": _echo_nonsense, "AUTHENTICATE": _echo_plain}),
        (AccountType.IMAP, {"LOGIN": _echo_bye, "AUTHENTICATE": _echo_plain}),
        (AccountType.IMAP, {"LOGIN": _echo_alert, "AUTHENTICATE": _echo_plain}),
        (AccountType.POP3, {"PASS": _echo_pop3}),
        (AccountType.POP3, {"PASS": _echo_nonsense}),
    ],
)
def test_a_server_that_echoes_the_password_does_not_make_us_tell_it(
    account_type: AccountType, answers: dict[str, Answer], password: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    script = (imap if account_type is AccountType.IMAP else pop3)(answers)
    error: UserFixableError | None = None
    with ScriptedServer(script) as server:
        try:
            open_mailbox(access_to(server.port, account_type), Secret(password), lambda layer: None)
        except UserFixableError as caught:
            error = caught
    assert error is not None
    if len(password) == 1:  # nothing can be looked for; it is enough that nothing breaks
        return
    said = f"{_everything_said(error)}\n{caplog.text}\n{[record.args for record in caplog.records]}"
    for form in _forms(password):
        assert form not in said
    assert "***" in error.server


@pytest.mark.parametrize("account_type", [AccountType.IMAP, AccountType.POP3])
def test_a_session_in_debug_leaves_no_password_in_logs_output_or_memory_of_the_libraries(
    account_type: AccountType, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    layers: list[LayerReached] = []
    script = imap({"LOGIN": _welcome}) if account_type is AccountType.IMAP else pop3({"PASS": _welcome_pop3})
    with ScriptedServer(script) as server, opened(access_to(server.port, account_type), MARKER, layers) as mailbox:
        remembered = repr(vars(mailbox)) + repr(vars(mailbox._protocol))  # type: ignore[attr-defined]
        mailbox.list_messages()
        mailbox.finish()
    assert any("***" in layer.server for layer in layers)
    output = capfd.readouterr()
    said = f"{caplog.text}{[record.args for record in caplog.records]}{output.out}{output.err}{layers}{remembered}"
    for form in _forms(MARKER):
        assert form not in said


def test_redaction_finds_the_secret_wherever_it_stands_in_base64() -> None:
    redact = Redaction("hunter2hunter2")
    for before in ("", "a", "ab", "abc", "\0anna\0"):
        for after in ("", "x", "xy"):
            encoded = base64.b64encode(f"{before}hunter2hunter2{after}".encode()).decode()
            assert redact(f"NO {encoded} refused") == "NO *** refused"
    assert redact("nothing to hide") == "nothing to hide"
    assert Redaction("")("nothing to hide") == "nothing to hide"
