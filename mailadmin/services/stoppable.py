"""Blocking work that a person can stop, whatever it waits for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import Final, TypeVar

from mailadmin.domain.errors import Code, MailadminError, UserFixableError
from mailadmin.domain.interrupt import Interrupt

T = TypeVar("T")

LOOK_SECONDS: Final = 0.1
_GRACE_SECONDS: Final = 0.5


def never() -> bool:
    """Nobody wants to stop."""
    return False


def until_stopped(
    job: Callable[[Interrupt], T], should_stop: Callable[[], bool], *, grace: float = _GRACE_SECONDS
) -> T:
    """Do a job in a thread of its own and wait for it, or for ``should_stop`` (asked ten times a second).

    A job that does not end when it is interrupted (a keyring's prompt) is left behind in its thread; what it comes to
    is forgotten.

    :param grace: how long an interrupted job is waited for, in seconds; 0 for one that cannot be interrupted
    :raises UserFixableError: STOPPED, or what the job raises
    """
    done: Future[T] = Future()
    interrupt = Interrupt()

    def work() -> None:
        try:
            done.set_result(job(interrupt))
        except BaseException as error:  # noqa: BLE001  (raised again where it is waited for)
            done.set_exception(error)

    thread = threading.Thread(target=work, name="stoppable work", daemon=True)
    thread.start()
    try:
        while not wait([done], LOOK_SECONDS).done:
            if should_stop():
                interrupt.ask()
                wait([done], grace)
                break
    except BaseException:  # Ctrl+C, or who is asked: nobody waits for the job any more
        interrupt.ask()
        raise
    if not done.done():
        raise UserFixableError(Code.STOPPED)
    thread.join()
    error = done.exception()
    if interrupt.asked and isinstance(error, MailadminError):  # whatever being cut looked like
        raise UserFixableError(Code.STOPPED, layer=error.layer) from error
    return done.result()
