"""When two e-mail addresses are one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailadmin.domain.addresses import address_key, domain_key, without_plus


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ann@Example.ORG", "ann@example.org"),
        (" ann@example.org ", "ann@example.org"),
        ("ann@example.org.", "ann@example.org"),
        ("ann@xn--bcher-kva.example", "ann@b\u00fccher.example"),
        ("ann@XN--BCHER-KVA.example", "ann@B\u00dcCHER.example"),
        ("ann@bu\u0308cher.example", "ann@b\u00fccher.example"),
        ("J\u00d6RG@example.org", "jo\u0308rg@example.org"),
        ('"ann.lee"@example.org', "ann.lee@example.org"),
        ("ann@xn--strae-oqa.example", "ann@stra\u00dfe.example"),
        ("Example.ORG.", "example.org"),
    ],
)
def test_one_address_in_two_spellings(one: str, other: str) -> None:
    assert address_key(one) == address_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ann@stra\u00dfe.example", "ann@strasse.example"),
        ("ann@xn--foo-.example", "ann@foo.example"),
        ("ann@xn--.example", "ann@.example"),
        ("ann@xn--bcher-kvA\u00fc.example", "ann@b\u00fccher.example"),
        ('"ann lee"@example.org', "annlee@example.org"),
        ("ann@example.org", "ann@example.com"),
        ("ann+x@example.org", "ann@example.org"),
    ],
)
def test_two_addresses_that_look_alike(one: str, other: str) -> None:
    assert address_key(one) != address_key(other)


def test_a_domain_alone() -> None:
    assert domain_key("XN--BCHER-KVA.Example.") == "b\u00fccher.example"


@given(st.one_of(st.text(max_size=80), st.from_regex(r"[a-z]{1,3}@xn--[a-z0-9-]{1,20}\.example", fullmatch=True)))
def test_any_text_has_a_key_that_stands_for_itself(text: str) -> None:
    key = address_key(text)
    assert address_key(key) == key
    assert len(key) <= 3 * len(text)


def test_what_stands_behind_a_plus_goes() -> None:
    assert without_plus("ann+x+y@a+b.example") == "ann@a+b.example"
    assert without_plus("+x@a.example") == "@a.example"
