"""The operating system's keyring: read, write and delete one entry, each within a time limit, never in plain text."""

from __future__ import annotations

import hmac
import logging
import threading
from collections.abc import Callable
from typing import Final, Generic, TypeVar

import keyring
from keyring.backend import KeyringBackend
from keyring.backends.chainer import ChainerBackend
from keyring.errors import InitError, KeyringLocked, NoKeyringError, PasswordDeleteError

from mailadmin.domain.errors import Code, MailadminError, UserFixableError
from mailadmin.domain.secrets import Secret

SERVICE: Final = "mailadmin"
_log = logging.getLogger(__name__)
_T = TypeVar("_T")


class SystemKeyring:
    """The keyring of the user who runs the program, whichever back end it has.

    Every call runs in a thread of its own: a locked keyring blocks until somebody answers its prompt, and nobody may
    be there. A call that was given up goes on waiting; until it ends, further calls fail at once instead of putting
    up prompt upon prompt.

    :param timeout: seconds a call may take
    """

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._given_up: threading.Thread | None = None

    def read(self, user: str) -> Secret | None:
        """The entry of that user name, or None. Raises KEYRING_* errors."""

        def job(backend: KeyringBackend) -> Secret | None:
            value = backend.get_password(SERVICE, user)
            return None if value is None else Secret(value)

        return self._run(job)

    def write(self, user: str, value: Secret) -> None:
        """Write an entry and read it back, because there are back ends that swallow.

        Raises KEYRING_SWALLOWS and the other KEYRING_* errors.
        """

        def job(backend: KeyringBackend) -> None:
            backend.set_password(SERVICE, user, value.reveal())
            kept = backend.get_password(SERVICE, user)
            if kept is None or not hmac.compare_digest(kept.encode(), value.reveal().encode()):
                raise UserFixableError(Code.KEYRING_SWALLOWS, {"backend": _name(backend)})

        self._run(job, value)

    def delete(self, user: str) -> None:
        """Delete an entry; none is well too. Raises KEYRING_* errors."""

        def job(backend: KeyringBackend) -> None:
            try:
                backend.delete_password(SERVICE, user)
            except PasswordDeleteError as error:
                _log.debug("keyring entry %s was not deleted: %s", user, error)

        self._run(job)

    def _run(self, job: Callable[[KeyringBackend], _T], value: Secret | None = None) -> _T:
        if self._given_up is not None and self._given_up.is_alive():
            raise UserFixableError(Code.KEYRING_SILENT, {"seconds": f"{self._timeout:g}"})
        call = _Call(job, value)
        thread = threading.Thread(target=call.run, name="keyring", daemon=True)
        thread.start()
        thread.join(self._timeout)
        if thread.is_alive():
            self._given_up = thread
            raise UserFixableError(Code.KEYRING_SILENT, {"seconds": f"{self._timeout:g}"})
        return call.outcome()


class _Call(Generic[_T]):
    """One call to the keyring and what came of it, for another thread to ask."""

    def __init__(self, job: Callable[[KeyringBackend], _T], value: Secret | None) -> None:
        self._job = job
        self._value = value
        self._results: list[_T] = []
        self._error: MailadminError | None = None

    def run(self) -> None:
        """Do the job and keep its result or its error, translated."""
        try:
            backend = _backend()
        except MailadminError as error:
            self._error = error
            return
        try:
            self._results.append(self._job(backend))
        except MailadminError as error:
            self._error = error
        except Exception as error:  # noqa: BLE001  (back ends raise what they like: pywintypes.error, D-Bus errors)
            self._error = self._translated(error, backend)

    def outcome(self) -> _T:
        """What the job gave, or raises what became of it."""
        if self._error is not None:
            raise self._error
        return self._results[0]

    def _translated(self, error: Exception, backend: KeyringBackend) -> UserFixableError:
        words = str(error)
        if self._value:
            words = words.replace(self._value.reveal(), "***")
        if isinstance(error, NoKeyringError):
            return UserFixableError(Code.KEYRING_MISSING, {"detail": words})
        if isinstance(error, KeyringLocked | InitError):
            return UserFixableError(Code.KEYRING_LOCKED, {"detail": words}, server=words)
        return UserFixableError(
            Code.KEYRING_FAILED, {"backend": _name(backend)}, server=f"{type(error).__name__}: {words}"
        )


def _backend() -> KeyringBackend:
    """The back end that is configured or found; KEYRING_MISSING when there is none that keeps secrets."""
    try:
        backend = keyring.get_keyring()
        strongest = backend.backends[0] if isinstance(backend, ChainerBackend) and backend.backends else backend
        priority = float(strongest.priority)
    except Exception as error:  # noqa: BLE001  (a wrong PYTHON_KEYRING_BACKEND raises whatever importing it raises)
        raise UserFixableError(Code.KEYRING_MISSING, {"detail": f"{type(error).__name__}: {error}"}) from None
    if 0 < priority < 1:
        # keyring's mark for back ends it does not recommend: files in plain text, prompts on the console.
        raise UserFixableError(Code.KEYRING_MISSING, {"detail": f"{_name(strongest)} does not protect what it keeps"})
    return backend


def _name(backend: KeyringBackend) -> str:
    return f"{type(backend).__module__}.{type(backend).__qualname__}"
