"""Files that a command reads: by path, or standard input for ``-``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from mailadmin.domain.errors import Code, UserFixableError

STREAM: Final = "-"


def read_octets(file: str) -> bytes:
    """The content of a file, or of standard input.

    :raises UserFixableError: BAD_FILE
    """
    try:
        if file == STREAM and sys.stdin is None:
            raise UserFixableError(Code.BAD_FILE, {"path": named(file), "detail": "it is closed"})
        return sys.stdin.buffer.read() if file == STREAM else Path(file).read_bytes()
    except OSError as error:
        raise UserFixableError(Code.BAD_FILE, {"path": named(file), "detail": error.strerror or str(error)}) from error


def named(file: str) -> str:
    """What a file is called in sentences."""
    return "standard input" if file == STREAM else file
