"""Sentences about a server that speaks otherwise than the account's type says, for :mod:`.sentences`."""

from __future__ import annotations

from mailadmin.domain.accounts import AccountType, Encryption, Family
from mailadmin.domain.errors import Layer

from .wording import Facts, number_of

_PROTOCOLS = {Family.IMAP: "IMAP", Family.POP3: "POP3"}
_A = {Family.IMAP: "an IMAP", Family.POP3: "a POP3"}


def _of(family: Family, encryption: Encryption) -> AccountType:
    return next(one for one in AccountType if (one.family, one.encryption) == (family, encryption))


def _type(facts: Facts) -> AccountType | None:
    """The account's type, where it is told and has a protocol that can be mistaken."""
    said = facts.get("type", "")
    known = AccountType(said) if said in AccountType.__members__ else None
    return known if known is not None and known.family in _PROTOCOLS else None


def silent(facts: Facts) -> str:
    """At the greeting: perhaps a port that expects encryption at once."""
    said = f"{facts['host']} said nothing for {number_of(facts['seconds'], 'second')}."
    kind = _type(facts)
    greeting = facts.get("layer", Layer.GREETING) in {Layer.GREETING, Layer.CONNECT}
    if kind is None or kind.encryption is Encryption.TLS or not greeting:
        return f"{said} Try later; check that port {facts['port']} speaks the protocol of the account's type."
    encrypted, protocol = _of(kind.family, Encryption.TLS), _PROTOCOLS[kind.family]
    return (
        f"{said} A port that waits in silence usually expects encryption at once: use type {encrypted}, or the port "
        f"for {protocol} ({kind.default_port}). If both are right, try later."
    )


def garbage(facts: Facts) -> str:
    """The other protocol, when its greeting gives it away."""
    if said := _other_protocol(facts):
        return said
    return f"{facts['host']} did not answer in the expected protocol ({facts['detail']}). {_check(facts)}"


def tls_failed(facts: Facts) -> str:
    """How the types of the family differ."""
    if said := _other_protocol(facts):
        return said
    return f"{facts['host']} and this computer could not agree on encryption ({facts['detail']}). {_check(facts)}"


def starttls_not_offered(facts: Facts) -> str:
    """The type with encryption from the start, of the family."""
    kind = _type(facts)
    instead = str(_of(kind.family, Encryption.TLS)) if kind else "IMAPS, POP3S"
    return (
        f"{facts['host']} offers no STARTTLS on port {facts['port']}, so nothing was sent, least of all the password. "
        f"Use a type with TLS from the start ({instead}), or have STARTTLS switched on."
    )


def _check(facts: Facts) -> str:
    kind = _type(facts)
    if kind is None:
        return (
            f"Check port {facts['port']} and the account's type: IMAPS and POP3S encrypt at once, IMAPTLS and POP3TLS "
            "after STARTTLS, each on a port of its own."
        )
    at_once, later = _of(kind.family, Encryption.TLS), _of(kind.family, Encryption.STARTTLS)
    return (
        f"Check port {facts['port']} and the account's type, {kind}: {at_once} encrypts at once (usually port "
        f"{at_once.default_port}), {later} after STARTTLS (usually port {later.default_port})."
    )


def _other_protocol(facts: Facts) -> str:
    """A greeting of the other protocol on a port of this one; empty when there is none."""
    kind = _type(facts)
    if kind is None:
        return ""
    greeting, other = ("+OK", Family.POP3) if kind.family is Family.IMAP else ("* OK", Family.IMAP)
    if not facts.get("server", "").startswith(greeting):
        return ""
    return (
        f"This is {_A[other]} server: use type {_of(other, kind.encryption)}, or the port of "
        f"{_PROTOCOLS[kind.family]} (usually {kind.default_port})."
    )


def unprotected(facts: Facts) -> str:
    """What a plain type means for the password, and the better type where the server has it."""
    said = "None: the password and all mail travel readable for others on the way."
    if facts.get("starttls_offered") != "yes":
        return said
    kind = _type(facts)
    better = str(_of(kind.family, Encryption.STARTTLS)) if kind else "IMAPTLS (POP3TLS)"
    return f"{said} The server offers STARTTLS: use type {better}."
