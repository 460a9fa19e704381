"""Why a message would become what a what-if says, beside why it is as it is."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QTabWidget, QVBoxLayout, QWidget

from mailadmin.domain.decisions import Decision, outcome_of
from mailadmin.gui.mail_view.story_view import StoryView
from mailadmin.gui.sentences import chapters, filters, traces
from mailadmin.gui.widgets.labels import embolden, wrapped_label
from mailadmin.services.what_if import Comparison

from .columns import subject_of

_WIDTH = 90
"""Characters on a line."""


class WhyDialog(QDialog):
    """Shows the trace of a comparison's decisions: as the form says, and as things are now."""

    help_wanted = Signal()
    """F1."""

    def __init__(self, comparison: Comparison, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Why"))
        self.tabs = QTabWidget(self)
        self.tabs.setAccessibleName(self.tr("Why"))
        for label, decision in ((self.tr("&As shown"), comparison.after), (self.tr("&Now"), comparison.before)):
            self.tabs.addTab(self._story(label.replace("&", ""), decision), label)
        buttons = QDialogButtonBox(self)
        close = buttons.addButton(self.tr("Close"), QDialogButtonBox.ButtonRole.RejectRole)
        close.setDefault(True)
        buttons.rejected.connect(self.reject)
        QShortcut(QKeySequence("F1"), self, self.help_wanted.emit)  # the window's own does not reach a dialog
        column = QVBoxLayout(self)
        column.addWidget(embolden(wrapped_label(subject_of(comparison.message.subject), self)))
        column.addWidget(self.tabs, 1)
        column.addWidget(buttons)
        width = self.fontMetrics().averageCharWidth() * _WIDTH
        room = self.screen().availableSize()
        self.resize(min(width, room.width()), min(round(width * 0.7), round(room.height() * 0.9)))

    def _story(self, name: str, decision: Decision) -> StoryView:
        view = StoryView(name, self)
        ticket = decision.ticket.number if decision.ticket else ""
        headline = traces.outcome(decision.kind, ticket, decision.new_queue or decision.queue)
        facts = [
            (filters.outcome_label(part), filters.outcome_value(part, value))
            for part, value in outcome_of(decision)
            if part != "kind"
        ]
        view.show_story(headline, chapters.chapters(decision.because), facts)
        return view
