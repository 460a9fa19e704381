"""Messages that a server says it does not give: some of them, or all because the sign-in has no right to read."""

from __future__ import annotations

from typing import Final

from mailadmin.domain.errors import Code, Layer, UserFixableError
from mailadmin.domain.ports import Listed

from .plan import key

IN_A_ROW: Final = 20
"""After so many refusals of a token, with nothing between them that came, the rest is not asked for."""


class Refusals:
    """What one run was refused, message by message."""

    def __init__(self) -> None:
        self._refused: dict[str, tuple[Listed, UserFixableError]] = {}
        self._in_a_row = 0
        self._known = False

    def __contains__(self, message: Listed) -> bool:
        return key(message) in self._refused

    @property
    def messages(self) -> list[Listed]:
        """The messages that did not come."""
        return [message for message, _ in self._refused.values()]

    def add(self, message: Listed, error: UserFixableError, *, known: bool = False) -> None:
        """Note a refusal.

        :param known: the message could not be had before, when others could
        """
        self._refused[key(message)] = message, error
        self._known = self._known or known
        self._in_a_row += error.code is Code.MAILBOX_REFUSES_TOKEN

    def has_come(self) -> None:
        """Note that the server does give messages."""
        self._in_a_row = 0

    def check(self) -> None:
        """Go on only where that makes sense.

        :raises UserFixableError: MAILBOX_REFUSES_TOKEN
        """
        if self._in_a_row >= IN_A_ROW:
            raise self._errors[-1]

    def verdict(self, *, arrived: int) -> UserFixableError | None:
        """What to say in place of each message's refusal, if all were refused and it seems to be about the mailbox.

        :param arrived: how many messages came
        """
        errors = self._errors
        whole = len(errors) > 1 and not arrived and not self._known
        return errors[-1] if whole and all(error.code is Code.MAILBOX_REFUSES_TOKEN for error in errors) else None

    def each(self) -> list[UserFixableError]:
        """An error for each message."""
        return [unavailable(message, error.server) for message, error in self._refused.values()]

    @property
    def _errors(self) -> list[UserFixableError]:
        return [error for _, error in self._refused.values()]


def unavailable(message: Listed, words: str) -> UserFixableError:
    """A message that could not be had.

    :param words: the server's, if it said anything
    """
    facts = {"source": message.source or message.handle, "size": message.size or ""}
    return UserFixableError(Code.MESSAGE_UNAVAILABLE, facts, server=words, layer=Layer.DOWNLOAD)
