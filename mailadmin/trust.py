"""Whom this program believes over TLS: the system's authorities or a CA file, and TLS 1.2 and newer (IN-2, OA-8)."""

from __future__ import annotations

import ssl
from typing import Final

import truststore

from .domain.errors import Code, Layer, UserFixableError

MINIMUM_TLS: Final = ssl.TLSVersion.TLSv1_2


def verifying_context(ca_file: str, layer: Layer) -> ssl.SSLContext:
    """A client context that verifies the other side's certificate and name.

    :param ca_file: PEM file of the only authorities that count; empty: those of the system count
    :param layer: what is being done, for the error
    :raises UserFixableError: TLS_CA_FILE when the file cannot be read or holds no certificate
    """
    if not ca_file:
        by_system: ssl.SSLContext = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        by_system.minimum_version = MINIMUM_TLS
        return by_system
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = MINIMUM_TLS
    # an administrator may well trust just the issuing CA, or the self-signed certificate itself
    context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
    try:
        context.load_verify_locations(cafile=ca_file)
    except OSError as error:  # ssl.SSLError is one
        facts = {"path": ca_file, "detail": error.strerror or str(error)}
        raise UserFixableError(Code.TLS_CA_FILE, facts, layer=layer) from error
    return context
