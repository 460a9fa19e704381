"""Mail servers with habits of their own, known by their names."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Final

from mailadmin.domain.accounts import IncomingAccount


class Provider(enum.Enum):
    """Whose server it is."""

    EXCHANGE_ONLINE = enum.auto()
    EXCHANGE = enum.auto()
    GMAIL = enum.auto()


_DOMAINS: Final[Mapping[str, Provider]] = {
    "office365.com": Provider.EXCHANGE_ONLINE,
    "office.com": Provider.EXCHANGE_ONLINE,
    "outlook.com": Provider.EXCHANGE_ONLINE,
    "hotmail.com": Provider.EXCHANGE_ONLINE,
    "live.com": Provider.EXCHANGE_ONLINE,
    "outlook.cn": Provider.EXCHANGE_ONLINE,
    "gmail.com": Provider.GMAIL,
    "googlemail.com": Provider.GMAIL,
}


def provider_of(host: str) -> Provider | None:
    """Whose server a host name stands for; None for one that tells nothing."""
    labels = host.strip().rstrip(".").casefold().split(".")
    known = _DOMAINS.get(".".join(labels[-2:]))
    if known is None and labels[0] == "exchange":
        return Provider.EXCHANGE
    return known


def refuses_passwords(account: IncomingAccount) -> bool:
    """Whether the mailbox is Exchange Online's, by its host or its address: it takes no passwords any more."""
    domain = account.username.strip().rpartition("@")[2]
    return Provider.EXCHANGE_ONLINE in {provider_of(account.host), provider_of(domain)}
