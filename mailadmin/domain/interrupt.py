"""How a blocking call is ended from another thread."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Interrupt:
    """Handed to a blocking call; :meth:`ask`, from any thread, makes that call end soon with STOPPED.

    Whoever blocks says by :meth:`on_ask` how it can be woken.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked = False
        self._wake: list[Callable[[], object]] = []

    @property
    def asked(self) -> bool:
        """Whether an end was asked for."""
        return self._asked

    def ask(self) -> None:
        """Ask for the end. Harmless when repeated."""
        with self._lock:
            self._asked = True
            wake, self._wake = self._wake, []
        for one in wake:
            one()

    def on_ask(self, wake: Callable[[], object]) -> None:
        """Have ``wake`` called when the end is asked for, by the thread that asks; at once if it has been.

        :param wake: quick, harmless when repeated, raises nothing
        """
        with self._lock:
            if not self._asked:
                self._wake.append(wake)
                return
        wake()
