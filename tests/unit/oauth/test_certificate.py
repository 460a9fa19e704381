"""A client certificate is used only with its own key, in time, and readable without a password."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.secrets import Secret
from mailadmin.oauth.certificate import read_certificate

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
CURVE = ec.generate_private_key(ec.SECP256R1())


def key(
    private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey = KEY,
    form: PrivateFormat = PrivateFormat.PKCS8,
    encryption: KeySerializationEncryption | None = None,
) -> str:
    return private.private_bytes(Encoding.PEM, form, encryption or NoEncryption()).decode()


def certificate(private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey = KEY, days: int = 100) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "client")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=200))
        .not_valid_after(NOW + timedelta(days=days))
        .sign(private, hashes.SHA256())
    )
    return made.public_bytes(Encoding.PEM).decode()


@pytest.mark.parametrize(
    "pem",
    [
        key() + certificate(),
        certificate() + key(),
        key(form=PrivateFormat.TraditionalOpenSSL) + certificate(),
        key() + certificate(OTHER) + certificate(),  # an authority's before it
        "Bag Attributes\n  localKeyID: 01\n" + key() + "\nsubject=CN=x\n" + certificate(),
    ],
)
def test_key_and_certificate_are_found_in_any_order(pem: str) -> None:
    found = read_certificate(Secret(pem), "Support", NOW)
    assert found.private_key.reveal() == key()
    assert found.certificate == certificate()
    assert found.not_after == NOW + timedelta(days=100)
    assert "PRIVATE" not in repr(found)


@pytest.mark.parametrize(
    ("pem", "detail"),
    [
        (certificate(), "no-key"),
        (key(), "no-certificate"),
        ("", "no-key"),
        (key(encryption=BestAvailableEncryption(b"pw")) + certificate(), "encrypted"),
        (
            key(form=PrivateFormat.TraditionalOpenSSL, encryption=BestAvailableEncryption(b"pw")) + certificate(),
            "encrypted",
        ),
        (key(CURVE) + certificate(CURVE), "not-rsa"),
        (key() + certificate(OTHER), "not-a-pair"),
        (key() + certificate(days=-1), "expired"),
        (key().replace("M", "!", 3) + certificate(), "unreadable"),
        (key() + certificate()[:200] + "\n-----END CERTIFICATE-----\n", "unreadable"),
    ],
)
def test_what_is_wrong_with_a_certificate_is_said(pem: str, detail: str) -> None:
    with pytest.raises(UserFixableError) as caught:
        read_certificate(Secret(pem), "Support", NOW)
    assert caught.value.code is Code.BAD_CLIENT_CERTIFICATE
    assert caught.value.facts == {"profile": "Support", "detail": detail}
    assert caught.value.__cause__ is None
