"""Name and server: what is fetched from where."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

from mailadmin.domain.accounts import AccountType, Encryption, Family, IncomingAccount
from mailadmin.gui.sentences import states
from mailadmin.gui.widgets.choices import ChoiceCombo
from mailadmin.gui.widgets.editors import NumberEdit
from mailadmin.gui.widgets.form import Field, FormFields, add_heading, add_row
from mailadmin.gui.widgets.message_bar import Kind

OFFERED: Final = tuple(AccountType)
"""The types that can be chosen."""


class ServerRows(QObject):
    """The rows for name, type, host and port.

    :param rows: the form they are added to
    :param fields: the fields they are known by
    """

    changed = Signal()
    """The type or the host is another."""

    def __init__(self, rows: QFormLayout, fields: FormFields, parent: QObject) -> None:
        super().__init__(parent)
        self._rows = rows
        self.name = QLineEdit()
        add_row(rows, self.tr("&Name"), fields.add("name", Field(self.name)), required=True)
        add_heading(rows, self.tr("Server"))
        self.type = ChoiceCombo[AccountType | None](nothing=None)  # none for a type that is not offered
        self.type.offer((kind, states.type_label(kind)) for kind in OFFERED)
        self._type_field = fields.add("type", Field(self.type))
        self.unencrypted = self._type_field.add_remark(Kind.WARNING)
        add_row(rows, self.tr("&Type"), self._type_field, required=True)
        self.host = QLineEdit()
        self.host.setPlaceholderText("mail.example.org")
        self.port = NumberEdit(5)
        self._port_field = Field(self.port)
        self._add_host_and_port(rows, fields)
        self.type.currentIndexChanged.connect(self._on_changed)
        self.host.textChanged.connect(self._on_changed)
        self.port.textChanged.connect(self._follow)

    def show_account(self, account: IncomingAccount) -> None:
        """Put the account's values into the rows."""
        self.name.setText(account.name)
        self.type.choose(account.type)
        self.host.setText(account.host)
        self.port.set_value(account.port)
        self._follow()

    def read_account(self, account: IncomingAccount) -> IncomingAccount:
        """The account with the values of the rows; where Microsoft Graph is, the profile says."""
        kind = self.type.value or account.type
        named = kind.family is not Family.GRAPH
        return replace(
            account,
            name=self.name.text(),
            type=kind,
            host=self.host.text() if named else "",
            port=self.port.value if named else None,
        )

    def _add_host_and_port(self, rows: QFormLayout, fields: FormFields) -> None:
        self._pair = QWidget()
        line = QHBoxLayout(self._pair)
        line.setContentsMargins(0, 0, 0, 0)
        host_field = fields.add("host", Field(self.host))
        port_label = QLabel(self.tr("&Port"))
        port_label.setBuddy(self.port)
        self.port.setAccessibleName(self.tr("Port"))
        fields.add("port", self._port_field)
        line.addWidget(host_field, 3, Qt.AlignmentFlag.AlignTop)
        port_side = QFormLayout()
        port_side.setFormAlignment(rows.formAlignment())
        port_side.setLabelAlignment(rows.labelAlignment())
        port_side.addRow(port_label, self._port_field)
        line.addLayout(port_side, 2)
        label = QLabel(self.tr("&Host") + " *")
        label.setBuddy(self.host)
        self.host.setAccessibleName(self.tr("Host"))
        rows.addRow(label, self._pair)

    def _on_changed(self) -> None:
        self._follow()
        self.changed.emit()

    def _follow(self) -> None:
        """Say what the type means, and what port it has."""
        kind = self.type.value
        if kind is None:
            return
        self._type_field.set_hint(states.type_description(kind))
        plain = kind.encryption is Encryption.NONE
        self.unencrypted.say(
            self.tr("Unencrypted: not recommended. Password and mail travel readable for others on the way.")
            if plain
            else ""
        )
        self._rows.setRowVisible(self._pair, kind.family is not Family.GRAPH)
        self.port.setPlaceholderText(str(kind.default_port or ""))
        self._port_field.set_hint(self._port_advice(kind))

    def _port_advice(self, kind: AccountType) -> str:
        port = self.port.value
        if port is None or kind.default_port is None or port == kind.default_port:
            return ""
        others = [other.value for other in OFFERED if other.default_port == port]
        if not others:
            return self.tr("{type} usually has port {port}.").format(type=kind.value, port=kind.default_port)
        return self.tr("Port {other} is usual for {types}; {type} has {port}.").format(
            other=port, types=", ".join(others), type=kind.value, port=kind.default_port
        )


class FolderRow(QObject):
    """The row for the folder that is fetched; IMAP alone has folders."""

    browsed = Signal()
    """Browse was pressed."""

    def __init__(self, rows: QFormLayout, fields: FormFields, parent: QObject) -> None:
        super().__init__(parent)
        self._rows = rows
        self.edit = QLineEdit()
        self.edit.setPlaceholderText("INBOX")
        self.browse = QPushButton(self.tr("&Browse..."))
        self.browse.setAutoDefault(False)
        self.browse.setAccessibleName(self.tr("Browse for the folder to fetch from"))
        self.browse.clicked.connect(self.browsed)
        self.field = fields.add("folder", Field(self.edit, self.browse))
        add_row(rows, self.tr("Fol&der"), self.field)

    def show_account(self, account: IncomingAccount) -> None:
        """Put the account's folder into the row."""
        self.edit.setText(account.folder)

    def read_account(self, account: IncomingAccount) -> IncomingAccount:
        """The account with the row's folder; a POP3 account has no other than INBOX."""
        folder = self.edit.text().strip() if account.type.family is not Family.POP3 else ""
        return replace(account, folder=folder or "INBOX")

    def follow(self, kind: AccountType) -> None:
        """Be there for the types that have folders."""
        self._rows.setRowVisible(self.field, kind.family is not Family.POP3)
