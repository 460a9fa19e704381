"""The main job from the command line, as a new user and as a script would do it."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import tomllib
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from mailadmin.bootstrap import Options, open_application
from mailadmin.domain.leases import account_lease
from mailadmin.domain.messages import canonical
from mailadmin.services.leases import LeaseKeeper
from tests.servers.dovecot import NO_TLS, PASSWORD, Dovecot

from .conftest import CommandLine, account_file, mail

_HOSTILE = "=?utf-8?q?=1B=5D0=3Bpwned=07_=1B=5B2J_[bold]Gr=C3=BC=C3=9Fe[/bold]?="


def test_from_an_empty_home_to_tickets(mailadmin: CommandLine, dovecot: Dovecot, user: str, tmp_path: Path) -> None:
    reply = mail(3, Subject="Re: Question 1", In_Reply_To="<m1@example.net>")
    dovecot.deliver(user, mail(1), mail(2, To="nobody@example.org"), reply, mail(4, Subject=_HOSTILE))
    file = tmp_path / "a.toml"
    file.write_text(account_file(dovecot, user), encoding="utf-8")

    plan = mailadmin.well("apply", str(file), "--dry-run", "--json").json
    assert {"what": "incoming_account", "name": "support"} in plan["add"]
    assert mailadmin.well("accounts", "list", "--json").json == []
    said = mailadmin.well("apply", str(file)).words
    assert "mailadmin secret set incoming/support/password" in said
    assert mailadmin.well("apply", str(file), "--json").json == {"add": [], "change": [], "remove": []}

    mailadmin.well("secret", "set", "incoming/support/password", given=PASSWORD.encode() + b"\n")
    check = mailadmin.well("check", "incoming/support", "--json").json
    assert check["ok"]
    assert {line["layer"] for line in check["layers"]} >= {"name", "connect", "tls", "greeting", "sign-in", "folder"}

    preview = mailadmin.well("fetch", "--dry-run", "--json").json
    assert preview["accounts"][0]["fetched"] == 4
    assert len(dovecot.messages(user)) == 4
    assert mailadmin.well("inbox", "list", "--json").json == []

    first = mailadmin.well("fetch", "support", "--limit", "1", "--json").json["accounts"][0]
    assert (first["seen"], first["fetched"], first["status"]) == (4, 1, "ok")
    (rest,) = mailadmin.well("fetch", "1", "--json").json["accounts"]
    assert (rest["fetched"], rest["new_tickets"], rest["follow_ups"], rest["left_on_server"]) == (3, 2, 1, 0)
    assert dovecot.messages(user) == []

    tickets = {ticket["title"]: ticket for ticket in mailadmin.well("tickets", "list", "--json").json}
    assert tickets["Question 1"]["queue"] == "Support"
    assert tickets["Question 1"]["articles"] == 2
    assert tickets["Question 2"]["queue"] == "Raw"
    shown = mailadmin.well("tickets", "show", tickets["Question 1"]["number"], "--json").json
    assert [article["decision"]["kind"] for article in shown["articles"]] == ["new_ticket", "follow_up"]
    assert shown["articles"][0]["body"] == "This is message 1.\n"

    messages = {message["message_id"]: message for message in mailadmin.well("inbox", "list", "--json").json}
    digest = hashlib.sha256(canonical(mail(1))).hexdigest()
    assert messages["<m1@example.net>"]["sha256"] == digest
    assert messages["<m1@example.net>"]["server_state"] == "done"
    raw = mailadmin.well("inbox", "raw", str(messages["<m1@example.net>"]["id"])).out
    assert raw == mail(1).replace(b"\n", b"\r\n")

    hostile = str(messages["<m4@example.net>"]["id"])
    for argv in (["tickets", "list"], ["inbox", "list"], ["inbox", "show", hostile]):
        words = mailadmin.well(*argv).words
        assert "\x1b" not in words
        assert "[bold]Grüße[/bold]" in words


def test_an_export_makes_the_same_database_elsewhere(configured: CommandLine, tmp_path: Path) -> None:
    text = configured.well("export").out
    assert PASSWORD.encode() not in text
    assert tomllib.loads(text.decode())["incoming_account"][0]["name"] == "support"
    assert b"[[address]]" in text
    other = CommandLine(tmp_path / "other")
    other.well("apply", "-", given=text)
    assert other.well("export").out == text
    file = tmp_path / "out.toml"
    configured.well("export", str(file))
    assert file.read_bytes() == text


def test_prune_removes_what_the_file_does_not_name(configured: CommandLine) -> None:
    file = b'[[incoming_account]]\nname = "other"\ntype = "IMAPS"\nhost = "mail.example.org"\nusername = "u"\n'
    plan = configured.well("apply", "-", "--prune", "--dry-run", "--json", given=file).json
    assert plan["remove"] == [{"what": "incoming_account", "name": "support"}]
    configured.well("apply", "-", "--prune", given=file)
    assert [account["name"] for account in configured.well("accounts", "list", "--json").json] == ["other"]
    assert configured.well("secret", "list", "--json").json == []


def test_a_file_with_faults_names_each_and_changes_nothing(configured: CommandLine) -> None:
    file = (
        b'[settings]\nSystemID = "x"\n[[queue]]\nname = "New"\n[[address]]\naddress = "a@example.org"\nqueue = "Nope"\n'
        b'[[incoming_account]]\nname = "support"\ntype = "IMAPS"\nhost = "a b"\nusername = "u"\nport = 70000\n'
    )
    ended = configured("apply", "-", "--json", given=file)
    assert ended.code == 2
    faults = {(fault["table"], fault["record"], fault["key"]) for fault in ended.json["error"]["faults"]}
    assert faults == {
        ("settings", "SystemID", "SystemID"),
        ("address", "a@example.org", "queue"),
        ("incoming_account", "support", "host"),
        ("incoming_account", "support", "port"),
    }
    for fault in ended.json["error"]["faults"]:
        assert fault["text"] in ended.words
    assert b'"New"' not in configured.well("export").out


def test_unknown_keys_are_refused(configured: CommandLine) -> None:
    ended = configured("apply", "-", given=b'[[queue]]\nname = "A"\ncolour = "red"\n[nonsense]\n')
    assert ended.code == 2
    assert 'queue "A": colour is not known here' in ended.words
    assert "nonsense is not known here" in ended.words


@pytest.mark.parametrize(
    ("changes", "code", "layer", "exit_code"),
    [
        ({"host": "no-such-host.invalid"}, "host-not-found", "name", 1),
        ({"port": 1}, "connection-refused", "connect", 1),
        ({"folder": "Nope"}, "folder-not-found", "folder", 1),
        ({"type": "IMAPTLS", "host": NO_TLS}, "starttls-not-offered", "tls", 1),
    ],
)
def test_what_is_wrong_is_told_with_its_layer_and_words(
    configured: CommandLine,
    dovecot: Dovecot,
    user: str,
    changes: dict[str, Any],
    code: str,
    layer: str,
    exit_code: int,
) -> None:
    configured.well("apply", "-", given=account_file(dovecot, user, **changes).encode())
    ended = configured("fetch", "--json")
    (account,) = ended.json["accounts"]
    assert ended.code == exit_code
    assert (account["status"], account["error"]["code"], account["error"]["layer"]) == ("failed", code, layer)
    check = configured("check", "incoming/support", "--json")
    failed = [line for line in check.json["layers"] if line["result"] == "failed"]
    assert check.code == 1
    assert [(line["layer"], line["code"]) for line in failed] == [(layer, code)]
    assert account["error"]["text"] == failed[0]["detail"]
    assert account["error"]["text"] in configured("fetch").words


def test_one_failing_account_does_not_hide_the_success_of_another(
    configured: CommandLine, dovecot: Dovecot, user: str
) -> None:
    dovecot.deliver(user, mail(1))
    configured.well("apply", "-", given=account_file(dovecot, "x", name="broken", port=1).encode())
    configured.well("secret", "set", "incoming/broken/password", given=b"x")
    ended = configured("fetch", "--json")
    assert ended.code == 1
    assert {account["name"]: account["status"] for account in ended.json["accounts"]} == {
        "broken": "failed",
        "support": "ok",
    }
    assert len(configured.well("tickets", "list", "--json").json) == 1


def test_an_account_that_is_not_valid_is_not_fetched(configured: CommandLine, dovecot: Dovecot, user: str) -> None:
    configured.well("apply", "-", given=account_file(dovecot, user, validity="invalid").encode())
    assert configured.well("fetch", "--json").json["accounts"] == []
    ended = configured("fetch", "support", "--json")
    assert (ended.code, ended.json["accounts"][0]["status"]) == (1, "invalid")


def test_an_account_that_is_fetched_elsewhere_ends_with_3(configured: CommandLine) -> None:
    options = Options(home=configured.home, key_file=configured.home.parent / "key")
    with open_application(options) as application:
        account = application.accounts.get("support")
        assert account.id is not None
        keeper = LeaseKeeper(application.storage)
        try:
            lease = keeper.take(account_lease(account.id))
            assert lease is not None
            ended = configured("fetch", "--json")
            keeper.release(lease)
        finally:
            keeper.close()
    assert (ended.code, ended.json["accounts"][0]["status"]) == (3, "busy")
    assert str(os.getpid()) in ended.json["accounts"][0]["error"]["text"]


def test_a_message_that_is_too_big_is_reported_and_all_is_done(
    configured: CommandLine, dovecot: Dovecot, user: str
) -> None:
    configured.well("apply", "-", given=account_file(dovecot, user, max_message_size_kb=1).encode())
    dovecot.deliver(user, mail(1) + b"x" * 3000 + b"\n")
    (account,) = configured.well("fetch", "--json").json["accounts"]
    assert account["too_big"] == 1
    (message,) = configured.well("inbox", "list", "--state", "too_big", "--json").json
    assert "limit of 1 KB" in message["reason"]


def test_work_by_hand_on_a_message(configured: CommandLine, dovecot: Dovecot, user: str) -> None:
    dovecot.deliver(user, mail(1, X_OTOBO_Ignore="yes"), mail(2))
    configured.well("apply", "-", given=account_file(dovecot, user, trusted=True).encode())
    configured.well("fetch")
    (ignored,) = configured.well("inbox", "list", "--state", "ignored", "--json").json
    (ticket,) = configured.well("tickets", "list", "--json").json
    number, reference = str(ticket["number"]), str(ignored["id"])
    assert "mail makes no ticket" in configured.well("inbox", "show", reference).words
    configured.well("inbox", "assign", reference, number)
    assert configured.well("tickets", "show", number, "--json").json["articles"][1]["message_id"] == "<m1@example.net>"
    assert configured("inbox", "discard", reference).code == 1
    changed = configured.well("tickets", "set", number, "state=closed successful", "queue=Misc", "--json").json
    assert (changed["state"], changed["queue"]) == ("closed successful", "Misc")


def test_the_folders_of_an_account_are_listed(configured: CommandLine, dovecot: Dovecot, user: str) -> None:
    dovecot.create_folder(user, "Grüße/alt")
    assert "Grüße/alt" in configured.well("accounts", "folders", "support").words
    names = {folder["name"] for folder in configured.well("accounts", "folders", "support", "--json").json}
    assert {"INBOX", "Grüße/alt"} <= names


def test_an_attachment_is_saved_as_it_was_sent(
    configured: CommandLine, dovecot: Dovecot, user: str, tmp_path: Path
) -> None:
    octets = bytes(range(256))
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.net", "support@example.org", "File"
    message.set_content("See the file.")
    message.add_attachment(octets, maintype="application", subtype="octet-stream", filename="Anhang ü.bin")
    dovecot.deliver(user, message.as_bytes())
    configured.well("fetch")
    (ticket,) = configured.well("tickets", "list", "--json").json
    shown = configured.well("tickets", "show", ticket["number"], "--json").json
    (attachment,) = shown["articles"][0]["attachments"]
    assert attachment["filename"] == "Anhang_ü.bin"
    argv = ("tickets", "attachment", ticket["number"], str(attachment["id"]))
    assert configured.well(*argv).out == octets
    file = tmp_path / "saved"
    configured.well(*argv, "--output", str(file))
    assert file.read_bytes() == octets
    assert configured(*argv, "--output", str(file)).code == 2


def test_run_fetches_what_is_due_and_ends_in_good_order(configured: CommandLine, dovecot: Dovecot, user: str) -> None:
    dovecot.deliver(user, mail(1))
    process = subprocess.Popen(
        [sys.executable, "-m", "mailadmin", "run"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=configured.environment,
    )
    with process:
        try:
            assert process.stdout is not None
            first, second = process.stdout.readline(), process.stdout.readline()
            process.send_signal(signal.SIGTERM)
            rest, errors = process.communicate(timeout=60)
        finally:
            process.kill()
    assert first == b"Fetching 1 account by schedule. Stop with Ctrl-C.\n"
    assert b"support: ok, 1 fetched (1 new ticket)" in second
    assert (process.returncode, rest, errors) == (0, b"", b"")


def test_demo_shows_the_main_job_and_leaves_nothing(mailadmin: CommandLine, tmp_path: Path) -> None:
    words = mailadmin("demo", TMPDIR=str(tmp_path)).words
    assert "Support::Printers: " in words
    assert "Why the last of its mails is there" in words
    assert "mailadmin apply FILE" in words
    assert list(tmp_path.iterdir()) == []
    tickets = mailadmin("demo", "--json", TMPDIR=str(tmp_path))
    assert tickets.code == 0
    assert len(tickets.json) > 10
    assert list(tmp_path.iterdir()) == []


def test_without_a_command_and_a_display_a_newcomer_sees_the_demo(mailadmin: CommandLine, tmp_path: Path) -> None:
    ended = mailadmin(TMPDIR=str(tmp_path), DISPLAY="", WAYLAND_DISPLAY="", QT_QPA_PLATFORM="")
    assert ended.code == 0
    assert ended.err.decode().startswith("There is no display for the window here")
    assert b"Support" in ended.out


def test_nothing_of_a_whole_run_imports_qt(configured: CommandLine) -> None:
    program = (
        "import sys\nfrom mailadmin.cli.main import run\n"
        "codes = [run(argv) for argv in (['fetch'], ['check', 'incoming/support'], ['demo', '--json'])]\n"
        "print(codes, [n for n in sys.modules if n.split('.')[0] in {'PySide6', 'shiboken6'}], file=sys.stderr)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, env=configured.environment, check=False, timeout=120
    )
    assert ended.stderr.decode().strip() == "[0, 0, 0] []"


def test_the_database_is_backed_up(configured: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "copy.db"
    configured.well("db", "backup", str(file))
    assert configured("db", "backup", str(file)).code == 2
    copy = configured.well("--database", f"sqlite:///{file}", "accounts", "list", "--json").json
    assert [account["name"] for account in copy] == ["support"]
