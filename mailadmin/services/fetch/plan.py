"""What each listed message needs, decided from the listing and the ledger alone (DESIGN 4, steps 2 and 3). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from mailadmin.domain.accounts import Family
from mailadmin.domain.messages import InboxState, LedgerRow, ServerState, Trouble
from mailadmin.domain.ports import Listed

NAMELESS = "handle:"
_UNFINISHED = frozenset({ServerState.PENDING, ServerState.FAILED})


@dataclass(frozen=True, slots=True)
class Act:
    """A message of ours whose server action is still owed."""

    message: Listed
    row: LedgerRow


@dataclass(slots=True)
class Plan:
    """What is to be done in one session.

    ``act``: known and unfinished, repeat the action. ``verify``: known, but a source can be used again, so its octets
    decide. ``new``: unknown. ``grown``: a too big one that may be fetched now, by its row. ``left``: stays.
    """

    act: list[Act] = field(default_factory=list)
    verify: list[Act] = field(default_factory=list)
    new: list[Listed] = field(default_factory=list)
    too_big: list[Act] = field(default_factory=list)
    left: list[Listed] = field(default_factory=list)


def classify(
    listed: Iterable[Listed], known: Mapping[str, LedgerRow], *, verifies_reuse: bool, immutable: bool = False
) -> Plan:
    """Sort a listing by what the ledger knows.

    :param listed: the server's listing
    :param known: the ledger's rows by source
    :param verifies_reuse: sources can come back with other content (POP3's UIDLs)
    :param immutable: a source is the same message wherever and whenever it is seen (Graph), though its octets, made
        anew each time, may differ
    """
    plan = Plan()
    for message in listed:
        row = known.get(message.source) if message.source else None
        if row is None:
            # Flagged \Deleted by somebody else: on its way out, not ours to touch.
            (plan.left if message.deleted else plan.new).append(message)
        elif row.state is InboxState.TOO_BIG:
            plan.too_big.append(Act(message, row))
        elif row.server_state in _UNFINISHED:
            (plan.verify if verifies_reuse else plan.act).append(Act(message, row))
        elif row.server_state is ServerState.KEPT:
            reused = verifies_reuse and None not in (message.size, row.server_size) and message.size != row.server_size
            (plan.verify.append(Act(message, row)) if reused else plan.left.append(message))
        else:  # done or gone, and here it is again
            (plan.act if immutable else plan.verify).append(Act(message, row))
    return plan


def vanished(listed: Iterable[Listed], unfinished: Iterable[LedgerRow], prefix: str) -> list[int]:
    """Ids of unfinished rows of this folder that the server lists no longer: somebody else dealt with them."""
    there = {message.source for message in listed}
    return [row.id for row in unfinished if row.source not in there and in_folder(row.source, prefix)]


def prefix_of(family: Family, folder: str) -> str:
    """What the sources of a folder's messages begin with. Those of Graph and POP3 say nothing of folders."""
    return {Family.IMAP: f"{folder}/", Family.POP3: "uidl:", Family.GRAPH: "graph:"}[family]


def in_folder(source: str, prefix: str) -> bool:
    """Whether a source is of the folder with this prefix; of one below it, it is not."""
    return source.startswith(prefix) and (not prefix.endswith("/") or source.count("/", len(prefix)) == 1)


def since(messages: Sequence[Listed], day: date | None) -> list[Listed]:
    """Messages that arrived on this day or later (UTC), or nobody knows when; None: all."""
    return [m for m in messages if day is None or m.received_at is None or m.received_at.date() >= day]


def split_by_size(messages: Sequence[Listed], limit_kb: int) -> tuple[list[Listed], list[Listed]]:
    """Messages within the limit and those over it. 0 means unlimited; 1 KB is 1,024 octets."""
    if not limit_kb:
        return list(messages), []
    limit = limit_kb * 1024
    fits = [message for message in messages if (message.size or 0) <= limit]
    return fits, [message for message in messages if (message.size or 0) > limit]


def batches(
    messages: Sequence[Listed],
    *,
    count: int,
    octets: int,
    suspects: Mapping[str, int],
    troubles: Mapping[str, Trouble],
) -> Iterator[list[Listed]]:
    """Cut messages into batches bounded by count and octets.

    What ended a connection before comes after all others: suspects in batches of at most the size noted for them,
    known troublemakers last and alone.
    """
    calm = [m for m in messages if key(m) not in suspects and key(m) not in troubles]
    yield from _cut(calm, count, octets)
    doubtful = [m for m in messages if key(m) in suspects and key(m) not in troubles]
    for size in sorted({suspects[key(m)] for m in doubtful}, reverse=True):
        yield from _cut([m for m in doubtful if suspects[key(m)] == size], size, octets)
    for message in messages:
        if key(message) in troubles:
            yield [message]


def key(message: Listed) -> str:
    """A message's name within one run: its source, or its handle where sources do not last."""
    return message.source or f"{NAMELESS}{message.handle}"


def _cut(messages: Sequence[Listed], count: int, octets: int) -> Iterator[list[Listed]]:
    batch: list[Listed] = []
    size = 0
    for message in messages:
        weight = message.size or 0
        if batch and (len(batch) >= count or size + weight > octets):
            yield batch
            batch, size = [], 0
        batch.append(message)
        size += weight
    if batch:
        yield batch


def next_copy(source: str) -> Iterator[str]:
    """Further names for a source that has come back with other content: ``uidl:X#2``, ``uidl:X#3``, ..."""
    stem, mark, number = source.rpartition("#")
    base, first = (stem, int(number) + 1) if mark and number.isdigit() else (source, 2)
    while True:
        yield f"{base}#{first}"
        first += 1
