"""``mailadmin apply`` and ``mailadmin export``: the configuration as a file (OPS-5)."""

from __future__ import annotations

import shlex
import tomllib
from pathlib import Path
from typing import Annotated

import typer

from mailadmin.bootstrap import Application
from mailadmin.domain.accounts import Authentication
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.names import name_key
from mailadmin.domain.outcomes import Plan
from mailadmin.domain.outside_text import shown
from mailadmin.domain.profile_rules import CREDENTIAL_KINDS
from mailadmin.domain.secrets import SecretKind, SecretOwner
from mailadmin.services.configuration import export as exported
from mailadmin.services.configuration.records import ACCOUNTS, PROFILES

from . import documents, report
from .exits import OK
from .files import STREAM, named, read_octets
from .output import Output
from .session import session_of
from .wording import secret_reference


def apply(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="TOML; - for standard input.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    prune: Annotated[
        bool,
        typer.Option(
            "--prune", help="Also remove what the file does not name, in the tables it uses. What was shipped stays."
        ),
    ] = False,
    accept: Annotated[
        bool,
        typer.Option("--accept-changed-examples", help="Even if pinned examples of filters change."),
    ] = False,
) -> int:
    """Make the database say what a file says.

    All or nothing. A record is said whole: a key that is left out takes its default.
    Exit code: 0 done, 1 pinned examples would change, 2 the file cannot be used.
    """
    session = session_of(context)
    text = _read(file)
    with session.application() as application:
        try:
            plan = application.configuration.apply(text, dry_run=dry_run, prune=prune, accept_changed_examples=accept)
        except UserFixableError as error:
            error.facts.setdefault("path", named(file))
            raise
        released = 0 if dry_run or plan.empty else application.processing.release_known()
        if session.json:
            session.out.document(documents.plan(plan))
            return OK
        report.plan(session.out, plan, dry_run=dry_run)
        if not dry_run:
            report.released(session.out, released)
            _what_next(session.out, application, plan)
    return OK


def _read(file: str) -> str:
    try:
        return read_octets(file).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        detail = f"not UTF-8 at octet {error.start}"
        raise UserFixableError(Code.BAD_FILE, {"path": named(file), "detail": detail}) from error


def _what_next(out: Output, application: Application, plan: Plan) -> None:
    """What a new record still needs before mail can be fetched: its secret, and somebody who signs in."""
    kept = set(application.secrets.list())
    accounts = [application.accounts.get(name) for what, name in plan.add if what == ACCOUNTS.name]
    profiles = {name_key(profile.name): profile for profile in application.profiles.all()}
    missing = [
        secret_reference(SecretOwner.INCOMING, account.name, SecretKind.PASSWORD)
        for account in accounts
        if account.authentication is Authentication.PASSWORD and f"incoming/{account.name}/password" not in kept
    ]
    _say_next(out, "its password", "their passwords", [f"secret set {reference}" for reference in missing])
    missing = [
        secret_reference(SecretOwner.PROFILE, profile.name, kind)
        for profile in (profiles[name_key(name)] for what, name in plan.add if what == PROFILES.name)
        if (kind := CREDENTIAL_KINDS.get(profile.client_authentication))
        and not application.profiles.has_credential(profile)
    ]
    _say_next(out, "its client secret", "their client secrets", [f"secret set {reference}" for reference in missing])
    sign_ins = [
        shlex.quote(account.name)
        for account in accounts
        if account.authentication is Authentication.OAUTH2 and profiles[name_key(account.oauth_profile)].flow.by_person
    ]
    _say_next(out, "somebody signs in", "somebody signs in", [f"oauth2 authorize {name}" for name in sign_ins])


def _say_next(out: Output, one: str, several: str, commands: list[str]) -> None:
    if len(commands) == 1:
        out.say(f"Next, {one}: mailadmin {shown(commands[0])}")
    elif commands:
        out.say(f"Next, {several}:")
        for command in commands:
            out.indented(f"mailadmin {shown(command)}")


def export(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="[FILE]", help="Where to; none or -: standard output.")] = STREAM,
) -> int:
    """Write the configuration as a file for apply.

    It holds no secrets, and its order is stable.
    """
    session = session_of(context)
    with session.application() as application:
        text = exported(application.storage)
    if file != STREAM:
        try:
            Path(file).write_text(text, encoding="utf-8", newline="\n")
        except OSError as error:
            raise UserFixableError(Code.BAD_FILE, {"path": file, "detail": error.strerror or str(error)}) from error
        if session.json:
            session.out.document({"file": file})
        else:
            session.out.say(f"Written to {shown(file)}. It holds no passwords.")
    elif session.json:
        session.out.document(documents.configuration(tomllib.loads(text)))
    else:
        session.out.text(text)
    return OK
