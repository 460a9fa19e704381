"""How sentences are put together: translated at the time of use, facts made harmless, what is not known left out."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from PySide6.QtCore import QCoreApplication

from mailadmin import diagnostics
from mailadmin.domain.outside_text import shown

translate = QCoreApplication.translate
"""Qt's own, under the name that pyside6-lupdate looks for."""


def QT_TRANSLATE_NOOP(context: str, text: str) -> str:
    """The text itself, marked for pyside6-lupdate; it is translated where it is used.

    PySide's own of that name is typed as giving an object.
    """
    return text


Part: TypeAlias = str | tuple[str, ...]
Parts: TypeAlias = tuple[Part, ...]
"""Sentences that follow each other; of a tuple among them the first whose facts are all known is said."""

_SHOWN: Final = 20


def harmless(text: str) -> str:
    """Text from outside on one line: no control characters, no secrets. Markup stays: it is shown as plain text."""
    return shown(diagnostics.SECRETS.scrub(text)).strip()


def known(facts: Mapping[str, str]) -> dict[str, str]:
    """The facts that say something, made harmless; somebody else's words lose their last stop, as ours comes."""
    clean = {key: harmless(value) for key, value in facts.items()}
    if "detail" in clean:
        clean["detail"] = clean["detail"].rstrip(" .?!")
    return {key: value for key, value in clean.items() if value}


def listing(names: Sequence[str]) -> str:
    """Names after commas, the first twenty of them."""
    if len(names) <= _SHOWN:
        return ", ".join(names)
    more = QT_TRANSLATE_NOOP("Sentences", "{names}, and {count} more")
    return filled(more, {"names": ", ".join(names[:_SHOWN]), "count": str(len(names) - _SHOWN)})


def filled(text: str, facts: Mapping[str, str]) -> str:
    """A text marked for translation, translated and with its facts put in."""
    try:
        return translate("Sentences", text).format_map(facts)
    except (KeyError, IndexError, ValueError):  # a slip in a translation must not hide what is to be said
        return text.format_map(facts)


def composed(parts: Parts, facts: Mapping[str, str]) -> str:
    """The sentences whose facts are known, one after the other.

    :param facts: as :func:`known` gives them; what is not among them is left unsaid
    """
    said = []
    for part in parts:
        choices = (part,) if isinstance(part, str) else part
        chosen = next((text for text in choices if _fields(text) <= facts.keys()), None)
        if chosen is not None:
            said.append(filled(chosen, facts))
    return " ".join(said)


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}
