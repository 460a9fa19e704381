"""Where the key is, asked and decided by a person in front of the window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import keyring.core
import pytest
from keyring.backends.fail import Keyring as NoKeyring

from mailadmin.bootstrap import Application, Options, open_application
from mailadmin.domain.accounts import AccountType, IncomingAccount
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.secrets import Secret

PASSPHRASE = Secret("correct horse battery")


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Application]:
    """An application on a computer without a keyring."""
    monkeypatch.setattr(keyring.core, "_keyring_backend", NoKeyring())  # type: ignore[no-untyped-call]
    with open_application(Options(home=tmp_path)) as application:
        yield application


def add(app: Application) -> IncomingAccount:
    account = IncomingAccount(name="a", type=AccountType.IMAPS, host="mail.example.org", username="u")
    return app.accounts.add(account, Secret("pw"))


def test_without_a_keyring_it_is_said_and_nothing_is_kept(app: Application) -> None:
    assert app.secrets.where() == "keyring"
    with pytest.raises(UserFixableError) as caught:
        app.secrets.ready()
    assert caught.value.code is Code.KEYRING_MISSING
    with pytest.raises(UserFixableError):
        add(app)
    assert app.accounts.all() == []


def test_a_key_file_opens_the_same_services(app: Application, tmp_path: Path) -> None:
    app.secrets.use_key_file(tmp_path / "key")
    app.secrets.ready()
    assert app.secrets.where() == "key-file"
    account = add(app)
    assert app.tokens.credential_of(account) == Secret("pw")


def test_a_typed_passphrase_opens_the_same_services(app: Application) -> None:
    assert not app.secrets.has_passphrase()
    app.secrets.use_passphrase(PASSPHRASE)
    assert app.secrets.has_passphrase()
    account = add(app)
    assert app.tokens.credential_of(account) == Secret("pw")
    assert app.secrets.where() == "passphrase"
