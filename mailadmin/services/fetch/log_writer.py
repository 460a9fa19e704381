"""Brings what is noted of a communication into the database: in bulk, and never at the expense of who communicates."""

from __future__ import annotations

import logging
import threading
import time
from datetime import datetime, timedelta
from typing import Final

from mailadmin.domain.communication import Communication, LogObject, LogStatus
from mailadmin.domain.errors import MailadminError
from mailadmin.storage import Storage

from .noted import Noted, worse

log = logging.getLogger(__name__)

WRITTEN_AT_ONCE: Final = 500
"""Objects that are collected before they are written."""
WRITTEN_AFTER: Final = 5.0
"""Seconds after which they are written, however few they are."""
KEPT_AT_MOST: Final = 5_000
"""Objects that are kept for another try while they cannot be written."""
PATIENCE_SECONDS: Final = 30.0
"""How long a thread waits for another one that writes; that one may hang with its database."""


class LogWriter:
    """The log of one communication. It writes in transactions of its own; what cannot be written costs a warning.

    :param storage: None keeps no log
    :param communication: as it begins
    :param begun: when that was, by the clock of :func:`time.monotonic`; None: now
    """

    def __init__(self, storage: Storage | None, communication: Communication, begun: float | None = None) -> None:
        self._storage = storage
        self._communication = communication
        self._written = time.monotonic()
        self._begun = self._written if begun is None else begun
        self._done: list[LogObject] = []
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._warned = False
        self._id: int | None = None
        self.worst = LogStatus.SUCCESSFUL
        """How the worst of its objects ended."""
        self.objects = 0
        """How many objects there are."""

    def begin(self) -> None:
        """Write that it goes on, before there is anything to tell."""
        self._write(LogStatus.PROCESSING, None)

    @classmethod
    def of(cls, storage: Storage, communication: Communication, begun: float) -> LogWriter:
        """A writer, if the setting CommunicationLog says so."""
        try:
            on = storage.settings.load().flag("CommunicationLog")
        except MailadminError as error:
            log.warning("whether a communication log is to be kept is not known: %s", error)
            on = False
        return cls(storage if on else None, communication, begun)

    @property
    def on(self) -> bool:
        """Whether a log is kept."""
        return self._storage is not None

    @property
    def now(self) -> datetime:
        """By the clock that the communication began by."""
        return self._communication.started + timedelta(seconds=time.monotonic() - self._begun)

    def keep(self, one: LogObject) -> None:
        """Have an object written, sooner or later."""
        with self._lock:
            self._done.append(one)
            self.worst = worse(self.worst, one.status)
            self.objects += 1

    def ended(self, noted: Noted) -> None:
        """The same for one that has just ended."""
        self.keep(noted.ended(self.now))

    def write_some(self) -> None:
        """Write what has gathered, if it is much or old. Not to be called within a transaction."""
        old = time.monotonic() - self._written >= WRITTEN_AFTER
        if self._done and (old or len(self._done) >= WRITTEN_AT_ONCE):
            self._write(LogStatus.PROCESSING, None)

    def finish(self, status: LogStatus) -> None:
        """Write the rest, and how it ended. Nothing is written after that."""
        if self._storage is not None:
            self._write(status, self.now)
            self._storage = None

    def _write(self, status: LogStatus, ended: datetime | None) -> None:
        storage = self._storage
        if storage is None or not self._writing.acquire(timeout=PATIENCE_SECONDS):
            return
        try:
            with self._lock:
                batch, self._done = self._done, []
            try:
                with storage.transaction():
                    made = storage.communication.begin(self._communication) if self._id is None else self._id
                    if batch or ended is not None:
                        storage.communication.write(made, batch, status=status, ended=ended)
                self._id = made
            except Exception as error:  # whatever it is: the mail is what counts, and the log is only about it
                if not self._warned:
                    whose = self._communication.account or "a message"
                    log.warning("the communication log of %s could not be written: %s", whose, error, exc_info=True)
                self._warned = True
                with self._lock:
                    self._done = [*batch, *self._done][-KEPT_AT_MOST:]
            self._written = time.monotonic()
        finally:
            self._writing.release()
