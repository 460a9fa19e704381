"""The database as the rest of the program knows it: a store for each subject, and transactions around their calls."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import func, inspect, select, text

from mailadmin.domain.outcomes import DatabaseStatus

from . import log_tables, rule_tables  # noqa: F401  (their tables are part of the schema)
from .accounts import AccountStore
from .audit import AuditStore
from .auto_responses import AutoResponseStore
from .communication import CommunicationStore
from .configuration import ConfigurationStore
from .copies import CopyStore
from .customers import CompanyStore, CustomerStore
from .database import Database
from .engines import SQLITE, FilesystemOf, filesystem_of, make_file, parsed, postgresql_engine, sqlite_engine
from .filters import ExampleStore, FilterStore
from .former import FormerMailStore
from .inbox import InboxStore
from .leases import LeaseStore
from .lists import ExternalNumberStore, ListStore
from .mail_tables import InboxMessageRow, TicketRow
from .oauth import ProfileStore, TokenStore
from .outbox import OutboxStore
from .queues import AddressStore, QueueStore
from .runs import FetchRunStore
from .schema import Schema
from .secrets import SecretStore
from .settings import SettingStore
from .tickets import TicketStore

PATIENCE: Final = 30.0
"""Seconds to wait for a lock before DATABASE_LOCKED."""


class Storage:
    """One open database. Every method may be called from any thread.

    A store method called outside a :meth:`transaction` has one of its own. Whatever a driver says leaves as a
    ``DATABASE_...`` code (the world's fault) or a BugError (ours).
    """

    def __init__(self, database: Database, backups: Path) -> None:
        self._database = database
        self._schema = Schema(database, backups)
        self.url = database.url
        self.embedded = database.embedded
        self.audit = AuditStore(database)
        self.accounts = AccountStore(database, self.audit)
        self.profiles = ProfileStore(database, self.audit)
        self.tokens = TokenStore(database)
        self.queues = QueueStore(database, self.audit)
        self.addresses = AddressStore(database, self.audit)
        self.settings = SettingStore(database, self.audit)
        self.filters = FilterStore(database, self.audit)
        self.examples = ExampleStore(database)
        self.lists = ListStore(database, self.audit)
        self.external_numbers = ExternalNumberStore(database, self.audit)
        self.companies = CompanyStore(database, self.audit)
        self.customers = CustomerStore(database, self.audit)
        self.auto_responses = AutoResponseStore(database, self.audit)
        self.configuration = ConfigurationStore(database)
        self.inbox = InboxStore(database)
        self.former = FormerMailStore(database)
        self.tickets = TicketStore(database)
        self.copies = CopyStore(database)
        self.outbox = OutboxStore(database)
        self.leases = LeaseStore(database)
        self.runs = FetchRunStore(database)
        self.communication = CommunicationStore(database)
        self.secrets = SecretStore(database, self.audit)

    def transaction(self) -> AbstractContextManager[None]:
        """One writing transaction of this thread around several store calls; inner ones join the outer one.

        The outermost commits, or rolls back if an exception leaves it. After a database error inside, or an exception
        that left an inner block, nothing is committed, even if the exception was caught.
        """
        return self._database.transaction()

    def now(self) -> datetime:
        """The time by the database's clock, aware UTC."""
        return self._database.now()

    def status(self) -> DatabaseStatus:
        """What ``db status`` tells; also of a database whose schema is old or missing."""
        size = "SELECT pg_database_size(current_database())"
        if self._database.embedded:
            size = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
        schema = self._schema.stored()
        with self._database.reading() as connection:
            there = set(inspect(connection).get_table_names())
            messages, tickets = (
                connection.execute(select(func.count()).select_from(table)).scalar_one()
                if table.__tablename__ in there
                else 0
                for table in (InboxMessageRow, TicketRow)
            )
            octets = connection.execute(text(size)).scalar_one()
        return DatabaseStatus(self.url, schema, self._schema.program, messages, tickets, octets)

    def upgrade(self) -> None:
        """Bring the schema up to date, all or nothing; an existing SQLite file is backed up first.

        :raises UserFixableError: DATABASE_NEWER
        """
        self._schema.upgrade()

    def check_schema(self) -> None:
        """Refuse a database of another version.

        :raises UserFixableError: DATABASE_NEWER, DATABASE_OLDER
        """
        self._schema.check()

    def backup(self, target: Path | None = None) -> Path:
        """Make a consistent copy of a SQLite database; it holds no key to the secrets.

        :param target: the file to make; by default a dated one in the folder of backups
        :raises UserFixableError: NOT_OFFERED_YET for a server, BAD_FILE when the target exists, FOLDER_NOT_WRITABLE
        """
        return self._schema.backup(target)

    def close(self) -> None:
        """Close every connection."""
        self._database.close()


def open_storage(
    url: str,
    *,
    who: str,
    backups: Path,
    patience: float = PATIENCE,
    filesystem_of: FilesystemOf = filesystem_of,
) -> Storage:
    """Open a database to work with.

    A SQLite file is made when missing and upgraded when old, after a backup. A server's database is never changed
    here: that is for ``db upgrade``.

    :param url: SQLAlchemy's form, without a password: ``sqlite:////folder/mailadmin.db``, ``postgresql://user@host/db``
    :param who: user@host, for stamps, history and audit
    :param backups: the folder for backups
    :param patience: seconds to wait for a lock
    :raises UserFixableError: a ``DATABASE_...`` code, FOLDER_NOT_WRITABLE, NOT_OFFERED_YET
    """
    storage = open_storage_for_upgrade(url, who=who, backups=backups, patience=patience, filesystem_of=filesystem_of)
    try:
        if storage.embedded:
            storage.upgrade()
        storage.check_schema()
    except BaseException:
        storage.close()
        raise
    return storage


def open_storage_for_upgrade(
    url: str,
    *,
    who: str,
    backups: Path,
    patience: float = PATIENCE,
    filesystem_of: FilesystemOf = filesystem_of,
) -> Storage:
    """Open a database whatever its schema, for ``db status`` and ``db upgrade``. Parameters as for open_storage."""
    parts = parsed(url)
    if parts.drivername == SQLITE:
        path = Path(str(parts.database)).absolute()
        make_file(path, filesystem_of)
        engine = sqlite_engine(path, patience=patience)
    else:
        engine = postgresql_engine(parts, patience=patience)
    shown = parts.render_as_string(hide_password=True)
    return Storage(Database(engine, url=shown, who=who, patience=patience), backups)
