"""Where mail goes: the pages and dialogs of queues and e-mail addresses."""
