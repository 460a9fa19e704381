"""Fetching: bring mail from the servers into the database, then act on the servers (DESIGN 4).

``plan`` says what each listed message needs; ``account`` walks one account through it, with ``store_room`` (commit) and
``server_side`` (delete, move); ``rounds`` runs accounts side by side, with the ``backlog`` of what is to be processed
behind them; ``service`` is the door.
"""

from mailadmin.services.steps import OnStep, Step

from .service import FetchOptions, FetchService

__all__ = ["FetchOptions", "FetchService", "OnStep", "Step"]
