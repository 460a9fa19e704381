"""Help inside the program: the pages of resources/help in a window of their own."""

from .window import HelpWindow

__all__ = ["HelpWindow"]
