"""The trust gate, and what X-OTOBO headers ask for: they act when the account is trusted, else they do not exist."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final

from mailadmin.domain.decisions import AccountFacts, Lists, RoutingSnapshot
from mailadmin.domain.vocabulary import LOCKS, PRIORITIES, SENDER_TYPES
from mailadmin.domain.x_headers import (
    ALIAS_PREFIXES,
    COMPUTED_HEADERS,
    DYNAMIC_FIELD,
    FOLLOW_UP,
    LOOP,
    PREFIX,
    ValueKind,
    is_field_name,
    old_aliases,
)

from .authentication import Proof, prove_sender
from .headers import Headers
from .signatures import unsigned
from .trace import Step, Trace

_ODD: Final = "[^a-z0-9]*"
_OURS: Final = re.compile(
    _ODD + "x" + "(?:{})".format("|".join(_ODD + _ODD.join(w) for w in ("otobo", "otrs", "znuny")))
)
"""A lower-cased name that is one of ours or an alias, however it is spelled: what a reader may one day take for one."""
_ALIASES: Final = tuple(prefix.lower() for prefix in ALIAS_PREFIXES)


def through_the_gate(headers: Headers, account: AccountFacts, routing: RoutingSnapshot, trace: Trace) -> Headers:
    """Give what counts of a mail's headers; the trace gets the names of what does not, never the values.

    Of an account without trust, every X-OTOBO header goes, and X-OTRS and X-Znuny with it, however it is spelled. Of a
    trusted account they stay, when what the account asks for as a proof of the sender is there. X-OTRS-* and X-Znuny-*
    are turned into X-OTOBO-* by setting. What is computed here is never taken from a mail.
    """
    ours = headers.names(_OURS.match)
    if not ours:
        return headers
    if not account.trusted:
        trace.add(Step.HEADERS_STRIPPED, headers=", ".join(ours))
        return headers.without(ours)
    if server := account.trusted_authserv_id.strip():
        proof = prove_sender(headers, server)
        if not proof.by:
            names = ", ".join(ours)
            trace.add(Step.TRUST_UNPROVEN, reason=proof.reason, server=server, domain=proof.domain, headers=names)
            return headers.without(ours)
        headers = _without_unsigned(headers, ours, proof, server, trace)
    if routing.accept_aliases:
        headers = _without_aliases(headers, trace)
    return _without_computed(headers, trace)


def _without_unsigned(headers: Headers, ours: tuple[str, ...], proof: Proof, server: str, trace: Trace) -> Headers:
    """What the proof covers: a mail that its sender did sign can be sent again by somebody who adds to its headers."""
    added = ours if proof.signers else ()
    for signer in proof.signers:
        added = unsigned(headers, added, signer)
    if len(added) < len(ours):
        trace.add(Step.TRUST_PROVEN, by=proof.by, domain=proof.domain, server=server)
    if added:
        names = ", ".join(added)
        trace.add(Step.TRUST_UNPROVEN, reason="unsigned", server=server, domain=proof.domain, headers=names)
    return headers.without(added)


def _without_aliases(headers: Headers, trace: Trace) -> Headers:
    """X-OTRS-* and X-Znuny-* as X-OTOBO-*; where the mail has that one as well, the alias does not count."""
    known = {name.lower() for name in headers.names()}
    renamed: dict[str, str] = {}
    for alias in _ALIASES:
        for name in headers.names():
            wanted = f"{PREFIX}{name[len(alias) :]}"
            if name.lower().startswith(alias) and wanted.lower() not in known:
                renamed[name.lower()] = wanted
                known.add(wanted.lower())
    if renamed:
        trace.add(Step.ALIASES_TAKEN, headers=", ".join(headers.names(renamed.__contains__)))
    return headers.renamed(renamed) if renamed else headers


def _without_computed(headers: Headers, trace: Trace) -> Headers:
    reserved = headers.names(COMPUTED_HEADERS.__contains__)
    if reserved:
        trace.add(Step.RESERVED_REMOVED, headers=", ".join(reserved))
    return headers.without(reserved)


_NOTHING: Final = frozenset({"", "0"})
_PRIORITIES: Final = MappingProxyType({name.casefold(): name for name in PRIORITIES})
_LOCKS: Final = MappingProxyType({name.casefold(): name for name in LOCKS})
_SENDER_TYPES: Final = MappingProxyType({name.casefold(): name for name in SENDER_TYPES})
_LONGEST: Final = 191
_LONGEST_FIELD: Final = 3_800
_MOST_FIELDS: Final = 200
_NO: Final = frozenset({"0", "no", "false"})
_YES: Final = frozenset({"1", "yes", "true"})
NO_LOOP: Final = _NO | {""}
"""What X-OTOBO-Loop says, casefolded, when it says that the mail is no loop."""
_ABSOLUTE: Final = re.compile(r"(\d{4})-(\d\d?)-(\d\d?)[ T]+(\d\d?):(\d\d?)(?::(\d\d?))?", re.ASCII)
_RELATIVE: Final = re.compile(r"([+-]?)\s*(\d{1,10})\s*([smhd]?)", re.ASCII | re.IGNORECASE)
_SECONDS: Final = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}
_FARTHEST: Final = timedelta(days=10 * 366)


class Orders:
    """What the X-OTOBO headers of a mail that passed the gate ask for.

    Every method gives None (or the default) for a header that is not there or whose value means nothing; the trace
    says which. An empty value and "0" count as not there, except for visibility and dynamic fields. ``follow_up`` asks
    for the headers with ``FollowUp-`` in their names. What names an agent, a service and so on must be on the lists of
    the routing, in any case; it is given as it is written there.
    """

    def __init__(
        self, headers: Headers, trace: Trace, routing: RoutingSnapshot | None = None, *, follow_up: bool = False
    ) -> None:
        self._headers = headers
        self._trace = trace
        self._lists = routing.lists if routing else Lists()
        self._follow_up = follow_up
        self._prefix = f"{PREFIX}{FOLLOW_UP}" if follow_up else PREFIX

    def text(self, what: str) -> str | None:
        """Any text, at most 191 characters; None when it is not there."""
        name, value = self._value(what)
        return self._applied(name, value[:_LONGEST]) if value not in _NOTHING else None

    def peek(self, what: str) -> tuple[str, str]:
        """The header's full name and its value, empty when it is not there or "0"; nothing is traced."""
        name, value = self._value(what)
        return name, "" if value == "0" else value

    def state(self) -> str | None:
        """A valid state's name."""
        lists = self._lists
        return self._named("State", {key: name for key, (name, _) in lists.states.items() if key in lists.valid_states})

    def priority(self) -> str | None:
        """A priority's name."""
        return self._named("Priority", _PRIORITIES)

    def lock(self) -> str | None:
        """A lock's name."""
        return self._named("Lock", _LOCKS)

    def type(self) -> str | None:
        """A ticket type's name."""
        return self._named("Type", self._lists.types)

    def service(self) -> str | None:
        """A service's full name."""
        return self._named("Service", self._lists.services)

    def sla(self) -> str | None:
        """A service level agreement's name."""
        return self._named("SLA", self._lists.slas)

    def owner(self) -> str | None:
        """The login of the agent in Owner, else of the one whose number is in OwnerID."""
        return self._named("Owner", self._lists.agents) or self._named("OwnerID", self._lists.agent_ids)

    def responsible(self) -> str | None:
        """The same of Responsible and ResponsibleID."""
        return self._named("Responsible", self._lists.agents) or self._named("ResponsibleID", self._lists.agent_ids)

    def sender_type(self, default: str = "customer") -> str:
        """Who wrote the article, unless the header says otherwise."""
        return self._named("SenderType", _SENDER_TYPES) or default

    def pending_until(self, at: datetime) -> datetime | None:
        """Until when the ticket is to wait, in UTC: a date and time (read as UTC), or so long from ``at`` on.

        ``+2d``, ``4 h``, ``-30m``, ``90`` (seconds): one number, one unit. At most ten years away.
        """
        name, value = self._value("State-PendingTime")
        if value in _NOTHING:
            return None
        try:
            until = _moment(value) or _from_now(value, at)
        except (ValueError, OverflowError):
            until = None
        if until is None or abs(until - at) > _FARTHEST:
            self._refused(name, value)
            return None
        self._applied(name, value)
        return until

    def visible_for_customer(self, *, default: bool = True) -> bool:
        """Whether the customer may see the article, unless the header says otherwise."""
        name, value = self._value("IsVisibleForCustomer")
        word = value.casefold()
        if word and word not in _NO | _YES:
            self._refused(name, value)
        elif word:
            self._applied(name, value)
            return word in _YES
        return default

    def flag(self, what: str) -> bool:
        """Whether a header is there with any value."""
        return self.text(what) is not None

    def loop(self) -> bool:
        """Whether nothing must answer this mail by itself: X-OTOBO-Loop says anything but "no" and "false".

        What shows a loop in the mail's other headers has been put there when the mail was prepared.
        """
        return self._headers.text(LOOP).casefold() not in NO_LOOP

    def ignore(self) -> bool:
        """Whether the mail is to be dropped: X-OTOBO-Ignore holds "yes" or "true" anywhere."""
        name = f"{PREFIX}Ignore"
        value = self._headers.text(name)
        word = value.casefold()
        if "yes" in word or "true" in word:
            self._trace.add(Step.IGNORED, header=name, value=value)
            return True
        if word and word not in _NO:
            self._refused(name, value)
        return False

    def fields(self) -> tuple[dict[str, str], dict[str, str]]:
        """Dynamic fields by name: those of the ticket, and those of the article; at most 200.

        A field on no list is the ticket's (the old aliases of article fields: the article's). "0" is a value.
        """
        of_ticket: dict[str, str] = {}
        of_article: dict[str, str] = {}
        for header, field, value, article in self._asked_fields():
            key = field.casefold()
            if key in self._lists.refused_fields:
                self._refused(header, value)
                continue
            if key in self._lists.article_fields:
                target, field = of_article, self._lists.article_fields[key]
            elif key in self._lists.ticket_fields:
                target, field = of_ticket, self._lists.ticket_fields[key]
            else:
                target = of_article if article else of_ticket
            if field not in target:
                target[field] = value
                self._applied(header, value)
            if len(of_ticket) + len(of_article) >= _MOST_FIELDS:
                break
        return of_ticket, of_article

    def _asked_fields(self) -> Iterator[tuple[str, str, str, bool]]:
        """Each header for a dynamic field with the field's name, the value, and whether it is an article's of old."""
        prefix = f"{self._prefix}{DYNAMIC_FIELD}"
        for name in self._starting(prefix):
            field = name[len(prefix) :]
            value = self._headers.text(name)[:_LONGEST_FIELD]
            if value and is_field_name(field):
                yield name, field, value, False
            elif value:
                self._refused(name, value)
        if not self._starting(f"{self._prefix}Ticket") and not self._starting(f"{self._prefix}Article"):
            return
        for family in old_aliases(follow_up=self._follow_up):
            for number, name in enumerate(family.members, 1):
                value = self._headers.text(name)[:_LONGEST_FIELD]
                if family.kind is ValueKind.TIME_FIELD and value:
                    value = self._time(name, value)
                if value:
                    yield name, f"{family.field}{number}", value, family.of_article

    def _starting(self, prefix: str) -> tuple[str, ...]:
        start = prefix.lower()
        return self._headers.names(lambda key: key.startswith(start))

    def _time(self, name: str, value: str) -> str:
        try:
            moment = _moment(value)
        except ValueError:
            moment = None
        if moment is None:
            self._refused(name, value)
            return ""
        return moment.strftime("%Y-%m-%d %H:%M:%S")

    def _named(self, what: str, known: Mapping[str, str]) -> str | None:
        """The name as it is written of the value in any case; None when there is none, or none is asked for."""
        name, value = self._value(what)
        if value in _NOTHING:
            return None
        if (found := known.get(value.casefold())) is None:
            self._refused(name, value)
            return None
        return self._applied(name, found)

    def _value(self, what: str) -> tuple[str, str]:
        name = f"{self._prefix}{what}"
        return name, self._headers.text(name)

    def _applied(self, header: str, value: str) -> str:
        self._trace.add(Step.HEADER_APPLIED, header=header, value=value)
        return value

    def _refused(self, header: str, value: str) -> None:
        self._trace.add(Step.HEADER_REFUSED, header=header, value=value)


def _moment(value: str) -> datetime | None:
    """A date and time in UTC; None when it is not written like one. Raises ValueError for the 31st of February."""
    found = _ABSOLUTE.fullmatch(value)
    if not found:
        return None
    year, month, day, hour, minute, second = (int(number or 0) for number in found.groups())
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)


def _from_now(value: str, at: datetime) -> datetime | None:
    found = _RELATIVE.fullmatch(value)
    if not found:
        return None
    sign, number, unit = found.groups()
    away = timedelta(seconds=int(number) * _SECONDS[unit.lower()])
    return at.astimezone(UTC) + (-away if sign == "-" else away)
