"""Customer users and their companies (FEATURES PM-7)."""

from __future__ import annotations

from dataclasses import dataclass

from .accounts import Stamp, Validity
from .problems import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerUser:
    """Somebody who writes to the helpdesk. ``addresses``: every address mail of theirs may come from.

    ``company``: the ``customer_id`` of a company, or empty.
    """

    login: str
    name: str = ""
    addresses: tuple[str, ...] = ()
    company: str = ""
    validity: Validity = Validity.VALID
    comment: str = ""
    id: int | None = None
    version: int = 0
    created: Stamp | None = None
    changed: Stamp | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A customer company. Mail from an address in one of ``domains`` is theirs, even without a customer user."""

    customer_id: str
    name: str = ""
    domains: tuple[str, ...] = ()
    validity: Validity = Validity.VALID
    comment: str = ""
    id: int | None = None
    version: int = 0
    created: Stamp | None = None
    changed: Stamp | None = None


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import of customers did, or would do.

    ``problems``: (line, what is wrong) of lines that were left out, and of columns that are not known.
    """

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: int = 0
    companies: tuple[str, ...] = ()
    """Companies that were made because a line names them."""
    problems: tuple[tuple[int, Fault], ...] = ()
    released: int = 0
    """Held messages that became tickets because their senders are known now."""
