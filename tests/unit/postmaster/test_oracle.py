"""The fast parser and the standard library read the same mail alike."""

from __future__ import annotations

import base64
import random
from email.message import EmailMessage
from pathlib import Path

import pytest

from mailadmin.postmaster import structure
from mailadmin.postmaster.structure import Leaf, read_structure

REFUSED = "broken-base64"
"""The one sample the fast parser refuses."""
MAILS = sorted(path for path in (Path(__file__).parent / "mails").glob("*.eml") if path.stem != REFUSED)
WORDS = ["printer", "paper", "invoice", "Grüße", "Störung", "läuft", "nicht", "日本", "=", "--", ".", "From"]


def generated(seed: int) -> bytes:
    """A mail with what real ones have: alternatives, attachments, nested mails, any encoding, either line end."""
    choose = random.Random(seed)
    message = EmailMessage()
    message["From"], message["To"] = "Ann <ann@customer.example>", "support@example.org"
    message["Subject"] = " ".join(choose.choices(WORDS, k=5))
    text = "\n".join(" ".join(choose.choices(WORDS, k=choose.randint(0, 30))) for _ in range(choose.randint(1, 40)))
    message.set_content(text + "\n", cte=choose.choice(["8bit", "base64", "quoted-printable"]))
    if choose.random() < 0.5:
        message.add_alternative(f"<p>{text}</p>\n", subtype="html", cte=choose.choice(["base64", "quoted-printable"]))
    for number in range(choose.randint(0, 3)):
        data = choose.randbytes(choose.randint(0, 3_000))
        message.add_attachment(data, maintype="application", subtype="pdf", filename=f"größe {number}.pdf")
    if choose.random() < 0.3:
        inner = EmailMessage()
        inner["Subject"] = "Inner"
        inner.set_content("inner text\n")
        message.add_attachment(inner)
    raw = message.as_bytes()
    return raw.replace(b"\n", b"\r\n") if choose.random() < 0.5 else raw


def comparable(leaf: Leaf) -> tuple[object, ...]:
    """What both readers must agree on; one ends decoded lines with CRLF, the other as they came."""
    content = leaf.content.replace(b"\r\n", b"\n").rstrip(b"\n")
    return leaf.path, leaf.content_type, content, leaf.alternative, leaf.mixed, leaf.alone, leaf.problem


def read_both(raw: bytes, monkeypatch: pytest.MonkeyPatch) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    fast = read_structure(raw)
    assert "read_again" not in fast.problems

    def refuse(_raw: bytes) -> None:
        raise structure._RefusedError

    monkeypatch.setattr(structure, "_fast_tree", refuse)
    slow = read_structure(raw)
    assert "read_again" in slow.problems
    assert [leaf.headers.get("content-id") for leaf in fast.leaves] == [
        leaf.headers.get("content-id") for leaf in slow.leaves
    ]
    return [comparable(leaf) for leaf in fast.leaves], [comparable(leaf) for leaf in slow.leaves]


@pytest.mark.parametrize("seed", range(60))
def test_generated_mail(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    fast, slow = read_both(generated(seed), monkeypatch)
    assert fast == slow


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.stem)
def test_sample_mail(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fast, slow = read_both(path.read_bytes(), monkeypatch)
    assert fast == slow


@pytest.mark.parametrize(
    "part",
    [
        b"Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(b"x" * 500) + b"trailing words",
        b"Content-Transfer-Encoding: base64\n\nYWJj!!ZGVm\n",
        b"Content-Transfer-Encoding: base64\n\nYWJjYQ\n",
        b"Content-Transfer-Encoding: nonsense\n\nabc",
        b"Content-Type: multipart/mixed\n\nno boundary",
        b"Content-Type: multipart/mixed; boundary=z\n\n--y\n\nno such boundary",
        b'Content-Disposition: attachment; filename="=?utf-8?B?5pel5g==?= =?utf-8?B?nKwucGRm?="\n\nabc',
    ],
)
def test_what_the_fast_parser_cannot_do_justice_to_still_gives_its_neighbours(part: bytes) -> None:
    raw = b"Content-Type: multipart/mixed; boundary=b0\n\n--b0\n\nbefore\n--b0\n" + part + b"\n--b0\n\nafter\n--b0--\n"
    leaves = read_structure(raw).leaves
    assert [leaf.path for leaf in leaves] == ["1", "2", "3"]
    assert (leaves[0].content, leaves[2].content) == (b"before", b"after")


def test_the_same_octets_always_give_the_same_leaves() -> None:
    for seed in range(10):
        raw = generated(seed)
        first, second = read_structure(raw).leaves, read_structure(raw).leaves
        assert [(leaf.path, leaf.content) for leaf in first] == [(leaf.path, leaf.content) for leaf in second]


def test_8_bit_octets_of_a_mail_read_again_are_those_that_were_sent() -> None:
    raw = (
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; charset=koi8-r\n\n\xf0\xd2\n"
        b"--b\nContent-Transfer-Encoding: base64\n\n!\n--b--\n"
    )
    structure_ = read_structure(raw)
    assert "read_again" in structure_.problems
    assert structure_.leaves[0].content == b"\xf0\xd2"
