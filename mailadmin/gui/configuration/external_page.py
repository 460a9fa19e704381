"""The rules for ticket numbers of other systems (PM-6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from mailadmin.domain.external_numbers import ExternalNumberRule
from mailadmin.domain.lists import FieldOf, ListEntry, ListKind
from mailadmin.gui.settings import WindowSettings
from mailadmin.gui.tasks import Tasks
from mailadmin.gui.widgets.columns import changed_column, comment_column, trash_column, validity_column
from mailadmin.gui.widgets.list_page import ListWords
from mailadmin.gui.widgets.records import Column
from mailadmin.gui.widgets.service_page import DeleteWords, ServicePage, copy_of
from mailadmin.services.records import RecordService

from .external_dialog import ExternalNumberDialog

translate = QCoreApplication.translate


@dataclass(frozen=True, slots=True)
class _Everything:
    rules: Sequence[ExternalNumberRule]
    fields: tuple[str, ...]


def _rule_of(rule: ExternalNumberRule) -> ExternalNumberRule:
    return rule


def _columns() -> tuple[Column[ExternalNumberRule], ...]:
    return (
        Column(
            key="name",
            title=lambda: translate("ExternalNumbersPage", "Name"),
            text=lambda rule: rule.name,
            tooltip=lambda rule: rule.name,
            width=18,
            fixed=True,
        ),
        Column(
            key="from_pattern",
            title=lambda: translate("ExternalNumbersPage", "From pattern"),
            text=lambda rule: rule.from_pattern,
            tooltip=lambda rule: rule.from_pattern,
            width=12,
        ),
        Column(
            key="number_pattern",
            title=lambda: translate("ExternalNumbersPage", "Number pattern"),
            text=lambda rule: rule.number_pattern,
            tooltip=lambda rule: rule.number_pattern,
            stretch=True,
            width=17,
        ),
        Column(
            key="dynamic_field",
            title=lambda: translate("ExternalNumbersPage", "Dynamic field"),
            text=lambda rule: rule.dynamic_field,
            tooltip=lambda rule: rule.dynamic_field,
            width=14,
        ),
        validity_column(_rule_of),
        replace(comment_column(_rule_of), stretch=False, width=14, shown=False),  # beside the sections is little room
        changed_column(_rule_of),
        trash_column(),
    )


class ExternalNumbersPage(ServicePage[ExternalNumberRule]):
    """Lists the rules and edits them."""

    def __init__(
        self,
        *,
        rules: RecordService[ExternalNumberRule],
        lists: RecordService[ListEntry],
        tasks: Tasks,
        settings: WindowSettings,
        parent: QWidget | None = None,
    ) -> None:
        self._lists = lists
        self._fields: tuple[str, ...] = ()
        words = ListWords(
            title=translate("ExternalNumbersPage", "External ticket numbers"),
            subtitle="",
            menu=translate("ExternalNumbersPage", "&Rule"),
            add=translate("ExternalNumbersPage", "&Add rule"),
            nothing_there=translate(
                "ExternalNumbersPage",
                "No rules yet. With one, mail that carries another system's number goes into the ticket that has it.",
            ),
        )
        super().__init__(
            "external-numbers",
            words,
            _columns(),
            service=rules,
            help_page="configuration.md",
            tasks=tasks,
            settings=settings,
            parent=parent,
        )

    @override
    def read(self) -> _Everything:
        fields = [
            entry.name
            for entry in self._lists.all()
            if entry.kind is ListKind.DYNAMIC_FIELD and entry.field_of is not FieldOf.ARTICLE
        ]
        return _Everything(self.service.all(), tuple(fields))

    @override
    def rows_of(self, answer: _Everything) -> Sequence[ExternalNumberRule]:
        self._fields = answer.fields
        return answer.rules

    @override
    def record_of(self, row: ExternalNumberRule) -> ExternalNumberRule:
        return row

    @override
    def name_of(self, row: ExternalNumberRule) -> str:
        return row.name

    @override
    def number_of(self, count: int) -> str:
        return self.tr("1 rule") if count == 1 else self.tr("%Ln rules", "", count)

    @override
    def dialog_for(self, row: ExternalNumberRule | None, *, copy: bool = False) -> ExternalNumberDialog:
        rule = ExternalNumberRule(name="") if row is None else row
        if copy:
            rule = copy_of(rule, name=self.tr("{name} (copy)").format(name=rule.name))
        return ExternalNumberDialog(rule, self._fields, service=self.service, tasks=self.tasks, parent=self)

    @override
    def delete_words(self) -> DeleteWords:
        return DeleteWords(
            title=self.tr("Delete rule"),
            question=self.tr('Delete rule "{name}"?'),
            gone=self.tr("It cannot be taken back. Tickets keep the numbers that they have."),
            verb=self.tr("&Delete rule"),
            used_hint=self.tr("Set to invalid, it is tried no more."),
        )
