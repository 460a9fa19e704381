"""How many mails a second of one core are decided with 100 filters active, beside parsing alone on the same mails."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Final

from mailadmin.domain.decisions import AccountFacts, Answers, Decision, QueueFacts, RoutingSnapshot
from mailadmin.domain.filters import Action, Condition, Filter
from mailadmin.domain.vocabulary import FollowUpOption
from mailadmin.postmaster import decide, parse, prepare

from .alone import Result, run_alone
from .mailbox import messages

FILTERS: Final = 100
PARSED, PLAIN, FILTERED = "parsed", "plain", "filtered"
MODES: Final = {
    PARSED: "parsing alone",
    PLAIN: "parsed and decided, no filters",
    FILTERED: f"parsed and decided, {FILTERS} filters",
}
MATCHES: Final = "matches"
_BLOCK: Final = 50
"""Messages that each mode takes in turn, so that what else the machine does meets all of them alike."""
_NOW: Final = datetime(2026, 11, 20, 12, tzinfo=UTC)
_TOPICS: Final = (
    "printer invoice password server backup network license order delivery meeting laptop display keyboard contract "
    "refund hosting alert monitoring newsletter outage"
).split()
_QUEUES: Final = ("Raw", "Support", "Sales", "Billing")


def filters() -> tuple[Filter, ...]:
    """A hundred as an administrator writes them, five of each of twenty topics; some match, most do not."""
    made = [one for topic in _TOPICS for one in _filters_of(topic)]
    return tuple(
        Filter(name=f"filter {place:03}", order=place, conditions=conditions, actions=actions)
        for place, (conditions, actions) in enumerate(made)
    )


def _filters_of(topic: str) -> tuple[tuple[tuple[Condition, ...], tuple[Action, ...]], ...]:
    return (
        (  # one system's mail, by its number
            (Condition("Subject", rf"\[{topic}-(\d+)\]"), Condition("From", rf"EMAILADDRESS:.*@{topic}\.example")),
            (Action("X-OTOBO-DynamicField-Number", "[***]"), Action("X-OTOBO-Queue", "Sales")),
        ),
        (  # a topic of some customers
            (Condition("Subject", topic), Condition("From", r"EMAILADDRESS:user(?<nr>\d+)@customer[1-9]\.example")),
            (Action("X-OTOBO-DynamicField-Customer", r"[**\nr**]"), Action("X-OTOBO-Priority", "4 high")),
        ),
        (  # what the text says
            (Condition("Body", rf"\b{topic}\s+(?:request|order)\b.{{0,80}}urgent"), Condition("To", "support@")),
            (Action("X-OTOBO-Priority", "5 very high"),),
        ),
        (  # big mail that is no reply and no newsletter
            (
                Condition("X-OTOBO-AttachmentExists", "yes"),
                Condition("Subject", rf"^(?:re|aw|fwd?):|{topic}", negated=True),
                Condition("Body", rf"unsubscribe.*{topic}"),
            ),
            (Action("X-OTOBO-Queue", "Billing"),),
        ),
        (  # a gateway's mark
            (Condition("X-Spam-Flag", "yes"), Condition("Return-Path", rf"{topic}@"), Condition("Subject", topic)),
            (Action("X-OTOBO-Ignore", "yes"),),
        ),
    )


def _routing(active: tuple[Filter, ...]) -> RoutingSnapshot:
    queues = [QueueFacts(name, True, FollowUpOption.POSSIBLE, False) for name in _QUEUES]
    return RoutingSnapshot(
        queues={queue.name.casefold(): queue for queue in queues},
        addresses={"support@helpdesk.example": "Support"},
        filters=active,
    )


def one_run(count: int) -> Result:
    """In a process of its own: the CPU seconds each mode takes for all messages, and how many filters matched."""
    plain, filtered = _routing(()), _routing(filters())
    modes: dict[str, Callable[[bytes], object]] = {
        PARSED: parse,
        PLAIN: lambda raw: _decided(raw, plain),
        FILTERED: lambda raw: _decided(raw, filtered),
    }
    corpus = messages(count)
    matches = 0
    for raw in messages(_BLOCK):  # everything is loaded and compiled
        for mode in modes.values():
            mode(raw)
    seconds = dict.fromkeys(modes, 0.0)
    while block := list(islice(corpus, _BLOCK)):
        for name, mode in modes.items():
            seconds[name] += _timed(mode, block)
        matches += sum(step.step == "filter_matched" for raw in block for step in _decided(raw, filtered).because)
    return {**seconds, MATCHES: matches}


def _decided(raw: bytes, routing: RoutingSnapshot) -> Decision:
    return decide(prepare(parse(raw), AccountFacts("bench"), routing, _NOW), Answers())


def _timed(mode: Callable[[bytes], object], block: Sequence[bytes]) -> float:
    started = time.process_time()
    for raw in block:
        mode(raw)
    return time.process_time() - started


def measure(count: int, rounds: int) -> None:
    """Print medians, with what deciding takes beside parsing in the same round."""
    print(f"{count} messages decided, nothing looked up or written, {rounds} rounds, medians")
    runs = [run_alone("deciding", str(count)) for _ in range(rounds)]
    print(f"{'':44}{'CPU s':>7}{'msg/s':>8}{'x parsing':>11}")
    for mode, words in MODES.items():
        seconds = statistics.median(run[mode] for run in runs)
        ratio = statistics.median(run[mode] / run[PARSED] for run in runs)
        print(f"{words:44}{seconds:7.2f}{count / seconds:8.0f}{ratio:11.2f}")
    for mode, words in ((PLAIN, "no filters"), (FILTERED, f"{FILTERS} filters")):
        alone = statistics.median(run[mode] - run[PARSED] for run in runs)
        print(f"The decision alone, {words}: {alone / count * 1e6:.0f} microseconds, {count / alone:.0f} a second")
    print(f"Filters that matched: {runs[0][MATCHES]:.0f}")


if __name__ == "__main__":
    print(json.dumps(one_run(int(sys.argv[1]))))
