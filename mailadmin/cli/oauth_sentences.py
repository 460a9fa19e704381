"""Sentences about signing in by OAuth2, for :mod:`.sentences`: those of the advice table above all (OA-9)."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Final

from mailadmin.domain.errors import Code, MailadminError
from mailadmin.domain.forecast import Lack
from mailadmin.domain.oauth import Advice
from mailadmin.services.oauth.advice import advice, advice_on

from .wording import Facts, count, duration, iso_local, quoted

_CHECKS: Final[Mapping[str, str]] = {
    "issuer": (
        "The answer did not come from the provider that the profile names ({expected}), but from {found}, so it was "
        "not accepted. Check tenant and addresses of the profile; if they are right, somebody may be in between."
    ),
    "audience": (
        "The provider's answer is meant for another application ({found}), so it was not accepted. Check the profile's "
        "client ID ({expected})."
    ),
    "expiry": (
        "The times in the provider's answer ({found}) do not fit this computer's clock ({expected}), so it was not "
        "accepted. Set this computer's clock."
    ),
    "nonce": "The answer belongs to another sign-in than the one that was begun here. Begin again.",
    "state": "The answer belongs to another sign-in than the one that was begun here. Begin again.",
}
_MALFORMED: Final = (
    "The provider's answer cannot be used: {expected} was expected, and {found} came. Check the addresses in the "
    "profile; perhaps a proxy, or the sign-in page of a network, answers in the provider's place."
)
_CERTIFICATE: Final[Mapping[str, str]] = {
    "no-key": "it holds no private key; both are needed, in one PEM text",
    "no-certificate": "it holds no certificate; both are needed, in one PEM text",
    "encrypted": "its private key is encrypted; give it without a password, it is kept encrypted here",
    "not-rsa": "its key is not an RSA key, which the provider asks for",
    "not-a-pair": "its private key and its certificate do not belong together",
    "expired": "it has expired",
    "unreadable": "it is no PEM text that can be read",
}
_LACKS: Final[Mapping[str, str]] = {
    Lack.NEVER: "Nobody has signed in for the account {name} yet.",
    Lack.CLEARED: "All tokens of the account {name} were cleared here.",
    Lack.CHANGED: "The sign-in that is kept for the account {name} is for another profile or user.",
    Lack.ENDED: (
        "The sign-in of the account {name} is over, and the provider gave nothing to renew it with; see the scopes of "
        "its profile."
    ),
}


def refused(facts: Facts) -> str:
    """What the provider's refusal means, what to do, and who can."""
    profile = f" The profile is {quoted(facts['profile'])}." if facts.get("profile") else ""
    return said(advice(facts.get("cause", ""), facts)) + profile


def said(entry: Advice) -> str:
    """An advice in sentences, without its script."""
    return f"{entry.cause} {entry.step} Who can do that: {entry.who}"


def script(error: MailadminError) -> str:
    """What the advice on an error gives to copy (PowerShell, an address); empty when there is nothing."""
    found = advice_on(error.code, error.facts, error.server)
    return found.script if found is not None else ""


def sign_in_needed(facts: Facts) -> str:
    """Why somebody must sign in, and the command."""
    name = facts["name"]
    command = f"Sign in with: mailadmin oauth2 authorize {shlex.quote(name) if name in facts.values() else 'NAME'}"
    cause = facts.get("cause", "")
    if cause in set(Lack):
        return f"{_LACKS[cause].format(name=quoted(name))} {command}"
    return f"The account {quoted(name)} needs a new sign-in. {said(advice(cause, facts))} {command}"


def mailbox_refuses(facts: Facts) -> str:
    """What a mail server means that refuses a fresh token."""
    to = f" to {facts['signed_in']}" if facts.get("signed_in") else ""
    found = advice_on(Code.MAILBOX_REFUSES_TOKEN, facts, facts.get("server", ""))
    return f"The mailbox {quoted(facts['username'])} does not open{to}." + (f" {said(found)}" if found else "")


def unavailable(facts: Facts) -> str:
    """Why the provider cannot be spoken with, and that nothing is lost."""
    host = f" ({facts['host']})" if facts.get("host") else ""
    if facts.get("tls") == "yes":
        return (
            f"The certificate of the provider{host} is not trusted: {facts['detail']}. If a company's own authority "
            "issued it, name that authority's file as ca_file of the profile; otherwise somebody may be listening in. "
            "Nothing is lost, and no sign-in ends by it."
        )
    why = f": {facts['detail']}" if facts.get("detail") else ""
    when = f"in {duration(facts['retry_after'])}" if facts.get("retry_after") else "later"
    return (
        f"The provider{host} cannot be reached, or cannot answer at the moment{why}. Nothing is lost, and no sign-in "
        f"ends by it; try again {when}. If it stays, check the network, proxy and address."
    )


def bad_answer(facts: Facts) -> str:
    """Which check the provider's answer failed."""
    known = Facts({name: iso_local(value) or "nothing" for name, value in facts.items()})
    return _CHECKS.get(facts.get("check", ""), _MALFORMED).format_map(known)


def timed_out(facts: Facts) -> str:
    """How long was waited."""
    minutes = facts["minutes"]
    time = count(int(minutes), "minute") if minutes.isdecimal() else f"{minutes} minutes"
    return f"Nobody finished the sign-in within {time}. Nothing was changed; begin again when you are ready."


def stopped(facts: Facts) -> str:
    """What stays of what was stopped: of a sign-in nothing."""
    if facts.get("changed") == "nothing":
        return "Stopped as asked; nothing was changed."
    return "Stopped as asked; what was fetched is stored, the next fetch goes on."


def no_client_secret(facts: Facts) -> str:
    """With the command that sets it."""
    kind = "client-certificate" if facts.get("kind") == "certificate" else "client-secret"
    reference = shlex.quote(f"profile/{facts.get('profile') or 'NAME'}/{kind}")
    return (
        f"No {kind.replace('-', ' ')} is kept for the profile {quoted(facts['profile'])}, which is set to use one. "
        f"Set it with: mailadmin secret set {reference}"
    )


def bad_client_certificate(facts: Facts) -> str:
    """What is wrong with the certificate."""
    detail = facts["detail"]
    return (
        f"The client certificate of the profile {quoted(facts['profile'])} cannot be used: "
        f"{_CERTIFICATE.get(detail, detail)}."
    )
