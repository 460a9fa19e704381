"""The dialog that adds or edits one record: Save, Save and finish, Cancel; nothing is lost unasked (STYLE of IN-7)."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any, Generic, TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QPushButton,
    QScrollArea,
    QSplitter,
    QStyle,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from mailadmin.domain.errors import Code, MailadminError
from mailadmin.domain.validation import Fault, InvalidRecordError
from mailadmin.gui.sentences import errors
from mailadmin.gui.tasks import Loader, Tasks

from .confirm import ask_to_save
from .conflict import ConflictDialog
from .form import FormFields
from .message_bar import Kind, MessageBar
from .wrapped_contents import WrappedContents

R = TypeVar("R")
Button = QDialogButtonBox.ButtonRole
_KEPT = frozenset({"id", "uid", "version", "created", "changed"})
"""Fields of a record that nobody edits."""


class RecordDialog(QDialog, Generic[R]):
    """Shows one record in a form and saves it.

    Subclasses build a form of ``fields`` in ``contents`` (or put their own there), and say how a record is read from
    it, checked and saved. :meth:`begin` is called last in their constructor.

    :param record: what is shown; one without an id is added
    :param table: the record's name in sentences and faults (``queue``)
    """

    saved = Signal(object)
    """The record as it is stored now."""
    help_wanted = Signal()
    """F1: the help page of the records of this kind."""
    characters = 80
    """How wide the form is at first."""

    def __init__(self, title: str, record: R, table: str, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.record = record
        self.table = table
        self.tasks = tasks
        self.fields = FormFields(table)
        self.bar = MessageBar(self)
        self.contents = WrappedContents(self)
        self._area = QScrollArea(self)
        self._area.setFrameShape(QScrollArea.Shape.NoFrame)
        self._area.setWidgetResizable(True)
        self._area.setWidget(self.contents)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._buttons = QDialogButtonBox(self)
        self._build_buttons()
        self.column = QVBoxLayout(self)
        self.column.addWidget(self.bar)
        self.column.addWidget(self._area, 1)
        self.column.addWidget(self._buttons)
        QShortcut(QKeySequence("F1"), self, self.help_wanted.emit)  # the window's own does not reach a dialog
        self._shown: R = record
        self._busy = False
        self._finish_after = True
        self._left = ""
        self._checking: Loader[R, Sequence[Fault]] = Loader(tasks, f"check {table}", self.faults_of, self)
        self._checking.loaded.connect(self._on_checked)

    # --- for subclasses ---

    def set_contents(self, contents: WrappedContents) -> None:
        """Show a form that was made elsewhere, in place of the empty contents."""
        self.contents = contents
        self._area.setWidget(contents)

    def keep_width(self) -> None:
        """Nobody has to scroll sideways in the form as it is now, however narrow the dialog is made."""
        bar = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent)
        self._area.setMinimumWidth(self.contents.minimumSizeHint().width() + bar)

    def add_beside(self, widget: QWidget) -> QSplitter:
        """Put something beside the form, with a line between them that can be moved."""
        split = QSplitter(Qt.Orientation.Horizontal, self)
        self.column.replaceWidget(self._area, split)
        self.column.setStretchFactor(split, 1)
        split.addWidget(self._area)
        split.addWidget(widget)
        split.setChildrenCollapsible(False)
        return split

    def add_help_button(self, label: str) -> QPushButton:
        """A further button, for what helps and saves nothing."""
        button = self._buttons.addButton(label, Button.HelpRole)
        button.setAutoDefault(False)
        return button

    @abstractmethod
    def show_record(self, record: R) -> None:
        """Put a record's values into the form."""

    @abstractmethod
    def read_record(self) -> R:
        """The record as the form says, saved or not. It may break rules."""

    @abstractmethod
    def faults_of(self, record: R) -> Sequence[Fault]:
        """Every rule the record breaks. Called in a task."""

    @abstractmethod
    def save(self, record: R) -> R:
        """Save the record, added or changed; as it is stored then. Called in a task."""

    @abstractmethod
    def stored(self, record: R) -> R:
        """The record as it is stored now, perhaps by somebody else. Called in a task."""

    def has_more_changes(self) -> bool:
        """Whether something besides the record was changed (a password)."""
        return False

    def begin(self) -> None:
        """Show the record, and listen to the form from now on."""
        self.show_record(self.record)
        self._shown = self.read_record()
        for field in self.fields.values():
            field.edited.connect(self.update_buttons)
            field.left.connect(self._on_left)  # no lambda: an editor that dies with the dialog tells, too
        self.update_buttons()
        first = next(iter(self.fields.values()), None)
        if first is not None:
            first.editor.setFocus()
        self._fit()

    # --- state ---

    @property
    def adding(self) -> bool:
        """Whether the record is new."""
        return getattr(self.record, "id", None) is None

    @property
    def has_changes(self) -> bool:
        """Whether Cancel would lose something."""
        return self.read_record() != self._shown or self.has_more_changes()

    def update_buttons(self) -> None:
        """Saving is offered when there is something to save."""
        ready = (self.adding or self.has_changes) and not self._busy
        self.save_and_finish_button.setEnabled(ready)
        if self.save_button is not None:
            self.save_button.setEnabled(ready)

    # --- buttons ---

    def _build_buttons(self) -> None:
        self.save_button: QPushButton | None = None
        if self.adding:
            self.save_and_finish_button = self._buttons.addButton(self.tr("&Save"), Button.AcceptRole)
        else:
            self.save_and_finish_button = self._buttons.addButton(self.tr("Save and &finish"), Button.AcceptRole)
            self.save_button = self._buttons.addButton(self.tr("&Save"), Button.ApplyRole)
            self.save_button.clicked.connect(lambda: self.start_saving(finish=False))
        self.cancel_button = self._buttons.addButton(self.tr("Cancel"), Button.RejectRole)
        self.save_and_finish_button.setDefault(True)
        self.save_and_finish_button.clicked.connect(lambda: self.start_saving(finish=True))
        self.cancel_button.clicked.connect(self.reject)

    def _fit(self) -> None:
        """As wide as its sentences are easy to read; as high as they and a fault or two need then, on this screen."""
        layout = self.contents.layout()
        assert layout is not None, "the form is built"
        margins = self.contentsMargins() + self.column.contentsMargins()
        bar = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent)
        self.keep_width()
        width = max(self.contents.sizeHint().width(), self.fontMetrics().averageCharWidth() * self.characters)
        height = max(self.contents.sizeHint().height(), layout.totalHeightForWidth(width))
        others = self.sizeHint().height() - self._area.sizeHint().height() + 3 * self.fontMetrics().height()
        room = self.screen().availableSize()
        self.resize(
            min(width + bar + margins.left() + margins.right(), room.width()),
            min(height + others, round(room.height() * 0.9)),
        )

    # --- saving ---

    def start_saving(self, *, finish: bool) -> None:
        """Save in the background; what goes wrong is said in the form, which stays open then."""
        if self._busy:
            return
        self._busy = True
        self._left = ""
        self._finish_after = finish
        self.bar.clear()
        self.contents.setEnabled(False)
        self.update_buttons()
        record = self.read_record()
        task = self.tasks.task(f"save {self.table}", lambda task: self.save(record))
        task.succeeded.connect(self._on_saved)
        task.failed.connect(self._on_failed)
        self.tasks.start(task)

    def _rest(self) -> None:
        self._busy = False
        self.contents.setEnabled(True)
        self.update_buttons()

    def _on_saved(self, record: R) -> None:
        self.record = record
        self.fields.clear_faults()
        self.show_record(record)
        self._shown = self.read_record()
        self._rest()
        self.saved.emit(record)
        if self._finish_after:
            self.accept()

    def _on_failed(self, error: MailadminError) -> None:
        if error.code is Code.EDIT_CONFLICT:  # nothing is saved meanwhile: one question is enough
            task = self.tasks.task(f"read {self.table}", lambda task: self.stored(self.record))
            task.succeeded.connect(self._on_conflict)
            task.failed.connect(self._on_failed)
            self.tasks.start(task)
            return
        self._rest()
        if isinstance(error, InvalidRecordError):
            self._show_faults([fault for _, _, fault in error.faults])
        else:
            self.show_failure(error)

    def show_failure(self, error: MailadminError) -> None:
        """Say why nothing was saved."""
        self.bar.show_notice(Kind.ERROR, errors.sentence(error), details=errors.server_words(error))

    def _show_faults(self, faults: Sequence[Fault]) -> None:
        with_faults = self.fields.show_faults(faults)
        if with_faults:
            with_faults[0].editor.setFocus(Qt.FocusReason.OtherFocusReason)
            self._area.ensureWidgetVisible(with_faults[0])
        homeless = [fault for fault in faults if fault.field not in self.fields]
        if homeless:  # a rule about a field that this form does not show
            error = InvalidRecordError((self.table, "", fault) for fault in homeless)
            self.bar.show_notice(Kind.ERROR, errors.sentence(error))

    # --- two administrators, one record ---

    def _on_conflict(self, theirs: R) -> None:
        dialog = ConflictDialog(self.table, theirs, self.read_record(), self)
        dialog.theirs_taken.connect(lambda: self._take_theirs(theirs))
        dialog.mine_kept.connect(lambda: self._keep_mine(theirs))
        dialog.finished.connect(self._rest)
        dialog.open()

    def _take_theirs(self, theirs: R) -> None:
        self.record = theirs
        self.fields.clear_faults()
        self.show_record(theirs)
        self._shown = self.read_record()
        self.update_buttons()

    def _keep_mine(self, theirs: R) -> None:
        mine: Any = self.read_record()
        known: Any = theirs
        kept = {name: getattr(known, name) for name in (field.name for field in fields(known)) if name in _KEPT}
        self.record = replace(mine, **kept)
        self._shown = theirs
        self.update_buttons()

    # --- looking at a field that was left ---

    def _on_left(self) -> None:
        if self._busy or not self.isVisible():
            return
        field = self.sender()
        self._left = next(name for name, one in self.fields.items() if one is field)
        self._checking.load(self.read_record())

    def _on_checked(self, asked: R, faults: Sequence[Fault]) -> None:
        if not self._left:  # saving was asked for meanwhile, and says itself what is wrong
            return
        known = [fault for fault in faults if fault.field != self._left or self._left_is_filled(fault.field)]
        self.fields.show_faults(known, only=self._left)
        wrong = {fault.field for fault in faults}
        for name, field in self.fields.items():  # what has become right is not complained about any longer
            if field.fault and name not in wrong:
                field.set_fault("")

    def _left_is_filled(self, name: str) -> bool:
        """An empty field that was merely passed through is complained about when saving, not before."""
        return bool(getattr(self.read_record(), name, None))

    # --- leaving ---

    @override
    def reject(self) -> None:
        if self._busy:
            return
        if not self.has_changes:
            super().reject()
            return
        ask_to_save(self, lambda: self.start_saving(finish=True), lambda: QDialog.reject(self))

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        if self.isVisible() and (self._busy or self.has_changes):
            event.ignore()
            self.reject()
        else:
            super().closeEvent(event)
