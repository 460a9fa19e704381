"""The table of advice: which words of a provider mean what, and what is to be done about it (OA-9). Data, not code."""

from __future__ import annotations

import enum
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import quote, urlsplit

from .oauth import Advice, OAuthProfile, Provider

UNKNOWN: Final = "unknown"
"""The entry for words that no other entry knows: they are shown as they came."""

_AADSTS: Final = re.compile(r"\bAADSTS(\d+)")
_FIELD: Final = re.compile(r"\{(\w+)\}")
_OPEN: Final = {
    "instance": "INSTANCE", "tenant": "TENANT", "client_id": "CLIENT-ID", "mailbox": "MAILBOX",
    "signed_in": "SIGNED-IN",
}  # fmt: skip
"""What stands in a script for a fact that is not known: to be replaced by whoever runs it."""
_QUOTES: Final = re.compile("['\u2018\u2019\u201a\u201b]")
"""What PowerShell takes for a single quotation mark."""


def facts_of(profile: OAuthProfile) -> dict[str, str]:
    """What advice needs to know of a profile. ``instance``: where Microsoft signs people in (host, and port if any)."""
    return {
        "profile": profile.name,
        "provider": profile.provider.value,
        "flow": profile.flow.value,
        "instance": urlsplit(profile.instance).netloc if profile.provider is Provider.MICROSOFT else "",
        "tenant": profile.tenant,
        "client_id": profile.client_id,
    }


class Speaker(enum.StrEnum):
    """Whose words are looked up."""

    PROVIDER = "provider"
    MAILBOX = "mailbox"
    """A mail server, or Microsoft Graph, that was shown a token."""


@dataclass(frozen=True, slots=True)
class AdviceEntry:
    """One entry: when it is meant, and what it says.

    It is meant by any of ``codes`` (Microsoft's AADSTS numbers, whatever the profile calls the provider), else by a
    match of one of ``words`` (regular expressions over the other side's words, case ignored), else by one of ``errors``
    (the ``error`` of RFC 6749 5.2 and its relatives). ``provider`` and ``by_person`` None: whichever.
    """

    key: str
    cause: str
    who: str
    step: str
    script: str = ""
    codes: frozenset[int] = frozenset()
    words: tuple[re.Pattern[str], ...] = ()
    errors: frozenset[str] = frozenset()
    speaker: Speaker = Speaker.PROVIDER
    provider: Provider | None = None
    by_person: bool | None = None

    @classmethod
    def from_table(cls, entry: Mapping[str, object]) -> Self:
        """Read an entry.

        :raises KeyError, TypeError, ValueError, re.error: it is not well-formed
        """
        texts = {name: str(entry[name]) for name in ("key", "cause", "who", "step")}
        flow = entry.get("flow")
        return cls(
            **texts,
            script=str(entry.get("script", "")).strip("\n"),
            codes=frozenset(int(str(code)) for code in _several(entry, "codes")),
            words=tuple(re.compile(str(words), re.IGNORECASE) for words in _several(entry, "words")),
            errors=frozenset(str(error) for error in _several(entry, "errors")),
            speaker=Speaker(str(entry.get("speaker", Speaker.PROVIDER))),
            provider=Provider(str(entry["provider"])) if "provider" in entry else None,
            by_person={"person": True, "application": False}[str(flow)] if flow is not None else None,
        )

    def fits(self, speaker: Speaker, provider: Provider | None, by_person: bool | None) -> bool:
        """Whether it is about such words, provider and flow; what is not known excludes nothing."""
        return (
            self.speaker is speaker
            and (self.provider is None or provider in {None, self.provider})
            and (self.by_person is None or by_person in {None, self.by_person})
        )


def _several(entry: Mapping[str, object], name: str) -> list[object]:
    value = entry.get(name, [])
    if not isinstance(value, list):
        raise TypeError(f"{name} of {entry['key']} is no list")
    return value


class AdviceTable:
    """All entries, in the order in which they are tried."""

    def __init__(self, entries: tuple[AdviceEntry, ...]) -> None:
        self.entries = entries
        self._by_key = {entry.key: entry for entry in entries}

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the table from TOML: an array ``advice`` of entries.

        :raises KeyError, TypeError, ValueError, re.error: it is not well-formed
        """
        return cls(tuple(AdviceEntry.from_table(entry) for entry in tomllib.loads(text)["advice"]))

    def cause_of(
        self,
        words: str,
        error: str = "",
        *,
        speaker: Speaker = Speaker.PROVIDER,
        provider: Provider | None = None,
        by_person: bool | None = None,
    ) -> str:
        """The key of the entry that the other side's words mean; :data:`UNKNOWN` when none does.

        :param words: what was said, AADSTS numbers included
        :param error: the short name of the error (RFC 6749 5.2)
        """
        numbers = {int(number) for number in _AADSTS.findall(words)}
        for entry in self.entries:
            if entry.codes & numbers and entry.fits(speaker, None, by_person):
                return entry.key
        entries = [entry for entry in self.entries if entry.fits(speaker, provider, by_person)]
        for entry in entries:
            if any(pattern.search(words) for pattern in entry.words):
                return entry.key
        return next((entry.key for entry in entries if error in entry.errors), UNKNOWN)

    def advice(self, key: str, facts: Mapping[str, str]) -> Advice:
        """What an entry says, with the facts in its script; a key of another version gets the general entry."""
        entry = self._by_key.get(key) or self._by_key[UNKNOWN]
        return Advice(entry.key, entry.cause, entry.who, entry.step, _filled(entry.script, facts), facts)


def _filled(script: str, facts: Mapping[str, str]) -> str:
    """A script with its facts. They may come from a provider, so none is more than a word in it."""
    quoted = (lambda value: quote(value, safe=":")) if script.startswith("https://") else _for_powershell
    return _FIELD.sub(
        lambda match: quoted(facts[match[1]]) if facts.get(match[1]) else _OPEN.get(match[1], match[0]), script
    )


def _for_powershell(value: str) -> str:
    printable = "".join(character for character in value if character.isprintable())
    return "'" + _QUOTES.sub(lambda match: match[0] * 2, printable) + "'"
