"""The filters: page, dialog, pinned examples (PM-5)."""

from .filters_page import FiltersPage
from .surroundings import FilterServices

__all__ = ["FilterServices", "FiltersPage"]
