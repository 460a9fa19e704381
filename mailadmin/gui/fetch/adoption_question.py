"""What lies in a mailbox that was never fetched, and the choices of what is to become of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final

from PySide6.QtCore import QDate, QLocale, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QDateEdit,
    QHBoxLayout,
    QLabel,
    QLayout,
    QRadioButton,
    QSizePolicy,
    QStyle,
    QVBoxLayout,
    QWidget,
)

from mailadmin.domain.accounts import AfterFetch, IncomingAccount
from mailadmin.gui.sentences import times
from mailadmin.gui.widgets.labels import embolden, quiet_label, wrapped_label
from mailadmin.gui.widgets.message_bar import MessageBar
from mailadmin.gui.widgets.records import Column, RecordModel
from mailadmin.gui.widgets.table import RecordTable
from mailadmin.services.adoption import Adoption, AdoptionChoice, SampleMessage

_RECENT: Final = timedelta(days=60)
_SUGGESTED: Final = timedelta(days=30)


class AdoptionQuestion(QWidget):
    """Says what is there and lets the user choose; nothing is chosen at first, for one of the choices deletes."""

    changed = Signal()
    """Something was chosen."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.bar = MessageBar(self)
        self.there = embolden(wrapped_label("", self), scale=1.2)
        self._told = wrapped_label("", self)
        column.addWidget(self.bar)
        column.addWidget(self.there)
        column.addWidget(self._told)
        column.addLayout(self._build_choices())
        self._sample_label = QLabel(self.tr("&Newest messages:"), self)
        self.sample = self._build_sample()
        self._sample_label.setBuddy(self.sample)
        column.addWidget(self._sample_label)
        column.addWidget(self.sample, 1)

    @property
    def choice(self) -> AdoptionChoice | None:
        """What is chosen."""
        return next((choice for choice, button in self.choices.items() if button.isChecked()), None)

    @property
    def chosen_day(self) -> date | None:
        """From when on, if that is the choice."""
        day = self.day.date()
        return date(day.year(), day.month(), day.day()) if self.choice is AdoptionChoice.ONLY_FROM else None

    def show_mailbox(self, account: IncomingAccount, adoption: Adoption) -> None:
        """Say what is in the mailbox of this account, and offer what can be done."""
        self.there.setText(self._what_is_there(adoption))
        self._told.setText(
            self.tr('This is the first fetch of "{account}". What is to become of the mail in its mailbox?').format(
                account=account.name
            )
        )
        texts = self._choice_texts(account)
        for choice, button in self.choices.items():
            label, hint = texts[choice]
            button.setText(label)
            button.setAccessibleDescription(hint)
            self._hints[choice].setText(hint)
        kept = account.after_fetch is AfterFetch.KEEP
        keep = AdoptionChoice.KEEP_ON_SERVER
        self.choices[keep].setHidden(kept)
        self._hints[keep].setHidden(kept)
        today = datetime.now().astimezone().date()
        oldest = adoption.oldest.astimezone().date() if adoption.oldest else today - _SUGGESTED
        with QSignalBlocker(self.day):  # a suggestion is no choice
            self.day.setDate(_as_qdate(max(today - _SUGGESTED, oldest)))
        self.sample.setVisible(bool(adoption.sample))
        self._sample_label.setVisible(bool(adoption.sample))
        self.sample.records.show_records(list(enumerate(adoption.sample)))
        rows = self.sample.verticalHeader().defaultSectionSize() * len(adoption.sample)
        self.sample.setMinimumHeight(rows + self.sample.horizontalHeader().sizeHint().height() + 4)

    def _what_is_there(self, adoption: Adoption) -> str:
        facts = {"messages": times.messages(adoption.messages)}
        if adoption.bytes is not None:
            facts["size"] = times.size(adoption.bytes)
        if adoption.oldest is not None:
            facts["day"] = _month(adoption.oldest)
        if facts.keys() >= {"size", "day"}:
            return self.tr("{messages}, {size}, received from {day} on").format_map(facts)
        if "day" in facts:
            return self.tr("{messages}, received from {day} on").format_map(facts)
        return self.tr("{messages}, {size}").format_map(facts) if "size" in facts else facts["messages"]

    def _choice_texts(self, account: IncomingAccount) -> dict[AdoptionChoice, tuple[str, str]]:
        """Label and hint of each choice, by the account's rule."""
        folder = account.move_to
        everything, later = {
            AfterFetch.DELETE: (
                self.tr("Fetch and &delete all on the server"),
                self.tr("Each message is deleted there once it is stored here. This is what the account says."),
            ),
            AfterFetch.KEEP: (
                self.tr("Fetch &all, keep it on the server"),
                self.tr("Nothing is changed there. This is what the account says."),
            ),
            AfterFetch.MOVE: (
                self.tr('Fetch all and &move it to "{folder}" on the server').format(folder=folder),
                self.tr("Each message is moved there once it is stored here. This is what the account says."),
            ),
        }[account.after_fetch]
        older = {
            AfterFetch.DELETE: self.tr("What is fetched is deleted on the server; what is older stays there."),
            AfterFetch.KEEP: self.tr("What is older is never fetched."),
            AfterFetch.MOVE: self.tr("What is fetched is moved on the server; what is older stays where it is."),
        }[account.after_fetch]
        return {
            AdoptionChoice.FETCH_ALL: (everything, later),
            AdoptionChoice.KEEP_ON_SERVER: (
                self.tr("Fetch, &keep on the server"),
                self.tr("From now on the account keeps all its mail there; its rule can be changed again."),
            ),
            AdoptionChoice.ONLY_FROM: (self.tr("&Only mail since"), older),
        }

    # --- building ---

    def _build_choices(self) -> QLayout:
        column = QVBoxLayout()
        margin = self.style().pixelMetric(QStyle.PixelMetric.PM_LayoutLeftMargin)
        indent = self.style().pixelMetric(QStyle.PixelMetric.PM_ExclusiveIndicatorWidth) + margin // 2
        self.choices = {choice: QRadioButton(self) for choice in AdoptionChoice}
        self._hints = {choice: quiet_label("", self) for choice in AdoptionChoice}
        self.day = self._build_day()
        group = QButtonGroup(self)
        group.buttonToggled.connect(lambda: self.changed.emit())
        for choice, button in self.choices.items():
            group.addButton(button)
            row = QHBoxLayout()
            row.addWidget(button)
            if choice is AdoptionChoice.ONLY_FROM:
                row.addWidget(self.day)
            row.addStretch()
            column.addLayout(row)
            self._hints[choice].setWordWrap(True)
            self._hints[choice].setIndent(indent)
            self._hints[choice].setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
            column.addWidget(self._hints[choice])
        return column

    def _build_day(self) -> QDateEdit:
        today = datetime.now().astimezone().date()
        day = QDateEdit(_as_qdate(today - _SUGGESTED), self)
        day.setCalendarPopup(True)
        day.setMaximumDate(_as_qdate(today))
        short = QLocale().dateFormat(QLocale.FormatType.ShortFormat)
        day.setDisplayFormat(short if "yyyy" in short else short.replace("yy", "yyyy"))
        day.setAccessibleName(self.tr("Only mail since"))
        day.lineEdit().setAccessibleName(day.accessibleName())
        day.dateChanged.connect(lambda: self.choices[AdoptionChoice.ONLY_FROM].setChecked(True))
        return day

    def _build_sample(self) -> RecordTable[tuple[int, SampleMessage]]:
        columns = (
            Column[tuple[int, SampleMessage]](
                key="from", title=lambda: self.tr("From"), text=lambda one: one[1].sender, width=24
            ),
            Column[tuple[int, SampleMessage]](
                key="subject",
                title=lambda: self.tr("Subject"),
                text=lambda one: one[1].subject or self.tr("(no subject)"),
                stretch=True,
            ),
            Column[tuple[int, SampleMessage]](
                key="when",
                title=lambda: self.tr("Sent"),
                text=lambda one: times.relative(one[1].date, datetime.now(UTC), short=True),
                sort=lambda one: one[1].date,
                tooltip=lambda one: times.exact(one[1].date),
                width=12,
            ),
        )
        model = RecordModel(columns, lambda one: one[0], self)
        table = RecordTable(model, self.tr("Newest messages"), self)
        table.sort_by("when", Qt.SortOrder.DescendingOrder)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        return table


def _as_qdate(day: date) -> QDate:
    return QDate(day.year, day.month, day.day)


def _month(moment: datetime) -> str:
    """``March 2019``; the day itself where that is not long ago."""
    if datetime.now(UTC) - moment < _RECENT:
        return times.date(moment)
    local = moment.astimezone()
    return QLocale().toString(QDate(local.year, local.month, local.day), "MMMM yyyy")
