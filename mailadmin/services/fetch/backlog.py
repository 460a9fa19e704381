"""Committed messages that wait for processing, and the one thread that processes them (DESIGN 6)."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from mailadmin.domain.errors import BugError, Layer, MailadminError
from mailadmin.domain.leases import Lease
from mailadmin.domain.outcomes import FetchCounts
from mailadmin.services.leases import LeaseKeeper
from mailadmin.services.process import ProcessService

from .recorder import Recorder

log = logging.getLogger(__name__)

WAITING_BATCHES = 1
"""Batches that may wait before whoever hands over has to wait: they hold their octets, and memory is bounded."""


@dataclass(eq=False)
class Share:
    """One account's part of the backlog: where its results are counted, its errors told, and both logged."""

    counts: FetchCounts
    errors: list[MailadminError]
    recorder: Recorder = field(default_factory=Recorder.silent)
    _waiting: int = 0
    _changed: threading.Condition = field(default_factory=threading.Condition)

    @property
    def waiting(self) -> bool:
        """Whether something of it is still to be processed."""
        return self._waiting > 0

    def wait(self) -> None:
        """Until everything handed over is processed."""
        with self._changed:
            self._changed.wait_for(lambda: not self._waiting)

    def change(self, by: int) -> None:
        """Count batches in and out."""
        with self._changed:
            self._waiting += by
            self._changed.notify_all()


@dataclass(slots=True)
class _Batch:
    ids: list[int]
    at_hand: Mapping[int, bytes]
    share: Share
    lease: Lease
    fresh: bool


class Backlog:
    """Takes batches from account threads, in order, and processes each under its account's lease."""

    def __init__(self, processing: ProcessService, keeper: LeaseKeeper) -> None:
        self._processing = processing
        self._keeper = keeper
        self._batches: queue.Queue[_Batch | None] = queue.Queue(maxsize=WAITING_BATCHES)
        self._thread = threading.Thread(target=self._work, name="processing", daemon=True)
        self._thread.start()

    def hand_over(self, fresh: Mapping[int, bytes], share: Share, lease: Lease) -> None:
        """Have messages of this run processed, given with their octets by id; blocks while too much is waiting."""
        self._put(_Batch(list(fresh), fresh, share, lease, fresh=True))

    def hand_over_leftovers(self, ids: list[int], share: Share, lease: Lease) -> None:
        """Have messages of an earlier run processed, which do not count in this one's numbers; blocks likewise."""
        self._put(_Batch(ids, {}, share, lease, fresh=False))

    def _put(self, batch: _Batch) -> None:
        batch.share.change(+1)
        self._batches.put(batch)

    def close(self) -> None:
        """End the thread when everything handed over is processed."""
        self._batches.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (batch := self._batches.get()) is not None:
            try:
                self._process(batch)
            finally:
                batch.share.change(-1)

    def _process(self, batch: _Batch) -> None:
        try:
            ensure_lease = partial(self._keeper.ensure, batch.lease)
            processed = self._processing.process(batch.ids, ensure_lease, at_hand=batch.at_hand)
            batch.share.recorder.processed(processed)
            for one in processed:
                if batch.fresh:
                    batch.share.counts.add(one.outcome)
        except MailadminError as error:
            error.layer = error.layer or Layer.PROCESS
            batch.share.errors.append(error)
        except Exception as error:  # the messages stay stored; the next batches are to be processed all the same
            log.exception("processing failed")
            batch.share.errors.append(BugError(f"{type(error).__name__} while processing; the log has the details"))
