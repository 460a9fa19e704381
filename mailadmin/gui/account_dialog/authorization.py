"""Whether what is shown may be saved as far as signing in goes, and the sign-in that waits to be saved (OA-2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from mailadmin.domain.accounts import Authentication, IncomingAccount, Validity
from mailadmin.domain.errors import MailadminError
from mailadmin.domain.oauth import Authorization
from mailadmin.domain.secrets import Secret
from mailadmin.gui.sign_in import SignInServices, Standing, standing_of
from mailadmin.gui.tasks import Loader, Tasks

_TYPING_MILLISECONDS: Final = 150
"""How long typing must rest before the services are asked."""


@dataclass(frozen=True, slots=True)
class _Question:
    """What the answer depends on; asked again only when it is another."""

    account: IncomingAccount
    authorization: Authorization | None
    number: int


class AuthorizationGate(QObject):
    """Holds a sign-in until it is saved, and knows whether what is shown is authorized.

    :param read_account: the account as the form says
    """

    changed = Signal()
    """It is known how the account stands that is shown now; or that must be found out first."""
    failed = Signal(object)
    """A MailadminError: it could not be found out."""

    def __init__(
        self, services: SignInServices, read_account: Callable[[], IncomingAccount], tasks: Tasks, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._services = services
        self._read_account = read_account
        self._number = 0
        self._question: _Question | None = None
        self._asking = False
        self.authorization: Authorization | None = None
        """A sign-in that is not saved yet."""
        self.standing = Standing()
        self.error: MailadminError | None = None
        """Why it is not known how the account stands."""
        self._rest = QTimer(self, singleShot=True, interval=_TYPING_MILLISECONDS)
        self._rest.timeout.connect(self._ask)
        self._loader: Loader[_Question, Standing] = Loader(tasks, "is it authorized", self._stand, self)
        self._loader.loaded.connect(self._on_loaded)
        self._loader.failed.connect(self._on_failed)

    @property
    def known(self) -> bool:
        """Whether it is known how the account stands that is shown now."""
        return not self._asking

    @property
    def reason(self) -> str:
        """Why what is shown cannot be saved, and what to do; empty when it can."""
        account = self._read_account()
        if account.authentication is not Authentication.OAUTH2 or account.validity is not Validity.VALID:
            return ""
        if self._asking:
            return self.tr("Looking whether somebody has signed in. Try again in a moment.")
        if self.error is not None:
            return self.tr("To save, try again above: it is not known whether somebody has signed in.")
        if self.standing.authorized:
            return ""
        if not account.oauth_profile:
            return self.tr("To save, choose a profile and sign in, or set the validity to invalid.")
        if self.standing.stranger:
            return self.tr("To save, sign in with the right account, or choose the shared mailbox above.")
        return self.tr("To save, sign in above, or set the validity to invalid.")

    def look(self, *, anew: bool = False) -> None:
        """What is shown may be something else now.

        :param anew: what is stored may be something else, too
        """
        if anew:
            self._number += 1
            self._ask()
            return
        if self._asked() == self._question:
            self._asking = self._loader.busy
            self._rest.stop()
        else:
            self._asking = True
            self._rest.start()
        self.changed.emit()

    def hold(self, authorization: Authorization | None) -> None:
        """Keep a sign-in until it is saved; None: there is none any more."""
        self.authorization = authorization
        self.look(anew=True)

    def credential(self) -> Callable[[], Secret] | None:
        """What the account that is shown signs in with, asked for in a task; None: somebody must sign in first."""
        account, held, known = self._read_account(), self.authorization, self.known
        if known and not self.standing.authorized:
            return None
        standing = self.standing

        def ask() -> Secret:
            now = standing if known else standing_of(self._services, account, held)
            if now.authorization is not None:
                return now.authorization.grant.access_token
            return self._services.tokens.credential_of(account)

        return ask

    # --- asking ---

    def _asked(self) -> _Question:
        """What is shown, as far as it matters here: a comment that is typed asks nothing."""
        account = self._read_account()
        return _Question(
            IncomingAccount(
                name="",
                type=account.type,
                host=account.host,
                username=account.username.strip(),
                authentication=account.authentication,
                oauth_profile=account.oauth_profile,
                opens_mailbox=account.opens_mailbox,
                id=account.id,
                uid=account.uid,
            ),
            self.authorization,
            self._number,
        )

    def _ask(self) -> None:
        self._rest.stop()
        self.error = None
        question = self._asked()
        if question.account.authentication is not Authentication.OAUTH2:
            self._question, self._asking, self.standing = question, False, Standing()
            self.changed.emit()
            return
        self._question, self._asking = question, True
        self._loader.load(question)
        self.changed.emit()

    def _stand(self, question: _Question) -> Standing:
        """In a task."""
        account = question.account
        if not account.oauth_profile:
            return Standing()
        return standing_of(self._services, account, question.authorization)

    def _on_loaded(self, question: _Question, standing: Standing) -> None:
        if question != self._question or self._rest.isActive():  # it is another by now
            return
        self._asking = False
        self.standing = standing
        self.changed.emit()

    def _on_failed(self, error: MailadminError) -> None:
        self._question, self._asking = None, False  # the next look asks again
        self.standing, self.error = Standing(), error
        self.changed.emit()
        self.failed.emit(error)
