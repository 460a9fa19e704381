"""Customer users and companies, and who of them a mail is from."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from sqlalchemy import ColumnElement, Connection, bindparam, delete, insert, select, update

from mailadmin.domain.accounts import Validity
from mailadmin.domain.addresses import address_key, domain_key
from mailadmin.domain.customers import Company, CustomerUser
from mailadmin.domain.decisions import CustomerFacts
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.names import name_key
from mailadmin.domain.validation import Problem

from . import search
from .database import AnyRow, AnySelect
from .ledger import chunks
from .mail_tables import TicketRow
from .records import RecordStore, stamps
from .rule_tables import CompanyDomainRow, CompanyRow, CustomerAddressRow, CustomerUserRow


class CustomerStore(RecordStore[CustomerUser]):
    """The customer users."""

    table = CustomerUserRow
    what = "customer_user"
    key = "login"
    unique_parts = {"customer_address": "addresses"}  # noqa: RUF012

    def by_login(self, login: str) -> CustomerUser | None:
        """The customer user of that login, in any case."""
        return self._by_key(login)

    def owners(self, addresses: Iterable[str]) -> dict[str, tuple[int, str]]:
        """Whose addresses these are, valid or not: id and login by address_key."""
        query = select(CustomerAddressRow.address_key, CustomerUserRow.id, CustomerUserRow.login).join(CustomerUserRow)
        found: dict[str, tuple[int, str]] = {}
        with self._database.reading() as connection:
            for chunk in chunks(sorted(set(map(address_key, addresses)))):
                rows = connection.execute(query.where(CustomerAddressRow.address_key.in_(chunk)))
                found |= {row.address_key: (row.id, row.login) for row in rows}
        return found

    def facts(
        self, addresses: Collection[str], logins: Collection[str] = ()
    ) -> tuple[dict[str, CustomerFacts], dict[str, CustomerFacts]]:
        """The valid customer users of these addresses and logins: by address_key, and by casefolded login."""
        by_login: dict[str, set[str]] = {}
        for login in logins:
            by_login.setdefault(name_key(login), set()).add(login.casefold())
        valid = CustomerUserRow.validity == Validity.VALID.value
        with self._database.reading() as connection:
            mine: dict[str, int] = {}
            for chunk in chunks(sorted(set(map(address_key, addresses)))):
                query = select(CustomerAddressRow.address_key, CustomerAddressRow.customer_user_id)
                rows = connection.execute(query.where(CustomerAddressRow.address_key.in_(chunk)))
                mine |= {row.address_key: row.customer_user_id for row in rows}
            found: dict[int, CustomerUser] = {}
            for ids in chunks(sorted(set(mine.values()))):
                users = self._read(connection, CustomerUserRow.id.in_(ids), valid)
                found |= {user.id: user for user in users if user.id is not None}
            named: dict[str, CustomerUser] = {}
            for chunk in chunks(sorted(by_login)):
                users = self._read(connection, CustomerUserRow.login_key.in_(chunk), valid)
                named |= {name_key(user.login): user for user in users}
        return (
            {key: _facts(found[user_id]) for key, user_id in mine.items() if user_id in found},
            {asked: _facts(named[key]) for key, several in by_login.items() if key in named for asked in several},
        )

    def companies_by_domain(self, domains: Collection[str]) -> dict[str, str]:
        """The valid companies of these domains: domain_key to customer id."""
        query = select(CompanyDomainRow.domain_key, CompanyRow.customer_id).join(CompanyRow)
        query = query.where(CompanyRow.validity == Validity.VALID.value)
        found: dict[str, str] = {}
        with self._database.reading() as connection:
            for chunk in chunks(sorted(set(map(domain_key, domains)))):
                rows = connection.execute(query.where(CompanyDomainRow.domain_key.in_(chunk)))
                found |= {row.domain_key: row.customer_id for row in rows}
        return found

    def _query(self) -> AnySelect:
        return select(*CustomerUserRow.__table__.columns, CompanyRow.customer_id.label("company")).join(
            CompanyRow, CustomerUserRow.company_id == CompanyRow.id, isouter=True
        )

    def _records(
        self, connection: Connection, rows: Sequence[AnyRow], where: Sequence[ColumnElement[bool]]
    ) -> list[CustomerUser]:
        addresses: dict[int, list[str]] = {}
        query = select(CustomerAddressRow.customer_user_id, CustomerAddressRow.address).join(CustomerUserRow)
        for row in connection.execute(query.where(*where).order_by(CustomerAddressRow.place)):
            addresses.setdefault(row.customer_user_id, []).append(row.address)
        return [
            CustomerUser(
                login=row.login,
                name=row.name,
                addresses=tuple(addresses.get(row.id, ())),
                company=row.company or "",
                validity=Validity(row.validity),
                comment=row.comment,
                id=row.id,
                **stamps(row),
            )
            for row in rows
        ]

    def _rows(self, connection: Connection, records: Sequence[CustomerUser]) -> list[dict[str, object]]:
        companies = _company_ids(connection, records)
        return [
            {
                "login": record.login,
                "login_key": name_key(record.login),
                "name": record.name,
                "company_id": companies[name_key(record.company)] if record.company else None,
                "validity": record.validity.value,
                "comment": record.comment,
            }
            for record in records
        ]

    def _replaced(self, connection: Connection, before: CustomerUser, after: CustomerUser) -> None:
        """Tickets name their customer by the login: give them the new one."""
        if before.login == after.login:
            return
        query = select(TicketRow.id, TicketRow.number, TicketRow.title).where(TicketRow.customer == before.login)
        rows = [
            {"row_id": row.id, "words": search.joined(row.number, row.title, after.login), "customer": after.login}
            for row in connection.execute(query.order_by(TicketRow.id).with_for_update())
        ]
        if rows:
            connection.execute(update(TicketRow).where(TicketRow.id == bindparam("row_id")), rows)

    def _attach(self, connection: Connection, records: Sequence[tuple[int, CustomerUser]]) -> None:
        for chunk in chunks([record_id for record_id, _ in records]):
            connection.execute(delete(CustomerAddressRow).where(CustomerAddressRow.customer_user_id.in_(chunk)))
        rows = [
            {"address_key": address_key(address), "customer_user_id": record_id, "address": address, "place": place}
            for record_id, record in records
            for place, address in enumerate(record.addresses)
        ]
        if rows:
            connection.execute(insert(CustomerAddressRow), rows)


class CompanyStore(RecordStore[Company]):
    """The customer companies."""

    table = CompanyRow
    what = "company"
    key = "customer_id"
    unique_parts = {"company_domain": "domains"}  # noqa: RUF012

    def by_customer_id(self, customer_id: str) -> Company | None:
        """The company of that id, in any case."""
        return self._by_key(customer_id)

    def known(self, customer_ids: Iterable[str]) -> frozenset[str]:
        """Which of these customer ids there are, valid or not; casefolded."""
        found: set[str] = set()
        with self._database.reading() as connection:
            for chunk in chunks(sorted(set(map(name_key, customer_ids)))):
                found |= set(
                    connection.scalars(select(CompanyRow.customer_id_key).where(CompanyRow.customer_id_key.in_(chunk)))
                )
        return frozenset(found)

    def owners(self, domains: Iterable[str]) -> dict[str, tuple[int, str]]:
        """Whose domains these are, valid or not: id and customer id by domain_key."""
        query = select(CompanyDomainRow.domain_key, CompanyRow.id, CompanyRow.customer_id).join(CompanyRow)
        found: dict[str, tuple[int, str]] = {}
        with self._database.reading() as connection:
            for chunk in chunks(sorted(set(map(domain_key, domains)))):
                rows = connection.execute(query.where(CompanyDomainRow.domain_key.in_(chunk)))
                found |= {row.domain_key: (row.id, row.customer_id) for row in rows}
        return found

    def _query(self) -> AnySelect:
        return select(*CompanyRow.__table__.columns)

    def _records(
        self, connection: Connection, rows: Sequence[AnyRow], where: Sequence[ColumnElement[bool]]
    ) -> list[Company]:
        domains: dict[int, list[str]] = {}
        query = select(CompanyDomainRow.company_id, CompanyDomainRow.domain).join(CompanyRow)
        for row in connection.execute(query.where(*where).order_by(CompanyDomainRow.place)):
            domains.setdefault(row.company_id, []).append(row.domain)
        return [
            Company(
                customer_id=row.customer_id,
                name=row.name,
                domains=tuple(domains.get(row.id, ())),
                validity=Validity(row.validity),
                comment=row.comment,
                id=row.id,
                **stamps(row),
            )
            for row in rows
        ]

    def _values(self, connection: Connection, record: Company) -> dict[str, object]:
        return {
            "customer_id": record.customer_id,
            "customer_id_key": name_key(record.customer_id),
            "name": record.name,
            "validity": record.validity.value,
            "comment": record.comment,
        }

    def _replaced(self, connection: Connection, before: Company, after: Company) -> None:
        """Tickets name their company by its id: give them the new one."""
        if before.customer_id == after.customer_id:
            return
        mine = TicketRow.customer_id == before.customer_id
        connection.execute(select(TicketRow.id).where(mine).order_by(TicketRow.id).with_for_update()).all()
        connection.execute(update(TicketRow).where(mine), {"customer_id": after.customer_id})

    def _attach(self, connection: Connection, records: Sequence[tuple[int, Company]]) -> None:
        for chunk in chunks([record_id for record_id, _ in records]):
            connection.execute(delete(CompanyDomainRow).where(CompanyDomainRow.company_id.in_(chunk)))
        rows = [
            {"domain_key": domain_key(domain), "company_id": record_id, "domain": domain, "place": place}
            for record_id, record in records
            for place, domain in enumerate(record.domains)
        ]
        if rows:
            connection.execute(insert(CompanyDomainRow), rows)

    def _users(self, connection: Connection, record: Company) -> Iterator[str]:
        query = select(CustomerUserRow.login).where(CustomerUserRow.company_id == record.id).limit(100)
        logins = connection.scalars(query.order_by(CustomerUserRow.login_key)).all()
        yield from (f"customer_user {login}" for login in logins)


def _company_ids(connection: Connection, records: Sequence[CustomerUser]) -> dict[str, int]:
    """The ids of the companies that customer users name, by casefolded customer id; they stay until the commit.

    :raises UserFixableError: INVALID_RECORD
    """
    named = {name_key(record.company): record for record in records if record.company}
    found: dict[str, int] = {}
    for chunk in chunks(sorted(named)):
        query = select(CompanyRow.customer_id_key, CompanyRow.id).where(CompanyRow.customer_id_key.in_(chunk))
        rows = connection.execute(query.order_by(CompanyRow.id).with_for_update(read=True, key_share=True))
        found |= {row.customer_id_key: row.id for row in rows}
    for record in (record for key, record in named.items() if key not in found):
        facts = {"table": "customer_user", "record": record.login, "key": "company", "company": record.company}
        raise UserFixableError(Code.INVALID_RECORD, {**facts, "problem": Problem.UNKNOWN_COMPANY})
    return found


def _facts(user: CustomerUser) -> CustomerFacts:
    address = user.addresses[0] if user.addresses else ""
    return CustomerFacts(login=user.login, name=user.name, address=address, customer_id=user.company)
