"""Address fields (RFC 5322 3.4): split first, decoded afterwards.

The order matters: a decoded display name can hold a comma and a second address, and would be split into a sender that
never was.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from mailadmin.domain.addresses import address_key

from .charsets import clean_text
from .headers import Headers
from .words import ENCODED_WORD

_TOKEN: Final = re.compile(rf'{ENCODED_WORD}|"(?:[^"\\]|\\.)*"|<[^<>]*>|[(,:;<>"]|\\.|=|[^(,:;<>"\\=]+|\\', re.DOTALL)
_COMMENT_TOKEN: Final = re.compile(r"[()]|\\.|[^()\\]+|\\", re.DOTALL)
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_NEEDS_QUOTES: Final = re.compile(r'[()<>\[\]:;@\\,."]')
_BLANKS: Final = re.compile(r"\s+")
_PLAIN: Final = re.compile(
    r'(?:([\w !#$%&*+/^`{|}~\'-]*?) ?<([^\s<>@,;:"()\\]+@[^\s<>@,;:"()\\]+)>|([^\s<>@,;:"()\\]+@[^\s<>@,;:"()\\]+))'
)
_MOST: Final = 2_000


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One entry of an address field. ``address`` is the bare address as written, or empty when there is none."""

    name: str
    address: str

    @property
    def key(self) -> str:
        """The address as it is compared and looked up."""
        return address_key(self.address)

    def __str__(self) -> str:
        """The entry as it is shown: a name that could be mistaken for an address or a separator is quoted."""
        name = self.name
        if not self.address:
            return f'"{_escape(name)}"' if "@" in name or "<" in name else name
        if not name:
            return self.address
        if _NEEDS_QUOTES.search(name):
            name = f'"{_escape(name)}"'
        return f"{name} <{self.address}>"


@dataclass(frozen=True, slots=True)
class AddressField:
    """All fields of one name: the mailboxes in order, and the text to show, groups included."""

    mailboxes: tuple[Mailbox, ...] = ()
    shown: str = ""

    @property
    def addresses(self) -> tuple[Mailbox, ...]:
        """The mailboxes that have an address."""
        return tuple(mailbox for mailbox in self.mailboxes if mailbox.address)


_NOTHING: Final = AddressField()


def address_field(headers: Headers, name: str) -> AddressField:
    """Read every field of that name; ``shown`` joins what is in them by a comma."""
    values = headers.values(name)
    if not values:
        return _NOTHING
    if len(values) == 1 and len(values[0]) < 1_000 and (plain := _PLAIN.fullmatch(values[0])) and "=?" not in values[0]:
        mailbox = Mailbox(clean_text((plain[1] or "").strip()), clean_text(plain[2] or plain[3]))
        return AddressField((mailbox,), str(mailbox))
    reader = _Reader(headers)
    for value in values[:100]:
        reader.read(value)
    return AddressField(tuple(reader.mailboxes), ", ".join(reader.shown))


def addresses_in(text: str) -> frozenset[str]:
    """The keys of the addresses in a field as an article keeps it (:attr:`AddressField.shown`)."""
    field = address_field(Headers((("to", text.encode("utf-8", "replace")),)), "to") if text else _NOTHING
    return frozenset(mailbox.key for mailbox in field.addresses)


def _escape(name: str) -> str:
    return name.replace("\\", "\\\\").replace('"', '\\"')


class _Reader:
    """Reads address lists in one pass over their tokens; time grows with length, whatever is in them."""

    def __init__(self, headers: Headers) -> None:
        self.mailboxes: list[Mailbox] = []
        self.shown: list[str] = []
        self._headers = headers
        self._group: list[str] | None = None
        self._group_name = ""
        self._forget()

    def _forget(self) -> None:
        self._phrase: list[str] = []
        self._source: list[str] = []
        self._comments: list[str] = []
        self._angle: str | None = None

    def read(self, text: str) -> None:
        """Add what one field holds."""
        position = 0
        while len(self.mailboxes) < _MOST and (match := _TOKEN.match(text, position)):
            piece, position = match[0], match.end()
            if piece == "(":
                position = self._comment(text, position)
            elif piece in {",", ";"}:
                self._finish()
                if piece == ";":
                    self._end_group()
            elif piece == ":" and self._starts_group():
                self._group, self._group_name = [], self._name(self._phrase)
                self._forget()
            elif len(piece) > 1 and piece[0] == "<":
                self._angle = piece[1:-1]
            else:
                self._word(piece)
        self._finish()
        self._end_group()

    def _comment(self, text: str, position: int) -> int:
        depth, parts = 1, []
        while depth and (match := _COMMENT_TOKEN.match(text, position)):
            piece, position = match[0], match.end()
            depth += (piece == "(") - (piece == ")")
            if depth:
                parts.append(piece)
        self._comments.append("".join(parts))
        return position

    def _starts_group(self) -> bool:
        return self._group is None and self._angle is None and "@" not in "".join(self._source)

    def _word(self, piece: str) -> None:
        self._source.append(piece)
        if len(piece) > 1 and piece[0] == piece[-1] == '"':
            piece = _ESCAPED.sub(r"\1", piece[1:-1])
        self._phrase.append(piece)

    def _finish(self) -> None:
        source = "".join(self._source).strip()
        if self._angle is not None:
            address = self._angle.rpartition(":")[2] if self._angle.lstrip().startswith("@") else self._angle
            self._add(Mailbox(self._name(self._phrase) or self._name(self._comments), self._bare(address)))
        elif "@" in source and not source.startswith("=?"):
            self._add(self._without_brackets(source))
        elif source:
            self._add(Mailbox(self._name(self._phrase), ""))
        self._forget()

    def _without_brackets(self, source: str) -> Mailbox:
        words = source.split()
        if len(words) == 1 or source.startswith('"') or "@" not in max(words, key=lambda word: "@" in word):
            return Mailbox(self._name(self._comments), self._bare(source))
        last = max(index for index, word in enumerate(words) if "@" in word)
        if words[last].startswith("@") or words[last].endswith("@"):
            return Mailbox(self._name(self._comments), self._bare(source))
        return Mailbox(self._name([" ".join(words[:last])]), self._bare(words[last]))

    def _add(self, mailbox: Mailbox) -> None:
        if not mailbox.name and not mailbox.address:
            return
        self.mailboxes.append(mailbox)
        (self.shown if self._group is None else self._group).append(str(mailbox))

    def _end_group(self) -> None:
        if self._group is not None:
            members = ", ".join(self._group)
            if members or self._group_name:
                self.shown.append(f"{self._group_name}: {members};" if members else f"{self._group_name}:;")
            self._group = None

    def _name(self, parts: Iterable[str]) -> str:
        return _BLANKS.sub(" ", self._headers.decoded("".join(parts))).strip()

    def _bare(self, address: str) -> str:
        """An address with ``@``, without whitespace; anything else is no address."""
        address = _BLANKS.sub("", clean_text(address))
        return address if "@" in address else ""
