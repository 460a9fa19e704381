"""The rules for customer users and companies (FEATURES PM-7)."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping

from .addresses import address_key
from .customers import Company, CustomerUser
from .names import name_key, tidy
from .problems import Fault, Problem
from .validation import Surroundings, control_characters, is_address, is_host, text_faults


def normalised_customer(user: CustomerUser) -> CustomerUser:
    """The customer user as it is stored: names tidied, nothing around the addresses, none empty."""
    return dataclasses.replace(
        user,
        login=tidy(user.login),
        name=tidy(user.name),
        company=tidy(user.company),
        addresses=tuple(address.strip() for address in user.addresses if address.strip()),
    )


def customer_faults(user: CustomerUser, around: Surroundings) -> list[Fault]:
    """Every rule the customer user breaks, but for the login being taken.

    Of an address, the facts ``number`` (from 1) and ``value`` say which one.
    """
    faults = [
        *text_faults(user, ("login", "comment")),
        *text_faults(user, ("name",), {"name": 200}),
    ]
    if not user.login.strip():
        faults.append(Fault("login", Problem.REQUIRED))
    if user.company and name_key(user.company) not in around.companies:
        faults.append(Fault("company", Problem.UNKNOWN_COMPANY, {"company": user.company}))
    for number, address in enumerate(user.addresses, 1):
        if not is_address(address) or control_characters(address):
            facts = {"number": str(number), "value": address}
            faults.append(Fault("addresses", Problem.NOT_AN_ADDRESS, facts))
    faults += _once("addresses", user.addresses, around.address_owners, user.login)
    return faults


def normalised_company(company: Company) -> Company:
    """The company as it is stored: names tidied, domains without ``@`` and blanks, none empty."""
    domains = (domain.strip().removeprefix("@") for domain in company.domains)
    return dataclasses.replace(
        company,
        customer_id=tidy(company.customer_id),
        name=tidy(company.name),
        domains=tuple(domain for domain in domains if domain),
    )


def company_faults(company: Company, around: Surroundings) -> list[Fault]:
    """Every rule the company breaks, but for its id being taken. Facts of domains as those of addresses."""
    faults = [
        *text_faults(company, ("customer_id", "comment")),
        *text_faults(company, ("name",), {"name": 200}),
    ]
    if not company.customer_id.strip():
        faults.append(Fault("customer_id", Problem.REQUIRED))
    for number, domain in enumerate(company.domains, 1):
        if not _is_domain(domain):
            facts = {"number": str(number), "value": domain, "domain": domain}
            faults.append(Fault("domains", Problem.NOT_A_DOMAIN, facts))
    faults += _once("domains", company.domains, around.domain_owners, company.customer_id)
    return faults


def _is_domain(text: str) -> bool:
    return "." in text.rstrip(".") and ":" not in text and len(text) <= 253 and is_host(text)


def _once(field: str, values: Iterable[str], owners: Mapping[str, str], me: str) -> Iterator[Fault]:
    """A value stands once in a record, and in no other one."""
    seen: set[str] = set()
    for number, value in enumerate(values, 1):
        facts = {"number": str(number), "value": value}
        key = address_key(value)
        owner = owners.get(key, me)
        if key in seen:
            yield Fault(field, Problem.TWICE, facts)
        elif name_key(owner) != name_key(me):
            yield Fault(field, Problem.TAKEN_BY, {**facts, "owner": owner})
        seen.add(key)
