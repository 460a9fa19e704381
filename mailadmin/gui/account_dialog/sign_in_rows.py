"""Sign-in: a password, or OAuth2 with a profile and the button that signs in (IN-2, OA-2, OA-3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFormLayout, QLabel, QLineEdit, QPushButton

from mailadmin.domain.accounts import Authentication, Encryption, Family, IncomingAccount, Validity
from mailadmin.domain.names import name_key
from mailadmin.domain.oauth import OAuthProfile, Provider
from mailadmin.gui.sentences import states
from mailadmin.gui.sign_in import SignInPanel, SignInServices
from mailadmin.gui.tasks import Tasks
from mailadmin.gui.widgets.choices import ChoiceCombo, marked
from mailadmin.gui.widgets.editors import RadioEdit
from mailadmin.gui.widgets.form import Field, FormFields, add_heading, add_row
from mailadmin.gui.widgets.message_bar import Kind
from mailadmin.services.secrets import SecretService

from .hosts import refuses_passwords
from .password_field import PasswordField


class SignInRows(QObject):
    """The rows for authentication, profile, user, mailbox, password and authorization.

    :param rows: the form they are added to
    :param fields: the fields they are known by; ``authorization`` is among them, which is no field of the record
    """

    changed = Signal()
    """The authentication, the profile or the user is another."""
    profile_wanted = Signal(str)
    """The profile of this name is to be edited; an empty name: one is to be added."""

    def __init__(
        self,
        rows: QFormLayout,
        fields: FormFields,
        secrets: SecretService,
        services: SignInServices,
        tasks: Tasks,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._rows = rows
        self._profiles: dict[str, OAuthProfile] = {}
        self._family = Family.IMAP
        self._encrypted = True
        add_heading(rows, self.tr("Sign-in"))
        self._build_authentication(fields)
        self._build_profile(fields)
        self._build_who(fields)
        self.password = PasswordField(secrets, tasks)
        add_row(rows, self.tr("Pass&word"), fields.add("password", self.password), required=True)
        self.panel = SignInPanel(services.authorizations, tasks)
        self.panel.setFocusProxy(self.panel.button)
        self._panel_field = fields.add("authorization", Field(self.panel))
        add_row(rows, self.tr("Authorization"), self._panel_field, required=True)
        self.authentication.chosen.connect(self.changed)
        self.profile.currentIndexChanged.connect(self.changed)
        self.username.textChanged.connect(self.changed)

    # --- the record ---

    @property
    def by_oauth(self) -> bool:
        """Whether it signs in by OAuth2: by choice, or because there is no other way."""
        return self._family is Family.GRAPH or self.authentication.value is Authentication.OAUTH2

    @property
    def chosen_profile(self) -> OAuthProfile | None:
        """The profile that is chosen; None for none, or one that is not there any more."""
        return self._profiles.get(name_key(self.profile.value)) if self.by_oauth else None

    def show_account(self, account: IncomingAccount) -> None:
        """Put the account's values into the rows."""
        self._family = account.type.family
        self.authentication.set_value(account.authentication)
        self._offer(account.oauth_profile)
        self.profile.choose(account.oauth_profile)
        self.username.setText(account.username)
        self.opens_mailbox.setText(account.opens_mailbox)

    def read_account(self, account: IncomingAccount) -> IncomingAccount:
        """The account with the values of the rows; what is not offered is empty."""
        by_oauth = self.by_oauth
        return replace(
            account,
            authentication=Authentication.OAUTH2 if by_oauth else Authentication.PASSWORD,
            oauth_profile=self.profile.value if by_oauth else "",
            username=self.username.text(),
            opens_mailbox=self.opens_mailbox.text().strip() if by_oauth and self._by_person else "",
        )

    def offer_profiles(self, profiles: Sequence[OAuthProfile]) -> None:
        """Offer these profiles, as far as they are valid and fit the account's type, and the one that is chosen.

        The one that is chosen stays chosen under another name.
        """
        before = self._profiles.get(name_key(self.profile.value))
        self._profiles = {name_key(profile.name): profile for profile in profiles}
        chosen = next((one.name for one in profiles if before and one.uid == before.uid), self.profile.value)
        self._offer(chosen)
        self.profile.choose(chosen)
        self.changed.emit()

    def follow(self, account: IncomingAccount) -> None:
        """Offer what the account's type can do, and say what does not go together."""
        family = account.type.family
        if family is not self._family:
            self._family = family
            self._offer(self.profile.value)
        self._encrypted = account.type.encryption is not Encryption.NONE
        self._show_rows()
        self._say_what_is_refused(account)
        profile = self.chosen_profile
        self.edit_button.setEnabled(bool(self.profile.value))
        self.panel.show_profile(profile, allowed=self._encrypted)

    # --- building ---

    def _build_authentication(self, fields: FormFields) -> None:
        self.authentication = RadioEdit[Authentication]((one, states.authentication(one)) for one in Authentication)
        self._authentication_field = fields.add("authentication", Field(self.authentication))
        self.authentication.chosen.connect(self._authentication_field.edited)
        self.authentication.chosen.connect(self._authentication_field.left)
        self.refuses_passwords = self._authentication_field.add_remark(Kind.WARNING)
        self.refuses_passwords.add_action(self.tr("Use OAuth2"), self._use_oauth)
        self.impossible = self._authentication_field.add_remark(Kind.ERROR)
        add_row(self._rows, self.tr("Authentication"), self._authentication_field, required=True)

    def _build_profile(self, fields: FormFields) -> None:
        self.profile = ChoiceCombo(placeholder=self.tr("Choose a profile"))
        self.edit_button = QPushButton(self.tr("Edit profile..."))
        self.edit_button.clicked.connect(lambda: self.profile_wanted.emit(self.profile.value))
        self.add_button = QPushButton(self.tr("Add profile..."))
        self.add_button.clicked.connect(lambda: self.profile_wanted.emit(""))
        for button in (self.edit_button, self.add_button):
            button.setAutoDefault(False)
        self._profile_field = fields.add("oauth_profile", Field(self.profile, self.edit_button, self.add_button))
        add_row(self._rows, self.tr("Profile"), self._profile_field, required=True)

    def _build_who(self, fields: FormFields) -> None:
        self.username = QLineEdit()
        self._username_field = fields.add("username", Field(self.username))
        self.same_mailbox = self._username_field.add_remark(Kind.INFORMATION)
        add_row(self._rows, self.tr("&Username"), self._username_field, required=True)
        self.opens_mailbox = QLineEdit()
        self.opens_mailbox.setPlaceholderText(self.tr("the same"))
        self._opens_field = fields.add("opens_mailbox", Field(self.opens_mailbox))
        self._opens_field.set_hint(self.tr("For a shared mailbox: its address. Whoever signs in has access to it."))
        add_row(self._rows, self.tr("Opens mailbo&x"), self._opens_field)

    # --- following ---

    @property
    def _by_person(self) -> bool:
        profile = self.chosen_profile
        return profile is None or profile.flow.by_person

    def _offer(self, chosen: str) -> None:
        offered = [
            (profile.name, marked(profile.name, profile.validity))
            for profile in self._profiles.values()
            if (profile.validity is Validity.VALID and self._fits(profile)) or profile.name == chosen
        ]
        if chosen and name_key(chosen) not in self._profiles:
            offered.insert(0, (chosen, chosen))
        self.profile.offer(offered)

    def _fits(self, profile: OAuthProfile) -> bool:
        return self._family is not Family.GRAPH or profile.provider is Provider.MICROSOFT

    def _show_rows(self) -> None:
        by_oauth = self.by_oauth
        self._rows.setRowVisible(self._authentication_field, self._family is not Family.GRAPH)
        self._rows.setRowVisible(self._profile_field, by_oauth)
        self._rows.setRowVisible(self._opens_field, by_oauth and self._by_person)
        self._rows.setRowVisible(self.password, not by_oauth)
        self._rows.setRowVisible(self._panel_field, by_oauth)
        self._name_user(by_oauth=by_oauth)

    def _name_user(self, *, by_oauth: bool) -> None:
        if not by_oauth:
            text, hint = self.tr("&Username"), ""
        elif self._by_person and self.chosen_profile is not None:
            text, hint = self.tr("Signs in as"), self.tr("filled in by the sign-in")
        else:
            text, hint = self.tr("Mailbox address"), ""
        label = self._rows.labelForField(self._username_field)
        assert isinstance(label, QLabel)
        label.setText(f"{text} *")
        self.username.setAccessibleName(text.replace("&", ""))
        self.username.setPlaceholderText(hint)

    def _say_what_is_refused(self, account: IncomingAccount) -> None:
        refused = not self.by_oauth and refuses_passwords(account)
        self.refuses_passwords.say(
            self.tr("Exchange Online refuses passwords for IMAP and POP3: signing in will fail.") if refused else ""
        )
        plain = self.by_oauth and not self._encrypted
        self.impossible.say(
            self.tr("OAuth2 is not possible without encryption: choose a type with TLS above.") if plain else ""
        )

    def _use_oauth(self) -> None:
        self.authentication.set_value(Authentication.OAUTH2)
        self.profile.setFocus()
