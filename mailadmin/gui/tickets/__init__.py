"""The page *Tickets*: queues with their counts, tickets, and the conversation in one of them (PM-10)."""

from .page import TicketsPage

__all__ = ["TicketsPage"]
