"""The columns of the table of profiles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QIcon

from mailadmin.domain.oauth import ClientAuthentication, Flow, OAuthProfile, Provider
from mailadmin.gui.icons import Tone, icon
from mailadmin.gui.sentences import oauth, problems, states, times
from mailadmin.gui.sentences.oauth import Urgency
from mailadmin.gui.sentences.wording import listing
from mailadmin.gui.widgets.columns import changed_column, comment_column, trash_column, validity_column
from mailadmin.gui.widgets.records import Column

translate = QCoreApplication.translate


@dataclass(frozen=True, slots=True)
class ProfileLine:
    """A profile, the accounts that sign in by it, and whether the secret it needs is kept."""

    profile: OAuthProfile
    accounts: tuple[str, ...] = ()
    has_credential: bool = True

    @property
    def lacks_credential(self) -> bool:
        """Whether it proves itself by something that is not there."""
        return self.profile.client_authentication is not ClientAuthentication.NONE and not self.has_credential


def needs_somebody(line: ProfileLine, today: date) -> bool:
    """Whether a secret is missing, or ends so soon that somebody should make another."""
    end = line.profile.secret_expires
    return line.lacks_credential or (end is not None and oauth.urgency(end, today) is not Urgency.FAR)


def profile_of(line: ProfileLine) -> OAuthProfile:
    """The record in a row."""
    return line.profile


def profile_columns() -> tuple[Column[ProfileLine], ...]:
    """From left to right."""
    return (
        Column(
            key="name",
            title=lambda: translate("ProfilesPage", "Profile"),
            text=lambda line: line.profile.name,
            second=_provider,
            sort=lambda line: line.profile.name.casefold(),
            tooltip=lambda line: line.profile.name,
            width=44,
            fixed=True,
        ),
        Column(
            key="flow",
            title=lambda: problems.field_label(problems.PROFILE, "flow"),
            text=lambda line: states.flow(line.profile.flow),
            tooltip=lambda line: states.flow_description(line.profile.flow),
            width=13,
            words=lambda: [states.flow(flow) for flow in Flow],
        ),
        Column(
            key="address",
            title=lambda: translate("ProfilesPage", "Tenant or address"),
            text=_address,
            tooltip=_address,
            elide=Qt.TextElideMode.ElideMiddle,
            width=18,
        ),
        Column(
            key="client_id",
            title=lambda: problems.field_label(problems.PROFILE, "client_id"),
            text=lambda line: line.profile.client_id,
            tooltip=lambda line: line.profile.client_id,
            elide=Qt.TextElideMode.ElideMiddle,
            width=16,
        ),
        Column(
            key="used",
            title=lambda: translate("ProfilesPage", "Used by"),
            text=lambda line: times.accounts(len(line.accounts)) if line.accounts else "–",
            sort=lambda line: len(line.accounts),
            tooltip=_users,
            width=10,
        ),
        Column(
            key="secret_until",
            title=lambda: translate("ProfilesPage", "Secret until"),
            text=_until,
            icon=_until_icon,
            sort=lambda line: line.profile.secret_expires,
            tooltip=_until_sentence,
            width=14,
        ),
        validity_column(profile_of),
        comment_column(profile_of),
        changed_column(profile_of),
        trash_column(),
    )


def _provider(line: ProfileLine) -> str:
    return states.provider(line.profile.provider)


def _address(line: ProfileLine) -> str:
    profile = line.profile
    if profile.provider is Provider.MICROSOFT:
        return profile.tenant
    if profile.provider is Provider.GOOGLE:
        return "accounts.google.com"
    return profile.discovery_url or profile.token_url


def _users(line: ProfileLine) -> str:
    if not line.accounts:
        return translate("ProfilesPage", "No account signs in by this profile.")
    return translate("ProfilesPage", "Accounts: {names}").format(names=listing(line.accounts))


def _today() -> date:
    return datetime.now().astimezone().date()


def _until(line: ProfileLine) -> str:
    profile = line.profile
    if profile.client_authentication is ClientAuthentication.NONE:
        return "–"
    if line.lacks_credential:
        return translate("ProfilesPage", "missing")
    if profile.secret_expires is None:
        return translate("ProfilesPage", "not said")
    return oauth.secret_until(profile.secret_expires, _today())


def _until_icon(line: ProfileLine) -> QIcon:
    if line.lacks_credential:
        return icon("close-circle-outline", Tone.BAD)
    end = line.profile.secret_expires
    if end is None or line.profile.client_authentication is ClientAuthentication.NONE:
        return QIcon()
    return icon(*_PICTURES[oauth.urgency(end, _today())])


_PICTURES = {
    Urgency.FAR: ("check-circle-outline", Tone.GOOD),
    Urgency.SOON: ("alert-outline", Tone.WARNING),
    Urgency.NOW: ("alert-circle-outline", Tone.BAD),
}


def _until_sentence(line: ProfileLine) -> str:
    profile = line.profile
    if profile.client_authentication is ClientAuthentication.NONE:
        return translate("ProfilesPage", "A public client: it has no secret, and nothing that ends.")
    if line.lacks_credential:
        return translate("ProfilesPage", "The secret or certificate was never entered here. Edit the profile.")
    if profile.secret_expires is None:
        return translate("ProfilesPage", "Nobody has said when it ends. Enter the day, and you are warned.")
    return oauth.secret_until_sentence(profile.secret_expires, _today(), profile.client_authentication)
