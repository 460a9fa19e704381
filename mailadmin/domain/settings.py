"""System configuration: every key with its kind, default and range (FEATURES UI-2, postmaster.md 1.4).

The table below is the one place that declares a setting. ``PostMaster...`` keys keep OTOBO's names; ours are plain.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, TypeAlias

from .decisions import PRIORITIES, STATES

SettingValue: TypeAlias = str | int | bool


@dataclass(frozen=True, slots=True)
class Setting:
    """One key of the system configuration. ``minimum``/``maximum`` bound whole numbers; ``choices`` bound text."""

    key: str
    default: SettingValue
    help: str
    minimum: int | None = None
    maximum: int | None = None
    choices: tuple[str, ...] = ()
    kind: str = ""
    """A further rule for text: ``queue`` (name of a queue), ``cron`` (cron syntax), or empty."""


_ALL: Final = (
    Setting("PostmasterDefaultQueue", "Raw", "Queue for mail that nothing else sends elsewhere.", kind="queue"),
    Setting("PostmasterDefaultPriority", "3 normal", "Priority of a new ticket.", choices=PRIORITIES),
    Setting("PostmasterDefaultState", "new", "State of a new ticket.", choices=tuple(STATES)),
    Setting("PostmasterFollowUpState", "open", "State of a ticket after a reply.", choices=tuple(STATES)),
    Setting(
        "PostmasterFollowUpStateClosed",
        "",
        "State of a closed ticket after a reply; empty: as PostmasterFollowUpState.",
        choices=("", *STATES),
    ),
    Setting("PostMasterMaxEmailSize", 32768, "Largest mail fetched, in KB; 0: unlimited.", 0, 1_000_000),
    Setting("PostmasterAutoHTML2Text", True, "Turn an HTML body into text; the HTML stays as an attachment."),
    Setting("PostMaster::CheckFollowUpModule::Subject", True, "Find a reply's ticket by the number in its subject."),
    Setting("PostMaster::CheckFollowUpModule::References", True, "Find a reply's ticket by the mails it refers to."),
    Setting("Ticket::Hook", "Ticket#", "Word before a ticket number in a subject."),
    Setting("Ticket::HookDivider", "", "What stands between hook and number."),
    Setting("Ticket::NumberGenerator::CheckSystemID", True, "Only numbers with our own SystemID are ours."),
    Setting("SystemID", "10", "Digits that tell this installation's ticket numbers from others.", kind="digits"),
    Setting("FetchSchedule", "*/10 * * * *", "When valid accounts are fetched; cron syntax, local time.", kind="cron"),
    Setting("FetchScheduleOAuth2", "*/10 * * * *", "The same for accounts that sign in by OAuth2.", kind="cron"),
    Setting("FetchParallel", 8, "Accounts fetched side by side.", 1, 64),
    Setting("FetchConnectionsPerServer", 3, "Connections to one server at once.", 1, 64),
    Setting("FetchBatchMessages", 50, "Messages downloaded and committed at once.", 1, 1000),
    Setting("FetchBatchKB", 8192, "KB downloaded and committed at once; one larger message goes alone.", 64, 1_000_000),
    Setting("TimeoutConnect", 20, "Seconds to wait for a connection.", 1, 3600),
    Setting("TimeoutTLS", 20, "Seconds to wait for the TLS handshake.", 1, 3600),
    Setting("TimeoutGreeting", 20, "Seconds to wait for the server's greeting.", 1, 3600),
    Setting("TimeoutCommand", 60, "Seconds without a byte while waiting for an answer.", 1, 3600),
    Setting("TimeoutAccount", 600, "Seconds one account may take in one run.", 1, 86_400),
)

SETTINGS: Final[Mapping[str, Setting]] = MappingProxyType({setting.key: setting for setting in _ALL})
"""Every setting by its key."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings in force: what was changed, over the defaults."""

    changed: Mapping[str, SettingValue] = field(default_factory=dict)

    def __getitem__(self, key: str) -> SettingValue:
        return self.changed.get(key, SETTINGS[key].default)

    def text(self, key: str) -> str:
        """The value of a text setting."""
        return str(self[key])

    def number(self, key: str) -> int:
        """The value of a whole-number setting."""
        return int(self[key])

    def flag(self, key: str) -> bool:
        """The value of a yes/no setting."""
        return bool(self[key])

    def queues(self) -> dict[str, str]:
        """The names of the queues that settings name, by key."""
        return {key: self.text(key) for key, setting in SETTINGS.items() if setting.kind == "queue"}
