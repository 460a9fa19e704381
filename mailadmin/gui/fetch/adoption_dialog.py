"""Before a mailbox is fetched for the first time: what lies in it, and what is to become of that (IN-10)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final

from PySide6.QtCore import QDate, QLocale, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QDateEdit,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QLayout,
    QProgressBar,
    QPushButton,
    QRadioButton,
    QSizePolicy,
    QStackedWidget,
    QStyle,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from mailadmin.domain.accounts import AfterFetch, IncomingAccount
from mailadmin.domain.errors import MailadminError
from mailadmin.gui.icons import Tone, icon
from mailadmin.gui.sentences import errors, times
from mailadmin.gui.tasks import Task, Tasks
from mailadmin.gui.widgets.message_bar import Kind, MessageBar, plain_label
from mailadmin.gui.widgets.page import quiet_label
from mailadmin.gui.widgets.records import Column, RecordModel
from mailadmin.gui.widgets.table import RecordTable
from mailadmin.services.accounts import AccountService
from mailadmin.services.adoption import Adoption, AdoptionChoice, AdoptionService, SampleMessage

SMALL: Final = 20
"""So many messages that stay on the server are fetched without a question: that many tickets are soon looked through,
and nothing is lost by it. Where fetching deletes or moves, one message is enough to ask."""
_RECENT: Final = timedelta(days=60)
_SUGGESTED: Final = timedelta(days=30)


def needs_question(account: IncomingAccount, adoption: Adoption) -> bool:
    """Whether what lies in the mailbox is worth a question."""
    if not adoption.messages:
        return False
    return account.after_fetch is not AfterFetch.KEEP or adoption.messages > SMALL


class AdoptionDialog(QDialog):
    """Looks at a mailbox in the background, says what is there, and asks. Fetches nothing itself.

    Call :meth:`look`, and open it when it ``asks`` or takes its time.
    """

    asks = Signal()
    """There is something to say or to ask."""
    edit_wanted = Signal(object)
    """The IncomingAccount is to be edited; the dialog has closed."""

    def __init__(
        self,
        account: IncomingAccount,
        adoption: AdoptionService,
        accounts: AccountService,
        tasks: Tasks,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.answer: IncomingAccount | None = None
        """The account as it was saved, to be fetched; None: it is not."""
        self._account = account
        self._adoption = adoption
        self._accounts = accounts
        self._tasks = tasks
        self._task: Task | None = None
        self.setWindowTitle(self.tr('First fetch of "{account}"').format(account=account.name))
        self._looking = self._build_looking()
        self._question = self._build_question()
        self._failure = self._build_failure()
        self.pages = QStackedWidget(self)
        for page in (self._looking, self._question, self._failure):
            self.pages.addWidget(page)
        self._buttons = QDialogButtonBox(self)
        self._build_buttons()
        column = QVBoxLayout(self)
        column.addWidget(self.pages, 1)
        column.addWidget(self._buttons)
        self._show_page(self._looking)

    @override
    def sizeHint(self) -> QSize:
        width = self.fontMetrics().averageCharWidth() * 102
        return QSize(width, max(super().sizeHint().height(), self.heightForWidth(width)))

    def look(self) -> None:
        """Look at the mailbox, in the background."""
        self._show_page(self._looking)
        self._task = task = self._tasks.task("look at a mailbox", self._read)
        task.succeeded.connect(self._on_looked)
        task.failed.connect(self._on_failed)
        self._tasks.start(task)

    @override
    def done(self, result: int) -> None:
        """Closed, by whatever way: a look that is under way ends, too."""
        if self._task is not None:
            self._task.stop()
            self._task = None
        super().done(result)

    def _read(self, task: Task) -> tuple[IncomingAccount, Adoption]:
        # Read anew: it may have been edited since, after a first look that failed.
        account = self._accounts.get(str(self._account.id))
        return account, self._adoption.look(account, task.should_stop)

    # --- what comes of it ---

    def _on_looked(self, found: object) -> None:
        if self._task is None:  # closed meanwhile
            return
        self._task = None
        assert isinstance(found, tuple)
        self._account, adoption = found
        if not needs_question(self._account, adoption):
            self._adopt(AdoptionChoice.FETCH_ALL)
            return
        self._say_what_is_there(adoption)
        self._show_page(self._question)
        self.asks.emit()

    def _on_failed(self, error: MailadminError) -> None:
        if self._task is None:
            return
        self._task = None
        self._why.setText(errors.sentence(error, self._account.name))
        words = errors.server_words(error)
        self._words.setText(self.tr('The server says: "{words}"').format(words=words) if words else "")
        self._words.setVisible(bool(words))
        self._show_page(self._failure)
        self.asks.emit()

    def _on_fetch_clicked(self) -> None:
        choice = next(choice for choice, button in self.choices.items() if button.isChecked())
        day = date(self.day.date().year(), self.day.date().month(), self.day.date().day())
        self._adopt(choice, day if choice is AdoptionChoice.ONLY_FROM else None)

    def _adopt(self, choice: AdoptionChoice, day: date | None = None) -> None:
        self.pages.setEnabled(False)
        self.fetch_button.setEnabled(False)
        account = self._account
        self._task = task = self._tasks.task("adopt", lambda task: self._adoption.adopt(account, choice, day))
        task.succeeded.connect(self._on_adopted)
        task.failed.connect(self._on_not_adopted)
        self._tasks.start(task)

    def _on_adopted(self, account: object) -> None:
        if self._task is None:
            return
        assert isinstance(account, IncomingAccount)
        self.answer = account
        self.accept()

    def _on_not_adopted(self, error: MailadminError) -> None:
        if self._task is None:
            return
        self._task = None
        self.pages.setEnabled(True)
        self._show_page(self._question)
        notice = self.bar.show_notice(Kind.ERROR, errors.sentence(error, self._account.name))
        notice.add_action(self.tr("&Look again"), self.look)
        self.asks.emit()

    def _on_edit_clicked(self) -> None:
        self.reject()
        self.edit_wanted.emit(self._account)

    # --- words ---

    def _say_what_is_there(self, adoption: Adoption) -> None:
        self._there.setText(self._what_is_there(adoption))
        self._told.setText(
            self.tr('This is the first fetch of "{account}". What is to become of the mail in its mailbox?').format(
                account=self._account.name
            )
        )
        texts = self._choice_texts()
        for choice, button in self.choices.items():
            label, hint = texts[choice]
            button.setText(label)
            button.setAccessibleDescription(hint)
            self._hints[choice].setText(hint)
        kept = self._account.after_fetch is AfterFetch.KEEP
        keep = AdoptionChoice.KEEP_ON_SERVER
        self.choices[keep].setHidden(kept)
        self._hints[keep].setHidden(kept)
        today = datetime.now().astimezone().date()
        oldest = adoption.oldest.astimezone().date() if adoption.oldest else today - _SUGGESTED
        self.day.setDate(_as_qdate(max(today - _SUGGESTED, oldest)))
        self._sample.setVisible(bool(adoption.sample))
        self._sample_label.setVisible(bool(adoption.sample))
        self._sample.records.show_records(list(enumerate(adoption.sample)))
        rows = self._sample.verticalHeader().defaultSectionSize() * len(adoption.sample)
        self._sample.setMinimumHeight(rows + self._sample.horizontalHeader().sizeHint().height() + 4)

    def _what_is_there(self, adoption: Adoption) -> str:
        facts = {"messages": times.messages(adoption.messages)}
        if adoption.bytes is not None:
            facts["size"] = times.size(adoption.bytes)
        if adoption.oldest is not None:
            facts["day"] = _month(adoption.oldest)
        if facts.keys() >= {"size", "day"}:
            return self.tr("{messages}, {size}, the oldest of {day}").format_map(facts)
        if "day" in facts:
            return self.tr("{messages}, the oldest of {day}").format_map(facts)
        return self.tr("{messages}, {size}").format_map(facts) if "size" in facts else facts["messages"]

    def _choice_texts(self) -> dict[AdoptionChoice, tuple[str, str]]:
        """Label and hint of each choice, by the account's rule."""
        folder = self._account.move_to
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
        }[self._account.after_fetch]
        older = {
            AfterFetch.DELETE: self.tr("What is fetched is deleted on the server; what is older stays there."),
            AfterFetch.KEEP: self.tr("What is older is never fetched."),
            AfterFetch.MOVE: self.tr("What is fetched is moved on the server; what is older stays where it is."),
        }[self._account.after_fetch]
        return {
            AdoptionChoice.FETCH_ALL: (everything, later),
            AdoptionChoice.KEEP_ON_SERVER: (
                self.tr("Fetch, &keep on the server"),
                self.tr("From now on the account keeps all its mail there; its rule can be changed again."),
            ),
            AdoptionChoice.ONLY_FROM: (self.tr("&Only mail since"), older),
        }

    # --- building ---

    def _build_looking(self) -> QWidget:
        page = QWidget(self)
        column = QVBoxLayout(page)
        text = self.tr('Looking what is in the mailbox of "{account}" before it is fetched for the first time.')
        label = plain_label(text.format(account=self._account.name), page)
        label.setWordWrap(True)
        moving = QProgressBar(page)
        moving.setRange(0, 0)
        moving.setTextVisible(False)
        moving.setAccessibleName(self.tr("Looking"))
        column.addStretch()
        column.addWidget(label)
        column.addWidget(moving)
        column.addStretch()
        return page

    def _build_question(self) -> QWidget:
        page = QWidget(self)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        self.bar = MessageBar(page)
        self._there = plain_label("", page)
        font = self._there.font()
        font.setBold(True)
        font.setPointSizeF(font.pointSizeF() * 1.2)
        self._there.setFont(font)
        self._told = plain_label("", page)
        for label in (self._there, self._told):
            label.setWordWrap(True)
        column.addWidget(self.bar)
        column.addWidget(self._there)
        column.addWidget(self._told)
        column.addLayout(self._build_choices(page))
        self._sample_label = QLabel(self.tr("&Newest messages:"), page)
        self._sample = self._build_sample(page)
        self._sample_label.setBuddy(self._sample)
        column.addWidget(self._sample_label)
        column.addWidget(self._sample, 1)
        return page

    def _build_choices(self, page: QWidget) -> QLayout:
        column = QVBoxLayout()
        margin = self.style().pixelMetric(QStyle.PixelMetric.PM_LayoutLeftMargin)
        indent = self.style().pixelMetric(QStyle.PixelMetric.PM_ExclusiveIndicatorWidth) + margin // 2
        self.choices = {choice: QRadioButton(page) for choice in AdoptionChoice}
        self._hints = {choice: quiet_label("", page) for choice in AdoptionChoice}
        self.day = self._build_day(page)
        group = QButtonGroup(self)
        group.buttonToggled.connect(lambda: self._update_fetch())
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

    def _build_day(self, page: QWidget) -> QDateEdit:
        today = datetime.now().astimezone().date()
        day = QDateEdit(_as_qdate(today - _SUGGESTED), page)
        day.setCalendarPopup(True)
        day.setMaximumDate(_as_qdate(today))
        short = QLocale().dateFormat(QLocale.FormatType.ShortFormat)
        day.setDisplayFormat(short if "yyyy" in short else short.replace("yy", "yyyy"))
        day.setAccessibleName(self.tr("Only mail since"))
        day.lineEdit().setAccessibleName(day.accessibleName())
        day.dateChanged.connect(lambda: self.choices[AdoptionChoice.ONLY_FROM].setChecked(True))
        return day

    def _build_sample(self, page: QWidget) -> RecordTable[tuple[int, SampleMessage]]:
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
        table = RecordTable(model, self.tr("Newest messages"), page)
        table.sort_by("when", Qt.SortOrder.DescendingOrder)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        return table

    def _build_failure(self) -> QWidget:
        page = QWidget(self)
        side = self.style().pixelMetric(QStyle.PixelMetric.PM_LargeIconSize)
        picture = QLabel(page)
        picture.setPixmap(icon("alert-circle-outline", Tone.BAD).pixmap(QSize(side, side), self.devicePixelRatioF()))
        title = plain_label(self.tr("The mailbox cannot be looked at"), page)
        font = title.font()
        font.setBold(True)
        title.setFont(font)
        self._why = plain_label("", page)
        self._words = quiet_label("", page)
        words = QVBoxLayout()
        words.addWidget(title)
        for label in (self._why, self._words):
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            words.addWidget(label)
        words.addStretch()
        row = QHBoxLayout(page)
        row.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        return page

    def _build_buttons(self) -> None:
        role = QDialogButtonBox.ButtonRole
        self.fetch_button = self._buttons.addButton(self.tr("&Fetch"), role.AcceptRole)
        self.retry_button = self._buttons.addButton(self.tr("&Try again"), role.ActionRole)
        self.edit_button = self._buttons.addButton(self.tr("&Edit account"), role.ActionRole)
        self.cancel_button: QPushButton = self._buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        self.fetch_button.clicked.connect(self._on_fetch_clicked)
        self.retry_button.clicked.connect(self.look)
        self.edit_button.clicked.connect(self._on_edit_clicked)
        self.cancel_button.clicked.connect(self.reject)

    def _show_page(self, page: QWidget) -> None:
        self.pages.setCurrentWidget(page)
        self.fetch_button.setVisible(page is self._question)
        self.retry_button.setVisible(page is self._failure)
        self.edit_button.setVisible(page is self._failure)
        self.cancel_button.setText(self.tr("&Stop") if page is self._looking else self.tr("&Cancel"))
        self._update_fetch()

    def _update_fetch(self) -> None:
        chosen = any(button.isChecked() for button in self.choices.values())
        self.fetch_button.setEnabled(chosen)
        self.fetch_button.setDefault(chosen)


def _as_qdate(day: date) -> QDate:
    return QDate(day.year, day.month, day.day)


def _month(moment: datetime) -> str:
    """``March 2019``; the day itself where that is not long ago."""
    if datetime.now(UTC) - moment < _RECENT:
        return times.date(moment)
    local = moment.astimezone()
    return QLocale().toString(QDate(local.year, local.month, local.day), "MMMM yyyy")
