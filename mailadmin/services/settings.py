"""The system configuration: read, search, set, reset (FEATURES UI-2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mailadmin.domain.accounts import Validity
from mailadmin.domain.lists import ListKind
from mailadmin.domain.setting_rules import setting_faults
from mailadmin.domain.settings import SETTINGS, STATE_KINDS, Settings, SettingValue
from mailadmin.domain.validation import Fault, InvalidRecordError
from mailadmin.services.due import SCHEDULES, reschedule
from mailadmin.services.surroundings import surroundings
from mailadmin.storage import Storage

TABLE = "settings"


class SettingService:
    """What an administrator does with settings. Everything reads them anew with each run, so changes act at once.

    ``after_change`` is called after one was set, outside transactions; what it raises reaches the caller, but the
    setting is kept.
    """

    def __init__(self, storage: Storage, after_change: Callable[[], object] | None = None) -> None:
        self._storage = storage
        self._after_change = after_change

    def load(self) -> Settings:
        """The settings in force."""
        return self._storage.settings.load()

    def choices(self) -> Mapping[str, tuple[str, ...]]:
        """What a setting can be chosen from, by key: fixed choices, valid queues, valid states."""
        queues = tuple(queue.name for queue in self._storage.queues.all() if queue.validity is Validity.VALID)
        entries = self._storage.lists.of(ListKind.STATE)
        states = tuple(entry.name for entry in entries if entry.validity is Validity.VALID)
        found: dict[str, tuple[str, ...]] = {}
        for key, setting in SETTINGS.items():
            if setting.choices:
                found[key] = setting.choices
            elif setting.kind == "queue":
                found[key] = queues
            elif setting.kind in STATE_KINDS:
                found[key] = states if setting.kind == "state" else ("", *states)
        return found

    def faults(self, key: str, value: SettingValue) -> list[Fault]:
        """Every rule the value breaks."""
        return setting_faults(key, value, surroundings(self._storage))

    def set(self, key: str, value: SettingValue | None) -> None:
        """Set a key; None goes back to the default. What is the default is not stored.

        :raises InvalidRecordError: the value breaks rules; the default does, too, when what it names is gone
        """
        default = SETTINGS[key].default if key in SETTINGS else None
        with self._storage.transaction():
            wanted = default if value is None and default is not None else value
            if wanted is None or (faults := self.faults(key, wanted)):
                found = faults if wanted is not None else setting_faults(key, value, surroundings(self._storage))
                raise InvalidRecordError((TABLE, key, fault) for fault in found)
            self._storage.settings.set(key, wanted)
            if key in SCHEDULES:
                reschedule(self._storage)
        if self._after_change is not None:
            self._after_change()
