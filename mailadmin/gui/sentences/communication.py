"""The communication log in words: how something ended, how much an entry matters, and what it tells."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from mailadmin.domain.communication import (
    Communication,
    LogEntry,
    LogKind,
    LogObject,
    LogStatus,
    LogStep,
    Priority,
    error_of_facts,
)
from mailadmin.domain.errors import Layer
from mailadmin.domain.messages import InboxState
from mailadmin.domain.outcomes import CheckLayer, CheckResult

from . import errors, layers, times, traces
from .wording import QT_TRANSLATE_NOOP, Parts, composed, filled, harmless, known, listing, translate


def status(value: LogStatus, *, interrupted: bool = False) -> str:
    """How a communication, a connection or a message ended, in a word or two."""
    return translate("Sentences", _INTERRUPTED if interrupted else STATUSES[value])


def priority(value: Priority) -> str:
    """How much an entry matters."""
    return translate("Sentences", PRIORITIES[value])


def whose(one: Communication) -> str:
    """Whose communication it is: the account's name, or that a message was handed in."""
    return harmless(one.account) or translate("Sentences", "Message handed in")


def name(one: LogObject) -> str:
    """What an object is called: ``Connection``, or the message's subject."""
    if one.kind is LogKind.CONNECTION:
        return translate("Sentences", "Connection")
    if one.subject:
        return harmless(one.subject)
    return translate("Sentences", "(no subject)") if one.sender else translate("Sentences", "Message")


def details(one: LogObject) -> str:
    """What tells an object from others: the sender of a message, or where it lies on the server."""
    if one.kind is LogKind.CONNECTION:
        return ""
    return harmless(one.sender) or harmless(one.source)


def entry(one: LogEntry, account: str = "") -> str:
    """What an entry tells, in a sentence or two; one of a later program as its name and facts.

    :param account: the account's name
    """
    if one.step == LogStep.ERROR and (error := error_of_facts(one.facts)) is not None:
        return " ".join(part for part in (errors.sentence(error, account), errors.quoted_words(error)) if part)
    facts = known(one.facts)
    if words := FUNCTIONS.get(one.step):
        said = words(facts)
    elif parts := STEPS.get(one.step):
        said = composed(parts, {**facts, **_spoken(facts)})
    else:
        told = ", ".join(f"{key}: {value}" for key, value in facts.items() if key != "server")
        said = f"{harmless(one.step)} ({told})." if told else f"{harmless(one.step)}."
    server = filled(QT_TRANSLATE_NOOP("Sentences", 'The server says: "{server}"'), facts) if "server" in facts else ""
    return " ".join(part for part in (said, server) if part)


def lines(one: Communication, objects: Sequence[LogObject]) -> Iterator[str]:
    """A communication with all its entries, line by line, as text."""
    moment = times.exact(one.started)
    yield f"{whose(one)}, {one.account_type}, {moment}: {status(one.status, interrupted=one.interrupted)}"
    for each in objects:
        yield f"  {name(each)}: {status(each.status)}"
        for told in each.entries:
            yield f"    {clock(told)} {priority(told.priority)}: {entry(told, one.account)}"


def clock(one: LogEntry) -> str:
    """When an entry was written, to the millisecond, in local time."""
    return one.at.astimezone().strftime("%H:%M:%S.%f")[:-3]


def took(seconds: float) -> str:
    """How long something took."""
    return times.duration(round(seconds, 1) or 0.1)


def _spoken(facts: Mapping[str, str]) -> dict[str, str]:
    """Numbers among the facts as people say them."""
    said = {"size": times.size(int(facts["bytes"]))} if facts.get("bytes", "").isdecimal() else {}
    for fact, words in (("listed", "messages"), ("asked", "wanted"), ("fetched", "got")):
        if facts.get(fact, "").isdecimal():
            said[words] = times.messages(int(facts[fact]))
    return said


def _layer(facts: Mapping[str, str]) -> str:
    try:
        layer = Layer(facts.get("layer", ""))
    except ValueError:
        return f"{facts.get('layer', '')}."
    rest = {key: value for key, value in facts.items() if key not in {"layer", "server"}}
    said = layers.found(CheckLayer(layer, CheckResult.OK, rest))
    return said if said else f"{layers.layer_name(layer)}."


def _listed(facts: Mapping[str, str]) -> str:
    parts = [
        filled(text, facts)
        for key, text in (
            ("new", QT_TRANSLATE_NOOP("Sentences", "{new} new")),
            ("owed", QT_TRANSLATE_NOOP("Sentences", "{owed} to be deleted or moved since an earlier fetch")),
            ("doubtful", QT_TRANSLATE_NOOP("Sentences", "{doubtful} to be compared again")),
            ("too_big", QT_TRANSLATE_NOOP("Sentences", "{too_big} too big so far")),
        )
        if key in facts
    ]
    said = {"messages": _spoken(facts).get("messages", ""), "parts": listing(parts)}
    return filled(QT_TRANSLATE_NOOP("Sentences", "The server lists {messages}: {parts}."), said)


_DONE: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    Layer.DELETE: (
        ("done", QT_TRANSLATE_NOOP("Sentences", "{done} deleted")),
        ("deferred", QT_TRANSLATE_NOOP("Sentences", "{deferred} to be deleted when the session ends")),
        ("failed", QT_TRANSLATE_NOOP("Sentences", "{failed} not deleted")),
        ("gone", QT_TRANSLATE_NOOP("Sentences", "{gone} gone already")),
    ),
    Layer.MOVE: (
        ("done", QT_TRANSLATE_NOOP("Sentences", "{done} moved")),
        ("failed", QT_TRANSLATE_NOOP("Sentences", "{failed} not moved")),
        ("gone", QT_TRANSLATE_NOOP("Sentences", "{gone} gone already")),
    ),
}


def _action(facts: Mapping[str, str]) -> str:
    said = [filled(text, facts) for key, text in _DONE.get(facts.get("layer", ""), ()) if key in facts]
    return filled(QT_TRANSLATE_NOOP("Sentences", "On the server: {parts}."), {"parts": listing(said)})


_COPIES: Final[Mapping[tuple[str, str], str]] = {
    (Layer.DELETE, "done"): QT_TRANSLATE_NOOP("Sentences", "The copy on the server was deleted."),
    (Layer.MOVE, "done"): QT_TRANSLATE_NOOP("Sentences", "The copy on the server was moved."),
    (Layer.DELETE, "deferred"): QT_TRANSLATE_NOOP(
        "Sentences", "The copy on the server is to be deleted when the session ends."
    ),
    (Layer.DELETE, "failed"): QT_TRANSLATE_NOOP(
        "Sentences", "The copy on the server could not be deleted. That is tried again with the next fetch."
    ),
    (Layer.MOVE, "failed"): QT_TRANSLATE_NOOP(
        "Sentences", "The copy on the server could not be moved. That is tried again with the next fetch."
    ),
}
_GONE: Final = QT_TRANSLATE_NOOP("Sentences", "The copy on the server was gone already.")
_OTHERWISE: Final = QT_TRANSLATE_NOOP("Sentences", "The copy on the server: {result}.")
_KEPT: Final = QT_TRANSLATE_NOOP("Sentences", "The copy on the server is kept.")


def _copy(facts: Mapping[str, str]) -> str:
    result = facts.get("result", "")
    either = {"gone": _GONE, "kept": _KEPT}.get(result)
    text = either or _COPIES.get((facts.get("layer", ""), result))
    return translate("Sentences", text) if text else filled(_OTHERWISE, facts)


def _closed(facts: Mapping[str, str]) -> str:
    said = {**facts, **_spoken(facts)}
    parts = [
        filled(text, said)
        for key, text in (
            ("got", QT_TRANSLATE_NOOP("Sentences", "{got} fetched ({size})")),
            ("duplicates", QT_TRANSLATE_NOOP("Sentences", "{duplicates} of them here before")),
            ("deleted", QT_TRANSLATE_NOOP("Sentences", "{deleted} deleted")),
            ("moved", QT_TRANSLATE_NOOP("Sentences", "{moved} moved")),
            ("too_big", QT_TRANSLATE_NOOP("Sentences", "{too_big} too big")),
        )
        if key in said
    ]
    if not parts:
        return translate("Sentences", "The session ended in good order; nothing was fetched.")
    text = QT_TRANSLATE_NOOP("Sentences", "The session ended in good order: {parts}.")
    return filled(text, {"parts": listing(parts)})


def _became(facts: Mapping[str, str]) -> str:
    if facts.get("outcome") == InboxState.STORED:
        return translate("Sentences", "It waits to be processed.")
    return f"{traces.outcome(facts.get('outcome', ''), facts.get('ticket', ''), facts.get('queue', ''))}."


STATUSES: Final[Mapping[LogStatus, str]] = {
    LogStatus.PROCESSING: QT_TRANSLATE_NOOP("Sentences", "going on"),
    LogStatus.SUCCESSFUL: QT_TRANSLATE_NOOP("Sentences", "successful"),
    LogStatus.WARNING: QT_TRANSLATE_NOOP("Sentences", "with warnings"),
    LogStatus.FAILED: QT_TRANSLATE_NOOP("Sentences", "failed"),
}
_INTERRUPTED: Final = QT_TRANSLATE_NOOP("Sentences", "interrupted")

PRIORITIES: Final[Mapping[Priority, str]] = {
    Priority.TRACE: QT_TRANSLATE_NOOP("Sentences", "Trace"),
    Priority.DEBUG: QT_TRANSLATE_NOOP("Sentences", "Debug"),
    Priority.INFO: QT_TRANSLATE_NOOP("Sentences", "Info"),
    Priority.NOTICE: QT_TRANSLATE_NOOP("Sentences", "Notice"),
    Priority.WARN: QT_TRANSLATE_NOOP("Sentences", "Warning"),
    Priority.ERROR: QT_TRANSLATE_NOOP("Sentences", "Error"),
}

FUNCTIONS: Final[Mapping[str, Callable[[Mapping[str, str]], str]]] = {
    LogStep.LAYER: _layer,
    LogStep.LISTED: _listed,
    LogStep.SERVER_ACTION: _action,
    LogStep.CLOSED: _closed,
    LogStep.TOO_BIG: lambda facts: traces.reason("too-big", facts),
    LogStep.BECAME: _became,
    LogStep.SERVER_COPY: _copy,
}
"""Sentences that depend on more than which facts are known."""

STEPS: Final[Mapping[str, Parts]] = {
    LogStep.BATCH: (
        (
            QT_TRANSLATE_NOOP("Sentences", "Downloaded {downloaded} of {wanted} asked for ({size})."),
            QT_TRANSLATE_NOOP("Sentences", "A batch was downloaded."),
        ),
    ),
    LogStep.WENT_ON: (QT_TRANSLATE_NOOP("Sentences", "This is another connection, because the one before had ended."),),
    LogStep.STOPPED: (QT_TRANSLATE_NOOP("Sentences", "Stopped, because somebody asked for it."),),
    LogStep.LEFT_OUT: (
        (
            QT_TRANSLATE_NOOP("Sentences", "There are {count} more entries, which were left out."),
            QT_TRANSLATE_NOOP("Sentences", "There are more entries, which were left out."),
        ),
    ),
    LogStep.ERROR: (
        (
            QT_TRANSLATE_NOOP("Sentences", "It failed: {code}."),
            QT_TRANSLATE_NOOP("Sentences", "It failed."),
        ),
    ),
    LogStep.HANDED_IN: (
        (
            QT_TRANSLATE_NOOP("Sentences", "Handed in ({size})."),
            QT_TRANSLATE_NOOP("Sentences", "Handed in."),
        ),
    ),
    LogStep.COMMITTED: (
        (
            QT_TRANSLATE_NOOP("Sentences", "Downloaded ({size}) and stored as message {id}."),
            QT_TRANSLATE_NOOP("Sentences", "Downloaded and stored."),
        ),
    ),
    LogStep.FROM_BEFORE: (QT_TRANSLATE_NOOP("Sentences", "It was stored by an earlier fetch."),),
}
"""A sentence for every other step (a test compares)."""
