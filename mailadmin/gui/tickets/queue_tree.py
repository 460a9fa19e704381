"""The queues at the left: a tree by ``::``, with what is open in each and all there is, sub-queues included."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QItemSelectionModel, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeView, QWidget

from mailadmin.domain.accounts import Validity
from mailadmin.domain.names import name_key
from mailadmin.domain.queues import Queue
from mailadmin.domain.tickets import QueueCounts
from mailadmin.gui.sentences import times
from mailadmin.gui.widgets.choices import marked
from mailadmin.gui.widgets.columns import validity_icon
from mailadmin.gui.widgets.labels import plain_tooltip
from mailadmin.gui.widgets.records import TRAILING

LEVEL: Final = "::"
QUEUE_ROLE: Final = Qt.ItemDataRole.UserRole + 1
"""The queue's whole name; empty for *All queues*, None for a level of the names that is no queue itself."""
_NAME, _COUNTS = range(2)


@dataclass(slots=True)
class _Node:
    """A level of the names, with the tickets in it and below."""

    label: str
    queue: Queue | None = None
    open: int = 0
    total: int = 0


class QueueTree(QTreeView):
    """Chooses the queue whose tickets are listed."""

    chosen = Signal(str)
    """A queue's name; empty: all queues."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Queues"))
        self.items = QStandardItemModel(0, 2, self)
        self.items.setHorizontalHeaderLabels([self.tr("Queue"), self.tr("Open / all")])
        # The head is hidden, and its words must not make the numbers' column wider.
        self.items.setHeaderData(_COUNTS, Qt.Orientation.Horizontal, QSize(1, 1), Qt.ItemDataRole.SizeHintRole)
        self._rows: dict[str, tuple[QStandardItem, QStandardItem]] = {}
        self._queue = ""
        self._building = False
        self.setModel(self.items)
        self.setFrameShape(QTreeView.Shape.NoFrame)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setAllColumnsShowFocus(True)
        self.setUniformRowHeights(True)
        self.setIndentation(self.fontMetrics().averageCharWidth() * 2)
        header = self.header()
        header.hide()  # two numbers explain themselves, and the tooltip does
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(self.fontMetrics().averageCharWidth() * 4)
        header.setSectionResizeMode(_NAME, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(_COUNTS, QHeaderView.ResizeMode.ResizeToContents)
        self.selectionModel().currentRowChanged.connect(self._on_current_changed)

    @property
    def queue(self) -> str:
        """The chosen queue's name; empty: all queues."""
        return self._queue

    def choose(self, queue: str) -> None:
        """Choose a queue, or all with an empty name."""
        row = self._rows.get(name_key(queue))
        if row is not None:
            self.setCurrentIndex(row[_NAME].index())

    def show_queues(self, queues: Sequence[Queue], counts: Mapping[str, QueueCounts]) -> None:
        """Show these; what is chosen and folded stays so."""
        nodes = self._nodes(queues, counts)
        if list(nodes) != list(self._rows):
            self._building = True
            self._rebuild(nodes)
            self._building = False
        for key, node in nodes.items():
            self._fill(self._rows[key], node)
        self._choose_again()

    # --- building ---

    def _nodes(self, queues: Sequence[Queue], counts: Mapping[str, QueueCounts]) -> dict[str, _Node]:
        """Every level of every name, the ones above first, in the order of names."""
        nodes = {"": _Node(self.tr("All queues"))}
        for queue in sorted(queues, key=lambda one: [name_key(level) for level in one.name.split(LEVEL)]):
            count = counts.get(queue.name, QueueCounts(0, 0))
            path = ""
            for level in queue.name.split(LEVEL):
                path = f"{path}{LEVEL}{level}" if path else level
                nodes.setdefault(name_key(path), _Node(level))
            nodes[name_key(queue.name)].queue = queue
            for key in _above(name_key(queue.name)):
                nodes[key].open += count.open
                nodes[key].total += count.total
        return nodes

    def _rebuild(self, nodes: Mapping[str, _Node]) -> None:
        folded = {key for key, row in self._rows.items() if row[_NAME].hasChildren() and not self._is_open(row[_NAME])}
        self.items.removeRows(0, self.items.rowCount())
        self._rows = {}
        for key in nodes:
            row = (QStandardItem(), QStandardItem())
            row[_COUNTS].setTextAlignment(TRAILING)
            row[_NAME].setSizeHint(QSize(0, round(self.fontMetrics().height() * 1.5)))
            above = key.rpartition(LEVEL)[0]
            parent = self._rows[above][_NAME] if above else self.items.invisibleRootItem()
            parent.appendRow(list(row))
            self._rows[key] = row
        for key, row in self._rows.items():
            self.setExpanded(row[_NAME].index(), key not in folded)

    def _is_open(self, item: QStandardItem) -> bool:
        return self.isExpanded(item.index())

    def _fill(self, row: tuple[QStandardItem, QStandardItem], node: _Node) -> None:
        name, counts = row
        is_all = row is self._rows[""]
        validity = node.queue.validity if node.queue else Validity.VALID
        name.setText(marked(node.label, validity))
        name.setIcon(self._icon(node))
        name.setData("" if is_all else node.queue.name if node.queue else None, QUEUE_ROLE)
        counts.setText(f"{times.number(node.open)} / {times.number(node.total)}")
        whole = node.queue.name if node.queue else node.label
        tip = self.tr("{queue}\nTickets with those of its sub-queues: {open} open, {total} in all").format(
            queue=whole, open=times.number(node.open), total=times.number(node.total)
        )
        font = name.font()
        font.setBold(node.open > 0 and not is_all)
        name.setFont(font)
        for item in row:
            item.setToolTip(plain_tooltip(tip))
            item.setSelectable(is_all or node.queue is not None)
        name.setData(tip, Qt.ItemDataRole.AccessibleTextRole)

    def _icon(self, node: _Node) -> QIcon:
        """Only for what is not as usual: names need the room."""
        if node.queue is None or node.queue.validity is Validity.VALID:
            return QIcon()
        return validity_icon(node.queue.validity)

    # --- choosing ---

    def _choose_again(self) -> None:
        """What was chosen, or all queues when that is gone."""
        row = self._rows.get(name_key(self._queue), self._rows[""])
        index = row[_NAME].index()
        if self.selectionModel().currentIndex().siblingAtColumn(_NAME) != index:
            select = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
            self.selectionModel().setCurrentIndex(index, select)

    def _on_current_changed(self) -> None:
        if self._building:  # while rows go, the current one wanders
            return
        queue = self.currentIndex().siblingAtColumn(_NAME).data(QUEUE_ROLE)
        if queue is not None and queue != self._queue:
            self._queue = queue
            self.chosen.emit(queue)


def _above(key: str) -> list[str]:
    """A name's own key and those above it, up to that of all queues."""
    parts = key.split(LEVEL)
    return ["", *(LEVEL.join(parts[: depth + 1]) for depth in range(len(parts)))]
