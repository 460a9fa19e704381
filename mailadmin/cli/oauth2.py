"""``mailadmin oauth2``: sign in, see how sign-ins stand, forget them (OA-2, OA-4, OA-7)."""

from __future__ import annotations

import shlex
import sys
from typing import Annotated, Final

import typer

from mailadmin.bootstrap import Application
from mailadmin.domain.accounts import Authentication, IncomingAccount
from mailadmin.domain.errors import Code, Layer, UserFixableError
from mailadmin.domain.oauth import Authorization, AuthorizingProgress, AuthorizingStep, Flow
from mailadmin.domain.outside_text import shown
from mailadmin.services.oauth import AnswerWords, Authorizing

from . import documents, report
from .exits import FAILED, OK
from .output import Output
from .sentences import full_sentence, sentence
from .session import Command, Session, group, session_of
from .sign_in_sentences import ending, signed_in
from .stopping import stop_on_signals
from .typed_lines import typed_lines
from .wording import count, local, quoted

app = group("Signing in by OAuth2, and how sign-ins stand.")

_PASTE: Final = (
    "If the browser is on another computer, its last page will not load. Copy the address of that page, paste it "
    "here and press Enter."
)


@app.command(cls=Command)
def authorize(
    context: typer.Context,
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="Name or id of an account.")],
    device: Annotated[bool, typer.Option("--device", help="Sign in on any other device, with a code.")] = False,
) -> int:
    """Sign in for an account.

    The browser is opened, and the address is shown for a browser elsewhere. If somebody
    else signs in than the account's username names, it is kept only for an account that
    opens another mailbox, or when that is confirmed on the terminal.
    """
    session = session_of(context)
    with session.application() as application:
        chosen = application.accounts.get(account)
        _refuse_what_needs_nobody(context, application, chosen, device=device)
        words = AnswerWords(failed_because=sentence)
        authorizing = application.authorizing.begin(chosen, Flow.DEVICE_CODE if device else None, words)
        authorization = _signed_in(session, chosen, authorizing)
        other = application.authorizing.wrong_identity(chosen, authorization)
        if other:
            _accept_somebody_else(session, chosen, other)
        application.tokens.keep(chosen, authorization)
        standing = application.tokens.sign_ins([chosen])[chosen.id or 0]
    if authorization.missing:
        session.out.complain(
            f"Not granted, though it is needed: {shown(' '.join(authorization.missing))}. Grant it at the provider "
            "and sign in again, or the mail server will refuse."
        )
    if session.json:
        session.out.document({**documents.sign_in(chosen, standing), "missing": list(authorization.missing)})
        return OK
    session.out.say(signed_in(standing, chosen))
    if until := ending(standing):
        session.out.say(until)
    session.out.say(f"Try it with: mailadmin check {shown(shlex.quote(f'incoming/{chosen.name}'))}")
    return OK


def _refuse_what_needs_nobody(
    context: typer.Context, application: Application, account: IncomingAccount, *, device: bool
) -> None:
    if account.authentication is not Authentication.OAUTH2:
        context.fail(f"The account {quoted(shown(account.name))} signs in with a password, not by OAuth2.")
    profile = application.profiles.get(account.oauth_profile)
    if device and not profile.flow.by_person:
        context.fail(
            f"By the profile {quoted(shown(profile.name))} the application signs in itself: leave out --device."
        )


def _signed_in(session: Session, account: IncomingAccount, authorizing: Authorizing) -> Authorization:
    """Go through the sign-in and tell its steps; what is typed meanwhile is the address of the last page."""
    out = session.out

    def paste(line: str) -> None:
        try:
            authorizing.paste(line)
        except UserFixableError as error:
            out.complain(full_sentence(error, account.name))

    with stop_on_signals(tell=out.errors.is_terminal) as stop, typed_lines(paste) as typed:

        def tell(progress: AuthorizingProgress) -> None:
            _tell(out, account, progress, typed=typed)

        return authorizing.run(tell, stop)


def _tell(out: Output, account: IncomingAccount, progress: AuthorizingProgress, *, typed: bool) -> None:
    who = f" as {shown(account.username)}" if account.username else ""
    match progress.step:
        case AuthorizingStep.BROWSER:
            out.say(
                f"Sign in{who} in the browser that was opened. If it does not show the page, open this address:"
                if progress.opened
                else f"No browser could be opened here. Open this address in one and sign in{who}:"
            )
            out.unbroken(progress.link)
            if typed:
                out.say(_PASTE)
            out.say(f"Waiting until {local(progress.ends_at)}. Stop with Ctrl-C.")
        case AuthorizingStep.DEVICE:
            out.say(f"On any device, open {shown(progress.verification_uri)} and sign in{who} with this code:")
            out.unbroken(progress.user_code)
            out.say(f"Waiting until {local(progress.ends_at)}. Stop with Ctrl-C.")
        case AuthorizingStep.EXCHANGING:
            out.say("Getting the token from the provider.")


def _accept_somebody_else(session: Session, account: IncomingAccount, signed_in_as: str) -> None:
    """Somebody else signed in: that is right for a shared mailbox, and for nothing that nobody has looked at.

    :raises UserFixableError: OAUTH_WRONG_IDENTITY; nothing is kept
    """
    difference = f"{shown(signed_in_as)} signed in, and not {shown(account.username)}."
    if account.opens_mailbox:
        session.out.complain(
            f"{difference} It is kept, because the account opens another mailbox, {shown(account.opens_mailbox)}; "
            "the mail server decides whether that is allowed."
        )
        return
    if _asked(session.out, f"{difference} Keep this sign-in all the same?"):
        return
    facts = {"signed_in": signed_in_as, "expected": account.username}
    raise UserFixableError(Code.OAUTH_WRONG_IDENTITY, facts, layer=Layer.SIGN_IN)


def _asked(out: Output, question: str) -> bool:
    """What somebody at the terminal says; no, where nobody is."""
    if not _somebody_is_there():
        return False
    out.complain(f"{question} [y/N]")
    return sys.stdin.readline().strip().casefold() in {"y", "yes"}


def _somebody_is_there() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


@app.command(cls=Command)
def status(context: typer.Context) -> int:
    """Say how each OAuth2 account stands with its provider."""
    session = session_of(context)
    with session.application() as application:
        standings = application.tokens.sign_ins()
        accounts = [account for account in application.accounts.all() if account.id in standings]
    if session.json:
        session.out.document([documents.sign_in(account, standings[account.id or 0]) for account in accounts])
    else:
        report.sign_ins(session.out, [(account, standings[account.id or 0]) for account in accounts])
    return OK


@app.command("clear-tokens", cls=Command)
def clear_tokens(
    context: typer.Context,
    account: Annotated[str | None, typer.Argument(metavar="[ACCOUNT]", help="Of one account only.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> int:
    """Forget what accounts signed in with.

    Accounts and profiles stay; somebody has to sign in again.
    """
    session = session_of(context)
    if not yes and not _somebody_is_there():
        context.fail("Nobody can be asked here. To forget the tokens without being asked, say --yes.")
    with session.application() as application:
        chosen = None if account is None else [application.accounts.get(account)]
        whose = "all accounts" if chosen is None else shown(chosen[0].name)
        question = f"Forget what {whose} signed in with? Somebody has to sign in again."
        if not yes and not _asked(session.out, question):
            session.out.complain("Nothing was changed.")
            return FAILED
        number = application.tokens.clear(chosen)
    if session.json:
        session.out.document({"cleared": number})
    elif number:
        session.out.say(f"Forgotten: {count(number, 'token')}. To sign in again: mailadmin oauth2 authorize ACCOUNT")
    else:
        session.out.say("There was no token to forget.")
    return OK
