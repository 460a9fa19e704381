"""How an account that is shown stands with its provider: what is asked of the services, in a task (OA-2, OA-3)."""

from __future__ import annotations

from dataclasses import dataclass

from mailadmin.domain.accounts import IncomingAccount
from mailadmin.domain.oauth import Authorization
from mailadmin.domain.sign_in import SignIn, SignInState
from mailadmin.services.oauth import AuthorizationService, ProfileService, TokenService


@dataclass(frozen=True, slots=True)
class SignInServices:
    """What signing in needs of the program."""

    authorizations: AuthorizationService
    profiles: ProfileService
    tokens: TokenService


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands.

    ``authorized``: there is a token for the shown profile, user and flow, held or kept. ``authorization``: the sign-in
    that is held in memory until it is saved, if it fits and is no stranger's; ``unfit``: the same if it does not fit.
    ``stranger``: who made the one that is held, if that is not whom the account names. ``stored``: how the stored
    account stands; None for one that is new. ``sufficient``: whether the kept token was granted what is shown needs.
    """

    authorized: bool = False
    authorization: Authorization | None = None
    stranger: str = ""
    stored: SignIn | None = None
    unfit: Authorization | None = None
    sufficient: bool = True

    @property
    def ended(self) -> bool:
        """Whether the provider refuses what is stored, and nothing newer is there."""
        stored = self.stored
        return self.authorization is None and stored is not None and stored.state is SignInState.NEEDED


def standing_of(
    services: SignInServices, account: IncomingAccount, authorization: Authorization | None = None
) -> Standing:
    """How an account as it is shown stands. Reads the database; for a task.

    A sign-in that is held and is of no use takes nothing away: the token that is kept is as good as before.

    :param authorization: a sign-in that is not kept yet
    """
    tokens = services.tokens
    stored = tokens.sign_ins().get(account.id) if account.id is not None else None
    stranger, unfit = "", None
    if authorization is not None:
        if not tokens.is_authorized(account, authorization):
            unfit = authorization
        elif not (stranger := services.authorizations.wrong_identity(account, authorization)):
            return Standing(authorized=True, authorization=authorization, stored=stored)
    authorized = tokens.is_authorized(account, None)
    return Standing(
        authorized=authorized,
        stranger=stranger,
        stored=stored,
        unfit=unfit,
        sufficient=not authorized or tokens.suffices(account),
    )
