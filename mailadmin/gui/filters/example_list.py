"""The examples of a filter in its dialog: stored messages whose outcome is to stay as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QPushButton, QStyle, QVBoxLayout, QWidget

from mailadmin.domain.filters import PinnedExample
from mailadmin.domain.messages import InboxMessage
from mailadmin.gui.icons import icon
from mailadmin.gui.sentences import filters
from mailadmin.gui.sentences.wording import harmless
from mailadmin.gui.widgets.labels import plain_tooltip, quiet_label

_LINES = 3
_ID = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True)
class Pins:
    """What is to be done with examples when the filter is saved: ids of messages, and what is pinned already."""

    added: tuple[int, ...] = ()
    removed: tuple[PinnedExample, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed)


class ExampleList(QWidget):
    """Lists what is pinned, and what will be when the filter is saved."""

    edited = Signal()
    choosing = Signal()
    """A message is to be chosen."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._stored: dict[int, PinnedExample] = {}
        self._added: dict[int, str] = {}
        self._removed: set[int] = set()
        self.list = QListWidget(self)
        self.list.setAccessibleName(self.tr("Pinned examples"))
        self.list.setTabKeyNavigation(False)
        side = self.style().pixelMetric(QStyle.PixelMetric.PM_SmallIconSize)
        self.list.setIconSize(QSize(side, side))
        self._nothing = quiet_label(self.tr("No examples are pinned."), self, wrapped=True)
        self.add_button = QPushButton(icon("pin-outline"), self.tr("Pin a messa&ge..."), self)
        self.remove_button = QPushButton(icon("pin-off-outline"), self.tr("&Unpin"), self)
        buttons = QHBoxLayout()
        for button in (self.add_button, self.remove_button):
            button.setAutoDefault(False)
            buttons.addWidget(button)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._nothing)
        column.addWidget(self.list)
        column.addLayout(buttons)
        self.setFocusProxy(self.add_button)
        self.add_button.clicked.connect(self.choosing)
        self.remove_button.clicked.connect(self._remove)
        self.list.currentItemChanged.connect(self._follow)
        self._fill()

    @property
    def pins(self) -> Pins:
        """What is to be done when the filter is saved."""
        return Pins(tuple(self._added), tuple(self._stored[one] for one in sorted(self._removed)))

    def show_examples(self, examples: Sequence[PinnedExample]) -> None:
        """What is pinned now; what was to be done is done."""
        self._stored = {one.inbox_id: one for one in examples}
        self._added.clear()
        self._removed.clear()
        self._fill()

    def add(self, message: InboxMessage) -> None:
        """Pin a message when the filter is saved."""
        if message.id in self._stored:
            self._removed.discard(message.id)
        else:
            self._added[message.id] = message.subject
        self._fill()
        self.edited.emit()

    def _remove(self) -> None:
        if self.list.currentRow() < 0:
            return
        inbox_id: int = self.list.currentItem().data(_ID)
        if self._added.pop(inbox_id, None) is None:
            self._removed.add(inbox_id)
        self._fill()
        self.edited.emit()

    def _fill(self) -> None:
        self.list.clear()
        for inbox_id, example in self._stored.items():
            if inbox_id not in self._removed:
                said = self.tr("{subject}: {outcome}").format(
                    subject=self._subject(example.subject), outcome=_in_short(example)
                )
                self._add_item(inbox_id, said, "pin", "\n".join(filters.outcome_lines(example.outcome)))
        for inbox_id, subject in self._added.items():
            said = self.tr("{subject}: pinned when the filter is saved").format(subject=self._subject(subject))
            self._add_item(inbox_id, said, "pin-outline")
        there = bool(self.list.count())
        self.list.setFixedHeight(max(0, self.list.sizeHintForRow(0)) * _LINES + 2 * self.list.frameWidth())
        self.list.setVisible(there)
        self._nothing.setVisible(not there)
        self._follow()

    def _subject(self, subject: str) -> str:
        return harmless(subject) or self.tr("(no subject)")

    def _add_item(self, inbox_id: int, text: str, picture: str, tip: str = "") -> None:
        item = QListWidgetItem(icon(picture), text, self.list)
        item.setData(_ID, inbox_id)
        item.setToolTip(plain_tooltip("\n".join(part for part in (text, tip) if part)))

    def _follow(self) -> None:
        self.remove_button.setEnabled(self.list.currentRow() >= 0)
        self.remove_button.setVisible(bool(self.list.count()))


def _in_short(example: PinnedExample) -> str:
    known = dict(example.outcome)
    return ", ".join(part for part in (filters.headline(example.outcome), harmless(known.get("queue", ""))) if part)
