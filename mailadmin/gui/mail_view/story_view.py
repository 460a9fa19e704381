"""Why something is as it is: a headline, its story in chapters, and facts with their labels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QPalette
from PySide6.QtWidgets import QFormLayout, QFrame, QScrollArea, QVBoxLayout, QWidget

from mailadmin.gui.sentences.chapters import Chapter
from mailadmin.gui.widgets.labels import quiet_label
from mailadmin.gui.widgets.wrapped_contents import WrappedContents

from .header_card import TextLine
from .story_panel import StoryPanel


class StoryView(QScrollArea):
    """Tells why a message is where it is. Everything can be selected and copied; all of it is plain text."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.panel: StoryPanel | None = None
        """The story that is told."""

    def show_story(
        self,
        headline: str,
        told: Sequence[Chapter],
        facts: Iterable[tuple[str, str]] = (),
        actions: Iterable[QAction] = (),
    ) -> None:
        """Tell this story.

        :param headline: what became of it, in a sentence
        :param told: why
        :param facts: labels and values; those without a value are left out
        :param actions: verbs that follow from it, as buttons under the headline
        """
        contents = WrappedContents(self)
        self.panel = StoryPanel(headline, told, actions, contents)
        column = QVBoxLayout(contents)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.panel)
        form = QFormLayout()
        margins = self.panel.column.contentsMargins()
        margins.setTop(self.fontMetrics().height() // 2)
        form.setContentsMargins(margins)
        form.setVerticalSpacing(0)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter)
        for label, value in facts:
            if value:
                line = TextLine(label, contents)
                line.set_whole(value)
                form.addRow(quiet_label(label, contents), line)
        column.addLayout(form)
        column.addStretch()
        self.setWidget(contents)  # the one before is deleted
