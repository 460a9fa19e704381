"""Every error has a sentence and a headline that a person before the window can act on."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from mailadmin import diagnostics
from mailadmin.domain.accounts import AccountType, IncomingAccount
from mailadmin.domain.errors import Code, Layer, UserFixableError
from mailadmin.domain.secrets import Secret
from mailadmin.domain.validation import Fault, InvalidRecordError, Problem
from mailadmin.gui.sentences import errors, headlines, times

from .samples import facts_of_code, status

PLAIN_WORDS = "No recommended backend was available; or, install the keyrings.alt package if you want to use others."


def test_every_code_has_a_headline_and_no_other_has() -> None:
    assert set(headlines.HEADLINES) == set(Code)


@pytest.mark.parametrize("code", list(Code))
def test_a_headline_is_two_to_five_words_without_a_stop(code: Code) -> None:
    said = errors.headline(code)
    assert 2 <= len(said.split()) <= 5
    assert said[0].isupper()
    assert not said.endswith(".")


@pytest.mark.parametrize("code", list(Code))
def test_a_sentence_is_whole_even_if_no_fact_is_known(code: Code) -> None:
    said = errors.code_sentence(code, {})
    assert re.match(r'[A-Z"]', said)
    assert said.endswith(".")
    assert len(said) > 20
    assert not re.search(r"[{}]|None| {2}|\(\)|\bunknown\b", said)


@pytest.mark.parametrize("code", list(Code))
def test_a_sentence_with_all_its_facts_names_most_of_them_and_stays_whole(code: Code) -> None:
    facts = facts_of_code(code) | {"problem": "required", "validity": "invalid"}
    said = errors.code_sentence(code, facts)
    assert said.endswith((".", '"'))
    assert not re.search(r"[{}]|None| {2}|\.\.$", said)
    for fact in {"host", "username", "folder", "url", "path", "names"} & facts.keys():
        assert facts[fact] in said, fact


@pytest.mark.parametrize("code", list(Code))
def test_markup_in_facts_is_passed_through_unharmed(code: Code) -> None:
    facts = facts_of_code(code, "<b>{name}</b> &amp;") | {"problem": "required"}
    said = errors.code_sentence(code, facts)
    assert "&lt;" not in said
    for fact in {"host", "username", "folder", "url"} & facts.keys():
        assert f"<b>{fact}</b> &amp;" in said


def test_braces_in_facts_are_only_text() -> None:
    assert 'The name "{port}{0}" could' in errors.code_sentence(Code.HOST_NOT_FOUND, {"host": "{port}{0}"})


def test_some_exact_sentences() -> None:
    where = {"host": "mail.example.org", "port": "993"}
    assert errors.code_sentence(Code.HOST_NOT_FOUND, where) == (
        'The name "mail.example.org" could not be found. Check the spelling of the host, then the network and DNS.'
    )
    assert errors.code_sentence(Code.CONNECTION_TIMED_OUT, where | {"seconds": "20"}) == (
        "mail.example.org did not answer on port 993 within 20 seconds. Check host, port and firewall."
    )
    assert errors.sentence(UserFixableError(Code.SIGN_IN_REFUSED, {"username": "support"}), "Support") == (
        'The server refused user name or password of "support". Check the username, and enter the '
        "password again. Some providers want an app password."
    )
    assert errors.code_sentence(Code.SIGN_IN_NOT_NOW, {"username": "u", "retry_after": "300"}).endswith(
        "the password may well be right. It is tried again in 5 minutes."
    )
    assert errors.sentence(UserFixableError(Code.NO_PASSWORD), "Support") == (
        'No password is kept for the account "Support". Edit the account and enter its password.'
    )


def test_a_conflict_is_told_with_the_time_of_this_place() -> None:
    at = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
    facts = {"record": "Support", "changed_by": "ann@desk", "changed_at": at.isoformat()}
    said = errors.code_sentence(Code.EDIT_CONFLICT, facts)
    assert said.startswith(f'"Support" was changed by ann@desk at {times.exact(at)} since it was read.')


def test_one_message_is_not_said_to_be_many() -> None:
    assert "deleted on the server: 1 message." in errors.code_sentence(Code.DELETE_FAILED, {"count": "1"})
    assert "deleted on the server: 2 messages." in errors.code_sentence(Code.DELETE_FAILED, {"count": "2"})
    assert "does not let this user delete" in errors.code_sentence(Code.DELETE_FAILED, {"count": "0"})


def test_the_folders_there_are_are_listed_and_many_are_cut() -> None:
    facts = {"folder": "Support", "folders": "INBOX\nArchiv\n\nSüd/Büro"}
    assert "There are: INBOX, Archiv, Süd/Büro." in errors.code_sentence(Code.FOLDER_NOT_FOUND, facts)
    many = {"folder": "Support", "folders": "\n".join(f"F{number}" for number in range(25))}
    assert "F19, and 5 more." in errors.code_sentence(Code.FOLDER_NOT_FOUND, many)


def test_a_certificate_that_is_over_and_one_that_has_not_begun_are_told_apart() -> None:
    dates = {"host": "mail", "not_before": "2030-03-01T00:00:00+00:00", "not_after": "2031-03-01T00:00:00+00:00"}
    assert "mail ended on" in errors.code_sentence(Code.TLS_EXPIRED, dates | {"days_left": "-3"})
    assert "mail is not valid before" in errors.code_sentence(Code.TLS_EXPIRED, dates | {"days_left": "500"})
    begun = dates | {"not_before": "2020-03-01T00:00:00+00:00", "days_left": "500"}  # who signed it is over
    assert "mail is not valid at this date" in errors.code_sentence(Code.TLS_EXPIRED, begun)


@pytest.mark.parametrize(
    ("kind", "server", "advice"),
    [
        (AccountType.IMAP, "+OK ready", "This is a POP3 server: choose type POP3, or the port of IMAP (usually 143)."),
        (AccountType.POP3S, "* OK hi", "This is an IMAP server: choose type IMAPS, or the port of POP3 (usually 995)."),
        (AccountType.IMAPS, "* OK hi", "IMAPS encrypts at once (usually port 993), IMAPTLS after STARTTLS"),
    ],
)
def test_a_greeting_of_the_other_protocol_gives_it_away(kind: AccountType, server: str, advice: str) -> None:
    error = UserFixableError(Code.SERVER_GARBAGE, {"host": "h", "port": "1", "type": kind.value}, server=server)
    assert advice in errors.sentence(error)


def test_a_silent_port_is_said_to_expect_encryption_only_at_the_greeting_of_a_plain_type() -> None:
    facts = {"host": "h", "seconds": "20", "type": "IMAP"}
    assert "choose type IMAPS, or the port for IMAP (143)" in errors.code_sentence(Code.SERVER_SILENT, facts)
    late = UserFixableError(Code.SERVER_SILENT, facts, layer=Layer.DOWNLOAD)
    assert "expects encryption" not in errors.sentence(late)
    assert "expects encryption" not in errors.code_sentence(Code.SERVER_SILENT, facts | {"type": "IMAPS"})


def test_server_words_are_harmless_and_without_secrets() -> None:
    diagnostics.hide(Secret("Marker-zu-geheim"))
    error = UserFixableError(Code.SERVER_REFUSED, {"command": "LOGIN"}, server="NO \x1b[2J Marker-zu-geheim\n<b>foo")
    assert errors.server_words(error) == "NO \\x1b[2J *** <b>foo"
    detail = errors.code_sentence(Code.BAD_FILE, {"path": "x", "detail": "\u202eMarker-zu-geheim"})
    assert "Marker" not in detail
    assert "\\u202e" in detail


def test_advice_to_keep_passwords_in_plain_text_is_not_passed_on() -> None:
    error = UserFixableError(Code.KEYRING_MISSING, {"detail": PLAIN_WORDS}, server=PLAIN_WORDS)
    assert "keyrings.alt" not in errors.sentence(error) + errors.server_words(error)
    assert "(no D-Bus)" in errors.code_sentence(Code.KEYRING_MISSING, {"detail": "no D-Bus"})


def test_a_fault_of_a_record_is_told_with_its_place() -> None:
    error = InvalidRecordError([("incoming_account", "Support", Fault("name", Problem.NOT_UNIQUE))])
    assert errors.sentence(error) == ('Account "Support": This name is taken by another account. Nothing was changed.')


def test_every_kind_of_wrong_state_has_its_words() -> None:
    def said(**facts: str) -> str:
        return errors.code_sentence(Code.WRONG_STATE, facts)

    assert said(what="7", state="too_big").startswith('Message 7 is "too big"')
    assert "Choose another folder." in said(what="put-back", state="fetched", folder="INBOX")
    assert said(what="put-back", state="POP3").endswith("this account is of type POP3.")
    assert said(what="key", state="changing").startswith("The key is being changed")


def test_a_status_is_told_with_what_the_account_says() -> None:
    account = IncomingAccount(name="Support", type=AccountType.IMAPS, host="mail.example.org", username="support")
    failing = status(Code.CONNECTION_REFUSED.value, "connect")
    assert errors.status_sentence(failing, account).startswith("mail.example.org refuses connections on port 993.")
    assert errors.status_sentence(failing).startswith("The server refuses connections on this port.")


def test_a_status_without_error_says_nothing_and_a_newer_one_is_shown_as_it_is() -> None:
    assert errors.status_sentence(status()) == ""
    assert errors.status_sentence(status("from-the-future")) == "from-the-future"
