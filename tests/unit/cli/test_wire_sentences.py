"""A server that speaks otherwise than the account's type says: the type or port that would be right is named."""

from __future__ import annotations

import pytest

from mailadmin.cli import layers, sentences
from mailadmin.domain.errors import Code, Layer, UserFixableError
from mailadmin.domain.outcomes import CheckLayer, CheckResult

_WHERE = {"host": "mail.example.org", "port": "993"}


def _said(code: Code, kind: str, *, server: str = "", layer: Layer = Layer.GREETING) -> str:
    facts = {**_WHERE, "seconds": "60", "detail": "nonsense", "type": kind}
    return sentences.sentence(UserFixableError(code, facts, server=server, layer=layer))


@pytest.mark.parametrize(
    ("kind", "use"),
    [
        ("IMAP", "use type IMAPS, or the port for IMAP (143)"),
        ("IMAPTLS", "use type IMAPS, or the port for IMAP (143)"),
        ("POP3", "use type POP3S, or the port for POP3 (110)"),
        ("POP3TLS", "use type POP3S, or the port for POP3 (110)"),
    ],
)
def test_silence_instead_of_a_greeting_suggests_encryption_at_once(kind: str, use: str) -> None:
    said = _said(Code.SERVER_SILENT, kind)
    assert said.startswith("mail.example.org said nothing for 60 seconds. A port that waits in silence")
    assert use in said


@pytest.mark.parametrize(("kind", "layer"), [("IMAPS", Layer.GREETING), ("IMAP", Layer.DOWNLOAD), ("", Layer.GREETING)])
def test_other_silence_does_not(kind: str, layer: Layer) -> None:
    assert "encryption at once" not in _said(Code.SERVER_SILENT, kind, layer=layer)


@pytest.mark.parametrize("code", [Code.SERVER_GARBAGE, Code.TLS_FAILED])
@pytest.mark.parametrize(("kind", "other"), [("IMAPS", "POP3"), ("POP3TLS", "IMAP")])
def test_hints_name_the_types_of_the_family(code: Code, kind: str, other: str) -> None:
    said = _said(code, kind)
    assert other not in said
    assert f"{kind[:4]}S encrypts at once" in said
    assert f"{kind[:4]}TLS after STARTTLS" in said


def test_starttls_that_is_missing_names_the_type_of_the_family() -> None:
    assert "(POP3S)" in _said(Code.STARTTLS_NOT_OFFERED, "POP3TLS")


@pytest.mark.parametrize(
    ("kind", "greeting", "said"),
    [
        ("IMAP", "+OK ready", "This is a POP3 server: use type POP3, or the port of IMAP (usually 143)."),
        ("IMAPS", "+OK ready", "This is a POP3 server: use type POP3S, or the port of IMAP (usually 993)."),
        ("POP3S", "* OK ready", "This is a IMAP server: use type IMAPS, or the port of POP3 (usually 995)."),
    ],
)
def test_a_greeting_of_the_other_protocol_is_recognised(kind: str, greeting: str, said: str) -> None:
    assert _said(Code.SERVER_GARBAGE, kind, server=greeting) == said.replace("a IMAP", "an IMAP")


def test_a_number_and_its_noun_agree() -> None:
    assert "its 1 second for" in sentences.code_sentence(Code.TIME_BUDGET_SPENT, {"seconds": "1"})
    assert "its 0.5 seconds for" in sentences.code_sentence(Code.TIME_BUDGET_SPENT, {"seconds": "0.5"})


@pytest.mark.parametrize("offered", ["yes", "no"])
def test_a_check_says_plainly_what_a_plain_type_means(offered: str) -> None:
    facts = {"encryption": "none", "starttls_offered": offered}
    said = layers.detail(CheckLayer(Layer.TLS, CheckResult.OK, facts))
    assert said.startswith("None: the password and all mail travel readable for others on the way.")
    assert ("The server offers STARTTLS: use type IMAPTLS" in said) is (offered == "yes")


@pytest.mark.parametrize(
    ("begins", "ends", "days_left", "said"),
    [
        ("2020-03-01", "2021-03-01", "-300", "of mail.example.org ended on 2021-03-01."),
        ("2130-03-01", "2131-03-01", "4000", "of mail.example.org is not valid before 2130-03-01."),
        ("2020-03-01", "2131-03-01", "4000", "of mail.example.org is not valid at this date."),  # who signed it is over
    ],
)
def test_a_certificate_out_of_its_time_says_when_it_is_valid(begins: str, ends: str, days_left: str, said: str) -> None:
    dates = {"not_before": f"{begins}T00:00:00+00:00", "not_after": f"{ends}T00:00:00+00:00", "days_left": days_left}
    assert said in sentences.code_sentence(Code.TLS_EXPIRED, _WHERE | dates)
