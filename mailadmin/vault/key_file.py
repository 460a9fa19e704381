"""The files secrets come from on machines without a keyring: the key file, and the file with the passphrase."""

from __future__ import annotations

import errno
import os
import stat
import uuid
from pathlib import Path
from typing import Final

from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.secrets import Secret

from .wrapping import MINIMUM_LENGTH

PRIVATE: Final = 0o600
_HEADER: Final = (
    "# The key to the passwords in mailadmin's database. Who reads this file reads them;\n"
    "# without it they must be entered again. Keep a copy apart from the database's backups.\n"
)
_LARGEST: Final = 4096  # octets: neither kind of file is ever larger
_POSIX: Final = os.name == "posix"


class KeyFile:
    """A key file: comment lines and one line of base64, readable by its owner alone.

    A new key waits in a file beside it (``<name>.<key id>``) until it is in force, then takes its place. So a killed
    process leaves both keys, and two processes that change the key at once never write to the same file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> Secret | None:
        """The line with the key; None when there is no file.

        Raises KEY_FILE_UNREADABLE, KEY_FILE_OPEN_TO_OTHERS, KEY_FILE_MALFORMED.
        """
        return _read_key(self.path)

    def read_kept(self, key_id: str) -> Secret | None:
        """The same, of the key that waits beside the file."""
        return _read_key(self._beside(key_id))

    def create(self, text: Secret) -> bool:
        """Make the file, complete or not at all; False when it is there already. Raises FOLDER_NOT_WRITABLE."""
        # Linking a finished file is exclusive and atomic at once; nobody ever reads half a key.
        unfinished = self.path.with_name(f".{self.path.name}.{uuid.uuid4()}")
        try:
            if self.path.exists():
                return False
            _write_new(unfinished, text)
            try:
                os.link(unfinished, self.path)
            except FileExistsError:
                return False
            except OSError:  # a file system without links (FAT)
                return self._create_unlinked(text)
            finally:
                unfinished.unlink()
            _flush_folder(self.path.parent)
        except OSError as error:
            raise _not_writable(self.path.parent, error) from None
        return True

    def keep(self, key_id: str, text: Secret) -> None:
        """Write a key that is about to come into force beside the file. Raises FOLDER_NOT_WRITABLE."""
        beside = self._beside(key_id)
        try:
            _write_new(beside, text)
            self._give_to_owner(beside)
            _flush_folder(beside.parent)
        except OSError as error:
            raise _not_writable(beside.parent, error) from None

    def promote(self, key_id: str) -> None:
        """Put a kept key in the file's place, if it is still waiting. Raises OSError."""
        real = self.path.resolve()
        try:
            self._beside(key_id).replace(real)
        except FileNotFoundError:
            return  # another process was first
        _flush_folder(real.parent)

    def discard(self, key_id: str) -> None:
        """Delete a kept key. Raises OSError."""
        self._beside(key_id).unlink(missing_ok=True)

    def _beside(self, key_id: str) -> Path:
        real = self.path.resolve()  # a link stays a link
        return real.with_name(f"{real.name}.{key_id}")

    def _create_unlinked(self, text: Secret) -> bool:
        try:
            _write_new(self.path, text)
        except FileExistsError:
            return False
        return True

    def _give_to_owner(self, beside: Path) -> None:
        # root changes the key of a service that runs as another user: the service must be able to read the new file.
        if not _POSIX or os.geteuid() != 0 or not self.path.exists():
            return
        owner = self.path.stat()
        os.chown(beside, owner.st_uid, owner.st_gid)


def read_passphrase(path: Path) -> Secret:
    """The passphrase in a file: its text without the line ends at the end.

    Raises PASSPHRASE_FILE_UNREADABLE, KEY_FILE_OPEN_TO_OTHERS, and PASSPHRASE_TOO_SHORT for an empty one.
    """
    try:
        octets, mode = _read(path)
        text = octets.decode("utf-8-sig")
    except OSError as error:
        detail = error.strerror or type(error).__name__
    except UnicodeDecodeError:
        detail = "not UTF-8 text"
    else:
        _refuse_if_open(path, mode)
        if not text.strip():
            raise UserFixableError(Code.PASSPHRASE_TOO_SHORT, {"minimum": MINIMUM_LENGTH})
        return Secret(text.rstrip("\r\n"))
    raise UserFixableError(Code.PASSPHRASE_FILE_UNREADABLE, {"path": path, "detail": detail})


def _read_key(path: Path) -> Secret | None:
    try:
        octets, mode = _read(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        facts = {"path": path, "detail": error.strerror or type(error).__name__}
        raise UserFixableError(Code.KEY_FILE_UNREADABLE, facts) from None
    _refuse_if_open(path, mode)
    text = octets.decode("utf-8-sig", "replace")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if len(lines) != 1:
        raise UserFixableError(Code.KEY_FILE_MALFORMED, {"path": path})
    return Secret(lines[0])


def _refuse_if_open(path: Path, mode: int) -> None:
    if mode & 0o077:
        raise UserFixableError(Code.KEY_FILE_OPEN_TO_OTHERS, {"path": path, "mode": f"{mode:04o}"})


def _read(path: Path) -> tuple[bytes, int]:
    """A small file's octets and its permissions (0 where there are none). Raises OSError."""
    with path.open("rb") as file:
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode) if _POSIX else 0
        octets = file.read(_LARGEST + 1)
    if len(octets) > _LARGEST:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
    return octets, mode


def _write_new(path: Path, text: Secret) -> None:
    """Write a new private file down to the disk. Raises OSError, FileExistsError when it is there."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(f"{_HEADER}{text.reveal()}\n")
            file.flush()
            os.fsync(descriptor)
    except OSError:  # a full disk: half a key would be in the way for good
        path.unlink()
        raise


def _flush_folder(folder: Path) -> None:
    """Make a new name last through a power cut, where the system knows how."""
    if not _POSIX:
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _not_writable(folder: Path, error: OSError) -> UserFixableError:
    return UserFixableError(Code.FOLDER_NOT_WRITABLE, {"path": folder, "detail": error.strerror or str(error)})
