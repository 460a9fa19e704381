"""The trace of a decision and the facts of a reason, as the JSON that lies in the database."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from mailadmin.domain.decisions import Because


def dump_trace(because: Iterable[Because]) -> str:
    """JSON of a trace: plain ASCII, so that no driver stumbles over what a message put into it."""
    return json.dumps([{"step": step.step, "facts": dict(step.facts)} for step in because])


def load_trace(text: str) -> tuple[Because, ...]:
    """The trace again."""
    return tuple(Because(step["step"], step["facts"]) for step in json.loads(text))


def dump_facts(facts: Mapping[str, object]) -> str:
    """JSON of a reason's facts."""
    return json.dumps({key: str(value) for key, value in facts.items()})


def load_facts(text: str) -> dict[str, str]:
    """The facts again."""
    facts: dict[str, str] = json.loads(text)
    return facts
