"""Moments, durations, sizes and numbers as people of the user's country write them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from PySide6.QtCore import QDateTime, QLocale, Qt

from .wording import QT_TRANSLATE_NOOP, filled, translate

_MINUTE: Final = 60
_HOUR: Final = 3600
_DAY: Final = 86_400
_JUST_NOW: Final = 45


def exact(moment: datetime | None) -> str:
    """A moment in local time, to the minute; empty for none."""
    if moment is None:
        return ""
    local = QDateTime.fromSecsSinceEpoch(int(moment.timestamp()))
    return QLocale().toString(local, QLocale.FormatType.ShortFormat)


def clock(moment: datetime) -> str:
    """The time of day in local time."""
    local = QDateTime.fromSecsSinceEpoch(int(moment.timestamp()))
    return QLocale().toString(local.time(), QLocale.FormatType.ShortFormat)


def date(moment: datetime) -> str:
    """The day in local time."""
    local = QDateTime.fromSecsSinceEpoch(int(moment.timestamp()))
    return QLocale().toString(local.date(), QLocale.FormatType.ShortFormat)


def iso_date(text: str) -> str:
    """A date as facts hold it (``2026-02-01...``), as people write it; unchanged when it is none."""
    day = QDateTime.fromString(text[:10], Qt.DateFormat.ISODate)
    return QLocale().toString(day.date(), QLocale.FormatType.ShortFormat) if day.isValid() else text


def iso_exact(text: str) -> str:
    """A moment as facts hold it, in local time; unchanged when it is none."""
    try:
        return exact(datetime.fromisoformat(text))
    except ValueError:
        return text


def relative(moment: datetime | None, now: datetime, *, short: bool = False) -> str:
    """How long ago or in how long: ``just now``, ``3 minutes ago``, ``in 7 minutes``, ``yesterday``, then the date.

    :param moment: aware; None gives an empty text
    :param now: aware
    :param short: for narrow places: ``3 min ago``, ``in 7 min``
    """
    if moment is None:
        return ""
    seconds = round((now - moment).total_seconds())
    if abs(seconds) < _JUST_NOW:
        return translate("Sentences", "just now") if seconds >= 0 else translate("Sentences", "now")
    if abs(seconds) < _DAY / 2 or _same_day(moment, now):
        return _past(seconds, short=short) if seconds > 0 else _future(-seconds, short=short)
    if _same_day(moment, now - timedelta(days=1)):
        return translate("Sentences", "yesterday")
    if _same_day(moment, now + timedelta(days=1)):
        return translate("Sentences", "tomorrow")
    return date(moment)


def _same_day(one: datetime, other: datetime) -> bool:
    return one.astimezone().date() == other.astimezone().date()


def _past(seconds: int, *, short: bool) -> str:
    minutes, hours = max(1, round(seconds / _MINUTE)), max(1, round(seconds / _HOUR))
    if minutes < 60:
        if short:
            return translate("Sentences", "%n min ago", None, minutes)
        if minutes == 1:
            return translate("Sentences", "a minute ago")
        return translate("Sentences", "%n minutes ago", None, minutes)
    if short:
        return translate("Sentences", "%n h ago", None, hours)
    return translate("Sentences", "an hour ago") if hours == 1 else translate("Sentences", "%n hours ago", None, hours)


def _future(seconds: int, *, short: bool) -> str:
    minutes, hours = max(1, round(seconds / _MINUTE)), max(1, round(seconds / _HOUR))
    if minutes < 60:
        if short:
            return translate("Sentences", "in %n min", None, minutes)
        if minutes == 1:
            return translate("Sentences", "in a minute")
        return translate("Sentences", "in %n minutes", None, minutes)
    if short:
        return translate("Sentences", "in %n h", None, hours)
    return translate("Sentences", "in an hour") if hours == 1 else translate("Sentences", "in %n hours", None, hours)


def duration(seconds: float) -> str:
    """A number of seconds as people say it: ``0.8 seconds``, ``45 seconds``, ``5 minutes``, ``2 hours``."""
    if 0 < seconds < 10 and seconds != round(seconds):
        return filled(
            QT_TRANSLATE_NOOP("Sentences", "{number} seconds"), {"number": QLocale().toString(seconds, "f", 1)}
        )
    whole = round(seconds)
    minutes, hours, whole_days = round(whole / _MINUTE), round(whole / _HOUR), round(whole / _DAY)
    if whole < 2 * _MINUTE:
        return translate("Sentences", "1 second") if whole == 1 else translate("Sentences", "%n seconds", None, whole)
    if whole < 2 * _HOUR:
        return translate("Sentences", "%n minutes", None, minutes)
    if whole < 2 * _DAY:
        return translate("Sentences", "%n hours", None, hours)
    return days(whole_days)


def duration_of(text: str) -> str:
    """The same for a number that a fact holds as text; unchanged when it is none."""
    try:
        return duration(float(text))
    except (ValueError, OverflowError):
        return text


def size(octets: int) -> str:
    """A size: ``512 bytes``, ``1.4 kB``."""
    return QLocale().formattedDataSize(octets, 1, QLocale.DataSizeFormat.DataSizeTraditionalFormat)


def number(value: int) -> str:
    """A whole number with its groups: ``4,312``."""
    return QLocale().toString(value)


def messages(count: int) -> str:
    """``1 message``, ``4,312 messages``."""
    if count == 1:
        return translate("Sentences", "1 message")
    return translate("Sentences", "%Ln messages", None, count)


def accounts(count: int) -> str:
    """``1 account``, ``12 accounts``."""
    if count == 1:
        return translate("Sentences", "1 account")
    return translate("Sentences", "%Ln accounts", None, count)


def times(count: int) -> str:
    """``once``, ``4 times``."""
    return translate("Sentences", "once") if count == 1 else translate("Sentences", "%Ln times", None, count)


def days(count: int) -> str:
    """``1 day``, ``61 days``."""
    return translate("Sentences", "1 day") if count == 1 else translate("Sentences", "%Ln days", None, count)
