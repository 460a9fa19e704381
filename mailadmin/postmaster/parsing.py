"""From octets to a parsed mail: header fields, body, attachments, and the problems met on the way."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Final

from mailadmin.domain.decisions import AttachmentDraft, Because, Bounce, Protection

from .bodies import LONGEST_BODY, Body, choose_body
from .bounces import ReportKind, read_report
from .charsets import clean_text
from .headers import Headers, date_of, split_header
from .html import IMAGE_EXTENSIONS, embedded_images, html_to_text, referenced_content_ids
from .names import Names, clean_name
from .sameness import same_content
from .structure import DEEPEST_PATH, Leaf
from .trace import Step, Trace
from .unpacking import OpenedMail, file_name, open_mail
from .words import decode_words, parameters

_LONGEST_TYPE: Final = 450
_LONGEST_ID: Final = 250
_LONGEST_DISPOSITION: Final = 15


@dataclass(frozen=True)
class ParsedMail:
    """A mail taken apart, before anybody asked whether its sender may be trusted.

    ``headers``: every field in its order, as octets and decoded. ``text``: the plain body, None when the body is HTML
    only. ``html``: the HTML body or the HTML alternative, None when there is none. Both None: no body at all.
    ``html_name``: the file name the HTML body gets as an attachment, whose path is ``html_path``. ``attachments``:
    everything that is not the body, in order; those made of images inside the HTML are ``embedded``.
    ``problems``: what was wrong with the mail, as steps for the trace. ``date``: the Date field in UTC, or None.
    ``raw``: the octets themselves. ``protection``: how it was signed or encrypted (unverified). ``bounce``: what it
    says as a delivery report of failure or delay; None for every other mail. ``report``: what it is a report of, with
    those that are no bounce (a mail delivered, a mail read, a complaint). ``attachment_count``: attachments with a
    name and a disposition of the sender's, without images that the HTML shows (OTOBO's DetectAttachment).
    ``copy_digests``: of each attachment what it has in common in all copies of the mail.
    """

    headers: Headers
    text: str | None = None
    html: str | None = None
    html_path: str = ""
    html_name: str = ""
    attachments: tuple[AttachmentDraft, ...] = ()
    embedded: tuple[AttachmentDraft, ...] = ()
    date: datetime | None = None
    problems: tuple[Because, ...] = field(default=())
    raw: bytes = field(default=b"", repr=False)
    protection: Protection = Protection.NONE
    bounce: Bounce | None = None
    report: ReportKind = ReportKind.NONE
    attachment_count: int = 0
    copy_digests: tuple[str, ...] = field(default=(), repr=False)

    @property
    def has_attachments(self) -> bool:
        """Whether there is an attachment as a filter counts them."""
        return self.attachment_count > 0

    @cached_property
    def body_text(self) -> str:
        """The text that filters and follow-up checks look at: the plain body, else the HTML as text, else empty."""
        if self.text is not None:
            return self.text
        return html_to_text(self.html)[:LONGEST_BODY] if self.html else ""


def parse(raw: bytes) -> ParsedMail:
    """Take a mail apart; never raises, whatever the octets."""
    mail = open_mail(raw)
    headers = mail.block.headers
    body = _body(mail)
    met = list(mail.problems)
    met += [(leaf.problem, leaf.path) for leaf in mail.leaves if leaf.problem]
    met += [(name, path) for path, name in body.problems]
    lister = _Lister(body, mail.opened)
    attachments = lister.list(mail.leaves)
    report, bounce = read_report(mail, body)
    met += [("attachments_too_deep", path) for path in lister.too_deep]
    return ParsedMail(
        headers=headers,
        text=body.text,
        html=body.html,
        html_path=f"!{body.html_path}" if body.html_path else "",
        html_name=lister.html_name,
        attachments=attachments,
        embedded=lister.embedded(),
        date=date_of(headers),
        problems=_steps(met),
        raw=raw,
        protection=mail.protection if mail.protection is Protection.ENCRYPTED else body.protection or mail.protection,
        bounce=bounce,
        report=report,
        attachment_count=lister.count,
        copy_digests=tuple(lister.copy_digests),
    )


def _body(mail: OpenedMail) -> Body:
    return choose_body(mail.leaves, encrypted=mail.protection is Protection.ENCRYPTED)


def _steps(met: Sequence[tuple[str, str]]) -> tuple[Because, ...]:
    """One step per kind of problem: the first part that has it, and how many have."""
    parts: dict[str, list[str]] = {}
    for name, path in met:
        parts.setdefault(name, []).append(path)
    trace = Trace()
    for name, paths in parts.items():
        trace.add(Step.PARSE, problem=name, part=paths[0], count=str(len(paths)) if len(paths) > 1 else "")
    return trace.steps()


def part_content(raw: bytes, path: str) -> bytes:
    """Cut an attachment out of its mail, decoded, by the path of its :class:`AttachmentDraft`.

    ``"1.2"``: that part. ``"2!1"``: part 1 of what is packed into part 2 (the first file of a ``winmail.dat``; the
    first part of a signed mail, ``"2!1.1"``). ``"!1"``: the HTML body whose first part is 1, in UTF-8. ``"!1#2"``: the
    second image that is written into that HTML. Raises KeyError when there is no such part.
    """
    mail = open_mail(raw)
    leaves = mail.leaves
    if not path.startswith("!"):
        for leaf in leaves:
            if leaf.path == path:
                return leaf.content
        raise KeyError(path)
    html_path, _, number = path[1:].partition("#")
    body = _body(mail)
    if body.html is None or body.html_path != html_path:
        raise KeyError(path)
    if not number:
        return body.html.encode()
    images = embedded_images(body.html)
    if not (number.isascii() and number.isdigit() and 0 < int(number) <= len(images)):
        raise KeyError(path)
    return images[int(number) - 1][1]


def draft_of(content: bytes, *, filename: str, content_type: str, path: str, content_id: str = "") -> AttachmentDraft:
    """An attachment that PostMaster made itself."""
    digest = hashlib.sha256(content).hexdigest()
    return AttachmentDraft(
        filename, content_type, len(content), digest, path, content_id, "inline" if content_id else ""
    )


class _Lister:
    """Lists the parts that are attachments, with their names."""

    def __init__(self, body: Body, opened: frozenset[str]) -> None:
        self._body = body
        self._opened = opened
        self._names = Names()
        self._content_ids: frozenset[str] | None = None
        self.html_name = ""
        self.too_deep: list[str] = []
        self.count = 0
        self.copy_digests: list[str] = []

    def list(self, leaves: Sequence[Leaf]) -> tuple[AttachmentDraft, ...]:
        """The attachments among the leaves, in order."""
        drafts: list[AttachmentDraft] = []
        for leaf in leaves:
            used = leaf.path in self._body.used
            if used and len(leaves) == 1 and leaf.content_type == "text/plain" and not file_name(leaf):
                return ()
            if leaf.path in self._body.left_out:
                continue
            name = self._name(leaf)
            if used:
                if leaf.path == self._body.html_path:
                    if not leaf.alone and ".htm" not in name.lower():
                        name += ".html"
                    self.html_name = self._names.give(name)
                if not (leaf.alone and file_name(leaf)):
                    continue
            if leaf.path.count(".") >= DEEPEST_PATH:
                self.too_deep.append(leaf.path)
                continue
            drafts.append(self._draft(leaf, self._names.give(name)))
        return tuple(drafts)

    def embedded(self) -> tuple[AttachmentDraft, ...]:
        """The images written into the HTML, as attachments with a Content-ID each."""
        if not self._body.html:
            return ()
        path = f"!{self._body.html_path}"
        return tuple(
            draft_of(
                octets,
                filename=self._names.give(f"image-{number}.{IMAGE_EXTENSIONS.get(content_type, 'img')}"),
                content_type=content_type,
                path=f"{path}#{number}",
                content_id=f"<image-{number}.{hashlib.sha256(octets).hexdigest()[:16]}@embedded>",
            )
            for number, (content_type, octets) in enumerate(embedded_images(self._body.html), 1)
        )

    def _name(self, leaf: Leaf) -> str:
        name = clean_name(clean_text(file_name(leaf)))
        if name:
            return name
        if leaf.content_type == "message/rfc822" and leaf.readable:
            subject = clean_name(split_header(leaf.content[:100_000]).headers.text("subject")[:100])
            return f"{subject}.eml" if subject else self._names.untitled()
        return self._names.nameless()

    def _draft(self, leaf: Leaf, name: str) -> AttachmentDraft:
        content_id = _bracketed(leaf.headers.get("content-id") or leaf.headers.get("content-location", ""))
        disposition = parameters(leaf.headers.get("content-disposition", ""))[0][:_LONGEST_DISPOSITION]
        shown = bool(content_id) and content_id[1:-1].lower() in self._referenced()
        if disposition and not shown and leaf.path not in self._opened and file_name(leaf):
            self.count += 1
        if shown and leaf.content_type.startswith("image/"):
            disposition = "inline"
        encoding = leaf.headers.get("content-transfer-encoding", "")
        digest = hashlib.sha256(leaf.content).hexdigest()
        same = same_content(leaf.content, leaf.content_type, encoding)
        self.copy_digests.append(digest if same == leaf.content else hashlib.sha256(same).hexdigest())
        content_type = leaf.headers.get("content-type", "") if leaf.readable else ""
        return AttachmentDraft(
            filename=name,
            content_type=clean_text(" ".join(content_type.split())[:_LONGEST_TYPE]) or _type_without_header(leaf),
            size=len(leaf.content),
            sha256=digest,
            path=leaf.path,
            content_id=content_id,
            disposition=clean_text(disposition),
        )

    def _referenced(self) -> frozenset[str]:
        if self._content_ids is None:
            self._content_ids = referenced_content_ids(self._body.html or "")
        return self._content_ids


def _type_without_header(leaf: Leaf) -> str:
    return clean_text(leaf.content_type[:_LONGEST_TYPE]) if leaf.readable else "application/octet-stream"


def _bracketed(content_id: str) -> str:
    content_id = clean_text("".join(decode_words(content_id).split()))[: _LONGEST_ID - 2].strip("<>")
    return f"<{content_id}>" if content_id else ""
