"""Opening mailboxes on a real Dovecot: all six types, every certificate, every wrong setting."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mailadmin.domain.accounts import AccountType, Encryption, Family
from mailadmin.domain.errors import Code, Layer
from mailadmin.domain.ports import LayerReached
from tests.servers.dovecot import EXPIRED, NO_TLS, NO_UIDPLUS, OTHER_CA, PASSWORD, TLS_FIRST, WRONG_NAME, Dovecot
from tests.servers.opening import failure, opened

TYPES = [kind for kind in AccountType if kind is not AccountType.MSGRAPH]
ENCRYPTED = [kind for kind in TYPES if kind.encryption is not Encryption.NONE]
PLAIN = [kind for kind in TYPES if kind.encryption is Encryption.NONE]


@pytest.mark.parametrize("kind", TYPES)
def test_every_type_tells_its_layers_and_opens(dovecot: Dovecot, user: str, kind: AccountType) -> None:
    dovecot.deliver(user, b"Subject: one\n\n1\n", b"Subject: two\n\n2\n")
    layers: list[LayerReached] = []
    with opened(dovecot.access(user, kind), layers=layers) as mailbox:
        assert len(mailbox.list_messages()) == 2
        mailbox.finish()
    order = {
        Encryption.NONE: "name connect greeting capabilities sign-in folder",
        Encryption.TLS: "name connect tls greeting capabilities sign-in folder",
        Encryption.STARTTLS: "name connect greeting tls capabilities sign-in folder",
    }[kind.encryption]
    assert " ".join(layer.layer for layer in layers) == order
    told = {layer.layer: layer for layer in layers}
    assert "127.0.0.1" in told[Layer.NAME].facts["addresses"]
    assert told[Layer.CONNECT].facts == {"address": "127.0.0.1", "port": str(dovecot.port(kind))}
    assert "Dovecot" in told[Layer.GREETING].server
    assert ("IMAP4REV1" if kind.family is Family.IMAP else "UIDL") in told[Layer.CAPABILITIES].facts["capabilities"]
    assert told[Layer.SIGN_IN].facts["mechanism"] == ("LOGIN" if kind.family is Family.IMAP else "USER")
    assert told[Layer.SIGN_IN].server.startswith("Logged in")
    assert told[Layer.FOLDER].facts["messages"] == "2"
    if kind.encryption is not Encryption.NONE:
        facts = told[Layer.TLS].facts
        assert facts["version"] in {"TLSv1.2", "TLSv1.3"}
        assert facts["fingerprint"] == dovecot.good.fingerprint
        assert "localhost" in facts["names"]
        assert (facts["issuer"], facts["verified_by"]) == ("CN=Test CA", "ca_file")
        assert facts["days_left"] in {"89", "90"}  # made for 90 days, some minutes ago
        assert facts["not_after"].endswith("+00:00")


@pytest.mark.parametrize("kind", TYPES)
def test_a_wrong_password_is_refused_with_the_servers_words(dovecot: Dovecot, user: str, kind: AccountType) -> None:
    error = failure(dovecot.access(user, kind), "wrong-" + PASSWORD)
    assert (error.code, error.layer) == (Code.SIGN_IN_REFUSED, Layer.SIGN_IN)
    assert error.facts == {"username": user}
    assert "Authentication failed" in error.server


@pytest.mark.parametrize("password", ["Grüße", 'quo"te', "back\\slash", "two words", "%{}()*"])
@pytest.mark.parametrize("kind", [AccountType.IMAPS, AccountType.POP3S])
def test_any_password_is_carried_to_the_server(dovecot: Dovecot, user: str, kind: AccountType, password: str) -> None:
    assert failure(dovecot.access(user, kind), password).code is Code.SIGN_IN_REFUSED


@pytest.mark.parametrize("kind", ENCRYPTED)
@pytest.mark.parametrize(
    ("host", "index", "code", "name", "issuer"),
    [
        (EXPIRED, 0, Code.TLS_EXPIRED, EXPIRED, "CN=Test CA"),
        (WRONG_NAME, 1, Code.TLS_WRONG_NAME, "other.example", "CN=Test CA"),
        (OTHER_CA, 2, Code.TLS_UNKNOWN_CA, OTHER_CA, "CN=Unknown CA"),
    ],
)
def test_a_bad_certificate_is_refused_and_can_be_pinned(
    dovecot: Dovecot, user: str, kind: AccountType, host: str, index: int, code: Code, name: str, issuer: str
) -> None:
    access = dovecot.access(user, kind, host=host)
    layers: list[LayerReached] = []
    error = failure(access, layers=layers)
    assert (error.code, error.layer) == (code, Layer.TLS)
    assert error.facts["host"] == host
    assert (error.facts["subject"], error.facts["names"], error.facts["issuer"]) == (f"CN={name}", name, issuer)
    not_before, not_after = (datetime.fromisoformat(error.facts[key]) for key in ("not_before", "not_after"))
    assert not_before < not_after
    assert (not_after < datetime.now(UTC)) == (code is Code.TLS_EXPIRED)
    assert Layer.SIGN_IN not in {layer.layer for layer in layers}
    fingerprint = error.facts["fingerprint"]
    assert fingerprint == dovecot.bad[index].fingerprint
    with_colons = ":".join(fingerprint[at : at + 2] for at in range(0, 64, 2)).upper()
    pinned = replace(access, ca_file="", pinned_certificate=with_colons)
    with opened(pinned, layers=layers):
        pass
    assert next(layer.facts["verified_by"] for layer in layers if layer.layer is Layer.TLS) == "pin"


@pytest.mark.parametrize("kind", ENCRYPTED)
def test_only_the_pinned_certificate_is_believed(dovecot: Dovecot, user: str, kind: AccountType) -> None:
    pin = "ab" * 32
    error = failure(replace(dovecot.access(user, kind), ca_file="", pinned_certificate=pin))
    assert (error.code, error.layer) == (Code.TLS_PIN_MISMATCH, Layer.TLS)
    assert error.facts["host"] == "localhost"
    assert (error.facts["fingerprint"], error.facts["pinned"]) == (dovecot.good.fingerprint, pin)
    assert {"subject", "issuer", "names", "not_before", "not_after"} <= set(error.facts)


@pytest.mark.parametrize("kind", ENCRYPTED)
def test_the_system_store_does_not_know_our_authority(dovecot: Dovecot, user: str, kind: AccountType) -> None:
    error = failure(replace(dovecot.access(user, kind), ca_file=""))
    assert (error.code, error.facts["issuer"]) == (Code.TLS_UNKNOWN_CA, "CN=Test CA")


@pytest.mark.parametrize("kind", [AccountType.IMAPTLS, AccountType.POP3TLS])
def test_a_server_without_starttls_is_not_spoken_to_in_clear(dovecot: Dovecot, user: str, kind: AccountType) -> None:
    layers: list[LayerReached] = []
    error = failure(dovecot.access(user, kind, host=NO_TLS), layers=layers)
    assert (error.code, error.layer) == (Code.STARTTLS_NOT_OFFERED, Layer.TLS)
    assert layers[-1].layer is Layer.GREETING


@pytest.mark.parametrize("kind", PLAIN)
def test_a_server_that_wants_tls_first_is_not_told_the_password(dovecot: Dovecot, user: str, kind: AccountType) -> None:
    error = failure(dovecot.access(user, kind, host=TLS_FIRST))
    assert (error.code, error.layer) == (Code.SIGN_IN_NEEDS_TLS, Layer.SIGN_IN)
    with opened(dovecot.access(user, AccountType(f"{kind}TLS"), host=TLS_FIRST)):
        pass


@pytest.mark.parametrize("kind", PLAIN)
def test_a_tls_port_spoken_to_in_clear_is_silent(dovecot: Dovecot, user: str, kind: AccountType) -> None:
    access = dovecot.access(user, kind)
    impatient = replace(access.timeouts, greeting=0.3)
    error = failure(replace(access, port=dovecot.port(AccountType(f"{kind}S")), timeouts=impatient))
    assert (error.code, error.layer, error.facts["seconds"]) == (Code.SERVER_SILENT, Layer.GREETING, "0.3")


@pytest.mark.parametrize(
    ("kind", "other"), [(AccountType.IMAP, AccountType.POP3), (AccountType.POP3, AccountType.IMAP)]
)
def test_the_port_of_the_other_protocol_is_named(
    dovecot: Dovecot, user: str, kind: AccountType, other: AccountType
) -> None:
    error = failure(replace(dovecot.access(user, kind), port=dovecot.port(other)))
    assert (error.code, error.layer) == (Code.SERVER_GARBAGE, Layer.GREETING)
    assert "Dovecot" in error.server


@pytest.mark.parametrize("kind", [AccountType.IMAPS, AccountType.POP3S])
def test_a_port_without_tls_is_named(dovecot: Dovecot, user: str, kind: AccountType) -> None:
    plain = dovecot.port(AccountType.IMAP if kind is AccountType.IMAPS else AccountType.POP3)
    error = failure(replace(dovecot.access(user, kind), port=plain))
    assert (error.code, error.layer) == (Code.TLS_FAILED, Layer.TLS)


def test_abilities_follow_the_capabilities_after_sign_in(dovecot: Dovecot, user: str) -> None:
    with opened(dovecot.access(user)) as mailbox:
        abilities = mailbox.abilities()
        assert (abilities.delete, abilities.move, abilities.uidplus, abilities.native_move) == (True,) * 4
    with opened(dovecot.access(user, host=NO_UIDPLUS)) as mailbox:
        abilities = mailbox.abilities()
        assert (abilities.delete, abilities.move, abilities.uidplus, abilities.native_move) == (
            True,
            True,
            False,
            False,
        )
