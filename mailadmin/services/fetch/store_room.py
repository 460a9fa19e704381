"""From octets to committed rows: known by digest, new, or come back under a used name (DESIGN 4, steps 2 to 4)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import islice

from mailadmin.domain.accounts import AfterFetch, Dispatching, IncomingAccount
from mailadmin.domain.errors import Layer, MailadminError
from mailadmin.domain.messages import InboxState, Intake, IntakeContext, LedgerRow, ServerState, Trouble, digest
from mailadmin.domain.ports import Downloaded, Listed
from mailadmin.services.steps import OnStep, Step
from mailadmin.storage import Storage

from .left_behind import LeftBehind
from .plan import NAMELESS, in_folder, key, next_copy
from .recorder import Taken

_REMEMBERED = timedelta(days=30)

COPIES_LOOKED_AT = 50
"""How many names of one source are tried before giving up; a server that reuses a UIDL more often has none."""


def context_of(account: IncomingAccount) -> IntakeContext:
    """What must stay known of the account with each of its messages."""
    return IntakeContext(
        account.id,
        account.name,
        account.trusted,
        account.queue if account.dispatching is Dispatching.QUEUE else "",
        account.ticket_type,
        account.images_as_attachments,
        account.trusted_authserv_id,
    )


def queue_as_now(storage: Storage, context: IntakeContext) -> IntakeContext:
    """The context with the queue its account leads to now: it may have been renamed since the account was read.

    To be asked under the ledger's lock of the account; then it stays so until the transaction ends.
    """
    account = storage.accounts.get(context.account_id) if context.account_id is not None else None
    return replace(context, queue=context_of(account).queue) if account is not None else context


@dataclass(slots=True)
class Kept:
    """What one batch came to. ``fetched`` counts new rows, duplicates among them; ``octets`` are theirs.

    ``to_process``: octets by id of what is to become tickets; ``to_act``: what the server may be told to act on.
    ``taken``: the new rows, for the communication log.
    """

    fetched: int = 0
    octets: int = 0
    duplicates: int = 0
    to_process: dict[int, bytes] = field(default_factory=dict)
    to_act: list[tuple[Listed, LedgerRow]] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Arrival:
    message: Listed
    raw: bytes
    digest: bytes
    source: str
    replaces: int | None


class StoreRoom:
    """Commits downloaded messages of one account into one mailbox's ledger."""

    def __init__(
        self,
        storage: Storage,
        account: IncomingAccount,
        mailbox_id: int,
        ensure_lease: Callable[[], None],
        on_step: OnStep,
    ) -> None:
        self._storage = storage
        self._account = account
        self._mailbox_id = mailbox_id
        self._ensure_lease = ensure_lease
        self._on_step = on_step
        self._context = context_of(account)
        self._had: set[bytes] = set()
        assert account.id is not None
        self._left_behind = LeftBehind(storage, account.id, mailbox_id)

    def look_back(self, must_halt: Callable[[], bool]) -> bool:
        """Make ready to tell mail again that the account left in another mailbox; False: halted before that was done.

        To be called before anything is kept.
        """
        return self._left_behind.look(must_halt)

    def keep(self, arrived: Sequence[Downloaded], rows: Mapping[str, LedgerRow]) -> Kept:
        """Commit a batch in one transaction, checked against the lease.

        :param arrived: complete messages
        :param rows: ledger rows, by plan key, of those that were known before: to be verified, or too big until now
        :raises UserFixableError: LEASE_LOST, DATABASE_*; then nothing of the batch is kept
        """
        try:
            with self._storage.transaction():
                self._ensure_lease()
                self._storage.inbox.lock(self._mailbox_id, self._account.id)
                self._context = queue_as_now(self._storage, self._context)
                kept = self._sort_and_insert(arrived, rows)
                self._storage.accounts.set_adopted(self._mailbox_id)
                self._on_step(Step.STORED_UNCOMMITTED)
        except MailadminError as error:
            error.layer = error.layer or Layer.STORE
            raise
        self._on_step(Step.STORED)
        return kept

    def too_big(self, messages: Sequence[tuple[str, int]], limit_kb: int) -> int:
        """Note (source, size) of messages over the limit; how many were not noted before."""
        return self._storage.inbox.too_big(self._mailbox_id, self._context, messages, limit_kb) if messages else 0

    def ids(self, sources: Sequence[str]) -> dict[str, int]:
        """The rows of messages that are known, by source."""
        known = self._storage.inbox.known(self._mailbox_id, sources)
        return {source: row.id for source, row in known.items()}

    def seen_through(self) -> None:
        """Note that a fetch has come to its end, even if there was nothing to keep."""
        self._storage.accounts.set_adopted(self._mailbox_id)

    def troubles(self) -> dict[str, Trouble]:
        """Messages of this mailbox that could not be had before."""
        return self._storage.inbox.troubles(self._mailbox_id)

    def suspects(self, batches: Mapping[str, int]) -> None:
        """Remember what was asked for when the connection ended, for a run that may not be let in again at once."""
        lasting = {source: batch for source, batch in batches.items() if not source.startswith(NAMELESS)}
        if lasting:
            self._storage.inbox.record_suspects(self._mailbox_id, lasting)

    def trouble(self, message: Listed, detail: str) -> int:
        """Note that a message could not be had; how often by now."""
        if not message.source:
            return 1
        return self._storage.inbox.record_trouble(self._mailbox_id, message.source, detail)

    def forget_troubles(
        self, listed: Sequence[Listed], given_up: Collection[str], prefix: str, *, folderless: bool
    ) -> None:
        """Messages that were trouble and have gone from the server, or have been had since, are trouble no more.

        :param prefix: what the sources of this folder begin with
        :param folderless: they say nothing of folders: what is not listed here may be another account's trouble, in
            another folder, so it is remembered for a while
        """
        there = {message.source for message in listed}
        since = datetime.now(UTC) - _REMEMBERED if folderless else datetime.max.replace(tzinfo=UTC)
        over = [
            trouble.source
            for trouble in self.troubles().values()
            if in_folder(trouble.source, prefix)
            and (trouble.source not in given_up if trouble.source in there else trouble.first_seen < since)
        ]
        if over:
            self._storage.inbox.clear_troubles(self._mailbox_id, over)

    def settle_nameless(self, listed: Sequence[Listed]) -> None:
        """On a server without lasting names, owed messages whose octets were not seen in a whole pass are gone."""
        if listed and any(message.source for message in listed):
            return
        owed = self._storage.inbox.unfinished(self._mailbox_id, "sha256:")
        gone = [row.id for row in owed if row.digest not in self._had]
        if gone:
            self._storage.inbox.set_server_state(gone, ServerState.GONE)

    # --- inside the transaction ---

    def _sort_and_insert(self, arrived: Sequence[Downloaded], rows: Mapping[str, LedgerRow]) -> Kept:
        kept = Kept()
        prints = [digest(got.raw) for got in arrived]
        self._had.update(prints)
        known = self._storage.inbox.same_mail(self._mailbox_id, self._account.id, prints)
        by_digest_only = self._rows_by_digest(arrived, prints)
        fresh: list[_Arrival] = []
        for got, print_ in zip(arrived, prints, strict=True):
            row = rows.get(key(got.message)) or by_digest_only.get(print_ if not got.message.source else b"")
            if row is not None and row.digest == print_:
                # The same mail as before: at most the server's side is owed. What was kept once stays kept.
                if row.server_state is not ServerState.KEPT:
                    kept.to_act.append((got.message, row))
            elif row is None or row.state is InboxState.TOO_BIG:
                source = got.message.source or f"sha256:{print_.hex()}"
                fresh.append(_Arrival(got.message, got.raw, print_, source, row.id if row else None))
            elif (copy := self._copy_with(got.message.source, print_)) is not None:
                kept.to_act.append((got.message, copy))
            else:
                source = self._free_name(got.message.source, {a.source for a in fresh})
                fresh.append(_Arrival(got.message, got.raw, print_, source, None))
        met_again = self._left_behind.firsts([(arrival.digest, arrival.raw) for arrival in fresh], known)
        self._insert(fresh, {**known, **met_again}, kept)
        return kept

    def _rows_by_digest(self, arrived: Sequence[Downloaded], prints: Sequence[bytes]) -> dict[bytes, LedgerRow]:
        """Rows of messages that a server without lasting names has shown before."""
        sources = {
            f"sha256:{print_.hex()}": print_
            for got, print_ in zip(arrived, prints, strict=True)
            if not got.message.source
        }
        if not sources:
            return {}
        found = self._storage.inbox.known(self._mailbox_id, list(sources))
        return {sources[source]: row for source, row in found.items()}

    def _copies(self, source: str) -> dict[str, LedgerRow]:
        names = list(islice(next_copy(source), COPIES_LOOKED_AT))
        return self._storage.inbox.known(self._mailbox_id, names)

    def _copy_with(self, source: str, print_: bytes) -> LedgerRow | None:
        return next((row for row in self._copies(source).values() if row.digest == print_), None)

    def _free_name(self, source: str, taken: set[str]) -> str:
        used = self._copies(source)
        return next(name for name in next_copy(source) if name not in used and name not in taken)

    def _insert(self, fresh: Sequence[_Arrival], known: Mapping[bytes, int], kept: Kept) -> None:
        """Firsts before doubles, so that a double within the batch can name its first."""
        firsts: list[_Arrival] = []
        doubles: list[_Arrival] = []
        seen = set(known)
        for arrival in fresh:
            (doubles if arrival.digest in seen else firsts).append(arrival)
            seen.add(arrival.digest)
        first_ids = dict(known)
        for arrival, inbox_id in zip(firsts, self._intake(firsts, {}), strict=True):
            if inbox_id is not None:
                first_ids[arrival.digest] = inbox_id
                kept.to_process[inbox_id] = arrival.raw
                self._count(kept, arrival, inbox_id, InboxState.STORED)
        doubles = [arrival for arrival in doubles if arrival.digest in first_ids]
        for arrival, inbox_id in zip(doubles, self._intake(doubles, first_ids), strict=True):
            if inbox_id is not None:
                kept.duplicates += 1
                self._count(kept, arrival, inbox_id, InboxState.DUPLICATE)

    def _intake(self, arrivals: Sequence[_Arrival], first_ids: Mapping[bytes, int]) -> list[int | None]:
        """Rows for arrivals; None where another fetch of this mailbox has just been quicker (and owes the action)."""
        if not arrivals:
            return []
        return self._storage.inbox.intake(
            self._mailbox_id,
            self._context,
            [
                Intake(
                    arrival.source,
                    arrival.raw,
                    arrival.digest,
                    arrival.message.size,
                    arrival.message.received_at,
                    self._owed,
                    first_ids.get(arrival.digest),
                    arrival.replaces,
                )
                for arrival in arrivals
            ],
        )

    @property
    def _owed(self) -> ServerState:
        return ServerState.KEPT if self._account.after_fetch is AfterFetch.KEEP else ServerState.PENDING

    def _count(self, kept: Kept, arrival: _Arrival, inbox_id: int, state: InboxState) -> None:
        kept.fetched += 1
        kept.octets += len(arrival.raw)
        owed = self._owed is ServerState.PENDING
        kept.taken.append(Taken(inbox_id, arrival.message, len(arrival.raw), state is InboxState.DUPLICATE, owed))
        if owed:
            row = LedgerRow(
                inbox_id, arrival.source, arrival.digest, arrival.message.size, state, ServerState.PENDING, ""
            )
            kept.to_act.append((arrival.message, row))
