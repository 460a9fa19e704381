from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.secrets import Secret
from mailadmin.vault.key_file import KeyFile, read_passphrase

TEXT = Secret("QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "key"


def private(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    path.chmod(0o600)
    return path


def error_of_read(path: Path) -> UserFixableError:
    with pytest.raises(UserFixableError) as caught:
        KeyFile(path).read()
    assert caught.value.facts["path"] == str(path)
    return caught.value


def test_a_new_file_is_private_commented_and_alone_in_its_folder(path: Path) -> None:
    assert KeyFile(path).create(TEXT)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    *comments, last = path.read_text().splitlines()
    assert comments
    assert all(line.startswith("#") for line in comments)
    assert last == TEXT.reveal()
    assert list(path.parent.iterdir()) == [path]
    assert KeyFile(path).read() == TEXT


def test_a_generous_umask_does_not_open_the_file(path: Path) -> None:
    before = os.umask(0)
    try:
        KeyFile(path).create(TEXT)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_that_is_there_is_never_overwritten(path: Path) -> None:
    private(path, "mine")
    assert not KeyFile(path).create(TEXT)
    assert path.read_text() == "mine"


def test_a_file_that_appears_while_ours_is_written_wins(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = os.link

    def late(source: Path, target: Path) -> None:
        private(path, "theirs")
        link(source, target)

    monkeypatch.setattr(os, "link", late)
    assert not KeyFile(path).create(TEXT)
    assert path.read_text() == "theirs"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("appears", [False, True])
def test_a_file_system_without_links_will_do(path: Path, monkeypatch: pytest.MonkeyPatch, appears: bool) -> None:
    def no_links(source: Path, target: Path) -> None:
        if appears:
            private(path, "theirs")
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    assert KeyFile(path).create(TEXT) is not appears
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert (path.read_text() == "theirs") is appears
    assert list(path.parent.iterdir()) == [path]


def test_a_full_disk_leaves_nothing_behind(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UserFixableError) as caught:
        KeyFile(path).create(TEXT)
    assert caught.value.code is Code.FOLDER_NOT_WRITABLE
    assert caught.value.facts == {"path": str(path.parent), "detail": "No space left on device"}
    assert list(path.parent.iterdir()) == []


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserFixableError) as caught:
        KeyFile(tmp_path / "no" / "key").create(TEXT)
    assert (caught.value.code, caught.value.facts["path"]) == (Code.FOLDER_NOT_WRITABLE, str(tmp_path / "no"))


def test_no_file_is_none(path: Path) -> None:
    assert KeyFile(path).read() is None


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o620, 0o601, 0o644])
def test_a_file_open_to_others_is_refused_with_its_mode(path: Path, mode: int) -> None:
    private(path, TEXT.reveal()).chmod(mode)
    error = error_of_read(path)
    assert (error.code, error.facts["mode"]) == (Code.KEY_FILE_OPEN_TO_OTHERS, f"{mode:04o}")


def test_a_read_only_file_is_well(path: Path) -> None:
    private(path, TEXT.reveal()).chmod(0o400)
    assert KeyFile(path).read() == TEXT


@pytest.mark.parametrize("content", [b"", b"# only words\n", b"one\ntwo\n", b"\n \n"])
def test_a_file_without_exactly_one_key_is_malformed(path: Path, content: bytes) -> None:
    assert error_of_read(private(path, content)).code is Code.KEY_FILE_MALFORMED


@pytest.mark.parametrize("content", ["{}", "{}\r\n", "\ufeff{}\n", "# words\r\n\r\n  {}  \r\n"])
def test_what_editors_do_to_a_file_does_not_matter(path: Path, content: str) -> None:
    assert KeyFile(private(path, content.format(TEXT.reveal()))).read() == TEXT


def test_what_is_no_small_file_is_unreadable(tmp_path: Path) -> None:
    assert error_of_read(tmp_path).code is Code.KEY_FILE_UNREADABLE
    error = error_of_read(private(tmp_path / "large", b"A" * 5000))
    assert (error.code, error.facts["detail"]) == (Code.KEY_FILE_UNREADABLE, "File too large")


def test_a_kept_key_waits_beside_the_file_and_takes_its_place(path: Path) -> None:
    file = KeyFile(path)
    file.create(Secret("old"))
    file.keep("id", TEXT)
    assert (file.read(), file.read_kept("id")) == (Secret("old"), TEXT)
    assert all(stat.S_IMODE(entry.stat().st_mode) == 0o600 for entry in path.parent.iterdir())
    file.promote("id")
    assert (file.read(), file.read_kept("id")) == (TEXT, None)
    assert list(path.parent.iterdir()) == [path]


def test_promoting_twice_is_well_and_discarding_too(path: Path) -> None:
    file = KeyFile(path)
    file.create(TEXT)
    file.promote("gone")
    file.discard("gone")
    assert file.read() == TEXT


def test_a_link_to_the_file_stays_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "etc" / "key"
    link.parent.mkdir()
    KeyFile(real).create(Secret("old"))
    link.symlink_to(real)
    KeyFile(link).keep("id", TEXT)
    assert (tmp_path / "real.id").exists()  # one file system, so taking the place is one step
    KeyFile(link).promote("id")
    assert link.is_symlink()
    assert KeyFile(real).read() == TEXT


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
def test_root_leaves_the_file_to_the_service_that_owns_it(path: Path) -> None:
    file = KeyFile(path)
    file.create(Secret("old"))
    os.chown(path, 65534, 65534)
    file.keep("id", TEXT)
    file.promote("id")
    assert (path.stat().st_uid, path.stat().st_gid) == (65534, 65534)


@pytest.mark.parametrize("content", ["two words ", "two words \n", "\ufefftwo words \r\n\n"])
def test_a_passphrase_is_the_text_without_line_ends(path: Path, content: str) -> None:
    assert read_passphrase(private(path, content)) == Secret("two words ")


def test_a_passphrase_file_open_to_others_is_refused(path: Path) -> None:
    private(path, "two words").chmod(0o644)
    with pytest.raises(UserFixableError) as caught:
        read_passphrase(path)
    assert (caught.value.code, caught.value.facts["mode"]) == (Code.KEY_FILE_OPEN_TO_OTHERS, "0644")


def test_an_empty_passphrase_file_is_too_short(path: Path) -> None:
    with pytest.raises(UserFixableError, match="passphrase-too-short"):
        read_passphrase(private(path, " \n"))


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00", b"A" * 5000])
def test_a_passphrase_file_that_cannot_be_read_is_named(path: Path, content: bytes | None) -> None:
    if content is not None:
        private(path, content)
    with pytest.raises(UserFixableError) as caught:
        read_passphrase(path)
    assert (caught.value.code, caught.value.facts["path"]) == (Code.PASSPHRASE_FILE_UNREADABLE, str(path))
    assert caught.value.facts["detail"]
