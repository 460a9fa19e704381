from __future__ import annotations

import keyring.backends.fail
import keyring.backends.null
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import InitError, KeyringError, KeyringLocked, NoKeyringError, PasswordSetError

from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.secrets import Secret
from mailadmin.vault.system_keyring import SystemKeyring

from .conftest import UseKeyring
from .keyrings import (
    FailingKeyring,
    ForgetfulKeyring,
    GarblingKeyring,
    MemoryKeyring,
    PlainTextKeyring,
    PromptingKeyring,
    WindowsError,
)

VALUE = Secret("c2VjcmV0LW1hcmtlcg==")


def error_of_write(timeout: float = 30) -> UserFixableError:
    with pytest.raises(UserFixableError) as caught:
        SystemKeyring(timeout).write("id", VALUE)
    assert VALUE.reveal() not in f"{caught.value!r} {caught.value}"
    return caught.value


def test_an_entry_is_written_read_and_deleted(memory_keyring: MemoryKeyring) -> None:
    system = SystemKeyring(30)
    assert system.read("id") is None
    system.write("id", VALUE)
    assert memory_keyring.entries == {("mailadmin", "id"): VALUE.reveal()}
    assert system.read("id") == VALUE
    system.delete("id")
    assert system.read("id") is None


def test_deleting_what_is_not_there_is_well(memory_keyring: MemoryKeyring) -> None:
    SystemKeyring(30).delete("id")
    assert memory_keyring.entries == {}


@pytest.mark.parametrize(
    "backend",
    [ForgetfulKeyring(), GarblingKeyring(), keyring.backends.null.Keyring()],  # type: ignore[no-untyped-call]
)
def test_a_back_end_that_swallows_is_noticed(use_keyring: UseKeyring, backend: KeyringBackend) -> None:
    use_keyring(backend)
    error = error_of_write()
    assert error.code is Code.KEYRING_SWALLOWS
    assert error.facts["backend"].endswith(type(backend).__name__)


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        (KeyringLocked("Failed to unlock the collection!"), Code.KEYRING_LOCKED),
        (InitError("Failed to create the collection: Prompt dismissed.."), Code.KEYRING_LOCKED),
        (NoKeyringError("No recommended backend"), Code.KEYRING_MISSING),
        (PasswordSetError("Can't store"), Code.KEYRING_FAILED),
        (KeyringError("something"), Code.KEYRING_FAILED),
        (WindowsError("(1783, 'CredWrite', 'The stub received bad data')"), Code.KEYRING_FAILED),
        (RuntimeError("dbus is gone"), Code.KEYRING_FAILED),
    ],
)
def test_what_a_back_end_raises_becomes_a_code_with_its_words(
    use_keyring: UseKeyring, raised: Exception, code: Code
) -> None:
    use_keyring(FailingKeyring(raised))
    with pytest.raises(UserFixableError) as caught:
        SystemKeyring(30).read("id")
    assert caught.value.code is code
    assert str(raised) in f"{caught.value.server} {caught.value.facts}"
    assert error_of_write().code is code


def test_a_value_longer_than_windows_takes_is_an_error_of_the_back_end(memory_keyring: MemoryKeyring) -> None:
    with pytest.raises(UserFixableError, match="keyring-failed"):
        SystemKeyring(30).write("id", Secret("x" * 1281))


def test_without_a_back_end_the_keyring_is_missing(use_keyring: UseKeyring) -> None:
    use_keyring(keyring.backends.fail.Keyring())  # type: ignore[no-untyped-call]
    assert error_of_write().code is Code.KEYRING_MISSING


@pytest.mark.parametrize("name", ["nonsense.X", "nonsense", "keyring.backends.fail.Nonsense", "os.path"])
def test_a_nonsense_back_end_in_the_environment_is_a_missing_keyring(
    use_keyring: UseKeyring, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", name)
    use_keyring(None)
    assert error_of_write().code is Code.KEYRING_MISSING


def test_a_back_end_that_keeps_plain_text_is_not_used(use_keyring: UseKeyring) -> None:
    plain = PlainTextKeyring()
    use_keyring(plain)
    error = error_of_write()
    assert error.code is Code.KEYRING_MISSING
    assert "PlainTextKeyring" in error.facts["detail"]
    assert plain.entries == {}


def test_a_keyring_that_does_not_answer_is_given_up_and_not_prompted_again(use_keyring: UseKeyring) -> None:
    prompting = PromptingKeyring()
    use_keyring(prompting)
    system = SystemKeyring(0.05)
    for _ in range(3):
        with pytest.raises(UserFixableError) as caught:
            system.read("id")
        assert (caught.value.code, caught.value.facts) == (Code.KEYRING_SILENT, {"seconds": "0.05"})
    assert prompting.prompts == 1
    assert prompting.threads[0].daemon
    prompting.answered.set()
    prompting.threads[0].join()
    system._timeout = 30
    assert system.read("id") is None
