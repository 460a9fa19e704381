"""The page of the communication log: every fetch with its connections and messages, step by step."""

from .page import CommunicationLogPage

__all__ = ["CommunicationLogPage"]
