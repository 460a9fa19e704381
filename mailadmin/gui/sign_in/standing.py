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

    ``authorized``: there is a token for the shown profile, user and flow. ``authorization``: the sign-in that is held
    in memory until it is saved, as long as it fits. ``stranger``: who signed in, if that is not whom the account names.
    ``stored``: how the stored account stands; None for one that is new.
    """

    authorized: bool = False
    authorization: Authorization | None = None
    stranger: str = ""
    stored: SignIn | None = None

    @property
    def good(self) -> bool:
        """Whether the account can be fetched with what there is."""
        return self.authorized and not self.stranger

    @property
    def ended(self) -> bool:
        """Whether the provider refuses what is stored, and nothing newer is there."""
        stored = self.stored
        return self.authorization is None and stored is not None and stored.state is SignInState.NEEDED


def standing_of(
    services: SignInServices, account: IncomingAccount, authorization: Authorization | None = None
) -> Standing:
    """How an account as it is shown stands. Reads the database; for a task.

    :param authorization: a sign-in that is not kept yet
    """
    authorized = services.tokens.is_authorized(account, authorization)
    stored = services.tokens.sign_ins().get(account.id) if account.id is not None else None
    if authorization is None:
        return Standing(authorized=authorized, stored=stored)
    fits = authorization.username.strip().casefold() == account.username.strip().casefold()
    stranger = services.authorizations.wrong_identity(account, authorization) if fits else ""
    return Standing(authorized, authorization if authorized and fits else None, stranger, stored)
