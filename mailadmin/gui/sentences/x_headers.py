"""What each X-OTOBO header does, and what each header holds that a filter can look at: shown beside the choice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mailadmin.domain.filters import ATTACHMENT_COUNT, ATTACHMENT_EXISTS, BODY, BODY_DECRYPTED
from mailadmin.domain.x_headers import (
    BOUNCE,
    BOUNCE_ERROR,
    BOUNCE_ORIGINAL_ID,
    DYNAMIC_FIELD,
    PREFIX,
    Use,
    can_be_set,
    x_header,
)

from .wording import QT_TRANSLATE_NOOP, filled, harmless, translate

NEW: Final[Mapping[str, str]] = {
    "Ignore": QT_TRANSLATE_NOOP(
        "Sentences", "With yes or true: the mail makes no ticket and is kept in the archive. Counts for replies, too."
    ),
    "Queue": QT_TRANSLATE_NOOP("Sentences", "New tickets go to this queue, whatever account and addresses say."),
    "State": QT_TRANSLATE_NOOP("Sentences", "New tickets begin in this state."),
    "State-PendingTime": QT_TRANSLATE_NOOP(
        "Sentences",
        "Until when a new ticket waits: 2026-12-31 08:00:00, or from now on: +2d, +4h, +30m (d, h, m, s).",
    ),
    "Priority": QT_TRANSLATE_NOOP("Sentences", "New tickets get this priority."),
    "Type": QT_TRANSLATE_NOOP("Sentences", "New tickets are of this type, instead of the account's."),
    "Lock": QT_TRANSLATE_NOOP("Sentences", "New tickets are locked or not."),
    "Service": QT_TRANSLATE_NOOP("Sentences", "New tickets are about this service."),
    "SLA": QT_TRANSLATE_NOOP("Sentences", "New tickets get this service level agreement."),
    "Title": QT_TRANSLATE_NOOP("Sentences", "New tickets get this title instead of the subject."),
    "CustomerNo": QT_TRANSLATE_NOOP("Sentences", "New tickets belong to this company."),
    "CustomerUser": QT_TRANSLATE_NOOP("Sentences", "New tickets belong to this customer instead of the sender."),
    "Owner": QT_TRANSLATE_NOOP("Sentences", "New tickets belong to the agent with this login."),
    "OwnerID": QT_TRANSLATE_NOOP("Sentences", "New tickets belong to the agent with this number."),
    "Responsible": QT_TRANSLATE_NOOP("Sentences", "The agent with this login is responsible for new tickets."),
    "ResponsibleID": QT_TRANSLATE_NOOP("Sentences", "The agent with this number is responsible for new tickets."),
    "SenderType": QT_TRANSLATE_NOOP("Sentences", "Who wrote the mail: agent, system or customer."),
    "IsVisibleForCustomer": QT_TRANSLATE_NOOP("Sentences", "Whether the customer may see the mail: 1 or 0."),
    "Loop": QT_TRANSLATE_NOOP(
        "Sentences", "With yes: nothing answers this mail by itself. Counts for new tickets and replies."
    ),
}
"""For new tickets, by the name without X-OTOBO-."""

FOLLOW_UP: Final[Mapping[str, str]] = {
    "Queue": QT_TRANSLATE_NOOP("Sentences", "A reply moves its ticket to this queue."),
    "State": QT_TRANSLATE_NOOP("Sentences", "A reply puts its ticket into this state."),
    "State-Keep": QT_TRANSLATE_NOOP("Sentences", "With any value: a reply leaves its ticket's state as it is."),
    "State-PendingTime": QT_TRANSLATE_NOOP(
        "Sentences",
        "Until when the ticket of a reply waits: 2026-12-31 08:00:00, or from now on: +2d, +4h, +30m (d, h, m, s).",
    ),
    "Priority": QT_TRANSLATE_NOOP("Sentences", "A reply gives its ticket this priority."),
    "Type": QT_TRANSLATE_NOOP("Sentences", "A reply gives its ticket this type."),
    "Lock": QT_TRANSLATE_NOOP("Sentences", "A reply locks or unlocks its ticket."),
    "Service": QT_TRANSLATE_NOOP("Sentences", "A reply gives its ticket this service."),
    "SLA": QT_TRANSLATE_NOOP("Sentences", "A reply gives its ticket this service level agreement."),
    "Title": QT_TRANSLATE_NOOP("Sentences", "A reply gives its ticket this title."),
    "Owner": QT_TRANSLATE_NOOP("Sentences", "A reply gives its ticket to the agent with this login."),
    "OwnerID": QT_TRANSLATE_NOOP("Sentences", "A reply gives its ticket to the agent with this number."),
    "Responsible": QT_TRANSLATE_NOOP("Sentences", "A reply makes the agent with this login responsible."),
    "ResponsibleID": QT_TRANSLATE_NOOP("Sentences", "A reply makes the agent with this number responsible."),
    "SenderType": QT_TRANSLATE_NOOP("Sentences", "Who wrote the reply: agent, system or customer."),
    "IsVisibleForCustomer": QT_TRANSLATE_NOOP("Sentences", "Whether the customer may see the reply: 1 or 0."),
}
"""For replies, by the name without X-OTOBO-FollowUp-."""

_OF_FIELD: Final = {
    Use.NEW_TICKET: QT_TRANSLATE_NOOP("Sentences", "Sets the dynamic field {name} of a new ticket, or of its article."),
    Use.FOLLOW_UP: QT_TRANSLATE_NOOP(
        "Sentences", "A reply sets the dynamic field {name} of its ticket, or of its article."
    ),
}

LOOKED_AT: Final[Mapping[str, str]] = {
    "From": QT_TRANSLATE_NOOP("Sentences", "Who the mail says it is from, with name and address."),
    "To": QT_TRANSLATE_NOOP("Sentences", "Who the mail is to."),
    "Cc": QT_TRANSLATE_NOOP("Sentences", "Who gets a copy."),
    "Reply-To": QT_TRANSLATE_NOOP("Sentences", "Where answers are to go."),
    "Subject": QT_TRANSLATE_NOOP("Sentences", "The subject."),
    "Message-ID": QT_TRANSLATE_NOOP("Sentences", "The mail's own identity, given by its sender's program."),
    "Resent-To": QT_TRANSLATE_NOOP("Sentences", "Who the mail was passed on to."),
    "Resent-From": QT_TRANSLATE_NOOP("Sentences", "Who has passed the mail on."),
    "Precedence": QT_TRANSLATE_NOOP("Sentences", "bulk, list or junk in mail that no person wrote."),
    "Mailing-List": QT_TRANSLATE_NOOP("Sentences", "The mailing list it came by; older lists."),
    "List-Id": QT_TRANSLATE_NOOP("Sentences", "The mailing list it came by."),
    "List-Archive": QT_TRANSLATE_NOOP("Sentences", "Where the mailing list keeps its archive."),
    "Errors-To": QT_TRANSLATE_NOOP("Sentences", "Where reports of failed delivery are to go."),
    "References": QT_TRANSLATE_NOOP("Sentences", "The mails of the conversation before this one."),
    "In-Reply-To": QT_TRANSLATE_NOOP("Sentences", "The mail that this one answers."),
    "Auto-Submitted": QT_TRANSLATE_NOOP("Sentences", "auto-replied or auto-generated in mail that no person wrote."),
    "X-Loop": QT_TRANSLATE_NOOP("Sentences", "A mark of programs against answering each other."),
    "X-No-Loop": QT_TRANSLATE_NOOP("Sentences", "A mark of programs against answering each other."),
    "X-Spam": QT_TRANSLATE_NOOP("Sentences", "What a spam filter on the way has found."),
    "X-Spam-Flag": QT_TRANSLATE_NOOP("Sentences", "YES where a spam filter on the way takes it for spam."),
    "X-Spam-Level": QT_TRANSLATE_NOOP("Sentences", "One star for each point of the spam filter."),
    "X-Spam-Score": QT_TRANSLATE_NOOP("Sentences", "The points of the spam filter."),
    "X-Spam-Status": QT_TRANSLATE_NOOP("Sentences", "Yes or No, with the points and tests of the spam filter."),
    "X-Priority": QT_TRANSLATE_NOOP("Sentences", "The sender's priority: 1 is highest, 5 lowest."),
    "Importance": QT_TRANSLATE_NOOP("Sentences", "The sender's priority: high, normal or low."),
    "X-Mailer": QT_TRANSLATE_NOOP("Sentences", "The program the mail was written with."),
    "User-Agent": QT_TRANSLATE_NOOP("Sentences", "The program the mail was written with."),
    "Organization": QT_TRANSLATE_NOOP("Sentences", "The organization the sender names."),
    "X-Original-To": QT_TRANSLATE_NOOP("Sentences", "The address it was delivered to, as a mail server noted."),
    "Delivered-To": QT_TRANSLATE_NOOP("Sentences", "The mailbox it was delivered to, as a mail server noted."),
    "Envelope-To": QT_TRANSLATE_NOOP("Sentences", "The address it was delivered to, as a mail server noted."),
    "X-Envelope-To": QT_TRANSLATE_NOOP("Sentences", "The address it was delivered to, as a mail server noted."),
    "Return-Path": QT_TRANSLATE_NOOP("Sentences", "Where reports of failed delivery go, as a mail server noted."),
    BODY: QT_TRANSLATE_NOOP("Sentences", "The text of the mail."),
    ATTACHMENT_EXISTS: QT_TRANSLATE_NOOP("Sentences", "yes or no, worked out here: whether it has attachments."),
    ATTACHMENT_COUNT: QT_TRANSLATE_NOOP("Sentences", "A number, worked out here: how many attachments it has."),
    BODY_DECRYPTED: QT_TRANSLATE_NOOP("Sentences", "The decrypted text of an encrypted mail, where there is one."),
    BOUNCE: QT_TRANSLATE_NOOP("Sentences", "1 in a report of failed delivery, as was found out here."),
    BOUNCE_ORIGINAL_ID: QT_TRANSLATE_NOOP("Sentences", "The Message-ID of the mail that was not delivered."),
    BOUNCE_ERROR: QT_TRANSLATE_NOOP("Sentences", "Why it was not delivered, in the words of the server."),
}
"""What a condition looks at, by header."""
_LOOKED_AT: Final = {name.casefold(): text for name, text in LOOKED_AT.items()}


def effect(name: str) -> str:
    """What setting a header does, in a sentence; that it cannot be set, where it cannot.

    :param name: the full name, in any case
    """
    header = x_header(name)
    if header is None or not can_be_set(name):
        return translate("Sentences", "There is no such header that can be set.")
    if header.what == DYNAMIC_FIELD:
        return filled(_OF_FIELD[header.use], {"name": harmless(name[len(header.name) :])})
    if header.numbers:
        return filled(_OF_FIELD[header.use], {"name": f"{header.field}{name[len(header.name) :]}"})
    return translate("Sentences", (FOLLOW_UP if header.use is Use.FOLLOW_UP else NEW)[header.what])


def meaning(name: str) -> str:
    """What a header holds that a condition looks at, in a sentence.

    :param name: the full name, in any case
    """
    text = _LOOKED_AT.get(name.casefold())
    if text is not None:
        return translate("Sentences", text)
    if name.casefold().startswith(PREFIX.casefold()):
        return translate(
            "Sentences", "Set by a filter before this one, or by the mail itself where its account is trusted."
        )
    return translate("Sentences", "A header of the mail. Where it is missing, the condition does not hold.")
