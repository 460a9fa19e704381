"""A mail as it came, octet by octet as far as they are letters."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from mailadmin.domain.errors import MailadminError
from mailadmin.domain.outside_text import shown_lines
from mailadmin.gui.sentences import errors, times
from mailadmin.gui.tasks import Loader, Tasks
from mailadmin.gui.widgets.labels import quiet_label

from .content import MailAccess
from .weight import light_text

MOST_SHOWN: Final = 200_000
"""Octets of the source that are shown, unless they weigh too much."""


class SourceView(QWidget):
    """Reads the source when it is first looked at."""

    save_wanted = Signal()
    """Save the whole of it."""

    def __init__(self, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._access: MailAccess | None = None
        self._loaded: MailAccess | None = None
        self.text = QPlainTextEdit(self)
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.text.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # header fields are, in every language
        self.text.setAccessibleName(self.tr("Source of the message"))
        self.text.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self.setFocusProxy(self.text)
        self.note = quiet_label("", self, wrapped=True)
        self.save = QPushButton(self.tr("Save as .eml..."), self)
        self.save.clicked.connect(self.save_wanted)
        row = QHBoxLayout()
        row.addWidget(self.note, 1)
        row.addWidget(self.save)
        column = QVBoxLayout(self)
        column.addWidget(self.text, 1)
        column.addLayout(row)
        self._loader: Loader[MailAccess, tuple[str, int, int]] = Loader(tasks, "read source", _source, self)
        self._loader.loaded.connect(self._on_loaded)
        self._loader.failed.connect(self._on_failed)

    def show_mail(self, access: MailAccess | None) -> None:
        """The mail whose source it is; None: there is none."""
        self._access, self._loaded = access, None
        self.text.clear()
        self.note.clear()
        self.save.setEnabled(access is not None)
        if self.isVisible():
            self.load()

    def load(self) -> None:
        """Read the source, unless it is there."""
        if self._access is not None and self._loaded is not self._access:
            self._loaded = self._access
            self._loader.load(self._access)

    def _on_loaded(self, access: MailAccess, answer: tuple[str, int, int]) -> None:
        if access is not self._access:
            return
        text, octets, size = answer
        self.text.setPlainText(text)
        if size > octets:
            self.note.setText(
                self.tr("The first {shown} of {size} are shown. Save the message to see the rest.").format(
                    shown=times.size(octets), size=times.size(size)
                )
            )
        else:
            self.note.setText(times.size(size))

    def _on_failed(self, error: MailadminError) -> None:
        self._loaded = None
        self.note.setText(errors.sentence(error))


def _source(access: MailAccess) -> tuple[str, int, int]:
    """The beginning of the source as text, the octets that it was, and those of the whole. Runs in a task."""
    raw = access.source()
    beginning = raw[:MOST_SHOWN]
    try:
        text = beginning.decode()
    except UnicodeDecodeError:
        text = beginning.decode("latin-1") if not _mostly_utf8(beginning) else beginning.decode("utf-8", "replace")
    light = light_text(shown_lines(text))
    octets = min(len(light.text.encode()), len(beginning)) if light.cut else len(beginning)
    return light.text, octets, len(raw)


def _mostly_utf8(octets: bytes) -> bool:
    """Whether only a little of it, such as a character cut at the end, is not UTF-8."""
    wrong = octets.decode("utf-8", "replace").count("\N{REPLACEMENT CHARACTER}")
    return wrong <= 3
