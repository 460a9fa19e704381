"""``mailadmin check incoming/ACCOUNT``: try an account, layer by layer (IN-8)."""

from __future__ import annotations

from typing import Annotated

import typer

from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.outcomes import CheckLayer
from mailadmin.domain.outside_text import shown

from . import documents, report
from .exits import FAILED, OK
from .session import session_of


def check(
    context: typer.Context,
    account: Annotated[str, typer.Argument(metavar="incoming/ACCOUNT", help="Which account, by name or number.")],
) -> int:
    """Try an account, layer by layer.

    Nothing is changed. Exit code: 0 every layer is well, 1 one failed.
    """
    session = session_of(context)
    kind, _, name = account.partition("/")
    if kind == "outgoing" and name:
        raise UserFixableError(Code.NOT_OFFERED_YET, {"what": "checking an outgoing account"})
    if kind != "incoming" or not name:
        meant = "NAME" if kind in {"incoming", "outgoing"} else account
        context.fail(f"Write incoming/{shown(meant)}.")
    with session.application() as application:
        chosen = application.accounts.get(name)

        def tell(line: CheckLayer) -> None:
            if not session.json:
                report.check_layer(session.out, line, chosen.name)

        result = application.checking.check(chosen, on_layer=tell)
    if session.json:
        session.out.document(documents.check(result))
    else:
        session.out.say()
        session.out.say(
            f"{shown(result.account)} is ready to be fetched."
            if result.ok
            else f"{shown(result.account)} cannot be fetched as it is."
        )
    return OK if result.ok else FAILED
