"""A story: what is configured, what came before, a mail, and what must become of it. Read from TOML, told by services.

The file's keys, all but ``name``, ``rule`` and ``expect`` optional::

    [[story]]
    name = "the second To address is ours"
    rule = "PM-3, postmaster.md 4.2"        # what it proves
    config = '...TOML as apply takes it, on top of world.toml...'
    account = "inbox"                       # by which account it comes
    unchecked_filters = [{ name = "bad", conditions = [...], actions = [...] }]   # stored whatever the rules say
    mail = '...'                            # bytes are given as base64 in `mail_base64`
    plain = '...'                           # or: a plain mail with these headers (and body behind an empty line)
    charset = "latin-1"                     # what its characters are written in; else UTF-8
    later = '...'                           # configured after it (of the story's own mail); held mail is released then
    [[story.before]]                        # mails before it, in order; each has what the story's own mail has
    account = "inbox"
    ticket = { state = "closed successful" }   # what a person sets on its ticket afterwards
    merge_into = 1                          # the ticket of which mail before it is merged into afterwards (from 1)
    config = '...'                          # what is configured afterwards
    retry = '...'                           # what is configured before somebody has the mail processed once more
    release = "Misc"                        # into which queue somebody releases the mail (empty: by the rules)
    [story.expect]
    kind = "new_ticket"                     # the decision's kind; empty: none was made
    state = "processed"                     # of the inbox
    same_ticket_as = 1                      # the ticket of that mail before (from 1); 0: a ticket of its own
    tickets = 2                             # how many there are in the end
    queues = ["Billing", "Support"]         # of all tickets, sorted
    articles = 2                            # how many the ticket has
    ticket = { queue = "Support", priority = "3 normal" }
    pending_hours = 48                      # from the mail's processing until the ticket's pending time
    fields = { Floor = "3" }
    article = { sender_type = "customer", subject = "Printer" }
    body = "..."                            # exactly
    body_has = ["..."]
    body_has_not = ["..."]
    attachments = ["a.pdf"]
    outbox = [{ to = "ann@customer.example", type = "auto reply" }]
    because = [{ step = "queue_chosen", by = "address" }]   # in this order, others may stand between
    not_because = [{ step = "header_applied" }]

In mails ``{now}``, ``{yesterday}`` and ``{last week}`` are dates (RFC 5322), and ``{100 times}...{end}`` is written as
often; in mails and expectations ``{number:1}`` is the number of the ticket of the first mail before, ``{agent:bob}``
the number of an agent, and in expectations ``{number}`` that of the mail's own ticket. A plain mail is from Ann to the
support desk, about a printer; the first one's Message-ID is ``<plain1@customer.example>``, and so on.
"""

from __future__ import annotations

import base64
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any, Final

from mailadmin.bootstrap import Application
from mailadmin.domain.decisions import AS_IT_CAME, COPY_DECIDES, COPY_OF, Because
from mailadmin.domain.filters import Action, Condition, Filter
from mailadmin.domain.lists import ListKind
from mailadmin.domain.messages import InboxMessage
from mailadmin.domain.outcomes import Processed
from mailadmin.domain.tickets import Article, Ticket, TicketChange
from mailadmin.postmaster.trace import Step

STORIES: Final = Path(__file__).with_name("stories")
WORLD: Final = Path(__file__).with_name("world.toml")
KEYS: Final = frozenset(
    {
        "name", "rule", "config", "account", "unchecked_filters", "mail", "mail_base64", "plain", "charset", "before",
        "later", "retry", "release", "expect",
    }
)  # fmt: skip
BEFORE: Final = frozenset({"account", "mail", "mail_base64", "plain", "charset", "ticket", "merge_into", "config"})
EXPECTED: Final = frozenset(
    {
        "kind", "state", "same_ticket_as", "tickets", "queues", "articles", "ticket", "pending_hours", "fields",
        "article", "article_fields", "body", "body_has", "body_has_not", "attachments", "outbox", "because",
        "not_because",
    }
)  # fmt: skip
STEPS: Final = frozenset({*Step, COPY_OF, COPY_DECIDES, AS_IT_CAME})
_REPEATED: Final = re.compile(r"\{(\d+) times\}(.*?)\{end\}", re.DOTALL)
_AGO: Final = {"{now}": 0, "{yesterday}": 30, "{last week}": 168}
_PLAIN: Final = {
    "From": "Ann <ann@customer.example>",
    "To": "Support desk <support@example.org>",
    "Subject": "Printer",
    "Date": "{now}",
}


@dataclass(frozen=True, slots=True)
class Story:
    """One story as its file says it."""

    name: str
    said: Mapping[str, Any]

    @property
    def expect(self) -> Mapping[str, Any]:
        """What must become of the mail."""
        expected: Mapping[str, Any] = self.said["expect"]
        return expected


@dataclass(frozen=True, slots=True)
class Ending:
    """What became of a story's mail."""

    message: InboxMessage
    ticket: Ticket | None
    article: Article | None
    tickets: Sequence[Ticket]
    """All there are."""
    before: Sequence[str]
    """The ticket numbers of the mails before."""


def stories() -> list[Story]:
    """Every story of every file, named by file and story."""
    found = []
    for file in sorted(STORIES.glob("*.toml")):
        document = tomllib.loads(file.read_text(encoding="utf-8"))
        assert set(document) == {"story"}, file.name
        for said in document["story"]:
            assert {"name", "rule", "expect"} <= set(said) <= KEYS, (file.name, said.get("name"))
            assert all(set(earlier) <= BEFORE for earlier in said.get("before", [])), (file.name, said["name"])
            expect = said["expect"]
            assert set() < set(expect) <= EXPECTED, (file.name, said["name"])
            steps = {one["step"] for key in ("because", "not_because") for one in expect.get(key, [])}
            assert steps <= STEPS, (file.name, said["name"], steps - STEPS)
            found.append(Story(f"{file.stem}: {said['name']}", said))
    return found


class Teller:
    """Tells stories to an application that holds the world."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self._numbers: list[str] = []
        self._own = ""
        self._mails = 0
        self._now = datetime.now(UTC)  # the same for all mails, so that two that are to be one are

    def tell(self, story: Story) -> Ending:
        """Configure, bring in what came before, then the mail."""
        self._configure(story.said)
        for said in story.said.get("unchecked_filters", []):
            conditions = tuple(Condition(**one) for one in said["conditions"])
            actions = tuple(Action(**one) for one in said["actions"])
            self._app.storage.filters.add(Filter(**{**said, "conditions": conditions, "actions": actions}))
        for earlier in story.said.get("before", []):
            done = self._bring(earlier)
            self._numbers.append(done.ticket)
            if change := earlier.get("ticket"):
                self._app.tickets.change(done.ticket, TicketChange(**change))
            if into := earlier.get("merge_into"):
                self._app.tickets.merge(done.ticket, self._numbers[into - 1])
            self._configure(earlier)
        done = self._bring(story.said)
        if "retry" in story.said:
            self._configure({"config": story.said["retry"]})
            self._app.inbox.retry(done.inbox_id)
        if "release" in story.said:
            self._app.inbox.release(done.inbox_id, story.said["release"])
        if later := story.said.get("later"):
            self._app.configuration.apply(later)
            self._app.processing.release_known()
        message = self._app.inbox.get(done.inbox_id)
        self._own = message.ticket
        ticket = self._app.tickets.get(message.ticket) if message.ticket else None
        articles = self._app.tickets.articles(ticket) if ticket else []
        article = next((one for one in articles if one.inbox_id == message.id), None)
        return Ending(message, ticket, article, self._app.tickets.list(), tuple(self._numbers))

    def filled(self, value: Any) -> Any:
        """What a story says (any piece of it), with the numbers that it cannot know."""
        if isinstance(value, Mapping):
            return {key: self.filled(one) for key, one in value.items()}
        if isinstance(value, list):
            return [self.filled(one) for one in value]
        if not isinstance(value, str) or "{" not in value:
            return value
        agents = {one.name: str(one.id) for one in self._app.storage.lists.of(ListKind.AGENT)}
        value = value.replace("{number}", self._own)
        value = re.sub(r"\{number:(\d+)\}", lambda match: self._numbers[int(match[1]) - 1], value)
        return re.sub(r"\{agent:(\w+)\}", lambda match: agents[match[1]], value)

    def _configure(self, said: Mapping[str, Any]) -> None:
        if config := said.get("config"):
            self._app.configuration.apply(config)

    def _bring(self, said: Mapping[str, Any]) -> Processed:
        account = self._app.accounts.get(said.get("account", "inbox"))
        done = self._app.reading.read(self._octets(said), account=account, trusted=account.trusted)
        assert done is not None, "the mail was committed and waits"
        return done

    def _octets(self, said: Mapping[str, Any]) -> bytes:
        if "mail_base64" in said:
            return base64.b64decode(said["mail_base64"])
        text = self.filled(said["mail"] if "mail" in said else self._plain(said.get("plain", "")))
        for word, hours in _AGO.items():
            text = text.replace(word, format_datetime(self._now - timedelta(hours=hours)))
        text = _REPEATED.sub(lambda match: int(match[1]) * match[2], text)
        return str(text).lstrip("\n").replace("\n", "\r\n").encode(said.get("charset", "utf-8"))

    def _plain(self, said: str) -> str:
        """A plain mail with some headers of its own, and perhaps a body."""
        self._mails += 1
        head, _, body = said.strip("\n").partition("\n\n")
        own = {line.partition(":")[0].lower() for line in head.splitlines()}
        usual = {**_PLAIN, "Message-ID": f"<plain{self._mails}@customer.example>"}
        lines = [f"{name}: {value}" for name, value in usual.items() if name.lower() not in own]
        return "\n".join(filter(None, [head, *lines])) + f"\n\n{body or 'It burns.'}\n"


def found_in_order(wanted: Sequence[Mapping[str, str]], trace: Sequence[Because]) -> Mapping[str, str] | None:
    """The first step of ``wanted`` that the trace does not have behind the ones before; None when it has all."""
    steps = iter(trace)
    for one in wanted:
        if not any(matches(one, step) for step in steps):
            return one
    return None


def matches(wanted: Mapping[str, str], step: Because) -> bool:
    """Whether a step is the wanted one: its name, and each fact that is named."""
    facts = {name: value for name, value in wanted.items() if name != "step"}
    return step.step == wanted["step"] and all(step.facts.get(name) == value for name, value in facts.items())
