"""What slides up below the page while something is fetched, and stays with the results until it is closed (FE-1)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from PySide6.QtCore import QSize, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QSizePolicy, QStyle, QVBoxLayout, QWidget
from typing_extensions import override

from mailadmin.domain.accounts import IncomingAccount
from mailadmin.domain.outcomes import FetchOutcome, FetchProgress
from mailadmin.gui.icons import icon
from mailadmin.gui.sentences import times
from mailadmin.gui.widgets.labels import embolden, plain_label, wrapped_label

from .desk import FetchDesk
from .details import DetailsDialog, PreviewDialog
from .pulse import Rate
from .result_table import NUMBERS, STOP, ResultModel, ResultTable
from .results import Result, messages_of, summary
from .row_bar import RowBar, RowVerb

_STEPS: Final = 1000
_LOOK_MILLISECONDS: Final = 1000
"""How often the rate is looked at when nothing comes."""


class FetchPanel(QWidget):
    """Shows what a :class:`FetchDesk` does: a headline, a table, and what there is to say about the selected row."""

    messages_wanted = Signal(object)
    """An InboxQuery: the messages behind a number are to be shown."""
    edit_wanted = Signal(object)
    """An IncomingAccount that failed is to be edited."""
    sign_in_wanted = Signal(object)
    """Somebody is to sign in again for an IncomingAccount."""
    said = Signal(str)
    """What came out, in a sentence, when all has ended."""

    def __init__(self, desk: FetchDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._over = True
        self._rate = Rate()
        self._octets: dict[int, int] = {}
        self._timer = QTimer(self, interval=_LOOK_MILLISECONDS)
        self._timer.timeout.connect(self._show_head)
        self.model = ResultModel(self)
        self.table = ResultTable(self.model, self.tr("Fetches"), self)
        self._build()
        self._connect()
        self.setAccessibleName(self.tr("Fetching"))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.hide()

    @override
    def sizeHint(self) -> QSize:
        # A splitter does not ask for the height for a width, and labels that wrap guess one that is too narrow.
        hint, width, layout = super().sizeHint(), self.width(), self.layout()
        if self.isVisible() and layout is not None and layout.hasHeightForWidth():
            hint.setHeight(layout.totalHeightForWidth(width))
        return hint

    @override
    def minimumSizeHint(self) -> QSize:
        hint, layout = super().minimumSizeHint(), self.layout()
        if self.isVisible() and layout is not None and layout.hasHeightForWidth():
            hint.setHeight(layout.totalMinimumHeightForWidth(self.width()))
        return hint

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self.updateGeometry()

    def close_panel(self) -> None:
        """Take the results away, unless something is being fetched."""
        if self._over:
            self.model.show_results([])
            self.hide()

    # --- building ---

    def _build(self) -> None:
        side = self.style().pixelMetric(QStyle.PixelMetric.PM_SmallIconSize)
        self.headline = embolden(wrapped_label("", self))
        self.bar = QProgressBar(self)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Progress of all fetches"))
        self.bar.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.rate = plain_label("", self)
        self.stop_all_button = QPushButton(icon("stop-circle-outline"), self.tr("Stop a&ll"), self)
        self.close_button = QPushButton(icon("close"), self.tr("Close &results"), self)
        for button in (self.stop_all_button, self.close_button):
            button.setIconSize(QSize(side, side))
        head = QHBoxLayout()
        head.addWidget(self.headline, 2)
        head.addWidget(self.bar, 1)
        for widget in (self.rate, self.stop_all_button, self.close_button):
            head.addWidget(widget)
        column = QVBoxLayout(self)
        column.addLayout(head)
        column.addWidget(self.table, 1)
        self.row_bar = RowBar(self)
        self.table.set_context_actions(list(self.row_bar.actions_of_row.values()))
        column.addWidget(self.row_bar)

    def _connect(self) -> None:
        self._desk.began.connect(self._on_began)
        self._desk.progressed.connect(self._on_progressed)
        self._desk.stopping.connect(self._on_stopping)
        self._desk.previewed.connect(self._on_previewed)
        self._desk.ended.connect(self._on_ended)
        self._desk.all_ended.connect(self._on_all_ended)
        self.stop_all_button.clicked.connect(self._desk.stop_all)
        self.close_button.clicked.connect(self.close_panel)
        self.table.acted.connect(self._on_acted)
        self.table.number_chosen.connect(self._on_number_chosen)
        self.table.selection_changed.connect(self._show_detail)
        self.row_bar.chosen.connect(self._on_verb)

    # --- what the desk says ---

    def _on_began(self, account: IncomingAccount) -> None:
        if self._over:  # results of before make room
            self._over = False
            self._rate = Rate()
            self._octets.clear()
            self.model.show_results([])
            self.table.show_only_filled()
        trial = self._desk.is_trial(account.id or 0)
        self.model.put(Result(account=account, began=datetime.now(UTC), trial=trial))
        if self.table.current() is None:
            self.table.select_row(0)
        self._show_head()
        self._timer.start()
        self.show()

    def _on_progressed(self, progress: FetchProgress) -> None:
        self._octets[progress.account_id] = progress.bytes
        self._rate.note(sum(self._octets.values()))
        self.model.change(progress.account_id, progress=progress)
        self._show_head()

    def _on_stopping(self, account_id: int) -> None:
        self.model.change(account_id, stopping=True)
        self._show_head()

    def _on_previewed(self, account_id: int, previews: object) -> None:
        self.model.change(account_id, previews=previews)

    def _on_ended(self, outcome: FetchOutcome) -> None:
        self.model.change(outcome.account_id, outcome=outcome, ended=datetime.now(UTC))
        self.table.show_only_filled()
        self._show_head()

    def _on_all_ended(self) -> None:
        self._over = True
        self._timer.stop()
        results = self.model.results
        failed = next((result for result in results if result.failed), None)
        current = self.table.current()
        if failed is not None and (current is None or not current.failed):
            self.table.select(failed)
        self._show_head()
        self._show_detail()
        if results:
            text = summary(results)
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, text))
            self.said.emit(text)

    # --- what is shown ---

    def _show_head(self) -> None:
        results = self.model.results
        running = [result for result in results if result.running]
        ended = not running
        self.bar.setVisible(not ended)
        self.rate.setVisible(not ended)
        self.stop_all_button.setVisible(not ended)
        self.close_button.setVisible(ended)
        self.close_button.setEnabled(self._over)
        if ended:
            self.headline.setText(summary(results))
            return
        self.stop_all_button.setEnabled(not all(result.stopping for result in running))
        facts = {"number": times.number(len(results) - len(running) + 1), "all": times.number(len(results))}
        if all(result.stopping for result in running):
            self.headline.setText(self.tr("Stopping..."))
        elif all(result.trial for result in running):
            self.headline.setText(self.tr("Trying {number} of {all}, nothing is changed").format_map(facts))
        else:
            self.headline.setText(self.tr("Fetching {number} of {all}").format_map(facts))
        parts = [1.0 if not result.running else result.fraction or 0.0 for result in results]
        known = any(not result.running or result.fraction is not None for result in results)
        self.bar.setRange(0, _STEPS if known else 0)
        self.bar.setValue(round(_STEPS * sum(parts) / len(parts)))
        self.rate.setText(self.tr("{size}/s").format(size=times.size(self._rate.octets)) if self._rate.octets else "")

    def _show_detail(self) -> None:
        self.row_bar.show_result(self.table.current())

    # --- what the user does ---

    def _on_acted(self, key: str, result: Result) -> None:
        if key == STOP:
            self._do(RowVerb.STOP, result)

    def _on_verb(self, verb: RowVerb) -> None:
        result = self.table.current()
        if result is not None:
            self._do(verb, result)

    def _on_number_chosen(self, result: Result, key: str) -> None:
        """A cell was double-clicked: what it leads to."""
        if key == STOP:
            self._do(RowVerb.STOP, result)
        elif result.previews:
            self._do(RowVerb.PREVIEWS, result)
        elif key == "state" and result.outcome is not None and result.outcome.errors:
            self._do(RowVerb.DETAILS, result)
        elif key in NUMBERS:
            self._show_messages(result, key)

    def _do(self, verb: RowVerb, result: Result) -> None:
        if verb is RowVerb.STOP and result.account is not None:
            self._desk.stop(result.account.id or 0)
        elif verb is RowVerb.MESSAGES:
            self._show_messages(result, "fetched")
        elif verb is RowVerb.PREVIEWS:
            PreviewDialog(result, self).open()
        elif verb is RowVerb.DETAILS:
            DetailsDialog(result, self).open()
        elif verb is RowVerb.SIGN_IN and result.account is not None:
            self.sign_in_wanted.emit(result.account)
        elif verb is RowVerb.EDIT and result.account is not None:
            self.edit_wanted.emit(result.account)

    def _show_messages(self, result: Result, count: str) -> None:
        query = messages_of(result, count)
        if query is not None:
            self.messages_wanted.emit(query)
