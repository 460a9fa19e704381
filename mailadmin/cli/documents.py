"""JSON documents, built from domain objects. Scripts rely on the keys (CLI.md): add to them, do not change them.

Times are ISO 8601 in UTC (``2026-11-20T06:22:00Z``); sizes are in octets; digests are SHA-256 in hexadecimal digits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias

from mailadmin.domain.accounts import AccountStatus, IncomingAccount
from mailadmin.domain.decisions import ArticleDraft, AttachmentDraft, Because, Decision
from mailadmin.domain.errors import MailadminError
from mailadmin.domain.messages import InboxMessage
from mailadmin.domain.outcomes import CheckReport, DatabaseStatus, FetchOutcome, Plan, Processed
from mailadmin.domain.outside_text import recommends_plain_text, shown
from mailadmin.domain.sign_in import SignIn
from mailadmin.domain.tickets import Article, Attachment, HistoryEntry, Ticket
from mailadmin.domain.validation import InvalidRecordError
from mailadmin.services.fetch.dry_run import Preview

from . import layers, oauth_sentences, sign_in_sentences, traces
from .problems import fault_sentence
from .sentences import sentence, server_words
from .states import state_of

Document: TypeAlias = dict[str, Any]


def time(moment: datetime | None) -> str | None:
    """A moment in UTC, to the second; None for none."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


# --- errors ---


def error(failure: MailadminError, account: str = "") -> Document:
    """One error: its code, where it happened, the server's own words, the sentence, and a script that mends it."""
    said = {
        "code": failure.code.value,
        "layer": failure.layer.value if failure.layer else None,
        "server": server_words(failure),
        "text": sentence(failure, account),
    }
    if lines := oauth_sentences.script(failure):
        said["script"] = lines
    return said


def failure(problem: MailadminError) -> Document:
    """What a command that failed as a whole says: the error with its facts, and every fault of a file."""
    facts = {key: value for key, value in problem.facts.items() if not recommends_plain_text(value)}
    said: Document = {**error(problem), "facts": facts}
    if isinstance(problem, InvalidRecordError):
        said["faults"] = [
            {
                "table": table,
                "record": record,
                "key": fault.field,
                "problem": fault.problem.value,
                "text": fault_sentence(table, record, fault.field, fault.problem.value, fault.facts),
            }
            for table, record, fault in problem.faults
        ]
    return {"error": said}


def plain_failure(code: str, text: str) -> Document:
    """The same for what has no code of its own: wrong usage, a fault of the program."""
    return {"error": {"code": code, "layer": None, "server": "", "text": text, "facts": {}}}


# --- signing in ---


def sign_in(account: IncomingAccount, standing: SignIn) -> Document:
    """How one OAuth2 account stands with its provider."""
    return {
        "account": account.name,
        "id": account.id,
        "state": standing.state.value,
        "identity": standing.identity,
        "works_until": time(standing.works_until),
        "reason": sign_in_sentences.reason(account, standing),
        "reason_code": sign_in_sentences.reason_code(standing),
        "since": time(standing.since),
        "server": shown(standing.server),
    }


# --- fetch and check ---


def outcome(one: FetchOutcome) -> Document:
    """One account's fetch."""
    counts = one.counts
    return {
        "id": one.account_id,
        "name": one.name,
        "status": one.status.value,
        "seen": counts.seen,
        "fetched": counts.fetched,
        "bytes": counts.bytes,
        "new_tickets": counts.new_tickets,
        "follow_ups": counts.follow_ups,
        "ignored": counts.ignored,
        "rejected": counts.rejected,
        "held": counts.held,
        "duplicates": counts.duplicates,
        "quarantined": counts.quarantined,
        "too_big": counts.too_big,
        "deleted": counts.deleted,
        "moved": counts.moved,
        "left_on_server": counts.left_on_server,
        "seconds": round(one.seconds, 3),
        "error": error(one.error, one.name) if one.error else None,
        "errors": [error(each, one.name) for each in one.errors],
    }


def fetch(outcomes: Iterable[FetchOutcome], seconds: float, previews: Sequence[Preview] | None = None) -> Document:
    """A whole fetch; ``previews`` of a dry run say what each new message would become."""
    document: Document = {"accounts": [outcome(one) for one in outcomes], "seconds": round(seconds, 3)}
    if previews is not None:
        document["dry_run"] = True
        document["messages"] = [
            {
                "account": one.account,
                "source": one.source,
                "size": one.size,
                "from": one.decision.article.sender,
                "subject": one.decision.article.subject,
                "decision": decision(one.decision),
            }
            for one in previews
        ]
    return document


def check(report: CheckReport) -> Document:
    """A check, layer by layer."""
    return {
        "account": report.account,
        "ok": report.ok,
        "layers": [
            {
                "layer": line.layer.value,
                "result": line.result.value,
                "detail": layers.detail(line, report.account.partition("/")[2]),
                "server": server_words(line.error) if line.error else line.server,
                "code": line.error.code.value if line.error else None,
            }
            for line in report.layers
        ],
    }


# --- decisions ---


def because(trace: Iterable[Because]) -> list[Document]:
    """A trace: every step with its sentence and its facts."""
    return [{"step": one.step, "detail": traces.detail(one), "facts": dict(one.facts)} for one in trace]


def decision(one: Decision) -> Document:
    """What becomes of a message, and why."""
    return {
        "kind": one.kind.value,
        "queue": one.queue,
        "ticket": one.ticket.number if one.ticket else None,
        "because": because(one.because),
    }


def processed(one: Processed | None) -> Document:
    """What `read` did with a message that it committed; ``outcome`` is null when it waits."""
    if one is None:
        return {"committed": True, "inbox_id": None, "outcome": None, "ticket": None, "queue": None}
    return {
        "committed": True,
        "inbox_id": one.inbox_id,
        "outcome": str(one.outcome),
        "ticket": one.ticket or None,
        "queue": one.decision.queue if one.decision else None,
    }


def preview(one: Decision, already: InboxMessage | None = None) -> Document:
    """What `read` would do with a message; ``already``: the message here that it is, so that nothing would happen."""
    article: ArticleDraft = one.article
    return {
        "subject": article.subject,
        "from": article.sender,
        "to": article.to,
        "cc": article.cc,
        "message_id": article.message_id,
        "date": time(article.date),
        "body": article.body,
        "body_type": article.body_type,
        "attachments": [attachment(each) for each in article.attachments],
        "decision": decision(one),
        "already": {"inbox_id": already.id, "ticket": already.ticket or None} if already else None,
    }


# --- tickets ---


def attachment(one: Attachment | AttachmentDraft) -> Document:
    """An attachment's facts; the id is for `tickets attachment`."""
    said: Document = {"id": one.id} if isinstance(one, Attachment) else {}
    return said | {
        "filename": one.filename,
        "content_type": one.content_type,
        "size": one.size,
        "sha256": one.sha256,
        "content_id": one.content_id,
        "disposition": one.disposition,
    }


def ticket(one: Ticket) -> Document:
    """One ticket of a list."""
    return {
        "number": one.number,
        "title": one.title,
        "queue": one.queue,
        "state": one.state,
        "priority": one.priority,
        "customer": one.customer,
        "articles": one.articles,
        "created": time(one.created),
        "changed": time(one.changed),
        "lock": one.lock,
        "type": one.type,
        "state_type": one.state_type.value,
        "company": one.customer_id,
        "owner": one.owner,
        "responsible": one.responsible,
        "service": one.service,
        "sla": one.sla,
        "pending_until": time(one.pending_until),
        "fields": dict(one.fields),
        "continues": one.continues or None,
        "merged_into": one.merged_into or None,
    }


def article(one: Article) -> Document:
    """One mail in a ticket."""
    return {
        "id": one.id,
        "inbox_id": one.inbox_id,
        "from": one.sender,
        "to": one.to,
        "cc": one.cc,
        "reply_to": one.reply_to,
        "subject": one.subject,
        "message_id": one.message_id,
        "in_reply_to": one.in_reply_to,
        "references": one.references,
        "date": time(one.date),
        "body": one.body,
        "body_type": one.body_type,
        "visible_for_customer": one.visible_for_customer,
        "sender_type": one.sender_type,
        "attachments": [attachment(each) for each in one.attachments],
        "decision": {"kind": one.decision_kind, "queue": one.queue, "because": because(one.because)},
        "created": time(one.created),
        "fields": dict(one.fields),
        "protection": one.protection.value or None,
        "copies": [{"inbox_id": copy.inbox_id, "account": copy.account} for copy in one.copies],
    }


def conversation(
    one: Ticket,
    articles: Iterable[Article],
    history: Iterable[HistoryEntry],
    outbox: Sequence[Document] = (),
) -> Document:
    """A ticket with its mails, its history, and the documents of what is in the outbox for it."""
    entries = [{"at": time(e.at), "by": e.by, "event": e.event, "detail": e.detail} for e in history]
    # A count in a list, the mails themselves here (CLI.md).
    return {
        **ticket(one),
        "articles": [article(each) for each in articles],
        "history": entries,
        "outbox": list(outbox),
    }


# --- the inbox ---


def message(one: InboxMessage) -> Document:
    """One message of inbox or archive."""
    return {
        "id": one.id,
        "account": one.account,
        "source": one.source,
        "message_id": one.message_id,
        "from": one.sender,
        "subject": one.subject,
        "size": one.size,
        "sha256": one.sha256,
        "state": one.state.value,
        "server_state": one.server_state.value,
        "reason": traces.reason(one.reason_code, one.reason_facts),
        "ticket": one.ticket or None,
        "fetched_at": time(one.fetched_at),
        "reason_code": one.reason_code or None,
    }


def message_with_trace(one: InboxMessage) -> Document:
    """The same with all that is known of it."""
    return {
        **message(one),
        "server_words": one.server_words,
        "decision": {"kind": one.decision_kind or None, "because": because(one.because)},
        "article_id": one.article_id,
        "duplicate_of": one.duplicate_of,
        "trusted": one.trusted,
        "queue": one.queue,
        "attempts": one.attempts,
        "processed_at": time(one.processed_at),
    }


# --- configuration and database ---


def plan(one: Plan) -> Document:
    """What `apply` does or would do."""
    return {
        "add": [{"what": what, "name": name} for what, name in one.add],
        "change": [
            {"what": c.what, "name": c.name, "field": c.field, "from": c.before, "to": c.after} for c in one.change
        ],
        "remove": [{"what": what, "name": name} for what, name in one.remove],
    }


def account(
    one: IncomingAccount,
    status: AccountStatus | None,
    due: Mapping[int, datetime | None],
    now: datetime | None = None,
) -> Document:
    """One incoming account and how it is doing.

    :param due: when each account that is fetched is due, by id; None: at once
    """
    now = now or datetime.now(UTC)
    state, text = state_of(one, status, now)
    fetched = one.id in due
    next_due = (due[one.id or 0] or now) if fetched else None
    return {
        "id": one.id,
        "name": one.name,
        "type": one.type.value,
        "host": one.host,
        "port": one.effective_port,
        "username": one.username,
        "queue": one.queue,
        "validity": one.validity.value,
        "state": state,
        "text": text,
        "last_good": time(status.last_good) if status else None,
        "next_due": time(next_due),
        "due_now": next_due is not None and next_due <= now,
        "comment": one.comment,
        "authentication": one.authentication.value,
        "works_until": time(status.sign_in.works_until) if status and status.sign_in else None,
    }


def database(one: DatabaseStatus) -> Document:
    """The database in numbers; its URL holds no secret."""
    return {
        "url": one.url,
        "schema": one.schema,
        "program": one.program,
        "messages": one.messages,
        "tickets": one.tickets,
        "bytes": one.bytes,
    }


def configuration(tables: Mapping[str, Any]) -> Document:
    """The file of `export` as JSON; dates become text."""
    return {key: _plain(value) for key, value in tables.items()}


def _plain(value: Any) -> Any:  # noqa: ANN401  (whatever TOML holds)
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value.isoformat() if hasattr(value, "isoformat") else value
