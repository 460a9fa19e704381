"""A list of messages that grows as one scrolls: pages of a query, newest first."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QObject, Qt, Signal
from typing_extensions import override

from mailadmin.domain.messages import InboxMessage
from mailadmin.gui.widgets.records import AnyIndex, RecordModel

from .columns import COLUMNS

_NOWHERE = QModelIndex()


class MessageModel(RecordModel[InboxMessage]):
    """The messages that were read so far. The order is the database's: newest first."""

    more_wanted = Signal()
    """The view has come to the last row: :meth:`append` is expected, or :meth:`asked_in_vain`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(COLUMNS, lambda message: message.id, parent)
        self._more = False
        self._asked = False

    @property
    def last_id(self) -> int | None:
        """The id of the last message, before which the next page begins."""
        return self.records[-1].id if self.records else None

    def begin(self, messages: Sequence[InboxMessage], *, more: bool, anew: bool) -> None:
        """Show the first messages of a query.

        :param more: whether others follow
        :param anew: it is another query than before: the list begins at its top, with nothing selected; otherwise
            messages that were read before and follow these stay
        """
        older = [one for one in self.records if one.id < messages[-1].id] if more and messages and not anew else []
        if not older:
            self._more = more
        self._asked = False
        if anew:
            self.beginResetModel()
            self._records, self._texts = list(messages), [""] * len(messages)
            self.endResetModel()
        else:
            self.show_records([*messages, *older])

    def append(self, messages: Sequence[InboxMessage], *, more: bool) -> None:
        """The page after the last message."""
        self._more, self._asked = more, False
        known = {message.id for message in self.records}
        self._insert([message for message in messages if message.id not in known])

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
        """The database has sorted them; rows that were not read yet could not be sorted anyway."""

    @override
    def _text_of(self, record: InboxMessage) -> str:
        return ""  # the database searches
