"""The button "OAuth2 Authorization" with its state in words, and everything that belongs to a sign-in (OA-2, OA-3)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QIcon
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget

from mailadmin.domain.accounts import AccountType, IncomingAccount
from mailadmin.domain.errors import MailadminError
from mailadmin.domain.oauth import AuthorizingProgress, AuthorizingStep, Flow, OAuthProfile, Provider
from mailadmin.gui.icons import Tone, icon
from mailadmin.gui.sentences import errors
from mailadmin.gui.sentences.wording import harmless
from mailadmin.gui.tasks import Tasks
from mailadmin.gui.widgets.icon_label import IconLabel
from mailadmin.gui.widgets.labels import quiet_label, selectable, wrapped_label
from mailadmin.gui.widgets.script_box import ScriptBox
from mailadmin.services.oauth import AuthorizationService

from . import words
from .details import BrowserDetails, DeviceDetails, quiet_button
from .journey import Journey, SignedIn
from .standing import Standing
from .words import Said


class SignInPanel(QWidget):
    """Signs in, and says how it stands.

    The owner says for whom (:meth:`begin`, when ``wanted`` is told) and what is shown at rest (:meth:`show_standing`).
    """

    wanted = Signal(object)
    """The button was pressed: call :meth:`begin` with the account as it is shown, and this Flow (or None)."""
    authorized = Signal(object)
    """A SignedIn."""
    adopted = Signal(str)
    """Somebody else has signed in, and is to be who signs in for this mailbox."""
    ended = Signal()
    """A sign-in has ended, however it went; ``authorized`` came before."""
    grew = Signal()
    """More is shown than before: it may have to be scrolled into view."""

    def __init__(self, service: AuthorizationService, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.journey = Journey(service, tasks, self)
        self._account = IncomingAccount(name="", type=AccountType.IMAPS)
        self._stranger = ""
        self._profile: OAuthProfile | None = None
        self._stopping = False
        self._allowed = True
        self._standing: Standing | None = None
        self._failure: _Failure | None = None
        self._build_buttons()
        self._picture = IconLabel(QIcon(), self)
        self._state = wrapped_label("", self)
        self._more = wrapped_label("", self)
        self.server = selectable(quiet_label("", self, wrapped=True))
        self.server.setAccessibleName(self.tr("The provider's words"))
        self.script = ScriptBox(self)
        self.browser = BrowserDetails(self)
        self.device = DeviceDetails(self)
        self._lay_out()
        self._connect()
        self.show_profile(None)
        self._say(words.looking())
        self._show_details(None)

    # --- what the owner calls ---

    @property
    def running(self) -> bool:
        """Whether somebody is signing in."""
        return self.journey.running

    @property
    def state(self) -> str:
        """What it says, in one line."""
        return self._state.text()

    @property
    def more(self) -> str:
        """What it adds to that."""
        return self._more.text()

    def show_profile(self, profile: OAuthProfile | None, *, allowed: bool = True) -> None:
        """By which profile it signs in; None: none is chosen yet.

        :param allowed: False where a sign-in would be of no use
        """
        self._profile = profile
        by_person = profile is None or profile.flow.by_person
        self.button.setText(self.tr("OA&uth2 Authorization") if by_person else self.tr("Check sign-&in"))
        self._allowed = allowed and profile is not None
        self.button.setEnabled(self._allowed)
        self._has_device = profile is not None and _has_device_flow(profile)
        self._show_buttons()

    def show_standing(self, standing: Standing, account: IncomingAccount) -> None:
        """How the account stands that is shown; while somebody signs in, that is shown instead.

        Nor is the reason of a failed sign-in taken away before something is otherwise.
        """
        self._standing = standing
        if self.running or self._failure == _Failure(standing, account.oauth_profile):
            return
        self._failure = None
        self._account = account
        self._stranger = standing.stranger
        self._say(words.resting(standing, account, self._profile))
        self._show_details(None)

    def say(self, said: Said) -> None:
        """Show what only the owner knows; while somebody signs in, that is shown instead."""
        if not self.running:
            self._failure, self._stranger = None, ""
            self._say(said)

    def begin(self, account: IncomingAccount, flow: Flow | None = None) -> None:
        """Sign in for this account.

        :param flow: as ``wanted`` said
        """
        if self.running:
            return
        self._account = account
        self._stopping = False
        self._failure = None
        self.journey.start(account, flow)
        self._say(words.under_way(None))
        self._show_details(None)

    def cancel(self) -> None:
        """End the sign-in; answers at once, and says so when it has ended."""
        if self.running:
            self._stopping = True
            self.journey.cancel()
            self.cancel_button.setEnabled(False)
            self._say(Said(("progress-clock", Tone.ACCENT), self.tr("Stopping …")))

    def leave(self) -> None:
        """The dialog is closing: whoever signs in is not waited for."""
        self.journey.abandon()

    # --- building ---

    def _build_buttons(self) -> None:
        self.button = quiet_button("", self)
        self.device_button = quiet_button(self.tr("Use another device"), self)
        self.device_button.setToolTip(self.tr("Sign in with a code that is entered in the browser of any device"))
        self.cancel_button = quiet_button(self.tr("Cancel sign-in"), self)
        self.adopt_button = quiet_button("", self)

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        for button in (self.button, self.device_button, self.cancel_button):
            buttons.addWidget(button)
        buttons.addStretch(1)
        line = QHBoxLayout()
        line.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(self._state, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(buttons)
        column.addLayout(line)
        for widget in (self._more, self.server, self.script, self.browser, self.device):
            column.addWidget(widget)
        column.addWidget(self.adopt_button, 0, Qt.AlignmentFlag.AlignLeading)

    def _connect(self) -> None:
        self.button.clicked.connect(lambda: self.wanted.emit(None))
        self.device_button.clicked.connect(lambda: self.wanted.emit(Flow.DEVICE_CODE))
        self.cancel_button.clicked.connect(self.cancel)
        self.adopt_button.clicked.connect(lambda: self.adopted.emit(self._stranger))
        self.browser.pasted.connect(self._on_pasted)
        self.journey.progressed.connect(self._on_progressed)
        self.journey.succeeded.connect(self._on_succeeded)
        self.journey.failed.connect(self._on_failed)
        self.journey.stopped.connect(self._on_stopped)

    # --- following the sign-in ---

    def _on_progressed(self, progress: AuthorizingProgress) -> None:
        if self._stopping:
            return
        self._say(words.under_way(progress))
        self._show_details(progress)
        self.grew.emit()

    def _on_pasted(self, address: str) -> None:
        try:
            self.journey.paste(address)
        except MailadminError as error:
            self.browser.refuse(errors.sentence(error))

    def _on_succeeded(self, signed_in: SignedIn) -> None:
        self._come_back()
        standing = Standing(authorized=True, authorization=signed_in.authorization)
        if signed_in.stranger:
            standing = replace(self._standing or Standing(), authorization=None, stranger=signed_in.stranger)
        self.show_standing(standing, signed_in.account)
        self.authorized.emit(signed_in)
        self._on_ended()

    def _on_failed(self, error: MailadminError) -> None:
        self._come_back()
        self._stranger = ""
        self._failure = _Failure(self._standing, self._account.oauth_profile)
        self._say(words.failed(error, self._account))
        self._on_ended()

    def _on_stopped(self) -> None:
        self._stranger = ""
        self._say(Said(("stop-circle-outline", Tone.QUIET), self.tr("Stopped: nobody has signed in.")))
        self._on_ended()

    def _on_ended(self) -> None:
        self._stopping = False
        self.cancel_button.setEnabled(True)
        self._show_details(None)
        self.ended.emit()
        self.grew.emit()

    def _come_back(self) -> None:
        """From the browser to our window; where the system does not let a window come to the front, it calls."""
        window = self.window()
        if window.isMinimized():
            window.showNormal()
        window.raise_()
        window.activateWindow()
        QApplication.alert(window)

    # --- showing ---

    def _say(self, said: Said) -> None:
        changed = said.text != self._state.text()
        self._picture.set_icon(icon(*said.picture))
        self._state.setText(said.text)
        self._more.setText(said.more)
        self._more.setVisible(bool(said.more))
        self.server.setText(self.tr("The provider says: {words}").format(words=said.server) if said.server else "")
        self.server.setVisible(bool(said.server))
        self.script.show_script(said.script)
        self._show_buttons()
        if changed and self.isVisible():
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, said.text))

    def _show_details(self, progress: AuthorizingProgress | None) -> None:
        step = progress.step if progress is not None else None
        if progress is not None and step is AuthorizingStep.BROWSER:
            self.browser.show_progress(progress)
        elif progress is not None and step is AuthorizingStep.DEVICE:
            self.device.show_progress(progress)
        if step is not AuthorizingStep.BROWSER:
            self.browser.forget()
        self.browser.setVisible(step is AuthorizingStep.BROWSER)
        self.device.setVisible(step is AuthorizingStep.DEVICE)
        self._show_buttons()

    def _show_buttons(self) -> None:
        """Either what begins a sign-in or what ends it; the focus goes from one to the other."""
        running = self.running
        shown, hidden = (self.cancel_button, self.button) if running else (self.button, self.cancel_button)
        focused = hidden.hasFocus() or (running and self.device_button.hasFocus())
        shown.show()
        if focused:
            shown.setFocus(Qt.FocusReason.OtherFocusReason)
        hidden.hide()
        self.device_button.setVisible(self._has_device and not running)
        self.device_button.setEnabled(self._allowed)
        self.adopt_button.setVisible(bool(self._stranger) and not running)
        self.adopt_button.setText(
            self.tr("Sign in as {who}, open {mailbox}").format(
                who=harmless(self._stranger), mailbox=harmless(self._account.opens_mailbox or self._account.username)
            )
        )


@dataclass(frozen=True, slots=True)
class _Failure:
    """How it stood, and by which profile, when a sign-in failed: its reason is said as long as that is so."""

    standing: Standing | None
    profile: str


def _has_device_flow(profile: OAuthProfile) -> bool:
    """Whether a code on another device is a way besides the browser. Google gives none for mail."""
    if profile.flow is not Flow.AUTHORIZATION_CODE or profile.provider is Provider.GOOGLE:
        return False
    return profile.provider is Provider.MICROSOFT or bool(profile.device_url or profile.discovery_url)
