"""Asks for a key file or a passphrase; never for a place where passwords would lie in clear."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from mailadmin.domain.errors import Code, MailadminError, UserFixableError
from mailadmin.domain.secrets import Secret
from mailadmin.gui.sentences import errors
from mailadmin.gui.tasks import Tasks, Work
from mailadmin.gui.widgets.form import Field
from mailadmin.gui.widgets.labels import quiet_label, wrapped_label
from mailadmin.gui.widgets.message_bar import Kind, MessageBar
from mailadmin.gui.widgets.wrapped_contents import WrappedContents
from mailadmin.services.secrets import SecretService

Button = QDialogButtonBox.ButtonRole


class SecretsDialog(QDialog):
    """Two ways to the key, and a try whether the chosen one works.

    :param default_file: where a key file is proposed
    """

    help_wanted = Signal()
    """F1."""
    key_file_chosen = Signal(str)
    """The path of the key file in use now, to be remembered; empty for a passphrase, which is not."""

    def __init__(self, secrets: SecretService, tasks: Tasks, default_file: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Where the key to the passwords is kept"))
        self._secrets = secrets
        self._tasks = tasks
        self._default_file = default_file
        self._opens = False
        self._busy = False
        QShortcut(QKeySequence("F1"), self, self.help_wanted.emit)
        self.bar = MessageBar(self)
        self._said = wrapped_label(
            self.tr(
                "Passwords are stored encrypted in the database. The key to them is usually kept by this computer's "
                "keyring. Where there is none, choose one of these:"
            ),
            self,
        )
        contents = WrappedContents(self)
        self._column = QVBoxLayout(contents)
        self._column.addWidget(self._said)
        self._build_file(default_file)
        self._build_passphrase()
        self._column.addStretch(1)
        area = QScrollArea(self)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setWidget(contents)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area = area
        column = QVBoxLayout(self)
        column.addWidget(self.bar)
        column.addWidget(area, 1)
        column.addWidget(self._build_buttons())
        self.by_file.setChecked(True)
        self._follow()
        self._fit()
        self._look()

    def _build_file(self, default_file: Path) -> None:
        self.by_file = QRadioButton(self.tr("A &key file on this computer"), self)
        self.file = QLineEdit(str(default_file), self)
        self.file.setAccessibleName(self.tr("Key file"))
        browse = QPushButton(self.tr("&Browse..."), self)
        browse.clicked.connect(self._browse)
        hint = self.tr(
            "Only you can read it. Whoever has this file and the database has the passwords, so keep it apart from the "
            "database and its backups. The next start finds it by itself."
        )
        self._file_field = Field(self.file, browse, hint=hint, parent=self)
        self._add(self.by_file, self._file_field)

    def _build_passphrase(self) -> None:
        self.by_passphrase = QRadioButton(self.tr("A &passphrase, typed at each start"), self)
        self.passphrase = QLineEdit(self)
        self.passphrase.setEchoMode(QLineEdit.EchoMode.Password)
        self.passphrase.setAccessibleName(self.tr("Passphrase"))
        self.passphrase.setPlaceholderText(self.tr("Passphrase"))
        self.repeated = QLineEdit(self)
        self.repeated.setEchoMode(QLineEdit.EchoMode.Password)
        self.repeated.setAccessibleName(self.tr("The same passphrase again"))
        self.repeated.setPlaceholderText(self.tr("The same again"))
        hint = self.tr(
            "Several words, at least 12 characters. It is stored nowhere: forgotten, the passwords must be entered "
            "again. The program asks for it at each start, and fetches once it is typed."
        )
        self._passphrase_field = Field(self.passphrase, parent=self)
        self._repeated_field = Field(self.repeated, parent=self)
        self._passphrase_hint = quiet_label(hint, self, wrapped=True)
        self._add(self.by_passphrase, self._passphrase_field, self._repeated_field, self._passphrase_hint)

    def _add(self, choice: QRadioButton, *below: QWidget) -> None:
        group = self.findChild(QButtonGroup) or QButtonGroup(self)
        group.addButton(choice)
        choice.toggled.connect(self._follow)
        self._column.addWidget(choice)
        inner = QVBoxLayout()
        inner.setContentsMargins(2 * self.fontMetrics().height(), 0, 0, self.fontMetrics().height() // 2)
        for widget in below:
            inner.addWidget(widget)
        self._column.addLayout(inner)

    def _build_buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox(self)
        self.use = buttons.addButton(self.tr("&Use it"), Button.AcceptRole)
        self.use.setDefault(True)
        self._cancel = buttons.addButton(self.tr("Cancel"), Button.RejectRole)
        self._again = buttons.addButton(self.tr("&Try the keyring again"), Button.ActionRole)
        self.use.clicked.connect(self._try)
        self._cancel.clicked.connect(self.reject)
        self._again.clicked.connect(self._try_keyring)
        return buttons

    def _fit(self) -> None:
        """As high as the wrapped texts need at this width, and a notice."""
        width = max(self.fontMetrics().averageCharWidth() * 84, self.sizeHint().width())
        notice = 5 * self.fontMetrics().height()
        buttons = 4 * self.fontMetrics().height()
        self.resize(width, self._column.totalHeightForWidth(width) + notice + buttons)

    def _follow(self) -> None:
        self._file_field.setEnabled(self.by_file.isChecked())
        self._passphrase_field.setEnabled(self.by_passphrase.isChecked())
        self._repeated_field.setEnabled(self.by_passphrase.isChecked())

    def _browse(self) -> None:
        chooser = QFileDialog(self, self.tr("Key file"), self.file.text())
        chooser.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        chooser.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        chooser.setOption(QFileDialog.Option.DontConfirmOverwrite)  # a key file that is there is used, never replaced
        chooser.fileSelected.connect(self.file.setText)
        chooser.open()

    # --- finding out, trying ---

    def _look(self) -> None:
        task = self._tasks.task("look for a passphrase", lambda task: self._secrets.has_passphrase())
        task.succeeded.connect(self._on_looked)
        task.failed.connect(self._on_failed)
        self._tasks.start(task)

    def _on_looked(self, has_passphrase: bool) -> None:
        """A passphrase that is set already is typed once, and opens."""
        self._opens = has_passphrase
        if has_passphrase:
            self._said.setText(
                self.tr(
                    "The passwords in this database are locked. Type the passphrase that was set for it to open them "
                    "while the program runs; or use the key file, if there is one."
                )
            )
            self.by_passphrase.setText(self.tr("The &passphrase that was set for this database"))
            self.by_passphrase.setChecked(True)
            self._repeated_field.hide()
            self.passphrase.setFocus()
            self._fit()

    def _try(self) -> None:
        self.bar.clear()
        self._repeated_field.set_fault("")
        if self.by_file.isChecked():
            path = Path(self.file.text()).expanduser()
            self._start(lambda task: self._use_file(path), self._on_file_used)
            return
        if not self._opens and self.passphrase.text() != self.repeated.text():
            self._repeated_field.set_fault(self.tr("This is not the same passphrase."))
            self.repeated.setFocus()
            return
        passphrase = Secret(self.passphrase.text())
        self._start(lambda task: self._secrets.use_passphrase(passphrase), self._on_passphrase_used)

    def _use_file(self, path: Path) -> None:
        """In a task. The folder that is proposed is made; one that somebody names may be a disk that is not there."""
        if path == self._default_file:
            try:
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            except OSError as error:
                facts = {"path": path.parent, "detail": error.strerror or type(error).__name__}
                raise UserFixableError(Code.FOLDER_NOT_WRITABLE, facts) from None
        self._secrets.use_key_file(path)

    def _try_keyring(self) -> None:
        self.bar.clear()
        self._start(lambda task: self._secrets.ready(), self._on_keyring_used)

    def _start(self, work: Work, done: Callable[[object], object]) -> None:
        self._rest(busy=True)
        task = self._tasks.task("set up the key", work)
        task.succeeded.connect(done)
        task.failed.connect(self._on_failed)
        self._tasks.start(task)

    def _rest(self, *, busy: bool) -> None:
        """While something is tried nothing else is, and the dialog stays: its outcome must be remembered."""
        self._busy = busy
        for button in (self.use, self._cancel, self._again):
            button.setEnabled(not busy)

    @override
    def done(self, result: int) -> None:
        if not self._busy:
            super().done(result)

    def _on_keyring_used(self, result: object) -> None:
        self._rest(busy=False)
        self.accept()

    def _on_file_used(self, result: object) -> None:
        self._rest(busy=False)
        self.key_file_chosen.emit(str(Path(self.file.text()).expanduser().absolute()))
        self.accept()

    def _on_passphrase_used(self, result: object) -> None:
        self.passphrase.clear()
        self.repeated.clear()
        self._rest(busy=False)
        self.key_file_chosen.emit("")
        self.accept()

    def _on_failed(self, error: MailadminError) -> None:
        self._rest(busy=False)
        self.bar.show_notice(Kind.ERROR, errors.sentence(error), details=errors.server_words(error))
