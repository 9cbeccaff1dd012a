"""What a test reads out of the statements that a database was sent."""

import re

from .adapters import Probe


def selects(probe: Probe) -> int:
    """How many questions were sent since the probe was last asked."""
    return sum(statement.lstrip().startswith("SELECT") for statement in probe.statements())


def writes(probe: Probe) -> list[str]:
    """The changes that were sent since the probe was last asked."""
    return [
        statement for statement in probe.statements() if statement.lstrip().startswith(("INSERT", "UPDATE", "DELETE"))
    ]


def assigned(update: str) -> set[str]:
    """The columns that an UPDATE names between SET and WHERE."""
    assignments = update.partition(" SET ")[2].partition(" WHERE ")[0]
    return set(re.findall(r"(\w+)[`\"]?\s*=", assignments))
