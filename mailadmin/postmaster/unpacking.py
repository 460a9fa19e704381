"""A mail with everything opened that is packed into one of its parts: S/MIME signed mail and ``winmail.dat``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from mailadmin.domain.decisions import Protection

from . import smime, tnef
from .headers import HeaderBlock, split_header
from .rtf import LONGEST_RICH
from .smime import Wrapping
from .structure import MOST_PARTS, Leaf, Structure, read_structure
from .words import parameters

_DEEPEST: Final = 4
"""Packages within packages that are opened."""
_PKCS7: Final = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_TNEF: Final = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
_ANYTHING: Final = "application/octet-stream"
_PGP: Final = "application/pgp-encrypted"
_PACKED: Final = _PKCS7 | _TNEF | {_ANYTHING, _PGP}
_NOT_ENCRYPTED: Final = ("signed", "certs", "compressed")


@dataclass(frozen=True, slots=True)
class OpenedMail:
    """A mail's header block and all of its leaves, those of opened packages behind the package itself.

    A leaf of a package has the path of the package, ``!``, and a path within (``2!1``). ``problems``: pairs of name and
    path. ``opened``: the paths of packages whose content is among the leaves.
    """

    block: HeaderBlock
    leaves: tuple[Leaf, ...]
    problems: tuple[tuple[str, str], ...]
    containers: frozenset[str]
    protection: Protection
    opened: frozenset[str] = frozenset()


def open_mail(raw: bytes) -> OpenedMail:
    """Cut a mail into its leaves and open what is packed; never raises. The same octets always give the same."""
    structure = read_structure(raw)
    opener = _Opener()
    leaves: Sequence[Leaf] = structure.leaves
    for leaf in leaves:
        if leaf.content_type in _PACKED:
            opener.take(structure, "", 0)
            leaves = opener.leaves
            break
    else:
        opener.note(structure, "")
    protection = Protection.NONE
    if opener.encrypted:
        protection = Protection.ENCRYPTED
    elif opener.signed:
        protection = Protection.SIGNED
    problems, opened = tuple(opener.problems), frozenset(opener.opened)
    return OpenedMail(structure.block, tuple(leaves), problems, structure.containers, protection, opened)


class _Opener:
    def __init__(self) -> None:
        self.leaves: list[Leaf] = []
        self.problems: list[tuple[str, str]] = []
        self.opened: set[str] = set()
        self.signed = self.encrypted = False
        self._alternatives = 0
        self._most_rich = LONGEST_RICH

    def note(self, structure: Structure, path: str) -> None:
        """Note what a structure says of itself."""
        self.problems += [(name, path) for name in structure.problems]
        self.signed |= "multipart/signed" in structure.containers
        self.encrypted |= "multipart/encrypted" in structure.containers

    def take(self, structure: Structure, path: str, level: int) -> None:
        """Take the leaves of a message, opened; ``path`` is that of the package it is in."""
        self.note(structure, path)
        shift = self._alternatives
        self._alternatives += max((leaf.alternative for leaf in structure.leaves), default=0)
        for leaf in structure.leaves:
            alternative = leaf.alternative + shift if leaf.alternative else 0
            if path or alternative != leaf.alternative:
                own = f"{path}!{leaf.path}" if path else leaf.path
                leaf = replace(leaf, path=own, alternative=alternative)
            self._take(leaf, level)

    def _take(self, leaf: Leaf, level: int) -> None:
        if len(self.leaves) >= MOST_PARTS:
            if ("parts_left_out", "") not in self.problems:
                self.problems.append(("parts_left_out", ""))
            return
        self.leaves.append(leaf)
        if leaf.content_type == _PGP:
            self.encrypted = True
        elif leaf.content_type in _PACKED and leaf.readable and level < _DEEPEST:
            name = file_name(leaf).lower()
            if leaf.content_type in _TNEF or name == "winmail.dat":
                self._open_winmail(leaf, level)
            elif _is_the_mail(leaf, name):
                self._open_pkcs7(leaf, level)

    def _open_winmail(self, leaf: Leaf, level: int) -> None:
        try:
            winmail = tnef.unpack(leaf.content, self._most_rich)
        except tnef.UnreadableError:
            self.problems.append(("winmail_unreadable", leaf.path))
            return
        self._most_rich -= winmail.rich
        if winmail.cut:
            self.problems.append(("winmail_damaged", leaf.path))
        self.opened.add(leaf.path)
        texts = [
            (kind, text) for kind, text in (("text/plain", winmail.text), ("text/html", winmail.html)) if text.strip()
        ]
        if len(texts) > 1:
            self._alternatives += 1
        for number, (kind, text) in enumerate(texts, 1):
            content_type = f"{kind}; charset=utf-8"
            own = Leaf(
                path=f"{leaf.path}!0.{number}",
                content_type=kind,
                headers={"content-type": content_type},
                content=text.encode(),
                alternative=self._alternatives if len(texts) > 1 else 0,
                mixed=False,
                alone=False,
                spare=True,
            )
            self._take(own, level + 1)
        for number, file in enumerate(winmail.files, 1):
            kind = file.content_type.strip().lower() or _ANYTHING
            headers = {"content-type": kind, "content-disposition": "attachment", "content-id": file.content_id}
            name = file.name or ("winmail.dat" if kind in _TNEF else "")
            self._take(
                Leaf(f"{leaf.path}!{number}", kind, headers, file.content, 0, mixed=False, alone=False, name=name),
                level + 1,
            )

    def _open_pkcs7(self, leaf: Leaf, level: int) -> None:
        label = parameters(leaf.headers.get("content-type", ""))[1].get("smime-type", "").lower()
        try:
            wrapped = smime.unwrap(leaf.content)
        except smime.UnreadableError:
            if leaf.content_type in _PKCS7 and not label.startswith(_NOT_ENCRYPTED):
                self.encrypted = True
            else:
                self.problems.append(("signed_unreadable", leaf.path))
            return
        if wrapped.wrapping is Wrapping.ENCRYPTED:
            self.encrypted = True
        elif wrapped.content is not None:
            self.signed = True
            if not _is_a_mail(wrapped.content):
                return
            self.opened.add(leaf.path)
            inner = read_structure(wrapped.content)
            within = tuple(
                replace(one, mixed=one.mixed or leaf.mixed, alone=one.alone and leaf.alone) for one in inner.leaves
            )
            self.take(replace(inner, leaves=within), leaf.path, level + 1)


def file_name(leaf: Leaf) -> str:
    """The name the sender gave a part: of the disposition, else of the content type."""
    if leaf.name:
        return leaf.name
    for header, parameter in (("content-disposition", "filename"), ("content-type", "name")):
        value = leaf.headers.get(header, "")
        if ";" in value and (name := parameters(value)[1].get(parameter)):
            return name
    return ""


def _is_the_mail(leaf: Leaf, name: str) -> bool:
    """Whether a part would be the mail itself, wrapped: signed documents (``invoice.xml.p7m``) are attachments."""
    if name == "smime.p7m":
        return True
    return leaf.content_type in _PKCS7 and (leaf.alone or not name)


def _is_a_mail(content: bytes) -> bool:
    return bool(split_header(content[:100_000]).headers.fields) or b"\0" not in content
