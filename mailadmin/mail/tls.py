"""TLS for mail connections: which certificates are believed, and what is said of one (FEATURES IN-2, IN-8).

A certificate is believed by the system's store (truststore), by the account's CA file, or because its SHA-256
fingerprint is the pinned one; with a pin, neither name nor issuer is looked at. TLS 1.2 and newer only.
"""

from __future__ import annotations

import hashlib
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Self

from cryptography import x509
from cryptography.x509.oid import NameOID

from mailadmin.domain.errors import Code, Layer, UserFixableError
from mailadmin.domain.ports import ServerAccess
from mailadmin.domain.validation import fingerprint as normal_fingerprint
from mailadmin.trust import MINIMUM_TLS, verifying_context

# OpenSSL's X509_V_ERR_* numbers (openssl-verification-options(1))
_NOT_VALID_NOW: Final = frozenset({9, 10})
_WRONG_NAME: Final = frozenset({62, 64})
_UNKNOWN_ISSUER: Final = frozenset({2, 18, 19, 20, 21, 27})


@dataclass(frozen=True, slots=True)
class Certificate:
    """What there is to say of a server's certificate. ``fingerprint`` is SHA-256 in lower-case hex digits."""

    fingerprint: str
    names: tuple[str, ...] = ()
    subject: str = ""
    issuer: str = ""
    not_before: datetime | None = None
    not_after: datetime | None = None

    @classmethod
    def from_der(cls, der: bytes) -> Self:
        """Read a certificate; one that cannot be parsed has a fingerprint all the same."""
        fingerprint = hashlib.sha256(der).hexdigest()
        try:
            parsed = x509.load_der_x509_certificate(der)
            return cls(
                fingerprint,
                _names(parsed),
                parsed.subject.rfc4514_string(),
                parsed.issuer.rfc4514_string(),
                parsed.not_valid_before_utc,
                parsed.not_valid_after_utc,
            )
        except ValueError:
            return cls(fingerprint)

    @property
    def is_valid_now(self) -> bool:
        """Whether its dates let it be used today; True for one whose dates cannot be read."""
        now = datetime.now(UTC)
        return (self.not_before or now) <= now <= (self.not_after or now)

    def facts(self) -> dict[str, str]:
        """What is shown to whoever must decide about it.

        Subject, issuer, names, fingerprint; and, where they could be read, not_before and not_after (ISO 8601) and
        days_left.
        """
        facts = {
            "subject": self.subject,
            "issuer": self.issuer,
            "names": ", ".join(self.names),
            "fingerprint": self.fingerprint,
        }
        if self.not_before is not None:
            facts["not_before"] = self.not_before.isoformat()
        if self.not_after is not None:
            facts["not_after"] = self.not_after.isoformat()
            facts["days_left"] = str((self.not_after - datetime.now(UTC)).days)
        return facts


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        alternatives = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return tuple(str(name.value) for name in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME))
    addresses = (str(address) for address in alternatives.get_values_for_type(x509.IPAddress))
    return (*alternatives.get_values_for_type(x509.DNSName), *addresses)


def verified_by(access: ServerAccess) -> str:
    """What decides whether the server's certificate is believed: ``pin``, ``ca_file`` or ``system``."""
    if access.pinned_certificate:
        return "pin"
    return "ca_file" if access.ca_file else "system"


def context_for(access: ServerAccess) -> ssl.SSLContext:
    """A client context that believes what the account believes.

    :raises UserFixableError: TLS_CA_FILE when the CA file cannot be read or holds no certificate
    """
    if access.pinned_certificate:
        return unverified_context()
    return verifying_context(access.ca_file, Layer.TLS)


def unverified_context() -> ssl.SSLContext:
    """A context that believes anything: for a pinned certificate, or to look at one that was refused."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = MINIMUM_TLS
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def check_pin(access: ServerAccess, certificate: Certificate) -> None:
    """Compare the server's certificate with the pinned one, if one is pinned.

    :raises UserFixableError: TLS_PIN_MISMATCH
    """
    if not access.pinned_certificate:
        return
    pinned = normal_fingerprint(access.pinned_certificate)
    if certificate.fingerprint != pinned:
        facts = {"host": access.host, **certificate.facts(), "pinned": pinned}
        raise UserFixableError(Code.TLS_PIN_MISMATCH, facts, layer=Layer.TLS)


def refusal(error: ssl.SSLCertVerificationError, access: ServerAccess, certificate: Certificate) -> UserFixableError:
    """Why a certificate was not believed, with what is needed to decide about it.

    The codes of OpenSSL decide; macOS and Windows have their own, there the certificate itself is looked at.
    """
    host = access.host
    shown = {"host": host, "issuer": "", "names": "", "not_after": "", **certificate.facts()}
    known = _NOT_VALID_NOW | _WRONG_NAME | _UNKNOWN_ISSUER
    detail = error.verify_message or str(error)
    if error.verify_code in _NOT_VALID_NOW or (error.verify_code not in known and not certificate.is_valid_now):
        return UserFixableError(Code.TLS_EXPIRED, shown, layer=Layer.TLS)
    if error.verify_code in _WRONG_NAME or "host name" in detail.lower() or "hostname" in detail.lower():
        return UserFixableError(Code.TLS_WRONG_NAME, shown, layer=Layer.TLS)
    if error.verify_code in _UNKNOWN_ISSUER:
        return UserFixableError(Code.TLS_UNKNOWN_CA, shown, layer=Layer.TLS)
    return UserFixableError(Code.TLS_FAILED, {**shown, "port": str(access.port), "detail": detail}, layer=Layer.TLS)
