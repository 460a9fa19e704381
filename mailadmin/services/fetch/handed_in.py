"""The communication log of one message that is handed in: there is no connection, and it is written at the end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from mailadmin.domain.accounts import IncomingAccount
from mailadmin.domain.communication import HANDED_IN_TYPE, Communication, LogKind, LogStatus, LogStep, Priority
from mailadmin.domain.errors import BugError, MailadminError
from mailadmin.domain.outcomes import Processed
from mailadmin.storage import Storage

from .log_writer import LogWriter
from .noted import Noted


@dataclass(slots=True)
class HandedIn:
    """What became of the message; None: it waits. To be filled in by whoever takes it in."""

    inbox_id: int | None = None
    processed: Processed | None = None


@contextmanager
def logged(storage: Storage, account: IncomingAccount | None, octets: int) -> Iterator[HandedIn]:
    """Keep the log of a message that is taken in within the block; what the block raises is told there, too.

    Nothing is told of a database that does not work: it is what the log would be written to, and trying that would
    make whoever hands in wait for the same lock or server once more.
    """
    began, begun = datetime.now(UTC), time.monotonic()
    noted = Noted(LogKind.MESSAGE, began)
    noted.add(began, Priority.DEBUG, LogStep.HANDED_IN, {"bytes": str(octets)})
    taken = HandedIn()
    try:
        yield taken
    except MailadminError as error:
        if not error.code.name.startswith("DATABASE_"):
            noted.failed(datetime.now(UTC), error)
            _write(storage, account, noted, begun)
        raise
    except Exception as error:
        noted.failed(datetime.now(UTC), BugError(type(error).__name__))
        _write(storage, account, noted, begun)
        raise
    noted.inbox_id = taken.inbox_id
    if taken.processed is not None:
        noted.inbox_id = taken.processed.inbox_id
        noted.became(datetime.now(UTC), taken.processed)
    else:
        noted.waits(datetime.now(UTC))
    _write(storage, account, noted, begun)


def _write(storage: Storage, account: IncomingAccount | None, noted: Noted, begun: float) -> None:
    communication = Communication(
        account_id=account.id if account is not None else None,
        account=account.name if account is not None else "",
        account_type=HANDED_IN_TYPE,
        started=noted.started,
    )
    writer = LogWriter.of(storage, communication, begun)
    writer.ended(noted)
    # A message that could not be processed is safe all the same; only what was not taken in has failed.
    failed = noted.inbox_id is None
    fair = LogStatus.SUCCESSFUL if writer.worst is LogStatus.SUCCESSFUL else LogStatus.WARNING
    writer.finish(LogStatus.FAILED if failed else fair)
