"""What becomes of the mail: dispatching, trust and its proof, and the copy on the server (IN-2, IN-4, PM-4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFormLayout, QLineEdit, QPushButton

from mailadmin.domain.accounts import REMOVES_FORGED, AfterFetch, Dispatching, Family, IncomingAccount, Validity
from mailadmin.domain.queues import Queue
from mailadmin.gui.sentences import states
from mailadmin.gui.widgets.choices import ChoiceCombo
from mailadmin.gui.widgets.editors import RadioEdit
from mailadmin.gui.widgets.form import Field, FormFields, add_heading, add_row
from mailadmin.gui.widgets.message_bar import Kind

from .hosts import Provider, provider_of


class HandlingRows(QObject):
    """The rows for dispatching, queue, trusted, proven by, after fetching and move to.

    :param rows: the form they are added to
    :param fields: the fields they are known by
    """

    names = ("dispatching", "queue", "trusted", "trusted_authserv_id")
    """The fields that decide what becomes of mail."""
    browsed = Signal()
    """Browse for the folder to move to was pressed."""

    def __init__(self, rows: QFormLayout, fields: FormFields, parent: QObject) -> None:
        super().__init__(parent)
        self._rows = rows
        self._family = Family.IMAP
        self._host = ""
        self._queues: list[str] = []
        add_heading(rows, self.tr("What becomes of the mail"))
        self._build_dispatching(fields)
        self._build_trusted(fields)
        self._build_after_fetch(fields)

    def show_account(self, account: IncomingAccount) -> None:
        """Put the account's values into the rows."""
        self.dispatching.set_value(account.dispatching)
        self._offer_queue(account.queue)
        self.queue.choose(account.queue)
        self.trusted.choose(account.trusted)
        self.authserv_id.setText(account.trusted_authserv_id)
        self.follow(account)
        self.after_fetch.choose(account.after_fetch)
        self.move_to.setText(account.move_to)
        self._follow()

    def read_account(self, account: IncomingAccount) -> IncomingAccount:
        """The account with the values of the rows; what is not shown is empty."""
        dispatching, after_fetch = self.dispatching.value, self.after_fetch.value or account.after_fetch
        return replace(
            account,
            dispatching=dispatching,
            queue=self.queue.value if dispatching is Dispatching.QUEUE else "",
            trusted=self.trusted.value,
            trusted_authserv_id=self.authserv_id.text().strip() if self.trusted.value else "",
            after_fetch=after_fetch,
            move_to=self.move_to.text().strip() if after_fetch is AfterFetch.MOVE else "",
        )

    def follow(self, account: IncomingAccount) -> None:
        """Offer what the account's type can do, and say what its server does on its own."""
        self._family, self._host = account.type.family, account.host
        offered = [one for one in AfterFetch if not (one is AfterFetch.MOVE and self._family is Family.POP3)]
        # Whoever moves mail wants the server to have it: without folders, it is kept there rather than deleted.
        if self.after_fetch.value is AfterFetch.MOVE and AfterFetch.MOVE not in offered:
            self.after_fetch.choose(AfterFetch.KEEP)
        self.after_fetch.offer((one, states.after_fetch(one)) for one in offered)
        self._follow()

    def offer_queues(self, queues: Sequence[Queue]) -> None:
        """Offer the queues that are valid, and the one that is chosen whatever it is."""
        names = [queue.name for queue in queues if queue.validity is Validity.VALID]
        chosen = self.queue.value
        if chosen and chosen not in names:
            names.insert(0, chosen)
        self._queues = names
        self.queue.offer((name, name) for name in names)

    # --- building ---

    def _build_dispatching(self, fields: FormFields) -> None:
        self.dispatching = RadioEdit[Dispatching]((one, states.dispatching(one)) for one in Dispatching)
        field = fields.add("dispatching", Field(self.dispatching))
        self.dispatching.chosen.connect(field.edited)
        self.dispatching.chosen.connect(field.left)
        self.dispatching.chosen.connect(self._follow)
        add_row(self._rows, self.tr("Dispatchin&g"), field, required=True)
        self.queue = ChoiceCombo(placeholder=self.tr("Choose a queue"))
        self._queue_field = fields.add("queue", Field(self.queue))
        add_row(self._rows, self.tr("&Queue"), self._queue_field, required=True)

    def _build_trusted(self, fields: FormFields) -> None:
        self.trusted = ChoiceCombo[bool](nothing=False)
        self.trusted.offer((value, states.trusted(value)) for value in (False, True))
        self._trusted_field = fields.add("trusted", Field(self.trusted))
        self.trusted.currentIndexChanged.connect(self._follow)
        add_row(self._rows, self.tr("T&rusted"), self._trusted_field, required=True)
        self.authserv_id = QLineEdit()
        self.authserv_id.setPlaceholderText("mx.example.org")
        self._authserv_field = fields.add("trusted_authserv_id", Field(self.authserv_id))
        self._authserv_field.set_hint(
            self.tr(
                "The name of your own mail server, as its Authentication-Results headers begin: X-OTOBO headers then "
                "count only in mail whose sender it has found genuine. If it takes away such headers that others wrote "
                "in its name, put {word} behind it. Empty: trust is enough."
            ).replace("{word}", REMOVES_FORGED)
        )
        add_row(self._rows, self.tr("Proven by server"), self._authserv_field)

    def _build_after_fetch(self, fields: FormFields) -> None:
        self.after_fetch = ChoiceCombo[AfterFetch | None](nothing=None)
        self.after_fetch.offer((one, states.after_fetch(one)) for one in AfterFetch)
        self._after_field = fields.add("after_fetch", Field(self.after_fetch))
        self.deletes = self._after_field.add_remark(Kind.WARNING)
        self.habits = self._after_field.add_remark(Kind.INFORMATION)
        self.after_fetch.currentIndexChanged.connect(self._follow)
        add_row(self._rows, self.tr("&After fetching"), self._after_field, required=True)
        self.move_to = QLineEdit()
        self.browse = QPushButton(self.tr("Browse..."))
        self.browse.setAutoDefault(False)
        self.browse.setAccessibleName(self.tr("Browse for the folder to move to"))
        self.browse.clicked.connect(self.browsed)
        self._move_field = fields.add("move_to", Field(self.move_to, self.browse))
        add_row(self._rows, self.tr("&Move to"), self._move_field, required=True)

    # --- following ---

    def _offer_queue(self, name: str) -> None:
        if name and name not in self._queues:
            self._queues = [name, *self._queues]
            self.queue.offer((one, one) for one in self._queues)

    def _follow(self) -> None:
        self._rows.setRowVisible(self._queue_field, self.dispatching.value is Dispatching.QUEUE)
        self._rows.setRowVisible(self._authserv_field, self.trusted.value)
        self._trusted_field.set_hint(states.trusted_description(self.trusted.value))
        after = self.after_fetch.value
        self._rows.setRowVisible(self._move_field, after is AfterFetch.MOVE)
        self.deletes.say(self._warning() if after is AfterFetch.DELETE else "")
        self.habits.say(self._habit() if after is AfterFetch.DELETE else "")
        self._after_field.set_hint(self._what_happens(after))

    def _what_happens(self, after: AfterFetch | None) -> str:
        if after is AfterFetch.KEEP:
            return self.tr("Mail stays on the server. What was fetched once is not fetched again.")
        if after is AfterFetch.MOVE:
            return self.tr("Mail is moved once it is stored here. A folder that is missing is made.")
        return ""

    def _warning(self) -> str:
        if self._family is Family.POP3:
            return self.tr(
                "Fetching deletes the mail on the server. To have a copy there, keep it, "
                "or set a forwarding rule on the mail server."
            )
        return self.tr(
            "Fetching deletes the mail on the server. To have a copy there, keep it, move it to a folder, "
            "or set a forwarding rule on the mail server."
        )

    def _habit(self) -> str:
        if self._family is Family.GRAPH:
            return self.tr(
                "Microsoft Graph deletes softly: the mail leaves the folder, is not under Deleted Items, and can be "
                "recovered for some time, usually 14 days."
            )
        provider = provider_of(self._host)
        if provider is Provider.GMAIL:
            return self.tr(
                "Gmail goes by its own settings here: it may only archive what is deleted, "
                "which then stays under All Mail."
            )
        if provider is not None:
            return self.tr("Exchange keeps deleted mail for some time among its recoverable items.")
        return ""
