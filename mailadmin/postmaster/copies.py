"""What the copies of one mail have in common, whichever accounts they came by."""

from __future__ import annotations

import hashlib
from typing import Final

from mailadmin.domain.decisions import AttachmentDraft

from .addresses import address_field
from .message_ids import message_id_of
from .parsing import ParsedMail

_BETWEEN: Final = b"\0"


def copy_key(mail: ParsedMail) -> bytes | None:
    """SHA-256 (32 octets) over what every copy of a mail shares; None without a Message-ID.

    That is Message-ID, date (as a moment), the sender's address, subject, body and attachments. What servers add or
    write anew on the way (Received, Delivered-To, Authentication-Results, folds, line ends, transfer encodings, the end
    of the text) does not count, and neither do recipients: a mail to two of our addresses may reach us in two copies
    that name one each. A Message-ID alone does not do, because there are programs that give each of their mails the
    same one.
    """
    headers = mail.headers
    message_id = message_id_of(headers)
    if not message_id:
        return None
    senders = [mailbox.key for mailbox in address_field(headers, "from").addresses]
    pieces = [
        message_id,
        mail.date.isoformat() if mail.date else _one_line(headers.text("date")),
        " ".join(senders) or _one_line(headers.text("from")),
        _one_line(headers.text("subject")),
        (mail.text or "").rstrip(),
        (mail.html or "").rstrip(),
        *map(_identity, mail.attachments),
    ]
    digest = hashlib.sha256()
    for piece in pieces:  # each behind its length, so that no two lists of pieces read alike
        octets = piece.encode("utf-8", "surrogatepass")
        digest.update(str(len(octets)).encode() + _BETWEEN + octets)
    return digest.digest()


def _identity(attachment: AttachmentDraft) -> str:
    """Its digest; of what has line ends, which differ between a server and a pipe, the name."""
    has_lines = attachment.content_type.lower().startswith(("text/", "message/"))
    return attachment.filename if has_lines else attachment.sha256


def _one_line(text: str) -> str:
    """Blanks as they may change where a server folds a field anew."""
    return " ".join(text.split())
