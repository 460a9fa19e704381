"""The schema: made, upgraded after a backup, compared with the mappings, refused when it is newer."""

from __future__ import annotations

import ast
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import select

import mailadmin.storage.schema as schema_module
from mailadmin.domain.accounts import Authentication
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.lists import ListKind
from mailadmin.domain.messages import InboxQuery
from mailadmin.domain.queues import SHIPPED_QUEUES
from mailadmin.domain.tickets import TicketQuery
from mailadmin.storage import Storage, open_storage, open_storage_for_upgrade
from mailadmin.storage.base import Base
from mailadmin.storage.mail_tables import InboxMessageRow, MailboxRow
from tests.servers.postgresql import PostgresServer

from .conftest import WHO, OpenAgain
from .samples import stored

STEPS = Path(schema_module.__file__).with_name("migrations")


def released() -> list[str]:
    """Every version of the schema there ever was; the empty one first."""
    return ["", *(step.revision for step in reversed(list(ScriptDirectory(str(STEPS)).walk_revisions())))]


NEWEST = released()[-1]
NEXT = f"{int(NEWEST) + 1:04}"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/empty.db"
    server: PostgresServer = request.getfixturevalue("postgresql")
    return server.url(server.create_database())


def set_version(storage: Storage, version: str) -> None:
    with storage._database.writing() as connection:
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{version}'")


@pytest.mark.parametrize("version", released())
def test_an_upgrade_from_every_released_schema_makes_what_the_mappings_say(
    empty_url: str, version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = open_storage_for_upgrade(empty_url, who=WHO, backups=tmp_path / "backups")
    upgrade = command.upgrade
    if version:
        with monkeypatch.context() as patch:
            patch.setattr(command, "upgrade", lambda config, _target: upgrade(config, version))
            storage.upgrade()
        assert storage.status().schema == version
    storage.upgrade()
    with storage._database.engine.connect() as connection:
        differences = compare_metadata(
            MigrationContext.configure(connection, opts={"compare_server_default": True}), Base.metadata
        )
    storage.close()
    assert differences == []


def test_the_versions_are_those_that_alembic_finds() -> None:
    assert schema_module.versions(STEPS) == released()[1:]


@pytest.fixture
def filled_before(empty_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Storage]:
    """A database of the first release with mail in it, upgraded."""
    storage = open_storage_for_upgrade(empty_url, who=WHO, backups=tmp_path / "backups")
    upgrade = command.upgrade
    with monkeypatch.context() as patch:
        patch.setattr(command, "upgrade", lambda config, _target: upgrade(config, "0001"))
        storage.upgrade()
    with storage._database.writing() as connection:
        for statement in OLD_ROWS:
            connection.exec_driver_sql(statement)
        if storage.embedded:
            octets = "UPDATE inbox_message SET source = CAST(source AS BLOB), copied_to = CAST('' AS BLOB)"
            connection.exec_driver_sql(octets)
    storage.upgrade()
    yield storage
    storage.close()


def test_what_was_there_before_lists_could_be_searched_is_found(filled_before: Storage) -> None:
    storage = filled_before
    found = {
        text: [message.id for message in storage.inbox.page(InboxQuery(text=text))]
        for text in ("GRÜSSE", "ann@", "<A@", "BÜRO", "100000", "nothing")
    }
    assert found == {
        "GRÜSSE": [2, 1],
        "ann@": [2, 1],
        "<A@": [2, 1],
        "BÜRO": [4, 3, 2, 1],
        "100000": [1],
        "nothing": [],
    }
    for text in ("100000", "ÄRGER", "ÖZGÜR", "grüsse"):
        assert [ticket.id for ticket in storage.tickets.page(TicketQuery(text=text))] == [1], text


def test_mail_of_before_is_found_by_its_message_id(filled_before: Storage) -> None:
    found = filled_before.inbox.of_message_id("<a@example.org>")
    assert [message.id for message in found] == [1, 2], "it and its duplicate"
    with filled_before._database.reading() as connection:
        keys = dict(connection.execute(select(InboxMessageRow.id, InboxMessageRow.message_id_key)).all())
    assert [number for number, key in keys.items() if key is not None] == [1]


def test_ticket_types_of_before_are_entries_of_the_list_as_names_are_stored(filled_before: Storage) -> None:
    types = filled_before.lists.of(ListKind.TICKET_TYPE)
    assert sorted(entry.name for entry in types) == ["Unclassified", "\u00c4rger"]
    assert filled_before.lists.by_name(ListKind.TICKET_TYPE, "a\u0308rger") in types


def test_a_mailbox_is_adopted_by_what_was_fetched_from_it_before(filled_before: Storage) -> None:
    with filled_before._database.reading() as connection:
        adopted = dict(connection.execute(select(MailboxRow.host, MailboxRow.adopted)).all())
    assert (adopted["handed in"], adopted["never fetched"]) == (None, None)
    assert adopted["fetched"] is not None
    assert abs(adopted["fetched"] - filled_before.now()) < timedelta(hours=1)


def test_accounts_of_before_stay_what_they_were_and_their_numbers_are_not_given_again(filled_before: Storage) -> None:
    storage = filled_before
    (before,) = storage.accounts.all()
    assert (before.id, before.name, before.host, before.comment) == (1, "old", "mail.example.org", "As it was.")
    assert (before.oauth_profile, before.authentication) == ("", Authentication.PASSWORD)
    assert storage.accounts.status(1).failures == 7, "what belongs to it is there"
    if storage.embedded:
        with storage._database.reading() as connection:
            last = connection.exec_driver_sql(
                "SELECT seq FROM sqlite_sequence WHERE name = 'incoming_account'"
            ).scalar()
        assert last == 2, "the number of the deleted account is not forgotten"


OLD_ROWS = (
    *(
        "INSERT INTO incoming_account (uid, name, name_key, type, host, username, authentication, oauth_profile,"
        " opens_mailbox, folder, trusted, trusted_authserv_id, dispatching, ticket_type, validity, after_fetch,"
        " move_to, images_as_attachments, schedule, watch, ca_file, pinned_certificate, comment, version, created_at,"
        f" created_by, changed_at, changed_by) VALUES ('{name}', '{name}', '{name}', 'IMAPS', 'mail.example.org', 'u',"
        " 'password', '', '', 'INBOX', false, '', 'address', '', 'valid', 'keep', '', false, '', false, '', '',"
        " 'As it was.', 1, '2026-01-01 00:00:00.000000', 'a', '2026-01-01 00:00:00.000000', 'a')"
        for name in ("old", "deleted")
    ),
    "DELETE FROM incoming_account WHERE name = 'deleted'",
    "INSERT INTO account_status (account_id, failures, error_code, error_layer, error_server)"
    " VALUES (1, 7, '', '', '')",
    *(
        f"INSERT INTO mailbox (id, identity, family, host, opened) VALUES ({number}, '{number}', 'imap', '{host}', 'o')"
        for number, host in enumerate(("fetched", "handed in", "never fetched"), start=1)
    ),
    "INSERT INTO ticket (id, number, title, queue_id, state, priority, lock, type, customer, customer_id, created,"
    " changed) SELECT 1, '100000', 'Ärger', min(id), 'new', '', '', ' A\u0308rger', 'Özgür', '',"
    " '2026-01-01 00:00:00.000000', '2026-01-01 00:00:00.000000' FROM queue",
    *(
        "INSERT INTO inbox_message (id, mailbox_id, source, source_key, account_name, trusted, queue, ticket_type,"
        " images_as_attachments, size, fetched_at, state, server_state, server_words, copied_to, attempts, message_id,"
        " sender, subject, reason_code, reason_facts, decision_kind, because, duplicate_of, ticket_id)"
        f" VALUES ({number}, {mailbox}, '{source}', 's{number}', 'Büro', false, '', '', false, 1,"
        f" '2026-01-01 00:00:00.000000', 'processed', 'done', '', '', 0, {words}, '', '{{}}', '', '[]', {refers})"
        for number, mailbox, source, words, refers in (
            (1, 1, "INBOX/1/1", "'<a@example.org>', 'Ann@example.org', 'Grüße'", "NULL, 1"),
            (2, 1, "INBOX/1/2", "'', '', ''", "1, NULL"),
            (3, 1, "INBOX/1/3", "'', '', ''", "NULL, NULL"),
            (4, 2, "read:0011", "'', '', ''", "NULL, NULL"),
        )
    ),
)


def test_a_new_database_has_the_shipped_queues(storage: Storage) -> None:
    assert {(queue.name, queue.comment) for queue in storage.queues.all()} == {
        (queue.name, queue.comment) for queue in SHIPPED_QUEUES
    }


def test_an_empty_server_is_not_upgraded_at_open(postgresql: PostgresServer, tmp_path: Path) -> None:
    url = postgresql.url(postgresql.create_database())
    with pytest.raises(UserFixableError) as caught:
        open_storage(url, who=WHO, backups=tmp_path)
    assert caught.value.code is Code.DATABASE_OLDER
    assert caught.value.facts == {"url": url, "schema": "", "program": NEWEST}
    storage = open_storage_for_upgrade(url, who=WHO, backups=tmp_path)
    assert storage.status().schema == ""
    storage.upgrade()
    assert storage.status().schema == storage.status().program
    storage.close()


def test_a_newer_database_is_refused_and_left_alone(storage: Storage, opened: OpenAgain, url: str) -> None:
    set_version(storage, "9999")
    with pytest.raises(UserFixableError) as caught:
        opened()
    assert caught.value.code is Code.DATABASE_NEWER
    assert caught.value.facts["schema"] == "9999"
    with pytest.raises(UserFixableError) as caught:
        storage.upgrade()
    assert caught.value.code is Code.DATABASE_NEWER
    assert storage.status().schema == "9999"


@pytest.fixture
def two_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program of the next release: one more step, in a folder whose name needs care."""
    folder = tmp_path / "100% next release"
    shutil.copytree(STEPS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "0000_next.py").write_text(
        "from alembic import op\n"
        "import sqlalchemy as sa\n"
        f"revision, down_revision = '{NEXT}', '{NEWEST}'\n"
        "def upgrade():\n"
        "    recreate = 'always' if op.get_bind().dialect.name == 'sqlite' else 'never'\n"
        "    with op.batch_alter_table('mailbox', recreate=recreate) as batch:\n"
        "        batch.add_column(sa.Column('next', sa.Integer))\n"
    )
    monkeypatch.setattr(schema_module, "_STEPS", folder)
    return folder


@pytest.fixture
def old_file(tmp_path: Path) -> Path:
    """A SQLite database of today with a message in it, closed."""
    path = tmp_path / "old.db"
    storage = open_storage(f"sqlite:///{path}", who=WHO, backups=tmp_path / "backups")
    stored(storage, "INBOX/1/1")
    storage.close()
    return path


def test_an_older_file_is_backed_up_and_upgraded_at_open_and_keeps_its_rows(
    old_file: Path, two_steps: Path, tmp_path: Path
) -> None:
    storage = open_storage(f"sqlite:///{old_file}", who=WHO, backups=tmp_path / "backups")
    assert storage.status().schema == NEXT
    assert len(storage.inbox.list()) == 1
    storage.close()
    (backup,) = (tmp_path / "backups").iterdir()
    assert backup.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(backup)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(NEWEST,)]
        assert connection.execute("SELECT count(*) FROM inbox_message").fetchall() == [(1,)]


def test_an_older_file_is_not_upgraded_without_a_backup(old_file: Path, two_steps: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "backups"
    blocked.write_text("not a folder")
    with pytest.raises(UserFixableError) as caught:
        open_storage(f"sqlite:///{old_file}", who=WHO, backups=blocked)
    assert caught.value.code is Code.FOLDER_NOT_WRITABLE
    with closing(sqlite3.connect(old_file)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(NEWEST,)]


def test_a_step_that_fails_leaves_the_file_as_it_was(old_file: Path, two_steps: Path, tmp_path: Path) -> None:
    with (two_steps / "versions" / "0000_next.py").open("a") as step:
        step.write("    op.execute('INSERT INTO nowhere VALUES (1)')\n")
    with pytest.raises(Exception, match="nowhere"):
        open_storage(f"sqlite:///{old_file}", who=WHO, backups=tmp_path / "backups")
    with closing(sqlite3.connect(old_file)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(NEWEST,)]
        assert "next" not in [row[1] for row in connection.execute("PRAGMA table_info(mailbox)")]


def test_a_step_that_breaks_a_reference_is_undone(old_file: Path, two_steps: Path, tmp_path: Path) -> None:
    with (two_steps / "versions" / "0000_next.py").open("a") as step:
        step.write("    op.execute('DELETE FROM mailbox')\n")
    with pytest.raises(Exception, match="broke a reference"):
        open_storage(f"sqlite:///{old_file}", who=WHO, backups=tmp_path / "backups")
    with closing(sqlite3.connect(old_file)) as connection:
        assert connection.execute("SELECT count(*) FROM mailbox").fetchall() == [(1,)]


def test_an_older_server_is_upgraded_by_hand_only(
    postgresql: PostgresServer, postgresql_template: str, two_steps: Path, tmp_path: Path
) -> None:
    url = postgresql.url(postgresql.create_database(postgresql_template))
    with pytest.raises(UserFixableError) as caught:
        open_storage(url, who=WHO, backups=tmp_path)
    assert caught.value.code is Code.DATABASE_OLDER
    storage = open_storage_for_upgrade(url, who=WHO, backups=tmp_path)
    storage.upgrade()
    assert storage.status().schema == NEXT
    storage.close()


@pytest.mark.slow
def test_many_first_starts_at_once_make_one_database(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/first.db"
    program = (
        "import sys; from pathlib import Path; from mailadmin.storage import open_storage\n"
        "sys.stdin.read(); storage = open_storage(sys.argv[1], who='me', backups=Path(sys.argv[2]))\n"
        "print(len(storage.queues.all())); storage.close()"
    )
    starts = [
        subprocess.Popen(
            [sys.executable, "-c", program, url, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for start in starts:
        assert start.stdin is not None
        start.stdin.close()
        start.stdin = None
    assert [start.communicate()[0].strip() for start in starts] == ["4"] * 4
    assert not list(tmp_path.glob("mailadmin-*")), "a first start backs nothing up"


def test_a_database_of_another_program_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "theirs.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE theirs (id INTEGER)")
        connection.commit()
    with pytest.raises(UserFixableError) as caught:
        open_storage(f"sqlite:///{path}", who=WHO, backups=tmp_path)
    assert caught.value.code is Code.DATABASE_URL
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("theirs",)]


def test_the_steps_never_import_anything_of_ours() -> None:
    for step in STEPS.rglob("*.py"):
        for node in ast.walk(ast.parse(step.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                assert node.level == 0, step
                names = [node.module or ""]
            assert not any(name.startswith("mailadmin") for name in names), step


def test_a_backup_holds_what_is_only_in_the_log_yet(tmp_path: Path) -> None:
    storage = open_storage(f"sqlite:///{tmp_path}/live.db", who=WHO, backups=tmp_path / "backups")
    stored(storage, "INBOX/1/1")
    backup = storage.backup()
    with pytest.raises(UserFixableError) as caught:
        storage.backup(tmp_path / "not-mounted" / "copy.db")
    assert caught.value.code is Code.FOLDER_NOT_WRITABLE
    assert not (tmp_path / "not-mounted").exists()
    second = storage.backup(tmp_path / "copy.db")
    with pytest.raises(UserFixableError) as caught:
        storage.backup(second)
    assert caught.value.code is Code.BAD_FILE
    storage.close()
    for path in (backup, second):
        copy = open_storage(f"sqlite:///{path}", who=WHO, backups=tmp_path / "backups")
        assert len(copy.inbox.list()) == 1
        copy.close()
    assert backup.parent == tmp_path / "backups"


def test_a_servers_backup_is_not_offered_yet(
    postgresql: PostgresServer, postgresql_template: str, tmp_path: Path
) -> None:
    url = postgresql.url(postgresql.create_database(postgresql_template))
    storage = open_storage(url, who=WHO, backups=tmp_path)
    with pytest.raises(UserFixableError) as caught:
        storage.backup()
    storage.close()
    assert caught.value.code is Code.NOT_OFFERED_YET


def test_status_counts_and_measures(storage: Storage) -> None:
    stored(storage, "INBOX/1/1", "INBOX/1/2")
    status = storage.status()
    assert (status.schema, status.program, status.messages, status.tickets) == (NEWEST, NEWEST, 2, 0)
    assert status.bytes > 10_000
    assert status.url == storage.url


def test_only_the_owner_may_read_a_new_database(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        storage = open_storage(f"sqlite:///{tmp_path}/new/folder/m.db", who=WHO, backups=tmp_path)
        storage.settings.set("SystemID", "11")
        assert (tmp_path / "new" / "folder").stat().st_mode & 0o777 == 0o700
        assert {path.stat().st_mode & 0o777 for path in (tmp_path / "new" / "folder").iterdir()} == {0o600}
        storage.close()
    finally:
        os.umask(before)
