"""The database's configuration as a secret-free file in a stable order."""

from __future__ import annotations

import tomli_w

from mailadmin.domain.settings import SETTINGS
from mailadmin.storage import Storage

from .records import TABLES


def export(storage: Storage) -> str:
    """Settings that differ from their defaults, then all records, table by table, each by name. TOML.

    Entries of lists that are as every database has them are left out.
    """
    changed = storage.settings.load().changed
    settings = {key: changed[key] for key in sorted(changed) if key in SETTINGS}
    parts = [f"[settings]\n{tomli_w.dumps(settings)}"] if settings else []
    # Table by table: the writer would put several short tables into one line.
    for table in TABLES:
        told = (record for record in table.of(storage).values() if table.is_told(record))
        parts += [f"[[{table.name}]]\n{table.write(record)}" for record in sorted(told, key=table.name_of)]
    return "\n".join(parts)
