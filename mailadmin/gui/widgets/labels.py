"""Texts that stand by themselves: none of them takes what comes from outside for markup."""

from __future__ import annotations

from html import escape
from typing import Final, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QLabel, QWidget

W = TypeVar("W", bound=QWidget)
LINE: Final = 80
"""Characters on a line of a tooltip that is not wrapped, and of a name within a sentence."""


def plain_label(text: str, parent: QWidget | None = None) -> QLabel:
    """A label that takes its text for nothing but text, whatever a server put into it."""
    label = QLabel(parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setText(text)
    return label


def wrapped_label(text: str, parent: QWidget | None = None) -> QLabel:
    """A plain-text label that takes as many lines as it needs."""
    label = plain_label(text, parent)
    label.setWordWrap(True)
    return label


def quiet_label(text: str, parent: QWidget | None = None, *, wrapped: bool = False) -> QLabel:
    """A plain-text label in the colour of quiet text, whatever the palette becomes."""
    label = wrapped_label(text, parent) if wrapped else plain_label(text, parent)
    label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
    return label


def selectable(label: QLabel) -> QLabel:
    """The label, with a text that mouse and keyboard can select."""
    label.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    return label


def readable_label(text: str, parent: QWidget | None = None) -> QLabel:
    """A wrapped plain-text label that the keyboard reaches: its text can be read out, selected and copied."""
    label = selectable(wrapped_label(text, parent))
    label.setAccessibleName(text)
    return label


def embolden(widget: W, *, scale: float = 1.0) -> W:
    """The widget, with bold text.

    :param scale: how much larger than before the text becomes
    """
    font = widget.font()
    font.setBold(True)
    if scale != 1.0:
        font.setPointSizeF(font.pointSizeF() * scale)
    widget.setFont(font)
    return widget


def shortened(text: str) -> str:
    """A text from outside as a part of a sentence, cut where it would be longer than a line."""
    return text if len(text) <= LINE else text[: LINE - 1].rstrip() + "…"


class _Paragraph(str):
    """A tooltip in which nothing of its text is markup any more."""

    __slots__ = ()


def plain_tooltip(text: str) -> str:
    """A tooltip that takes its text for nothing but text.

    Qt would show what looks like markup as such, and a long line from one end of the screen to the other; short words
    stay as they are, for screen readers read a tooltip out with all that is in it.
    """
    long = max(map(len, text.splitlines()), default=0) > LINE
    if isinstance(text, _Paragraph) or not (long or "<" in text or "&" in text):
        return text
    return _Paragraph(f'<p style="white-space:pre-wrap">{escape(text, quote=False)}</p>')
