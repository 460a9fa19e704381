"""Choosing one of several: combo boxes of values, and the choices that many forms have."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Generic, cast

from PySide6.QtCore import QCoreApplication, QSignalBlocker, Qt
from PySide6.QtGui import QIcon, QWheelEvent
from PySide6.QtWidgets import QComboBox, QSizePolicy, QWidget
from typing_extensions import TypeVar, override

from mailadmin.domain.accounts import Validity
from mailadmin.gui.sentences import states

from .columns import validity_icon
from .labels import plain_tooltip

translate = QCoreApplication.translate
V = TypeVar("V", default=str)


class ChoiceCombo(QComboBox, Generic[V]):
    """A combo box of values with labels; the wheel scrolls the form and does not change a value in passing.

    :param placeholder: what is shown while nothing is chosen
    :param nothing: the value while nothing is chosen
    """

    def __init__(self, parent: QWidget | None = None, *, placeholder: str = "", nothing: V | str = "") -> None:
        super().__init__(parent)
        self._values: list[V] = []
        self._nothing = cast(V, nothing)
        self.setPlaceholderText(placeholder)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        # A long name must not make the form wider than the window; the list that opens shows it whole.
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(16)

    @property
    def value(self) -> V:
        """The chosen value."""
        at = self.currentIndex()
        return self._values[at] if at >= 0 else self._nothing

    @property
    def values(self) -> Sequence[V]:
        """What is offered, from top to bottom."""
        return tuple(self._values)

    def add_choice(self, value: V, label: str, picture: QIcon | None = None, tip: str = "") -> None:
        """Offer a value."""
        self._values.append(value)  # first: an item that is added to none is chosen at once
        self.addItem(picture or QIcon(), label)
        self.setItemData(self.count() - 1, plain_tooltip(tip or label), Qt.ItemDataRole.ToolTipRole)

    def offer(self, choices: Iterable[tuple[V, str]]) -> None:
        """Offer these values by these labels and no others; what is chosen stays chosen if it is among them."""
        chosen = self.value
        with QSignalBlocker(self):
            self.clear()
            self._values.clear()
            for value, label in choices:
                self.add_choice(value, label)
            self.choose(chosen)

    def choose(self, value: V) -> None:
        """Show this value; nothing is chosen when it is not among the choices."""
        self.setCurrentIndex(self._values.index(value) if value in self._values else -1)

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


def validity_combo(parent: QWidget) -> ChoiceCombo[Validity]:
    """The validities, with their icons."""
    combo = ChoiceCombo[Validity](parent, nothing=Validity.VALID)
    for validity in Validity:
        combo.add_choice(validity, states.validity(validity), validity_icon(validity))
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
