"""Names that strangers gave to files, made fit for a disk; and files that never replace others."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Final
from unicodedata import category

from mailadmin.domain.errors import Code, UserFixableError

_LONGEST: Final = 200
"""Octets; file systems take 255, and `` (2)`` or ``.eml`` may be added."""
_LONGEST_ENDING: Final = 20
_LOOKED_AT: Final = 2_000
"""Characters: of a longer name only the beginning and the ending are."""
_BETWEEN_PARTS: Final = re.compile(r"[/\\]")
_REFUSED: Final = frozenset('<>:"|?*')
"""What Windows refuses."""
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
"""Categories of characters without a look of their own: controls, signs that turn the direction of text, unassigned."""
_BLANK: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and marks that show nothing, all the same."""
_VARIATIONS: Final = re.compile("[\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_SPACES: Final = re.compile(r"\s+")
_RESERVED: Final = re.compile(r"(?:CON|PRN|AUX|NUL|COM[0-9¹²³]|LPT[0-9¹²³]|CONIN\$|CONOUT\$)[ ]*(?:\..*)?", re.I)


@lru_cache(maxsize=5_000)  # a list of files asks again whenever it sorts or paints
def safe_file_name(name: str, fallback: str) -> str:
    """A name for a file from a name that came from outside: no path, no device, nothing invisible, not too long.

    :param fallback: the name when nothing is left
    """
    name = _BETWEEN_PARTS.split(name)[-1]
    if len(name) > _LOOKED_AT:
        name = name[:_LONGEST] + name[-_LONGEST:]
    name = _VARIATIONS.sub("", name)
    name = "".join(letter for letter in name if letter not in _REFUSED | _BLANK and category(letter) not in _UNSEEN)
    name = _SPACES.sub(" ", name).lstrip(". ").rstrip(". ")
    if not name:
        return fallback
    if _RESERVED.fullmatch(name):
        name = f"_{name}"
    return _cut(name)


def _cut(name: str) -> str:
    """A name of as many octets as there may be, with its ending."""
    if len(name.encode()) <= _LONGEST:
        return name
    stem, dot, ending = name.rpartition(".")
    ending = f".{ending}" if dot and stem and len(ending.encode()) < _LONGEST_ENDING else ""
    stem = stem if ending else name
    kept = stem.encode()[: _LONGEST - len(ending.encode())].decode(errors="ignore")  # no half characters
    return kept.rstrip(". ") + ending


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
        began = False
        try:
            with path.open("xb") as file:
                began = True
                file.write(content)
        except FileExistsError:
            number += 1
        except OSError as error:
            if began:  # half a file would pass for a whole one
                path.unlink(missing_ok=True)
            raise _not_writable(path, error) from error
        else:
            return path


def _not_writable(path: Path, error: OSError) -> UserFixableError:
    return UserFixableError(Code.FOLDER_NOT_WRITABLE, {"path": path, "detail": error.strerror or str(error)})
