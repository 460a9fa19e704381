"""The trust gate: X-OTOBO headers act when the account is trusted, and do not exist when it is not (PM-4)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from mailadmin.domain.vocabulary import LOCKS, PRIORITIES, SENDER_TYPES, STATES

from .headers import Headers
from .trace import Step, Trace

_PREFIX: Final = "x-otobo"
_LONGEST: Final = 191
_NO: Final = frozenset({"0", "no", "false"})
_YES: Final = frozenset({"1", "yes", "true"})


def through_the_gate(headers: Headers, *, trusted: bool, trace: Trace | None = None) -> Headers:
    """Strip every X-OTOBO header from an untrusted mail; the trace gets the names, never the values."""
    if trusted:
        return headers
    kept, stripped = headers.without(_PREFIX)
    if stripped and trace:
        trace.add(Step.HEADERS_STRIPPED, headers=", ".join(stripped))
    return kept


class Orders:
    """What the X-OTOBO headers of a mail that passed the gate ask for.

    Every method gives None (or the default) for a header that is not there or whose value means nothing; the trace
    says which. An empty value and "0" count as not there, except for visibility. ``follow_up`` asks for the headers
    with ``FollowUp-`` in their names.
    """

    def __init__(self, headers: Headers, trace: Trace, *, follow_up: bool = False) -> None:
        self._headers = headers
        self._trace = trace
        self._infix = "FollowUp-" if follow_up else ""

    def text(self, what: str) -> str | None:
        """Any text, at most 191 characters; None when it is not there."""
        name, value = self._value(what)
        if value in {"", "0"}:
            return None
        value = value[:_LONGEST]
        self._trace.add(Step.HEADER_APPLIED, header=name, value=value)
        return value

    def peek(self, what: str) -> tuple[str, str]:
        """The header's full name and its value, empty when it is not there or "0"; nothing is traced."""
        name, value = self._value(what)
        return name, "" if value == "0" else value

    def state(self) -> str | None:
        """A state's name."""
        return self._one_of("State", STATES)

    def priority(self) -> str | None:
        """A priority's name."""
        return self._one_of("Priority", PRIORITIES)

    def lock(self) -> str | None:
        """A lock's name."""
        return self._one_of("Lock", LOCKS)

    def sender_type(self) -> str:
        """Who wrote the article; customer unless the header says otherwise."""
        return self._one_of("SenderType", SENDER_TYPES) or "customer"

    def visible_for_customer(self) -> bool:
        """Whether the customer may see the article; yes unless the header says no."""
        name, value = self._value("IsVisibleForCustomer")
        word = value.casefold()
        if not word:
            return True
        if word not in _NO | _YES:
            self._trace.add(Step.HEADER_REFUSED, header=name, value=value)
            return True
        self._trace.add(Step.HEADER_APPLIED, header=name, value=value)
        return word in _YES

    def flag(self, what: str) -> bool:
        """Whether a header is there with any value."""
        return self.text(what) is not None

    def ignore(self) -> bool:
        """Whether the mail is to be dropped: X-OTOBO-Ignore holds "yes" or "true" anywhere."""
        name, value = self._value("Ignore")
        word = value.casefold()
        if "yes" in word or "true" in word:
            self._trace.add(Step.IGNORED, header=name, value=value)
            return True
        if word not in {"", "0"}:
            self._trace.add(Step.HEADER_REFUSED, header=name, value=value)
        return False

    def _one_of(self, what: str, known: Collection[str]) -> str | None:
        name, value = self._value(what)
        if value in {"", "0"}:
            return None
        for word in known:
            if word.casefold() == value.casefold():
                self._trace.add(Step.HEADER_APPLIED, header=name, value=word)
                return word
        self._trace.add(Step.HEADER_REFUSED, header=name, value=value)
        return None

    def _value(self, what: str) -> tuple[str, str]:
        name = f"X-OTOBO-{self._infix}{what}"
        return name, self._headers.text(name)
