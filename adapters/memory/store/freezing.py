"""The state of a whole database, kept and gone back to without copying it."""

from typing import TYPE_CHECKING

import attrs

from unitofwork.adapters.memory.store.indexes import Index
from unitofwork.adapters.memory.store.row import Row
from unitofwork.adapters.memory.store.table import StoredTable
from unitofwork.domain.errors import UnitOfWorkError

if TYPE_CHECKING:
    from unitofwork.adapters.memory.store.store import Store


@attrs.frozen(eq=False)
class Frozen:
    """What a database held at some time: nothing in other tables. The tables write to copies from then on."""

    tables: dict[StoredTable, tuple[dict[int, Row], list[Index]]]
    sequences: dict[str, int]


def freeze(store: "Store") -> Frozen:
    """Keep what is committed.

    Raises:
        UnitOfWorkError: something is not committed.
    """
    _check_committed(store)
    for table in store.tables.values():
        table.shared = True
    return Frozen({table: (table.rows, table.unique) for table in store.tables.values()}, store.sequences.copy())


def restore(store: "Store", frozen: Frozen) -> None:
    """Go back to what was kept.

    Raises:
        UnitOfWorkError: something is not committed, or somebody looks at a snapshot.
    """
    _check_committed(store)
    if store.snapshots:
        raise UnitOfWorkError("a unit of work is looking at a snapshot: commit it or roll it back first")
    for table in store.tables.values():
        if table not in frozen.tables:
            table.replace({}, table.shape.indexes())
            continue
        rows, unique = frozen.tables[table]
        if table.rows is not rows:
            table.replace(rows, unique)
    store.sequences = frozen.sequences.copy()


def _check_committed(store: "Store") -> None:
    if any(table.uncommitted for table in store.tables.values()):
        raise UnitOfWorkError("a unit of work has changes that are not committed: commit it or roll it back first")
