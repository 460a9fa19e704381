"""What the demo's helpdesk looks like: its queues, its addresses and its one account."""

from __future__ import annotations

from typing import Final

import tomli_w

DEMO_ACCOUNT: Final = "demo"
"""The demo account's name; its password is the secret ``incoming/demo/password``."""

_QUEUES: Final = (
    {"name": "Support", "sender_address": "support@example.org", "comment": "Questions and faults."},
    {"name": "Support::Printers", "sender_address": "printers@example.org", "comment": "Everything that prints."},
    {"name": "Orders", "follow_up_lock": True, "sender_address": "orders@example.org", "comment": "Orders and offers."},
    {
        "name": "Billing",
        "follow_up": "new ticket",
        "sender_address": "billing@example.org",
        "comment": "Invoices; a reply to a closed matter is a new one.",
    },
)
_ADDRESSES: Final = (
    {"address": "support@example.org", "display_name": "Example Support", "queue": "Support"},
    {"address": "hilfe@example.org", "display_name": "Beispiel-Hilfe", "queue": "Support"},
    {"address": "printers@example.org", "display_name": "Example Printer Team", "queue": "Support::Printers"},
    {"address": "orders@example.org", "display_name": "Example Orders", "queue": "Orders"},
    {"address": "ordini@example.org", "display_name": "Ordini Esempio", "queue": "Orders"},
    {"address": "billing@example.org", "display_name": "Example Billing", "queue": "Billing"},
)


def demo_file(*, host: str, port: int, username: str) -> str:
    """The demo's configuration as a file for ``apply`` (TOML; CLI.md), for a mail server at ``host`` and ``port``.

    The password is not part of it, as in any such file.
    """
    account = {
        "name": DEMO_ACCOUNT,
        "type": "IMAP",
        "host": host,
        "port": port,
        "username": username,
        "dispatching": "address",
        "after_fetch": "delete",
        "comment": "The built-in mail server of the demo.",
    }
    return tomli_w.dumps({"queue": list(_QUEUES), "address": list(_ADDRESSES), "incoming_account": [account]})
