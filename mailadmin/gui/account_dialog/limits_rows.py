"""Limits, schedule, certificate: what most accounts leave as it is, so it unfolds (IN-3, IN-5, IN-2)."""

from __future__ import annotations

import enum
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Final

from PySide6.QtCore import QDate, QObject, Signal
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QCheckBox, QDateEdit, QFormLayout, QLineEdit, QPushButton, QSizePolicy

from mailadmin.domain.accounts import AccountType, Encryption, Family, IncomingAccount
from mailadmin.domain.settings import Settings
from mailadmin.domain.validation import Fault, Problem, cron_problem, fingerprint
from mailadmin.gui.sentences import times
from mailadmin.gui.widgets.choices import ChoiceCombo
from mailadmin.gui.widgets.editors import NumberEdit
from mailadmin.gui.widgets.fold import Fold
from mailadmin.gui.widgets.form import Field, FormFields, add_row
from mailadmin.services.due import next_due

from .certificate import grouped


class Trust(enum.Enum):
    """What decides whether a server's certificate is believed."""

    SYSTEM = enum.auto()
    CA_FILE = enum.auto()
    PINNED = enum.auto()


FOLDED: Final = (
    "images_as_attachments", "max_message_size_kb", "schedule", "fetch_from", "precedence", "ca_file",
    "pinned_certificate",
)  # fmt: skip
"""The fields of an account that these rows edit."""
_USUAL: Final = IncomingAccount(name="", type=AccountType.IMAPS)


class LimitsRows(QObject):
    """The rows that unfold.

    :param rows: the form they are added to
    :param fields: the fields they are known by
    """

    browsed = Signal()
    """Browse for a CA file was pressed."""

    def __init__(self, rows: QFormLayout, fields: FormFields, parent: QObject) -> None:
        super().__init__(parent)
        self._rows = rows
        self._encrypted = True
        self._build_fold()
        self._build_limits(fields)
        self._build_schedule(fields)
        self._build_trust(fields)
        self._follow()

    def show_account(self, account: IncomingAccount) -> None:
        """Put the account's values into the rows; unfold them if there is something special."""
        self.images.setChecked(account.images_as_attachments)
        self.size.set_value(account.max_message_size_kb)
        self.schedule.setText(account.schedule)
        self.precedence.set_value(account.precedence)
        self.dated.setChecked(account.fetch_from is not None)
        day = account.fetch_from or datetime.now().astimezone().date()
        self.day.setDate(QDate(day.year, day.month, day.day))
        self.ca_file.setText(account.ca_file)
        self.pin.setText(grouped(account.pinned_certificate))
        self.pin.setCursorPosition(0)
        self.trust.choose(
            Trust.CA_FILE if account.ca_file else Trust.PINNED if account.pinned_certificate else Trust.SYSTEM
        )
        self.follow(account.type)
        if any(getattr(account, name) != getattr(_USUAL, name) for name in FOLDED):
            self.unfold()

    def read_account(self, account: IncomingAccount) -> IncomingAccount:
        """The account with the values of the rows; what is not offered is empty."""
        trust = self.trust.value if self._encrypted else Trust.SYSTEM
        return replace(
            account,
            images_as_attachments=self.images.isChecked(),
            max_message_size_kb=self.size.value,
            schedule=" ".join(self.schedule.text().split()),
            precedence=_USUAL.precedence if self.precedence.value is None else self.precedence.value,
            fetch_from=self._date() if self.dated.isChecked() else None,
            ca_file=self.ca_file.text().strip() if trust is Trust.CA_FILE else "",
            pinned_certificate=fingerprint(self.pin.text()) if trust is Trust.PINNED else "",
        )

    def missing(self) -> list[Fault]:
        """What was chosen and not said."""
        trust = self.trust.value if self._encrypted else Trust.SYSTEM
        if trust is Trust.CA_FILE and not self.ca_file.text().strip():
            return [Fault("ca_file", Problem.REQUIRED)]
        if trust is Trust.PINNED and not self.pin.text().strip():
            return [Fault("pinned_certificate", Problem.REQUIRED)]
        return []

    def follow(self, kind: AccountType) -> None:
        """Offer certificates where there is encryption; those of Microsoft Graph are the profile's matter."""
        self._encrypted = kind.encryption is not Encryption.NONE and kind.family is not Family.GRAPH
        self._follow()

    def pin_certificate(self, fingerprint_digits: str) -> None:
        """Trust one certificate and nothing else."""
        self.pin.setText(grouped(fingerprint_digits))
        self.pin.setCursorPosition(0)
        self.trust.choose(Trust.PINNED)
        self.unfold()

    def unfold(self) -> None:
        """Show the rows."""
        self.fold.unfold()

    # --- building ---

    def _build_fold(self) -> None:
        self.fold = Fold(self.tr("&Limits, schedule, certificate"))
        self.fold.folded.connect(self._follow)
        self._rows.addRow(self.fold)

    def _build_limits(self, fields: FormFields) -> None:
        self.size = NumberEdit(7)
        self.size.setPlaceholderText(self.tr("as the global PostMasterMaxEmailSize"))
        self._size_field = fields.add("max_message_size_kb", Field(self.size))
        self._size_field.set_hint(self.tr("Empty: the global PostMasterMaxEmailSize. 0: unlimited."))
        add_row(self._rows, self.tr("Larg&est message (KB)"), self._size_field)
        self.images = QCheckBox(self.tr("become attachments"))
        self._images_field = fields.add("images_as_attachments", Field(self.images))
        self._images_field.set_hint(self.tr("They leave the text of a mail then."))
        add_row(self._rows, self.tr("&Inline images"), self._images_field)
        self.images.setAccessibleName(self.tr("Inline images become attachments"))
        self.precedence = NumberEdit(6)
        self.precedence.setPlaceholderText(str(_USUAL.precedence))
        self._precedence_field = fields.add("precedence", Field(self.precedence))
        self._precedence_field.set_hint(
            self.tr("If one mail reaches several accounts, the copy of the account with the lowest number decides.")
        )
        add_row(self._rows, self.tr("Precedence"), self._precedence_field)

    def _build_schedule(self, fields: FormFields) -> None:
        self.schedule = QLineEdit()
        self.schedule.setPlaceholderText("*/10 * * * *")
        self._schedule_field = fields.add("schedule", Field(self.schedule))
        self.schedule.textChanged.connect(self._say_schedule)
        add_row(self._rows, self.tr("S&chedule"), self._schedule_field)
        self.dated = QCheckBox(self.tr("this day or later:"))
        self.dated.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.day = QDateEdit()
        self.day.setCalendarPopup(True)
        self.day.setAccessibleName(self.tr("First day whose mail is fetched"))
        self.dated.toggled.connect(self.day.setEnabled)
        self.day.setEnabled(False)
        self._dated_field = fields.add("fetch_from", Field(self.dated, self.day))
        self.day.dateChanged.connect(self._dated_field.edited)
        add_row(self._rows, self.tr("Onl&y mail from"), self._dated_field)
        self.dated.setAccessibleName(self.tr("Only mail from this day or later"))
        self._say_schedule()

    def _build_trust(self, fields: FormFields) -> None:
        self.trust = ChoiceCombo[Trust](nothing=Trust.SYSTEM)
        self.trust.offer(
            (
                (Trust.SYSTEM, self.tr("Certificates that this computer trusts")),
                (Trust.CA_FILE, self.tr("Certificates of an authority in a file")),
                (Trust.PINNED, self.tr("One pinned certificate")),
            )
        )
        self.trust_field = Field(self.trust)
        self.trust.currentIndexChanged.connect(self._follow)
        add_row(self._rows, self.tr("Certificate trust"), self.trust_field)
        self.ca_file = QLineEdit()
        self.browse = QPushButton(self.tr("Browse..."))
        self.browse.setAutoDefault(False)
        self.browse.setAccessibleName(self.tr("Browse for a certificate authority file"))
        self.browse.clicked.connect(self.browsed)
        self._ca_field = fields.add("ca_file", Field(self.ca_file, self.browse))
        self.trust.currentIndexChanged.connect(self._ca_field.edited)
        add_row(self._rows, self.tr("Certificate authority file"), self._ca_field, required=True)
        self.pin = QLineEdit()
        self.pin.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._pin_field = fields.add("pinned_certificate", Field(self.pin))
        self._pin_field.set_hint(
            self.tr("SHA-256 fingerprint. Check shows the certificate of the server, and can fill this in.")
        )
        add_row(self._rows, self.tr("Pinned certificate"), self._pin_field, required=True)

    # --- following ---

    def _follow(self) -> None:
        unfolded = self.fold.unfolded
        limits = (self._size_field, self._images_field, self._precedence_field)
        for field in (*limits, self._schedule_field, self._dated_field):
            self._rows.setRowVisible(field, unfolded)
        with_trust = unfolded and self._encrypted
        trust = self.trust.value
        self._rows.setRowVisible(self.trust_field, with_trust)
        self._rows.setRowVisible(self._ca_field, with_trust and trust is Trust.CA_FILE)
        self._rows.setRowVisible(self._pin_field, with_trust and trust is Trust.PINNED)

    def _say_schedule(self) -> None:
        text = " ".join(self.schedule.text().split())
        if not text:
            self._schedule_field.set_hint(self.tr("Cron syntax. Empty: as the global FetchSchedule."))
        elif cron_problem(text) is not None:
            self._schedule_field.set_hint(self.tr("Five fields: minute, hour, day of month, month, day of week."))
        else:
            account = IncomingAccount(name="", type=AccountType.IMAPS, schedule=text)
            due = next_due(account, Settings(), datetime.now(UTC))
            self._schedule_field.set_hint(self.tr("Runs next: {moment}.").format(moment=times.exact(due)))

    def _date(self) -> date:
        chosen = self.day.date()
        return date(chosen.year(), chosen.month(), chosen.day())
