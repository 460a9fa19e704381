"""Combo boxes of values."""

from __future__ import annotations

import enum
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from mailadmin.gui.widgets.choices import ChoiceCombo


class Size(enum.StrEnum):
    SMALL = "small"
    LARGE = "large"


@pytest.fixture
def combo(qtbot: QtBot) -> Iterator[ChoiceCombo[Size | None]]:
    """In a form, with something else that can have the focus."""
    form = QWidget()
    qtbot.addWidget(form)
    made = ChoiceCombo[Size | None](form, nothing=None)
    made.offer((size, size.name) for size in Size)
    column = QVBoxLayout(form)
    column.addWidget(QLineEdit(form))
    column.addWidget(made)
    form.show()
    form.activateWindow()
    qtbot.waitUntil(form.isActiveWindow)
    yield made
    form.close()


def chosen(combo: ChoiceCombo[Size | None]) -> Size | None:
    return combo.value


def turn_wheel(combo: ChoiceCombo[Size | None]) -> bool:
    """Whether the form may scroll."""
    at = QPointF(combo.rect().center())
    event = QWheelEvent(
        at, QPointF(combo.mapToGlobal(at.toPoint())), QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(combo, event)
    return not event.isAccepted()


def test_the_wheel_changes_a_value_only_where_one_is_at_work(combo: ChoiceCombo[Size | None]) -> None:
    combo.choose(Size.SMALL)
    edit = combo.window().findChild(QLineEdit)
    assert edit is not None
    edit.setFocus()
    assert turn_wheel(combo), "the form scrolls instead"
    assert chosen(combo) is Size.SMALL
    combo.setFocus()
    turn_wheel(combo)
    assert chosen(combo) is Size.LARGE


def test_what_is_chosen_stays_chosen_while_it_is_offered(combo: ChoiceCombo[Size | None], qtbot: QtBot) -> None:
    assert chosen(combo) is None, "nothing is chosen unasked"
    combo.choose(Size.LARGE)
    with qtbot.assertNotEmitted(combo.currentIndexChanged):
        combo.offer([(Size.LARGE, "L"), (Size.SMALL, "S")])
    assert (chosen(combo), combo.currentText()) == (Size.LARGE, "L")
    combo.offer([(Size.SMALL, "S")])
    assert chosen(combo) is None
    assert list(combo.values) == [Size.SMALL]


def test_a_value_is_known_as_soon_as_it_is_added(qtbot: QtBot) -> None:
    combo = ChoiceCombo()
    qtbot.addWidget(combo)
    assert combo.value == ""
    told: list[str] = []
    combo.currentIndexChanged.connect(lambda at: told.append(combo.value))
    combo.add_choice("a", "A")
    assert told == ["a"]
