"""Names from outside: they name a file in the folder that was chosen, and nothing else."""

from __future__ import annotations

import re
from io import FileIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
        ("あ" * 200 + ".pdf", "あ" * 65 + ".pdf"),
        ("\U0001f600" * 100, "\U0001f600" * 50),
        ("é" * 150 + ".tar", "é" * 98 + ".tar"),
        ("x." + "y" * 300, "x." + "y" * 198),
        ("CON .txt", "_CON .txt"),
        ("aux . ", "_aux"),
        ("COM² .x.y", "_COM² .x.y"),
        ("con\u00ad.txt", "_con.txt"),
        ("con\u00a0.txt", "_con .txt"),
        ("invoice\u061cfdp.exe", "invoicefdp.exe"),
        ("a\u180eb\u034fc\u3164d\u115fe\ufe0ff\U000e0041g\U000e0100h\u206ai\ufff9j.txt", "abcdefghij.txt"),
        ("a\u2003\u00a0 b.txt", "a b.txt"),
        ("\u2800\u3164", "file"),
        (". .x", "x"),
        (" offer .pdf ", "offer .pdf"),
    ],
)
def test_a_name_from_outside_is_made_fit(name: str, safe: str) -> None:
    assert safe_file_name(name, "file") == safe


@pytest.mark.parametrize("letter", ["x", "/", " ", ".", "\u200b", "あ", "x."])
def test_a_name_without_end_is_cut_at_once(letter: str) -> None:
    assert len(safe_file_name(letter * 400_000, "file").encode()) <= 200


@given(st.text(max_size=400))
def test_whatever_it_was_a_name_is_one_that_a_disk_takes(name: str) -> None:
    safe = safe_file_name(name, "file")

    assert 0 < len(safe.encode()) <= 201
    assert safe == safe.strip(". ")
    assert not re.search(r'[/\\<>:"|?*\x00-\x1f]', safe)
    assert safe_file_name(safe, "file") == safe


def test_half_a_file_does_not_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    class Full(FileIO):
        write = full

    monkeypatch.setattr(Path, "open", lambda path, mode: Full(path, mode))

    with pytest.raises(UserFixableError):
        write_new(tmp_path, "a.txt", b"content")

    assert not list(tmp_path.iterdir())


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
