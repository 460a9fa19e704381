from __future__ import annotations

import base64
import html
import io
import json
import logging
import os
import re
import stat
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mailadmin import diagnostics
from mailadmin.diagnostics import HIDDEN, SecretFilter
from mailadmin.domain.secrets import Secret

MARKER = "mk-4711 \"q\\ü'€/+?&"


@pytest.fixture
def log() -> Iterator[logging.Logger]:
    """The root logger, put back as it was afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    hooks = sys.excepthook, threading.excepthook
    yield root
    for handler in root.handlers[:]:
        if handler not in handlers:
            root.removeHandler(handler)
            handler.close()
    root.handlers[:], root.level = handlers, level
    root.setLevel(level)
    logging.captureWarnings(False)
    sys.excepthook, threading.excepthook = hooks


@pytest.fixture(autouse=True)
def _own_filter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagnostics, "SECRETS", SecretFilter())


def hiding(*secrets: str) -> SecretFilter:
    hider = SecretFilter()
    for secret in secrets:
        hider.hide(Secret(secret))
    return hider


# --- known secrets ---------------------------------------------------------------------------------------------------


def encodings(secret: str) -> dict[str, str]:
    """How a secret turns up in logs: made with the real encoders, in the company it keeps there."""
    octets = secret.encode()
    b64 = {f"base64 after {n}": base64.b64encode(b"u" * n + octets + b"tail").decode() for n in range(3)}
    sasl = {
        "PLAIN": b"\0bob@example.org\0" + octets,
        "PLAIN with authzid": b"support\0bob\0" + octets,
        "XOAUTH2": b"user=bob\x01auth=Bearer " + octets + b"\x01\x01",
        "OAUTHBEARER": b"n,a=bob,\x01auth=Bearer " + octets + b"\x01\x01",
        "Basic": b"bob:" + octets,
    }
    return b64 | {name: base64.b64encode(blob).decode() for name, blob in sasl.items()} | {
        "plain": secret,
        "base64 url-safe": base64.urlsafe_b64encode(octets).decode(),
        "base64 of UTF-16": base64.b64encode(secret.encode("utf-16-le")).decode(),
        "hex": octets.hex(),
        "HEX": octets.hex().upper(),
        "hex with blanks": octets.hex(" "),
        "hex of a form": urlencode({"x": secret}).encode().hex(),
        "base64 of a form": base64.b64encode(urlencode({"x": secret}).encode()).decode(),
        "Basic, form-encoded": base64.b64encode(f"client:{quote_plus(secret)}".encode()).decode(),
        "URL twice": quote(quote(secret, safe=""), safe=""),
        "UTF-16 hex": secret.encode("utf-16-be").hex(),
        "UTF-16 octets": repr(secret.encode("utf-16-le")),
        "URL": f"https://host/?x={quote(secret)}",
        "URL all": f"x={quote(secret, safe='')}&y=1",
        "URL lower case": re.sub("%..", lambda match: match.group().lower(), quote(secret, safe="")),
        "form": urlencode({"x": secret}),
        "form plus": quote_plus(secret),
        "JSON": json.dumps({"x": secret}),
        "JSON UTF-8": json.dumps({"x": secret}, ensure_ascii=False),
        "JSON octets": repr(json.dumps({"x": secret}).encode()),
        "repr": repr(secret),
        "repr in a list": repr([secret, "it's \"so\""]),
        "repr in a sentence": repr(f"it's {secret} \"so\""),
        "ascii": ascii(secret),
        "ascii in a sentence": ascii(f"it's {secret} \"so\""),
        "octets": repr(octets),
        "octets in a line": repr(b"A1 '\"" + octets + b"\r\n"),
        "IMAP quoted": '"' + secret.replace("\\", "\\\\").replace('"', '\\"') + '"',
        "IMAP quoted octets": repr(('"' + secret.replace("\\", "\\\\").replace('"', '\\"') + '"').encode()),
        "HTML": html.escape(secret),
        "wrongly decoded": octets.decode("latin-1"),
    }  # fmt: skip


@pytest.mark.parametrize("name", encodings(""))
def test_a_known_secret_is_hidden_in_every_encoding(name: str) -> None:
    written = encodings(MARKER)[name]
    shown = hiding(MARKER).scrub(f"before {written} after")
    assert HIDDEN in shown
    assert "4711" not in shown
    assert shown.startswith("before ")
    assert shown.endswith(" after")
    kept = [part for part in shown.removeprefix("before ").removesuffix(" after").split(HIDDEN) if len(part) > 20]
    assert kept == []  # the blob is hidden whole: its rest would hold bits of the secret


SECRET_TEXTS = st.text(
    st.characters(exclude_categories=["Cs"]), min_size=4, max_size=60
).map(lambda text: f"mk{text}4711")  # fmt: skip


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=150)
@given(secrets=st.lists(SECRET_TEXTS, min_size=1, max_size=3), padding=st.text("ab1 ", max_size=5))
@example(secrets=["mk***4711"], padding="")
@example(secrets=["mk'ü4711"], padding="")
@example(secrets=["mk\n\r\t\x004711", "mk\n\r\t\x0047114711"], padding="a")
@pytest.mark.slow
def test_no_planted_secret_is_found_in_the_log_in_any_encoding(secrets: list[str], padding: str) -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(hiding(*secrets))
    logger = logging.Logger("planted")  # noqa: LOG001  (out of reach of pytest's handlers)
    logger.addHandler(handler)
    for secret in secrets:
        for written in encodings(secret).values():
            logger.info("%s", padding + written)
            try:
                raise ValueError(padding + written)
            except ValueError:
                logger.exception("failed with %r", {"x": written})
    text = stream.getvalue()
    for secret in secrets:
        found = [name for name, written in encodings(secret).items() if written in text]
        assert found == []
        assert secret.encode("utf-16-le").decode("latin-1") not in text


def test_secrets_that_overlap_are_hidden_whole() -> None:
    assert hiding("abcdef", "defghi").scrub("x abcdefghi y") == "x *** y"
    assert hiding("abcdefghij", "cdef").scrub("x abcdefghij y") == "x *** y"
    assert hiding("token-a", "token-a-and-more").scrub("x token-a-and-more y") == "x *** y"


@pytest.mark.parametrize(("length", "logged"), [(900, 40), (900, 20), (100, 40), (100, 99), (100, 16)])
def test_the_beginning_of_a_long_token_is_hidden_too(length: int, logged: int) -> None:
    token = "ya29." + "".join(chr(97 + number % 26) for number in range(length))
    shown = hiding(token).scrub(f"token {token[:logged]}")
    assert shown == f"token {HIDDEN}"


def test_what_stands_after_a_cut_off_token_stays_if_the_token_is_not_huge() -> None:
    token = "ya29." + "".join(chr(97 + number % 26) for number in range(100))
    assert hiding(token).scrub(f"token {token[:40]}... of bob") == f"token {HIDDEN}... of bob"


def test_short_secrets_are_hidden_as_words_so_that_the_log_stays_readable() -> None:
    hider = hiding("pw", "a", "xyz")
    assert hider.scrub("the password pw of a pwned xyz: 'xyz', abc") == "the password *** of *** pwned ***: '***', abc"


def test_no_secret_changes_nothing() -> None:
    text = "account support: 50 messages, INBOX/1234/5678, 1.2 s, https://mail.example.org:993/x"
    assert hiding("").scrub(text) == text


def test_the_secrets_not_heard_of_for_longest_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagnostics, "_MOST_SECRETS", 2)
    hider = hiding("marker-one", "marker-two", "marker-one", "marker-three")
    assert hider.scrub("marker-one marker-two marker-three") == "*** marker-two ***"
    assert hiding("marker-one", "marker-two", "marker-three", "marker-four")._forms.keys() == {
        form.beginning[:4] for secret in ("marker-three", "marker-four") for form in diagnostics._forms_of(secret)
    }


def test_threads_may_hide_while_others_log() -> None:
    hider = SecretFilter()
    secrets = [f"marker-{number}-4711" for number in range(200)]

    def hide_all() -> None:
        for secret in secrets:
            hider.hide(Secret(secret))

    threads = [threading.Thread(target=hide_all) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        hider.scrub(" ".join(secrets))
    assert "marker" not in hider.scrub(" ".join(secrets))


# --- what nobody made known ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "C: A001 LOGIN bob hunter2",
        'C: A001 LOGIN "bob" "hunter2"',
        "> b'AAAA1 LOGIN bob \"hunter2\"\\r\\n'",
        r"""> b'AAAA1 LOGIN bob "x\\"hunter2"\r\n'""",
        "a5 login bob hunter2",
        "A1 LOGIN bob {7}\r\nhunter2",
        "PASS hunter2",
        "PASS my hunter2 passphrase",
        "b'PASS \"hunter2\\r\\n'",
        "A1 AUTHENTICATE PLAIN AGJvYgBodW50ZXIyaHVudGVyMg==hunter2",
        "AUTHENTICATE XOAUTH2\r\n+ \r\nhunter2hunter2",
        "b'AUTHENTICATE PLAIN\\r\\nhunter2hunter2'",
        "AUTH PLAIN hunter2hunter2",
        "AUTH LOGIN hunter2hunter2==",
        "dXNlcj1ib2IBYXV0aD1CZWFyZXIghunter2",
        "Authorization: Bearer hunter2",
        "Authorization: Basic hunter2==",
        "{'Authorization': 'Bearer hunter2', 'Accept': 'x'}",
        "('authorization', 'Bearer hunter2')",
        "b'Authorization: Basic hunter2\\r\\n'",
        "Proxy-Authorization: Basic hunter2",
        "got Bearer eyJ0eXAiOiJKV1Qihunter2",
        "GET /?access_token=hunter2&x=1",
        "refresh_token=hunter2",
        '{"access_token": "hunter2", "expires_in": 3599}',
        "{'refresh_token': 'hunter2'}",
        '"{\\"client_secret\\": \\"hunter2\\"}"',
        "client_secret=hunter2",
        "clientSecret: hunter2",
        'password="my \\"hunter2\\" secret"',
        "password = hunter2",
        "password=a\"hunter2",
        "SMTP_PASSWORD=hunter2",
        "access_token%3Dhunter2",
        "https://bob:hunter2@mail.example.org/x",
        "imap://bob:p@hunter2@host",
        "postgresql+psycopg://mailadmin:hunter2@db:5432/mailadmin",
        "http://localhost:8765/callback?code=4/hunter2&scope=x",
    ],
)  # fmt: skip
def test_what_looks_like_a_secret_is_hidden(line: str) -> None:
    shown = SecretFilter().scrub(f"before {line}")
    assert HIDDEN in shown
    assert "hunter2" not in shown
    assert shown.startswith("before ")


@pytest.mark.parametrize(
    "line",
    [
        "* CAPABILITY IMAP4rev1 AUTH=PLAIN AUTH=LOGIN LOGIN-REFERRALS IDLE UIDPLUS",
        "250-AUTH PLAIN LOGIN XOAUTH2",
        "RESP-CODES, SASL PLAIN LOGIN XOAUTH2 OAUTHBEARER, TOP, UIDL",
        "RESP-CODES, SASL PLAIN LOGIN XOAUTH2, TOP, UIDL",
        "AUTHENTICATE failed",
        "* NO [AUTHENTICATIONFAILED] Authentication failed.",
        "login refused for bob",
        "sign-in refused: wrong password",
        "the password of support was changed",
        "secret incoming/0b54/password was set",
        "http://localhost:9443/lab?mail=a@b.example",
        "postgresql://mailadmin@db:5432/mailadmin",
        "fetched 50 messages of INBOX/1234/5678 in 1.2 s",
        "password=***",
    ],
)
def test_what_is_no_secret_stays(line: str) -> None:
    assert SecretFilter().scrub(line) == line


@pytest.mark.parametrize(
    "text",
    [
        "A" * 100_000,
        "a1" * 50_000,
        "\\" * 100_000,
        "://a:" * 20_000,
        "http://a:b" * 60_000,
        'LOGIN "\\' * 10_000,
        "LOGIN" + " " * 50_000,
        "AUTH PLAIN" + " +" * 30_000,
        'password="' * 10_000,
        "password" + "\\" * 50_000,
    ],
    ids=lambda text: text[:12],
)
@pytest.mark.timeout(30)
def test_no_server_can_keep_the_log_busy_for_ever(text: str) -> None:
    assert SecretFilter().scrub(text)  # quadratic patterns would take minutes


# --- records ---------------------------------------------------------------------------------------------------------


def written(log: logging.Logger, folder: Path) -> str:
    for handler in log.handlers:
        handler.flush()
    return (folder / diagnostics.LOG_FILE).read_text(encoding="utf-8")


def set_up(folder: Path, *secrets: str, debug: bool = False) -> logging.Logger:
    diagnostics.set_up_logging(folder, debug=debug)
    for secret in secrets:
        diagnostics.hide(Secret(secret))
    return logging.getLogger("mailadmin.test")


def test_message_arguments_traceback_and_stack_are_hidden_in_file_and_on_standard_error(
    log: logging.Logger, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ours = set_up(tmp_path, "marker-4711")

    def fail() -> None:
        raise ValueError("cause marker-4711")

    try:
        try:
            fail()
        except ValueError as error:
            error.add_note("note marker-4711")
            raise RuntimeError({"words": "marker-4711"}) from error
    except RuntimeError:
        ours.exception("message marker-4711 %s %r", "marker-4711", {"x": b"marker-4711"}, stack_info=True)
    for text in (written(log, tmp_path), capsys.readouterr().err):
        assert "marker" not in text.replace('marker-4711")', "")  # the source lines of this very test
        assert "ValueError: cause ***" in text
        assert "note ***" in text
        assert "message *** *** {'x': b'***'}" in text
        assert "Stack (most recent call last)" in text


def test_a_log_call_with_wrong_arguments_is_logged_without_its_arguments(
    log: logging.Logger, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ours = set_up(tmp_path, "marker-4711")
    for handler in log.handlers[:]:
        if diagnostics.SECRETS not in handler.filters:  # pytest's own raise for such calls
            log.removeHandler(handler)
    ours.warning("wrong %d", "marker-4711")
    assert "wrong arguments: wrong %d" in written(log, tmp_path)
    assert "marker" not in written(log, tmp_path) + capsys.readouterr().err


def test_what_a_server_says_cannot_pose_as_a_record(log: logging.Logger, tmp_path: Path) -> None:
    set_up(tmp_path).info("server said %s", "no\r\n2026-11-20T00:00:00.000Z ERROR forged\x1b[2J\x00")
    text = written(log, tmp_path)
    assert len([line for line in text.splitlines() if not line.startswith(" ")]) == 1
    assert "\\x1b[2J\\x00" in text


def test_file_and_standard_error_show_the_same(
    log: logging.Logger, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up(tmp_path).warning("two\nlines")
    assert written(log, tmp_path) == capsys.readouterr().err
    assert written(log, tmp_path).endswith("two\n    lines\n")


def test_lone_surrogates_are_written_as_escapes(log: logging.Logger, tmp_path: Path) -> None:
    set_up(tmp_path).info("name %s", "a\udcffb")
    assert "name a\\udcffb" in written(log, tmp_path)


def test_times_are_utc(log: logging.Logger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = set_up(tmp_path)
    record = ours.makeRecord("x", logging.INFO, "f", 1, "hello", (), None)
    record.created = datetime(2026, 11, 20, 6, 7, 8, 901000, UTC).timestamp()
    ours.handle(record)
    assert written(log, tmp_path).startswith("2026-11-20T06:07:08.901Z INFO ")


def test_levels(log: logging.Logger, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for debug, in_file, on_screen in ((False, "iw", "w"), (True, "diw", "diw")):
        ours = set_up(tmp_path, debug=debug)
        ours.debug("<d>")
        ours.info("<i>")
        ours.warning("<w>")
        text, screen = written(log, tmp_path), capsys.readouterr().err
        assert "".join(letter for letter in "diw" if f"<{letter}>" in text) == in_file
        assert "".join(letter for letter in "diw" if f"<{letter}>" in screen) == on_screen


def test_talkative_libraries_stay_quiet_even_when_debugging(log: logging.Logger, tmp_path: Path) -> None:
    set_up(tmp_path, debug=True)
    for name in ("imapclient.imaplib", "urllib3.connectionpool", "msal.token_cache", "asyncio", "sqlalchemy.engine"):
        logging.getLogger(name).debug("wire %s", name)
        logging.getLogger(name).info("wire %s", name)
        logging.getLogger(name).warning("warning of %s", name)
    assert "wire" not in written(log, tmp_path)
    assert written(log, tmp_path).count("warning of") == 5


def test_the_file_is_private_even_if_it_was_not(log: logging.Logger, tmp_path: Path) -> None:
    file = tmp_path / diagnostics.LOG_FILE
    file.touch()
    file.chmod(0o644)
    set_up(tmp_path).info("x")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_full_file_is_renamed_and_the_new_one_is_private_too(
    log: logging.Logger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diagnostics, "_LARGEST_FILE", 500)
    before = os.umask(0)
    try:
        ours = set_up(tmp_path)
        for number in range(40):
            ours.info("line %d %s", number, "x" * 50)
    finally:
        os.umask(before)
    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == ["mailadmin.log"] + [f"mailadmin.log.{number}" for number in range(1, 6)]
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}


def test_a_file_that_another_process_renamed_is_not_written_to_any_more(log: logging.Logger, tmp_path: Path) -> None:
    ours = set_up(tmp_path)
    ours.info("<one>")
    file = tmp_path / diagnostics.LOG_FILE
    file.rename(tmp_path / "mailadmin.log.1")
    ours.info("<two>")
    assert "<one>" not in written(log, tmp_path)
    assert "<two>" in written(log, tmp_path)


def test_a_file_that_cannot_be_renamed_is_continued(
    log: logging.Logger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(diagnostics, "_LARGEST_FILE", 100)
    ours = set_up(tmp_path)

    def refuse(*arguments: object) -> None:
        raise PermissionError("used by another process")

    monkeypatch.setattr(os, "rename", refuse)
    for number in range(5):
        ours.info("line <%d>", number)
    assert all(f"<{number}>" in written(log, tmp_path) for number in range(5))
    assert capsys.readouterr().err == ""


def test_a_folder_that_cannot_be_written_costs_the_file_only(
    log: logging.Logger, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    diagnostics.set_up_logging(tmp_path / "missing", debug=False)
    assert diagnostics.log_file() is None
    assert "no log file" in capsys.readouterr().err


def test_set_up_again_replaces_what_was_there(log: logging.Logger, tmp_path: Path) -> None:
    before = len(log.handlers)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        ours = set_up(tmp_path / name)
    ours.info("<x>")
    assert len(log.handlers) == before + 2
    assert diagnostics.log_file() == tmp_path / "b" / diagnostics.LOG_FILE
    assert "<x>" in written(log, tmp_path / "b")
    assert "<x>" not in (tmp_path / "a" / diagnostics.LOG_FILE).read_text()


def test_without_standard_error_only_the_file_is_written(
    log: logging.Logger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    set_up(tmp_path).warning("<x>")
    diagnostics.install_crash_hook()
    sys.excepthook(ValueError, ValueError("<y>"), None)
    assert "<x>" in written(log, tmp_path)
    assert "<y>" in written(log, tmp_path)


# --- crashes ---------------------------------------------------------------------------------------------------------


def raised(words: str) -> ValueError:
    try:
        raise ValueError(words)
    except ValueError as error:
        return error


def test_a_crash_is_in_the_file_and_one_line_says_where(
    log: logging.Logger, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up(tmp_path, "marker-4711")
    diagnostics.install_crash_hook()
    error = raised("with marker-4711")
    sys.excepthook(ValueError, error, error.__traceback__)
    text, screen = written(log, tmp_path), capsys.readouterr().err
    assert "ValueError: with ***" in text
    assert "Traceback" in text
    file = tmp_path / diagnostics.LOG_FILE
    assert screen == f"mailadmin: unexpected error (ValueError). Details are in {file}\n"


def test_a_crash_in_a_thread_is_in_the_file_with_the_threads_name(
    log: logging.Logger, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up(tmp_path, "marker-4711")
    diagnostics.install_crash_hook()

    def fail() -> None:
        raise ValueError("with marker" + "-4711")

    thread = threading.Thread(target=fail, name="fetch-7")
    thread.start()
    thread.join()
    text = written(log, tmp_path)
    assert "crash in thread fetch-7" in text
    assert "ValueError: with ***" in text
    assert "Details are in" in capsys.readouterr().err


def test_without_a_file_a_crash_is_shown_with_secrets_hidden(
    log: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    diagnostics.set_up_logging(None, debug=False)
    diagnostics.hide(Secret("marker-4711"))
    diagnostics.install_crash_hook()
    sys.excepthook(ValueError, raised("with marker-4711"), None)
    screen = capsys.readouterr().err
    assert "ValueError: with ***" in screen
    assert "Details are in" not in screen


def test_an_interrupt_from_the_keyboard_is_no_crash(
    log: logging.Logger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[object] = []
    monkeypatch.setattr(sys, "__excepthook__", lambda *arguments: seen.append(arguments[0]))
    set_up(tmp_path)
    diagnostics.install_crash_hook()
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert seen == [KeyboardInterrupt]
    assert written(log, tmp_path) == ""
