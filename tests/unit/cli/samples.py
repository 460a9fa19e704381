"""Hand-made domain objects, and an output whose text can be looked at."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

from mailadmin.cli.output import Output
from mailadmin.domain.accounts import AccountType, IncomingAccount
from mailadmin.domain.decisions import ArticleDraft, AttachmentDraft, Because, Decision, DecisionKind
from mailadmin.domain.messages import InboxMessage, InboxState, ServerState
from mailadmin.domain.outcomes import FetchCounts, FetchOutcome, FetchStatus
from mailadmin.domain.tickets import Article, Attachment, HistoryEntry, Ticket

NOON = datetime(2026, 11, 20, 12, 0, 5, tzinfo=UTC)
HOSTILE = "\x1b]0;pwned\x07[bold]Gruß[/bold] \x9b2J\u202eevil\r\nnext :smile:"
"""What a mail can hold to steer a terminal, rich or a reader."""
PDF = Attachment(9, "a.pdf", "application/pdf; name=a.pdf", 1500, "ab", "2", "", "attachment")
CHOSEN = Because("queue_chosen", {"queue": "Support", "by": "address", "address": "a@example.org", "header": "To"})


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


class Pipe(io.StringIO):
    """A stream that is none."""

    encoding = "utf-8"


class Seen:
    """An output and what was written to it."""

    def __init__(self, *, as_json: bool = False, width: int | None = None) -> None:
        self.stdout = Pipe() if width is None else Terminal()
        self.stderr = Pipe() if width is None else Terminal()
        self.output = Output(as_json=as_json, out=self.stdout, err=self.stderr)
        if width is not None:
            self.output.console.width = self.output.errors.width = width

    @property
    def out(self) -> str:
        return self.stdout.getvalue()

    @property
    def err(self) -> str:
        return self.stderr.getvalue()


def account(**fields: Any) -> IncomingAccount:
    given = {
        "id": 1,
        "name": "support",
        "type": AccountType.IMAPS,
        "host": "mail.example.org",
        "username": "u",
        **fields,
    }
    return IncomingAccount(**given)


def ticket(**fields: Any) -> Ticket:
    given = {
        "id": 1, "number": "2026112010000017", "title": "VPN does not connect", "queue": "Support", "state": "new",
        "priority": "3 normal", "lock": "unlock", "type": "", "customer": "anna@example.com", "articles": 1,
        "created": NOON, "changed": NOON, **fields,
    }  # fmt: skip
    return Ticket(**given)


def article(**fields: Any) -> Article:
    given = {
        "id": 5, "inbox_id": 7, "sender": "Anna <anna@example.com>", "to": "support@example.org", "cc": "",
        "reply_to": "", "subject": "VPN", "message_id": "<a@example.com>", "in_reply_to": "", "references": "",
        "date": NOON, "body": "Hello\nworld\n", "body_type": "text/plain", "visible_for_customer": True,
        "sender_type": "customer", "attachments": (PDF,),
        "decision_kind": "new_ticket", "queue": "Support", "because": (CHOSEN,), "created": NOON, **fields,
    }  # fmt: skip
    return Article(**given)


def history() -> list[HistoryEntry]:
    return [HistoryEntry(NOON, "root@host", "NewTicket", "Support")]


def message(**fields: Any) -> InboxMessage:
    given = {
        "id": 7, "account": "support", "account_id": 1, "source": "INBOX/1/7", "message_id": "<a@example.com>",
        "sender": "Anna <anna@example.com>", "subject": "VPN", "size": 1500, "sha256": "ab" * 32,
        "state": InboxState.PROCESSED, "server_state": ServerState.DONE, "server_words": "", "reason_code": "",
        "because": (CHOSEN,), "decision_kind": "new_ticket", "ticket": "2026112010000017", "article_id": 5,
        "duplicate_of": None, "trusted": False, "queue": "", "attempts": 1, "fetched_at": NOON, "processed_at": NOON,
        **fields,
    }  # fmt: skip
    return InboxMessage(**given)


def decision(**fields: Any) -> Decision:
    draft = ArticleDraft(
        sender="Anna <anna@example.com>", to="support@example.org", subject="VPN", body="Hello",
        attachments=(AttachmentDraft("a.pdf", "application/pdf", 1500, "ab", "2"),),
    )  # fmt: skip
    given = {"kind": DecisionKind.NEW_TICKET, "article": draft, "queue": "Support", "because": (CHOSEN,), **fields}
    return Decision(**given)


def outcome(status: FetchStatus = FetchStatus.OK, *errors: Any, **counts: Any) -> FetchOutcome:
    name = counts.pop("name", "support")
    return FetchOutcome(counts.pop("id", 1), name, status, FetchCounts(**counts), 1.25, errors)
