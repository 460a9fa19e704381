"""The life of a mail: by Message-ID, by one of its messages, and where one may be that was never seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailadmin.domain.messages import InboxState, folder_of
from mailadmin.services.life import LifeService
from mailadmin.services.process import ProcessService
from mailadmin.services.reading import ReadService
from mailadmin.storage import Storage, open_storage

from .conftest import mail


@pytest.fixture
def life(tmp_path: Path) -> tuple[LifeService, ReadService, Storage]:
    storage = open_storage(f"sqlite:///{tmp_path / 'life.db'}", who="a@test", backups=tmp_path)
    return LifeService(storage), ReadService(storage, ProcessService(storage)), storage


Services = tuple[LifeService, ReadService, Storage]


def test_copies_are_found_with_and_without_brackets_and_each_leads_to_all(life: Services) -> None:
    lives, reading, storage = life
    for raw in (mail(1), mail(1) + b"A footer.\r\n", mail(2)):
        reading.read(raw)
    found = [one.message.id for one in lives.of("<m1@example.net>")]
    assert len(found) == 2
    assert [one.message.id for one in lives.of("  m1@example.net ")] == found
    for ident in found:
        assert [one.message.id for one in lives.around(ident)] == found
    assert lives.of("") == lives.of("<>") == lives.of("m3@example.net") == []
    storage.close()


def test_a_message_without_a_message_id_is_found_alone(life: Services) -> None:
    lives, reading, storage = life
    one, other = (reading.read(f"Subject: {n}\r\n\r\nNobody named me.\r\n".encode()) for n in (1, 2))
    assert one is not None
    assert other is not None
    assert [found.message.id for found in lives.around(one.inbox_id)] == [one.inbox_id]
    assert lives.around(10_000) == []
    storage.close()


def test_what_is_like_it_is_offered(life: Services) -> None:
    lives, reading, storage = life
    reading.read(mail(1, Message_ID="<Long-Name.1@example.net>"))
    for written in ("<long-name.1@EXAMPLE.net>", "long-name.1@other.example", "name.1@example"):
        assert lives.of(written) == []
        assert [one.subject for one in lives.unseen(written).similar] == ["Question 1"], written
    assert lives.unseen("abc@x").similar == []
    assert lives.unseen("x@example.net").waiting == storage.inbox.counts()[InboxState.STORED] == 0
    storage.close()


@pytest.mark.parametrize(
    ("source", "folder"),
    [
        ("INBOX/12/345", "INBOX"),
        ("Lists/2026/12/345", "Lists/2026"),
        ("uidl:INBOX/1/2#1", ""),
        ("graph:AAMk/1/2", ""),
        ("read:00ff", ""),
        ("0f3a", ""),
    ],
)
def test_the_folder_is_known_from_the_name_on_the_server(source: str, folder: str) -> None:
    assert folder_of(source) == folder
