"""Fetch without consequences: connect, list, download, decide, and change nothing anywhere (FE-2)."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mailadmin.domain.accounts import Family, IncomingAccount
from mailadmin.domain.decisions import Decision, TicketFacts
from mailadmin.domain.errors import Code, Layer, MailadminError, UserFixableError
from mailadmin.domain.messages import digest
from mailadmin.domain.outcomes import FetchCounts, FetchOutcome, FetchStatus
from mailadmin.domain.ports import Listed, Mailbox
from mailadmin.domain.settings import Settings
from mailadmin.services.access import size_limit_kb
from mailadmin.services.mailboxes import MailboxOpener
from mailadmin.services.process import ProcessService, facts_of
from mailadmin.storage import Storage

from .left_behind import LeftBehind
from .plan import batches, classify, since, split_by_size
from .refusals import Refusals
from .store_room import context_of


@dataclass(frozen=True, slots=True)
class Preview:
    """What would become of one message on the server."""

    account: str
    source: str
    size: int
    decision: Decision


class DryRun:
    """Tries accounts one after the other. Sets no flag on the server; writes no row, but those of a token it renews."""

    def __init__(self, storage: Storage, processing: ProcessService, mailboxes: MailboxOpener) -> None:
        self._storage = storage
        self._processing = processing
        self._mailboxes = mailboxes

    def fetch(
        self, accounts: Sequence[IncomingAccount], limit: int, timeout: float | None, should_stop: Callable[[], bool]
    ) -> tuple[list[FetchOutcome], list[Preview]]:
        """Outcomes as of a real fetch, and a preview of each message that would be new."""
        settings = self._storage.settings.load()
        outcomes, previews = [], []
        for account in accounts:
            started = time.monotonic()
            budget = timeout or settings.number("TimeoutAccount")
            counts, found, errors, refusals = FetchCounts(), [], list[MailadminError](), Refusals()
            try:
                found = self._account(account, settings, counts, refusals, limit, budget, should_stop)
            except UserFixableError as error:
                errors.append(error)
            else:
                verdict = refusals.verdict(arrived=counts.fetched)
                errors += refusals.each() if verdict is None else [verdict]
            for told in errors:
                self._mailboxes.explain(account, told)
            status = FetchStatus.FAILED if errors else FetchStatus.STOPPED if should_stop() else FetchStatus.OK
            seconds = time.monotonic() - started
            assert account.id is not None
            outcomes.append(FetchOutcome(account.id, account.name, status, counts, seconds, tuple(errors)))
            previews += found
        return outcomes, previews

    def _account(
        self,
        account: IncomingAccount,
        settings: Settings,
        counts: FetchCounts,
        refusals: Refusals,
        limit: int,
        budget: float,
        should_stop: Callable[[], bool],
    ) -> list[Preview]:
        deadline = time.monotonic() + budget
        mailbox = self._mailboxes.open(account, settings=settings)
        try:
            wanted = self._wanted(account, settings, mailbox, counts)
            previews: list[Preview] = []
            earlier: dict[str, tuple[TicketFacts, ...]] = {}
            octets = settings.number("FetchBatchKB") * 1024
            assert account.id is not None
            left_behind = LeftBehind(self._storage, account.id, self._storage.accounts.find_mailbox(account) or 0)
            left_behind.look(lambda: should_stop() or time.monotonic() > deadline, keep=False)
            for batch in batches(
                wanted[: limit or None],
                count=settings.number("FetchBatchMessages"),
                octets=octets,
                suspects={},
                troubles={},
            ):
                if time.monotonic() > deadline:
                    raise UserFixableError(Code.TIME_BUDGET_SPENT, {"seconds": round(budget)})
                if should_stop():
                    break
                previews += self._batch(account, mailbox, batch, counts, refusals, left_behind, earlier)
                refusals.check()
        except BaseException:
            mailbox.abandon()
            raise
        mailbox.finish()
        return previews

    def _wanted(
        self, account: IncomingAccount, settings: Settings, mailbox: Mailbox, counts: FetchCounts
    ) -> list[Listed]:
        listed = mailbox.list_messages()
        counts.seen = counts.left_on_server = len(listed)
        mailbox_id = self._storage.accounts.find_mailbox(account)
        known = self._storage.inbox.known(mailbox_id, [m.source for m in listed if m.source]) if mailbox_id else {}
        immutable = account.type.family is Family.GRAPH
        plan = classify(listed, known, verifies_reuse=mailbox.verifies_reuse, immutable=immutable)
        unknown = [*plan.new, *(act.message for act in plan.too_big)]
        measured = mailbox.measure(unknown, dates=account.fetch_from is not None)
        fits, big = split_by_size(since(measured, account.fetch_from), size_limit_kb(account, settings))
        counts.too_big = sum(message.source not in known for message in big)
        return fits

    def _batch(
        self,
        account: IncomingAccount,
        mailbox: Mailbox,
        batch: Sequence[Listed],
        counts: FetchCounts,
        refusals: Refusals,
        left_behind: LeftBehind,
        earlier: dict[str, tuple[TicketFacts, ...]],
    ) -> list[Preview]:
        try:
            got = list(mailbox.download(batch, refusals.add))
        except UserFixableError as error:
            error.layer = error.layer or Layer.DOWNLOAD
            raise
        mailbox_id = self._storage.accounts.find_mailbox(account) or 0
        prints = [digest(one.raw) for one in got]
        same = self._storage.inbox.same_mail(mailbox_id, account.id, prints)
        arrived = [(print_, one.raw) for print_, one in zip(prints, got, strict=True)]
        known = {*same, *left_behind.firsts(arrived, same)}
        facts = facts_of(context_of(account))
        previews = []
        for one, print_ in zip(got, prints, strict=True):
            refusals.has_come()
            counts.fetched += 1
            counts.bytes += len(one.raw)
            if print_ in known:
                counts.duplicates += 1
                continue
            known.add(print_)
            ((_, decision),) = self._processing.preview([(one.raw, facts)], earlier)
            counts.add(decision.kind)
            previews.append(Preview(account.name, one.message.source, len(one.raw), decision))
        return previews
