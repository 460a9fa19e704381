"""mailadmin administers the mailboxes of a helpdesk and brings their mail in."""

__version__ = "0.1.0"
