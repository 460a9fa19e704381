"""What X-OTOBO headers ask for, once they have passed the trust gate or a filter has set them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final

from mailadmin.domain.decisions import Lists, RoutingSnapshot
from mailadmin.domain.vocabulary import LOCKS, PRIORITIES, SENDER_TYPES
from mailadmin.domain.x_headers import (
    DYNAMIC_FIELD,
    FOLLOW_UP,
    PREFIX,
    ValueKind,
    is_field_name,
    old_aliases,
)

from .headers import Headers
from .trace import Step, Trace

_NOTHING: Final = frozenset({"", "0"})
_PRIORITIES: Final = MappingProxyType({name.casefold(): name for name in PRIORITIES})
_LOCKS: Final = MappingProxyType({name.casefold(): name for name in LOCKS})
_SENDER_TYPES: Final = MappingProxyType({name.casefold(): name for name in SENDER_TYPES})
_LONGEST: Final = 191
_LONGEST_FIELD: Final = 3_800
_MOST_FIELDS: Final = 200
_NO: Final = frozenset({"0", "no", "false"})
_YES: Final = frozenset({"1", "yes", "true"})
_ABSOLUTE: Final = re.compile(r"(\d{4})-(\d\d?)-(\d\d?)[ T]+(\d\d?):(\d\d?)(?::(\d\d?))?", re.ASCII)
_RELATIVE: Final = re.compile(r"([+-]?)\s*(\d{1,10})\s*([smhd]?)", re.ASCII | re.IGNORECASE)
_SECONDS: Final = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}
_FARTHEST: Final = timedelta(days=10 * 366)


class Orders:
    """What the X-OTOBO headers of a mail that passed the gate ask for.

    Every method gives None (or the default) for a header that is not there or whose value means nothing; the trace
    says which. An empty value and "0" count as not there, except for visibility and dynamic fields. ``follow_up`` asks
    for the headers with ``FollowUp-`` in their names. ``before``: what the ticket has already; then the header is not
    traced as one that acted. What names an agent, a service and so on must be on the lists of
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

    def text(self, what: str, before: str = "") -> str | None:
        """Any text, at most 191 characters; None when it is not there."""
        name, value = self._value(what)
        return self._applied(name, value[:_LONGEST], before) if value not in _NOTHING else None

    def peek(self, what: str) -> tuple[str, str]:
        """The header's full name and its value, empty when it is not there or "0"; nothing is traced."""
        name, value = self._value(what)
        return name, "" if value == "0" else value

    def state(self, before: str = "") -> str | None:
        """A valid state's name."""
        lists = self._lists
        valid = {key: name for key, (name, _) in lists.states.items() if key in lists.valid_states}
        return self._named("State", valid, before)

    def priority(self, before: str = "") -> str | None:
        """A priority's name."""
        return self._named("Priority", _PRIORITIES, before)

    def lock(self, before: str = "") -> str | None:
        """A lock's name."""
        return self._named("Lock", _LOCKS, before)

    def type(self, before: str = "") -> str | None:
        """A ticket type's name."""
        return self._named("Type", self._lists.types, before)

    def service(self, before: str = "") -> str | None:
        """A service's full name."""
        return self._named("Service", self._lists.services, before)

    def sla(self, before: str = "") -> str | None:
        """A service level agreement's name."""
        return self._named("SLA", self._lists.slas, before)

    def owner(self, before: str = "") -> str | None:
        """The login of the agent in Owner, else of the one whose number is in OwnerID."""
        return self._agent("Owner", before)

    def responsible(self, before: str = "") -> str | None:
        """The same of Responsible and ResponsibleID."""
        return self._agent("Responsible", before)

    def sender_type(self, default: str = "customer") -> str:
        """Who wrote the article, unless the header says otherwise."""
        return self._named("SenderType", _SENDER_TYPES) or default

    def pending_until(self, at: datetime, before: datetime | None = None) -> datetime | None:
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
        if until != before:
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

    def _agent(self, what: str, before: str) -> str | None:
        lists = self._lists
        return self._named(what, lists.agents, before) or self._named(f"{what}ID", lists.agent_ids, before)

    def _named(self, what: str, known: Mapping[str, str], before: str = "") -> str | None:
        """The name as it is written of the value in any case; None when there is none, or none is asked for."""
        name, value = self._value(what)
        if value in _NOTHING:
            return None
        if (found := known.get(value.casefold())) is None:
            self._refused(name, value)
            return None
        return self._applied(name, found, before)

    def _value(self, what: str) -> tuple[str, str]:
        name = f"{self._prefix}{what}"
        return name, self._headers.text(name)

    def _applied(self, header: str, value: str, before: str = "") -> str:
        if value != before:
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
