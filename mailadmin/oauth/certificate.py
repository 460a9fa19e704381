"""The client certificate of a profile: private key and certificate in one PEM text, read and checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from mailadmin import diagnostics
from mailadmin.domain.errors import Code, Layer, UserFixableError
from mailadmin.domain.secrets import Secret


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """What proves who we are: both in PEM, the key unencrypted. ``not_after`` is aware UTC."""

    private_key: Secret
    certificate: str = field(repr=False)
    not_after: datetime


def read_certificate(pem: Secret, profile: str, now: datetime | None = None) -> ClientCertificate:
    """Read a client certificate with its key.

    :param profile: the profile's name, for the error
    :raises UserFixableError: BAD_CLIENT_CERTIFICATE; ``detail`` is unreadable, no-key, no-certificate, encrypted,
        not-rsa, not-a-pair or expired
    """
    text = pem.reveal()
    if "PRIVATE KEY-----" not in text:
        raise _bad(profile, "no-key")
    if "-----BEGIN CERTIFICATE-----" not in text:
        raise _bad(profile, "no-certificate")
    try:
        key = load_pem_private_key(text.encode(), None)
        certificates = x509.load_pem_x509_certificates(text.encode())
    except TypeError:  # it wants a password
        raise _bad(profile, "encrypted") from None
    except ValueError:
        raise _bad(profile, "encrypted" if "ENCRYPTED" in text else "unreadable") from None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise _bad(profile, "not-rsa")
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    for certificate in certificates:  # those of the authorities may stand beside it
        if certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) == public:
            break
    else:
        raise _bad(profile, "not-a-pair")
    if certificate.not_valid_after_utc < (now or datetime.now(UTC)):
        raise _bad(profile, "expired")
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii")
    diagnostics.hide(Secret(private))
    return ClientCertificate(
        Secret(private), certificate.public_bytes(Encoding.PEM).decode("ascii"), certificate.not_valid_after_utc
    )


def _bad(profile: str, detail: str) -> UserFixableError:
    facts = {"profile": profile, "detail": detail}
    return UserFixableError(Code.BAD_CLIENT_CERTIFICATE, facts, layer=Layer.SIGN_IN)
