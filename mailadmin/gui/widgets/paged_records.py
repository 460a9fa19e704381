"""A list of records that grows as one scrolls: the pages of a query, in the order of the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from PySide6.QtCore import Qt, Signal
from typing_extensions import override

from .records import AnyIndex, RecordModel

T = TypeVar("T")


class PagedModel(RecordModel[T]):
    """The records that were read so far. The database has searched and sorted them."""

    more_wanted = Signal()
    """The view has come to the last row: :meth:`append` is expected, or :meth:`asked_in_vain`."""

    _more = False
    _asked = False

    def begin(self, records: Sequence[T], *, more: bool, anew: bool, rest: Sequence[T] = ()) -> None:
        """Show the first records of a query.

        :param more: whether others follow
        :param anew: it is another query than before: the list begins at its top, with nothing selected
        :param rest: records that were read before, follow these, and stay; whether others follow them is known
        """
        more = self._more if rest else more
        self._more = False  # while rows come and go, nobody may ask for what follows the last one
        if anew:
            self.beginResetModel()
            self._records, self._texts = list(records), [""] * len(records)
            self.endResetModel()
        else:
            self.show_records([*records, *rest])
        self._more, self._asked = more, False

    def append(self, records: Sequence[T], *, more: bool) -> None:
        """The page after the last record."""
        self._more = False
        known = {self._key(record) for record in self.records}
        self._insert([record for record in records if self._key(record) not in known])
        self._more, self._asked = more, False

    def asked_in_vain(self) -> None:
        """The next page could not be read; the view may ask again."""
        self._asked = False

    @override
    def canFetchMore(self, parent: AnyIndex) -> bool:
        return self._more and not parent.isValid()

    @override
    def fetchMore(self, parent: AnyIndex) -> None:
        if self._more and not self._asked and not parent.isValid():
            self._asked = True
            self.more_wanted.emit()

    @override
    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Rows that were not read yet could not be sorted."""

    @override
    def _text_of(self, record: T) -> str:
        return ""  # the database searches
