"""What a mail view is given: a mail's words, and how the rest of it is had."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from mailadmin.domain.decisions import ArticleDraft, AttachmentDraft
from mailadmin.domain.tickets import Article, Attachment

AnyAttachment: TypeAlias = Attachment | AttachmentDraft


@dataclass(frozen=True, slots=True, kw_only=True)
class MailContent:
    """One mail to be shown. ``html`` is as it was sent: the view makes it safe. ``date`` is the sender's."""

    sender: str = ""
    to: str = ""
    cc: str = ""
    date: datetime | None = None
    subject: str = ""
    text: str = ""
    html: str | None = None
    attachments: tuple[AnyAttachment, ...] = ()

    @classmethod
    def of(cls, mail: Article | ArticleDraft, html: str | None) -> MailContent:
        """The content of an article. The HTML body is shown, so it is not among the attachments as well."""
        return cls(
            sender=mail.sender,
            to=mail.to,
            cc=mail.cc,
            date=mail.date,
            subject=mail.subject,
            text=mail.body,
            html=html,
            attachments=tuple(one for one in mail.attachments if html is None or not _is_body(one)),
        )


def _is_body(attachment: AnyAttachment) -> bool:
    """Whether PostMaster made this attachment of the HTML body."""
    return attachment.path.startswith("!") and attachment.content_type.lower().startswith("text/html")


@dataclass(frozen=True, slots=True)
class MailAccess:
    """How the octets of a mail are had. Every one of these blocks and may raise a MailadminError: they run in tasks.

    ``source``: the whole mail as it came. ``attachment``: the decoded content of one. ``inline``: the image that the
    HTML names by this ``cid:...``, or None.
    """

    source: Callable[[], bytes]
    attachment: Callable[[AnyAttachment], bytes]
    inline: Callable[[str], bytes | None]
