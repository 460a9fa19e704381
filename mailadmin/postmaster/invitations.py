"""Calendar invitations (RFC 5545, RFC 5546, RFC 6047), summed up in a few lines of text.

What a stranger's calendar may cost is bounded before its values are read: only lines that are shown count, and so many
of them. Recurrence is told and never expanded, time zones are named and never looked up.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice
from types import MappingProxyType
from typing import Any, Final

from .charsets import clean_text

CALENDAR_TYPES: Final = frozenset({"text/calendar", "application/ics"})
_MOST_CALENDARS: Final = 4
_MOST_EVENTS: Final = 10
_MOST_GUESTS: Final = 30
_LONGEST: Final = 2_000_000
"""Characters of a calendar that are looked at."""
_LONGEST_LINE: Final = 4_000
_LONGEST_VALUE: Final = 500
_MOST_READ: Final = 200_000
"""Characters of lines that are read with their parameters, in one mail; further lines are shown as they came."""
_FOLD: Final = re.compile(r"\n[ \t]")
_COMPONENTS: Final = frozenset({"VEVENT", "VTODO", "VJOURNAL"})
_WANTED: Final = re.compile(
    r"(SUMMARY|DTSTART|DTEND|DUE|DURATION|LOCATION|ORGANIZER|ATTENDEE|RRULE|STATUS|COMMENT|RECURRENCE-ID)[;:]",
    re.IGNORECASE,
)
_METHODS: Final = MappingProxyType(
    {
        "REQUEST": "Invitation",
        "CANCEL": "Cancelled",
        "REPLY": "Answer to an invitation",
        "COUNTER": "Another time is proposed",
        "DECLINECOUNTER": "The proposed time is declined",
        "ADD": "Added to an invitation",
        "REFRESH": "The invitation is asked for again",
    }
)
_ANSWERS: Final = MappingProxyType(
    {
        "ACCEPTED": "accepted",
        "DECLINED": "declined",
        "TENTATIVE": "perhaps",
        "DELEGATED": "delegated",
        "COMPLETED": "completed",
        "IN-PROCESS": "in process",
    }
)
_UNITS: Final = MappingProxyType(
    {
        "SECONDLY": "second",
        "MINUTELY": "minute",
        "HOURLY": "hour",
        "DAILY": "day",
        "WEEKLY": "week",
        "MONTHLY": "month",
        "YEARLY": "year",
    }
)
_DAYS: Final = MappingProxyType(
    {"MO": "Mon", "TU": "Tue", "WE": "Wed", "TH": "Thu", "FR": "Fri", "SA": "Sat", "SU": "Sun"}
)
_WEEKDAYS: Final = tuple(_DAYS.values())


@dataclass(frozen=True, slots=True)
class _Line:
    parameters: dict[str, str]
    value: str


@dataclass(slots=True)
class _Event:
    lines: dict[str, list[_Line]] = field(default_factory=dict)

    def first(self, name: str) -> _Line | None:
        return self.lines[name][0] if name in self.lines else None

    def text(self, name: str) -> str:
        line = self.first(name)
        return line.value if line else ""


def summaries(calendars: Iterable[str]) -> list[str]:
    """What some calendars say, each thing once; a calendar that says nothing is passed over. Never raises."""
    found: dict[str, None] = {}
    room = _MOST_READ
    for text in islice(calendars, _MOST_CALENDARS):
        said, read = _summary(text, room)
        room -= read
        if said:
            found[said] = None
    return list(found)


def summary(calendar: str) -> str:
    """One calendar in a few lines (what, when, where, who, how often); empty when it holds no event."""
    return _summary(calendar, _MOST_READ)[0]


def _summary(calendar: str, room: int) -> tuple[str, int]:
    """The summary, and how many characters of lines were read for it."""
    if "BEGIN:V" not in calendar[:_LONGEST].upper():
        return "", 0
    reader = _Reader(room)
    method, events = reader.read(calendar[:_LONGEST])
    told = "\n\n".join(filter(None, (clean_text(reader.told(method, event)) for event in events)))
    return told, room - reader.room


class _Reader:
    def __init__(self, room: int) -> None:
        self.room = room
        # Loaded here: few mails hold a calendar, and every start of the program would wait for it.
        self._parser: Any = importlib.import_module("icalendar.parser")
        self._prop: Any = importlib.import_module("icalendar.prop")

    def read(self, calendar: str) -> tuple[str, list[_Event]]:
        """The method of a calendar and its first events."""
        method, events = "", list[_Event]()
        within: list[str] = []
        event: _Event | None = None
        for line in _unfolded(calendar):
            upper = line[:80].upper()
            if upper.startswith("BEGIN:"):
                within.append(upper[6:].strip())
                if len(within) == 2 and within[1] in _COMPONENTS:
                    if len(events) == _MOST_EVENTS:
                        break
                    event = _Event()
                    events.append(event)
            elif upper.startswith("END:"):
                if within and within.pop() in _COMPONENTS and len(within) == 1:
                    event = None
            elif len(within) == 1 and upper.startswith("METHOD:"):
                method = upper[7:].strip()
            elif event and len(within) == 2 and (wanted := _WANTED.match(line)):
                self._note(event, wanted[1].upper(), line)
        return method, events

    def _note(self, event: _Event, name: str, line: str) -> None:
        same = event.lines.setdefault(name, [])
        if len(same) > (_MOST_GUESTS if name == "ATTENDEE" else 0):
            return
        line = line[:_LONGEST_LINE]
        said, value = {}, line.partition(":")[2]
        self.room -= len(line)
        if self.room >= 0:
            try:
                _, parameters, value = self._parser.Contentline(line).parts()
                said = {str(key).upper(): str(one) for key, one in parameters.items()}
            except Exception:  # noqa: BLE001 - a third-party reader over a stranger's line; it is shown as it came
                said, value = {}, line.partition(":")[2]
        same.append(_Line(said, " ".join(str(value).split())[:_LONGEST_VALUE]))

    def told(self, method: str, event: _Event) -> str:
        """One event in words; empty when it has neither name nor time."""
        start = event.first("DTSTART")
        if not start and "SUMMARY" not in event.lines and "DUE" not in event.lines:
            return ""
        cancelled = method == "CANCEL" or event.text("STATUS").upper() == "CANCELLED"
        kind = _METHODS["CANCEL"] if cancelled else _METHODS.get(method, "Calendar entry")
        guests = event.lines.get("ATTENDEE", [])
        rows = [
            (kind, event.text("SUMMARY") or "(no title)"),
            ("When", self._when(event)),
            ("Repeats", self._repeats(event.text("RRULE"))),
            ("Only the one of", self._moment(event.first("RECURRENCE-ID"))),
            ("Where", event.text("LOCATION")),
            ("Organizer", _person(event.first("ORGANIZER"))),
            ("Answer" if method == "REPLY" else "Attendees", _people(guests)),
            ("Comment", event.text("COMMENT")),
        ]
        return "\n".join(f"{name}: {text}" for name, text in rows if text)

    def _when(self, event: _Event) -> str:
        start, end = event.first("DTSTART"), event.first("DTEND") or event.first("DUE")
        begins = self._value(start)
        ends = self._value(end)
        if (
            isinstance(begins, date)
            and ends is None
            and isinstance(lasts := self._value(event.first("DURATION")), timedelta)
        ):
            try:
                ends = begins + lasts
            except OverflowError:
                ends = None
        if not isinstance(begins, date):
            return self._moment(start or end)
        if not isinstance(begins, datetime):
            # The end of whole days is the day after (RFC 5545 3.6.1).
            if isinstance(ends, date) and not isinstance(ends, datetime) and ends > begins + timedelta(days=1):
                return f"{_day(begins)} to {_day(ends - timedelta(days=1))}"
            return f"{_day(begins)}, all day"
        zone = _zone(start, begins)
        said = f"{_day(begins)} {begins:%H:%M}"
        if isinstance(ends, datetime):
            other = _zone(end, ends) if end else zone
            same_day = ends.date() == begins.date() and other == zone
            said += (
                f"{'' if other == zone else zone} to {f'{ends:%H:%M}' if same_day else f'{_day(ends)} {ends:%H:%M}'}"
            )
            zone = other
        return said + zone

    def _moment(self, line: _Line | None) -> str:
        value = self._value(line)
        if isinstance(value, datetime):
            return f"{_day(value)} {value:%H:%M}{_zone(line, value)}"
        if isinstance(value, date):
            return _day(value)
        return line.value if line else ""

    def _value(self, line: _Line | None) -> date | timedelta | None:
        """A date, a time or a duration; times without their zone."""
        if line is None or len(line.value) > 60:
            return None
        try:
            value = self._prop.vDDDTypes.from_ical(line.value.strip())
        except Exception:  # noqa: BLE001 - a third-party reader over a stranger's value; it is shown as it came
            return None
        return value if isinstance(value, date | timedelta) else None

    def _repeats(self, rule: str) -> str:
        if not rule:
            return ""
        try:
            parts = {str(key).upper(): list(value) for key, value in self._prop.vRecur.from_ical(rule).items()}
            return _rule(parts) or rule
        except Exception:  # noqa: BLE001 - a third-party reader over a stranger's rule; it is shown as it came
            return rule


def _unfolded(calendar: str) -> Iterator[str]:
    text = calendar.replace("\r\n", "\n").replace("\r", "\n")
    return iter(_FOLD.sub("", text).split("\n"))


def _day(day: date) -> str:
    return f"{_WEEKDAYS[day.weekday()]} {day.year:04d}-{day.month:02d}-{day.day:02d}"


def _zone(line: _Line | None, moment: datetime) -> str:
    if moment.tzinfo is not None:
        return " (UTC)"
    name = line.parameters.get("TZID", "").strip("/ ") if line else ""
    return f" ({name[:80]})" if name else ""


def _rule(parts: dict[str, list[Any]]) -> str:
    """A recurrence in words; empty when it says more than these words can."""
    unit = _UNITS.get(str(parts.pop("FREQ", [""])[0]).upper())
    parts.pop("WKST", None)
    if unit is None or parts.keys() - {"INTERVAL", "COUNT", "UNTIL", "BYDAY"}:
        return ""
    step = int(parts.get("INTERVAL", [1])[0])
    said = f"every {unit}" if step == 1 else f"every {step} {unit}s"
    if days := [str(day) for day in parts.get("BYDAY", [])]:
        if not all(day in _DAYS for day in days):
            return ""
        said += " on " + ", ".join(_DAYS[day] for day in days)
    if count := parts.get("COUNT"):
        said += f", {int(count[0])} times"
    if until := parts.get("UNTIL"):
        last = until[0].date() if isinstance(until[0], datetime) else until[0]
        said += f", until {_day(last)}"
    return said


def _person(line: _Line | None) -> str:
    if line is None:
        return ""
    address = line.value[7:] if line.value[:7].lower() == "mailto:" else line.value
    name = line.parameters.get("CN", "").strip('" ')[:_LONGEST_VALUE]
    return f"{name} <{address}>" if name and name != address else address


def _people(lines: list[_Line]) -> str:
    said = [
        f"{_person(line)} ({answer})"
        if (answer := _ANSWERS.get(line.parameters.get("PARTSTAT", "").upper()))
        else _person(line)
        for line in lines[:_MOST_GUESTS]
    ]
    return ", ".join(said) + (", ..." if len(lines) > _MOST_GUESTS else "")
