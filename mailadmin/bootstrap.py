"""The one place that builds things: places -> storage, vault, mail -> services. Ports are handed across here."""

from __future__ import annotations

import importlib
import logging
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from platformdirs import PlatformDirs

from mailadmin import diagnostics
from mailadmin.domain.customers import Company, CustomerUser
from mailadmin.domain.external_numbers import ExternalNumberRule
from mailadmin.domain.filters import Filter
from mailadmin.domain.interrupt import Interrupt
from mailadmin.domain.lists import ListEntry
from mailadmin.domain.oauth import OAuthProfile
from mailadmin.domain.ports import (
    LayerReached,
    Mailbox,
    OAuthClient,
    OpenMailbox,
    OpenOAuthClient,
    ServerAccess,
    Vault,
)
from mailadmin.domain.responses import AutoResponse
from mailadmin.domain.secrets import Secret
from mailadmin.oauth.browser import open_link as open_in_browser
from mailadmin.services.accounts import AccountService
from mailadmin.services.adoption import AdoptionService
from mailadmin.services.check import CheckService
from mailadmin.services.communication import CommunicationService
from mailadmin.services.configuration import ApplyService
from mailadmin.services.customers import CustomerImport
from mailadmin.services.demo import DemoService
from mailadmin.services.fetch import FetchService
from mailadmin.services.fetch.dry_run import DryRun
from mailadmin.services.inbox import InboxService
from mailadmin.services.leases import this_process
from mailadmin.services.life import LifeService
from mailadmin.services.mailboxes import MailboxOpener
from mailadmin.services.oauth import AuthorizationService, ProfileService, TokenService
from mailadmin.services.outbox import OutboxService
from mailadmin.services.process import ProcessService
from mailadmin.services.reading import ReadService
from mailadmin.services.records import RecordService
from mailadmin.services.routing import RoutingService
from mailadmin.services.schedule import ScheduleService
from mailadmin.services.secrets import SecretService
from mailadmin.services.settings import SettingService
from mailadmin.services.steps import OnStep, ignore_step
from mailadmin.services.tickets import TicketService
from mailadmin.services.what_if import WhatIfService
from mailadmin.storage import Storage, open_storage, open_storage_for_upgrade
from mailadmin.vault import open_vault

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line and the environment say about where things are. None: not said."""

    database: str | None = None
    home: Path | None = None
    key_file: Path | None = None
    passphrase_file: Path | None = None

    def completed(self, environment: Mapping[str, str] | None = None) -> Options:
        """The same, with what is not said taken from MAILADMIN_DATABASE, _HOME, _KEY_FILE and _PASSPHRASE_FILE."""
        said = os.environ if environment is None else environment

        def path(given: Path | None, name: str) -> Path | None:
            return given or (Path(said[name]) if said.get(name) else None)

        # A key source given on the command line stands alone: the other one must not come in by the environment.
        keyed = self.key_file or self.passphrase_file
        return Options(
            self.database or said.get("MAILADMIN_DATABASE") or None,
            path(self.home, "MAILADMIN_HOME"),
            self.key_file if keyed else path(None, "MAILADMIN_KEY_FILE"),
            self.passphrase_file if keyed else path(None, "MAILADMIN_PASSPHRASE_FILE"),
        )


@dataclass(frozen=True, slots=True)
class Places:
    """Where this installation keeps things."""

    database: str
    logs: Path
    backups: Path


def places(options: Options) -> Places:
    """Database URL, log and backup folders: under ``home`` when one is given, else where the system keeps such data."""
    if options.home is not None:
        home = options.home.expanduser().absolute()
        data, logs = home, home / "logs"
    else:
        dirs = PlatformDirs("mailadmin", appauthor=False)
        data, logs = dirs.user_data_path, dirs.user_log_path
    return Places(options.database or f"sqlite:///{data / 'mailadmin.db'}", logs, data / "backups")


def begin_log(options: Options, *, debug: bool = False, quiet: bool = True) -> None:
    """Begin the log of an installation, in a folder for its owner alone; what cannot be made costs the log file.

    :param options: completed with the environment
    :param quiet: with a log file, warnings go there alone, because they are told in sentences
    """
    folder = places(options).logs
    if options.home is not None:
        _make_private(options.home.expanduser())
    _make_private(folder)
    diagnostics.set_up_logging(folder, debug=debug)
    if quiet and not debug and diagnostics.log_file() is not None:
        diagnostics.quieten()


def _make_private(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        log.debug("folder %s: %s", folder, error)


@dataclass(frozen=True, slots=True)
class Application:
    """Everything a face calls. Made by :func:`open_application`."""

    places: Places
    storage: Storage
    vault: Vault
    accounts: AccountService
    secrets: SecretService
    checking: CheckService
    fetching: FetchService
    dry_run: DryRun
    processing: ProcessService
    reading: ReadService
    inbox: InboxService
    tickets: TicketService
    configuration: ApplyService
    schedule: ScheduleService
    demo: DemoService
    routing: RoutingService
    adoption: AdoptionService
    profiles: ProfileService
    tokens: TokenService
    authorizing: AuthorizationService
    filters: RecordService[Filter]
    lists: RecordService[ListEntry]
    external_numbers: RecordService[ExternalNumberRule]
    customer_users: RecordService[CustomerUser]
    companies: RecordService[Company]
    auto_responses: RecordService[AutoResponse]
    customer_import: CustomerImport
    what_if: WhatIfService
    settings: SettingService
    communication: CommunicationService
    life: LifeService
    outbox: OutboxService


def open_real_mailbox(
    access: ServerAccess,
    credential: Secret,
    on_layer: Callable[[LayerReached], None],
    interrupt: Interrupt | None = None,
    /,
) -> Mailbox:
    """A mailbox on its server, as :class:`OpenMailbox` says."""
    # Protocols, TLS and certificates are a tenth of what a start loads; they are loaded with the first mailbox.
    opening: OpenMailbox = importlib.import_module("mailadmin.mail.incoming").open_mailbox
    return opening(access, credential, on_layer, interrupt)


def open_oauth_client(profile: OAuthProfile, credential: Secret | None, /) -> OAuthClient:
    """The client of a profile's provider, as :class:`OpenOAuthClient` says."""
    # The sign-in libraries take half a second; they are loaded with the first token.
    opening: OpenOAuthClient = importlib.import_module("mailadmin.oauth.client").open_client
    return opening(profile, credential)


@contextmanager
def open_application(
    options: Options,
    *,
    open_mailbox: OpenMailbox = open_real_mailbox,
    open_client: OpenOAuthClient = open_oauth_client,
    open_link: Callable[[str], bool] = open_in_browser,
    on_step: OnStep = ignore_step,
) -> Iterator[Application]:
    """Open the database (made, or upgraded with a backup, when it is the embedded one) and build the services on it.

    :param options: completed with the environment
    :raises UserFixableError: DATABASE_*, FOLDER_NOT_WRITABLE
    """
    where = places(options)
    storage = open_storage(where.database, who=_who(), backups=where.backups)
    try:
        application = _assemble(where, storage, options, _Doors(open_mailbox, open_client, open_link), on_step)
        try:
            yield application
        finally:
            application.tokens.close()  # what was stopped may have left a thread behind that gets a token
    finally:
        storage.close()


@contextmanager
def throw_away_options() -> Iterator[Options]:
    """Options of an installation in a temporary folder, which is gone when the block is left."""
    with tempfile.TemporaryDirectory(prefix="mailadmin-demo-", ignore_cleanup_errors=True) as folder:
        yield Options(home=Path(folder) / "home", key_file=Path(folder) / "key")


@contextmanager
def open_demo() -> Iterator[Application]:
    """An application on a throw-away database and key, with the demo's mail server running while the block lasts.

    Its queues, addresses and account are there with the password; nothing is fetched yet.

    :raises UserFixableError: DEMO_MISSING
    """
    with throw_away_options() as options, open_application(options) as application, application.demo.mailbox():
        yield application


@contextmanager
def open_database(options: Options) -> Iterator[Storage]:
    """The database alone, whatever its schema; for looking at it and upgrading it."""
    where = places(options)
    storage = open_storage_for_upgrade(where.database, who=_who(), backups=where.backups)
    try:
        yield storage
    finally:
        storage.close()


def _who() -> str:
    holder = this_process()
    return f"{holder.user}@{holder.host}"


@dataclass(frozen=True, slots=True)
class _Doors:
    """The ways out of the program."""

    open_mailbox: OpenMailbox
    open_client: OpenOAuthClient
    open_link: Callable[[str], bool]


def _assemble(where: Places, storage: Storage, options: Options, doors: _Doors, on_step: OnStep) -> Application:
    vault = open_vault(
        storage.secrets,
        key_file=options.key_file,
        passphrase_file=options.passphrase_file,
        on_reveal=diagnostics.hide,
    )
    tokens = TokenService(storage, vault, doors.open_client)
    mailboxes = MailboxOpener(storage, tokens, doors.open_mailbox)
    processing = ProcessService(storage, on_step=on_step)
    accounts = AccountService(storage, vault, tokens)
    fetching = FetchService(storage, mailboxes, processing, on_step=on_step)
    tickets = TicketService(storage)
    what_if = WhatIfService(storage, processing)
    configuration = ApplyService(storage, what_if)
    return Application(
        places=where,
        storage=storage,
        vault=vault,
        accounts=accounts,
        secrets=SecretService(storage, vault),
        checking=CheckService(accounts, mailboxes),
        fetching=fetching,
        dry_run=DryRun(storage, processing, mailboxes),
        processing=processing,
        reading=ReadService(storage, processing),
        inbox=InboxService(storage, processing, tickets, mailboxes),
        tickets=tickets,
        configuration=configuration,
        schedule=ScheduleService(storage, accounts, fetching),
        demo=DemoService(configuration, accounts, fetching),
        routing=RoutingService(storage),
        adoption=AdoptionService(storage, accounts, mailboxes),
        profiles=ProfileService(storage, vault),
        tokens=tokens,
        authorizing=AuthorizationService(storage, vault, doors.open_client, doors.open_link),
        filters=RecordService(storage, Filter),
        lists=RecordService(storage, ListEntry),
        external_numbers=RecordService(storage, ExternalNumberRule),
        customer_users=RecordService(storage, CustomerUser, processing.release_known),
        companies=RecordService(storage, Company, processing.release_known),
        auto_responses=RecordService(storage, AutoResponse),
        customer_import=CustomerImport(storage, processing),
        what_if=what_if,
        settings=SettingService(storage, processing.release_known),
        communication=CommunicationService(storage),
        life=LifeService(storage),
        outbox=OutboxService(storage),
    )
