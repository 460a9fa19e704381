"""A story: a headline, and chapters with their sentences, one below the other. Everything in it is plain text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget
from typing_extensions import override

from mailadmin.gui.icons import Tone, icon
from mailadmin.gui.sentences import chapters
from mailadmin.gui.sentences.chapters import Chapter, Weight
from mailadmin.gui.widgets.fold import Fold
from mailadmin.gui.widgets.icon_label import icon_line
from mailadmin.gui.widgets.labels import embolden, quiet_label, readable_label
from mailadmin.gui.widgets.page import action_button

_NARROW: Final = 64
"""Characters of a line below which titles stand above what they title, not beside it."""
_NARROWEST: Final = 28
_FOLDED_FROM: Final = 2
"""As many near misses as this are folded away."""
_ICONS: Final = {
    Weight.PLAIN: ("circle-small", Tone.QUIET),
    Weight.DECIDED: ("arrow-right-thin", Tone.ACCENT),
    Weight.REFUSED: ("alert-outline", Tone.WARNING),
}


class StoryPanel(QWidget):
    """Tells a story. What nearly happened is folded away where it is much; everything can be selected and copied.

    :param headline: what became of it, in a sentence
    :param told: why
    :param actions: verbs that follow from it, as buttons under the headline
    """

    def __init__(
        self, headline: str, told: Sequence[Chapter], actions: Iterable[QAction] = (), parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.near_misses: Fold | None = None
        """What unfolds the filters that nearly matched, where they are folded."""
        self.column = QVBoxLayout(self)
        if headline:
            self.column.addWidget(embolden(readable_label(headline, self)))
        buttons = QHBoxLayout()
        for action in actions:
            buttons.addWidget(action_button(action, self))
        buttons.addStretch()
        if buttons.count() > 1:
            self.column.addLayout(buttons)
        self._rows: list[tuple[QLabel, QWidget]] = []
        self._is_narrow = False
        self._grid = QGridLayout()
        self._grid.setColumnStretch(1, 1)
        for chapter in told:
            self.add_row(chapter.topic.title, self._chapter(chapter))
        self.column.addLayout(self._grid)

    def add_row(self, title: str, contents: QWidget) -> None:
        """A further chapter."""
        self._rows.append((quiet_label(title, self), contents))
        self._place(len(self._rows) - 1)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(self.fontMetrics().averageCharWidth() * _NARROWEST, super().minimumSizeHint().height())

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < self.fontMetrics().averageCharWidth() * _NARROW
        if narrow != self._is_narrow:
            self._is_narrow = narrow
            for number in range(len(self._rows)):
                self._place(number)

    def _place(self, number: int) -> None:
        """Title beside contents; where that is too narrow, above them."""
        label, contents = self._rows[number]
        self._grid.removeWidget(label)
        self._grid.removeWidget(contents)
        top = Qt.AlignmentFlag.AlignTop
        if self._is_narrow:
            self._grid.addWidget(label, 2 * number, 0, 1, 2, top)
            self._grid.addWidget(contents, 2 * number + 1, 0, 1, 2)
        else:
            self._grid.addWidget(label, 2 * number, 0, top | Qt.AlignmentFlag.AlignTrailing)
            self._grid.addWidget(contents, 2 * number, 1)

    def _chapter(self, chapter: Chapter) -> QWidget:
        contents = QWidget(self)
        contents.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        column = QVBoxLayout(contents)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(self.fontMetrics().height() // 4)
        for one in chapter.told:
            column.addLayout(icon_line(icon(*_ICONS[one.weight]), one.text, contents))
        if len(chapter.near) < _FOLDED_FROM:
            for text in chapter.near:
                column.addLayout(icon_line(icon(*_ICONS[Weight.PLAIN]), text, contents))
        else:
            self._fold(chapter.near, contents, column)
        return contents

    def _fold(self, near: Sequence[str], contents: QWidget, column: QVBoxLayout) -> None:
        fold = Fold(chapters.near_misses(len(near)), contents)
        font = fold.font()
        font.setBold(False)
        fold.setFont(font)
        rest = QWidget(contents)
        inner = QVBoxLayout(rest)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(column.spacing())
        for text in near:
            inner.addLayout(icon_line(icon(*_ICONS[Weight.PLAIN]), text, rest))
        rest.hide()
        fold.folded.connect(lambda: rest.setVisible(fold.unfolded))
        column.addWidget(fold, 0, Qt.AlignmentFlag.AlignLeading)
        column.addWidget(rest)
        self.near_misses = fold
