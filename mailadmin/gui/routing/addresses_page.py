"""The page *E-mail addresses*: our own addresses, and the queues that mail to them goes to (PM-2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from mailadmin.domain.accounts import Validity
from mailadmin.domain.names import name_key
from mailadmin.domain.queues import MailAddress, Queue
from mailadmin.gui.icons import Tone, icon
from mailadmin.gui.sentences.wording import listing
from mailadmin.gui.settings import WindowSettings
from mailadmin.gui.tasks import Tasks
from mailadmin.gui.widgets.choices import marked
from mailadmin.gui.widgets.columns import changed_column, comment_column, trash_column, validity_column
from mailadmin.gui.widgets.confirm import confirm_delete, refuse_delete
from mailadmin.gui.widgets.list_page import ListPage, ListWords
from mailadmin.gui.widgets.records import Column
from mailadmin.services.routing import RoutingService
from mailadmin.services.what_if import WhatIfService

from .address_dialog import AddressDialog

translate = QCoreApplication.translate


@dataclass(frozen=True, slots=True)
class AddressLine:
    """An address, and the validity of its queue."""

    address: MailAddress
    queue_validity: Validity


@dataclass(frozen=True, slots=True)
class _Everything:
    addresses: Sequence[MailAddress]
    queues: Sequence[Queue]


def _address_of(line: AddressLine) -> MailAddress:
    return line.address


def _queue_text(line: AddressLine) -> str:
    return marked(line.address.queue, line.queue_validity)


def _queue_tooltip(line: AddressLine) -> str:
    if line.queue_validity is Validity.VALID:
        return line.address.queue
    said = translate("AddressesPage", 'Queue "{queue}" is not valid: the next rule or the default queue applies.')
    return said.format(queue=line.address.queue)


def _columns() -> tuple[Column[AddressLine], ...]:
    return (
        Column(
            key="address",
            title=lambda: translate("AddressesPage", "E-mail address"),
            text=lambda line: line.address.address,
            tooltip=lambda line: line.address.address,
            elide=Qt.TextElideMode.ElideMiddle,
            width=26,
            fixed=True,
        ),
        Column(
            key="display_name",
            title=lambda: translate("AddressesPage", "Display name"),
            text=lambda line: line.address.display_name,
            tooltip=lambda line: line.address.display_name,
            width=16,
        ),
        Column(
            key="queue",
            title=lambda: translate("AddressesPage", "Queue"),
            text=_queue_text,
            tooltip=_queue_tooltip,
            icon=lambda line: QIcon() if line.queue_validity is Validity.VALID else icon("alert-outline", Tone.WARNING),
            width=20,
        ),
        validity_column(_address_of),
        comment_column(_address_of),
        changed_column(_address_of),
        trash_column(),
    )


class AddressesPage(ListPage[AddressLine]):
    """Lists our own addresses and edits them."""

    def __init__(
        self,
        *,
        routing: RoutingService,
        what_if: WhatIfService,
        tasks: Tasks,
        settings: WindowSettings,
        parent: QWidget | None = None,
    ) -> None:
        self._routing = routing
        self._what_if = what_if
        self._queues: Sequence[Queue] = ()
        words = ListWords(
            title=translate("AddressesPage", "E-mail addresses"),
            subtitle=translate("AddressesPage", "Your own addresses, and the queues that mail to them goes to"),
            menu=translate("AddressesPage", "&Address"),
            add=translate("AddressesPage", "&Add e-mail address"),
            nothing_there=translate(
                "AddressesPage",
                "No e-mail addresses yet. Mail to an address that is not here goes to the default queue.",
            ),
        )
        super().__init__(
            "addresses", words, _columns(), help_page="queues.md", tasks=tasks, settings=settings, parent=parent
        )
        self.add_button(self.add_new_action, primary=True)

    # --- what it shows ---

    @override
    def read(self) -> _Everything:
        return _Everything(self._routing.addresses(), self._routing.queues())

    @override
    def rows_of(self, answer: _Everything) -> Sequence[AddressLine]:
        self._queues = answer.queues
        validities = {name_key(queue.name): queue.validity for queue in answer.queues}
        return [AddressLine(one, validities.get(name_key(one.queue), Validity.INVALID)) for one in answer.addresses]

    @override
    def record_of(self, row: AddressLine) -> MailAddress:
        return row.address

    @override
    def name_of(self, row: AddressLine) -> str:
        return row.address.address

    @override
    def number_of(self, count: int) -> str:
        return self.tr("1 e-mail address") if count == 1 else self.tr("%Ln e-mail addresses", "", count)

    # --- verbs ---

    @override
    def dialog_for(self, row: AddressLine | None, *, copy: bool = False) -> AddressDialog:
        address = MailAddress(address="") if row is None else row.address
        return AddressDialog(
            address, self._queues, routing=self._routing, what_if=self._what_if, tasks=self.tasks, parent=self
        )

    @override
    def save_validity(self, records: Sequence[MailAddress], validity: Validity) -> Sequence[MailAddress]:
        return self._routing.set_address_validity(records, validity)

    @override
    def delete(self, rows: Sequence[AddressLine]) -> None:
        self.work(
            "look for uses",
            lambda: [self._routing.sender_of(row.address) for row in rows],
            partial(self._ask, tuple(rows)),
        )

    def _ask(self, rows: Sequence[AddressLine], senders: Sequence[Sequence[str]]) -> None:
        used = [(row.address, queues) for row, queues in zip(rows, senders, strict=True) if queues]
        gentle = self.tr("Set to &invalid")
        set_invalid = partial(self.set_validity, rows, Validity.INVALID)
        if used:
            lines = [
                self.tr("{address} is the sender address of: {queues}").format(
                    address=address.address, queues=listing(queues)
                )
                for address, queues in used
            ]
            lines.append(self.tr("Give these queues another sender address first, or set the address to invalid."))
            text = self.tr("This cannot be deleted: queues write as this address.")
            refuse_delete(self, self.tr("E-mail address in use"), text, "\n\n".join(lines), gentle, set_invalid)
            return
        several = len(rows) > 1
        confirm_delete(
            self,
            self.tr("Delete e-mail addresses") if several else self.tr("Delete e-mail address"),
            self.tr("Delete {counted}?").format(counted=self.number_of(len(rows)))
            if several
            else self.tr("Delete {address}?").format(address=rows[0].address.address),
            self.tr(
                "It cannot be taken back. Mail that is sent there is still fetched; the next rule or the default queue "
                "decides then. Mail and tickets that are here stay as they are."
            ),
            self.tr("&Delete {counted}").format(counted=self.number_of(len(rows)))
            if several
            else self.tr("&Delete e-mail address"),
            partial(self.delete_all, rows, self._routing.delete_address),
            gentle,
            set_invalid,
        )
