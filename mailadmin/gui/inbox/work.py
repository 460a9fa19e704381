"""One verb on several messages: in one task, message by message, with a summary of what was done and what was not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mailadmin.domain.errors import MailadminError
from mailadmin.domain.messages import InboxMessage, InboxState
from mailadmin.domain.outcomes import Processed
from mailadmin.gui.mail_view.file_names import safe_file_name, write_new
from mailadmin.gui.sentences import errors, traces
from mailadmin.gui.tasks import Task
from mailadmin.services.inbox import InboxService

Act = Callable[[InboxMessage], object]


@dataclass(frozen=True, slots=True)
class NotDone:
    """A message with which it did not go as wanted, and why.

    ``error`` is None where it went through and ended where somebody is needed again.
    """

    message: InboxMessage
    error: MailadminError | None
    became: Processed | None = None
    now: InboxMessage | None = None

    @property
    def why(self) -> str:
        """In a sentence."""
        if self.error is not None:
            return errors.sentence(self.error, self.message.account)
        if self.became is None or self.now is None:
            return ""
        parts = (traces.outcome(self.became.outcome), traces.reason(self.now.reason_code, self.now.reason_facts))
        return ". ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Summary:
    """What came of it. ``results`` are what the verb gave, one for each message it was done with."""

    results: tuple[object, ...]
    not_done: tuple[NotDone, ...]
    untouched: int = 0
    """Messages that were not reached, because it was stopped."""


def work_through(messages: Sequence[InboxMessage], inbox: InboxService, act: Act, task: Task) -> Summary:
    """Do something with each message; one that fails does not keep the others from it. Runs in a task."""
    results: list[object] = []
    not_done: list[NotDone] = []
    for number, message in enumerate(messages):
        if task.should_stop():
            return Summary(tuple(results), tuple(not_done), len(messages) - number)
        try:
            result = act(message)
            if isinstance(result, Processed) and result.outcome in {InboxState.QUARANTINED, InboxState.HELD}:
                not_done.append(NotDone(message, None, result, inbox.get(message.id)))
            else:
                results.append(result)
        except MailadminError as error:
            not_done.append(NotDone(message, error))
    return Summary(tuple(results), tuple(not_done))


def save_eml(inbox: InboxService, folder: Path, fallback: str, message: InboxMessage) -> Path:
    """Write a message as it came into a folder, beside whatever is there. Runs in a task."""
    return write_new(folder, eml_name(message, fallback), inbox.raw(message.id))


def eml_name(message: InboxMessage, fallback: str) -> str:
    """The name of a message's file."""
    return safe_file_name(message.subject[:80], f"{fallback} {message.id}") + ".eml"
