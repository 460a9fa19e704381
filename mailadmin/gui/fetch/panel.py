"""What slides up below the page while something is fetched, and stays with the results until it is closed (FE-1)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAction, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QSizePolicy, QStyle, QVBoxLayout, QWidget
from typing_extensions import override

from mailadmin.domain.accounts import IncomingAccount
from mailadmin.domain.outcomes import FetchOutcome, FetchProgress
from mailadmin.gui.icons import icon
from mailadmin.gui.sentences import times
from mailadmin.gui.widgets.message_bar import plain_label

from .desk import FetchDesk
from .details import DetailsDialog, DetailText, PreviewDialog
from .pulse import Rate
from .result_table import STOP, ResultModel, ResultTable
from .results import Result, detail, messages_of, summary

_STEPS: Final = 1000


class FetchPanel(QWidget):
    """Shows what a :class:`FetchDesk` does: a headline, a table, and what there is to say about the selected row."""

    messages_wanted = Signal(object)
    """An InboxQuery: the messages behind a number are to be shown."""
    edit_wanted = Signal(object)
    """An IncomingAccount that failed is to be edited."""
    said = Signal(str)
    """What came out, in a sentence, when all has ended."""

    def __init__(self, desk: FetchDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._over = True
        self._rate = Rate()
        self._octets: dict[int, int] = {}
        self.model = ResultModel(self)
        self.table = ResultTable(self.model, self.tr("Fetches"), self)
        self._build()
        self._build_actions()
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
        self.headline = plain_label("", self)
        self.headline.setWordWrap(True)
        font = self.headline.font()
        font.setBold(True)
        self.headline.setFont(font)
        self.bar = QProgressBar(self)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Progress of all fetches"))
        self.bar.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.rate = plain_label("", self)
        self.stop_all_button = QPushButton(icon("stop-circle-outline"), self.tr("Stop a&ll"), self)
        self.close_button = QPushButton(icon("close"), self.tr("Clos&e results"), self)
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
        column.addLayout(self._build_detail())

    def _build_detail(self) -> QHBoxLayout:
        self.detail = DetailText(self)
        self.stop_button = QPushButton(self.tr("S&top"), self)
        self.messages_button = QPushButton(self.tr("Show &messages"), self)
        self.previews_button = QPushButton(self.tr("What would &become of it"), self)
        self.details_button = QPushButton(self.tr("&Details"), self)
        self.edit_button = QPushButton(self.tr("Ed&it account"), self)
        row = QHBoxLayout()
        row.addWidget(self.detail, 1)
        for button in self._row_buttons:
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
            button.hide()
        return row

    @property
    def _row_buttons(self) -> tuple[QPushButton, ...]:
        return (
            self.stop_button,
            self.messages_button,
            self.previews_button,
            self.details_button,
            self.edit_button,
        )

    def _build_actions(self) -> None:
        """The same verbs in the table's context menu."""
        self._actions: dict[QPushButton, QAction] = {}
        for button in self._row_buttons:
            action = QAction(button.text(), self)
            action.triggered.connect(button.click)
            self._actions[button] = action
        self.table.set_context_actions(list(self._actions.values()))

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
        self.stop_button.clicked.connect(self._on_stop_clicked)
        self.messages_button.clicked.connect(self._on_messages_clicked)
        self.previews_button.clicked.connect(self._on_previews_clicked)
        self.details_button.clicked.connect(self._on_details_clicked)
        self.edit_button.clicked.connect(self._on_edit_clicked)

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
            self.table.selectRow(0)
        self._show_head()
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
        result = self.table.current()
        shown = {
            self.stop_button: result is not None and result.running,
            self.messages_button: result is not None and messages_of(result, "fetched") is not None,
            self.previews_button: result is not None and bool(result.previews),
            self.details_button: result is not None and result.outcome is not None and bool(result.outcome.errors),
            self.edit_button: result is not None and result.failed,
        }
        for button, there in shown.items():
            button.setVisible(there)
            self._actions[button].setVisible(there)
        self.stop_button.setEnabled(result is not None and not result.stopping)
        self._actions[self.stop_button].setEnabled(self.stop_button.isEnabled())
        self.detail.show_text("" if result is None else detail(result))

    # --- what the user does ---

    def _on_acted(self, key: str, result: Result) -> None:
        if key == STOP and result.account is not None:
            self._desk.stop(result.account.id or 0)

    def _on_stop_clicked(self) -> None:
        result = self.table.current()
        if result is not None:
            self._on_acted(STOP, result)

    def _on_number_chosen(self, result: Result, key: str) -> None:
        if result.trial and result.previews:
            PreviewDialog(result, self).open()
            return
        if key == STOP:
            self._on_acted(key, result)
            return
        if key == "state" and result.outcome is not None and result.outcome.errors:
            DetailsDialog(result, self).open()
            return
        query = messages_of(result, key) if key not in {"account", "state", "seconds"} else None
        if query is not None:
            self.messages_wanted.emit(query)

    def _on_messages_clicked(self) -> None:
        result = self.table.current()
        if result is not None:
            self._on_number_chosen(result, "fetched")

    def _on_previews_clicked(self) -> None:
        result = self.table.current()
        if result is not None and result.previews:
            PreviewDialog(result, self).open()

    def _on_details_clicked(self) -> None:
        result = self.table.current()
        if result is not None and result.outcome is not None:
            DetailsDialog(result, self).open()

    def _on_edit_clicked(self) -> None:
        result = self.table.current()
        if result is not None and result.account is not None:
            self.edit_wanted.emit(result.account)
