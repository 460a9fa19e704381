"""The copies of one mail: what they have made already, who waits for whom, and how one that comes later takes over."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

from sqlalchemy import Connection, delete, insert, select, update

from mailadmin.domain.decisions import COPY_OF, Because, Decision, DecisionKind
from mailadmin.domain.messages import ASSIGNED_BY_HAND, InboxState
from mailadmin.domain.names import name_key
from mailadmin.domain.tickets import (
    ANSWERS,
    AccountStanding,
    Effects,
    LaterCopy,
    MailCopy,
    field_text,
    field_value,
    standing_of,
)

from . import search
from .database import AnyRow, Database
from .ledger import chunks
from .mail_tables import (
    ArticleFieldRow,
    ArticleRow,
    AttachmentRow,
    InboxMessageRow,
    MailCopyRow,
    TicketHistoryRow,
    TicketRow,
)
from .tables import AccountRow, QueueRow
from .ticket_changes import EVENTS, FIELD_EVENT, changes_of, dump_effects, field_detail, load_effects
from .ticket_lists import read
from .ticket_merge import copies_of, followed
from .ticket_writes import (
    article_columns,
    field_values,
    queue_ids,
    set_fields,
    update_tickets,
    write_article_fields,
    write_parts,
)
from .traces import dump_trace, load_trace

_COPIES: Final = (
    select(
        InboxMessageRow.copy_key,
        InboxMessageRow.digest,
        InboxMessageRow.id.label("inbox_id"),
        InboxMessageRow.account_name,
        InboxMessageRow.reason_code,
        ArticleRow.id.label("article_id"),
        ArticleRow.decision_kind,
        ArticleRow.queue,
        ArticleRow.effects,
        ArticleRow.ticket_id,
        TicketRow.number,
        QueueRow.name.label("ticket_queue"),
        AccountRow.name.label("account"),
        AccountRow.precedence,
    )
    .join(ArticleRow, ArticleRow.inbox_id == InboxMessageRow.id)
    .join(TicketRow, TicketRow.id == ArticleRow.ticket_id)
    .join(QueueRow, QueueRow.id == TicketRow.queue_id)
    .join(AccountRow, AccountRow.id == InboxMessageRow.account_id, isouter=True)
    .order_by(ArticleRow.id)
)


class CopyStore:
    """The articles that mails have made, by what all copies of a mail share."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def lock(self, keys: Collection[bytes]) -> None:
        """Let nobody else decide copies of these mails until the transaction ends.

        SQLite needs none of this: its writing transactions exclude each other anyway.
        """
        if self._database.embedded or not keys:
            return
        rows = [{"copy_key": key} for key in sorted(keys)]
        with self._database.writing() as connection:
            statement = self._database.insert(MailCopyRow).on_conflict_do_nothing(index_elements=["copy_key"])
            connection.execute(statement, rows)
            for chunk in chunks(sorted(keys)):
                query = select(MailCopyRow.copy_key).where(MailCopyRow.copy_key.in_(chunk))
                connection.execute(query.order_by(MailCopyRow.copy_key).with_for_update()).all()

    def of_keys(self, keys: Collection[bytes]) -> dict[bytes, list[MailCopy]]:
        """The articles that copies of these mails have made, by key, oldest first."""
        found: dict[bytes, list[MailCopy]] = {}
        with self._database.reading() as connection:
            for chunk in chunks(sorted(keys)):
                for row in connection.execute(_COPIES.where(InboxMessageRow.copy_key.in_(chunk))):
                    found.setdefault(bytes(row.copy_key), []).append(_copy(row))
        return found

    def of_digests(self, digests: Collection[bytes]) -> dict[bytes, list[MailCopy]]:
        """The articles made of messages with these digests, by digest, oldest first."""
        found: dict[bytes, list[MailCopy]] = {}
        with self._database.reading() as connection:
            for chunk in chunks(sorted(digests)):
                for row in connection.execute(_COPIES.where(InboxMessageRow.digest.in_(chunk))):
                    found.setdefault(bytes(row.digest), []).append(_copy(row))
        return found

    def standing(self, account_ids: Collection[int]) -> dict[int, AccountStanding]:
        """What accounts are called now, and where they stand among the others; those that are there."""
        query = select(AccountRow.id, AccountRow.name, AccountRow.precedence)
        found: dict[int, AccountStanding] = {}
        with self._database.reading() as connection:
            for chunk in chunks(sorted(account_ids)):
                for row in connection.execute(query.where(AccountRow.id.in_(chunk))):
                    found[row.id] = AccountStanding(row.name, row.precedence)
        return found

    def places(self, ticket_ids: Collection[int]) -> dict[int, tuple[int, str]]:
        """Where the mails of these tickets are now, locked until the transaction ends: by id to id and number.

        Somebody may have merged a ticket since it was decided that a mail is a copy of one in there.
        """
        with self._database.writing() as connection:
            return {known: (row.id, row.number) for known, row in followed(connection, ticket_ids).items()}

    def take_over(self, copy: MailCopy, later: LaterCopy) -> int:
        """Let a copy that came later decide: the article is made of it, and its ticket is as if it had come first.

        Field by field, and only where nobody has changed it since.

        :returns: the id of the ticket the article is in
        :raises UserFixableError: UNKNOWN_QUEUE
        """
        with self._database.writing() as connection:
            return _TakeOver(connection, self._database.who, copy, later).run()


class _TakeOver:
    """One copy takes over from another, inside one transaction."""

    def __init__(self, connection: Connection, who: str, copy: MailCopy, later: LaterCopy) -> None:
        self._connection = connection
        self._who = who
        self._copy = copy
        self._later = later
        self._decision = later.decision

    def run(self) -> int:
        here, target = self._locked_tickets()
        effects = self._copy.effects
        if here == target and effects.ticket_id == here:
            effects, lines = self._replaced(effects, self._decision)
        elif here == target:  # it was merged: what became of that ticket since is nobody's mail's to change
            effects, lines = replace(effects, counted=self._later.counted), []
        else:
            _, lines = self._replaced(effects, None) if effects.ticket_id == here else (effects, [])
            self._note(here, [*lines, ("CopyTakesOver", f"{self._said()}; the mail is in another ticket now")])
            effects, lines = self._replaced(untouched(target, self._decision), self._decision)
        self._note(target, [("CopyTakesOver", self._said()), *lines])
        self._article(target, effects)
        self._messages()
        return target

    def _said(self) -> str:
        account = self._later.account or "(no account)"
        return f"message {self._later.inbox_id} of {account} instead of {self._copy.inbox_id}"

    def _locked_tickets(self) -> tuple[int, int]:
        """The article's ticket and the one it belongs to now, locked; somebody may merge the first until then."""
        query = select(ArticleRow.ticket_id).where(ArticleRow.id == self._copy.article_id)
        while True:
            here: int = self._connection.execute(query).scalar_one()
            ticket = self._decision.ticket
            moves = self._copy.kind in ANSWERS and self._decision.kind in ANSWERS and ticket is not None
            wanted = ticket.id if moves and ticket is not None else here
            rows = followed(self._connection, {here, wanted})
            if self._connection.execute(query).scalar_one() == here:
                return here, rows[wanted].id if wanted in rows else here

    def _replaced(self, effects: Effects, decision: Decision | None) -> tuple[Effects, list[tuple[str, str]]]:
        """Give a ticket what a decision says instead of what these effects did (None: as it was before them).

        :returns: the effects by now, and the lines of history
        """
        (now,) = read(self._connection, TicketRow.id == effects.ticket_id)
        wanted = {name: field_text(value) for name, value in changes_of(decision).items()} if decision else {}
        kept: dict[str, tuple[str | None, str]] = {}
        changed: dict[str, object] = {}
        lines: list[tuple[str, str]] = []
        for name, (before, after) in effects.changes.items():
            current = field_text(getattr(now, name))
            if not _same(name, current, after):  # somebody has changed it since: it is theirs
                kept[name] = before, after
                continue
            target = wanted.get(name, before or "")
            kept[name] = before, target
            if not _same(name, current, target):
                changed[name] = field_value(name, target)
                lines.append((EVENTS[name], f"{current} -> {target}"))
        queues = queue_ids(self._connection, [str(changed["queue"])]) if "queue" in changed else {}
        values = {**changed, "changed": max(now.changed, self._later.at)}
        update_tickets(self._connection, {effects.ticket_id: values}, queues)
        fields, more = self._fields(effects, decision.fields if decision else {})
        return replace(effects, changes=kept, fields=fields, counted=self._later.counted), lines + more

    def _fields(
        self, effects: Effects, said: Mapping[str, str]
    ) -> tuple[dict[str, tuple[str, str]], list[tuple[str, str]]]:
        """The same for dynamic fields."""
        ticket_id = effects.ticket_id
        done = {name_key(name): (name, *change) for name, change in effects.fields.items()}
        wanted = {name_key(name): (name, value) for name, value in said.items()}
        current = field_values(self._connection, [(ticket_id, key) for key in done.keys() | wanted.keys()])
        kept: dict[str, tuple[str, str]] = {}
        lines: list[tuple[str, str]] = []
        for key in sorted(done.keys() | wanted.keys()):
            now = current.get((ticket_id, key), "")
            name, before, after = done[key] if key in done else (wanted[key][0], now, now)
            theirs = now != after if key in done else self._changed_since(ticket_id, name)
            target = wanted[key][1] if key in wanted else before
            kept[name] = before, after if theirs else target
            if not theirs and target != now:
                set_fields(self._connection, {(ticket_id, name): target})
                lines.append((FIELD_EVENT, field_detail(name, now, target)))
        return kept, lines

    def _changed_since(self, ticket_id: int, name: str) -> bool:
        """Whether a field that the earlier copy left alone was changed after it: the history says so."""
        created = select(ArticleRow.created).where(ArticleRow.id == self._copy.article_id).scalar_subquery()
        line = TicketHistoryRow.detail.startswith(f"{name}: ", autoescape=True)
        mine = TicketHistoryRow.ticket_id == ticket_id, TicketHistoryRow.event == FIELD_EVENT
        query = select(TicketHistoryRow.id).where(*mine, line, TicketHistoryRow.at > created).limit(1)
        return self._connection.execute(query).first() is not None

    def _article(self, ticket_id: int, effects: Effects) -> None:
        """Make the article of the later copy: its octets may be taken apart otherwise, its account show less."""
        article_id, decision = self._copy.article_id, self._decision
        for table in (AttachmentRow, ArticleFieldRow):
            self._connection.execute(delete(table).where(table.article_id == article_id))
        values = {
            **article_columns(decision),
            "ticket_id": ticket_id,
            "inbox_id": self._later.inbox_id,
            "effects": dump_effects(effects),
        }
        self._connection.execute(update(ArticleRow).where(ArticleRow.id == article_id), values)
        write_parts(self._connection, [(article_id, decision.article.attachments)])
        write_article_fields(self._connection, [(article_id, decision.article.fields)])
        if ticket_id != self._copy.ticket_id:
            messages = [self._copy.inbox_id, *copies_of(self._connection, [self._copy.inbox_id])]
            number = self._connection.execute(select(TicketRow.number).where(TicketRow.id == ticket_id)).scalar_one()
            there = update(InboxMessageRow).where(InboxMessageRow.id.in_(messages))
            self._connection.execute(there.values(ticket_id=ticket_id))
            search.into_ticket(self._connection, messages, ticket_id, number)

    def _messages(self) -> None:
        """The earlier copy is a copy of this one from now on, and so are all that were copies of it."""
        earlier, mine = self._copy.inbox_id, self._later.inbox_id
        row = InboxMessageRow
        said = Because(COPY_OF, {"message": str(mine), "account": self._later.account})
        trace = self._connection.execute(select(row.because).where(row.id == earlier)).scalar_one()
        values = {
            "state": InboxState.DUPLICATE.value,
            "decision_kind": DecisionKind.COPY.value,
            "because": dump_trace([*load_trace(trace), said]),
            "duplicate_of": mine,
        }
        self._connection.execute(update(row).where(row.id == earlier), values)
        copies = row.duplicate_of == earlier, row.decision_kind == DecisionKind.COPY.value
        self._connection.execute(update(row).where(*copies, row.id != mine).values(duplicate_of=mine))

    def _note(self, ticket_id: int, lines: Sequence[tuple[str, str]]) -> None:
        common = {"ticket_id": ticket_id, "at": self._later.at, "by": self._who}
        rows = [{**common, "event": event, "detail": detail} for event, detail in lines]
        self._connection.execute(insert(TicketHistoryRow), rows)


def untouched(ticket_id: int, decision: Decision) -> Effects:
    """The effects of a mail that has done nothing to its ticket yet."""
    standing = standing_of(decision.ticket) if decision.ticket else {}
    return Effects(ticket_id, changes={name: (value, value) for name, value in standing.items()})


def _same(name: str, one: str, other: str) -> bool:
    """Whether two values of a field are one; names in any case."""
    return name_key(one) == name_key(other) if name == "queue" else one == other


def _copy(row: AnyRow) -> MailCopy:
    kind, effects = DecisionKind(row.decision_kind), load_effects(row.effects)
    if not effects.ticket_id:  # an article of an older version, which did not write them down
        effects = Effects(row.ticket_id, opened=kind not in ANSWERS)
    return MailCopy(
        article_id=row.article_id,
        inbox_id=row.inbox_id,
        account=row.account_name if row.account is None else row.account,
        standing=None if row.account is None else AccountStanding(row.account, row.precedence),
        kind=kind,
        queue=row.queue,
        ticket_id=row.ticket_id,
        ticket_number=row.number,
        ticket_queue=row.ticket_queue,
        effects=effects,
        digest=bytes(row.digest or b""),
        by_hand=row.reason_code == ASSIGNED_BY_HAND,
    )
