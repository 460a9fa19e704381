"""What is known of each account's fetch, in words, and where its numbers lead."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from typing import Final

from mailadmin.domain.accounts import IncomingAccount
from mailadmin.domain.errors import Code, Layer
from mailadmin.domain.messages import InboxQuery, InboxState, ServerState
from mailadmin.domain.outcomes import FetchCounts, FetchOutcome, FetchProgress, FetchStatus, outcomes_of
from mailadmin.gui.sentences import errors, layers, states, times
from mailadmin.gui.sentences.wording import translate
from mailadmin.services.fetch.dry_run import Preview

ALWAYS: Final = ("fetched", "new_tickets", "follow_ups")
WHEN_ANY: Final = (
    "ignored",
    "rejected",
    "held",
    "duplicates",
    "quarantined",
    "too_big",
    "deleted",
    "moved",
    "left_on_server",
)
"""Numbers whose columns are of interest only where one of them is not zero."""
_COUNTS: Final = tuple(one.name for one in fields(FetchCounts))
_ON_SERVER: Final = frozenset({ServerState.KEPT, ServerState.PENDING, ServerState.FAILED})
_REMOVED: Final = frozenset({ServerState.DONE})
_HERE: Final = frozenset(InboxState) - {InboxState.TOO_BIG}
_MOMENT: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One row: an account's fetch, or the totals of all of them (``account`` None). Times are aware UTC."""

    account: IncomingAccount | None
    began: datetime
    ended: datetime | None = None
    trial: bool = False
    progress: FetchProgress | None = None
    stopping: bool = False
    outcome: FetchOutcome | None = None
    previews: Sequence[Preview] = field(default=())

    @property
    def running(self) -> bool:
        """Whether this account has not come to its end."""
        return self.account is not None and self.outcome is None

    @property
    def failed(self) -> bool:
        """Whether something is to be mended."""
        return self.outcome is not None and self.outcome.status in {FetchStatus.FAILED, FetchStatus.INVALID}

    @property
    def needs_sign_in(self) -> bool:
        """Whether it failed because somebody must sign in again."""
        said = self.outcome.errors if self.outcome is not None else ()
        return any(error.code is Code.SIGN_IN_NEEDED for error in said)

    @property
    def fraction(self) -> float | None:
        """How much of what is to be downloaded has been, from 0 to 1; None while that is not known."""
        if not self.running or self.progress is None or not self.progress.total:
            return None
        return self.progress.done / self.progress.total

    def number(self, count: str) -> int | None:
        """One of the numbers by its name in FetchCounts; None while it is not known."""
        if self.outcome is not None:
            value: int = getattr(self.outcome.counts, count)
            return value
        return self.progress.done if count == "fetched" and self.progress is not None else None


def total_of(results: Sequence[Result]) -> Result:
    """The row of totals."""
    counts = FetchCounts()
    for count in _COUNTS:
        setattr(counts, count, sum(one.number(count) or 0 for one in results))
    ends = [one.ended for one in results if one.ended is not None]
    began = min(one.began for one in results)
    ended = max(ends) if len(ends) == len(results) else None
    seconds = (ended - began).total_seconds() if ended is not None else 0.0
    starts = [one.outcome.started for one in results if one.outcome is not None and one.outcome.started is not None]
    outcome = FetchOutcome(0, "", FetchStatus.OK, counts, seconds, started=min(starts, default=None))
    trial = all(one.trial for one in results)
    return Result(account=None, began=began, ended=ended, trial=trial, outcome=outcome)


def messages_of(result: Result, count: str) -> InboxQuery | None:
    """What lists the messages that a number counts; None for a number that leads nowhere.

    :param count: the number's name in FetchCounts
    """
    if result.trial or result.outcome is None or not result.number(count):
        return None
    query = InboxQuery(account=result.account.name if result.account is not None else "")
    if count == "left_on_server":  # most of it has come in earlier fetches
        return replace(query, server_states=_ON_SERVER)
    ended = result.outcome.ended or result.ended  # by the database's clock, if it was asked
    until = ended + _MOMENT if ended is not None else None
    query = replace(query, fetched_from=result.outcome.started or result.began, fetched_until=until)
    if count in {"deleted", "moved"}:
        return replace(query, server_states=_REMOVED)
    if count == "fetched":
        return replace(query, states=_HERE)
    outcomes = outcomes_of(count)
    return replace(query, outcomes=outcomes) if outcomes else None


# --- words ---


def name(result: Result) -> str:
    """The account's name, or what the row of totals is called."""
    return translate("Fetch", "Total") if result.account is None else result.account.name


def state(result: Result) -> str:
    """How an account's fetch is doing, or how it ended: ``downloading 43 of 120``, ``failed: Sign-in refused``."""
    if result.account is None:
        return ""
    if result.outcome is not None:
        return _ended(result)
    if result.stopping:
        return translate("Fetch", "stopping")
    progress = result.progress
    if progress is None:
        return translate("Fetch", "waiting")
    if result.trial:
        return translate("Fetch", "trying, nothing is changed")
    if progress.total and progress.done < progress.total:
        return downloading(progress.done, progress.total)
    return layers.working(Layer.PROCESS if progress.layer is Layer.STORE else progress.layer)


def downloading(done: int, total: int) -> str:
    """``downloading 43 of 120``."""
    numbers = {"done": times.number(done), "total": times.number(total)}
    return translate("Fetch", "downloading {done} of {total}").format_map(numbers)


def _ended(result: Result) -> str:
    outcome = result.outcome
    assert outcome is not None
    if outcome.status is FetchStatus.OK:
        return translate("Fetch", "nothing was changed") if result.trial else translate("Fetch", "done")
    if outcome.status is FetchStatus.FAILED and outcome.error is not None:
        return translate("Fetch", "failed: {why}").format_map({"why": errors.headline(outcome.error.code)})
    return states.fetch_status(outcome.status)


def problem(result: Result) -> str:
    """What went wrong in full, with the server's own words; empty when nothing did."""
    if result.outcome is None:
        return ""
    said = []
    for error in result.outcome.errors:
        said.append(errors.sentence(error, result.outcome.name))
        if words := errors.quoted_words(error):
            said.append(words)
    return "\n".join(said)


def detail(result: Result) -> str:
    """What there is to say about one account: how far it is, what came out, or what went wrong."""
    if result.account is None:
        return ""
    if result.outcome is None:
        progress = result.progress
        facts = {"account": result.account.name, "state": state(result)}
        if progress is None or not progress.bytes:
            return translate("Fetch", "{account}: {state}").format_map(facts)
        facts["size"] = times.size(progress.bytes)
        return translate("Fetch", "{account}: {state}, {size}").format_map(facts)
    if result.outcome.errors:
        return problem(result)
    counts = result.outcome.counts
    facts = {
        "account": result.outcome.name,
        "what": came_out(counts),
        "size": times.size(counts.bytes),
        "time": times.duration(result.outcome.seconds),
    }
    return translate("Fetch", "{account}: {what} ({size} in {time})").format_map(facts)


def mails(count: int) -> str:
    """``1 mail``, ``12 mails``."""
    return translate("Fetch", "1 mail") if count == 1 else translate("Fetch", "%Ln mails", None, count)


def came_out(counts: FetchCounts) -> str:
    """``12 mails: 9 new tickets, 3 follow-ups``, ``no new mail``."""
    parts = [phrase(number) for key, phrase in _PHRASES.items() if (number := getattr(counts, key))]
    facts = {"mails": mails(counts.fetched), "what": ", ".join(parts)}
    if not counts.fetched and not parts:
        said = translate("Fetch", "No new mail")
    else:
        said = translate("Fetch", "{mails}: {what}").format_map(facts) if parts else facts["mails"]
    if not counts.too_big:
        return said
    facts = {"said": said, "left": translate("Fetch", "%Ln too big to fetch", None, counts.too_big)}
    return translate("Fetch", "{said}; {left}").format_map(facts)


def summary(results: Sequence[Result]) -> str:
    """What came out of all of them, in a sentence, and which failed."""
    ended = [one.outcome for one in results if one.outcome is not None]
    if not ended:
        return ""
    said = [translate("Fetch", "{what}.").format_map({"what": came_out(_sum(ended))})]
    if all(one.trial for one in results):
        said.insert(0, translate("Fetch", "Dry run, nothing was changed:"))
    failed = [one for one in ended if one.status in {FetchStatus.FAILED, FetchStatus.INVALID}]
    if len(failed) == 1:
        why = errors.headline(failed[0].error.code) if failed[0].error else states.fetch_status(failed[0].status)
        facts = {"account": failed[0].name, "why": why}
        said.append(translate("Fetch", "{account} failed: {why}.").format_map(facts))
    elif failed:
        names = {"accounts": ", ".join(one.name for one in failed)}
        said.append(translate("Fetch", "Failed: {accounts}.").format_map(names))
    stopped = [one.name for one in ended if one.status is FetchStatus.STOPPED]
    if stopped:
        said.append(translate("Fetch", "Stopped: {accounts}.").format_map({"accounts": ", ".join(stopped)}))
    elsewhere = [one.name for one in ended if one.status is FetchStatus.BUSY]
    if elsewhere:
        facts = {"accounts": ", ".join(elsewhere)}
        said.append(translate("Fetch", "Being fetched elsewhere: {accounts}.").format_map(facts))
    return " ".join(said)


def _sum(outcomes: Sequence[FetchOutcome]) -> FetchCounts:
    return FetchCounts(**{count: sum(getattr(one.counts, count) for one in outcomes) for count in _COUNTS})


_PHRASES: Final[Mapping[str, Callable[[int], str]]] = {
    "new_tickets": lambda n: (
        translate("Fetch", "1 new ticket") if n == 1 else translate("Fetch", "%Ln new tickets", None, n)
    ),
    "follow_ups": lambda n: (
        translate("Fetch", "1 follow-up") if n == 1 else translate("Fetch", "%Ln follow-ups", None, n)
    ),
    "rejected": lambda n: translate("Fetch", "%Ln rejected", None, n),
    "ignored": lambda n: translate("Fetch", "%Ln ignored", None, n),
    "held": lambda n: translate("Fetch", "%Ln held", None, n),
    "duplicates": lambda n: (
        translate("Fetch", "1 duplicate") if n == 1 else translate("Fetch", "%Ln duplicates", None, n)
    ),
    "quarantined": lambda n: translate("Fetch", "%Ln quarantined", None, n),
}
