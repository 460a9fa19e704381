"""The system configuration in words: what a setting is called, what it does, its choices, its unit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mailadmin.domain.settings import SETTINGS, Setting, SettingValue

from . import states, times
from .wording import QT_TRANSLATE_NOOP, harmless, translate


def title(key: str) -> str:
    """What a setting is called."""
    return translate("Sentences", TITLES[key])


def help_text(key: str) -> str:
    """What a setting does."""
    return translate("Sentences", HELP[key])


def section_title(section: str) -> str:
    """What a section of the configuration is called."""
    return translate("Sentences", SECTION_TITLES[section])


def choice(key: str, value: str) -> str:
    """One of the values that a setting can be chosen from."""
    words = CHOICES.get(key, {})
    if value in words:
        return translate("Sentences", words[value])
    setting = SETTINGS[key]
    if setting.kind.startswith("state"):
        return states.ticket_state(value)
    if key == "PostmasterDefaultPriority":
        return states.priority(value)
    return harmless(value)


def unit(key: str) -> str:
    """What a number counts; empty where its title says it."""
    word = UNITS.get(key)
    return "" if word is None else translate("Sentences", word)


def value_text(key: str, value: SettingValue) -> str:
    """A value in words."""
    setting = SETTINGS[key]
    if isinstance(value, bool):
        return translate("Sentences", "on") if value else translate("Sentences", "off")
    if isinstance(value, int):
        return " ".join(part for part in (times.number(value), unit(key)) if part)
    if setting.choices or setting.kind.startswith("state") or setting.kind == "queue":
        return choice(key, value)
    return harmless(value) or translate("Sentences", "empty")


def bounds(setting: Setting) -> str:
    """What can be chosen: the default, and the range of a number."""
    default = _filled(
        QT_TRANSLATE_NOOP("Sentences", "Default: {value}"), value=value_text(setting.key, setting.default)
    )
    if setting.minimum is None or setting.maximum is None:
        return default
    limits = _filled(
        QT_TRANSLATE_NOOP("Sentences", "{minimum} to {maximum}"),
        minimum=times.number(setting.minimum),
        maximum=times.number(setting.maximum),
    )
    return f"{limits} · {default}"


def _filled(text: str, **facts: str) -> str:
    """A text of this module, translated and filled in."""
    return translate("Sentences", text).format(**facts)


SECTION_TITLES: Final[Mapping[str, str]] = {
    "new-tickets": QT_TRANSLATE_NOOP("Sentences", "New tickets"),
    "follow-ups": QT_TRANSLATE_NOOP("Sentences", "Replies"),
    "numbers": QT_TRANSLATE_NOOP("Sentences", "Ticket numbers"),
    "customers": QT_TRANSLATE_NOOP("Sentences", "Customers"),
    "auto-responses": QT_TRANSLATE_NOOP("Sentences", "Auto-responses"),
    "reading": QT_TRANSLATE_NOOP("Sentences", "Reading mail"),
    "fetching": QT_TRANSLATE_NOOP("Sentences", "Fetching"),
    "log": QT_TRANSLATE_NOOP("Sentences", "Communication log"),
}
TITLES: Final[Mapping[str, str]] = {
    "PostmasterDefaultQueue": QT_TRANSLATE_NOOP("Sentences", "Default queue"),
    "PostmasterDefaultPriority": QT_TRANSLATE_NOOP("Sentences", "Priority of new tickets"),
    "PostmasterDefaultState": QT_TRANSLATE_NOOP("Sentences", "State of new tickets"),
    "PostMaster::PlusAddressing": QT_TRANSLATE_NOOP("Sentences", "Plus-addressing"),
    "PostMaster::Copies": QT_TRANSLATE_NOOP("Sentences", "One mail to several of our accounts"),
    "PostMaster::AcceptAliases": QT_TRANSLATE_NOOP("Sentences", "Accept X-OTRS and X-Znuny headers"),
    "PostmasterFollowUpState": QT_TRANSLATE_NOOP("Sentences", "State after a reply"),
    "PostmasterFollowUpStateClosed": QT_TRANSLATE_NOOP("Sentences", "State of a closed ticket after a reply"),
    "PostMaster::CheckFollowUpModule::BounceEmail": QT_TRANSLATE_NOOP("Sentences", "Recognise bounces"),
    "PostMaster::CheckFollowUpModule::Subject": QT_TRANSLATE_NOOP("Sentences", "Look in the subject"),
    "PostMaster::CheckFollowUpModule::References": QT_TRANSLATE_NOOP("Sentences", "Look at the mails it answers"),
    "PostMaster::CheckFollowUpModule::Body": QT_TRANSLATE_NOOP("Sentences", "Look in the text"),
    "PostMaster::CheckFollowUpModule::Attachments": QT_TRANSLATE_NOOP("Sentences", "Look in attachments"),
    "PostMaster::CheckFollowUpModule::RawEmail": QT_TRANSLATE_NOOP("Sentences", "Look anywhere in the mail"),
    "PostMaster::CheckFollowUpModule::ExternalTicketNumberRecognition": QT_TRANSLATE_NOOP(
        "Sentences", "Look for external ticket numbers"
    ),
    "PostmasterBounceEmailAsFollowUp": QT_TRANSLATE_NOOP("Sentences", "Bounces into closed tickets"),
    "PostMaster::FollowUpSenderCheck": QT_TRANSLATE_NOOP("Sentences", "Who may write into a ticket"),
    "PostMaster::FollowUpArticleVisibilityCheck": QT_TRANSLATE_NOOP("Sentences", "Answers to internal mail"),
    "Ticket::Hook": QT_TRANSLATE_NOOP("Sentences", "Word before the number"),
    "Ticket::HookDivider": QT_TRANSLATE_NOOP("Sentences", "Between word and number"),
    "Ticket::FurtherHooks": QT_TRANSLATE_NOOP("Sentences", "Further words before our numbers"),
    "Ticket::NumberGenerator::CheckSystemID": QT_TRANSLATE_NOOP("Sentences", "Only numbers with our SystemID"),
    "SystemID": QT_TRANSLATE_NOOP("Sentences", "SystemID"),
    "Ticket::SubjectFormat": QT_TRANSLATE_NOOP("Sentences", "Place of the number in subjects"),
    "Ticket::SubjectRe": QT_TRANSLATE_NOOP("Sentences", "Word before the subject of a reply"),
    "PostMaster::UnknownSender": QT_TRANSLATE_NOOP("Sentences", "Mail from unknown senders"),
    "PostMaster::NewTicket::AutoAssignCustomerIDForUnknownCustomers": QT_TRANSLATE_NOOP(
        "Sentences", "Company of unknown senders"
    ),
    "PostmasterMaxEmails": QT_TRANSLATE_NOOP("Sentences", "Auto-responses to one address"),
    "PostmasterMaxEmailsPerAddress": QT_TRANSLATE_NOOP("Sentences", "Other numbers for single addresses"),
    "SendNoAutoResponseRegExp": QT_TRANSLATE_NOOP("Sentences", "Addresses without auto-responses"),
    "PostmasterAutoHTML2Text": QT_TRANSLATE_NOOP("Sentences", "Turn HTML into text"),
    "PostMasterMaxEmailSize": QT_TRANSLATE_NOOP("Sentences", "Largest message"),
    "FetchSchedule": QT_TRANSLATE_NOOP("Sentences", "Schedule"),
    "FetchScheduleOAuth2": QT_TRANSLATE_NOOP("Sentences", "Schedule of OAuth2 accounts"),
    "FetchParallel": QT_TRANSLATE_NOOP("Sentences", "Accounts side by side"),
    "FetchConnectionsPerServer": QT_TRANSLATE_NOOP("Sentences", "Connections to one server"),
    "FetchBatchMessages": QT_TRANSLATE_NOOP("Sentences", "Messages in a batch"),
    "FetchBatchKB": QT_TRANSLATE_NOOP("Sentences", "Size of a batch"),
    "TimeoutConnect": QT_TRANSLATE_NOOP("Sentences", "Waiting for a connection"),
    "TimeoutTLS": QT_TRANSLATE_NOOP("Sentences", "Waiting for encryption"),
    "TimeoutGreeting": QT_TRANSLATE_NOOP("Sentences", "Waiting for the greeting"),
    "TimeoutCommand": QT_TRANSLATE_NOOP("Sentences", "Waiting for an answer"),
    "TimeoutAccount": QT_TRANSLATE_NOOP("Sentences", "Time for one account"),
    "CommunicationLog": QT_TRANSLATE_NOOP("Sentences", "Keep a log"),
    "CommunicationLog::PurgeAfterHours::SuccessfulCommunications": QT_TRANSLATE_NOOP(
        "Sentences", "What went well is kept for"
    ),
    "CommunicationLog::PurgeAfterHours::AllCommunications": QT_TRANSLATE_NOOP("Sentences", "Everything is kept for"),
}
HELP: Final[Mapping[str, str]] = {
    "PostmasterDefaultQueue": QT_TRANSLATE_NOOP("Sentences", "Where mail goes that nothing else sends elsewhere."),
    "PostmasterDefaultPriority": QT_TRANSLATE_NOOP("Sentences", "Unless a filter or a trusted header sets another."),
    "PostmasterDefaultState": QT_TRANSLATE_NOOP("Sentences", "Unless a filter or a trusted header sets another."),
    "PostMaster::PlusAddressing": QT_TRANSLATE_NOOP(
        "Sentences", "Mail to support+anything@example.org goes where mail to support@example.org goes."
    ),
    "PostMaster::Copies": QT_TRANSLATE_NOOP(
        "Sentences",
        "One ticket stands in the queue of the account with the lowest precedence number; a ticket in each queue lets "
        "every team work on its own.",
    ),
    "PostMaster::AcceptAliases": QT_TRANSLATE_NOOP(
        "Sentences", "They count as X-OTOBO headers do, and likewise in mail of trusted accounts only."
    ),
    "PostmasterFollowUpState": QT_TRANSLATE_NOOP(
        "Sentences", "The state a ticket gets when its customer writes again."
    ),
    "PostmasterFollowUpStateClosed": QT_TRANSLATE_NOOP(
        "Sentences", "The state a closed ticket gets when its customer writes again."
    ),
    "PostMaster::CheckFollowUpModule::BounceEmail": QT_TRANSLATE_NOOP(
        "Sentences", "A delivery report goes into the ticket of the mail that could not be delivered."
    ),
    "PostMaster::CheckFollowUpModule::Subject": QT_TRANSLATE_NOOP(
        "Sentences", "A ticket number in the subject leads a reply into its ticket."
    ),
    "PostMaster::CheckFollowUpModule::References": QT_TRANSLATE_NOOP(
        "Sentences", "In-Reply-To and References lead a reply into the ticket of the mail that it answers."
    ),
    "PostMaster::CheckFollowUpModule::Body": QT_TRANSLATE_NOOP(
        "Sentences", "A ticket number in the text leads a reply into its ticket. Quoted mail can mislead."
    ),
    "PostMaster::CheckFollowUpModule::Attachments": QT_TRANSLATE_NOOP(
        "Sentences", "A ticket number in an attached text leads a reply into its ticket."
    ),
    "PostMaster::CheckFollowUpModule::RawEmail": QT_TRANSLATE_NOOP(
        "Sentences", "A ticket number anywhere in the mail, headers included, leads it into a ticket."
    ),
    "PostMaster::CheckFollowUpModule::ExternalTicketNumberRecognition": QT_TRANSLATE_NOOP(
        "Sentences", "Another system's number leads into the ticket that carries it: see External ticket numbers."
    ),
    "PostmasterBounceEmailAsFollowUp": QT_TRANSLATE_NOOP(
        "Sentences", "Bounces go into their ticket even if its queue takes no replies to closed tickets."
    ),
    "PostMaster::FollowUpSenderCheck": QT_TRANSLATE_NOOP(
        "Sentences",
        "Keeps strangers out who quote a ticket number. Who takes part in a ticket is who wrote or received its mail.",
    ),
    "PostMaster::FollowUpArticleVisibilityCheck": QT_TRANSLATE_NOOP(
        "Sentences", "An answer to an internal mail stays internal: the customer does not see it."
    ),
    "Ticket::Hook": QT_TRANSLATE_NOOP("Sentences", "What stands before a ticket number in a subject."),
    "Ticket::HookDivider": QT_TRANSLATE_NOOP("Sentences", "Nothing, or a sign such as a colon."),
    "Ticket::FurtherHooks": QT_TRANSLATE_NOOP(
        "Sentences", "Former words, and those of outgoing accounts, so that old numbers are found. By commas."
    ),
    "Ticket::NumberGenerator::CheckSystemID": QT_TRANSLATE_NOOP(
        "Sentences", "Numbers of other installations are not taken for ours."
    ),
    "SystemID": QT_TRANSLATE_NOOP(
        "Sentences", "Digits in every ticket number that tell this installation from others. One to eight."
    ),
    "Ticket::SubjectFormat": QT_TRANSLATE_NOOP("Sentences", "Where the number stands in mail that is sent."),
    "Ticket::SubjectRe": QT_TRANSLATE_NOOP("Sentences", "What the subject of a reply begins with."),
    "PostMaster::UnknownSender": QT_TRANSLATE_NOOP(
        "Sentences",
        "Mail of somebody who is no customer user becomes a ticket, or waits in the inbox until its sender is made "
        "known.",
    ),
    "PostMaster::NewTicket::AutoAssignCustomerIDForUnknownCustomers": QT_TRANSLATE_NOOP(
        "Sentences", "The address of an unknown sender is entered as the company of the ticket, too."
    ),
    "PostmasterMaxEmails": QT_TRANSLATE_NOOP(
        "Sentences", "So many in a day, then none until the next: two robots never answer each other for ever."
    ),
    "PostmasterMaxEmailsPerAddress": QT_TRANSLATE_NOOP(
        "Sentences", "Such as robot@example.org=5, ada@example.org=100. By commas."
    ),
    "SendNoAutoResponseRegExp": QT_TRANSLATE_NOOP(
        "Sentences", "A regular expression; an address in which it is found gets no auto-response."
    ),
    "PostmasterAutoHTML2Text": QT_TRANSLATE_NOOP(
        "Sentences", "Mail that is HTML alone gets a text as well; the HTML stays as an attachment."
    ),
    "PostMasterMaxEmailSize": QT_TRANSLATE_NOOP(
        "Sentences", "Larger ones stay on the server and are told in the inbox. 0: unlimited."
    ),
    "FetchSchedule": QT_TRANSLATE_NOOP(
        "Sentences",
        "When valid accounts are fetched. Cron syntax: minute, hour, day of month, month, day of week; local time.",
    ),
    "FetchScheduleOAuth2": QT_TRANSLATE_NOOP("Sentences", "The same for accounts that sign in by OAuth2."),
    "FetchParallel": QT_TRANSLATE_NOOP("Sentences", "How many accounts are fetched at once."),
    "FetchConnectionsPerServer": QT_TRANSLATE_NOOP("Sentences", "Servers refuse too many at once."),
    "FetchBatchMessages": QT_TRANSLATE_NOOP("Sentences", "So many are downloaded and stored at once."),
    "FetchBatchKB": QT_TRANSLATE_NOOP("Sentences", "Downloaded and stored at once. A larger message goes alone."),
    "TimeoutConnect": QT_TRANSLATE_NOOP("Sentences", "Then the server counts as not reachable."),
    "TimeoutTLS": QT_TRANSLATE_NOOP("Sentences", "How long the TLS handshake may take."),
    "TimeoutGreeting": QT_TRANSLATE_NOOP("Sentences", "How long a server may take before it says its first word."),
    "TimeoutCommand": QT_TRANSLATE_NOOP("Sentences", "How long a server may be silent in the middle of an answer."),
    "TimeoutAccount": QT_TRANSLATE_NOOP(
        "Sentences", "What is not fetched by then comes with the next fetch; other accounts do not wait."
    ),
    "CommunicationLog": QT_TRANSLATE_NOOP("Sentences", "Every connection and every message, step by step."),
    "CommunicationLog::PurgeAfterHours::SuccessfulCommunications": QT_TRANSLATE_NOOP(
        "Sentences", "Then it is removed from the log."
    ),
    "CommunicationLog::PurgeAfterHours::AllCommunications": QT_TRANSLATE_NOOP(
        "Sentences", "Failures included; then it is removed from the log."
    ),
}
CHOICES: Final[Mapping[str, Mapping[str, str]]] = {
    "PostmasterFollowUpStateClosed": {"": QT_TRANSLATE_NOOP("Sentences", "as of other tickets")},
    "PostMaster::Copies": {
        "one per queue": QT_TRANSLATE_NOOP("Sentences", "one ticket in each queue"),
        "one ticket": QT_TRANSLATE_NOOP("Sentences", "one ticket for all copies"),
    },
    "PostMaster::FollowUpSenderCheck": {
        "off": QT_TRANSLATE_NOOP("Sentences", "anybody"),
        "numbers": QT_TRANSLATE_NOOP("Sentences", "by a number: only who takes part in it"),
        "all": QT_TRANSLATE_NOOP("Sentences", "always: only who takes part in it"),
    },
    "Ticket::SubjectFormat": {
        "Left": QT_TRANSLATE_NOOP("Sentences", "before the subject"),
        "Right": QT_TRANSLATE_NOOP("Sentences", "after the subject"),
        "None": QT_TRANSLATE_NOOP("Sentences", "no number"),
    },
    "PostMaster::UnknownSender": {
        "accept": QT_TRANSLATE_NOOP("Sentences", "becomes a ticket"),
        "hold": QT_TRANSLATE_NOOP("Sentences", "is held in the inbox"),
    },
}
UNITS: Final[Mapping[str, str]] = {
    "PostmasterMaxEmails": QT_TRANSLATE_NOOP("Sentences", "a day"),
    "PostMasterMaxEmailSize": QT_TRANSLATE_NOOP("Sentences", "KB"),
    "FetchBatchKB": QT_TRANSLATE_NOOP("Sentences", "KB"),
    "TimeoutConnect": QT_TRANSLATE_NOOP("Sentences", "seconds"),
    "TimeoutTLS": QT_TRANSLATE_NOOP("Sentences", "seconds"),
    "TimeoutGreeting": QT_TRANSLATE_NOOP("Sentences", "seconds"),
    "TimeoutCommand": QT_TRANSLATE_NOOP("Sentences", "seconds"),
    "TimeoutAccount": QT_TRANSLATE_NOOP("Sentences", "seconds"),
    "CommunicationLog::PurgeAfterHours::SuccessfulCommunications": QT_TRANSLATE_NOOP("Sentences", "hours"),
    "CommunicationLog::PurgeAfterHours::AllCommunications": QT_TRANSLATE_NOOP("Sentences", "hours"),
}
