"""What the button "OAuth2 Authorization" says: each state as an icon, a sentence, and what to do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from mailadmin.domain.accounts import Family, IncomingAccount
from mailadmin.domain.errors import MailadminError
from mailadmin.domain.oauth import Authorization, AuthorizingProgress, AuthorizingStep, OAuthProfile
from mailadmin.domain.sign_in import Ending, SignIn, SignInState
from mailadmin.gui.icons import Tone
from mailadmin.gui.sentences import errors, oauth, oauth_errors, sign_ins, times
from mailadmin.gui.sentences.wording import harmless, listing, translate

from .standing import Standing

_WORKING: Final = ("progress-clock", Tone.ACCENT)
_GOOD: Final = ("check-circle-outline", Tone.GOOD)
_WARNING: Final = ("alert-outline", Tone.WARNING)
_BAD: Final = ("alert-circle-outline", Tone.BAD)
_NOTHING: Final = ("circle-outline", Tone.QUIET)


@dataclass(frozen=True, slots=True)
class Said:
    """A state: its picture and its sentence, what there is to add, lines to copy, and the other side's own words."""

    picture: tuple[str, Tone]
    text: str
    more: str = ""
    server: str = ""
    script: str = ""


def looking() -> Said:
    """Before it is known how the account stands."""
    return Said(_NOTHING, translate("SignIn", "Looking whether somebody has signed in …"))


def unknown() -> Said:
    """It could not be found out how the account stands."""
    return Said(_BAD, translate("SignIn", "It is not known whether somebody has signed in."))


def resting(standing: Standing, account: IncomingAccount, profile: OAuthProfile | None) -> Said:
    """While nobody is signing in."""
    authorization = standing.authorization
    if standing.stranger:
        return other_identity(standing.stranger, account, saved=standing.authorized and not standing.ended)
    if authorization is not None:
        return unsaved(authorization)
    stored, unfit = standing.stored, standing.unfit
    if unfit is not None and _lacks_leave(unfit, account):
        leave = translate(
            "SignIn",
            "Microsoft Graph opens a shared mailbox by a permission of its own, which was not asked for yet: "
            "sign in once more.",
        )
        return _not_signed_in(leave)
    if standing.ended and stored is not None:
        return ended(stored, account, profile)
    if standing.authorized:
        return kept(stored, sufficient=standing.sufficient)
    if unfit is not None:
        return _not_signed_in(
            translate("SignIn", "The sign-in that was just made is for another profile, user or type: sign in again.")
        )
    if stored is not None and stored.state is SignInState.SIGNED_IN:
        return _not_signed_in(translate("SignIn", "The sign-in that is kept is for another profile, user or type."))
    return _not_signed_in()


def _not_signed_in(why: str = "") -> Said:
    return Said(_NOTHING, translate("SignIn", "Not signed in"), why)


def signed_in(authorization: Authorization) -> Said:
    """A sign-in has come to a good end and is not saved yet."""
    identity, grant = authorization.identity, authorization.grant
    if identity is None or not authorization.flow.by_person:
        text = translate("SignIn", "The provider gave a token: the program can sign in by itself.")
    else:
        who = harmless(identity.address or identity.name or identity.subject)
        text = translate("SignIn", "Signed in as {who}.").format(who=who)
        text += " " + sign_ins.renewed_until(grant.expires_at, renewable=grant.renewable, now=datetime.now(UTC))
    if authorization.missing:
        missing = translate(
            "SignIn",
            "Not granted: {scopes}. Sign in again and agree to everything that is asked for, or have an "
            "administrator of the provider grant it.",
        ).format(scopes=listing([harmless(scope) for scope in authorization.missing]))
        return Said(_WARNING, text, missing)
    return Said(_GOOD if grant.renewable else _WARNING, text)


def unsaved(authorization: Authorization) -> Said:
    """A sign-in has come to a good end and waits to be saved with its account."""
    said = signed_in(authorization)
    if not authorization.flow.by_person:  # nothing is lost: an application gets another token whenever it wants
        return said
    return replace(said, more=" ".join(filter(None, (translate("SignIn", "Not saved yet."), said.more))))


def unkept(authorization: Authorization) -> Said:
    """A sign-in has come to a good end and could not be kept."""
    said = signed_in(authorization)
    more = translate("SignIn", "This sign-in is not kept yet: it is lost when the dialog closes.")
    return replace(said, picture=_WARNING, more=" ".join(filter(None, (more, said.more))))


def keeping() -> Said:
    """A sign-in has come to a good end and is being stored."""
    return Said(_WORKING, translate("SignIn", "Signed in. Keeping the sign-in …"))


def _lacks_leave(unfit: Authorization, account: IncomingAccount) -> bool:
    """Whether the sign-in that was just made is for whom the account names, but does not reach the shared mailbox."""
    shared = account.type.family is Family.GRAPH and bool(account.opens_mailbox) and not unfit.shared
    return shared and unfit.username.strip().casefold() == account.username.strip().casefold()


def other_identity(who: str, account: IncomingAccount, *, saved: bool = False) -> Said:
    """Somebody else has signed in than the account names.

    :param saved: whether there is a token that goes on working
    """
    said = translate("SignIn", "Signed in as {who}, but the mailbox is {named}.")
    more = translate(
        "SignIn",
        "Sign in with the account that owns the mailbox; if the browser does not ask who you are, copy the link into "
        "a private window. A shared mailbox is opened by somebody who has access to it.",
    )
    if account.opens_mailbox:
        said = translate("SignIn", "Signed in as {who}, but the account names {named}.")
        more = translate(
            "SignIn",
            "Sign in with the account that is named; if the browser does not ask who you are, copy the link into a "
            "private window. Or have the account name whoever has signed in.",
        )
    if saved:
        more += " " + translate("SignIn", "The sign-in that is saved stays as it is until then.")
    return Said(_WARNING, said.format(who=harmless(who), named=harmless(account.username)), more)


def ended(stored: SignIn, account: IncomingAccount, profile: OAuthProfile | None) -> Said:
    """The provider refuses what is stored, or nobody has signed in yet."""
    text = translate("SignIn", "Not signed in")
    if stored.since is not None:
        text = translate("SignIn", "Sign-in ended: needs sign-in since {time}").format(time=times.exact(stored.since))
    error = sign_ins.needed(stored, account, profile)
    return Said(_BAD, text, errors.sentence(error), errors.server_words(error), oauth_errors.script(error))


def failed(error: MailadminError, account: IncomingAccount) -> Said:
    """A sign-in came to nothing."""
    said = errors.sentence(error, account.name)
    return Said(_BAD, said, server=errors.server_words(error), script=oauth_errors.script(error))


def kept(stored: SignIn | None, *, sufficient: bool = True) -> Said:
    """The token that is stored fits.

    :param sufficient: whether it was granted what is shown needs
    """
    if stored is None or stored.state is SignInState.BY_ITSELF:  # nobody has tried it yet
        return Said(
            ("information-outline", Tone.ACCENT),
            translate("SignIn", "The program signs in by itself; nobody is asked."),
        )
    text = oauth.sign_in_sentence(stored, datetime.now(UTC))
    if not sufficient:
        more = translate("SignIn", "It was made for another type or mailbox: signing in again may be needed.")
        return Said(_WARNING, text, more)
    if stored.ending is None:
        return Said(_GOOD, text)
    if stored.ending is Ending.UNUSED and stored.works_until is not None:  # far away, and no reason to worry
        more = translate("SignIn", "Every fetch renews the sign-in; without any it would end on {day}.").format(
            day=times.date(stored.works_until)
        )
        return Said(_GOOD, text, more)
    return Said(_GOOD, text, oauth.works_until_sentence(stored))


def under_way(progress: AuthorizingProgress | None) -> Said:
    """While somebody is signing in; None: it has just begun."""
    if progress is None or progress.step is AuthorizingStep.PREPARING:
        return Said(_WORKING, translate("SignIn", "Preparing …"))
    if progress.step is AuthorizingStep.EXCHANGING:
        return Said(_WORKING, translate("SignIn", "Exchanging the answer for a token …"))
    until = times.clock(progress.ends_at) if progress.ends_at is not None else ""
    if progress.step is AuthorizingStep.DEVICE:
        text = translate("SignIn", "Waiting for the code to be entered …")
        if until:
            text = translate("SignIn", "Waiting for the code to be entered … (until {time})").format(time=until)
        return Said(_WORKING, text)
    text = translate("SignIn", "Waiting for the browser …")
    if until:
        text = translate("SignIn", "Waiting for the browser … (until {time})").format(time=until)
    return Said(_WORKING if progress.opened else _WARNING, text)


def about_browser(progress: AuthorizingProgress) -> str:
    """Where the browser was sent, or that none could be opened."""
    host = host_of(progress.link)
    if not progress.opened:
        return translate(
            "SignIn",
            "No browser could be opened. Copy this link into one on this computer; it leads to {host}.",
        ).format(host=host)
    return translate("SignIn", "The browser has opened {host}. Its page can be closed when it says so.").format(
        host=host
    )


def host_of(link: str) -> str:
    """The host that a link leads to, with its port if it is a special one."""
    try:
        return harmless(urlsplit(link).netloc.rpartition("@")[2])
    except ValueError:
        return harmless(link)
