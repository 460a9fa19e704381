"""One mail in words: its life across accounts, and what the outbox holds for a ticket."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from mailadmin.domain.outside_text import shown
from mailadmin.domain.responses import OutboxMessage
from mailadmin.services.life import Life

from . import log_sentences, report
from .output import Column, Output
from .wording import count, local, quoted


def life(out: Output, message_id: str, copies: Sequence[Life]) -> None:
    """Every copy of a mail: who fetched it, what decided and why, what became of the one on the server."""
    if not copies:
        out.say(f"No mail with the Message-ID {quoted(shown(message_id))} was processed here.")
        out.say("What waits to be processed is not found: mailadmin inbox list --state stored")
        return
    out.say(f"{count(len(copies), 'message')} with this Message-ID.")
    for one in copies:
        out.say()
        report.message(out, one.message)
        if one.log:
            out.say()
            out.say("The communication log says:")
        for each in one.log:
            for entry in each.entries:
                clock = local(entry.at)
                out.bullet(f"{clock} {entry.priority.value}: {log_sentences.sentence(entry, one.message.account)}")


def outgoing(out: Output, found: Sequence[OutboxMessage], now: datetime | None = None) -> None:
    """What is in the outbox for a ticket; nothing when nothing is."""
    if not found:
        return
    now = now or datetime.now(UTC)
    out.say()
    out.heading("Outbox")
    columns = [
        Column("Id", right=True),
        Column("State", whole=True),
        Column("What", whole=True),
        Column("To", least=18, elide=True),
        Column("Subject", least=18),
        Column("Expires", whole=True, drop=1),
    ]
    rows = [
        [
            str(one.id),
            "expired" if one.expired(now) else one.state.value,
            one.draft.type.value,
            ", ".join((*one.draft.to, *one.draft.cc)),
            one.draft.subject,
            local(one.expires),
        ]
        for one in found
    ]
    out.table(columns, rows)
