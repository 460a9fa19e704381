"""What waits to be sent: for now the drafts of auto-responses (PM-8)."""

from .page import OutboxPage

__all__ = ["OutboxPage"]
