"""``mailadmin secret``: secrets by their names. A value never comes as an argument (others could read it)."""

from __future__ import annotations

import getpass
import re
import shlex
import sys
from typing import Annotated, Any, Final, TypeAlias

import typer

from mailadmin import diagnostics
from mailadmin.domain.outside_text import shown
from mailadmin.domain.secrets import Secret

from .exits import OK
from .session import Command, group, session_of
from .wording import count

app = group("Passwords, and the key they are encrypted under.")

_REFERENCES: Final = "incoming/NAME/password, profile/NAME/client-secret or profile/NAME/client-certificate (PEM)"
_PASSWORD: Final = re.compile("(incoming/.+)/password", re.DOTALL)
_SHAPE: Final = re.compile("incoming/.+/password|profile/.+/client-(secret|certificate)", re.DOTALL)
Reference: TypeAlias = Annotated[str, typer.Argument(metavar="REF", help=_REFERENCES)]
_KEY_PLACES = {
    "keyring": "in this computer's keyring",
    "key-file": "in the key file",
    "passphrase-file": "under the passphrase",
}


_NEVER_AN_ARGUMENT: Final = (
    "A password is never an argument, because others could read it. Leave it out: you are asked, or it is read from "
    "standard input."
)


class SecretCommand(Command):
    """A command that takes a secret, and refuses one among its arguments without showing it."""

    allow_extra_args = True
    ignore_unknown_options = True  # a password may begin with a dash, and the parser would show it

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401  (typer's own context)
        """Parse; what is left over is hidden from the log, and refused."""
        rest = super().parse_args(ctx, args)
        for word in ctx.args:
            diagnostics.hide(Secret(word))
        if ctx.args:
            ctx.fail(_NEVER_AN_ARGUMENT)
        return rest


@app.command("set", cls=SecretCommand)
def set_secret(context: typer.Context, reference: Reference) -> int:
    """Keep a secret, which comes on standard input.

    On a terminal it is asked for, and not shown.
    """
    session = session_of(context)
    _refuse_shapeless(reference)
    with session.application() as application:
        application.secrets.ensure_settable(reference)  # a wrong name is told before anything is asked
        secret = _given(reference)
        diagnostics.hide(secret)
        application.secrets.set(reference, secret)
        where = application.secrets.where()
    if session.json:
        session.out.document({"ref": reference, "key": where})
    else:
        session.out.say(f"Kept: {shown(reference)}, encrypted; the key is {_KEY_PLACES.get(where, where)}.")
        if account := _PASSWORD.fullmatch(reference):
            session.out.say(f"Try it with: mailadmin check {shown(shlex.quote(account[1]))}")
    return OK


def _refuse_shapeless(reference: str) -> None:
    """What is no reference may be a secret, so it is not shown."""
    if _SHAPE.fullmatch(reference) is None:
        diagnostics.hide(Secret(reference))
        raise typer.BadParameter(f"REF must be {_REFERENCES}, with the name of the account or profile")


def _given(reference: str) -> Secret:
    """The value: asked for on a terminal, else all of standard input without one line break at its end."""
    if sys.stdin is None:
        raise typer.BadParameter("standard input is closed")
    if sys.stdin.isatty():
        text = getpass.getpass(f"Value of {shown(reference)} (not shown): ")
        if not text:
            raise typer.BadParameter("nothing was typed")
    else:
        octets = sys.stdin.buffer.read()
        octets = octets[:-1] if octets.endswith(b"\n") else octets
        octets = octets[:-1] if octets.endswith(b"\r") else octets
        try:
            text = octets.decode("utf-8")
        except UnicodeDecodeError:
            raise typer.BadParameter("the value on standard input is not UTF-8") from None
    if not text:
        raise typer.BadParameter("standard input held no value")
    return Secret(text)


@app.command("list", cls=Command)
def list_secrets(context: typer.Context) -> int:
    """List the names of the secrets that are kept."""
    session = session_of(context)
    with session.application() as application:
        references = application.secrets.list()
    if session.json:
        session.out.document([{"ref": reference} for reference in references])
    elif references:
        for reference in references:
            session.out.say(shown(reference))
    else:
        session.out.say("No secret is kept yet. Set one with: mailadmin secret set incoming/NAME/password")
    return OK


@app.command(cls=Command)
def delete(context: typer.Context, reference: Reference) -> int:
    """Forget a secret.

    incoming/NAME/token-cache, too: then somebody must sign in again.
    """
    session = session_of(context)
    with session.application() as application:
        application.secrets.delete(reference)
    if session.json:
        session.out.document({"ref": reference, "deleted": True})
    else:
        session.out.say(f"Deleted: {shown(reference)}.")
    return OK


@app.command("change-key", cls=Command)
def change_key(context: typer.Context) -> int:
    """Encrypt all secrets under a new key."""
    session = session_of(context)
    with session.application() as application:
        number, passphrase_dropped = application.secrets.change_key()
    if session.json:
        session.out.document({"secrets": number, "passphrase_dropped": passphrase_dropped})
        return OK
    session.out.say(
        f"{count(number, 'secret')} encrypted under a new key. Backups of the old key open nothing here now."
    )
    if passphrase_dropped:
        session.out.say("Other workstations need the passphrase again. Set it with: mailadmin secret set-passphrase")
    return OK


@app.command("set-passphrase", cls=SecretCommand)
def set_passphrase(context: typer.Context) -> int:
    """Set a passphrase for other workstations.

    It comes on standard input; on a terminal it is asked for, and not shown.
    """
    session = session_of(context)
    passphrase = _given("the passphrase")
    diagnostics.hide(passphrase)
    with session.application() as application:
        application.secrets.set_passphrase(passphrase)
    if session.json:
        session.out.document({"passphrase": "set"})
    else:
        session.out.say("Set. On another workstation with this database run: mailadmin secret unlock")
    return OK


@app.command(cls=SecretCommand)
def unlock(context: typer.Context) -> int:
    """Unlock the secrets here with the passphrase.

    It comes on standard input; on a terminal it is asked for, and not shown.
    """
    session = session_of(context)
    passphrase = _given("the passphrase")
    diagnostics.hide(passphrase)
    with session.application() as application:
        application.secrets.unlock(passphrase)
        where = application.secrets.where()
    if session.json:
        session.out.document({"key": where})
    else:
        session.out.say(f"Unlocked; the key is kept {_KEY_PLACES.get(where, where)} from now on.")
    return OK
