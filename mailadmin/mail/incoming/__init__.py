"""Mailboxes by protocol behind one door: imap (imapclient), pop3 and graph (requests)."""

from __future__ import annotations

import importlib
from collections.abc import Callable

from mailadmin.domain.accounts import Family
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.interrupt import Interrupt
from mailadmin.domain.ports import LayerReached, Mailbox, OpenMailbox, ServerAccess
from mailadmin.domain.secrets import Secret

from .imap import open_imap
from .pop3 import open_pop3


def open_mailbox(
    access: ServerAccess,
    password: Secret,
    on_layer: Callable[[LayerReached], None],
    interrupt: Interrupt | None = None,
    /,
) -> Mailbox:
    """Open a mailbox of any type, telling each layer that is reached: an :data:`~mailadmin.domain.ports.OpenMailbox`.

    With STARTTLS the greeting comes before TLS; otherwise the order is that of :class:`~mailadmin.domain.errors.Layer`.

    :param interrupt: ends it with STOPPED; asked when the mailbox is open, it cuts that
    :raises UserFixableError: the first layer that failed, with the server's words; nothing stays open
    """
    interrupt = interrupt or Interrupt()
    try:
        match access.type.family:
            case Family.IMAP:
                return open_imap(access, password, on_layer, interrupt)
            case Family.POP3:
                return open_pop3(access, password, on_layer, interrupt)
            case Family.GRAPH:
                # requests and what comes with it take longer to load than all the rest of mail
                opening: OpenMailbox = importlib.import_module(".graph", __name__).open_graph
                return opening(access, password, on_layer, interrupt)
    except UserFixableError as error:
        if not interrupt.asked or error.code is Code.STOPPED:
            raise
        stopped = UserFixableError(Code.STOPPED, layer=error.layer)  # whatever a connection being cut looked like
    raise stopped
