"""What is in one message: its words, its HTML as sent, its files and images; cut out of the raw octets."""

from __future__ import annotations

import logging
import re
from urllib.parse import unquote

from mailadmin.domain.decisions import ArticleDraft
from mailadmin.postmaster import article_of, clean_text, parse, part_content

log = logging.getLogger(__name__)

_SCHEME = re.compile(r"\Acid:", re.IGNORECASE)
_SHOWN = 100_000
"""Octets that are shown of a message that cannot be taken apart."""


def reading(raw: bytes) -> ArticleDraft:
    """A message as an article, without any ticket: header fields, body as text, attachments. Never raises."""
    try:
        return article_of(parse(raw))
    except Exception:  # the very message may be here because of an error of ours: it must be readable all the same
        log.warning("a message could not be taken apart for reading", exc_info=True)
        return as_it_came(raw)


def as_it_came(raw: bytes) -> ArticleDraft:
    """A message that is not taken apart: the beginning of its octets as the body, nothing else."""
    return ArticleDraft(body=clean_text(raw[:_SHOWN].decode("utf-8", "replace")))


def html_of(raw: bytes) -> str | None:
    """The HTML body as sent, decoded; None when there is none.

    It is a stranger's: it must be made safe before it is shown.
    """
    try:
        return parse(raw).html
    except Exception:  # as above: there is the text to read
        log.warning("the HTML of a message could not be had", exc_info=True)
        return None


def image(raw: bytes, content_id: str) -> bytes | None:
    """The part that the HTML refers to as ``cid:...``; None when there is none.

    The mail itself is asked, not its article: that may keep its images as plain attachments, without their names.

    :param content_id: with or without ``cid:`` and brackets, in any case, percent-encoded or not
    """
    wanted = _name(unquote(_SCHEME.sub("", content_id.strip())))
    try:
        mail = parse(raw)
    except Exception:  # as above: the HTML goes without its images
        log.warning("the images of a message could not be had", exc_info=True)
        return None
    for attachment in (*mail.attachments, *mail.embedded):
        if wanted and _name(attachment.content_id) == wanted:
            return part_content(raw, attachment.path)
    return None


def _name(content_id: str) -> str:
    return "".join(content_id.split()).strip("<>").casefold()
