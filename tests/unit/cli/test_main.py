"""Names, options, exit codes and what goes to which stream, on an empty database."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mailadmin import bootstrap
from mailadmin.cli import exits, fetch
from mailadmin.domain.errors import BugError, Code, UserFixableError
from mailadmin.domain.outcomes import FetchStatus

from . import samples
from .conftest import Ended, Run


class _Stdin:
    """Standard input with these octets."""

    def __init__(self, octets: bytes, *, terminal: bool = False) -> None:
        self.buffer = io.BytesIO(octets)
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


def test_the_version(run: Run) -> None:
    assert run("--version").out == "mailadmin 0.1.0\n"
    assert run("--version", "--json").json == {"version": "0.1.0"}


@pytest.mark.parametrize(
    "command",
    ["fetch", "check", "read", "run", "inbox", "tickets", "apply", "export", "secret", "db", "demo", "accounts", "log"],
)
def test_every_command_has_help_that_names_the_options_of_all_commands(run: Run, command: str) -> None:
    ended = run(command, "--help")
    assert ended.code == 0
    for option in ("--json", "--debug", "--database", "--home", "--key-file", "--passphrase-file"):
        assert option in ended.out
    assert "│" not in ended.out
    assert max(map(len, ended.out.splitlines())) <= 80


def test_help_cuts_no_sentence_short(run: Run) -> None:
    for argv in (
        [],
        *([name] for name in ("inbox", "tickets", "customers", "secret", "oauth2", "db", "log", "accounts")),
    ):
        assert "..." not in run(*argv, "--help").out.replace("[ARGS]...", "").replace("...]", "")


def test_help_says_what_is_not_offered_yet(run: Run) -> None:
    assert "Not offered yet: send (sending mail)." in run("--help").out
    assert run("send", "--to", "ann@example.org").code == 2


@pytest.mark.parametrize(
    "argv",
    [
        ["--json", "db", "status"],
        ["db", "--json", "status"],
        ["db", "status", "--json"],
    ],
)
def test_options_for_all_commands_count_before_and_after_the_command(run: Run, argv: list[str]) -> None:
    assert set(run(*argv).json) == {"url", "schema", "program", "messages", "tickets", "bytes"}


def test_the_home_of_the_command_line_wins_over_the_environment(run: Run, tmp_path: Path) -> None:
    ended = run("--home", str(tmp_path / "a"), "db", "status", "--home", str(tmp_path / "b"), "--json")
    assert ended.json["url"] == f"sqlite:///{tmp_path / 'b' / 'mailadmin.db'}"
    assert not (tmp_path / "a").exists()
    assert (tmp_path / "b").stat().st_mode & 0o777 == 0o700


def test_the_environment_counts(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("db", "status", "--json").json["url"] == f"sqlite:///{home / 'mailadmin.db'}"
    monkeypatch.setenv("MAILADMIN_DATABASE", f"sqlite:///{home / 'other.db'}")
    assert run("db", "status", "--json").json["url"] == f"sqlite:///{home / 'other.db'}"


@pytest.mark.parametrize(
    "argv",
    [
        ["fetchx"],
        ["--bogus"],
        ["fetch", "--bogus"],
        ["fetch", "--limit", "0"],
        ["fetch", "--limit", "many"],
        ["fetch", "--timeout", "nan"],
        ["fetch", "--timeout", "inf"],
        ["fetch", "nobody"],
        ["check"],
        ["check", "support"],
        ["check", "incoming/"],
        ["check", "incoming/nobody"],
        ["check", "outgoing/support"],
        ["inbox"],
        ["inbox", "list", "--state", "bogus"],
        ["inbox", "show", "x"],
        ["tickets", "set", "1", "state"],
        ["tickets", "set", "1", "colour=red"],
        ["tickets", "set", "1", "state=new", "state=open"],
        ["tickets", "list", "--queue", "Nope"],
        ["apply"],
        ["apply", "/nowhere/x.toml"],
        ["secret", "delete", "bogus"],
        ["secret", "delete", "incoming/nobody/password"],
        ["--database", "sqlite:///:memory:", "db", "status"],
        ["--database", "postgresql://u:p@h/d", "db", "status"],
        ["--key-file", "/a", "--passphrase-file", "/b", "fetch"],
        ["oauth2", "status", "--device"],
        ["send", "--to", "x"],
        ["customers", "import", "x.csv"],
        ["log", "list", "--since", "yesterday"],
        ["demo", "--screenshots", "/x"],
    ],
)
def test_wrong_usage_ends_with_2_and_words_on_standard_error(run: Run, argv: list[str]) -> None:
    ended = run(*argv)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.strip()
    assert "Traceback" not in ended.err
    document = run(*argv, "--json").json
    assert set(document["error"]) >= {"code", "layer", "server", "text"}


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["fetch", "--limit", "many"], "'--limit': must be a whole number"),
        (["fetch", "--limit", "0"], "'--limit': must be at least 1"),
        (["fetch", "--timeout", "x"], "'--timeout': must be a number"),
        (["check", "support"], "Write incoming/support."),
        (["tickets", "list", "--state", "bogus"], "state must be one of: new, open, closed successful"),
        (["inbox", "list", "--account", "nope"], 'There is no account "nope"'),
    ],
)
def test_wrong_usage_is_told_plainly(run: Run, argv: list[str], said: str) -> None:
    ended = run(*argv)
    assert ended.code == 2
    assert said in ended.err
    assert "Input should" not in ended.err
    assert "Nothing was changed" not in ended.err


@pytest.mark.parametrize(
    ("argv", "usage"),
    [
        (["fetch"], "mailadmin fetch [OPTIONS] [ACCOUNT ...]"),
        (["tickets", "set"], "mailadmin tickets set [OPTIONS] NUMBER KEY=VALUE ..."),
        (["export"], "mailadmin export [OPTIONS] [FILE]"),
    ],
)
def test_the_line_of_usage_has_each_bracket_once(run: Run, argv: list[str], usage: str) -> None:
    assert run(*argv, "--help").out.splitlines()[0] == f"Usage: {usage}"


def test_a_filter_that_is_wrong_names_the_accounts_there_are(run: Run, tmp_path: Path) -> None:
    _configured(run, tmp_path)
    assert "There are: support." in run("inbox", "list", "--account", "nope").err


def test_several_new_accounts_get_their_passwords_under_one_heading(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "two.toml"
    table = '[[incoming_account]]\nname = "{0}"\ntype = "IMAP"\nhost = "127.0.0.1"\nusername = "{0}"\n'
    file.write_text(table.format("one") + table.format("two"), encoding="utf-8")
    said = run("apply", str(file)).out
    assert "Next, their passwords:\n  mailadmin secret set incoming/one/password\n  mailadmin secret" in said


def test_a_backup_without_room_is_told_of_the_backup(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object) -> None:
        raise UserFixableError(Code.DATABASE_FULL, {"url": "sqlite:///the.db"})

    monkeypatch.setattr("mailadmin.storage.Storage.backup", full)
    target = tmp_path / "copy.db"
    ended = run("db", "backup", str(target))
    assert ended.code == 1
    assert f"The backup file {target} could not be written" in ended.err
    assert "the.db" not in ended.err
    assert "The backup could not be written to the folder" in run("db", "backup").err


def test_an_attachment_needs_a_file_when_standard_output_is_taken(run: Run) -> None:
    ended = run("tickets", "attachment", "1", "1", "--json")
    assert (ended.code, ended.json["error"]["code"]) == (2, "usage")
    assert "--output" in ended.err


@pytest.mark.parametrize(
    "argv", [["tickets", "show", "1"], ["inbox", "show", "1"], ["inbox", "raw", "1"], ["log", "show", "1"]]
)
def test_what_is_not_there_ends_with_1(run: Run, argv: list[str]) -> None:
    ended = run(*argv, "--json")
    assert ended.code == 1
    assert ended.json["error"]["code"].startswith("unknown-")
    assert ended.json["error"]["text"] in ended.err


def test_commands_that_come_later_say_so(run: Run) -> None:
    for command in ("send",):
        assert "is not offered yet" in run(command).err


def test_empty_lists_are_lists(run: Run) -> None:
    for argv in (["tickets", "list"], ["inbox", "list"], ["secret", "list"], ["accounts", "list"], ["log", "list"]):
        assert run(*argv, "--json").json == []
        assert "mailadmin " in run(*argv).out


def test_fetching_without_accounts_is_all_done(run: Run) -> None:
    ended = run("fetch", "--json")
    assert ended.code == 0
    assert ended.json["accounts"] == []


@pytest.mark.parametrize(
    ("statuses", "code"),
    [
        ([], 0),
        ([FetchStatus.OK, FetchStatus.OK], 0),
        ([FetchStatus.OK, FetchStatus.FAILED], 1),
        ([FetchStatus.BUSY, FetchStatus.FAILED], 1),
        ([FetchStatus.INVALID], 1),
        ([FetchStatus.STOPPED], 1),
        ([FetchStatus.BUSY, FetchStatus.OK], 3),
    ],
)
def test_the_exit_code_of_a_fetch(statuses: list[FetchStatus], code: int) -> None:
    assert fetch.exit_code([samples.outcome(status) for status in statuses]) == code


def test_an_error_ends_with_1_unless_the_usage_was_wrong() -> None:
    assert exits.exit_code(UserFixableError(Code.DATABASE_LOCKED)) == 1
    assert exits.exit_code(UserFixableError(Code.BAD_FILE)) == 2


# --- read ------------------------------------------------------------------------------------------------------------

_MAIL = b"From: a@example.net\r\nTo: b@example.org\r\nSubject: Hello\r\nMessage-ID: <r@example.net>\r\n\r\nText\r\n"


def test_read_says_nothing_and_ends_with_0_once_committed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2):  # the same message once more is recognised
        monkeypatch.setattr(sys, "stdin", _Stdin(_MAIL))
        ended = run("read")
        assert (ended.code, ended.out, ended.err) == (0, "", "")
    assert len(run("inbox", "list", "--json").json) == 1


def test_read_tells_json_and_log_what_it_committed(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", _Stdin(_MAIL))
    first = run("read", "--json").json
    assert first["outcome"] == "new_ticket"
    monkeypatch.setattr(sys, "stdin", _Stdin(_MAIL))
    again = run("read", "--json").json
    assert again["outcome"] == "duplicate"
    assert (again["inbox_id"], again["ticket"]) == (first["inbox_id"], first["ticket"])
    log = (home / "logs" / "mailadmin.log").read_text(encoding="utf-8")
    assert f"duplicate, message {first['inbox_id']}, ticket {first['ticket']}" in log


@pytest.mark.parametrize(
    "argv",
    [
        ["read", "--bogus"],
        ["--bogus", "read"],
        ["--bogus", "value", "read"],
        ["--json", "read", "extra"],
        ["read", "--queue", "Nope"],
        ["read", "--account", "nobody"],
        ["read", "--database", "sqlite:////proc/none/x.db"],
        ["--database", "nonsense", "read"],
        ["--key-file", "/a", "--passphrase-file", "/b", "read"],
    ],
)
def test_read_ends_with_75_whatever_is_wrong(run: Run, monkeypatch: pytest.MonkeyPatch, argv: list[str]) -> None:
    monkeypatch.setattr(sys, "stdin", _Stdin(_MAIL))
    ended = run(*argv)
    assert ended.code == 75
    assert ended.err.strip()


def test_a_ticket_is_merged_into_another(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for octets in (_MAIL, _MAIL.replace(b"Subject: ", b"Subject: Other ")):
        monkeypatch.setattr(sys, "stdin", _Stdin(octets))
        run("read")
    second, first = (ticket["number"] for ticket in run("tickets", "list", "--json").json)
    assert run("tickets", "merge", first, second).out == f"Ticket {first} is merged into {second}.\n"
    again = run("tickets", "merge", first, second, "--json")
    assert (again.code, again.json["error"]["code"]) == (1, "ticket-merged")
    assert f"Use {second} instead." in again.err
    assert f"Ticket {second} cannot be merged into itself: {first} leads there." in (
        run("tickets", "merge", second, first).err
    )


def test_read_ends_with_75_without_a_message(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", _Stdin(b"\r\n"))
    assert run("read").code == 75


def test_read_without_standard_input_is_a_plain_sentence(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    ended = run("read")
    assert ended.code == 75
    assert ended.err.startswith("Standard input held no message.")
    assert run("secret", "unlock").code == run("apply", "-").code == 2


def test_read_ends_with_75_on_a_fault_of_our_own(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(sys, "stdin", _Stdin(_MAIL))
    monkeypatch.setattr("mailadmin.services.reading.ReadService.read", broken)
    assert run("read").code == 75


def test_read_dry_run_changes_nothing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", _Stdin(_MAIL))
    document = run("read", "--dry-run", "--json").json
    assert document["subject"] == "Hello"
    assert document["decision"]["queue"] == "Raw"
    assert run("inbox", "list", "--json").json == []


def test_a_dry_run_of_what_is_here_already_says_so(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(raw: bytes, *options: str) -> Ended:
        monkeypatch.setattr(sys, "stdin", _Stdin(raw))
        return run("read", *options)

    done = read(_MAIL, "--json").json
    already = read(_MAIL, "--dry-run", "--json").json["already"]
    assert already == {"inbox_id": done["inbox_id"], "ticket": done["ticket"]}
    said = read(_MAIL, "--dry-run").out
    assert f"It is here already, as message {done['inbox_id']}, in ticket {done['ticket']}." in said
    assert read(_MAIL.replace(b"Hello", b"Another"), "--dry-run", "--json").json["already"] is None


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_committed_message_stays_committed_when_nobody_reads_the_result(home: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        result = subprocess.run(
            [sys.executable, "-m", "mailadmin", "read", "--json"],
            input=_MAIL,
            stdout=full,
            stderr=subprocess.PIPE,
            env=os.environ | {"MAILADMIN_HOME": str(home)},
            check=False,
        )
    assert (result.returncode, result.stderr) == (0, b"")


@pytest.mark.skipif(os.name == "nt", reason="needs a shell that closes streams")
@pytest.mark.parametrize(
    ("closed", "options", "code"),
    [
        (">&-", "", 0),
        (">&- 2>&-", "--json", 0),
        (">&- 2>&-", "--queue nowhere", 75),
        (">/dev/full 2>/dev/full", "--queue nowhere --json", 75),
        ("2>/dev/full", "--bogus", 75),
    ],
)
def test_read_ends_as_ever_with_its_output_closed(home: Path, closed: str, options: str, code: int) -> None:
    program = f'exec "{sys.executable}" -m mailadmin read {options} {closed}'
    environment = os.environ | {"MAILADMIN_HOME": str(home)}
    ended = subprocess.run(["/bin/sh", "-c", program], input=_MAIL, capture_output=True, env=environment, check=False)
    assert (ended.returncode, b"Traceback" in ended.stderr) == (code, False)


def test_another_command_called_with_the_word_read_keeps_its_exit_code(run: Run) -> None:
    assert run("apply", "read").code == 2


# --- faults of our own -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [BugError("it broke"), KeyError("inside")])
def test_a_fault_of_ours_is_one_sentence_and_the_traceback_is_in_the_log(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise error

    monkeypatch.setattr("mailadmin.services.tickets.TicketService.list", broken)
    ended = run("tickets", "list")
    log = home / "logs" / "mailadmin.log"
    assert ended.code == 1
    assert ended.out == ""
    assert len(ended.err.splitlines()) == 1
    assert str(log) in ended.err
    assert "Traceback" in log.read_text(encoding="utf-8")
    document = run("tickets", "list", "--json").json
    assert document["error"]["code"] == "bug"
    assert "Traceback" in run("tickets", "list", "--debug").err


def test_a_fault_of_ours_before_there_is_a_log_is_one_sentence_too(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise KeyError("inside")

    monkeypatch.setattr("mailadmin.cli.session.begin_log", broken)
    ended = run("tickets", "list")
    assert ended.code == 1
    assert len(ended.err.splitlines()) == 1
    assert "--debug" in ended.err
    assert "Traceback" in run("tickets", "list", "--debug").err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("argv", [["export"], ["db", "status"], ["export", "--json"]])
def test_a_full_disk_under_standard_output_is_a_sentence(home: Path, argv: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "mailadmin", *argv], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert ended.returncode == 1
    assert ended.stderr == "The operating system refused what was needed: No space left on device.\n"


def test_a_reader_that_goes_away_early_is_no_error_to_speak_of(home: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "mailadmin", "export"], stdout=writing, stderr=subprocess.PIPE, check=False
        )
    finally:
        os.close(writing)
    assert (ended.returncode, ended.stderr) == (1, b"")


def test_the_worlds_faults_have_no_traceback_even_with_debug(run: Run) -> None:
    ended = run("tickets", "show", "1", "--debug")
    assert "Traceback" not in ended.err


def test_a_home_that_cannot_be_made_is_a_sentence(run: Run) -> None:
    ended = run("--home", "/proc/none", "tickets", "list")
    assert ended.code == 1
    assert "cannot be made or written to" in ended.err
    assert "Traceback" not in ended.err


# --- secrets ---------------------------------------------------------------------------------------------------------


def _configured(run: Run, tmp_path: Path, name: str = "support") -> None:
    file = tmp_path / "a.toml"
    file.write_text(
        f'[[incoming_account]]\nname = "{name}"\ntype = "IMAP"\nhost = "127.0.0.1"\nport = 1\nusername = "u"\n',
        encoding="utf-8",
    )
    ended = run("apply", str(file))
    assert ended.code == 0, ended.err
    assert "mailadmin secret set" in ended.out


@pytest.mark.parametrize(
    ("given", "kept"),
    [(b"pa ss\n", "pa ss"), (b"pass\r\n", "pass"), (b"pass\n\n", "pass\n"), ("päß".encode(), "päß"), (b" p ", " p ")],
)
def test_a_secret_is_all_of_standard_input_without_one_line_break(
    run: Run, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: bytes, kept: str
) -> None:
    _configured(run, tmp_path)
    monkeypatch.setattr(sys, "stdin", _Stdin(given))
    assert run("secret", "set", "incoming/support/password").code == 0
    options = bootstrap.Options(home=home, key_file=tmp_path / "key")
    with bootstrap.open_application(options) as application:
        account = application.accounts.get("support")
        assert application.tokens.credential_of(account).reveal() == kept


def test_a_secret_is_asked_for_on_a_terminal_and_not_shown(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _configured(run, tmp_path)
    asked: list[str] = []

    def answer(prompt: str) -> str:
        asked.append(prompt)
        return "geheim-Marker"

    monkeypatch.setattr(sys, "stdin", _Stdin(b"", terminal=True))
    monkeypatch.setattr("getpass.getpass", answer)
    ended = run("secret", "set", "incoming/support/password")
    assert ended.code == 0
    assert asked == ["Value of incoming/support/password (not shown): "]
    assert "geheim-Marker" not in ended.out + ended.err
    assert run("secret", "list", "--json").json == [{"ref": "incoming/support/password"}]


@pytest.mark.parametrize("given", [b"", b"\n", b"\xff\xfe"])
def test_no_secret_is_no_secret(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: bytes) -> None:
    _configured(run, tmp_path)
    monkeypatch.setattr(sys, "stdin", _Stdin(given))
    assert run("secret", "set", "incoming/support/password").code == 2


# --- the window ------------------------------------------------------------------------------------------------------


def test_without_a_command_the_demo_runs_and_says_why(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mailadmin.cli.demo.show", lambda session: 0)
    ended = run()
    assert ended.code == 0
    assert "window" in ended.err


def test_no_qt_is_imported() -> None:
    program = (
        "import sys, mailadmin.__main__, mailadmin.cli.main;"
        "sys.exit(any(name.split('.')[0] in {'PySide6', 'shiboken6', 'PyQt6'} for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_the_entry_point_calls_this(monkeypatch: pytest.MonkeyPatch) -> None:
    from mailadmin import __main__

    monkeypatch.setattr(sys, "argv", ["mailadmin", "fetch", "--json"])
    monkeypatch.setattr("mailadmin.cli.main.run", lambda argv, window: 3 if argv == ["fetch", "--json"] else 4)
    assert __main__.main() == 3


_WITHOUT_A_COMMAND = """
import sys
from mailadmin import __main__, diagnostics

class Window(__main__.Window):
    def missing(self):
        return ""

    def open(self, options):
        print(options.home, diagnostics.log_file(), "mailadmin.cli" in sys.modules)
        {then}

__main__.Window = Window
sys.argv = ["mailadmin"]
sys.exit(__main__.main())
"""


def _without_a_command(home: Path, then: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", _WITHOUT_A_COMMAND.format(then=then)],
        env={**os.environ, "MAILADMIN_HOME": str(home)},
        check=False,
        capture_output=True,
        text=True,
    )


def test_without_a_command_the_window_opens_with_a_log_and_the_command_line_is_not_loaded(tmp_path: Path) -> None:
    home = tmp_path / "home"
    ended = _without_a_command(home, "return 5")
    assert (ended.returncode, ended.stderr) == (5, "")
    assert ended.stdout == f"{home} {home}/logs/mailadmin.log False\n"
    assert home.stat().st_mode & 0o777 == 0o700


def test_what_goes_wrong_with_the_window_is_one_sentence(tmp_path: Path) -> None:
    home = tmp_path / "home"
    ended = _without_a_command(home, "raise ZeroDivisionError")
    assert ended.returncode == 1
    assert len(ended.stderr.splitlines()) == 1
    assert "Traceback" in (home / "logs" / "mailadmin.log").read_text(encoding="utf-8")
