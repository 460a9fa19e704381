"""Whether a server that is believed says who sent a mail (RFC 8601): what X-OTOBO headers may have to wait for.

Anybody can write an Authentication-Results field. One is believed when the pinned server wrote it, which its place
tells: servers put what they add on top, so what stands above the Received line of the last server was written by ours.
A field below that line may have come with the mail. It is believed only of a server that is known to take away forged
fields with its name (RFC 8601, section 5), and only as far down as that server's own Received lines go.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from mailadmin.domain.accounts import REMOVES_FORGED

from .addresses import address_field
from .headers import Headers
from .signatures import ANYBODY

_KNOWN_TO_REMOVE: Final = frozenset({"mx.google.com"})
"""Servers that do, and that write their field below their own Received line."""
_GOOGLE_INSIDE: Final = re.compile(r"2002:[0-9a-f:]+", re.IGNORECASE)
"""How Google's machines call each other; no other server calls itself so."""
_LONGEST: Final = 10_000
_MOST_FIELDS: Final = 50
_MOST_COMMENTS: Final = 50
_COMMENT: Final = re.compile(r"\((?:[^()\\]|\\.)*\)", re.DOTALL)
_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_CLAUSE: Final = re.compile(r"(?:^|\s)(by|with)\s+([^\s;]+)", re.IGNORECASE)
_HOST: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
_SHARED: Final = frozenset(
    {"ac", "asso", "co", "com", "conf", "edu", "firm", "gob", "gouv", "gov", "govt", "info", "mil", "muni", "name",
     "net", "nom", "org", "police", "school", "store"}
)  # fmt: skip
"""Below a country's domain, what many share (``co.uk``); there is no list of all of them here."""
_SHORTEST_OWN: Final = 4

Verdict: TypeAlias = list[tuple[str, str, str]]
"""What one field says: method, result, and the domain it is about (empty when it names none)."""


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether the sender is proven. ``by``: dkim, spf or dmarc, for ``domain``; else ``reason`` says why not.

    ``signers``: the domains whose signatures are the proof, so that only what one of these covers is proven; empty when
    it is proven which server the whole mail came from (SPF). Where DMARC alone passed, nobody says by whose signature:
    then it is ANYBODY's.

    The reasons: ``no_from`` (not one plain address in one From field), ``no_hop`` (no server's Received line),
    ``no_results`` (nothing of the pinned server), ``below`` (only where a sender can write, too), ``unreadable``,
    ``contradiction``, ``failed`` (nothing that passed is about the sender's domain).
    """

    by: str = ""
    domain: str = ""
    reason: str = ""
    signers: tuple[str, ...] = ()


def prove_sender(headers: Headers, server: str) -> Proof:
    """Say whether the pinned server vouches for the domain of From; never raises.

    DMARC counts when it is about that domain itself; DKIM and SPF when theirs is the same or above it.

    :param headers: as the mail came
    :param server: the authserv-id, and ``removes-forged`` behind it when that is so
    """
    name, *words = server.casefold().split() or [""]
    domain = _sender_domain(headers)
    if not domain:
        return Proof(reason="no_from")
    if "received" not in headers:
        return Proof(domain=domain, reason="no_hop")
    fields, below = _fields_of(headers, name, removes=REMOVES_FORGED in words or name in _KNOWN_TO_REMOVE)
    if not fields:
        return Proof(domain=domain, reason="below" if below else "no_results")
    verdicts = [_verdict(text) for text in fields]
    if None in verdicts:
        return Proof(domain=domain, reason="unreadable")
    return _judge([verdict for verdict in verdicts if verdict is not None], domain)


def aligned(domain: str, sender: str) -> bool:
    """Whether a domain speaks for a sender's: it is the same, or above it and nobody's shared property.

    One below does not: whoever was given ``shop.example.org`` is not ``example.org``. Without a list of public
    suffixes, a domain of two labels counts as shared below a country when its first label is of three letters or less,
    or a usual word (``co.uk``, ``org.au``, ``gouv.fr``): then only the same domain will do.
    """
    if not (_HOST.fullmatch(domain) and _HOST.fullmatch(sender)):
        return False
    if domain == sender:
        return True
    if not sender.endswith(f".{domain}"):
        return False
    first, _, rest = domain.partition(".")
    return "." in rest or len(rest) > len("uk") or (len(first) >= _SHORTEST_OWN and first not in _SHARED)


def _judge(verdicts: list[Verdict], domain: str) -> Proof:
    proof = Proof(domain=domain, reason="failed")
    for method in ("spf", "dkim", "dmarc"):
        passed: dict[str, None] = {}
        doubted = False
        for verdict in verdicts:
            said = [(result, about) for name, result, about in verdict if name == method]
            passes = [about for result, about in said if result == "pass" and _about(method, about, domain)]
            passed |= dict.fromkeys(passes)
            doubted |= not passes and any(not about or aligned(about, domain) for _, about in said)
            if method == "dmarc" and not passes and any(result == "fail" for result, _ in said):
                return Proof(domain=domain, reason="failed")
        if passed and doubted:
            return Proof(domain=domain, reason="contradiction")
        if passed:
            by_server = method == "spf" or (bool(proof.by) and not proof.signers)
            signers = () if by_server else proof.signers or (tuple(passed) if method == "dkim" else (ANYBODY,))
            proof = Proof(by=method, domain=next(iter(passed)), signers=signers)
    return proof


def _about(method: str, about: str, domain: str) -> bool:
    return about == domain if method == "dmarc" else aligned(about, domain)


def _sender_domain(headers: Headers) -> str:
    """The domain of the one plain address in the one From field; empty when there is any doubt about it."""
    values = headers.values("from")
    if len(values) != 1 or len(values[0]) > _LONGEST:
        return ""
    outside = _QUOTED.sub("", values[0])
    field = address_field(headers, "from")
    if outside.count("@") != 1 or outside.count("<") > 1 or any(sign in outside for sign in ",;:"):
        return ""
    if len(field.mailboxes) != 1:
        return ""
    domain = field.mailboxes[0].address.rpartition("@")[2].lower()
    return domain if _HOST.fullmatch(domain) else ""


def _fields_of(headers: Headers, server: str, *, removes: bool) -> tuple[list[str], bool]:
    """What the server's fields say that are where only it can write, and whether there are others with its name."""
    believed: list[str] = []
    above = below = True
    found_below = False
    for name, octets in headers.fields:
        if name.lower() == "received":
            hop = _clauses(octets)
            above = above and hop["with"].startswith("lmtp")
            below = below and removes and _is_own(hop["by"], server)
        elif name.lower() == "authentication-results" and len(believed) < _MOST_FIELDS:
            text = " ".join(octets[: _LONGEST + 1].decode("ascii", "replace").replace("\ufffd", "?").split())
            if _writer(text) != server:
                continue
            if above or below:
                believed.append(text)
            else:
                found_below = True
    return believed, found_below


def _clauses(octets: bytes) -> dict[str, str]:
    """Who wrote a Received line, and with which protocol; the last clause counts, as the first may be a sender's.

    Nothing is read in a line with quotes or with brackets that do not match: a recipient is a stranger's words, too
    (``for <"x with lmtp y"@example.org>``).
    """
    found = {"by": "", "with": ""}
    text = octets[:_LONGEST].decode("ascii", "replace")
    if '"' in text:
        return found
    for _ in range(_MOST_COMMENTS):
        text, removed = _COMMENT.subn(" ", text)
        if not removed:
            break
    if "(" in text or ")" in text:
        return found
    for word, value in _CLAUSE.findall(text.rpartition(";")[0] or text):
        found[word.lower()] = value.lower()
    return found


def _is_own(host: str, server: str) -> bool:
    if server in _KNOWN_TO_REMOVE and _GOOGLE_INSIDE.fullmatch(host):
        return True
    return host == server or host.endswith(f".{server}")


def _writer(text: str) -> str:
    """The authserv-id of a field, casefolded; empty when there is none."""
    words = _COMMENT.sub(" ", text[:500]).partition(";")[0].split()
    return words[0].strip('"').casefold() if words else ""


def _verdict(text: str) -> Verdict | None:
    """What a field says; None when it cannot be read."""
    if len(text) > _LONGEST or text.count("(") > _MOST_COMMENTS:
        return None
    authres: Any = importlib.import_module("authres")
    try:
        header = authres.AuthenticationResultsHeader.parse_value(text)
        results = [one for one in header.results if isinstance(one, authres.AuthenticationResult)]
        return [
            (
                method := str(one.method).lower(),
                str(one.result).lower(),
                _domain(method, {f"{said.type}.{said.name}": str(said.value or "") for said in one.properties[::-1]}),
            )
            for one in results
        ]
    except (authres.AuthResError, ValueError, TypeError, AttributeError, LookupError, RecursionError):
        # The library raises its own errors for what is no field, and now and then another one for what is nearly one.
        return None


def _domain(method: str, said: Mapping[str, str]) -> str:
    """The domain that a result is about, by its properties; empty when it names none."""
    value = {
        "dkim": said.get("header.d") or said.get("header.i", ""),
        "spf": said.get("smtp.mailfrom", ""),
        "dmarc": said.get("header.from", ""),
    }.get(method, "")
    return value.rpartition("@")[2].strip("<>").rstrip(".").lower()
