"""SQLAlchemy's session over several databases, whose transactions end as one."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Engine, event
from sqlalchemy.orm import Mapper, SessionTransaction

from unitofwork.adapters.sqlalchemy.binds import Key
from unitofwork.adapters.sqlalchemy.branches import BranchName, naming
from unitofwork.adapters.sqlalchemy.engine_session import EngineSession
from unitofwork.adapters.sqlalchemy.joint import JointTransaction
from unitofwork.adapters.sqlalchemy.private import around_begin, stand_in
from unitofwork.domain.errors import UnitOfWorkError


class JointSession(EngineSession):
    """A session whose databases commit in a known order.

    Args:
        engines: of all databases, by their places; the first one is for what is not bound.
        binds: what is in the others.
        databases: names them all together, for two phases; None commits in one.
    """

    def __init__(
        self,
        engines: Sequence[Engine],
        binds: Mapping[Key, Engine],
        databases: str | None,
        *,
        autoflush: bool,
        expire_on_commit: bool,
    ) -> None:
        super().__init__(engines[0], binds, read_only=False, autoflush=autoflush, expire_on_commit=expire_on_commit)
        self.twophase = databases is not None
        self.joint = JointTransaction("")
        """The transaction that is open, or was open last."""
        self._engines = engines
        self._databases = databases or ""

    def flush(self, objects: Sequence[object] | None = None) -> None:
        """Flush; what a database has nothing to do with, it takes no part in, as SQLAlchemy would let it."""
        self.connection_callable = self._connection_of
        try:
            super().flush(objects)
        finally:
            self.connection_callable = None  # SQLAlchemy's own bulk operations refuse it

    def commit(self) -> None:
        """Commit; an error while one connection is given back must not keep the others."""
        try:
            super().commit()
        except BaseException:
            if self.get_transaction() is None:
                self.give_up([branch.connection for branch in self.joint.branches])
            raise

    def _connection_of(self, mapper: Mapper[Any] | None = None, instance: object = None, **_: Any) -> Connection:
        return self.connection({"mapper": mapper})

    def next_branch(self, engine: Engine) -> BranchName:
        """The name of the branch that begins on an engine; SQLAlchemy would make one up.

        Raises:
            UnitOfWorkError: the engine is of none of the databases, so that nobody could resolve its branch.
        """
        if engine not in self._engines:
            raise UnitOfWorkError("a unit in two phases uses the databases of binds= only: bind this one, too")
        place, turn = self._engines.index(engine), len(self.joint.branches)
        return BranchName(self._databases, self.joint.id, place, turn)


@event.listens_for(JointSession, "after_transaction_create")
def _start(session: JointSession, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.joint = JointTransaction(uuid4().hex)
        if session.twophase:
            around_begin(transaction, lambda engine: naming(session.next_branch(engine)))


@event.listens_for(JointSession, "after_begin")
def _take_part(session: JointSession, transaction: SessionTransaction, connection: Connection) -> None:
    if transaction.parent is None:
        session.joint.take_part(connection, stand_in(transaction, connection, session.joint))
