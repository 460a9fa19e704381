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


def until_stopped(job: Callable[[Interrupt], T], should_stop: Callable[[], bool]) -> T:
    """Do a job in a thread of its own and wait for it, or for ``should_stop`` (asked ten times a second).

    A job that does not end when it is interrupted (a keyring's prompt) is left behind in its thread; what it comes to
    is forgotten.

    :raises UserFixableError: STOPPED, or what the job raises
    """
    done: Future[T] = Future()
    interrupt = Interrupt()

    def work() -> None:
        try:
            done.set_result(job(interrupt))
        except BaseException as error:  # noqa: BLE001  (raised again where it is waited for)
            done.set_exception(error)

    threading.Thread(target=work, name="stoppable work", daemon=True).start()
    while not wait([done], LOOK_SECONDS).done:
        if should_stop():
            interrupt.ask()
            wait([done], _GRACE_SECONDS)
            break
    error = done.exception() if done.done() else None
    if interrupt.asked and (not done.done() or isinstance(error, MailadminError)):
        raise UserFixableError(Code.STOPPED, layer=error.layer if isinstance(error, MailadminError) else None)
    return done.result()
