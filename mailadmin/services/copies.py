"""One mail, several copies of it: which of them makes a ticket, and which has the say.

What becomes of a mail is a matter of the set of its copies, never of the order in which they are fetched. Each is
decided by itself, as if the others had not been here. Of those that make or join a ticket, one makes the article: the
one whose account stands first (of several by one account: that whose octets have the lowest digest). Under ``one per
queue`` that holds for each queue; a follow-up is one article in its ticket anyway. Ignored and held copies have no say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mailadmin.domain.decisions import COPY_DECIDES, COPY_OF, Because, Decision, DecisionKind
from mailadmin.domain.names import name_key
from mailadmin.domain.tickets import ANSWERS, AccountStanding, MailCopy, rank

WITHOUT_SAY = frozenset({DecisionKind.IGNORED, DecisionKind.HELD})
"""Copies of which this becomes neither make an article nor keep another from making one."""


def fitting(decision: Decision, copies: Sequence[MailCopy], *, one_ticket: bool) -> MailCopy | None:
    """The article that a mail would make a second time, or None when it is to make one of its own.

    :param decision: what becomes of it by itself
    :param copies: the articles that copies of it have made
    :param one_ticket: the policy
    """
    if not copies:
        return None
    joins = decision.kind in ANSWERS
    alike = [copy for copy in copies if (copy.kind in ANSWERS) is joins]
    if one_ticket:
        return _first(alike or copies)
    if joins:
        here = [copy for copy in alike if decision.ticket is not None and copy.ticket_id == decision.ticket.id]
    else:
        queue = name_key(decision.queue)
        here = [copy for copy in alike if name_key(copy.queue) == queue]
        here = here or [copy for copy in alike if name_key(copy.ticket_queue) == queue]  # moved by hand
    here = here or [copy for copy in copies if copy not in alike and _same_way(decision, copy)]
    return _first(here) if here else None


def _same_way(decision: Decision, copy: MailCopy) -> bool:
    """Whether two copies went different ways though both are about one ticket, or one found none at all.

    Then somebody has closed, opened or made the ticket in between, and the mail is well where it is.
    """
    known = decision.ticket.id if decision.ticket is not None else None
    before = copy.ticket_id if copy.kind in ANSWERS else copy.effects.continues_id
    return known is None or before is None or known == before


def takes_over(decision: Decision, standing: AccountStanding | None, digest: bytes, copy: MailCopy) -> bool:
    """Whether a mail has the say over the article that an earlier copy made.

    Not where somebody put that into its ticket by hand, and not where they became different sorts of thing.

    :param digest: of the mail's octets
    """
    alike = (copy.kind in ANSWERS) is (decision.kind in ANSWERS)
    return alike and not copy.by_hand and rank(standing, digest) < rank(copy.standing, copy.digest)


def as_copy(decision: Decision, copy: MailCopy) -> Decision:
    """The decision of a mail whose article another copy has made."""
    said = Because(COPY_OF, {"message": str(copy.inbox_id), "account": copy.account})
    because = (*decision.because, said)
    return Decision(kind=DecisionKind.COPY, article=decision.article, queue=copy.queue, because=because)


def as_decider(decision: Decision, copy: MailCopy) -> Decision:
    """The decision of a mail that has the say over what another copy made."""
    said = Because(COPY_DECIDES, {"message": str(copy.inbox_id), "account": copy.account})
    return replace(decision, because=(*decision.because, said))


def _first(copies: Sequence[MailCopy]) -> MailCopy:
    return min(copies, key=lambda copy: (rank(copy.standing, copy.digest), copy.inbox_id))
