"""Delivery reports: RFC 3464, and what the common mail servers write that is not so."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator, Sequence
from typing import Final

from mailadmin.domain.decisions import Bounce

from .bodies import Body
from .bounce_phrases import DAEMON, DELAY, FAILURE, HINTS, SUBJECT, TEXT
from .charsets import clean_text, decode
from .headers import Headers, split_header
from .html import html_to_text
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
_ENOUGH: Final = 4
"""What origin and words together must weigh; each sign weighs one to three."""
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
    if not origin and "multipart/report" not in mail.containers:
        return ReportKind.NONE, None
    root, extra = parameters(headers.values("content-type")[0]) if "content-type" in headers else ("", {})
    kind = extra.get("report-type", "").lower()
    is_report = root == "multipart/report"
    if not is_report and not origin:
        return ReportKind.NONE, None
    if other := _other_report(mail, kind if is_report else ""):
        return other, None
    text = body.text if body.text is not None else html_to_text((body.html or "")[:_LOOKED_AT])
    if groups := _groups(mail):
        return _standard(mail, groups, text)
    if (is_report and kind == "delivery-status") or _is_bounce(mail, origin, text):
        return _other_servers(mail, text)
    return ReportKind.NONE, None


def _origin(headers: Headers) -> int:
    """How much the headers speak for a mail server as the sender; cheap, as every mail is asked."""
    speaks = 0
    if any(path.strip() == b"<>" for path in headers.raw("return-path")):
        speaks += 2
    if "x-failed-recipients" in headers:
        speaks += 3
    for sender in headers.raw("from")[:1]:
        shown = sender[:1_000].decode("latin-1").lower()
        if not any(hint in shown for hint in HINTS):
            continue
        if DAEMON.search(shown):
            speaks += 2
        elif "postmaster" in shown:
            speaks += 1
    if speaks and any(value.strip().lower().startswith(b"auto-") for value in headers.raw("auto-submitted")):
        speaks += 1
    return speaks


def _other_report(mail: OpenedMail, report_type: str) -> ReportKind:
    if report_type in _OTHER_REPORTS:
        return _OTHER_REPORTS[report_type]
    return next(
        (_OTHER_PARTS[leaf.content_type] for leaf in mail.leaves if leaf.content_type in _OTHER_PARTS), ReportKind.NONE
    )


def _is_bounce(mail: OpenedMail, origin: int, text: str) -> bool:
    """Whether a mail of such an origin is a report: its subject or its words say so as well."""
    text = text[:_LOOKED_AT]
    said = 2 if SUBJECT.search(mail.block.headers.text("subject")[:300]) else 0
    said += 2 if TEXT.search(_flat(_before_the_returned(text))) else 0
    said += 2 if "x-failed-recipients" in mail.block.headers else 0
    if not origin or not said:
        return False
    carries = any(leaf.content_type in _RETURNED for leaf in mail.leaves) or _MESSAGE_ID.search(text)
    return origin + said + (1 if carries else 0) >= _ENOUGH


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
    bounce = Bounce(
        original_id=_original_id(mail, text),
        recipient=_typed(group.text("final-recipient")) or _typed(group.text("original-recipient")),
        status=code[1] if code else "",
        diagnostic=_typed(group.text("diagnostic-code"))[:_LONGEST_WORDS],
        delayed=delayed,
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
    bounce = Bounce(
        original_id=_original_id(mail, text),
        recipient=_recipient(headers, words),
        status=code[1] if code else "",
        diagnostic=" ".join(refusal[0].split())[:_LONGEST_WORDS] if refusal else "",
        delayed=delayed,
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


def _original_id(mail: OpenedMail, text: str) -> str:
    """The Message-ID, in brackets, of the mail that is reported of; empty when the report does not say.

    Of the mail returned, else of its header within the text, else what the report says it answers.
    """
    for leaf in _returned(mail):
        if found := _ANY_ID.search(split_header(leaf.content[:_LOOKED_AT]).headers.text("message-id")):
            return clean_text(found[0])
    if found := _MESSAGE_ID.search(text[:_LOOKED_AT]):
        return clean_text(found[1])
    for leaf in mail.leaves[1:20]:
        said = (
            decode(leaf.content[:_LOOKED_AT].replace(b"\r\n", b"\n"))[0]
            if leaf.content_type.startswith("text/")
            else ""
        )
        if found := _MESSAGE_ID.search(said):
            return clean_text(found[1])
    headers = mail.block.headers
    for name in ("x-original-message-id", "in-reply-to", "references"):
        if ids := _ANY_ID.findall(headers.text(name)):
            return clean_text(ids[-1])
    return ""


def _returned(mail: OpenedMail) -> Iterator[Leaf]:
    """The parts that are the mail returned: so labelled, else files that servers put it into."""
    yield from (leaf for leaf in mail.leaves if leaf.content_type in _RETURNED)
    for leaf in mail.leaves[1:20]:
        if leaf.content_type == "application/octet-stream" or file_name(leaf).lower().endswith(
            (".822", ".eml", ".hdr")
        ):
            yield leaf
