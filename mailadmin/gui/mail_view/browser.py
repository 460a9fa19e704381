"""Shows HTML that was made safe; loads nothing but the images that it was handed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QEvent, QUrl, Signal
from PySide6.QtGui import QImage, QPalette, QTextDocument, QTextOption
from PySide6.QtWidgets import QApplication, QTextBrowser, QWidget
from typing_extensions import override

from mailadmin.gui import theme
from mailadmin.gui.widgets.labels import plain_tooltip

from .safe_html import SafeHtml

Resource = QTextDocument.ResourceType
_NOTHING: Final = SafeHtml("")
_OF_PAPER: Final = (
    QPalette.ColorRole.Window,
    QPalette.ColorRole.WindowText,
    QPalette.ColorRole.Base,
    QPalette.ColorRole.AlternateBase,
    QPalette.ColorRole.Text,
    QPalette.ColorRole.PlaceholderText,
    QPalette.ColorRole.Link,
    QPalette.ColorRole.LinkVisited,
)


class MailBrowser(QTextBrowser):
    """A QTextBrowser without a way out: no file, no network, no link is followed.

    A mail that brings its own colours is shown on white paper, as it was made; any other one in the window's colours.
    """

    link_wanted = Signal(str)
    """A link was clicked, or Enter pressed on it: its real target."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._safe = _NOTHING
        self._images: Mapping[str, QImage] = {}
        self._dressing = False
        self.setAccessibleName(name)
        self.setOpenLinks(False)
        self.setOpenExternalLinks(False)
        self.setUndoRedoEnabled(False)
        self.setTabChangesFocus(False)
        self.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.document().setDocumentMargin(self.fontMetrics().averageCharWidth())
        self.anchorClicked.connect(self._on_anchor_clicked)
        self.highlighted.connect(self._on_highlighted)

    def show_mail(self, safe: SafeHtml, images: Mapping[str, QImage]) -> None:
        """Show HTML and the images that it names, by their ``cid:...``."""
        self._safe = safe
        self._images = {QUrl(name).toString(): image for name, image in images.items()}  # as they are asked for
        self._dress()

    def show_nothing(self) -> None:
        """Forget the mail."""
        self.show_mail(_NOTHING, {})

    @override
    def loadResource(self, kind: int, name: QUrl | str) -> QImage | str:
        """An image that was handed in. Qt would look for a file of that name where it gets no image at all."""
        if kind != Resource.ImageResource.value:
            return ""
        return self._images.get(QUrl(name).toString(), _empty_image())

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in {QEvent.Type.PaletteChange, QEvent.Type.ApplicationPaletteChange} and not self._dressing:
            self._dress()

    def _dress(self) -> None:
        """Choose the colours of ground, text and links, and show the mail in them."""
        own = QPalette()  # what it does not name is the window's: a palette that names all is told of no change
        if self._safe.coloured and theme.is_dark(QApplication.palette(self)):
            paper = theme.palette(theme.Scheme.LIGHT)
            for role in _OF_PAPER:
                own.setBrush(role, paper.brush(role))
        self._dressing = True
        self.setPalette(own)
        self._dressing = False
        link = self.palette().color(QPalette.ColorRole.Link).name()
        self.document().setDefaultStyleSheet(f"a[href] {{ color: {link}; }}")
        self.clear()  # else the mail before would be laid out anew for another mode
        self.setWordWrapMode(wrap_mode(long_words=self._safe.long_words))
        self.setHtml(self._safe.html)

    def _on_anchor_clicked(self, target: QUrl) -> None:
        self.link_wanted.emit(_shown(target))

    def _on_highlighted(self, target: QUrl) -> None:
        self.setToolTip("" if target.isEmpty() else plain_tooltip(_shown(target)))


def wrap_mode(*, long_words: bool) -> QTextOption.WrapMode:
    """Where lines are broken: at words, unless one is so long that looking for its end would take too long."""
    wrap = QTextOption.WrapMode
    return wrap.WrapAnywhere if long_words else wrap.WrapAtWordBoundaryOrAnywhere


def _shown(target: QUrl) -> str:
    """A target with its host as the network writes it: letters that look like others cannot pass for them."""
    return target.toString(QUrl.ComponentFormattingOption.FullyEncoded)


def _empty_image() -> QImage:
    image = QImage(1, 1, QImage.Format.Format_ARGB32)
    image.fill(0)
    return image
