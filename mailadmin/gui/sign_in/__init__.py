"""The button "OAuth2 Authorization" and what it shows while somebody signs in (OA-2, OA-3)."""

from .dialog import SignInDialog
from .expiry import ExpiryNotices
from .journey import SignedIn
from .panel import SignInPanel
from .standing import SignInServices, Standing, standing_of

__all__ = ["ExpiryNotices", "SignInDialog", "SignInPanel", "SignInServices", "SignedIn", "Standing", "standing_of"]
