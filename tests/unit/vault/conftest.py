from __future__ import annotations

from collections.abc import Callable

import keyring.core
import pytest
from keyring.backend import KeyringBackend

from mailadmin.domain.secrets import SecretKind, SecretOwner, SecretRef

from .keyrings import MemoryKeyring
from .memory_rows import MemoryRows

UseKeyring = Callable[[KeyringBackend | None], None]


@pytest.fixture
def use_keyring(monkeypatch: pytest.MonkeyPatch) -> UseKeyring:
    """Makes a back end the one this process has found; None: none was looked for yet."""
    return lambda backend: monkeypatch.setattr(keyring.core, "_keyring_backend", backend)


@pytest.fixture
def memory_keyring(use_keyring: UseKeyring) -> MemoryKeyring:
    backend = MemoryKeyring()
    use_keyring(backend)
    return backend


@pytest.fixture
def rows() -> MemoryRows:
    return MemoryRows()


@pytest.fixture
def ref() -> SecretRef:
    return SecretRef(SecretOwner.INCOMING, "0b54", SecretKind.PASSWORD)
