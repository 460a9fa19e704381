"""Results in words and tables for people. The same objects as JSON are made in :mod:`.documents`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby

from mailadmin.domain.accounts import AccountStatus, IncomingAccount
from mailadmin.domain.decisions import Because, Decision
from mailadmin.domain.messages import InboxMessage, InboxState
from mailadmin.domain.outcomes import CheckLayer, CheckResult, DatabaseStatus, FieldChange, Plan
from mailadmin.domain.outside_text import shown, shown_lines
from mailadmin.domain.sign_in import SignIn, SignInState
from mailadmin.domain.tickets import Article, Attachment, HistoryEntry, Ticket

from . import layers, sign_in_sentences, traces
from .oauth_sentences import script
from .output import Column, Output
from .sentences import quoted_words
from .states import brief, state_of
from .wording import count, local, size

# --- a check ---


def check_layer(out: Output, line: CheckLayer, account: str) -> None:
    """One line of a check, as soon as it is known."""
    mark = {CheckResult.OK: "ok", CheckResult.FAILED: "failed", CheckResult.NOT_TRIED: "not tried"}[line.result]
    style = {CheckResult.OK: "green", CheckResult.FAILED: "bold red", CheckResult.NOT_TRIED: "dim"}[line.result]
    greeting = f"The server said: {shown(line.server)}" if line.server else ""
    words = greeting if line.error is None else quoted_words(line.error)
    said = " ".join(part for part in (layers.detail(line, account), words) if part)
    out.entry(layers.NAMES[line.layer], mark, said, style=style)
    for copied in script(line.error).splitlines() if line.error is not None else ():
        out.unbroken(f"    {copied}")


# --- signing in ---


def sign_ins(out: Output, found: Sequence[tuple[IncomingAccount, SignIn]], now: datetime | None = None) -> None:
    """How OAuth2 accounts stand with their providers, and what ends soon; or that there are none."""
    if not found:
        out.say("No account signs in by OAuth2.")
        return
    columns = [
        Column("Account"),
        Column("State", whole=True),
        Column("Signed in as", least=18, elide=True, drop=2),
        Column("Works until", whole=True, drop=1),
        Column("Why", least=30, drop=3),
    ]
    rows = [
        [account.name, one.state.value, one.identity, local(one.works_until), sign_in_sentences.reason(account, one)]
        for account, one in found
    ]
    out.table(columns, rows)
    soon = [sign_in_sentences.soon(account, one, now or datetime.now(UTC)) for account, one in found]
    if any(soon):
        out.say()
    for line in filter(None, soon):
        out.say(line)
    if any(one.state is SignInState.NEEDED for _, one in found):
        out.say()
        out.say("To sign in: mailadmin oauth2 authorize ACCOUNT")


# --- tickets ---


def tickets(out: Output, found: Sequence[Ticket], *, filtered: bool) -> None:
    """A list of tickets, or why it is empty."""
    if not found:
        out.say(
            "No ticket matches. See all of them with: mailadmin tickets list"
            if filtered
            else "There are no tickets yet. They are made from mail: mailadmin fetch"
        )
        return
    columns = [
        Column("Number", whole=True),
        Column("Title", least=24),
        Column("Queue"),
        Column("State"),
        Column("Priority", whole=True, drop=3),
        Column("Customer", least=18, elide=True, drop=1),
        Column("Changed", whole=True, drop=2),
        Column("Mails", right=True),
    ]
    out.table(columns, [_ticket_row(ticket) for ticket in found])
    out.say()
    out.say(f"{count(len(found), 'ticket')}. Read one with: mailadmin tickets show NUMBER")


def _ticket_row(one: Ticket) -> list[str]:
    where = [one.number, one.title, one.queue, one.state]
    return [*where, one.priority, one.customer, local(one.changed), str(one.articles)]


def tickets_by_queue(out: Output, found: Sequence[Ticket]) -> None:
    """Tickets under the names of their queues."""
    ordered = sorted(found, key=lambda ticket: (ticket.queue.casefold(), ticket.number))
    first = True
    for queue, members in groupby(ordered, key=lambda ticket: ticket.queue):
        in_queue = list(members)
        if not first:
            out.say()
        first = False
        out.heading(f"{shown(queue)}: {count(len(in_queue), 'ticket')}")
        columns = [
            Column("Number", whole=True),
            Column("Title", least=30),
            Column("Customer", least=18, elide=True),
            Column("Mails", right=True),
        ]
        rows = [[ticket.number, ticket.title, ticket.customer, str(ticket.articles)] for ticket in in_queue]
        out.table(columns, rows)


def conversation(
    out: Output,
    ticket: Ticket,
    articles: Sequence[Article],
    history: Sequence[HistoryEntry] = (),
    *,
    all_steps: bool = False,
) -> None:
    """A ticket, its mails in order with why each is here, and what happened to it."""
    out.heading(f"Ticket {ticket.number}: {shown(ticket.title)}")
    out.pairs(
        [
            ("Queue", ticket.queue),
            ("State", ticket.state + (f", {ticket.lock}ed" if ticket.lock == "lock" else "")),
            ("Priority", ticket.priority),
            ("Type", ticket.type),
            ("Customer", ticket.customer),
            ("Company", ticket.customer_id),
            ("Owner", ticket.owner),
            ("Responsible", ticket.responsible),
            ("Service", ticket.service),
            ("SLA", ticket.sla),
            ("Pending until", local(ticket.pending_until)),
            ("Goes on from", ticket.continues),
            ("Merged into", ticket.merged_into),
            *ticket.fields.items(),
            ("Created", local(ticket.created)),
            ("Changed", local(ticket.changed)),
        ]
    )
    for number, article in enumerate(articles, start=1):
        out.say()
        _article(out, number, article)
        out.say()
        if all_steps:
            why(out, article.decision_kind, article.because, ticket=ticket.number)
        else:
            out.say(f"Why: {traces.deciding(article.because) or traces.outcome(article.decision_kind, ticket.number)}")
    if history:
        out.say()
        out.heading("History")
        rows = [[local(entry.at), entry.event, entry.detail, entry.by] for entry in history]
        out.table([Column("When", whole=True), Column("What", whole=True), Column("Detail"), Column("By")], rows)


def _article(out: Output, number: int, article: Article) -> None:
    out.heading(f"[{number}] {shown(article.subject) or '(no subject)'}")
    out.pairs(
        [
            ("From", article.sender),
            ("To", article.to),
            ("Cc", article.cc),
            ("Reply to", article.reply_to),
            ("Date", local(article.date)),
            ("Inbox", f"message {article.inbox_id}" if article.inbox_id else ""),
            ("Copies", ", ".join(f"message {one.inbox_id} ({one.account})" for one in article.copies)),
            ("Protection", article.protection.value),
            *article.fields.items(),
        ]
    )
    out.say()
    out.indented(shown_lines(article.body).strip("\n") or "(no text)", 4)
    if article.attachments:
        out.say()
        _attachments(out, article.attachments)


def _attachments(out: Output, attachments: Sequence[Attachment]) -> None:
    out.say("Attachments:")
    rows = [[str(one.id), one.filename, one.content_type.split(";")[0], size(one.size)] for one in attachments]
    out.table([Column("Id", right=True), Column("Name"), Column("Type"), Column("Size", right=True)], rows)


def why(out: Output, kind: str, trace: Iterable[Because], *, ticket: str = "", queue: str = "") -> None:
    """What became of a message, and every step that led there."""
    out.say(f"Became: {traces.outcome(kind, ticket, queue)}")
    for said in traces.details(trace):
        out.bullet(said)


def preview(out: Output, decision: Decision) -> None:
    """What `read` would do with a message."""
    article = decision.article
    out.pairs([("From", article.sender), ("To", article.to), ("Subject", article.subject)])
    number = decision.ticket.number if decision.ticket else ""
    out.say(f"Would become: {traces.outcome(decision.kind, number, decision.queue)}")
    for said in traces.details(decision.because):
        out.bullet(said)


def already_here(out: Output, message: InboxMessage) -> None:
    """What `read` would do with a message that was read before: nothing."""
    where = f", in ticket {message.ticket}" if message.ticket else ""
    out.say(f"It is here already, as message {message.id}{where}. Reading it again changes nothing.")


# --- the inbox ---


def messages(out: Output, found: Sequence[InboxMessage], *, filtered: bool) -> None:
    """A list of messages, or why it is empty."""
    if not found:
        out.say(
            "No message matches. See all of them with: mailadmin inbox list"
            if filtered
            else "The inbox is empty: nothing has been fetched yet. Fetch with: mailadmin fetch"
        )
        return
    columns = [
        Column("Id", right=True),
        Column("From", least=14, elide=True),
        Column("Subject", least=18),
        Column("State", whole=True),
        Column("Ticket", whole=True),
        Column("Account", drop=1),
        Column("Size", right=True, drop=3),
        Column("Fetched", whole=True, drop=2),
    ]
    out.table(columns, [_message_row(message) for message in found])
    out.say()
    out.say(f"{count(len(found), 'message')}. See why one is where it is with: mailadmin inbox show ID")


def _message_row(message: InboxMessage) -> list[str]:
    state = message.state.value.replace("_", " ")
    subject = f"(not fetched: {size(message.size)})" if message.state is InboxState.TOO_BIG else message.subject
    more = [message.account, size(message.size), local(message.fetched_at)]
    return [str(message.id), message.sender, subject, state, message.ticket, *more]


def message(out: Output, one: InboxMessage) -> None:
    """One message with all that is known of it."""
    out.heading(f"Message {one.id}: {shown(one.subject) or '(no subject)'}")
    server = one.server_state.value + (f" ({one.server_words})" if one.server_words else "")
    out.pairs(
        [
            ("From", one.sender),
            ("Message-ID", one.message_id),
            ("Account", one.account),
            ("Trusted", "yes" if one.trusted else "no"),
            ("Source", one.source),
            ("Size", size(one.size)),
            ("SHA-256", one.sha256),
            ("State", one.state.value.replace("_", " ")),
            ("Reason", traces.reason(one.reason_code, one.reason_facts)),
            ("On the server", server),
            ("Ticket", one.ticket),
            ("Same as", f"message {one.duplicate_of}" if one.duplicate_of else ""),
            ("Queue", one.queue),
            ("Fetched", local(one.fetched_at)),
            ("Processed", local(one.processed_at)),
        ]
    )
    if one.decision_kind or one.because:
        out.say()
        why(out, one.decision_kind or one.state.value, one.because, ticket=one.ticket)


# --- accounts, configuration, database ---


def accounts(
    out: Output,
    found: Sequence[IncomingAccount],
    statuses: Mapping[int, AccountStatus],
    due: Mapping[int, datetime | None],
) -> None:
    """Every incoming account and how it is doing."""
    if not found:
        out.say("There is no account yet. Add one with: mailadmin apply FILE")
        return
    columns = [
        Column("Name", least=8),
        Column("Type", whole=True, drop=3),
        Column("Host", least=14, elide=True, drop=2),
        Column("Queue", drop=4),
        Column("Validity", whole=True, drop=5),
        Column("State", least=16),
        Column("Last good", whole=True),
        Column("Next due", whole=True),
    ]
    by_oauth = any(status.sign_in for status in statuses.values())
    if by_oauth:
        columns.append(Column("Works until", whole=True, drop=1))
    rows = []
    for account in found:
        status = statuses.get(account.id or 0)
        sign_in = status.sign_in if status else None
        where = [account.name, account.type.value, account.host, account.queue or "by address", account.validity.value]
        last = local(status.last_good) if status else ""
        next_due = local(due.get(account.id or 0)) or ("now" if account.id in due else "")
        until = [local(sign_in.works_until) if sign_in else ""] if by_oauth else []
        rows.append([*where, brief(account, status), last or "never", next_due, *until])
    out.table(columns, rows)
    if any(state_of(account, statuses.get(account.id or 0))[0] == "failing" for account in found):
        out.say()
        out.say("See why one fails with: mailadmin check incoming/NAME")
    if any(state_of(account, statuses.get(account.id or 0))[0] == "needs-sign-in" for account in found):
        out.say()
        out.say("To sign in: mailadmin oauth2 authorize ACCOUNT. Why it is needed: mailadmin oauth2 status")


def plan(out: Output, one: Plan, *, dry_run: bool) -> None:
    """What `apply` did or would do."""
    if one.empty:
        out.say("Nothing to do: the database says what the file says.")
        return
    rows = [["add", what, name, "", "", ""] for what, name in one.add]
    rows += [["change", c.what, c.name, *_change(c)] for c in one.change]
    rows += [["remove", what, name, "", "", ""] for what, name in one.remove]
    columns = [Column("Do", whole=True), Column("What", whole=True), Column("Name")]
    if one.change:
        columns += [Column("Field"), Column("From"), Column("To")]
    out.table(columns, [row[: len(columns)] for row in rows])
    out.say()
    changed = len({(c.what, c.name) for c in one.change})
    if dry_run:
        out.say(f"{len(one.add)} to add, {changed} to change, {len(one.remove)} to remove. Nothing was changed.")
    else:
        out.say(f"Done: {len(one.add)} added, {changed} changed, {len(one.remove)} removed.")


def released(out: Output, count: int) -> None:
    """That held mail got into tickets, if any did."""
    if count:
        out.say(f"Held messages that are released, because their senders are known now: {count:,}")


def _change(change: FieldChange) -> tuple[str, str, str]:
    if change.what == "settings":
        return "", "(default)" if change.before is None else _value(change.before), _value(change.after)
    return change.field, _value(change.before), _value(change.after)


def _value(value: object) -> str:
    if value in (None, "", []):
        return "(empty)"
    if isinstance(value, list):
        plain = all(isinstance(part, str) for part in value)
        return ", ".join(value) if plain else json.dumps(value, ensure_ascii=False)
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def database(out: Output, one: DatabaseStatus) -> None:
    """The database in numbers, and whether it is up to date."""
    fits = "up to date" if one.schema == one.program else f"this version works with {one.program}"
    out.pairs(
        [
            ("Database", one.url),
            ("Schema", f"{one.schema or '(none)'}, {fits}"),
            ("Messages", f"{one.messages:,}"),
            ("Tickets", f"{one.tickets:,}"),
            ("Size", size(one.bytes)),
        ]
    )
    if one.schema != one.program:
        out.say("Bring it up to date with: mailadmin db upgrade")
