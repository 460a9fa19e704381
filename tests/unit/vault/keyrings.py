"""Keyring back ends for tests: what cannot be had here (Windows' limit, its exceptions), and what misbehaves."""

from __future__ import annotations

import threading

from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError


class MemoryKeyring(KeyringBackend):
    """A well-behaved back end with the limit of Windows: 1,280 characters (CRED_MAX_CREDENTIAL_BLOB_SIZE, UTF-16)."""

    priority = 5
    limit = 1280

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.entries: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if len(password) > self.limit:
            raise WindowsError(1783, "CredWrite", "The stub received bad data")
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.entries.pop((service, username), None) is None:
            raise PasswordDeleteError("No such password!")


class WindowsError(Exception):
    """Stands for pywintypes.error, which is no KeyringError."""


class FailingKeyring(MemoryKeyring):
    """Raises what it is told to, with the value in its words as the worst back end would."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def get_password(self, service: str, username: str) -> str | None:
        raise self.error

    def set_password(self, service: str, username: str, password: str) -> None:
        raise type(self.error)(f"{self.error} {password}")


class ForgetfulKeyring(MemoryKeyring):
    """Takes everything, keeps nothing."""

    def set_password(self, service: str, username: str, password: str) -> None:
        pass


class GarblingKeyring(MemoryKeyring):
    """Keeps something else than it was given."""

    def set_password(self, service: str, username: str, password: str) -> None:
        super().set_password(service, username, password[:-2])


class PromptingKeyring(MemoryKeyring):
    """Locked, with a prompt that nobody answers until ``answered`` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.answered = threading.Event()
        self.prompts = 0
        self.threads: list[threading.Thread] = []

    def get_password(self, service: str, username: str) -> str | None:
        self.prompts += 1
        self.threads.append(threading.current_thread())
        assert self.answered.wait(60)
        return super().get_password(service, username)


class PlainTextKeyring(MemoryKeyring):
    """Like those of keyrings.alt: keyring itself does not recommend it."""

    priority = 0.5  # type: ignore[assignment]
