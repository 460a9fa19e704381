"""What becomes of a message: a pure function of its octets, the account's facts, the routing and what was looked up.

The way of a mail: :func:`parse` takes it apart, :func:`questions` says what must be looked up for it, :func:`decide`
answers with everything its ticket needs and with the trace (see trace.py) of what decided.
"""

from .charsets import clean_text
from .deciding import decide, questions, sender_and_subject
from .numbers import ticket_number
from .origin import origin_of
from .parsing import ParsedMail, parse, part_content

__all__ = [
    "ParsedMail",
    "clean_text",
    "decide",
    "origin_of",
    "parse",
    "part_content",
    "questions",
    "sender_and_subject",
    "ticket_number",
]
