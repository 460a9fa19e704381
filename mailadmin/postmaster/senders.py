"""Who a mail is from, and who an answer to it goes to."""

from __future__ import annotations

from itertools import islice
from typing import Final

from mailadmin.domain.addresses import address_key, without_plus

from .addresses import Mailbox, address_field
from .headers import Headers

MOST_REPLY_ADDRESSES: Final = 20
"""Addresses of Reply-To that are read: a stranger writes it."""


def sender_of(headers: Headers) -> Mailbox | None:
    """The first address of From; None when there is none.

    OTOBO takes the last one, which lets anybody put another name in front; the first is what mail programs show.
    """
    addresses = address_field(headers, "from").addresses
    return addresses[0] if addresses else None


def reply_addresses(headers: Headers) -> tuple[str, ...]:
    """Whom an answer goes to: the addresses of Reply-To, else the sender's; each once, at most 20.

    Cc is nobody's to answer: they did not write, and they may be a stranger's choice.
    """
    replies = address_field(headers, "reply-to").addresses
    if not replies:
        sender = sender_of(headers)
        replies = (sender,) if sender else ()
    return tuple(islice({mailbox.key: mailbox.address for mailbox in replies}.values(), MOST_REPLY_ADDRESSES))


def count_key(address: str) -> str:
    """What auto-responses to an address are counted by: some services have an address behind a + for each mail."""
    return without_plus(address_key(address))
