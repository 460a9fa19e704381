"""Keeps a password or token out of what a server says: some echo the whole command line in their refusal."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from functools import cached_property
from typing import Final

from mailadmin.diagnostics import SecretFilter
from mailadmin.domain.secrets import Secret

_HIDDEN: Final = "***"
_BASE64: Final = r"[A-Za-z0-9+/=]*"
_LONG: Final = 32  # characters of a secret that a server may cut up and that gives something away piece by piece
_PIECE: Final = 12  # characters of one; fewer are no help to anybody
_SHOWN: Final = 1000  # characters of a server's words that are kept
_RUN: Final = re.compile(rf"[A-Za-z0-9+/=._~-]{{{_PIECE},}}")  # tokens (RFC 6750 2.1) and base64


class Redaction:
    """Replaces one secret by ``***``: in all forms that the log's filter knows, and of a long one also pieces."""

    def __init__(self, secret: str) -> None:
        quoted = secret.replace("\\", "\\\\").replace('"', '\\"')
        octets = secret.encode("utf-8", "surrogatepass")
        clear = {secret, quoted, octets.decode("latin-1")} - {""}
        cores = list(_base64_cores(octets))
        forms = [re.escape(form) for form in sorted(clear, key=len, reverse=True)]
        forms += [f"{_BASE64}{re.escape(core)}{_BASE64}" for core in cores]
        self._pattern = re.compile("|".join(forms)) if clear else None
        self._long = (secret, *cores) if len(secret) >= _LONG else ()
        self._forms = SecretFilter()
        self._forms.hide(Secret(secret))

    def __call__(self, text: str) -> str:
        """The text without the secret."""
        text = self._forms.without_known(text)
        text = self._pattern.sub(_HIDDEN, text) if self._pattern else text
        return _RUN.sub(self._without_pieces, text) if self._long else text

    def __repr__(self) -> str:
        return "Redaction(***)"

    @cached_property
    def _pieces(self) -> frozenset[str]:
        return frozenset(form[at : at + _PIECE] for form in self._long for at in range(len(form) - _PIECE + 1))

    def _without_pieces(self, run: re.Match[str]) -> str:
        text = run[0]
        known = any(text[at : at + _PIECE] in self._pieces for at in range(len(text) - _PIECE + 1))
        return _HIDDEN if known else text


def on_one_line(text: str) -> str:
    """What a server said, fit for an error or a log: on one line, and no longer than anybody reads."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:_SHOWN]


def _base64_cores(octets: bytes) -> Iterator[str]:
    """What base64 text looks like wherever the octets stand in what was encoded: three alignments, edges cut off."""
    for shift, foreign in ((0, 0), (1, 2), (2, 3)):
        encoded = base64.b64encode(b"\0" * shift + octets).decode("ascii").rstrip("=")
        whole = encoded[foreign:] if (shift + len(octets)) % 3 == 0 else encoded[foreign:-1]
        if len(whole) >= 3:
            yield whole
