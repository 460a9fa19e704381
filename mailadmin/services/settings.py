"""The system configuration: read, search, set, reset (FEATURES UI-2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mailadmin.domain.settings import Settings, SettingValue
from mailadmin.domain.validation import Fault
from mailadmin.storage import Storage


class SettingService:
    """What an administrator does with settings. Everything reads them anew with each run, so changes act at once."""

    def __init__(self, storage: Storage, after_change: Callable[[], object] | None = None) -> None:
        self._storage = storage
        self._after_change = after_change

    def load(self) -> Settings:
        """The settings in force."""
        return self._storage.settings.load()

    def choices(self) -> Mapping[str, tuple[str, ...]]:
        """What a setting can be chosen from, by key: fixed choices, queues, states."""
        raise NotImplementedError

    def faults(self, key: str, value: SettingValue) -> list[Fault]:
        """Every rule the value breaks."""
        raise NotImplementedError

    def set(self, key: str, value: SettingValue | None) -> None:
        """Set a key; None goes back to the default. What is the default is not stored.

        :raises InvalidRecordError: the value breaks rules
        """
        raise NotImplementedError
