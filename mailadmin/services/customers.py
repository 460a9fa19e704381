"""Customer users in bulk: import from CSV, and mail that is held until its sender is known (PM-7)."""

from __future__ import annotations

from mailadmin.domain.customers import ImportReport
from mailadmin.services.process import ProcessService
from mailadmin.storage import Storage


class CustomerImport:
    """Imports customer users and companies."""

    def __init__(self, storage: Storage, processing: ProcessService) -> None:
        self._storage = storage
        self._processing = processing

    def run(self, text: str, *, dry_run: bool = False) -> ImportReport:
        """Add and change customer users as a CSV text says; lines that break a rule are left out and reported.

        The first line names the columns, in any order and case: ``login``, ``name`` (or ``first_name``, ``last_name``),
        ``addresses`` (or ``email``; several by blank, comma or semicolon), ``company`` (customer id), ``company_name``,
        ``validity``, ``comment``. Separated by comma, semicolon or tab. A column that is not there leaves that field of
        customers that are there as it is. All or nothing for the database; afterwards held mail of known senders is
        released.

        :raises UserFixableError: BAD_FILE (no header line, no login column)
        """
        raise NotImplementedError
