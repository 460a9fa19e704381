"""Digests of what is longer than an index takes, and compared by octets, never by a collation."""

from __future__ import annotations

import hashlib


def message_id_key(message_id: str) -> bytes:
    """SHA-256 (32 octets) of a Message-ID, in brackets."""
    return _digest(message_id)


def value_key(value: str) -> bytes:
    """The same of a dynamic field's value."""
    return _digest(value)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
