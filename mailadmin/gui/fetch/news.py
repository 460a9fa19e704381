"""What is told of fetches, by hand and by schedule, in words for the rows of accounts and for the status bar."""

from __future__ import annotations

from PySide6.QtCore import QLocale, QObject, Signal

from mailadmin.domain.accounts import IncomingAccount
from mailadmin.domain.outcomes import FetchOutcome, FetchProgress
from mailadmin.gui.sentences import layers
from mailadmin.gui.sentences.headlines import headline

from .desk import FetchDesk
from .scheduler import Scheduler


class FetchNews(QObject):
    """Follows the desk and the scheduler."""

    progressed = Signal(int, object)
    """How far the fetch of the account of this id is, in words; None when it has ended."""
    ended = Signal()
    """Fetches have come to their end: other messages, tickets and times may be stored than before."""
    said = Signal(str)
    """A fetch by schedule failed."""

    def __init__(self, desk: FetchDesk, scheduler: Scheduler, parent: QObject) -> None:
        super().__init__(parent)
        desk.began.connect(self._on_began)
        desk.stopping.connect(lambda account_id: self.progressed.emit(account_id, self.tr("stopping...")))
        desk.ended.connect(self._on_ended)
        desk.all_ended.connect(self.ended)
        for runner in (desk, scheduler):
            runner.progressed.connect(self._on_progress)
        scheduler.began.connect(self._say_begun)
        scheduler.outcome.connect(self._on_ended)
        scheduler.outcome.connect(lambda outcome: self.ended.emit())
        scheduler.failed.connect(self._on_schedule_failed)

    def _on_began(self, account: IncomingAccount) -> None:
        self._say_begun(account.id or 0)

    def _say_begun(self, account_id: int) -> None:
        self.progressed.emit(account_id, self.tr("fetching..."))

    def _on_progress(self, progress: FetchProgress) -> None:
        text = layers.working(progress.layer)
        if progress.total:
            text = self.tr("fetching {done} of {total}").format(
                done=QLocale().toString(progress.done), total=QLocale().toString(progress.total)
            )
        self.progressed.emit(progress.account_id, text)

    def _on_ended(self, outcome: FetchOutcome) -> None:
        self.progressed.emit(outcome.account_id, None)

    def _on_schedule_failed(self, outcome: FetchOutcome) -> None:
        """The row and the count say it for as long as it lasts; the status bar, that it is new."""
        error = outcome.error
        what = headline(error.code) if error is not None else ""
        self.said.emit(self.tr("{account} could not be fetched: {what}").format(account=outcome.name, what=what))
