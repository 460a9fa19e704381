"""The page of incoming accounts: the table, the strip of the selected account, deleting, validity."""

from .page import IncomingPage

__all__ = ["IncomingPage"]
