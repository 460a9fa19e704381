r"""PostMaster filters: rules that look at a mail and set X-OTOBO headers (PM-5, postmaster.md 5).

Filters run in their order. One matches when all its conditions hold; what it sets is seen by those after it, and a
header set twice has the later value. A filter sets X-OTOBO headers whether the account is trusted or not, and nothing
else. In a value, ``[***]`` is what the last condition that captured something captured first, ``[**\name**]`` what the
named group did; both are as often as they stand there. Of ``EMAILADDRESS:`` it is the address found.
"""

from __future__ import annotations

import enum
import heapq
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import regex

from mailadmin.domain.decisions import AccountFacts
from mailadmin.domain.filters import (
    ATTACHMENT_COUNT,
    ATTACHMENT_EXISTS,
    BODY,
    EMAILADDRESS,
    Filter,
)
from mailadmin.domain.x_headers import BOUNCE, BOUNCE_ERROR, BOUNCE_ORIGINAL_ID, COMPUTED_HEADERS, PREFIX

from .addresses import address_field
from .expressions import BadPatternError, Expression, RanAwayError, Text, Watch, expression
from .headers import Headers
from .parsing import ParsedMail
from .trace import Step, Trace

_PLACE: Final = re.compile(r"\[\*\*\*\]|\[\*\*\\([A-Za-z_]\w*)\*\*\]")
_LONGEST_BODY: Final = 200_000
"""Characters of a body that conditions look at."""
_LONGEST_CAPTURE: Final = 2_000
_LONGEST_VALUE: Final = 3_800
_MOST_ADDRESSES: Final = 200
_MOST_SAID: Final = 5
_MOST_NEARLY: Final = 3
_NEVER: Final = frozenset({"x-otobo-bodydecrypted"})
_COMPUTED_KEYS: Final = COMPUTED_HEADERS | {BODY.lower(), "x-sender", "replyto"}


def run_filters(
    filters: tuple[Filter, ...], mail: ParsedMail, headers: Headers, account: AccountFacts, trace: Trace
) -> Headers:
    """Run the filters that are for this account; gives the headers with what they set. Never raises.

    :param filters: valid ones, in their order
    :param headers: those behind the gate
    """
    if not filters:
        return headers
    return _Run(mail, headers, trace, _compiled(filters)).run(account.name.casefold())


class _Found(enum.Enum):
    """What is known of a pattern in this mail, when it is neither a match nor that there is none."""

    UNREAD = enum.auto()
    """Nobody has looked at the header yet."""
    TO_SEARCH = enum.auto()
    """Only the expression can tell."""
    PLAINLY = enum.auto()
    """It is there, and captures nothing."""
    MISSING = enum.auto()
    """The mail has no such header."""
    FAILED = enum.auto()
    """The search was cut off."""


UNREAD, TO_SEARCH, PLAINLY, MISSING, FAILED = _Found

_Key: TypeAlias = tuple[str, bool]
"""The lower-cased name of a header, and whether it is about each of its addresses."""
_Finding: TypeAlias = "regex.Match[str] | _Found | None"
"""What a search found; None: it is not there."""


@dataclass(frozen=True, slots=True)
class _Search:
    """One pattern in one header; conditions that ask the same share one. ``expression``: None when it is none."""

    index: int
    key: _Key
    header: str
    pattern: str
    expression: Expression | None


@dataclass(frozen=True, slots=True)
class _Rule:
    """A filter, compiled.

    ``tests``: by its conditions the index of a search, whether that must find nothing, and the search itself.
    ``accounts``: casefolded names; empty: all. ``refused``: headers of its actions that no filter can set.
    """

    name: str
    accounts: frozenset[str]
    tests: tuple[tuple[int, bool, _Search], ...]
    actions: tuple[tuple[str, str], ...]
    stop: bool
    refused: tuple[str, ...]


@dataclass(slots=True)
class _Searches:
    """The searches in one header, by index: those with one needle, those with several, and those with none.

    Beside the needles stands what is known when one is there.
    """

    all: list[int] = field(default_factory=list)
    by_needle: list[tuple[int, str, _Found]] = field(default_factory=list)
    by_needles: list[tuple[int, tuple[str, ...], _Found]] = field(default_factory=list)
    others: list[int] = field(default_factory=list)

    def add(self, search: _Search) -> None:
        """Add one."""
        self.all.append(search.index)
        wanted = search.expression
        if wanted is None or not wanted.needles:
            self.others.append(search.index)
            return
        there = PLAINLY if wanted.literal and not search.key[1] else TO_SEARCH
        if len(wanted.needles) == 1:
            self.by_needle.append((search.index, wanted.needles[0], there))
        else:
            self.by_needles.append((search.index, wanted.needles, there))


@dataclass(frozen=True, slots=True)
class _RuleSet:
    """All filters, compiled. ``count``: of searches. ``by_key``: those in each header."""

    rules: tuple[_Rule, ...]
    count: int
    by_key: Mapping[_Key, _Searches]


@dataclass(slots=True)
class _Captured:
    """What the conditions of one filter captured. ``last``: by the last that captured anything, first of all."""

    last: str = ""
    named: dict[str, str] = field(default_factory=dict)

    def add(self, match: regex.Match[str], *, whole: bool) -> None:
        """Note a match; ``whole``: it is of an address, which is what counts then, whatever its groups hold."""
        first = match[0] if whole else (match[1] or "") if match.re.groups else ""
        if first:
            self.last = first[:_LONGEST_CAPTURE]
        for name, text in match.groupdict("").items():
            self.named[name] = text[:_LONGEST_CAPTURE]
        if whole:
            self.named["email"] = self.last

    def filled(self, value: str) -> str:
        """A value with what was captured in its places."""
        return _PLACE.sub(lambda place: self.named.get(place[1], "") if place[1] else self.last, value)


class _Run:
    """One mail on its way through the filters."""

    def __init__(self, mail: ParsedMail, headers: Headers, trace: Trace, rules: _RuleSet) -> None:
        self._mail = mail
        self._headers = headers
        self._trace = trace
        self._rules = rules
        self._watch = Watch()
        self._found: list[_Finding] = [UNREAD] * rules.count
        self._texts: dict[_Key, tuple[Text, ...]] = {}
        self._set: dict[str, tuple[str, str]] = {}
        self._said = 0
        self._nearly: list[tuple[int, _Rule, int, int]] = []

    def run(self, account: str) -> Headers:
        """Ask every rule for this account; what came of it goes to the trace."""
        rules = self._rules.rules
        for index, rule in enumerate(rules, 1):
            if (rule.accounts and account not in rule.accounts) or not self._matches(rule):
                continue
            self._apply(rule)
            if rule.stop:
                self._trace.add(Step.FILTER_STOPPED, filter=rule.name, count=str(len(rules) - index))
                break
        self._tell_nearly()
        return self._headers.with_values(dict(self._set.values())) if self._set else self._headers

    def _matches(self, rule: _Rule) -> bool:
        # Asked of every filter for every mail; most patterns find nothing, which is what comes first here.
        held, failed = 0, -1
        known = self._found
        for number, (index, negated, search) in enumerate(rule.tests):
            found = known[index]
            if found is UNREAD:
                self._read(search.key)
                found = known[index]
            if found is TO_SEARCH:
                found = self._search(rule, search)
            if (found is None) if negated else (found is not None and found is not MISSING and found is not FAILED):
                held += 1
            elif failed < 0:
                failed = number
        if failed < 0:
            return held > 0
        if held:
            self._nearly.append((len(rule.tests) - held, rule, held, failed))
        return False

    def _read(self, key: _Key) -> None:
        """Look at a header for the first time: what each search in it must hold is there, or it finds nothing."""
        texts = self._texts_of(key)
        known = self._found
        searches = self._rules.by_key[key]
        if texts is None:
            for index in searches.all:
                known[index] = MISSING
            return
        self._texts[key] = texts
        if not all(text.tells for text in texts):
            for index in searches.all:
                known[index] = TO_SEARCH
            return
        lowered = texts[0].lowered if len(texts) == 1 else "\n".join([text.lowered for text in texts])
        for index, needle, there in searches.by_needle:
            known[index] = there if needle in lowered else None
        for index, needles, there in searches.by_needles:
            known[index] = there if any(needle in lowered for needle in needles) else None
        for index in searches.others:
            known[index] = TO_SEARCH

    def _search(self, rule: _Rule, search: _Search) -> _Finding:
        if search.expression is None:
            self._tell(Step.FILTER_INVALID, filter=rule.name, header=search.header, pattern=search.pattern)
            return FAILED
        found: _Finding = None
        try:
            for text in self._texts[search.key]:
                if match := search.expression.find(text, self._watch, whole=search.key[1]):
                    found = match
                    break
        except RanAwayError as error:
            reason = "mail" if error.whole_mail else "search"
            self._tell(
                Step.FILTER_CUT_OFF, filter=rule.name, header=search.header, pattern=search.pattern, reason=reason
            )
            found = FAILED
        self._found[search.index] = found
        return found

    def _texts_of(self, key: _Key) -> tuple[Text, ...] | None:
        """What a header says, or its addresses; None: there is none."""
        name, by_address = key
        if name in self._set:
            text: str | None = self._set[name][1]
        elif name in _COMPUTED_KEYS:
            text = self._computed(name)
        else:
            text = self._headers.text(name) if name in self._headers else None
        if text is None:
            return None
        if not by_address:
            return (Text(text),)
        if name in self._set or name in _COMPUTED_KEYS:
            field = address_field(Headers(((name, text.encode()),)), name)
        else:
            field = address_field(self._headers, name)
        return tuple(Text(mailbox.address) for mailbox in field.addresses[:_MOST_ADDRESSES])

    def _computed(self, key: str) -> str | None:
        """What is worked out here; None: there is none."""
        mail = self._mail
        if key == BODY.lower():
            return mail.body_text[:_LONGEST_BODY]
        if key == ATTACHMENT_EXISTS.lower():
            return "yes" if mail.has_attachments else "no"
        if key == ATTACHMENT_COUNT.lower():
            return str(mail.attachment_count)
        if key in {"x-sender", "replyto"}:
            if key in self._headers:
                return self._headers.text(key)
            if key == "replyto":
                return self._headers.text("reply-to") if "reply-to" in self._headers else None
            addresses = address_field(self._headers, "from").addresses
            return addresses[0].address if addresses else None
        bounce = mail.bounce
        if bounce is None or key in _NEVER:
            return None
        return {
            BOUNCE.lower(): "1",
            BOUNCE_ORIGINAL_ID.lower(): bounce.original_id,
            BOUNCE_ERROR.lower(): bounce.diagnostic,
        }.get(key)

    def _apply(self, rule: _Rule) -> None:
        captured = _Captured()
        for index, negated, search in rule.tests:
            match = self._found[index]
            if not negated and match is not None and not isinstance(match, _Found):
                captured.add(match, whole=search.key[1])
        said: dict[str, str] = {}
        replaced = [header for header, _ in rule.actions if header.lower() in self._set]
        for header, value in rule.actions:
            name = header.lower()
            filled = " ".join(captured.filled(value).split())[:_LONGEST_VALUE]
            self._set[name] = (header, filled)
            said[header] = filled
            for by_address in (False, True):
                if searches := self._rules.by_key.get((name, by_address)):
                    for index in searches.all:
                        self._found[index] = UNREAD
        sets = "; ".join(f"{header}: {value}" for header, value in said.items())
        self._trace.add(Step.FILTER_MATCHED, filter=rule.name, sets=sets, replaced=", ".join(replaced))
        for header in rule.refused:
            self._tell(Step.FILTER_INVALID, filter=rule.name, header=header)

    def _tell(self, step: Step, **facts: str) -> None:
        """Note what went wrong; the first few times."""
        self._said += 1
        if self._said <= _MOST_SAID:
            self._trace.add(step, **facts)

    def _tell_nearly(self) -> None:
        for _, rule, held, number in heapq.nsmallest(_MOST_NEARLY, self._nearly, key=lambda one: one[0]):
            index, negated, search = rule.tests[number]
            self._trace.add(
                Step.FILTER_NEARLY,
                filter=rule.name,
                held=str(held),
                of=str(len(rule.tests)),
                header=search.header,
                pattern=search.pattern,
                negated="yes" if negated else "",
                missing="yes" if self._found[index] is MISSING else "",
            )


_known: dict[int, tuple[tuple[Filter, ...], _RuleSet]] = {}
_MOST_KNOWN: Final = 8


def _compiled(filters: tuple[Filter, ...]) -> _RuleSet:
    """The rules of a set of filters, made once: it is the same object as long as nobody changes a filter."""
    known = _known.get(id(filters))
    if known is None or known[0] is not filters:
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        known = _known[id(filters)] = (filters, _rule_set(filters))
    return known[1]


def _rule_set(filters: tuple[Filter, ...]) -> _RuleSet:
    searches: dict[tuple[str, str], _Search] = {}
    by_key: dict[_Key, _Searches] = {}
    rules: list[_Rule] = []
    for record in filters:
        tests: list[tuple[int, bool, _Search]] = []
        for condition in record.conditions:
            header = condition.header.strip()
            asked = header.lower(), condition.pattern
            if (search := searches.get(asked)) is None:
                search = searches[asked] = _search(len(searches), header, condition.pattern)
                by_key.setdefault(search.key, _Searches()).add(search)
            tests.append((search.index, condition.negated, search))
        actions = [(action.header.strip(), action.value) for action in record.actions]
        rules.append(
            _Rule(
                name=record.name,
                accounts=frozenset(name.casefold() for name in record.accounts),
                tests=tuple(tests),
                actions=tuple(action for action in actions if _can_set(action[0])),
                stop=record.stop,
                refused=tuple(header for header, _ in actions if not _can_set(header)),
            )
        )
    return _RuleSet(tuple(rules), len(searches), by_key)


def _search(index: int, header: str, pattern: str) -> _Search:
    key = header.lower(), pattern.startswith(EMAILADDRESS)
    wanted: Expression | None
    try:
        wanted = expression(pattern.removeprefix(EMAILADDRESS))
    except BadPatternError:
        wanted = None
    return _Search(index, key, header, pattern, wanted)


def _can_set(header: str) -> bool:
    key = header.lower()
    return key.startswith(PREFIX.lower()) and key not in COMPUTED_HEADERS and header.isascii() and " " not in header
