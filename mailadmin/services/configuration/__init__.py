"""Configuration as a file: make the database say what the file says, and write the file (OPS-5, CLI.md)."""

from .apply import ApplyService, ExamplesChangedError
from .export import export

__all__ = ["ApplyService", "ExamplesChangedError", "export"]
