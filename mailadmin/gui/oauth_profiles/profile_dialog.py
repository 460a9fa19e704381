"""The dialog that adds or edits a profile, with the guide of its provider beside it (OA-1, OA-8)."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QFileDialog, QWidget
from typing_extensions import override

from mailadmin.domain.accounts import Validity
from mailadmin.domain.oauth import OAuthProfile
from mailadmin.domain.profile_rules import CREDENTIAL_FIELDS, CREDENTIAL_KINDS, credential_faults, normalised_profile
from mailadmin.domain.secrets import Secret
from mailadmin.domain.validation import Fault, InvalidRecordError, Problem
from mailadmin.gui.icons import icon
from mailadmin.gui.sentences import problems
from mailadmin.gui.tasks import Loader, Tasks
from mailadmin.gui.widgets.secret_record_dialog import SecretRecordDialog
from mailadmin.services.oauth import ProfileService
from mailadmin.services.secrets import SecretService

from .form import ProfileForm
from .guide import REDIRECT, Guide


class ProfileDialog(SecretRecordDialog[OAuthProfile]):
    """Shows one profile with its secret, and saves both as one.

    :param profile: one without an id is added
    """

    characters = 100

    def __init__(
        self,
        profile: OAuthProfile,
        *,
        profiles: ProfileService,
        secrets: SecretService,
        tasks: Tasks,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("", profile, problems.PROFILE, tasks, parent)
        self.setWindowTitle(
            self.tr("Add profile") if self.adding else self.tr("Edit profile {name}").format(name=profile.name)
        )
        self._profiles = profiles
        self._has_credential = not self.adding  # until it is known
        self._credential: Secret | None = None
        self._missing: tuple[Fault, ...] = ()
        self._in_hand = ""
        self.form = ProfileForm(self.fields, secrets, tasks)
        self.set_contents(self.form)
        self.form.details.browsed.connect(self._browse_ca_file)
        self.form.sign_in.secret.setup_wanted.connect(self.secrets_setup_wanted)
        self._build_guide()
        self.begin()
        self.form.sign_in.secret.edit.textChanged.connect(self._look_at_secret)
        if self.adding:
            self.ask_where()
            return
        self._known: Loader[OAuthProfile, bool] = Loader(tasks, "is there a secret", profiles.has_credential, self)
        self._known.loaded.connect(self._on_known)
        self._known.failed.connect(self.show_failure)
        self._known.load(profile)

    # --- the record ---

    @override
    def show_record(self, record: OAuthProfile) -> None:
        self.form.show_profile(record)
        self.form.sign_in.set_stored(stored=self._has_credential)

    @override
    def read_record(self) -> OAuthProfile:
        record = self.form.read_profile(self.record)
        self._credential = self.form.sign_in.credential
        self._missing = self._missing_credential(record)
        return record

    @override
    def faults_of(self, record: OAuthProfile) -> Sequence[Fault]:
        return [*self._profiles.faults(record, self._credential), *self._missing]

    @override
    def save(self, record: OAuthProfile) -> OAuthProfile:
        if faults := self.faults_of(record):
            raise InvalidRecordError((self.table, record.name, fault) for fault in faults)
        save = self._profiles.add if record.id is None else self._profiles.change
        return save(record, self._credential)

    @override
    def stored(self, record: OAuthProfile) -> OAuthProfile:
        return self._profiles.again(record)

    @override
    def has_more_changes(self) -> bool:
        return self.form.sign_in.credential is not None

    @override
    def ask_where(self) -> None:
        self.form.sign_in.secret.ask_where()

    @override
    def _left_is_filled(self, name: str) -> bool:
        if name in CREDENTIAL_FIELDS.values():  # no field of the record
            return self.form.sign_in.credential is not None
        return super()._left_is_filled(name)

    @override
    def _on_saved(self, record: OAuthProfile) -> None:
        same = record.client_authentication is self.record.client_authentication
        self._has_credential = self._credential is not None or (self._has_credential and same)
        super()._on_saved(record)

    @override
    def _show_faults(self, faults: Sequence[Fault]) -> None:
        self.form.unfold_for(faults)
        super()._show_faults(faults)

    def _missing_credential(self, record: OAuthProfile) -> tuple[Fault, ...]:
        """A valid profile is saved with what it proves itself by; the stored one counts if it is of that kind."""
        kind = CREDENTIAL_KINDS.get(record.client_authentication)
        stored = self._has_credential and record.client_authentication is self.record.client_authentication
        if kind is None or stored or self._credential is not None or record.validity is not Validity.VALID:
            return ()
        return (Fault(CREDENTIAL_FIELDS[kind], Problem.REQUIRED),)

    def _on_known(self, _: OAuthProfile, known: bool) -> None:
        if known != self._has_credential:
            self._has_credential = known
            if self.form.sign_in.credential is None:
                self.form.sign_in.set_stored(stored=known)
        self.ask_where()

    def _look_at_secret(self) -> None:
        """What was pasted and cannot be a secret is said at once, not when the field is left."""
        record, secret = self.read_record(), self.form.sign_in.secret.typed
        faults = credential_faults(normalised_profile(record), secret) if secret is not None else []
        self.fields.show_faults(faults, only="client_secret")

    # --- guide ---

    def _build_guide(self) -> None:
        self.guide = Guide(self)
        self.add_beside(self.guide)
        self.guide_button = self._buttons.addButton(self.tr("&Guide"), QDialogButtonBox.ButtonRole.HelpRole)
        self.guide_button.setCheckable(True)
        self.guide_button.setAutoDefault(False)
        self.guide_button.setIcon(icon("book-open-variant"))
        self.guide_button.setToolTip(self.tr("Step by step: what to do at the provider, beside the form"))
        self.guide_button.toggled.connect(self._on_guide)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._on_focus)
        self.fields["provider"].edited.connect(self._follow_guide)

    def _on_guide(self, shown: bool) -> None:
        """The dialog becomes wider by the guide, as far as there is room."""
        self._follow_guide()
        room = self.screen().availableSize().width()
        width = self.guide.sizeHint().width()
        self.keep_width()
        self.guide.setVisible(shown)
        self.resize(min(self.width() + (width if shown else -self.guide.width()), room), self.height())

    def _on_focus(self, _: QWidget | None, now: QWidget | None) -> None:
        if now is not None and self.contents.isAncestorOf(now):
            self._in_hand = self._field_of(now)
            self._follow_guide()

    def _follow_guide(self) -> None:
        if self.guide_button.isChecked():
            self.guide.show_step(self.form.registration.provider.value, self._in_hand)

    def _field_of(self, editor: QWidget) -> str:
        if self.form.redirect.uri_field.isAncestorOf(editor):
            return REDIRECT
        return next((name for name, field in self.fields.items() if field.isAncestorOf(editor)), "")

    # --- browsing ---

    def _browse_ca_file(self) -> None:
        dialog = QFileDialog(self, self.tr("Certificate authority file"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters(
            [self.tr("Certificates") + " (*.pem *.crt *.cer *.ca-bundle)", self.tr("All files") + " (*)"]
        )
        dialog.fileSelected.connect(self.form.details.edits["ca_file"].setText)
        dialog.open()
