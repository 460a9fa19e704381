"""Mailboxes by protocol behind one door: imap (imapclient) and pop3."""
