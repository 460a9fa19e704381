"""The plain lists: agents, services, SLAs, ticket types, states, dynamic fields (PM-4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from mailadmin.domain.accounts import Validity
from mailadmin.domain.lists import FieldOf, ListEntry, ListKind, is_shipped
from mailadmin.domain.vocabulary import StateType
from mailadmin.gui.sentences import configured, states
from mailadmin.gui.sentences.wording import listing
from mailadmin.gui.settings import WindowSettings
from mailadmin.gui.tasks import Tasks
from mailadmin.gui.widgets.columns import changed_column, comment_column, trash_column, validity_column
from mailadmin.gui.widgets.confirm import refuse_delete
from mailadmin.gui.widgets.list_page import ListWords
from mailadmin.gui.widgets.records import Column
from mailadmin.gui.widgets.service_page import DeleteWords, ServicePage, copy_of
from mailadmin.services.records import RecordService

from .entry_dialog import EntryDialog

translate = QCoreApplication.translate


class _Words:
    """What one list says: menu, the verbs that add and edit, the titles of dialogs, and when it is empty."""

    def __init__(
        self,
        menu: Callable[[], str],
        add: Callable[[], str],
        edit: Callable[[], str],
        nothing_there: Callable[[], str],
    ) -> None:
        self.menu, self.add, self.edit, self.nothing_there = menu, add, edit, nothing_there


_WORDS: Final[Mapping[ListKind, _Words]] = {
    ListKind.AGENT: _Words(
        lambda: translate("EntriesPage", "A&gent"),
        lambda: translate("EntriesPage", "&Add agent"),
        lambda: translate("EntriesPage", "Edit agent {name}"),
        lambda: translate("EntriesPage", "No agents yet. Mail cannot name an owner or a responsible."),
    ),
    ListKind.SERVICE: _Words(
        lambda: translate("EntriesPage", "&Service"),
        lambda: translate("EntriesPage", "&Add service"),
        lambda: translate("EntriesPage", "Edit service {name}"),
        lambda: translate("EntriesPage", "No services yet. Filters and headers that name one have no effect."),
    ),
    ListKind.SLA: _Words(
        lambda: translate("EntriesPage", "&SLA"),
        lambda: translate("EntriesPage", "&Add SLA"),
        lambda: translate("EntriesPage", "Edit SLA {name}"),
        lambda: translate("EntriesPage", "No SLAs yet. Filters and headers that name one have no effect."),
    ),
    ListKind.TICKET_TYPE: _Words(
        lambda: translate("EntriesPage", "Ticket t&ype"),
        lambda: translate("EntriesPage", "&Add ticket type"),
        lambda: translate("EntriesPage", "Edit ticket type {name}"),
        lambda: translate("EntriesPage", "No ticket types yet."),
    ),
    ListKind.STATE: _Words(
        lambda: translate("EntriesPage", "&State"),
        lambda: translate("EntriesPage", "&Add state"),
        lambda: translate("EntriesPage", "Edit state {name}"),
        lambda: translate("EntriesPage", "There are no states."),
    ),
    ListKind.DYNAMIC_FIELD: _Words(
        lambda: translate("EntriesPage", "Fiel&d"),
        lambda: translate("EntriesPage", "&Add dynamic field"),
        lambda: translate("EntriesPage", "Edit dynamic field {name}"),
        lambda: translate(
            "EntriesPage",
            "No dynamic fields yet. Those that mail names are kept with the ticket all the same; here they can be "
            "given to articles, or refused.",
        ),
    ),
}


def _entry_of(entry: ListEntry) -> ListEntry:
    return entry


def _columns(kind: ListKind) -> tuple[Column[ListEntry], ...]:
    own: dict[ListKind, Column[ListEntry]] = {
        ListKind.AGENT: Column(
            key="email",
            title=lambda: translate("EntriesPage", "E-mail address"),
            text=lambda entry: entry.email,
            tooltip=lambda entry: entry.email,
            width=24,
        ),
        ListKind.STATE: Column(
            key="state_type",
            title=lambda: translate("EntriesPage", "State type"),
            text=lambda entry: configured.state_type(entry.state_type) if entry.state_type else "",
            sort=lambda entry: list(StateType).index(entry.state_type) if entry.state_type else None,
            width=16,
        ),
        ListKind.DYNAMIC_FIELD: Column(
            key="field_of",
            title=lambda: translate("EntriesPage", "Belongs to"),
            text=lambda entry: configured.field_of(entry.field_of or FieldOf.TICKET),
            width=12,
        ),
    }
    name: Column[ListEntry] = Column(
        key="name",
        title=lambda: translate("EntriesPage", "Name"),
        text=lambda entry: states.ticket_state(entry.name) if kind is ListKind.STATE else entry.name,
        tooltip=lambda entry: entry.name,
        width=24,
        fixed=True,
    )
    middle = (own[kind],) if kind in own else ()
    return (
        name,
        *middle,
        validity_column(_entry_of),
        comment_column(_entry_of),
        changed_column(_entry_of),
        trash_column(),
    )


class EntriesPage(ServicePage[ListEntry]):
    """Lists the entries of one of the lists and edits them. What every database has cannot be deleted."""

    def __init__(
        self,
        kind: ListKind,
        *,
        lists: RecordService[ListEntry],
        tasks: Tasks,
        settings: WindowSettings,
        parent: QWidget | None = None,
    ) -> None:
        self.kind = kind
        self._words = said = _WORDS[kind]
        words = ListWords(
            title=configured.list_title(kind),
            subtitle="",
            menu=said.menu(),
            add=said.add(),
            nothing_there=said.nothing_there(),
        )
        super().__init__(
            f"list-{kind}",
            words,
            _columns(kind),
            service=lists,
            help_page="configuration.md",
            tasks=tasks,
            settings=settings,
            duplicates=False,
            parent=parent,
        )

    @override
    def read(self) -> list[ListEntry]:
        return [entry for entry in self.service.all() if entry.kind is self.kind]

    @override
    def record_of(self, row: ListEntry) -> ListEntry:
        return row

    @override
    def name_of(self, row: ListEntry) -> str:
        return row.name

    @override
    def number_of(self, count: int) -> str:
        return self.tr("1 entry") if count == 1 else self.tr("%Ln entries", "", count)

    @override
    def dialog_for(self, row: ListEntry | None, *, copy: bool = False) -> EntryDialog:
        if row is None:
            title, entry = self.words.add.replace("&", ""), ListEntry(kind=self.kind, name="")
        else:
            title, entry = self._words.edit().format(name=row.name), copy_of(row) if copy else row
        return EntryDialog(title, entry, service=self.service, tasks=self.tasks, parent=self)

    @override
    def delete(self, rows: Sequence[ListEntry]) -> None:
        shipped = [row.name for row in rows if row.kind is ListKind.STATE and is_shipped(row)]
        if not shipped:
            super().delete(rows)
            return
        text = (
            self.tr('"{name}" cannot be deleted.').format(name=rows[0].name)
            if len(rows) == 1
            else self.tr("Nothing was deleted.")
        )
        said = self.tr("Every database has these: {names}. Set to invalid, they are not offered any more.")
        gentle = partial(self.set_validity, rows, Validity.INVALID)
        refuse_delete(
            self,
            self.words.title,
            text,
            said.format(names=listing(shipped)),
            self.tr("Set to &invalid"),
            gentle,
        )

    @override
    def delete_words(self) -> DeleteWords:
        return DeleteWords(
            title=self.words.title,
            question=self.tr('Delete "{name}"?'),
            gone=self.tr("It cannot be taken back. Tickets keep it; where mail names it, the default is used."),
            verb=self.tr("&Delete entry"),
            used_hint=self.tr("Set to invalid, it is not taken from mail any more."),
        )
