"""The welcome page, shown while there is no account (FEATURES UI-6)."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QFrame, QGridLayout, QPushButton, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from mailadmin.domain.errors import MailadminError
from mailadmin.gui.icons import Tone, icon
from mailadmin.gui.sentences import errors, states
from mailadmin.gui.tasks import Loader, Tasks
from mailadmin.gui.widgets.icon_label import IconLabel
from mailadmin.gui.widgets.labels import embolden, quiet_label, wrapped_label
from mailadmin.gui.widgets.message_bar import Kind
from mailadmin.gui.widgets.page import Page
from mailadmin.gui.widgets.wrapped_contents import WrappedContents
from mailadmin.services.secrets import SecretService


class WelcomePage(Page):
    """Add the first account, or try the demo. With no place for the key, the ways to one come first.

    :param database: where the data is kept, in words
    """

    add_wanted = Signal()
    demo_wanted = Signal()
    secrets_setup_wanted = Signal()

    def __init__(self, secrets: SecretService, database: str, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(
            self.tr("Welcome to mailadmin"),
            self.tr("The helpdesk's mailboxes, fetched into tickets. Nothing is set up yet: choose a way on."),
            menu_title=self.tr("&Start"),
            help_page="index.md",
            parent=parent,
        )
        self.add_account = self.add_action(
            self.tr("&Add mail account..."), "plus", self.add_wanted.emit, shortcut="Ctrl+N"
        )
        self.try_demo = self.add_action(self.tr("&Try the demo mailbox"), "test-tube", self.demo_wanted.emit)
        self._secrets = secrets
        self._database = database
        self._where = quiet_label("", self, wrapped=True)
        self._ready: Loader[bool, str] = Loader(tasks, "find the key", self._find_key, self)
        self._ready.loaded.connect(self._on_ready)
        self._ready.failed.connect(self._on_not_ready)
        self._build()

    def refresh(self) -> None:
        """Look whether secrets can be kept here."""
        self._ready.load(True)

    def _build(self) -> None:
        grid = QGridLayout()
        first = Tile(
            "email-plus-outline",
            self.tr("Add your first account"),
            self.tr(
                "A mailbox of your helpdesk: IMAP, POP3 or Microsoft Graph, with a password or by OAuth2 (Microsoft "
                "365, Google). It is checked before anything is fetched, and asked about before anything is deleted "
                "there."
            ),
            self.add_account.text(),
            self,
        )
        first.button.clicked.connect(self.add_account.trigger)
        first.button.setDefault(True)
        second = Tile(
            "test-tube",
            self.tr("Try the demo mailbox"),
            self.tr(
                "Two dozen sample mails from a mail server built in, in a window of their own. Nothing of yours is "
                "touched, and nothing is kept."
            ),
            self.try_demo.text(),
            self,
        )
        second.button.clicked.connect(self.try_demo.trigger)
        for at, tile in enumerate((first, second)):
            grid.addWidget(tile, 0, at)
            grid.setColumnStretch(at, 1)
        contents = WrappedContents(self)
        column = QVBoxLayout(contents)
        column.setContentsMargins(0, 0, 0, 0)
        column.addStretch(1)
        column.addLayout(grid)
        column.addWidget(self._where)
        column.addStretch(3)
        area = QScrollArea(self)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidgetResizable(True)
        area.setWidget(contents)
        area.viewport().setAutoFillBackground(False)
        contents.setAutoFillBackground(False)
        self.body.addWidget(area, 1)
        self._say_where(self.tr("Looking where passwords can be kept..."))

    def _find_key(self, asked: bool) -> str:
        self._secrets.ready()
        return self._secrets.where()

    def _say_where(self, secrets: str) -> None:
        self._where.setText(f"{self.tr('Data: {place}').format(place=self._database)}\n{secrets}")

    def _on_ready(self, asked: bool, where: str) -> None:
        self.bar.clear()
        self._say_where(states.keys_kept(where))

    def _on_not_ready(self, error: MailadminError) -> None:
        self._say_where(self.tr("Passwords cannot be kept yet: see above."))
        notice = self.bar.show_notice(Kind.WARNING, errors.sentence(error), details=errors.server_words(error))
        notice.add_action(self.tr("Set up the &key..."), self.secrets_setup_wanted.emit)


class Tile(QFrame):
    """One way on: a picture, a name, a sentence, a button."""

    def __init__(self, picture: str, title: str, text: str, label: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        image = IconLabel(icon(picture, Tone.ACCENT), self, scale=3)
        name = embolden(wrapped_label(title, self), scale=1.2)
        said = wrapped_label(text, self)
        said.setAlignment(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignTop)
        self.button = QPushButton(label, self)
        self.button.setAccessibleDescription(text)
        column = QVBoxLayout(self)
        margin = self.fontMetrics().height()
        column.setContentsMargins(margin, margin, margin, margin)
        column.addWidget(image)
        column.addWidget(name)
        column.addWidget(said, 1)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeading)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
