"""The panel that tries what a form shows on stored messages: before and after, side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from mailadmin.domain.errors import MailadminError
from mailadmin.domain.validation import InvalidRecordError
from mailadmin.gui.icons import icon
from mailadmin.gui.sentences import errors
from mailadmin.gui.tasks import Task, Tasks
from mailadmin.gui.widgets.empty import Contents
from mailadmin.gui.widgets.labels import embolden, plain_label, wrapped_label
from mailadmin.gui.widgets.records import RecordModel
from mailadmin.gui.widgets.table import RecordTable
from mailadmin.services.what_if import Comparison, Proposal, WhatIfService

from .columns import comparison_columns
from .why_dialog import WhyDialog

USUAL: Final = 200
"""How many messages are tried unless somebody says otherwise."""
_MOST: Final = 5_000
_WIDTH: Final = 62
"""Characters the panel is wide at first."""
_NARROWEST: Final = 36


class _NumberBox(QSpinBox):
    """Keeps Enter, which would save the form and close the dialog."""

    entered = Signal()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.interpretText()
            self.entered.emit()
        else:
            super().keyPressEvent(event)


class WhatIfPanel(QWidget):
    """Tries a proposal on the last stored messages, in a task that can be stopped. Nothing is saved or changed.

    :param proposal: what the form says, whether or not it could be saved
    :param faults: called in the task with the proposal, before it is tried; raises InvalidRecordError when that would
        be pointless
    :param pins: whether a message can be pinned as an example
    """

    pinned = Signal(object)
    """The InboxMessage that is to be an example."""
    refused = Signal(object)
    """An InvalidRecordError: what is shown cannot be tried."""
    help_wanted = Signal()
    """F1 in the dialog that tells why."""

    def __init__(
        self,
        what_if: WhatIfService,
        tasks: Tasks,
        proposal: Callable[[], Proposal],
        parent: QWidget,
        *,
        faults: Callable[[Proposal], object] | None = None,
        pins: bool = False,
    ) -> None:
        super().__init__(parent)
        self._what_if = what_if
        self._tasks = tasks
        self._proposal = proposal
        self._faults = faults
        self._task: Task | None = None
        self._all: Sequence[Comparison] = ()
        self.setAccessibleName(self.tr("What if"))
        self.model: RecordModel[Comparison] = RecordModel(comparison_columns(), lambda one: one.message.id, self)
        self.table: RecordTable[Comparison] = RecordTable(self.model, self.tr("What would become of stored mail"), self)
        self.table.sort_by("message", Qt.SortOrder.DescendingOrder)
        self.table.keep_in_sight()
        self.contents = Contents(self.table, self)
        self._build(pins=pins)
        self._connect()
        self._say_first()

    @property
    def running(self) -> bool:
        """Whether messages are being tried."""
        return self._task is not None

    @property
    def said(self) -> str:
        """The line that counts."""
        return self._count.text()

    def start(self) -> None:
        """Try what the form shows."""
        if self.running:
            return
        proposal, last, faults = self._proposal(), self.last.value(), self._faults

        def try_out(task: Task) -> list[Comparison]:
            if faults is not None:
                faults(proposal)
            return self._what_if.run(
                proposal,
                last=last,
                on_progress=lambda done, total: task.tell((done, total)),
                should_stop=task.should_stop,
            )

        self._task = self._tasks.task("what if", try_out)
        self._task.progressed.connect(self._on_progressed)
        self._task.succeeded.connect(self._on_succeeded)
        self._task.failed.connect(self._on_failed)
        self._task.stopped.connect(self._on_stopped)
        self._bar.setRange(0, 0)
        self._show_running(running=True)
        self._tasks.start(self._task)

    def stop(self) -> None:
        """End the trial; nothing is shown of it."""
        if self._task is not None:
            self._task.stop()

    def leave(self) -> None:
        """The dialog is closing: nobody listens any more."""
        if self._task is not None:
            self._task.silence()
            self._task.stop()
            self._task = None

    def outdated(self) -> None:
        """The form has changed since the last trial."""
        if self._all and not self.running:
            self._count.setText(self.tr("The form has changed since. Try again to see what that means."))

    @override
    def minimumSizeHint(self) -> QSize:
        least = super().minimumSizeHint()
        return QSize(max(least.width(), self.fontMetrics().averageCharWidth() * _NARROWEST), least.height())

    @override
    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().averageCharWidth() * _WIDTH, super().sizeHint().height())

    # --- building ---

    def _build(self, *, pins: bool) -> None:
        self.try_button = QPushButton(icon("play-outline"), self.tr("&Try on the last"), self)
        self.try_button.setAutoDefault(False)
        self.stop_button = QPushButton(icon("stop-circle-outline"), self.tr("Sto&p"), self)
        self.stop_button.setAutoDefault(False)
        self._switch = QStackedWidget(self)
        self._switch.addWidget(self.try_button)
        self._switch.addWidget(self.stop_button)
        self._switch.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Maximum)
        self.last = _NumberBox(self)
        self.last.setRange(1, _MOST)
        self.last.setSingleStep(100)
        self.last.setValue(USUAL)
        self.last.setAccessibleName(self.tr("How many of the last messages are tried"))
        line = QHBoxLayout()
        line.addWidget(self._switch)
        line.addWidget(self.last)
        line.addWidget(plain_label(self.tr("messages"), self))
        line.addStretch(1)
        self.only_differing = QCheckBox(self.tr("Only those that would &change"), self)
        self.only_differing.setChecked(True)
        self._count = wrapped_label("", self)
        self._bar = QProgressBar(self)
        self._bar.setAccessibleName(self.tr("Messages tried"))
        self._told = QStackedWidget(self)  # the bar takes the room of the line: nothing jumps
        self._told.addWidget(self._count)
        self._told.addWidget(self._bar)
        self._told.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(embolden(plain_label(self.tr("What if"), self)))
        column.addLayout(line)
        column.addWidget(self._told)
        column.addWidget(self.only_differing)
        column.addWidget(self.contents, 1)
        column.addLayout(self._build_verbs(pins=pins))

    def _build_verbs(self, *, pins: bool) -> QHBoxLayout:
        self.why_button = QPushButton(icon("help-circle-outline"), self.tr("Wh&y..."), self)
        self.pin_button = QPushButton(icon("pin-outline"), self.tr("Pin as e&xample"), self)
        self.pin_button.setVisible(pins)
        verbs = QHBoxLayout()
        actions = []
        for button, act in ((self.why_button, self._explain_selected), (self.pin_button, self._pin_selected)):
            button.setAutoDefault(False)
            button.setEnabled(False)
            button.clicked.connect(act)
            verbs.addWidget(button)
            if button is self.why_button or pins:
                action = QAction(button.icon(), button.text(), self)
                action.triggered.connect(act)
                actions.append(action)
        verbs.addStretch(1)
        self.table.set_context_actions(actions)
        return verbs

    def _connect(self) -> None:
        self.try_button.clicked.connect(self.start)
        self.last.entered.connect(self.start)
        self.stop_button.clicked.connect(self.stop)
        self.only_differing.toggled.connect(self._show)
        self.table.chosen.connect(self._explain)
        self.table.selection_changed.connect(self._update_buttons)

    # --- running ---

    def _show_running(self, *, running: bool) -> None:
        gone, shown = (self.try_button, self.stop_button) if running else (self.stop_button, self.try_button)
        had_focus = gone.hasFocus()
        self._switch.setCurrentWidget(shown)
        self._told.setCurrentWidget(self._bar if running else self._count)
        self.last.setEnabled(not running)
        if had_focus:
            shown.setFocus()

    def _on_progressed(self, told: tuple[int, int]) -> None:
        done, total = told
        self._bar.setRange(0, max(1, total))
        self._bar.setValue(done)

    def _on_succeeded(self, comparisons: list[Comparison]) -> None:
        self._ended()
        self._all = tuple(comparisons)
        self._show()

    def _on_failed(self, error: MailadminError) -> None:
        self._ended()
        self._all = ()
        self.model.show_records(())
        if isinstance(error, InvalidRecordError):
            self._count.setText(self.tr("Mend what is wrong in the form first."))
            self._say_first()
            self.refused.emit(error)
        else:
            self._count.clear()
            self.contents.show_failure(errors.sentence(error), self.tr("&Try again"), self.start)

    def _on_stopped(self) -> None:
        self._ended()
        self._count.setText(self.tr("Stopped."))

    def _ended(self) -> None:
        self._task = None
        self._show_running(running=False)

    # --- showing ---

    def _say_first(self) -> None:
        self.contents.nothing_there.say(
            self.tr(
                "Decides the last stored messages anew, as the form says, and shows which would become something "
                "else. Nothing is saved, and no ticket changes."
            )
        )
        self.contents.show_counts(total=0, shown=0)

    def _show(self) -> None:
        """Those that are asked for, and how many there are."""
        differing = [one for one in self._all if one.differs]
        total = self.locale().toString(len(self._all))
        if not self._all:
            self._count.setText(self.tr("There is no stored mail to try it on."))
            self._say_first()
            return
        self._count.setText(
            self.tr("{changed} of {total} would change.").format(
                changed=self.locale().toString(len(differing)), total=total
            )
        )
        shown = differing if self.only_differing.isChecked() else self._all
        self.model.show_records(list(shown))
        nothing = self.tr("None of these messages would become anything else.")
        self.contents.nothing_found.say(nothing, self.tr("Show all of them"), self.only_differing.click)
        self.contents.show_counts(total=len(self._all), shown=len(shown))
        self._update_buttons()

    def _update_buttons(self) -> None:
        one = self.table.current() is not None
        self.why_button.setEnabled(one)
        self.pin_button.setEnabled(one)

    # --- verbs ---

    def _explain_selected(self) -> None:
        current = self.table.current()
        if current is not None:
            self._explain(current)

    def _explain(self, comparison: Comparison) -> None:
        dialog = WhyDialog(comparison, self)
        dialog.help_wanted.connect(self.help_wanted)
        dialog.open()

    def _pin_selected(self) -> None:
        current = self.table.current()
        if current is not None:
            self.pinned.emit(current.message)
