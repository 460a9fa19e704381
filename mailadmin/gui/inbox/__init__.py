"""The pages of messages: inbox and archive."""

from .page import MessagesPage
from .pages import ArchivePage, InboxPage

__all__ = ["ArchivePage", "InboxPage", "MessagesPage"]
