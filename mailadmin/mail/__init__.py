"""The wire: mailboxes that are read and, later, transports that are sent through."""
