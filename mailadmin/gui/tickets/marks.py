"""What sets an article apart from the mail of a customer that anybody may see: icon, word and sentence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QIcon

from mailadmin.domain.decisions import Protection
from mailadmin.domain.outside_text import shown
from mailadmin.domain.tickets import Article
from mailadmin.gui.icons import Tone, icon
from mailadmin.gui.sentences import states

translate = QCoreApplication.translate


@dataclass(frozen=True, slots=True)
class Mark:
    """One of them. ``word`` for the article's line, ``sentence`` for the open article."""

    picture: QIcon
    word: str
    sentence: str


def marks_of(article: Article) -> list[Mark]:
    """Everything that is to be said of an article."""
    return list(_marks(article))


def _marks(article: Article) -> Iterator[Mark]:
    if any(one.facts.get("by") == "bounce" for one in article.because):
        yield Mark(
            icon("email-alert-outline", Tone.WARNING),
            translate("Tickets", "bounce"),
            translate("Tickets", "A report that a mail of ours could not be delivered."),
        )
    if article.protection is Protection.ENCRYPTED:
        yield Mark(
            icon("lock-outline", Tone.ACCENT),
            translate("Tickets", "encrypted"),
            translate("Tickets", "Encrypted: it is kept as it came, and nothing is decrypted here."),
        )
    if article.protection is Protection.SIGNED:
        yield Mark(
            icon("draw-pen", Tone.QUIET),
            translate("Tickets", "signed, unverified"),
            translate("Tickets", "Signed: the signature is not verified here, so it proves nothing yet."),
        )
    if not article.visible_for_customer:
        yield Mark(
            icon("eye-off-outline", Tone.WARNING),
            translate("Tickets", "internal"),
            translate("Tickets", "Internal: not visible for the customer."),
        )
    if article.sender_type != "customer":
        word = states.sender_type(article.sender_type)
        yield Mark(
            icon("robot-outline" if article.sender_type == "system" else "account-tie-outline", Tone.QUIET),
            word,
            translate("Tickets", "Written by: {who}.").format(who=word),
        )


def copies_of(article: Article) -> str:
    """By which accounts further copies came; empty when none did."""
    names = dict.fromkeys(shown(one.account) or translate("Tickets", "standard input") for one in article.copies)
    if not names:
        return ""
    return translate("Tickets", "The same mail came by: {accounts}. It made no further article.").format(
        accounts=", ".join(names)
    )
