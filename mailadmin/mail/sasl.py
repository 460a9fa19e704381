"""What a client says when it signs in by SASL (RFC 4422), whichever protocol carries it: PLAIN, XOAUTH2, OAUTHBEARER.

* PLAIN: RFC 4616.
* OAUTHBEARER: RFC 7628, the standard for access tokens.
* XOAUTH2: what came before it, as Google describes it ("OAuth 2.0 Mechanism" for IMAP, POP and SMTP) and Microsoft in
  "Authenticate an IMAP, POP or SMTP connection using OAuth". Exchange Online knows no other.

A server that refuses a token says why in one more challenge, mostly JSON, and waits for an answer before it says no
(RFC 7628 3.2.2 and 3.2.3). That text is the only place where an expired token and a missing scope look different.
"""

from __future__ import annotations

import base64
import binascii
import enum
from collections.abc import Collection
from typing import Final

from mailadmin.domain.errors import Code, Layer, UserFixableError

_CANCEL: Final = b"*"  # ends an exchange in IMAP (RFC 3501 6.2.2), POP3 (RFC 5034 4) and SMTP (RFC 4954 4)


class Mechanism(enum.StrEnum):
    """A SASL mechanism by its registered name."""

    XOAUTH2 = "XOAUTH2"
    OAUTHBEARER = "OAUTHBEARER"
    PLAIN = "PLAIN"


_FOR_TOKENS: Final = (Mechanism.XOAUTH2, Mechanism.OAUTHBEARER)
"""XOAUTH2 first: of those who offer both it is what nearly all clients use, so it is what is known to work."""


class Exchange:
    """One sign-in: :meth:`answer` gives what the client says to each challenge, in base64 as the protocols carry it."""

    def __init__(self, mechanism: Mechanism, response: bytes, acknowledgement: bytes | None = None) -> None:
        self.mechanism = mechanism
        self.refusal = b""
        """What the server said of a refused token before it said no; empty if it said nothing."""
        self.begun = False
        """Whether the server let us present anything at all."""
        self._response = response
        self._acknowledgement = acknowledgement

    @property
    def length(self) -> int:
        """How many octets the credential has as it is sent: not every protocol takes it along with the command."""
        return len(base64.b64encode(self._response))

    def answer(self, challenge: bytes = b"") -> bytes:
        """What to say to a challenge: the credential first, then to a refusal that we have understood."""
        if not self.begun:
            self.begun = True
            return base64.b64encode(self._response)
        if self._acknowledgement is None or self.refusal:
            return _CANCEL
        self.refusal = _decoded(challenge) or b"(no reason)"
        return base64.b64encode(self._acknowledgement)


def plain(username: str, password: str) -> Exchange:
    """Sign in with a password: UTF-8 in base64, so that any password passes."""
    return Exchange(Mechanism.PLAIN, f"\0{username}\0{password}".encode())


def with_token(
    username: str, token: str, offered: Collection[str], *, host: str, port: int, encrypted: bool
) -> Exchange:
    """Sign in with an access token, by a mechanism of those that the server offers (upper case).

    :param username: the mailbox to open, which may be another than that of who signed in
    :raises UserFixableError: SIGN_IN_NEEDS_TLS (whoever reads a token has it, RFC 6750 5.3), SIGN_IN_NO_MECHANISM
    """
    facts = {"username": username}
    if not encrypted:
        raise UserFixableError(Code.SIGN_IN_NEEDS_TLS, facts, layer=Layer.SIGN_IN)
    mechanism = next((mechanism for mechanism in _FOR_TOKENS if mechanism in offered), None)
    if mechanism is None:
        facts["offered"] = " ".join(offered)
        raise UserFixableError(Code.SIGN_IN_NO_MECHANISM, facts, layer=Layer.SIGN_IN)
    if mechanism is Mechanism.XOAUTH2:
        return Exchange(mechanism, f"user={username}\x01auth=Bearer {token}\x01\x01".encode(), b"")
    name = username.replace("=", "=3D").replace(",", "=2C")  # a saslname (RFC 5801 4)
    response = f"n,a={name},\x01host={host}\x01port={port}\x01auth=Bearer {token}\x01\x01"
    return Exchange(mechanism, response.encode(), b"\x01")


def _decoded(challenge: bytes) -> bytes:
    try:
        return base64.b64decode(challenge, validate=True)
    except binascii.Error:  # words in the clear are a reason as well
        return challenge
