"""From committed octets to tickets: claim, decide, write, in one transaction (DESIGN 4, step 6). No network here."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from mailadmin.domain.decisions import (
    WAS_HELD,
    AccountFacts,
    Because,
    Decision,
    DecisionKind,
    RoutingSnapshot,
    TicketFacts,
)
from mailadmin.domain.errors import Code, Layer, MailadminError, UserFixableError
from mailadmin.domain.messages import InboxState, IntakeContext, Leftover, StoredMessage, digest
from mailadmin.domain.outcomes import Processed
from mailadmin.postmaster import ParsedMail, PreparedMail, decide, parse, prepare
from mailadmin.services import contents
from mailadmin.services.batch import Batch, PreparedMessage, ticket_after
from mailadmin.services.copies import as_copy, fitting
from mailadmin.services.knowledge import Knowledge
from mailadmin.services.snapshot import routing_snapshot
from mailadmin.services.steps import OnStep, Step, ignore_step
from mailadmin.services.trial import survives_parsing
from mailadmin.storage import Storage
from mailadmin.storage.faults import is_deadlock

log = logging.getLogger(__name__)

ATTEMPTS = 2
"""A message that was alone in processing when the process ended, this often, is tried in a process of its own first."""
ATTEMPTS_AT_MOST = 5
"""After so many it is not tried any more."""
BATCH = 50
"""Leftover and held messages processed in one transaction."""


def facts_of(context: IntakeContext) -> AccountFacts:
    """What PostMaster may know of the account a message came by."""
    return AccountFacts(
        context.account_name,
        context.trusted,
        context.queue,
        context.ticket_type,
        context.images_as_attachments,
        context.trusted_authserv_id,
    )


class ProcessService:
    """Turns stored messages into tickets. Every public method is safe to call from several threads and processes."""

    def __init__(
        self,
        storage: Storage,
        *,
        on_step: OnStep = ignore_step,
        survives: Callable[[bytes], bool] = survives_parsing,
    ) -> None:
        self._storage = storage
        self._on_step = on_step
        self._survives = survives
        self._snapshot: tuple[object, RoutingSnapshot] | None = None

    def leftovers(self, account_id: int | None) -> list[list[int]]:
        """Batches of messages that an earlier run stored and did not process (it was killed).

        Whoever was there when the process ended goes alone. Whoever was alone when it ended, twice, is quarantined
        unlooked at, unless a process of its own survives it (then it was the machine that ended ours, not the mail).
        """
        batches: list[list[int]] = []
        open_batch: list[int] = []
        for message in self._storage.inbox.leftovers(account_id):
            if message.attempts >= ATTEMPTS and not self._is_harmless(message):
                facts = {"attempts": str(message.attempts)}
                self._storage.inbox.quarantine(message.id, Code.KILLED_TWICE, facts)
            elif message.begun:
                batches.append([message.id])
                open_batch = []
            else:  # in order of arrival all the same: a reply must not overtake what it replies to
                if not open_batch or len(open_batch) >= BATCH:
                    open_batch = []
                    batches.append(open_batch)
                open_batch.append(message.id)
        return batches

    def process(
        self,
        ids: Sequence[int],
        ensure_lease: Callable[[], None] | None = None,
        *,
        at_hand: Mapping[int, bytes] | None = None,
        release: bool = False,
    ) -> list[Processed]:
        """Process stored messages, in the order of their ids, in one transaction.

        When the batch fails it is redone one by one, and only the culprit is quarantined.

        :param ids: inbox ids; those that are not in state *stored* are passed over (somebody else had them)
        :param ensure_lease: called inside the transaction; raises when it must not be committed
        :param at_hand: their octets by id, where the caller has them in memory
        :param release: somebody wants to see them: what X-OTOBO headers say (Ignore, for one) is passed over
        :raises UserFixableError: DATABASE_* or LEASE_LOST; then nothing has changed and the messages stay stored
        """
        messages = self._storage.inbox.begin(ids, at_hand)
        if not messages:
            return []
        self._on_step(Step.PROCESSING)
        try:
            return self._batch(messages, ensure_lease, release=release)
        except UserFixableError as error:
            self._give_up(messages, error)
            raise
        except Exception:
            log.warning("a batch of %d could not be processed whole; redone one by one", len(messages), exc_info=True)
        return [done for message in messages for done in self._alone(message, ensure_lease, release=release)]

    def preview(
        self, messages: Sequence[tuple[bytes, AccountFacts]], earlier: dict[str, tuple[TicketFacts, ...]] | None = None
    ) -> list[tuple[ParsedMail, Decision]]:
        """What would become of messages that are not stored. Changes nothing.

        :param earlier: tickets that earlier previews would have made, by Message-ID; filled further, so that a reply
            to a mail of the same dry run finds it
        """
        routing = self._routing()
        earlier = {} if earlier is None else earlier
        result = []
        for raw, facts in messages:
            mail = parse(raw)
            prepared = prepare(mail, facts, routing, datetime.now(UTC))
            key = prepared.copy_key
            copies = self._storage.copies.of_keys([key]).get(key, []) if key is not None else []
            answers = Knowledge(self._storage, [prepared.questions], routing).answers(
                prepared.questions, mail.headers.text("Message-ID"), copies
            )
            decision = decide(prepared, replace(answers, by_message_id={**earlier, **answers.by_message_id}))
            ticket = ticket_after(decision, -1 - len(earlier), lambda: "(new)", routing.lists)
            copy = fitting(decision, copies, one_ticket=routing.one_ticket_for_copies) if ticket else None
            if copy is not None:
                decision = as_copy(decision, copy)
            elif ticket is not None and decision.article.message_id:
                earlier[decision.article.message_id] = (ticket,)
            result.append((mail, decision))
        return result

    def compare(
        self,
        messages: Sequence[tuple[bytes, AccountFacts, datetime]],
        now: RoutingSnapshot,
        then: RoutingSnapshot,
        facts_then: Sequence[AccountFacts] | None = None,
    ) -> list[tuple[Decision, Decision]]:
        """Decide messages twice, as things are configured and as they would be. Changes nothing.

        Each is decided by itself, as if neither it nor a copy of it had been here; tickets are as they stand today.

        :param messages: octets, facts of the account, and when each was fetched
        :param facts_then: the facts of each message's account as they would be; None: as they are
        """
        facts_then = facts_then or [facts for _, facts, _ in messages]
        result = []
        for start in range(0, len(messages), BATCH):
            chunk = messages[start : start + BATCH]
            parsed = [parse(raw) for raw, _, _ in chunk]
            pairs = [
                (prepare(mail, facts, now, at), prepare(mail, other_facts, then, at))
                for mail, (_, facts, at), other_facts in zip(
                    parsed, chunk, facts_then[start : start + BATCH], strict=True
                )
            ]
            result += self._compared(pairs, [digest(raw) for raw, _, _ in chunk], now)
        return result

    def decide_alone(self, raw: bytes, facts: AccountFacts, at: datetime) -> tuple[PreparedMail, Decision]:
        """The decision for a stored message by itself, as if neither it nor a copy had been here. Changes nothing."""
        routing = self._routing()
        prepared = prepare(parse(raw), facts, routing, at)
        return prepared, self._compared([(prepared, prepared)], [digest(raw)], routing)[0][0]

    def release_known(self) -> int:
        """Process held mail whose sender has been made known (or need not be any more); how many that were.

        In order of arrival, each message once however many workstations try. What stands in the way is told to the log:
        the mail stays held, or waits to be processed, and the next fetch goes on with it.
        """
        try:
            ids = self._known_by_now()
            released = 0
            for start in range(0, len(ids), BATCH):
                mine = self._storage.inbox.reopen_held(ids[start : start + BATCH])
                released += sum(done.outcome != DecisionKind.HELD for done in self.process(mine))
        except UserFixableError as error:
            log.warning("held mail could not be released: %s", error)
            return 0
        return released

    def _routing(self) -> RoutingSnapshot:
        """What is configured now; read anew only when something has changed."""
        version = self._storage.configuration.version()
        if self._snapshot is None or self._snapshot[0] != version:
            self._snapshot = version, routing_snapshot(self._storage)
        return self._snapshot[1]

    def _is_harmless(self, message: Leftover) -> bool:
        raw = self._storage.inbox.raw(message.id)
        return message.attempts < ATTEMPTS_AT_MOST and raw is not None and self._survives(raw)

    # --- one batch ---

    def _alone(
        self, message: StoredMessage, ensure_lease: Callable[[], None] | None, *, release: bool
    ) -> list[Processed]:
        try:
            return self._batch([message], ensure_lease, release=release)
        except UserFixableError as error:
            self._give_up([message], error)
            raise
        except Exception as error:
            log.exception("message %d could not be processed", message.id)
            detail = f"{type(error).__name__}: {error}" if isinstance(error, MailadminError) else type(error).__name__
            try:
                self._set_aside(message, detail)
            except UserFixableError as refused:
                if refused.code is not Code.WRONG_STATE:
                    raise
                return []  # somebody else has it by now
            return [Processed(message.id, message.context.account_id, InboxState.QUARANTINED)]

    def _set_aside(self, message: StoredMessage, detail: str) -> None:
        """Quarantine a culprit; without its words, if it is they that cannot be written down."""
        facts = {"detail": detail}
        try:
            self._storage.inbox.quarantine(message.id, Code.PROCESSING_FAILED, facts, contents.reading(message.raw))
        except UserFixableError:
            raise
        except Exception:  # whatever it is: the octets are kept, and the other messages are not to suffer
            log.warning("message %d is set aside without its words", message.id, exc_info=True)
            self._storage.inbox.quarantine(message.id, Code.PROCESSING_FAILED, facts)

    def _give_up(self, messages: Sequence[StoredMessage], error: UserFixableError) -> None:
        """The database or a lost lease stood in the way: no message is to blame."""
        error.layer = error.layer or Layer.PROCESS
        try:
            self._storage.inbox.take_back([message.id for message in messages])
        except UserFixableError as failure:
            log.info("an attempt could not be taken back: %s", failure)

    def _batch(
        self, messages: Sequence[StoredMessage], ensure_lease: Callable[[], None] | None, *, release: bool
    ) -> list[Processed]:
        parsed = [(message, parse(message.raw)) for message in messages]
        try:
            return self._decide_and_write(parsed, ensure_lease, release=release)
        except UserFixableError as error:
            if error.code is not Code.UNKNOWN_QUEUE and not is_deadlock(error):
                raise
            log.info("somebody else was at the same in this instant (%s); decided anew", error.code)
        return self._decide_and_write(parsed, ensure_lease, release=release)

    def _decide_and_write(
        self,
        parsed: Sequence[tuple[StoredMessage, ParsedMail]],
        ensure_lease: Callable[[], None] | None,
        *,
        release: bool,
    ) -> list[Processed]:
        with self._storage.transaction():
            if ensure_lease is not None:
                ensure_lease()
            queues = self._storage.inbox.claim([message.id for message, _ in parsed])
            self._on_step(Step.CLAIMED)
            routing = self._routing()
            if release:  # nothing that a header or a filter says is to keep it from becoming a ticket
                routing = replace(routing, filters=(), hold_unknown_senders=False)
            mine = [(message, mail) for message, mail in parsed if message.id in queues]
            batch = Batch(self._storage, routing, self._prepared(mine, queues, routing, release=release))
            batch.decide()
            self._on_step(Step.DECIDED)
            processed = batch.write()
            self._on_step(Step.WRITTEN)
        self._on_step(Step.PROCESSED)
        return processed

    def _prepared(
        self,
        parsed: Sequence[tuple[StoredMessage, ParsedMail]],
        queues: Mapping[int, str],
        routing: RoutingSnapshot,
        *,
        release: bool,
    ) -> list[PreparedMessage]:
        """Messages through gate and filters; these know an account by its name of today, if it is there still."""
        accounts = {message.context.account_id for message, _ in parsed} - {None}
        standings = self._storage.copies.standing([one for one in accounts if one is not None])
        now = datetime.now(UTC)
        prepared = []
        for message, mail in parsed:
            context = message.context
            standing = standings.get(context.account_id) if context.account_id is not None else None
            name = standing.name if standing else context.account_name
            facts = AccountFacts(
                name,
                context.trusted and not release,
                queues[message.id],
                context.ticket_type,
                context.images_as_attachments,
                context.trusted_authserv_id,
            )
            made = prepare(mail, facts, routing, message.fetched_at, now)
            if message.held_for:
                made = replace(made, trace=(Because(WAS_HELD, {"address": message.held_for}), *made.trace))
            prepared.append(PreparedMessage(message.id, made, context.account_id, name, standing, message.digest))
        return prepared

    # --- held mail, what-if ---

    def _known_by_now(self) -> list[int]:
        """The held messages that need not be held any more, oldest first."""
        held = self._storage.inbox.held()
        if not held:
            return []
        if self._storage.settings.load().text("PostMaster::UnknownSender") != "hold":
            return list(held)
        senders = sorted({sender for sender in held.values() if sender})
        known, _ = self._storage.customers.facts(senders)
        domains = {sender: sender.rpartition("@")[2] for sender in senders}
        companies = self._storage.customers.companies_by_domain(sorted(set(domains.values()) - {""}))
        return [
            inbox_id
            for inbox_id, sender in held.items()
            if sender and (sender in known or domains[sender] in companies)
        ]

    def _compared(
        self, pairs: Sequence[tuple[PreparedMail, PreparedMail]], digests: Sequence[bytes], routing: RoutingSnapshot
    ) -> list[tuple[Decision, Decision]]:
        keys = {prepared.copy_key for prepared, _ in pairs if prepared.copy_key is not None}
        by_key = self._storage.copies.of_keys(keys)
        by_digest = self._storage.copies.of_digests(set(digests))
        asked = [prepared.questions for pair in pairs for prepared in pair]
        knowledge = Knowledge(self._storage, asked, routing)
        result = []
        for (now, then), print_ in zip(pairs, digests, strict=True):
            found = [*by_digest.get(print_, ()), *(by_key.get(now.copy_key, ()) if now.copy_key else ())]
            copies = list({copy.article_id: copy for copy in found}.values())
            message_id = now.mail.headers.text("Message-ID")
            before, after = (decide(one, knowledge.answers(one.questions, message_id, copies)) for one in (now, then))
            result.append((before, after))
        return result
