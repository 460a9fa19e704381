"""Runs the steps of the schema: Alembic without an ini file, on the connection and in the transaction of its caller."""

from __future__ import annotations

import threading
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

_ALONE = threading.Lock()  # Alembic keeps the context of its steps in a global


def run_steps(connection: Connection, steps: Path) -> None:
    """Bring the schema to the newest version.

    :param steps: the folder of the steps
    """
    config = Config()
    config.set_main_option("script_location", str(steps).replace("%", "%%"))
    config.attributes["connection"] = connection
    with _ALONE:
        command.upgrade(config, "head")
