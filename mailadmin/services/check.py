"""Check an incoming account layer by layer, on the values shown, saved or not (IN-8)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from mailadmin.domain.accounts import AfterFetch, Encryption, Family, IncomingAccount
from mailadmin.domain.errors import Code, Layer, UserFixableError
from mailadmin.domain.interrupt import Interrupt
from mailadmin.domain.outcomes import CheckLayer, CheckReport, CheckResult
from mailadmin.domain.ports import Folder, LayerReached, Mailbox
from mailadmin.domain.secrets import Secret
from mailadmin.domain.validation import InvalidRecordError, normalised
from mailadmin.services.accounts import TABLE, AccountService
from mailadmin.services.mailboxes import MailboxOpener
from mailadmin.services.stoppable import never, until_stopped

_IN_ORDER = (
    Layer.NAME, Layer.CONNECT, Layer.TLS, Layer.GREETING, Layer.CAPABILITIES, Layer.SIGN_IN, Layer.FOLDER,
    Layer.DELETE, Layer.MOVE,
)  # fmt: skip


def layers_of(account: IncomingAccount) -> list[Layer]:
    """The layers a check of this account goes through: those that the type and the account's rule have."""
    absent = set()
    if account.type.family is Family.POP3:
        absent |= {Layer.FOLDER, Layer.MOVE}
    if account.type.family is Family.GRAPH:  # HTTP: nobody greets, nothing is negotiated
        absent |= {Layer.GREETING, Layer.CAPABILITIES}
    if account.after_fetch is not AfterFetch.MOVE:
        absent.add(Layer.MOVE)
    return [layer for layer in _IN_ORDER if layer not in absent]


class CheckService:
    """Tries an account without saving, fetching or changing anything."""

    def __init__(self, accounts: AccountService, mailboxes: MailboxOpener) -> None:
        self._accounts = accounts
        self._mailboxes = mailboxes

    def check(
        self,
        account: IncomingAccount,
        credential: Callable[[], Secret] | None = None,
        on_layer: Callable[[CheckLayer], None] = lambda layer: None,
        should_stop: Callable[[], bool] = never,
    ) -> CheckReport:
        """Go from layer to layer and stop at the first that fails.

        :param credential: gives what is signed in with when the connection is to be made; None: what is kept
        :param on_layer: told each line as it is known; called from another thread, never after the check has ended
        :param should_stop: asked ten times a second; True ends the check within a second, as ``report.stopped``
        :raises InvalidRecordError: the values break rules, so nothing can be tried
        """
        account = normalised(account)
        if faults := self._accounts.faults(account):
            raise InvalidRecordError((TABLE, account.name, fault) for fault in faults)
        report = _Report(account, on_layer)

        def job(interrupt: Interrupt) -> None:
            with self._opened(account, credential, report.reached, interrupt) as mailbox:
                self._abilities(account, mailbox, report)

        stopped = False
        try:
            until_stopped(job, should_stop)
        except UserFixableError as error:
            stopped = error.code is Code.STOPPED
            if not (stopped or report.complete):  # a failure of the good-bye is no failure of the account
                report.failed(error)
        return report.close(stopped=stopped)

    def folders(
        self,
        account: IncomingAccount,
        credential: Callable[[], Secret] | None = None,
        should_stop: Callable[[], bool] = never,
    ) -> list[Folder]:
        """The folders on the account's server, by name; none for POP3. Nothing is changed.

        :param credential: as for :meth:`check`
        :param should_stop: as for :meth:`check`
        :raises UserFixableError: what the server or the line says; STOPPED
        """
        # Whatever folder the account names: its INBOX is there, and the tree is what is asked for.
        account = replace(normalised(account), folder="INBOX")

        def job(interrupt: Interrupt) -> list[Folder]:
            with self._opened(account, credential, lambda reached: None, interrupt) as mailbox:
                return mailbox.folders()

        return until_stopped(job, should_stop)

    @contextmanager
    def _opened(
        self,
        account: IncomingAccount,
        credential: Callable[[], Secret] | None,
        on_layer: Callable[[LayerReached], None],
        interrupt: Interrupt,
    ) -> Iterator[Mailbox]:
        mailbox = self._mailboxes.open(account, credential=credential, on_layer=on_layer, interrupt=interrupt)
        try:
            yield mailbox
            mailbox.finish()
        except BaseException:
            mailbox.abandon()
            raise

    @staticmethod
    def _abilities(account: IncomingAccount, mailbox: Mailbox, report: _Report) -> None:
        abilities = mailbox.abilities()
        facts = {key: str(value) for key, value in abilities.facts.items()}
        if account.after_fetch is AfterFetch.DELETE and not abilities.delete:
            raise UserFixableError(Code.DELETE_FAILED, {"count": 0, **facts}, layer=Layer.DELETE)
        uidplus = {"uidplus": str(abilities.uidplus).lower()} if account.type.family is Family.IMAP else {}
        kind = {"deletion": facts["deletion"]} if "deletion" in facts else {}
        report.reached(LayerReached(Layer.DELETE, {"allowed": str(abilities.delete).lower(), **uidplus, **kind}))
        if account.after_fetch is AfterFetch.MOVE:
            if not abilities.move:
                raise UserFixableError(Code.MOVE_FAILED, {"folder": account.move_to, "count": 0}, layer=Layer.MOVE)
            facts = {"folder": account.move_to, "exists": str(mailbox.has_folder(account.move_to)).lower()}
            report.reached(LayerReached(Layer.MOVE, facts))


class _Report:
    """The lines as they come, from the thread that checks; closed by the one that waits for it."""

    def __init__(self, account: IncomingAccount, on_layer: Callable[[CheckLayer], None]) -> None:
        self._account = account
        self._on_layer = on_layer
        self._lines: list[CheckLayer] = []
        self._expected = layers_of(account)
        self._lock = threading.RLock()
        self._closed = False

    @property
    def complete(self) -> bool:
        return len(self._lines) >= len(self._expected)

    def reached(self, reached: LayerReached) -> None:
        facts = dict(reached.facts)
        if reached.layer is Layer.CONNECT and self._account.effective_port != self._account.type.default_port:
            facts["usual_port"] = str(self._account.type.default_port)
        self._add(CheckLayer(reached.layer, CheckResult.OK, facts, reached.server))
        if reached.layer is Layer.CAPABILITIES and self._account.type.encryption is Encryption.NONE:
            offered = not {"STARTTLS", "STLS"}.isdisjoint(facts.get("capabilities", "").upper().split())
            facts = {
                "encryption": "none",
                "starttls_offered": "yes" if offered else "no",
                "type": self._account.type.value,
            }
            self._add(CheckLayer(Layer.TLS, CheckResult.OK, facts))

    def failed(self, error: UserFixableError) -> None:
        error.facts.setdefault("type", self._account.type.value)
        layer = error.layer or next((x for x in self._expected if x not in self._seen), self._expected[-1])
        self._add(CheckLayer(layer, CheckResult.FAILED, error.facts, error.server, error))

    def close(self, *, stopped: bool) -> CheckReport:
        with self._lock:
            stopped = stopped and not self.complete
            for layer in self._expected:
                if layer not in self._seen:
                    self._add(CheckLayer(layer, CheckResult.NOT_TRIED))
            self._closed = True
            return CheckReport(f"incoming/{self._account.name}", tuple(self._lines), stopped)

    @property
    def _seen(self) -> set[Layer]:
        return {line.layer for line in self._lines}

    def _add(self, line: CheckLayer) -> None:
        with self._lock:
            if self._closed:  # a check that was left behind has no more to tell
                raise UserFixableError(Code.STOPPED, layer=line.layer)
            if line.layer not in self._seen:
                self._lines.append(line)
                self._on_layer(line)
