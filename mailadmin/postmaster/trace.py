"""The trace: one word per step of a decision, with the facts that a sentence about it needs.

=========================  ==========================================================================================
Step                       Facts (each only when it applies)
=========================  ==========================================================================================
``parse``                  ``problem``: charset_unknown, charset_damaged, encoding_damaged, encoding_failed,
                           encoding_unknown, boundary_missing, header_irregular, line_ends, read_again,
                           structure_unreadable, parts_left_out, attachments_too_deep, body_cut; ``part``: the first
                           part that has it, ``count``: how many have
``headers_stripped``       ``headers``: names of the X-OTOBO headers that an untrusted account's mail carried
``header_applied``         ``header``, ``value``: an X-OTOBO header of a trusted account's mail acted
``header_refused``         ``header``, ``value``: its value means nothing here; the default is used
``field_cut``              ``field``: a header field was longer than an article keeps
``ignored``                ``header``, ``value``: X-OTOBO-Ignore
``follow_up_looked``       ``by`` (subject, references), ``tried``: numbers or Message-IDs no ticket was found for
``follow_up_found``        ``by``, ``value``: what led to the ticket; ``ticket``: its number
``follow_up_closed``       ``ticket``, ``state``, ``queue``, ``option``: what the queue does with replies to closed ones
``state_kept``             ``state``, ``reason`` (new, header)
``state_changed``          ``from``, ``to``
``lock_changed``           ``from``, ``to``
``queue_looked``           ``looked_at``: recipient headers and addresses without a queue, in the order looked at
``queue_passed_over``      ``by``, ``queue``, ``reason`` (unknown, invalid); ``header``, ``address``
``queue_chosen``           ``queue``, ``by`` (header, account, address, default, raw, first); ``header``, ``address``
``customer``               ``address``; ``others``: further From addresses, which do not count
``images``                 ``count``: inline images that became attachments
=========================  ==========================================================================================
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import Final

from mailadmin.domain.decisions import Because

from .charsets import clean_text

_LONGEST_FACT: Final = 300


class Step(enum.StrEnum):
    """The names of a trace's steps; they are stored and shown, so they never change."""

    PARSE = "parse"
    HEADERS_STRIPPED = "headers_stripped"
    HEADER_APPLIED = "header_applied"
    HEADER_REFUSED = "header_refused"
    FIELD_CUT = "field_cut"
    IGNORED = "ignored"
    FOLLOW_UP_LOOKED = "follow_up_looked"
    FOLLOW_UP_FOUND = "follow_up_found"
    FOLLOW_UP_CLOSED = "follow_up_closed"
    STATE_KEPT = "state_kept"
    STATE_CHANGED = "state_changed"
    LOCK_CHANGED = "lock_changed"
    QUEUE_LOOKED = "queue_looked"
    QUEUE_PASSED_OVER = "queue_passed_over"
    QUEUE_CHOSEN = "queue_chosen"
    CUSTOMER = "customer"
    IMAGES = "images"


class Trace:
    """Collects the steps of one decision. Facts are cleaned and cut; empty ones are left out."""

    def __init__(self, steps: Iterable[Because] = ()) -> None:
        self._steps = list(steps)

    def add(self, step: Step, **facts: str) -> None:
        """Note a step. A fact named like a Python keyword takes a trailing underscore (``from_``)."""
        self._steps.append(
            Because(step.value, {name.rstrip("_"): fact_text(text) for name, text in facts.items() if text})
        )

    def steps(self) -> tuple[Because, ...]:
        """Everything noted, in order."""
        return tuple(self._steps)


def fact_text(text: str) -> str:
    """A fact as it is kept: clean, and no longer than a line or two."""
    return clean_text(text if len(text) <= _LONGEST_FACT else f"{text[: _LONGEST_FACT - 1]}…")
