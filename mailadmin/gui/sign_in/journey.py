"""One sign-in at a time, in a task: the browser, its answer, and what the provider told (OA-2)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, Signal

from mailadmin.domain.accounts import IncomingAccount
from mailadmin.domain.errors import MailadminError
from mailadmin.domain.oauth import Authorization, AuthorizingProgress, Flow
from mailadmin.gui.tasks import Task, Tasks
from mailadmin.services.oauth import AuthorizationService, Authorizing
from mailadmin.services.oauth.answer_words import AnswerWords

from .last_page import last_page


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a sign-in came to.

    ``account`` is as it was when the sign-in began, ``filled`` the same with what the provider tells.
    ``stranger``: who signed in, if that is not whom the account names.
    """

    account: IncomingAccount
    authorization: Authorization
    stranger: str
    filled: IncomingAccount


class Journey(QObject):
    """Runs sign-ins off the GUI thread and tells, in the GUI thread, how far one is."""

    progressed = Signal(object)
    """An AuthorizingProgress."""
    succeeded = Signal(object)
    """A SignedIn."""
    failed = Signal(object)
    """A MailadminError."""
    stopped = Signal()

    def __init__(self, service: AuthorizationService, tasks: Tasks, parent: QObject) -> None:
        super().__init__(parent)
        self._service = service
        self._tasks = tasks
        self._task: Task | None = None
        self._authorizing: Authorizing | None = None

    @property
    def running(self) -> bool:
        """Whether somebody is signing in."""
        return self._task is not None

    def start(self, account: IncomingAccount, flow: Flow | None = None) -> None:
        """Begin.

        :param account: as it is shown, stored or not
        :param flow: DEVICE_CODE instead of the browser; None: as the profile says
        """
        if self._task is not None:
            return
        task = self._tasks.task("sign in", partial(self._sign_in, account, flow, last_page()))
        task.progressed.connect(self._on_told)
        task.succeeded.connect(self._on_succeeded)
        task.failed.connect(self._on_failed)
        task.stopped.connect(self._on_stopped)
        self._task = self._tasks.start(task)

    def cancel(self) -> None:
        """Ask the sign-in to end; it tells when it has."""
        if self._task is not None:
            self._task.stop()

    def abandon(self) -> None:
        """End the sign-in, and tell nothing any more: whoever watched is leaving."""
        if self._task is not None:
            self._task.silence()
            self._task.stop()
            self._task = None

    def paste(self, address: str) -> None:
        """Take the address of the browser's last page.

        :raises UserFixableError: OAUTH_NOT_AN_ANSWER; the sign-in goes on waiting
        """
        if self._authorizing is not None:
            self._authorizing.paste(address)

    def _sign_in(self, account: IncomingAccount, flow: Flow | None, words: AnswerWords, task: Task) -> SignedIn:
        """In the task."""
        authorizing = self._service.begin(account, flow, words)
        task.tell(authorizing)
        authorization = authorizing.run(task.tell, task.should_stop)
        return SignedIn(
            account,
            authorization,
            self._service.wrong_identity(account, authorization),
            self._filled_in(account, authorization),
        )

    def _filled_in(self, account: IncomingAccount, authorization: Authorization) -> IncomingAccount:
        try:
            return self._service.filled_in(account, authorization)
        except MailadminError:  # the profile is called otherwise by now, or was deleted: a sign-in is not lost by that
            return account

    def _on_told(self, what: object) -> None:
        if isinstance(what, AuthorizingProgress):
            self.progressed.emit(what)
        else:
            self._authorizing = what  # type: ignore[assignment]  # the work tells nothing else

    def _end(self) -> None:
        self._task = self._authorizing = None

    def _on_succeeded(self, signed_in: SignedIn) -> None:
        self._end()
        self.succeeded.emit(signed_in)

    def _on_failed(self, error: MailadminError) -> None:
        self._end()
        self.failed.emit(error)

    def _on_stopped(self) -> None:
        self._end()
        self.stopped.emit()
