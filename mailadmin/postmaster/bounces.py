"""Delivery reports: RFC 3464, and what the common mail servers write that is not so."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator, Sequence
from typing import Final

from mailadmin.domain.decisions import Bounce

from .bodies import Body
from .bounce_phrases import DAEMON, DELAY, FAILURE, HINTS, PERHAPS, REPLY, SUBJECT, TEXT
from .charsets import clean_text, decode
from .headers import Headers, split_header
from .html import html_to_text
from .loops import has_null_return_path
from .structure import Leaf
from .unpacking import OpenedMail, file_name
from .words import parameters


class ReportKind(enum.StrEnum):
    """What an automatic report is about. All but NONE are written by machines and never by a customer.

    FAILED and DELAYED are bounces; DELIVERED is a success report, RECEIPT says that a mail was read (or not; RFC 8098),
    FEEDBACK is a complaint of a recipient (RFC 5965).
    """

    NONE = ""
    FAILED = "failed"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    RECEIPT = "receipt"
    FEEDBACK = "feedback"


_LOOKED_AT: Final = 100_000
"""Octets of a report, and characters of a text, that are looked at."""
_MOST_GROUPS: Final = 200
_OF_A_RECIPIENT: Final = ("final-recipient", "original-recipient", "action")
_LONGEST_WORDS: Final = 500
_STATUS_TYPES: Final = frozenset({"message/delivery-status", "message/global-delivery-status"})
_RETURNED: Final = frozenset(
    {"message/rfc822", "message/global", "message/rfc822-headers", "text/rfc822-headers", "message/global-headers"}
)
_OTHER_REPORTS: Final = {
    "disposition-notification": ReportKind.RECEIPT,
    "feedback-report": ReportKind.FEEDBACK,
}
_OTHER_PARTS: Final = {
    "message/disposition-notification": ReportKind.RECEIPT,
    "message/global-disposition-notification": ReportKind.RECEIPT,
    "message/feedback-report": ReportKind.FEEDBACK,
}

_MESSAGE_ID: Final = re.compile(
    r"^[>| \t]{0,20}(?:X-)?(?:Original-)?Message-ID:[ \t]*(?:\n[ \t]+)?(<[^<>\s]{1,900}>)", re.IGNORECASE | re.MULTILINE
)
_ANY_ID: Final = re.compile(r"<[^<>\s]{1,900}>")
_ADDRESS: Final = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,10}")
_ENHANCED: Final = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_REFUSAL: Final = re.compile(r"^.{0,400}?(?<![\w.@-])[45]\d\d[ :-].{0,400}", re.MULTILINE)
_RETURNED_HEADER: Final = re.compile(
    r"^[>| \t]{0,20}(?:Return-Path|Received|Message-ID|MIME-Version):", re.IGNORECASE | re.MULTILINE
)


def read_report(mail: OpenedMail, body: Body) -> tuple[ReportKind, Bounce | None]:
    """What a mail says as a report: of what, and the bounce when it is of failure or delay. Never raises.

    A mail that carries a report (somebody passed it on) is none itself: a report comes as multipart/report, or from a
    mail server that says so in its headers.
    """
    headers = mail.block.headers
    origin = _origin(headers)
    if origin is _Origin.ANYBODY and "multipart/report" not in mail.containers:
        return ReportKind.NONE, None
    root, extra = parameters(headers.values("content-type")[0]) if "content-type" in headers else ("", {})
    kind = extra.get("report-type", "").lower()
    is_report = root == "multipart/report"
    if not is_report and origin is _Origin.ANYBODY:
        return ReportKind.NONE, None
    machine = is_report or origin is not _Origin.PERHAPS
    if machine and (other := _other_report(mail, kind if is_report else "")):
        return other, None
    text = body.text if body.text is not None else html_to_text((body.html or "")[:_LOOKED_AT])
    if machine and (groups := _groups(mail)):
        return _standard(mail, groups, text)
    if (is_report and kind == "delivery-status") or _is_bounce(mail, origin, text[:_LOOKED_AT]):
        return _other_servers(mail, text)
    return ReportKind.NONE, None


class _Origin(enum.Enum):
    """Who sent a mail, by its headers.

    PERHAPS: a mail server or a person called so; AUTOMATIC: no person, whoever it is (an empty return path, as shops
    and forms have it as well; or called so and Auto-Submitted); SERVER: a mail server.
    """

    ANYBODY = 0
    PERHAPS = 1
    AUTOMATIC = 2
    SERVER = 3


def _origin(headers: Headers) -> _Origin:
    """Who sent a mail; cheap, as every mail is asked."""
    if "x-failed-recipients" in headers:
        return _Origin.SERVER
    perhaps = False
    for sender in headers.raw("from")[:1]:
        shown = sender[:1_000].decode("latin-1").lower()
        if any(hint in shown for hint in HINTS):
            if DAEMON.search(shown):
                return _Origin.SERVER
            perhaps = bool(PERHAPS.search(shown))
    if has_null_return_path(headers):
        return _Origin.AUTOMATIC
    if not perhaps:
        return _Origin.ANYBODY
    automatic = any(value.strip().lower().startswith(b"auto-") for value in headers.raw("auto-submitted"))
    return _Origin.AUTOMATIC if automatic else _Origin.PERHAPS


def _other_report(mail: OpenedMail, report_type: str) -> ReportKind:
    if report_type in _OTHER_REPORTS:
        return _OTHER_REPORTS[report_type]
    return next(
        (_OTHER_PARTS[leaf.content_type] for leaf in mail.leaves if leaf.content_type in _OTHER_PARTS), ReportKind.NONE
    )


def _is_bounce(mail: OpenedMail, origin: _Origin, text: str) -> bool:
    """Whether a mail of such an origin is a report: its subject or its words say so as well.

    Words that people use too count only with what people do not write: the mail that comes back, or the answer of
    another server. Where a person may have sent it, with both.
    """
    headers, words = mail.block.headers, _before_the_returned(text)
    if not (
        "x-failed-recipients" in headers or SUBJECT.search(headers.text("subject")[:300]) or TEXT.search(_flat(words))
    ):
        return False
    if origin is _Origin.SERVER:
        return True
    original_id, certain = _original_id(mail, text)
    returned = bool(original_id and certain) or any(leaf.content_type in _RETURNED for leaf in mail.leaves)
    answer = bool(REPLY.search(words))
    return returned or answer if origin is _Origin.AUTOMATIC else returned and answer


def _flat(text: str) -> str:
    return " ".join(text.split())


# --- RFC 3464 ------------------------------------------------------------------------------------------------------


def _standard(mail: OpenedMail, groups: Sequence[Headers], text: str) -> tuple[ReportKind, Bounce | None]:
    by_action = {group.text("action").lower().split(" ")[0].strip("();,"): group for group in reversed(groups)}
    group = by_action.get("failed") or by_action.get("delayed")
    if group is None:
        if by_action.keys() & {"delivered", "relayed", "expanded"}:
            return ReportKind.DELIVERED, None
        # No action that anybody knows: the class of the status says the same.
        group = groups[0]
        if group.text("status").startswith("2"):
            return ReportKind.DELIVERED, None
        delayed = group.text("status").startswith("4")
    else:
        delayed = "failed" not in by_action
    code = _ENHANCED.search(group.text("status")) or _ENHANCED.search(group.text("diagnostic-code"))
    original_id, certain = _original_id(mail, text)
    bounce = Bounce(
        original_id=original_id,
        recipient=(_typed(group.text("final-recipient")) or _typed(group.text("original-recipient")))[:_LONGEST_WORDS],
        status=code[1] if code else "",
        diagnostic=_typed(group.text("diagnostic-code"))[:_LONGEST_WORDS],
        delayed=delayed,
        certain=certain,
    )
    return ReportKind.DELAYED if delayed else ReportKind.FAILED, bounce


def _groups(mail: OpenedMail) -> list[Headers]:
    """The groups of fields that speak of a recipient, in order."""
    status = next((leaf for leaf in mail.leaves if leaf.content_type in _STATUS_TYPES), None)
    if status is None:
        return []
    blocks = status.content[:_LOOKED_AT].replace(b"\r\n", b"\n").split(b"\n\n")[:_MOST_GROUPS]
    groups = [split_header(block.lstrip(b"\n")).headers for block in blocks]
    return [group for group in groups if any(name in group for name in _OF_A_RECIPIENT)]


def _typed(value: str) -> str:
    """The value of a field that names its type first (``rfc822; ann@customer.example``)."""
    kind, semicolon, rest = value.partition(";")
    return (rest if semicolon and " " not in kind.strip() else value).strip().strip("<>")


# --- the others ----------------------------------------------------------------------------------------------------


def _other_servers(mail: OpenedMail, text: str) -> tuple[ReportKind, Bounce]:
    headers = mail.block.headers
    text = text[:_LOOKED_AT]
    words = _before_the_returned(text)
    flat = f"{headers.text('subject')[:300]} {_flat(words)}"
    delayed = bool(DELAY.search(flat)) and not FAILURE.search(flat)
    refusal = _REFUSAL.search(words)
    code = _ENHANCED.search(refusal[0]) if refusal else None
    code = code or _ENHANCED.search(words)
    original_id, certain = _original_id(mail, text)
    bounce = Bounce(
        original_id=original_id,
        recipient=_recipient(headers, words),
        status=code[1] if code else "",
        diagnostic=" ".join(refusal[0].split())[:_LONGEST_WORDS] if refusal else "",
        delayed=delayed,
        certain=certain,
    )
    return ReportKind.DELAYED if delayed else ReportKind.FAILED, bounce


def _before_the_returned(text: str) -> str:
    """The server's own words: what stands before the header of the mail it returns."""
    found = _RETURNED_HEADER.search(text)
    return text[: found.start()] if found else text


def _recipient(headers: Headers, words: str) -> str:
    own = {
        found.casefold() for name in ("from", "to", "sender") for found in _ADDRESS.findall(headers.text(name)[:2_000])
    }
    for place in (headers.text("x-failed-recipients")[:2_000], words):
        for match in _ADDRESS.finditer(place):
            if match[0].casefold() not in own:
                return match[0]
    return ""


def _original_id(mail: OpenedMail, text: str) -> tuple[str, bool]:
    """The Message-ID, in brackets, of the mail that is reported of, and whether that is certain; empty when not said.

    Of the mail returned, else of its header within the text; else, and that is not certain, what the report's own
    header says it answers.
    """
    for leaf in _returned(mail):
        if found := _ANY_ID.search(split_header(leaf.content[:_LOOKED_AT]).headers.text("message-id")):
            return clean_text(found[0]), True
    if found := _MESSAGE_ID.search(text[:_LOOKED_AT]):
        return clean_text(found[1]), True
    for leaf in mail.leaves[1:20]:
        said = (
            decode(leaf.content[:_LOOKED_AT].replace(b"\r\n", b"\n"))[0]
            if leaf.content_type.startswith("text/")
            else ""
        )
        if found := _MESSAGE_ID.search(said):
            return clean_text(found[1]), True
    headers = mail.block.headers
    for name in ("x-original-message-id", "in-reply-to", "references"):
        if ids := _ANY_ID.findall(headers.text(name)):
            return clean_text(ids[-1]), False
    return "", True


def _returned(mail: OpenedMail) -> Iterator[Leaf]:
    """The parts that are the mail returned: so labelled, else files that servers put it into."""
    yield from (leaf for leaf in mail.leaves if leaf.content_type in _RETURNED)
    for leaf in mail.leaves[1:20]:
        if leaf.content_type == "application/octet-stream" or file_name(leaf).lower().endswith(
            (".822", ".eml", ".hdr")
        ):
            yield leaf
