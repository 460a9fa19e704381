"""The customer users: who they are, and what mail waits because its senders are none of them (PM-7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from mailadmin.domain.customers import Company, CustomerUser, ImportReport
from mailadmin.domain.messages import InboxState
from mailadmin.domain.names import name_key
from mailadmin.gui.settings import WindowSettings
from mailadmin.gui.tasks import Tasks
from mailadmin.gui.widgets.columns import Edited, changed_column, comment_column, trash_column, validity_column
from mailadmin.gui.widgets.form import Remark
from mailadmin.gui.widgets.list_page import ListWords
from mailadmin.gui.widgets.message_bar import Kind
from mailadmin.gui.widgets.records import Column
from mailadmin.gui.widgets.service_page import DeleteWords, ServicePage, copy_of
from mailadmin.services.customers import CustomerImport
from mailadmin.services.inbox import InboxService
from mailadmin.services.records import RecordService

from .import_dialog import ImportDialog, ask_for_file
from .user_dialog import CustomerUserDialog

translate = QCoreApplication.translate


@dataclass(frozen=True, slots=True)
class UserLine:
    """A customer user, and the name of their company (its customer ID when it has none)."""

    user: CustomerUser
    company: str


@dataclass(frozen=True, slots=True)
class _Everything:
    users: Sequence[CustomerUser]
    companies: Sequence[Company]
    held: int


def _user_of(line: UserLine) -> CustomerUser:
    return line.user


def _columns() -> tuple[Column[UserLine], ...]:
    return (
        Column(
            key="login",
            title=lambda: translate("CustomerUsersPage", "Login"),
            text=lambda line: line.user.login,
            tooltip=lambda line: line.user.login,
            elide=Qt.TextElideMode.ElideMiddle,
            width=20,
            fixed=True,
        ),
        Column(
            key="name",
            title=lambda: translate("CustomerUsersPage", "Name"),
            text=lambda line: line.user.name,
            tooltip=lambda line: line.user.name,
            width=18,
        ),
        Column(
            key="addresses",
            title=lambda: translate("CustomerUsersPage", "E-mail addresses"),
            text=lambda line: ", ".join(line.user.addresses),
            tooltip=lambda line: "\n".join(line.user.addresses),
            elide=Qt.TextElideMode.ElideMiddle,
            width=24,
        ),
        Column(
            key="company",
            title=lambda: translate("CustomerUsersPage", "Company"),
            text=lambda line: line.company,
            tooltip=lambda line: line.user.company,
            width=16,
        ),
        validity_column(_user_of),
        comment_column(_user_of),
        changed_column(_user_of),
        trash_column(),
    )


class CustomerUsersPage(ServicePage[UserLine]):
    """Lists customer users, edits them, and brings them in from a file."""

    held_wanted = Signal()
    """Show the messages that are held."""

    def __init__(
        self,
        *,
        users: RecordService[CustomerUser],
        companies: RecordService[Company],
        importing: CustomerImport,
        inbox: InboxService,
        tasks: Tasks,
        settings: WindowSettings,
        parent: QWidget | None = None,
    ) -> None:
        self._company_service = companies
        self._companies: Sequence[Company] = ()
        self._importing = importing
        self._inbox = inbox
        words = ListWords(
            title=translate("CustomerUsersPage", "Customer users"),
            subtitle="",
            menu=translate("CustomerUsersPage", "&Customer"),
            add=translate("CustomerUsersPage", "&Add customer user"),
            nothing_there=translate(
                "CustomerUsersPage",
                "No customer users yet. Mail from unknown senders becomes tickets all the same, or is held: the "
                "configuration says which.",
            ),
        )
        super().__init__(
            "customer-users",
            words,
            _columns(),
            service=users,
            help_page="customers.md",
            tasks=tasks,
            settings=settings,
            parent=parent,
        )
        self.held = Remark(Kind.WARNING, self)
        self.held.add_action(self.tr("Sho&w them in the inbox"), self.held_wanted.emit)
        self.body.insertWidget(0, self.held)
        self._add_import()

    # --- what it shows ---

    @override
    def read(self) -> _Everything:
        return _Everything(self.service.all(), self._company_service.all(), self._count_held())

    @override
    def rows_of(self, answer: _Everything) -> Sequence[UserLine]:
        self._companies = answer.companies
        self._say_held(answer.held)
        names = {name_key(one.customer_id): one.name or one.customer_id for one in answer.companies}
        return [UserLine(user, names.get(name_key(user.company), user.company)) for user in answer.users]

    def _say_held(self, count: int) -> None:
        if count == 1:
            self.held.say(self.tr("1 message is held because its sender is no customer user."))
            return
        many = self.tr("%Ln messages are held because their senders are no customer users.", "", count)
        self.held.say(many if count else "")

    @override
    def record_of(self, row: UserLine) -> CustomerUser:
        return row.user

    @override
    def name_of(self, row: UserLine) -> str:
        return row.user.name or row.user.login

    @override
    def number_of(self, count: int) -> str:
        return self.tr("1 customer user") if count == 1 else self.tr("%Ln customer users", "", count)

    # --- verbs ---

    @override
    def dialog_for(self, row: UserLine | None, *, copy: bool = False) -> CustomerUserDialog:
        user = CustomerUser(login="") if row is None else row.user
        if copy:  # no two customer users have one address
            user = copy_of(user, login=self.tr("{name} (copy)").format(name=user.login), addresses=())
        return CustomerUserDialog(
            user, self._companies, service=self.service, held=self._count_held, tasks=self.tasks, parent=self
        )

    @override
    def delete_words(self) -> DeleteWords:
        return DeleteWords(
            title=self.tr("Delete customer user"),
            question=self.tr('Delete customer user "{name}"?'),
            gone=self.tr(
                "It cannot be taken back. Tickets keep the customer that they have; new mail from these addresses is "
                "an unknown sender's."
            ),
            verb=self.tr("&Delete customer user"),
            used_hint=self.tr("Set to invalid, new mail from these addresses is an unknown sender's."),
        )

    def import_file(self) -> None:
        """Ask for a file, and show what an import of it would do."""
        ask_for_file(self, self._open_import)

    # --- inside ---

    def _add_import(self) -> None:
        self.import_action = self.add_action(self.tr("Im&port CSV..."), "file-import-outline", self.import_file)
        self.menu_actions.remove(self.import_action)
        self.menu_actions.insert(1, self.import_action)
        self.buttons.removeWidget(add := self.add_button(self.import_action))
        self.buttons.insertWidget(0, add)

    def _open_import(self, path: str) -> None:
        dialog = ImportDialog(path, self._importing, self.tasks, self)
        dialog.imported.connect(self._on_imported)
        dialog.help_wanted.connect(lambda: self.help_wanted.emit(self.help_page))
        dialog.open()

    def _on_imported(self, report: ImportReport) -> None:
        said = [
            self.tr("{count} added").format(count=self.locale().toString(len(report.added))),
            self.tr("{count} changed").format(count=self.locale().toString(len(report.changed))),
        ]
        if report.released:
            said.append(self._released(report.released))
        self.tell_done(", ".join(said))

    @override
    def _on_saved(self, record: Edited) -> None:
        super()._on_saved(record)
        dialog = self.sender()
        if isinstance(dialog, CustomerUserDialog) and dialog.released_count:
            self.said.emit(self._released(dialog.released_count))

    def _released(self, count: int) -> str:
        return self.tr("1 message released") if count == 1 else self.tr("%Ln messages released", "", count)

    def _count_held(self) -> int:
        return self._inbox.counts()[InboxState.HELD]
