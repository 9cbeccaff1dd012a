"""The database port over SQLAlchemy's engines."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from sqlalchemy import URL, Connection, Engine, Table
from sqlalchemy.orm import registry
from sqlalchemy.orm.session import JoinTransactionMode

from unitofwork.adapters.orm import check_registry
from unitofwork.adapters.orm.tables import mappers_of
from unitofwork.adapters.session.lazy_loading import guard
from unitofwork.adapters.session.reuse import Sessions
from unitofwork.adapters.sqlalchemy import engines
from unitofwork.adapters.sqlalchemy.binds import DEFAULT, Binds, K, Key
from unitofwork.adapters.sqlalchemy.engine_session import EngineSession
from unitofwork.adapters.sqlalchemy.engines.urls import UrlError
from unitofwork.adapters.sqlalchemy.joining import JoinedDatabase, JoinedSession
from unitofwork.adapters.sqlalchemy.joint_session import JointSession
from unitofwork.adapters.sqlalchemy.keys import KeyLookups
from unitofwork.adapters.sqlalchemy.options import EngineOptions
from unitofwork.adapters.sqlalchemy.participant import Participant
from unitofwork.adapters.sqlalchemy.resolving import Resolver
from unitofwork.adapters.sqlalchemy.session import SqlAlchemySession
from unitofwork.adapters.sqlalchemy.warming import compile_updates, rehearse, work_in_vain
from unitofwork.domain.errors import CommitOutcomeUnknown, UnitOfWorkError, UnsupportedQuery
from unitofwork.domain.in_doubt import InDoubt
from unitofwork.domain.isolation import Isolation
from unitofwork.domain.outcome import Outcome


class SqlAlchemyDatabase:
    """A SQL database that keeps the entities of a registry; or several, which keep a part each.

    Args:
        url_or_engine: a URL, for which an engine is made with this library's settings; or an engine that has not
            connected yet, which is given them. Nothing connects before a unit of work asks for something.
        mapping: the registry that the application's classes were mapped with. It is checked here.
        options: how connections are made, kept and used. An engine that is given has its own pool, so that those of
            the pool count for a URL only.
        binds: for classes, bases of classes, or tables that another database keeps, its URL or engine. The same one
            given twice is one database.
        twophase: whether a unit that wrote to several databases commits in two phases, all of them or none. Otherwise
            they commit one after the other, and a crash between two commits leaves half.

    Raises:
        ValueError: a URL is none, a database is not supported or has no two phases, or its driver is not installed.
        MappingError: the mapping does not fit the classes, or not the binds.
    """

    _session_type: type[EngineSession] = EngineSession
    _joint_type: type[JointSession] = JointSession
    _joined_type: type[JoinedSession] = JoinedSession

    def __init__(
        self,
        url_or_engine: str | URL | Engine,
        mapping: registry,
        *,
        options: EngineOptions | None = None,
        binds: Mapping[K, str | URL | Engine] | None = None,
        twophase: bool = False,
    ) -> None:
        check_registry(mapping)
        guard(mapping)
        self.mapping = mapping
        """The registry that the entities are mapped with."""
        self.options = options or EngineOptions()
        """How connections are made, kept and used."""
        addresses = [self._address(url_or_engine)]
        places: dict[Key, int] = {}
        for key, other in (binds or {}).items():
            address = self._address(other)
            if address not in addresses:
                addresses.append(address)
            places[key] = addresses.index(address)
        self._binds = Binds(mapping, places)
        self._participants: list[Participant] = []
        try:
            for place, address in enumerate(addresses):
                self._participants.append(Participant(address, place, mapping, self.options))
            self._resolver = Resolver(self._participants) if twophase else None
        except BaseException:
            self.dispose()  # a database in memory lives from when its engine is made
            raise
        self._sessions: dict[tuple[bool, Isolation | None], Sessions[Any]] = {}
        self._keys = KeyLookups(mapping, self._binds, [each.dialect for each in self._participants])

    @property
    def engine(self) -> Engine:
        """The engine of units that may write. Others may share its pool; what runs on this one raises our errors."""
        return self._participants[0].engine

    @property
    def engines(self) -> tuple[Engine, ...]:
        """That engine, and those of the other databases in the order in which ``binds`` first names them."""
        return tuple(each.engine for each in self._participants)

    def session(
        self, *, read_only: bool, isolation: Isolation | None, autoflush: bool, expire_on_commit: bool
    ) -> SqlAlchemySession:
        """Open a session; it takes a connection from the pool of each database with the first operation there."""
        if len(self._participants) > 1:
            several = self._session_of_several(read_only, isolation, autoflush, expire_on_commit)
            return SqlAlchemySession(several, self._keys)
        sessions = self._sessions.get((read_only, isolation))
        if sessions is None:
            engine = self._participants[0].bind(read_only, isolation)
            make = partial(self._session_type, engine, read_only=read_only, autoflush=True, expire_on_commit=False)
            sessions = self._sessions.setdefault((read_only, isolation), Sessions(make))
        return SqlAlchemySession(sessions.take(autoflush, expire_on_commit), self._keys, sessions.give_back)

    def joined(
        self, connection: Connection, *, join_transaction_mode: JoinTransactionMode = "create_savepoint"
    ) -> JoinedDatabase:
        """A database whose units of work run on this connection, inside the transaction that is open there.

        So a test undoes code that commits::

            with database.engine.connect() as connection, connection.begin() as outer:
                service(Accounts(database.joined(connection)))
                outer.rollback()

        The modes are those of SQLAlchemy's session:

        ======================= ============================ =========================================================
        mode                    a unit's commit              a unit's rollback
        ======================= ============================ =========================================================
        create_savepoint        keeps it for the outer one   undoes what the unit did
        rollback_only           keeps it for the outer one   rolls the outer transaction back, or its savepoint
        control_fully           commits the outer one        rolls the outer transaction back, or its savepoint
        conditional_savepoint   as create_savepoint inside a savepoint of the outer transaction, else as rollback_only
        ======================= ============================ =========================================================

        Closing a unit rolls back what it wrote and did not commit, and leaves the connection with its owner. A unit
        that wrote nothing leaves the outer transaction as it is, but in full control.

        Args:
            connection: of this database's ``engine``, with a transaction that its owner began and will end.
            join_transaction_mode: what a unit's commit and rollback do to that transaction.

        Raises:
            UnitOfWorkError: the connection is another engine's, or in no transaction; or there are several databases.
            ValueError: there is no such mode.
        """
        if len(self._participants) > 1:
            raise UnitOfWorkError("a unit of work over several databases cannot run on one connection")
        if not self._participants[DEFAULT].owns(connection.engine):
            raise UnitOfWorkError("the connection is another engine's: get it from database.engine.connect()")
        return JoinedDatabase(connection, join_transaction_mode, self._keys, self._joined_type)

    def warm_up(self) -> None:
        """Do now what would make the first unit of the process several times slower than the others.

        It opens one connection to each database; compiles the statements by which a type is got by its key and one
        attribute of it changed; runs a small unit on a database in memory; and asks once for an entity of each type,
        by a key that none has. Tables need not exist yet. Nothing is written to the database.

        Raises:
            DatabaseUnavailable, ConnectionLost: a database cannot be reached.
        """
        for each in self._participants:
            each.get_ready()  # the dialect learns what server it speaks to, before it compiles anything for it
        rehearse(SqlAlchemyDatabase)
        for mapper in mappers_of(self.mapping):
            engine = self._participants[self._binds.of(mapper)].engine
            self._keys.of(mapper.class_).compile(engine)
            compile_updates(mapper, engine.dialect)
        session = self.session(read_only=True, isolation=None, autoflush=True, expire_on_commit=False)
        try:
            for mapper in mappers_of(self.mapping):
                work_in_vain(session.raw, mapper, self._keys.of(mapper.class_))
        finally:
            session.close()
        self.session(read_only=False, isolation=None, autoflush=True, expire_on_commit=False).close()

    def create_schema(self) -> None:
        """Create the mapping's tables that are missing."""
        self._binds.check()
        for place, each in enumerate(self._participants):
            each.create(self._binds.tables(place))

    def drop_schema(self) -> None:
        """Drop the mapping's tables, with all that is in them."""
        self._binds.check()
        for place, each in enumerate(self._participants):
            each.drop(self._binds.tables(place))

    def parts(self) -> list[tuple[Engine, list[Table]]]:
        """Each database, as an engine whose transactions only read, with the mapping's tables that it keeps."""
        self._binds.check()
        places = enumerate(self._participants)
        return [(each.bind(read_only=True, isolation=None), self._binds.tables(place)) for place, each in places]

    def outcome(self, error: CommitOutcomeUnknown) -> Outcome:
        """What became of the transaction whose COMMIT raised ``error``; the same database must be asked.

        Raises:
            UnsupportedQuery: this database keeps no record of transactions, as PostgreSQL does.
            DatabaseUnavailable: it cannot be reached.
        """
        place, _, transaction = (error.transaction or "").rpartition(":")
        if transaction and not place:  # it is of several databases
            return Outcome.IN_PROGRESS if transaction in (each.id for each in self.in_doubt()) else Outcome.UNKNOWN
        return self._participants[int(place or DEFAULT)].outcome(transaction or None)

    def in_doubt(self) -> list[InDoubt]:
        """The transactions over several databases that are between their two phases, the oldest first.

        Those that are being committed at this moment are among them.

        Raises:
            UnsupportedQuery: the database was made without ``twophase=True``.
            DatabaseUnavailable: one of the databases cannot be reached.
        """
        return self._resolving().in_doubt()

    def resolve(self, id: str, *, commit: bool | None = None) -> None:
        """End a transaction in doubt, on all of its databases, once its process is gone.

        Args:
            id: of `in_doubt`, or of a `CommitOutcomeUnknown`.
            commit: whether to commit it; by default what is right: commit if all had promised, roll back if not.

        Raises:
            NotFound: no transaction of this id is in doubt.
            UnitOfWorkError: ``commit`` would keep half of it.
            UnsupportedQuery: the database was made without ``twophase=True``.
            DatabaseUnavailable: one of the databases cannot be reached.
        """
        self._resolving().resolve(id, commit)

    def _resolving(self) -> Resolver:
        if self._resolver is None:
            raise UnsupportedQuery("no transaction here has two phases: make the database with twophase=True")
        return self._resolver

    def dispose(self) -> None:
        """Close idle connections; a unit of work that is open keeps its own until it is closed."""
        for each in self._participants:
            each.dispose()

    def _session_of_several(
        self, read_only: bool, isolation: Isolation | None, autoflush: bool, expire_on_commit: bool
    ) -> EngineSession:
        bound = [each.bind(read_only, isolation) for each in self._participants]
        binds = {key: bound[place] for key, place in self._binds.elsewhere()}
        if read_only:
            return self._session_type(
                bound[0], binds, read_only=read_only, autoflush=autoflush, expire_on_commit=expire_on_commit
            )
        databases = self._resolver.databases if self._resolver else None
        return self._joint_type(bound, binds, databases, autoflush=autoflush, expire_on_commit=expire_on_commit)

    def _address(self, url_or_engine: str | URL | Engine) -> URL | Engine:
        """What tells one database from another."""
        address = url_or_engine if isinstance(url_or_engine, Engine) else engines.parsed_url(url_or_engine)
        if engines.is_awaited(address):
            raise UrlError(f"{engines.named(address)} is for asyncio: use AsyncSqlAlchemyDatabase, or another driver")
        return address

    def __repr__(self) -> str:
        return f"<SqlAlchemyDatabase {', '.join(map(repr, self._participants))}>"
