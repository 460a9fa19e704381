"""Records and messages for the storage's tests."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from sqlalchemy import text

from mailadmin.domain.accounts import AccountType, IncomingAccount
from mailadmin.domain.decisions import ArticleDraft, Because, Decision, DecisionKind, TicketFacts
from mailadmin.domain.leases import Holder
from mailadmin.domain.messages import Intake, IntakeContext, ServerState, digest
from mailadmin.domain.tickets import TicketWrite, Written
from mailadmin.storage import Storage

AT = datetime(2025, 11, 20, 8, 30, tzinfo=UTC)
HOLDER = Holder(host="here", pid=4711, started=1763620000.123456, user="tester")
OTHER = Holder(host="there", pid=4711, started=1763620000.0, user="tester")
NOBODY = IntakeContext(account_id=None, account_name="", trusted=False)


def then_fail(storage: Storage, *acts: Callable[[], object]) -> None:
    """Do something in a transaction that fails in the end."""
    with storage.transaction():
        for act in acts:
            act()
        raise ZeroDivisionError


def account(name: str = "support", host: str = "mail.example.org", **fields: object) -> IncomingAccount:
    """An account as an administrator enters it."""
    return IncomingAccount(name=name, type=AccountType.IMAPS, host=host, username=name, **fields)  # type: ignore[arg-type]


def item(
    source: str,
    raw: bytes = b"",
    *,
    server_state: ServerState = ServerState.PENDING,
    duplicate_of: int | None = None,
    replaces: int | None = None,
) -> Intake:
    """A downloaded message."""
    raw = raw or b"Subject: " + source.encode("utf-8", "surrogateescape")
    return Intake(source, raw, digest(raw), len(raw), AT, server_state, duplicate_of, replaces)


def mailbox(storage: Storage, **fields: object) -> tuple[IncomingAccount, int, IntakeContext]:
    """A stored account, its mailbox, and the context of its mail."""
    stored = storage.accounts.add(account(**fields))  # type: ignore[arg-type]
    return stored, storage.accounts.mailbox_id(stored), IntakeContext(stored.id, stored.name, trusted=True)


def stored(storage: Storage, *sources: str) -> list[int]:
    """Messages that wait to be processed."""
    _, mailbox_id, context = mailbox(storage, name=f"a{len(storage.accounts.all())}x")
    return took(storage.inbox.intake(mailbox_id, context, [item(source) for source in sources]))


def took(ids: Sequence[int | None]) -> list[int]:
    """Ids of an intake in which everything was new."""
    assert all(inbox_id is not None for inbox_id in ids)
    return [inbox_id for inbox_id in ids if inbox_id is not None]


def decision(
    kind: DecisionKind = DecisionKind.NEW_TICKET,
    *,
    message_id: str = "",
    ticket: TicketFacts | None = None,
    new_state: str | None = None,
    new_lock: str | None = None,
    title: str = "A printer burns",
    article: ArticleDraft | None = None,
) -> Decision:
    """What PostMaster might say."""
    draft = ArticleDraft(sender="Ann <ann@example.org>", subject="It burns", message_id=message_id, body="Help!")
    return Decision(
        kind=kind,
        article=article or draft,
        queue="raw",
        ticket=ticket,
        title=title,
        customer="ann@example.org",
        new_state=new_state,
        new_lock=new_lock,
        because=(Because("dispatch", {"queue": "Raw"}),),
    )


def ticket(storage: Storage, number: str, *, message_id: str = "") -> Written:
    """A ticket with one article, made of a message of its own."""
    (inbox_id,) = stored(storage, f"INBOX/1/{number}")
    facts = TicketFacts(id=-1, number=number, queue="Raw", state="new")
    (written,) = storage.tickets.write([TicketWrite(inbox_id, facts, decision(message_id=message_id), AT)])
    return written


def wait_until_blocked(storage: Storage, thread: threading.Thread) -> None:
    """Until the other one waits for a lock; SQLite lets nobody else write anyway."""
    if storage.embedded:
        return
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    while thread.is_alive():
        with storage._database.engine.connect() as connection:
            if connection.execute(waiting).scalar_one():
                return
