"""A marker password is nowhere to be found: not in what is said, logged, stored or exported."""

from __future__ import annotations

import base64

from tests.servers.dovecot import Dovecot

from .conftest import CommandLine, account_file

MARKER = "Zx9-Mark€r-Paßwort"
_FORMS = {
    MARKER.encode(),
    MARKER.encode("utf-16-le"),
    base64.b64encode(MARKER.encode()),
    base64.b64encode(b"\0user\0" + MARKER.encode())[12:-4],
    b"Zx9-Mark",
    MARKER.encode().hex().encode(),
}


def test_a_wrong_password_is_told_and_never_shown(mailadmin: CommandLine, dovecot: Dovecot, user: str) -> None:
    mailadmin.well("apply", "-", given=account_file(dovecot, user).encode())
    said = [mailadmin.well("secret", "set", "incoming/support/password", "--debug", given=MARKER.encode() + b"\n")]
    lines = (
        ["check", "incoming/support"], ["check", "incoming/support", "--json"], ["fetch"], ["fetch", "--json"],
        ["secret", "list"], ["export"], ["accounts", "list", "--json"], ["db", "backup"], ["secret", "change-key"],
    )  # fmt: skip
    said += [mailadmin(*argv, "--debug") for argv in lines]
    assert said[1].code == said[3].code == 1
    assert said[4].json["accounts"][0]["error"]["code"] == "sign-in-refused"
    everything = b"".join(one.out + one.err for one in said)
    files = [path for path in mailadmin.home.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} >= {".db", ".log"}
    everything += b"".join(path.read_bytes() for path in files)
    for form in _FORMS:
        assert form not in everything


def test_a_password_is_not_taken_as_an_argument(mailadmin: CommandLine) -> None:
    for argv in (
        ["set", "incoming/support/password", MARKER],
        ["set-passphrase", MARKER],
        ["unlock", MARKER],
    ):
        refused = mailadmin("secret", *argv, "--debug")
        assert refused.code == 2
        assert MARKER not in refused.words
        assert "A password is never an argument" in refused.words


def test_what_is_kept_is_for_its_owner_alone(configured: CommandLine) -> None:
    for path in (
        configured.home / "mailadmin.db",
        configured.home / "logs" / "mailadmin.log",
        configured.home.parent / "key",
    ):
        assert path.stat().st_mode & 0o077 == 0, path
    assert configured.home.stat().st_mode & 0o077 == 0
