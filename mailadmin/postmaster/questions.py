"""What must be looked up before a mail can be decided."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mailadmin.domain.decisions import Questions, RoutingSnapshot

from .clues import Clue
from .headers import Headers
from .orders import Orders
from .senders import count_key, reply_addresses, sender_of
from .trace import Trace


def questions_of(headers: Headers, routing: RoutingSnapshot, clues: Sequence[Clue]) -> Questions:
    """What the checks that are switched on, the customer and the auto-response must know.

    :param headers: those behind gate and filters
    """
    numbers = _values(clue for clue in clues if not clue.by.is_by_id and not clue.rule)
    ids = _values(clue for clue in clues if clue.by.is_by_id)
    fields = dict.fromkeys((clue.rule.dynamic_field, value) for clue in clues if clue.rule for value in clue.values)
    sender = sender_of(headers)
    login = Orders(headers, Trace()).peek("CustomerUser")[1]
    quoted = bool(numbers or fields)
    return Questions(
        ticket_numbers=numbers,
        message_ids=ids,
        fields=tuple(fields),
        senders=(sender.address,) if sender else (),
        logins=(login,) if login else (),
        recipients=tuple(dict.fromkeys(map(count_key, reply_addresses(headers)))) if routing.responses else (),
        participants={"numbers": quoted, "all": quoted or bool(ids)}.get(routing.sender_check, False),
    )


def _values(clues: Iterable[Clue]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for clue in clues for value in clue.values))
