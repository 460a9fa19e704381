"""The lines above the list: what is searched, which time, status and account; and the numbers of what is found."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from PySide6.QtCore import QDate, Signal
from PySide6.QtWidgets import QDateEdit, QHBoxLayout, QVBoxLayout, QWidget

from mailadmin.domain.communication import LogQuery, LogStatus, LogSummary
from mailadmin.gui.sentences import communication, times
from mailadmin.gui.sentences.wording import harmless, listing
from mailadmin.gui.widgets.choices import ChoiceCombo
from mailadmin.gui.widgets.filter_edit import FilterEdit
from mailadmin.gui.widgets.labels import plain_label, quiet_label

from .columns import status_icon

SEARCH_DELAY: Final = 300
"""Milliseconds after the last letter."""


class Span(enum.Enum):
    """Which time is looked at."""

    HOUR = timedelta(hours=1)
    DAY = timedelta(days=1)
    WEEK = timedelta(days=7)
    EVERYTHING = None
    DAYS = "days"


class LogFilters(QWidget):
    """Says which communications are meant."""

    changed = Signal()
    """Others are meant than before."""
    left = Signal()
    """The list should take the focus."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.text = FilterEdit(self.tr("Search accounts, servers' words, messages"), self, delay=SEARCH_DELAY)
        self.span = ChoiceCombo[Span](self, nothing=Span.DAY)
        self.span.setAccessibleName(self.tr("Time"))
        for span, label in (
            (Span.HOUR, self.tr("Last hour")),
            (Span.DAY, self.tr("Last 24 hours")),
            (Span.WEEK, self.tr("Last 7 days")),
            (Span.EVERYTHING, self.tr("Any time")),
            (Span.DAYS, self.tr("From ... to ...")),
        ):
            self.span.add_choice(span, label)
        self.span.choose(Span.DAY)
        self.status = ChoiceCombo[LogStatus | None](self, nothing=None)
        self.status.setAccessibleName(self.tr("Status"))
        self.status.add_choice(None, self.tr("Any status"))
        for status in (LogStatus.FAILED, LogStatus.WARNING, LogStatus.SUCCESSFUL, LogStatus.PROCESSING):
            self.status.add_choice(status, communication.status(status), status_icon(status))
        self.account = ChoiceCombo(self)
        self.account.setAccessibleName(self.tr("Account"))
        self.account.add_choice("", self.tr("Any account"))
        self.first, self.last = self._day(self.tr("From")), self._day(self.tr("To"))
        self.summary = quiet_label("", self, wrapped=True)
        self._build()
        self.text.filtered.connect(lambda text: self.changed.emit())
        self.text.left.connect(self.left)
        self.span.currentIndexChanged.connect(self._on_span)
        for combo in (self.status, self.account):
            combo.currentIndexChanged.connect(lambda at: self.changed.emit())
        for day in (self.first, self.last):
            day.dateChanged.connect(lambda date: self.changed.emit())

    def query(self, now: datetime | None = None) -> LogQuery:
        """Which communications are meant, at this moment."""
        since, until = self._times(now or datetime.now(UTC))
        return LogQuery(
            account=self.account.value,
            statuses=frozenset({self.status.value} if self.status.value else ()),
            since=since,
            until=until,
            text=self.text.text().strip(),
        )

    @property
    def meant(self) -> tuple[object, ...]:
        """The same whatever the time of day: equal when nobody has changed a filter."""
        days = (self.first.date(), self.last.date()) if self.span.value is Span.DAYS else ()
        return (self.account.value, self.status.value, self.span.value, *days, self.text.text().strip())

    @property
    def narrow(self) -> bool:
        """Whether fewer are meant than there may be."""
        unlimited = self.span.value is Span.EVERYTHING
        return not unlimited or bool(self.text.text().strip() or self.status.value or self.account.value)

    def show_everything(self, account: str = "") -> None:
        """Forget every filter, but for the account."""
        if account and account not in self.account.values:
            self.account.add_choice(account, account)
        for combo in (self.span, self.status, self.account):
            combo.blockSignals(True)
        self.span.choose(Span.EVERYTHING)
        self.status.setCurrentIndex(0)
        self.account.choose(account)
        for combo in (self.span, self.status, self.account):
            combo.blockSignals(False)
        self.text.clear()
        self._on_span()

    def show_accounts(self, names: Iterable[str]) -> None:
        """Offer these accounts; the chosen one stays chosen."""
        chosen = self.account.value
        names = list(dict.fromkeys([*names, *([chosen] if chosen else [])]))
        if names != list(self.account.values[1:]):
            self.account.offer([("", self.tr("Any account")), *((name, name) for name in names)])

    def show_summary(self, summary: LogSummary) -> None:
        """The numbers of what is found, on one line."""
        numbers = (
            (LogStatus.SUCCESSFUL, summary.successful),
            (LogStatus.WARNING, summary.warning),
            (LogStatus.FAILED, summary.failed),
            (LogStatus.PROCESSING, summary.open),
        )
        said = [f"{times.number(count)} {communication.status(status)}" for status, count in numbers if count]
        if summary.average_seconds is not None:
            average = communication.took(summary.average_seconds)
            said.append(self.tr("{time} on average").format(time=average))
        if summary.failing_accounts:
            names = listing([harmless(name) for name in summary.failing_accounts])
            said.append(self.tr("failing accounts: {names}").format(names=names))
        self.summary.setText(" · ".join(said))

    def _times(self, now: datetime) -> tuple[datetime | None, datetime | None]:
        span = self.span.value
        if span is Span.DAYS:
            first, last = sorted(date(*edit.date().getDate()) for edit in (self.first, self.last))
            begin = datetime.combine(first, time()).astimezone(UTC)
            return begin, datetime.combine(last + timedelta(days=1), time()).astimezone(UTC)
        return (now - span.value if isinstance(span.value, timedelta) else None), None

    def _day(self, name: str) -> QDateEdit:
        edit = QDateEdit(QDate.currentDate(), self)
        edit.setCalendarPopup(True)
        edit.setAccessibleName(name)
        return edit

    def _on_span(self) -> None:
        self._days.setVisible(self.span.value is Span.DAYS)
        self.changed.emit()

    def _build(self) -> None:
        line = QHBoxLayout()
        line.addWidget(self.text, 3)
        for combo in (self.span, self.status, self.account):
            combo.setMinimumContentsLength(10)
            line.addWidget(combo, 1)
        self._days = QWidget(self)
        days = QHBoxLayout(self._days)
        days.setContentsMargins(0, 0, 0, 0)
        for label, edit in ((self.tr("&From"), self.first), (self.tr("&to"), self.last)):
            words = plain_label(label, self._days)
            words.setBuddy(edit)
            days.addWidget(words)
            days.addWidget(edit)
        days.addStretch(1)
        self._days.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(line)
        column.addWidget(self._days)
        column.addWidget(self.summary)
