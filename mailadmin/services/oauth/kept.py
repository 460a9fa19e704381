"""An account's token as it lies in the vault: the client's own cache, and the access token that came last (OA-6)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self

from mailadmin import diagnostics
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.oauth import Flow, Grant, Use
from mailadmin.domain.secrets import Secret, SecretRef

VERSION: Final = 1
AHEAD: Final = timedelta(minutes=5)
"""An access token is renewed so long before its end, so that a session that begins with it can do something."""


@dataclass(frozen=True, slots=True)
class KeptToken:
    """A token, what it was got for, and when (aware UTC). ``cache`` is opaque: the client's, refresh token included."""

    profile_uid: str
    flow: Flow
    use: Use
    username: str
    access_token: Secret
    received: datetime
    expires: datetime
    cache: Secret
    renewable: bool = True

    def __post_init__(self) -> None:
        diagnostics.hide(self.access_token)
        diagnostics.hide(self.cache)

    @classmethod
    def of(cls, grant: Grant, *, profile_uid: str, flow: Flow, use: Use, username: str, received: datetime) -> Self:
        """What is to be kept of a grant."""
        return cls(
            profile_uid, flow, use, username, grant.access_token, received, grant.expires_at, grant.cache,
            grant.renewable,
        )  # fmt: skip

    def lives(self, now: datetime) -> bool:
        """Whether the access token has not ended."""
        return now < self.expires

    def lasts(self, now: datetime) -> bool:
        """Whether the access token is good for a while yet, or as long as there can be one.

        One that lives for minutes only is good for half of its life: else nobody could use what has just been renewed.
        """
        ahead = min(AHEAD, (self.expires - self.received) / 2) if self.renewable else timedelta()
        return self.lives(now + ahead)

    def sealed(self) -> Secret:
        """As it is put into the vault."""
        fields = {
            "version": VERSION,
            "profile": self.profile_uid,
            "flow": self.flow.value,
            "use": self.use.value,
            "username": self.username,
            "received": self.received.isoformat(),
            "expires": self.expires.isoformat(),
            "renewable": self.renewable,
            "access_token": self.access_token.reveal(),
            "cache": self.cache.reveal(),
        }
        return Secret(json.dumps(fields))

    @classmethod
    def opened(cls, ref: SecretRef, secret: Secret) -> Self:
        """What :meth:`sealed` made.

        :raises UserFixableError: SECRET_DAMAGED when it is something else, or of a later version of this program
        """
        try:
            fields = json.loads(secret.reveal())
            if fields["version"] != VERSION:
                raise ValueError
            return cls(
                fields["profile"],
                Flow(fields["flow"]),
                Use(fields["use"]),
                fields["username"],
                Secret(fields["access_token"]),
                datetime.fromisoformat(fields["received"]),
                datetime.fromisoformat(fields["expires"]),
                Secret(fields["cache"]),
                fields["renewable"],
            )
        except (ValueError, KeyError, TypeError):
            raise UserFixableError(Code.SECRET_DAMAGED, {"ref": ref}) from None
