"""The rows of one database in memory: tables, constraints, sequences, transactions, isolation and row locks."""

from unitofwork.adapters.memory.store.freezing import Frozen
from unitofwork.adapters.memory.store.reading import Reader
from unitofwork.adapters.memory.store.row import Row
from unitofwork.adapters.memory.store.savepoints import Savepoint
from unitofwork.adapters.memory.store.shape import Shape
from unitofwork.adapters.memory.store.store import Store
from unitofwork.adapters.memory.store.straight import Fits, Place, fitting, placing
from unitofwork.adapters.memory.store.table import StoredTable
from unitofwork.adapters.memory.store.transaction import Transaction
from unitofwork.adapters.memory.store.upserting import Change

__all__ = [
    "Change",
    "Fits",
    "Frozen",
    "Place",
    "Reader",
    "Row",
    "Savepoint",
    "Shape",
    "Store",
    "StoredTable",
    "Transaction",
    "fitting",
    "placing",
]
