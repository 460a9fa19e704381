"""The pages of incoming accounts: the table, the strip of the selected account, deleting, validity, signing in."""

from .notices import SignInNotices
from .oauth_page import OAuthAccountsPage
from .page import IncomingPage

__all__ = ["IncomingPage", "OAuthAccountsPage", "SignInNotices"]
