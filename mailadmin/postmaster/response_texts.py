"""The text of an auto-response: placeholders filled, the ticket's number in the subject, no header injected (PM-8)."""

from __future__ import annotations

import re
from datetime import UTC
from typing import Final

from mailadmin.domain.decisions import Decision, ResponseOrder, RoutingSnapshot, TicketFacts
from mailadmin.domain.responses import PLACEHOLDERS, OutboxDraft

from .dispatch import queue_facts
from .message_ids import message_ids
from .numbers import without_number
from .preparing import PreparedMail
from .senders import sender_of

QUOTED_LINES: Final = 50
"""Lines of the mail that <OTOBO_Body> quotes when the text does not say how many: a forged sender is sent them, too."""
_LONGEST_LINE: Final = 990
_LONGEST_SUBJECT: Final = 500
_SUBJECT: Final = "<OTOBO_Subject>"
"""The subject of a text that has none of its own."""
_MOST_REFERENCES: Final = 20
_PLACEHOLDER: Final = re.compile(rf"<OTOBO_({'|'.join(PLACEHOLDERS)})(?::([0-9]{{1,4}}))?>", re.IGNORECASE)
_NAMES: Final = {name.casefold(): name for name in PLACEHOLDERS}
_REPLY: Final = re.compile(r"\A(?:(?:re|aw|antw|sv|vs|odp|rif|réf?)(?:\[\d{1,3}\])?\s*:\s*)+", re.IGNORECASE)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_ID: Final = re.compile(r"<[\x21-\x3b\x3d\x3f-\x7e]+>")


def write_response(
    order: ResponseOrder, decision: Decision, ticket: TicketFacts, routing: RoutingSnapshot, prepared: PreparedMail
) -> OutboxDraft:
    """Write the auto-response that a decision ordered.

    What stands for a placeholder is never read for placeholders again; one that nobody knows stays as it is. Nothing of
    the mail can begin a header field: subject and addresses hold no control characters.

    :param ticket: as it stands afterwards, with its number
    """
    texts = _Texts(decision, ticket, routing, prepared)
    queue = queue_facts(routing, ticket.queue)
    return OutboxDraft(
        sender=_one_line(queue.sender_address if queue else ""),
        sender_name=_one_line(queue.sender_name if queue else ""),
        to=tuple(_one_line(address) for address in order.to),
        cc=tuple(_one_line(address) for address in order.cc),
        subject=subject_with_number(texts.filled(order.response.subject or _SUBJECT), ticket.number, routing),
        body=texts.filled(order.response.body),
        in_reply_to=_last(decision.article.message_id),
        references=_references(decision),
        response=order.response.name,
        type=order.response.type,
    )


def subject_with_number(subject: str, number: str, routing: RoutingSnapshot) -> str:
    """A subject of ours: ``Re: [Ticket#2026...] Printer``, as Ticket::SubjectFormat, Hook, HookDivider and Re say.

    What the subject had of that already is taken out first, so that it does not grow with every reply.
    """
    said = _REPLY.sub("", without_number(_one_line(subject), number, routing)).strip()[:_LONGEST_SUBJECT]
    re_, hook = routing.subject_re, f"[{routing.ticket_hook}{routing.ticket_hook_divider}{number}]"
    pieces = {"Left": [hook, said], "Right": [said, hook]}.get(routing.subject_format, [said])
    return " ".join(([f"{re_}:"] if re_ else []) + [piece for piece in pieces if piece])


class _Texts:
    """Fills placeholders for one mail."""

    def __init__(
        self, decision: Decision, ticket: TicketFacts, routing: RoutingSnapshot, prepared: PreparedMail
    ) -> None:
        article, queue = decision.article, queue_facts(routing, ticket.queue)
        sender = sender_of(prepared.headers)
        address = sender.address if sender else ""
        written = (article.date or prepared.at).astimezone(UTC)
        self._body = article.body if article.body_type == "text/plain" else prepared.mail.body_text
        self._words = {
            "TicketNumber": ticket.number,
            "Title": ticket.title,
            "Queue": ticket.queue,
            "State": ticket.state,
            "Priority": ticket.priority,
            "CustomerName": (sender.name if sender else "") or address,
            "CustomerAddress": address,
            "CustomerID": decision.customer_id or ticket.customer_id,
            "Subject": article.subject,
            "Date": f"{written:%Y-%m-%d %H:%M} UTC",
            "QueueAddress": queue.sender_address if queue else "",
            "QueueName": (queue.sender_name if queue else "") or ticket.queue,
        }

    def filled(self, text: str) -> str:
        """The text with its placeholders filled, in one pass."""
        return _PLACEHOLDER.sub(self._word, text)

    def _word(self, match: re.Match[str]) -> str:
        name = _NAMES[match[1].casefold()]
        return self._quoted(match[2] or "") if name == "Body" else _one_line(self._words[name])

    def _quoted(self, most: str) -> str:
        wanted = int(most) if most else QUOTED_LINES
        lines = self._body.strip().splitlines()
        quoted = [f"> {_CONTROL.sub(' ', line)}".rstrip()[:_LONGEST_LINE] for line in lines[:wanted]]
        if len(lines) > wanted:
            quoted.append("> [...]")
        return "\n".join(quoted)


def _one_line(text: str) -> str:
    """Text without line ends or any other control character, blanks single."""
    return " ".join(_CONTROL.sub(" ", text).split())


def _last(message_id: str) -> str:
    return next((one for one in message_ids(message_id) if _ID.fullmatch(one)), "")


def _references(decision: Decision) -> str:
    """The mail's own references and then its Message-ID (RFC 5322, 3.6.4): the first and the newest of many."""
    article = decision.article
    replied = message_ids(article.in_reply_to)
    before = message_ids(article.references) or (replied if len(replied) == 1 else [])
    ids = list(dict.fromkeys(one for one in [*before, *message_ids(article.message_id)] if _ID.fullmatch(one)))
    return " ".join(ids if len(ids) <= _MOST_REFERENCES else [ids[0], *ids[1 - _MOST_REFERENCES :]])
