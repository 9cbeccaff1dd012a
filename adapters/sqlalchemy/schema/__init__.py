"""A database's schema beside the mapping's: what is different, and by which statements it would be the same.

Alembic compares tables, columns, types, whether NULL is allowed, server defaults, comments, unique constraints, indexes
and foreign keys. Primary keys, names of checks and values of enumerations are compared here. Nobody compares the texts
of checks, which each database writes in its own way, nor checks without a name, sequences, views and triggers.
"""

from unitofwork.adapters.sqlalchemy.schema.comparing import Comparison, compare
from unitofwork.adapters.sqlalchemy.schema.difference import Difference

__all__ = ["Comparison", "Difference", "compare"]
