"""Logging set-up, the filter that hides secrets from it, and the crash hook. No Qt, no other part of mailadmin.

Times in the log are UTC. Known secrets are found in whatever encoding they turn up; patterns catch, as a second net,
what nobody made known.
"""

from __future__ import annotations

import base64
import html
import json
import logging
import logging.handlers
import os
import re
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Protocol, TextIO
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
_CUT_OFF: Final = 16  # characters of a longer secret's beginning that are hidden even without the rest
_BASE64_RUN: Final = re.compile(r"[A-Za-z0-9+/_=-]*")
_BASE64_RUN_BACK: Final = re.compile(r"[A-Za-z0-9+/_-]*$")


def _escaped(text: str) -> Iterator[str]:
    """The text as it stands in a quoted string of IMAP, JSON, Python or XML, and in a URL."""
    yield text
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')  # RFC 3501 quoted
    yield quoted
    yield json.dumps(text)[1:-1]
    yield json.dumps(text, ensure_ascii=False)[1:-1]
    yield html.escape(text)
    octets = text.encode("utf-8", "surrogatepass")
    for form in (quote(octets), quote(octets, safe=""), quote_plus(octets)):
        yield form
        yield re.sub("%..", lambda match: match.group().lower(), form)
    for form in (text, quoted):
        octets = form.encode("utf-8", "surrogatepass")
        yield repr(form)[1:-1]
        yield ascii(form)[1:-1]
        yield repr(octets)[2:-1]
        yield octets.decode("latin-1")


def _base64_cores(octets: bytes) -> Iterator[str]:
    """What is certain of the octets' base64 inside a longer one (SASL, Basic), at each of its three alignments."""
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + octets).decode("ascii")
        first = -(-before * 8 // 6)  # the first character without bits of what stands before
        last = (before + len(octets)) * 8 // 6
        yield encoded[first:last]
        yield encoded[first:last].replace("+", "-").replace("/", "_")


def _encoded(text: str) -> Iterator[tuple[str, bool]]:
    """Every form of a secret that is searched for, and whether it is base64."""
    for form in _escaped(text):
        yield form, False
    for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
        octets = text.encode(encoding, "surrogatepass")
        yield octets.hex(), False
        yield octets.hex().upper(), False
        if encoding != "utf-8":
            yield octets.decode("latin-1"), False
            yield repr(octets)[2:-1], False
        for core in _base64_cores(octets):
            yield core, True


# --- what gives a secret away though nobody made it known -----------------------------------------------------------

_QUOTED_OR_WORD: Final = r"""(?:\\*"(?:[^"\\]|\\[^"])*(?:\\*")?|'[^']*'?|[^\s"'&,;}\])]+)"""
_MECHANISMS: Final = r"(?:PLAIN|LOGIN|X?OAUTH\w*|CRAM-\w+|DIGEST-\w+|NTLM|GSSAPI|EXTERNAL|ANONYMOUS|SCRAM-[\w-]+)"
_GAP: Final = r"(?:\s|\\r|\\n)+"
_PATTERNS: Final = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        # IMAP (RFC 3501 6.2.3) and POP3 (RFC 1939 7) as they stand on the wire
        (rf"((?:\bLOGIN|\b\w*\d\s+(?i:login))\s+{_QUOTED_OR_WORD}\s+){_QUOTED_OR_WORD}", rf"\1{HIDDEN}"),
        (r"(\bPASS\s+)[^\r\n'\"\\]+", rf"\1{HIDDEN}"),
        # SASL: initial response, or the answer after a continuation; not a list of mechanisms
        (
            rf"(\b(?i:AUTH(?:ENTICATE)?{_GAP}{_MECHANISMS})(?:{_GAP}\+?)+)(?!{_MECHANISMS}\b)[A-Za-z0-9+/=_-]{{4,}}",
            rf"\1{HIDDEN}",
        ),
        (r"\b(?:dXNlcj|bixhP)[A-Za-z0-9+/=_-]+", HIDDEN),  # base64 of "user=" (XOAUTH2) and "n,a=" (RFC 7628)
        (r"\b((?i:bearer)\s+)[A-Za-z0-9._~+/=-]{16,}", rf"\1{HIDDEN}"),
        (r"((?i:authorization)\\*[\"']?\s*[:=,]\s*b?\\*[\"']?)[^\r\n\"'\\]+", rf"\1{HIDDEN}"),
        # URLs: user and password before the host; codes and tokens after it (also as JSON, form data, key=value)
        (r"(\b[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s/:@\"'<>]*:)[^\s\"'<>]*@", rf"\1{HIDDEN}@"),
        (r"([?&](?:code|state|token)=)[^\s&\"'<>]+", rf"\1{HIDDEN}"),
        (
            r"((?i:access_?token|refresh_?token|id_?token|client_?secret|client_?assertion|code_verifier|device_code"
            r"|password|passwd|passphrase|\bpwd)"
            rf"\\*[\"']?\s*(?:=>|=|:|%3[DdAa])\s*)(?:b(?=[\"']))?{_QUOTED_OR_WORD}",
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
        self._known: set[str] = set()
        self._words: re.Pattern[str] | None = None
        self._short: set[str] = set()
        # The forms searched for, by their first four characters: the search takes as long for one secret as for 1,000.
        self._forms: dict[str, tuple[tuple[str, bool], ...]] = {}

    def hide(self, secret: Revealing) -> None:
        """Make a secret known; from now on it is hidden. Any thread may call this, as often as it likes."""
        text = secret.reveal()
        if not text or text in self._known:
            return
        with self._lock:
            self._known.add(text)
            if len(text) < _SHORTEST:
                self._short.add(text)
                words = "|".join(re.escape(word) for word in sorted(self._short, key=len, reverse=True))
                self._words = re.compile(rf"(?<!\w)(?:{words})(?!\w)")
            for form, is_base64 in set(_encoded(text)):
                if len(form) < _SHORTEST:
                    continue
                beginning = form[:_SHORTEST]
                self._forms[beginning] = (*self._forms.get(beginning, ()), (form, is_base64))

    def scrub(self, text: str) -> str:
        """The text without secrets."""
        text = _replace(text, self._spans(text))
        if self._words is not None:
            text = self._words.sub(HIDDEN, text)
        for pattern, replacement in _PATTERNS:
            text = pattern.sub(replacement, text)
        return text

    def filter(self, record: logging.LogRecord) -> bool:
        """Hide secrets in the record; it is always logged."""
        try:
            message = record.getMessage()
        except Exception:  # noqa: BLE001  (a log call with wrong arguments must not end the work it tells about)
            message = f"log message with wrong arguments: {record.msg}"
        record.msg, record.args = _on_one_level(self.scrub(message)), None
        if record.exc_info and record.exc_info[1] is not None and not record.exc_text:
            record.exc_text = "".join(traceback.format_exception(record.exc_info[1])).rstrip("\n")
        if record.exc_text:
            record.exc_text = self.scrub(record.exc_text)
            record.exc_info = None  # a formatter would write the exception anew, with its secrets
        if record.stack_info:
            record.stack_info = self.scrub(record.stack_info)
        return True

    def _spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Where secrets stand, by their beginning; spans may overlap."""
        forms = self._forms
        for start in range(len(text) - _SHORTEST + 1):
            for form, is_base64 in forms.get(text[start : start + _SHORTEST], ()):
                if not (text.startswith(form, start) or _cut_off(form, text, start)):
                    continue
                end = start + len(form)
                if is_base64:  # its neighbours hold bits of the secret, and the user name
                    run_back = _BASE64_RUN_BACK.search(text, max(0, start - _LONGEST_RUN), start)
                    run = _BASE64_RUN.match(text, start)
                    yield (run_back.start() if run_back else start), (run.end() if run else end)
                else:
                    yield start, end


_LONGEST_RUN: Final = 20_000


def _cut_off(form: str, text: str, start: int) -> bool:
    """Whether the text goes on with the beginning of a long form: somebody logged the first part of a token."""
    return len(form) > _CUT_OFF and text.startswith(form[:_CUT_OFF], start)


def _replace(text: str, spans: Iterator[tuple[int, int]]) -> str:
    parts: list[str] = []
    done = 0
    for start, end in sorted(spans):
        if start >= done:
            parts += (text[done:start], HIDDEN)
        done = max(done, end)
    parts.append(text[done:])
    return "".join(parts)


def _on_one_level(message: str) -> str:
    """The message so that what a server said cannot pose as a record of its own, nor steer a terminal."""
    lines = re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", lambda match: repr(match.group())[1:-1], message)
    return lines.replace("\n", "\n    ")


# --- where it goes -------------------------------------------------------------------------------------------------

SECRETS: Final = SecretFilter()
"""The filter of this process: there is one log, so there is one filter."""


def hide(secret: Revealing) -> None:
    """Make a secret known to this process's log, which then hides it."""
    SECRETS.hide(secret)


class _UtcFormatter(logging.Formatter):
    converter = time.gmtime
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"


class _LogFile(logging.handlers.RotatingFileHandler):
    """A private log file that several processes write to."""

    def _open(self) -> TextIO:  # type: ignore[override]  (typeshed says TextIOWrapper)
        file = Path(self.baseFilename).open(
            self.mode,
            encoding="utf-8",
            errors="backslashreplace",
            opener=lambda path, flags: os.open(path, flags, _PRIVATE),
        )
        if os.name == "posix":
            os.fchmod(file.fileno(), _PRIVATE)  # also the file that an older or more generous program left
        return file

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record, to the present file even if another process has renamed ours."""
        if self.stream is not None and self._renamed():
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

    def _renamed(self) -> bool:
        try:
            return not os.path.samestat(os.fstat(self.stream.fileno()), Path(self.baseFilename).stat())
        except FileNotFoundError:
            return True
        except OSError:
            return False


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
        _add(logging.StreamHandler(sys.stderr), "stderr", logging.DEBUG if debug else logging.WARNING)
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
    details = "".join(traceback.format_exception(error))
    _log.critical("crash in thread %s\n%s", thread, details, extra={"only_in_the_file": file is not None})
    if sys.stderr is not None and file is not None:
        kind = type(error).__name__
        print(f"mailadmin: unexpected error ({kind}). Details are in {file}", file=sys.stderr)  # noqa: T201
