"""Sealing secrets with the database's key: AES-256-GCM (NIST SP 800-38D), a fresh 96-bit nonce for each seal.

What a sealed text belongs to is its associated data, so a row that was swapped with another, cut or altered does not
open. Nothing here raises an exception that carries a key or a secret.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import uuid
from typing import Final, NoReturn, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.ports import KeyRecord, SealedSecret
from mailadmin.domain.secrets import Secret, SecretRef

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12  # 96 bits, the length GCM is made for
_SURROGATES: Final = "surrogatepass"  # a password read from a pipe may hold octets that are no UTF-8


class SealBrokenError(Exception):
    """A sealed text does not open: another key, other associated data, or altered octets."""


def associated_data(*fields: str) -> bytes:
    """Several texts as one octet string that no other texts give: each one preceded by its length."""
    encoded = [field.encode("utf-8", _SURROGATES) for field in fields]
    return b"".join(len(field).to_bytes(4, "big") + field for field in encoded)


class DatabaseKey:
    """The 256-bit key of one database and the id it goes by. It prints itself without the key.

    :param key_id: the id the database's key record has
    :param octets: the key, 32 octets
    """

    __slots__ = ("_cipher", "_octets", "id")

    def __init__(self, key_id: str, octets: bytes) -> None:
        if len(octets) != KEY_BYTES:
            raise ValueError("a database key has 32 octets")
        self.id = key_id
        self._octets = octets
        self._cipher = AESGCM(octets)

    @classmethod
    def new(cls) -> Self:
        """A random key under a new id."""
        return cls(new_uid(), os.urandom(KEY_BYTES))

    @classmethod
    def decode(cls, key_id: str, text: str) -> Self:
        """The key whose base64 is ``text``. Raises ValueError, without the text, when it is none."""
        try:
            octets = base64.b64decode(text.strip(), validate=True)
        except (binascii.Error, ValueError):
            raise ValueError("not the base64 of a database key") from None
        return cls(key_id, octets)

    def encode(self) -> Secret:
        """The key as base64, 44 characters: what keyrings and key files hold."""
        return Secret(base64.b64encode(self._octets).decode("ascii"))

    def seal(self, text: bytes, data: bytes) -> tuple[bytes, bytes]:
        """Encrypt; gives the nonce and the sealed text with its tag."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce, self._cipher.encrypt(nonce, text, data)

    def open(self, nonce: bytes, sealed: bytes, data: bytes) -> bytes:
        """Decrypt. Raises SealBrokenError."""
        try:
            return self._cipher.decrypt(nonce, sealed, data)
        except (InvalidTag, ValueError):  # ValueError: a nonce or a text of impossible length
            raise SealBrokenError from None

    def sealed_by(self, other: DatabaseKey, data: bytes) -> tuple[bytes, bytes]:
        """This key, sealed under another one: what :meth:`opened_by` takes."""
        return other.seal(self._octets, data)

    @classmethod
    def opened_by(cls, key_id: str, other: DatabaseKey, nonce: bytes, sealed: bytes, data: bytes) -> Self:
        """The key ``key_id`` that was sealed under another one. Raises SealBrokenError."""
        octets = other.open(nonce, sealed, data)
        if len(octets) != KEY_BYTES:
            raise SealBrokenError
        return cls(key_id, octets)

    def check_value(self) -> bytes:
        """A value that only this key can make and prove; it says nothing about the key."""
        nonce, tag = self.seal(b"", associated_data("mailadmin check 1", self.id))
        return nonce + tag

    def fits(self, record: KeyRecord) -> bool:
        """Whether this is the key of that record."""
        nonce, tag = record.check[:NONCE_BYTES], record.check[NONCE_BYTES:]
        try:
            self.open(nonce, tag, associated_data("mailadmin check 1", record.key_id))
        except SealBrokenError:
            return False
        return True

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, DatabaseKey) and self.id == other.id and hmac.compare_digest(self._octets, other._octets)
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"DatabaseKey({self.id}, ***)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a DatabaseKey is not pickled")


def new_uid() -> str:
    """A random id for a key or a row (UUID version 4)."""
    return str(uuid.uuid4())


def seal_secret(key: DatabaseKey, ref: SecretRef, secret: Secret) -> SealedSecret:
    """The row that keeps a secret under this reference."""
    row_uid = new_uid()
    nonce, sealed = key.seal(secret.reveal().encode("utf-8", _SURROGATES), _secret_data(ref, row_uid, key.id))
    return SealedSecret(ref, row_uid, key.id, nonce, sealed)


def open_secret(key: DatabaseKey, ref: SecretRef, row: SealedSecret) -> Secret:
    """The secret in a row that was asked for by this reference.

    Raises SECRET_DAMAGED when the row is another's, was cut or altered, or was sealed under another key.
    """
    try:
        text = key.open(row.nonce, row.sealed, _secret_data(ref, row.row_uid, row.key_id))
    except SealBrokenError:
        raise UserFixableError(Code.SECRET_DAMAGED, {"ref": ref}) from None
    return Secret(text.decode("utf-8", _SURROGATES))


def _secret_data(ref: SecretRef, row_uid: str, key_id: str) -> bytes:
    return associated_data("mailadmin secret 1", ref.kind, ref.owner, ref.owner_uid, row_uid, key_id)
