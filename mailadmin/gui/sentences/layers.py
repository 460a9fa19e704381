"""Each layer of a check in words: its name, what was found there, what is going on while it works (IN-8)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from mailadmin.domain.accounts import Encryption
from mailadmin.domain.errors import Layer
from mailadmin.domain.outcomes import CheckLayer, CheckResult

from . import times
from .errors import sentence
from .server_errors import account_type, of_family
from .wording import QT_TRANSLATE_NOOP, Parts, composed, filled, known, translate


def layer_name(layer: Layer) -> str:
    """What a layer is called in a check: ``Encryption``."""
    return translate("Sentences", NAMES[layer])


def working(layer: Layer) -> str:
    """What is going on at a layer: ``signing in``."""
    return translate("Sentences", WORK[layer])


def found(check_layer: CheckLayer, account: str = "") -> str:
    """One line of a check as a sentence: what was found, or what went wrong and what to do.

    :param account: the account's name, if it has one already
    """
    if check_layer.result is CheckResult.NOT_TRIED:
        return translate("Sentences", "Not tried.")
    if check_layer.error is not None:
        return sentence(check_layer.error, account)
    facts = known(check_layer.facts)
    if words := _FUNCTIONS.get(check_layer.layer):
        return words(facts)
    if parts := _FOUND.get(check_layer.layer):
        return composed(parts, facts)
    return ", ".join(f"{key}: {value}" for key, value in facts.items())


NAMES: Final[Mapping[Layer, str]] = {
    Layer.NAME: QT_TRANSLATE_NOOP("Sentences", "Name"),
    Layer.CONNECT: QT_TRANSLATE_NOOP("Sentences", "Connection"),
    Layer.TLS: QT_TRANSLATE_NOOP("Sentences", "Encryption"),
    Layer.GREETING: QT_TRANSLATE_NOOP("Sentences", "Greeting"),
    Layer.CAPABILITIES: QT_TRANSLATE_NOOP("Sentences", "Capabilities"),
    Layer.SIGN_IN: QT_TRANSLATE_NOOP("Sentences", "Sign-in"),
    Layer.FOLDER: QT_TRANSLATE_NOOP("Sentences", "Folder"),
    Layer.LIST: QT_TRANSLATE_NOOP("Sentences", "Listing"),
    Layer.DOWNLOAD: QT_TRANSLATE_NOOP("Sentences", "Download"),
    Layer.STORE: QT_TRANSLATE_NOOP("Sentences", "Database"),
    Layer.DELETE: QT_TRANSLATE_NOOP("Sentences", "May delete"),
    Layer.MOVE: QT_TRANSLATE_NOOP("Sentences", "May move"),
    Layer.PROCESS: QT_TRANSLATE_NOOP("Sentences", "Processing"),
}
"""What a layer is called (a test compares)."""

WORK: Final[Mapping[Layer, str]] = {
    Layer.NAME: QT_TRANSLATE_NOOP("Sentences", "looking up the name"),
    Layer.CONNECT: QT_TRANSLATE_NOOP("Sentences", "connecting"),
    Layer.TLS: QT_TRANSLATE_NOOP("Sentences", "agreeing on encryption"),
    Layer.GREETING: QT_TRANSLATE_NOOP("Sentences", "waiting for the greeting"),
    Layer.CAPABILITIES: QT_TRANSLATE_NOOP("Sentences", "asking what the server offers"),
    Layer.SIGN_IN: QT_TRANSLATE_NOOP("Sentences", "signing in"),
    Layer.FOLDER: QT_TRANSLATE_NOOP("Sentences", "opening the folder"),
    Layer.LIST: QT_TRANSLATE_NOOP("Sentences", "listing"),
    Layer.DOWNLOAD: QT_TRANSLATE_NOOP("Sentences", "downloading"),
    Layer.STORE: QT_TRANSLATE_NOOP("Sentences", "storing"),
    Layer.DELETE: QT_TRANSLATE_NOOP("Sentences", "deleting on the server"),
    Layer.MOVE: QT_TRANSLATE_NOOP("Sentences", "moving on the server"),
    Layer.PROCESS: QT_TRANSLATE_NOOP("Sentences", "making tickets"),
}
"""What is going on at a layer (a test compares)."""

_FOUND: Final[Mapping[Layer, Parts]] = {
    Layer.NAME: (
        (
            QT_TRANSLATE_NOOP("Sentences", "The name stands for {addresses}."),
            QT_TRANSLATE_NOOP("Sentences", "The name was found."),
        ),
    ),
    Layer.CONNECT: (
        (
            QT_TRANSLATE_NOOP("Sentences", "Connected to {address}, port {port}."),
            QT_TRANSLATE_NOOP("Sentences", "Connected."),
        ),
        QT_TRANSLATE_NOOP("Sentences", "The usual port for this type is {usual_port}."),
    ),
    Layer.GREETING: (QT_TRANSLATE_NOOP("Sentences", "The server greets."),),
    Layer.CAPABILITIES: (
        (
            QT_TRANSLATE_NOOP("Sentences", "The server offers: {capabilities}."),
            QT_TRANSLATE_NOOP("Sentences", "The server does not say what it offers."),
        ),
    ),
    Layer.SIGN_IN: (
        (
            QT_TRANSLATE_NOOP("Sentences", "Signed in by {mechanism}."),
            QT_TRANSLATE_NOOP("Sentences", "Signed in."),
        ),
    ),
}
_VERIFIED: Final[Mapping[str, str]] = {
    "pin": QT_TRANSLATE_NOOP("Sentences", "The certificate is the pinned one."),
    "ca_file": QT_TRANSLATE_NOOP(
        "Sentences", "The certificate is verified by the account's certificate authority file."
    ),
    "system": QT_TRANSLATE_NOOP("Sentences", "The certificate is verified by this computer."),
}


def _encrypted(facts: Mapping[str, str]) -> str:
    if facts.get("encryption") == Encryption.NONE:
        return _unprotected(facts)
    left = facts.get("days_left", "")
    parts: Parts = (
        (QT_TRANSLATE_NOOP("Sentences", "Encrypted with {version}."), QT_TRANSLATE_NOOP("Sentences", "Encrypted.")),
        *((_VERIFIED[facts["verified_by"]],) if facts.get("verified_by") in _VERIFIED else ()),
        QT_TRANSLATE_NOOP("Sentences", "It is good for another {days}."),
        QT_TRANSLATE_NOOP("Sentences", "It is for: {names}."),
    )
    return composed(parts, {**facts, **({"days": times.days(int(left))} if left.isdecimal() else {})})


def _unprotected(facts: Mapping[str, str]) -> str:
    """What a plain type means for the password, and the better type where the server has it."""
    kind = account_type(facts)
    better = of_family(kind.family, Encryption.STARTTLS) if kind else "IMAPTLS, POP3TLS"
    parts = (
        QT_TRANSLATE_NOOP(
            "Sentences", "No encryption: the password and all mail travel readable for others on the way."
        ),
        QT_TRANSLATE_NOOP("Sentences", "The server offers STARTTLS: choose type {better}."),
    )
    return composed(parts, {"better": better} if facts.get("starttls_offered") == "yes" else {})


def _folder(facts: Mapping[str, str]) -> str:
    count = facts.get("messages", "")
    parts: Parts = (
        (
            QT_TRANSLATE_NOOP("Sentences", '"{folder}" holds {holds}.'),
            QT_TRANSLATE_NOOP("Sentences", "The mailbox holds {holds}."),
            QT_TRANSLATE_NOOP("Sentences", '"{folder}" is open.'),
            QT_TRANSLATE_NOOP("Sentences", "The mailbox is open."),
        ),
        QT_TRANSLATE_NOOP("Sentences", 'The account says "{asked}".'),
        *((QT_TRANSLATE_NOOP("Sentences", "It is read-only."),) if facts.get("read_only") else ()),
    )
    return composed(parts, {**facts, **({"holds": times.messages(int(count))} if count.isdecimal() else {})})


def _delete(facts: Mapping[str, str]) -> str:
    if facts.get("allowed") == "false":
        return translate("Sentences", "Messages cannot be deleted here; the account does not ask for it.")
    if facts.get("uidplus") == "false":
        return translate(
            "Sentences",
            "Messages can be deleted. The server cannot remove single ones (no UIDPLUS): while others have messages "
            "marked for deletion in this folder, ours stay.",
        )
    if facts.get("deletion") == "recoverable":
        return translate(
            "Sentences",
            "Deleted messages stay among the mailbox's recoverable items until its retention time is over, usually 14 "
            "days. Whether this sign-in may delete (Mail.ReadWrite) shows with the first one.",
        )
    return translate("Sentences", "Messages can be deleted.")


def _move(facts: Mapping[str, str]) -> str:
    if "folder" not in facts:
        return translate("Sentences", "Messages can be moved.")
    if facts.get("exists") == "true":
        return filled(QT_TRANSLATE_NOOP("Sentences", 'Messages can be moved to "{folder}", which is there.'), facts)
    return filled(QT_TRANSLATE_NOOP("Sentences", 'Messages can be moved to "{folder}", which will be made.'), facts)


_FUNCTIONS: Final[Mapping[Layer, Callable[[Mapping[str, str]], str]]] = {
    Layer.TLS: _encrypted,
    Layer.FOLDER: _folder,
    Layer.DELETE: _delete,
    Layer.MOVE: _move,
}
