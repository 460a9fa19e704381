"""What becomes of a message: a pure function of its octets, the account's facts, the routing and what was looked up.

The way of a mail: :func:`parse` takes it apart, :func:`prepare` takes it through trust gate and filters and says what
must be looked up, :func:`decide` answers with everything its ticket needs and with the trace (see trace.py) of what
decided; :func:`write_response` writes the auto-response that a decision orders, when the ticket has its number.
"""

from .addresses import addresses_in
from .article import article_of, sender_and_subject
from .charsets import clean_text
from .deciding import decide
from .numbers import ticket_number
from .origin import origin_of
from .parsing import ParsedMail, parse, part_content
from .preparing import PreparedMail, prepare
from .response_texts import write_response

__all__ = [
    "ParsedMail",
    "PreparedMail",
    "addresses_in",
    "article_of",
    "clean_text",
    "decide",
    "origin_of",
    "parse",
    "part_content",
    "prepare",
    "sender_and_subject",
    "ticket_number",
    "write_response",
]
