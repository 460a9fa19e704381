"""Profiles: how this program is registered at providers of OAuth2; the page and its dialog (OA-1, OA-8)."""

from .profile_dialog import ProfileDialog
from .profiles_page import ProfilesPage

__all__ = ["ProfileDialog", "ProfilesPage"]
