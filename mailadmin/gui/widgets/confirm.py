"""Questions before something is gone for good or broken off, and the answer when it must not go."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QMessageBox, QWidget

Role = QMessageBox.ButtonRole
Act = Callable[[], object]
translate = QCoreApplication.translate


def confirm_delete(
    parent: QWidget,
    title: str,
    text: str,
    informative: str,
    delete_label: str,
    on_delete: Act,
    gentle_label: str = "",
    on_gentle: Act | None = None,
) -> QMessageBox:
    """Ask before a deletion. *Cancel* is the default and what Esc means.

    :param text: the question, with the name of what is deleted
    :param informative: what goes and what stays
    :param delete_label: the button that does it ("Delete queue"); several: with their number
    :param gentle_label: the button for what can be taken back ("Set to invalid"), if that is a way, too
    :returns: the question, open already
    """
    box = _box(parent, QMessageBox.Icon.Warning, title, text, informative)
    box.addButton(delete_label, Role.DestructiveRole).clicked.connect(lambda: on_delete())
    _add_gentle(box, gentle_label, on_gentle)
    _add_way_out(box, translate("Confirm", "Cancel"))
    box.open()
    return box


def refuse_delete(
    parent: QWidget, title: str, text: str, informative: str, gentle_label: str = "", on_gentle: Act | None = None
) -> QMessageBox:
    """Say why something cannot be deleted, and offer the gentle way. Esc and the default close it.

    :param informative: what stands in the way, by name
    :returns: the dialog, open already
    """
    box = _box(parent, QMessageBox.Icon.Information, title, text, informative)
    _add_gentle(box, gentle_label, on_gentle)
    _add_way_out(box, translate("Confirm", "Close"))
    box.open()
    return box


def ask_to_stop(window: QWidget, text: str, stop_label: str, on_stop: Act) -> QMessageBox:
    """Ask before a window is closed while something runs. Keeping it open is the default and what Esc means.

    :returns: the question, open already
    """
    box = _box(window, QMessageBox.Icon.Question, window.windowTitle(), text)
    box.addButton(stop_label, Role.AcceptRole).clicked.connect(lambda: on_stop())
    _add_way_out(box, translate("Confirm", "&Keep the window open"))
    box.open()
    return box


def ask_to_save(dialog: QWidget, on_save: Act, on_discard: Act) -> QMessageBox:
    """Ask what becomes of changes when a dialog is left. Saving is the default; Esc means to go on editing.

    :returns: the question, open already
    """
    text = translate("Confirm", "There are changes that are not saved.")
    box = _box(dialog, QMessageBox.Icon.Question, dialog.windowTitle(), text)
    save = box.addButton(translate("Confirm", "&Save"), Role.AcceptRole)
    save.clicked.connect(lambda: on_save())
    box.addButton(translate("Confirm", "&Discard"), Role.DestructiveRole).clicked.connect(lambda: on_discard())
    _add_way_out(box, translate("Confirm", "&Keep editing"))
    box.setDefaultButton(save)
    box.open()
    return box


def _box(parent: QWidget, picture: QMessageBox.Icon, title: str, text: str, informative: str = "") -> QMessageBox:
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setIcon(picture)
    box.setWindowTitle(title)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(text)
    box.setInformativeText(informative)
    return box


def _add_gentle(box: QMessageBox, label: str, act: Act | None) -> None:
    if label and act is not None:
        box.addButton(label, Role.ActionRole).clicked.connect(lambda: act())


def _add_way_out(box: QMessageBox, label: str) -> None:
    button = box.addButton(label, Role.RejectRole)
    box.setDefaultButton(button)
    box.setEscapeButton(button)
