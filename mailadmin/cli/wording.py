"""Small words: facts that may be missing, quotes, lists, sizes, times, numbers with their nouns."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from datetime import datetime

from mailadmin.domain.secrets import SecretKind, SecretOwner

_SHOWN = 20


class Facts(dict[str, str]):
    """Facts for a sentence; one that nobody told is said to be unknown instead of breaking it."""

    def __missing__(self, key: str) -> str:
        return "(unknown)"


def quoted(text: str) -> str:
    """A name in double quotes."""
    return f'"{text}"'


def secret_reference(owner: SecretOwner, name: str, kind: SecretKind) -> str:
    """What a secret is called on the command line, fit to be copied."""
    return shlex.quote(f"{owner}/{name}/{kind}")


def password_reference(account: str) -> str:
    """The same for an account's password."""
    return secret_reference(SecretOwner.INCOMING, account, SecretKind.PASSWORD)


def listing(names: Sequence[str]) -> str:
    """Names after commas, the first twenty of them."""
    more = f", and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def count(number: int, noun: str, plural: str = "") -> str:
    """``1 message``, ``2 messages``."""
    return f"{number} {noun}" if number == 1 else f"{number} {plural or noun + 's'}"


def number_of(number: str, noun: str) -> str:
    """The same for a number that a fact holds as text, such as ``1`` or ``0.5``."""
    return f"{number} {noun}" if number in {"1", "1.0"} else f"{number} {noun}s"


def size(octets: int) -> str:
    """``512 bytes``, ``1.4 KB``, ``12 MB``; 1 KB is 1,024 octets."""
    if octets < 1024:
        return count(octets, "byte")
    value, unit = octets / 1024, "KB"
    for larger in ("MB", "GB", "TB"):
        if value < 1000:
            break
        value, unit = value / 1024, larger
    return f"{value:.1f} {unit}" if value < 10 else f"{value:.0f} {unit}"


def duration(seconds: str) -> str:
    """A number of seconds as people say it: ``45 seconds``, ``5 minutes``, ``2 hours``."""
    try:
        whole = round(float(seconds))
    except (ValueError, OverflowError):
        return seconds
    if whole < 120:
        return count(whole, "second")
    return count(round(whole / 60), "minute") if whole < 7200 else count(round(whole / 3600), "hour")


def local(moment: datetime | None) -> str:
    """A moment in this computer's time zone, to the minute; empty for none."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M") if moment else ""


def iso_local(text: str) -> str:
    """The same of a moment as facts hold it; unchanged when it is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return local(moment) if moment.tzinfo is not None else text
