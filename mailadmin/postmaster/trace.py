"""The trace: one word per step of a decision, with the facts that a sentence about it needs.

=========================  ==========================================================================================
Step                       Facts (each only when it applies)
=========================  ==========================================================================================
``parse``                  ``problem``: charset_unknown, charset_damaged, encoding_damaged, encoding_failed,
                           encoding_unknown, encoding_wrong, boundary_missing, header_irregular, header_cut,
                           line_ends, read_again, structure_unreadable, parts_left_out,
                           attachments_too_deep, body_cut, charset_wrong,
                           winmail_unreadable, winmail_damaged, signed_unreadable; ``part``: the first part that has
                           it, ``count``: how many have
``headers_stripped``       ``headers``: names of the X-OTOBO headers that an untrusted account's mail carried
``trust_proven``           ``by`` (dkim, spf, dmarc), ``domain``, ``server``: the X-OTOBO headers count
``trust_unproven``         ``reason`` (no_from, no_hop, no_results, below, unreadable, contradiction, failed),
                           ``server``, ``domain``: the sender's; ``headers``: names of those that do not count;
                           ``reason`` unsigned: those that the signature of ``domain`` does not cover
``aliases_taken``          ``headers``: names of X-OTRS and X-Znuny headers that were read as X-OTOBO headers
``reserved_removed``       ``headers``: names of X-OTOBO headers that never come from a mail
``filter_matched``         ``filter``, ``sets``: headers and values; ``replaced``: headers another filter had set
``filter_nearly``          ``filter``, ``held``, ``of``: how many of its conditions; the first that did not: ``header``,
                           ``pattern``, ``negated`` (yes), ``missing`` (yes: the mail has no such header)
``filter_cut_off``         ``filter``, ``header``, ``pattern``; ``reason`` (search, mail): whose time was over
``filter_invalid``         ``filter``, ``header``; ``pattern``: that is none (else: what no filter can set)
``filter_stopped``         ``filter``, ``count``: how many filters after it were not asked
``header_applied``         ``header``, ``value``: an X-OTOBO header of a trusted account's mail acted
``header_refused``         ``header``, ``value``: its value means nothing here; the default is used
``field_cut``              ``field``: a header field was longer than an article keeps
``ignored``                ``header``, ``value``: X-OTOBO-Ignore
``follow_up_looked``       ``by`` (bounce, subject, references, body, attachments, raw, external), ``tried``: numbers or
                           Message-IDs no ticket was found for; ``rule``: the external number rule
``follow_up_stranger``     ``by``, ``value``, ``ticket``; ``address``: the sender, who does not take part in it
``follow_up_found``        ``by``, ``value``: what led to the ticket; ``ticket``: its number; ``rule``; ``others``: how
                           many more it led to, ``reason`` (queue, open, newest): why this one
``follow_up_closed``       ``ticket``, ``state``, ``queue``, ``option``: what the queue does with such a reply;
                           ``reason``: bounce, when it goes into its ticket whatever the queue does
``external_number``        ``field``, ``value``: the dynamic field that a new ticket gets
``article_internal``       ``by`` (sender, references), ``value``: why the customer does not see the article
``state_kept``             ``state``, ``reason`` (new, header, delayed)
``state_changed``          ``from``, ``to``
``lock_changed``           ``from``, ``to``, ``reason`` (header, closed, owner)
``queue_looked``           ``looked_at``: recipient headers and addresses without a queue, in the order looked at
``queue_passed_over``      ``by``, ``queue``, ``reason`` (unknown, invalid); ``header``, ``address``
``queue_chosen``           ``queue``, ``by`` (header, account, address, default, raw, first); ``header``, ``address``,
                           ``plain``: the address without what stands behind the +, when that is linked to the queue
``customer``               ``by`` (header, user, company, unknown), ``customer``, ``customer_id``; ``address``: the
                           sender's; ``others``: further From addresses, which do not count
``held``                   ``address``: the sender, whom nobody knows
``response_ordered``       ``response``, ``type``, ``to``
``response_refused``       ``response``, ``type``; ``reason``: sender_type, closed, loop, report, return_path, old,
                           no_recipient, no_sender, and of one ``address``: own, pattern, invalid, limit, too_many;
                           ``header``, ``value``; ``limit``
``pattern_failed``         ``name``: the rule or setting whose pattern ran away and was cut off
``images``                 ``count``: inline images that became attachments
``more``                   ``count``: further steps that are not kept
=========================  ==========================================================================================
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import Final

from mailadmin.domain.decisions import Because

from .charsets import clean_text

MOST_STEPS: Final = 500
MOST_OF_GATE: Final = 400
"""What gate and filters may take of them: what is decided afterwards must have room."""
_LONGEST_FACT: Final = 300


class Step(enum.StrEnum):
    """The names of a trace's steps; they are stored and shown, so they never change."""

    PARSE = "parse"
    HEADERS_STRIPPED = "headers_stripped"
    TRUST_PROVEN = "trust_proven"
    TRUST_UNPROVEN = "trust_unproven"
    ALIASES_TAKEN = "aliases_taken"
    RESERVED_REMOVED = "reserved_removed"
    FILTER_MATCHED = "filter_matched"
    FILTER_NEARLY = "filter_nearly"
    FILTER_CUT_OFF = "filter_cut_off"
    FILTER_INVALID = "filter_invalid"
    FILTER_STOPPED = "filter_stopped"
    HEADER_APPLIED = "header_applied"
    HEADER_REFUSED = "header_refused"
    FIELD_CUT = "field_cut"
    IGNORED = "ignored"
    FOLLOW_UP_LOOKED = "follow_up_looked"
    FOLLOW_UP_STRANGER = "follow_up_stranger"
    FOLLOW_UP_FOUND = "follow_up_found"
    FOLLOW_UP_CLOSED = "follow_up_closed"
    EXTERNAL_NUMBER = "external_number"
    ARTICLE_INTERNAL = "article_internal"
    STATE_KEPT = "state_kept"
    STATE_CHANGED = "state_changed"
    LOCK_CHANGED = "lock_changed"
    QUEUE_LOOKED = "queue_looked"
    QUEUE_PASSED_OVER = "queue_passed_over"
    QUEUE_CHOSEN = "queue_chosen"
    CUSTOMER = "customer"
    HELD = "held"
    RESPONSE_ORDERED = "response_ordered"
    RESPONSE_REFUSED = "response_refused"
    PATTERN_FAILED = "pattern_failed"
    IMAGES = "images"
    MORE = "more"


class Trace:
    """Collects the steps of one decision. Facts are cleaned and cut; empty ones are left out.

    :param most: steps that are kept; how many more there were says a last one
    """

    def __init__(self, steps: Iterable[Because] = (), *, most: int = MOST_STEPS) -> None:
        self._steps = list(steps)
        self._most = most
        self._left_out = 0

    def add(self, step: Step, **facts: str) -> None:
        """Note a step. A fact named like a Python keyword takes a trailing underscore (``from_``)."""
        if len(self._steps) >= self._most:
            self._left_out += 1
            return
        self._steps.append(
            Because(step.value, {name.rstrip("_"): fact_text(text) for name, text in facts.items() if text})
        )

    def steps(self) -> tuple[Because, ...]:
        """Everything noted, in order."""
        more = [Because(Step.MORE.value, {"count": str(self._left_out)})] if self._left_out else []
        return (*self._steps, *more)


def fact_text(text: str) -> str:
    """A fact as it is kept: clean, and no longer than a line or two."""
    return clean_text(text if len(text) <= _LONGEST_FACT else f"{text[: _LONGEST_FACT - 1]}…")
