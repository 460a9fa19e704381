"""When the next fetch is, in the status bar, with a button that pauses the schedule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from PySide6.QtCore import QSize, QTimer
from PySide6.QtWidgets import QHBoxLayout, QStyle, QToolButton, QWidget

from mailadmin.gui.icons import icon
from mailadmin.gui.sentences import times
from mailadmin.gui.widgets.labels import plain_label

from .scheduler import Scheduler

MILLISECONDS: Final = 10_000
"""How often the words are made anew."""
SOON: Final = timedelta(seconds=45)
"""Nobody needs to count what is shorter."""


class ScheduleStatus(QWidget):
    """Says when the schedule fetches next: ``next fetch in 7 min``, ``schedule paused``."""

    def __init__(self, scheduler: Scheduler, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scheduler = scheduler
        self.label = plain_label("", self)
        self.button = QToolButton(self)
        self.button.setAutoRaise(True)
        side = self.style().pixelMetric(QStyle.PixelMetric.PM_SmallIconSize)
        self.button.setIconSize(QSize(side, side))
        self.button.clicked.connect(scheduler.switch)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.label)
        row.addWidget(self.button)
        scheduler.began.connect(self.refresh)
        scheduler.outcome.connect(self.refresh)
        scheduler.next_changed.connect(self.refresh)
        scheduler.paused_changed.connect(self.refresh)
        scheduler.ended.connect(self.refresh)
        self._timer = QTimer(self, interval=MILLISECONDS)
        self._timer.timeout.connect(self.refresh)
        self._timer.start()
        self.refresh()

    def refresh(self) -> None:
        """Say how it stands now."""
        paused = self._scheduler.paused
        self.label.setText(self._text())
        moment = self._scheduler.next_due
        self.label.setToolTip("" if paused or moment is None else times.exact(moment))
        self.button.setIcon(icon("play" if paused else "pause"))
        verb = self.tr("Resume the schedule") if paused else self.tr("Pause the schedule")
        self.button.setToolTip(verb)
        self.button.setAccessibleName(verb)

    def _text(self) -> str:
        scheduler = self._scheduler
        if scheduler.running:
            count = times.accounts(len(scheduler.running))
            return self.tr("fetching {accounts} by schedule").format(accounts=count)
        if scheduler.paused:
            return self.tr("schedule paused")
        if scheduler.next_due is None:
            return self.tr("nothing scheduled")
        now = datetime.now(UTC)
        if scheduler.next_due <= now:
            return self.tr("fetch due now")
        if scheduler.next_due < now + SOON:
            return self.tr("fetching soon")
        when = times.relative(scheduler.next_due, now, short=True)
        return self.tr("next fetch {when}").format(when=when)
