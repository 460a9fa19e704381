"""Signing in again for an account that is stored: its ledger and rules stay as they are (OA-6, OA-7)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QCheckBox, QDialog, QDialogButtonBox, QScrollArea, QVBoxLayout, QWidget
from typing_extensions import override

from mailadmin.domain.accounts import IncomingAccount
from mailadmin.domain.errors import MailadminError
from mailadmin.domain.oauth import Authorization, Flow, OAuthProfile
from mailadmin.gui.sentences import errors
from mailadmin.gui.sentences.wording import harmless
from mailadmin.gui.tasks import Loader, Tasks
from mailadmin.gui.widgets.labels import wrapped_label
from mailadmin.gui.widgets.message_bar import Kind, MessageBar
from mailadmin.gui.widgets.wrapped_contents import WrappedContents

from .journey import SignedIn
from .panel import SignInPanel
from .standing import SignInServices, Standing, standing_of

Button = QDialogButtonBox.ButtonRole
_WIDTH, _LINES = 90, 27
"""Room for everything that is shown while somebody signs in, with some lines of advice."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What is read at the beginning."""

    profile: OAuthProfile
    standing: Standing


class SignInDialog(QDialog):
    """Has somebody sign in for a stored account, and keeps that at once.

    :param change: saves a changed account with the sign-in that fits it; as it is stored then. Called in a task.
    """

    kept = Signal(object, bool)
    """The IncomingAccount as it is stored, and whether its mail is to be fetched now."""
    help_wanted = Signal()

    def __init__(
        self,
        account: IncomingAccount,
        services: SignInServices,
        tasks: Tasks,
        change: Callable[[IncomingAccount, Authorization], IncomingAccount],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr('Sign in: "{account}"').format(account=harmless(account.name)))
        self.account = account
        self._services = services
        self._tasks = tasks
        self._change = change
        self._signed_in: SignedIn | None = None
        self._keeping = False
        self.bar = MessageBar(self)
        self.panel = SignInPanel(services.authorizations, tasks, self)
        self.fetch_box = QCheckBox(self.tr("&Fetch its mail then"), self)
        self.fetch_box.setChecked(True)
        self._build()
        self._connect()
        self._loader: Loader[IncomingAccount, _Known] = Loader(tasks, "read sign-in", self._read, self)
        self._loader.loaded.connect(self._on_loaded)
        self._loader.failed.connect(self._on_failed)
        self._loader.load(account)

    # --- building ---

    def _build(self) -> None:
        about = self.tr(
            "Somebody signs in with the provider once more. The account with its rules, and what was fetched already, "
            "stay as they are."
        )
        contents = WrappedContents(self)
        inner = QVBoxLayout(contents)
        inner.addWidget(wrapped_label(about, contents))
        inner.addWidget(self.panel)
        inner.addStretch(1)
        area = QScrollArea(self)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(contents)
        buttons = QDialogButtonBox(self)
        self.close_button = buttons.addButton(self.tr("Close"), Button.RejectRole)
        self.close_button.setAutoDefault(False)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(self.bar)
        column.addWidget(area, 1)
        column.addWidget(self.fetch_box)
        column.addWidget(buttons)
        QShortcut(QKeySequence("F1"), self, self.help_wanted.emit)
        metrics = self.fontMetrics()
        self.resize(metrics.averageCharWidth() * _WIDTH, metrics.height() * _LINES)
        self.panel.button.setDefault(True)
        self.panel.button.setFocus()

    def _connect(self) -> None:
        self.panel.wanted.connect(self._on_wanted)
        self.panel.authorized.connect(self._on_authorized)
        self.panel.adopted.connect(self._on_adopted)

    # --- beginning ---

    def _read(self, account: IncomingAccount) -> _Known:
        """In a task."""
        return _Known(self._services.profiles.get(account.oauth_profile), standing_of(self._services, account))

    def _on_loaded(self, account: IncomingAccount, known: _Known) -> None:
        self.panel.show_profile(known.profile)
        self.panel.show_standing(known.standing, account)
        self.panel.button.setFocus()

    def _on_wanted(self, flow: Flow | None) -> None:
        self.bar.clear()
        self.panel.begin(self.account, flow)

    # --- keeping ---

    def _on_authorized(self, signed_in: SignedIn) -> None:
        self._signed_in = signed_in
        if signed_in.stranger:  # nothing is kept for the wrong mailbox; the panel says what can be done
            return
        account, authorization = self.account, signed_in.authorization

        def keep() -> IncomingAccount:
            self._services.tokens.keep(account, authorization)
            return account

        self._keep(keep)

    def _on_adopted(self, who: str) -> None:
        if self._signed_in is None:
            return
        account = adopting(self.account, who)
        authorization = replace(self._signed_in.authorization, username=who)
        self._keep(lambda: self._change(account, authorization))

    def _keep(self, keep: Callable[[], IncomingAccount]) -> None:
        if self._keeping:
            return
        self._keeping = True
        task = self._tasks.task("keep sign-in", lambda task: keep())
        task.succeeded.connect(self._on_kept)
        task.failed.connect(self._on_failed)
        self._tasks.start(task)

    def _on_kept(self, account: IncomingAccount) -> None:
        self._keeping = False
        self.account = account
        self.kept.emit(account, self.fetch_box.isChecked())
        if self._signed_in is not None and self._signed_in.authorization.missing:
            return  # that is worth reading
        self.accept()

    def _on_failed(self, error: MailadminError) -> None:
        self._keeping = False
        said = errors.sentence(error, self.account.name)
        self.bar.show_notice(Kind.ERROR, said, details=errors.server_words(error))

    @override
    def done(self, result: int) -> None:
        self.panel.leave()
        super().done(result)


def adopting(account: IncomingAccount, who: str) -> IncomingAccount:
    """The account with somebody else signing in, who opens the same mailbox as before."""
    return replace(account, username=who, opens_mailbox=account.opens_mailbox or account.username)
