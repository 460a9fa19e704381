"""The window: the only package that knows Qt. It shows, asks and tells; what is decided is decided in services."""
