"""A secret that does not print itself, and the name under which it is kept (CLI.md: ``secret set REF``)."""

from __future__ import annotations

import enum
import hmac
from dataclasses import dataclass
from typing import NoReturn, Self


class Secret:
    """A piece of text that must never reach a log, an exception or a dump. Read it with :meth:`reveal` only."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The secret itself, for the one call that needs it."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._text.encode(), other._text.encode())

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is not pickled")


class SecretKind(enum.StrEnum):
    """What a secret is for."""

    PASSWORD = "password"  # noqa: S105
    CLIENT_SECRET = "client-secret"  # noqa: S105
    CLIENT_CERTIFICATE = "client-certificate"
    """PEM: the private key and the certificate."""
    TOKEN_CACHE = "token-cache"  # noqa: S105


class SecretOwner(enum.StrEnum):
    """What kind of record a secret belongs to."""

    INCOMING = "incoming"
    OUTGOING = "outgoing"
    PROFILE = "profile"


@dataclass(frozen=True, slots=True)
class SecretRef:
    """Names one secret: ``incoming/<uid>/password``; a rename does not change the owner's uid."""

    owner: SecretOwner
    owner_uid: str
    kind: SecretKind

    @classmethod
    def password_of(cls, account_uid: str) -> Self:
        """The reference of an incoming account's password."""
        return cls(SecretOwner.INCOMING, account_uid, SecretKind.PASSWORD)

    @classmethod
    def token_of(cls, account_uid: str) -> Self:
        """The reference of an incoming account's token cache."""
        return cls(SecretOwner.INCOMING, account_uid, SecretKind.TOKEN_CACHE)

    def __str__(self) -> str:
        return f"{self.owner}/{self.owner_uid}/{self.kind}"
