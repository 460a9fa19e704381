"""Why something is as it is: a headline, sentences in order, and facts with their labels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QPalette
from PySide6.QtWidgets import QFormLayout, QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from mailadmin.gui.icons import Tone, icon
from mailadmin.gui.widgets.icon_label import IconLabel
from mailadmin.gui.widgets.labels import embolden, quiet_label, selectable, wrapped_label
from mailadmin.gui.widgets.page import action_button

from .header_card import TextLine


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
        column.addWidget(embolden(_text(headline, told)))
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
                form.addRow(quiet_label(label, told), line)
        column.addLayout(form)
        column.addStretch()
        self.setWidget(told)  # the one before is deleted

    def _step(self, sentence: str, parent: QWidget) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addWidget(IconLabel(icon("circle-small", Tone.QUIET), parent), 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(_text(sentence, parent), 1)
        return row


def _text(text: str, parent: QWidget) -> QLabel:
    label = selectable(wrapped_label(text, parent))
    label.setAccessibleName(text)
    return label
