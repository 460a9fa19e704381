"""Help inside the program: the pages of resources/help in a window of their own, and what the program is."""

from .about import show_about
from .window import HelpWindow

__all__ = ["HelpWindow", "show_about"]
