"""Which folder an administrator means."""

from __future__ import annotations

import unicodedata

import pytest

from mailadmin.domain.ports import Folder
from mailadmin.mail.incoming.imap_folders import decoded, find, normal, quoted

DOTS = [Folder(name, ".", True) for name in ("INBOX", "INBOX.Grüße", "INBOX.Archiv.2026", "INBOX.inbox")]
SLASHES = [Folder(name, "/", True) for name in ("INBOX", "Grüße", "Archiv/2026", "a.b", "support", "Support")]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Grüße", "INBOX.Grüße"),
        ("INBOX.Grüße", "INBOX.Grüße"),
        ("inbox.Grüße", "INBOX.Grüße"),
        ("INBOX/Grüße", "INBOX.Grüße"),
        ("Archiv/2026", "INBOX.Archiv.2026"),
        ("Archiv.2026", "INBOX.Archiv.2026"),
        (unicodedata.normalize("NFD", "Grüße"), "INBOX.Grüße"),
        ("inbox", "INBOX"),
        ("2026", None),
        ("grüße", None),
    ],
)
def test_prefix_and_separator_are_tried(name: str, found: str | None) -> None:
    assert find(name, DOTS, "INBOX.") == found


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Grüße", "Grüße"),
        ("Archiv.2026", "Archiv/2026"),
        ("a.b", "a.b"),
        ("support", "support"),
        ("Support", "Support"),
        ("SUPPORT", None),
    ],
)
def test_a_name_as_written_comes_first(name: str, found: str | None) -> None:
    assert find(name, SLASHES, "") == found


def test_a_server_that_ignores_case_tells_its_own_spelling() -> None:
    assert find("support", [Folder("Support", "/", True)], "") == "Support"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("inbox", "INBOX"),
        ("Inbox/a", "INBOX/a"),
        ("inbox.a", "INBOX.a"),
        ("inboxes", "inboxes"),
        ("a/inbox", "a/inbox"),
    ],
)
def test_inbox_has_one_spelling(name: str, text: str) -> None:
    assert normal(name) == text


@pytest.mark.parametrize("name", ["Grüße", 'say "hi"', "back\\slash", "R&D", "日本語", "line\nend", "a*b%c"])
def test_names_travel_as_modified_utf7_and_come_back(name: str) -> None:
    wire = quoted(name)
    assert wire.isascii()
    assert wire.isprintable()
    assert decoded(wire[1:-1].replace('\\"', '"').replace("\\\\", "\\").encode()) == name
