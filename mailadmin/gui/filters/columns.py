"""The columns of the table of filters."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QIcon

from mailadmin.domain.filters import Filter
from mailadmin.gui.icons import Tone, icon
from mailadmin.gui.sentences import filters, states
from mailadmin.gui.sentences.wording import harmless
from mailadmin.gui.widgets.columns import changed_column, comment_column, trash_column, validity_column
from mailadmin.gui.widgets.records import Column

translate = QCoreApplication.translate


def _same(record: Filter) -> Filter:
    return record


def filter_columns() -> tuple[Column[Filter], ...]:
    """From left to right."""
    return (
        Column(
            key="order",
            title=lambda: translate("FiltersPage", "Order"),
            text=lambda one: str(one.order),
            sort=lambda one: one.rank,
            numeric=True,
            width=5,
        ),
        Column(
            key="name",
            title=lambda: translate("FiltersPage", "Name"),
            text=lambda one: harmless(one.name),
            tooltip=lambda one: harmless(one.name),
            width=30,
            fixed=True,
        ),
        Column(
            key="conditions",
            title=lambda: translate("FiltersPage", "If"),
            text=filters.conditions,
            tooltip=lambda one: "\n".join(map(filters.condition, one.conditions)),
            width=24,
            stretch=True,
        ),
        Column(
            key="actions",
            title=lambda: translate("FiltersPage", "Then"),
            text=filters.actions,
            tooltip=lambda one: "\n".join(map(filters.action, one.actions)),
            width=22,
        ),
        Column(
            key="accounts",
            title=lambda: translate("FiltersPage", "Accounts"),
            text=filters.accounts,
            tooltip=filters.accounts,
            width=12,
        ),
        Column(
            key="stop",
            title=lambda: translate("FiltersPage", "Stop"),
            text=lambda one: states.yes_no(one.stop) if one.stop else "",
            tooltip=lambda one: (
                translate("FiltersPage", "No filter after this one runs when it matched") if one.stop else ""
            ),
            icon=lambda one: icon("stop-circle-outline", Tone.QUIET) if one.stop else QIcon(),
            width=6,
        ),
        validity_column(_same),
        replace(comment_column(_same), stretch=False, width=14, shown=False),  # the room is for what a filter does
        changed_column(_same),
        trash_column(),
    )
