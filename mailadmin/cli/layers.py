"""Each layer of a check in words: what was found there, or what went wrong (IN-8)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from mailadmin.domain.errors import Layer
from mailadmin.domain.outcomes import CheckLayer, CheckResult
from mailadmin.domain.outside_text import shown

from .sentences import sentence
from .wire_sentences import unprotected
from .wording import Facts, count, quoted

NAMES: Final[Mapping[Layer, str]] = {
    Layer.NAME: "Name",
    Layer.CONNECT: "Connection",
    Layer.TLS: "Encryption",
    Layer.GREETING: "Greeting",
    Layer.CAPABILITIES: "Capabilities",
    Layer.SIGN_IN: "Sign-in",
    Layer.FOLDER: "Folder",
    Layer.LIST: "Listing",
    Layer.DOWNLOAD: "Download",
    Layer.STORE: "Database",
    Layer.DELETE: "May delete",
    Layer.MOVE: "May move",
    Layer.PROCESS: "Processing",
}
"""What a layer is called in a check."""

WORK: Final[Mapping[Layer, str]] = {
    Layer.NAME: "connecting",
    Layer.CONNECT: "connecting",
    Layer.TLS: "encrypting",
    Layer.GREETING: "connecting",
    Layer.CAPABILITIES: "connecting",
    Layer.SIGN_IN: "signing in",
    Layer.FOLDER: "opening the folder",
    Layer.LIST: "listing",
    Layer.DOWNLOAD: "downloading",
    Layer.STORE: "storing",
    Layer.DELETE: "deleting on the server",
    Layer.MOVE: "moving on the server",
    Layer.PROCESS: "making tickets",
}
"""What is going on at a layer while it fetches."""


def detail(layer: CheckLayer, account: str = "") -> str:
    """One line of a check as a sentence; empty for a layer that was not tried."""
    if layer.result is CheckResult.NOT_TRIED:
        return ""
    if layer.error is not None:
        return sentence(layer.error, account)
    facts = Facts({key: shown(value) for key, value in layer.facts.items()})
    words = _FOUND.get(layer.layer)
    return words(facts) if words else ", ".join(f"{key}: {value}" for key, value in facts.items())


def _connected(facts: Facts) -> str:
    said = f"Connected to {facts['address']}, port {facts['port']}."
    if usual := facts.get("usual_port"):
        said += f" The usual port for this type is {usual}."
    return said


_VERIFIED: Final = {
    "pin": "it is the pinned certificate",
    "ca_file": "verified by the account's ca_file",
    "system": "verified by this computer's certificates",
}


def _encrypted(facts: Facts) -> str:
    if facts.get("encryption") == "none":
        return unprotected(facts)
    days = facts.get("days_left", "")
    verified = _VERIFIED.get(facts.get("verified_by", ""), "")
    parts = [facts.get("version", ""), verified, f"valid for {count(int(days), 'more day')}" if days.isdigit() else ""]
    names = f" Certificate for {facts['names']}." if facts.get("names") else ""
    return f"Encrypted: {', '.join(part for part in parts if part)}.{names}"


def _signed_in(facts: Facts) -> str:
    mechanism = facts.get("mechanism", "")
    return f"Signed in by {mechanism}." if mechanism else "Signed in."


def _folder(facts: Facts) -> str:
    messages = facts.get("messages", "")
    holds = f" holds {count(int(messages), 'message')}" if messages.isdigit() else " is open"
    said = f"{quoted(facts['folder']) if facts.get('folder') else 'The mailbox'}{holds}."
    if asked := facts.get("asked"):
        said += f" The account says {quoted(asked)}."
    if facts.get("read_only"):
        said += " It is read-only."
    return said


def _delete(facts: Facts) -> str:
    if facts.get("allowed") == "false":
        return "Messages cannot be deleted here; the account does not ask for it."
    if facts.get("uidplus") == "false":
        return (
            "Messages can be deleted. The server cannot remove single ones (no UIDPLUS): while others have messages "
            "marked for deletion in this folder, ours stay."
        )
    if facts.get("deletion") == "recoverable":
        return (
            "Deleted messages stay among the mailbox's recoverable items until its retention time is over, usually 14 "
            "days. Whether this sign-in may delete (Mail.ReadWrite) shows with the first one."
        )
    return "Messages can be deleted."


def _move(facts: Facts) -> str:
    there = "which is there" if facts.get("exists") == "true" else "which will be made"
    return f"Messages can be moved to {quoted(facts['folder'])}, {there}."


_FOUND: Final[Mapping[Layer, Callable[[Facts], str]]] = {
    Layer.NAME: lambda facts: f"The name stands for {facts['addresses']}.",
    Layer.CONNECT: _connected,
    Layer.TLS: _encrypted,
    Layer.GREETING: lambda facts: "The server greets.",
    Layer.CAPABILITIES: lambda facts: (
        f"The server offers: {facts['capabilities']}." if facts.get("capabilities") else "The server names nothing."
    ),
    Layer.SIGN_IN: _signed_in,
    Layer.FOLDER: _folder,
    Layer.DELETE: _delete,
    Layer.MOVE: _move,
}
