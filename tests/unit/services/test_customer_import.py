"""Customer users from a CSV file: whatever wrote it, all or nothing, and each line that is left out is named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event

from mailadmin.bootstrap import Application, Options, open_application
from mailadmin.domain.accounts import Validity
from mailadmin.domain.customers import Company, CustomerUser, ImportReport
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.validation import Problem
from mailadmin.services.customers import decoded


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Application]:
    with open_application(Options(home=tmp_path, key_file=tmp_path / "key")) as application:
        yield application


def user(app: Application, login: str) -> CustomerUser:
    found = app.storage.customers.by_login(login)
    assert found is not None
    return found


def problems(report: ImportReport) -> list[tuple[int, str, Problem]]:
    return [(line, fault.field, fault.problem) for line, fault in report.problems]


FILE = """login,name,addresses,company,company_name,validity,comment
ann,Ann Other,"ann@x.example, Ann@y.example",ACME,"Acme, Inc.",valid,"two
lines"
bob,Bob "B" Bee,bob@x.example,acme,,invalid-temporarily,
"""


def test_a_file_is_imported_and_then_says_nothing_new(app: Application) -> None:
    text = FILE.replace('Bob "B" Bee', '"Bob ""B"" Bee"').replace('"two\nlines"', "one line")
    report = app.customer_import.run(text, dry_run=True)
    assert (report.added, report.companies, report.problems) == (("ann", "bob"), ("ACME",), ())
    assert app.customer_users.all() == []
    assert app.companies.all() == []
    assert app.customer_import.run(text).added == ("ann", "bob")
    assert [(company.customer_id, company.name) for company in app.companies.all()] == [("ACME", "Acme, Inc.")]
    ann, bob = user(app, "ann"), user(app, "bob")
    assert (ann.name, ann.addresses, ann.company) == ("Ann Other", ("ann@x.example", "Ann@y.example"), "ACME")
    assert (bob.name, bob.validity, bob.company) == ('Bob "B" Bee', Validity.INVALID_TEMPORARILY, "ACME")
    again = app.customer_import.run(text)
    assert (again.added, again.changed, again.unchanged, again.companies) == ((), (), 2, ())


def test_columns_that_are_not_there_leave_what_there_is(app: Application) -> None:
    app.customer_users.add(CustomerUser(login="Ann", name="Ann", addresses=("ann@x.example",), comment="VIP"))
    report = app.customer_import.run("Login;Validity\nANN;invalid\n")
    assert (report.changed, report.added) == (("Ann",), ())
    ann = user(app, "ann")
    assert (ann.login, ann.addresses, ann.comment, ann.validity) == ("Ann", ("ann@x.example",), "VIP", Validity.INVALID)
    app.customer_import.run("login\tcomment\tvalidity\nann\t\t\n")
    assert (user(app, "ann").comment, user(app, "ann").validity) == ("", Validity.INVALID), "an empty cell empties it"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_separators_and_line_ends(app: Application, separator: str, ends: str) -> None:
    rows = [["E-Mail", " LOGIN "], ["a@x.example b@x.example", "a"], [], ['"c@x.example;d@x.example"', '"c"']]
    text = ends.join(separator.join(cells) for cells in rows).replace("E-Mail", "email")
    report = app.customer_import.run(text)
    assert (report.added, report.problems) == (("a", "c"), ())
    assert user(app, "c").addresses == ("c@x.example", "d@x.example")


def test_names_in_two_columns_and_otobos_names(app: Application) -> None:
    app.customer_import.run("login,first_name,last_name\na,Ann,Other\nb,,Bee\n")
    assert (user(app, "a").name, user(app, "b").name) == ("Ann Other", "Bee")
    otobo = "UserLogin;UserFirstname;UserLastname;UserEmail;UserCustomerID;Validity\nc;Cy;Dee;c@x.example;ACME;2\n"
    app.customer_import.run(otobo)
    cy = user(app, "c")
    assert (cy.name, cy.addresses, cy.company, cy.validity) == ("Cy Dee", ("c@x.example",), "ACME", Validity.INVALID)


def test_lines_that_break_rules_are_left_out_and_named(app: Application) -> None:
    app.customer_users.add(CustomerUser(login="old", addresses=("old@x.example",)))
    text = (
        "login,email,company,validity,colour\n"
        "a,a@x.example,,,red\n"
        "b,nonsense,,,\n"
        ",c@x.example,,,\n"
        "A,d@x.example,,,\n"
        "e,old@x.example,,,\n"
        "f,f@x.example,,perhaps,\n"
        "g,g@x.example\n"
        "h,h@x.example,,,,,7\n"
        'i,i@x.example,"' + "x" * 151 + '",,\n'
        "j,A@x.example,,,\n"
        "k,k@x.example,,,,,\n"
    )
    report = app.customer_import.run(text)
    assert report.added == ("a", "k")
    assert problems(report) == [
        (1, "colour", Problem.UNKNOWN_KEY),
        (3, "addresses", Problem.NOT_AN_ADDRESS),
        (4, "login", Problem.REQUIRED),
        (5, "login", Problem.NOT_UNIQUE),
        (6, "addresses", Problem.TAKEN_BY),
        (7, "validity", Problem.NOT_A_CHOICE),
        (8, "line", Problem.CELLS),
        (9, "line", Problem.CELLS),
        (10, "company", Problem.TOO_LONG),
        (11, "addresses", Problem.TAKEN_BY),
    ]
    assert app.companies.all() == []
    assert len(app.customer_users.all()) == 3


def test_line_numbers_are_those_of_the_file(app: Application) -> None:
    report = app.customer_import.run('\n\nlogin,email\na,"a@x.example\nb@x.example"\n\nc,nonsense\nd,"x\ny"\n')
    assert report.added == ("a",)
    assert [line for line, _, _ in problems(report)] == [7, 8, 8]


def test_addresses_change_hands(app: Application) -> None:
    app.customer_import.run("login,email\na,1@x.example\nb,2@x.example 3@x.example\n")
    report = app.customer_import.run("login,email\na,2@x.example\nb,1@x.example\nc,3@x.example\n")
    assert (report.changed, report.added, report.problems) == (("a", "b"), ("c",), ())
    assert [user(app, login).addresses for login in "abc"] == [("2@x.example",), ("1@x.example",), ("3@x.example",)]


def test_a_line_left_out_keeps_what_it_would_have_given_away(app: Application) -> None:
    """And so the next one, and the one after that, are left out as well."""
    app.customer_import.run("login,email\na,1@x.example\nb,2@x.example\n")
    report = app.customer_import.run("login,email\na,nonsense\nb,1@x.example\nc,2@x.example\n")
    assert (report.added, report.changed) == ((), ())
    assert problems(report) == [
        (2, "addresses", Problem.NOT_AN_ADDRESS),
        (3, "addresses", Problem.TAKEN_BY),
        (4, "addresses", Problem.TAKEN_BY),
    ]


def test_only_companies_that_are_needed_are_made(app: Application) -> None:
    app.companies.add(Company(customer_id="Old"))
    report = app.customer_import.run("login,email,company\na,nonsense,New\nb,b@x.example,OLD\n")
    assert report.companies == ()
    assert [company.customer_id for company in app.companies.all()] == ["Old"]
    assert user(app, "b").company == "Old"
    assert app.customer_import.run("login,company\nb,OLD\n").unchanged == 1


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("", "it is empty"),
        ("\n \n", "it is empty"),
        ("name,email\nx,y\n", 'no column "login"'),
        ("login,email,addresses\na,b,c\n", "twice"),
        ('login,email\na,"never closed\n', "line"),
        ('login,email\na,"x" y\n', "line 2"),
        ("login\n" + "a" * 200_000, "line 2"),
    ],
)
def test_what_is_no_such_file_is_said(app: Application, text: str, detail: str) -> None:
    with pytest.raises(UserFixableError) as caught:
        app.customer_import.run(text)
    assert caught.value.code is Code.BAD_FILE
    assert detail in caught.value.facts["detail"]
    assert app.customer_users.all() == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_file_is_read_in_any_of_the_usual_encodings(encoding: str) -> None:
    text = "login,name\nä,Ünal – “x” €\n"
    assert decoded(text.encode(encoding)) == text


def test_octets_that_are_nothing_are_read_all_the_same() -> None:
    assert decoded(b"login\n\x81\xff") == "login\n\ufffdÿ"
    assert decoded(b"\xff\xfel\x00o") == "l\ufffd"


def test_thousands_of_lines_are_few_statements(app: Application) -> None:
    statements: list[object] = []
    event.listen(app.storage._database.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    rows = "".join(f"u{n},User {n},u{n}@x.example,c{n % 100}\n" for n in range(3_000))
    report = app.customer_import.run("login,name,email,company\n" + rows)
    assert (len(report.added), len(report.companies)) == (3_000, 100)
    changed = app.customer_import.run("login,name\n" + "".join(f"u{n},Other {n}\n" for n in range(3_000)))
    assert len(changed.changed) == 3_000
    assert len(statements) < 300
