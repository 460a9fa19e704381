"""Names that strangers gave to files, made fit for a disk; and files that never replace others."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from mailadmin.domain.errors import Code, UserFixableError

_LONGEST: Final = 120
_PATH_PARTS: Final = re.compile(r".*[/\\]", re.DOTALL)
_UNFIT: Final = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff<>:\"|?*]"
)
"""Control characters, invisible ones, those that turn the direction of text, and what Windows refuses."""
_RESERVED: Final = re.compile(r"(?:CON|PRN|AUX|NUL|COM[0-9¹²³]|LPT[0-9¹²³]|CONIN\$|CONOUT\$)(?:\..*)?", re.IGNORECASE)


def safe_file_name(name: str, fallback: str) -> str:
    """A name for a file from a name that came from outside: no path, no device, nothing invisible, not too long.

    :param fallback: the name when nothing is left
    """
    name = _UNFIT.sub("", _PATH_PARTS.sub("", name))
    name = name.strip().lstrip(".").rstrip(". ").strip()
    if not name:
        return fallback
    if _RESERVED.fullmatch(name):
        name = f"_{name}"
    if len(name) > _LONGEST:
        stem, dot, ending = name.rpartition(".")
        ending = f".{ending}" if dot and len(ending) <= 10 else ""
        name = (stem if ending else name)[: _LONGEST - len(ending)].rstrip(". ") + ending
    return name


def write(path: Path, content: bytes) -> Path:
    """Write a file whose name the user has chosen, and been asked about.

    :raises UserFixableError: FOLDER_NOT_WRITABLE
    """
    try:
        path.write_bytes(content)
    except OSError as error:
        raise _not_writable(path, error) from error
    return path


def write_new(folder: Path, name: str, content: bytes) -> Path:
    """Write a file that was not there; ``name (2).pdf`` when one of that name is. Its path.

    :raises UserFixableError: FOLDER_NOT_WRITABLE
    """
    number = 1
    while True:
        stem, ending = Path(name).stem, Path(name).suffix
        path = folder / (name if number == 1 else f"{stem} ({number}){ending}")
        try:
            with path.open("xb") as file:
                file.write(content)
        except FileExistsError:
            number += 1
        except OSError as error:
            raise _not_writable(path, error) from error
        else:
            return path


def _not_writable(path: Path, error: OSError) -> UserFixableError:
    return UserFixableError(Code.FOLDER_NOT_WRITABLE, {"path": path, "detail": error.strerror or str(error)})
