"""The in-memory twin: committed rows in Python structures, and no SQL."""

from unitofwork.adapters.memory.database import MemoryDatabase

__all__ = ["MemoryDatabase"]
