"""Check an incoming account layer by layer, on the values shown, saved or not (IN-8)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from mailadmin.domain.accounts import AfterFetch, Encryption, Family, IncomingAccount
from mailadmin.domain.errors import Code, Layer, UserFixableError
from mailadmin.domain.outcomes import CheckLayer, CheckReport, CheckResult
from mailadmin.domain.ports import Folder, LayerReached, Mailbox, OpenMailbox
from mailadmin.domain.secrets import Secret
from mailadmin.domain.validation import InvalidRecordError, normalised
from mailadmin.services.access import access_of
from mailadmin.services.accounts import TABLE, AccountService
from mailadmin.storage import Storage

_IN_ORDER = (
    Layer.NAME, Layer.CONNECT, Layer.TLS, Layer.GREETING, Layer.CAPABILITIES, Layer.SIGN_IN, Layer.FOLDER,
    Layer.DELETE, Layer.MOVE,
)  # fmt: skip


def layers_of(account: IncomingAccount) -> list[Layer]:
    """The layers a check of this account goes through: those that the type and the account's rule have."""
    absent = set()
    if account.type.family is Family.POP3:
        absent |= {Layer.FOLDER, Layer.MOVE}
    if account.after_fetch is not AfterFetch.MOVE:
        absent.add(Layer.MOVE)
    return [layer for layer in _IN_ORDER if layer not in absent]


class CheckService:
    """Tries an account without saving, fetching or changing anything."""

    def __init__(self, storage: Storage, accounts: AccountService, open_mailbox: OpenMailbox) -> None:
        self._storage = storage
        self._accounts = accounts
        self._open_mailbox = open_mailbox

    def check(
        self,
        account: IncomingAccount,
        password: Callable[[], Secret],
        on_layer: Callable[[CheckLayer], None] = lambda layer: None,
    ) -> CheckReport:
        """Go from layer to layer and stop at the first that fails.

        :param password: asked for when the connection is to be made
        :param on_layer: told each line as it is known
        :raises InvalidRecordError: the values break rules, so nothing can be tried
        """
        account = normalised(account)
        if faults := self._accounts.faults(account):
            raise InvalidRecordError((TABLE, account.name, fault) for fault in faults)
        report = _Report(account, on_layer)
        mailbox: Mailbox | None = None
        try:
            access = access_of(account, self._storage.settings.load())
            mailbox = self._open_mailbox(access, password(), report.reached)
            self._abilities(account, mailbox, report)
            mailbox.finish()
        except UserFixableError as error:
            if not report.complete:  # a failure of the good-bye is no failure of the account
                report.failed(error)
            if mailbox is not None:
                mailbox.abandon()
        return report.close()

    def folders(self, account: IncomingAccount, password: Callable[[], Secret]) -> list[Folder]:
        """The folders on the account's server, by name; none for POP3. Nothing is changed.

        :raises UserFixableError: what the server or the line says
        """
        access = access_of(normalised(account), self._storage.settings.load())
        # Whatever folder the account names: its INBOX is there, and the tree is what is asked for.
        mailbox = self._open_mailbox(replace(access, folder="INBOX"), password(), lambda reached: None)
        try:
            folders = mailbox.folders()
            mailbox.finish()
        except UserFixableError:
            mailbox.abandon()
            raise
        return folders

    @staticmethod
    def _abilities(account: IncomingAccount, mailbox: Mailbox, report: _Report) -> None:
        abilities = mailbox.abilities()
        facts = {key: str(value) for key, value in abilities.facts.items()}
        if account.after_fetch is AfterFetch.DELETE and not abilities.delete:
            raise UserFixableError(Code.DELETE_FAILED, {"count": 0, **facts}, layer=Layer.DELETE)
        uidplus = {"uidplus": str(abilities.uidplus).lower()} if account.type.family is Family.IMAP else {}
        report.reached(LayerReached(Layer.DELETE, {"allowed": str(abilities.delete).lower(), **uidplus}))
        if account.after_fetch is AfterFetch.MOVE:
            if not abilities.move:
                raise UserFixableError(Code.MOVE_FAILED, {"folder": account.move_to, "count": 0}, layer=Layer.MOVE)
            there = any(folder.name.endswith(account.move_to) for folder in mailbox.folders())
            facts = {"folder": account.move_to, "exists": str(there).lower()}
            report.reached(LayerReached(Layer.MOVE, facts))


class _Report:
    def __init__(self, account: IncomingAccount, on_layer: Callable[[CheckLayer], None]) -> None:
        self._account = account
        self._on_layer = on_layer
        self._lines: list[CheckLayer] = []
        self._expected = layers_of(account)

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

    def close(self) -> CheckReport:
        for layer in self._expected:
            if layer not in self._seen:
                self._add(CheckLayer(layer, CheckResult.NOT_TRIED))
        return CheckReport(f"incoming/{self._account.name}", tuple(self._lines))

    @property
    def _seen(self) -> set[Layer]:
        return {line.layer for line in self._lines}

    def _add(self, line: CheckLayer) -> None:
        if line.layer in self._seen:
            return
        self._lines.append(line)
        self._on_layer(line)
