"""Scripts of statements that two transactions run in turns, in memory and on PostgreSQL, and what is seen of them."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol, TypeAlias, cast

import attrs
import psycopg
from hypothesis import strategies as st
from psycopg import sql
from sqlalchemy import (
    CheckConstraint,
    Column,
    Computed,
    Connection,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import registry

from unitofwork.adapters.memory.store import Savepoint as Mark
from unitofwork.adapters.memory.store import Store, Transaction
from unitofwork.adapters.sqlalchemy.errors.by_psycopg import classify
from unitofwork.adapters.sqlalchemy.errors.failure import Failure
from unitofwork.domain.errors import Conflict, PersistenceError
from unitofwork.domain.isolation import Isolation
from unitofwork.domain.lock import FOR_SHARE, FOR_UPDATE, Lock

Values: TypeAlias = dict[str, int | None]

Seen: TypeAlias = object
"""What became of a statement: how many rows, or which error; and what is there afterwards."""

LOCKS = (FOR_UPDATE, FOR_SHARE, FOR_SHARE.nowait(), FOR_UPDATE.skip_locked(), FOR_SHARE.skip_locked())


def mapping() -> registry:
    """Tables with a rule of every kind."""
    made = registry()
    metadata = made.metadata

    def table(name: str, *parts: Any) -> Table:
        return Table(name, metadata, Column("id", Integer, primary_key=True, autoincrement=False), *parts)

    table(
        "teams",
        Column("code", Integer, unique=True),
        Column("room", Integer, nullable=False, server_default="1"),
        Column("size", Integer),
        UniqueConstraint("room", "size"),
    )
    table(
        "users",
        Column("name", Integer, nullable=False, unique=True),
        Column("team", ForeignKey("teams.id", ondelete="CASCADE", onupdate="CASCADE")),
        Column("team_code", ForeignKey("teams.code", ondelete="SET NULL", onupdate="CASCADE")),
        Column("boss", ForeignKey("users.id")),
        Column("friend", ForeignKey("users.id", deferrable=True, initially="DEFERRED", ondelete="CASCADE")),
    )
    table(
        "badges",
        Column("user", ForeignKey("users.id", ondelete="CASCADE", onupdate="CASCADE"), nullable=False),
        Column("team", ForeignKey("teams.id", ondelete="RESTRICT", onupdate="SET NULL")),
        Column("room", Integer),
        Column("size", Integer, server_default="2"),
        ForeignKeyConstraint(["room", "size"], ["teams.room", "teams.size"], ondelete="SET DEFAULT"),
    )
    table(
        "seats",
        Column("number", Integer),
        Column("late", Integer),
        Column("code", ForeignKey("teams.code", deferrable=True, initially="DEFERRED"), nullable=False),
        UniqueConstraint("number", deferrable=True),
        UniqueConstraint("late", deferrable=True, initially="DEFERRED"),
    )
    marks = table(
        "marks",
        Column("kind", Integer),
        Column("grade", Integer, CheckConstraint("grade < 3")),
        Column("twice", Integer, Computed("grade * 2")),
        Column("spot", Integer, server_default=text("1 + 2")),
        Column("word", Integer),
        CheckConstraint("kind <> word", name="first_by_name"),
        UniqueConstraint("word", "grade", postgresql_nulls_not_distinct=True),
        ExcludeConstraint(("spot", "="), using="btree"),
    )
    Index("one_of_a_kind", marks.c.kind, unique=True, postgresql_where=marks.c.grade > 1)
    Index("sums", marks.c.kind + marks.c.word, unique=True)
    return made


@attrs.frozen
class Insert:
    table: str
    rows: tuple[tuple[tuple[str, int | None], ...], ...]


@attrs.frozen
class Update:
    table: str
    ids: tuple[int, ...]
    values: tuple[tuple[str, int | None], ...]


@attrs.frozen
class Delete:
    table: str
    ids: tuple[int, ...]


@attrs.frozen
class TakeLock:
    table: str
    ids: tuple[int, ...]
    lock: Lock


@attrs.frozen
class Savepoint:
    pass


@attrs.frozen
class RollbackTo:
    """To the savepoint that was set last and not gone back before."""


@attrs.frozen
class End:
    keep: bool


Statement: TypeAlias = Insert | Update | Delete | TakeLock | Savepoint | RollbackTo | End

Script: TypeAlias = list[tuple[int, Statement]]


class Kept(Protocol):
    """One transaction after the other, on one database."""

    def run(self, statement: Statement) -> Seen: ...

    def begin(self, isolation: Isolation) -> None: ...


COLUMNS: Mapping[str, tuple[str, ...]] = {
    table.name: tuple(column.name for column in table.columns) for table in mapping().metadata.tables.values()
}
UNIQUE = {"id", "code", "room", "size", "name", "number", "late", "kind", "grade", "spot", "word"}
REQUIRED = {"id", "room", "name", "user", "code"}

WRITABLE: Mapping[str, tuple[str, ...]] = {
    name: tuple(column for column in columns if column != "twice") for name, columns in COLUMNS.items()
}
_NUMBERS = st.integers(1, 3)
_MAYBE = st.integers(1, 3) | st.integers(1, 3) | st.none()
_IDS = st.sets(_NUMBERS, min_size=1, max_size=2).map(lambda ids: tuple(sorted(ids)))
_TABLES = st.sampled_from(sorted(COLUMNS))


def _number_of(column: str) -> st.SearchStrategy[int | None]:
    return _NUMBERS if column == "id" else _MAYBE


def _row(table: str) -> st.SearchStrategy[tuple[tuple[str, int | None], ...]]:
    return st.tuples(*(st.tuples(st.just(name), _number_of(name)) for name in WRITABLE[table]))


@st.composite
def _inserts(draw: st.DrawFn) -> Statement:
    table = draw(_TABLES)
    left_out = draw(st.sets(st.sampled_from([name for name in WRITABLE[table] if name not in REQUIRED])))
    rows = draw(st.lists(_row(table), min_size=1, max_size=2))
    return Insert(table, tuple(tuple(pair for pair in row if pair[0] not in left_out) for row in rows))


@st.composite
def _updates(draw: st.DrawFn) -> Statement:
    table = draw(_TABLES)
    names = draw(st.lists(st.sampled_from(WRITABLE[table]), unique=True, min_size=1, max_size=2))
    ids = draw(_IDS)
    if UNIQUE.intersection(names):
        ids = ids[:1]  # which of two rows is refused depends on where PostgreSQL has put them
    return Update(table, ids, tuple((name, draw(_number_of(name))) for name in names))


_OTHERS: list[Statement] = [Savepoint(), RollbackTo(), End(True), End(True), End(True), End(False)]
_STATEMENTS = st.one_of(
    _inserts(),
    _inserts(),
    _updates(),
    _updates(),
    st.builds(Delete, _TABLES, _IDS),
    st.builds(TakeLock, _TABLES, _IDS, st.sampled_from(LOCKS)),
    st.sampled_from(_OTHERS),
)

SCRIPTS: st.SearchStrategy[Script] = st.lists(st.tuples(st.integers(0, 1), _STATEMENTS), min_size=1, max_size=25)

FIRST: Script = [
    (0, Insert("teams", tuple((("id", n), ("code", n), ("room", n), ("size", n)) for n in (1, 2)))),
    (0, Insert("users", ((("id", 1), ("name", 1), ("boss", None)), (("id", 2), ("name", 2), ("boss", 1))))),
    (0, Insert("badges", ((("id", 1), ("user", 1), ("size", None)), (("id", 2), ("user", 2), ("size", None))))),
    (0, Insert("seats", ((("id", 1), ("number", 1), ("late", 1), ("code", 1)),))),
    (0, End(True)),
]
"""What is there before a script begins."""


def told(error: PersistenceError) -> Seen:
    """What both tell of an error."""
    if isinstance(error, Conflict):
        return type(error).__name__
    return type(error).__name__, error.table, error.columns, error.constraint


class InMemory:
    """Runs statements in memory."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._tables = {table.name: store.table(table) for table in store.mapping.metadata.tables.values()}
        self._marks: list[Mark] = []
        self._isolation = Isolation.READ_COMMITTED
        self._transaction: Transaction | None = None

    def begin(self, isolation: Isolation) -> None:
        self._isolation = isolation
        self._transaction = self._store.begin(isolation)
        self._marks = []

    def run(self, statement: Statement) -> Seen:
        try:
            done = self._run(statement)
        except PersistenceError as error:
            if isinstance(statement, End):
                self.begin(self._isolation)
            done = told(error)
        return done, self._seen()

    def _seen(self) -> Seen:
        assert self._transaction is not None
        transaction = self._transaction
        return {
            name: sorted((row[1:] for row in transaction.rows(table)), key=str) for name, table in self._tables.items()
        }

    def _run(self, statement: Statement) -> Seen:
        transaction = self._transaction
        assert transaction is not None
        match statement:
            case Insert(table, rows):
                columns = self._tables[table].shape.table.columns
                given = [{columns[name]: value for name, value in row} for row in rows]
                return len(transaction.insert(self._tables[table], given))
            case Update(table, ids, values):
                stored = self._tables[table]
                columns = stored.shape.table.columns
                change = {columns[name]: value for name, value in values}
                found = [(row, change) for row in transaction.rows(stored) if row[1] in ids]
                return sum(row is not None for row in transaction.update(stored, found))
            case Delete(table, ids):
                stored = self._tables[table]
                return transaction.delete(stored, [row for row in transaction.rows(stored) if row[1] in ids])
            case TakeLock(table, ids, lock):
                stored = self._tables[table]
                found_rows = [row for row in transaction.rows(stored) if row[1] in ids]
                return sorted(row[1:] for row in transaction.lock_rows(stored, found_rows, lock))
            case Savepoint():
                self._marks.append(transaction.savepoint())
            case RollbackTo():
                if self._marks:
                    transaction.rollback_to(self._marks.pop())
            case End(keep):
                if keep:
                    transaction.commit()
                else:
                    transaction.rollback()
                self.begin(self._isolation)
        return None


LEVELS = {
    Isolation.READ_COMMITTED: psycopg.IsolationLevel.READ_COMMITTED,
    Isolation.SNAPSHOT: psycopg.IsolationLevel.REPEATABLE_READ,
    Isolation.SERIALIZABLE: psycopg.IsolationLevel.SERIALIZABLE,
}


class OnPostgresql:
    """Runs statements on PostgreSQL; each that fails is undone alone."""

    def __init__(self, connection: "psycopg.Connection[Any]", known: registry) -> None:
        self._connection = connection
        self._known = known
        self._marks = 0

    def begin(self, isolation: Isolation) -> None:
        self._connection.rollback()
        self._connection.isolation_level = LEVELS[isolation]
        self._marks = 0

    def run(self, statement: Statement) -> Seen:
        connection = self._connection
        try:
            done = self._run(statement)
        except psycopg.Error as error:
            if isinstance(statement, End):
                connection.rollback()
                self._marks = 0
            else:
                connection.execute("ROLLBACK TO statement")
            failure = Failure(error=error, mapping=self._known, connection=cast(Connection, connection))
            ours = classify(failure)
            assert ours is not None
            done = told(ours)
        return done, self._seen()

    def _seen(self) -> Seen:
        seen: dict[str, list[tuple[Any, ...]]] = {name: [] for name in COLUMNS}
        parts = (
            sql.SQL("SELECT {}, ARRAY[{}] FROM {}").format(
                sql.Literal(name), sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier(name)
            )
            for name, columns in COLUMNS.items()
        )
        for name, values in self._connection.execute(sql.SQL(" UNION ALL ").join(parts)):
            seen[name].append(tuple(values))
        return {name: sorted(rows, key=str) for name, rows in seen.items()}

    def _run(self, statement: Statement) -> Seen:
        connection = self._connection
        match statement:
            case End(keep):
                self._marks = 0
                if keep:
                    connection.commit()
                else:
                    connection.rollback()
                return None
            case Savepoint():
                self._marks += 1
                connection.execute(sql.SQL("SAVEPOINT {}").format(sql.Identifier(f"s{self._marks}")))
                return None
            case RollbackTo():
                if self._marks:
                    connection.execute(sql.SQL("ROLLBACK TO {}").format(sql.Identifier(f"s{self._marks}")))
                    self._marks -= 1
                return None
            case _:
                connection.execute("SAVEPOINT statement")
                cursor = connection.execute(_sql(statement))
                done = sorted(cursor) if isinstance(statement, TakeLock) else cursor.rowcount
                connection.execute("RELEASE statement")
                return done


def _sql(statement: Insert | Update | Delete | TakeLock) -> sql.Composed:
    table = sql.Identifier(statement.table)
    match statement:
        case Insert(_, rows):
            names = sql.SQL(", ").join(sql.Identifier(name) for name, _ in rows[0])
            values = (_listed([value for _, value in row]) for row in rows)
            return sql.SQL("INSERT INTO {} ({}) VALUES {}").format(table, names, sql.SQL(", ").join(values))
        case Update(_, ids, values):
            parts = (sql.SQL("{} = {}").format(sql.Identifier(name), value) for name, value in values)
            return sql.SQL("UPDATE {} SET {} WHERE id IN {}").format(table, sql.SQL(", ").join(parts), _listed(ids))
        case Delete(_, ids):
            return sql.SQL("DELETE FROM {} WHERE id IN {}").format(table, _listed(ids))
        case TakeLock(_, ids, lock):
            words = sql.SQL(str(lock))  # pyright: ignore[reportArgumentType]  # one of LOCKS
            return sql.SQL("SELECT * FROM {} WHERE id IN {} {}").format(table, _listed(ids), words)


def _listed(values: Sequence[int | None]) -> sql.Composed:
    return sql.SQL("({})").format(sql.SQL(", ").join(map(sql.Literal, values)))


@contextmanager
def two_connections(url: str) -> Generator[tuple["psycopg.Connection[Any]", "psycopg.Connection[Any]"]]:
    """Two connections to a database with the tables, that do not wait for one another, nor anybody for a vacuum."""
    with psycopg.connect(url) as one, psycopg.connect(url) as two:
        for name in COLUMNS:
            one.execute(sql.SQL("ALTER TABLE {} SET (autovacuum_enabled = off)").format(sql.Identifier(name)))
        for each in (one, two):
            each.execute("SET lock_timeout = 5")
            each.execute("SET deadlock_timeout = '10s'")
            each.commit()
        yield one, two


def empty(connection: "psycopg.Connection[Any]") -> None:
    """Remove every row, whatever refers to it."""
    connection.rollback()
    names = sql.SQL("; ").join(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)) for name in COLUMNS)
    connection.execute(sql.SQL("SET LOCAL session_replication_role = replica; {}").format(names))
    connection.commit()
