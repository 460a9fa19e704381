"""Customer users in bulk: import from CSV, and mail that is held until its sender is known (PM-7)."""

from __future__ import annotations

import csv
import dataclasses
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from mailadmin.domain.accounts import Validity
from mailadmin.domain.addresses import address_key
from mailadmin.domain.customer_rules import company_faults, customer_faults, normalised_company, normalised_customer
from mailadmin.domain.customers import Company, CustomerUser, ImportReport
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.names import name_key
from mailadmin.domain.validation import Fault, Problem, Surroundings
from mailadmin.services.kinds import moved
from mailadmin.services.process import ProcessService
from mailadmin.storage import Storage

_COLUMNS: Final = {
    "login": "login",
    "name": "name",
    "first_name": "first_name",
    "last_name": "last_name",
    "addresses": "addresses",
    "email": "addresses",
    "company": "company",
    "customer_id": "company",
    "company_name": "company_name",
    "validity": "validity",
    "comment": "comment",
    # as OTOBO calls them
    "userlogin": "login",
    "userfirstname": "first_name",
    "userlastname": "last_name",
    "useremail": "addresses",
    "usercustomerid": "company",
}
_VALIDITY: Final = {kind.value: kind for kind in Validity} | dict(zip("123", Validity, strict=True))
"""OTOBO's numbers as well."""
_SEPARATORS: Final = ",;\t"
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class _Line:
    """One line that says something: its number, and its cells by column."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a line wants a customer user to be. ``company_name``: for a company that is not there yet."""

    line: int
    user: CustomerUser
    company_name: str

    @property
    def key(self) -> str:
        return name_key(self.user.login)


def decoded(octets: bytes) -> str:
    """The text of a CSV file: UTF-8 with or without a mark, UTF-16 with one, else Windows-1252."""
    if octets.startswith(_UTF16):
        return octets.decode("utf-16", "replace")
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        return octets.decode("cp1252", "replace")


class CustomerImport:
    """Imports customer users and companies."""

    def __init__(self, storage: Storage, processing: ProcessService) -> None:
        self._storage = storage
        self._processing = processing

    def run(self, text: str, *, dry_run: bool = False) -> ImportReport:
        """Add and change customer users as a CSV text says; lines that break a rule are left out and reported.

        The first line names the columns, in any order and case: ``login``, ``name`` (or ``first_name``, ``last_name``),
        ``addresses`` (or ``email``; several by blank, comma or semicolon), ``company`` (customer id), ``company_name``,
        ``validity``, ``comment``; OTOBO's names (``UserLogin`` ...) as well. Separated by comma, semicolon or tab. A
        column that is not there leaves that field of customers that are there as it is; an empty cell empties it. All
        or nothing for the database; afterwards held mail of known senders is released, and what that raises reaches
        the caller: the customers are saved then.

        :raises UserFixableError: BAD_FILE (no header line, no login column, quotes that are not closed)
        """
        lines, problems = _read(text)
        if dry_run:
            return self._import(lines, problems, dry_run=True)
        with self._storage.transaction():
            report = self._import(lines, problems, dry_run=False)
        if not (report.added or report.changed):
            return report
        return dataclasses.replace(report, released=self._processing.release_known())

    def _import(self, lines: Sequence[_Line], problems: list[tuple[int, Fault]], *, dry_run: bool) -> ImportReport:
        there = {name_key(user.login): user for user in self._storage.customers.named(_logins(lines))}
        wanted, wrong = _wanted(lines, there)
        companies, refused = self._new_companies(wanted)
        good, broken = self._good(wanted, companies)
        told = {line for line, _ in refused}
        broken = [one for one in broken if one[0] not in told or one[1].problem is not Problem.UNKNOWN_COMPANY]
        records = {one.key: one.user for one in good}
        added = {key: user for key, user in records.items() if key not in there}
        changed = {key: user for key, user in records.items() if key in there and user != there[key]}
        needed = {name_key(user.company) for user in records.values()}
        companies = {key: company for key, company in companies.items() if key in needed}
        if not dry_run:
            self._storage.companies.add_all(list(companies.values()))
            self._write({**added, **changed}, there)
        return ImportReport(
            added=tuple(user.login for user in added.values()),
            changed=tuple(user.login for user in changed.values()),
            unchanged=len(records) - len(added) - len(changed),
            companies=tuple(company.customer_id for company in companies.values()),
            problems=tuple(sorted([*problems, *wrong, *refused, *broken], key=lambda problem: problem[0])),
        )

    def _new_companies(self, wanted: Iterable[_Wanted]) -> tuple[dict[str, Company], list[tuple[int, Fault]]]:
        """Companies that lines name and that are not there, by casefolded customer id; and those that cannot be."""
        named: dict[str, _Wanted] = {}
        for one in wanted:
            if one.user.company:
                named.setdefault(name_key(one.user.company), one)
        there = self._storage.companies.known(named)
        companies: dict[str, Company] = {}
        refused: list[tuple[int, Fault]] = []
        for key, one in named.items():
            if key in there:
                continue
            company = normalised_company(Company(customer_id=one.user.company, name=one.company_name))
            faults = company_faults(company, Surroundings())
            refused += [(one.line, dataclasses.replace(fault, field=_company_column(fault))) for fault in faults]
            if not faults:
                companies[key] = company
        return companies, refused

    def _good(
        self, wanted: Sequence[_Wanted], companies: Mapping[str, Company]
    ) -> tuple[list[_Wanted], list[tuple[int, Fault]]]:
        """The lines that break no rule, once those are left out that do: each of them may leave an address taken."""
        known = self._storage.companies.known(one.user.company for one in wanted if one.user.company)
        around = Surroundings(companies=known | companies.keys())
        stored = self._storage.customers.owners(address for one in wanted for address in one.user.addresses)
        good, problems = list(wanted), []
        while True:
            said = {one.key for one in good}
            owners = {address: login for address, (_, login) in stored.items() if name_key(login) not in said}
            for one in good:
                for address in one.user.addresses:
                    owners.setdefault(address_key(address), one.user.login)
            around = dataclasses.replace(around, address_owners=owners)
            faults = {one.key: customer_faults(one.user, around) for one in good}
            left = [one for one in good if not faults[one.key]]
            problems += [(one.line, fault) for one in good for fault in faults[one.key]]
            if len(left) == len(good):
                return good, problems
            good = left

    def _write(self, records: Mapping[str, CustomerUser], there: Mapping[str, CustomerUser]) -> None:
        store = self._storage.customers
        first = moved(records, self._owners(records), "addresses")
        early = {**records, **first}
        store.add_all([user for key, user in early.items() if key not in there])
        store.change_all([user for key, user in early.items() if key in there])
        if first:
            now = {name_key(user.login): user for user in store.named(list(first))}
            whole = [dataclasses.replace(records[key], id=user.id, version=user.version) for key, user in now.items()]
            store.change_all(whole)

    def _owners(self, records: Mapping[str, CustomerUser]) -> dict[str, CustomerUser]:
        """Who has the addresses of these records now."""
        owners = self._storage.customers.owners(address for user in records.values() for address in user.addresses)
        logins = sorted({login for _, login in owners.values()})
        return {name_key(user.login): user for user in self._storage.customers.named(logins)}


# --- reading ---


def _read(text: str) -> tuple[list[_Line], list[tuple[int, Fault]]]:
    """The lines that say something, and what is wrong with columns and with the number of cells."""
    head = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(_SEPARATORS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    columns: list[str] | None = None
    lines: list[_Line] = []
    problems: list[tuple[int, Fault]] = []
    number = 1
    try:
        for cells in reader:
            begins, number = number, reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if columns is None:
                columns, unknown = _columns(cells)
                problems += [(begins, Fault(name, Problem.UNKNOWN_KEY)) for name in unknown]
            elif len(cells) < len(columns) or any(cell.strip() for cell in cells[len(columns) :]):
                facts = {"found": str(len(cells)), "expected": str(len(columns))}
                problems.append((begins, Fault("line", Problem.CELLS, facts)))
            else:
                said = zip(columns, cells, strict=False)
                lines.append(_Line(begins, {name: cell.strip() for name, cell in said if name}))
    except csv.Error as error:
        raise UserFixableError(Code.BAD_FILE, {"detail": f"line {reader.line_num}: {error}"}) from error
    if columns is None:
        raise UserFixableError(Code.BAD_FILE, {"detail": "it is empty; the first line names the columns"})
    return lines, problems


def _columns(cells: Sequence[str]) -> tuple[list[str], list[str]]:
    """What the columns mean (empty: nothing that is known), and the names that are not known.

    :raises UserFixableError: BAD_FILE
    """
    names = [_COLUMNS.get(re.sub(r"[\s-]+", "_", cell.strip().casefold()), "") for cell in cells]
    if "login" not in names:
        raise UserFixableError(Code.BAD_FILE, {"detail": 'its first line names no column "login"'})
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise UserFixableError(Code.BAD_FILE, {"detail": f"its first line names a column twice: {', '.join(twice)}"})
    return names, [cell.strip() for cell, name in zip(cells, names, strict=True) if cell.strip() and not name]


def _logins(lines: Iterable[_Line]) -> list[str]:
    return [line.cells["login"] for line in lines if line.cells["login"]]


def _wanted(lines: Iterable[_Line], there: Mapping[str, CustomerUser]) -> tuple[list[_Wanted], list[tuple[int, Fault]]]:
    """What the lines want customers to be, and what is wrong with them whatever the others say."""
    wanted: dict[str, _Wanted] = {}
    problems: list[tuple[int, Fault]] = []
    for line in lines:
        key = name_key(line.cells["login"])
        validity = line.cells.get("validity", "").casefold()
        if key and key in wanted:
            problems.append((line.number, Fault("login", Problem.NOT_UNIQUE)))
        elif validity and validity not in _VALIDITY:
            choices = {"choices": ", ".join(kind.value for kind in Validity)}
            problems.append((line.number, Fault("validity", Problem.NOT_A_CHOICE, choices)))
        elif not key:
            problems.append((line.number, Fault("login", Problem.REQUIRED)))
        else:
            wanted[key] = _Wanted(line.number, _merged(line, there.get(key)), line.cells.get("company_name", ""))
    return list(wanted.values()), problems


def _merged(line: _Line, stored: CustomerUser | None) -> CustomerUser:
    """The customer user as a line says it, over what is stored."""
    cells = line.cells
    said: dict[str, object] = {name: cells[name] for name in ("name", "company", "comment") if name in cells}
    parts = [cells[name] for name in ("first_name", "last_name") if name in cells]
    if parts and not said.get("name"):
        said["name"] = " ".join(part for part in parts if part)
    if "addresses" in cells:
        said["addresses"] = tuple(re.split(r"[\s,;]+", cells["addresses"]))
    if cells.get("validity"):
        said["validity"] = _VALIDITY[cells["validity"].casefold()]
    user = stored if stored is not None else CustomerUser(login=cells["login"])
    merged = normalised_customer(dataclasses.replace(user, **said))  # type: ignore[arg-type]
    if stored is not None and name_key(merged.company) == name_key(stored.company):
        return dataclasses.replace(merged, company=stored.company)  # another case is no change
    return merged


def _company_column(fault: Fault) -> str:
    return "company_name" if fault.field == "name" else "company"
