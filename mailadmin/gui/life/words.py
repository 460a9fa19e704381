"""The life of a mail in words: what its cards say, what a mail that was never seen may have met, all of it as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from PySide6.QtCore import QCoreApplication

from mailadmin.domain.accounts import AccountState, AccountStatus, Family, IncomingAccount, account_state
from mailadmin.domain.communication import LogEntry
from mailadmin.domain.messages import InboxMessage
from mailadmin.domain.outside_text import shown
from mailadmin.gui.mail_view import why
from mailadmin.gui.sentences import communication, states, times
from mailadmin.services.life import Life

from .reading import Answer

translate = QCoreApplication.translate


def subject(message: InboxMessage) -> str:
    """A message's subject on one line."""
    return shown(message.subject) or translate("Life", "(no subject)")


def count(copies: Sequence[Life]) -> str:
    """How many copies there are."""
    if len(copies) == 1:
        return translate("Life", "It was fetched once.")
    return translate("Life", "It was fetched %Ln times. In the order in which the copies came:", None, len(copies))


def headline(copies: Sequence[Life], at: int) -> str:
    """What became of a copy."""
    became = why.headline(copies[at].message)
    if len(copies) == 1:
        return became
    return translate("Life", "{number}. {became}").replace("{number}", times.number(at + 1)).replace("{became}", became)


def entries(life: Life) -> list[LogEntry]:
    """Everything that the log says of a copy, in order."""
    return [entry for one in life.log for entry in one.entries]


def entry(one: LogEntry, account: str) -> str:
    """An entry of the log with its time."""
    return f"{communication.clock(one)}  {communication.entry(one, account)}"


def nothing_logged() -> str:
    """Instead of entries."""
    return translate("Life", "It says nothing of this mail, or no longer: entries are removed after some days.")


def account_line(account: IncomingAccount, status: AccountStatus | None) -> tuple[AccountState, str]:
    """How an account is doing that may have missed a mail, and in which folder it looks since when."""
    now = datetime.now(UTC)
    state = account_state(account, status, now)
    parts = [states.account_state(state, status.failures if status else 0)]
    if status is not None and status.last_good is not None:
        parts.append(translate("Life", "last good fetch {when}").format(when=times.relative(status.last_good, now)))
    if account.type.family is not Family.POP3:
        parts.append(translate("Life", 'only the folder "{folder}"').replace("{folder}", shown(account.folder)))
    if account.fetch_from is not None:
        day = times.iso_date(account.fetch_from.isoformat())
        parts.append(translate("Life", "only mail from {day} on").format(day=day))
    line = translate("Life", "{account}: {facts}")
    return state, line.replace("{account}", shown(account.name)).replace("{facts}", ", ".join(parts))


def waiting(number: int) -> str:
    """Messages that nobody has read yet."""
    if number == 1:
        return translate("Life", "1 message waits to be processed. It was not read yet, so this may be it.")
    return translate(
        "Life", "%Ln messages wait to be processed. They were not read yet, so it may be among them.", None, number
    )


def too_big(number: int) -> str:
    """Messages of which only the size is known."""
    if number == 1:
        return translate("Life", "1 message was too big to fetch. Only its size is known here, so this may be it.")
    return translate(
        "Life",
        "%Ln messages were too big to fetch. Only their size is known here, so it may be among them.",
        None,
        number,
    )


def not_seen() -> str:
    """The headline of a mail that is not here."""
    return translate("Life", "No account here has fetched a mail with this Message-ID.")


def elsewhere() -> list[str]:
    """Where else a mail may be that was never fetched."""
    return [
        translate("Life", "In the junk folder, or in another folder: an account fetches one folder only."),
        translate("Life", "In another mailbox: it was sent to an address that no account here fetches."),
        translate("Life", "Gone already: another program or person has fetched, moved or deleted it."),
        translate("Life", "Never delivered: the mail server's own log knows, and its sender should have a report."),
        translate(
            "Life", "Here, with another Message-ID: mailing lists and gateways may give a mail a new one. Search the "
            "archive for its sender or subject."
        ),
    ]  # fmt: skip


def similar(message: InboxMessage) -> str:
    """A message that may be meant."""
    line = translate("Life", "{subject}, {sender}, {when}")
    facts = {
        "subject": subject(message),
        "sender": shown(message.sender),
        "when": times.relative(message.fetched_at, datetime.now(UTC)),
    }
    return line.format_map(facts)


def as_text(message_id: str, answer: Answer) -> str:
    """Everything that is shown, for another program."""
    return "\n".join(_copies(answer.copies) if answer.copies else _unseen(message_id, answer)) + "\n"


def _copies(copies: Sequence[Life]) -> Iterator[str]:
    first = copies[0].message
    yield f"{translate('Life', 'Message-ID')}: {first.message_id}"
    yield f"{translate('Life', 'Subject')}: {subject(first)}"
    yield f"{translate('Life', 'From')}: {shown(first.sender)}"
    for at, life in enumerate(copies):
        yield ""
        yield headline(copies, at)
        for chapter in why.story(life.message, life.log):
            for line in chapter.lines():
                yield f"- {chapter.topic.title}: {line}"
        for one in entries(life):
            yield f"- {translate('Life', 'Log')}: {entry(one, life.message.account)}"


def _unseen(message_id: str, answer: Answer) -> Iterator[str]:
    yield f"{translate('Life', 'Message-ID')}: {message_id}"
    yield not_seen()
    if answer.unseen is not None and answer.unseen.waiting:
        yield f"- {waiting(answer.unseen.waiting)}"
    if answer.unseen is not None and answer.unseen.too_big:
        yield f"- {too_big(answer.unseen.too_big)}"
    for account, status in answer.accounts:
        yield f"- {account_line(account, status)[1]}"
