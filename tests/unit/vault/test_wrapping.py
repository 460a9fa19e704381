from __future__ import annotations

import json
from dataclasses import replace

import pytest

from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.ports import KeyRecord
from mailadmin.domain.secrets import Secret
from mailadmin.vault.sealing import DatabaseKey
from mailadmin.vault.wrapping import SHIPPED_COST, Cost, unwrap, wrap

CHEAP = Cost(n=2, r=1, p=1)
PASSPHRASE = Secret("correct horse battery")
KEY = DatabaseKey.new()


def record(cost: Cost = CHEAP, passphrase: Secret = PASSPHRASE) -> KeyRecord:
    wrapped, kdf = wrap(KEY, passphrase, cost)
    return KeyRecord(KEY.id, KEY.check_value(), wrapped, kdf)


def code_of_unwrap(of: KeyRecord, passphrase: Secret = PASSPHRASE) -> Code:
    with pytest.raises(UserFixableError) as caught:
        unwrap(of, passphrase)
    assert passphrase.reveal() not in f"{caught.value!r} {caught.value}"
    return caught.value.code


def test_the_key_comes_back_with_the_passphrase_alone() -> None:
    assert unwrap(record(), PASSPHRASE) == KEY
    assert code_of_unwrap(record(), Secret("correct horse batterY")) is Code.PASSPHRASE_WRONG


def test_the_shipped_cost_is_64_mb_and_works() -> None:
    assert 128 * SHIPPED_COST.n * SHIPPED_COST.r == 64 << 20
    assert SHIPPED_COST.bearable
    assert unwrap(record(SHIPPED_COST), PASSPHRASE) == KEY


def test_parameters_are_stored_so_that_a_copy_opens_after_they_rose() -> None:
    cheaper = record(Cost(n=4, r=2, p=3))
    assert {key: json.loads(cheaper.kdf)[key] for key in ("name", "n", "r", "p")} == {
        "name": "scrypt", "n": 4, "r": 2, "p": 3,
    }  # fmt: skip
    assert unwrap(cheaper, PASSPHRASE) == KEY


def test_two_copies_under_one_passphrase_are_different() -> None:
    assert record().wrapped != record().wrapped


def test_a_passphrase_typed_with_decomposed_letters_is_the_same() -> None:
    composed, decomposed = Secret("gr\u00fc\u00dfe aus k\u00f6ln"), Secret("gru\u0308\u00dfe aus ko\u0308ln")
    assert unwrap(record(passphrase=composed), decomposed) == KEY


@pytest.mark.parametrize("short", ["", "elevenchars", " " * 20, "  short       "])
def test_a_short_passphrase_is_refused_with_the_minimum(short: str) -> None:
    with pytest.raises(UserFixableError) as caught:
        wrap(KEY, Secret(short), CHEAP)
    assert (caught.value.code, caught.value.facts) == (Code.PASSPHRASE_TOO_SHORT, {"minimum": "12"})


def test_twelve_characters_are_enough() -> None:
    assert wrap(KEY, Secret("twelve chars"), CHEAP)


def test_without_a_copy_the_passphrase_is_not_set() -> None:
    assert code_of_unwrap(KeyRecord(KEY.id, KEY.check_value())) is Code.PASSPHRASE_NOT_SET


def test_a_copy_moved_to_another_key_id_does_not_open() -> None:
    assert code_of_unwrap(replace(record(), key_id="another")) is Code.PASSPHRASE_WRONG


def test_parameters_cannot_be_altered_unseen() -> None:
    of = record()
    assert code_of_unwrap(replace(of, kdf=of.kdf.replace('"p": 1', '"p": 2'))) is Code.PASSPHRASE_WRONG
    assert code_of_unwrap(replace(of, kdf=of.kdf + " ")) is Code.PASSPHRASE_WRONG


@pytest.mark.parametrize(
    "fields",
    [
        {"n": 1 << 40},
        {"n": 3},
        {"n": 0},
        {"r": 1 << 30},
        {"r": 0},
        {"p": 1 << 20},
        {"p": -1},
        {"n": "many"},
        {"name": "md5"},
        {"salt": "no hex"},
        {"salt": None},
    ],
)
def test_parameters_that_would_take_all_memory_or_are_nonsense_are_damage(fields: dict[str, object]) -> None:
    of = record()
    kdf = json.dumps(json.loads(of.kdf) | fields)
    assert code_of_unwrap(replace(of, kdf=kdf)) is Code.SECRET_DAMAGED


@pytest.mark.parametrize("kdf", ["", "no json", "[]", "null", "{}"])
def test_a_derivation_that_cannot_be_read_is_damage(kdf: str) -> None:
    assert code_of_unwrap(replace(record(), kdf=kdf)) is Code.SECRET_DAMAGED


@pytest.mark.parametrize("wrapped", [b"", b"short", b"\0" * 60])
def test_a_cut_copy_does_not_open(wrapped: bytes) -> None:
    assert code_of_unwrap(replace(record(), wrapped=wrapped)) is Code.PASSPHRASE_WRONG
