"""What all tests share."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest

from mailadmin import diagnostics

# Windows are drawn in memory; to watch them: QT_QPA_PLATFORM=xcb (or windows, cocoa) in front of the command.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

pytest_plugins = ["tests.servers.fixtures", "tests.servers.databases"]


@pytest.fixture(autouse=True)
def _nothing_hidden_by_other_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Secrets of earlier tests are hidden no more: some are plain words, and would be missing from sentences."""
    monkeypatch.setattr(diagnostics, "SECRETS", diagnostics.SecretFilter())


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable() -> Generator[None, object, object]:
    """Escape lone surrogates in what a test process tells pytest: tests log them, and they do not travel as UTF-8."""
    return _escaped((yield))


def _escaped(data: object) -> object:
    if isinstance(data, str):
        return data.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(data, dict):
        return {_escaped(key): _escaped(value) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return type(data)(_escaped(item) for item in data)
    return data
