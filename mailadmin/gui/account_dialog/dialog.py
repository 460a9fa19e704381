"""The dialog that adds or edits an incoming account (IN-2 to IN-4, IN-7, IN-8, OA-2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFileDialog, QWidget
from typing_extensions import override

from mailadmin.domain.accounts import Authentication, IncomingAccount
from mailadmin.domain.errors import MailadminError
from mailadmin.domain.oauth import Authorization, OAuthProfile
from mailadmin.domain.queues import Queue
from mailadmin.domain.secrets import Secret
from mailadmin.domain.validation import Fault, InvalidRecordError, Problem
from mailadmin.gui.sentences import errors
from mailadmin.gui.sign_in import SignInServices, standing_of, words
from mailadmin.gui.tasks import Loader, Tasks
from mailadmin.gui.what_if import WhatIfSide
from mailadmin.gui.widgets.form import Remark
from mailadmin.gui.widgets.message_bar import Kind
from mailadmin.gui.widgets.secret_record_dialog import SecretRecordDialog
from mailadmin.services.accounts import TABLE, AccountService
from mailadmin.services.check import CheckService
from mailadmin.services.routing import RoutingService
from mailadmin.services.secrets import SecretService
from mailadmin.services.what_if import Proposal, WhatIfService

from .authorization import AuthorizationGate
from .check_panel import CheckPanel
from .form import AccountForm
from .same_mailbox import SameMailbox
from .signing_in import SigningIn
from .trying import Trying


class AccountDialog(SecretRecordDialog[IncomingAccount]):
    """Shows one incoming account with its password or sign-in, checks it, and saves it.

    :param account: what is shown; one without an id is added
    """

    characters = 110

    profile_wanted = Signal(str)
    """The OAuth2 profile of this name is to be edited, or with an empty name one is to be added; call
    :meth:`profiles_changed` when that was done."""

    def __init__(
        self,
        account: IncomingAccount,
        *,
        accounts: AccountService,
        checking: CheckService,
        secrets: SecretService,
        routing: RoutingService,
        sign_ins: SignInServices,
        what_if: WhatIfService,
        tasks: Tasks,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("", account, TABLE, tasks, parent)
        self.setWindowTitle(self.tr("Edit mail account") if account.id is not None else self.tr("Add mail account"))
        self._accounts = accounts
        self._sign_ins = sign_ins
        self._has_password = account.id is not None  # until it is known
        self._new_password: Secret | None = None
        self._held_before: Authorization | None = None  # when saving began
        self._new_authorization: Authorization | None = None  # what was saved of it
        self._missing: tuple[Fault, ...] = ()
        self._profile_to_choose = ""
        self.form = AccountForm(self.fields, secrets, sign_ins, tasks)
        self.panel = self.form.sign_in.panel
        self.set_contents(self.form)
        self.check_panel = CheckPanel(checking, tasks, self)
        self.column.insertWidget(self.column.count() - 1, self.check_panel)
        self._reason = Remark(Kind.INFORMATION, self)  # why Save rests, beside it
        self.column.insertWidget(self.column.count() - 1, self._reason)
        self.gate = AuthorizationGate(sign_ins, self.read_record, tasks, self)
        self._signing_in = SigningIn(self.form, self.fields, self.gate, sign_ins, self.read_record, self)
        self._trying = Trying(
            self.form,
            self.fields,
            self.check_panel,
            checking,
            tasks,
            read_account=self.read_record,
            credential=lambda: self._signing_in.credential(self.record),
            show_faults=self._show_faults,
            parent=self,
        )
        self.side = WhatIfSide(self, what_if, lambda: Proposal(account=self.read_record()))
        self._connect()
        self.begin()
        self._same_mailbox = SameMailbox(self.fields, self.form.same_mailbox, self.read_record, self)
        self._load(routing)

    @override
    def ask_where(self) -> None:
        self.form.password.ask_where()

    def profiles_changed(self, choose: str = "") -> None:
        """Profiles were added or edited.

        :param choose: the name of the one that is to be chosen now; empty: as before
        """
        self._profile_to_choose = choose
        self._profiles.load("all")

    def check(self) -> None:
        """Try the values shown."""
        self._trying.check()

    # --- the record ---

    @override
    def show_record(self, record: IncomingAccount) -> None:
        self.form.show_account(record)
        self.form.password.set_stored(stored=self._has_password)

    @override
    def read_record(self) -> IncomingAccount:
        needed = self.adding and self.form.password.typed is None and not self.form.sign_in.by_oauth
        self._missing = (*([Fault("password", Problem.REQUIRED)] if needed else ()), *self.form.missing())
        return self.form.read_account(self.record)

    @override
    def faults_of(self, record: IncomingAccount) -> Sequence[Fault]:
        return [*self._accounts.faults(record), *self._missing]

    @override
    def save(self, record: IncomingAccount) -> IncomingAccount:
        if faults := self.faults_of(record):
            raise InvalidRecordError((TABLE, record.name, fault) for fault in faults)
        # Looked at here and now: the gate rests for a moment after a letter, and lets pass what is not valid.
        held = self._held_before if record.authentication is Authentication.OAUTH2 else None
        self._new_authorization = standing_of(self._sign_ins, record, held).authorization if held is not None else None
        save = self._accounts.add if record.id is None else self._accounts.change
        return save(record, self._new_password, self._new_authorization)

    @override
    def stored(self, record: IncomingAccount) -> IncomingAccount:
        return self._accounts.again(record)

    @override
    def has_more_changes(self) -> bool:
        if self.form.sign_in.by_oauth:
            return self.gate.standing.authorization is not None
        return self.form.password.typed is not None

    @override
    def update_buttons(self) -> None:
        super().update_buttons()
        reason = self.gate.reason if self.save_and_finish_button.isEnabled() else ""
        if self.gate.known:  # else what is said stays: nothing jumps while somebody types
            self._say_reason(reason)
        if reason:
            self.save_and_finish_button.setEnabled(False)
            if self.save_button is not None:
                self.save_button.setEnabled(False)

    @override
    def start_saving(self, *, finish: bool) -> None:
        if reason := self.gate.reason:  # asked for by the question that comes before leaving
            self.bar.show_notice(Kind.WARNING, reason)
            return
        by_oauth = self.form.sign_in.by_oauth
        self._new_password = None if by_oauth else self.form.password.typed
        self._held_before = self.gate.authorization
        super().start_saving(finish=finish)

    @override
    def _on_saved(self, record: IncomingAccount) -> None:
        self._has_password = self._has_password or self._new_password is not None
        kept, came_meanwhile = self._new_authorization, self.gate.authorization is not self._held_before
        self._new_password = self._new_authorization = self._held_before = None
        if came_meanwhile:  # it is to be saved, too
            self._finish_after = False
        super()._on_saved(record)
        if kept is not None and not came_meanwhile:
            self.gate.hold(None)
        else:
            self.gate.look(anew=True)

    @override
    def _show_faults(self, faults: Sequence[Fault]) -> None:
        self.form.unfold_for(faults)
        super()._show_faults(faults)

    # --- building ---

    @property
    def reason(self) -> str:
        """Why what is shown cannot be saved yet; empty when it can."""
        return self._reason.text

    def _say_reason(self, reason: str) -> None:
        self._reason.say(reason)
        self.save_and_finish_button.setAccessibleDescription(reason)

    def _connect(self) -> None:
        form = self.form
        form.limits.browsed.connect(self._browse_ca_file)
        form.password.setup_wanted.connect(self.secrets_setup_wanted)
        form.sign_in.profile_wanted.connect(self.profile_wanted)
        self.gate.changed.connect(self.update_buttons)
        self.gate.failed.connect(self._on_not_asked)
        for name in self.form.handling.names:
            self.fields[name].edited.connect(self.side.panel.outdated)
        self._showing = QTimer(self, singleShot=True, interval=0)  # when the rows have their places
        self._showing.timeout.connect(self._show_panel)
        self.panel.grew.connect(self._showing.start)

    def _show_panel(self) -> None:
        """Have in view what the sign-in says, its buttons above all."""
        if self.panel.isVisible():
            self._area.ensureWidgetVisible(self.panel)

    def _load(self, routing: RoutingService) -> None:
        """Read the queues and profiles, whether there is a sign-in or a password, and where passwords are kept."""
        self.gate.look(anew=True)
        self._queues: Loader[str, Sequence[Queue]] = Loader(self.tasks, "read queues", lambda _: routing.queues(), self)
        self._queues.loaded.connect(lambda _, queues: self.form.offer_queues(queues))
        self._queues.failed.connect(self._on_not_read)
        self._queues.load("all")
        profiles = self._sign_ins.profiles
        self._profiles: Loader[str, Sequence[OAuthProfile]] = Loader(
            self.tasks, "read profiles", lambda _: profiles.all(), self
        )
        self._profiles.loaded.connect(self._on_profiles)
        self._profiles.failed.connect(self._on_not_read)
        self._profiles.load("all")
        self._same_mailbox.load(self._accounts, self.tasks).failed.connect(self._on_not_read)
        if self.adding:
            self.ask_where()
            return
        self._known: Loader[IncomingAccount, bool] = Loader(
            self.tasks, "is there a password", self._accounts.has_password, self
        )
        self._known.loaded.connect(self._on_password_known)
        self._known.failed.connect(self._on_not_read)
        self._known.load(self.record)

    def _on_profiles(self, _: str, profiles: Sequence[OAuthProfile]) -> None:
        rows, changed = self.form.sign_in, self.has_changes
        before = rows.profile.value
        rows.offer_profiles(profiles)
        if self._shown.oauth_profile == before:  # it may have another name now, which nobody needs to save
            self._shown = replace(self._shown, oauth_profile=rows.profile.value)
        if self.adding and len(rows.profile.values) == 1:  # the only one there is
            rows.profile.setCurrentIndex(0)
        if not changed:
            self._shown = self.read_record()
        if self._profile_to_choose:
            rows.profile.choose(self._profile_to_choose)
            self.panel.say(words.looking())  # why a sign-in failed may have been mended in the profile
        self._profile_to_choose = ""
        self.gate.look(anew=True)

    def _on_password_known(self, _: IncomingAccount, known: bool) -> None:
        self._has_password = known
        if not known and self.form.password.masked:
            self.form.password.set_stored(stored=False)
        self.ask_where()

    def _on_not_read(self, error: MailadminError) -> None:
        self.bar.show_notice(Kind.ERROR, errors.sentence(error), details=errors.server_words(error))

    def _on_not_asked(self, error: MailadminError) -> None:
        notice = self.bar.show_notice(Kind.ERROR, errors.sentence(error), details=errors.server_words(error))
        notice.add_action(self.tr("Try again"), lambda: self.gate.look(anew=True))
        self.gate.changed.connect(notice.dismiss)  # it is asked again, whatever for

    def _browse_ca_file(self) -> None:
        dialog = QFileDialog(self, self.tr("Certificate authority file"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters(
            [self.tr("Certificates") + " (*.pem *.crt *.cer *.ca-bundle)", self.tr("All files") + " (*)"]
        )
        dialog.fileSelected.connect(self.form.limits.ca_file.setText)
        dialog.open()

    # --- leaving ---

    @override
    def done(self, result: int) -> None:
        self.check_panel.stop()
        self.panel.leave()
        super().done(result)
