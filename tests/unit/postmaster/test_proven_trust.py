"""X-OTOBO headers that wait for a proof of the sender (RFC 8601)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailadmin.postmaster import parse
from mailadmin.postmaster.authentication import Proof, aligned, prove_sender
from tests.unit.postmaster.samples import TRUSTED, decided, mail, step, steps

SERVER = "mx.example.org"
PINNED = replace(TRUSTED, trusted_authserv_id=SERVER)
HOP = "Received: from out.customer.example (out.customer.example [192.0.2.1]) by mx.example.org with ESMTPS id 1; x\n"
LMTP = "Received: from mx.example.org by store.example.org (Dovecot) with LMTP id 2; x\n"
OTHER = "Received: from evil.example by relay.evil.example with ESMTP id 3; x\n"
DKIM = "dkim=pass header.d=customer.example"
SPF = "spf=pass smtp.mailfrom=bounce@customer.example"
DMARC = "dmarc=pass header.from=customer.example"


def says(results: str, server: str = SERVER) -> str:
    return f"Authentication-Results: {server};\n {results}\n"


def proof(*above: str, server: str = SERVER, sender: str = "Ann <ann@customer.example>") -> Proof:
    return prove_sender(parse("".join(above).encode() + mail(From=sender)).headers, server)


def test_headers_count_with_a_proof_and_not_without() -> None:
    orders = mail(**{"X-OTOBO-Queue": "Sales", "DKIM-Signature": signature("From:X-OTOBO-Queue")})
    decision = decided((says(DKIM) + HOP).encode() + orders, PINNED)
    assert decision.queue == "Sales"
    assert step(decision, "trust_proven") == {"by": "dkim", "domain": "customer.example", "server": SERVER}
    decision = decided(HOP.encode() + orders, PINNED)
    assert decision.queue == "Support"
    assert step(decision, "trust_unproven") == {
        "reason": "no_results",
        "server": SERVER,
        "domain": "customer.example",
        "headers": "X-OTOBO-Queue",
    }


def signature(signed: str, domain: str = "customer.example") -> str:
    return f"v=1; a=rsa-sha256; d={domain}; s=x;\n\th={signed}; bh=abc=; b=def="


def replayed(results: str, *signatures: str, often: int = 1) -> bytes:
    """A mail with orders, in the order of its fields as a sender would write them."""
    lines = [says(results) + HOP, *(f"DKIM-Signature: {one}\n" for one in signatures), "X-OTOBO-Queue: Sales\n" * often]
    return "".join(lines).encode() + mail()


@pytest.mark.parametrize(
    ("results", "signatures"),
    [
        (DKIM, [signature("from : to\n\t: x-otobo-QUEUE")]),
        (DKIM, [signature("X-OTOBO-Queue:X-OTOBO-Queue")]),
        (DKIM, [signature("X-OTOBO-Queue", "Customer.EXAMPLE.")]),
        (DKIM, [signature("X-OTOBO-Queue"), signature("From", "lists.example")]),
        ("dkim=pass header.i=@customer.example", [signature("X-OTOBO-Queue", "customer.example")]),
        (SPF, []),
        (f"{SPF}; {DKIM}", [signature("From")]),
        (f"{SPF}; {DMARC}", []),
        (f"{DKIM}; {DMARC}", [signature("X-OTOBO-Queue"), signature("From", "lists.example")]),
        (DMARC, [signature("X-OTOBO-Queue")]),
    ],
)
def test_what_the_proof_covers_counts(results: str, signatures: list[str]) -> None:
    decision = decided(replayed(results, *signatures), PINNED)
    assert decision.queue == "Sales"
    assert steps(decision, "trust_proven")
    assert steps(decision, "trust_unproven") == []


@pytest.mark.parametrize(
    ("results", "signatures", "often"),
    [
        (DKIM, [], 1),
        (DKIM, [signature("From:To")], 1),
        (DKIM, [signature("From:To"), signature("X-OTOBO-Queue")], 1),
        (DKIM, [signature("X-OTOBO-Queue")], 2),
        (DKIM, [signature("X-OTOBO-Queue", "evil.example")], 1),
        (DKIM, [signature("From") + "; h=X-OTOBO-Queue"], 1),
        (DKIM, ["h=X-OTOBO-Queue"], 1),
        (DKIM, [signature("X-OTOBO-Queue")] * 51, 1),
        (DMARC, [], 1),
        (DMARC, [signature("From", "mail.customer.example"), signature("X-OTOBO-Queue")], 1),
        (f"{DKIM}; {DMARC}", [signature("From"), signature("X-OTOBO-Queue", "evil.example")], 1),
    ],
)
def test_a_header_that_may_have_been_added_to_a_signed_mail_does_not_count(
    results: str, signatures: list[str], often: int
) -> None:
    decision = decided(replayed(results, *signatures, often=often), PINNED)
    assert decision.queue == "Support"
    facts = step(decision, "trust_unproven")
    assert (facts["reason"], facts["domain"]) == ("unsigned", "customer.example")
    assert facts["headers"] == "X-OTOBO-Queue"
    assert steps(decision, "trust_proven") == []


def test_of_several_headers_those_that_are_signed_count() -> None:
    raw = b"X-OTOBO-Ignore: yes\n" + replayed(DKIM, signature("X-OTOBO-Queue"))
    decision = decided(raw, PINNED)
    assert (decision.kind, decision.queue) == ("new_ticket", "Sales")
    assert step(decision, "trust_unproven")["headers"] == "X-OTOBO-Ignore"
    assert step(decision, "trust_proven")["by"] == "dkim"


def test_without_orders_nothing_is_asked() -> None:
    decision = decided(HOP.encode() + mail(), PINNED)
    assert steps(decision, "trust_unproven") == []


@pytest.mark.parametrize(
    ("results", "by"),
    [
        (DKIM, "dkim"),
        ("dkim=pass (good) header.i=@customer.example header.s=a", "dkim"),
        ("dkim=fail header.d=customer.example; dkim=pass header.d=customer.example", "dkim"),
        ("spf=pass smtp.mailfrom=bounce@customer.example", "spf"),
        ("dmarc=pass (p=none) header.from=customer.example", "dmarc"),
        (f"spf=fail smtp.mailfrom=a@evil.example; {DKIM}", "dkim"),
        ("DKIM=PASS header.d=Customer.Example", "dkim"),
    ],
)
def test_what_proves(results: str, by: str) -> None:
    assert proof(says(results), HOP).by == by


@pytest.mark.parametrize(
    "results",
    [
        "none",
        "dkim=fail header.d=customer.example",
        "dkim=pass header.d=evil.example",
        "dkim=pass header.d=notcustomer.example",
        "dkim=pass header.d=example",
        "dkim=pass header.d=mail.customer.example",
        "spf=pass smtp.mailfrom=bounces.customer.example",
        "dkim=pass",
        "spf=pass smtp.helo=customer.example",
        "spf=softfail smtp.mailfrom=a@customer.example",
        "spf=pass smtp.mailfrom=customer.example@evil.example",
        "dmarc=pass",
        "dmarc=pass header.from=mail.customer.example",
        f"{DKIM}; dmarc=fail header.from=customer.example",
        "arc=pass header.d=customer.example",
        'spf=fail smtp.mailfrom="x; dkim=pass header.d=customer.example"@evil.example',
        "spf=fail (dkim=pass header.d=customer.example) smtp.mailfrom=evil.example",
    ],
)
def test_what_does_not_prove(results: str) -> None:
    assert proof(says(results), HOP).reason == "failed"


def test_the_servers_name_counts_as_a_whole_in_any_case() -> None:
    assert proof(says(DKIM, "MX.Example.ORG"), HOP).by == "dkim"
    assert proof(says(DKIM, "mx.example.org 1"), HOP).by == "dkim"
    for other in ("example.org", "x.mx.example.org", "mx.example.org.evil.example", "mx-example.org", ""):
        assert proof(says(DKIM, other), HOP).reason == "no_results"


def test_a_field_where_the_sender_can_write_is_no_proof() -> None:
    assert proof(HOP, says(DKIM)).reason == "below"
    assert proof(HOP, OTHER, says(DKIM)).reason == "below"
    assert proof(OTHER, says(DKIM)).reason == "below"
    assert proof(HOP, says(DKIM), HOP).reason == "below"
    assert proof(says(DKIM)).reason == "no_hop", "no server has handled it"


def test_a_forged_field_below_does_not_help_nor_harm_the_real_one() -> None:
    assert proof(says("dkim=none"), HOP, says(DKIM)).reason == "failed"
    assert proof(says(DKIM), HOP, says("dkim=fail header.d=customer.example")).by == "dkim"


def test_the_last_hop_may_be_a_delivery_within_the_house() -> None:
    assert proof(LMTP, says(DKIM), HOP).by == "dkim"
    assert proof(LMTP, HOP, says(DKIM)).reason == "below"
    for recipient in ('"x with lmtp y"', '"x) with lmtp ("', 'x" with lmtp', "x) with lmtp y", "(x with lmtp y"):
        forged = f"Received: from evil.example by mx.example.org with ESMTP id 4F\n for <{recipient}@example.org>; x\n"
        assert proof(forged, says(DKIM)).reason == "below", recipient
    forged = "Received: from x with LMTP (with LMTP id) by mx.example.org with ESMTP id 1; with LMTP\n"
    assert proof(forged, says(DKIM), HOP).reason == "below"


def test_a_server_that_removes_forged_fields_is_believed_below_its_own_line() -> None:
    removing = f"{SERVER} removes-forged"
    assert proof(HOP, says(DKIM), OTHER, server=removing).by == "dkim"
    assert proof(HOP, OTHER, says(DKIM), server=removing).reason == "below"
    assert proof(OTHER, HOP, says(DKIM), server=removing).reason == "below"
    forged = 'Received: from a by evil.example with ESMTP id 4F\n for <"x by mx.example.org y"@example.org>; x\n'
    assert proof(forged, says(DKIM), server=removing).reason == "below"
    google = (
        "Received: by 2002:a05:7022:61a:b0:5e with SMTP id 1; x\nReceived: from a by mx.google.com with ESMTPS; x\n"
    )
    assert proof(google, says(DKIM, "mx.google.com"), server="mx.google.com").by == "dkim"
    assert proof(HOP, google, says(DKIM, "mx.google.com"), server="mx.google.com").reason == "below"


def test_a_server_that_contradicts_itself_proves_nothing() -> None:
    assert proof(says(DKIM), says("dkim=fail header.d=customer.example"), HOP).reason == "contradiction"
    assert proof(says("dkim=none"), says(DKIM), HOP).reason == "contradiction"
    assert proof(says("dmarc=pass header.from=customer.example"), says(DKIM), HOP).by == "dmarc"
    assert proof(says("dmarc=fail header.from=customer.example"), says(DKIM), HOP).reason == "failed"


@pytest.mark.parametrize(
    "sender",
    [
        "",
        "Ann",
        "ann@customer.example, bob@evil.example",
        "bob@evil.example <ann@customer.example>",
        "<bob@evil.example> <ann@customer.example>",
        "Team: ann@customer.example;",
        "undisclosed-recipients:;",
        "ann@localhost",
        "ann@customer.example\nFrom: ann@customer.example",
        "ann@[192.0.2.1]",
        "ann@k\u00fcche.example",
    ],
)
def test_without_one_plain_sender_there_is_no_proof(sender: str) -> None:
    raw = (says(DKIM) + HOP).encode() + mail(From=sender)
    assert prove_sender(parse(raw).headers, SERVER).reason == "no_from"


def test_an_address_in_a_quoted_name_is_only_a_name() -> None:
    assert proof(says(DKIM), HOP, sender='"ann@customer.example" <x@evil.example>').reason == "failed"
    assert proof(says(DKIM), HOP, sender='"x@evil.example, y" <ann@customer.example>').by == "dkim"


@pytest.mark.parametrize("results", ["dkim", "dkim=", "(((", "dkim=pass header.d=customer.example; \xff=", "(" * 4000])
def test_what_cannot_be_read_is_no_proof(results: str) -> None:
    assert not proof(says(DKIM), says(results), HOP).by


@pytest.mark.parametrize(
    ("sender", "signer", "together"),
    [
        ("example.org", "example.org", True),
        ("mail.example.org", "example.org", True),
        ("a.b.example.org", "example.org", True),
        ("a.example.org", "b.example.org", False),
        ("example.co.uk", "example.co.uk", True),
        ("example.co.uk", "co.uk", False),
        ("mail.example.co.uk", "example.co.uk", True),
        ("example.gouv.fr", "gouv.fr", False),
        ("mail.firma.de", "firma.de", True),
        ("mail.sap.de", "sap.de", False),
        ("example.org", "org", False),
        ("myexample.org", "example.org", False),
        ("", "", False),
        ("example.org.", "example.org", False),
    ],
)
def test_alignment(sender: str, signer: str, together: bool) -> None:
    assert aligned(signer, sender) is together
    assert aligned(sender, signer) is (together and sender == signer), "who is below speaks for nobody above"


@settings(deadline=None)
@given(st.text(max_size=200), st.text(max_size=80))
def test_it_never_raises(results: str, sender: str) -> None:
    clean = " ".join(results.split())
    raw = (says(clean) + HOP).encode("utf-8", "replace") + mail(From=" ".join(sender.split()) or "x")
    prove_sender(parse(raw).headers, SERVER)
