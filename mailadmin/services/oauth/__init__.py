"""Signing in by OAuth2: profiles, the journey of a sign-in, and tokens that stay fresh (OA-1 to OA-9)."""

from __future__ import annotations

from .answer_words import AnswerWords
from .authorizing import AuthorizationService, Authorizing
from .profiles import ProfileService, ProfileUse
from .tokens import TokenService

__all__ = ["AnswerWords", "AuthorizationService", "Authorizing", "ProfileService", "ProfileUse", "TokenService"]
