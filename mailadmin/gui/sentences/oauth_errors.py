"""What goes wrong with signing in by OAuth2, for :mod:`.errors`: with the table of advice (OA-9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mailadmin.domain.errors import Code, MailadminError
from mailadmin.domain.forecast import Lack
from mailadmin.domain.oauth import Advice
from mailadmin.services.oauth.advice import advice, advice_on

from . import states, times
from .wording import QT_TRANSLATE_NOOP, Part, Parts, composed, filled, translate

OAUTH_PARTS: Final[Mapping[Code, Parts]] = {
    Code.UNKNOWN_PROFILE: (
        (
            QT_TRANSLATE_NOOP(
                "Sentences", 'There is no OAuth2 profile "{name}"; perhaps somebody deleted or renamed it.'
            ),
            QT_TRANSLATE_NOOP("Sentences", "There is no such OAuth2 profile; perhaps somebody deleted or renamed it."),
        ),
        QT_TRANSLATE_NOOP("Sentences", "Choose another, or add it on the page Profiles."),
    ),
    Code.SESSION_EXPIRED: (
        (
            QT_TRANSLATE_NOOP("Sentences", "{host} ended the session, because its access token had run out."),
            QT_TRANSLATE_NOOP("Sentences", "The server ended the session, because its access token had run out."),
        ),
        QT_TRANSLATE_NOOP(
            "Sentences", "What was stored stays stored; the next fetch goes on with a fresh access token."
        ),
    ),
    Code.OAUTH_UNAVAILABLE: (
        (
            QT_TRANSLATE_NOOP("Sentences", "The provider {host} cannot be reached, or cannot answer now: {detail}."),
            QT_TRANSLATE_NOOP("Sentences", "The provider {host} cannot be reached, or cannot answer now."),
            QT_TRANSLATE_NOOP("Sentences", "The provider cannot be reached, or cannot answer now."),
        ),
        QT_TRANSLATE_NOOP("Sentences", "Nothing is lost, and no sign-in ends by it."),
        (
            QT_TRANSLATE_NOOP("Sentences", "Try again in {wait}."),
            QT_TRANSLATE_NOOP("Sentences", "Try again later; if it stays, check network, proxy and address."),
        ),
    ),
    Code.OAUTH_TIMED_OUT: (
        QT_TRANSLATE_NOOP("Sentences", "Nobody finished the sign-in in time."),
        QT_TRANSLATE_NOOP("Sentences", "Nothing was changed; begin again when you are ready."),
    ),
    Code.OAUTH_PORT_BUSY: (
        (
            QT_TRANSLATE_NOOP(
                "Sentences",
                "Another program uses port {port}, which the profile fixes for the answer of the browser.",
            ),
            QT_TRANSLATE_NOOP(
                "Sentences", "Another program uses the port that the profile fixes for the answer of the browser."
            ),
        ),
        QT_TRANSLATE_NOOP(
            "Sentences", "Close that program, or choose another port, in the profile and at the provider."
        ),
    ),
    Code.OAUTH_WRONG_IDENTITY: (
        (
            QT_TRANSLATE_NOOP("Sentences", "{signed_in} signed in, but the account names {expected}."),
            QT_TRANSLATE_NOOP("Sentences", "Somebody else signed in than the account names."),
        ),
        QT_TRANSLATE_NOOP(
            "Sentences",
            "Sign in with the account that owns the mailbox; a private window of the browser helps, because it "
            "remembers nobody. For a shared mailbox, enter who signs in and which mailbox is opened in the two fields.",
        ),
    ),
    Code.OAUTH_NOT_AN_ANSWER: (
        (
            QT_TRANSLATE_NOOP(
                "Sentences",
                "That is not the address of the browser's last page, which begins with {expected} and holds the "
                "answer.",
            ),
            QT_TRANSLATE_NOOP(
                "Sentences", "That is not the address of the browser's last page, which holds the answer."
            ),
        ),
        QT_TRANSLATE_NOOP("Sentences", "Copy the whole address and paste it."),
    ),
    Code.NO_CLIENT_SECRET: (
        (
            QT_TRANSLATE_NOOP(
                "Sentences",
                'No client secret or certificate is kept for the profile "{profile}", which is set to use one.',
            ),
            QT_TRANSLATE_NOOP(
                "Sentences", "No client secret or certificate is kept for the profile, which is set to use one."
            ),
        ),
        QT_TRANSLATE_NOOP("Sentences", "Edit the profile and enter it."),
    ),
    Code.BAD_CLIENT_CERTIFICATE: (
        (
            QT_TRANSLATE_NOOP("Sentences", 'The client certificate of the profile "{profile}" cannot be used: {why}.'),
            QT_TRANSLATE_NOOP("Sentences", 'The client certificate of the profile "{profile}" cannot be used.'),
            QT_TRANSLATE_NOOP("Sentences", "The client certificate of the profile cannot be used."),
        ),
        QT_TRANSLATE_NOOP("Sentences", "Edit the profile and enter another one."),
    ),
}

_UNTRUSTED: Final[Parts] = (
    (
        QT_TRANSLATE_NOOP("Sentences", "The certificate of the provider {host} is not trusted: {detail}."),
        QT_TRANSLATE_NOOP("Sentences", "The certificate of the provider is not trusted."),
    ),
    QT_TRANSLATE_NOOP(
        "Sentences",
        "If a company's own authority issued it, name its file in the profile: Edit profile, Special addresses and "
        "certificates, Certificate authority file. Otherwise somebody may be listening in.",
    ),
    QT_TRANSLATE_NOOP("Sentences", "Nothing is lost, and no sign-in ends by it."),
)
_NOT_VALID: Final[Parts] = (
    (
        QT_TRANSLATE_NOOP(
            "Sentences", 'The profile "{profile}" is set to "{validity}", so no account can sign in by it.'
        ),
        QT_TRANSLATE_NOOP("Sentences", 'The profile "{profile}" is not valid, so no account can sign in by it.'),
        QT_TRANSLATE_NOOP("Sentences", "The profile is not valid, so no account can sign in by it."),
    ),
    QT_TRANSLATE_NOOP("Sentences", "Edit the profile and set its validity to valid to use it."),
)
_CHECKS: Final[Mapping[str, Parts]] = {
    "issuer": (
        (
            QT_TRANSLATE_NOOP(
                "Sentences",
                "The answer came from {found} instead of the provider that the profile names ({expected}), so it was "
                "not accepted.",
            ),
            QT_TRANSLATE_NOOP(
                "Sentences", "The answer did not come from the provider that the profile names, so it was not accepted."
            ),
        ),
        QT_TRANSLATE_NOOP(
            "Sentences",
            "Check tenant and addresses of the profile; if they are right, somebody may be in between.",
        ),
    ),
    "audience": (
        (
            QT_TRANSLATE_NOOP(
                "Sentences",
                "The provider's answer is meant for another application ({found}), so it was not accepted.",
            ),
            QT_TRANSLATE_NOOP(
                "Sentences", "The provider's answer is meant for another application, so it was not accepted."
            ),
        ),
        QT_TRANSLATE_NOOP("Sentences", "Check the client ID of the profile."),
    ),
    "expiry": (
        (
            QT_TRANSLATE_NOOP(
                "Sentences",
                "The times in the provider's answer ({found}) do not fit this computer's clock ({expected}), so it "
                "was not accepted.",
            ),
            QT_TRANSLATE_NOOP(
                "Sentences",
                "The times in the provider's answer do not fit this computer's clock, so it was not accepted.",
            ),
        ),
        QT_TRANSLATE_NOOP("Sentences", "Set this computer's clock, then begin again."),
    ),
}
_OTHER_SIGN_IN: Final[Parts] = (
    QT_TRANSLATE_NOOP("Sentences", "The answer belongs to another sign-in than the one that was begun here."),
    QT_TRANSLATE_NOOP("Sentences", "Begin again, and use the page that opens then."),
)
_MALFORMED: Final[Parts] = (
    (
        QT_TRANSLATE_NOOP(
            "Sentences", "The provider's answer cannot be used: {expected} was expected, and {found} came."
        ),
        QT_TRANSLATE_NOOP("Sentences", "The provider's answer cannot be used."),
    ),
    QT_TRANSLATE_NOOP(
        "Sentences",
        "Check the addresses in the profile; perhaps a proxy, or the sign-in page of a network, answers in the "
        "provider's place.",
    ),
)
_CERTIFICATE: Final[Mapping[str, str]] = {
    "no-key": QT_TRANSLATE_NOOP("Sentences", "it holds no private key; both are needed, in one PEM text"),
    "no-certificate": QT_TRANSLATE_NOOP("Sentences", "it holds no certificate; both are needed, in one PEM text"),
    "encrypted": QT_TRANSLATE_NOOP(
        "Sentences", "its private key is encrypted; enter it without a password, it is kept encrypted here"
    ),
    "not-rsa": QT_TRANSLATE_NOOP("Sentences", "its key is not an RSA key, which the provider asks for"),
    "not-a-pair": QT_TRANSLATE_NOOP("Sentences", "its private key and its certificate do not belong together"),
    "expired": QT_TRANSLATE_NOOP("Sentences", "it has expired"),
    "unreadable": QT_TRANSLATE_NOOP("Sentences", "it is no PEM text that can be read"),
}
LACKS: Final[Mapping[str, str]] = {
    Lack.NEVER: QT_TRANSLATE_NOOP("Sentences", "Nobody has signed in for this account yet."),
    Lack.CLEARED: QT_TRANSLATE_NOOP("Sentences", "All tokens were cleared here. Somebody must sign in again."),
    Lack.CHANGED: QT_TRANSLATE_NOOP(
        "Sentences", "The sign-in that is kept is for another profile or user. Somebody must sign in again."
    ),
    Lack.ENDED: QT_TRANSLATE_NOOP(
        "Sentences",
        "The provider gave nothing to renew the sign-in with, and its time is over. Somebody must sign in again; see "
        "the scopes of the profile, too.",
    ),
}
"""Why somebody must sign in though no provider has refused anything (a test compares)."""
_REFUSES: Final[Part] = (
    QT_TRANSLATE_NOOP("Sentences", 'The mailbox "{username}" does not open to {signed_in}.'),
    QT_TRANSLATE_NOOP("Sentences", 'The mailbox "{username}" does not open.'),
    QT_TRANSLATE_NOOP("Sentences", "The mailbox does not open."),
)


def advised(entry: Advice) -> str:
    """An advice in sentences: cause, next step, and who can take it; without its script."""
    cause, step, who = (translate("OAuthAdvice", text) for text in (entry.cause, entry.step, entry.who))
    return " ".join((cause, step, filled(QT_TRANSLATE_NOOP("Sentences", "Who can do that: {who}"), {"who": who})))


def script(error: MailadminError) -> str:
    """What the advice on an error gives to copy (PowerShell, an address), line by line; empty when there is nothing."""
    found = advice_on(error.code, error.facts, error.server)
    return found.script if found is not None else ""


def refused(facts: Mapping[str, str]) -> str:
    """What the provider's refusal means, what to do, and who can."""
    said = advised(advice(facts.get("cause", ""), facts))
    profile = composed((QT_TRANSLATE_NOOP("Sentences", 'The profile is "{profile}".'),), facts)
    return f"{said} {profile}".rstrip()


def sign_in_needed(facts: Mapping[str, str]) -> str:
    """Why somebody must sign in."""
    cause = facts.get("cause", "")
    return translate("Sentences", LACKS[cause]) if cause in LACKS else refused(facts)


def mailbox_refuses(facts: Mapping[str, str]) -> str:
    """What a mail server means that refuses a fresh token."""
    found = advice_on(Code.MAILBOX_REFUSES_TOKEN, facts, facts.get("server", ""))
    said = composed((_REFUSES,), facts)
    return f"{said} {advised(found)}" if found is not None else said


def unavailable(facts: Mapping[str, str]) -> str:
    """Why the provider cannot be spoken with: waiting helps, unless its certificate is not trusted."""
    return composed(_UNTRUSTED if facts.get("tls") == "yes" else OAUTH_PARTS[Code.OAUTH_UNAVAILABLE], facts)


def bad_answer(facts: Mapping[str, str]) -> str:
    """Which check the provider's answer failed."""
    check = facts.get("check", "")
    if check == "expiry":
        facts = {**facts, **{name: times.iso_exact(facts[name]) for name in facts.keys() & {"expected", "found"}}}
    return composed(_OTHER_SIGN_IN if check in {"nonce", "state"} else _CHECKS.get(check, _MALFORMED), facts)


def profile_not_valid(facts: Mapping[str, str]) -> str:
    """Says how to make it valid."""
    word = states.validity(facts["validity"]) if "validity" in facts else ""
    return composed(_NOT_VALID, {**facts, **({"validity": word} if word else {})})


def bad_client_certificate(facts: Mapping[str, str]) -> str:
    """What is wrong with the certificate."""
    why = _CERTIFICATE.get(facts.get("detail", ""))
    known = {**facts, "why": translate("Sentences", why)} if why else facts
    return composed(OAUTH_PARTS[Code.BAD_CLIENT_CERTIFICATE], known)
