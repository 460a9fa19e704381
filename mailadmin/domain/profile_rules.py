"""The rules for OAuth2 profiles and their secrets, one function per rule (OA-1, OA-8; provider facts: OA-9)."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import SplitResult, urlsplit

from .accounts import Authentication, Family
from .names import name_key, tidy
from .oauth import GRAPH_OF_INSTANCE, ClientAuthentication, Flow, OAuthProfile, Provider, host_of
from .problems import Fault, Problem
from .scopes import GOOGLE_MAIL, arranged
from .secrets import Secret, SecretKind
from .validation import Surroundings, is_address, is_host, text_faults

MICROSOFT_FIELDS: Final = ("instance_url", "tenant", "graph_url")
CUSTOM_FIELDS: Final = ("discovery_url", "authorization_url", "token_url", "device_url")
OPEN_TENANTS: Final = frozenset({"common", "organizations", "consumers"})
"""Microsoft's names for tenants of all kinds, of companies, and of personal accounts."""
GOOGLE_CLIENT_ENDING: Final = ".apps.googleusercontent.com"
CREDENTIAL_FIELDS: Final = {
    SecretKind.CLIENT_SECRET: "client_secret",
    SecretKind.CLIENT_CERTIFICATE: "client_certificate",
}
"""The field a profile's secret is entered in, as faults name it."""
CREDENTIAL_KINDS: Final = {
    ClientAuthentication.SECRET: SecretKind.CLIENT_SECRET,
    ClientAuthentication.CERTIFICATE: SecretKind.CLIENT_CERTIFICATE,
}
"""What is kept in the vault for a profile that proves itself in this way."""

PORT_AT_LEAST: Final = 1024
"""Below it a port is reserved for the system (RFC 6335 6)."""
_BLOCKED_PORTS: Final = frozenset({
    1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
})  # fmt: skip
"""Ports from 1024 on that no browser connects to (Fetch standard, port blocking)."""

_GUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_MICROSOFT_SECRET: Final = re.compile(r".{3}\dQ~.{31,34}")
_GOOGLE_SECRET: Final = re.compile(r"GOCSPX-.+")
_SEGMENT: Final = re.compile(r"[A-Za-z0-9._~-]+")
_PATH: Final = re.compile(r"(/([A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})*)*")
_DOTS: Final = re.compile(r"(\.|%2e){1,2}", re.IGNORECASE)
"""A segment that browsers resolve away before they ask for a path (RFC 3986 5.2.4, WHATWG URL)."""
_SCOPES: Final = re.compile(r"[\x20\x21\x23-\x5b\x5d-\x7e]*")
_PRINTABLE: Final = re.compile(r"[\x20-\x7e]*")
_FOR_APPLICATIONS: Final = frozenset({"imap.accessasapp", "pop.accessasapp", "smtp.sendasapp"})
_PEM_KEY: Final = re.compile(r"-----BEGIN (RSA |EC )?PRIVATE KEY-----")
_PEM_ENCRYPTED: Final = re.compile(r"-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED", re.MULTILINE)
_PEM_CERTIFICATE: Final = "-----BEGIN CERTIFICATE-----"
_PEM: Final = "-----BEGIN "

Rule = Callable[[OAuthProfile, Surroundings], Iterator[Fault]]


def is_guid(text: str) -> bool:
    """Whether text is a GUID, as Microsoft's ids are."""
    return _GUID.fullmatch(text) is not None


def at_microsoft(profile: OAuthProfile) -> bool:
    """Whether a Microsoft profile signs in at Microsoft itself, where all names have a known form."""
    return profile.provider is Provider.MICROSOFT and host_of(profile.instance) in GRAPH_OF_INSTANCE


def registration(profile: OAuthProfile) -> tuple[str, ...]:
    """What tokens belong to: an application at a provider. Those of another registration are good for nothing.

    The tenant is no part of it: an application stays the same at another one, and if a token is not good for that, the
    provider says so when it is renewed.
    """
    addresses = profile.discovery_url, profile.authorization_url, profile.token_url
    return profile.provider.value, host_of(profile.instance), profile.client_id.casefold(), *addresses


def normalised_profile(profile: OAuthProfile) -> OAuthProfile:
    """The profile as it is stored: names tidied, nothing around what was pasted, scopes in order."""
    pasted = (*MICROSOFT_FIELDS, *CUSTOM_FIELDS, "client_id", "redirect_path", "ca_file")
    tidied = dataclasses.replace(
        profile, name=tidy(profile.name), **{name: getattr(profile, name).strip() for name in pasted}
    )
    return dataclasses.replace(tidied, scopes=arranged(tidied).text)


# --- rules ---


def _name(profile: OAuthProfile, around: Surroundings) -> Iterator[Fault]:
    if not profile.name.strip():
        yield Fault("name", Problem.REQUIRED)
    elif name_key(profile.name) in around.profiles:
        yield Fault("name", Problem.NOT_UNIQUE)


def _client_id(profile: OAuthProfile, around: Surroundings) -> Iterator[Fault]:
    text, provider = profile.client_id, profile.provider
    if not text:
        yield Fault("client_id", Problem.REQUIRED)
    elif provider is not Provider.CUSTOM and is_address(text):
        yield Fault("client_id", Problem.CLIENT_ID_IS_ADDRESS)
    elif _looks_secret(provider, text):
        yield Fault("client_id", Problem.CLIENT_ID_IS_SECRET)
    elif (at_microsoft(profile) and not is_guid(text)) or not _PRINTABLE.fullmatch(text):
        yield Fault("client_id", Problem.NOT_A_CLIENT_ID)


def _looks_secret(provider: Provider, text: str) -> bool:
    if provider is Provider.MICROSOFT:
        return _MICROSOFT_SECRET.fullmatch(text) is not None
    return provider is Provider.GOOGLE and _GOOGLE_SECRET.fullmatch(text) is not None


def _tenant(profile: OAuthProfile, around: Surroundings) -> Iterator[Fault]:
    if profile.provider is not Provider.MICROSOFT:
        return
    tenant = profile.tenant
    if not tenant:
        yield Fault("tenant", Problem.REQUIRED)
    elif tenant.casefold() in OPEN_TENANTS:
        if not profile.flow.by_person:
            yield Fault("tenant", Problem.TENANT_NEEDED, {"tenant": tenant})
    elif tenant.casefold() == profile.client_id.casefold():
        yield Fault("tenant", Problem.TENANT_IS_CLIENT_ID)
    elif at_microsoft(profile):
        if not is_guid(tenant) and not ("." in tenant and is_host(tenant)):
            yield Fault("tenant", Problem.NOT_A_TENANT)
    elif not _SEGMENT.fullmatch(tenant):
        yield Fault("tenant", Problem.NOT_A_TENANT)


def _other_providers(profile: OAuthProfile, around: Surroundings) -> Iterator[Fault]:
    """What only another provider knows is left empty."""
    foreign: tuple[str, ...] = ()
    foreign += MICROSOFT_FIELDS if profile.provider is not Provider.MICROSOFT else ()
    foreign += CUSTOM_FIELDS if profile.provider is not Provider.CUSTOM else ()
    for name in foreign:
        if getattr(profile, name):
            yield Fault(name, Problem.NOT_FOR_PROVIDER, {"provider": profile.provider.value})


def _provider_stays(profile: OAuthProfile, around: Surroundings) -> Iterator[Fault]:
    """Accounts that read mail by Microsoft Graph need a profile of Microsoft's."""
    if profile.provider is Provider.MICROSOFT:
        return
    for account in around.accounts:
        named = name_key(account.oauth_profile) == name_key(profile.name)
        if named and account.authentication is Authentication.OAUTH2 and account.type.family is Family.GRAPH:
            yield Fault("provider", Problem.PROVIDER_IN_USE, {"account": account.name})
            return


def _proof(profile: OAuthProfile, around: Surroundings) -> Iterator[Fault]:
    """How the application proves who it is, and what needs that."""
    proof = profile.client_authentication
    if profile.provider is Provider.GOOGLE:
        if proof is not ClientAuthentication.SECRET:
            yield Fault("client_authentication", Problem.SECRET_NEEDED_AT_GOOGLE)
        if profile.flow is not Flow.AUTHORIZATION_CODE:  # neither is to be had with the scope of mail
            yield Fault("flow", Problem.FLOW_NOT_AT_GOOGLE)
        return
    if proof is ClientAuthentication.CERTIFICATE and profile.provider is not Provider.MICROSOFT:
        yield Fault("client_authentication", Problem.CERTIFICATE_NEEDS_MICROSOFT)
    elif proof is ClientAuthentication.NONE and not profile.flow.by_person:
        yield Fault("client_authentication", Problem.FLOW_NEEDS_CREDENTIAL)


_NEEDED_ENDPOINTS: Final = {
    Flow.AUTHORIZATION_CODE: ("authorization_url", "token_url"),
    Flow.CLIENT_CREDENTIALS: ("token_url",),
    Flow.DEVICE_CODE: ("device_url", "token_url"),
}


def _endpoints(profile: OAuthProfile, around: Surroundings) -> Iterator[Fault]:
    if profile.provider is not Provider.CUSTOM or profile.discovery_url:
        return
    missing = [name for name in _NEEDED_ENDPOINTS[profile.flow] if not getattr(profile, name)]
    if len(missing) == len(_NEEDED_ENDPOINTS[profile.flow]):
        yield Fault("discovery_url", Problem.ENDPOINTS_NEEDED)
        return
    for name in missing:
        yield Fault(name, Problem.REQUIRED)


def _urls(profile: OAuthProfile, around: Surroundings) -> Iterator[Fault]:
    for name in (*MICROSOFT_FIELDS, *CUSTOM_FIELDS):
        if name != "tenant" and (text := getattr(profile, name)) and (fault := _url_fault(name, text)):
            yield fault


def _url_fault(name: str, text: str) -> Fault | None:
    """What is wrong with an address that a client secret or a token is sent to.

    An endpoint may have a query (RFC 6749 3.1, 3.2); what paths are added to may not.
    """
    parts = _split(text)
    if parts is None or not parts.hostname or not is_host(parts.hostname):
        return Fault(name, Problem.NOT_A_URL)
    if parts.scheme != "https":
        return Fault(name, Problem.NOT_HTTPS)
    microsofts = parts.hostname in GRAPH_OF_INSTANCE or f"https://{parts.hostname}" in GRAPH_OF_INSTANCE.values()
    bare = name == "graph_url" or (name in MICROSOFT_FIELDS and microsofts)  # AD FS may lie below a path
    extras = (
        ("user", "@" in parts.netloc),
        ("fragment", "#" in text),
        ("query", "?" in text and name in MICROSOFT_FIELDS),
        ("path", parts.path not in {"", "/"} and bare),
    )
    part = next((part for part, there in extras if there), None)
    return Fault(name, Problem.URL_WITH_EXTRAS, {"part": part}) if part else None


def _split(text: str) -> SplitResult | None:
    if re.search(r"[\s\\]", text):
        return None
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _redirect(profile: OAuthProfile, around: Surroundings) -> Iterator[Fault]:
    if profile.flow is not Flow.AUTHORIZATION_CODE:
        return
    path = profile.redirect_path
    if not _PATH.fullmatch(path) or any(_DOTS.fullmatch(segment) for segment in path.split("/")):
        yield Fault("redirect_path", Problem.REDIRECT_PATH)
    port = profile.redirect_port
    if port is None:
        return
    if not 1 <= port <= 65535:
        yield Fault("redirect_port", Problem.OUT_OF_RANGE, {"minimum": str(PORT_AT_LEAST), "maximum": "65535"})
    elif port < PORT_AT_LEAST:
        yield Fault("redirect_port", Problem.PORT_RESERVED, {"minimum": str(PORT_AT_LEAST)})
    elif port in _BLOCKED_PORTS:
        yield Fault("redirect_port", Problem.PORT_BLOCKED)


def _scopes(profile: OAuthProfile, around: Surroundings) -> Iterator[Fault]:
    if faults := list(_scope_characters(profile)):
        yield from faults
        return
    in_order = arranged(profile)
    if in_order.unplaced:
        yield Fault("scopes", Problem.SCOPE_OF_OTHER_RESOURCE, {"scopes": " ".join(in_order.unplaced)})
    if profile.provider is Provider.MICROSOFT and profile.flow.by_person:
        own = [scope for scope in in_order.scopes if scope.rsplit("/", 1)[-1].casefold() in _FOR_APPLICATIONS]
        if own:
            yield Fault("scopes", Problem.SCOPE_FOR_APPLICATIONS, {"scopes": " ".join(own)})
    if profile.provider is Provider.GOOGLE and in_order.scopes and GOOGLE_MAIL not in in_order.scopes:
        yield Fault("scopes", Problem.SCOPE_NEEDED, {"scopes": GOOGLE_MAIL})


def _scope_characters(profile: OAuthProfile) -> Iterator[Fault]:
    """RFC 6749 3.3; what parts scopes is put in order elsewhere."""
    wrong = [word for word in profile.scopes.split() if not _SCOPES.fullmatch(word)]
    if wrong:
        yield Fault("scopes", Problem.SCOPE_CHARACTERS, {"scopes": " ".join(wrong)})


PROFILE_TEXTS: Final = (
    "name", *MICROSOFT_FIELDS, *CUSTOM_FIELDS, "client_id", "redirect_path", "ca_file", "comment", "scopes",
)  # fmt: skip
PROFILE_RULES: Final[tuple[Rule, ...]] = (
    _name, _client_id, _tenant, _other_providers, _provider_stays, _proof, _endpoints, _urls, _redirect, _scopes,
)  # fmt: skip


def profile_faults(profile: OAuthProfile, around: Surroundings, credential: Secret | None = None) -> list[Fault]:
    """Every rule the profile breaks; ``around.profiles`` must not hold the profile itself.

    :param credential: a newly typed client secret or certificate; None: the one that is kept, if any
    """
    faults = list(text_faults(profile, PROFILE_TEXTS))
    for rule in PROFILE_RULES:
        faults += rule(profile, around)
    if credential is not None:
        faults += credential_faults(profile, credential)
    return faults


def credential_faults(profile: OAuthProfile, credential: Secret, kind: SecretKind | None = None) -> list[Fault]:
    """What is wrong with a client secret or certificate that is to be kept for a profile. It is in no fact.

    :param kind: what it is meant to be; by default what the profile's client authentication asks for
    """
    wanted = CREDENTIAL_KINDS.get(profile.client_authentication)
    kind = kind or wanted or SecretKind.CLIENT_SECRET
    problem = Problem.SECRET_NOT_USED if kind is not wanted else _credential_problem(profile, credential.reveal())
    return [Fault(CREDENTIAL_FIELDS[kind], problem)] if problem else []


def _credential_problem(profile: OAuthProfile, text: str) -> Problem | None:
    if not text:
        return Problem.REQUIRED
    if profile.client_authentication is ClientAuthentication.CERTIFICATE:
        return _pem_problem(text)
    if text != text.strip():
        return Problem.SECRET_WITH_BLANKS
    if _PEM in text:
        return Problem.SECRET_IS_CERTIFICATE
    if text == profile.client_id or (profile.provider is Provider.GOOGLE and text.endswith(GOOGLE_CLIENT_ENDING)):
        return Problem.SECRET_IS_CLIENT_ID
    if profile.provider is Provider.MICROSOFT and is_guid(text):
        return Problem.SECRET_IS_ID
    return Problem.CONTROL_CHARACTERS if re.search(r"[\x00-\x1f\x7f]", text) else None


def _pem_problem(text: str) -> Problem | None:
    """A light look; whether key and certificate belong together shows when they are used."""
    if _PEM not in text:
        return Problem.NOT_PEM
    if _PEM_ENCRYPTED.search(text):
        return Problem.PEM_ENCRYPTED
    if not _PEM_KEY.search(text):
        return Problem.PEM_WITHOUT_KEY
    return None if _PEM_CERTIFICATE in text else Problem.PEM_WITHOUT_CERTIFICATE
