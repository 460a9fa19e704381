"""A page that shows records in a table: filter, validity, counts, the three ways to be empty, remembered layout."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from PySide6.QtGui import QAction, QHideEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from mailadmin.domain.accounts import Validity
from mailadmin.domain.errors import MailadminError
from mailadmin.gui.sentences import errors
from mailadmin.gui.settings import WindowSettings
from mailadmin.gui.tasks import Loader, Tasks

from .columns import Edited
from .empty import Contents
from .filter_bar import FilterBar
from .page import Page
from .records import Column, RecordModel
from .table import RecordTable

T = TypeVar("T")
_EVERYTHING = "everything"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListWords:
    """What a list says: heading, line below it, menu, the verb that adds, and the sentence when there is nothing."""

    title: str
    subtitle: str
    menu: str
    add: str
    nothing_there: str


class TablePage(Page, Generic[T]):
    """Reads rows ``T`` in the background and shows them. Subclasses say what is read, and how it is called.

    :param key: what the layout and the filter are remembered under
    """

    sorted_by = ""
    """The column that is sorted by until somebody chooses another; empty: the first one."""

    def __init__(
        self,
        key: str,
        words: ListWords,
        columns: Sequence[Column[T]],
        *,
        help_page: str,
        tasks: Tasks,
        settings: WindowSettings,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(words.title, words.subtitle, menu_title=words.menu, help_page=help_page, parent=parent)
        self.key = key
        self.words = words
        self.tasks = tasks
        self._settings = settings
        self._loaded = False
        self._to_select: int | None = None
        self.model: RecordModel[T] = RecordModel(columns, lambda row: self.record_of(row).id, self)
        self.table: RecordTable[T] = RecordTable(self.model, words.title, self)
        self.contents = Contents(self.table, self)
        self.filter = FilterBar(self.contents, self.table, self._is_valid, self.number_of, self)
        self.body.addWidget(self.filter)
        self.body.addWidget(self.contents, 1)
        self._loader: Loader[str, Any] = Loader(tasks, f"read {key}", lambda _: self.read(), self)
        self._loader.loaded.connect(self._on_loaded)
        self._loader.failed.connect(self._on_not_loaded)
        self.table.filter.changed.connect(self._show_counts)
        self._restore()

    # --- for subclasses ---

    @abstractmethod
    def read(self) -> Any:  # noqa: ANN401  (whatever rows_of understands)
        """Everything the page shows. Called in a task."""

    def rows_of(self, answer: Any) -> Sequence[T]:  # noqa: ANN401
        """The rows in what :meth:`read` gave; the place to keep the rest of it."""
        rows: Sequence[T] = answer
        return rows

    @abstractmethod
    def record_of(self, row: T) -> Edited:
        """The record in a row."""

    @abstractmethod
    def number_of(self, count: int) -> str:
        """A number of them: ``1 queue``, ``12 queues``."""

    def select_when_read(self, record_id: int | None) -> None:
        """Read anew, and select this record then."""
        self._to_select = record_id
        self.refresh()

    def add_validity_actions(self, set_validity: Callable[[Validity], object]) -> dict[Validity, QAction]:
        """A verb for each validity.

        :param set_validity: gives it to what is selected
        """
        return {
            validity: self.add_action(label, picture, partial(set_validity, validity))
            for validity, label, picture in (
                (Validity.VALID, self.tr("Set &valid"), "check-circle-outline"),
                (Validity.INVALID, self.tr("Set &invalid"), "minus-circle-outline"),
                (Validity.INVALID_TEMPORARILY, self.tr("Set invalid &temporarily"), "pause-circle-outline"),
            )
        }

    # --- what the window calls ---

    @override
    def refresh(self) -> None:
        self._loader.load(_EVERYTHING)

    @override
    def focus_filter(self) -> None:
        self.filter.text.take_focus()

    @override
    def column_actions(self, parent: QWidget) -> list[QAction]:
        return self.table.column_actions(parent)

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._settings.set_state(f"{self.key}/columns", self.table.layout_state())
        self.filter.remember(self._settings, self.key)

    # --- inside ---

    def _is_valid(self, row: T) -> bool:
        return self.record_of(row).validity is Validity.VALID

    def _restore(self) -> None:
        self.table.sort_by(self.sorted_by or self.model.columns[0].key)
        self.table.keep_in_sight()
        self.table.restore_layout(self._settings.state(f"{self.key}/columns"))
        self.filter.restore(self._settings, self.key)

    def _on_loaded(self, question: str, answer: object) -> None:
        self._loaded = True
        self.model.show_records(self.rows_of(answer))
        self._show_counts()
        wanted, self._to_select = self._to_select, None
        row = next((row for row in self.model.records if self.record_of(row).id == wanted), None)
        if wanted is not None and row is not None:
            self.table.select(row)
        self.update_actions()

    def _on_not_loaded(self, error: MailadminError) -> None:
        if self._loaded:  # what was read before stays in sight
            self.show_error(error)
        else:
            self.contents.show_failure(errors.sentence(error), self.tr("&Try again"), self.refresh)

    def _show_counts(self) -> None:
        if self._loaded:
            self.filter.show_counts()
