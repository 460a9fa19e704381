"""The database: tables, one store per subject, migrations. The only package that knows SQLAlchemy."""

from .storage import Storage, open_storage, open_storage_for_upgrade

__all__ = ["Storage", "open_storage", "open_storage_for_upgrade"]
