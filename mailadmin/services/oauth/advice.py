"""What an error of a provider or mail server means for an account, who can mend it, and how (OA-9)."""

from __future__ import annotations

from collections.abc import Mapping

from mailadmin.domain.advice import UNKNOWN, Speaker
from mailadmin.domain.errors import Code
from mailadmin.domain.oauth import Advice, Flow, Provider
from mailadmin.oauth.advice import table


def advice(cause: str, facts: Mapping[str, str]) -> Advice:
    """What an entry of the table says, with its script filled in.

    :param cause: the entry's key, as OAUTH_REFUSED and TokenRecord carry it
    :param facts: instance, tenant, client_id, mailbox, signed_in, as far as they are known
    """
    return table().advice(cause, facts)


def advice_on(code: Code, facts: Mapping[str, str], server: str = "") -> Advice | None:
    """The advice on an error about signing in; None for errors that need none.

    :param facts: the error's; ``provider`` and ``flow`` may be among them
    :param server: the other side's words
    """
    if code in {Code.MAILBOX_REFUSES_TOKEN, Code.MAILBOX_NOT_FOUND}:
        mailbox = facts.get("username", "")
        known = {"mailbox": mailbox, **facts}
        return advice(facts.get("cause") or mailbox_cause(facts, server), known)
    if code is Code.OAUTH_WRONG_IDENTITY:
        return advice("wrong-mailbox", {"mailbox": facts.get("expected", ""), **facts})
    if code in {Code.OAUTH_REFUSED, Code.SIGN_IN_NEEDED} and facts.get("cause"):
        return advice(facts["cause"], facts)
    return None


def mailbox_cause(facts: Mapping[str, str], server: str) -> str:
    """The entry that the words of a mail server mean which refuses a fresh token.

    :param facts: username (the mailbox), signed_in, what is known of the profile
        (:func:`~mailadmin.domain.advice.facts_of`), or the host
    """
    provider = Provider(facts["provider"]) if facts.get("provider") in set(Provider) else _guess(facts)
    signed_in, mailbox = facts.get("signed_in", ""), facts.get("username", "")
    by_person = Flow(facts["flow"]).by_person if facts.get("flow") in set(Flow) else (bool(signed_in) or None)
    cause = table().cause_of(server, speaker=Speaker.MAILBOX, provider=provider, by_person=by_person)
    another = bool(signed_in and mailbox) and signed_in.casefold() != mailbox.casefold()
    if another and cause == "imap-person":
        return "shared-mailbox"
    return "mailbox-refuses" if cause == UNKNOWN else cause


def _guess(facts: Mapping[str, str]) -> Provider | None:
    """Whose mail server it is, by its name."""
    host = facts.get("host", "")
    if host.endswith((".office365.com", ".outlook.com", ".office.com", ".office365.us", ".outlook.cn")):
        return Provider.MICROSOFT
    return Provider.GOOGLE if host.endswith((".gmail.com", ".google.com", ".googlemail.com")) else None
