"""A Dovecot that asks an OpenID provider what a token is worth (RFC 7662): XOAUTH2 and OAUTHBEARER, IMAP and POP3.

    token = openid_provider.token("anna@example.org")["access_token"]
    access = token_dovecot.access("anna@example.org", AccountType.IMAPS)     # with OAUTH2, trusting its authority
    open_mailbox(access, Secret(token), ...)

A token opens the mailbox of whoever it was given to (``username``), and no other. Mailboxes are filled as those of any
:class:`~tests.servers.dovecot.Dovecot`, and :data:`~tests.servers.dovecot.PASSWORD` opens them as well.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import Final

from mailadmin.domain.accounts import AccountType, Authentication
from mailadmin.domain.ports import ServerAccess

from .dovecot import GOOD, Dovecot
from .openid import OpenIdProvider

_SETTINGS: Final = """
auth_mechanisms = plain login xoauth2 oauthbearer
auth_username_chars =
auth_failure_delay = {delay}
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {root}/oauth2.conf
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = {penalty}
  }}
}}
"""
_OAUTH2: Final = """
introspection_url = {provider.introspection_url}
introspection_mode = post
tls_ca_cert_file = {root}/tls/provider.pem
username_attribute = username
active_attribute = active
active_value = true
openid_configuration_url = {provider.discovery_url}
timeout_msecs = 3000
"""


class TokenDovecot(Dovecot):
    """The server.

    :param scope: what a token must have been granted; empty: any token will do
    :param slow_to_refuse: answer bad sign-ins late, and later with each one, as a real server does
    """

    def __init__(self, provider: OpenIdProvider, *, scope: str = "", slow_to_refuse: bool = False) -> None:
        super().__init__()
        self._slow = slow_to_refuse
        shutil.copy(provider.ca_file, self.root / "tls" / "provider.pem")  # where Dovecot's own users may read it
        asking = _OAUTH2.format(root=self.root, provider=provider) + (f"scope = {scope}\n" if scope else "")
        (self.root / "oauth2.conf").write_text(asking)

    def _more(self) -> str:
        delay, penalty = ("2 secs", "0600") if self._slow else ("0", "0")
        return _SETTINGS.format(root=self.root, delay=delay, penalty=penalty)

    def access(
        self,
        user: str,
        account_type: AccountType = AccountType.IMAPS,
        *,
        host: str = GOOD,
        folder: str = "INBOX",
        command: float = 20,
    ) -> ServerAccess:
        """Everything to open the mailbox of a user but the token."""
        access = super().access(user, account_type, host=host, folder=folder, command=command)
        return replace(access, authentication=Authentication.OAUTH2)
