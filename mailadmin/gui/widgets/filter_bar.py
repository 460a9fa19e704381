"""The line above a list: the filter, the switch for what is not valid, and how much of it is shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QWidget

from mailadmin.gui.settings import WindowSettings

from .empty import Contents
from .filter_edit import FilterEdit
from .labels import quiet_label
from .table import RecordTable


class FilterBar(QWidget):
    """Filters a table and remembers how.

    :param contents: holds the table, and says why it is empty
    :param is_valid: whether a row is shown without *Include invalid*
    :param counted: a number of records in words (``12 queues``)
    """

    def __init__(
        self,
        contents: Contents,
        table: RecordTable[Any],
        is_valid: Callable[[Any], bool],
        counted: Callable[[int], str],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._contents = contents
        self._table = table
        self._is_valid = is_valid
        self._counted = counted
        self.text = FilterEdit(self.tr("Just start typing to filter"), self)
        self.include_invalid = QCheckBox(self.tr("&Include invalid"), self)
        self.count = quiet_label("", self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.text, 1)
        row.addWidget(self.include_invalid)
        row.addWidget(self.count)
        self.text.filtered.connect(table.filter.set_text)
        self.text.left.connect(table.take_focus)
        self.text.take_typing_of(table)
        self.include_invalid.toggled.connect(self._set_accepted)
        self._set_accepted()

    def remember(self, settings: WindowSettings, key: str) -> None:
        """Keep filter and switch for the next start."""
        settings.set_text(f"{key}/filter", self.text.text())
        settings.set_flag(f"{key}/include-invalid", value=self.include_invalid.isChecked())

    def restore(self, settings: WindowSettings, key: str) -> None:
        """Filter as it was remembered."""
        self.include_invalid.setChecked(settings.flag(f"{key}/include-invalid"))
        self.text.setText(settings.text(f"{key}/filter"))

    def show_counts(self) -> None:
        """Say how many are shown of how many; show the table, or why it is empty."""
        total, shown = self._table.records.rowCount(), self._table.filter.rowCount()
        text = self._counted(total)
        if shown < total:
            text = self.tr("{shown} of {counted}").format(shown=self.locale().toString(shown), counted=text)
        invalid = self._invalid_hidden()
        said = self.locale().toString(invalid)
        if invalid:
            text = self.tr("{counted} ({invalid} invalid hidden)").format(counted=text, invalid=said)
        self.count.setText(text)
        nothing = self._contents.nothing_found
        if self._table.filter.text:
            reason = self.tr("Nothing matches the filter.")
            if invalid:
                reason += "\n" + self.tr("Hidden because they are not valid: {invalid}.").format(invalid=said)
            nothing.say(reason, self.tr("&Clear filter"), self.text.clear)
        else:
            nothing.say(self.tr("None of them is valid."), self.tr("Include invalid"), self.include_invalid.click)
        self._contents.show_counts(total=total, shown=shown)

    def _invalid_hidden(self) -> int:
        if self.include_invalid.isChecked():
            return 0
        return sum(not self._is_valid(record) for record in self._table.records.records)

    def _set_accepted(self) -> None:
        self._table.filter.set_accepts(None if self.include_invalid.isChecked() else self._is_valid)
