"""Rules, checks, traces and states: every member has words, and facts that are missing break nothing."""

from __future__ import annotations

import dataclasses
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from PySide6.QtCore import QTranslator
from PySide6.QtWidgets import QApplication

from mailadmin.domain.accounts import (
    AccountState,
    AccountType,
    AfterFetch,
    Authentication,
    Dispatching,
    IncomingAccount,
    Validity,
)
from mailadmin.domain.customers import Company, CustomerUser
from mailadmin.domain.decisions import AS_IT_CAME, COPY_DECIDES, COPY_OF, WAS_HELD, Because, DecisionKind
from mailadmin.domain.errors import Code, Layer, UserFixableError
from mailadmin.domain.external_numbers import ExternalNumberRule
from mailadmin.domain.filters import Filter
from mailadmin.domain.lists import ListEntry, ListKind
from mailadmin.domain.messages import ASSIGNED_BY_HAND, InboxState, ServerState
from mailadmin.domain.outcomes import CheckLayer, CheckResult, FetchCounts, FetchStatus
from mailadmin.domain.queues import MailAddress, Queue
from mailadmin.domain.responses import AutoResponse
from mailadmin.domain.validation import Fault, InvalidRecordError, Problem
from mailadmin.domain.vocabulary import LOCKS, PRIORITIES, SENDER_TYPES, STATES, FollowUpOption
from mailadmin.gui.sentences import errors, layers, problems, states, traces, wording
from mailadmin.postmaster.trace import Step

from .samples import PACKAGE, facts_of_problem, texts

NOT_EDITED = {"id", "uid", "version"}


def _whole(said: str) -> bool:
    return bool(said) and not re.search(r"[{}]|\bNone\b(?! of)| {2}", said)


# --- rules ---


def test_every_problem_has_a_sentence_and_no_other_has() -> None:
    assert set(problems.PROBLEMS) == set(Problem)


@pytest.mark.parametrize("problem", list(Problem))
def test_a_fault_is_a_short_sentence_with_and_without_facts(problem: Problem) -> None:
    for facts in ({}, facts_of_problem(problem)):
        said = problems.fault_sentence(Fault("anything", problem, facts))
        assert _whole(said)
        assert said.endswith(".")
        assert re.match(r'[A-Z"]', said)


def test_a_fault_speaks_of_its_field() -> None:
    def said(field: str, problem: Problem, table: str = problems.ACCOUNT, **facts: str) -> str:
        return problems.fault_sentence(Fault(field, problem, facts), table)

    assert said("name", Problem.REQUIRED) == "Enter a name."
    assert said("name", Problem.NOT_UNIQUE) == "This name is taken by another account."
    assert said("name", Problem.NOT_UNIQUE, problems.QUEUE) == "This name is taken by another queue."
    port = said("port", Problem.OUT_OF_RANGE, minimum="1", maximum="65535")
    assert port == "A port is a number from 1 to 65535."
    assert said("queue", Problem.UNKNOWN_QUEUE, queue="<b>") == 'There is no queue "<b>".'


@pytest.mark.parametrize(
    ("table", "record"),
    [
        (problems.ACCOUNT, IncomingAccount),
        (problems.QUEUE, Queue),
        (problems.ADDRESS, MailAddress),
        (problems.FILTER, Filter),
        ("external_number", ExternalNumberRule),
        ("company", Company),
        ("customer_user", CustomerUser),
        ("auto_response", AutoResponse),
        *((kind.value, ListEntry) for kind in ListKind),
    ],
)
def test_every_field_has_a_label_of_its_own_and_no_other_has(table: str, record: type[Any]) -> None:
    edited = {field.name for field in dataclasses.fields(record)} - NOT_EDITED
    labels = problems.FIELDS[table]
    assert set(labels) - {"password"} == edited
    assert len(set(labels.values())) == len(labels)
    assert problems.field_label(table, "no_such_field") == "no_such_field"


def test_all_faults_are_told_with_their_fields() -> None:
    faults = [Fault("host", Problem.REQUIRED), Fault("move_to", Problem.REQUIRED)]
    error = InvalidRecordError((problems.ACCOUNT, "A", fault) for fault in faults)
    assert problems.fault_sentences(error) == [
        "Host: Enter the name of the mail server, such as mail.example.org.",
        "Move to: Choose the folder that mail is moved to.",
    ]


# --- checks ---


@pytest.mark.parametrize("layer", list(Layer))
def test_every_layer_has_a_name_and_work_and_is_found_without_facts(layer: Layer) -> None:
    assert _whole(layers.layer_name(layer))
    assert _whole(layers.working(layer))
    assert not re.search(r"[{}]|None", layers.found(CheckLayer(layer, CheckResult.OK)))
    assert layers.found(CheckLayer(layer, CheckResult.NOT_TRIED)) == "Not tried."


def test_what_a_check_found() -> None:
    def said(layer: Layer, **facts: str) -> str:
        return layers.found(CheckLayer(layer, CheckResult.OK, facts))

    certificate = {"version": "TLSv1.3", "verified_by": "system", "days_left": "61", "names": "mail.example.org"}
    assert said(Layer.TLS, **certificate) == (
        "Encrypted with TLSv1.3. The certificate is verified by this computer. It is good for another 61 days. "
        "It is for: mail.example.org."
    )
    assert said(Layer.TLS, encryption="none", starttls_offered="yes", type="POP3").endswith(
        "The server offers STARTTLS: choose type POP3TLS."
    )
    assert said(Layer.FOLDER, folder="INBOX", messages="1") == '"INBOX" holds 1 message.'
    assert said(Layer.CONNECT, address="192.0.2.1", port="9930", usual_port="993") == (
        "Connected to 192.0.2.1, port 9930. The usual port for this type is 993."
    )
    failure = UserFixableError(Code.NO_PASSWORD, {"name": "A"})
    line = CheckLayer(Layer.SIGN_IN, CheckResult.FAILED, error=failure)
    assert layers.found(line).startswith('No password is kept for the account "A".')


# --- traces ---


def test_every_step_has_words_and_no_other_has() -> None:
    assert set(traces.STEPS) | set(traces.FUNCTIONS) == set(Step) | {
        ASSIGNED_BY_HAND,
        AS_IT_CAME,
        WAS_HELD,
        COPY_OF,
        COPY_DECIDES,
    }


@pytest.mark.parametrize("step", [*Step, ASSIGNED_BY_HAND, AS_IT_CAME, COPY_OF, COPY_DECIDES, WAS_HELD])
def test_a_step_is_whole_without_facts(step: str) -> None:
    said = traces.step(Because(step))
    assert _whole(said)
    assert said.endswith((".", ")"))


def test_every_problem_of_a_mail_has_words() -> None:
    declared = (Path(traces.__file__).parents[2] / "postmaster" / "trace.py").read_text(encoding="utf-8")
    named = re.search(r"``problem``: ([\w,\s]+);", declared)
    assert named is not None
    assert set(traces.PROBLEMS) == {name.strip() for name in named[1].split(",")}


def test_a_trace_is_a_story() -> None:
    trace = [
        Because("headers_stripped", {"headers": "X-OTOBO-Queue"}),
        Because("queue_looked", {"looked_at": "To: support@example.org"}),
        Because("queue_passed_over", {"by": "default", "queue": "Old", "reason": "invalid"}),
        Because("queue_chosen", {"by": "raw", "queue": "Raw"}),
        Because("state_changed", {"from": "closed successful", "to": "open"}),
        Because("from_the_future", {"what": "<i>"}),
    ]
    assert traces.story(trace) == [
        "The account is not trusted, so the X-OTOBO headers of the mail were ignored. Ignored: X-OTOBO-Queue.",
        "None of these addresses is linked to a queue. Looked at: To: support@example.org.",
        'The default is the queue "Old". It is not valid, so it was passed over.',
        'Queue "Raw", the last resort.',
        'The state changes from "closed successful" to "open".',
        "from_the_future (what: <i>).",
    ]
    assert traces.deciding(trace).endswith('so it was passed over. Queue "Raw", the last resort.')


@pytest.mark.parametrize("by", ["header", "account", "address", "default", "raw", "first", "future"])
def test_every_way_to_a_queue_names_the_queue(by: str) -> None:
    facts = {"by": by, "queue": "Q", "header": "To", "address": "a@b.example", "reason": "unknown"}
    for step in ("queue_chosen", "queue_passed_over"):
        assert '"Q"' in traces.step(Because(step, facts))


@pytest.mark.parametrize("kind", [*DecisionKind, *InboxState])
def test_every_outcome_has_words_with_and_without_a_ticket(kind: str) -> None:
    assert _whole(traces.outcome(kind))
    assert _whole(traces.outcome(kind, "2026112010000017", "Support"))


def test_outcomes_name_ticket_and_queue() -> None:
    assert traces.outcome("new_ticket", "17", "Support") == 'New ticket 17 in queue "Support"'
    assert traces.outcome("follow_up", "17") == "Follow-up to ticket 17"
    assert traces.outcome("made_up") == "made up"


@pytest.mark.parametrize(
    "code", [*(code.value for code in Code), "", "too-big", "discarded", "archived-by-hand", "new"]
)
def test_every_reason_can_be_told_without_facts(code: str) -> None:
    assert bool(traces.reason(code, {})) is bool(code)


def test_reasons() -> None:
    assert traces.reason("discarded", {"why": "spam"}) == "Discarded by hand: spam"
    too_big = traces.reason("too-big", {"size": "50000000", "limit_kb": "32768"})
    assert re.match(r"Larger \([\d.]+ MB\) than the limit of 32[.\d]* MB, so it stays on the server\.", too_big)


# --- states ---


@pytest.mark.parametrize(
    ("words", "members"),
    [
        (states.account_state, AccountState),
        (states.validity, Validity),
        (states.dispatching, Dispatching),
        (states.after_fetch, AfterFetch),
        (states.follow_up_option, FollowUpOption),
        (states.follow_up_description, FollowUpOption),
        (states.authentication, Authentication),
        (states.inbox_state, InboxState),
        (states.server_state, ServerState),
        (states.ticket_state, STATES),
        (states.priority, PRIORITIES),
        (states.lock, LOCKS),
        (states.sender_type, SENDER_TYPES),
        (states.fetch_status, FetchStatus),
        (states.count_name, [field.name for field in dataclasses.fields(FetchCounts)]),
        (states.count_description, [field.name for field in dataclasses.fields(FetchCounts)]),
        (traces.decision_kind, DecisionKind),
        (states.keys_kept, ["keyring", "key-file", "passphrase-file", "passphrase"]),
    ],
)
def test_every_value_has_a_word_of_its_own(words: Callable[[str], str], members: Iterable[str]) -> None:
    said = [words(member) for member in members]
    assert len(set(said)) == len(said)
    assert all(_whole(one) and "_" not in one for one in said)
    assert words("from the\x1b future") == "from the\\x1b future"


def test_states_are_said_as_helpdesks_know_them() -> None:
    assert states.account_state(AccountState.FAILING, 4) == "failing (4)"
    assert states.dispatching(Dispatching.ADDRESS) == "by e-mail To: field"
    assert states.count_name("new_tickets") == "New tickets"


@pytest.mark.parametrize("kind", list(AccountType))
def test_a_type_keeps_its_name_and_is_explained_with_its_port(kind: AccountType) -> None:
    assert states.type_label(kind) == kind.value
    assert _whole(states.type_description(kind))
    assert str(kind.default_port or "") in states.type_description(kind)


# --- all of them ---


def test_no_text_speaks_of_commands_or_of_keys_of_a_file() -> None:
    found = list(texts())
    assert len(found) > 500
    for text in found:
        assert not re.search(r"\bmailadmin\b|--|pinned_certificate|ca_file|after_fetch|chmod", text), text


def test_every_text_stands_in_the_table_that_translators_get(tmp_path: Path) -> None:
    tool = Path(sys.executable).with_name("pyside6-lupdate")
    if not tool.exists():
        pytest.skip("pyside6-lupdate is not installed")
    table = tmp_path / "sentences.ts"
    modules = sorted(str(path) for path in PACKAGE.glob("*.py"))
    subprocess.run([tool, *modules, "-ts", table], check=True, capture_output=True)
    (context,) = ET.parse(table).getroot().iter("context")
    assert context.findtext("name") == "Sentences"
    sources = {message.findtext("source") for message in context.iter("message")}
    assert set(texts()) == sources


def test_a_sentence_whose_fact_is_missing_is_left_out() -> None:
    parts: wording.Parts = ("First {a}.", ("Second {b}.", "Second."), "Third {c}.")
    assert wording.composed(parts, {"a": "1"}) == "First 1. Second."
    assert wording.composed(parts, {"b": "2", "c": "{a}"}) == "Second 2. Third {a}."


class _Marking(QTranslator):
    """A translation that shows where it was at work; ``slip``: one with a slip in it."""

    def __init__(self, slip: str = "") -> None:
        super().__init__()
        self._slip = slip

    def isEmpty(self) -> bool:
        return False

    def translate(self, context: str, source: str, disambiguation: str | None = None, n: int = -1) -> str:
        return f"[{source}{self._slip}]" if context in {"Sentences", "OAuthAdvice"} else ""


@pytest.fixture
def translated(qapp: QApplication) -> Iterator[Callable[[str], None]]:
    """Installs a translation, with a slip or without."""
    installed = []

    def install(slip: str) -> None:
        installed.append(_Marking(slip))
        qapp.installTranslator(installed[-1])

    yield install
    for translator in installed:
        qapp.removeTranslator(translator)


def test_every_sentence_of_a_text_is_translated_when_it_is_used(translated: Callable[[str], None]) -> None:
    translated("")
    said = errors.code_sentence(Code.HOST_NOT_FOUND, {"host": "mail"})
    assert said == ('[The name "mail" could not be found.] [Check the spelling of the host, then the network and DNS.]')
    for code in Code:
        assert re.fullmatch(r"(\[.+\] ?)+", errors.code_sentence(code, {})), code
        assert errors.headline(code).startswith("[")
    for layer in Layer:
        assert layers.layer_name(layer).startswith("[")
        assert layers.working(layer).startswith("[")
    for step in Step:
        assert traces.step(Because(step)).startswith("["), step
    for problem in Problem:
        assert problems.fault_sentence(Fault("x", problem)).startswith("[")
    assert states.validity(Validity.VALID) == "[valid]"


@pytest.mark.parametrize("slip", ["{hots}", "{", "{0}"])
def test_a_slip_in_a_translation_does_not_hide_what_is_said(slip: str, translated: Callable[[str], None]) -> None:
    translated(slip)
    assert errors.code_sentence(Code.HOST_NOT_FOUND, {"host": "mail"}).startswith('The name "mail" could not be found.')
