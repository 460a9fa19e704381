"""Work off the GUI thread: one kind of thread, one registry that owns them all, and loads where the latest wins."""

from .loader import Loader
from .registry import Tasks
from .task import Task, Work

__all__ = ["Loader", "Task", "Tasks", "Work"]
