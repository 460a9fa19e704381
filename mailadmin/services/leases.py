"""Who we are to other processes, and leases that are kept alive while work goes on (DESIGN 4, FE-9)."""

from __future__ import annotations

import getpass
import logging
import os
import socket
import threading

import psutil

from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.leases import HEARTBEAT_SECONDS, Holder, Lease
from mailadmin.storage import Storage

log = logging.getLogger(__name__)

_SAME_PROCESS_SECONDS = 1.0
"""Start times of one process, asked twice, differ by less than this."""


def this_process() -> Holder:
    """This process as a holder of leases."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # no such user in the password database: a container's bare uid
        user = str(os.getuid()) if hasattr(os, "getuid") else "unknown"
    return Holder(socket.gethostname(), os.getpid(), _started(psutil.Process()), user)


def _started(process: psutil.Process) -> float:
    """When a process started, by a clock that is not set: on Linux seconds since the machine did, else since 1970."""
    created: float = process.create_time()
    return created - psutil.boot_time() if psutil.LINUX else created


def is_gone(holder: Holder) -> bool:
    """Whether a holder is a process of this machine that no longer runs (a pid used again is another process)."""
    if holder.host != socket.gethostname():
        return False
    try:
        return abs(_started(psutil.Process(holder.pid)) - holder.started) > _SAME_PROCESS_SECONDS
    except psutil.NoSuchProcess:
        return True
    except psutil.AccessDenied:
        return False


class LeaseKeeper:
    """Takes leases and renews them in a thread of its own until they are released.

    A lease that could not be renewed in time is noticed where it counts: :meth:`ensure` asks the database inside the
    transaction that relies on it, so a laptop waking from sleep does not go on with what others have taken over.
    """

    def __init__(self, storage: Storage, holder: Holder | None = None) -> None:
        self._storage = storage
        self._holder = holder or this_process()
        self._held: dict[str, Lease] = {}
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def take(self, name: str) -> Lease | None:
        """A lease of that name, renewed from now on, or None when somebody living holds it."""
        with self._lock:
            if name in self._held:  # our own process is somebody else, too
                return None
        lease = self._storage.leases.take(name, self._holder, is_gone)
        if lease is not None:
            with self._lock:
                self._held[name] = lease
                if self._thread is None:
                    self._wake.clear()
                    self._thread = threading.Thread(target=self._beat, name="lease-heartbeat", daemon=True)
                    self._thread.start()
        return lease

    def ensure(self, lease: Lease) -> None:
        """Go on only with a lease that is still ours.

        :raises UserFixableError: LEASE_LOST
        """
        if not self._storage.leases.holds(lease):
            raise UserFixableError(Code.LEASE_LOST, {"name": lease.name})

    def release(self, lease: Lease) -> None:
        """Give a lease back."""
        self.forget(lease)
        self._storage.leases.release(lease)

    def forget(self, lease: Lease) -> None:
        """Stop renewing a lease without giving it back: it runs out by itself."""
        with self._lock:
            self._held.pop(lease.name, None)

    def close(self) -> None:
        """End the heartbeat. Leases still held run out by themselves."""
        with self._lock:
            self._held.clear()
            thread, self._thread = self._thread, None
        self._wake.set()
        if thread is not None:
            thread.join()

    def _beat(self) -> None:
        while not self._wake.wait(HEARTBEAT_SECONDS):
            with self._lock:
                held = list(self._held.values())
            for lease in held:
                try:
                    if not self._storage.leases.renew(lease):
                        log.warning("lease %s was lost", lease.name)
                        self.forget(lease)
                except Exception:  # whatever it is: the other leases, and the next beat, still count
                    log.warning("lease %s could not be renewed", lease.name, exc_info=True)
