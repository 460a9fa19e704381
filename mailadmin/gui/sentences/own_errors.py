"""What goes wrong with records, accounts and messages on this side, for :mod:`.errors`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mailadmin.domain.errors import Code
from mailadmin.domain.validation import Problem

from . import states
from .problems import problem_sentence, table_label
from .wording import QT_TRANSLATE_NOOP, Parts, composed

OWN_PARTS: Final[Mapping[Code, Parts]] = {
    # configuration and usage
    Code.UNKNOWN_ACCOUNT: (
        (
            QT_TRANSLATE_NOOP("Sentences", 'There is no account "{name}"; perhaps somebody deleted or renamed it.'),
            QT_TRANSLATE_NOOP("Sentences", "There is no such account; perhaps somebody deleted or renamed it."),
        ),
        QT_TRANSLATE_NOOP("Sentences", "There are: {accounts}."),
    ),
    Code.UNKNOWN_QUEUE: (
        (
            QT_TRANSLATE_NOOP("Sentences", 'There is no queue "{name}"; perhaps somebody deleted or renamed it.'),
            QT_TRANSLATE_NOOP("Sentences", "There is no such queue; perhaps somebody deleted or renamed it."),
        ),
        (
            QT_TRANSLATE_NOOP("Sentences", "There are: {queues}."),
            QT_TRANSLATE_NOOP("Sentences", "Choose another, or add it on the page Queues."),
        ),
    ),
    Code.UNKNOWN_TICKET: (
        (
            QT_TRANSLATE_NOOP("Sentences", "There is no ticket {number}."),
            QT_TRANSLATE_NOOP("Sentences", "There is no such ticket."),
        ),
        QT_TRANSLATE_NOOP("Sentences", "Look for it on the page Tickets."),
    ),
    Code.UNKNOWN_COMMUNICATION: (
        QT_TRANSLATE_NOOP("Sentences", "This communication is in the log no more: it was purged in the meantime."),
    ),
    Code.UNKNOWN_MESSAGE: (
        (
            QT_TRANSLATE_NOOP("Sentences", "There is no message {id} here, or its octets were never fetched."),
            QT_TRANSLATE_NOOP("Sentences", "There is no such message here, or its octets were never fetched."),
        ),
        QT_TRANSLATE_NOOP("Sentences", "Look for it on the pages Inbox and Archive."),
    ),
    Code.BAD_FILE: (
        (
            QT_TRANSLATE_NOOP("Sentences", "The file {path} cannot be used: {detail}."),
            QT_TRANSLATE_NOOP("Sentences", "The file cannot be used: {detail}."),
            QT_TRANSLATE_NOOP("Sentences", "The file cannot be used."),
        ),
        QT_TRANSLATE_NOOP("Sentences", "Nothing was changed. Correct it, or choose another file."),
    ),
    Code.EDIT_CONFLICT: (
        (
            QT_TRANSLATE_NOOP("Sentences", '"{record}" was changed by {changed_by} at {changed_at} since it was read.'),
            QT_TRANSLATE_NOOP("Sentences", '"{record}" was changed by {changed_by} since it was read.'),
            QT_TRANSLATE_NOOP("Sentences", '"{record}" was changed by somebody else since it was read.'),
            QT_TRANSLATE_NOOP("Sentences", "This was changed by somebody else since it was read."),
        ),
        QT_TRANSLATE_NOOP("Sentences", "Nothing was overwritten; look at it as it is now and try again."),
    ),
    Code.NOT_OFFERED_YET: (
        (
            QT_TRANSLATE_NOOP("Sentences", "This version does not offer this yet: {what}."),
            QT_TRANSLATE_NOOP("Sentences", "This version does not offer this yet."),
        ),
    ),
    Code.IN_USE: (
        (
            QT_TRANSLATE_NOOP("Sentences", '"{record}" is still used by {used_by}, so it cannot be removed.'),
            QT_TRANSLATE_NOOP("Sentences", "This is still used, so it cannot be removed."),
        ),
        QT_TRANSLATE_NOOP("Sentences", "Change that first, or set this to invalid."),
    ),
    Code.EXAMPLES_CHANGED: (
        QT_TRANSLATE_NOOP("Sentences", "Pinned examples of filters would be decided otherwise."),
        QT_TRANSLATE_NOOP("Sentences", "Nothing was changed. Look at the filters and their examples first."),
    ),
    Code.TICKET_MERGED: (
        (
            QT_TRANSLATE_NOOP("Sentences", "Ticket {number} was merged into {into}, which has its mails now."),
            QT_TRANSLATE_NOOP("Sentences", "Ticket {number} is merged already."),
            QT_TRANSLATE_NOOP("Sentences", "This ticket is merged already."),
        ),
        (
            QT_TRANSLATE_NOOP("Sentences", "Use {into} instead."),
            QT_TRANSLATE_NOOP("Sentences", "Nothing was changed."),
        ),
    ),
    Code.MERGE_INTO_ITSELF: (
        (
            QT_TRANSLATE_NOOP("Sentences", "Ticket {number} cannot be merged into itself: {into} leads there."),
            QT_TRANSLATE_NOOP("Sentences", "A ticket cannot be merged into itself."),
        ),
        QT_TRANSLATE_NOOP("Sentences", "Choose another ticket."),
    ),
    # leases
    Code.ACCOUNT_BUSY: (
        (
            QT_TRANSLATE_NOOP("Sentences", 'The account "{name}" is being fetched by {holder} at this moment.'),
            QT_TRANSLATE_NOOP("Sentences", 'The account "{name}" is being fetched by another program at this moment.'),
            QT_TRANSLATE_NOOP("Sentences", "The account is being fetched by another program at this moment."),
        ),
        QT_TRANSLATE_NOOP("Sentences", "That one does the work."),
    ),
    Code.LEASE_LOST: (
        QT_TRANSLATE_NOOP(
            "Sentences",
            "This fetch was away for too long (a sleeping computer, a slow database), and another may have taken over; "
            "it stopped before doing harm. Fetch again.",
        ),
    ),
    # messages
    Code.EMPTY_INPUT: (QT_TRANSLATE_NOOP("Sentences", "There was no message in it. Choose a file that holds one."),),
    Code.KILLED_TWICE: (
        (
            QT_TRANSLATE_NOOP(
                "Sentences",
                "The program died {times} while it worked on this message, so it is set aside.",
            ),
            QT_TRANSLATE_NOOP(
                "Sentences", "The program died repeatedly while it worked on this message, so it is set aside."
            ),
        ),
        QT_TRANSLATE_NOOP("Sentences", 'Look at its source, and please report it; "Retry" tries again.'),
    ),
    Code.PROCESSING_FAILED: (
        (
            QT_TRANSLATE_NOOP(
                "Sentences",
                "The message is stored, but could not be made into a ticket ({detail}), so it is set aside.",
            ),
            QT_TRANSLATE_NOOP(
                "Sentences", "The message is stored, but could not be made into a ticket, so it is set aside."
            ),
        ),
        QT_TRANSLATE_NOOP(
            "Sentences", '"Retry" tries again, "Create ticket" and "Assign to ticket" go round the rules.'
        ),
    ),
    Code.DEMO_MISSING: (
        (
            QT_TRANSLATE_NOOP("Sentences", "The demo's mail server ({package}) is not installed."),
            QT_TRANSLATE_NOOP("Sentences", "The demo's mail server is not installed."),
        ),
        QT_TRANSLATE_NOOP("Sentences", 'Install this program with its extra "demo".'),
    ),
    # ours
    Code.BUG: (
        (
            QT_TRANSLATE_NOOP("Sentences", "This is a fault of the program's own: {detail}."),
            QT_TRANSLATE_NOOP("Sentences", "This is a fault of the program's own."),
        ),
        QT_TRANSLATE_NOOP("Sentences", "Please report it with the details."),
    ),
}
"""Sentences over the facts of each code; those of which a fact is not known are left out."""


def account_not_valid(facts: Mapping[str, str]) -> str:
    """Says how to make it valid."""
    said = (
        QT_TRANSLATE_NOOP("Sentences", 'The account "{name}" is set to "{validity}", so it is not fetched.'),
        QT_TRANSLATE_NOOP("Sentences", "The account is not valid, so it is not fetched."),
    )
    word = states.validity(facts["validity"]) if "validity" in facts else ""
    todo = QT_TRANSLATE_NOOP("Sentences", "Set its validity to valid to use it.")
    return composed((said, todo), {**facts, **({"validity": word} if word else {})})


def invalid_record(facts: Mapping[str, str]) -> str:
    """The first fault of a record, with its place."""
    nothing = QT_TRANSLATE_NOOP("Sentences", "Nothing was changed.")
    problem = facts.get("problem", "")
    if problem not in {one.value for one in Problem}:
        return composed((QT_TRANSLATE_NOOP("Sentences", "A value breaks a rule."), nothing), facts)
    said = problem_sentence(facts.get("table", ""), facts.get("key", ""), Problem(problem), facts)
    place = (
        QT_TRANSLATE_NOOP("Sentences", '{what} "{record}": {said}'),
        QT_TRANSLATE_NOOP("Sentences", "{said}"),
    )
    return composed((place, nothing), {**facts, "what": table_label(facts.get("table", "")), "said": said})


def wrong_state(facts: Mapping[str, str]) -> str:
    """A message in another state, a message that cannot be put back, a key that is being changed."""
    what, state = facts.get("what", ""), facts.get("state", "")
    if what == "key":
        return composed(
            (QT_TRANSLATE_NOOP("Sentences", "The key is being changed at this moment. Wait, then try again."),), facts
        )
    if what != "put-back":
        said = (
            QT_TRANSLATE_NOOP("Sentences", 'Message {what} is "{state}", and this cannot be done in that state.'),
            QT_TRANSLATE_NOOP("Sentences", "This cannot be done in the state it is in."),
        )
        word = {"state": states.inbox_state(state)} if state else {}
        return composed((said, QT_TRANSLATE_NOOP("Sentences", "Look at it as it is now.")), {**facts, **word})
    if state == "fetched":
        fetched = (
            QT_TRANSLATE_NOOP(
                "Sentences",
                'The folder "{folder}" is fetched by an account that does not keep its mail on the server, so the '
                "message would be taken away again.",
            ),
            QT_TRANSLATE_NOOP(
                "Sentences", "The folder is fetched by an account that does not keep its mail on the server."
            ),
        )
        return composed((fetched, QT_TRANSLATE_NOOP("Sentences", "Choose another folder.")), facts)
    only = QT_TRANSLATE_NOOP("Sentences", "A message can be put back by IMAP only; this account is of type {state}.")
    return composed(((only, QT_TRANSLATE_NOOP("Sentences", "A message can be put back by IMAP only.")),), facts)
