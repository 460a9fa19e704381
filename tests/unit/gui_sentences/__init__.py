"""The window's words."""
