"""Tables with many rows, and the widths of their columns that are remembered."""

from __future__ import annotations

from PySide6.QtCore import QByteArray
from pytestqt.qtbot import QtBot

from mailadmin.gui.widgets.records import Column, RecordFilter, RecordModel
from mailadmin.gui.widgets.table import RecordTable

COLUMNS: tuple[Column[int], ...] = (
    Column(key="number", title=lambda: "Number", text=str, width=40),
    Column(key="again", title=lambda: "Again", text=lambda number: str(number) * 4, width=40),
    Column(key="rest", title=lambda: "Rest", text=str, stretch=True),
)


def test_a_filter_that_hides_thousands_of_ranges_tells_of_it_once(qtbot: QtBot) -> None:
    model: RecordModel[int] = RecordModel(COLUMNS, lambda number: number)
    shown: RecordFilter[int] = RecordFilter(model)
    model.show_records(range(2_000))
    told: list[int] = []
    shown.changed.connect(lambda: told.append(shown.rowCount()))
    shown.set_accepts(lambda number: number % 2 == 0)
    assert told == [1_000]
    model.show_records(range(2_002))
    assert told[-1] == 1_001, "rows that come are told as before"


def made(qtbot: QtBot, width: int, state: QByteArray | None = None) -> RecordTable[int]:
    """A table in a window so wide, with what was remembered of its columns."""
    model: RecordModel[int] = RecordModel(COLUMNS, lambda number: number)
    table: RecordTable[int] = RecordTable(model, "Numbers")
    model.setParent(table)
    qtbot.addWidget(table)
    table.keep_in_sight()
    if state is not None:
        table.restore_layout(state)
    model.show_records(range(10))
    table.resize(width, 300)
    table.show()
    qtbot.waitExposed(table)
    return table


def test_what_a_narrow_window_cuts_is_not_remembered(qtbot: QtBot) -> None:
    table = made(qtbot, 1_200)
    wide = table.columnWidth(0)
    table.resize(260, 300)
    qtbot.waitUntil(lambda: table.columnWidth(0) < wide)
    cut = table.columnWidth(0)
    state = table.layout_state()
    assert table.columnWidth(0) == cut, "what is shown stays as it is"
    assert made(qtbot, 1_200, state).columnWidth(0) == wide
