"""The queues that a text is for: ticked in a list; which of them have another text, and which cannot send, is said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QSizePolicy, QStyle, QWidget
from typing_extensions import override

from mailadmin.domain.accounts import Validity
from mailadmin.domain.decisions import RoutingSnapshot
from mailadmin.domain.names import name_key
from mailadmin.domain.queues import Queue
from mailadmin.domain.responses import AutoResponse, ResponseType
from mailadmin.gui.icons import Tone, icon
from mailadmin.gui.widgets.choices import marked
from mailadmin.gui.widgets.labels import plain_tooltip

_NAME = Qt.ItemDataRole.UserRole + 1
_LINES = 5


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the dialog of a text must know besides it: queues, the texts there are, and the routing for its preview."""

    queues: Sequence[Queue]
    responses: Sequence[AutoResponse]
    routing: RoutingSnapshot

    def takers(self, kind: ResponseType, without: int | None) -> dict[str, str]:
        """Which queues have a valid text of a type already, by key, and its name.

        :param without: the id of the text that is edited
        """
        return {
            name_key(queue): one.name
            for one in self.responses
            if one.type is kind and one.id != without and one.validity is Validity.VALID
            for queue in one.queues
        }

    def silent(self, names: Iterable[str]) -> tuple[str, ...]:
        """Those of these queues that have no address to write from."""
        senders = {name_key(queue.name) for queue in self.queues if queue.sender_address}
        return tuple(name for name in names if name_key(name) not in senders)


class QueueList(QListWidget):
    """Queues with a tick each. Valid ones are offered, and those that were chosen before."""

    edited = Signal()
    """Others are ticked than before."""
    left = Signal()
    """The focus is elsewhere now."""

    def __init__(self, around: Surroundings, parent: QWidget) -> None:
        super().__init__(parent)
        self._around = around
        self._quiet = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        side = self.style().pixelMetric(QStyle.PixelMetric.PM_SmallIconSize)
        self.setIconSize(QSize(side, side))
        self.itemChanged.connect(self._on_changed)

    @property
    def chosen(self) -> tuple[str, ...]:
        """The names of the queues that are ticked."""
        ticked = Qt.CheckState.Checked
        return tuple(item.data(_NAME) for item in self._items() if item.checkState() is ticked)

    def show_queues(self, chosen: Iterable[str]) -> None:
        """Offer the queues; these come first, and are ticked."""
        self._quiet = True
        self.clear()
        ticked = {name_key(name): name for name in chosen}
        known = {name_key(queue.name) for queue in self._around.queues}
        gone = [Queue(name=name, validity=Validity.INVALID) for key, name in ticked.items() if key not in known]
        for queue in sorted((*self._around.queues, *gone), key=lambda queue: name_key(queue.name) not in ticked):
            there = name_key(queue.name) in ticked
            if queue.validity is Validity.VALID or there:
                item = QListWidgetItem(self)
                item.setData(_NAME, queue.name)
                item.setFlags(
                    Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsSelectable
                )
                item.setCheckState(Qt.CheckState.Checked if there else Qt.CheckState.Unchecked)
        self._quiet = False
        if self.count():
            self.setCurrentRow(0)

    def describe(self, takers: dict[str, str]) -> None:
        """Say beside each queue what stands in the way.

        :param takers: queues that have another text of this type, by key, and its name
        """
        self._quiet = True
        queues = {name_key(queue.name): queue for queue in self._around.queues}
        for item in self._items():
            name = item.data(_NAME)
            queue = queues.get(name_key(name))
            text = marked(name, queue.validity if queue is not None else Validity.INVALID)
            taken = takers.get(name_key(name))
            if taken is not None:
                text = self.tr("{queue} - taken by {text}").format(queue=text, text=taken)
                item.setIcon(icon("lock-outline", Tone.QUIET))
            elif queue is not None and not queue.sender_address:
                text = self.tr("{queue} - no sender address").format(queue=text)
                item.setIcon(icon("alert-outline", Tone.WARNING))
            else:
                item.setIcon(icon("tray-full"))
            item.setText(text)
            item.setToolTip(plain_tooltip(text))
            free = taken is None or item.checkState() is Qt.CheckState.Checked  # what is ticked can be unticked
            flags = item.flags() | Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsEnabled
            item.setFlags(flags if free else flags & ~Qt.ItemFlag.ItemIsEnabled)
        self._quiet = False

    @override
    def sizeHint(self) -> QSize:
        row = max(self.sizeHintForRow(0), self.fontMetrics().height())
        return QSize(super().sizeHint().width(), row * _LINES + 2 * self.frameWidth())

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.left.emit()

    def _items(self) -> list[QListWidgetItem]:
        return [self.item(row) for row in range(self.count())]

    def _on_changed(self) -> None:
        if not self._quiet:
            self.edited.emit()
