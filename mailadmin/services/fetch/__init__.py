"""Fetching: bring mail from the servers into the database, then act on the servers (DESIGN 4).

``plan`` says what each listed message needs, ``account`` walks one account through it, ``rounds`` runs accounts side
by side with processing behind them, ``service`` is the door.
"""

from mailadmin.services.steps import OnStep, Step

from .service import FetchOptions, FetchService

__all__ = ["FetchOptions", "FetchService", "OnStep", "Step"]
