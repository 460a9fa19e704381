"""The server's side of the ledger: delete, move or keep, and remember what was seen to happen (DESIGN 4, step 5)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence

from mailadmin.domain.accounts import AfterFetch, IncomingAccount
from mailadmin.domain.errors import Code, Layer, MailadminError, UserFixableError
from mailadmin.domain.messages import LedgerRow, ServerState
from mailadmin.domain.outcomes import FetchCounts
from mailadmin.domain.ports import ActionReport, ActionResult, Listed, Mailbox
from mailadmin.services.steps import OnStep, Step
from mailadmin.storage import Storage

from .recorder import Recorder

log = logging.getLogger(__name__)


class ServerSide:
    """Acts on one opened mailbox, only for messages whose octets are committed.

    Failed actions do not stop the fetch: they are noted per message, repeated in the next run, and told in ``errors``.
    """

    def __init__(
        self,
        mailbox: Mailbox,
        account: IncomingAccount,
        storage: Storage,
        counts: FetchCounts,
        ensure_lease: Callable[[], None],
        on_step: OnStep,
        recorder: Recorder,
    ) -> None:
        self._mailbox = mailbox
        self._account = account
        self._inbox = storage.inbox
        self._counts = counts
        self._ensure_lease = ensure_lease
        self._on_step = on_step
        self._recorder = recorder
        self._deferred: dict[int, int] = {}
        self.gone = 0
        """How many were not there any more when they were to be acted on."""
        self.errors: list[MailadminError] = []

    @property
    def waits_for_finish(self) -> bool:
        """Whether deletions would be lost with the connection."""
        return bool(self._deferred)

    def act(self, messages: Sequence[tuple[Listed, LedgerRow]]) -> None:
        """Do with the server's copies what the account's rule says.

        :raises UserFixableError: LEASE_LOST, or a dead connection; the ledger then still says what is owed
        """
        if not messages:
            return
        if self._account.after_fetch is AfterFetch.KEEP:
            self._inbox.set_server_state([row.id for _, row in messages], ServerState.KEPT)
            return
        self._ensure_lease()
        if self._account.after_fetch is AfterFetch.MOVE:
            self._move(messages)
        else:
            report = self._mailbox.delete([message for message, _ in messages])
            self._record(messages, report, Layer.DELETE)

    def finish(self) -> None:
        """End the session. A POP3 server deletes only now: rows stay pending until it has said +OK.

        :raises UserFixableError: a dead connection while deletions were waiting for the QUIT
        """
        self._on_step(Step.FINISHING)
        if self._deferred:
            self._ensure_lease()
        try:
            report = self._mailbox.finish()
        except UserFixableError as error:
            if self._deferred:
                error.layer = Layer.DELETE
                raise
            self._mailbox.abandon()
            log.info("account %s: while leaving: %s", self._account.name, error)
            return
        self._on_step(Step.FINISHED)
        if self._deferred:
            done = [i for handle, i in self._deferred.items() if report.results.get(handle) is ActionResult.DONE]
            self._counts.deleted += len(done)
            self._inbox.set_server_state(done, ServerState.DONE)
            had = set(done)
            failed = [i for i in self._deferred.values() if i not in had]
            self._recorder.quit(done=done, failed=failed, words=report.server if failed else "")
            self._fail(failed, report.server, Code.QUIT_REFUSED, Layer.DELETE)
            self._deferred.clear()
            self._on_step(Step.FINISH_RECORDED)

    def _move(self, messages: Sequence[tuple[Listed, LedgerRow]]) -> None:
        target = self._account.move_to
        if self._mailbox.abilities().native_move:
            report = self._mailbox.move([message for message, _ in messages], target)
            self._record(messages, report, Layer.MOVE)
            return
        # Without MOVE a copy comes first; remembered before the original goes, so that a repeat does not copy again.
        uncopied = [(message, row) for message, row in messages if not row.copied_to]
        if uncopied:
            copies = self._mailbox.copy([message for message, _ in uncopied], target)
            self._on_step(Step.COPIED)
            self._inbox.set_copied(
                {row.id: copies.copied[m.handle] or target for m, row in uncopied if m.handle in copies.copied}
            )
            self._on_step(Step.COPY_RECORDED)
            missing = [row.id for message, row in uncopied if message.handle not in copies.copied]
            self._recorder.acted(Layer.MOVE, failed=missing, words=copies.server)
            self._fail(missing, copies.server, Code.MOVE_FAILED, Layer.MOVE)
            messages = [(m, row) for m, row in messages if row.id not in set(missing)]
        if messages:
            self._record(messages, self._mailbox.delete([message for message, _ in messages]), Layer.MOVE)

    def _record(self, messages: Sequence[tuple[Listed, LedgerRow]], report: ActionReport, layer: Layer) -> None:
        """Note what was done; what ended the action before it was through is raised.

        Of what it did not come to, the ledger still says what is owed.
        """
        self._on_step(Step.ACTED)
        done: list[int] = []
        gone: list[int] = []
        failed: list[int] = []
        deferred: list[int] = []
        for message, row in messages:
            result = report.results.get(message.handle)
            if result is ActionResult.DONE:
                done.append(row.id)
            elif result is ActionResult.GONE:
                gone.append(row.id)
            elif result is ActionResult.DEFERRED:
                self._deferred[message.handle] = row.id
                deferred.append(row.id)
            elif result is ActionResult.FAILED or report.ended is None:
                failed.append(row.id)
        self._inbox.set_server_state(done, ServerState.DONE)
        self._inbox.set_server_state(gone, ServerState.GONE)
        self.gone += len(gone)
        words = report.server if failed else ""
        self._recorder.acted(layer, done=done, gone=gone, deferred=deferred, failed=failed, words=words)
        if layer is Layer.MOVE:
            self._counts.moved += len(done)
        else:
            self._counts.deleted += len(done)
        if report.unsafe:
            self._fail(failed, report.server, Code.EXPUNGE_UNSAFE, layer, count=report.unsafe)
        else:
            self._fail(failed, report.server, Code.MOVE_FAILED if layer is Layer.MOVE else Code.DELETE_FAILED, layer)
        self._on_step(Step.ACTION_RECORDED)
        if report.ended is not None:
            raise report.ended

    def _fail(self, ids: Iterable[int], words: str, code: Code, layer: Layer, *, count: int | None = None) -> None:
        ids = list(ids)
        if not ids:
            return
        self._inbox.set_server_state(ids, ServerState.FAILED, words or code.value)
        facts = {"count": len(ids) if count is None else count, "folder": self._account.move_to}
        self.errors.append(UserFixableError(code, facts, server=words, layer=layer))
