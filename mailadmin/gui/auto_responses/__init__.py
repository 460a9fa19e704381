"""Texts that answer mail by themselves: the page and the dialog with its preview (PM-8)."""

from .page import AutoResponsesPage

__all__ = ["AutoResponsesPage"]
