"""PostMaster filters: rules on incoming mail that set X-OTOBO headers (FEATURES PM-5, postmaster.md 5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from .accounts import Stamp, Validity

EMAILADDRESS: Final = "EMAILADDRESS:"
"""What a condition begins with whose pattern is for each bare address of the header, as a whole."""

BODY: Final = "Body"
ATTACHMENT_EXISTS: Final = "X-OTOBO-AttachmentExists"
ATTACHMENT_COUNT: Final = "X-OTOBO-AttachmentCount"
BODY_DECRYPTED: Final = "X-OTOBO-BodyDecrypted"
COMPUTED: Final = (BODY, ATTACHMENT_EXISTS, ATTACHMENT_COUNT, BODY_DECRYPTED)
"""What conditions can look at beside the mail's headers; worked out here, never taken from a mail."""

MATCH_HEADERS: Final = (
    "From", "To", "Cc", "Reply-To", "Subject", "Message-ID", "Resent-To", "Resent-From", "Precedence", "Mailing-List",
    "List-Id", "List-Archive", "Errors-To", "References", "In-Reply-To", "Auto-Submitted", "X-Loop", "X-Spam",
    "X-Spam-Flag", "X-Spam-Level", "X-Spam-Score", "X-Spam-Status", "X-No-Loop", "X-Priority", "Importance",
    "X-Mailer", "User-Agent", "Organization", "X-Original-To", "Delivered-To", "Envelope-To", "X-Envelope-To",
    "Return-Path",
)  # fmt: skip
"""The headers offered for conditions (postmaster.md 3.4); any other may be typed."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition: the pattern is searched in the header, in any case; ``negated``: it must not be found.

    A header that the mail does not have fails the condition, a negated one as well (OTOBO's rule).
    """

    header: str
    pattern: str
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Action:
    r"""One action: the X-OTOBO header and its value, which may hold ``[***]`` and ``[**\name**]``."""

    header: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """One rule. Filters run by ``order``, then name; all conditions must hold; then the actions are set.

    ``stop``: no filter after this one runs when it matched. ``accounts``: names of the accounts whose mail it is for;
    empty: of all.
    """

    name: str
    order: int = 100
    stop: bool = False
    conditions: tuple[Condition, ...] = ()
    actions: tuple[Action, ...] = ()
    accounts: tuple[str, ...] = ()
    validity: Validity = Validity.VALID
    comment: str = ""
    id: int | None = None
    version: int = 0
    created: Stamp | None = None
    changed: Stamp | None = None

    @property
    def rank(self) -> tuple[int, str]:
        """Where it stands among the others."""
        return self.order, self.name.casefold()


@dataclass(frozen=True, slots=True)
class PinnedExample:
    """A stored message whose outcome a filter's saving must not change unasked.

    ``outcome``: what became of it when it was pinned, as :func:`mailadmin.domain.decisions.outcome_of` says it.
    """

    filter_id: int
    inbox_id: int
    outcome: tuple[tuple[str, str], ...] = ()
    pinned: datetime | None = None
    subject: str = field(default="", compare=False)
    """For lists."""


@dataclass(frozen=True, slots=True)
class ExampleChange:
    """A pinned example that a change would treat differently. ``before`` and ``after`` are outcomes."""

    filter: str
    inbox_id: int
    subject: str
    before: tuple[tuple[str, str], ...]
    after: tuple[tuple[str, str], ...]
