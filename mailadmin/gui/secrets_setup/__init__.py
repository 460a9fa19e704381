"""Where the key to the passwords is kept, when the system's keyring cannot keep it: a key file or a passphrase."""

from .dialog import SecretsDialog

__all__ = ["SecretsDialog"]
