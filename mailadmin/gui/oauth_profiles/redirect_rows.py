"""Where the browser comes back to, and the redirect URI to register for that (OA-8)."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QStyle, QVBoxLayout, QWidget

from mailadmin.domain.oauth import ClientAuthentication, Flow, OAuthProfile, Provider, RedirectHost
from mailadmin.gui.widgets.choices import ChoiceCombo
from mailadmin.gui.widgets.editors import NumberEdit
from mailadmin.gui.widgets.form import Field, FormFields, add_row
from mailadmin.gui.widgets.message_bar import Kind


class RedirectRows(QObject):
    """The rows for host and port, and the URI that they make.

    :param rows: the form they are added to
    :param fields: the fields they are known by
    """

    def __init__(self, rows: QFormLayout, fields: FormFields, parent: QObject) -> None:
        super().__init__(parent)
        self._rows = rows
        self.uri = QLineEdit()
        self.uri.setReadOnly(True)
        self.copy_button = QPushButton(self.tr("Cop&y"))
        self.copy_button.setAutoDefault(False)
        self.copy_button.setAccessibleName(self.tr("Copy the redirect URI"))
        self.copy_button.clicked.connect(self._copy)
        self.uri_field = Field(self.uri, self.copy_button)
        self._copied = self.uri_field.add_remark(Kind.GOOD)
        add_row(rows, self.tr("&Register redirect URI"), self.uri_field)
        self._build_host_and_port(fields)

    def show_profile(self, profile: OAuthProfile) -> None:
        """Put the profile's values into the rows."""
        self.host.choose(profile.redirect_host)
        self.port.set_value(profile.redirect_port)
        self.follow(profile)

    def read_profile(self, profile: OAuthProfile) -> OAuthProfile:
        """The profile with the values of the rows; no browser comes back to a profile that uses none."""
        if profile.flow is not Flow.AUTHORIZATION_CODE:
            return replace(profile, redirect_host=RedirectHost.LOCALHOST, redirect_port=None)
        return replace(profile, redirect_host=self.host.value, redirect_port=self.port.value)

    def follow(self, profile: OAuthProfile) -> None:
        """Say the redirect URI of the profile as the form says now, and where to enter it."""
        by_browser = profile.flow is Flow.AUTHORIZATION_CODE
        self._rows.setRowVisible(self.uri_field, by_browser)
        self._rows.setRowVisible(self._pair, by_browser)
        if profile.redirect_uri != self.uri.text():
            self._copied.say("")
            self.uri.setText(profile.redirect_uri)
        self.uri_field.set_hint(self._where(profile))
        self._port_field.set_hint(self._about_port(profile))

    def _build_host_and_port(self, fields: FormFields) -> None:
        self.host = ChoiceCombo[RedirectHost](nothing=RedirectHost.LOCALHOST)
        self.host.offer((host, f"http://{host}") for host in RedirectHost)
        self.port = NumberEdit(5)
        self.port.setPlaceholderText(self.tr("any"))
        host_field = fields.add("redirect_host", Field(self.host))
        self._port_field = fields.add("redirect_port", Field(self.port))
        # As one row: the URI above is what they make.
        self._pair = QWidget()
        column = QVBoxLayout(self._pair)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(self._pair.style().pixelMetric(QStyle.PixelMetric.PM_LayoutVerticalSpacing) // 3)
        line = QHBoxLayout()
        column.addLayout(line)
        column.addWidget(self._port_field.hint_label)  # the box is too narrow for it
        line.addWidget(host_field, 3, Qt.AlignmentFlag.AlignTop)
        port_label = QLabel(self.tr("Port"))
        port_label.setBuddy(self.port)
        self.port.setAccessibleName(self.tr("Port of the redirect URI"))
        side = QFormLayout()
        side.setFormAlignment(self._rows.formAlignment())
        side.setLabelAlignment(self._rows.labelAlignment())
        side.addRow(port_label, self._port_field)
        line.addLayout(side, 2)
        label = QLabel(self.tr("Redirect to"))
        label.setBuddy(self.host)
        self.host.setAccessibleName(self.tr("Redirect to"))
        self._rows.addRow(label, self._pair)

    def _where(self, profile: OAuthProfile) -> str:
        if profile.provider is Provider.GOOGLE:
            if profile.redirect_port is None:
                return self.tr("Nothing to enter: a client of the type Desktop app takes it as it is.")
            return self.tr("For a client of the type Web application: under Authorized redirect URIs.")
        if profile.provider is Provider.CUSTOM:
            return self.tr("Where the client is registered, as a redirect URI of a native (desktop) application.")
        if profile.redirect_host is RedirectHost.LOOPBACK:
            return self.tr("The form there refuses 127.0.0.1: it must be put into the manifest. localhost is easier.")
        if profile.client_authentication is ClientAuthentication.NONE:
            return self.tr("In the registration: Authentication, Add a platform, Mobile and desktop applications.")
        return self.tr("In the registration: Authentication, Add a platform, Web.")

    def _about_port(self, profile: OAuthProfile) -> str:
        if profile.redirect_port is None:
            return self.tr("Without a port: any that is free.")
        return self.tr("Microsoft lets any port pass.") if profile.provider is Provider.MICROSOFT else ""

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.uri.text())
        self._copied.say(self.tr("Copied."))
