"""Every X-OTOBO header: what it is called, what its value is, and when it acts (FEATURES PM-4, postmaster.md 3).

The table here is the one place that declares them: the trust gate, the decision, the choices of the filter dialog and
the help page go by it. Names are compared in any case.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from .filters import ATTACHMENT_COUNT, ATTACHMENT_EXISTS, BODY_DECRYPTED

PREFIX: Final = "X-OTOBO-"
FOLLOW_UP: Final = "FollowUp-"
ALIAS_PREFIXES: Final = ("X-OTRS-", "X-Znuny-")
"""What the same headers begin with in the relatives of OTOBO."""
DYNAMIC_FIELD: Final = "DynamicField-"
BOUNCE: Final = "X-OTOBO-Bounce"
BOUNCE_ORIGINAL_ID: Final = "X-OTOBO-Bounce-OriginalMessageID"
BOUNCE_ERROR: Final = "X-OTOBO-Bounce-ErrorMessage"
LOOP: Final = "X-OTOBO-Loop"


class ValueKind(enum.StrEnum):
    """What a header's value is."""

    QUEUE = "queue"
    STATE = "state"
    PENDING_TIME = "pending time"
    PRIORITY = "priority"
    TICKET_TYPE = "ticket type"
    LOCK = "lock"
    SERVICE = "service"
    SLA = "sla"
    TEXT = "text"
    CUSTOMER_USER = "customer user"
    COMPANY = "company"
    AGENT = "agent"
    AGENT_ID = "agent id"
    SENDER_TYPE = "sender type"
    YES_NO = "yes or no"
    IGNORE = "ignore"
    """"yes" or "true" anywhere in it."""
    LOOP = "loop"
    """Anything but "no" and "false"."""
    ANYTHING = "anything"
    """Whatever it says, that it is there is what counts."""
    FIELD = "dynamic field"
    """Text for the dynamic field whose name is in the header's."""
    TIME_FIELD = "time of a dynamic field"
    NUMBER = "number"


class Use(enum.StrEnum):
    """When a header acts."""

    NEW_TICKET = "new ticket"
    FOLLOW_UP = "follow-up"
    ANY = "any mail"
    COMPUTED = "computed"
    """Worked out here for conditions of filters; nobody else can set it."""


@dataclass(frozen=True, slots=True)
class XHeader:
    """One header, or a family of them.

    ``name``: the full name; of a family what its members begin with. ``what``: the name without ``X-OTOBO-`` and
    ``FollowUp-``. ``field``: of an old alias, what the dynamic field's name begins with (``TicketFreeKey``).
    ``numbers``: how many members a numbered family has; 0: not numbered.
    """

    name: str
    what: str
    kind: ValueKind
    use: Use
    field: str = ""
    numbers: int = 0

    @property
    def is_family(self) -> bool:
        """Whether something must follow the name: a number or a dynamic field's name."""
        return bool(self.numbers) or self.what == DYNAMIC_FIELD

    @property
    def of_article(self) -> bool:
        """Whether the dynamic field of an old alias is one of the article."""
        return self.field.startswith("Article")

    @property
    def members(self) -> tuple[str, ...]:
        """The names themselves; none for dynamic fields, whose names are free."""
        if self.numbers:
            return tuple(f"{self.name}{number}" for number in range(1, self.numbers + 1))
        return () if self.is_family else (self.name,)


_BOTH: Final = (Use.NEW_TICKET, Use.FOLLOW_UP)
_NEW: Final = (Use.NEW_TICKET,)
_ONLY_FOLLOW_UP: Final = (Use.FOLLOW_UP,)
_DECLARED: Final[tuple[tuple[str, ValueKind, tuple[Use, ...]], ...]] = (
    ("Ignore", ValueKind.IGNORE, (Use.ANY,)),
    ("Queue", ValueKind.QUEUE, _BOTH),
    ("State", ValueKind.STATE, _BOTH),
    ("State-PendingTime", ValueKind.PENDING_TIME, _BOTH),
    ("State-Keep", ValueKind.ANYTHING, _ONLY_FOLLOW_UP),
    ("Priority", ValueKind.PRIORITY, _BOTH),
    ("Type", ValueKind.TICKET_TYPE, _BOTH),
    ("Lock", ValueKind.LOCK, _BOTH),
    ("Service", ValueKind.SERVICE, _BOTH),
    ("SLA", ValueKind.SLA, _BOTH),
    ("Title", ValueKind.TEXT, _BOTH),
    ("CustomerNo", ValueKind.COMPANY, _NEW),
    ("CustomerUser", ValueKind.CUSTOMER_USER, _NEW),
    ("Owner", ValueKind.AGENT, _BOTH),
    ("OwnerID", ValueKind.AGENT_ID, _BOTH),
    ("Responsible", ValueKind.AGENT, _BOTH),
    ("ResponsibleID", ValueKind.AGENT_ID, _BOTH),
    ("SenderType", ValueKind.SENDER_TYPE, _BOTH),
    ("IsVisibleForCustomer", ValueKind.YES_NO, _BOTH),
    ("Loop", ValueKind.LOOP, (Use.ANY,)),
    (DYNAMIC_FIELD, ValueKind.FIELD, _BOTH),
)
_OLD_ALIASES: Final = (
    ("TicketKey", ValueKind.FIELD, "TicketFreeKey", 16),
    ("TicketValue", ValueKind.FIELD, "TicketFreeText", 16),
    ("TicketTime", ValueKind.TIME_FIELD, "TicketFreeTime", 6),
    ("ArticleKey", ValueKind.FIELD, "ArticleFreeKey", 16),
    ("ArticleValue", ValueKind.FIELD, "ArticleFreeText", 16),
)
_COMPUTED: Final = (
    (ATTACHMENT_EXISTS, ValueKind.YES_NO),
    (ATTACHMENT_COUNT, ValueKind.NUMBER),
    (BODY_DECRYPTED, ValueKind.TEXT),
    (BOUNCE, ValueKind.ANYTHING),
    (BOUNCE_ORIGINAL_ID, ValueKind.TEXT),
    (BOUNCE_ERROR, ValueKind.TEXT),
)


def _table() -> Iterator[XHeader]:
    for use, infix in ((Use.ANY, ""), (Use.NEW_TICKET, ""), (Use.FOLLOW_UP, FOLLOW_UP)):
        for what, kind, uses in _DECLARED:
            if use in uses:
                yield XHeader(f"{PREFIX}{infix}{what}", what, kind, use)
    for use, infix in ((Use.NEW_TICKET, ""), (Use.FOLLOW_UP, FOLLOW_UP)):
        for what, kind, name, numbers in _OLD_ALIASES:
            yield XHeader(f"{PREFIX}{infix}{what}", what, kind, use, name, numbers)
    for name, kind in _COMPUTED:
        yield XHeader(name, name.removeprefix(PREFIX), kind, Use.COMPUTED)


X_HEADERS: Final = tuple(_table())
"""All of them: those of any mail, of new tickets, of follow-ups, the old aliases, the computed ones."""

COMPUTED_HEADERS: Final = frozenset(header.name.lower() for header in X_HEADERS if header.use is Use.COMPUTED)
"""Lower-cased names of those that never come from a mail, however far it is trusted, nor from a filter."""

_BY_NAME: Final[Mapping[str, XHeader]] = MappingProxyType(
    {member.lower(): header for header in X_HEADERS for member in header.members}
)
_FIELD_NAME: Final = re.compile(r"[A-Za-z0-9_]{1,200}")
_FIELD_FAMILIES: Final = tuple(header for header in X_HEADERS if header.what == DYNAMIC_FIELD)


def x_header(name: str) -> XHeader | None:
    """The header of that full name, in any case; the family for one of its members. None: there is none."""
    if found := _BY_NAME.get(name.lower()):
        return found
    for family in _FIELD_FAMILIES:
        if name.lower().startswith(family.name.lower()) and is_field_name(name[len(family.name) :]):
            return family
    return None


def can_be_set(name: str) -> bool:
    """Whether an action of a filter may set the header of that name: a known one that is not computed."""
    header = x_header(name)
    return header is not None and header.use is not Use.COMPUTED


def is_field_name(name: str) -> bool:
    """Whether a dynamic field can be called so: letters of ASCII, digits and ``_``, at most 200."""
    return _FIELD_NAME.fullmatch(name) is not None


def old_aliases(*, follow_up: bool) -> tuple[XHeader, ...]:
    """The numbered families that stand for dynamic fields of old."""
    use = Use.FOLLOW_UP if follow_up else Use.NEW_TICKET
    return tuple(header for header in X_HEADERS if header.numbers and header.use is use)
