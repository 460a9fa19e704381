"""Scopes: what a provider is asked for, put in order, and compared with what it granted (OA-1, OA-8).

A scope is a word of RFC 6749 3.3. Microsoft's name a resource (``https://outlook.office.com/IMAP.AccessAsUser.All``);
a bare one (``Mail.Read``) is Microsoft Graph's, and a token is for one resource only, so scopes of two resources go
into two requests. The scopes of OpenID Connect (``openid``, ``offline_access`` ...) belong to no resource; whoever
speaks with the provider adds them.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from .oauth import OAuthProfile, Provider, Use, host_of

RESERVED: Final = frozenset({"openid", "profile", "email", "address", "phone", "offline_access"})
"""The scopes of OpenID Connect Core 5.4 and 11: about who signs in and for how long, not about mail."""

GOOGLE_MAIL: Final = "https://mail.google.com/"
GOOGLE_EMAIL: Final = "https://www.googleapis.com/auth/userinfo.email"
_GOOGLE_SHORT: Final = {
    "email": GOOGLE_EMAIL,
    "profile": "https://www.googleapis.com/auth/userinfo.profile",
}
_APPLICATION: Final = ".default"
"""Everything that was granted to the application beforehand, the only scope of Microsoft's client credentials."""


class Resource(enum.StrEnum):
    """What a Microsoft token is for."""

    EXCHANGE = "exchange"
    GRAPH = "graph"


_RESOURCE_OF: Final = {
    Use.IMAP: Resource.EXCHANGE,
    Use.POP3: Resource.EXCHANGE,
    Use.SMTP: Resource.EXCHANGE,
    Use.GRAPH: Resource.GRAPH,
}
_EXCHANGE_HOSTS: Final = frozenset({
    "outlook.office.com", "outlook.office365.com", "ps.outlook.com", "outlook.office365.us",
    "outlook-dod.office365.us", "partner.outlook.cn",
})  # fmt: skip
_GRAPH_HOSTS: Final = frozenset({
    "graph.microsoft.com", "graph.microsoft.us", "dod-graph.microsoft.us", "microsoftgraph.chinacloudapi.cn",
})  # fmt: skip
_BY_APPLICATION_ID: Final = {
    "00000002-0000-0ff1-ce00-000000000000": Resource.EXCHANGE,
    "00000003-0000-0000-c000-000000000000": Resource.GRAPH,
}
_EXCHANGE_OF_GRAPH: Final = {
    "graph.microsoft.us": "https://outlook.office365.us",
    "dod-graph.microsoft.us": "https://outlook-dod.office365.us",
    "microsoftgraph.chinacloudapi.cn": "https://partner.outlook.cn",
}
"""Exchange Online of each national cloud, by the host of its Microsoft Graph."""

_NEEDED: Final[Mapping[Use, tuple[str, ...]]] = {
    Use.IMAP: ("IMAP.AccessAsUser.All",),
    Use.POP3: ("POP.AccessAsUser.All",),
    Use.SMTP: ("SMTP.Send",),
    Use.GRAPH: ("Mail.ReadWrite",),
}
"""What is asked for where the profile names nothing that does. A profile may name more (``Mail.Send``)."""
_ENOUGH: Final = {
    Use.IMAP: frozenset({"imap.accessasuser.all"}),
    Use.POP3: frozenset({"pop.accessasuser.all"}),
    Use.SMTP: frozenset({"smtp.send"}),
    Use.GRAPH: frozenset({"mail.read", "mail.readwrite", "mail.read.shared", "mail.readwrite.shared"}),
}
"""A profile whose own scopes hold one of these (in lower case) needs nothing added for that use."""
_OF_EXCHANGE: Final = frozenset({
    "imap.accessasuser.all", "pop.accessasuser.all", "smtp.send", "imap.accessasapp", "pop.accessasapp",
    "smtp.sendasapp",
})  # fmt: skip
"""Named without their resource, or with Graph's (under which the portal lists them), these are Exchange's."""


class Arranging(enum.StrEnum):
    """What was done to put scopes in order."""

    SEPARATORS = "separators"
    """Commas and semicolons became blanks."""
    REPEATED = "repeated"
    """Named more than once: left out the second time."""
    RESERVED = "reserved"
    """Scopes of OpenID Connect: left out, because they are added where the provider takes them."""
    MOVED = "moved"
    """Named without a resource, or with Graph's, though they are Exchange's: named in full."""
    SEPARATE = "separate"
    """Two resources: each token is asked for with the scopes of its own resource only."""
    APPLICATION = "application"
    """An application's own sign-in takes ``.default`` only: the permissions themselves are granted at the provider."""
    DEFAULT_ALONE = "default-alone"
    """``.default`` cannot stand beside other scopes of its resource: those were left out."""
    UNPLACED = "unplaced"
    """Of a resource that no mail is got from: it cannot be asked for in any request. A fault of the profile."""


@dataclass(frozen=True, slots=True)
class ScopeRemark:
    """One thing that was done, and to which scopes (SEPARATE: all that remain)."""

    what: Arranging
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Arranged:
    """Scopes in order. ``by_resource`` is empty for a provider whose scopes know no resources."""

    scopes: tuple[str, ...]
    by_resource: Mapping[Resource, tuple[str, ...]] = field(default_factory=dict)
    remarks: tuple[ScopeRemark, ...] = ()

    @property
    def text(self) -> str:
        """As they are kept in a profile: separated by blanks."""
        return " ".join(self.scopes)

    @property
    def unplaced(self) -> tuple[str, ...]:
        """Scopes that fit into no request: a fault."""
        return next((remark.scopes for remark in self.remarks if remark.what is Arranging.UNPLACED), ())


def arranged(profile: OAuthProfile) -> Arranged:
    """A profile's own scopes in order, and what was done to them. ``arranged(...).text`` is stable under this."""
    remarks: list[ScopeRemark] = []
    named = profile.scopes.replace(",", " ").replace(";", " ")
    words = named.split()
    if named != profile.scopes:
        remarks.append(ScopeRemark(Arranging.SEPARATORS, ()))
    kept, repeated = _each_once(words)
    if repeated:
        remarks.append(ScopeRemark(Arranging.REPEATED, repeated))
    if profile.provider is Provider.CUSTOM:
        return Arranged(kept, {}, tuple(remarks))
    if reserved := tuple(scope for scope in kept if scope.casefold() in RESERVED):
        remarks.append(ScopeRemark(Arranging.RESERVED, reserved))
        kept = tuple(scope for scope in kept if scope not in reserved)
    if profile.provider is Provider.GOOGLE:
        return Arranged(kept, {}, tuple(remarks))
    return _by_resource(profile, kept, remarks)


def _by_resource(profile: OAuthProfile, scopes: tuple[str, ...], remarks: list[ScopeRemark]) -> Arranged:
    placed: dict[Resource, tuple[str, ...]] = {}
    moved, unplaced = [], []
    for scope in scopes:
        resource = resource_of(scope)
        if resource is None:
            unplaced.append(scope)
            continue
        name = _bare(scope)
        if resource is Resource.EXCHANGE and (_host(scope) in _GRAPH_HOSTS or "/" not in scope):
            moved.append(scope)
            scope = f"{_exchange(profile)}/{name}"
        placed[resource] = (*placed.get(resource, ()), scope)
    if moved:
        remarks.append(ScopeRemark(Arranging.MOVED, tuple(moved)))
    dropped: list[str] = []
    for resource, own in placed.items():
        placed[resource], left_out = _with_default_alone(profile, resource, own)
        dropped += left_out
    if dropped:
        what = Arranging.DEFAULT_ALONE if profile.flow.by_person else Arranging.APPLICATION
        remarks.append(ScopeRemark(what, tuple(dropped)))
    placed = {resource: _each_once(placed[resource])[0] for resource in Resource if resource in placed}
    kept = tuple(scope for own in placed.values() for scope in own)
    if len(placed) > 1:
        remarks.append(ScopeRemark(Arranging.SEPARATE, kept))
    if unplaced:
        remarks.append(ScopeRemark(Arranging.UNPLACED, tuple(unplaced)))
    return Arranged((*kept, *unplaced), placed, tuple(remarks))


def _with_default_alone(
    profile: OAuthProfile, resource: Resource, scopes: tuple[str, ...]
) -> tuple[tuple[str, ...], list[str]]:
    """What is asked for of a resource, and what was left out for it."""
    default = tuple(scope for scope in scopes if _bare(scope) == _APPLICATION)
    others = [scope for scope in scopes if scope not in default]
    if not others or (profile.flow.by_person and not default):
        return scopes, []
    return default or _application_scope(profile, resource), others


def scopes_for(profile: OAuthProfile, use: Use, *, shared: bool = False) -> tuple[str, ...]:
    """What is asked for in one request, for a token of that use; the scopes of OpenID Connect come in addition.

    The profile's own scopes of the right resource, with what the use cannot do without; otherwise the preset.

    :param shared: whether somebody else's mailbox is opened, which Microsoft Graph has scopes of its own for
    """
    own = arranged(profile)
    if profile.provider is Provider.CUSTOM:
        return own.scopes
    if profile.provider is Provider.GOOGLE:
        return _each_once((*own.scopes, GOOGLE_MAIL, *(() if own.scopes else (GOOGLE_EMAIL,))))[0]
    resource = _RESOURCE_OF[use]
    named = own.by_resource.get(resource, ())
    if not profile.flow.by_person:
        return named or _application_scope(profile, resource)
    bare = {_bare(scope).casefold() for scope in named}
    if bare & _ENOUGH[use] or _APPLICATION in bare:
        return named
    asked = _NEEDED[use]
    if shared and use is Use.GRAPH:
        asked = tuple(f"{scope}.Shared" for scope in asked)
    host = profile.graph if resource is Resource.GRAPH else _exchange(profile)
    return _each_once((*named, *(f"{host}/{scope}" for scope in asked)))[0]


def missing(needed: Iterable[str], granted: Iterable[str]) -> tuple[str, ...]:
    """The needed scopes that were not granted; none when the provider did not say (RFC 6749 5.1: then all were).

    Case and the way a resource is written make no difference, nor Google's long names of ``email`` and ``profile``.
    Leave to write includes leave to read; the scopes of OpenID Connect and ``.default`` are never missing.
    """
    given = {_comparable(scope) for scope in granted}
    if not given:
        return ()
    given |= {scope.replace("readwrite", "read") for scope in given}
    return tuple(scope for scope in needed if _is_about_mail(scope) and _comparable(scope) not in given)


def resource_of(scope: str) -> Resource | None:
    """The Microsoft resource that a scope belongs to; None for one of another's."""
    host = _host(scope)
    if host in _EXCHANGE_HOSTS:
        return Resource.EXCHANGE
    if host in _GRAPH_HOSTS or not re.search("[:/]", scope):
        return Resource.EXCHANGE if _bare(scope).casefold() in _OF_EXCHANGE else Resource.GRAPH
    return _BY_APPLICATION_ID.get(scope.partition("/")[0].casefold())


def _application_scope(profile: OAuthProfile, resource: Resource) -> tuple[str, ...]:
    if resource is Resource.GRAPH:
        return (f"{profile.graph}/{_APPLICATION}",)
    host = _exchange(profile).replace("outlook.office.com", "outlook.office365.com")  # as Microsoft documents it
    return (f"{host}/{_APPLICATION}",)


def _exchange(profile: OAuthProfile) -> str:
    return _EXCHANGE_OF_GRAPH.get(_host(profile.graph), "https://outlook.office.com")


def _host(scope: str) -> str:
    return host_of(scope) if "://" in scope else ""


def _bare(scope: str) -> str:
    return scope.rsplit("/", 1)[-1]


def _is_about_mail(scope: str) -> bool:
    return scope.casefold() not in RESERVED and _bare(scope) != _APPLICATION


def _comparable(scope: str) -> str:
    scope = _GOOGLE_SHORT.get(scope, scope)
    return (_bare(scope) if resource_of(scope) else scope).casefold()


def _each_once(scopes: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Scopes without repetition, and what was repeated; case makes no difference."""
    seen: dict[str, str] = {}
    repeated = []
    for scope in scopes:
        if scope.casefold() in seen:
            repeated.append(scope)
        else:
            seen[scope.casefold()] = scope
    return tuple(seen.values()), tuple(repeated)
