"""The page *Configuration*: the settings, the plain lists, and external ticket numbers (UI-2, PM-4, PM-6)."""

from .page import ConfigurationPage

__all__ = ["ConfigurationPage"]
