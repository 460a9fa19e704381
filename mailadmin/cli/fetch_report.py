"""The results of a fetch: one row an account with totals, what went wrong under it, and progress while it runs."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from typing import Final

from rich.progress import BarColumn, Progress, TextColumn

from mailadmin.domain.accounts import AfterFetch, IncomingAccount
from mailadmin.domain.errors import Code
from mailadmin.domain.outcomes import FetchCounts, FetchOutcome, FetchProgress, FetchStatus
from mailadmin.domain.outside_text import shown
from mailadmin.services.fetch.dry_run import Preview

from . import layers, traces
from .oauth_sentences import script
from .output import Column, Output
from .sentences import code_sentence, full_sentence
from .wording import count, password_reference, size

RESULTS: Final = {
    FetchStatus.OK: "ok",
    FetchStatus.FAILED: "failed",
    FetchStatus.STOPPED: "stopped",
    FetchStatus.BUSY: "busy",
    FetchStatus.INVALID: "not valid",
}
_ALWAYS: Final = {"seen": "Listed", "fetched": "Fetched", "new_tickets": "New tickets", "follow_ups": "Follow-ups"}
_WHEN_ANY: Final = {
    "ignored": "Ignored",
    "rejected": "Rejected",
    "held": "Held",
    "duplicates": "Doubles",
    "quarantined": "Quarantined",
    "too_big": "Too big",
    "deleted": "Deleted",
    "moved": "Moved",
    "left_on_server": "Left there",
}
_IN_A_LINE: Final = {
    "new_tickets": ("new ticket", ""),
    "follow_ups": ("follow-up", ""),
    "ignored": ("ignored", "ignored"),
    "rejected": ("rejected", "rejected"),
    "held": ("held", "held"),
    "duplicates": ("duplicate", ""),
    "quarantined": ("quarantined", "quarantined"),
    "too_big": ("too big", "too big"),
    "left_on_server": ("left on the server", "left on the server"),
}


def results(out: Output, outcomes: Sequence[FetchOutcome], seconds: float, previews: Sequence[Preview] | None) -> None:
    """The table of results, then a sentence for each thing that went wrong.

    :param previews: those of a dry run, None otherwise
    """
    if not outcomes:
        out.say("There is no valid account to fetch. Add one with: mailadmin apply FILE")
        return
    _table(out, outcomes, seconds)
    troubled = [one for one in outcomes if one.errors]
    if troubled:
        out.say()
    without = [one.name for one in troubled for failure in one.errors if failure.code is Code.NO_PASSWORD]
    together = len(without) > 1
    for one in troubled:
        for failure in one.errors:
            if not (together and failure.code is Code.NO_PASSWORD):
                out.bullet(f"{shown(one.name)}: {full_sentence(failure, one.name)}")
                for line in script(failure).splitlines():
                    out.unbroken(f"    {line}")
    if together:
        out.say("No password is kept for these accounts. Set each with:")
        for name in without:
            out.indented(f"mailadmin secret set {shown(password_reference(name))}", 4)
    if any(one.status is FetchStatus.STOPPED for one in outcomes):
        out.say()
        out.say(code_sentence(Code.STOPPED, {}))
    hints(out, total(outcomes))
    if previews is not None:
        _previews(out, previews)


def _table(out: Output, outcomes: Sequence[FetchOutcome], seconds: float) -> None:
    sums = total(outcomes)
    shown_counts = _ALWAYS | {key: name for key, name in _WHEN_ANY.items() if getattr(sums, key)}
    columns = [
        Column("Account"),
        Column("Result", whole=True),
        *(Column(name, right=True) for name in shown_counts.values()),
        Column("Size", right=True, drop=2),
        Column("Seconds", right=True, drop=1),
    ]
    rows = [_row(one.name, RESULTS[one.status], one.counts, shown_counts, one.seconds) for one in outcomes]
    if len(outcomes) > 1:
        rows.append(_row("Total", "", sums, shown_counts, seconds))
    out.table(columns, rows)


def _row(name: str, result: str, counts: FetchCounts, keys: dict[str, str], seconds: float) -> list[str]:
    return [name, result, *(str(getattr(counts, key)) for key in keys), size(counts.bytes), f"{seconds:.1f}"]


def total(outcomes: Sequence[FetchOutcome]) -> FetchCounts:
    """The numbers of several accounts, added up."""
    names = [field.name for field in fields(FetchCounts)]
    return FetchCounts(**{name: sum(getattr(one.counts, name) for one in outcomes) for name in names})


def hints(out: Output, counts: FetchCounts) -> None:
    """What to do about messages that wait for somebody."""
    if counts.quarantined:
        out.say()
        out.say(f"{count(counts.quarantined, 'message')} in quarantine: mailadmin inbox list --state quarantined")
    if counts.too_big:
        out.say()
        out.say(f"{count(counts.too_big, 'message')} too big to fetch: mailadmin inbox list --state too_big")


def waiting(out: Output, outcomes: Sequence[FetchOutcome], accounts: Iterable[IncomingAccount], limit: int) -> None:
    """That there is more where the limit of messages ended a fetch; how many, as far as that is known."""
    by_id = {account.id: account for account in accounts}
    for one in outcomes:
        account, counts = by_id.get(one.account_id), one.counts
        left = counts.left_on_server - counts.too_big
        if account is None or one.status is not FetchStatus.OK or counts.fetched < limit or left <= 0:
            continue
        # Kept mail and mail of before fetch_from lies there, too, and does not wait.
        exact = account.after_fetch is not AfterFetch.KEEP and account.fetch_from is None
        if exact or counts.seen > counts.fetched + counts.too_big:
            more = f"{left} more {'waits' if left == 1 else 'wait'}" if exact else "perhaps more wait"
            out.say()
            out.say(f"{shown(one.name)}: the limit was reached, {more}; run fetch again.")


def _previews(out: Output, previews: Sequence[Preview]) -> None:
    out.say()
    out.say("A dry run: nothing was stored, and nothing was changed on a server.")
    if not previews:
        return
    out.say()
    rows = []
    for one in previews:
        number = one.decision.ticket.number if one.decision.ticket else ""
        became = traces.outcome(one.decision.kind, number, one.decision.queue)
        rows.append([one.account, one.decision.article.sender, one.decision.article.subject, became])
    columns = [Column("Account", drop=1), Column("From", least=14, elide=True)]
    out.table([*columns, Column("Subject", least=20), Column("Would become", least=20)], rows)


def line(one: FetchOutcome) -> str:
    """One account's fetch on one line, for the scheduler."""
    numbers = [count(number, *nouns) for key, nouns in _IN_A_LINE.items() if (number := getattr(one.counts, key))]
    said = f"{shown(one.name)}: {RESULTS[one.status]}, {one.counts.fetched} fetched"
    said += f" ({', '.join(numbers)})" if numbers else ""
    said += f", {one.seconds:.1f} seconds"
    return said + "".join(f". {full_sentence(failure, one.name)}" for failure in one.errors)


class Watch:
    """What is going on in all accounts, on one line. Told from any thread."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._task = progress.add_task("Starting", total=None, said="") if progress else None
        self._now: dict[int, FetchProgress] = {}
        self._lock = threading.Lock()

    def __call__(self, moment: FetchProgress) -> None:
        """A moment of one account's fetch."""
        if self._progress is None or self._task is None:
            return
        with self._lock:
            self._now[moment.account_id] = moment
            done = sum(one.done for one in self._now.values())
            whole = sum(one.total for one in self._now.values())
            octets = sum(one.bytes for one in self._now.values())
        said = f"{done} of {count(whole, 'message')}, {size(octets)}" if whole else ""
        description = f"{shown(moment.name)}: {layers.WORK[moment.layer]}"
        self._progress.update(self._task, completed=done, total=whole or None, description=description, said=said)


@contextmanager
def watching(out: Output) -> Iterator[Watch]:
    """A line of progress on a terminal, gone when the block ends; nothing elsewhere."""
    if not out.live:
        yield Watch(None)
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
        TextColumn("{task.fields[said]}", markup=False),
    )
    with Progress(*columns, console=out.errors, transient=True) as progress:
        yield Watch(progress)
