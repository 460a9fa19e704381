"""One account's fetch, from the lease to the last word of the server (DESIGN 4)."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from mailadmin.domain.accounts import Family, IncomingAccount
from mailadmin.domain.errors import Code, Layer, MailadminError, UserFixableError
from mailadmin.domain.interrupt import Interrupt
from mailadmin.domain.leases import Lease
from mailadmin.domain.messages import LedgerRow, ServerState
from mailadmin.domain.outcomes import FetchCounts, FetchProgress
from mailadmin.domain.ports import Downloaded, LayerReached, Listed, Mailbox
from mailadmin.services.leases import LeaseKeeper
from mailadmin.services.steps import OnStep, Step
from mailadmin.storage import Storage

from .plan import Act, Plan, batches, classify, key, prefix_of, since, split_by_size, vanished
from .recorder import Recorder
from .refusals import Refusals, unavailable
from .server_side import ServerSide
from .store_room import StoreRoom

log = logging.getLogger(__name__)

CONNECTION_ENDED = frozenset({Code.CONNECTION_LOST, Code.SERVER_SILENT, Code.SERVER_GARBAGE, Code.SESSION_EXPIRED})
"""After these a mailbox is dead, and another connection may go on."""

_BY_CONTENT = CONNECTION_ENDED - {Code.SESSION_EXPIRED}
"""The message in hand may be to blame for these."""

_ENDED = CONNECTION_ENDED | {Code.STOPPED}

MAX_RECONNECTS = 20
EXPIRED_IN_VAIN = 2
"""After so many sessions that ended with their tokens and got nowhere, no other token will help."""
PROGRESS_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class AccountLimits:
    """The bounds of one account's run: messages newly downloaded (0: all), seconds, KB a message, batch sizes."""

    messages: int
    seconds: float
    size_kb: int
    batch_messages: int
    batch_octets: int


@dataclass(kw_only=True)
class AccountFetch:
    """The walk of one account. :meth:`run` is called in a thread of its own; :meth:`halt` may come from any other.

    ``open_mailbox`` opens the account's mailbox with what it signs in with at that moment; its last argument says that
    a session has just ended with its token, so that another one is needed. ``hand_over`` takes messages just committed,
    by id, to processing; it may block until there is room.
    """

    account: IncomingAccount
    open_mailbox: Callable[[Callable[[LayerReached], None], Interrupt, bool], Mailbox]
    storage: Storage
    keeper: LeaseKeeper
    lease: Lease
    limits: AccountLimits
    hand_over: Callable[[dict[int, bytes]], None]
    on_progress: Callable[[FetchProgress], None]
    on_step: OnStep
    counts: FetchCounts
    errors: list[MailadminError]
    recorder: Recorder = field(default_factory=Recorder.silent)
    stopped: bool = field(default=False, init=False)
    last_sign_of_life: float = field(default_factory=time.monotonic, init=False)
    _asked: threading.Event = field(default_factory=threading.Event, init=False)
    _overdue: threading.Event = field(default_factory=threading.Event, init=False)
    _mailbox: Mailbox | None = field(default=None, init=False)
    _store: StoreRoom | None = field(default=None, init=False)
    _opening: Interrupt | None = field(default=None, init=False)
    _deadline: float = field(default=0.0, init=False)
    _cut_short: bool = field(default=False, init=False)
    _again: bool = field(default=False, init=False)
    _last_told: float = field(default=0.0, init=False)
    _total: int = field(default=0, init=False)
    _reconnects: int = field(default=0, init=False)
    _loss: UserFixableError | None = field(default=None, init=False)
    _progress: int = field(default=0, init=False)
    _expired_in_vain: int = field(default=0, init=False)
    _listed: int = field(default=0, init=False)
    _suspects: dict[str, int] = field(default_factory=dict, init=False)
    _given_up: set[str] = field(default_factory=set, init=False)
    _refusals: Refusals = field(default_factory=Refusals, init=False)

    # --- from other threads ---

    def halt(self, *, overdue: bool = False) -> None:
        """Come to an orderly end after the message in hand, because somebody asked for it or the time is spent.

        As long as no mailbox is open, that is at once.
        """
        (self._overdue if overdue else self._asked).set()
        opening = self._opening
        if opening is not None:
            opening.ask()

    def cut(self) -> None:
        """End a connection that does not answer."""
        mailbox = self._mailbox
        if mailbox is not None:
            mailbox.abandon()

    # --- the walk ---

    def run(self) -> None:
        """Fetch. What went wrong is in ``errors`` afterwards; what was done, in ``counts``."""
        self._deadline = time.monotonic() + self.limits.seconds
        try:
            self._tell(Layer.CONNECT, force=True)
            while self._session():
                self._reconnects += 1
        except UserFixableError as error:
            if not (error.code in _ENDED and self._must_halt()):
                if self._loss is not None:  # why another connection was asked for: that is what went wrong
                    self.errors.insert(0, self._loss)
                self.errors.append(error)
        self._tell_refusals()
        for told in self.errors:
            told.facts.setdefault("type", self.account.type.value)
        if self._cut_short and self._asked.is_set():
            self.stopped = True
        elif self._cut_short:
            self.errors.append(UserFixableError(Code.TIME_BUDGET_SPENT, {"seconds": round(self.limits.seconds)}))
        self.counts.left_on_server = max(0, self._listed - self.counts.deleted - self.counts.moved)

    def _session(self) -> bool:
        """One connection's worth of work; whether another connection should go on."""
        self.recorder.connecting(self.counts)
        mailbox = self._open()
        self._mailbox = mailbox
        self._again = False
        self.on_step(Step.OPENED)
        server = ServerSide(
            mailbox, self.account, self.storage, self.counts, self._ensure_lease, self.on_step, self.recorder
        )
        try:
            self._work(mailbox, server)
            server.finish()
            self.recorder.session_ended(self.counts, server.errors)
        except UserFixableError as error:
            if not (error.code in _ENDED and self._must_halt()):
                self.recorder.connection_failed(error)
            if error.code in CONNECTION_ENDED:
                mailbox.abandon()
                log.info("account %s: connection ended: %s", self.account.name, error)
                if self._must_halt() or not self._may_go_on(error):
                    raise
                self._loss = error
                return True
            self._end_quietly(mailbox, server)
            raise
        except BaseException:
            mailbox.abandon()
            raise
        else:
            return self._again and self._reconnects < MAX_RECONNECTS
        finally:
            self.errors += server.errors
            self._listed -= server.gone
            self._mailbox = None

    def _open(self) -> Mailbox:
        self._opening = interrupt = Interrupt()
        try:
            if self._must_halt():  # asked after that, the interrupt is told
                raise UserFixableError(Code.STOPPED, layer=Layer.CONNECT)
            expired = self._loss is not None and self._loss.code is Code.SESSION_EXPIRED
            return self.open_mailbox(self._layer_reached, interrupt, expired)
        finally:
            self._opening = None

    def _may_go_on(self, error: UserFixableError) -> bool:
        """Whether another connection makes sense: this one got somewhere, or the next will ask for less at once.

        When a session ends with its token, the next begins with a fresh one; if that ends as soon, no other will help.
        """
        before, self._progress = self._progress, self.counts.fetched + self.counts.deleted + self.counts.moved
        if self._progress > before:
            self._expired_in_vain = 0
            hopeful = True
        elif error.code is Code.SESSION_EXPIRED:
            self._expired_in_vain += 1
            hopeful = self._expired_in_vain < EXPIRED_IN_VAIN
        else:
            hopeful = error.layer is Layer.DOWNLOAD
        return self._reconnects < MAX_RECONNECTS and hopeful

    def _work(self, mailbox: Mailbox, server: ServerSide) -> None:
        self._tell(Layer.LIST, force=True)
        listed = mailbox.list_messages()
        self._loss = None
        self.on_step(Step.LISTED)
        mailbox_id = self.storage.accounts.mailbox_id(self.account)
        if not self._reconnects:
            self.counts.seen = len(listed)
        self._listed = len(listed) + self.counts.deleted + self.counts.moved
        self._store = store = StoreRoom(self.storage, self.account, mailbox_id, self._ensure_lease, self.on_step)
        known = self.storage.inbox.known(mailbox_id, [m.source for m in listed if m.source])
        prefix, by_graph = prefix_of(self.account.type.family, mailbox.folder), self.account.type.family is Family.GRAPH
        # Graph's sources say nothing of folders: there, what another account fetched may well lie in another folder.
        unfinished = self.storage.inbox.unfinished(mailbox_id, prefix, self.account.id if by_graph else None)
        self.storage.inbox.set_server_state(vanished(listed, unfinished, prefix), ServerState.GONE)
        plan = classify(listed, known, verifies_reuse=mailbox.verifies_reuse, immutable=by_graph)
        self.recorder.listed(len(listed), plan)
        if not store.look_back(self._must_halt):
            return
        for acts in _owed(plan.act, self.limits.batch_messages):
            if self._must_halt():
                return
            server.act([(act.message, act.row) for act in acts])
            self.recorder.write_some()
        self._download(mailbox, server, store, plan.verify)
        if self._must_halt():
            return
        self._download(mailbox, server, store, self._wanted(mailbox, store, plan))
        if not (self._cut_short or self._again or self.limits.messages):  # a whole pass
            store.forget_troubles(listed, self._given_up, prefix, folderless=by_graph)
            store.settle_nameless(listed)
            if not self._given_up:
                store.seen_through()

    def _wanted(self, mailbox: Mailbox, store: StoreRoom, plan: Plan) -> list[Act | Listed]:
        """What is new, within the limits and due by date; what is too big is noted (FE-6: size before body)."""
        self._tell(Layer.DOWNLOAD, force=True)
        day = self.account.fetch_from
        rows = {act.message.source: act.row for act in plan.too_big}
        unknown = [*plan.new, *(act.message for act in plan.too_big)]
        measured = mailbox.measure(unknown, dates=day is not None)
        fits, big = split_by_size(since(measured, day), self.limits.size_kb)
        newly_big = [(m.source, m.size or 0) for m in big if m.source and m.source not in rows]
        self.counts.too_big += store.too_big(newly_big, self.limits.size_kb)
        if newly_big:
            ids = store.ids([source for source, _ in newly_big])
            met = {ids[source]: (source, size) for source, size in newly_big if source in ids}
            self.recorder.too_big(met, self.limits.size_kb)
        self.counts.too_big += sum(not m.source for m in big)  # nothing lasting to remember them by
        if self.limits.messages:
            fits = fits[: max(0, self.limits.messages - self.counts.fetched)]
        return [Act(m, rows[m.source]) if m.source in rows else m for m in fits]

    def _download(self, mailbox: Mailbox, server: ServerSide, store: StoreRoom, wanted: Sequence[Act | Listed]) -> None:
        """Batch by batch: download, commit, hand over, act on the server."""
        rows = {key(item.message): item.row for item in wanted if isinstance(item, Act)}
        messages = [item.message if isinstance(item, Act) else item for item in wanted]
        messages = [m for m in messages if key(m) not in self._given_up]
        self._total = self.counts.fetched + len(messages)
        troubles = store.troubles()
        remembered = {source: trouble.batch for source, trouble in troubles.items() if trouble.batch is not None}
        self._suspects = remembered | self._suspects
        troubles = {source: trouble for source, trouble in troubles.items() if trouble.attempts}

        def refused(message: Listed, error: UserFixableError) -> None:
            self._given_up.add(key(message))
            self._refusals.add(message, error, known=key(message) in troubles)

        for batch in batches(
            messages,
            count=self.limits.batch_messages,
            octets=self.limits.batch_octets,
            suspects=self._suspects,
            troubles=troubles,
        ):
            if self._must_halt():
                return
            if server.waits_for_finish and any(key(m) in self._suspects or key(m) in troubles for m in batch):
                # What may end the connection comes when nothing is to be lost with it: after a QUIT, in a new session.
                self._again = True
                return
            arrived: list[Downloaded] = []
            try:
                octets = 0
                for got in mailbox.download(batch, refused):
                    arrived.append(got)
                    self._refusals.has_come()
                    octets += len(got.raw)
                    self._tell(Layer.DOWNLOAD, done=len(arrived), octets=octets)
                    if self._must_halt():
                        break
            except UserFixableError as error:
                error.layer = error.layer or Layer.DOWNLOAD
                self._keep(store, arrived, rows)
                if error.code in _BY_CONTENT and not self._must_halt():
                    self._suspect(store, batch, arrived, error)
                raise
            self.on_step(Step.DOWNLOADED)
            self.recorder.downloaded(len(batch), len(arrived), octets)
            if not self._cut_short:
                self._missed(store, batch, arrived)
            server.act(self._keep(store, arrived, rows))
            self.recorder.write_some()
            self._refusals.check()

    def _keep(
        self, store: StoreRoom, arrived: list[Downloaded], rows: dict[str, LedgerRow]
    ) -> list[tuple[Listed, LedgerRow]]:
        """Commit what arrived and hand it to processing; what the server may now be told to act on."""
        if not arrived:
            return []
        kept = store.keep(arrived, rows)
        self.counts.fetched += kept.fetched
        self.counts.bytes += kept.octets
        self.counts.duplicates += kept.duplicates
        self.recorder.took_in(kept.taken)
        self._tell(Layer.STORE, force=True)
        if kept.to_process:
            self.hand_over(kept.to_process)
        return kept.to_act

    # --- what could not be had ---

    def _suspect(
        self, store: StoreRoom, batch: Sequence[Listed], arrived: Sequence[Downloaded], error: MailadminError
    ) -> None:
        """The connection ended in mid-batch: halve the batch next time, and set a lone culprit aside."""
        had = {key(got.message) for got in arrived}
        missing = [m for m in batch if key(m) not in had]
        if len(batch) > 1:
            halved = {key(message): max(1, len(batch) // 2) for message in missing}
            self._suspects |= halved
            store.suspects(halved)
            return
        for message in missing:
            self._given_up.add(key(message))
            store.trouble(message, str(error.code))
            self._tell_unavailable(message, unavailable(message, error.server or error.code.value))

    def _missed(self, store: StoreRoom, batch: Sequence[Listed], arrived: Sequence[Downloaded]) -> None:
        """Left out by the server without a word: normal once (expunged meanwhile), reported when it happens again."""
        had = {key(got.message) for got in arrived}
        for message in batch:
            if key(message) not in had and message not in self._refusals:
                self._given_up.add(key(message))
                if store.trouble(message, "left out of the answer") > 1:
                    self._tell_unavailable(message, unavailable(message, ""))

    def _tell_refusals(self) -> None:
        """What the server said that it does not give, if it gave something else: these messages come last from now on.

        If it gave nothing, that is told once. But where it was not even asked for all, others are to come first.
        """
        verdict = self._refusals.verdict(arrived=self.counts.fetched)
        asked_for_all = verdict is not None and verdict not in self.errors
        if verdict is None:
            for message, error in zip(self._refusals.messages, self._refusals.each(), strict=True):
                self._tell_unavailable(message, error)
        elif asked_for_all:
            self.errors.append(verdict)
        if not asked_for_all and self._store is not None:
            for message in self._refusals.messages:
                self._store.trouble(message, "refused")

    def _tell_unavailable(self, message: Listed, error: UserFixableError) -> None:
        self.errors.append(error)
        self.recorder.unavailable(message, error)

    # --- small things ---

    def _must_halt(self) -> bool:
        """Asked wherever there is more to do: whether to leave it for the next run."""
        if self._asked.is_set() or self._overdue.is_set() or time.monotonic() >= self._deadline:
            self._cut_short = True
        return self._cut_short

    def _ensure_lease(self) -> None:
        self.keeper.ensure(self.lease)

    def _end_quietly(self, mailbox: Mailbox, server: ServerSide) -> None:
        """Leave in good order after an error that was not the connection's; that error is the one to tell."""
        try:
            self._ensure_lease()  # a QUIT deletes, which is not ours to do without it
            server.finish()
        except MailadminError as error:
            log.info("account %s: while leaving: %s", self.account.name, error)
            mailbox.abandon()

    def _layer_reached(self, reached: LayerReached) -> None:
        self.recorder.reached(reached)
        self._tell(reached.layer, force=True)

    def _tell(self, layer: Layer, *, done: int = 0, octets: int = 0, force: bool = False) -> None:
        now = time.monotonic()
        self.last_sign_of_life = now
        if force or now - self._last_told >= PROGRESS_SECONDS:
            self._last_told = now
            fetched = self.counts.fetched + done
            assert self.account.id is not None
            self.on_progress(
                FetchProgress(
                    self.account.id,
                    self.account.name,
                    layer,
                    fetched,
                    max(self._total, fetched),
                    self.counts.bytes + octets,
                )
            )


def _owed(acts: Sequence[Act], size: int) -> Iterator[Sequence[Act]]:
    r"""What an earlier run flagged and did not expunge goes first and whole.

    Without UIDPLUS nothing can be expunged while messages flagged \Deleted lie outside the batch, ours included.
    """
    flagged = [act for act in acts if act.message.deleted]
    if flagged:
        yield flagged
    others = [act for act in acts if not act.message.deleted]
    for start in range(0, len(others), size):
        yield others[start : start + size]
