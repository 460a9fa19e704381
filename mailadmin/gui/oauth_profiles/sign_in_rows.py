"""Who signs in, how the program proves itself, and what is asked for (OA-1, OA-4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Final

from PySide6.QtCore import QDate, QObject, QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QDateEdit, QFormLayout, QLabel, QLineEdit, QSizePolicy

from mailadmin.domain.oauth import ClientAuthentication, Flow, OAuthProfile, Provider, Use
from mailadmin.domain.scopes import Arranging, arranged, scopes_for
from mailadmin.domain.secrets import Secret
from mailadmin.gui.sentences import oauth, states
from mailadmin.gui.sentences.oauth import Urgency
from mailadmin.gui.tasks import Tasks
from mailadmin.gui.widgets.choices import ChoiceCombo
from mailadmin.gui.widgets.form import Field, FormFields, add_heading, add_row
from mailadmin.gui.widgets.message_bar import Kind
from mailadmin.gui.widgets.secret_field import SecretField, SecretWords
from mailadmin.services.secrets import SecretService

from .certificate_field import CertificateField

NONE, SECRET, CERTIFICATE = ClientAuthentication
_FLOWS: Final[Mapping[Provider, tuple[Flow, ...]]] = {
    Provider.MICROSOFT: tuple(Flow),
    Provider.GOOGLE: (Flow.AUTHORIZATION_CODE,),  # with a code Google lets nobody at mail
    Provider.CUSTOM: tuple(Flow),
}
_PROOFS: Final[Mapping[tuple[Provider, Flow], tuple[ClientAuthentication, ...]]] = {
    (Provider.MICROSOFT, Flow.AUTHORIZATION_CODE): (NONE, SECRET, CERTIFICATE),
    (Provider.MICROSOFT, Flow.CLIENT_CREDENTIALS): (SECRET, CERTIFICATE),
    (Provider.MICROSOFT, Flow.DEVICE_CODE): (NONE,),
    (Provider.GOOGLE, Flow.AUTHORIZATION_CODE): (SECRET,),
    (Provider.CUSTOM, Flow.AUTHORIZATION_CODE): (NONE, SECRET),
    (Provider.CUSTOM, Flow.CLIENT_CREDENTIALS): (SECRET,),
    (Provider.CUSTOM, Flow.DEVICE_CODE): (NONE, SECRET),
}
"""What can be chosen; what a stored profile has besides is shown as well."""


class SignInRows(QObject):
    """The rows for flow, client authentication, secret or certificate, its end, and scopes.

    :param rows: the form they are added to
    :param fields: the fields they are known by
    """

    changed = Signal()
    """Another flow or client authentication is chosen."""

    def __init__(
        self, rows: QFormLayout, fields: FormFields, secrets: SecretService, tasks: Tasks, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._rows = rows
        self._profile = OAuthProfile(name="", provider=Provider.MICROSOFT)
        self._wanted = (Flow.AUTHORIZATION_CODE, NONE)
        self._stored: ClientAuthentication | None = None
        add_heading(rows, self.tr("How accounts sign in"))
        self.flow = ChoiceCombo[Flow](nothing=Flow.AUTHORIZATION_CODE)
        self._flow_field = fields.add("flow", Field(self.flow))
        add_row(rows, self.tr("S&ign-in"), self._flow_field, required=True)
        self.proof = ChoiceCombo[ClientAuthentication](nothing=NONE)
        self._proof_field = fields.add("client_authentication", Field(self.proof))
        add_row(rows, self.tr("Program proves itself &by"), self._proof_field, required=True)
        self._build_credentials(fields, secrets, tasks)
        self._build_scopes(fields)
        self.flow.currentIndexChanged.connect(self._on_changed)
        self.proof.currentIndexChanged.connect(self._on_changed)

    # --- the profile ---

    def show_profile(self, profile: OAuthProfile) -> None:
        """Put the profile's values into the rows."""
        self._profile = profile
        self._wanted = profile.flow, profile.client_authentication
        self._offer(profile.provider)
        self.scopes.setText(profile.scopes)
        self.dated.setChecked(profile.secret_expires is not None)
        day = profile.secret_expires or _in_two_years()
        self.day.setDate(QDate(day.year, day.month, day.day))
        self._follow()

    def read_profile(self, profile: OAuthProfile) -> OAuthProfile:
        """The profile with the values of the rows; what does not belong to the choices is empty."""
        proof = self.proof.value
        ends = self._date() if self.dated.isChecked() and proof is not NONE else None
        return replace(
            profile,
            flow=self.flow.value,
            client_authentication=proof,
            secret_expires=ends,
            scopes=" ".join(self.scopes.text().split()),
        )

    def set_stored(self, *, stored: bool) -> None:
        """Whether the secret or certificate of the profile that is shown is kept."""
        self._stored = self._profile.client_authentication if stored else None
        self.secret.set_stored(stored=self._stored is SECRET)
        self.certificate.set_stored(stored=self._stored is CERTIFICATE)

    @property
    def credential(self) -> Secret | None:
        """The secret or certificate that was entered; None: the stored one is meant, or none."""
        if self.proof.value is SECRET:
            return self.secret.typed
        return self.certificate.chosen if self.proof.value is CERTIFICATE else None

    @property
    def kept(self) -> ClientAuthentication:
        """What is stored and goes on to be used: a secret, a certificate, or nothing."""
        proof = self.proof.value
        return proof if proof is self._stored and self.credential is None else NONE

    def follow(self, profile: OAuthProfile) -> None:
        """Offer what this profile's provider has, and speak of it.

        :param profile: as the form says now
        """
        self._profile = replace(self._profile, provider=profile.provider, graph_url=profile.graph_url)
        self._offer(profile.provider)
        self._follow()

    # --- building ---

    def _build_credentials(self, fields: FormFields, secrets: SecretService, tasks: Tasks) -> None:
        words = SecretWords(
            show=self.tr("Show the client secret as it is typed"), change=self.tr("Change the client secret")
        )
        self.secret = SecretField(secrets, tasks, words)
        add_row(self._rows, self.tr("Client se&cret"), fields.add("client_secret", self.secret), required=True)
        self.certificate = CertificateField(tasks)
        add_row(
            self._rows,
            self.tr("Certificate and &key"),
            fields.add("client_certificate", self.certificate),
            required=True,
        )
        self.dated = QCheckBox(self.tr("on:"))
        self.dated.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.day = QDateEdit()
        self.day.setCalendarPopup(True)
        self.day.setAccessibleName(self.tr("Last day of the secret or certificate"))
        self.day.setEnabled(False)
        self._dated_field = fields.add("secret_expires", Field(self.dated, self.day))
        self._ends_soon = self._dated_field.add_remark(Kind.WARNING)
        add_row(self._rows, self.tr("Secret &ends"), self._dated_field)
        self.dated.toggled.connect(self.day.setEnabled)
        self.dated.toggled.connect(self._say_end)
        self.day.dateChanged.connect(self._dated_field.edited)
        self.day.dateChanged.connect(self._say_end)

    def _build_scopes(self, fields: FormFields) -> None:
        self.scopes = QLineEdit()
        self._scopes_field = fields.add("scopes", Field(self.scopes))
        self._in_order = self._scopes_field.add_remark(Kind.INFORMATION)
        add_row(self._rows, self.tr("Sc&opes"), self._scopes_field)
        self.scopes.textChanged.connect(self._say_scopes)

    # --- following ---

    def _offer(self, provider: Provider) -> None:
        """Offer what there is for a provider; what was chosen is chosen if it is among that, else the first is.

        Arrow keys pass over providers that have less: what was chosen before comes back behind them.
        """
        flow, proof = self._wanted
        flows = _FLOWS[provider]
        flow = flow if flow in flows else flows[0]
        proofs = _PROOFS[provider, flow]
        proof = proof if proof in proofs else proofs[0]
        with QSignalBlocker(self.flow), QSignalBlocker(self.proof):
            if self.flow.values != flows:  # a box that is filled while it tells of a change breaks off
                self.flow.offer((one, states.flow(one)) for one in flows)
            self.flow.choose(flow)
            if self.proof.values != proofs:
                self.proof.offer((one, states.client_authentication(one)) for one in proofs)
            self.proof.choose(proof)

    def _on_changed(self) -> None:
        self._wanted = self.flow.value, self.proof.value
        self._offer(self._profile.provider)
        self._follow()
        self.changed.emit()

    def _follow(self) -> None:
        proof = self.proof.value
        self._flow_field.set_hint(states.flow_description(self.flow.value))
        self._proof_field.set_hint(self._about_proof())
        self._rows.setRowVisible(self.secret, proof is SECRET)
        self._rows.setRowVisible(self.certificate, proof is CERTIFICATE)
        self._rows.setRowVisible(self._dated_field, proof is not NONE)
        self.secret.set_about(self._about_secret())
        self._name_end()
        self._say_end()
        self._say_scopes()

    def _about_proof(self) -> str:
        if self.proof.value is NONE:
            return self.tr("Nothing to keep and nothing that ends: the usual choice for a program on a desktop.")
        return ""

    def _about_secret(self) -> str:
        if self._profile.provider is Provider.MICROSOFT:
            return self.tr("The value, not the ID: it is shown only once, and works for two years at most.")
        if self._profile.provider is Provider.GOOGLE:
            return self.tr("It is shown with the client ID when the client is made, and only then.")
        return ""

    def _name_end(self) -> None:
        """A secret or a certificate: the row is called by what ends."""
        certificate = self.proof.value is CERTIFICATE
        label = self._rows.labelForField(self._dated_field)
        assert isinstance(label, QLabel), "every row has a label"
        label.setText(self.tr("Certificate &ends") if certificate else self.tr("Secret &ends"))
        self.dated.setAccessibleName(
            self.tr("The certificate ends on a day that is known")
            if certificate
            else self.tr("The secret ends on a day that is known")
        )

    def _say_end(self) -> None:
        known = self.dated.isChecked()
        today = datetime.now().astimezone().date()
        near = known and oauth.urgency(self._date(), today) is not Urgency.FAR
        self._ends_soon.say(oauth.secret_until_sentence(self._date(), today, self.proof.value) if near else "")
        self._dated_field.set_hint(
            "" if known else self.tr("As the provider says. You are warned 60, 30, 14, 7 days and one day before.")
        )

    def _say_scopes(self) -> None:
        profile = replace(self._profile, flow=self.flow.value, scopes=self.scopes.text())
        remarks = [one for one in arranged(profile).remarks if one.what is not Arranging.UNPLACED]
        said = " ".join(oauth.scope_remark(one) for one in remarks)
        self._in_order.say(self.tr("Put in order: {what}").format(what=said) if said else "")
        preset = replace(profile, scopes="")
        self.scopes.setPlaceholderText(" ".join(scopes_for(preset, Use.IMAP)))
        self._scopes_field.set_hint(self._about_scopes(preset))

    def _about_scopes(self, preset: OAuthProfile) -> str:
        if preset.provider is Provider.CUSTOM:
            return self.tr("As the provider names what a mailbox needs, parted by blanks. openid is asked for as well.")
        uses: dict[str, list[str]] = {}
        for use, name in ((Use.IMAP, "IMAP"), (Use.POP3, "POP3"), (Use.GRAPH, "Microsoft Graph")):
            if use is not Use.GRAPH or preset.provider is Provider.MICROSOFT:
                uses.setdefault(" ".join(_short(scope) for scope in scopes_for(preset, use)), []).append(name)
        told = "; ".join(f"{', '.join(names)}: {scopes}" for scopes, names in uses.items())
        return self.tr("Best left empty: then each account asks for what it needs ({preset}).").format(preset=told)

    def _date(self) -> date:
        chosen = self.day.date()
        return date(chosen.year(), chosen.month(), chosen.day())


def _short(scope: str) -> str:
    """A scope as people speak of it: ``IMAP.AccessAsUser.All``; the whole one where that says too little."""
    short = scope.removeprefix("https://")
    name = short.partition("/")[2]
    return short if not name or name.startswith(".") else name.rsplit("/", 1)[-1]


def _in_two_years() -> date:
    today = datetime.now().astimezone().date()
    return today.replace(year=today.year + 2, day=min(today.day, 28))
