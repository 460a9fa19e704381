"""Searches octets for secrets, in whatever encoding they might have got there.

    search = Search({"password": "..."})
    search.text("standard error", ended.err)
    search.folder(home)                    # files, what is packed in them, and every cell of SQLite databases
    assert search.leaks == []

A secret is looked for plain, in UTF-16, hexadecimal, base64 (any alignment, both alphabets, also twice, also of a SASL
response or of what was percent-encoded), and in octets with escapes of Python, JSON, HTML, URLs and quoted-printable
undone, broken lines and IMAP literals joined, and compressed parts unpacked. Ten characters of it must be there.
"""

from __future__ import annotations

import base64
import html
import quopri
import re
import sqlite3
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote_from_bytes, unquote_to_bytes

SHORTEST: Final = 10
"""Characters of a secret that are looked for at least; fewer would be found by chance."""

_SHOWN: Final = 60
_MOST_UNPACKED: Final = 50_000_000
_PACKED: Final = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")
_ESCAPE: Final = re.compile(rb"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|([0-7]{3})|([\"'\\/]))")
_BREAK: Final = re.compile(rb"(?:\s|\\+[rnt]|\{\d+\+?\}|\"\s*\+?\s*\"|'\s*\+?\s*')+")


@dataclass(frozen=True)
class Leak:
    """A secret that was found: which, where, in which form, after what was undone, and what stands around it."""

    secret: str
    place: str
    form: str
    view: str
    around: bytes

    def __str__(self) -> str:
        return f"{self.secret} in {self.place}: {self.form}, {self.view}: {self.around!r}"


class Search:
    """Looks for these secrets, each by a name, and remembers where one is.

    :param secrets: text, or octets of which every piece gives the whole away
    :param fleeting: secrets of which there are many, looked for plain, in hexadecimal and in base64 only
    """

    def __init__(self, secrets: Mapping[str, str | bytes], fleeting: Mapping[str, bytes] | None = None) -> None:
        self.leaks: list[Leak] = []
        self._forms: dict[bytes, tuple[str, str]] = {}
        for name, secret in secrets.items():
            octets = secret.encode("utf-8", "surrogatepass") if isinstance(secret, str) else secret
            assert len(octets) >= SHORTEST, f"{name} is too short to be looked for"
            for form, written in _forms(octets):
                self._forms.setdefault(written, (name, form))
        for name, octets in (fleeting or {}).items():
            assert len(octets) >= SHORTEST, f"{name} is too short to be looked for"
            for written in (octets, octets.hex().encode(), *_base64(octets)):
                self._forms.setdefault(written, (name, "plain, hex or base64"))

    def text(self, place: str, said: str | bytes, *, as_it_is: bool = False) -> None:
        """Search what was said, or octets; each secret is reported once.

        :param as_it_is: undo nothing
        """
        octets = said.encode("utf-8", "surrogatepass") if isinstance(said, str) else said
        found: set[str] = set()
        for view, seen in [("as it is", octets)] if as_it_is else views(octets):
            for written, (secret, form) in self._forms.items():
                if secret not in found and (at := seen.find(written)) >= 0:
                    found.add(secret)
                    around = seen[max(0, at - _SHOWN) : at + len(written) + _SHOWN]
                    self.leaks.append(Leak(secret, place, form, view, around))

    def folder(self, folder: Path) -> None:
        """Search all files below, and their names."""
        for path in sorted(folder.rglob("*")):
            self.text("a file's name", path.name)
            if path.is_file() and not path.is_symlink():
                self.file(path)

    def file(self, path: Path) -> None:
        """Search a file; of a database each cell, too: long ones lie there in pieces."""
        octets = path.read_bytes()
        is_database = octets.startswith(b"SQLite format 3")
        self.text(str(path), octets, as_it_is=is_database)
        if is_database:
            self.text(f"{path}, cells", b"\n".join(dict.fromkeys(_cells(path))))


def _forms(octets: bytes) -> Iterator[tuple[str, bytes]]:
    """Names and octets of everything that a secret can look like where nothing is undone."""
    try:
        text = octets.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        text = octets.decode("latin-1")
    coded = {
        "plain": octets,
        "UTF-16 LE": text.encode("utf-16-le", "surrogatepass"),
        "UTF-16 BE": text.encode("utf-16-be", "surrogatepass"),
        "wrongly decoded": octets.decode("latin-1").encode(),
        "percent-encoded": quote_from_bytes(octets, safe="").encode(),
    }
    for name, written in coded.items():
        yield name, written
        yield f"hex of {name}", written.hex().encode()
        yield f"HEX of {name}", written.hex().upper().encode()
        for core in _base64(written):
            yield f"base64 of {name}", core
            for twice in _base64(core):
                yield f"base64 of base64 of {name}", twice
        for core in _base64(written.hex().encode()):
            yield f"base64 of hex of {name}", core


def _base64(octets: bytes) -> Iterator[bytes]:
    """What is certain of base64 of something with these octets in it: three alignments, both alphabets."""
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + octets)
        core = encoded[-(-before * 8 // 6) : (before + len(octets)) * 8 // 6]
        yield core
        yield core.replace(b"+", b"-").replace(b"/", b"_")


def views(octets: bytes, *, unpack: bool = True) -> Iterator[tuple[str, bytes]]:
    """The octets as they are, and with what hides text undone, each with its name."""
    seen: set[bytes] = {octets}
    yield "as it is", octets
    undone = [("", octets)]
    for name, undo in _UNDO.items():
        made = undo(octets)
        if made not in seen:
            seen.add(made)
            undone.append((name, made))
            yield name, made
    for name, made in undone:
        joined = _BREAK.sub(b"", made.replace(b"\0", b""))
        if joined not in seen:
            seen.add(joined)
            yield f"{name} lines joined".strip(), joined
    if unpack:
        for number, packed in enumerate(_unpacked(octets)):
            for name, made in views(packed, unpack=False):
                yield f"packed part {number}, {name}", made


def _unescaped(octets: bytes) -> bytes:
    """Escapes undone as in bytes: ``\\xfc`` is an octet."""

    def plain(match: re.Match[bytes]) -> bytes:
        if match[1]:
            return bytes.fromhex(match[1].decode())
        if match[2]:
            return chr(int(match[2], 16)).encode("utf-8", "surrogatepass")
        return bytes([int(match[3], 8) & 0xFF]) if match[3] else match[4]

    return _ESCAPE.sub(plain, octets)


def _unescaped_letters(octets: bytes) -> bytes:
    """Escapes undone as in text: ``\\xfc`` is a letter."""
    return _unescaped(re.sub(rb"\\x([0-9a-fA-F]{2})", rb"\\u00\1", octets))


def _twice(undo: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    return lambda octets: undo(undo(octets))


def _without_entities(octets: bytes) -> bytes:
    return html.unescape(octets.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogatepass")


_UNDO: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "escapes undone": _unescaped,
    "escapes undone twice": _twice(_unescaped),
    "escapes of letters undone": _unescaped_letters,
    "percent-decoded": unquote_to_bytes,
    "percent-decoded twice": _twice(unquote_to_bytes),
    "quoted-printable": quopri.decodestring,
    "entities": _without_entities,
}


def _unpacked(octets: bytes) -> Iterator[bytes]:
    """Whatever was compressed by gzip or zlib."""
    for start in _PACKED.finditer(octets):
        unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
        try:
            yield unpacker.decompress(octets[start.start() :], _MOST_UNPACKED)
        except zlib.error:
            continue


def _cells(path: Path) -> Iterator[bytes]:
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        connection.text_factory = bytes
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (table,) in tables:
            for row in connection.execute(f'SELECT * FROM "{table.decode()}"'):
                yield from (cell for cell in row if isinstance(cell, bytes))
    finally:
        connection.close()
