from __future__ import annotations

import logging
import pickle

import pytest

from mailadmin.domain.accounts import AccountType, Family, IncomingAccount, MailboxIdentity
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.secrets import Secret, SecretRef


def test_a_secret_shows_itself_only_when_asked(caplog: pytest.LogCaptureFixture) -> None:
    secret = Secret("marker-4711")
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("t").info("%s %r %s", secret, secret, {"a": [secret]})
    shown = [str(secret), repr(secret), f"{secret}", f"{secret!r:>40}", f"{[secret]}", caplog.text]
    assert not any("4711" in text for text in shown)
    assert secret.reveal() == "marker-4711"
    with pytest.raises(TypeError):
        pickle.dumps(secret)


def test_secrets_are_compared_and_not_hashed() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert not Secret("")
    with pytest.raises(TypeError):
        hash(Secret("a"))


def test_a_reference_has_a_name() -> None:
    assert str(SecretRef.password_of("0a1b")) == "incoming/0a1b/password"


def test_an_error_says_code_facts_and_the_servers_words() -> None:
    error = UserFixableError(Code.SIGN_IN_REFUSED, {"username": "u"}, server="NO go away")
    assert str(error) == 'sign-in-refused (username=u); server said "NO go away"'


def test_accounts_on_one_mailbox_have_one_identity() -> None:
    one = IncomingAccount(name="a", type=AccountType.IMAPS, host="Mail.Example.org.", username="Support@example.org")
    other = IncomingAccount(name="b", type=AccountType.IMAPTLS, host="mail.example.org", username="support@example.org")
    assert one.mailbox == other.mailbox == MailboxIdentity(Family.IMAP, "mail.example.org", "support@example.org")
    pop = IncomingAccount(name="c", type=AccountType.POP3, host="mail.example.org", username="support@example.org")
    assert pop.mailbox != one.mailbox


@pytest.mark.parametrize(
    ("kind", "port"),
    [
        ("IMAP", 143),
        ("IMAPS", 993),
        ("IMAPTLS", 143),
        ("POP3", 110),
        ("POP3S", 995),
        ("POP3TLS", 110),
        ("MSGRAPH", None),
    ],
)
def test_ports_default_by_type(kind: str, port: int | None) -> None:
    account = IncomingAccount(name="a", type=AccountType(kind))
    assert account.effective_port == port
