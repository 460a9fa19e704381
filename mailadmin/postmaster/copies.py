"""What the copies of one mail have in common, whichever accounts they came by."""

from __future__ import annotations

import hashlib
from typing import Final

from .addresses import address_field
from .message_ids import message_id_of
from .parsing import ParsedMail
from .sameness import same_text

_BETWEEN: Final = b"\0"


def copy_key(mail: ParsedMail) -> bytes | None:
    """SHA-256 (32 octets) over what every copy of a mail shares; None without a Message-ID, or without a date.

    That is Message-ID, date (as a moment), the sender's address, subject, body and attachments. What servers add or
    write anew on the way (Received, Delivered-To, Authentication-Results, folds, line ends, transfer encodings, the end
    of the text) does not count, and neither do recipients: a mail to two of our addresses may reach us in two copies
    that name one each. A Message-ID alone does not do, because there are programs that give each of their mails the
    same one; and when these say the same each night, only the date tells that it is not the mail of the night before.
    """
    headers = mail.headers
    message_id = message_id_of(headers)
    if not message_id or mail.date is None:
        return None
    senders = [mailbox.key for mailbox in address_field(headers, "from").addresses]
    pieces = [
        message_id,
        mail.date.isoformat(),
        " ".join(senders) or _one_line(headers.text("from")),
        _one_line(headers.text("subject")),
        same_text(mail.text or ""),
        same_text(mail.html or ""),
        *mail.copy_digests,
    ]
    digest = hashlib.sha256()
    for piece in pieces:  # each behind its length, so that no two lists of pieces read alike
        octets = piece.encode("utf-8", "surrogatepass")
        digest.update(str(len(octets)).encode() + _BETWEEN + octets)
    return digest.digest()


def _one_line(text: str) -> str:
    """Blanks as they may change where a server folds a field anew."""
    return " ".join(text.split())
