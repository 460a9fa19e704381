"""Everything that somebody could get hold of, gathered while a test runs, to be searched for secrets at its end."""

from __future__ import annotations

import json
import logging
import pickle
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from mailadmin import diagnostics
from mailadmin.cli import documents
from mailadmin.cli.sentences import full_sentence
from mailadmin.diagnostics import SecretFilter
from mailadmin.domain.errors import MailadminError
from mailadmin.gui.sentences import errors as gui_errors
from mailadmin.services.oauth.advice import advice_on
from tests.leaks import Search
from tests.servers.openid import SECRETS, OpenIdProvider

STEM: Final = "Qx7LeakMrk"
"""What every marked secret has in it, after a beginning of its own: what hides one must not hide another."""

MARKS: Final[Mapping[str, str]] = {
    "AccessToken": f"at-1.{STEM}.",
    "ClientCredentials": f"cc-2-{STEM}.",
    "RefreshToken": f"1//rt.{STEM}.",
    "AuthorizationCode": f"ac_4~{STEM}.",
    "DeviceCode": f"dc.5_{STEM}.",
}
"""How what the OpenID provider issues begins: characters that URLs, base64 and shells treat differently."""

PASSWORD: Final = f"pw 6\"'{STEM}€ß\\+%&=Ü"


_LIBRARIES: Final = (
    "google", "google_auth_oauthlib", "imapclient", "keyring", "msal", "oauthlib", "requests", "requests_oauthlib",
    "urllib3",
)  # fmt: skip


_SIGNATURE: Final = 300  # characters at least of a JWT's signature


class Evidence:
    """What was said, and the folders where things were left."""

    def __init__(self, *folders: Path) -> None:
        self.folders = folders
        self._said: dict[str, dict[bytes, None]] = {}

    def say(self, place: str, what: object) -> None:
        """Take down what was said at a place: octets, a text, or what an object shows of itself."""
        if isinstance(what, (str, bytes)):
            text = what.encode("utf-8", "surrogatepass") if isinstance(what, str) else what
        else:
            text = "\n".join(shown(what)).encode("utf-8", "surrogatepass")
        lines = text.split(b"\n")
        self._said.setdefault(place, {}).update(dict.fromkeys(lines))  # once each: most is said again and again

    def error(self, error: MailadminError, account: str = "Orders") -> None:
        """Take down everything that is made of an error: by logs, command line, window, traceback."""
        advice = advice_on(error.code, error.facts, error.server)
        self.say(
            f"error {error.code}",
            "\n".join([
                str(error), repr(error), repr(vars(error)), *traceback.format_exception(error),
                full_sentence(error, account), json.dumps(documents.failure(error)),
                gui_errors.sentence(error, account), gui_errors.server_words(error), repr(advice),
            ]),
        )  # fmt: skip

    def search(self, provider: OpenIdProvider | None = None) -> str:
        """Where marked secrets, and those of the provider and its clients, are found; empty when nowhere."""
        search = Search({"marked": STEM, **SECRETS}, {**_private_key(provider), **_fleeting(provider)})
        for folder in self.folders:
            search.folder(folder)
        for place, said in self._said.items():
            search.text(place, b"\n".join(said))
        return "\n".join(dict.fromkeys(map(str, search.leaks)))


def shown(what: object) -> Iterator[str]:
    """What an object shows of itself and of what it is made of, when it is printed or dumped carelessly."""
    seen: set[int] = set()
    waiting = [what]
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield f"{one!r} {one} {one:}"
        try:
            yield repr(pickle.dumps(one))
        except (TypeError, AttributeError, pickle.PicklingError) as error:
            yield str(error)
        if is_dataclass(one) and not isinstance(one, type):
            waiting += [getattr(one, field.name) for field in fields(one) if field.repr]
        elif isinstance(one, (list, tuple, set, frozenset)):
            waiting += one
        elif isinstance(one, Mapping):
            waiting += [*one.keys(), *one.values()]
        elif isinstance(one, MailadminError):
            waiting.append(vars(one))


@contextmanager
def logging_everything(folder: Path) -> Iterator[None]:
    """A log with ``--debug`` in this folder, by a filter that knows no secret yet; what was set up before comes back.

    The libraries are made to say everything, too, though the program never lets them.
    """
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    hooks, secrets = (sys.excepthook, threading.excepthook), diagnostics.SECRETS
    libraries = [logging.getLogger(name) for name in _LIBRARIES]
    levels = {logger: logger.level for logger in libraries}
    folder.mkdir(parents=True, exist_ok=True)
    diagnostics.SECRETS = SecretFilter()  # type: ignore[misc]
    diagnostics.set_up_logging(folder, debug=True)
    diagnostics.install_crash_hook()
    for logger in libraries:
        logger.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        for handler in root.handlers:
            if handler not in handlers:
                handler.close()
        root.handlers[:] = handlers
        root.setLevel(level)
        for logger, before in levels.items():
            logger.setLevel(before)
        logging.captureWarnings(capture=False)
        diagnostics.SECRETS = secrets  # type: ignore[misc]
        sys.excepthook, threading.excepthook = hooks


def _fleeting(provider: OpenIdProvider | None) -> dict[str, bytes]:
    """What the OpenID provider gave and was sent without a mark: verifiers, and JWTs by their signatures."""
    given = provider.secrets() if provider is not None else []
    unmarked = [(name, text) for name, text in given if STEM not in text]
    return {f"{name} {text[:8]}": text[text.rfind(".", 0, -_SIGNATURE) + 1 :][:32].encode() for name, text in unmarked}


def _private_key(provider: OpenIdProvider | None) -> dict[str, bytes]:
    """Pieces of the numbers that a private key is made of, whatever it is written as."""
    if provider is None:
        return {}
    key = load_pem_private_key(provider.client_certificate.encode(), None)
    assert isinstance(key, RSAPrivateKey)
    numbers = key.private_numbers()
    pieces = {}
    for name, number in (("d", numbers.d), ("p", numbers.p)):
        pieces[f"private key, {name}"] = number.to_bytes((number.bit_length() + 7) // 8)[8:32]
        pieces[f"private key, {name} in digits"] = str(number)[8:32].encode()
    return pieces


def marked(provider: OpenIdProvider) -> None:
    """Have the provider mark everything that it issues."""
    provider.set(marks=MARKS, idToken={"hint": f"it.7{STEM}", "name": "Orders"})
