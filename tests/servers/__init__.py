"""Real database servers, private to one process and gone with it: `postgresql()` and `mariadb()` start one.

Each has its own folder, port and password, and listens on loopback alone. `servers.plugin` hands them to tests.
"""

from servers.mariadb import mariadb
from servers.postgresql import postgresql
from servers.private import Server, ServerFailed, ServerMissing

__all__ = ["Server", "ServerFailed", "ServerMissing", "mariadb", "postgresql"]
