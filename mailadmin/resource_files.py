"""Finds the files of ``resources/`` (icons, help pages, sample mails) wherever the program runs from."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from .domain.errors import BugError

_PACKAGE: Final = Path(__file__).resolve().parent


def resource(name: str) -> Path:
    """The file or folder ``resources/<name>``.

    An installed wheel carries the folder inside the package; so does a frozen program, where PyInstaller gives every
    module a ``__file__`` below ``sys._MEIPASS``. In a source tree it stands beside the package.

    :param name: path below ``resources``, with slashes on every system (``help/errors.md``)
    :raises BugError: there is no such file: the program was not packed whole
    """
    inside, beside = _PACKAGE / "resources", _PACKAGE.parent / "resources"
    path = (inside if inside.is_dir() else beside) / name
    if not path.exists():
        raise BugError(f"resource {name!r} is missing: {path}")
    return path
