"""What hardly any registration needs, so it unfolds: other clouds, a path, an authority of one's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFormLayout, QLineEdit, QPushButton

from mailadmin.domain.oauth import MICROSOFT_INSTANCE, Flow, OAuthProfile, Provider
from mailadmin.gui.widgets.fold import Fold
from mailadmin.gui.widgets.form import Field, FormFields, add_row
from mailadmin.gui.widgets.message_bar import Kind

Belongs = Callable[[OAuthProfile], bool]
_BELONGS: Final[dict[str, Belongs]] = {
    "instance_url": lambda profile: profile.provider is Provider.MICROSOFT,
    "graph_url": lambda profile: profile.provider is Provider.MICROSOFT,
    "device_url": lambda profile: profile.provider is Provider.CUSTOM,
    "redirect_path": lambda profile: profile.flow is Flow.AUTHORIZATION_CODE,
    "ca_file": lambda profile: True,
}
"""Which profiles have which of these fields."""


class DetailRows(QObject):
    """The rows that unfold.

    :param rows: the form they are added to
    :param fields: the fields they are known by
    """

    browsed = Signal()
    """Browse for a certificate authority file was pressed."""

    def __init__(self, rows: QFormLayout, fields: FormFields, parent: QObject) -> None:
        super().__init__(parent)
        self._rows = rows
        self._fields = fields
        self._profile = OAuthProfile(name="", provider=Provider.MICROSOFT)
        self._device_url_needed = False
        self.fold = Fold(self.tr("Special &addresses and certificates"))
        self.fold.folded.connect(lambda: self.follow(self._profile))
        rows.addRow(self.fold)
        self.edits = {name: QLineEdit() for name in _BELONGS}
        self.edits["instance_url"].setPlaceholderText(MICROSOFT_INSTANCE)
        self.edits["redirect_path"].setPlaceholderText("/callback")
        self.browse = QPushButton(self.tr("Browse..."))
        self.browse.setAutoDefault(False)
        self.browse.setAccessibleName(self.tr("Browse for a certificate authority file"))
        self.browse.clicked.connect(self.browsed)
        self._build(fields)

    def show_profile(self, profile: OAuthProfile) -> None:
        """Put the profile's values into the rows; unfold them if there is something special."""
        for name, edit in self.edits.items():
            edit.setText(getattr(profile, name))
        self.follow(profile)
        if any(getattr(profile, name) for name in _BELONGS):
            self.fold.unfold()

    def read_profile(self, profile: OAuthProfile) -> OAuthProfile:
        """The profile with the values of the rows; what does not belong to it is empty."""

        def read(name: str) -> str:
            return self.edits[name].text().strip() if _BELONGS[name](profile) else ""

        return replace(
            profile,
            instance_url=read("instance_url"),
            graph_url=read("graph_url"),
            device_url=read("device_url"),
            redirect_path=read("redirect_path"),
            ca_file=read("ca_file"),
        )

    def follow(self, profile: OAuthProfile) -> None:
        """Show the rows that belong to the profile, if they are unfolded; unfold them for what becomes needed."""
        self._profile = profile
        needed = _needs_device_url(profile)
        if needed is not self._device_url_needed:
            self._device_url_needed = needed
            self._fields["device_url"].set_hint(self._about_device_url())
            if needed:
                self.fold.unfold()
        for name, belongs in _BELONGS.items():
            self._rows.setRowVisible(self._fields[name], self.fold.unfolded and belongs(profile))
        self.edits["graph_url"].setPlaceholderText(replace(profile, graph_url="").graph)

    def say_consequence(self, text: str) -> None:
        """Say what comes of it that another instance is another registration; with an empty text nothing."""
        self._again.say(text)

    def _about_device_url(self) -> str:
        if self._device_url_needed:
            return self.tr("Needed for the sign-in on another device: without a discovery, nobody tells it.")
        return self.tr("Empty: as the discovery says.")

    def _build(self, fields: FormFields) -> None:
        labels = {
            "instance_url": self.tr("Instance URL"),
            "graph_url": self.tr("Microsoft Graph URL"),
            "device_url": self.tr("Device code URL"),
            "redirect_path": self.tr("Redirect path"),
            "ca_file": self.tr("Certificate authority file"),
        }
        hints = {
            "instance_url": self.tr("Where Microsoft signs people in. Another one in a national cloud only."),
            "graph_url": self.tr("Empty: the one that belongs to the instance."),
            "device_url": self._about_device_url(),
            "redirect_path": self.tr("Only if the redirect URI that is registered has one."),
            "ca_file": self.tr("A private authority that has signed the provider's certificate."),
        }
        for name, label in labels.items():
            beside = (self.browse,) if name == "ca_file" else ()
            add_row(self._rows, label, fields.add(name, Field(self.edits[name], *beside, hint=hints[name])))
        self._again = fields["instance_url"].add_remark(Kind.WARNING)


def _needs_device_url(profile: OAuthProfile) -> bool:
    custom = profile.provider is Provider.CUSTOM
    return custom and profile.flow is Flow.DEVICE_CODE and not profile.discovery_url
