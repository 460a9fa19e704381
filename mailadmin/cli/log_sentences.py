"""What an entry of the communication log tells, in a sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from mailadmin.domain.communication import Communication, LogEntry, LogKind, LogObject, LogStep, error_of_facts
from mailadmin.domain.errors import Layer
from mailadmin.domain.messages import InboxState
from mailadmin.domain.outcomes import CheckLayer, CheckResult
from mailadmin.domain.outside_text import shown

from . import layers, traces
from .sentences import full_sentence
from .wording import Facts, count, size


def sentence(entry: LogEntry, account: str = "") -> str:
    """An entry as a sentence; one of a later program as its name and facts.

    :param account: the account's name, so that commands can be copied
    """
    facts = Facts({key: shown(value) for key, value in entry.facts.items()})
    if entry.step == LogStep.ERROR and (error := error_of_facts(entry.facts)) is not None:
        return full_sentence(error, account)
    if words := STEPS.get(entry.step):
        return words(facts)
    said = ", ".join(f"{key}: {value}" for key, value in facts.items())
    return f"{shown(entry.step)} ({said})." if said else f"{shown(entry.step)}."


def status(one: Communication) -> str:
    """How a communication stands, in a word."""
    return "interrupted" if one.interrupted else one.status.value


def name(one: LogObject) -> str:
    """What an object is called: ``Connection``, ``Message 12: Printer is on fire``."""
    if one.kind is LogKind.CONNECTION:
        return "Connection"
    number = f"Message {one.inbox_id}" if one.inbox_id is not None else f"Message {shown(one.source)}"
    return f"{number}: {shown(one.subject)}" if one.subject else number.rstrip()


def _server(facts: Facts) -> str:
    return f" The server said: {facts['server']}" if facts.get("server") else ""


def _layer(facts: Facts) -> str:
    named = {"layer", "server"}
    try:
        layer = Layer(facts["layer"])
    except ValueError:
        return facts["layer"] + "." + _server(facts)
    rest = {key: value for key, value in facts.items() if key not in named}
    return layers.detail(CheckLayer(layer, CheckResult.OK, rest)) + _server(facts)


def _counted(facts: Facts, name: str, noun: str = "message") -> str:
    return count(int(facts[name]), noun) if facts.get(name, "").isdigit() else f"some {noun}s"


def _octets(facts: Facts, name: str = "bytes") -> str:
    return size(int(facts[name])) if facts.get(name, "").isdigit() else "of unknown size"


def _listed(facts: Facts) -> str:
    parts = [f"{facts['new']} new"]
    for key, words in (
        ("owed", "{} to be acted on since an earlier run"),
        ("doubtful", "{} to be compared again"),
        ("too_big", "{} too big until now"),
    ):
        if facts.get(key):
            parts.append(words.format(facts[key]))
    return f"The server lists {_counted(facts, 'listed')}: {', '.join(parts)}."


def _batch(facts: Facts) -> str:
    return f"Downloaded {facts['downloaded']} of {_counted(facts, 'asked')} asked for ({_octets(facts)})."


_ACTIONS: Final[Mapping[str, Mapping[str, str]]] = {
    Layer.DELETE: {"done": "deleted", "failed": "not deleted", "deferred": "to be deleted when the session ends"},
    Layer.MOVE: {"done": "moved", "failed": "not moved"},
}


def _action(facts: Facts) -> str:
    words = {"gone": "gone already", **_ACTIONS.get(facts.get("layer", ""), {})}
    parts = [f"{words.get(key, key)}: {facts[key]}" for key in ("done", "gone", "deferred", "failed") if key in facts]
    return f"On the server {', '.join(parts)}.{_server(facts)}"


def _copy(facts: Facts) -> str:
    verb = "moved" if facts.get("layer") == Layer.MOVE else "deleted"
    said = {
        "done": f"The server's copy was {verb}.",
        "gone": "The server's copy was gone already.",
        "deferred": f"The server's copy is to be {verb} when the session ends.",
        "kept": "The copy on the server is kept.",
        "failed": f"The server's copy could not be {verb}; that is tried again next time.",
    }.get(facts["result"], f"The server's copy: {facts['result']}.")
    return said + _server(facts)


def _closed(facts: Facts) -> str:
    parts = []
    if facts.get("fetched"):
        parts.append(f"{_counted(facts, 'fetched')} fetched ({_octets(facts)})")
    for key, word in (("duplicates", "duplicates"), ("deleted", "deleted"), ("moved", "moved"), ("too_big", "too big")):
        if facts.get(key):
            parts.append(f"{facts[key]} {word}")
    return f"The session ended in good order: {', '.join(parts) or 'nothing was fetched'}."


def _became(facts: Facts) -> str:
    if facts["outcome"] == InboxState.STORED:
        return "It waits to be processed."
    said = traces.outcome(facts["outcome"], facts.get("ticket", ""), facts.get("queue", ""))
    return f"{said[:1].upper()}{said[1:]}."


def _went_on(facts: Facts) -> str:
    why = f" ({facts['code']})" if facts.get("code") else ""
    return f"Another connection, because the one before had ended{why}."


STEPS: Final[Mapping[str, Callable[[Facts], str]]] = {
    LogStep.LAYER: _layer,
    LogStep.LISTED: _listed,
    LogStep.BATCH: _batch,
    LogStep.SERVER_ACTION: _action,
    LogStep.WENT_ON: _went_on,
    LogStep.STOPPED: lambda facts: "Stopped, as somebody asked for.",
    LogStep.CLOSED: _closed,
    LogStep.LEFT_OUT: lambda facts: f"Entries left out because there are so many: {facts['count']}.",
    LogStep.ERROR: lambda facts: f"Failed: {facts['code']}.{_server(facts)}",
    LogStep.HANDED_IN: lambda facts: f"Handed in ({_octets(facts)}).",
    LogStep.COMMITTED: lambda facts: f"Downloaded ({_octets(facts)}) and stored as message {facts['id']}.",
    LogStep.FROM_BEFORE: lambda facts: "It was stored by an earlier run.",
    LogStep.TOO_BIG: lambda facts: traces.reason("too-big", facts),
    LogStep.BECAME: _became,
    LogStep.SERVER_COPY: _copy,
}
"""A sentence for every step (a test compares)."""
