"""The line of an article: folded, who wrote when and how it begins; open, from whom and exactly when."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parseaddr
from typing import Final

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QEnterEvent, QFont, QIcon, QKeyEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QStyle, QStyleOptionFocusRect, QWidget
from typing_extensions import override

from mailadmin.domain.outside_text import shown
from mailadmin.domain.tickets import Article
from mailadmin.gui.icons import Tone, icon
from mailadmin.gui.sentences import times
from mailadmin.gui.widgets.labels import plain_tooltip

from .marks import marks_of

_BEGINNING: Final = 1_000
"""Characters of a text that are looked at for its first words."""
_ROOM_FOR_WORDS: Final = 60
"""Characters of a line in which marks have their words beside them."""


class ArticleHead(QAbstractButton):
    """Opens and folds an article. Painted as a whole: a conversation may have hundreds of them."""

    def __init__(self, article: Article, parent: QWidget) -> None:
        super().__init__(parent)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self._name = shown(parseaddr(article.sender)[0] or article.sender)
        self._sender = shown(article.sender)
        self._words = shown(" ".join(article.body[:_BEGINNING].split()))
        self._at = article.date or article.created
        self._marks = marks_of(article)
        self._files = sum(not one.path.startswith("!") for one in article.attachments)  # ! is the HTML body
        self._describe(article)

    @override
    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        side = self.style().pixelMetric(QStyle.PixelMetric.PM_SmallIconSize)
        return QSize(metrics.averageCharWidth() * 30, max(round(metrics.height() * 1.8), side + metrics.height() // 2))

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(self.fontMetrics().averageCharWidth() * 16, self.sizeHint().height())

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.click()
        else:
            super().keyPressEvent(event)

    @override
    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.update()

    @override
    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        palette = self.palette()
        if self.underMouse():
            painter.fillRect(self.rect(), palette.color(QPalette.ColorRole.AlternateBase))
        gap = self.fontMetrics().averageCharWidth()
        room = self.rect().adjusted(gap, 0, -gap, 0)
        room = self._paint_icon(painter, room, icon(self._chevron, Tone.QUIET), trailing=False)
        when = self._when()
        room = self._paint_text(painter, room, when, QPalette.ColorRole.PlaceholderText, trailing=True)
        if self._files and not self.isChecked():
            room = self._paint_icon(painter, room, icon("paperclip", Tone.QUIET), trailing=True)
        if not self.isChecked():  # open, it says them in sentences
            room = self._paint_marks(painter, room)
        bold = QFont(self.font())
        bold.setBold(True)
        painter.setFont(bold)
        if self.isChecked():
            self._paint_text(painter, room, self._sender, QPalette.ColorRole.Text)
        else:
            name = (
                room if not self._words else self._part(room, painter.fontMetrics().horizontalAdvance(self._name) + 2)
            )
            self._paint_text(painter, name, self._name, QPalette.ColorRole.Text)
            painter.setFont(self.font())
            left = max(0, room.width() - name.width() - gap)
            words = self._side(room, left, trailing=True)
            self._paint_text(painter, words, self._words, QPalette.ColorRole.PlaceholderText)
        if self.hasFocus():
            option = QStyleOptionFocusRect()
            option.initFrom(self)
            option.rect = self.rect().adjusted(1, 1, -1, -1)
            self.style().drawPrimitive(QStyle.PrimitiveElement.PE_FrameFocusRect, option, painter, self)

    # --- painting from the leading side, mirrored where one reads from the right ---

    @property
    def _chevron(self) -> str:
        if self.isChecked():
            return "chevron-down"
        return "chevron-left" if self._is_mirrored else "chevron-right"

    @property
    def _is_mirrored(self) -> bool:
        return self.layoutDirection() == Qt.LayoutDirection.RightToLeft

    def _when(self) -> str:
        return times.exact(self._at) if self.isChecked() else times.relative(self._at, datetime.now(UTC), short=True)

    def _part(self, room: QRect, wanted: int) -> QRect:
        """At the leading side, for a name: as wide as it is, or a good part of the room."""
        return self._side(room, min(wanted, room.width() // 2), trailing=False)

    def _side(self, room: QRect, width: int, *, trailing: bool) -> QRect:
        at_right = trailing != self._is_mirrored
        left = room.left() + room.width() - width if at_right else room.left()
        return QRect(QPoint(left, room.top()), QSize(width, room.height()))

    def _without(self, room: QRect, width: int, *, trailing: bool) -> QRect:
        return self._side(room, max(0, room.width() - width), trailing=not trailing)

    def _paint_marks(self, painter: QPainter, room: QRect) -> QRect:
        """Icon and word; where it is narrow the icons alone, whose words are in the tooltip."""
        wordy = room.width() > self.fontMetrics().averageCharWidth() * _ROOM_FOR_WORDS
        for mark in reversed(self._marks):
            if wordy:
                room = self._paint_text(painter, room, mark.word, QPalette.ColorRole.PlaceholderText, trailing=True)
            room = self._paint_icon(painter, room, mark.picture, trailing=True)
        return room

    def _paint_icon(self, painter: QPainter, room: QRect, picture: QIcon, *, trailing: bool) -> QRect:
        side = self.style().pixelMetric(QStyle.PixelMetric.PM_SmallIconSize)
        picture.paint(painter, self._side(room, side, trailing=trailing))
        return self._without(room, side + self.fontMetrics().averageCharWidth(), trailing=trailing)

    def _paint_text(
        self, painter: QPainter, room: QRect, text: str, role: QPalette.ColorRole, *, trailing: bool = False
    ) -> QRect:
        """Paint a text; the room that is left."""
        metrics = painter.fontMetrics()
        cut = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room.width())
        width = min(metrics.horizontalAdvance(cut) + 1, room.width())
        painter.setPen(self.palette().color(role))
        painter.drawText(self._side(room, width, trailing=trailing), int(Qt.AlignmentFlag.AlignVCenter), cut)
        return self._without(room, width + metrics.averageCharWidth(), trailing=trailing)

    def _describe(self, article: Article) -> None:
        sent, received = times.exact(article.date), times.exact(article.created)
        files = ""
        if self._files:
            files = self.tr("1 attachment") if self._files == 1 else self.tr("%n attachments", "", self._files)
        name = self.tr("Mail from {sender}, {when}").format(sender=self._sender, when=times.exact(self._at))
        self.setAccessibleName(", ".join(part for part in (name, files, *(one.word for one in self._marks)) if part))
        self.setAccessibleDescription(self._words)
        lines = [self._sender]
        if sent:
            lines.append(self.tr("Sent: {when}").format(when=sent))
        lines.append(self.tr("Received: {when}").format(when=received))
        lines += [mark.sentence for mark in self._marks]
        self.setToolTip(plain_tooltip("\n".join(lines)))
