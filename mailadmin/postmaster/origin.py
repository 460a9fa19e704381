"""What stays of a mail when a server makes its octets anew."""

from __future__ import annotations

import hashlib

from mailadmin.domain.messages import LONGEST_HEADER

from .headers import date_of, split_header
from .message_ids import message_id_of


def origin_of(raw: bytes) -> bytes | None:
    """SHA-256 (32 octets) over Message-ID and origination date (RFC 5322, 3.6.1 and 3.6.4); None without Message-ID.

    The date is taken as a moment: some servers write it in another zone. A Message-ID alone does not do, because there
    are programs that give each of their mails the same one.

    :param raw: the mail, or at least its header
    """
    headers = split_header(raw[:LONGEST_HEADER]).headers
    message_id, sent = message_id_of(headers), date_of(headers)
    if not message_id:
        return None
    return hashlib.sha256(f"{message_id}\n{sent.isoformat() if sent else ''}".encode("utf-8", "surrogatepass")).digest()
