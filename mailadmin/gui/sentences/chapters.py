"""A trace as a story in chapters: what was done about trust, by the filters, about the ticket, the queue and so on."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from mailadmin.domain.decisions import AS_IT_CAME, COPY_DECIDES, COPY_OF, WAS_HELD, Because
from mailadmin.domain.messages import ASSIGNED_BY_HAND

from . import traces
from .wording import QT_TRANSLATE_NOOP, translate


class Weight(enum.Enum):
    """How much a sentence matters to somebody who looks for what decided."""

    PLAIN = enum.auto()
    DECIDED = enum.auto()
    """It changed what became of the mail."""
    REFUSED = enum.auto()
    """Something was not done that somebody may have expected."""


@dataclass(frozen=True, slots=True)
class Told:
    """One sentence of a story."""

    text: str
    weight: Weight = Weight.PLAIN


class Topic(enum.Enum):
    """What a chapter is about, in the order in which they are told."""

    ARRIVAL = QT_TRANSLATE_NOOP("Sentences", "Arrival")
    READING = QT_TRANSLATE_NOOP("Sentences", "Reading")
    TRUST = QT_TRANSLATE_NOOP("Sentences", "Trust")
    FILTERS = QT_TRANSLATE_NOOP("Sentences", "Filters")
    HEADERS = QT_TRANSLATE_NOOP("Sentences", "X-OTOBO headers")
    TICKET = QT_TRANSLATE_NOOP("Sentences", "Ticket")
    QUEUE = QT_TRANSLATE_NOOP("Sentences", "Queue")
    CUSTOMER = QT_TRANSLATE_NOOP("Sentences", "Customer")
    ANSWER = QT_TRANSLATE_NOOP("Sentences", "Auto-response")
    OUTCOME = QT_TRANSLATE_NOOP("Sentences", "Outcome")
    SERVER = QT_TRANSLATE_NOOP("Sentences", "On the server")

    @property
    def title(self) -> str:
        """What the chapter is called."""
        return translate("Sentences", self.value)


@dataclass(frozen=True, slots=True)
class Chapter:
    """What is told of one topic. ``near``: filters that nearly matched, which may be many."""

    topic: Topic
    told: tuple[Told, ...] = ()
    near: tuple[str, ...] = field(default=())

    def lines(self) -> Iterator[str]:
        """Everything it says, as text."""
        yield from (one.text for one in self.told)
        yield from self.near


TOPICS: Final[Mapping[str, Topic]] = {
    "parse": Topic.READING,
    "images": Topic.READING,
    "field_cut": Topic.READING,
    "more": Topic.READING,
    AS_IT_CAME: Topic.READING,
    "headers_stripped": Topic.TRUST,
    "trust_proven": Topic.TRUST,
    "trust_unproven": Topic.TRUST,
    "aliases_taken": Topic.TRUST,
    "reserved_removed": Topic.TRUST,
    "filter_matched": Topic.FILTERS,
    "filter_nearly": Topic.FILTERS,
    "filter_cut_off": Topic.FILTERS,
    "filter_invalid": Topic.FILTERS,
    "filter_stopped": Topic.FILTERS,
    "header_applied": Topic.HEADERS,
    "header_refused": Topic.HEADERS,
    "ignored": Topic.OUTCOME,
    "follow_up_looked": Topic.TICKET,
    "follow_up_stranger": Topic.TICKET,
    "follow_up_found": Topic.TICKET,
    "follow_up_closed": Topic.TICKET,
    "external_number": Topic.TICKET,
    "article_internal": Topic.TICKET,
    "state_kept": Topic.TICKET,
    "state_changed": Topic.TICKET,
    "lock_changed": Topic.TICKET,
    "pattern_failed": Topic.TICKET,
    "queue_looked": Topic.QUEUE,
    "queue_passed_over": Topic.QUEUE,
    "queue_chosen": Topic.QUEUE,
    "customer": Topic.CUSTOMER,
    "held": Topic.OUTCOME,
    "response_ordered": Topic.ANSWER,
    "response_refused": Topic.ANSWER,
    WAS_HELD: Topic.OUTCOME,
    COPY_OF: Topic.OUTCOME,
    COPY_DECIDES: Topic.OUTCOME,
    ASSIGNED_BY_HAND: Topic.OUTCOME,
}
"""Where every step is told (a test compares); one of a newer version is told at the end."""

_DECIDED: Final = frozenset(
    {
        "trust_proven",
        "filter_matched",
        "header_applied",
        "ignored",
        "held",
        "follow_up_found",
        "queue_chosen",
        "response_ordered",
        WAS_HELD,
        COPY_OF,
        COPY_DECIDES,
        ASSIGNED_BY_HAND,
    }
)
_REFUSED: Final = frozenset(
    {
        "parse",
        "headers_stripped",
        "trust_unproven",
        "reserved_removed",
        "filter_cut_off",
        "filter_invalid",
        "header_refused",
        "follow_up_stranger",
        "queue_passed_over",
        "pattern_failed",
    }
)


def weight(step: str) -> Weight:
    """How much a step matters."""
    if step in _DECIDED:
        return Weight.DECIDED
    return Weight.REFUSED if step in _REFUSED else Weight.PLAIN


def chapters(trace: Iterable[Because]) -> list[Chapter]:
    """The story of a trace: its chapters in their order, within them the steps in theirs."""
    told: dict[Topic, list[Told]] = {}
    near: list[str] = []
    for because in trace:
        topic = TOPICS.get(because.step, Topic.OUTCOME)
        sentence = traces.step(because)
        if because.step == "filter_nearly":
            near.append(sentence)
            told.setdefault(topic, [])
        else:
            told.setdefault(topic, []).append(Told(sentence, weight(because.step)))
    return [
        Chapter(topic, tuple(told[topic]), tuple(near) if topic is Topic.FILTERS else ())
        for topic in Topic
        if topic in told
    ]


def near_misses(count: int) -> str:
    """What is folded away: ``3 filters nearly matched``."""
    if count == 1:
        return translate("Sentences", "1 filter nearly matched")
    return translate("Sentences", "%Ln filters nearly matched", None, count)
