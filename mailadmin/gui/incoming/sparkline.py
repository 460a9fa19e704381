"""The last fetches of an account as a row of bars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget
from typing_extensions import override

from mailadmin.domain.errors import Code
from mailadmin.domain.outcomes import FetchRun, FetchStatus
from mailadmin.gui.icons import Tone, icon
from mailadmin.gui.sentences import errors, states, times
from mailadmin.gui.sentences.wording import translate

RUNS: Final = 30
"""How many fetches are shown."""
_CODES: Final = frozenset(code.value for code in Code)
_NOT_RUN: Final = {FetchStatus.BUSY, FetchStatus.INVALID}


class Sparkline(QWidget):
    """One bar a fetch, oldest first: its height is the number of messages; a failed one is marked with a cross.

    What the bars show is said in words, too: :attr:`words`.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runs: tuple[FetchRun, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Last fetches"))
        self.show_runs(())

    @property
    def runs(self) -> tuple[FetchRun, ...]:
        """The fetches that are shown, oldest first."""
        return self._runs

    @property
    def words(self) -> tuple[str, str]:
        """The same in words: how many fetches, and what came of them."""
        return runs_words(self._runs)

    def show_runs(self, newest_first: Sequence[FetchRun]) -> None:
        """Show these; a fetch that did not happen because another one was at it, or the account invalid, is none."""
        self._runs = tuple(run for run in reversed(newest_first) if run.status not in _NOT_RUN)
        self.setAccessibleDescription(", ".join(part for part in self.words if part))
        self.update()

    def run_at(self, at: QPoint) -> FetchRun | None:
        """The fetch whose bar is at a place of the widget."""
        return next((run for number, run in enumerate(self._runs) if self.slot(number).contains(at)), None)

    def slot(self, number: int) -> QRect:
        """The place of the bar of that number: the newest stands at the end of the line."""
        width = self.width() // RUNS
        place = RUNS - len(self._runs) + number
        if self.layoutDirection() is Qt.LayoutDirection.RightToLeft:
            place = RUNS - 1 - place
        return QRect(place * width, 0, width, self.height())

    # --- Qt's questions ---

    @override
    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(RUNS * max(4, metrics.height() // 2), metrics.height() * 2)

    @override
    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    @override
    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            run = self.run_at(event.pos())
            if run is None:
                QToolTip.hideText()
            else:
                QToolTip.showText(event.globalPos(), run_sentence(run), self)
            return True
        return super().event(event)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        palette = self.palette()
        base = self.height() - 1
        painter.setPen(palette.color(QPalette.ColorRole.Mid))
        painter.drawLine(0, base, self.width(), base)
        most = max((run.counts.fetched for run in self._runs), default=0)
        for number, run in enumerate(self._runs):
            slot = self.slot(number)
            gap = max(1, slot.width() // 5)
            if run.status is FetchStatus.FAILED:
                side = min(slot.width() + gap, slot.height())
                place = QRect(slot.center().x() - side // 2, base - side, side, side)
                icon("close-thick", Tone.BAD).paint(painter, place)
            elif run.counts.fetched:
                height = max(3, round((base - 2) * run.counts.fetched / most))
                bar = QRect(slot.left() + gap, base - height, slot.width() - 2 * gap, height)
                painter.fillRect(bar, palette.color(QPalette.ColorRole.Accent))
            else:
                bar = QRect(slot.left() + gap, base - 1, slot.width() - 2 * gap, 2)
                painter.fillRect(bar, palette.color(QPalette.ColorRole.PlaceholderText))


def run_sentence(run: FetchRun) -> str:
    """One fetch in words: when, and what came of it."""
    when = times.exact(run.started)
    if run.status is FetchStatus.FAILED:
        why = errors.headline(Code(run.error_code)) if run.error_code in _CODES else states.fetch_status(run.status)
        return translate("Incoming", "{time}: failed. {reason}").format(time=when, reason=why)
    how = "" if run.status is FetchStatus.OK else f" ({states.fetch_status(run.status)})"
    said = translate("Incoming", "{time}: {messages} in {duration}").format(
        time=when, messages=times.messages(run.counts.fetched), duration=times.duration(run.seconds)
    )
    return said + how


def runs_words(runs: Sequence[FetchRun]) -> tuple[str, str]:
    """Several fetches in words: how many, and what came of them."""
    if not runs:
        return translate("Incoming", "No fetch yet"), ""
    count = len(runs)
    title = (
        translate("Incoming", "One fetch")
        if count == 1
        else translate("Incoming", "Last {count} fetches").format(count=times.number(count))
    )
    fetched = times.messages(sum(run.counts.fetched for run in runs))
    failed = sum(run.status is FetchStatus.FAILED for run in runs)
    if not failed:
        return title, fetched
    return title, translate("Incoming", "{messages}, {count} failed").format(
        messages=fetched, count=times.number(failed)
    )
