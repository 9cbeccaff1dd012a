"""One database's rows: its tables and sequences, and the transactions that are open on it."""

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from threading import RLock

from sqlalchemy import MetaData, Table
from sqlalchemy.orm import registry

from unitofwork.adapters.memory.store import freezing
from unitofwork.adapters.memory.store.freezing import Frozen
from unitofwork.adapters.memory.store.row import Row
from unitofwork.adapters.memory.store.schema import Schema, schema_of
from unitofwork.adapters.memory.store.sequences import SequenceShape
from unitofwork.adapters.memory.store.serializable import Order, SerializableTransaction
from unitofwork.adapters.memory.store.snapshots import SnapshotTransaction
from unitofwork.adapters.memory.store.table import Images, StoredTable
from unitofwork.adapters.memory.store.transaction import Transaction
from unitofwork.domain.errors import MappingError
from unitofwork.domain.isolation import Isolation


def _utc() -> datetime:
    return datetime.now(UTC)


class Store:
    """One database's rows.

    Attributes:
        clock: says what time it is.
        lock: to be held during each operation, since the store itself is not guarded further.
        mapping: by which an error tells whose table it is about.
        tables: the rows of each table; it holds those that were asked for.
        commits: how many transactions that changed something were committed.
    """

    __slots__ = ("clock", "commits", "lock", "mapping", "order", "sequences", "snapshots", "tables")

    def __init__(
        self, tables: MetaData | Collection[Table], mapping: registry, *, clock: Callable[[], datetime] = _utc
    ) -> None:
        """Make a database without rows.

        Args:
            tables: what is kept.
            mapping: by which an error tells whose table it is about.
            clock: says what time it is, with the time zone.

        Raises:
            MappingError: naming what cannot be kept or enforced.
        """
        self.lock = RLock()
        self.mapping = mapping
        self.clock = clock
        self.commits = 0
        self.sequences: dict[str, int] = {}
        self.snapshots: set[SnapshotTransaction] = set()
        self.order = Order()
        self.tables: Mapping[Table, StoredTable] = _Touched(schema_of(tables))

    def table(self, table: Table) -> StoredTable:
        """The rows of a table."""
        return self.tables[table]

    def begin(self, isolation: Isolation | None = None) -> Transaction:
        """Begin a transaction, by default with READ COMMITTED."""
        return _TRANSACTIONS[isolation](self)

    def committed(self, table: Table) -> Collection[Row]:
        """The rows of a table that are committed."""
        return self.tables[table].committed()

    def freeze(self) -> Frozen:
        """Keep what is committed, to go back to it later.

        Raises:
            UnitOfWorkError: something is not committed.
        """
        return freezing.freeze(self)

    def restore(self, frozen: Frozen) -> None:
        """Go back to what was kept.

        Raises:
            UnitOfWorkError: something is not committed, or somebody looks at a snapshot.
        """
        freezing.restore(self, frozen)

    def next_number(self, sequence: SequenceShape) -> int:
        """Take a number from a sequence, for good."""
        last = self.sequences.get(sequence.name)
        number = sequence.start if last is None else last + sequence.increment
        if not sequence.low <= number <= sequence.high:
            number = sequence.following(last)
        self.sequences[sequence.name] = number
        return number

    def publish(self, committer: Transaction, written: Mapping[StoredTable, Images]) -> None:
        """Tell those that look at a snapshot what is committed."""
        self.commits += 1
        for other in self.snapshots:
            if other is not committer:
                other.keep_past(committer, written)


class _Touched(dict[Table, StoredTable]):
    """The tables that were asked for so far: a test needs few of those that a mapping has."""

    def __init__(self, schema: Schema) -> None:
        super().__init__()
        self._schema = schema

    def __missing__(self, table: Table) -> StoredTable:
        if table not in self._schema.shapes:
            raise MappingError(
                f"the database has no table {table.name}: make it anew once the mapping is whole", table=table.name
            )
        return self.setdefault(table, StoredTable.empty(self._schema.shapes[table]))  # two threads may ask at once


_TRANSACTIONS: Mapping[Isolation | None, type[Transaction]] = {
    None: Transaction,
    Isolation.READ_COMMITTED: Transaction,
    Isolation.SNAPSHOT: SnapshotTransaction,
    Isolation.SERIALIZABLE: SerializableTransaction,
}
