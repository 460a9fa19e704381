"""Provider, name and what a registration at that provider is called by (OA-1)."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFormLayout, QLineEdit

from mailadmin.domain.oauth import OAuthProfile, Provider
from mailadmin.gui.sentences import states
from mailadmin.gui.widgets.choices import ChoiceCombo
from mailadmin.gui.widgets.form import Field, FormFields, add_heading, add_row
from mailadmin.gui.widgets.message_bar import Kind

_MICROSOFT_ONLY = ("tenant",)
_CUSTOM_ONLY = ("discovery_url", "authorization_url", "token_url")


class RegistrationRows(QObject):
    """The rows for provider, name, tenant or addresses, and client id.

    :param rows: the form they are added to
    :param fields: the fields they are known by
    """

    changed = Signal()
    """Another provider is chosen."""

    def __init__(self, rows: QFormLayout, fields: FormFields, parent: QObject) -> None:
        super().__init__(parent)
        self._rows = rows
        self.provider = ChoiceCombo[Provider](nothing=Provider.MICROSOFT)
        self.provider.offer((one, states.provider(one)) for one in Provider)
        self._provider_field = fields.add("provider", Field(self.provider))
        add_row(rows, self.tr("&Provider"), self._provider_field, required=True)
        self.name = QLineEdit()
        add_row(rows, self.tr("&Name"), fields.add("name", Field(self.name)), required=True)
        add_heading(rows, self.tr("Registration at the provider"))
        self._build_addresses(fields)
        self.client_id = QLineEdit()
        self._client_field = fields.add("client_id", Field(self.client_id))
        self._again = self._client_field.add_remark(Kind.WARNING)
        add_row(rows, self.tr("C&lient ID"), self._client_field, required=True)
        self._fields = fields
        self.provider.currentIndexChanged.connect(self._on_changed)

    def show_profile(self, profile: OAuthProfile) -> None:
        """Put the profile's values into the rows."""
        self.provider.choose(profile.provider)
        self.name.setText(profile.name)
        self.tenant.setText(profile.tenant)
        self.discovery_url.setText(profile.discovery_url)
        self.authorization_url.setText(profile.authorization_url)
        self.token_url.setText(profile.token_url)
        self.client_id.setText(profile.client_id)
        self._follow()

    def read_profile(self, profile: OAuthProfile) -> OAuthProfile:
        """The profile with the values of the rows; what another provider has is empty."""
        provider = self.provider.value
        custom = provider is Provider.CUSTOM
        return replace(
            profile,
            provider=provider,
            name=self.name.text(),
            tenant=self.tenant.text().strip() if provider is Provider.MICROSOFT else "",
            discovery_url=self.discovery_url.text().strip() if custom else "",
            authorization_url=self.authorization_url.text().strip() if custom else "",
            token_url=self.token_url.text().strip() if custom else "",
            client_id=self.client_id.text().strip(),
        )

    def say_consequence(self, text: str) -> None:
        """Say what comes of it that this is another registration now; with an empty text nothing."""
        self._again.say(text)

    def _build_addresses(self, fields: FormFields) -> None:
        self.tenant = QLineEdit()
        self.tenant.setPlaceholderText("contoso.onmicrosoft.com")
        hint = self.tr(
            "Directory (tenant) ID, on the overview page of the registration. With accounts of other organizations: "
            "common, organizations or consumers."
        )
        add_row(self._rows, self.tr("&Tenant"), fields.add("tenant", Field(self.tenant, hint=hint)), required=True)
        self.discovery_url = QLineEdit()
        self.discovery_url.setPlaceholderText("https://id.example.org/.well-known/openid-configuration")
        hint = self.tr("The provider tells all other addresses there. Without one, enter them below.")
        add_row(
            self._rows, self.tr("&Discovery URL"), fields.add("discovery_url", Field(self.discovery_url, hint=hint))
        )
        self.authorization_url = QLineEdit()
        field = fields.add("authorization_url", Field(self.authorization_url))
        add_row(self._rows, self.tr("Authorization URL"), field)
        self.token_url = QLineEdit()
        add_row(self._rows, self.tr("Token URL"), fields.add("token_url", Field(self.token_url)))

    def _on_changed(self) -> None:
        self._follow()
        self.changed.emit()

    def _follow(self) -> None:
        provider = self.provider.value
        for name in _MICROSOFT_ONLY:
            self._rows.setRowVisible(self._fields[name], provider is Provider.MICROSOFT)
        for name in _CUSTOM_ONLY:
            self._rows.setRowVisible(self._fields[name], provider is Provider.CUSTOM)
        about = {
            Provider.MICROSOFT: self.tr(
                "Application (client) ID of the registration. The enterprise application has another one: that is "
                "the wrong one here."
            ),
            Provider.GOOGLE: self.tr("It ends with .apps.googleusercontent.com."),
            Provider.CUSTOM: "",
        }
        self._client_field.set_hint(about[provider])
