"""Names from outside: they name a file in the folder that was chosen, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.gui.mail_view.file_names import safe_file_name, write, write_new


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("offer.pdf", "offer.pdf"),
        ("Übersicht 2026 (neu).ods", "Übersicht 2026 (neu).ods"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\windows\\system32\\x.dll", "x.dll"),
        ("C:\\Users\\x\\y.txt", "y.txt"),
        ("/etc/cron.d/x", "x"),
        ("..", "file"),
        ("", "file"),
        ("   ", "file"),
        (".bashrc", "bashrc"),
        ("con", "_con"),
        ("NUL.txt", "_NUL.txt"),
        ("Com1.pdf", "_Com1.pdf"),
        ("console.txt", "console.txt"),
        ('a:b|c?d*e<f>g"h.txt', "abcdefgh.txt"),
        ("line\nbreak\x00\x1b.txt", "linebreak.txt"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("zero\u200bwidth\ufeff.txt", "zerowidth.txt"),
        ("ends with dots...", "ends with dots"),
        ("x\ud800y.txt", "xy.txt"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
    ],
)
def test_a_name_from_outside_is_made_fit(name: str, safe: str) -> None:
    assert safe_file_name(name, "file") == safe


def test_nothing_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"mine")

    paths = [write_new(tmp_path, "a.txt", octets) for octets in (b"1", b"2")]

    assert [path.name for path in paths] == ["a (2).txt", "a (3).txt"]
    assert (tmp_path / "a.txt").read_bytes() == b"mine"
    assert [path.read_bytes() for path in paths] == [b"1", b"2"]


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserFixableError) as caught:
        write_new(tmp_path / "no", "a", b"")
    assert caught.value.code is Code.FOLDER_NOT_WRITABLE

    with pytest.raises(UserFixableError) as caught:
        write(tmp_path / "no" / "a", b"")
    assert caught.value.code is Code.FOLDER_NOT_WRITABLE
