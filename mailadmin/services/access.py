"""How an account's mailbox is reached, and what of it may come in: the account's own values over the settings."""

from __future__ import annotations

from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from mailadmin.domain.accounts import Authentication, Family, IncomingAccount
from mailadmin.domain.oauth import OAuthProfile
from mailadmin.domain.ports import ServerAccess, Timeouts
from mailadmin.domain.settings import Settings

_HTTPS_PORT: Final = 443


def access_of(account: IncomingAccount, settings: Settings, profile: OAuthProfile | None = None) -> ServerAccess:
    """How to reach an account's mailbox.

    :param profile: what it signs in by, with OAuth2; Microsoft Graph is where the profile says
    """
    timeouts = Timeouts(
        settings.number("TimeoutConnect"),
        settings.number("TimeoutTLS"),
        settings.number("TimeoutGreeting"),
        settings.number("TimeoutCommand"),
    )
    oauth = account.authentication is Authentication.OAUTH2
    access = ServerAccess(
        account.type,
        account.host,
        account.effective_port or 0,
        (account.opens_mailbox or account.username) if oauth else account.username,
        account.folder,
        account.ca_file,
        account.pinned_certificate,
        timeouts,
        account.authentication,
    )
    if account.type.family is not Family.GRAPH or profile is None:
        return access
    graph = urlsplit(profile.graph)
    return replace(access, host=graph.hostname or "", port=graph.port or _HTTPS_PORT, ca_file=profile.ca_file)


def size_limit_kb(account: IncomingAccount, settings: Settings) -> int:
    """The largest message that is fetched, in KB; 0: unlimited."""
    own = account.max_message_size_kb
    return settings.number("PostMasterMaxEmailSize") if own is None else own
