"""The dialog that adds or edits an incoming account: form, check, certificate, folders (IN-2 to IN-4, IN-8)."""

from .dialog import AccountDialog

__all__ = ["AccountDialog"]
