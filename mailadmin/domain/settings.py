"""System configuration: every key with its kind, default and range (FEATURES UI-2, postmaster.md 1.4).

The table below is the one place that declares a setting. ``PostMaster...`` keys keep OTOBO's names; ours are plain.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, TypeAlias

from .vocabulary import PRIORITIES

SettingValue: TypeAlias = str | int | bool

STATE_KINDS: Final = ("state", "state or empty")
"""Kinds of settings that name a state."""


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
    """A further rule for text: ``queue`` (name of a queue), ``state`` (name of a state; ``state or empty``),
    ``cron`` (cron syntax), ``digits``, ``pattern`` (a regular expression), ``limits`` (``address=number`` by commas),
    or empty."""


_NEW_TICKETS: Final = (
    Setting("PostmasterDefaultQueue", "Raw", "Queue for mail that nothing else sends elsewhere.", kind="queue"),
    Setting("PostmasterDefaultPriority", "3 normal", "Priority of a new ticket.", choices=PRIORITIES),
    Setting("PostmasterDefaultState", "new", "State of a new ticket.", kind="state"),
    Setting("PostMaster::PlusAddressing", False, "Mail to name+anything@ goes where mail to name@ goes."),
    Setting(
        "PostMaster::Copies",
        "one per queue",
        "What becomes of one mail that reaches several of our accounts: one ticket in the queue of the account with "
        "the lowest precedence number, or one ticket in each queue.",
        choices=("one per queue", "one ticket"),
    ),
    Setting("PostMaster::AcceptAliases", False, "X-OTRS-* and X-Znuny-* count as X-OTOBO-* (trusted accounts only)."),
)
_FOLLOW_UPS: Final = (
    Setting("PostmasterFollowUpState", "open", "State of a ticket after a reply.", kind="state"),
    Setting(
        "PostmasterFollowUpStateClosed",
        "",
        "State of a closed ticket after a reply; empty: as PostmasterFollowUpState.",
        kind="state or empty",
    ),
    Setting("PostMaster::CheckFollowUpModule::BounceEmail", True, "Find the ticket a bounce belongs to."),
    Setting("PostMaster::CheckFollowUpModule::Subject", True, "Find a reply's ticket by the number in its subject."),
    Setting("PostMaster::CheckFollowUpModule::References", True, "Find a reply's ticket by the mails it refers to."),
    Setting("PostMaster::CheckFollowUpModule::Body", False, "Find a reply's ticket by the number in its text."),
    Setting("PostMaster::CheckFollowUpModule::Attachments", False, "Find a reply's ticket by a number in attachments."),
    Setting("PostMaster::CheckFollowUpModule::RawEmail", False, "Find a reply's ticket by a number anywhere in it."),
    Setting(
        "PostMaster::CheckFollowUpModule::ExternalTicketNumberRecognition",
        True,
        "Find a reply's ticket by another system's number (see External ticket numbers).",
    ),
    Setting("PostmasterBounceEmailAsFollowUp", True, "Bounces go into their ticket, even if it is closed."),
    Setting(
        "PostMaster::FollowUpSenderCheck",
        "off",
        "Who may write into a ticket: anybody; with a number only who takes part in it; always only who takes part.",
        choices=("off", "numbers", "all"),
    ),
    Setting(
        "PostMaster::FollowUpArticleVisibilityCheck",
        True,
        "An answer to an internal mail stays internal.",
    ),
)
_NUMBERS: Final = (
    Setting("Ticket::Hook", "Ticket#", "Word before a ticket number in a subject."),
    Setting("Ticket::HookDivider", "", "What stands between hook and number."),
    Setting("Ticket::FurtherHooks", "", "Further words before our ticket numbers, by commas (old hooks, prefixes)."),
    Setting("Ticket::NumberGenerator::CheckSystemID", True, "Only numbers with our own SystemID are ours."),
    Setting("SystemID", "10", "Digits that tell this installation's ticket numbers from others.", kind="digits"),
    Setting(
        "Ticket::SubjectFormat",
        "Left",
        "Where the number stands in a subject of ours.",
        choices=("Left", "Right", "None"),
    ),
    Setting("Ticket::SubjectRe", "Re", "What a reply's subject begins with."),
)
_CUSTOMERS: Final = (
    Setting(
        "PostMaster::UnknownSender",
        "accept",
        "Mail of somebody who is no customer user: a ticket, or held in the inbox until the sender is made known.",
        choices=("accept", "hold"),
    ),
    Setting(
        "PostMaster::NewTicket::AutoAssignCustomerIDForUnknownCustomers",
        True,
        "An unknown sender's address is the ticket's company, too.",
    ),
)
_AUTO_RESPONSES: Final = (
    Setting("PostmasterMaxEmails", 40, "Auto-responses to one address in a day.", 0, 10_000),
    Setting("PostmasterMaxEmailsPerAddress", "", "The same for single addresses: address=number, ...", kind="limits"),
    Setting(
        "SendNoAutoResponseRegExp",
        "(MAILER-DAEMON|postmaster|abuse)@",
        "No auto-response to an address in which this is found.",
        kind="pattern",
    ),
)
_READING: Final = (
    Setting("PostmasterAutoHTML2Text", True, "Turn an HTML body into text; the HTML stays as an attachment."),
)
_FETCHING: Final = (
    Setting("PostMasterMaxEmailSize", 32768, "Largest mail fetched, in KB; 0: unlimited.", 0, 1_000_000),
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
_LOG: Final = (
    Setting("CommunicationLog", True, "Keep a log of every connection and every message."),
    Setting(
        "CommunicationLog::PurgeAfterHours::SuccessfulCommunications",
        168,
        "Hours that communications without trouble are kept.",
        1,
        87_600,
    ),
    Setting("CommunicationLog::PurgeAfterHours::AllCommunications", 744, "Hours that any is kept.", 1, 87_600),
)

SECTIONS: Final[Mapping[str, tuple[Setting, ...]]] = MappingProxyType(
    {
        "new-tickets": _NEW_TICKETS,
        "follow-ups": _FOLLOW_UPS,
        "numbers": _NUMBERS,
        "customers": _CUSTOMERS,
        "auto-responses": _AUTO_RESPONSES,
        "reading": _READING,
        "fetching": _FETCHING,
        "log": _LOG,
    }
)
"""Every setting under the heading it stands under, in the order they are shown."""

SETTINGS: Final[Mapping[str, Setting]] = MappingProxyType(
    {setting.key: setting for section in SECTIONS.values() for setting in section}
)
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
        return self.named("queue")

    def states(self) -> dict[str, str]:
        """The names of the states that settings name, by key."""
        return self.named(*STATE_KINDS)

    def named(self, *kinds: str) -> dict[str, str]:
        """What the settings of these kinds name, by key; empty ones name nothing."""
        named = {key: self.text(key) for key, setting in SETTINGS.items() if setting.kind in kinds}
        return {key: name for key, name in named.items() if name}
