"""The unit of work on asyncio."""

from collections.abc import Callable, Collection, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from functools import wraps
from inspect import iscoroutinefunction
from types import TracebackType
from typing import Any, Concatenate, Generic, ParamSpec, Self, TypeVar, cast, get_args, get_origin, overload

from unitofwork.domain.errors import UnitOfWorkError
from unitofwork.domain.isolation import Isolation
from unitofwork.domain.ports import AsyncDatabase
from unitofwork.service_layer.aio.declared import AwaitedRepository
from unitofwork.service_layer.aio.repository import AsyncRepository
from unitofwork.service_layer.aio.waiting import Awaited, Waiting
from unitofwork.service_layer.arguments import check_names, refuse_database
from unitofwork.service_layer.inbox import Inbox
from unitofwork.service_layer.once import RESERVED, answer, note
from unitofwork.service_layer.outbox import Outbox
from unitofwork.service_layer.unit_of_work import UnitOfWork

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")
U = TypeVar("U", bound=UnitOfWork)


def _awaited(
    method: Callable[Concatenate[UnitOfWork, P], R],
) -> "Callable[Concatenate[AsyncUnitOfWork[Any], P], Coroutine[Any, Any, R]]":
    """The unit's own method, awaited."""
    name = method.__name__

    @wraps(method)
    async def call(self: "AsyncUnitOfWork[Any]", /, *args: P.args, **kwargs: P.kwargs) -> R:
        return await self.waiting(cast("Callable[P, R]", getattr(self.unit, name)), *args, **kwargs)

    return call


def _at_once(
    method: Callable[Concatenate[UnitOfWork, P], R],
) -> "Callable[Concatenate[AsyncUnitOfWork[Any], P], R]":
    """The unit's own method, which looks at memory alone."""
    name = method.__name__

    @wraps(method)
    def call(self: "AsyncUnitOfWork[Any]", /, *args: P.args, **kwargs: P.kwargs) -> R:
        return cast("Callable[P, R]", getattr(self.unit, name))(*args, **kwargs)

    return call


class AsyncUnitOfWork(Generic[U]):
    """Keeps what a use case changes, whole or not at all, on asyncio.

    ::

        class AsyncAccounts(AsyncUnitOfWork[Accounts]):
            users = awaited(Accounts.users)


        async with AsyncAccounts(database) as uow:
            sandy = await uow.users.get_one(2)
            sandy.fullname = "Sandy Squirrel"
            await uow.commit()

    What may wait for the database is awaited, and does what the method of the same name does in `UnitOfWork`; what
    only looks at memory is not. Reading a relationship that is not loaded, or an attribute that has expired, would
    wait where nothing is awaited, and raises `OutsideRun`: load it by ``load=``, or read it inside `run`.

    A unit is used by one task at a time: `WrongThread` is for a second one that comes while the first one waits.

    A task that is cancelled while it waits ends the transaction, as an error of the database does. Leaving the block
    gives the connection back before the cancellation goes on. A commit that is cancelled kept everything or nothing, or
    raises `CommitOutcomeUnknown`.

    Args:
        database: where the entities are kept.
        autoflush: as in `UnitOfWork`, like the others.
        expire_on_commit: whether attributes are expired by each commit; they are loaded by `refresh`, or inside `run`.
        cursor_secret: what the cursors of pages are sealed with.
        outbox: keeps the events that entities record.
        inbox: notes which messages were handled, for `once`.
    """

    unit_type: type[UnitOfWork] = UnitOfWork
    """The class of the unit that `run` gives to services, taken from ``AsyncUnitOfWork[...]``."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        check_names(cls, AwaitedRepository, {*dir(AsyncUnitOfWork), "unit", "waiting"})
        for base in cls.__dict__.get("__orig_bases__", ()):
            origin, (given, *_) = get_origin(base), get_args(base) or (None,)
            if isinstance(origin, type) and issubclass(origin, AsyncUnitOfWork) and not isinstance(given, TypeVar):
                if not (isinstance(given, type) and issubclass(given, UnitOfWork)):
                    raise TypeError(f"{cls.__name__} awaits no unit of work: write AsyncUnitOfWork[...] with its class")
                cls.unit_type = given

    def __init__(
        self,
        database: AsyncDatabase,
        *,
        autoflush: bool = True,
        expire_on_commit: bool = False,
        cursor_secret: bytes = b"",
        outbox: Outbox | None = None,
        inbox: Inbox | None = None,
    ) -> None:
        if isinstance(database, type) or not hasattr(database, "sync"):
            refuse_database(type(self), database)
        unit = self.unit_type(
            database.sync,
            autoflush=autoflush,
            expire_on_commit=expire_on_commit,
            cursor_secret=cursor_secret,
            outbox=outbox,
            inbox=inbox,
        )
        self.unit = cast(U, unit)
        """The unit that `run` gives to services. What of it waits for the database works inside `run` alone."""
        self.waiting = Waiting(database, unit.life)
        """What repositories are made with; not meant for applications."""

    async def run(self, service: Callable[Concatenate[U, P], R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a synchronous service with the unit, and return its result; other tasks go on while it waits.

        Inside it all is as without asyncio; relationships that are read are loaded::

            await uow.run(rename, "sandy", "Sandy Squirrel")
            count = await uow.run(lambda accounts: len(accounts.users.named("sandy").addresses))

        What it computes, or waits for besides the database, keeps other tasks waiting.

        Args:
            service: takes the unit, and the arguments that follow.

        Raises:
            UnitOfWorkError: it is a coroutine function.
            WrongThread: another task is inside the unit.
        """
        if iscoroutinefunction(service):
            raise UnitOfWorkError("run() is for synchronous services: await this one, with the awaited unit")
        return await self.waiting(service, self.unit, *args, **kwargs)

    @overload
    async def once(
        self, message_id: str, work: Callable[P, Coroutine[Any, Any, R]], /, *args: P.args, **kwargs: P.kwargs
    ) -> R: ...
    @overload
    async def once(self, message_id: str, work: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R: ...
    async def once(self, message_id: str, work: Callable[..., Any], /, *args: object, **kwargs: object) -> Any:
        """Do what a message asks for, unless that was done before; return the answer, the first one if it was.

        Args:
            message_id: as in `UnitOfWork.once`.
            work: a coroutine function, or a plain one that works as inside `run`.

        All else is as in `UnitOfWork.once`.
        """
        if not iscoroutinefunction(work):
            return await self.waiting(self.unit.once, message_id, work, *args, **kwargs)
        known = await self.waiting(answer, self.unit.life, message_id)
        if known is not None:
            return known.result
        with self.unit.life.reserve(RESERVED):
            result = await work(*args, **kwargs)
        await self.waiting(note, self.unit.life, message_id, result)
        return result

    flush = _awaited(UnitOfWork.flush)
    commit = _awaited(UnitOfWork.commit)
    rollback = _awaited(UnitOfWork.rollback)
    close = _awaited(UnitOfWork.close)
    invalidate = _awaited(UnitOfWork.invalidate)
    refresh = _awaited(UnitOfWork.refresh)

    after_commit = _at_once(UnitOfWork.after_commit)
    after_rollback = _at_once(UnitOfWork.after_rollback)
    subscribe = _at_once(UnitOfWork.subscribe)
    state = _at_once(UnitOfWork.state)
    is_modified = _at_once(UnitOfWork.is_modified)
    expire = _at_once(UnitOfWork.expire)
    expire_all = _at_once(UnitOfWork.expire_all)
    expunge = _at_once(UnitOfWork.expunge)
    expunge_all = _at_once(UnitOfWork.expunge_all)

    def begin(self, *, read_only: bool = False, isolation: Isolation | None = None) -> Self:
        """Begin, and return the unit, so that ``async with unit.begin(read_only=True):`` can be written.

        Nothing is awaited: the transaction starts with the first operation.
        """
        self.unit.begin(read_only=read_only, isolation=isolation)
        return self

    async def __aenter__(self) -> Self:
        self.unit.__enter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.waiting(self.unit.__exit__, kind, error, traceback)

    def savepoint(self) -> AbstractAsyncContextManager[None]:
        """Do a part that can be undone alone, in an ``async with`` block; see `UnitOfWork.savepoint`."""
        return Awaited(self.waiting, self.unit.savepoint())

    def no_autoflush(self) -> AbstractContextManager[None]:
        """Ask questions inside the block (a plain ``with``) without sending what was changed."""
        return self.unit.no_autoflush()

    def repository(self, entity_type: type[T]) -> AsyncRepository[T]:
        """The repository of a type, which need not be declared."""
        return AsyncRepository(self.waiting, self.unit.repository(entity_type))

    @property
    def new(self) -> Collection[object]:
        """The pending entities, in the order in which they were added."""
        return self.unit.new

    @property
    def dirty(self) -> Collection[object]:
        """The persistent entities with an attribute that was set, even to the value it had; see `is_modified`."""
        return self.unit.dirty

    @property
    def deleted(self) -> Collection[object]:
        """The entities that the next flush deletes."""
        return self.unit.deleted

    def __contains__(self, entity: object) -> bool:
        """Whether the entity is pending or persistent here."""
        return entity in self.unit

    def __iter__(self) -> Iterator[object]:
        """Every pending and persistent entity."""
        return iter(self.unit)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}, {self.unit.life.phase.value}>"
