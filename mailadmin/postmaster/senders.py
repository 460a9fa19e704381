"""Who a mail is from, and who an answer to it goes to."""

from __future__ import annotations

from .addresses import Mailbox, address_field
from .headers import Headers


def sender_of(headers: Headers) -> Mailbox | None:
    """The first address of From; None when there is none.

    OTOBO takes the last one, which lets anybody put another name in front; the first is what mail programs show.
    """
    addresses = address_field(headers, "from").addresses
    return addresses[0] if addresses else None


def reply_addresses(headers: Headers) -> tuple[str, ...]:
    """Whom an answer goes to: the addresses of Reply-To, else the sender's; each once, in any case.

    Cc is nobody's to answer: they did not write, and they may be a stranger's choice.
    """
    replies = address_field(headers, "reply-to").addresses
    if not replies:
        sender = sender_of(headers)
        replies = (sender,) if sender else ()
    return tuple({mailbox.key: mailbox.address for mailbox in replies}.values())
