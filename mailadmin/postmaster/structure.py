"""The MIME tree of a message, with every leaf decoded.

Read by fast-mail-parser; what it refuses or cannot do justice to is read by the standard library; what is too much for
both (nesting, size) is one text. The same octets always give the same tree, so that a part's path finds it again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.message import Message
from email.parser import Parser
from email.policy import Compat32
from typing import Any, Final, cast

from fast_mail_parser import ParseError, PyMimePart, parse_email_tree

from .charsets import decode
from .headers import HeaderBlock, split_header
from .transfer import decode_transfer, start_of_base64
from .words import parameters

MOST_PARTS: Final = 1_000
DEEPEST_PATH: Final = 64
_MOST_LEVELS: Final = 500
"""Levels of nesting the fast parser is trusted with: it counts them only after a recursion of about 1 kB a level."""
_MOST_WORDS: Final = 4_000
"""Encoded words the fast parser is trusted with: the time it takes for them grows with their square."""
_MOST_WORK: Final = 60_000_000
"""Lines times levels that the standard library is trusted with: it compares every line with every open boundary."""
_DOUBLED: Final = b"\r\r\n"
_BARE_CR: Final = re.compile(r"\r(?!\n)")
_STAND_IN: Final = "\udc0d"
"""For a CR that ends no line where the standard library reads: it would end one there. No octet is read as this."""
_BOUNDARY: Final = re.compile(rb"boundary", re.IGNORECASE)
_BY_THE_PARSER: Final = frozenset({"", "7bit", "8bit", "binary", "base64", "quoted-printable"})
"""Encodings the fast parser undoes, written exactly so (a trailing blank is enough to stop it)."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One part that holds content. Header values are unfolded text; ``content`` is decoded.

    ``path``: IMAP's part number ("1.2"). ``alternative``: number of the outermost multipart/alternative around it, 0
    for none. ``mixed``: somewhere below a multipart/mixed. ``alone``: the message has no parts.
    ``problem``: why ``content`` is not quite, or not at all, what was sent (see decode_transfer), or empty.
    ``name``: the file name where no header says it. ``spare``: a body only where the mail has no other text.
    """

    path: str
    content_type: str
    headers: Mapping[str, str]
    content: bytes
    alternative: int
    mixed: bool
    alone: bool
    problem: str = ""
    name: str = ""
    spare: bool = False

    @property
    def readable(self) -> bool:
        """Whether the content was decoded at all."""
        return self.problem not in {"encoding_failed", "encoding_unknown"}


@dataclass(frozen=True, slots=True)
class Structure:
    """A message's header block, its leaves in order, and the names of problems met on the way.

    ``containers``: the types of the multiparts that were opened.
    """

    block: HeaderBlock
    leaves: tuple[Leaf, ...]
    problems: tuple[str, ...]
    containers: frozenset[str] = frozenset()


class _RefusedError(Exception):
    """This reader cannot do the message justice."""


def read_structure(raw: bytes) -> Structure:
    """Cut a message into its leaves; never raises."""
    problems: list[str] = []
    containers: set[str] = set()
    if b"\n" not in raw and b"\r" in raw:
        raw = raw.replace(b"\r", b"\n")
        problems.append("line_ends")
    block = split_header(raw)
    if raw.endswith(_DOUBLED, 0, block.end) and raw[block.end : block.body] == _DOUBLED:
        # Written as text by a system that puts a CR before every LF, and there was one already.
        raw = raw.replace(_DOUBLED, b"\r\n")
        problems.append("line_ends")
        block = split_header(raw)
    if not block.regular:
        # Written anew, so that every reader sees the header end at the same place.
        raw = block.rewritten() + raw[block.body :]
        problems.append("header_cut" if block.cut else "header_irregular")
    try:
        leaves = _limited(_fast_leaves(_fast_tree(raw), raw, containers), problems)
    except _RefusedError:
        problems.append("read_again")
        try:
            leaves = _limited(_slow_leaves(_slow_tree(raw), containers), problems)
        except _RefusedError:
            problems.append("structure_unreadable")
            leaves = [Leaf("1", "text/plain", {}, _after_header(raw), 0, mixed=False, alone=True)]
    return Structure(block, tuple(leaves), tuple(problems), frozenset(containers))


def _after_header(raw: bytes) -> bytes:
    return raw[split_header(raw).body :]


def _limited(leaves: Iterator[Leaf], problems: list[str]) -> list[Leaf]:
    taken: list[Leaf] = []
    for leaf in leaves:
        if len(taken) == MOST_PARTS:
            problems.append("parts_left_out")
            break
        taken.append(leaf)
    return taken


def _levels(raw: bytes) -> int:
    """An upper bound of the nesting: each level needs a boundary line, and a word that names the boundary.

    (Which may hide in an encoded word.)
    """
    return min(raw.count(b"\n--"), len(_BOUNDARY.findall(raw)) + raw.count(b"=?"))


def _holds(raw: bytes, octet: bytes, times: int) -> bool:
    """Whether an octet occurs so many times; looking for one octet is nearly free, counting is not."""
    at = -1
    for _ in range(times):
        at = raw.find(octet, at + 1)
        if at < 0:
            return False
    return True


# --- fast-mail-parser ----------------------------------------------------------------------------------------------


def _fast_tree(raw: bytes) -> PyMimePart:
    # Counting costs more than parsing, so it is done only where single octets abound.
    if _holds(raw, b"-", 2 * _MOST_LEVELS) and _levels(raw) > _MOST_LEVELS:
        raise _RefusedError
    if _holds(raw, b"?", _MOST_WORDS) and raw.count(b"=?") > _MOST_WORDS:
        raise _RefusedError
    try:
        return parse_email_tree(raw)
    except ParseError as refusal:
        raise _RefusedError from refusal
    except BaseException as failure:
        # A panic of the Rust code is no Exception; it must not end the thread that processes mail.
        if type(failure).__name__ != "PanicException":
            raise
        raise _RefusedError from failure


def _fast_leaves(root: PyMimePart, raw: bytes, containers: set[str]) -> Iterator[Leaf]:
    """Yield the leaves; a container without children means that its boundary was not found: refused."""
    waiting = [(root, "", 0, False)]
    alternatives = at = 0
    while waiting:
        part, path, alternative, mixed = waiting.pop()
        content = part.content
        if content is None:
            if not part.children:
                raise _RefusedError
            containers.add(part.content_type)
            if part.content_type == "multipart/alternative" and not alternative:
                alternative = alternatives = alternatives + 1
            mixed = mixed or part.content_type == "multipart/mixed"
            prefix = f"{path}." if path else ""
            numbered = enumerate(part.children[: MOST_PARTS + 1], 1)
            waiting += [(child, f"{prefix}{n}", alternative, mixed) for n, child in numbered][::-1]
            continue
        headers = _first_values(part.headers)
        encoding = headers.get("content-transfer-encoding", "").lower()
        content_type = part.content_type or "text/plain"
        problem, is_text = "", content_type.startswith("text/")
        if encoding not in _BY_THE_PARSER:
            content, problem = decode_transfer(content, encoding, is_text=is_text)
        elif encoding == "base64" and is_text and (at := raw.find(start_of_base64(content), at)) < 0:
            # It did not come as the base64 it is labelled as. (Searched from where the last one was found.)
            raise _RefusedError
        yield Leaf(path or "1", content_type, headers, content, alternative, mixed, not path, problem)


def _first_values(headers: dict[str, list[str]]) -> dict[str, str]:
    """The MIME fields of a part. One that lost octets in decoding is left to the reader that has them."""
    found: dict[str, str] = {}
    for name, values in headers.items():
        lower = name.lower()
        if lower.startswith("content-") and values:
            if "\ufffd" in values[0]:
                raise _RefusedError
            found.setdefault(lower, values[0])
    return found


# --- the standard library ------------------------------------------------------------------------------------------


class _Policy(Compat32):
    """How header fields are read."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value.replace(_STAND_IN, " ")


class _FlatMessage(Message):
    """A message whose nested mails are leaves: they are kept whole, never opened."""

    # The standard library says neither what it gives nor what it takes here.
    def set_payload(self, payload: Any, charset: Any = None) -> None:  # noqa: ANN401
        super().set_payload(payload.replace(_STAND_IN, "\r") if isinstance(payload, str) else payload, charset)

    def get_boundary(self, failobj: Any = None) -> Any:  # noqa: ANN401
        """The boundary, read by our own rules: no codec and no amount of parameters takes long."""
        return parameters(self.mime_fields().get("content-type", ""))[1].get("boundary", "").rstrip() or failobj

    def get_content_maintype(self) -> str:
        main = super().get_content_maintype()
        return "application" if main == "message" else main

    def get_content_type(self) -> str:
        content_type = super().get_content_type()
        return "application/octet-stream" if content_type == "message/delivery-status" else content_type

    @property
    def declared_type(self) -> str:
        """The content type as the message says it."""
        return super().get_content_type()

    def octets(self) -> bytes:
        """The content as it was sent; its transfer encoding is forgotten, so that it is not undone."""
        del self["content-transfer-encoding"]
        payload = self.get_payload(decode=True)
        return payload if isinstance(payload, bytes) else b""

    def mime_fields(self) -> dict[str, str]:
        """The first of every MIME field as unfolded text, encoded words left as they are."""
        found: dict[str, str] = {}
        for name, value in self.raw_items():
            lower = name.lower()
            if lower.startswith("content-") and lower not in found:
                octets = str(value).encode("utf-8", "surrogateescape")
                found[lower] = " ".join(decode(octets)[0].split("\n")).replace("\r", "").strip()
        return found


def _slow_tree(raw: bytes) -> _FlatMessage:
    if raw.count(b"\n") * (1 + _levels(raw)) > _MOST_WORK:
        raise _RefusedError
    try:
        text = _BARE_CR.sub(_STAND_IN, raw.decode("ascii", "surrogateescape"))
        tree = Parser(_FlatMessage, policy=_Policy()).parsestr(text)
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError) as failure:
        # The standard library has stumbled over hostile mail in all of these ways.
        raise _RefusedError from failure
    return cast("_FlatMessage", tree)


def _slow_leaves(root: _FlatMessage, containers: set[str]) -> Iterator[Leaf]:
    waiting: list[tuple[_FlatMessage, str, int, bool]] = [(root, "", 0, False)]
    alternatives = 0
    while waiting:
        part, path, alternative, mixed = waiting.pop()
        content_type = part.declared_type
        payload = part.get_payload() if part.is_multipart() else None
        if isinstance(payload, list):
            containers.add(content_type)
            if content_type == "multipart/alternative" and not alternative:
                alternative = alternatives = alternatives + 1
            mixed = mixed or content_type == "multipart/mixed"
            prefix = f"{path}." if path else ""
            children = [child for child in payload[: MOST_PARTS + 1] if isinstance(child, _FlatMessage)]
            numbered = enumerate(children, 1)
            waiting += [(child, f"{prefix}{n}", alternative, mixed) for n, child in numbered][::-1]
            continue
        headers = part.mime_fields()
        octets = part.octets()
        if content_type.startswith("multipart/"):
            # No boundary, or one that never comes: what is there is text, undivided.
            yield Leaf(path or "1", "text/plain", {}, octets, alternative, mixed, not path, "boundary_missing")
            continue
        encoding, is_text = headers.get("content-transfer-encoding", ""), content_type.startswith("text/")
        content, problem = decode_transfer(octets, encoding, is_text=is_text)
        yield Leaf(path or "1", content_type, headers, content, alternative, mixed, not path, problem)
