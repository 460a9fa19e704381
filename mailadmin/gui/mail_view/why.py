"""Why a message is where it is, as a short story with its facts."""

from __future__ import annotations

from datetime import UTC, datetime

from PySide6.QtCore import QCoreApplication

from mailadmin.domain.messages import InboxMessage, InboxState
from mailadmin.domain.outside_text import shown
from mailadmin.gui.sentences import states, times, traces

translate = QCoreApplication.translate


def kind_of(message: InboxMessage) -> str:
    """What became of a message: its kind of decision, or its state where nothing was decided or it is out of date."""
    decided = message.state in {InboxState.PROCESSED, InboxState.IGNORED, InboxState.HELD}
    return message.decision_kind if decided and message.decision_kind else message.state


def headline(message: InboxMessage) -> str:
    """What became of it, in a sentence."""
    return traces.outcome(kind_of(message), message.ticket)


def steps(message: InboxMessage) -> list[str]:
    """How it came to that, one sentence a step."""
    return [step for step in (_fetched(message), *traces.story(message.because), reason(message)) if step]


def reason(message: InboxMessage) -> str:
    """Why it is in its state; empty when there is nothing to say."""
    return traces.reason(message.reason_code, message.reason_facts)


def facts(message: InboxMessage) -> list[tuple[str, str]]:
    """What else is known of it; values may be empty."""
    server = ": ".join(part for part in (states.server_state(message.server_state), message.server_words) if part)
    trusted = states.yes_no(message.trusted)
    return [
        (translate("Inbox", "Ticket"), message.ticket),
        (translate("Inbox", "Asked-for queue"), message.queue),
        (translate("Inbox", "Account"), message.account),
        (translate("Inbox", "Trusted"), f"{trusted}: {states.trusted_description(message.trusted)}"),
        (translate("Inbox", "On the server"), server),
        (translate("Inbox", "Size"), times.size(message.size)),
        (translate("Inbox", "Processed"), times.exact(message.processed_at)),
        (translate("Inbox", "Attempts"), times.number(message.attempts) if message.attempts > 1 else ""),
        (translate("Inbox", "Message-ID"), message.message_id),
        (translate("Inbox", "Number here"), str(message.id)),
        (translate("Inbox", "Duplicate of"), str(message.duplicate_of or "")),
        (translate("Inbox", "Name on the server"), message.source),
        (translate("Inbox", "SHA-256"), message.sha256),
    ]


def _fetched(message: InboxMessage) -> str:
    when = translate("Inbox", "{exact} ({relative})").format(
        exact=times.exact(message.fetched_at), relative=times.relative(message.fetched_at, datetime.now(UTC))
    )
    if not message.account:
        return translate("Inbox", "Read from standard input at {when}.").format(when=when)
    return translate("Inbox", 'Fetched by "{account}" at {when}.').format(account=shown(message.account), when=when)
