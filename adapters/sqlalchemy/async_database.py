"""The database port over SQLAlchemy's engines of asyncio."""

from collections.abc import Callable, Coroutine, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import URL, Engine

try:
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
except ImportError as missing:
    raise ImportError("asyncio needs greenlet, which is not installed: pip install unitofwork[asyncio]") from missing
from sqlalchemy.orm import registry
from sqlalchemy.orm.session import JoinTransactionMode

from unitofwork.adapters.sqlalchemy import engines
from unitofwork.adapters.sqlalchemy.awaited_session import AwaitedJoinedSession, AwaitedJointSession, AwaitedSession
from unitofwork.adapters.sqlalchemy.binds import K
from unitofwork.adapters.sqlalchemy.database import SqlAlchemyDatabase
from unitofwork.adapters.sqlalchemy.engines.finishing import holding_back
from unitofwork.adapters.sqlalchemy.engines.urls import UrlError
from unitofwork.adapters.sqlalchemy.joining import JoinedDatabase
from unitofwork.adapters.sqlalchemy.options import EngineOptions
from unitofwork.domain.errors import UnitOfWorkError

P = ParamSpec("P")
R = TypeVar("R")


def _awaited(
    method: Callable[Concatenate[SqlAlchemyDatabase, P], R],
) -> "Callable[Concatenate[AsyncSqlAlchemyDatabase, P], Coroutine[Any, Any, R]]":
    """The database's own method, awaited."""

    @wraps(method)
    async def call(self: "AsyncSqlAlchemyDatabase", /, *args: P.args, **kwargs: P.kwargs) -> R:
        return await self.run(method, self.sync, *args, **kwargs)

    return call


class _Bridged:
    """Runs what is synchronous in SQLAlchemy's greenlets."""

    async def run(self, operation: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a synchronous operation, and return its result; other tasks go on while it waits for the database."""
        return await holding_back(lambda: operation(*args, **kwargs))


class AsyncSqlAlchemyDatabase(_Bridged):
    """A SQL database that keeps the entities of a registry, or several, for units of work on asyncio.

    The drivers are aiosqlite, psycopg (the one that is meant by ``postgresql://``), asyncpg and aiomysql. All else is
    as for `SqlAlchemyDatabase`. A database is used by one event loop, and closed in it, by `aclose`.

    Args:
        url_or_engine: a URL; or an engine of SQLAlchemy's that has not connected yet.
        mapping: the registry that the application's classes were mapped with. It is checked here.
        options: how connections are made, kept and used.
        binds: for classes, bases of classes, or tables that another database keeps, its URL or engine.
        twophase: whether a unit that wrote to several databases commits in two phases.

    Raises:
        ValueError: a URL is none, a driver is not for asyncio or not installed, or a database has no two phases.
        MappingError: the mapping does not fit the classes, or not the binds.
    """

    def __init__(
        self,
        url_or_engine: str | URL | AsyncEngine,
        mapping: registry,
        *,
        options: EngineOptions | None = None,
        binds: Mapping[K, str | URL | AsyncEngine] | None = None,
        twophase: bool = False,
    ) -> None:
        others = None if binds is None else {key: _sync(each) for key, each in binds.items()}
        self._sync = _AwaitedDatabase(_sync(url_or_engine), mapping, options=options, binds=others, twophase=twophase)

    @property
    def sync(self) -> SqlAlchemyDatabase:
        """The database for the units that work inside `run`; outside of it, what would wait raises `OutsideRun`."""
        return self._sync

    @property
    def engine(self) -> AsyncEngine:
        """The engine of units that may write. Others may share its pool; what runs on this one raises our errors."""
        return AsyncEngine(self._sync.engine)

    def joined(
        self, connection: AsyncConnection, *, join_transaction_mode: JoinTransactionMode = "create_savepoint"
    ) -> "AsyncJoinedDatabase":
        """A database whose units of work run on this connection, inside the transaction that is open there.

        ::

            async with database.engine.connect() as connection, connection.begin() as outer:
                await service(AsyncAccounts(database.joined(connection)))
                await outer.rollback()

        All else is as for `SqlAlchemyDatabase.joined`.

        Raises:
            UnitOfWorkError, ValueError: as there.
        """
        begun = connection.sync_connection
        if begun is None:
            raise UnitOfWorkError("the connection has not begun: enter it by `async with`, and begin a transaction")
        return AsyncJoinedDatabase(self._sync.joined(begun, join_transaction_mode=join_transaction_mode))

    warm_up = _awaited(SqlAlchemyDatabase.warm_up)
    create_schema = _awaited(SqlAlchemyDatabase.create_schema)
    drop_schema = _awaited(SqlAlchemyDatabase.drop_schema)
    outcome = _awaited(SqlAlchemyDatabase.outcome)
    in_doubt = _awaited(SqlAlchemyDatabase.in_doubt)
    resolve = _awaited(SqlAlchemyDatabase.resolve)
    aclose = _awaited(SqlAlchemyDatabase.dispose)

    def __repr__(self) -> str:
        return repr(self._sync).replace("SqlAlchemy", "AsyncSqlAlchemy", 1)


class AsyncJoinedDatabase(_Bridged):
    """A database whose units of work all run on one connection: `AsyncSqlAlchemyDatabase.joined` makes it."""

    def __init__(self, joined: JoinedDatabase) -> None:
        self._joined = joined

    @property
    def sync(self) -> JoinedDatabase:
        """The database for the units that work inside `run`."""
        return self._joined

    async def aclose(self) -> None:
        """Do nothing: the connection is its owner's."""


def _sync(url_or_engine: str | URL | AsyncEngine | Engine) -> URL | Engine:
    if isinstance(url_or_engine, AsyncEngine):
        return url_or_engine.sync_engine
    if isinstance(url_or_engine, Engine):  # by mistake, which is told where it is looked at
        return url_or_engine
    return engines.awaited_url(url_or_engine)


class _AwaitedDatabase(SqlAlchemyDatabase):
    """The core, over drivers for asyncio."""

    _session_type = AwaitedSession
    _joint_type = AwaitedJointSession
    _joined_type = AwaitedJoinedSession

    def _address(self, url_or_engine: str | URL | Engine) -> URL | Engine:
        address = url_or_engine if isinstance(url_or_engine, Engine) else engines.parsed_url(url_or_engine)
        if not engines.is_awaited(address):
            raise UrlError(
                f"{engines.named(address)} is not for asyncio: leave out the driver, or use SqlAlchemyDatabase"
            )
        return address
