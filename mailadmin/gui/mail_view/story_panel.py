"""A story: a headline, and chapters with their sentences, one below the other. Everything in it is plain text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from mailadmin.gui.icons import Tone, icon
from mailadmin.gui.sentences import chapters
from mailadmin.gui.sentences.chapters import Chapter, Weight
from mailadmin.gui.widgets.fold import Fold
from mailadmin.gui.widgets.icon_label import icon_line
from mailadmin.gui.widgets.labels import embolden, quiet_label, readable_label
from mailadmin.gui.widgets.page import action_button

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
        self._form = QFormLayout()
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        self._form.setLabelAlignment(Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignTop)
        for chapter in told:
            self.add_row(chapter.topic.title, self._chapter(chapter))
        self.column.addLayout(self._form)

    def add_row(self, title: str, contents: QWidget) -> None:
        """A further chapter."""
        self._form.addRow(quiet_label(title, self), contents)

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
