"""What a server's refusals mean: by response code where there is one, else by the words.

Response codes: RFC 5530 and RFC 3501 (IMAP), RFC 2449 and RFC 3206 (POP3). Many servers send none, and several mean
"TLS first", "too many connections" or "later" by a plain ``NO`` or ``-ERR`` to the sign-in: words are looked at, too.
"""

from __future__ import annotations

import math
import re
from typing import Final

from mailadmin.domain.accounts import Authentication
from mailadmin.domain.errors import Code, Layer, UserFixableError
from mailadmin.domain.ports import ServerAccess

_RESPONSE_CODE: Final = re.compile(r"\s*\[([A-Za-z][A-Za-z0-9/._-]*)[^\]]*\]")
_NOT_CONNECTED: Final = "authenticated but not connected"
_THROTTLED: Final = re.compile(
    rf"{_NOT_CONNECTED}|suggested backoff time|throttl|bandwidth limit|rate limit", re.IGNORECASE
)
_NOT_NOW: Final = re.compile(
    r"too many|try again|temporar|later\b|limit (reached|exceeded)|exceeded.*limit|maximum number of|busy|overload"
    r"|unavailable|(mailbox|maildrop|account) (is )?(already )?(locked|in use|open)|lock (the )?(mailbox|maildrop)"
    r"|login.?delay|at least \d+ (second|minute)|connections? from your",
    re.IGNORECASE,
)
_TLS_FIRST: Final = re.compile(
    r"(starttls|stls|tls|ssl|encryption|secure connection) (is )?(required|needed|first)|under a layer"
    r"|(plain ?text|clear ?text) (authentication|login|password)s? (is |are )?(disallowed|disabled|not allowed|refused)"
    r"|(require|need)s? (a )?(tls|ssl|encrypt|secure)|issue a (starttls|stls)",
    re.IGNORECASE,
)
_MILLISECONDS: Final = re.compile(r"backoff time:?\s*(\d{1,12})\s*milliseconds", re.IGNORECASE)
_INTERVAL: Final = re.compile(r"\b(\d{1,6})\s*(second|minute|hour)", re.IGNORECASE)
_IN_SECONDS: Final = {"second": 1, "minute": 60, "hour": 3600}

_SESSION_ENDED: Final = re.compile(
    r"access ?token ?(has |is )?expired|token (has |is )?expired|expired (access )?token|session (invalidated|expired)"
    r"|session (has|is) expired",
    re.IGNORECASE,
)
_LIKE_A_SIGN_IN: Final = "invalid credentials"
"""What Gmail refuses any command with when the token has ended; elsewhere, of a folder, a want of rights."""

_REFUSED_CODES: Final = frozenset({"AUTHENTICATIONFAILED", "AUTHORIZATIONFAILED", "EXPIRED"})
_NOT_NOW_CODES: Final = frozenset({"UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "LOGIN-DELAY", "IN-USE", "SYS/TEMP"})
_SESSION_CODES: Final = frozenset({"AUTHENTICATIONFAILED", "EXPIRED", "AUTH"})
_NOT_SIGNED_IN: Final = frozenset({Layer.GREETING, Layer.TLS, Layer.SIGN_IN})
_BEING_OPENED: Final = frozenset({Layer.CAPABILITIES, Layer.FOLDER})
_TLS_CODES: Final = frozenset({"PRIVACYREQUIRED"})


class Refused(UserFixableError):  # noqa: N818  (what happened, not a kind of error)
    """A command that was answered NO, BAD or -ERR. Good enough to show; sign-in and folders know better words.

    :param command: the command's name, without arguments
    :param words: the server's words, already free of secrets
    :param bad: whether the server did not understand the command (IMAP's BAD)
    """

    def __init__(self, command: str, words: str, *, layer: Layer, bad: bool = False) -> None:
        self.command = command
        self.bad = bad
        self.response_code = response_code(words)
        if _THROTTLED.search(words):
            super().__init__(Code.THROTTLED, {"retry_after": retry_after(words)}, server=words, layer=layer)
        else:
            super().__init__(Code.SERVER_REFUSED, {"command": command}, server=words, layer=layer)


def check_token(access: ServerAccess, words: str, layer: Layer) -> None:
    """Raise what a refusal means for the access token that the session was opened with, if it is about that.

    Exchange Online ends a session with its token by ``BYE Session invalidated - AccessTokenExpired``, Gmail by ``BYE
    Session expired, please login again`` or by refusing commands as if we had just signed in. Exchange Online lets a
    good token in that may not open the mailbox, and then refuses the first command (``User is authenticated but not
    connected``); in a mailbox that has been opened, the same words ask for patience.

    :raises UserFixableError: SESSION_EXPIRED, MAILBOX_REFUSES_TOKEN
    """
    if access.authentication is not Authentication.OAUTH2:
        return
    if layer in {Layer.SIGN_IN, Layer.FOLDER} and _NOT_CONNECTED in words.casefold():
        facts = {"username": access.username, "signed_in": ""}
        raise UserFixableError(Code.MAILBOX_REFUSES_TOKEN, facts, server=words, layer=layer)
    if layer in _NOT_SIGNED_IN:
        return
    refused = response_code(words) in _SESSION_CODES or _LIKE_A_SIGN_IN in words.casefold()
    # While the mailbox is being opened, the token has just been taken: a mere refusal is about the mailbox.
    if _SESSION_ENDED.search(words) or (refused and layer not in _BEING_OPENED):
        raise UserFixableError(Code.SESSION_EXPIRED, {"host": access.host}, server=words, layer=layer)


def response_code(words: str) -> str:
    """The code at the start of the words, in upper case (``[AUTH] ...`` gives ``AUTH``), or an empty string."""
    match = _RESPONSE_CODE.match(words)
    return match[1].upper() if match else ""


def retry_after(words: str) -> str:
    """The seconds that the server asks to wait, as digits; empty when it does not say."""
    if match := _MILLISECONDS.search(words):
        return str(math.ceil(int(match[1]) / 1000))
    if match := _INTERVAL.search(words):
        return str(int(match[1]) * _IN_SECONDS[match[2].lower()])
    return ""


def is_busy(words: str) -> bool:
    """Whether a greeting or farewell says that the server would serve us another time."""
    return response_code(words) in _NOT_NOW_CODES or _NOT_NOW.search(words) is not None


def sign_in_failure(refused: Refused, username: str, *, reason: str = "", login_delay: str = "") -> UserFixableError:
    """What a refused sign-in means.

    :param reason: what the server said of a token before it refused it; kept with its words
    :param login_delay: the seconds between sign-ins that the server announced (POP3's CAPA), if any
    """
    said, code = refused.server, refused.response_code
    words = f"{said} {reason}".strip()
    facts = {"username": username}
    if code in _TLS_CODES or (code not in _REFUSED_CODES and _TLS_FIRST.search(said)):
        return UserFixableError(Code.SIGN_IN_NEEDS_TLS, facts, server=words, layer=Layer.SIGN_IN)
    if code in _REFUSED_CODES:
        return UserFixableError(Code.SIGN_IN_REFUSED, facts, server=words, layer=Layer.SIGN_IN)
    if refused.code is Code.THROTTLED:
        return refused
    if code in _NOT_NOW_CODES or (code != "AUTH" and _NOT_NOW.search(said)):
        wait = retry_after(said) or (login_delay if code == "LOGIN-DELAY" else "")
        facts["retry_after"] = wait
        return UserFixableError(Code.SIGN_IN_NOT_NOW, facts, server=words, layer=Layer.SIGN_IN)
    return UserFixableError(Code.SIGN_IN_REFUSED, facts, server=words, layer=Layer.SIGN_IN)
