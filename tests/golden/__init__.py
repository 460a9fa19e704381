"""Golden stories: mails of our own making with what must become of them, and why."""
