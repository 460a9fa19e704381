"""The copy of the database's key under the team's passphrase (scrypt, RFC 7914): it lies in the database.

Name and parameters of the derivation are stored beside the copy, so that they can rise later; the copy is sealed with
them as associated data, so that nobody can lower them unseen.
"""

from __future__ import annotations

import json
import os
import unicodedata
from dataclasses import dataclass
from typing import Final, Self

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.ports import KeyRecord
from mailadmin.domain.secrets import Secret

from .sealing import KEY_BYTES, NONCE_BYTES, DatabaseKey, SealBrokenError, associated_data

MINIMUM_LENGTH: Final = 12
"""Characters a passphrase must have: everybody who can read the database can try to guess it."""

_SALT_BYTES: Final = 16
_MOST_MEMORY: Final = 1 << 30  # a damaged or forged row must not make us take all memory or years
_MOST_P: Final = 64


@dataclass(frozen=True, slots=True)
class Cost:
    """What guessing costs: scrypt's N, r and p. Memory is ``128 * n * r`` octets (64 MB as shipped), one try 0.2 s."""

    n: int = 1 << 16
    r: int = 8
    p: int = 2

    @property
    def bearable(self) -> bool:
        """Whether these are parameters of scrypt, and not of an attack on our memory."""
        power_of_two = self.n > 1 and self.n & (self.n - 1) == 0
        return power_of_two and self.r > 0 and 128 * self.n * self.r <= _MOST_MEMORY and 0 < self.p <= _MOST_P


SHIPPED_COST: Final = Cost()


@dataclass(frozen=True, slots=True)
class _Derivation:
    cost: Cost
    salt: bytes

    def as_json(self) -> str:
        fields = {"name": "scrypt", "n": self.cost.n, "r": self.cost.r, "p": self.cost.p, "salt": self.salt.hex()}
        return json.dumps(fields)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Raises ValueError for anything but scrypt with bearable parameters."""
        try:
            fields = json.loads(text)
            if fields["name"] != "scrypt":
                raise ValueError
            derivation = cls(Cost(int(fields["n"]), int(fields["r"]), int(fields["p"])), bytes.fromhex(fields["salt"]))
        except (ValueError, KeyError, TypeError):
            raise ValueError("not a key derivation known here") from None
        if not derivation.cost.bearable:
            raise ValueError("not a key derivation known here")
        return derivation

    def key(self, passphrase: Secret) -> DatabaseKey:
        # One passphrase typed on two systems can be two sequences of code points (macOS decomposes); NFC makes it one.
        text = unicodedata.normalize("NFC", passphrase.reveal()).encode("utf-8", "surrogatepass")
        scrypt = Scrypt(salt=self.salt, length=KEY_BYTES, n=self.cost.n, r=self.cost.r, p=self.cost.p)
        return DatabaseKey("passphrase", scrypt.derive(text))


def wrap(key: DatabaseKey, passphrase: Secret, cost: Cost = SHIPPED_COST) -> tuple[bytes, str]:
    """The key's copy under a passphrase, and the JSON that tells how it was derived.

    Raises PASSPHRASE_TOO_SHORT. Takes a fifth of a second, on purpose.
    """
    if len(passphrase.reveal().strip()) < MINIMUM_LENGTH:
        raise UserFixableError(Code.PASSPHRASE_TOO_SHORT, {"minimum": MINIMUM_LENGTH})
    derivation = _Derivation(cost, os.urandom(_SALT_BYTES))
    kdf = derivation.as_json()
    nonce, sealed = key.sealed_by(derivation.key(passphrase), _data(key.id, kdf))
    return nonce + sealed, kdf


def unwrap(record: KeyRecord, passphrase: Secret) -> DatabaseKey:
    """The key from its copy under a passphrase.

    Raises PASSPHRASE_NOT_SET when there is no copy, PASSPHRASE_WRONG when the passphrase does not open it, and
    SECRET_DAMAGED when nothing could.
    """
    if record.wrapped is None:
        raise UserFixableError(Code.PASSPHRASE_NOT_SET)
    try:
        derivation = _Derivation.from_json(record.kdf)
    except ValueError:
        raise UserFixableError(Code.SECRET_DAMAGED, {"ref": "passphrase"}) from None
    nonce, sealed = record.wrapped[:NONCE_BYTES], record.wrapped[NONCE_BYTES:]
    try:
        return DatabaseKey.opened_by(
            record.key_id, derivation.key(passphrase), nonce, sealed, _data(record.key_id, record.kdf)
        )
    except SealBrokenError:
        raise UserFixableError(Code.PASSPHRASE_WRONG) from None


def _data(key_id: str, kdf: str) -> bytes:
    return associated_data("mailadmin wrapped key 1", key_id, kdf)
