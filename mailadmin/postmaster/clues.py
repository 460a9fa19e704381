"""What in a mail may lead to the ticket it belongs to (PM-6, postmaster.md 4.3)."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from mailadmin.domain.decisions import RoutingSnapshot
from mailadmin.domain.external_numbers import ExternalNumberRule
from mailadmin.domain.x_headers import PREFIX

from .headers import Headers, split_header
from .message_ids import reference_ids
from .numbers import numbers_in, numbers_in_octets
from .parsing import ParsedMail
from .patterns import PatternFailedError, captures, finds
from .structure import read_structure
from .trace import Step, Trace

LONGEST_SUBJECT: Final = 3_800
_LONGEST_EXTERNAL: Final = 191


class By(enum.StrEnum):
    """The ways a ticket is found, in the order they are tried; the words are the trace's."""

    BOUNCE = "bounce"
    SUBJECT = "subject"
    REFERENCES = "references"
    BODY = "body"
    ATTACHMENTS = "attachments"
    RAW = "raw"
    EXTERNAL = "external"

    @property
    def is_by_id(self) -> bool:
        """Whether it is Message-IDs that lead to the ticket."""
        return self in {By.BOUNCE, By.REFERENCES}


@dataclass(frozen=True, slots=True)
class Clue:
    """What one of the checks found: ticket numbers, Message-IDs, or another system's numbers by ``rule``."""

    by: By
    values: tuple[str, ...]
    rule: ExternalNumberRule | None = None


def clues_in(mail: ParsedMail, headers: Headers, routing: RoutingSnapshot, trace: Trace) -> Iterator[Clue]:
    """What leads to a ticket, by the checks that are switched on, in their order; each is made when it comes up."""
    if routing.follow_up_by_bounce and mail.bounce and mail.bounce.original_id:
        yield Clue(By.BOUNCE, (mail.bounce.original_id,))
    subject = headers.text("subject")[:LONGEST_SUBJECT]
    if routing.follow_up_by_subject:
        yield Clue(By.SUBJECT, numbers_in(subject, routing))
    if routing.follow_up_by_references:
        yield Clue(By.REFERENCES, reference_ids(headers))
    if routing.follow_up_by_body:
        yield Clue(By.BODY, numbers_in(mail.body_text, routing))
    if routing.follow_up_by_attachments:
        yield Clue(By.ATTACHMENTS, _in_attachments(mail, routing))
    if routing.follow_up_by_raw:
        yield Clue(By.RAW, _anywhere(mail, headers, routing))
    if routing.follow_up_by_external_number:
        for rule in routing.external_numbers:
            yield Clue(By.EXTERNAL, _external(rule, mail, headers, subject, trace), rule)


def _in_attachments(mail: ParsedMail, routing: RoutingSnapshot) -> tuple[str, ...]:
    """The numbers in attachments; the parts that are the body are none."""
    paths = {draft.path for draft in mail.attachments}
    if not paths:
        return ()
    leaves = (leaf for leaf in read_structure(mail.raw).leaves if leaf.path in paths)
    return tuple(dict.fromkeys(number for leaf in leaves for number in numbers_in_octets(leaf.content, routing)))


def _anywhere(mail: ParsedMail, headers: Headers, routing: RoutingSnapshot) -> tuple[str, ...]:
    """The numbers in the octets, but for the headers that are orders (or would be, were the account trusted)."""
    fields = [value for name, value in mail.headers.fields if name in headers and not name.upper().startswith(PREFIX)]
    above = numbers_in_octets(b"\n".join(fields), routing)
    below = numbers_in_octets(mail.raw, routing, split_header(mail.raw).body)
    return tuple(dict.fromkeys((*above, *below)))


def _external(
    rule: ExternalNumberRule, mail: ParsedMail, headers: Headers, subject: str, trace: Trace
) -> tuple[str, ...]:
    """Another system's numbers by one rule; those of the body count before those of the subject, as in OTOBO."""
    texts = ([mail.body_text] if rule.in_body else []) + ([subject] if rule.in_subject else [])
    try:
        if rule.from_pattern and not finds(rule.from_pattern, headers.text("from")):
            return ()
        found = [number.strip() for text in texts for number in captures(rule.number_pattern, text)]
    except PatternFailedError:
        trace.add(Step.PATTERN_FAILED, name=rule.name)
        return ()
    return tuple(dict.fromkeys(number for number in found if 0 < len(number) <= _LONGEST_EXTERNAL))
