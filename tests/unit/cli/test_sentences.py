"""Every code, problem and step of a trace has a sentence that a person can act on."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from mailadmin import diagnostics
from mailadmin.cli import documents, layers, problems, sentences, traces, wording
from mailadmin.domain import errors
from mailadmin.domain.decisions import AS_IT_CAME, COPY_DECIDES, COPY_OF, WAS_HELD, Because, DecisionKind
from mailadmin.domain.errors import Code, Layer, UserFixableError
from mailadmin.domain.messages import ASSIGNED_BY_HAND, InboxState
from mailadmin.domain.outcomes import CheckLayer, CheckResult
from mailadmin.domain.secrets import Secret
from mailadmin.domain.validation import Fault, InvalidRecordError, Problem
from mailadmin.postmaster.trace import Step

_DECLARED = re.compile(r'^    (\w+) = "[^"]*"  # ([\w, ()]+?)(?:: .*)?(?:  # noqa.*)?$', re.MULTILINE)


def _documented_facts() -> dict[Code, list[str]]:
    """The facts that each code is declared with."""
    source = Path(errors.__file__).read_text(encoding="utf-8")
    found = {}
    for name, facts in _DECLARED.findall(source):
        if name in Code.__members__:
            bare = re.sub(r"\([^)]*\)", "", facts)
            found[Code[name]] = [fact for part in bare.split(",") if (fact := part.strip()).isidentifier()]
    return found


def test_every_code_has_a_sentence_and_no_other_has() -> None:
    assert set(sentences.SENTENCES) == set(Code)


@pytest.mark.parametrize("code", list(Code))
def test_a_sentence_is_whole_even_if_no_fact_is_known(code: Code) -> None:
    said = sentences.code_sentence(code, {})
    assert said[0].isupper() or said.startswith("(unknown)")
    assert not re.search(r"[{}#]|None| {2}", said)
    assert len(said) > 20


@pytest.mark.parametrize(("code", "facts"), _documented_facts().items())
def test_a_sentence_with_all_its_facts_leaves_nothing_unknown(code: Code, facts: list[str]) -> None:
    values = {fact: f"value-of-{fact}" for fact in facts} | {"problem": "required"}
    assert "(unknown)" not in sentences.code_sentence(code, values)


@pytest.mark.parametrize(
    "code", [Code.HOST_NOT_FOUND, Code.CONNECTION_REFUSED, Code.TLS_WRONG_NAME, Code.DATABASE_FULL]
)
def test_a_sentence_names_what_it_is_about(code: Code) -> None:
    facts = {"host": "mail.example.org", "port": "993", "url": "sqlite:////mail.example.org", "names": "x"}
    assert "mail.example.org" in sentences.code_sentence(code, facts)


def test_the_folders_there_are_are_listed() -> None:
    facts = {"folder": "Support", "folders": "INBOX\nArchiv\nSüd/Büro"}
    said = sentences.code_sentence(Code.FOLDER_NOT_FOUND, facts)
    assert "There are: INBOX, Archiv, Süd/Büro." in said


def test_the_commands_in_a_sentence_can_be_copied_whatever_the_account_is_called() -> None:
    error = UserFixableError(Code.SIGN_IN_REFUSED, {"username": "u"})
    assert "mailadmin secret set 'incoming/Verkauf Süd/password'" in sentences.sentence(error, "Verkauf Süd")
    assert "incoming/NAME/password" in sentences.sentence(error)
    assert wording.password_reference("a") == "incoming/a/password"


def test_the_servers_own_words_follow_once() -> None:
    error = UserFixableError(Code.SERVER_REFUSED, {"command": "SELECT"}, server="NO [NOPERM] not for you")
    assert sentences.full_sentence(error).endswith("The server said: NO [NOPERM] not for you")
    database = UserFixableError(
        Code.DATABASE_UNREACHABLE, {"url": "u", "detail": "connection refused?"}, server="connection refused?"
    )
    assert sentences.full_sentence(database).count("connection refused") == 1
    assert "?." not in sentences.full_sentence(database)


def test_server_words_are_shown_harmlessly_and_without_known_secrets() -> None:
    diagnostics.hide(Secret("Marker-zu-geheim"))
    error = UserFixableError(Code.SERVER_REFUSED, {"command": "LOGIN"}, server="NO \x1b[2J Marker-zu-geheim\nfoo")
    assert sentences.server_words(error) == "NO \\x1b[2J *** foo"


def test_facts_cannot_steer_the_terminal() -> None:
    said = sentences.code_sentence(Code.UNKNOWN_QUEUE, {"name": "\x1b]0;x\x07"})
    assert "\x1b" not in said
    assert "\\x1b]0;x\\x07" in said


@pytest.mark.parametrize("code", [Code.KEY_NOT_IN_KEYRING, Code.KEY_FILE_MISSING, Code.PASSPHRASE_NOT_SET])
def test_a_key_that_is_elsewhere_comes_with_the_way_to_fetch_it(code: Code) -> None:
    said = sentences.code_sentence(code, {"path": "/my key", "passphrase": "no"})
    assert said.index("mailadmin secret set-passphrase where the key is") < said.index("then mailadmin secret unlock")
    assert "--key-file" in said


def test_a_passphrase_that_is_set_needs_unlocking_alone() -> None:
    said = sentences.code_sentence(Code.KEY_NOT_IN_KEYRING, {"passphrase": "yes"})
    assert "Run mailadmin secret unlock here" in said
    assert "set-passphrase" not in said


def test_an_open_file_is_told_whatever_it_holds() -> None:
    said = sentences.code_sentence(Code.KEY_FILE_OPEN_TO_OTHERS, {"path": "/my pass", "mode": "0644"})
    assert said.startswith("Others can read the file /my pass (mode 0644)")
    assert said.endswith("chmod 600 '/my pass'")


def test_advice_to_store_passwords_in_plain_text_is_not_passed_on() -> None:
    words = "No recommended backend was available; or, install the keyrings.alt package if you want to use others."
    error = UserFixableError(Code.KEYRING_MISSING, {"detail": words}, server=words)
    assert "keyrings.alt" not in sentences.full_sentence(error) + json.dumps(documents.failure(error))
    assert "(no secret service)" in sentences.code_sentence(Code.KEYRING_MISSING, {"detail": "no secret service"})


def test_every_problem_has_a_predicate_and_no_other_has() -> None:
    assert set(problems.PREDICATES) == set(Problem)


@pytest.mark.parametrize("problem", list(Problem))
def test_a_fault_names_table_record_and_key(problem: Problem) -> None:
    said = problems.fault_sentence("incoming_account", "support", "port", problem.value, {})
    assert said.startswith('incoming_account "support": port ')
    assert said.endswith((".", "?"))
    assert not re.search(r"[{}]| {2}", said)


def test_a_fault_of_a_setting_names_its_key_once() -> None:
    said = problems.fault_sentence("settings", "SystemID", "SystemID", "not-digits", {})
    assert said == "settings: SystemID must be one to eight digits."


def test_all_faults_are_told() -> None:
    error = InvalidRecordError(
        [("queue", "A", Fault("x", Problem.UNKNOWN_KEY)), ("", "", Fault("y", Problem.UNKNOWN_KEY))]
    )
    assert problems.fault_sentences(error) == [
        'queue "A": x is not known here; check its spelling.',
        "y is not known here; check its spelling.",
    ]


@pytest.mark.parametrize("key", ["password", "Passwd", "pw"])
def test_a_password_in_a_file_is_sent_where_it_belongs(key: str) -> None:
    said = problems.fault_sentence("incoming_account", "Verkauf Süd", key, "unknown-key", {})
    assert said == (
        f'incoming_account "Verkauf Süd": {key} does not belong in this file; keep it with: '
        "mailadmin secret set 'incoming/Verkauf Süd/password'"
    )


@pytest.mark.parametrize(
    ("table", "key", "reference"),
    [
        ("oauth_profile", "client_secret", "'profile/Verkauf Süd/client-secret'"),
        ("oauth_profile", "client_certificate", "'profile/Verkauf Süd/client-certificate'"),
        ("oauth_profile", "password", "incoming/NAME/password"),
        ("incoming_account", "client_secret", "profile/NAME/client-secret"),
    ],
)
def test_a_client_secret_in_a_file_is_sent_where_it_belongs(table: str, key: str, reference: str) -> None:
    said = problems.fault_sentence(table, "Verkauf Süd", key, "unknown-key", {})
    assert said.endswith(f": {key} does not belong in this file; keep it with: mailadmin secret set {reference}")


@pytest.mark.parametrize(
    ("table", "key", "meant"),
    [
        ("incoming_account", "user_name", "username"),
        ("incoming_account", "Host", "host"),
        ("queue", "folow_up", "follow_up"),
        ("settings", "systemid", "SystemID"),
        ("", "incoming_acount", "incoming_account"),
        ("", "setting", "settings"),
    ],
)
def test_an_unknown_key_comes_with_the_nearest_known_one(table: str, key: str, meant: str) -> None:
    said = problems.fault_sentence(table, "", key, "unknown-key", {})
    assert said.endswith(f'{key} is not known here; did you mean "{meant}"?')


def test_a_word_without_quotes_in_a_file_is_told_so() -> None:
    facts = {"path": "x.toml", "detail": "Invalid value (at line 3, column 8)"}
    assert "(at line 3, column 8); text needs quotes." in sentences.code_sentence(Code.BAD_FILE, facts)


def test_every_step_of_postmaster_and_of_work_by_hand_has_a_sentence() -> None:
    by_hand = {ASSIGNED_BY_HAND, AS_IT_CAME, COPY_OF, COPY_DECIDES, WAS_HELD}
    assert set(traces.STEPS) == {step.value for step in Step} | by_hand


@pytest.mark.parametrize("step", list(traces.STEPS))
def test_a_step_is_a_whole_sentence_even_without_facts(step: str) -> None:
    said = traces.detail(Because(step, {}))
    assert said[0].isupper() or said.startswith("(unknown)")
    assert said.endswith(".")
    assert not re.search(r"[{}]| {2}", said)


def test_every_problem_of_parsing_that_postmaster_names_has_words() -> None:
    import mailadmin.postmaster.trace as trace

    block = (trace.__doc__ or "").split("``parse``")[1].split("``part``")[0]
    documented = set(re.findall(r"[a-z]+_[a-z_]+", block))
    assert documented == set(traces.PROBLEMS)


def test_a_step_of_a_newer_version_is_shown_by_its_name_and_facts() -> None:
    assert traces.detail(Because("weather_asked", {"sky": "blue\x1b"})) == "weather_asked (sky: blue\\x1b)."


@pytest.mark.parametrize("by", ["header", "account", "address", "default", "raw", "first"])
def test_how_a_queue_was_chosen_is_told_for_every_way(by: str) -> None:
    because = Because("queue_chosen", {"queue": "Support", "by": by, "header": "To", "address": "a@example.org"})
    assert traces.detail(because).startswith('Queue "Support", by the ')


@pytest.mark.parametrize("outcome", [*DecisionKind, *InboxState])
def test_everything_that_can_become_of_a_message_has_words(outcome: str) -> None:
    assert outcome in traces.OUTCOMES
    assert "{" not in traces.outcome(outcome)
    if outcome in set(DecisionKind) - {DecisionKind.IGNORED, DecisionKind.HELD}:
        assert "2026" in traces.outcome(outcome, "2026", "Raw")


def test_the_reasons_that_storage_notes_are_told() -> None:
    assert traces.reason("too-big", {"size": "200000", "limit_kb": "100"}).startswith(
        "Larger (196 KB) than the limit of 100"
    )
    assert traces.reason("discarded", {"why": "spam"}) == "Discarded by hand: spam"
    assert traces.reason("processing-failed", {"detail": "KeyError"}).startswith("The message is stored")
    assert traces.reason("", {}) == ""
    assert traces.reason("of-a-newer-version", {}) == "of-a-newer-version"


def test_every_layer_has_a_name_and_a_word_for_the_work_there() -> None:
    assert set(layers.NAMES) == set(layers.WORK) == set(Layer)


@pytest.mark.parametrize("layer", list(Layer))
def test_a_layer_that_is_well_says_so_even_without_facts(layer: Layer) -> None:
    said = layers.detail(CheckLayer(layer, CheckResult.OK))
    assert "{" not in said
    assert said == "" or said.endswith(".")


def test_an_unusual_port_and_a_missing_uidplus_are_told() -> None:
    connect = CheckLayer(Layer.CONNECT, CheckResult.OK, {"address": "::1", "port": "1143", "usual_port": "143"})
    assert "usual port for this type is 143" in layers.detail(connect)
    delete = CheckLayer(Layer.DELETE, CheckResult.OK, {"allowed": "true", "uidplus": "false"})
    assert "no UIDPLUS" in layers.detail(delete)


def test_a_layer_that_failed_says_what_to_do_and_one_not_tried_says_nothing() -> None:
    error = UserFixableError(Code.HOST_NOT_FOUND, {"host": "mail.exmaple.org"}, layer=Layer.NAME)
    failed = CheckLayer(Layer.NAME, CheckResult.FAILED, error.facts, "", error)
    assert "mail.exmaple.org" in layers.detail(failed)
    assert layers.detail(CheckLayer(Layer.TLS, CheckResult.NOT_TRIED)) == ""


def test_a_provider_whose_certificate_is_not_trusted_is_not_tried_again_later() -> None:
    facts = {"host": "login.example.org", "detail": "self-signed certificate", "retry_after": "", "tls": "yes"}
    said = sentences.code_sentence(Code.OAUTH_UNAVAILABLE, facts)
    assert "(login.example.org) is not trusted: self-signed certificate." in said
    assert "ca_file" in said
    assert "later" not in said


def test_a_sign_in_that_is_stopped_says_nothing_of_a_fetch() -> None:
    assert sentences.code_sentence(Code.STOPPED, {"changed": "nothing"}) == "Stopped as asked; nothing was changed."
