"""Every error in a sentence or two: what happened, why, what to do. For labels that show plain text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

from mailadmin.domain.accounts import AccountStatus, IncomingAccount
from mailadmin.domain.errors import PROVIDER_CODES, Code, MailadminError
from mailadmin.domain.outside_text import recommends_plain_text

from . import keeping_errors, oauth_errors, own_errors, server_errors, times
from .headlines import headline
from .wording import QT_TRANSLATE_NOOP, composed, filled, harmless, known, listing

__all__ = ["code_sentence", "headline", "quoted_words", "sentence", "server_words", "status_sentence"]


def sentence(error: MailadminError, account: str = "") -> str:
    """What happened, why, and what to do. Without the server's words, which :func:`server_words` gives.

    :param account: the account's name, if it is about one
    """
    around = {"account": account, "name": account, "layer": error.layer or "", "server": server_words(error)}
    return code_sentence(error.code, around | error.facts)


def code_sentence(code: Code, facts: Mapping[str, str]) -> str:
    """The sentence for a code and its facts; what is not known is left unsaid."""
    clean = known(facts)
    if folders := [harmless(name) for name in facts.get("folders", "").split("\n") if name.strip()]:
        clean["folders"] = listing(folders)
    clean |= _spoken(clean)
    if words := _FUNCTIONS.get(code):
        return words(clean)
    if code in _KEYRING:
        return keeping_errors.without_bad_advice(keeping_errors.KEEPING_PARTS[code], clean)
    return composed(_PARTS[code], clean)


def _spoken(facts: Mapping[str, str]) -> dict[str, str]:
    """Numbers and dates among the facts, as people say them."""
    said = {}
    for fact, spoken in (("seconds", "time"), ("retry_after", "wait")):
        if fact in facts:
            said[spoken] = times.duration_of(facts[fact])
    for fact, spoken, words in (("count", "messages", times.messages), ("attempts", "times", times.times)):
        if facts.get(fact, "").isdecimal():
            said[spoken] = words(int(facts[fact]))
    if "changed_at" in facts:
        said["changed_at"] = times.iso_exact(facts["changed_at"])
    over = facts.get("days_left", "-").startswith("-")
    if over and "not_after" in facts:
        said["ended"] = times.iso_date(facts["not_after"])
    if facts.get("not_before", "") > datetime.now(UTC).isoformat():  # else it is who signed it that is over
        said["begins"] = times.iso_date(facts["not_before"])
    return said


def server_words(error: MailadminError) -> str:
    """What the other side said, on one line, free of secrets; empty when it said nothing."""
    return "" if recommends_plain_text(error.server) else harmless(error.server)


def quoted_words(error: MailadminError) -> str:
    """The same with who says it; empty when nobody said anything."""
    words = server_words(error)
    said = QT_TRANSLATE_NOOP("Sentences", 'The server says: "{words}"')
    if error.code in PROVIDER_CODES:
        said = QT_TRANSLATE_NOOP("Sentences", 'The provider says: "{words}"')
    return filled(said, {"words": words}) if words else ""


def status_sentence(status: AccountStatus, account: IncomingAccount | None = None) -> str:
    """Why an account's last fetch failed, and what to do; empty when it did not.

    :param account: the account, so that host, port, user and folder can be named
    """
    if not status.error_code:
        return ""
    if status.error_code not in _CODES:  # written by a newer version
        return harmless(status.error_code)
    facts = {"layer": status.error_layer, "server": harmless(status.error_server)}
    if account is not None:
        facts |= {
            "name": account.name,
            "type": account.type.value,
            "host": account.host,
            "port": str(account.effective_port or ""),
            "username": account.username,
            "folder": account.folder,
            "path": account.ca_file,
            "profile": account.oauth_profile,
            "pinned": account.pinned_certificate,
        }
    return code_sentence(Code(status.error_code), facts)


_CODES: Final = frozenset(code.value for code in Code)
_PARTS: Final = {
    **server_errors.SERVER_PARTS,
    **own_errors.OWN_PARTS,
    **keeping_errors.KEEPING_PARTS,
    **oauth_errors.OAUTH_PARTS,
}
_KEYRING: Final = frozenset(
    {Code.KEYRING_MISSING, Code.KEYRING_LOCKED, Code.KEYRING_SWALLOWS, Code.KEYRING_SILENT, Code.KEYRING_FAILED}
)
_FUNCTIONS: Final[Mapping[Code, Callable[[Mapping[str, str]], str]]] = {
    Code.ACCOUNT_NOT_VALID: own_errors.account_not_valid,
    Code.INVALID_RECORD: own_errors.invalid_record,
    Code.WRONG_STATE: own_errors.wrong_state,
    Code.FOLDER_NOT_WRITABLE: keeping_errors.folder_not_writable,
    Code.KEY_NOT_IN_KEYRING: keeping_errors.key_not_in_keyring,
    Code.SERVER_SILENT: server_errors.silent,
    Code.SERVER_GARBAGE: server_errors.garbage,
    Code.TLS_FAILED: server_errors.tls_failed,
    Code.STARTTLS_NOT_OFFERED: server_errors.starttls_not_offered,
    Code.DELETE_FAILED: server_errors.not_deleted,
    Code.MOVE_FAILED: server_errors.not_moved,
    Code.SIGN_IN_NEEDED: oauth_errors.sign_in_needed,
    Code.OAUTH_REFUSED: oauth_errors.refused,
    Code.OAUTH_UNAVAILABLE: oauth_errors.unavailable,
    Code.OAUTH_BAD_ANSWER: oauth_errors.bad_answer,
    Code.MAILBOX_REFUSES_TOKEN: oauth_errors.mailbox_refuses,
    Code.MAILBOX_NOT_FOUND: oauth_errors.mailbox_refuses,
    Code.PROFILE_NOT_VALID: oauth_errors.profile_not_valid,
    Code.BAD_CLIENT_CERTIFICATE: oauth_errors.bad_client_certificate,
}
"""Sentences that depend on more than which facts are known."""
