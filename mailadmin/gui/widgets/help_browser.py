"""Shows a help page. The pages are files of ours; nothing is loaded from anywhere else."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QUrl
from PySide6.QtGui import QTextBlock, QTextBlockFormat, QTextCursor, QTextDocument, QTextFormat
from PySide6.QtWidgets import QTextBrowser, QWidget
from typing_extensions import override

from mailadmin.domain.errors import BugError
from mailadmin.resource_files import resource


class HelpBrowser(QTextBrowser):
    """A text browser that knows our pages and nothing else."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setOpenExternalLinks(False)
        self.setOpenLinks(True)
        self.setAccessibleName(self.tr("Help page"))
        self.document().setDocumentMargin(self.fontMetrics().height())

    def show_heading(self, text: str) -> bool:
        """Scroll to a heading by its words; False: the page has none of them."""
        block = self.document().begin()
        while block.isValid():
            if block.blockFormat().headingLevel() and block.text() == text:
                self.setTextCursor(QTextCursor(block))
                top = self.document().documentLayout().blockBoundingRect(block).top()
                self.verticalScrollBar().setValue(round(top - self.document().documentMargin() / 2))
                return True
            block = block.next()
        return False

    @override
    def loadResource(self, kind: int, name: QUrl | str) -> object:
        """A page of ours by its file name; whatever else is asked for is not loaded."""
        file = QUrl(name).fileName()
        if kind != QTextDocument.ResourceType.MarkdownResource.value or not file.endswith(".md"):
            return None
        try:
            return resource(f"help/{file}").read_text(encoding="utf-8")
        except BugError:
            return self.tr("# This page is missing\n\nThere is no help page named {name}.").format(name=file)

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        # A document keeps the colour its links had when it was read.
        if event.type() == QEvent.Type.PaletteChange and not self.source().isEmpty():
            self.reload()

    @override
    def doSetSource(
        self, name: QUrl | str, type: QTextDocument.ResourceType = QTextDocument.ResourceType.UnknownResource
    ) -> None:
        url = QUrl(name)
        if url.scheme() in {"", "file", "help"}:
            super().doSetSource(url, QTextDocument.ResourceType.MarkdownResource)
            self._set_code_off()

    def _set_code_off(self) -> None:
        """Room below each example, which Qt leaves none."""
        room = QTextBlockFormat()
        room.setBottomMargin(self.fontMetrics().height() * 0.8)
        block = self.document().begin()
        while block.isValid():
            if _is_code(block) and not _is_code(block.next()):
                QTextCursor(block).mergeBlockFormat(room)
            block = block.next()


def _is_code(block: QTextBlock) -> bool:
    return block.isValid() and block.blockFormat().hasProperty(QTextFormat.Property.BlockCodeFence)
