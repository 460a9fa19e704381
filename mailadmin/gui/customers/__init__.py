"""Who writes to the helpdesk: customer users, companies, and their import from a file (PM-7)."""

from .page import CustomersPage
from .user_dialog import CustomerUserDialog

__all__ = ["CustomerUserDialog", "CustomersPage"]
