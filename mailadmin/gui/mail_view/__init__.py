"""A mail on the screen, for the inbox and for tickets: made safe, with its source and its attachments."""

from .content import AnyAttachment, MailAccess, MailContent
from .mail_view import MailView
from .story_view import StoryView

__all__ = ["AnyAttachment", "MailAccess", "MailContent", "MailView", "StoryView"]
