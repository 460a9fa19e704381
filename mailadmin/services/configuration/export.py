"""The database's configuration as a secret-free file in a stable order."""

from __future__ import annotations

from typing import Any

import tomli_w

from mailadmin.domain.accounts import Family
from mailadmin.domain.settings import SETTINGS
from mailadmin.storage import Storage

from .records import ACCOUNTS, ADDRESSES, PROFILES, QUEUES


def export(storage: Storage) -> str:
    """Settings that differ from their defaults, then queues, addresses, profiles, accounts, each by name. TOML."""
    changed = storage.settings.load().changed
    settings = {key: changed[key] for key in sorted(changed) if key in SETTINGS}
    records: list[tuple[str, dict[str, Any]]] = []
    records += [("queue", QUEUES.write(queue)) for queue in sorted(storage.queues.all(), key=QUEUES.name_of)]
    records += [("address", ADDRESSES.write(a)) for a in sorted(storage.addresses.all(), key=ADDRESSES.name_of)]
    records += [("oauth_profile", PROFILES.write(p)) for p in sorted(storage.profiles.all(), key=PROFILES.name_of)]
    for account in sorted(storage.accounts.all(), key=ACCOUNTS.name_of):
        entries = ACCOUNTS.write(account)
        if account.type.family is Family.POP3:
            entries.pop("folder", None)
        records.append(("incoming_account", entries))
    # Table by table: the writer would put several short tables into one line.
    parts = [f"[settings]\n{tomli_w.dumps(settings)}"] if settings else []
    parts += [f"[[{table}]]\n{tomli_w.dumps(record)}" for table, record in records]
    return "\n".join(parts)
