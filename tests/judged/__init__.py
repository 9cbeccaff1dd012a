"""The adapters that the contract is run on here. To add one, add it to `ADAPTERS`; no test names a database."""

from contract.embedded import MEMORY, SQLITE_FILE, SQLITE_MEMORY
from judged.awaited import ON_ASYNCIO as ON_ASYNCIO
from judged.served import MARIADB, POSTGRESQL

ADAPTERS = (SQLITE_FILE, SQLITE_MEMORY, POSTGRESQL, MARIADB, MEMORY)
"""Without asyncio."""
