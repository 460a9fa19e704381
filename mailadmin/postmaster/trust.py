"""The trust gate: X-OTOBO headers act when the account is trusted, else they do not exist."""

from __future__ import annotations

import re
from typing import Final

from mailadmin.domain.decisions import AccountFacts, RoutingSnapshot
from mailadmin.domain.x_headers import ALIAS_PREFIXES, COMPUTED_HEADERS, PREFIX

from .authentication import Proof, prove_sender
from .headers import Headers
from .signatures import unsigned
from .trace import Step, Trace

_ODD: Final = "[^a-z0-9]*"
_OURS: Final = re.compile(
    _ODD + "x" + "(?:{})".format("|".join(_ODD + _ODD.join(w) for w in ("otobo", "otrs", "znuny")))
)
"""A lower-cased name that is one of ours or an alias, however it is spelled: what a reader may one day take for one."""
_ALIASES: Final = tuple(prefix.lower() for prefix in ALIAS_PREFIXES)


def through_the_gate(headers: Headers, account: AccountFacts, routing: RoutingSnapshot, trace: Trace) -> Headers:
    """Give what counts of a mail's headers; the trace gets the names of what does not, never the values.

    Of an account without trust, every X-OTOBO header goes, and X-OTRS and X-Znuny with it, however it is spelled. Of a
    trusted account they stay, when what the account asks for as a proof of the sender is there. X-OTRS-* and X-Znuny-*
    are turned into X-OTOBO-* by setting. What is computed here is never taken from a mail.
    """
    ours = headers.names(_OURS.match)
    if not ours:
        return headers
    if not account.trusted:
        trace.add(Step.HEADERS_STRIPPED, headers=", ".join(ours))
        return headers.without(ours)
    if server := account.trusted_authserv_id.strip():
        proof = prove_sender(headers, server)
        if not proof.by:
            names = ", ".join(ours)
            trace.add(Step.TRUST_UNPROVEN, reason=proof.reason, server=server, domain=proof.domain, headers=names)
            return headers.without(ours)
        headers = _without_unsigned(headers, ours, proof, server, trace)
    if routing.accept_aliases:
        headers = _without_aliases(headers, trace)
    return _without_computed(headers, trace)


def _without_unsigned(headers: Headers, ours: tuple[str, ...], proof: Proof, server: str, trace: Trace) -> Headers:
    """What the proof covers: a mail that its sender did sign can be sent again by somebody who adds to its headers."""
    added = ours if proof.signers else ()
    for signer in proof.signers:
        added = unsigned(headers, added, signer)
    if len(added) < len(ours):
        trace.add(Step.TRUST_PROVEN, by=proof.by, domain=proof.domain, server=server)
    if added:
        names = ", ".join(added)
        trace.add(Step.TRUST_UNPROVEN, reason="unsigned", server=server, domain=proof.domain, headers=names)
    return headers.without(added)


def _without_aliases(headers: Headers, trace: Trace) -> Headers:
    """X-OTRS-* and X-Znuny-* as X-OTOBO-*; where the mail has that one as well, the alias does not count."""
    known = {name.lower() for name in headers.names()}
    renamed: dict[str, str] = {}
    for alias in _ALIASES:
        for name in headers.names():
            wanted = f"{PREFIX}{name[len(alias) :]}"
            if name.lower().startswith(alias) and wanted.lower() not in known:
                renamed[name.lower()] = wanted
                known.add(wanted.lower())
    if renamed:
        trace.add(Step.ALIASES_TAKEN, headers=", ".join(headers.names(renamed.__contains__)))
    return headers.renamed(renamed) if renamed else headers


def _without_computed(headers: Headers, trace: Trace) -> Headers:
    reserved = headers.names(COMPUTED_HEADERS.__contains__)
    if reserved:
        trace.add(Step.RESERVED_REMOVED, headers=", ".join(reserved))
    return headers.without(reserved)
