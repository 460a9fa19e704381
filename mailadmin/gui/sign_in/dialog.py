"""Signing in again for an account that is stored: its ledger and rules stay as they are (OA-6, OA-7)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QCheckBox, QDialog, QDialogButtonBox, QScrollArea, QVBoxLayout, QWidget
from typing_extensions import override

from mailadmin.domain.accounts import IncomingAccount, Validity
from mailadmin.domain.errors import KEY_CODES, MailadminError
from mailadmin.domain.oauth import Authorization, Flow, OAuthProfile
from mailadmin.gui.sentences import errors
from mailadmin.gui.sentences.wording import harmless
from mailadmin.gui.tasks import Loader, Tasks
from mailadmin.gui.widgets.confirm import ask_to_stop
from mailadmin.gui.widgets.labels import wrapped_label
from mailadmin.gui.widgets.message_bar import Kind, MessageBar
from mailadmin.gui.widgets.wrapped_contents import WrappedContents

from . import words
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


@dataclass(frozen=True, slots=True)
class _Unkept:
    """A sign-in that is to be kept, and the account as it is to be then."""

    account: IncomingAccount
    authorization: Authorization


class SignInDialog(QDialog):
    """Has somebody sign in for a stored account, and keeps that at once.

    :param change: saves a changed account with the sign-in that fits it; as it is stored then. Called in a task.
    """

    kept = Signal(object, bool)
    """The IncomingAccount as it is stored, and whether its mail is to be fetched now."""
    secrets_setup_wanted = Signal()
    """No key for secrets is at hand; call :meth:`secrets_changed` when that was seen to."""
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
        self._wanted = account
        """For whom somebody signs in: the account, or the same with whoever was adopted."""
        self._signed_in: SignedIn | None = None
        self._unkept: _Unkept | None = None
        self._keeping = False
        self.bar = MessageBar(self)
        self.panel = SignInPanel(services.authorizations, tasks, self)
        self.fetch_box = QCheckBox(self.tr("&Fetch its mail then"), self)
        self.fetch_box.setChecked(True)
        self.fetch_box.setVisible(account.validity is Validity.VALID)  # no other is fetched
        self._build()
        self._connect()
        self._loader: Loader[IncomingAccount, _Known] = Loader(tasks, "read sign-in", self._read, self)
        self._loader.loaded.connect(self._on_loaded)
        self._loader.failed.connect(self._on_not_read)
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
        self.again_button = buttons.addButton(self.tr("&Try again"), Button.ActionRole)
        self.again_button.clicked.connect(self._try_again)
        self.again_button.hide()
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

    def secrets_changed(self) -> None:
        """The key may be at hand now."""
        if self._unkept is not None:
            self._try_again()

    def _read(self, account: IncomingAccount) -> _Known:
        """In a task."""
        return _Known(self._services.profiles.get(account.oauth_profile), standing_of(self._services, account))

    def _on_loaded(self, account: IncomingAccount, known: _Known) -> None:
        self.again_button.hide()
        self.panel.show_profile(known.profile)
        self.panel.show_standing(known.standing, account)
        self.panel.button.setFocus()

    def _on_not_read(self, error: MailadminError) -> None:
        self.panel.say(words.failed(error, self.account))
        self.again_button.show()

    def _on_wanted(self, flow: Flow | None) -> None:
        self.bar.clear()
        self.panel.begin(self._wanted, flow)

    # --- keeping ---

    def _on_authorized(self, signed_in: SignedIn) -> None:
        self._signed_in = signed_in
        if not signed_in.stranger:  # nothing is kept for the wrong mailbox; the panel says what can be done
            self._keep(_Unkept(self._wanted, signed_in.authorization))

    def _on_adopted(self, who: str) -> None:
        if self._signed_in is not None:
            self._wanted = adopting(self.account, who)
            self._keep(_Unkept(self._wanted, replace(self._signed_in.authorization, username=who)))

    def _try_again(self) -> None:
        """What went wrong before."""
        self.bar.clear()
        if self._unkept is not None:
            self._keep(self._unkept)
        else:
            self._loader.load(self.account)

    def _keep(self, unkept: _Unkept) -> None:
        if self._keeping:
            return
        self._keeping, self._unkept = True, unkept
        self.panel.setEnabled(False)
        self.again_button.hide()
        self.panel.say(words.keeping())
        before = self.account
        task = self._tasks.task("keep sign-in", lambda task: self._store(before, unkept))
        task.succeeded.connect(self._on_stored)
        task.failed.connect(self._on_not_kept)
        self._tasks.start(task)

    def _store(self, before: IncomingAccount, unkept: _Unkept) -> IncomingAccount | Standing:
        """Keep a sign-in if it fits; how it stands instead if it does not. In a task."""
        account, authorization = unkept.account, unkept.authorization
        standing = standing_of(self._services, account, authorization)
        if standing.authorization is None:
            return standing
        if account != before:
            return self._change(account, authorization)
        self._services.tokens.keep(account, authorization)
        return account

    def _on_stored(self, stored: IncomingAccount | Standing) -> None:
        unkept = self._rest()
        self._unkept = None
        if isinstance(stored, Standing):  # whoever was adopted needs leave that was not asked for
            self.panel.show_standing(stored, unkept.account)
            self.panel.button.setFocus()
            return
        self.account = self._wanted = stored
        self.panel.show_standing(Standing(authorized=True, authorization=unkept.authorization), stored)
        self.kept.emit(stored, not self.fetch_box.isHidden() and self.fetch_box.isChecked())
        if not unkept.authorization.missing:  # that is worth reading
            self.accept()

    def _on_not_kept(self, error: MailadminError) -> None:
        unkept = self._rest()
        self.panel.say(words.unkept(unkept.authorization))
        self.again_button.show()
        self.again_button.setFocus()
        said = self.tr("The sign-in was not kept. {why}").format(why=errors.sentence(error, self.account.name))
        notice = self.bar.show_notice(Kind.ERROR, said, details=errors.server_words(error))
        if error.code in KEY_CODES:
            notice.add_action(self.tr("Set up the &key..."), self.secrets_setup_wanted.emit)

    def _rest(self) -> _Unkept:
        self._keeping = False
        self.panel.setEnabled(True)
        assert self._unkept is not None, "something was to be kept"
        return self._unkept

    # --- leaving ---

    @override
    def reject(self) -> None:
        """Close, unless a sign-in is being kept just now; ask first if one would be lost."""
        if self._keeping:
            return
        if self._unkept is None:
            super().reject()
            return
        ask_to_stop(
            self,
            self.tr("The sign-in is not kept: somebody would have to sign in once more."),
            self.tr("&Discard sign-in"),
            lambda: QDialog.reject(self),
        )

    @override
    def done(self, result: int) -> None:
        self.panel.leave()
        super().done(result)


def adopting(account: IncomingAccount, who: str) -> IncomingAccount:
    """The account with somebody else signing in, who opens the same mailbox as before."""
    return replace(account, username=who, opens_mailbox=account.opens_mailbox or account.username)
