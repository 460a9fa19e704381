"""Reads the lock files the way pip does: one pinned requirement with its hashes after another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Pin:
    """One entry of a lock file."""

    requirement: Requirement
    hashes: tuple[str, ...]

    @property
    def version(self) -> str:
        """The one version that is meant."""
        (only,) = self.requirement.specifier
        return only.version

    @property
    def wanted_here(self) -> bool:
        """Whether this machine and Python need it."""
        return self.requirement.marker is None or self.requirement.marker.evaluate()


def read_lock(lock: Path) -> dict[str, Pin]:
    """The pins of a lock file by canonical name."""
    text = lock.read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    pins: dict[str, Pin] = {}
    for line in lines:
        words, *hashes = line.split("--hash=")
        requirement = Requirement(words.strip())
        pins[canonicalize_name(requirement.name)] = Pin(requirement, tuple(value.strip() for value in hashes))
    return pins
