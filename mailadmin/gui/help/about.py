"""What this program is, and under which licences."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from mailadmin import __version__

translate = QCoreApplication.translate


def show_about(parent: QWidget) -> None:
    """Open the box about this program."""
    text = translate(
        "About",
        "mailadmin {version}\nAdministers the mailboxes of a helpdesk and brings their mail in.\n\n"
        "MIT License. Qt and PySide6 are used under the LGPL; the icons are Material Design Icons.",
    ).format(version=__version__)
    title = translate("About", "About mailadmin")
    box = QMessageBox(QMessageBox.Icon.Information, title, text, parent=parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()
