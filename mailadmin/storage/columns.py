"""Column types that keep a rule of the house: times in UTC, names of servers by octets, words of servers cleaned."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, LargeBinary, Text, TypeDecorator

Id = BigInteger().with_variant(Integer, "sqlite")
"""A record's number. SQLite counts by itself only in a column declared INTEGER."""


class UtcTime(TypeDecorator[datetime]):
    """A moment: handed in aware, kept in UTC, handed out aware in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The moment in UTC; SQLite keeps it without a zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The moment, aware."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Octets(TypeDecorator[str]):
    """A name a server gave (a source): kept as octets, so that no collation makes two of them equal and none is lost.

    Octets that are not UTF-8 travel as lone surrogates, as everywhere in Python.
    """

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        """The octets."""
        return None if value is None else octets(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        """The name."""
        return None if value is None else value.decode("utf-8", "surrogateescape")


class Words(TypeDecorator[str]):
    """What a server or a driver said. It comes unwashed, and no driver takes NUL or a lone surrogate."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """The words, with what cannot be stored replaced by U+FFFD."""
        return None if value is None else clean(value)


def octets(source: str) -> bytes:
    """The octets of a source as the server gave them."""
    return source.encode("utf-8", "surrogateescape")


def clean(words: str) -> str:
    """Words that any driver takes: NUL and lone surrogates become U+FFFD."""
    return words.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "\ufffd")
