"""Whom the program believes over TLS is one rule, for mail servers and providers alike."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
import truststore

from mailadmin.domain.errors import Code, Layer, UserFixableError
from mailadmin.trust import verifying_context
from tests.servers.certificates import Authority


def test_the_systems_authorities_count_unless_a_file_is_named(tmp_path: Path) -> None:
    assert isinstance(verifying_context("", Layer.TLS), truststore.SSLContext)
    own = verifying_context(str(Authority(tmp_path).file), Layer.TLS)
    assert type(own) is ssl.SSLContext
    assert own.cert_store_stats()["x509_ca"] == 1, "nobody else"
    assert own.verify_flags & ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN


def test_certificate_and_name_are_verified_and_old_protocols_refused(tmp_path: Path) -> None:
    for context in (verifying_context("", Layer.TLS), verifying_context(str(Authority(tmp_path).file), Layer.TLS)):
        assert context.verify_mode is ssl.CERT_REQUIRED
        assert context.check_hostname
        assert context.minimum_version == ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize("text", [None, "", "no certificate"])
def test_a_file_that_is_none_is_told_where_it_is_used(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "ca.pem"
    if text is not None:
        path.write_text(text)
    with pytest.raises(UserFixableError) as caught:
        verifying_context(str(path), Layer.SIGN_IN)
    assert (caught.value.code, caught.value.layer, caught.value.facts["path"]) == (
        Code.TLS_CA_FILE, Layer.SIGN_IN, str(path),
    )  # fmt: skip
    assert caught.value.facts["detail"]
