"""The guide of a provider beside the form, at the step that belongs to the field in hand (OA-8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QSize, QUrl
from PySide6.QtGui import QResizeEvent, QTextBlockFormat, QTextCursor
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from mailadmin.domain.oauth import Provider
from mailadmin.gui.widgets.help_browser import HelpBrowser

GUIDES: Final[Mapping[Provider, str]] = {
    Provider.MICROSOFT: "microsoft.md",
    Provider.GOOGLE: "google.md",
    Provider.CUSTOM: "oauth2.md",
}
REDIRECT: Final = "redirect"
"""What stands for the URI to register, which is no field of the record."""
STEPS: Final[Mapping[Provider, Mapping[str, str]]] = {
    Provider.MICROSOFT: {
        "tenant": "1. Register the application",
        "client_id": "1. Register the application",
        REDIRECT: "2. Redirect URI",
        "client_authentication": "3. Secret, certificate, or neither",
        "client_secret": "3. Secret, certificate, or neither",
        "client_certificate": "3. Secret, certificate, or neither",
        "secret_expires": "3. Secret, certificate, or neither",
        "scopes": "4. Permissions",
        "flow": "Without a person: app-only",
    },
    Provider.GOOGLE: {
        "client_id": "3. The client",
        "client_secret": "3. The client",
        REDIRECT: "3. The client",
        "scopes": "2. Consent screen and scopes",
    },
    Provider.CUSTOM: dict.fromkeys(
        ("provider", "discovery_url", "client_id", "scopes", "redirect"), "Another provider"
    ),
}
"""Which heading of its provider's guide belongs to a field."""


class Guide(HelpBrowser):
    """Shows the guide of the chosen provider. Links to other pages of the help work in it, too."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._provider: Provider | None = None
        self._heading = ""
        self.setAccessibleName(self.tr("Guide"))
        self.sourceChanged.connect(self._wrap_code)
        self.hide()

    @override
    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(metrics.averageCharWidth() * 60, metrics.height() * 30)

    @override
    def minimumSizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(metrics.averageCharWidth() * 32, metrics.height() * 8)

    def show_step(self, provider: Provider, field: str) -> None:
        """Show the step of a field; of a field without one, the guide stays where it is."""
        if provider is not self._provider:
            self._provider = provider
            self.setSource(QUrl(GUIDES[provider]))
            if provider is Provider.CUSTOM:  # its guide is a part of a page
                field = field if field in STEPS[provider] else "client_id"
        heading = STEPS[provider].get(field)
        if heading is not None and self.source().fileName() == GUIDES[provider]:
            self._heading = heading
            self.show_heading(heading)

    @override
    def resizeEvent(self, e: QResizeEvent) -> None:
        super().resizeEvent(e)
        if e.size().width() != e.oldSize().width():  # the lines above are others now
            self.show_heading(self._heading)

    def _wrap_code(self) -> None:
        """Commands are broken into lines here: there is no room for them beside a form."""
        cursor = QTextCursor(self.document())
        block = self.document().begin()
        while block.isValid():
            if block.blockFormat().nonBreakableLines():
                broken = QTextBlockFormat(block.blockFormat())
                broken.setNonBreakableLines(False)
                cursor.setPosition(block.position())
                cursor.setBlockFormat(broken)
            block = block.next()
