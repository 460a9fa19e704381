"""Making secrets known to the log's filter, as soon as they are seen here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NoReturn

from mailadmin import diagnostics
from mailadmin.domain.secrets import Secret

_FIELDS: Final = frozenset({
    "access_token", "refresh_token", "id_token", "device_code", "code", "code_verifier", "client_secret",
    "client_assertion", "assertion", "password",
})  # fmt: skip
_SHORTEST: Final = 8
"""What is shorter protects nothing; hiding it would let a provider blacken words of our log."""


def hide(text: str) -> None:
    """Have a token, code or verifier hidden from now on."""
    if len(text) >= _SHORTEST:
        diagnostics.hide(Secret(text))


def hide_fields(fields: Mapping[str, object]) -> None:
    """The same with everything in a request, an answer or a redirect that by its name is secret."""
    for name in _FIELDS & fields.keys():
        hide(str(fields[name]))


class InMemoryOnly:
    """Base of what holds secrets between two steps of a sign-in: it is not pickled, as a Secret is not."""

    __slots__ = ()

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"a {type(self).__name__} is not pickled")
