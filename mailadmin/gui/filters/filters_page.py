"""The page *Filters*: rules on incoming mail, in the order they run (PM-5)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from mailadmin.domain.accounts import Validity
from mailadmin.domain.filter_order import moved
from mailadmin.domain.filters import ExampleChange, Filter
from mailadmin.domain.names import copied_name, name_key
from mailadmin.domain.validation import MAX_LENGTHS
from mailadmin.gui.settings import WindowSettings
from mailadmin.gui.tasks import Tasks
from mailadmin.gui.what_if import ExamplesDialog
from mailadmin.gui.widgets.list_page import ListWords
from mailadmin.gui.widgets.service_page import DeleteWords, ServicePage, copy_of
from mailadmin.services.what_if import Proposal

from .account_line import AccountLine
from .columns import filter_columns
from .filter_dialog import FilterDialog
from .surroundings import FilterServices, FilterSurroundings, read_surroundings

translate = QCoreApplication.translate


@dataclass(frozen=True, slots=True)
class _Everything:
    filters: Sequence[Filter]
    there: FilterSurroundings


class FiltersPage(ServicePage[Filter]):
    """Lists the filters, moves them up and down, and edits them."""

    sorted_by = "order"

    def __init__(
        self, *, services: FilterServices, tasks: Tasks, settings: WindowSettings, parent: QWidget | None = None
    ) -> None:
        self._services = services
        self._there = FilterSurroundings()
        self._every: Sequence[Filter] = ()
        self._account = ""
        words = ListWords(
            title=translate("FiltersPage", "Filters"),
            subtitle=translate("FiltersPage", "PostMaster filters: rules on incoming mail, in the order they run"),
            menu=translate("FiltersPage", "Fil&ter"),
            add=translate("FiltersPage", "&Add filter"),
            nothing_there=translate(
                "FiltersPage",
                "No filters yet. A filter looks at every mail that comes in: if its conditions hold, it sets the "
                "queue, the priority or anything else of the ticket, or has the mail ignored.",
            ),
        )
        super().__init__(
            "filters",
            words,
            filter_columns(),
            service=services.filters,
            help_page="filters.md",
            tasks=tasks,
            settings=settings,
            parent=parent,
        )
        self.line = AccountLine(self)
        self.line.removed.connect(lambda: self.show_for(""))
        self.body.insertWidget(0, self.line)

    def show_for(self, account: str) -> None:
        """Show only the filters for the mail of an account (its name), those for all included; empty: every filter."""
        self._account = account
        self.line.show_account(account)
        self.model.show_records(self._shown())
        self._show_counts()
        self.refresh()

    # --- what it shows ---

    @override
    def read(self) -> _Everything:
        return _Everything(self.service.all(), read_surroundings(self._services))

    @override
    def rows_of(self, answer: _Everything) -> Sequence[Filter]:
        self._every, self._there = answer.filters, answer.there
        return self._shown()

    @override
    def record_of(self, row: Filter) -> Filter:
        return row

    @override
    def name_of(self, row: Filter) -> str:
        return row.name

    @override
    def number_of(self, count: int) -> str:
        return self.tr("1 filter") if count == 1 else self.tr("%Ln filters", "", count)

    @override
    def delete_words(self) -> DeleteWords:
        return DeleteWords(
            title=self.tr("Delete filter"),
            question=self.tr('Delete filter "{name}"?'),
            gone=self.tr("It cannot be taken back. Its pinned examples go, too. Mail and tickets stay as they are."),
            verb=self.tr("&Delete filter"),
            used_hint=self.tr("A filter that is not valid does not run."),
        )

    @override
    def update_actions(self) -> None:
        super().update_actions()
        self.up_action.setEnabled(self._neighbour(-1) is not None)
        self.down_action.setEnabled(self._neighbour(1) is not None)

    def _shown(self) -> list[Filter]:
        key = name_key(self._account)
        return [
            one
            for one in self._every
            if not key or not one.accounts or key in {name_key(name) for name in one.accounts}
        ]

    # --- verbs ---

    @override
    def dialog_for(self, row: Filter | None, *, copy: bool = False) -> FilterDialog:
        if row is None:
            highest = max((one.order for one in self._every), default=0)
            record = Filter(name="", order=highest // 10 * 10 + 10, accounts=(self._account,) if self._account else ())
        elif copy:
            taken = {name_key(one.name) for one in self._every}
            record = copy_of(row, name=copied_name(row.name, taken, MAX_LENGTHS["name"]))
        else:
            record = row
        return FilterDialog(record, self._there, services=self._services, tasks=self.tasks, parent=self)

    @override
    def _build_verbs(self, *, duplicates: bool) -> None:
        super()._build_verbs(duplicates=duplicates)
        self.up_action = self.add_action(self.tr("Move u&p"), "arrow-up", partial(self._move, -1), shortcut="Alt+Up")
        self.down_action = self.add_action(
            self.tr("Move do&wn"), "arrow-down", partial(self._move, 1), shortcut="Alt+Down"
        )
        for action in (self.up_action, self.down_action):
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            self.menu_actions.remove(action)
        place = self.menu_actions.index(self.copy_action)
        self.menu_actions[place:place] = [self.up_action, self.down_action]

    def _neighbour(self, step: int) -> Filter | None:
        """The filter that is shown above (-1) or below (1) the selected one, in the order they run."""
        selected = self.table.selected()
        if len(selected) != 1:
            return None
        shown = sorted(self.table.filter.records(range(self.table.filter.rowCount())), key=lambda one: one.rank)
        place = shown.index(selected[0]) + step
        return shown[place] if 0 <= place < len(shown) else None

    def _move(self, step: int) -> None:
        neighbour = self._neighbour(step)
        if neighbour is None:
            return
        [selected] = self.table.selected()
        changed = moved(self._every, selected, neighbour)
        self._ask_first(
            Proposal(filters=tuple(changed)),
            self.tr("&Move anyway"),
            lambda: self.work("move", lambda: self._save_all(changed), partial(self._on_moved, selected)),
        )

    def _on_moved(self, record: Filter, _: object) -> None:
        self.tell_done(self.tr('Moved "{name}"').format(name=record.name))

    # --- asking before examples change ---

    @override
    def set_validity(self, rows: Sequence[Filter], validity: Validity) -> None:
        changing = tuple(replace(row, validity=validity) for row in rows if row.validity is not validity)
        go_on = partial(super().set_validity, rows, validity)
        if changing:
            self._ask_first(Proposal(filters=changing), self.tr("&Change anyway"), go_on)

    @override
    def save_validity(self, records: Sequence[Filter], validity: Validity) -> Sequence[Filter]:
        return self._save_all([replace(record, validity=validity) for record in records])

    @override
    def delete(self, rows: Sequence[Filter]) -> None:
        if rows:
            ids = frozenset(row.id for row in rows if row.id is not None)
            self._ask_first(Proposal(without_filters=ids), self.tr("Go on to &delete"), partial(super().delete, rows))

    @override
    def delete_one(self, record: Filter) -> None:
        changes = self._services.what_if.changed_examples(Proposal(without_filters=frozenset({record.id or 0})))
        super().delete_one(record)
        self._services.what_if.accept(changes)

    def _save_all(self, records: Sequence[Filter]) -> Sequence[Filter]:
        """Save them, and expect of the examples what becomes of them then. In a task."""
        changes = self._services.what_if.changed_examples(Proposal(filters=tuple(records)))
        saved = self.service.change_all(list(records))
        self._services.what_if.accept(changes)
        return saved

    def _ask_first(self, proposal: Proposal, verb: str, go_on: Callable[[], Any]) -> None:
        """Go on at once where no pinned example becomes something else; otherwise ask."""
        what_if = self._services.what_if

        def ask(changes: Sequence[ExampleChange]) -> None:
            if not changes:
                go_on()
                return
            dialog = ExamplesDialog(changes, verb, self)
            dialog.accepted.connect(lambda: go_on())
            dialog.help_wanted.connect(lambda: self.help_wanted.emit(self.help_page))
            dialog.open()

        self.work("look at examples", lambda: what_if.changed_examples(proposal), ask)
