"""What the world does to a database leaves the storage as a code with facts, and nothing half-written behind."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, nullcontext, suppress
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection

from mailadmin.domain.errors import BugError, Code, UserFixableError
from mailadmin.storage import Storage, open_storage
from mailadmin.storage.engines import filesystem_of, on_network
from tests.servers.postgresql import PostgresServer

from .conftest import WHO, OpenAgain
from .samples import NOBODY, account, item, mailbox, stored, then_fail


def refused(url: str, tmp_path: Path, filesystem: str = "ext4") -> UserFixableError:
    with pytest.raises(UserFixableError) as caught:
        open_storage(url, who=WHO, backups=tmp_path / "backups", filesystem_of=lambda _path: filesystem)
    return caught.value


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Storage]:
    """A SQLite database that must not grow by more than a megabyte and a half."""
    storage = open_storage(f"sqlite:///{tmp_path}/small.db", who=WHO, backups=tmp_path)
    with storage._database.reading() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    storage._database.close()  # the limit is one of the connection

    def limit(connection: DBAPIConnection, _record: object) -> None:
        connection.cursor().execute(f"PRAGMA max_page_count={pages + 96}")

    event.listen(storage._database.engine, "connect", limit)
    yield storage
    storage.close()


@pytest.mark.parametrize("outer", [False, True])
def test_a_full_database_takes_all_of_a_batch_or_nothing(small: Storage, outer: bool) -> None:
    _, mailbox_id, context = mailbox(small)
    batch = [item(f"INBOX/1/{uid}", os.urandom(300_000)) for uid in range(10)]
    with pytest.raises(UserFixableError) as caught, small.transaction() if outer else nullcontext():
        small.inbox.intake(mailbox_id, context, batch)
    assert caught.value.code is Code.DATABASE_FULL
    assert caught.value.facts["url"] == small.url
    assert caught.value.server == "database or disk is full"
    assert small.inbox.list() == []
    assert small.inbox.known(mailbox_id, [entry.source for entry in batch]) == {}
    assert small.inbox.intake(mailbox_id, context, batch[:1]) != [None], "there is room for a small one"
    assert len(small.inbox.list()) == 1


def test_a_full_database_that_is_caught_inside_a_transaction_commits_nothing(small: Storage) -> None:
    _, mailbox_id, context = mailbox(small)

    def catch_and_go_on() -> None:
        with small.transaction():
            small.settings.set("SystemID", "77")
            with suppress(UserFixableError):
                small.inbox.intake(mailbox_id, context, [item("INBOX/1/1", os.urandom(3_000_000))])

    with pytest.raises(UserFixableError) as caught:
        catch_and_go_on()
    assert caught.value.code is Code.DATABASE_FULL
    assert small.settings.load().text("SystemID") == "10"


def test_a_database_locked_by_another_process_is_said_after_the_wait(tmp_path: Path) -> None:
    path = tmp_path / "locked.db"
    storage = open_storage(f"sqlite:///{path}", who=WHO, backups=tmp_path, patience=0.05)
    program = (
        "import sqlite3, sys; connection = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "connection.execute('BEGIN IMMEDIATE'); print('locked', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdin is not None
        assert other.stdout.readline() == "locked\n"
        with pytest.raises(UserFixableError) as caught:
            storage.accounts.add(account())
        assert caught.value.code is Code.DATABASE_LOCKED
        assert storage.accounts.all() == [], "reading goes on"
        other.stdin.close()
        assert other.wait() == 0
    assert storage.accounts.add(account()).id
    storage.close()


def test_a_row_locked_by_another_workstation_is_said_after_the_wait(
    postgresql: PostgresServer, postgresql_template: str, tmp_path: Path
) -> None:
    url = postgresql.url(postgresql.create_database(postgresql_template))
    one = open_storage(url, who=WHO, backups=tmp_path)
    two = open_storage(url, who=WHO, backups=tmp_path, patience=0.05)
    added = one.accounts.add(account())
    with one.transaction():
        one.accounts.change(added)
        with pytest.raises(UserFixableError) as caught:
            two.accounts.change(added)
    assert caught.value.code is Code.DATABASE_LOCKED
    one.close()
    two.close()


OPEN_AND_WRITE = """
import sys
from pathlib import Path
from mailadmin.domain.errors import UserFixableError
from mailadmin.storage import open_storage
try:
    storage = open_storage(sys.argv[1], who="me", backups=Path(sys.argv[2]))
    print("opened", flush=True)
    sys.stdin.read()
    storage.settings.set("SystemID", "11")
except UserFixableError as error:
    print(error.code.value)
"""


def without_privileges(url: str, backups: Path) -> list[str]:
    """A command that opens a database under a user whom file modes stop, even when root runs the tests."""
    command = [sys.executable, "-c", OPEN_AND_WRITE, url, str(backups)]
    if os.geteuid() == 0:
        command[:0] = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--"]
    return command


def test_a_read_only_file_is_said_at_open(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/m.db"
    open_storage(url, who=WHO, backups=tmp_path).close()
    (tmp_path / "m.db").chmod(0o400)
    done = subprocess.run(
        without_privileges(url, tmp_path), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == Code.DATABASE_READ_ONLY


def test_a_folder_that_takes_no_log_is_said_at_open(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    open_storage(f"sqlite:///{folder}/m.db", who=WHO, backups=tmp_path).close()
    folder.chmod(0o500)
    done = subprocess.run(
        without_privileges(f"sqlite:///{folder}/m.db", tmp_path),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    folder.chmod(0o700)
    assert done.stdout.strip() == Code.FOLDER_NOT_WRITABLE


def test_a_database_that_became_read_only_is_said_at_the_write(storage: Storage) -> None:
    def become_read_only() -> None:
        with storage._database.writing() as connection:
            connection.exec_driver_sql("PRAGMA query_only=ON" if storage.embedded else "SET TRANSACTION READ ONLY")
            storage.settings.set("SystemID", "11")

    with pytest.raises(UserFixableError) as caught:
        become_read_only()
    assert caught.value.code is Code.DATABASE_READ_ONLY


def test_a_file_that_is_no_database_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "m.db").write_bytes(b"This is a letter to my aunt.\n" * 1000)
    error = refused(f"sqlite:///{tmp_path}/m.db", tmp_path)
    assert error.code is Code.DATABASE_DAMAGED
    assert error.server == "file is not a database"


def test_a_file_with_a_torn_page_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "m.db"
    storage = open_storage(f"sqlite:///{path}", who=WHO, backups=tmp_path)
    stored(storage, *(f"INBOX/1/{uid}" for uid in range(100)))
    storage.close()
    with closing(sqlite3.connect(path)) as connection:
        query = "SELECT rootpage FROM sqlite_master WHERE name = 'inbox_message'"
        (page,) = connection.execute(query).fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xee" * size)
    storage = open_storage(f"sqlite:///{path}", who=WHO, backups=tmp_path)
    with pytest.raises(UserFixableError) as caught:
        storage.inbox.list()
    storage.close()
    assert caught.value.code is Code.DATABASE_DAMAGED


@pytest.mark.parametrize("filesystem", ["nfs4", "nfs", "cifs", "smb3", "9p", "fuse.sshfs", "CIFS", "remote"])
def test_a_database_on_a_network_share_is_refused(tmp_path: Path, filesystem: str) -> None:
    error = refused(f"sqlite:///{tmp_path}/m.db", tmp_path, filesystem)
    assert error.code is Code.DATABASE_ON_NETWORK
    assert error.facts == {"path": str(tmp_path / "m.db"), "filesystem": filesystem}
    assert not (tmp_path / "m.db").exists()


def test_the_file_system_of_a_path_is_that_of_the_mount_it_is_under(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/proc/self")
    assert filesystem_of(Path("/proc/self/status")) == "proc"
    assert filesystem_of(tmp_path / "link" / "status") == "proc", "links are followed"
    assert filesystem_of(tmp_path / "not" / "there.db") == filesystem_of(tmp_path)
    assert not on_network(filesystem_of(tmp_path))
    assert not on_network("ext4")


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("nonsense", Code.DATABASE_URL),
        ("", Code.DATABASE_URL),
        ("oracle://me@host/db", Code.DATABASE_URL),
        ("sqlite://", Code.DATABASE_URL),
        ("sqlite:///:memory:", Code.DATABASE_URL),
        ("sqlite:///file:m.db?uri=true", Code.DATABASE_URL),
        ("postgresql://me:hunter2@127.0.0.1/db", Code.DATABASE_URL_HAS_PASSWORD),
        ("postgresql://me@127.0.0.1/db?password=hunter2", Code.DATABASE_URL_HAS_PASSWORD),
        ("postgresql://me@127.0.0.1:hunter2/db", Code.DATABASE_URL),
        ("mysql+pymysql://me@host/db", Code.NOT_OFFERED_YET),
    ],
)
def test_a_bad_url_is_said_without_repeating_it(tmp_path: Path, url: str, code: Code) -> None:
    error = refused(url, tmp_path)
    assert error.code is code
    assert "hunter2" not in f"{error} {error.facts} {error!r} {error.__cause__}"


def test_a_server_that_is_not_there_is_unreachable(tmp_path: Path) -> None:
    error = refused("postgresql://me@127.0.0.1:1/db", tmp_path)
    assert error.code is Code.DATABASE_UNREACHABLE
    assert "refused" in error.server


def test_a_database_the_server_does_not_have_is_unreachable(postgresql: PostgresServer, tmp_path: Path) -> None:
    error = refused(postgresql.url("nowhere"), tmp_path)
    assert error.code is Code.DATABASE_UNREACHABLE
    assert "nowhere" in error.server


def test_a_server_that_ends_the_session_is_unreachable_once(
    postgresql: PostgresServer, postgresql_template: str, tmp_path: Path
) -> None:
    name = postgresql.create_database(postgresql_template)
    storage = open_storage(postgresql.url(name), who=WHO, backups=tmp_path)

    def be_cut_off() -> None:
        with storage.transaction():
            storage.settings.set("SystemID", "11")
            postgresql.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
            storage.settings.load()

    with pytest.raises(UserFixableError) as caught:
        be_cut_off()
    assert caught.value.code is Code.DATABASE_UNREACHABLE
    assert storage.settings.load().text("SystemID") == "10"
    storage.close()


def test_a_server_that_may_lose_commits_is_refused(
    postgresql: PostgresServer, postgresql_template: str, tmp_path: Path
) -> None:
    name = postgresql.create_database(postgresql_template)
    postgresql.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    error = refused(postgresql.url(name), tmp_path)
    assert error.code is Code.DATABASE_UNSAFE
    assert error.facts == {"setting": "synchronous_commit", "value": "off"}


def test_sqlite_keeps_its_promises_on_every_connection(tmp_path: Path) -> None:
    storage = open_storage(f"sqlite:///{tmp_path}/m.db", who=WHO, backups=tmp_path, patience=1.5)
    with storage._database.reading() as one, storage._database.engine.connect() as two:
        for connection in (one, two):
            values = [
                connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "foreign_keys", "synchronous", "busy_timeout")
            ]
            assert values == ["wal", 1, 2, 1500]
    storage.close()


def test_our_own_mistakes_are_bugs_and_quote_no_values(storage: Storage) -> None:
    _, mailbox_id, _ = mailbox(storage)
    with pytest.raises(BugError) as caught:
        storage.inbox.intake(mailbox_id + 1, NOBODY, [item("INBOX/1/1", b"hunter2")])
    assert "hunter2" not in f"{caught.value} {caught.value.__cause__}"


def test_a_transaction_is_rolled_back_as_a_whole(storage: Storage) -> None:
    def inner() -> None:
        with storage.transaction():
            storage.settings.set("SystemID", "11")

    with pytest.raises(ZeroDivisionError):
        then_fail(storage, lambda: storage.accounts.add(account()), inner)
    assert storage.accounts.all() == []
    assert storage.settings.load().text("SystemID") == "10"


def test_an_inner_transaction_that_failed_takes_the_outer_one_with_it(storage: Storage) -> None:
    def catch_and_go_on() -> None:
        with storage.transaction():
            storage.accounts.add(account())
            with suppress(ZeroDivisionError):
                then_fail(storage, lambda: storage.settings.set("SystemID", "11"))

    with pytest.raises(BugError):
        catch_and_go_on()
    assert storage.accounts.all() == []
    storage.accounts.add(account())
    assert len(storage.accounts.all()) == 1, "the thread is free for the next transaction"


def test_reading_takes_no_write_lock(storage: Storage, opened: OpenAgain) -> None:
    other = opened(patience=0.05)
    with storage.transaction():
        storage.accounts.add(account())
        assert other.accounts.all() == []
        assert other.inbox.list() == []
    assert len(other.accounts.all()) == 1


def test_the_clock_is_aware_and_utc(storage: Storage) -> None:
    before = storage.now()
    with storage.transaction():
        during = [storage.now() for _ in range(100)]
    assert before <= during[0] < during[-1], "it goes on inside a transaction"
    assert str(before.tzinfo) == "UTC"
