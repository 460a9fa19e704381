"""The table of a what-if: the message, what becomes of it now, and what would."""

from __future__ import annotations

from datetime import UTC, datetime

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QIcon

from mailadmin.domain.decisions import outcome_of
from mailadmin.gui.icons import Tone, icon
from mailadmin.gui.sentences import filters, times
from mailadmin.gui.sentences.wording import harmless
from mailadmin.gui.widgets.records import Column
from mailadmin.services.what_if import Comparison

translate = QCoreApplication.translate


def subject_of(subject: str) -> str:
    """A subject for a list, which must say something."""
    return harmless(subject) or translate("WhatIf", "(no subject)")


def comparison_columns() -> tuple[Column[Comparison], ...]:
    """Message, before, after."""
    return (
        Column(
            key="message",
            title=lambda: translate("WhatIf", "Message"),
            text=lambda one: subject_of(one.message.subject),
            second=_sent,
            tooltip=lambda one: f"{subject_of(one.message.subject)}\n{_sent(one)}",
            sort=lambda one: one.message.id,
            width=20,
            stretch=True,
            fixed=True,
        ),
        Column(
            key="before",
            title=lambda: translate("WhatIf", "Now"),
            text=lambda one: filters.headline(outcome_of(one.before)),
            second=lambda one: _parts(one, after=False),
            tooltip=lambda one: "\n".join(filters.outcome_lines(outcome_of(one.before))),
            width=22,
        ),
        Column(
            key="after",
            title=lambda: translate("WhatIf", "As shown"),
            text=lambda one: filters.headline(outcome_of(one.after)),
            second=lambda one: _parts(one, after=True),
            tooltip=lambda one: "\n".join(filters.outcome_lines(outcome_of(one.after))),
            icon=lambda one: icon("arrow-right-bold-outline", Tone.ACCENT) if one.differs else QIcon(),
            width=22,
        ),
    )


def _sent(one: Comparison) -> str:
    when = times.relative(one.message.fetched_at, datetime.now(UTC))
    return " · ".join(part for part in (harmless(one.message.sender), when) if part)


def _parts(one: Comparison, *, after: bool) -> str:
    """What differs; where nothing does, the queue."""
    before, will = outcome_of(one.before), outcome_of(one.after)
    names = filters.differing(before, will) if one.differs else ["queue"]
    return filters.parts(will if after else before, names)
