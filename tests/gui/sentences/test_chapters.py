"""A trace in chapters: every step has its place, nothing is lost, near misses stand apart."""

from __future__ import annotations

from mailadmin.domain.decisions import AS_IT_CAME, COPY_DECIDES, COPY_OF, WAS_HELD, Because
from mailadmin.domain.messages import ASSIGNED_BY_HAND
from mailadmin.gui.sentences import chapters, traces
from mailadmin.gui.sentences.chapters import Topic, Weight
from mailadmin.postmaster.trace import Step


def test_every_step_has_a_chapter_and_no_other_has() -> None:
    assert set(chapters.TOPICS) == {*Step, AS_IT_CAME, COPY_OF, COPY_DECIDES, ASSIGNED_BY_HAND, WAS_HELD}


def test_what_decided_and_what_was_refused_are_steps_that_there_are() -> None:
    weights = {step: chapters.weight(step) for step in chapters.TOPICS}
    assert set(weights.values()) == set(Weight)
    assert weights.keys() >= chapters._DECIDED | chapters._REFUSED
    assert not chapters._DECIDED & chapters._REFUSED


def test_nothing_of_a_trace_is_lost_and_its_order_stays_within_a_chapter() -> None:
    trace = [Because(step, {"filter": f"number {at}"}) for at, step in enumerate([*Step, *reversed(Step)])]
    told = chapters.chapters(trace)
    assert sorted(line for one in told for line in one.lines()) == sorted(traces.story(trace))
    assert [one.topic for one in told] == [topic for topic in Topic if topic in {one.topic for one in told}]
    [filters] = [one for one in told if one.topic is Topic.FILTERS]
    mine = [one for one in trace if chapters.TOPICS[one.step] is Topic.FILTERS and one.step != "filter_nearly"]
    assert [one.text for one in filters.told] == traces.story(mine)


def test_near_misses_stand_apart_from_what_matched() -> None:
    [chapter] = chapters.chapters([Because("filter_nearly", {"filter": "Spam", "held": "1", "of": "2"})])
    assert chapter.topic is Topic.FILTERS
    assert chapter.told == ()
    assert [line.startswith('The filter "Spam" nearly') for line in chapter.near] == [True]


def test_a_step_of_a_newer_version_is_told_as_well() -> None:
    [chapter] = chapters.chapters([Because("of_tomorrow", {"what": "something"})])
    assert chapter.topic is Topic.OUTCOME
    assert "something" in chapter.told[0].text
