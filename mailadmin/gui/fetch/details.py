"""What is behind a row: everything that went wrong, and what a dry run would have made of each message."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetricsF, QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFrame, QPlainTextEdit, QSizePolicy, QVBoxLayout, QWidget
from typing_extensions import override

from mailadmin.gui.sentences import oauth_errors, times, traces
from mailadmin.gui.sentences.wording import translate
from mailadmin.gui.widgets.labels import plain_label, wrapped_label
from mailadmin.gui.widgets.records import Column, RecordModel
from mailadmin.gui.widgets.table import RecordTable
from mailadmin.services.fetch.dry_run import Preview

from .results import Result, came_out, problem, state

_Numbered = tuple[int, Preview]


class DetailText(QPlainTextEdit):
    """Three lines that look like a label; what is longer can be scrolled to, so that nothing around them moves."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("About the selected account"))
        self.document().setDocumentMargin(0)
        self.viewport().setAutoFillBackground(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @override
    def sizeHint(self) -> QSize:
        lines = 3 * QFontMetricsF(self.font()).lineSpacing()
        return QSize(
            super().sizeHint().width(), math.ceil(lines) + 1
        )  # one more, or it takes the third line for cut off

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(super().minimumSizeHint().width(), self.sizeHint().height())

    def show_text(self, text: str) -> None:
        """Show this; a place scrolled to stays while the text does."""
        if text != self.toPlainText():
            self.setPlainText(text)
            self.verticalScrollBar().setValue(0)


class DetailsDialog(QDialog):
    """Everything that went wrong in one account's fetch, in words that can be copied."""

    def __init__(self, result: Result, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        assert result.outcome is not None
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr('Fetch of "{account}"').format(account=result.outcome.name))
        head = plain_label(state(result), self)
        scripts = [script for error in result.outcome.errors if (script := oauth_errors.script(error))]
        self.text = QPlainTextEdit("\n\n".join([*problem(result).split("\n"), *scripts]), self)
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName(self.tr("What went wrong"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        copy = buttons.addButton(self.tr("&Copy"), QDialogButtonBox.ButtonRole.ActionRole)
        copy.clicked.connect(self._copy)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        for widget in (head, self.text, buttons):
            column.addWidget(widget)

    @override
    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().averageCharWidth() * 80, self.fontMetrics().lineSpacing() * 16)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text.toPlainText())


class PreviewDialog(QDialog):
    """What would become of each message that a dry run found."""

    def __init__(self, result: Result, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        assert result.outcome is not None
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr('Dry run of "{account}"').format(account=result.outcome.name))
        text = self.tr("Nothing was stored, and nothing was changed on the server. It would be: {what}.")
        label = wrapped_label(text.format(what=came_out(result.outcome.counts)), self)
        self.table = _preview_table(result.previews, self)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(label)
        column.addWidget(self.table, 1)
        column.addWidget(buttons)
        self.resize(self.sizeHint())

    @override
    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().averageCharWidth() * 120, self.fontMetrics().lineSpacing() * 24)


def _became(preview: Preview) -> str:
    decision = preview.decision
    return traces.outcome(decision.kind, decision.ticket.number if decision.ticket else "", decision.queue)


def _preview_table(previews: Sequence[Preview], parent: QWidget) -> RecordTable[_Numbered]:
    columns = (
        Column[_Numbered](
            key="from",
            title=lambda: translate("Fetch", "From"),
            text=lambda one: one[1].decision.article.sender,
            width=20,
        ),
        Column[_Numbered](
            key="subject",
            title=lambda: translate("Fetch", "Subject"),
            text=lambda one: one[1].decision.article.subject or translate("Fetch", "(no subject)"),
            stretch=True,
        ),
        Column[_Numbered](
            key="became",
            title=lambda: translate("Fetch", "Would become"),
            text=lambda one: _became(one[1]),
            tooltip=lambda one: "\n".join(traces.story(one[1].decision.because)),
            width=26,
        ),
        Column[_Numbered](
            key="size",
            title=lambda: translate("Fetch", "Size"),
            text=lambda one: times.size(one[1].size),
            sort=lambda one: one[1].size,
            numeric=True,
            width=5,
        ),
    )
    model = RecordModel(columns, lambda one: one[0], parent)
    table = RecordTable(model, translate("Fetch", "What each message would become"), parent)
    table.sort_by("became")
    model.show_records(list(enumerate(previews)))
    return table
