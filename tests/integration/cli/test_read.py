"""``mailadmin read`` behind a mail server's pipe: 0 once the message is committed, 75 in every other case."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import CommandLine, mail


def test_a_message_is_committed_once_and_silently(mailadmin: CommandLine) -> None:
    for _ in range(2):
        ended = mailadmin("read", given=mail(1))
        assert (ended.code, ended.out, ended.err) == (0, b"", b"")
    (message,) = mailadmin.well("inbox", "list", "--json").json
    assert message["state"] == "processed"
    assert mailadmin.well("inbox", "raw", str(message["id"])).out == mail(1)


def test_headers_count_with_trusted_alone(mailadmin: CommandLine) -> None:
    mailadmin.well("read", given=mail(1, X_OTOBO_Queue="Junk"))
    mailadmin.well("read", "--trusted", given=mail(2, X_OTOBO_Queue="Junk"))
    mailadmin.well("read", "--queue", "misc", given=mail(3))
    queues = {ticket["title"]: ticket["queue"] for ticket in mailadmin.well("tickets", "list", "--json").json}
    assert queues == {"Question 1": "Raw", "Question 2": "Junk", "Question 3": "Misc"}


@pytest.mark.parametrize("octets", [b"\x00\xff\xfe", b"no header at all", b"Subject: \xff\n\n\x00", b"\n\nbody"])
def test_any_octets_are_committed(mailadmin: CommandLine, octets: bytes) -> None:
    assert mailadmin.well("read", "--json", given=octets).json["committed"] is True
    assert len(mailadmin.well("inbox", "list", "--json").json) == 1


def test_a_damaged_database_means_later(mailadmin: CommandLine, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(b"this is no database, and it is long enough to be looked at" * 100)
    ended = mailadmin("--database", f"sqlite:///{damaged}", "read", "--json", given=mail(1))
    assert (ended.code, ended.json["error"]["code"]) == (75, "database-damaged")


def test_a_newer_database_means_later(mailadmin: CommandLine) -> None:
    mailadmin.well("read", given=mail(1))
    with sqlite3.connect(mailadmin.home / "mailadmin.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    ended = mailadmin("read", "--json", given=mail(2))
    assert (ended.code, ended.json["error"]["code"]) == (75, "database-newer")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_means_later(mailadmin: CommandLine, number: signal.Signals) -> None:
    mailadmin.well("inbox", "list")
    program = (
        "import io, os, sys\n"
        "from mailadmin.cli.main import run\n"
        "class Input:\n"
        "    class buffer:\n"
        "        @staticmethod\n"
        "        def read():\n"
        f"            os.kill(os.getpid(), {int(number)})\n"
        "            return b'Subject: x\\n\\nx'\n"
        "    isatty = staticmethod(lambda: False)\n"
        "sys.stdin = Input\n"
        "sys.exit(run(['read']))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], env=mailadmin.environment, capture_output=True, check=False, timeout=60
    )
    assert (ended.returncode, ended.stderr) == (75, b"")
    assert mailadmin.well("inbox", "list", "--json").json == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anything")
def test_a_home_that_cannot_be_written_means_later(mailadmin: CommandLine) -> None:
    mailadmin.home.mkdir(mode=0o500)
    assert mailadmin("read", given=mail(1)).code == 75
