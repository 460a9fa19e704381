"""Ticket numbers of other systems, recognised in mail (OTOBO's ExternalTicketNumberRecognition, PM-6)."""

from __future__ import annotations

from dataclasses import dataclass

from .accounts import Stamp, Validity
from .vocabulary import StateType


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalNumberRule:
    """How another system's number is found, and which ticket of ours it leads to.

    ``from_pattern``: only in mail whose From matches; empty: in all. ``number_pattern``: its first group is the number.
    The number is compared with the dynamic field ``dynamic_field`` of tickets whose state type is one of
    ``state_types`` (empty: any); without such a ticket the new one gets the number in that field. ``sender_type`` and
    ``visible_for_customer`` are for the article. Rules are tried by name.
    """

    name: str
    from_pattern: str = ""
    number_pattern: str = ""
    in_subject: bool = True
    in_body: bool = False
    state_types: tuple[StateType, ...] = ()
    dynamic_field: str = ""
    sender_type: str = "system"
    visible_for_customer: bool = False
    validity: Validity = Validity.VALID
    comment: str = ""
    id: int | None = None
    version: int = 0
    created: Stamp | None = None
    changed: Stamp | None = None
