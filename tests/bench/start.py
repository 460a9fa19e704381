"""One start, as a process: seconds until the window is usable, a bare one of PySide6 or ours.

Usable: the table shows its rows, and the event loop waits for the user.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from mailadmin.bootstrap import Options

ACCOUNTS: Final = 14
COLUMNS: Final = 7


def bare(started: float) -> None:
    """A main window with a table, and nothing else."""
    from PySide6.QtWidgets import QApplication, QMainWindow, QTableWidget, QTableWidgetItem

    from .event_loop import Painted, until

    application = QApplication([])
    window = QMainWindow()
    table = QTableWidget(ACCOUNTS, COLUMNS)
    for row in range(ACCOUNTS):
        for column in range(COLUMNS):
            table.setItem(row, column, QTableWidgetItem(f"{row} {column}"))
    window.setCentralWidget(table)
    window.resize(1100, 700)
    painted = Painted(table.viewport())
    window.show()
    until(lambda: painted.since(0))
    tell(started)
    application.quit()


def ours(started: float, home: str) -> None:
    """The way of ``mailadmin`` without a command."""
    from mailadmin import __main__ as program

    class Window(program.Window):
        def open(self, options: Options) -> int:
            with program._loading():
                from .opened import opened
            with opened(options) as session:
                assert session.pages.incoming.table.filter.rowCount() == ACCOUNTS
                tell(started)
            return 0

    program.Window = Window  # type: ignore[misc]
    sys.argv = ["mailadmin"]
    os.environ.update(MAILADMIN_HOME=home, MAILADMIN_KEY_FILE=f"{home}/key")
    sys.exit(program.main())


def tell(started: float) -> None:
    """Now it is usable. On Linux all processes have one monotonic clock."""
    print(json.dumps({"seconds": time.monotonic() - started}), flush=True)


if __name__ == "__main__":
    if len(sys.argv) == 2:
        bare(float(sys.argv[1]))
    else:
        ours(float(sys.argv[1]), sys.argv[2])
