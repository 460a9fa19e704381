"""Pages and dialogs of records that a :class:`RecordService` keeps: what is the same for every kind of them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from mailadmin.domain.accounts import Validity
from mailadmin.domain.validation import Fault, InvalidRecordError, Problem
from mailadmin.gui.sentences import problems
from mailadmin.gui.sentences.wording import harmless, listing
from mailadmin.gui.settings import WindowSettings
from mailadmin.gui.tasks import Tasks
from mailadmin.services.records import RecordService

from .confirm import confirm_delete, refuse_delete
from .list_page import ListPage, ListWords
from .record_dialog import RecordDialog
from .records import Column

T = TypeVar("T")
R = TypeVar("R")


def copy_of(record: R, **fields: object) -> R:
    """A record as it would be added anew, with other values in some fields."""
    known: Any = record
    copied: R = replace(known, id=None, version=0, created=None, changed=None, **fields)
    return copied


def _in_words(user: str) -> str:
    """What uses a record, such as ``filter Spam``, with the table as people call it."""
    table, _, name = user.partition(" ")
    return f"{problems.table_label(table)} {harmless(name)}" if table in problems.TABLES else harmless(user)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteWords:
    """What is said about deleting.

    ``question`` has ``{name}``; ``gone`` says what goes and what stays; ``used_hint`` what setting invalid does.
    """

    title: str
    question: str
    gone: str
    verb: str
    used_hint: str


class ServiceDialog(RecordDialog[R]):
    """Shows one record of a service.

    :param name_field: the field that tells records apart, for what is said about the record as a whole
    """

    def __init__(
        self,
        title: str,
        record: R,
        table: str,
        *,
        service: RecordService[Any],
        tasks: Tasks,
        name_field: str = "name",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(title, record, table, tasks, parent)
        self.service = service
        self._name_field = name_field

    @override
    def faults_of(self, record: R) -> Sequence[Fault]:
        faults: Sequence[Fault] = self.service.faults(record)
        return faults

    @override
    def save(self, record: R) -> R:
        known: Any = record
        saved: R = self.service.add(known) if known.id is None else self.service.change(known)
        return saved

    @override
    def stored(self, record: R) -> R:
        known: Any = record
        stored: R | None = self.service.get(known.id)
        if stored is None:
            name = str(getattr(record, self._name_field))
            raise InvalidRecordError([(self.table, name, Fault(self._name_field, Problem.GONE))])
        return stored


class ServicePage(ListPage[T]):
    """Lists the records of a service. Subclasses say what a row is, open the dialog, and find the words."""

    def __init__(
        self,
        key: str,
        words: ListWords,
        columns: Sequence[Column[T]],
        *,
        service: RecordService[Any],
        help_page: str,
        tasks: Tasks,
        settings: WindowSettings,
        duplicates: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        self.service = service
        super().__init__(
            key,
            words,
            columns,
            help_page=help_page,
            tasks=tasks,
            settings=settings,
            duplicates=duplicates,
            parent=parent,
        )
        self.add_button(self.add_new_action, primary=True)

    @abstractmethod
    def delete_words(self) -> DeleteWords:
        """What is said about deleting."""

    @override
    def read(self) -> Any:
        return self.service.all()

    @override
    def save_validity(self, records: Sequence[Any], validity: Validity) -> Sequence[Any]:
        return self.service.change_all([replace(record, validity=validity) for record in records])

    @override
    def delete(self, rows: Sequence[T]) -> None:
        if rows:
            read = partial(self._uses, [self.record_of(row) for row in rows])
            self.work("look for uses", read, partial(self._ask, tuple(rows)))

    def delete_one(self, record: Any) -> None:  # noqa: ANN401  (a record of the service)
        """Delete a record. Called in a task."""
        self.service.delete(record)

    def _uses(self, records: Sequence[Any]) -> list[Sequence[str]]:
        return [self.service.used_by(record) for record in records]

    def _ask(self, rows: Sequence[T], uses: Sequence[Sequence[str]]) -> None:
        used = [(row, users) for row, users in zip(rows, uses, strict=True) if users]
        if used:
            self._refuse(rows, used)
            return
        words = self.delete_words()
        counted = self.number_of(len(rows))
        several = len(rows) > 1
        confirm_delete(
            self,
            words.title,
            self.tr("Delete {counted}?").format(counted=counted)
            if several
            else words.question.format(name=self.name_of(rows[0])),
            words.gone,
            self.tr("&Delete {counted}").format(counted=counted) if several else words.verb,
            partial(self.delete_all, rows, self.delete_one),
            self.tr("Set to &invalid"),
            partial(self.set_validity, rows, Validity.INVALID),
        )

    def _refuse(self, rows: Sequence[T], used: Sequence[tuple[T, Sequence[str]]]) -> None:
        lines = [
            self.tr('"{name}" is used by: {users}').format(
                name=self.name_of(row), users=listing([_in_words(user) for user in users])
            )
            for row, users in used
        ]
        text = (
            self.tr("Nothing was deleted: {count} of {all} are in use.").format(count=len(used), all=len(rows))
            if len(rows) > 1
            else self.tr('"{name}" cannot be deleted: it is in use.').format(name=self.name_of(rows[0]))
        )
        hint = self.delete_words().used_hint
        gentle = partial(self.set_validity, rows, Validity.INVALID)
        refuse_delete(
            self, self.tr("Still in use"), text, "\n\n".join([*lines, hint]), self.tr("Set to &invalid"), gentle
        )
