"""The life of a mail: where it is, how it came there, or why it may never have come (PM-10)."""

from .dialog import LifeDialog
from .reading import LifeReader

__all__ = ["LifeDialog", "LifeReader"]
