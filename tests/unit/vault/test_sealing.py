from __future__ import annotations

import pickle
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.ports import KeyRecord
from mailadmin.domain.secrets import Secret, SecretKind, SecretOwner, SecretRef
from mailadmin.vault.sealing import DatabaseKey, SealBrokenError, associated_data, open_secret, seal_secret

KEY = DatabaseKey.new()
REF = SecretRef(SecretOwner.INCOMING, "0b54", SecretKind.PASSWORD)


@given(st.text())
def test_any_text_comes_back(text: str) -> None:
    row = seal_secret(KEY, REF, Secret(text))
    assert open_secret(KEY, REF, row).reveal() == text


def test_octets_that_are_no_utf8_come_back() -> None:
    text = b"p\xffss".decode("utf-8", "surrogateescape")
    assert open_secret(KEY, REF, seal_secret(KEY, REF, Secret(text))).reveal() == text


def test_each_seal_has_its_own_nonce_and_row_uid() -> None:
    rows = [seal_secret(KEY, REF, Secret("the same")) for _ in range(50)]
    assert len({row.nonce for row in rows}) == len({row.row_uid for row in rows}) == 50
    assert {len(row.nonce) for row in rows} == {12}


def test_the_sealed_row_does_not_hold_the_secret() -> None:
    row = seal_secret(KEY, REF, Secret("marker-4711"))
    assert b"marker" not in row.sealed


def assert_damaged(key: DatabaseKey, ref: SecretRef, **changes: object) -> None:
    row = replace(seal_secret(KEY, REF, Secret("a secret")), **changes)  # type: ignore[arg-type]
    with pytest.raises(UserFixableError) as caught:
        open_secret(key, ref, row)
    assert caught.value.code is Code.SECRET_DAMAGED
    assert caught.value.facts == {"ref": str(ref)}


@pytest.mark.parametrize(
    "other",
    [
        SecretRef(SecretOwner.INCOMING, "0b55", SecretKind.PASSWORD),
        SecretRef(SecretOwner.OUTGOING, "0b54", SecretKind.PASSWORD),
        SecretRef(SecretOwner.INCOMING, "0b54", SecretKind.TOKEN_CACHE),
    ],
)
def test_a_row_moved_to_another_reference_does_not_open(other: SecretRef) -> None:
    assert_damaged(KEY, other)


@pytest.mark.parametrize("field", ["row_uid", "key_id"])
def test_a_row_with_another_identity_does_not_open(field: str) -> None:
    assert_damaged(KEY, REF, **{field: "another"})


@pytest.mark.parametrize("nonce", [b"", b"short", b"\0" * 12, b"\0" * 300])
def test_a_row_with_another_nonce_does_not_open(nonce: bytes) -> None:
    assert_damaged(KEY, REF, nonce=nonce)


def test_a_row_under_another_key_does_not_open() -> None:
    assert_damaged(DatabaseKey.new(), REF)


def test_no_bit_can_be_flipped_and_no_octet_cut() -> None:
    row = seal_secret(KEY, REF, Secret("a secret"))
    altered = [bytes([*row.sealed[:at], row.sealed[at] ^ 1, *row.sealed[at + 1 :]]) for at in range(len(row.sealed))]
    cut = [row.sealed[:length] for length in range(len(row.sealed))]
    for sealed in (*altered, *cut, row.sealed + b"\0"):
        with pytest.raises(UserFixableError, match="secret-damaged"):
            open_secret(KEY, REF, replace(row, sealed=sealed))


@given(st.lists(st.text(max_size=4), max_size=4), st.lists(st.text(max_size=4), max_size=4))
def test_associated_data_is_unambiguous(one: list[str], other: list[str]) -> None:
    assert (associated_data(*one) == associated_data(*other)) == (one == other)


def test_associated_data_keeps_neighbours_apart() -> None:
    assert associated_data("ab", "c") != associated_data("a", "bc") != associated_data("abc", "")


def test_a_check_value_fits_its_key_and_id_alone() -> None:
    record = KeyRecord(KEY.id, KEY.check_value())
    assert KEY.fits(record)
    assert not DatabaseKey(KEY.id, bytes(32)).fits(record)
    assert not KEY.fits(replace(record, key_id="another"))
    assert not KEY.fits(replace(record, check=b""))


def test_a_key_is_44_characters_of_base64_and_comes_back() -> None:
    text = KEY.encode()
    assert len(text.reveal()) == 44
    assert DatabaseKey.decode(KEY.id, text.reveal() + "\n") == KEY


@pytest.mark.parametrize("text", ["", "nonsense", "AAAA", "ä" * 44, "A" * 43 + "*"])
def test_what_is_no_key_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(ValueError, match="key") as caught:
        DatabaseKey.decode("id", text)
    assert text == "" or text not in str(caught.value)


def test_a_key_sealed_under_another_opens_with_that_alone() -> None:
    wrapping = DatabaseKey.new()
    nonce, sealed = KEY.sealed_by(wrapping, b"data")
    assert DatabaseKey.opened_by(KEY.id, wrapping, nonce, sealed, b"data") == KEY
    with pytest.raises(SealBrokenError):
        DatabaseKey.opened_by(KEY.id, wrapping, nonce, sealed, b"other data")


def test_a_key_prints_itself_without_the_key_and_is_not_pickled() -> None:
    shown = f"{KEY!r} {KEY} {[KEY]} {DatabaseKey.__slots__}"
    assert KEY.encode().reveal() not in shown
    assert repr(KEY._octets) not in shown
    with pytest.raises(TypeError):
        pickle.dumps(KEY)
