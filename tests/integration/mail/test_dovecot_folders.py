"""Folders on a real Dovecot: names, prefixes, copying and moving."""

from __future__ import annotations

import pytest
from imapclient import IMAPClient, imap_utf7

from mailadmin.domain.accounts import AccountType
from mailadmin.domain.errors import Code, Layer
from mailadmin.domain.ports import ActionResult, Folder, LayerReached
from tests.servers.dovecot import NO_MOVE, PASSWORD, Dovecot
from tests.servers.opening import failure, opened


@pytest.mark.parametrize("name", ["INBOX", "inbox", "Inbox", ""])
def test_inbox_is_inbox_however_it_is_written(dovecot: Dovecot, user: str, name: str) -> None:
    dovecot.deliver(user, b"Subject: a\n\n1\n")
    layers: list[LayerReached] = []
    with opened(dovecot.access(user, folder=name), layers=layers) as mailbox:
        assert mailbox.folder == "INBOX"
        assert mailbox.list_messages()[0].source.startswith("INBOX/")
    assert layers[-1].facts == {"folder": "INBOX", "messages": "1"}


@pytest.mark.parametrize("name", ["Grüße", "Archiv/2026/März", "日本語", 'say "hi" & more', "Erika's * folder %"])
def test_any_folder_name_works(dovecot: Dovecot, user: str, name: str) -> None:
    with opened(dovecot.access(user)) as mailbox:
        mailbox.append(b"Subject: a\n\n1\n", name)
    with opened(dovecot.access(user, folder=name)) as mailbox:
        assert mailbox.folder == name
        (message,) = mailbox.list_messages()
        assert message.source.rpartition("/")[2] == "1"
        assert message.source.rpartition("/")[0].rpartition("/")[0] == name
        assert [item.raw for item in mailbox.download([message])] == [b"Subject: a\r\n\r\n1\r\n"]


def test_a_folder_made_by_another_program_is_found(dovecot: Dovecot, user: str) -> None:
    dovecot.deliver(user, b"Subject: a\n\n1\n", folder="Grüße/Neu")
    with opened(dovecot.access(user, folder="Grüße/Neu")) as mailbox:
        assert len(mailbox.list_messages()) == 1
        assert mailbox.folders() == [
            Folder("Grüße", "/", False), Folder("Grüße/Neu", "/", True), Folder("INBOX", "/", True),
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "used"),
    [
        ("Grüße", "INBOX.Grüße"),
        ("INBOX.Grüße", "INBOX.Grüße"),
        ("Inbox/Grüße", "INBOX.Grüße"),
        ("Archiv/2026", "INBOX.Archiv.2026"),
    ],
)
def test_a_server_that_keeps_all_under_inbox_is_understood(dovecot: Dovecot, user: str, asked: str, used: str) -> None:
    name = f"{user}@dots"
    dovecot.deliver(name, b"Subject: a\n\n1\n", folder="Grüße")
    dovecot.deliver(name, b"Subject: a\n\n1\n", folder="Archiv/2026")
    layers: list[LayerReached] = []
    with opened(dovecot.access(name, folder=asked), layers=layers) as mailbox:
        assert mailbox.folder == used
        assert mailbox.list_messages()[0].source.startswith(f"{used}/")
    note = {"asked": asked} if asked != used else {}
    assert layers[-1].facts == {"folder": used, "messages": "1", **note}


@pytest.mark.parametrize("domain", ["", "@dots"])
def test_a_missing_folder_is_told_with_those_there_are(dovecot: Dovecot, user: str, domain: str) -> None:
    name = user + domain
    dovecot.deliver(name, b"Subject: a\n\n1\n", folder="Grüße")
    error = failure(dovecot.access(name, folder="Gruesse"))
    assert (error.code, error.layer) == (Code.FOLDER_NOT_FOUND, Layer.FOLDER)
    there = "Grüße\nINBOX" if not domain else "INBOX\nINBOX.Grüße"
    assert error.facts == {"folder": "Gruesse", "folders": there}
    assert ("Gruesse" if not domain else "namespace") in error.server


def _subscribed(dovecot: Dovecot, user: str) -> list[str]:
    with IMAPClient("127.0.0.1", dovecot.port(AccountType.IMAP), ssl=False) as client:
        client.login(user, PASSWORD)
        return [name for _, _, name in client.list_sub_folders()]


@pytest.mark.parametrize(
    ("domain", "target", "full"),
    [("", "Erledigt/Müll", "Erledigt/Müll"), ("@dots", "Erledigt/Müll", "INBOX.Erledigt.Müll")],
)
def test_a_move_makes_and_subscribes_the_folder_it_needs(
    dovecot: Dovecot, user: str, domain: str, target: str, full: str
) -> None:
    name = user + domain
    dovecot.deliver(name, *(b"Subject: %d\n\nx\n" % number for number in range(4)))
    with opened(dovecot.access(name)) as mailbox:
        listed = mailbox.list_messages()
        assert mailbox.move(listed[:2], target).results == {1: ActionResult.DONE, 2: ActionResult.DONE}
        assert mailbox.move(listed[2:3], target).results == {3: ActionResult.DONE}
        assert full in [folder.name for folder in mailbox.folders()]
    assert dovecot.messages(name) == [b"Subject: 3\n\nx\n"]
    assert dovecot.messages(name, "Erledigt/Müll") == [b"Subject: %d\n\nx\n" % number for number in range(3)]
    assert full in _subscribed(dovecot, name)


@pytest.mark.parametrize("domain", ["", "@dots"])
def test_a_copy_says_where_the_copies_are(dovecot: Dovecot, user: str, domain: str) -> None:
    name = user + domain
    dovecot.deliver(name, *(b"Subject: %d\n\nx\n" % number for number in range(3)))
    with opened(dovecot.access(name, host=NO_MOVE)) as mailbox:
        assert not mailbox.abilities().native_move
        listed = mailbox.list_messages()
        copied = mailbox.copy([listed[0], listed[2]], "Kopien").copied
        again = mailbox.copy([listed[1]], "Kopien").copied
    with opened(dovecot.access(name, folder="Kopien")) as mailbox:
        there = {message.source: message for message in mailbox.list_messages()}
        raws = {
            source: next(iter(mailbox.download([there[source]]))).raw for source in (*copied.values(), *again.values())
        }
    assert [raws[copied[1]], raws[copied[3]], raws[again[2]]] == [
        b"Subject: %d\r\n\r\nx\r\n" % number for number in (0, 2, 1)
    ]
    assert len(dovecot.messages(name)) == 3


def test_a_folder_that_cannot_be_made_moves_nothing(dovecot: Dovecot, user: str) -> None:
    dovecot.deliver(user, b"Subject: a\n\n1\n")
    with opened(dovecot.access(user)) as mailbox:
        report = mailbox.move(mailbox.list_messages(), "bad//name/../x")
    assert report.results == {1: ActionResult.FAILED}
    assert report.server
    assert len(dovecot.messages(user)) == 1


def test_names_on_disk_are_modified_utf7(dovecot: Dovecot, user: str) -> None:
    with opened(dovecot.access(user)) as mailbox:
        assert mailbox.append(b"Subject: a\n\n1\n", "Grüße") == "Grüße"
    assert dovecot.folders(user) == ["Grüße"]
    assert imap_utf7.encode("Grüße") == b"Gr&APwA3w-e"
