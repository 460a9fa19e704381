"""What stands below the state while somebody signs in: the link and the way back, or the code for another device."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontDatabase, QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget
from typing_extensions import override

from mailadmin.domain.oauth import AuthorizingProgress
from mailadmin.gui.sentences import times
from mailadmin.gui.widgets.form import Remark
from mailadmin.gui.widgets.labels import embolden, plain_label, quiet_label, selectable, wrapped_label
from mailadmin.gui.widgets.message_bar import Kind

from . import words


class PasteEdit(QLineEdit):
    """Takes what is pasted. Enter is meant for it alone, not for the dialog's default button."""

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keep Return and Enter, which a line edit passes on after it has told of them."""
        super().keyPressEvent(event)
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            event.accept()


class CopyLine(QWidget):
    """A text to copy, that cannot be changed, with its button.

    :param copied: where it is said that it was copied
    """

    def __init__(self, name: str, label: str, copied: Remark, parent: QWidget) -> None:
        super().__init__(parent)
        self._copied = copied
        self.edit = QLineEdit(self)
        self.edit.setReadOnly(True)
        self.edit.setAccessibleName(name)
        self.button = quiet_button(label, self)
        self.button.clicked.connect(self._copy)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.edit, 1)
        row.addWidget(self.button)

    def show_text(self, text: str) -> None:
        """Show this text, from its beginning."""
        self.edit.setText(text)
        self.edit.setCursorPosition(0)
        self._copied.say("")

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.edit.text())
        self.edit.selectAll()
        self._copied.say(self.tr("Copied."))


class BrowserDetails(QWidget):
    """While the browser is waited for: where it is, the link to copy, and the field for the address it ended at."""

    pasted = Signal(str)
    """The address of the browser's last page."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.where = wrapped_label("", self)
        self.copied = Remark(Kind.GOOD, self)
        self.link = CopyLine(self.tr("Link for the browser"), self.tr("Cop&y link"), self.copied, self)
        hint = self.tr("The browser did not come back by itself? Paste the address of its last page:")
        self._hint = quiet_label(hint, self, wrapped=True)
        self.address = PasteEdit(self)
        self.address.setAccessibleName(self.tr("Address of the browser's last page"))
        self.address.returnPressed.connect(self._paste)
        self.use_button = quiet_button(self.tr("Use address"), self)
        self.use_button.setEnabled(False)
        self.use_button.clicked.connect(self._paste)
        self.address.textChanged.connect(self._on_typed)
        self.refused = Remark(Kind.ERROR, self)
        error = self.tr(
            "The browser shows an error? Compare the client ID and the redirect URI of the profile with the provider's "
            "registration."
        )
        self._error_hint = quiet_label(error, self, wrapped=True)
        line = QHBoxLayout()
        line.addWidget(self.address, 1)
        line.addWidget(self.use_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for widget in (self.where, self.link, self.copied, self._hint):
            column.addWidget(widget)
        column.addLayout(line)
        column.addWidget(self.refused)
        column.addWidget(self._error_hint)

    def show_progress(self, progress: AuthorizingProgress) -> None:
        """Say where the browser was sent."""
        self.where.setText(words.about_browser(progress))
        if self.link.edit.text() != progress.link:
            self.link.show_text(progress.link)
            self.forget()
        if progress.redirect_uri:
            self.address.setPlaceholderText(f"{progress.redirect_uri}?...")

    def forget(self) -> None:
        """Nothing of what was pasted stays, nor comes back by Undo: there is a code in it."""
        self.address.setText("")

    def refuse(self, text: str) -> None:
        """What was pasted is not the address that is meant."""
        self.refused.say(text)

    def _on_typed(self) -> None:
        self.use_button.setEnabled(bool(self.address.text().strip()))
        self.refused.say("")

    def _paste(self) -> None:
        if address := self.address.text().strip():
            self.pasted.emit(address)


class DeviceDetails(QWidget):
    """While the code is waited for: the code, large, and the address where it is entered."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._how = wrapped_label("", self)
        self.code = selectable(plain_label("", self))
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        self.code.setFont(font)
        embolden(self.code, scale=2)
        self.code.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.copy_button = quiet_button(self.tr("Copy &code"), self)
        self.copy_button.clicked.connect(self._copy)
        self.copied = Remark(Kind.GOOD, self)
        self.link = CopyLine(self.tr("Address where the code is entered"), self.tr("Cop&y link"), self.copied, self)
        self._end: QLabel = quiet_label("", self, wrapped=True)
        row = QHBoxLayout()
        row.addWidget(self.code)
        row.addWidget(self.copy_button, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._how)
        column.addWidget(self.link)
        column.addLayout(row)
        column.addWidget(self.copied)
        column.addWidget(self._end)

    def show_progress(self, progress: AuthorizingProgress) -> None:
        """Show the code."""
        host = words.host_of(progress.verification_uri)
        how = self.tr("On any device, open this address at {host}, enter the code, and sign in there:")
        self._how.setText(how.format(host=host))
        self.link.show_text(progress.verification_uri)
        self.code.setText(progress.user_code)
        self.code.setAccessibleName(self.tr("Code {code}").format(code=progress.user_code))
        ends = progress.ends_at
        self._end.setText(
            self.tr("The code is good until {time}; after that, begin again.").format(time=times.clock(ends))
            if ends is not None
            else ""
        )

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.code.text())
        self.copied.say(self.tr("Copied."))


def quiet_button(label: str, parent: QWidget) -> QPushButton:
    """A button that Enter does not mean."""
    button = QPushButton(label, parent)
    button.setAutoDefault(False)
    return button
