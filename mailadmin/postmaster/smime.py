"""S/MIME (RFC 8551): what is in a ``smime.p7m``. Nothing is verified, nothing decrypted."""

from __future__ import annotations

import enum
import importlib
from dataclasses import dataclass
from typing import Final

_LONGEST: Final = 100_000_000
_OCTETS: Final = 0x04
_OCTETS_IN_PIECES: Final = 0x24
_END: Final = 0x00
_LONG_FORM: Final = 0x80
_ENCRYPTED: Final = frozenset({"enveloped_data", "authenticated_enveloped_data", "encrypted_data"})


class Wrapping(enum.Enum):
    """What a CMS object (RFC 5652) is."""

    SIGNED = "signed"
    ENCRYPTED = "encrypted"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A CMS object. ``content``: what was signed, None when it is not in there (certificates only)."""

    wrapping: Wrapping
    content: bytes | None = None


class UnreadableError(ValueError):
    """This is no CMS object, or a damaged one."""


def unwrap(octets: bytes) -> Wrapped:
    """Say what a CMS object is, and give what it signs; raises UnreadableError."""
    if len(octets) > _LONGEST:
        raise UnreadableError
    # Loaded here: few mails are signed so, and every start of the program would wait for it.
    cms = importlib.import_module("asn1crypto.cms")
    try:
        info = cms.ContentInfo.load(octets)
        kind = info["content_type"].native
        if kind in _ENCRYPTED:
            return Wrapped(Wrapping.ENCRYPTED)
        if kind != "signed_data":
            return Wrapped(Wrapping.OTHER)
        found = info["content"]["encap_content_info"]["content"]
        content = _joined(found.contents) if found.method else found.native
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError, OverflowError) as failure:
        # The ways in which the reader stumbles over octets that are no CMS.
        raise UnreadableError from failure
    return Wrapped(Wrapping.SIGNED, content if isinstance(content, bytes) else None)


def _joined(pieces: bytes) -> bytes:
    """Join an octet string that was written piece by piece (X.690 8.7.3), pieces of pieces as well.

    The library would take time that grows with the square of their number. Raises ValueError.
    """
    out: list[bytes] = []
    at = 0
    while at + 2 <= len(pieces):
        tag, length = pieces[at], pieces[at + 1]
        at += 2
        if length > _LONG_FORM:
            more = length - _LONG_FORM
            length = int.from_bytes(pieces[at : at + more])
            at += more
        if tag == _OCTETS:
            if at + length > len(pieces):
                raise ValueError
            out.append(pieces[at : at + length])
            at += length
        elif tag not in {_OCTETS_IN_PIECES, _END}:
            raise ValueError
    return b"".join(out)
