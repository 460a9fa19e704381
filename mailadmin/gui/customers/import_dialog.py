"""Bringing in customers from a CSV file: first what it would do, then, if that is wanted, does it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from mailadmin.domain.customers import ImportReport
from mailadmin.domain.errors import Code, MailadminError, UserFixableError
from mailadmin.domain.validation import Fault, Problem
from mailadmin.gui.sentences import errors, times
from mailadmin.gui.sentences.problems import CUSTOMER, fault_sentence, field_label
from mailadmin.gui.sentences.wording import harmless, listing
from mailadmin.gui.tasks import Tasks
from mailadmin.gui.widgets.labels import plain_tooltip, wrapped_label
from mailadmin.gui.widgets.message_bar import Kind, MessageBar
from mailadmin.services.customers import CustomerImport, decoded

translate = QCoreApplication.translate
Button = QDialogButtonBox.ButtonRole

LARGEST: Final = 50_000_000
"""Octets of a file; a hundred thousand customers have some ten million."""
_MOST_PROBLEMS: Final = 1_000


def ask_for_file(parent: QWidget, then: Callable[[str], object]) -> QFileDialog:
    """Ask which file customers are imported from."""
    dialog = QFileDialog(parent, translate("ImportDialog", "Import customers"))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.setNameFilters(
        [
            translate("ImportDialog", "CSV files") + " (*.csv *.tsv *.txt)",
            translate("ImportDialog", "All files") + " (*)",
        ]
    )
    dialog.fileSelected.connect(lambda path: then(path))
    dialog.open()
    return dialog


def read_text(path: Path) -> str:
    """A file's text. Called in a task.

    :raises UserFixableError: BAD_FILE
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        facts = {"path": path, "detail": error.strerror or type(error).__name__}
        raise UserFixableError(Code.BAD_FILE, facts) from None
    if len(content) > LARGEST:
        raise UserFixableError(Code.BAD_FILE, {"path": path, "detail": "it is too large"})
    return decoded(content)


class ImportDialog(QDialog):
    """Shows what the import of a file would do, and does it.

    :param path: the file, read when the dialog is made
    """

    imported = Signal(object)
    """The ImportReport of what was done."""
    help_wanted = Signal()
    """F1."""

    def __init__(self, path: str, importing: CustomerImport, tasks: Tasks, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Import customers from {file}").format(file=Path(path).name))
        self._importing = importing
        self._tasks = tasks
        self._text = ""
        self._importing_now = False
        self._build()
        self._work(lambda: self._look(Path(path)), self._on_looked)

    # --- building ---

    def _build(self) -> None:
        self.bar = MessageBar(self)
        self.summary = wrapped_label(self.tr("Looking at the file..."), self)
        self.problems = QTableWidget(0, 2, self)
        self.problems.setAccessibleName(self.tr("Lines that are left out"))
        self.problems.setHorizontalHeaderLabels([self.tr("Line"), self.tr("Why it is left out")])
        self.problems.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.problems.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.problems.setTabKeyNavigation(False)
        self.problems.verticalHeader().hide()
        header = self.problems.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.problems.hide()
        buttons = QDialogButtonBox(self)
        self.import_button = buttons.addButton(self.tr("&Import"), Button.AcceptRole)
        self.cancel_button = buttons.addButton(self.tr("Cancel"), Button.RejectRole)
        self.import_button.setDefault(True)
        self.import_button.setEnabled(False)
        self.import_button.clicked.connect(self._import)
        self.cancel_button.clicked.connect(self.reject)
        QShortcut(QKeySequence("F1"), self, self.help_wanted.emit)
        column = QVBoxLayout(self)
        for widget in (self.bar, self.summary, self.problems):
            column.addWidget(widget, int(widget is self.problems))
        column.addStretch()
        column.addWidget(buttons)
        metrics = self.fontMetrics()
        self.resize(metrics.averageCharWidth() * 90, metrics.height() * 22)

    # --- reading and doing ---

    def _look(self, path: Path) -> ImportReport:
        self._text = read_text(path)
        return self._importing.run(self._text, dry_run=True)

    def _work(self, do: Callable[[], ImportReport], then: Callable[[ImportReport], object]) -> None:
        self.import_button.setEnabled(False)
        task = self._tasks.task("import customers", lambda _: do())
        task.succeeded.connect(then)
        task.failed.connect(self._on_failed)
        self._tasks.start(task)

    def _on_looked(self, report: ImportReport) -> None:
        self.summary.setText("\n".join(self._lines(report)))
        self.import_button.setEnabled(bool(report.added or report.changed or report.companies))
        self._show_problems(report)
        (self.import_button if self.import_button.isEnabled() else self.cancel_button).setFocus()

    def _lines(self, report: ImportReport) -> list[str]:
        lines = [
            self.tr("To be added: {count}").format(count=times.number(len(report.added))),
            self.tr("To be changed: {count}").format(count=times.number(len(report.changed))),
            self.tr("As they are already: {count}").format(count=times.number(report.unchanged)),
        ]
        if report.companies:
            names = listing([harmless(name) for name in report.companies])
            lines.append(self.tr("Companies that are made along: {names}").format(names=names))
        columns = sum(fault.problem is Problem.UNKNOWN_KEY for _, fault in report.problems)
        if columns:
            lines.append(
                self.tr("Columns that are not known and left out: {count}").format(count=times.number(columns))
            )
        left_out = len({line for line, fault in report.problems if fault.problem is not Problem.UNKNOWN_KEY})
        if left_out:
            said = self.tr("Lines with problems, which are left out: {count}")
            lines.append(said.format(count=times.number(left_out)))
        return lines

    def _show_problems(self, report: ImportReport) -> None:
        shown = report.problems[:_MOST_PROBLEMS]
        self.problems.setRowCount(len(shown))
        for row, (line, fault) in enumerate(shown):
            why = self._why(fault)
            number = QTableWidgetItem(times.number(line))
            number.setTextAlignment(Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter)
            said = QTableWidgetItem(harmless(why))
            said.setToolTip(plain_tooltip(harmless(why)))
            self.problems.setItem(row, 0, number)
            self.problems.setItem(row, 1, said)
        self.problems.setVisible(bool(shown))

    def _why(self, fault: Fault) -> str:
        if fault.problem is Problem.UNKNOWN_KEY:  # said of the first line, which names the columns
            return self.tr('The column "{name}" is not known; what stands in it is left out.').format(name=fault.field)
        said = fault_sentence(fault, CUSTOMER)
        if fault.problem is Problem.CELLS:  # said of the line as a whole
            return said
        return self.tr("{field}: {said}").format(field=field_label(CUSTOMER, fault.field), said=said)

    def _import(self) -> None:
        self._importing_now = True
        self.cancel_button.setEnabled(False)
        self.summary.setText(self.tr("Importing..."))
        self._work(lambda: self._importing.run(self._text), self._on_imported)

    def _on_imported(self, report: ImportReport) -> None:
        self.imported.emit(report)
        self.accept()

    def _on_failed(self, error: MailadminError) -> None:
        self._importing_now = False
        self.cancel_button.setEnabled(True)
        self.summary.setText(self.tr("Nothing was imported."))
        self.bar.show_notice(Kind.ERROR, errors.sentence(error), details=errors.server_words(error))

    @override
    def reject(self) -> None:
        if not self._importing_now:  # what only looks at the file may go on to nobody
            super().reject()
