"""Choosing one of several: combo boxes whose values are texts, and the choices that many forms have."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QComboBox, QSizePolicy, QWidget

from mailadmin.domain.accounts import Validity
from mailadmin.gui.sentences import states

from .columns import validity_icon

translate = QCoreApplication.translate


class ChoiceCombo(QComboBox):
    """A combo box over values with labels."""

    def __init__(self, parent: QWidget | None = None, *, placeholder: str = "") -> None:
        super().__init__(parent)
        self.setPlaceholderText(placeholder)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        # A long name must not make the form wider than the window; the list that opens shows it whole.
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(16)

    @property
    def value(self) -> str:
        """The chosen value; empty while nothing is chosen."""
        return self.currentData() or ""

    def add_choice(self, value: str, label: str, picture: QIcon | None = None, tip: str = "") -> None:
        """Offer a value."""
        self.addItem(picture or QIcon(), label, value)
        self.setItemData(self.count() - 1, tip or label, Qt.ItemDataRole.ToolTipRole)

    def choose(self, value: str) -> None:
        """Show this value; nothing is chosen when it is not among the choices."""
        self.setCurrentIndex(self.findData(value))


def validity_combo(parent: QWidget) -> ChoiceCombo:
    """The validities, with their icons."""
    combo = ChoiceCombo(parent)
    for validity in Validity:
        combo.add_choice(validity.value, states.validity(validity), validity_icon(validity))
    return combo


def offer_valid(combo: ChoiceCombo, choices: Iterable[tuple[str, Validity]], current: str) -> None:
    """Offer what is valid, and what is chosen now even if it is not, marked so."""
    for name, validity in choices:
        if validity is Validity.VALID:
            combo.add_choice(name, name)
        elif name == current:
            combo.add_choice(name, marked(name, validity), validity_icon(validity))


def marked(name: str, validity: Validity) -> str:
    """A name, with the word for its validity if it is not valid: ``Old (invalid)``."""
    if validity is Validity.VALID:
        return name
    return translate("Choices", "{name} ({validity})").format(name=name, validity=states.validity(validity))
