"""What the rules for a record must know beyond it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from .accounts import IncomingAccount
from .lists import ListEntry, ListKind
from .oauth import OAuthProfile
from .queues import MailAddress, Queue
from .responses import ResponseType


@dataclass(frozen=True, slots=True)
class PatternFacts:
    """What is to be known of a regular expression. ``problem``: why it does not compile, or empty."""

    problem: str = ""
    groups: int = 0
    names: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What rules must know beyond the record itself.

    ``queues`` and ``profiles`` by casefolded name; ``addresses`` by casefolded address; ``accounts`` are the other
    accounts; ``default_queues``: the casefolded names of the queues that settings name; ``default_states``: of the
    states, with the setting. ``lists``: the entries of the plain lists by casefolded name. ``companies``: casefolded
    customer ids. ``address_owners``, ``domain_owners``: the login or customer id that a casefolded address or domain
    belongs to. ``responses``: the name of the valid text for a casefolded queue and type. ``before``: the record that
    is checked, as it is stored, if it is. ``check_pattern`` compiles a regular expression.
    """

    queues: Mapping[str, Queue] = dataclasses.field(default_factory=dict)
    addresses: Mapping[str, MailAddress] = dataclasses.field(default_factory=dict)
    accounts: tuple[IncomingAccount, ...] = ()
    default_queues: frozenset[str] = frozenset()
    profiles: Mapping[str, OAuthProfile] = dataclasses.field(default_factory=dict)
    default_states: Mapping[str, str] = dataclasses.field(default_factory=dict)
    lists: Mapping[ListKind, Mapping[str, ListEntry]] = dataclasses.field(default_factory=dict)
    companies: Collection[str] = frozenset()
    address_owners: Mapping[str, str] = dataclasses.field(default_factory=dict)
    domain_owners: Mapping[str, str] = dataclasses.field(default_factory=dict)
    responses: Mapping[tuple[str, ResponseType], str] = dataclasses.field(default_factory=dict)
    before: object = None
    check_pattern: Callable[[str], PatternFacts] = lambda _pattern: PatternFacts()
