"""The form of a profile: its rows, and how they follow each other (OA-1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from PySide6.QtWidgets import QLineEdit

from mailadmin.domain.oauth import OAuthProfile, Provider
from mailadmin.domain.profile_rules import CREDENTIAL_FIELDS, registration
from mailadmin.domain.validation import Fault
from mailadmin.gui.sentences import oauth
from mailadmin.gui.tasks import Tasks
from mailadmin.gui.widgets.choices import validity_combo
from mailadmin.gui.widgets.form import Field, FormFields, add_heading, add_legend, add_row, form_in
from mailadmin.gui.widgets.wrapped_contents import WrappedContents
from mailadmin.services.secrets import SecretService

from .detail_rows import DetailRows
from .redirect_rows import RedirectRows
from .registration_rows import RegistrationRows
from .sign_in_rows import SignInRows

_REGISTRATION: Final = ("provider", "client_id", "discovery_url", "authorization_url", "token_url", "instance_url")
"""The fields that say which registration it is."""


class ProfileForm(WrappedContents):
    """Shows a profile and reads it back. Rows come and go with provider, flow and client authentication.

    :param fields: the fields are added to these, in the form's order
    """

    def __init__(self, fields: FormFields, secrets: SecretService, tasks: Tasks) -> None:
        super().__init__()
        self._rows = form_in(self)
        self.registration = RegistrationRows(self._rows, fields, self)
        self.sign_in = SignInRows(self._rows, fields, secrets, tasks, self)
        self.redirect = RedirectRows(self._rows, fields, self)
        self.details = DetailRows(self._rows, fields, self)
        self._build_about(fields)
        add_legend(self._rows)
        self._profile = OAuthProfile(name="", provider=Provider.MICROSOFT)
        for name in ("provider", "flow", "client_authentication", "redirect_host", "redirect_port", "redirect_path"):
            fields[name].edited.connect(self._follow)
        for name in ("discovery_url", "instance_url", "graph_url"):
            fields[name].edited.connect(self._follow)
        for name in (*_REGISTRATION, "flow", "client_authentication", *CREDENTIAL_FIELDS.values()):
            fields[name].edited.connect(self._say_consequence)

    def show_profile(self, profile: OAuthProfile) -> None:
        """Put a profile's values into the form."""
        self._profile = profile
        self.registration.show_profile(profile)
        self.sign_in.show_profile(profile)
        self.redirect.show_profile(profile)
        self.details.show_profile(profile)
        self.validity.choose(profile.validity)
        self.comment.setText(profile.comment)
        self._follow()
        self._say_consequence()

    def read_profile(self, profile: OAuthProfile) -> OAuthProfile:
        """The profile with the form's values; what the form does not know stays as it is."""
        profile = self.registration.read_profile(profile)
        profile = self.sign_in.read_profile(profile)
        profile = self.details.read_profile(self.redirect.read_profile(profile))
        return replace(profile, validity=self.validity.value, comment=self.comment.text().strip())

    def unfold_for(self, faults: Sequence[Fault]) -> None:
        """Unfold what is folded if one of the faults is in there."""
        if any(fault.field in self.details.edits for fault in faults):
            self.details.fold.unfold()

    def _build_about(self, fields: FormFields) -> None:
        add_heading(self._rows, self.tr("About this profile"))
        self.validity = validity_combo(self)
        add_row(self._rows, self.tr("&Validity"), fields.add("validity", Field(self.validity)), required=True)
        self.comment = QLineEdit()
        add_row(self._rows, self.tr("Co&mment"), fields.add("comment", Field(self.comment)))

    def _follow(self) -> None:
        profile = self.read_profile(self._profile)
        self.sign_in.follow(profile)
        profile = self.read_profile(self._profile)  # another provider may have brought another flow
        self.redirect.follow(profile)
        self.details.follow(profile)

    def _say_consequence(self) -> None:
        """A token and a secret belong to one registration (services.oauth.profiles forgets tokens of another)."""
        stored, profile = self._profile, self.read_profile(self._profile)
        another = stored.id is not None and registration(profile) != registration(stored)
        kept = self.sign_in.kept
        said = oauth.another_registration(by_person=profile.flow.by_person, kept=kept) if another else ""
        self.registration.say_consequence(said)
        self.details.say_consequence(said if profile.instance != stored.instance else "")
