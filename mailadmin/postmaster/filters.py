r"""PostMaster filters: rules that look at a mail and set X-OTOBO headers (PM-5, postmaster.md 5).

Filters run in their order. One matches when all its conditions hold; what it sets is seen by those after it, and a
header set twice has the later value. A filter sets X-OTOBO headers whether the account is trusted or not, and nothing
else. In a value, ``[***]`` is what the last condition that captured something captured first, ``[**\name**]`` what the
named group did; both are as often as they stand there. Of ``EMAILADDRESS:`` it is the address found.
"""

from __future__ import annotations

import heapq
import re
from dataclasses import dataclass, field
from typing import Final

import regex

from mailadmin.domain.decisions import AccountFacts
from mailadmin.domain.filters import ATTACHMENT_COUNT, ATTACHMENT_EXISTS, BODY, Filter
from mailadmin.domain.x_headers import BOUNCE, BOUNCE_ERROR, BOUNCE_ORIGINAL_ID, COMPUTED_HEADERS

from .addresses import address_field
from .charsets import clean_text
from .expressions import RanAwayError, Text, Watch
from .headers import Headers
from .parsing import ParsedMail
from .rules import FAILED, MISSING, TO_SEARCH, UNREAD, Finding, Found, Key, Rule, RuleSet, Search, compiled
from .trace import Step, Trace

_PLACE: Final = re.compile(r"\[\*\*\*\]|\[\*\*\\([A-Za-z_]\w*)\*\*\]")
_LONGEST_BODY: Final = 200_000
"""Characters of a body that conditions look at."""
_LONGEST_CAPTURE: Final = 2_000
_LONGEST_VALUE: Final = 3_800
_MOST_ADDRESSES: Final = 200
_MOST_SAID: Final = 5
_MOST_NEARLY: Final = 3
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
    return _Run(mail, headers, trace, compiled(filters)).run(account.name.casefold())


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

    def __init__(self, mail: ParsedMail, headers: Headers, trace: Trace, rules: RuleSet) -> None:
        self._mail = mail
        self._headers = headers
        self._trace = trace
        self._rules = rules
        self._watch = Watch()
        self._found: list[Finding] = [UNREAD] * rules.count
        self._texts: dict[Key, tuple[Text, ...]] = {}
        self._set: dict[str, tuple[str, str]] = {}
        self._reasons: dict[int, str] = {}
        self._said = 0
        self._nearly: list[tuple[int, Rule, int, int]] = []

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

    def _matches(self, rule: Rule) -> bool:
        # Asked of every filter for every mail; most patterns find nothing, which is what comes first here.
        held, failed = 0, -1
        known = self._found
        for number, (index, negated, search) in enumerate(rule.tests):
            found = known[index]
            if found is UNREAD:
                self._read(search.key)
                found = known[index]
            if found is TO_SEARCH:
                found = self._search(search)
            if (found is None) if negated else (found is not None and found is not MISSING and found is not FAILED):
                held += 1
            elif failed < 0:
                failed = number
        if failed < 0:
            return held > 0
        index, _, search = rule.tests[failed]
        if known[index] is FAILED:
            self._tell_failed(rule, search)
        elif held:
            self._nearly.append((len(rule.tests) - held, rule, held, failed))
        return False

    def _read(self, key: Key) -> None:
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

    def _search(self, search: Search) -> Finding:
        found: Finding = None
        if search.expression is None:
            found = FAILED
        else:
            try:
                for text in self._texts[search.key]:
                    if match := search.expression.find(text, self._watch, whole=search.key[1]):
                        found = match
                        break
            except RanAwayError as error:
                self._reasons[search.index] = "mail" if error.whole_mail else "search"
                found = FAILED
        self._found[search.index] = found
        return found

    def _texts_of(self, key: Key) -> tuple[Text, ...] | None:
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
        made_here = name in self._set or name in _COMPUTED_KEYS
        source = Headers(((name, text.encode()),)) if made_here else self._headers
        return tuple(Text(mailbox.address) for mailbox in address_field(source, name).addresses[:_MOST_ADDRESSES])

    def _computed(self, key: str) -> str | None:
        """What is worked out here; None: there is none (of what is decrypted there never is: nothing is)."""
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
        if bounce is None:
            return None
        return {
            BOUNCE.lower(): "1",
            BOUNCE_ORIGINAL_ID.lower(): bounce.original_id,
            BOUNCE_ERROR.lower(): bounce.diagnostic,
        }.get(key)

    def _apply(self, rule: Rule) -> None:
        captured = _Captured()
        for index, negated, search in rule.tests:
            match = self._found[index]
            if not negated and match is not None and not isinstance(match, Found):
                captured.add(match, whole=search.key[1])
        said: dict[str, str] = {}
        replaced = [header for header, _ in rule.actions if header.lower() in self._set]
        for header, value in rule.actions:
            name = header.lower()
            filled = clean_text(" ".join(captured.filled(value).split())[:_LONGEST_VALUE])
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

    def _tell_failed(self, rule: Rule, search: Search) -> None:
        """Note why a filter's condition could not be asked."""
        reason = self._reasons.get(search.index, "")
        step = Step.FILTER_CUT_OFF if reason else Step.FILTER_INVALID
        self._tell(step, filter=rule.name, header=search.header, pattern=search.pattern, reason=reason)

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
