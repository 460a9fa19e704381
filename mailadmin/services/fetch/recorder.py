"""What a fetch tells the communication log (FEATURES FE-11).

A recorder is told what the fetch knows anyway, in batches; it holds what is not through yet. A fetch that found nothing
and met nothing worth a notice leaves one connection with its main steps: most fetches are like that.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Final

from mailadmin.domain.accounts import IncomingAccount
from mailadmin.domain.communication import Communication, LogKind, LogStatus, LogStep, Priority
from mailadmin.domain.errors import Layer, MailadminError
from mailadmin.domain.messages import InboxState
from mailadmin.domain.outcomes import FetchCounts, Processed
from mailadmin.domain.ports import LayerReached, Listed
from mailadmin.storage import Storage

from .log_writer import LogWriter
from .noted import Facts, Noted
from .plan import Plan

_COUNTED: Final = ("fetched", "bytes", "duplicates", "deleted", "moved", "too_big")

WAITING_AT_MOST: Final = 5_000
"""Messages that are held while something more is expected of them; then the oldest is told as it stands."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that was committed. ``duplicate``: it was here before. ``owed``: the server is to act on its copy."""

    inbox_id: int
    message: Listed
    octets: int
    duplicate: bool
    owed: bool


class Recorder:
    """Keeps the log of one fetch of one account. Any thread may tell it things; after :meth:`finish` it hears nothing.

    :param storage: None keeps no log
    """

    def __init__(self, storage: Storage | None, communication: Communication) -> None:
        self._writer = LogWriter(storage, communication)
        self._writer.begin()
        self._lock = threading.Lock()
        self._connection: Noted | None = None
        self._counts = FetchCounts()
        self._pending: dict[int, Noted] = {}
        self._deferred: set[int] = set()
        self._told: list[MailadminError] = []

    @classmethod
    def of_account(cls, storage: Storage, account: IncomingAccount, started: datetime, *, on: bool) -> Recorder:
        """The log of a fetch of one account, whose lease is held.

        :param on: the setting CommunicationLog
        """
        fetch = Communication(
            account_id=account.id, account=account.name, account_type=account.type.value, started=started
        )
        return cls(storage if on else None, fetch)

    @classmethod
    def silent(cls) -> Recorder:
        """Keeps no log."""
        return cls(None, Communication(started=datetime.now(UTC)))

    # --- a connection ---

    def connecting(self, counts: FetchCounts) -> None:
        """A connection is about to be made; ``counts`` are the numbers so far."""
        with self._lock:
            if self._writer.on:
                before = self._connection
                self._end_connection()
                self._counts = replace(counts)
                self._connection = Noted(LogKind.CONNECTION, self._writer.now)
                if before is not None:
                    lost = {"code": self._told[-1].code.value} if before.status is LogStatus.FAILED else {}
                    self._connection.add(self._writer.now, Priority.NOTICE, LogStep.WENT_ON, lost)

    def reached(self, layer: LayerReached) -> None:
        """A layer of the connection is well."""
        with self._lock:
            if self._connection is not None:
                self._connection.reached(self._writer.now, layer)

    def listed(self, listed: int, plan: Plan) -> None:
        """The server has listed the mailbox; this is what is to be done."""
        todo = {"owed": plan.act, "doubtful": plan.verify, "too_big": plan.too_big}
        more = {name: str(len(messages)) for name, messages in todo.items() if messages}
        self._note(Priority.INFO, LogStep.LISTED, {"listed": str(listed), "new": str(len(plan.new)), **more})

    def downloaded(self, asked: int, arrived: int, octets: int) -> None:
        """A batch was downloaded."""
        priority = Priority.TRACE if asked == arrived else Priority.DEBUG
        facts = {"asked": str(asked), "downloaded": str(arrived), "bytes": str(octets)}
        self._note(priority, LogStep.BATCH, facts)

    def session_ended(self, counts: FetchCounts, errors: Sequence[MailadminError] = ()) -> None:
        """The session ended in good order. The connection's numbers are what has come to ``counts`` since it began.

        :param errors: what the server would not do
        """
        with self._lock:
            if self._connection is not None:
                self._connection.survived(self._writer.now, errors)
                self._told += errors
        before, after = asdict(self._counts), asdict(counts)
        done = {name: str(after[name] - before[name]) for name in _COUNTED if after[name] > before[name]}
        self._note(Priority.INFO, LogStep.CLOSED, done, LogStatus.SUCCESSFUL)

    def connection_failed(self, error: MailadminError) -> None:
        """The connection ended by that."""
        with self._lock:
            if self._connection is not None:
                self._connection.failed(self._writer.now, error)
                self._told.append(error)

    # --- messages ---

    def took_in(self, taken: Sequence[Taken]) -> None:
        """Messages were committed."""
        with self._lock:
            if not self._writer.on:
                return
            now = self._writer.now
            for one in taken:
                noted = Noted(LogKind.MESSAGE, now, one.message.source or str(one.message.handle), one.inbox_id)
                committed = {"id": str(one.inbox_id), "bytes": str(one.octets)}
                noted.add(now, Priority.DEBUG, LogStep.COMMITTED, committed)
                if one.duplicate:
                    noted.add(now, Priority.INFO, LogStep.BECAME, {"outcome": InboxState.DUPLICATE.value})
                if not one.owed:
                    noted.add(now, Priority.DEBUG, LogStep.SERVER_COPY, {"result": "kept"})
                noted.waits_for_processing, noted.waits_for_server = not one.duplicate, one.owed
                self._settle(one.inbox_id, noted)

    def processed(self, processed: Sequence[Processed]) -> None:
        """It was decided what becomes of messages, of this run or an earlier one."""
        with self._lock:
            if not self._writer.on:
                return
            now = self._writer.now
            for one in processed:
                noted = self._pending.get(one.inbox_id)
                if noted is None:  # of an earlier run, in which the server's copy was acted on as a rule: do not wait
                    noted = self._from_before(one.inbox_id)
                noted.became(now, one)
                noted.waits_for_processing = False
                self._settle(one.inbox_id, noted)

    def acted(
        self,
        layer: Layer,
        *,
        done: Collection[int] = (),
        gone: Collection[int] = (),
        deferred: Collection[int] = (),
        failed: Collection[int] = (),
        words: str = "",
    ) -> None:
        """The server was told to delete or move its copies of messages, given by inbox id.

        :param deferred: will be done when the session ends
        :param words: the server's, on what failed
        """
        with self._lock:
            results = {"done": done, "gone": gone, "deferred": deferred, "failed": failed}
            numbers = {result: str(len(ids)) for result, ids in results.items() if ids}
            if not self._writer.on or not numbers:
                return
            now = self._writer.now
            said = {"layer": layer.value, **({"server": words} if words else {})}
            for result, ids in results.items():
                for inbox_id in ids:
                    self._note_action(inbox_id, now, result, said)
            if self._connection is not None:
                # The server's words come with the error that is told of these, once.
                priority = Priority.WARN if failed else Priority.DEBUG
                self._connection.add(now, priority, LogStep.SERVER_ACTION, {**numbers, "layer": layer.value})

    def quit(self, *, done: Collection[int], failed: Collection[int], words: str) -> None:
        """The session ended, and the server did what was deferred, or did not; by inbox id, as :meth:`acted`."""
        self.acted(Layer.DELETE, failed=[one for one in failed if one in self._deferred], words=words)
        self._deferred.clear()
        said = {"done": len(done), "failed": len(failed), "layer": Layer.DELETE.value}
        facts = {name: str(value) for name, value in said.items() if value}
        self._note(Priority.WARN if failed else Priority.INFO, LogStep.SERVER_ACTION, facts)

    def unavailable(self, message: Listed, error: MailadminError) -> None:
        """The server does not give a message."""
        with self._lock:
            if self._writer.on:
                noted = Noted(LogKind.MESSAGE, self._writer.now, message.source or str(message.handle))
                noted.failed(self._writer.now, error)
                self._writer.ended(noted)
                self._told.append(error)

    def too_big(self, messages: Mapping[int, tuple[str, int]], limit_kb: int) -> None:
        """Messages (source and size by inbox id) stay on the server for their size; told when they are met first."""
        with self._lock:
            if self._writer.on:
                now = self._writer.now
                for inbox_id, (source, size) in messages.items():
                    noted = Noted(LogKind.MESSAGE, now, source, inbox_id, LogStatus.WARNING)
                    facts = {"size": str(size), "limit_kb": str(limit_kb)}
                    noted.add(now, Priority.WARN, LogStep.TOO_BIG, facts)
                    self._writer.ended(noted)

    # --- writing it down ---

    def write_some(self) -> None:
        """Write down what has gathered, if it is much or old. Not to be called within a transaction."""
        self._writer.write_some()

    def finish(self, errors: Sequence[MailadminError] = (), *, stopped: bool = False) -> None:
        """Write down the rest, and how it ended.

        :param errors: everything that went wrong; what was told before is not told again
        :param stopped: somebody wanted it to end
        """
        with self._lock:
            if not self._writer.on:
                return
            while self._pending:
                self._settle_oldest()
            told = {id(error) for error in self._told}
            untold = [error for error in errors if id(error) not in told]
            if untold or stopped:
                self._connection = self._connection or Noted(LogKind.CONNECTION, self._writer.now)
                self._connection.failed_or_stopped(self._writer.now, untold, stopped=stopped)
            failed = self._connection is not None and self._connection.status is LogStatus.FAILED
            self._end_connection()
            fair = LogStatus.SUCCESSFUL if self._writer.worst is LogStatus.SUCCESSFUL else LogStatus.WARNING
            self._writer.finish(LogStatus.FAILED if failed else fair)

    # --- inside, under the lock ---

    def _note(self, priority: Priority, step: LogStep, facts: Facts, status: LogStatus | None = None) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.add(self._writer.now, priority, step, facts)
                self._connection.at_least(status or self._connection.status)

    def _end_connection(self) -> None:
        """Hand the connection over to be written; without its details where there is nothing to tell."""
        if self._connection is not None:
            dull = not (self._connection.eventful or self._writer.objects)
            self._writer.keep(self._connection.ended(self._writer.now, Priority.INFO if dull else Priority.TRACE))
            self._connection = None

    def _from_before(self, inbox_id: int) -> Noted:
        noted = Noted(LogKind.MESSAGE, self._writer.now, inbox_id=inbox_id)
        noted.add(self._writer.now, Priority.DEBUG, LogStep.FROM_BEFORE)
        return noted

    def _note_action(self, inbox_id: int, now: datetime, result: str, said: dict[str, str]) -> None:
        """What is owed since an earlier run and fails again is counted with the connection, and not told each time."""
        noted = self._pending.get(inbox_id)
        if noted is None:
            if result in {"failed", "deferred"} and inbox_id not in self._deferred:
                return
            noted = self._from_before(inbox_id)
        noted.acted(now, result, said)
        noted.waits_for_server = False
        if result == "deferred":
            self._deferred.add(inbox_id)
        self._settle(inbox_id, noted)

    def _settle(self, inbox_id: int, noted: Noted) -> None:
        """Hand a message over to be written when nothing more is expected of it."""
        if noted.waits_for_processing or noted.waits_for_server:
            self._pending[inbox_id] = noted
            if len(self._pending) > WAITING_AT_MOST:
                self._settle_oldest()
        else:
            self._pending.pop(inbox_id, None)
            self._writer.ended(noted)

    def _settle_oldest(self) -> None:
        """Hand the message that has been waited for longest over as it stands."""
        noted = self._pending.pop(next(iter(self._pending)))
        if noted.waits_for_processing:
            noted.waits(self._writer.now)
        self._writer.ended(noted)
