"""From committed octets to tickets: claim, decide, write, in one transaction (DESIGN 4, step 6). No network here."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from mailadmin.domain.accounts import Validity
from mailadmin.domain.decisions import (
    AccountFacts,
    Answers,
    Decision,
    DecisionKind,
    Questions,
    QueueFacts,
    RoutingSnapshot,
    TicketFacts,
)
from mailadmin.domain.errors import Code, Layer, MailadminError, UserFixableError
from mailadmin.domain.messages import InboxMessage, InboxState, IntakeContext, Leftover, StoredMessage
from mailadmin.domain.outcomes import Processed
from mailadmin.domain.tickets import TicketWrite
from mailadmin.postmaster import ParsedMail, PreparedMail, decide, parse, prepare, ticket_number
from mailadmin.services import contents
from mailadmin.services.steps import OnStep, Step, ignore_step
from mailadmin.services.trial import survives_parsing
from mailadmin.storage import Storage

log = logging.getLogger(__name__)

ATTEMPTS = 2
"""A message that was alone in processing when the process ended, this often, is tried in a process of its own first."""
ATTEMPTS_AT_MOST = 5
"""After so many it is not tried any more."""
BATCH = 50
"""Leftover messages processed in one transaction."""

_STATES = {DecisionKind.IGNORED: InboxState.IGNORED, DecisionKind.HELD: InboxState.HELD}


def routing_snapshot(storage: Storage) -> RoutingSnapshot:
    """Everything configured that PostMaster decides by, as it stands now."""
    settings = storage.settings.load()
    queues = {
        queue.name.casefold(): QueueFacts(
            queue.name, queue.validity is Validity.VALID, queue.follow_up, queue.follow_up_lock
        )
        for queue in storage.queues.all()
    }
    addresses = {
        address.address.casefold(): address.queue
        for address in storage.addresses.all()
        if address.validity is Validity.VALID
    }
    return RoutingSnapshot(
        queues,
        addresses,
        default_queue=settings.text("PostmasterDefaultQueue"),
        default_priority=settings.text("PostmasterDefaultPriority"),
        default_state=settings.text("PostmasterDefaultState"),
        follow_up_state=settings.text("PostmasterFollowUpState"),
        follow_up_state_closed=settings.text("PostmasterFollowUpStateClosed"),
        ticket_hook=settings.text("Ticket::Hook"),
        ticket_hook_divider=settings.text("Ticket::HookDivider"),
        system_id=settings.text("SystemID"),
        check_system_id=settings.flag("Ticket::NumberGenerator::CheckSystemID"),
        auto_html_to_text=settings.flag("PostmasterAutoHTML2Text"),
        follow_up_by_subject=settings.flag("PostMaster::CheckFollowUpModule::Subject"),
        follow_up_by_references=settings.flag("PostMaster::CheckFollowUpModule::References"),
    )


def facts_of(context: IntakeContext) -> AccountFacts:
    """What PostMaster may know of the account a message came by."""
    return AccountFacts(
        context.account_name, context.trusted, context.queue, context.ticket_type, context.images_as_attachments
    )


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A message that was parsed and claimed, with what must be looked up for it."""

    inbox_id: int
    mail: PreparedMail
    fetched_at: datetime
    account_id: int | None


def _prepared(
    message: StoredMessage, mail: ParsedMail, queue: str, routing: RoutingSnapshot, *, release: bool
) -> _Prepared:
    facts = replace(facts_of(message.context), queue=queue)
    if release:
        facts = replace(facts, trusted=False)
    prepared = prepare(mail, facts, routing, message.fetched_at)
    return _Prepared(message.id, prepared, message.fetched_at, message.context.account_id)


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
        routing = routing_snapshot(self._storage)
        earlier = {} if earlier is None else earlier
        result = []
        for raw, facts in messages:
            mail = parse(raw)
            prepared = prepare(mail, facts, routing, datetime.now(UTC))
            stored = self._answers([prepared.questions])
            answers = Answers(stored.by_number, {**earlier, **stored.by_message_id})
            decision = decide(prepared, answers)
            ticket = _ticket_after(decision, -1 - len(earlier), lambda: "(new)")
            if ticket is not None and decision.article.message_id:
                earlier[decision.article.message_id] = (ticket,)
            result.append((mail, decision))
        return result

    def release_known(self) -> int:
        """Process held mail whose sender has been made known (or need not be any more); how many that were."""
        return 0

    def draft(self, raw: bytes, message: InboxMessage) -> Decision:
        """The decision for a stored message, for work by hand. Changes nothing."""
        facts = AccountFacts(message.account, message.trusted, message.queue)
        return self.preview([(raw, facts)])[0][1]

    def compare(
        self,
        messages: Sequence[tuple[StoredMessage, AccountFacts, AccountFacts]],
        now: RoutingSnapshot,
        proposed: RoutingSnapshot,
    ) -> list[tuple[Decision, Decision]]:
        """Decide stored messages twice, each on its own: as things are, and as they would be. Changes nothing.

        :param messages: each with the account's facts as they are, and as they would be
        """
        prepared = []
        for message, facts, proposed_facts in messages:
            mail = parse(message.raw)
            prepared.append(prepare(mail, facts, now, message.fetched_at))
            prepared.append(prepare(mail, proposed_facts, proposed, message.fetched_at))
        answers = self._answers([one.questions for one in prepared])
        decided = [decide(one, answers) for one in prepared]
        return list(zip(decided[::2], decided[1::2], strict=True))

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
            if error.code is not Code.UNKNOWN_QUEUE:
                raise
            log.info("a queue was renamed or deleted in this instant; decided anew")
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
            routing = routing_snapshot(self._storage)
            prepared = [
                _prepared(message, mail, queues[message.id], routing, release=release)
                for message, mail in parsed
                if message.id in queues
            ]
            decided = self._decide(prepared, routing)
            self._on_step(Step.DECIDED)
            processed = self._write(prepared, decided)
            self._on_step(Step.WRITTEN)
        self._on_step(Step.PROCESSED)
        return processed

    def _answers(self, asked: Sequence[Questions]) -> Answers:
        numbers = list(dict.fromkeys(number for one in asked for number in one.ticket_numbers))
        ids = list(dict.fromkeys(message_id for one in asked for message_id in one.message_ids))
        return Answers(
            self._storage.tickets.facts_by_number(numbers) if numbers else {},
            self._storage.tickets.facts_by_message_id(ids) if ids else {},
        )

    def _decide(
        self, prepared: Sequence[_Prepared], routing: RoutingSnapshot
    ) -> list[tuple[Decision, TicketFacts | None]]:
        """Decisions in order of arrival; what one message changes, the next ones of the batch see."""
        answers = self._answers([one.mail.questions for one in prepared])
        by_number, by_message_id = dict(answers.by_number), dict(answers.by_message_id)
        seen = Answers(by_number, by_message_id)
        here = {one.mail.mail.headers.text("Message-ID") for one in prepared} | by_message_id.keys()
        without_ticket = sum(
            here.isdisjoint(one.mail.questions.message_ids)
            and by_number.keys().isdisjoint(one.mail.questions.ticket_numbers)
            for one in prepared
        )
        numbers = _Numbers(self._storage, routing.system_id, without_ticket)
        decided: list[tuple[Decision, TicketFacts | None]] = []
        for place, one in enumerate(prepared, start=1):
            decision = decide(one.mail, seen)
            ticket = _ticket_after(decision, -place, numbers.next)
            decided.append((decision, ticket))
            if ticket is not None:
                for key in [number for number, known in by_number.items() if known.id == ticket.id]:
                    by_number[key] = ticket
                for key in [message_id for message_id, known in by_message_id.items() if known[0].id == ticket.id]:
                    by_message_id[key] = (ticket,)
                if decision.article.message_id:
                    by_message_id[decision.article.message_id] = (ticket,)
        return decided

    def _write(
        self, prepared: Sequence[_Prepared], decided: Sequence[tuple[Decision, TicketFacts | None]]
    ) -> list[Processed]:
        writes = [
            TicketWrite(one.inbox_id, ticket, decision, one.fetched_at)
            for one, (decision, ticket) in zip(prepared, decided, strict=True)
            if ticket is not None
        ]
        written = {row.inbox_id: row for row in self._storage.tickets.write(writes)} if writes else {}
        results = []
        processed = []
        for one, (decision, _) in zip(prepared, decided, strict=True):
            row = written.get(one.inbox_id)
            state = _STATES.get(decision.kind, InboxState.PROCESSED)
            ids = (row.ticket_id, row.article_id) if row else (None, None)
            results.append((one.inbox_id, state, decision, *ids))
            number = row.number if row else ""
            processed.append(Processed(one.inbox_id, one.account_id, decision.kind, number, decision))
        self._storage.inbox.decided(results)
        return processed


class _Numbers:
    """Ticket numbers of today, passing over any that are taken (a restored counter, a changed SystemID).

    :param expected: how many will probably be needed; they are taken from the counter at once
    """

    def __init__(self, storage: Storage, system_id: str, expected: int) -> None:
        self._tickets = storage.tickets
        self._system_id = system_id
        self._day = datetime.now(UTC).date()
        self._expected = expected
        self._ready: deque[str] = deque()

    def next(self) -> str:
        while not self._ready:
            count = max(1, self._expected)
            self._expected = 0
            first = self._tickets.take_counters(self._day, count)
            numbers = [ticket_number(self._day, self._system_id, first + place) for place in range(count)]
            taken = self._tickets.number_exists(numbers)
            self._ready.extend(number for number in numbers if number not in taken)
        return self._ready.popleft()


def _ticket_after(decision: Decision, new_id: int, next_number: Callable[[], str]) -> TicketFacts | None:
    """The ticket a decision leads to, as it will stand afterwards; None when it leads to none."""
    if decision.kind in {DecisionKind.IGNORED, DecisionKind.HELD}:
        return None
    if decision.kind in {DecisionKind.NEW_TICKET, DecisionKind.FOLLOW_UP_NEW_TICKET}:
        return TicketFacts(new_id, next_number(), decision.queue, decision.state, decision.lock, decision.title)
    assert decision.ticket is not None, "a follow-up names its ticket"
    return replace(
        decision.ticket,
        queue=decision.new_queue or decision.ticket.queue,
        title=decision.new_title or decision.ticket.title,
        state=decision.new_state or decision.ticket.state,
        lock=decision.new_lock or decision.ticket.lock,
    )
