"""The demo: a built-in mail server on loopback, sample mails, and the configuration that fetches them.

Nothing here opens a database. Whoever runs the demo hands :func:`demo_file` to the same ``apply`` as any other file,
keeps :attr:`DemoServer.password` as the account's secret, and fetches.
"""

from .configuration import DEMO_ACCOUNT, demo_file
from .mails import sample_mails
from .server import DemoServer

__all__ = ["DEMO_ACCOUNT", "DemoServer", "demo_file", "sample_mails"]
