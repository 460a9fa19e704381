"""A link in a mail was clicked: where it really leads."""

from __future__ import annotations

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPlainTextEdit, QVBoxLayout, QWidget

from mailadmin.gui.widgets.labels import wrapped_label

Role = QDialogButtonBox.ButtonRole


class LinkDialog(QDialog):
    """Shows the real target of a link; it is opened or copied on request only."""

    def __init__(self, target: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Link in a message"))
        self.target = target
        url = QUrl(target)
        mail = url.scheme() == "mailto"
        lead = self.tr("This link writes a mail to:") if mail else self.tr("This link leads to {host}:")
        host = url.host(QUrl.ComponentFormattingOption.FullyEncoded)
        label = wrapped_label(lead.format(host=host), self)
        self.shown = QPlainTextEdit(target, self)
        self.shown.setReadOnly(True)
        self.shown.setTabChangesFocus(True)
        self.shown.setAccessibleName(self.tr("Target of the link"))
        self.said = wrapped_label("", self)
        self.said.hide()
        buttons = QDialogButtonBox(self)
        self.open_button = buttons.addButton(
            self.tr("&Write the mail") if mail else self.tr("&Open in the browser"), Role.ActionRole
        )
        self.copy_button = buttons.addButton(self.tr("&Copy link"), Role.ActionRole)
        self.cancel_button = buttons.addButton(self.tr("Cancel"), Role.RejectRole)
        self.cancel_button.setDefault(True)
        self.open_button.clicked.connect(self._open)
        self.copy_button.clicked.connect(self._copy)
        self.cancel_button.clicked.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(label)
        column.addWidget(self.shown, 1)
        column.addWidget(self.said)
        column.addWidget(buttons)
        metrics = self.fontMetrics()
        self.resize(metrics.averageCharWidth() * 70, metrics.height() * 12)
        self.cancel_button.setFocus()

    def _open(self) -> None:
        if QDesktopServices.openUrl(QUrl(self.target)):
            self.accept()
        else:
            self.said.setText(self.tr("No program could be started for it. Copy the link instead."))
            self.said.show()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.target)
        self.accept()
