"""The check of the values shown: a list that fills line by line, and can be stopped (IN-8)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QIcon, QPalette
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from mailadmin.domain.accounts import IncomingAccount
from mailadmin.domain.errors import Layer, MailadminError
from mailadmin.domain.outcomes import CheckLayer, CheckReport, CheckResult
from mailadmin.domain.secrets import Secret
from mailadmin.domain.validation import InvalidRecordError
from mailadmin.gui.icons import Tone, icon
from mailadmin.gui.sentences import errors, layers, oauth_errors
from mailadmin.gui.tasks import Task, Tasks
from mailadmin.gui.widgets.icon_label import IconLabel
from mailadmin.gui.widgets.labels import plain_label, selectable, wrapped_label
from mailadmin.gui.widgets.script_box import ScriptBox
from mailadmin.gui.widgets.wrapped_contents import WrappedContents
from mailadmin.services.check import CheckService, layers_of

Role = QPalette.ColorRole
BREAK: Final = 24
"""After so many characters without a blank a word may be broken."""
_ORDER: Final = tuple(Layer)
_ROWS: Final = 4
"""Rows of the grid for each layer."""
_PICTURES: Final[Mapping[CheckResult, tuple[str, Tone]]] = {
    CheckResult.OK: ("check-circle-outline", Tone.GOOD),
    CheckResult.FAILED: ("alert-circle-outline", Tone.BAD),
    CheckResult.NOT_TRIED: ("minus-circle-outline", Tone.QUIET),
}


class LayerLine:
    """One line of the list: icon, name of the layer, sentence; below it the server's words, lines to copy, a button.

    :param grid: where its widgets are put
    :param row: the first of its four rows there
    """

    def __init__(self, layer: Layer, grid: QGridLayout, row: int, parent: QWidget) -> None:
        self.layer = layer
        self.picture = IconLabel(QIcon(), parent)
        self.name = plain_label(layers.layer_name(layer), parent)
        self.text = wrapped_label("", parent)
        self.server = selectable(wrapped_label("", parent))
        self.script = ScriptBox(parent)
        self.certificate = QPushButton(parent)
        self.certificate.setAutoDefault(False)
        top = Qt.AlignmentFlag.AlignTop
        grid.addWidget(self.picture, row, 0, top)
        grid.addWidget(self.name, row, 1, top)
        grid.addWidget(self.text, row, 2, top)
        grid.addWidget(self.server, row + 1, 2, top)
        grid.addWidget(self.script, row + 2, 2, top)
        grid.addWidget(self.certificate, row + 3, 2, Qt.AlignmentFlag.AlignLeading)
        self.server.hide()
        self.certificate.hide()
        self.wait()

    def wait(self) -> None:
        """Its turn has not come."""
        self._show("circle-outline", Tone.QUIET, "", Role.PlaceholderText)

    def work(self) -> None:
        """It is being tried."""
        self._show("dots-horizontal-circle-outline", Tone.ACCENT, f"{layers.working(self.layer)} …", Role.WindowText)

    def show(self, line: CheckLayer) -> None:
        """It is known how it went."""
        quiet = line.result is CheckResult.NOT_TRIED
        self._show(*_PICTURES[line.result], layers.found(line), Role.PlaceholderText if quiet else Role.WindowText)
        if line.error is not None and (words := errors.server_words(line.error)):
            self.server.setText(f"\N{LEFT DOUBLE QUOTATION MARK}{_breakable(words)}\N{RIGHT DOUBLE QUOTATION MARK}")
            self.server.show()
        self.script.show_script(oauth_errors.script(line.error) if line.error is not None else "")

    def _show(self, picture: str, tone: Tone, text: str, role: Role) -> None:
        self.picture.set_icon(icon(picture, tone))
        self.text.setText(_breakable(text))
        for label in (self.name, self.text):
            label.setForegroundRole(role)


class CheckPanel(QWidget):
    """The button, the verdict, and the list below them once a check was made."""

    wanted = Signal()
    """Check was pressed: call :meth:`start` with the values shown."""
    refused = Signal(object)
    """An InvalidRecordError: the values break rules, so nothing was tried."""
    certificate_wanted = Signal(object, object)
    """The certificate's facts are to be shown; and the Code of what is wrong with it, or None."""
    ended = Signal()
    """A check has ended, however it went."""

    def __init__(self, checking: CheckService, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._checking = checking
        self._tasks = tasks
        self._task: Task | None = None
        self.lines: dict[Layer, LayerLine] = {}
        self._later = QTimer(self, singleShot=True, interval=0)
        self._later.timeout.connect(self._on_later)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self._header())
        self._area = QScrollArea(self)
        self._area.setWidgetResizable(True)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setBackgroundRole(Role.Base)
        self._area.hide()
        column.addWidget(self._area, 1)
        self._say("", Tone.QUIET, self.tr("Tries the values above. Nothing is saved, fetched or changed."))

    @property
    def running(self) -> bool:
        """Whether a check is going on."""
        return self._task is not None

    @property
    def verdict(self) -> str:
        """What it says beside the button."""
        return self._verdict.text()

    def start(self, account: IncomingAccount, password: Callable[[], Secret]) -> None:
        """Check an account, saved or not.

        :param password: asked for in the task
        """
        if self._task is not None:
            return
        self._account = account.name
        self._lay_out(layers_of(account))
        task = self._tasks.task("check account", lambda task: self._check(account, password, task))
        task.progressed.connect(self._on_layer)
        task.succeeded.connect(self._on_report)
        task.failed.connect(self._on_failed)
        task.stopped.connect(self._on_stopped)
        self._task = self._tasks.start(task)
        self.stop_button.setEnabled(True)
        self._offer_stop(stoppable=True)
        self._say("progress-clock", Tone.ACCENT, self.tr("Checking …"))
        self._next()

    def _check(self, account: IncomingAccount, password: Callable[[], Secret], task: Task) -> CheckReport:
        """In the task. A password that cannot be read is no fault of the layer that is tried next."""
        unread: list[MailadminError] = []

        def read() -> Secret:
            try:
                return password()
            except MailadminError as error:
                unread.append(error)
                raise

        report = self._checking.check(account, read, task.tell, task.should_stop)
        if unread:
            raise unread[0]
        return report

    def stop(self) -> None:
        """End the check; answers at once, and says so when it has ended."""
        if self._task is not None:
            self._task.stop()
            self.stop_button.setEnabled(False)
            self._say("progress-clock", Tone.ACCENT, self.tr("Stopping …"))

    def outdated(self) -> None:
        """The values shown are others than those of the check."""
        if self.lines and self._task is None:
            self._say("information-outline", Tone.ACCENT, self.tr("Values have changed since this check."))

    # --- building ---

    def _header(self) -> QHBoxLayout:
        self.check_button = QPushButton(self.tr("Chec&k"), self)
        self.check_button.setAutoDefault(False)
        self.check_button.clicked.connect(self.wanted)
        self.stop_button = QPushButton(self.tr("S&top"), self)
        self.stop_button.setAutoDefault(False)
        self.stop_button.clicked.connect(self.stop)
        self.stop_button.hide()
        self._picture = IconLabel(QIcon(), self)
        self._verdict = wrapped_label("", self)
        row = QHBoxLayout()
        row.addWidget(self.check_button)
        row.addWidget(self.stop_button)
        row.addWidget(self._picture)
        row.addWidget(self._verdict, 1)
        return row

    def _lay_out(self, expected: list[Layer]) -> None:
        """An empty list of all layers that are going to be tried, so that nothing moves as it fills."""
        self._list = WrappedContents(self._area)
        self._grid = QGridLayout(self._list)
        self._grid.setColumnStretch(2, 1)
        self._grid.setRowStretch(_ROWS * len(_ORDER), 1)
        self.lines = {layer: self._line(layer) for layer in expected}
        self._area.setWidget(self._list)
        self._area.show()
        self.updateGeometry()

    def _line(self, layer: Layer) -> LayerLine:
        return LayerLine(layer, self._grid, _ROWS * _ORDER.index(layer), self._list)

    # --- following the check ---

    def _bring(self, line: LayerLine) -> None:
        """Bring a line into view, once it has its place."""
        self._brought = line
        self._later.start()

    def _on_later(self) -> None:
        brought = self._brought
        for widget in (brought.certificate, brought.script, brought.server, brought.text):
            if widget.isVisible():
                self._area.ensureWidgetVisible(widget)

    def _next(self) -> None:
        """Show what is being tried now: the first layer of which nothing is known."""
        for line in self.lines.values():
            if not line.text.text():
                line.work()
                self._bring(line)
                return

    def _on_layer(self, line: CheckLayer) -> None:
        if line.layer not in self.lines:  # told about in passing, such as how many messages a POP3 mailbox holds
            self.lines[line.layer] = self._line(line.layer)
        shown = self.lines[line.layer]
        shown.show(line)
        if line.facts.get("fingerprint"):
            problem = line.error.code if line.error is not None else None
            shown.certificate.setText(self.tr("Show certificate..."))
            shown.certificate.clicked.connect(lambda: self.certificate_wanted.emit(dict(line.facts), problem))
            shown.certificate.show()
        if line.result is CheckResult.OK and self._task is not None and not self._task.should_stop():
            self._next()

    def _on_report(self, report: CheckReport) -> None:
        self._end()
        failed = next((line for line in report.layers if line.result is CheckResult.FAILED), None)
        if report.stopped:
            self._say("stop-circle-outline", Tone.QUIET, self.tr("Stopped. The rest was not tried."))
        elif failed is not None:
            said = self.tr("It fails here: {layer}. What comes after it was not tried.")
            self._say("alert-circle-outline", Tone.BAD, said.format(layer=layers.layer_name(failed.layer)))
            self._bring(self.lines[failed.layer])
        else:
            self._say("check-circle-outline", Tone.GOOD, self.tr("All is well: this account can be fetched."))
        self._announce()

    def _on_failed(self, error: MailadminError) -> None:
        self._end()
        self._area.hide()
        self.lines = {}
        if isinstance(error, InvalidRecordError):
            self._say("alert-circle-outline", Tone.BAD, self.tr("Not tried: some values above are not right."))
            self.refused.emit(error)
        else:
            self._say("alert-circle-outline", Tone.BAD, errors.sentence(error, self._account))
        self._announce()

    def _on_stopped(self) -> None:
        self._end()
        self._say("stop-circle-outline", Tone.QUIET, self.tr("Stopped."))

    def _end(self) -> None:
        self._task = None
        self._offer_stop(stoppable=False)
        self.ended.emit()

    def _offer_stop(self, *, stoppable: bool) -> None:
        """One of the two buttons is there; the focus goes from one to the other."""
        shown, hidden = (self.stop_button, self.check_button) if stoppable else (self.check_button, self.stop_button)
        focused = hidden.hasFocus()
        shown.show()
        if focused:
            shown.setFocus(Qt.FocusReason.OtherFocusReason)
        hidden.hide()

    def _say(self, picture: str, tone: Tone, text: str) -> None:
        self._picture.setVisible(bool(picture))
        if picture:
            self._picture.set_icon(icon(picture, tone))
        self._verdict.setText(text)
        self._verdict.setForegroundRole(Role.WindowText if picture else Role.PlaceholderText)

    def _announce(self) -> None:
        """Tell a screen reader how it ended."""
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, self._verdict.text()))


def _breakable(text: str) -> str:
    """Text whose long words (a fingerprint) can be broken, so that the list never grows wider than the window."""
    return re.sub(rf"\S{{{BREAK}}}(?=\S)", "\\g<0>\N{ZERO WIDTH SPACE}", text)
