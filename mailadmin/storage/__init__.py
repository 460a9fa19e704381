"""The database: tables, one store per subject, migrations. The only package that knows SQLAlchemy."""
