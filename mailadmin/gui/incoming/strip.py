"""The strip under the table: why the selected account is in its state, and the one button that mends it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QIcon
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QScrollArea,
    QStyle,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from mailadmin.domain.accounts import AccountState
from mailadmin.domain.outcomes import FetchRun
from mailadmin.gui.sentences import oauth, states, times
from mailadmin.gui.sentences.wording import harmless
from mailadmin.gui.widgets.icon_label import IconLabel
from mailadmin.gui.widgets.labels import embolden, quiet_label, selectable, wrapped_label
from mailadmin.gui.widgets.page import action_button

from .mending import Mend, mend_of
from .rows import AccountRow, next_text, said_by_server, state_icon, state_sentence, state_since, state_text
from .sparkline import Sparkline

_LINES: Final = 6
_LINES_AT_LEAST: Final = 3


@dataclass(frozen=True, slots=True)
class StripActions:
    """The page's verbs that the strip shows as buttons: what mends, what one account and what several offer."""

    mending: Mapping[Mend, QAction]
    one: Sequence[QAction]
    several: Sequence[QAction]


class AccountStrip(QWidget):
    """Says more about what is selected: one account, several, or all of them when nothing is."""

    def __init__(self, actions: StripActions, parent: QWidget) -> None:
        super().__init__(parent)
        self._account_id: int | None = None
        inner = QWidget(self)
        self._picture = IconLabel(QIcon(), inner)
        self.heading = embolden(wrapped_label("", inner))
        self.sentence = wrapped_label("", inner)
        self.server = selectable(quiet_label("", inner, wrapped=True))
        self.server.setAccessibleName(self.tr("The server's words"))
        self.facts = quiet_label("", inner, wrapped=True)
        self.sparkline = Sparkline(inner)
        self.caption = quiet_label("", inner, wrapped=True)
        self.caption.setAlignment(Qt.AlignmentFlag.AlignTrailing)
        self._mending = {mend: self._button(action, bold=True) for mend, action in actions.mending.items()}
        self._one = [self._button(action) for action in actions.one]
        self._several = [self._button(action) for action in actions.several]
        self._build(inner)
        self._show_buttons(None, [])

    # --- what the page calls ---

    def show_rows(self, selected: Sequence[AccountRow], every: Sequence[AccountRow]) -> None:
        """Speak of the selected accounts, or of all when none is."""
        if len(selected) == 1:
            self._show_one(selected[0])
        elif selected:
            self._show_several(selected)
        else:
            self._show_all(every)
        for label in (self.sentence, self.server, self.facts):
            label.setVisible(bool(label.text()))

    def show_runs(self, account_id: int, newest_first: Sequence[FetchRun]) -> None:
        """The last fetches of an account, if it is still the one that is spoken of."""
        if account_id == self._account_id:
            self.sparkline.show_runs(newest_first)
            self.caption.setText("\n".join(part for part in self.sparkline.words if part))

    @property
    def buttons(self) -> list[QToolButton]:
        """Those that are offered now; what mends comes first."""
        every = (*self._mending.values(), *self._one, *self._several)
        return [button for button in every if not button.isHidden()]

    # --- building ---

    def _button(self, action: QAction, *, bold: bool = False) -> QToolButton:
        button = action_button(action, self)
        font = button.font()
        font.setBold(bold)
        button.setFont(font)
        return button

    def _build(self, inner: QWidget) -> None:
        words = QGridLayout(inner)
        words.setContentsMargins(0, 0, 0, 0)
        words.setVerticalSpacing(self.style().pixelMetric(QStyle.PixelMetric.PM_LayoutVerticalSpacing) // 2)
        words.addWidget(self._picture, 0, 0, Qt.AlignmentFlag.AlignTop)
        words.addWidget(self.heading, 0, 1)
        for row, label in enumerate((self.sentence, self.server, self.facts), 1):
            words.addWidget(label, row, 1)
        line = QVBoxLayout()
        line.addWidget(self.sparkline)
        line.addWidget(self.caption)
        line.addStretch(1)
        words.addLayout(line, 0, 2, 5, 1)
        words.setColumnStretch(1, 1)
        words.setRowStretch(4, 1)
        # Long words of a server scroll; the buttons stay in sight.
        area = QScrollArea(self)
        area.setAccessibleName(self.tr("Selected account"))
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setWidget(inner)
        area.viewport().setAutoFillBackground(False)
        inner.setAutoFillBackground(False)
        buttons = QHBoxLayout()
        for button in (*self._mending.values(), *self._one, *self._several):
            buttons.addWidget(button)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, self.style().pixelMetric(QStyle.PixelMetric.PM_LayoutTopMargin), 0, 0)
        column.addWidget(area, 1)
        column.addLayout(buttons)

    @override
    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self._height(_LINES))

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(super().minimumSizeHint().width(), self._height(_LINES_AT_LEAST))

    def _height(self, lines: int) -> int:
        """Room for that many lines of text, and the buttons."""
        spacing = self.style().pixelMetric(QStyle.PixelMetric.PM_LayoutVerticalSpacing)
        margin = self.style().pixelMetric(QStyle.PixelMetric.PM_LayoutTopMargin)
        button = self._one[0].sizeHint().height()
        return lines * (self.fontMetrics().height() + spacing // 2) + spacing + margin + button

    # --- three things to speak of ---

    def _show_one(self, row: AccountRow) -> None:
        now = datetime.now(UTC)
        facts = {"name": harmless(row.account.name), "state": state_text(row), "since": state_since(row, now)}
        heading = self.tr("{name} · {state} since {since}") if facts["since"] else self.tr("{name} · {state}")
        self.heading.setText(heading.format_map(facts))
        self._show_picture(row)
        self.sentence.setText(state_sentence(row))
        self.server.setText(said_by_server(row))
        self.facts.setText(self._times_of(row, now))
        self._show_line(row.account.id)
        self._show_buttons(mend_of(row), self._one)

    def _show_several(self, rows: Sequence[AccountRow]) -> None:
        self._show_picture(None)
        self.heading.setText(self.tr("{accounts} selected").format(accounts=times.accounts(len(rows))))
        self.sentence.setText(_states_of(rows))
        self.server.clear()
        self.facts.setText(self.tr("What you choose now is done with all of them."))
        self._show_line(None)
        self._show_buttons(None, self._several)

    def _show_all(self, rows: Sequence[AccountRow]) -> None:
        self._show_picture(None)
        self.heading.setText(times.accounts(len(rows)))
        self.sentence.setText(_states_of(rows))
        self.server.clear()
        awaited = [row for row in rows if row.awaited]
        now = datetime.now(UTC)
        first = min(awaited, key=lambda row: row.next_fetch or now, default=None)
        self.facts.setText(self.tr("Next fetch: {when}").format(when=next_text(first, now)) if first else "")
        self._show_line(None)
        self._show_buttons(None, [])

    def _times_of(self, row: AccountRow, now: datetime) -> str:
        said = []
        if row.last_good is not None:
            said.append(self.tr("Last good fetch: {when}").format(when=times.relative(row.last_good, now)))
        if row.awaited:
            said.append(self.tr("Next fetch: {when}").format(when=next_text(row, now)))
        sign_in = row.sign_in
        if sign_in is not None and sign_in.works_until is not None and row.state is not AccountState.NEEDS_SIGN_IN:
            said.append(self.tr("Works until: {when}").format(when=oauth.works_until(sign_in, now)))
        return " · ".join(said)

    def _show_picture(self, row: AccountRow | None) -> None:
        self._picture.setVisible(row is not None)
        if row is not None:
            self._picture.set_icon(state_icon(row))

    def _show_line(self, account_id: int | None) -> None:
        if account_id != self._account_id:
            self._account_id = account_id
            self.sparkline.show_runs(())
            self.caption.clear()
        self.sparkline.setVisible(account_id is not None)
        self.caption.setVisible(account_id is not None)

    def _show_buttons(self, mend: Mend | None, others: Sequence[QToolButton]) -> None:
        mending = self._mending.get(mend) if mend is not None else None
        for button in self._mending.values():
            button.setVisible(button is mending)
        for button in (*self._one, *self._several):
            twice = mending is not None and button.defaultAction() is mending.defaultAction()
            button.setVisible(button in others and not twice)


def _states_of(rows: Sequence[AccountRow]) -> str:
    """How many accounts are in each state: ``9 ok, 2 failing, 3 invalid``."""
    counts = Counter(row.state for row in rows)
    return ", ".join(
        f"{times.number(counts[state])} {states.account_state(state)}" for state in AccountState if counts[state]
    )
