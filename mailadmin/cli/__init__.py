"""The headless face (English): text or JSON on standard output, words on standard error, exit codes."""
