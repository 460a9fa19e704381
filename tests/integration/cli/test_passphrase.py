"""A second workstation on a shared database: another place for the key, the same secrets."""

from __future__ import annotations

from pathlib import Path

from .conftest import CommandLine

PASSPHRASE = b"correct horse battery staple"


def test_a_second_workstation_unlocks_by_the_passphrase(configured: CommandLine, tmp_path: Path) -> None:
    other = ("--key-file", str(tmp_path / "other-key"))
    locked = configured("secret", "set", "incoming/support/password", *other, given=b"x")
    assert locked.code == 1
    assert not (tmp_path / "other-key").exists()
    assert configured("secret", "unlock", *other, given=PASSPHRASE).code == 1, "no passphrase is set yet"
    assert configured("secret", "set-passphrase", given=b"short").code != 0
    configured.well("secret", "set-passphrase", given=PASSPHRASE)
    assert configured("secret", "unlock", *other, given=b"wrong horse battery staple").code == 1
    configured.well("secret", "unlock", *other, given=PASSPHRASE)
    configured.well("check", "incoming/support", *other)
    changed = configured.well("secret", "change-key", "--json").json
    assert changed == {"secrets": 1, "passphrase_dropped": True}
