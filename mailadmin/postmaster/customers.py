"""Whose ticket a new one is (PM-7, postmaster.md 4.5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mailadmin.domain.addresses import address_key
from mailadmin.domain.decisions import Answers, CustomerFacts, RoutingSnapshot

from .addresses import Mailbox, address_field
from .headers import Headers
from .orders import Orders
from .senders import sender_of
from .trace import Step, Trace

_LONGEST: Final = 191
_MOST_OTHERS: Final = 8


@dataclass(frozen=True, slots=True)
class Customer:
    """The customer of a new ticket: a customer user's login, or else the sender's address; and the company.

    ``known``: the sender, or who a header names, need not be made known first.
    """

    customer: str = ""
    customer_id: str = ""
    known: bool = False


def find_customer(
    headers: Headers, orders: Orders, answers: Answers, routing: RoutingSnapshot, trace: Trace
) -> Customer:
    """Find the customer: by header, else by the sender's address, else (the company alone) by its domain.

    Cc never makes anybody a customer.

    :param orders: those for a new ticket
    """
    login, customer_id = orders.text("CustomerUser"), orders.text("CustomerNo")
    sender = sender_of(headers)
    address = sender.address.lower()[:_LONGEST] if sender else ""
    if login:
        user = answers.logins.get(login.casefold())
        found, by = _of_user(user) if user else Customer(login, known=True), "header"
    elif user := answers.customers.get(sender.key) if sender else None:
        found, by = _of_user(user), "user"
    elif sender and (company := answers.companies.get(domain_of(sender.key))):
        found, by = Customer(address, company, known=True), "company"
    else:
        found, by = Customer(address, address if routing.company_of_unknown else ""), "unknown"
    if customer_id:
        found = Customer(found.customer, customer_id, known=found.known)
    others = [mailbox.address for mailbox in address_field(headers, "from").addresses[1 : 1 + _MOST_OTHERS]]
    if found.customer:
        trace.add(
            Step.CUSTOMER,
            by=by,
            customer=found.customer,
            customer_id=found.customer_id,
            address=address,
            others=", ".join(others),
        )
    return found


def is_customer_of(customer: str, sender: Mailbox, answers: Answers) -> bool:
    """Whether the sender is the customer of a ticket: its customer user, or the unknown one who wrote it."""
    user = answers.customers.get(sender.key)
    return address_key(customer) == sender.key or (user is not None and customer.casefold() == user.login.casefold())


def domain_of(key: str) -> str:
    """The domain of an address."""
    return key.rpartition("@")[2]


def _of_user(user: CustomerFacts) -> Customer:
    return Customer(user.login, user.customer_id, known=True)
