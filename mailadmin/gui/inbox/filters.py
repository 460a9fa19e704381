"""The lines above the list: what is searched, which state, which account, how much was found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from mailadmin.domain.messages import InboxQuery, InboxState
from mailadmin.gui.sentences import states, times
from mailadmin.gui.widgets.choices import ChoiceCombo
from mailadmin.gui.widgets.columns import message_icon
from mailadmin.gui.widgets.filter_edit import FilterEdit
from mailadmin.gui.widgets.labels import quiet_label, wrapped_label

SEARCH_DELAY: Final = 150
"""Milliseconds after the last letter."""


class MessageFilters(QWidget):
    """Says which messages are meant.

    :param shown_states: the states that the page shows, in the order of the list
    """

    changed = Signal()
    """Other messages are meant than before."""
    left = Signal()
    """The list should take the focus."""

    def __init__(self, shown_states: Sequence[InboxState], parent: QWidget) -> None:
        super().__init__(parent)
        self._states = frozenset(shown_states)
        self._fixed: InboxQuery | None = None
        self.text = FilterEdit(self.tr("Search sender, subject, Message-ID, ticket"), self, delay=SEARCH_DELAY)
        self.state = ChoiceCombo[InboxState | None](self, nothing=None)
        self.state.setAccessibleName(self.tr("State"))
        self.state.add_choice(None, self.tr("Any state"))
        for state in shown_states:
            self.state.add_choice(state, states.inbox_state(state), message_icon(state))
        self.account = ChoiceCombo(self)
        self.account.setAccessibleName(self.tr("Account"))
        self.account.add_choice("", self.tr("Any account"))
        self.count = quiet_label("", self)
        self._build()
        self.text.filtered.connect(lambda text: self.changed.emit())
        self.text.left.connect(self.left)
        self.state.currentIndexChanged.connect(lambda at: self.changed.emit())
        self.account.currentIndexChanged.connect(lambda at: self.changed.emit())
        self.show_all.clicked.connect(self.show_everything)

    @property
    def query(self) -> InboxQuery:
        """Which messages are meant."""
        text = self.text.text().strip()
        if self._fixed is not None:
            return replace(self._fixed, text=text)
        state = self.state.value
        return InboxQuery(states=frozenset({state}) if state else self._states, account=self.account.value, text=text)

    @property
    def narrow(self) -> bool:
        """Whether fewer are meant than the page can show."""
        return self._fixed is not None or bool(self.text.text().strip() or self.state.value or self.account.value)

    @property
    def title(self) -> str:
        """What a fixed query stands for; empty when there is none."""
        return self._title.text() if self._fixed is not None else ""

    def fix(self, query: InboxQuery, title: str) -> None:
        """Show what this query finds, whatever its state and account; the text narrows it further."""
        self._fixed = query
        self.text.setText(query.text)
        self._title.setText(self.tr("Shown: {title}").format(title=title))
        self._update()
        self.changed.emit()

    def show_everything(self) -> None:
        """Forget every filter."""
        self._fixed = None
        for combo in (self.state, self.account):
            with QSignalBlocker(combo):
                combo.setCurrentIndex(0)
        self.text.clear()
        self._update()
        self.changed.emit()

    def show_state(self, state: InboxState) -> None:
        """Show the messages in one state, of all accounts."""
        self.show_everything()
        self.state.choose(state)

    def show_accounts(self, names: Iterable[str]) -> None:
        """Offer these accounts; the chosen one stays chosen while it is there."""
        names = list(names)
        if names == list(self.account.values[1:]):
            return
        self.account.offer([("", self.tr("Any account")), *((name, name) for name in names)])
        if self.account.currentIndex() < 0:
            self.account.choose("")

    def show_count(self, count: int | None) -> None:
        """How many there are; None: not known yet."""
        if count is None:
            self.count.setText("")
        elif self.narrow:
            self.count.setText(self.tr("{number} found").format(number=times.number(count)))
        else:
            self.count.setText(times.messages(count))

    def _build(self) -> None:
        self._bar = QFrame(self)
        self._bar.setFrameShape(QFrame.Shape.StyledPanel)
        self._title = wrapped_label("", self._bar)
        self.show_all = QPushButton(self.tr("Show &all"), self._bar)
        row = QHBoxLayout(self._bar)
        row.addWidget(self._title, 1)
        row.addWidget(self.show_all)
        line = QHBoxLayout()
        line.addWidget(self.text, 3)
        line.addWidget(self.state, 1)
        line.addWidget(self.account, 1)
        line.addWidget(self.count)
        for combo in (self.state, self.account):
            combo.setMinimumContentsLength(10)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._bar)
        column.addLayout(line)
        self._update()

    def _update(self) -> None:
        self._bar.setVisible(self._fixed is not None)
        self.state.setEnabled(self._fixed is None)
        self.account.setEnabled(self._fixed is None)
