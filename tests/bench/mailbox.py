"""A deterministic mailbox: in every 50 messages 35 texts, 10 HTML mails, 4 with 200 kB and 1 with 2 MB attached."""

from __future__ import annotations

import base64
import quopri
import random
from collections.abc import Iterator
from email.header import Header

SEED = 20261120
_WORDS = (
    "printer paper invoice login password account server backup network cable monitor update license request ticket "
    "error message screen button report export customer order delivery office meeting access card reset client inbox "
    "please help since yesterday morning cannot open start install version driver laptop display keyboard the with for "
    "not again after before because when still same thank you regards urgent soon colleague department"
).split()
_UMLAUTS = "Grüße Störung läuft möchten gewünscht Schlüssel Büro Straße später öffnen für könnte Größe".split()
_BLOCK = ["text"] * 35 + ["html"] * 10 + ["file"] * 4 + ["big"]
_SIZES = {"file": 200_000, "big": 2_000_000}


def messages(count: int) -> Iterator[bytes]:
    """The first ``count`` messages, with LF line ends as a Maildir has them."""
    for start in range(0, count, 50):
        kinds = _BLOCK[:]
        random.Random(SEED + start).shuffle(kinds)
        for place in range(start, min(start + 50, count)):
            yield _message(place, kinds[place % 50])


def _message(number: int, kind: str) -> bytes:
    chance = random.Random(SEED * 1_000_003 + number)
    head = _head(chance, number)
    if kind == "text":
        return head + _part(chance, _text(chance, chance.randint(1800, 6500)), "plain")
    mark = f"=_{chance.getrandbits(64):016x}"
    if kind == "html":
        size = chance.randint(20_000, 28_000)
        rows = _text(chance, size * 4 // 5).replace("\n", "</td></tr>\n<tr><td style='padding:4px'>")
        html = f"<html><body><table><tr><td>{rows}</td></tr></table></body></html>\n"
        parts = [_part(chance, _text(chance, size // 8), "plain"), _part(chance, html, "html")]
        return head + _multipart("alternative", mark, parts)
    name = f"{chance.choice(_WORDS)}-{number}.pdf"
    attachment = (
        f'Content-Type: application/pdf; name="{name}"\nContent-Transfer-Encoding: base64\n'
        f'Content-Disposition: attachment; filename="{name}"\n\n'
    ).encode() + base64.encodebytes(chance.randbytes(_SIZES[kind]))
    return head + _multipart("mixed", mark, [_part(chance, _text(chance, 2000), "plain"), attachment])


def _head(chance: random.Random, number: int) -> bytes:
    sender = f"user{chance.randint(1, 400)}@customer{chance.randint(1, 40)}.example"
    subject = " ".join(_word(chance, 0.15) for _ in range(chance.randint(3, 8))).capitalize()
    reply = f"In-Reply-To: <m{number - 1}@customer.example>\n" if number and chance.random() < 0.25 else ""
    date = f"{1 + number // 1440 % 28:02d} Nov 2026 {number % 1440 // 60:02d}:{number % 60:02d}:00 +0100"
    return (
        f"Return-Path: <{sender}>\nReceived: from mx.customer.example ([192.0.2.{chance.randint(1, 250)}])\n"
        f"\tby mail.helpdesk.example with ESMTPS id {chance.getrandbits(48):012X}; {date}\n"
        f"From: Person {number} <{sender}>\nTo: Support <support@helpdesk.example>\n"
        f"Subject: {subject if subject.isascii() else Header(subject, 'utf-8').encode()}\nDate: {date}\n"
        f"Message-ID: <m{number}@customer.example>\n{reply}MIME-Version: 1.0\n"
    ).encode()


def _part(chance: random.Random, text: str, subtype: str) -> bytes:
    octets = text.encode()
    encoding = chance.choice(("quoted-printable", "quoted-printable", "8bit", "base64"))
    if encoding == "quoted-printable":
        octets = quopri.encodestring(octets)
    elif encoding == "base64":
        octets = base64.encodebytes(octets)
    return f"Content-Type: text/{subtype}; charset=utf-8\nContent-Transfer-Encoding: {encoding}\n\n".encode() + octets


def _multipart(subtype: str, mark: str, parts: list[bytes]) -> bytes:
    head = f'Content-Type: multipart/{subtype}; boundary="{mark}"\n\n'.encode()
    return head + b"".join(f"--{mark}\n".encode() + part + b"\n" for part in parts) + f"--{mark}--\n".encode()


def _word(chance: random.Random, umlauts: float) -> str:
    return chance.choice(_UMLAUTS if chance.random() < umlauts else _WORDS)


def _text(chance: random.Random, size: int) -> str:
    lines: list[str] = []
    length = 0
    while length < size:
        line = " ".join(_word(chance, 0.06) for _ in range(chance.randint(6, 12))).capitalize() + "."
        lines.append(line)
        length += len(line) + 1
    return "\n".join(lines) + "\n"
