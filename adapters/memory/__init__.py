"""The in-memory twin: committed rows in Python structures, and no SQL."""

from unitofwork.adapters.memory.database import MemoryDatabase
from unitofwork.adapters.memory.faults import OPERATIONS, Faults, Operation
from unitofwork.adapters.memory.outer import OuterTransaction

__all__ = ["OPERATIONS", "Faults", "MemoryDatabase", "Operation", "OuterTransaction"]
