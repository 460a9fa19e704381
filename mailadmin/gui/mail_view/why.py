"""Why a message is where it is, as a story in chapters with its facts; the life of a mail is told by the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from PySide6.QtCore import QCoreApplication

from mailadmin.domain.accounts import REMOVES_FORGED
from mailadmin.domain.communication import LogObject, LogStep
from mailadmin.domain.decisions import DecisionKind
from mailadmin.domain.messages import HANDED_IN, InboxMessage, InboxState, ServerState, folder_of
from mailadmin.domain.outside_text import shown
from mailadmin.gui.sentences import chapters, communication, states, times, traces
from mailadmin.gui.sentences.chapters import Chapter, Told, Topic, Weight
from mailadmin.gui.sentences.wording import harmless

translate = QCoreApplication.translate

_DECIDED: Final = frozenset({InboxState.PROCESSED, InboxState.IGNORED, InboxState.HELD})
_GATE: Final = frozenset({"headers_stripped", "trust_proven", "trust_unproven"})
"""The steps that say what trust did; without any of them the mail had no X-OTOBO headers."""
_ON_THE_WAY: Final = frozenset({"queue_chosen", "follow_up_found", "ignored", "held"})
"""Steps that a mail went through the filters before."""


def kind_of(message: InboxMessage) -> str:
    """What became of a message: its kind of decision, or its state where nothing was decided or it is out of date."""
    decided = message.state in _DECIDED
    copy = message.state is InboxState.DUPLICATE and message.decision_kind == DecisionKind.COPY
    return message.decision_kind if (decided or copy) and message.decision_kind else message.state


def headline(message: InboxMessage) -> str:
    """What became of it, in a sentence."""
    return traces.outcome(kind_of(message), message.ticket)


def story(message: InboxMessage, log: Sequence[LogObject] = ()) -> list[Chapter]:
    """How it came to that: every question about it is answered, also where a trace says nothing.

    :param log: what the communication log says of it; tells more exactly what was done on the server
    """
    told = {chapter.topic: chapter for chapter in chapters.chapters(message.because)}
    told[Topic.ARRIVAL] = Chapter(Topic.ARRIVAL, (Told(fetched(message)),))
    if trust := tuple(_trust(message)):
        before = told.get(Topic.TRUST, Chapter(Topic.TRUST)).told
        told[Topic.TRUST] = Chapter(Topic.TRUST, (*map(Told, trust), *before))
    if any(one.step in _ON_THE_WAY for one in message.because):
        filters = told.get(Topic.FILTERS, Chapter(Topic.FILTERS))
        if not filters.told:
            nothing = (
                translate("Inbox", "No filter matched.")
                if filters.near
                else translate("Inbox", "No filter matched, nor nearly did.")
            )
            told[Topic.FILTERS] = replace(filters, told=(Told(nothing),))
        if Topic.TICKET not in told and message.decision_kind == DecisionKind.NEW_TICKET:
            said = translate("Inbox", "Nothing in it leads to a ticket that there is, so it makes a new one.")
            told[Topic.TICKET] = Chapter(Topic.TICKET, (Told(said),))
    if kind_of(message) == DecisionKind.COPY:
        told.pop(Topic.ANSWER, None)  # what it asks for by itself: the copy that decides is answered
    if message.duplicate_of is not None and not message.because:
        said = translate("Inbox", "It is the same as message {number}, which was here already.")
        told[Topic.OUTCOME] = Chapter(Topic.OUTCOME, (Told(said.format(number=message.duplicate_of), Weight.DECIDED),))
    if why := reason(message):
        before = told.get(Topic.OUTCOME, Chapter(Topic.OUTCOME)).told
        told[Topic.OUTCOME] = Chapter(Topic.OUTCOME, (*before, Told(why, Weight.REFUSED)))
    told[Topic.SERVER] = Chapter(Topic.SERVER, tuple(_on_the_server(message, log)))
    return [told[topic] for topic in Topic if topic in told]


def reason(message: InboxMessage) -> str:
    """Why it is in its state; empty when there is nothing to say."""
    return traces.reason(message.reason_code, message.reason_facts)


def facts(message: InboxMessage) -> list[tuple[str, str]]:
    """What else is known of it; values may be empty."""
    return [
        (translate("Inbox", "Ticket"), message.ticket),
        (translate("Inbox", "Asked-for queue"), message.queue),
        (translate("Inbox", "Account"), message.account),
        (translate("Inbox", "Trusted"), states.yes_no(message.trusted)),
        (translate("Inbox", "Size"), times.size(message.size)),
        (translate("Inbox", "Processed"), times.exact(message.processed_at)),
        (translate("Inbox", "Attempts"), times.number(message.attempts) if message.attempts > 1 else ""),
        (translate("Inbox", "Message-ID"), message.message_id),
        (translate("Inbox", "Number here"), str(message.id)),
        (translate("Inbox", "Duplicate of"), str(message.duplicate_of or "")),
        (translate("Inbox", "Name on the server"), message.source),
        (translate("Inbox", "SHA-256"), message.sha256),
    ]


def fetched(message: InboxMessage) -> str:
    """By whom it was fetched, from which folder, and when."""
    when = translate("Inbox", "{exact} ({relative})").format(
        exact=times.exact(message.fetched_at), relative=times.relative(message.fetched_at, datetime.now(UTC))
    )
    if not message.account:
        return translate("Inbox", "Read from standard input at {when}.").format(when=when)
    account, folder = shown(message.account), shown(folder_of(message.source))
    if message.source.startswith(HANDED_IN):
        text = translate("Inbox", 'Read from standard input for "{account}" at {when}.')
    elif folder:
        text = translate("Inbox", 'Fetched by "{account}" from the folder "{folder}" at {when}.')
    else:
        text = translate("Inbox", 'Fetched by "{account}" at {when}.')
    return text.replace("{account}", account).replace("{folder}", folder).replace("{when}", when)


def _trust(message: InboxMessage) -> Iterator[str]:
    """What trust the mail came with; the steps of the trace say what that did."""
    gone_through = any(one.step in _GATE for one in message.because)
    if not message.trusted:
        if not gone_through:
            yield translate("Inbox", "Not trusted: X-OTOBO headers in the mail itself would not count.")
        return
    server = harmless(message.trusted_authserv_id.removesuffix(REMOVES_FORGED).strip())
    if server:
        text = translate("Inbox", "Trusted where {server} proves who the sender is.")
        yield text.replace("{server}", server)
        if not gone_through and message.because:
            yield translate("Inbox", "The mail has no X-OTOBO headers, so nothing had to be proven.")
    else:
        yield translate("Inbox", "Trusted: X-OTOBO headers in the mail itself count.")


def _on_the_server(message: InboxMessage, log: Sequence[LogObject]) -> Iterator[Told]:
    if message.source.startswith(HANDED_IN):
        yield Told(translate("Inbox", "It came by no mail server."))
        return
    failed = message.server_state is ServerState.FAILED
    copies = [entry for one in log for entry in one.entries if entry.step == LogStep.SERVER_COPY]
    done = message.server_state is ServerState.DONE and copies  # deleted, or moved: the log alone knows
    said = communication.entry(copies[-1], message.account) if done else _server_sentence(message.server_state)
    yield Told(said, Weight.REFUSED if failed else Weight.PLAIN)
    if message.server_words and not done:
        text = translate("Inbox", 'The server says: "{words}"')
        yield Told(text.replace("{words}", harmless(message.server_words)))


def _server_sentence(state: ServerState) -> str:
    return {
        ServerState.PENDING: translate("Inbox", "It is still there, and will be removed with the next fetch."),
        ServerState.DONE: translate("Inbox", "It was removed there, after it was stored here."),
        ServerState.KEPT: translate("Inbox", "It is kept there."),
        ServerState.GONE: translate("Inbox", "It was no longer there when it was to be removed."),
        ServerState.FAILED: translate(
            "Inbox", "It is still there: it could not be removed. That is tried again with the next fetch."
        ),
    }[state]
