"""Past fetches of an account, and what they say about how it is doing."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, delete, insert, select, update

from mailadmin.domain.outcomes import FetchCounts, FetchRun, FetchStatus

from .database import AnyRow, Database
from .tables import AccountRow, AccountStatusRow, FetchRunRow

_COUNTS: Final = tuple(field.name for field in dataclasses.fields(FetchCounts))
_NOT_RUN: Final = {FetchStatus.BUSY, FetchStatus.INVALID}


class FetchRunStore:
    """The fetch runs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, run: FetchRun) -> None:
        """Keep a run, and bring the account's status up to date.

        Busy and invalid are no runs and leave the status alone; a stopped one tells nothing good or bad.
        """
        with self._database.writing() as connection:
            account = select(AccountRow.id).where(AccountRow.id == run.account_id)
            row = {
                "account_id": connection.execute(account.with_for_update(read=True, key_share=True)).scalar(),
                "started": run.started,
                "seconds": run.seconds,
                "status": run.status.value,
                **dataclasses.asdict(run.counts),
                "error_code": run.error_code,
                "error_layer": run.error_layer,
                "error_server": run.error_server,
            }
            connection.execute(insert(FetchRunRow), row)
            if run.status in _NOT_RUN:
                return
            statement = update(AccountStatusRow).where(AccountStatusRow.account_id == run.account_id)
            query = select(AccountStatusRow).where(AccountStatusRow.account_id == run.account_id).with_for_update()
            status = connection.execute(query).one_or_none()
            if status is not None:
                connection.execute(statement, _consequences(run, status))

    def last(self, account_id: int, limit: int = 30) -> list[FetchRun]:
        """An account's latest runs, newest first."""
        query = (
            select(FetchRunRow).where(FetchRunRow.account_id == account_id).order_by(FetchRunRow.id.desc()).limit(limit)
        )
        with self._database.reading() as connection:
            return [_run(row) for row in connection.execute(query)]

    def prune(self, before: datetime, *, keep: int, limit: int = 1_000) -> int:
        """Remove runs that began before this moment, in one short transaction; how many went.

        :param keep: so many of each account's latest runs stay, however old
        :param limit: remove no more than this
        """
        removed = 0
        with self._database.writing() as connection:
            for account_id in connection.scalars(select(FetchRunRow.account_id).distinct()).all():
                here: list[ColumnElement[bool]] = [FetchRunRow.account_id == account_id]  # None: IS NULL
                if account_id is not None:
                    latest = select(FetchRunRow.id).where(*here).order_by(FetchRunRow.id.desc())
                    last_to_go = connection.execute(latest.offset(keep).limit(1)).scalar_one_or_none()
                    here.append(FetchRunRow.id <= (last_to_go or 0))
                old = select(FetchRunRow.id).where(*here, FetchRunRow.started < before).limit(limit - removed)
                statement = delete(FetchRunRow).where(FetchRunRow.id.in_(old.scalar_subquery()))
                removed += connection.execute(statement).rowcount
                if removed >= limit:
                    break
        return removed


def _consequences(run: FetchRun, status: AnyRow) -> dict[str, object]:
    """What a run changes in the account's status."""
    values: dict[str, object] = {"last_run": run.started}
    if run.status is FetchStatus.OK:
        values |= {"last_good": run.started, "failing_since": None, "failures": 0}
        values |= {"error_code": "", "error_layer": "", "error_server": ""}
    elif run.status is FetchStatus.FAILED:
        values |= {"failing_since": status.failing_since or run.started, "failures": status.failures + 1}
        values |= {"error_code": run.error_code, "error_layer": run.error_layer, "error_server": run.error_server}
    return values


def _run(row: AnyRow) -> FetchRun:
    return FetchRun(
        account_id=row.account_id,
        started=row.started,
        seconds=row.seconds,
        status=FetchStatus(row.status),
        counts=FetchCounts(**{name: getattr(row, name) for name in _COUNTS}),
        error_code=row.error_code,
        error_layer=row.error_layer,
        error_server=row.error_server,
    )
