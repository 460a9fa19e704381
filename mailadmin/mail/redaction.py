"""Keeps a password out of what a server says: some echo the whole command line in their refusal."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Final

_HIDDEN: Final = "***"
_BASE64: Final = r"[A-Za-z0-9+/=]*"


class Redaction:
    """Replaces one secret, in clear or in any base64 text that holds it, by ``***``."""

    def __init__(self, secret: str) -> None:
        quoted = secret.replace("\\", "\\\\").replace('"', '\\"')
        octets = secret.encode("utf-8", "surrogatepass")
        clear = {secret, quoted, octets.decode("latin-1")} - {""}
        forms = [re.escape(form) for form in sorted(clear, key=len, reverse=True)]
        forms += [f"{_BASE64}{re.escape(core)}{_BASE64}" for core in _base64_cores(octets)]
        self._pattern = re.compile("|".join(forms)) if clear else None

    def __call__(self, text: str) -> str:
        """The text without the secret."""
        return self._pattern.sub(_HIDDEN, text) if self._pattern else text

    def __repr__(self) -> str:
        return "Redaction(***)"


def _base64_cores(octets: bytes) -> Iterator[str]:
    """What base64 text looks like wherever the octets stand in what was encoded: three alignments, edges cut off."""
    for shift, foreign in ((0, 0), (1, 2), (2, 3)):
        encoded = base64.b64encode(b"\0" * shift + octets).decode("ascii").rstrip("=")
        whole = encoded[foreign:] if (shift + len(octets)) % 3 == 0 else encoded[foreign:-1]
        if len(whole) >= 3:
            yield whole
