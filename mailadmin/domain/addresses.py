"""When two e-mail addresses are one: in any case, and however their domain is written."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_PUNYCODE: Final = "xn--"
_LONGEST_LABEL: Final = 63
_QUOTED: Final = re.compile(r"\"([\w.!#$%&'*+/=?^`{|}~-]+)\"")


def address_key(address: str) -> str:
    """What addresses (and domains alone) are compared and looked up by; never raises, whatever the text.

    Lower case (no casefold: ``straße.example`` and ``strasse.example`` belong to two owners), letters composed, the
    domain as :func:`domain_key` has it, no quotes around a local part that needs none (RFC 5322, 3.4.1).
    """
    key = address.strip().lower()
    if key.isascii() and _PUNYCODE not in key and '"' not in key and not key.endswith("."):
        return key
    local, at, domain = unicodedata.normalize("NFC", key).rpartition("@")
    if not at:
        return domain_key(domain)
    if quoted := _QUOTED.fullmatch(local):
        local = quoted[1]
    return f"{local}@{domain_key(domain)}"


def domain_key(domain: str) -> str:
    """The same of a domain: without the dot at its end, labels in Punycode (RFC 3492) as the letters they stand for."""
    labels = unicodedata.normalize("NFC", domain.strip().lower()).rstrip(".").split(".")
    return ".".join(map(_decoded, labels))


def without_plus(key: str) -> str:
    """An address without the first + of its local part and what stands behind it (RFC 5233, subaddressing)."""
    local, at, domain = key.rpartition("@")
    return f"{local.partition('+')[0]}{at}{domain}"


def _decoded(label: str) -> str:
    """A label's letters; the label as it is when it is no Punycode of just these letters (an A-label of RFC 5890)."""
    if not label.startswith(_PUNYCODE) or not label.isascii() or len(label) > _LONGEST_LABEL:
        return label
    try:
        letters = label[len(_PUNYCODE) :].encode("ascii").decode("punycode")
    except UnicodeError:
        return label
    plain = unicodedata.normalize("NFC", letters.lower())
    return letters if letters == plain and letters.isprintable() and not letters.isascii() else label
