"""Messages in every state, on real services: the demo's mails, read as a mail server's pipe gives them."""

from __future__ import annotations

from pathlib import Path

from mailadmin.bootstrap import Application
from mailadmin.domain.accounts import AccountType, IncomingAccount
from mailadmin.domain.errors import Code
from mailadmin.domain.messages import InboxState, Intake, IntakeContext, ServerState, digest
from mailadmin.domain.queues import Queue
from mailadmin.domain.secrets import Secret
from mailadmin.services import contents

DEMO = Path(__file__).parents[3] / "resources" / "demo"
PASSWORD = "pw"


def demo(beginning: str) -> bytes:
    """The sample mail whose file name begins so."""
    (path,) = DEMO.glob(f"{beginning}*.eml")
    return path.read_bytes()


def mail(number: int, body: str = "", kind: str = "text/plain") -> bytes:
    """A small message; equal numbers make equal octets."""
    lines = (
        f"From: Customer {number} <c{number}@example.net>",
        "To: support@example.org",
        f"Subject: Question {number}",
        f"Message-ID: <m{number}@example.net>",
        "Date: Fri, 20 Nov 2026 08:00:00 +0000",
        "MIME-Version: 1.0",
        f"Content-Type: {kind}; charset=utf-8",
        "",
        body or f"This is message {number}.",
    )
    return "\r\n".join(lines).encode()


def account(app: Application, name: str = "support", **fields: object) -> IncomingAccount:
    """A stored IMAP account with a password."""
    values = {"type": AccountType.IMAPS, "host": "mail.example.org", "username": f"{name}@example.org", **fields}
    return app.accounts.add(IncomingAccount(name=name, **values), Secret(PASSWORD))  # type: ignore[arg-type]


def queue(app: Application, name: str) -> Queue:
    """A stored queue."""
    return app.routing.add_queue(Queue(name=name))


def taken_in(app: Application, account: IncomingAccount, raw: bytes, *, state: InboxState = InboxState.STORED) -> int:
    """A message that the account has fetched and that is in this state; quarantined ones say why."""
    inbox, source = app.storage.inbox, f"imap:{digest(raw).hex()[:16]}"
    context = IntakeContext(account.id, account.name, trusted=account.trusted)
    mailbox = app.storage.accounts.mailbox_id(account)
    item = Intake(source, raw, digest(raw), len(raw), None, ServerState.DONE)
    (ident,) = inbox.intake(mailbox, context, [item])
    assert ident is not None
    if state is InboxState.STORED:
        return ident
    read = contents.reading(raw)
    inbox.quarantine(ident, Code.PROCESSING_FAILED.value, {"detail": "ZeroDivisionError"}, read)
    if state is not InboxState.QUARANTINED:
        code = "too-big" if state is InboxState.TOO_BIG else ""
        kind = state.value if state in {InboxState.HELD, InboxState.IGNORED} else ""
        values = {"state": state, "reason_code": code, "reason_facts": "{}", "decision_kind": kind}
        inbox._move(ident, {InboxState.QUARANTINED}, values)
    return ident


def quarantined(app: Application, account: IncomingAccount, raw: bytes) -> int:
    """A message that could not be processed when it was fetched."""
    return taken_in(app, account, raw, state=InboxState.QUARANTINED)


def fill(app: Application) -> IncomingAccount:
    """The demo's mails: most are in tickets, some wait for somebody."""
    for name in ("Orders", "Printers"):
        queue(app, name)
    owner = account(app)
    for number, path in enumerate(sorted(DEMO.glob("*.eml"))):
        raw = path.read_bytes()
        if number in {4, 9, 20}:
            quarantined(app, owner, raw)
        elif number == 7:
            taken_in(app, owner, raw, state=InboxState.HELD)
        else:
            app.reading.read(raw, account=owner)
    return owner
