"""The lock files name everything, by hash, and nothing of where it came from."""

from __future__ import annotations

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from .locks import read_lock
from .paths import LOCKS, ROOT

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS: dict[str, list[str]] = PYPROJECT["project"]["optional-dependencies"]
RUN_EXTRAS = ("gui", "postgresql", "demo")


def _asked_for(extras: tuple[str, ...]) -> list[Requirement]:
    """What pyproject.toml asks for: the build system, the program, and these extras."""
    lines = [*PYPROJECT["build-system"]["requires"], *PYPROJECT["project"]["dependencies"]]
    return [Requirement(line) for line in [*lines, *(line for extra in extras for line in EXTRAS[extra])]]


@pytest.mark.parametrize("name", LOCKS)
def test_every_entry_is_pinned_to_one_version_with_sha256_hashes(name: str) -> None:
    pins = read_lock(LOCKS[name])

    assert len(pins) > 20
    for pin in pins.values():
        assert [specifier.operator for specifier in pin.requirement.specifier] == ["=="], pin.requirement
        assert pin.requirement.url is None
        assert pin.hashes, pin.requirement
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", value) for value in pin.hashes), pin.requirement


@pytest.mark.parametrize("name", LOCKS)
def test_no_lock_names_an_index_or_any_other_address(name: str) -> None:
    text = LOCKS[name].read_text(encoding="utf-8")

    assert "://" not in text
    assert not re.search(r"^\s*-", text.replace("    --hash=", ""), re.MULTILINE), "an option beside the hashes"


@pytest.mark.parametrize(("name", "extras"), [("run", RUN_EXTRAS), ("test", tuple(EXTRAS))])
def test_a_lock_holds_what_pyproject_asks_for_within_its_bounds(name: str, extras: tuple[str, ...]) -> None:
    pins = read_lock(LOCKS[name])

    for requirement in _asked_for(extras):
        pin = pins.get(canonicalize_name(requirement.name))
        assert pin is not None, f"{requirement} is not in {name}.lock: run make lock"
        assert requirement.specifier.contains(pin.version), f"{pin.requirement} is not {requirement}: run make lock"


def test_tests_run_with_the_versions_that_users_get() -> None:
    run, test = read_lock(LOCKS["run"]), read_lock(LOCKS["test"])

    assert {name: pin.version for name, pin in run.items()}.items() <= {
        name: pin.version for name, pin in test.items()
    }.items()


def test_the_locked_build_system_is_the_one_of_pyproject() -> None:
    lines = (ROOT / "packaging" / "requirements" / "build.in").read_text(encoding="utf-8").splitlines()

    assert [line for line in lines if line and not line.startswith("#")] == PYPROJECT["build-system"]["requires"]
