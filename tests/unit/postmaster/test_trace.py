"""The trace is bounded, whatever a mail and the configuration make of it."""

from __future__ import annotations

from mailadmin.domain.filters import Action, Condition, Filter
from mailadmin.postmaster.trace import MOST_OF_GATE, MOST_STEPS, Step, Trace
from tests.unit.postmaster.samples import decided, mail, routing, step, steps


def test_no_more_steps_are_kept_than_that_and_a_last_one_says_so() -> None:
    trace = Trace()
    for number in range(MOST_STEPS + 7):
        trace.add(Step.IMAGES, count=str(number + 1))
    *kept, last = trace.steps()
    assert len(kept) == MOST_STEPS
    assert (last.step, last.facts) == ("more", {"count": "7"})


def test_a_trace_that_is_full_is_full_to_the_last_step() -> None:
    trace = Trace()
    for _ in range(MOST_STEPS):
        trace.add(Step.IMAGES, count="1")
    assert len(trace.steps()) == MOST_STEPS


def test_what_decides_is_told_after_however_many_filters() -> None:
    conditions, actions = (Condition("Subject", "x"),), (Action("X-OTOBO-Title", "x"),)
    filters = tuple(
        Filter(name=f"f{number}", conditions=conditions, actions=actions) for number in range(MOST_STEPS + 10)
    )
    decision = decided(mail(Subject="x"), snapshot=routing(filters=filters))
    assert len(steps(decision, "filter_matched")) == MOST_OF_GATE
    assert step(decision, "more")["count"] == str(MOST_STEPS + 10 - MOST_OF_GATE)
    assert step(decision, "queue_chosen")["queue"] == "Support"
    assert len(decision.because) <= MOST_STEPS + 1
