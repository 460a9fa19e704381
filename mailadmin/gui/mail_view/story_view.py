"""Why something is as it is: a headline, sentences in order, and facts with their labels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QPalette
from PySide6.QtWidgets import QFormLayout, QFrame, QHBoxLayout, QLabel, QScrollArea, QStyle, QVBoxLayout, QWidget

from mailadmin.gui.icons import Tone, icon
from mailadmin.gui.widgets.message_bar import plain_label
from mailadmin.gui.widgets.page import action_button

from .header_card import TextLine

_SELECTABLE = Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard


class StoryView(QScrollArea):
    """Tells why a message is where it is. Everything can be selected and copied; all of it is plain text."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setBackgroundRole(QPalette.ColorRole.Base)

    def show_story(
        self,
        headline: str,
        steps: Sequence[str],
        facts: Iterable[tuple[str, str]] = (),
        actions: Iterable[QAction] = (),
    ) -> None:
        """Tell this story.

        :param headline: what became of it, in a sentence
        :param steps: why, one sentence each
        :param facts: labels and values; those without a value are left out
        :param actions: verbs that follow from it, as buttons under the headline
        """
        told = QWidget(self)
        column = QVBoxLayout(told)
        top = self._text(headline, told)
        font = top.font()
        font.setBold(True)
        top.setFont(font)
        column.addWidget(top)
        buttons = QHBoxLayout()
        for action in actions:
            buttons.addWidget(action_button(action, told))
        buttons.addStretch()
        column.addLayout(buttons)
        for sentence in steps:
            column.addLayout(self._step(sentence, told))
        form = QFormLayout()
        form.setContentsMargins(0, self.fontMetrics().height(), 0, 0)
        form.setVerticalSpacing(0)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter)
        for label, value in facts:
            if value:
                line = TextLine(label, told)
                line.set_whole(value)
                quiet = QLabel(label, told)
                quiet.setForegroundRole(QPalette.ColorRole.PlaceholderText)
                form.addRow(quiet, line)
        column.addLayout(form)
        column.addStretch()
        self.setWidget(told)  # the one before is deleted

    def _step(self, sentence: str, parent: QWidget) -> QHBoxLayout:
        side = self.style().pixelMetric(QStyle.PixelMetric.PM_SmallIconSize)
        mark = QLabel(parent)
        mark.setPixmap(icon("circle-small", Tone.QUIET).pixmap(QSize(side, side), self.devicePixelRatioF()))
        row = QHBoxLayout()
        row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._text(sentence, parent), 1)
        return row

    def _text(self, text: str, parent: QWidget) -> QLabel:
        label = plain_label(text, parent)
        label.setWordWrap(True)
        label.setTextInteractionFlags(_SELECTABLE)
        label.setAccessibleName(text)
        return label
