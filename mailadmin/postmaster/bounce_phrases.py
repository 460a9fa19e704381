"""How mail servers word the reports they write: in From, in Subject, and in the text (runs of blanks made one)."""

from __future__ import annotations

import re
from typing import Final


def _any_of(*phrases: str) -> re.Pattern[str]:
    return re.compile("|".join(phrases), re.IGNORECASE)


DAEMON: Final = _any_of(
    r"mailer[-_.]?daemon",
    r"mail[-_.]daemon",
    r"mdaemon@",
    r"\bdaemon@",
    r"mail\.delivery\.sub",
    r"delivery subsystem",
    r"microsoftexchange[0-9a-f]{8,}",
    r"<>\s*$",
)
"""A sender that is a mail server."""

PERHAPS: Final = _any_of(
    r"postmaster", r"mail delivery system", r"mail ?delivery ?service", r"system ?administrator", r"mail administrator"
)
"""A sender that is a mail server, or a person or company that is called so."""

HINTS: Final = ("daemon", "postmaster", "deliver", "administrator", "microsoftexchange", "<>")
"""One of these is in every such sender, in lower case; looking for a word is much cheaper than for a pattern."""

REPLY: Final = re.compile(
    r"(?:^|[^\d.])[45]\.[0-7]\.\d{1,3}(?![\d.])"
    r"|(?:^|[:;<>\"'(])[ \t]{0,20}(?:4(?:21|5[0-5])|5(?:0[0-4]|2[13]|5[0-7]))[ :-]",
    re.MULTILINE,
)
"""What a mail server answers to another, within its report: a status code (RFC 3463) or a reply line (RFC 5321)."""

SUBJECT: Final = re.compile(
    r"^\W{0,5}(?:"
    + "|".join(
        (
            r"undeliver(?:ed|able)\b",
            r"delivery (?:status notification|notification|failure|failed|has failed|report\b|delayed|problem)",
            r"returned mail\b",
            r"returned to sender",
            r"failure notice",
            r"mail (?:delivery|system) (?:fail|problem|error|status|warning)",
            r"mail (?:failure|could not be delivered)",
            r"message status",
            r"message (?:delivery )?(?:failed|delayed|undeliverable|has been delayed|could not be delivered)",
            r"warning: (?:message|could not send)",
            r"could not send message",
            r"non-?deliver(?:y|able)",
            r"permanent delivery failure",
            r"(?:unzustellbar|nicht zustellbar|zustellung (?:fehlgeschlagen|verz)|zurückgesandt)",
            r"(?:non remise?\b|échec de (?:la )?remise|message non distribu)",
            r"(?:no se puede entregar|no entregado|mensaje no entregado)",
            r"(?:mancato recapito|non recapitabile|impossibile recapitare)",
            r"(?:niet-? ?bestelbaar|onbestelbaar)",
            r"(?:niedostarczon|nie można dostarczyć|nedoručiteln|não entregue|не доставлен|недоставлен)",
            r"(?:配信不能|配信できません|未传递|无法投递|退信)",
        )
    )
    + ")",
    re.IGNORECASE,
)
"""The subject of a report."""

TEXT: Final = _any_of(
    r"qmail-send program",
    r"created automatically by (?:the )?mail delivery (?:software|system)",
    r"permanent fatal errors",
    r"transient non-fatal errors",
    r"this is the (?:mail|postfix) (?:system|program) at host",
    r"(?:wasn't|was not|were) (?:un)?able to deliver (?:your|the|this) (?:message|mail)",
    r"unable to deliver (?:your|the|this) (?:message|mail)",
    r"did not reach (?:some or all of the|the following|any of) .{0,12}recipient",
    r"delivery (?:has failed )?to (?:these|the following) recipient",
    r"following (?:address|recipient|message)(?:es|s|\(s\)|\(es\))?.{0,60}(?:could not be|cannot be|failed|were not)",
    r"(?:couldn't|could not|cannot|can't|wasn't|was not) be delivered",
    r"(?:wasn't|was not|not) delivered",
    r"undeliverable (?:message|mail|to)",
    r"has been returned to (?:you|sender)",
    r"(?:user unknown|unknown user|no such (?:user|mailbox|recipient))",
    r"(?:mailbox|quota) (?:is )?(?:full|unavailable|exceeded)",
    r"has not yet been delivered",
    r"delivery (?:is |has been )?delayed",
    r"this is a warning message only",
    r"(?:konnte|kann) nicht zugestellt werden",
    r"nicht zugestellt werden",
    r"n'a pas pu être (?:remis|distribué)",
    r"no se (?:pudo|ha podido) entregar",
    r"non è stato possibile (?:recapitare|consegnare)",
)
"""What stands in the text of a report."""

DELAY: Final = _any_of(
    r"warning message only",
    r"has not yet been delivered",
    r"\b(?:message|delivery|mail)\b.{0,60}\bdelayed",
    r"\bdelayed delivery",
    r"could not send message for past",
    r"will (?:be retried|keep trying|continue to be tried|be (?:made|attempted) (?:again|for)|retry|try again)",
    r"attempts? .{0,40}will continue",
    r"still being (?:retried|tried)",
    r"no action is required",
    r"do not need to resend",
    r"transient non-fatal",
    r"zustellung verz",
)
"""What says that delivery is still tried."""

FAILURE: Final = _any_of(r"permanent (?:error|fatal|failure)", r"giv(?:en|ing) up", r"gave up", r"permanently")
"""What says that it is not, whatever else is said."""
