"""Alembic's steps. Data of the package: a frozen program must carry these files as they are."""
