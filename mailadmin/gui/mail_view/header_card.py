"""The head of a mail: who wrote to whom, when, about what."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QFocusEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QFormLayout, QLineEdit, QSizePolicy, QStyle, QWidget
from typing_extensions import override

from mailadmin.domain.outside_text import shown
from mailadmin.gui.sentences import times
from mailadmin.gui.widgets.labels import embolden, plain_tooltip, quiet_label

from .content import MailContent

_MOST_IN_SIGHT: Final = 2_000
"""Characters of a line or its tooltip."""


class TextLine(QLineEdit):
    """A text on one line that can be selected and copied; cut in the middle while it is too long and not in use."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._whole = ""
        self.setReadOnly(True)
        self.setFrame(False)
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._blend()

    @property
    def whole(self) -> str:
        """The text, however much of it is in sight."""
        return self._whole

    def set_whole(self, text: str) -> None:
        """Show a text from outside; of one that is longer than a line takes, the beginning."""
        self._whole = shown(text[: self.maxLength()])[: self.maxLength()]
        self.setAccessibleDescription(self._whole)
        self._fit()

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(self.fontMetrics().averageCharWidth() * 8, super().minimumSizeHint().height())

    @override
    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().averageCharWidth() * 24, super().sizeHint().height())

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        self.setText(self._whole)
        super().focusInEvent(event)

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._fit()

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.ApplicationPaletteChange:
            self._blend()

    def _blend(self) -> None:
        """Look like a label."""
        palette = QPalette(self.palette())
        palette.setBrush(QPalette.ColorRole.Base, Qt.GlobalColor.transparent)
        self.setPalette(palette)

    def _fit(self) -> None:
        if self.hasFocus():
            self.setText(self._whole)
            return
        room = self.width() - 2 * self.style().pixelMetric(QStyle.PixelMetric.PM_DefaultFrameWidth) - 4
        start = self._whole[:_MOST_IN_SIGHT]
        cut = self.fontMetrics().elidedText(start, Qt.TextElideMode.ElideRight, max(room, 0))
        self.setText(cut)
        self.setCursorPosition(0)
        self.setToolTip(plain_tooltip(start) if cut != self._whole else "")


class HeaderCard(QWidget):
    """Subject, From, To, Cc and Date of one mail."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.subject_line = embolden(TextLine(self.tr("Subject"), self), scale=1.15)
        self.from_line = TextLine(self.tr("From"), self)
        self.to_line = TextLine(self.tr("To"), self)
        self.cc_line = TextLine(self.tr("Cc"), self)
        self.date_line = TextLine(self.tr("Date"), self)
        self._left_out: set[TextLine] = set()
        self._form = QFormLayout(self)
        margin = self.fontMetrics().averageCharWidth()
        self._form.setContentsMargins(margin, 0, 0, margin)
        self._form.setVerticalSpacing(0)
        self._form.setLabelAlignment(Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        self._form.addRow(self.subject_line)
        for line in (self.from_line, self.to_line, self.cc_line, self.date_line):
            self._form.addRow(quiet_label(line.accessibleName(), self), line)

    def show_mail(self, content: MailContent) -> None:
        """Show the head of this mail."""
        self.subject_line.set_whole(content.subject or self.tr("(no subject)"))
        for line, text in (
            (self.from_line, content.sender),
            (self.to_line, content.to),
            (self.cc_line, content.cc),
            (self.date_line, self._moment(content.date)),
        ):
            line.set_whole(text)
            self._form.setRowVisible(line, bool(text) and line not in self._left_out)

    def leave_out(self, *lines: TextLine) -> None:
        """Do not show these lines: whoever shows this head says them elsewhere."""
        self._left_out.update(lines)
        for line in lines:
            self._form.setRowVisible(line, False)

    def _moment(self, date: datetime | None) -> str:
        if date is None:
            return ""
        exact, relative = times.exact(date), times.relative(date, datetime.now(UTC))
        if relative in exact:  # long ago: the date again
            return exact
        return self.tr("{exact} ({relative})").format(exact=exact, relative=relative)
