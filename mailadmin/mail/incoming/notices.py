r"""Mails that a server invents in place of the real one (Courier); they are never messages.

Courier IMAP answers FETCH of a message that is gone with 129 octets of its own, tagged OK. Courier POP3 replaces a
message with 8-bit headers, unless the client said ``UTF8``.
"""

from __future__ import annotations

from typing import Final

from mailadmin.domain.messages import canonical

_GONE: Final = (
    b"From: System Administrator <root@localhost>\r\nSubject: message unavailable\r\n\r\n"
    b"This message is no longer available on the server."
)
_HEAD: Final = 8192


def is_notice_of_gone(raw: bytes, size: int | None) -> bool:
    """Whether this is Courier IMAP's notice instead of the mail.

    :param size: what the server said **before** this download; a mail that is as large as announced is a mail
    """
    if len(raw) > 1000:
        return False
    if canonical(raw) == _GONE:  # delivered mail always has more headers than these two
        return True
    head = raw.partition(b"\r\n\r\n")[0].lower()
    invented = b"subject: message unavailable" in head and b"from: system administrator" in head
    return invented and b"message-id:" not in head and len(raw) != size


def is_notice_of_unicode(raw: bytes, size: int | None) -> bool:
    """Whether this is Courier POP3's wrapping of a mail with 8-bit headers; LIST gave the real mail's size."""
    head = raw[:_HEAD].partition(b"\r\n\r\n")[0].lower()
    wrapped = b"subject: cannot display unicode content" in head and b"mail delivery subsystem" in head
    return wrapped and len(raw) != size
