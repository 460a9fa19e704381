"""What-if: an unsaved filter, account or address, tried on stored messages; and the examples pinned to filters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from mailadmin.domain.accounts import IncomingAccount, Validity
from mailadmin.domain.addresses import address_key
from mailadmin.domain.decisions import AS_IT_CAME, AccountFacts, Decision, RoutingSnapshot, outcome_of
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.filters import ExampleChange, Filter, PinnedExample
from mailadmin.domain.messages import InboxMessage, InboxQuery, InboxState, StoredMessage
from mailadmin.domain.names import name_key
from mailadmin.domain.queues import MailAddress
from mailadmin.services.fetch.store_room import context_of
from mailadmin.services.process import ProcessService, facts_of
from mailadmin.services.snapshot import routing_snapshot
from mailadmin.storage import Storage

BATCH: Final = 50
"""Messages decided between two looks at whether to stop."""
_DECIDED: Final = frozenset({InboxState.STORED, InboxState.PROCESSED, InboxState.IGNORED, InboxState.HELD})
"""The states of messages that can be decided anew; what is quarantined may end the program when it is parsed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A change that is not saved. Records with an id replace the stored ones, others join them.

    ``without_filters``: ids of filters as if they were deleted.
    """

    filters: tuple[Filter, ...] = ()
    account: IncomingAccount | None = None
    address: MailAddress | None = None
    without_filters: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Comparison:
    """One stored message, decided as things are now and as they would be."""

    message: InboxMessage
    before: Decision
    after: Decision

    @property
    def differs(self) -> bool:
        """Whether its outcome would be another."""
        return outcome_of(self.before) != outcome_of(self.after)


class WhatIfService:
    """Decides stored messages anew without writing anything."""

    def __init__(self, storage: Storage, processing: ProcessService) -> None:
        self._storage = storage
        self._processing = processing

    def run(
        self,
        proposal: Proposal,
        *,
        last: int = 200,
        on_progress: Callable[[int, int], object] | None = None,
        should_stop: Callable[[], bool] | None = None,
    ) -> list[Comparison]:
        """Decide the newest stored messages twice, as things are and as proposed; newest first.

        With an account in the proposal: messages of that account alone (of all, when it is new). What was there before
        the message is what is there now: tickets as they stand today, and accounts, too.

        :param last: how many messages, at most
        :param on_progress: told (done, total)
        :raises UserFixableError: STOPPED
        """
        bench = _Bench(self._storage, self._processing, proposal)
        messages = self._newest(bench.account_name, last)
        compared: list[Comparison] = []
        for start in range(0, len(messages), BATCH):
            if should_stop is not None and should_stop():
                raise UserFixableError(Code.STOPPED)
            compared += bench.compare(messages[start : start + BATCH])
            if on_progress is not None:
                on_progress(min(start + BATCH, len(messages)), len(messages))
        return compared

    def examples(self, record: Filter) -> list[PinnedExample]:
        """The examples pinned to a stored filter."""
        return self._storage.examples.of(record.id) if record.id is not None else []

    def pin(self, record: Filter, inbox_id: int) -> PinnedExample:
        """Pin a stored message to a stored filter, with what becomes of it as things are now.

        :raises UserFixableError: UNKNOWN_MESSAGE when it has no octets
        """
        assert record.id is not None, "the filter is stored"
        bench = _Bench(self._storage, self._processing, Proposal())
        message = self._storage.inbox.get(inbox_id)
        compared = bench.compare([message]) if message is not None else []
        if not compared:
            raise UserFixableError(Code.UNKNOWN_MESSAGE, {"id": inbox_id})
        example = PinnedExample(record.id, inbox_id, outcome_of(compared[0].before))
        return self._storage.examples.pin(example)

    def unpin(self, example: PinnedExample) -> None:
        """Take an example off its filter."""
        self._storage.examples.unpin(example)

    def changed_examples(self, proposal: Proposal) -> list[ExampleChange]:
        """The pinned examples of all filters whose outcome a proposal changes. To be asked before it is saved.

        One that comes back to what is expected of it is none of them.
        """
        examples = self._storage.examples.all()
        if not examples:
            return []
        bench = _Bench(self._storage, self._processing, proposal)
        there = {one.inbox_id: self._storage.inbox.get(one.inbox_id) for one in examples}
        compared = {one.message.id: one for one in bench.compare([one for one in there.values() if one is not None])}
        names = {one.id: one.name for one in bench.filters}
        changes = []
        for example in examples:
            one = compared.get(example.inbox_id)
            if one is None or not one.differs or outcome_of(one.after) == example.outcome:
                continue
            changes.append(
                ExampleChange(
                    names.get(example.filter_id, ""),
                    example.inbox_id,
                    one.message.subject,
                    outcome_of(one.before),
                    outcome_of(one.after),
                )
            )
        return changes

    def outcomes_of_examples(self) -> dict[int, tuple[tuple[str, str], ...]]:
        """What becomes of every pinned example as things are now, by the message's id."""
        examples = self._storage.examples.all()
        if not examples:
            return {}
        messages = {one.inbox_id: self._storage.inbox.get(one.inbox_id) for one in examples}
        bench = _Bench(self._storage, self._processing, Proposal())
        compared = bench.compare([message for message in messages.values() if message is not None])
        return {one.message.id: outcome_of(one.before) for one in compared}

    def changes_of_examples(self, before: Mapping[int, tuple[tuple[str, str], ...]]) -> list[ExampleChange]:
        """The pinned examples that have another outcome now than before, and not the one that is expected of them.

        :param before: what :meth:`outcomes_of_examples` said
        """
        after = self.outcomes_of_examples()
        names = {one.id: one.name for one in self._storage.filters.all()}
        return [
            ExampleChange(
                names.get(one.filter_id, ""), one.inbox_id, one.subject, before[one.inbox_id], after[one.inbox_id]
            )
            for one in self._storage.examples.all()
            if one.inbox_id in before and after.get(one.inbox_id, ()) not in {(), before[one.inbox_id], one.outcome}
        ]

    def accept(self, changes: Iterable[ExampleChange]) -> None:
        """From now on the new outcomes are the expected ones; to be called after the change was saved."""
        after = {one.inbox_id: one.after for one in changes}
        if not after:
            return
        with self._storage.transaction():
            for example in self._storage.examples.all():
                if example.inbox_id in after:  # whatever it is called now, and whoever else has pinned it
                    self._storage.examples.expect(example.filter_id, example.inbox_id, after[example.inbox_id])

    def messages(self, text: str = "", limit: int = 200) -> Sequence[InboxMessage]:
        """Stored messages to choose an example from, newest first."""
        return self._storage.inbox.page(InboxQuery(states=_DECIDED, text=text.strip()), limit=limit)

    def _newest(self, account: str, last: int) -> list[InboxMessage]:
        return self._storage.inbox.page(InboxQuery(states=_DECIDED, account=account), limit=last)


class _Bench:
    """Everything configured, as it is and as proposed; read once, so that all messages are decided by the same.

    Every message is decided by its account as that is today: to whom it was said before, a change that was saved long
    ago would look like one of the proposal.
    """

    def __init__(self, storage: Storage, processing: ProcessService, proposal: Proposal) -> None:
        self._storage = storage
        self._processing = processing
        self._proposal = proposal
        self.filters = storage.filters.all()
        self._accounts = {account.id: account for account in storage.accounts.all()}
        self._now = routing_snapshot(storage)
        self._proposed = self._changed(self._now)

    @property
    def account_name(self) -> str:
        """Whose messages are meant: the stored name of the proposal's account; empty for all."""
        account = self._proposal.account
        stored = self._accounts.get(account.id) if account is not None and account.id is not None else None
        return stored.name if stored is not None else ""

    def compare(self, messages: Sequence[InboxMessage]) -> list[Comparison]:
        """Decide messages twice, in their order; those that cannot be decided anew are left out."""
        by_id = {one.id: one for one in messages if one.state in _DECIDED and not _as_it_came(one)}
        stored = {one.id: one for one in self._storage.inbox.load(list(by_id))}
        chosen = [stored[inbox_id] for inbox_id in by_id if inbox_id in stored]
        asked = [(one.raw, self._facts_now(one), one.fetched_at) for one in chosen]
        then = [self._facts_proposed(one) for one in chosen]
        decided = self._processing.compare(asked, self._now, self._proposed, then)
        return [Comparison(by_id[one.id], before, after) for one, (before, after) in zip(chosen, decided, strict=True)]

    # --- what a message is decided by ---

    def _facts_now(self, message: StoredMessage) -> AccountFacts:
        account = self._accounts.get(message.context.account_id)
        return facts_of(message.context) if account is None else facts_of(context_of(account))

    def _facts_proposed(self, message: StoredMessage) -> AccountFacts:
        account = self._proposal.account
        if account is not None and account.id in {None, message.context.account_id}:
            return facts_of(context_of(account))
        return self._facts_now(message)

    def _changed(self, routing: RoutingSnapshot) -> RoutingSnapshot:
        return replace(routing, filters=self._changed_filters(), addresses=self._changed_addresses(routing.addresses))

    def _changed_filters(self) -> tuple[Filter, ...]:
        proposed = self._proposal.filters
        gone = {one.id for one in proposed} | self._proposal.without_filters
        filters = [*(one for one in self.filters if one.id not in gone), *proposed]
        account = self._proposal.account
        before = self.account_name
        if account is not None and before and name_key(before) != name_key(account.name):  # it is renamed along
            key = name_key(before)
            filters = [
                replace(one, accounts=tuple(account.name if name_key(name) == key else name for name in one.accounts))
                for one in filters
            ]
        return tuple(sorted((one for one in filters if one.validity is Validity.VALID), key=lambda one: one.rank))

    def _changed_addresses(self, addresses: Mapping[str, str]) -> Mapping[str, str]:
        proposed = self._proposal.address
        if proposed is None:
            return addresses
        changed = dict(addresses)
        for stored in self._storage.addresses.all():
            if stored.id == proposed.id:
                changed.pop(address_key(stored.address), None)
        if proposed.validity is Validity.VALID and proposed.address.strip():
            changed[address_key(proposed.address)] = proposed.queue
        return changed


def _as_it_came(message: InboxMessage) -> bool:
    """Whether taking it apart had ended the program before."""
    return any(step.step == AS_IT_CAME for step in message.because)
