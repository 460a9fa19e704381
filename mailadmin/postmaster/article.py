"""A mail as an article: header fields, body, attachments (postmaster.md 6.3, 6.5)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from mailadmin.domain.decisions import ArticleDraft, AttachmentDraft

from .addresses import address_field
from .bodies import LONGEST_BODY
from .clues import LONGEST_SUBJECT
from .headers import Headers, split_header
from .html import with_images_by_id, without_images
from .message_ids import message_id_of
from .parsing import ParsedMail, draft_of
from .trace import Step, Trace

NO_TEXT: Final = "(no text: see the attachments)"
"""The body of an article whose mail holds attachments only."""
_LONGEST_FIELD: Final = 16_000
"""Characters of an address or reference field that an article keeps: fits a column of 65,535 octets in any script."""


def sender_and_subject(head: bytes) -> tuple[str, str]:
    """What the article of a mail will say its sender and subject are, by the beginning of its octets."""
    headers = split_header(head).headers
    return address_field(headers, "from").shown[:_LONGEST_FIELD], headers.text("subject")[:LONGEST_SUBJECT]


def article_of(mail: ParsedMail) -> ArticleDraft:
    """A mail as an article for reading, whatever would be decided of it: HTML as text, images where they are."""
    return ArticleMaker(mail, Trace()).draft()


class ArticleMaker:
    """Makes the article of a mail; what was cut or moved goes to the trace.

    :param html_to_text: an HTML body becomes text, and the HTML an attachment
    :param images_as_attachments: images in the HTML become attachments
    """

    def __init__(
        self, mail: ParsedMail, trace: Trace, *, html_to_text: bool = True, images_as_attachments: bool = False
    ) -> None:
        self._mail = mail
        self._trace = trace
        self._html_to_text = html_to_text
        self._images = images_as_attachments

    def draft(self) -> ArticleDraft:
        """The article as every decision keeps it."""
        body, body_type, attachments = self._body()
        if self._images:
            attachments = self._images_as_attachments(attachments)
        headers = self._mail.headers
        return ArticleDraft(
            sender=self._addresses(headers, "From"),
            to=self._addresses(headers, "To"),
            cc=self._addresses(headers, "Cc"),
            reply_to=self._addresses(headers, "Reply-To"),
            subject=self._cut("Subject", headers.text("subject"), LONGEST_SUBJECT),
            message_id=message_id_of(headers),
            in_reply_to=self._cut("In-Reply-To", headers.text("in-reply-to")),
            references=self._cut("References", headers.text("references")),
            date=self._mail.date,
            body=body,
            body_type=body_type,
            attachments=attachments,
            protection=self._mail.protection,
        )

    def _body(self) -> tuple[str, str, tuple[AttachmentDraft, ...]]:
        mail = self._mail
        if mail.text is not None:
            return mail.text, "text/plain", mail.attachments
        if mail.html is None:
            return NO_TEXT if mail.attachments else "", "text/plain", mail.attachments
        made: tuple[AttachmentDraft, ...] = ()
        if self._html_to_text or len(mail.html) > LONGEST_BODY:
            content_type = 'text/html; charset="utf-8"'
            made = (
                draft_of(mail.html.encode(), filename=mail.html_name, content_type=content_type, path=mail.html_path),
            )
        if self._html_to_text:
            return mail.body_text, "text/plain", (*made, *mail.attachments)
        if self._images:
            return without_images(mail.html)[:LONGEST_BODY], "text/html", (*made, *mail.attachments)
        html = with_images_by_id(mail.html, [image.content_id for image in mail.embedded])
        return html[:LONGEST_BODY], "text/html", (*made, *mail.attachments, *mail.embedded)

    def _images_as_attachments(self, attachments: tuple[AttachmentDraft, ...]) -> tuple[AttachmentDraft, ...]:
        changed = 0
        out: list[AttachmentDraft] = []
        for draft in (*attachments, *self._mail.embedded):
            if draft.content_type.lower().startswith("image/") and (draft.content_id or draft.disposition == "inline"):
                draft = replace(draft, disposition="attachment", content_id="")
                changed += 1
            out.append(draft)
        if changed:
            self._trace.add(Step.IMAGES, count=str(changed))
        return tuple(out)

    def _addresses(self, headers: Headers, name: str) -> str:
        return self._cut(name, address_field(headers, name).shown)

    def _cut(self, field: str, text: str, longest: int = _LONGEST_FIELD) -> str:
        if len(text) <= longest:
            return text
        self._trace.add(Step.FIELD_CUT, field=field)
        return text[:longest]
