"""How an account's mailbox is reached, and what of it may come in: the account's own values over the settings."""

from __future__ import annotations

from mailadmin.domain.accounts import IncomingAccount
from mailadmin.domain.ports import ServerAccess, Timeouts
from mailadmin.domain.settings import Settings


def access_of(account: IncomingAccount, settings: Settings) -> ServerAccess:
    """How to reach an account's mailbox."""
    timeouts = Timeouts(
        settings.number("TimeoutConnect"),
        settings.number("TimeoutTLS"),
        settings.number("TimeoutGreeting"),
        settings.number("TimeoutCommand"),
    )
    return ServerAccess(
        account.type,
        account.host,
        account.effective_port or 0,
        account.username,
        account.folder,
        account.ca_file,
        account.pinned_certificate,
        timeouts,
    )


def size_limit_kb(account: IncomingAccount, settings: Settings) -> int:
    """The largest message that is fetched, in KB; 0: unlimited."""
    own = account.max_message_size_kb
    return settings.number("PostMasterMaxEmailSize") if own is None else own
