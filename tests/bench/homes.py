"""Installations to measure on: with few accounts, with many, and with an archive of years."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Final

from mailadmin.bootstrap import Options, open_application
from mailadmin.domain.accounts import AccountType, IncomingAccount
from mailadmin.domain.secrets import Secret

_WORDS: Final = (
    "printer paper invoice order Rechnung Größe ÜBERSICHT delivery broken screen login password question about the "
    "floor office server mail"
).split()
_BEGAN: Final = datetime(2025, 1, 1, tzinfo=UTC)
_AT_ONCE: Final = 2_000
_WITH_OCTETS: Final = 1_000
_FATES: Final = (
    (0.700, "new_ticket", "processed"),
    (0.900, "follow_up", "processed"),
    (0.950, "ignored", "ignored"),
    (0.990, "", "duplicate"),
    (0.993, "held", "held"),
    (0.996, "", "quarantined"),
    (1.000, "", "too_big"),
)
"""What becomes of messages: up to this chance, the decision, the state."""


def options_of(home: Path) -> Options:
    """Where an installation of ours keeps what it has."""
    return Options(home=home, key_file=home / "key")


def make_home(home: Path, accounts: int) -> None:
    """An installation with accounts that were never fetched."""
    home.mkdir()
    chance = random.Random(accounts)
    with open_application(options_of(home)) as app, app.storage.transaction():
        for number in range(accounts):
            name = f"{' '.join(chance.sample(_WORDS, 3))} {number}"
            host = f"mail{number % 90}.example.net"
            account = IncomingAccount(name=name, type=AccountType.IMAPS, host=host, username=f"user{number}")
            app.storage.accounts.add(account)


def make_home_to_fetch(home: Path, account: IncomingAccount, password: str) -> None:
    """An installation with one account that fetched its empty mailbox before, so that nothing is asked."""
    make_home(home, 0)
    with open_application(options_of(home)) as app:
        app.accounts.add(account, Secret(password))
        (outcome,) = app.fetching.fetch()
        if outcome.errors:
            raise SystemExit(str(outcome.errors))


def make_home_with_archive(home: Path, messages: int) -> None:
    """An installation that has been at work for years; only the newest messages still have their octets."""
    from sqlalchemy import insert, select

    from mailadmin.storage.mail_tables import InboxMessageRow, InboxRawRow, InboxSearchRow, TicketRow
    from mailadmin.storage.tables import QueueRow

    make_home(home, 20)
    with open_application(options_of(home)) as app:
        accounts = app.storage.accounts.all()
        mailboxes = [app.storage.accounts.mailbox_id(account) for account in accounts]
        with app.storage._database.writing() as connection:
            queue = connection.scalars(select(QueueRow.id)).first()
            rows = _messages(messages, accounts, mailboxes, queue or 0)
            for _ in range(0, messages, _AT_ONCE):
                block = list(islice(rows, _AT_ONCE))
                for table in (TicketRow, InboxMessageRow, InboxSearchRow, InboxRawRow):
                    if values := [row[table.__tablename__] for row in block if table.__tablename__ in row]:
                        connection.execute(insert(table), values)


def _messages(
    count: int, accounts: list[IncomingAccount], mailboxes: list[int], queue: int
) -> Iterator[dict[str, dict[str, Any]]]:
    """One message after the other: the row it has in each table."""
    from mailadmin.storage.search import joined

    chance = random.Random(count)
    because = json.dumps(
        [{"step": f"step-{step}", "facts": {"header": "Subject", "queue": "Raw"}} for step in range(6)]
    )
    for number in range(1, count + 1):
        subject = f"{' '.join(chance.choices(_WORDS, k=6))} {number}"
        customer = f"c{number % 5000}@example.net"
        sender = f"Customer {number % 5000} <{customer}>"
        message_id = f"<m{number}.{chance.random()}@mail.example.net>"
        fate = chance.random()
        kind, state = next((kind, state) for below, kind, state in _FATES if fate <= below)
        at = chance.randrange(len(accounts)) if chance.random() < 0.5 else 0
        ticket = f"20260101{number:08}" if kind == "new_ticket" else ""
        source = f"INBOX/1/{number}"
        written = _BEGAN + timedelta(minutes=3 * number)
        rows: dict[str, dict[str, Any]] = {
            "inbox_message": {
                "id": number,
                "mailbox_id": mailboxes[at],
                "source": source,
                "source_key": hashlib.sha256(source.encode()).digest(),
                "account_id": accounts[at].id,
                "account_name": accounts[at].name,
                "trusted": False,
                "queue": "",
                "ticket_type": "",
                "images_as_attachments": False,
                "digest": hashlib.sha256(message_id.encode()).digest(),
                "size": 3000,
                "server_size": 3000,
                "fetched_at": written,
                "state": state,
                "server_state": "done",
                "message_id": message_id,
                "sender": sender,
                "subject": subject,
                "decision_kind": kind,
                "because": because,
                "ticket_id": number if ticket else None,
            },
            "inbox_search": {
                "inbox_id": number,
                "account_id": accounts[at].id,
                "ticket_id": number if ticket else None,
                "names": joined(accounts[at].name) + (f"\n{ticket}" if ticket else ""),
                "words": joined(message_id, sender, subject),
            },
        }
        if ticket:
            rows["ticket"] = _ticket(number, ticket, subject, customer, queue, joined(ticket, subject, customer))
        if number > count - _WITH_OCTETS:
            rows["inbox_raw"] = {"inbox_id": number, "raw": _raw(sender, subject, message_id)}
        yield rows


def _ticket(number: int, name: str, subject: str, customer: str, queue: int, words: str) -> dict[str, Any]:
    return {
        "id": number,
        "number": name,
        "title": subject,
        "queue_id": queue,
        "state": "closed successful" if number % 10 else "new",
        "priority": "3 normal",
        "lock": "unlock",
        "type": "",
        "customer": customer,
        "customer_id": "",
        "words": words,
        "created": _BEGAN,
        "changed": _BEGAN,
    }


def _raw(sender: str, subject: str, message_id: str) -> bytes:
    head = f"From: {sender}\r\nTo: us@example.org\r\nSubject: {subject}\r\nMessage-ID: {message_id}\r\n"
    return f"{head}Content-Type: text/plain; charset=utf-8\r\n\r\n{'Please help. ' * 200}\r\n".encode()
