"""The searcher finds what is planted, in every encoding: or it would prove nothing."""

from __future__ import annotations

import base64
import binascii
import gzip
import html
import json
import quopri
import sqlite3
import textwrap
import zlib
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from urllib.parse import quote, quote_plus, urlencode

import pytest

from tests.leaks import Search

SECRET = "mk-4711-\"q\\ü'€/+?&=Zz"
OCTETS = SECRET.encode()
_SASL = {
    "PLAIN": b"\0bob@example.org\0" + OCTETS,
    "XOAUTH2": b"user=bob@example.org\x01auth=Bearer " + OCTETS + b"\x01\x01",
    "OAUTHBEARER": b"n,a=bob@example.org,\x01host=h\x01port=993\x01auth=Bearer " + OCTETS + b"\x01\x01",
    "Basic": b"client:" + quote_plus(SECRET).encode(),
}
_AFTER: Mapping[str, bytes] = {f"after {n} octets": b"u" * n + OCTETS + b"tail" for n in range(3)}
_JSON = json.dumps({"token": SECRET})


def _every_percent(octets: bytes) -> str:
    return "".join(f"%{octet:02x}" for octet in octets)


PLANTED: Mapping[str, str | bytes] = {
    **{f"base64 of {name}": base64.b64encode(octets) for name, octets in {**_SASL, **_AFTER}.items()},
    **{f"base64url of {name}": base64.urlsafe_b64encode(octets) for name, octets in {**_SASL, **_AFTER}.items()},
    **{f"base64 in lines of {name}": base64.encodebytes(octets * 4) for name, octets in _AFTER.items()},
    **{f"base64 twice of {name}": base64.b64encode(base64.b64encode(octets)) for name, octets in _AFTER.items()},
    **{f"base64 wrapped and indented of {name}": textwrap.indent(textwrap.fill(base64.b64encode(o).decode(), 20), "   ")
       for name, o in _SASL.items()},
    "plain": SECRET,
    "base64 of UTF-16": base64.b64encode(SECRET.encode("utf-16-le")),
    "hex": OCTETS.hex(),
    "HEX": OCTETS.hex().upper(),
    "hex with spaces": binascii.hexlify(OCTETS, " "),
    "hex in base64": base64.b64encode(b"x" + OCTETS.hex().encode()),
    "UTF-16 LE": SECRET.encode("utf-16-le"),
    "UTF-16 BE": b"\0" + SECRET.encode("utf-16-be"),
    "UTF-16 hex": SECRET.encode("utf-16-be").hex(),
    "UTF-16 repr": repr(SECRET.encode("utf-16-le")),
    "UTF-16 of base64": base64.b64encode(OCTETS).decode().encode("utf-16-le"),
    "URL": f"https://host/?x={quote(SECRET)}&y=1",
    "URL twice": quote(quote(SECRET, safe=""), safe=""),
    "URL of base64": quote(base64.b64encode(OCTETS)),
    "URL, every octet": _every_percent(OCTETS),
    "form": urlencode({"x": SECRET}),
    "JSON": _JSON,
    "JSON UTF-8": json.dumps({"token": SECRET}, ensure_ascii=False),
    "JSON in JSON": json.dumps({"words": _JSON}),
    "JSON of escapes": '{"x": "' + "".join(f"\\u{ord(letter):04x}" for letter in SECRET) + '"}',
    "repr": repr([SECRET]),
    "ascii": ascii([SECRET]),
    "repr of octets": repr(OCTETS),
    "repr of repr": repr(repr(OCTETS)),
    "repr of JSON": repr(_JSON.encode()),
    "octal": "".join(f"\\{octet:03o}" for octet in OCTETS),
    "wrongly decoded": OCTETS.decode("latin-1"),
    "HTML": f"<p>{html.escape(SECRET)}</p>",
    "HTML by number": "".join(f"&#{ord(letter)};" for letter in SECRET),
    "quoted-printable": quopri.encodestring(OCTETS * 5, quotetabs=True),
    "quoted-printable, every octet": "".join(f"={octet:02X}" for octet in OCTETS),
    "IMAP quoted": '"' + SECRET.replace("\\", "\\\\").replace('"', '\\"') + '"',
    "split by lines": "\n".join(textwrap.wrap(SECRET, 5)),
    "split in a repr": repr(SECRET[:9].encode() + b"\r\n" + SECRET[9:].encode()),
    "split into literals": b"{9}\r\n" + OCTETS[:9] + b" {20}\r\n" + OCTETS[9:],
    "split into string literals": f"'{SECRET[:8]}'\n    '{SECRET[8:]}'".replace("\\", "\\\\"),
    "gzip": b"PK?" + gzip.compress(OCTETS),
    "zlib": b"page" + zlib.compress(b"x" * 500 + base64.b64encode(b"u" + OCTETS)),
}  # fmt: skip


@pytest.mark.parametrize("name", PLANTED)
def test_what_is_planted_is_found(name: str) -> None:
    search = Search({"other": "something-else-4712", "password": SECRET})
    planted = PLANTED[name]
    octets = planted.encode() if isinstance(planted, str) else planted
    search.text("here", b"before " + octets + b" after")
    assert {leak.secret for leak in search.leaks} == {"password"}, name


@pytest.mark.parametrize("name", PLANTED)
def test_what_is_not_planted_is_not_found(name: str) -> None:
    search = Search({"other": "something-else-4712"})
    search.text("here", PLANTED[name])
    assert search.leaks == []


def test_files_their_names_and_cells_of_databases_are_searched(tmp_path: Path) -> None:
    secret = "mk-4711-in-a-file-of-some-kind"
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / f"{secret}.txt").write_text("")
    (tmp_path / "octets").write_bytes(b"\0\xff" + secret.encode("utf-16-be"))
    database = tmp_path / "data.db"
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("CREATE TABLE t (n INTEGER, b BLOB)")
        connection.execute("INSERT INTO t VALUES (1, ?)", (zlib.compress(b"x" * 9000 + secret.encode()),))
        connection.execute("INSERT INTO t VALUES (2, ?)", (b"y" * 4000 + secret.encode() * 4,))
    search = Search({"token": secret})
    search.folder(tmp_path)
    places = {leak.place.removeprefix(f"{tmp_path}/") for leak in search.leaks}
    assert places == {"a file's name", "octets", "data.db", "data.db, cells"}


def test_what_a_database_has_deleted_and_not_overwritten_is_found(tmp_path: Path) -> None:
    secret = "mk-4711-gone-but-not-forgotten"
    with closing(sqlite3.connect(tmp_path / "data.db")) as connection:
        connection.execute("PRAGMA secure_delete = OFF")
        connection.execute("CREATE TABLE t (words TEXT)")
        connection.executemany("INSERT INTO t VALUES (?)", [(secret,)] * 300)
        connection.commit()
        connection.execute("DELETE FROM t")
        connection.commit()
    search = Search({"token": secret})
    search.folder(tmp_path)
    assert {leak.place for leak in search.leaks} == {str(tmp_path / "data.db")}
