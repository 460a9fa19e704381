"""Logging set-up, the filter that hides secrets from it, and the crash hook. No Qt, no other part of mailadmin.

Times in the log are UTC. Known secrets are found in whatever encoding they turn up; patterns catch, as a second net,
what nobody made known.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import logging
import logging.handlers
import os
import re
import sys
import threading
import traceback
from collections import OrderedDict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import TextIOWrapper
from os.path import commonprefix
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Protocol
from urllib.parse import quote, quote_plus

HIDDEN: Final = "***"
LOG_FILE: Final = "mailadmin.log"
_LARGEST_FILE: Final = 5_000_000  # octets; then the file is renamed and a new one begun
_OLD_FILES: Final = 5
_PRIVATE: Final = 0o600
_log = logging.getLogger(__name__)

# Loggers of libraries that say too much: wire traffic (mail, SASL), URLs with codes and tokens, SQL with its values.
_TALKATIVE: Final = (
    "alembic", "asyncio", "google", "imapclient", "imaplib", "keyring", "msal", "oauthlib", "poplib", "pymap",
    "requests_oauthlib", "smtplib", "sqlalchemy", "urllib3",
)  # fmt: skip


class Revealing(Protocol):
    """Something that holds a secret text (``domain.secrets.Secret``)."""

    def reveal(self) -> str:
        """The secret itself."""


# --- what a secret can look like -----------------------------------------------------------------------------------

_SHORTEST: Final = 4  # shorter secrets would blacken every line; they are hidden where they stand as a word
_CUT_OFF: Final = 16  # characters of a longer secret's beginning that give it away even without the rest
_KEPT: Final = 32  # characters that are remembered of a form longer than _LONG: tokens are large and many
_LONG: Final = 200
_MOST_SECRETS: Final = 5_000  # then the one not heard of for longest is forgotten: tokens change every hour
_BASE64: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=")


class _Form(NamedTuple):
    """One way a secret can be written, with as much of its beginning as is compared."""

    beginning: str
    length: int
    base64: bool

    def found(self, text: str, start: int) -> int:
        """How many characters of it stand there; 0 unless it is whole, or the beginning of something long."""
        if text.startswith(self.beginning, start):
            return self.length
        if not text.startswith(self.beginning[:_CUT_OFF], start):
            return 0
        return len(commonprefix([self.beginning, text[start : start + len(self.beginning)]]))  # noqa: RUF071


def _in_python(text: str) -> Iterator[str]:
    """The text as repr() writes it; the quotation mark makes it escape apostrophes, which it does only sometimes."""
    octets = text.encode("utf-8", "surrogatepass")
    yield from (repr(text)[1:-1], repr('"' + text)[2:-1])
    yield from (ascii(text)[1:-1], ascii('"' + text)[2:-1])
    yield from (repr(octets)[2:-1], repr(b'"' + octets)[3:-1])


def _in_url(octets: bytes) -> Iterator[str]:
    for form in (quote(octets), quote(octets, safe=""), quote_plus(octets), quote(quote(octets, safe=""), safe="")):
        yield form
        yield re.sub("%..", lambda match: match.group().lower(), form)


def _in_base64(octets: bytes) -> Iterator[str]:
    """What is certain of the octets' base64 inside a longer one (SASL, Basic), at each of its three alignments."""
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + octets).decode("ascii")
        first = -(-before * 8 // 6)  # the first character without bits of what stands before
        core = encoded[first : (before + len(octets)) * 8 // 6]
        yield core
        yield core.replace("+", "-").replace("/", "_")


def _forms_of(text: str) -> set[_Form]:
    """Every form of a secret that is searched for."""
    octets = text.encode("utf-8", "surrogatepass")
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')  # a quoted string of IMAP (RFC 3501 9)
    plain = {text, quoted, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}
    written = plain | {html.escape(text), octets.decode("latin-1"), *_in_url(octets)}
    for form in plain:
        written.update(_in_python(form))
    in_base64 = set(_in_base64(octets))
    for form in {*_in_url(octets)} - {text}:  # of a form that was sent, or of RFC 6749 2.3.1
        in_base64.update(_in_base64(form.encode()))
        written |= {form.encode().hex(), form.encode().hex().upper()}
    for encoding in ("utf-16-le", "utf-16-be"):
        wide = text.encode(encoding, "surrogatepass")
        written |= {wide.hex(), wide.hex().upper(), wide.decode("latin-1"), repr(wide)[2:-1]}
        in_base64.update(_in_base64(wide))
    written |= {octets.hex(), octets.hex().upper(), octets.hex(" ")}
    return {
        _Form(form if len(form) <= _LONG else form[:_KEPT], len(form), form in in_base64)
        for form in written | in_base64
        if len(form) >= _SHORTEST
    }


# --- what gives a secret away though nobody made it known -----------------------------------------------------------

_GAP: Final = r"(?:\s|\\r|\\n)+"
_QUOTED: Final = r"""(?:b?"(?:[^"\\]|\\++.)*+"?|b?'(?:[^'\\]|\\++.)*+'?|\\++"(?:[^"\\]|\\++[^"\\])*+(?:\\++")?)"""
_VALUE: Final = rf"(?:{_QUOTED}|[^\s&]+)"
_ARGUMENT: Final = rf"(?:{_QUOTED}|\{{\d+\+?\}}{_GAP}\S+|\S+)"  # a word, a quoted string or a literal of IMAP
_MECHANISMS: Final = r"(?:PLAIN|LOGIN|X?OAUTH\w*|CRAM-\w+|DIGEST-\w+|NTLM|GSSAPI|EXTERNAL|ANONYMOUS|SCRAM-[\w-]+)"
_PATTERNS: Final = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        # IMAP (RFC 3501 6.2.3) and POP3 (RFC 1939 7) as they stand on the wire; not a list of mechanisms
        (
            rf"((?:(?<![=-])\bLOGIN|\b\w*\d\s+(?i:login))\s+(?!{_MECHANISMS}(?:,|\s+{_MECHANISMS}\b)){_ARGUMENT}\s+)"
            rf"{_ARGUMENT}",
            rf"\1{HIDDEN}",
        ),
        (r"(\bPASS\s+)[^\r\n]+", rf"\1{HIDDEN}"),
        # SASL: an initial response, or the answer after a continuation; not such a list either
        (
            rf"(\b(?i:AUTH(?:ENTICATE)?{_GAP}{_MECHANISMS})(?:{_GAP}\+?)+)(?!{_MECHANISMS}\b)[A-Za-z0-9+/=_-]{{4,}}",
            rf"\1{HIDDEN}",
        ),
        (r"\b(?:dXNlcj|bixhP)[A-Za-z0-9+/=_-]+", HIDDEN),  # base64 of "user=" (XOAUTH2) and "n,a=" (RFC 7628)
        (r"\b((?i:bearer)\s+)[A-Za-z0-9._~+/=-]{16,}", rf"\1{HIDDEN}"),
        (
            rf"((?i:authorization)(?:\\*[\"']\s*,\s*(?=b?[\"'])|\\*[\"']?\s*[:=]\s*))(?:{_QUOTED}|[^\r\n]+)",
            rf"\1{HIDDEN}",
        ),
        # URLs: a password before the host (not a port), a code or token after it
        (
            r"(\b[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s/:@\"'<>]*:)(?!\d{1,5}(?:[/?#\s]|$))[^\s\"'<>]{0,300}@",
            rf"\1{HIDDEN}@",
        ),
        (r"([?&](?:code|token)=)[^\s&\"'<>]+", rf"\1{HIDDEN}"),
        # JSON, form data, headers, key=value
        (
            r"((?i:access_?token|refresh_?token|id_?token|client_?secret|client_?assertion|code_verifier|device_code"
            rf"|password|passwd|passphrase|\bpwd)\\*[\"']?\s*(?:=>|=|:|%3[DdAa])\s*){_VALUE}",
            rf"\1{HIDDEN}",
        ),
    )
)


class SecretFilter(logging.Filter):
    """Hides secrets from log records: message, arguments, traceback and stack.

    Put it on a handler, not on a logger: a logger's filter does not see the records of its children. As a record is
    one for all handlers, a handler without the filter that comes later sees the hidden text as well.
    """

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._known: OrderedDict[bytes, set[_Form]] = OrderedDict()
        self._short: set[str] = set()
        self._words: re.Pattern[str] | None = None
        # By their first four characters: the search takes as long for one secret as for a thousand.
        self._forms: dict[str, tuple[_Form, ...]] = {}

    def hide(self, secret: Revealing) -> None:
        """Make a secret known; from now on it is hidden. Any thread may call this, as often as it likes."""
        text = secret.reveal()
        if not text:
            return
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
        with self._lock:
            if digest in self._known:
                self._known.move_to_end(digest)
                return
            if len(text) < _SHORTEST:
                self._short.add(text)
                words = "|".join(re.escape(word) for word in sorted(self._short, key=len, reverse=True))
                self._words = re.compile(rf"(?<!\w)(?:{words})(?!\w)")
            self._known[digest] = _forms_of(text)
            for form in self._known[digest]:
                first = form.beginning[:_SHORTEST]
                self._forms[first] = (*self._forms.get(first, ()), form)
            if len(self._known) > _MOST_SECRETS:
                self._forget_oldest()

    def without_known(self, text: str) -> str:
        """The text without the secrets that were made known; what only looks like one stays."""
        text = _without(text, self._spans(text))
        return self._words.sub(HIDDEN, text) if self._words is not None else text

    def scrub(self, text: str) -> str:
        """The text without secrets."""
        text = self.without_known(text)
        for pattern, replacement in _PATTERNS:
            text = pattern.sub(replacement, text)
        return text

    def filter(self, record: logging.LogRecord) -> bool:
        """Hide secrets in the record; it is always logged."""
        if getattr(record, "hidden_by", None) is self:  # another handler's turn
            return True
        record.hidden_by = self
        try:
            message = record.getMessage()
        except Exception:  # noqa: BLE001  (a log call with wrong arguments must not end the work it tells about)
            message = f"log message with wrong arguments: {record.msg}"
        record.msg, record.args = _in_one_record(self.scrub(message)), None
        if record.exc_info and record.exc_info[1] is not None and not record.exc_text:
            record.exc_text = "".join(traceback.format_exception(record.exc_info[1])).rstrip("\n")
        if record.exc_text:
            record.exc_text = self.scrub(record.exc_text)
            record.exc_info = None  # a formatter could write the exception anew, with its secrets
        if record.stack_info:
            record.stack_info = self.scrub(record.stack_info)
        return True

    def _forget_oldest(self) -> None:
        _, forms = self._known.popitem(last=False)
        for form in forms:
            first = form.beginning[:_SHORTEST]
            left = list(self._forms[first])
            left.remove(form)  # one of them: two secrets can share a form
            if left:
                self._forms[first] = tuple(left)
            else:
                del self._forms[first]

    def _spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Where secrets stand; spans may overlap."""
        run_end = 0
        for start in range(len(text) - _SHORTEST + 1):
            for form in self._forms.get(text[start : start + _SHORTEST], ()):
                length = form.found(text, start)
                if not length:
                    continue
                yield start, start + length
                if form.base64 and start >= run_end:  # its neighbours hold bits of the secret, and the user name
                    begin, run_end = start, start
                    while begin and text[begin - 1] in _BASE64:
                        begin -= 1
                    while run_end < len(text) and text[run_end] in _BASE64:
                        run_end += 1
                    yield begin, run_end


def _without(text: str, spans: Iterator[tuple[int, int]]) -> str:
    parts: list[str] = []
    done = 0
    for start, end in sorted(spans):
        if start >= done:
            parts += (text[done:start], HIDDEN)
        done = max(done, end)
    parts.append(text[done:])
    return "".join(parts)


def _in_one_record(message: str) -> str:
    """The message so that what a server said cannot pose as a record of its own, nor steer a terminal."""
    shown = re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", lambda match: repr(match.group())[1:-1], message)
    return shown.replace("\n", "\n    ")


# --- where it goes -------------------------------------------------------------------------------------------------

SECRETS: Final = SecretFilter()
"""The filter of this process: there is one log, so there is one filter."""


def hide(secret: Revealing) -> None:
    """Make a secret known to this process's log, which then hides it."""
    SECRETS.hide(secret)


class _UtcFormatter(logging.Formatter):
    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802  (logging's name)
        """ISO 8601 with milliseconds, UTC."""
        return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class _LogFile(logging.handlers.RotatingFileHandler):
    """A private log file that several processes write to."""

    def _open(self) -> TextIOWrapper:
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_APPEND | os.O_CREAT, _PRIVATE)
        if os.name == "posix":
            os.fchmod(descriptor, _PRIVATE)  # also the file that a more generous hand has left
        return os.fdopen(descriptor, "a", encoding="utf-8", errors="backslashreplace")

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record, to the present file even if another process has renamed ours."""
        if self.stream is not None and os.name == "posix" and _renamed(self.stream, Path(self.baseFilename)):
            self.stream.close()
            self.stream = self._open()
        super().emit(record)

    def doRollover(self) -> None:  # noqa: N802  (logging's name)
        """Rename the file and begin a new one; where another process prevents it (Windows), go on in the old one."""
        try:
            super().doRollover()
        except OSError:
            if self.stream is None:
                self.stream = self._open()


def _renamed(stream: TextIOWrapper, path: Path) -> bool:
    try:
        return not os.path.samestat(os.fstat(stream.fileno()), path.stat())
    except FileNotFoundError:
        return True


class _NotInTheFile(logging.Filter):
    """Lets pass what the log file does not hold."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not getattr(record, "only_in_the_file", False)


_OURS: Final = "mailadmin-"


def set_up_logging(folder: Path | None, *, debug: bool) -> None:
    """Send the process's log to standard error and, in a folder, to ``mailadmin.log``; secrets hidden, times in UTC.

    Standard error gets warnings, the file gets what is worth knowing later; with ``debug`` both get everything.
    Called again, it replaces what it set up before. A folder that cannot be written costs the file, not the program.

    :param folder: where the log file goes; None: no file
    :param debug: whether mailadmin's debug messages are logged (never the libraries': they hold mail and tokens)
    """
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if (handler.name or "").startswith(_OURS)]:
        root.removeHandler(handler)
        handler.close()
    if sys.stderr is not None:  # a windowed program on Windows has none
        handler = logging.StreamHandler(sys.stderr)
        handler.addFilter(_NotInTheFile())
        _add(handler, "stderr", logging.DEBUG if debug else logging.WARNING)
    root.setLevel(logging.DEBUG if debug else logging.INFO)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(True)
    if folder is None:
        return
    path = folder / LOG_FILE
    try:
        _add(_LogFile(path, maxBytes=_LARGEST_FILE, backupCount=_OLD_FILES), "file", logging.DEBUG)
    except OSError as error:
        _log.warning("no log file at %s: %s", path, error.strerror)


def quieten() -> None:
    """Keep warnings and tracebacks from standard error: what they are about is told in sentences."""
    for handler in logging.getLogger().handlers:
        if handler.name == f"{_OURS}stderr":
            handler.setLevel(logging.CRITICAL)


def log_file() -> Path | None:
    """Where the log is; None when there is no file."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, _LogFile):
            return Path(handler.baseFilename)
    return None


def _add(handler: logging.Handler, name: str, level: int) -> None:
    handler.name = f"{_OURS}{name}"
    handler.setLevel(level)
    handler.setFormatter(_UtcFormatter("%(asctime)s %(levelname)s %(process)d %(threadName)s %(name)s: %(message)s"))
    handler.addFilter(SECRETS)
    logging.getLogger().addHandler(handler)


# --- when everything else failed -----------------------------------------------------------------------------------


_listeners: Final[list[Callable[[BaseException], None]]] = []


def tell_crashes(listener: Callable[[BaseException], None] | None) -> None:
    """Have somebody told of every crash, besides the log, in the thread in which it happened; None: nobody."""
    _listeners[:] = [listener] if listener is not None else []


def install_crash_hook() -> None:
    """From now on an exception nobody caught, in any thread, is logged (secrets hidden), with one line on where."""
    sys.excepthook = _crashed
    threading.excepthook = _crashed_in_thread


def _crashed(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    _report_crash(error, threading.current_thread().name)


def _crashed_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is None or issubclass(args.exc_type, SystemExit):  # None: memory is spent
        return
    _report_crash(args.exc_value, args.thread.name if args.thread else "?")


def _report_crash(error: BaseException, thread: str) -> None:
    file = log_file()
    _log.critical("crash in thread %s", thread, exc_info=error, extra={"only_in_the_file": file is not None})
    for listener in _listeners:
        listener(error)
    if sys.stderr is not None and file is not None:
        kind = type(error).__name__
        print(f"mailadmin: unexpected error ({kind}). Details are in {file}", file=sys.stderr)  # noqa: T201
