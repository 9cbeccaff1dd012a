"""Exclusive use: one thread or task at a time is inside a unit of work, which goes from hand to hand in between.

Nobody waits: whoever comes while another is in the middle of an operation is refused. Two that share a transaction by
accident would commit each other's halves, and waiting would only hide it.
"""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from operator import attrgetter
from sys import modules
from threading import get_ident
from typing import Any, TypeVar, TypeVarTuple, cast

from unitofwork.domain.errors import WrongThread
from unitofwork.domain.ports import Savepoint, Session
from unitofwork.service_layer.standing_in import like

R = TypeVar("R")
Ts = TypeVarTuple("Ts")

_HOLDER = "holder"
_TASKS = "asyncio.tasks"  # which is imported after asyncio.events


class ExclusiveUse(dict[str, object]):
    """Runs operations of one thread or task at a time; an operation may run others inside it.

    It holds who is inside, and is empty between operations. `setdefault` is atomic, so that it needs no lock.
    """

    __slots__ = ()

    @property
    def busy(self) -> bool:
        """Whether an operation is running."""
        return bool(self)

    def __call__(self, operation: Callable[[*Ts], R], /, *args: *Ts) -> R:
        """Run an operation and return its result.

        Raises:
            WrongThread: another thread or task is inside an operation.
        """
        me = get_ident() if _running_loop() is None else running_task() or get_ident()
        if self and self.get(_HOLDER) == me:
            return operation(*args)
        try:
            holder = self.setdefault(_HOLDER, me)
            if holder != me:
                raise _refusal(me, holder)
            result = operation(*args)
            self.clear()
            return result
        except BaseException:
            self.let_go(me)
            raise

    @contextmanager
    def throughout(self) -> Generator[None]:
        """Keep everybody else out for the whole block; operations inside it are this one's.

        Raises:
            WrongThread: another thread or task is inside an operation.
        """
        me = running_task() or get_ident()
        if self and self.get(_HOLDER) == me:
            yield
            return
        try:
            holder = self.setdefault(_HOLDER, me)
            if holder != me:
                raise _refusal(me, holder)
            yield
        finally:
            self.let_go(me)

    def let_go(self, me: object) -> None:
        """Be free again, if this one is inside."""
        if self.get(_HOLDER) == me:
            self.clear()


def running_task() -> object:
    """The task of asyncio that is running in this thread, or None."""
    loop = _running_loop()
    return None if loop is None else modules[_TASKS].current_task(loop)


def _loop_if_imported() -> object:
    """What asyncio says of the loop that runs in this thread; asyncio is not imported to find out."""
    global _running_loop  # once asyncio is there, it is asked without this detour
    if _TASKS not in modules:
        return None
    _running_loop = modules["asyncio.events"]._get_running_loop
    return _running_loop()


_running_loop: Callable[[], object] = _loop_if_imported


def _refusal(me: object, holder: object) -> WrongThread:
    return WrongThread(
        f"{_name(me)} used the unit of work while {_name(holder)} was in the middle of an operation: "
        "use it one after the other, or a unit each"
    )


def _name(holder: object) -> str:
    if not isinstance(holder, int):
        return f"task {cast(Any, holder).get_name()!r}"
    names = (thread.name for thread in threading.enumerate() if thread.ident == holder)
    return f"thread {next(names, str(holder))!r}"


class _Exclusive:
    """Stands before a port's object, and lets one thread or task in at a time."""

    __slots__ = ("port", "run")

    def __init__(self, port: object, run: ExclusiveUse) -> None:
        self.port = port
        self.run = run


def _method(name: str) -> Callable[..., object]:
    find = attrgetter(name)

    def call(self: _Exclusive, *args: object) -> object:
        # What ExclusiveUse does, written out: calling it would cost as much again.
        held = self.run
        me = get_ident() if _running_loop() is None else running_task() or get_ident()
        if held and held.get(_HOLDER) == me:
            return find(self.port)(*args)
        try:
            holder = held.setdefault(_HOLDER, me)
            if holder != me:
                raise _refusal(me, holder)
            result = find(self.port)(*args)
            held.clear()
            return result
        except BaseException:
            held.let_go(me)
            raise

    return call


def _property(name: str) -> property:
    def read(self: _Exclusive) -> object:
        return self.run(getattr, self.port, name)

    def write(self: _Exclusive, value: object) -> None:
        self.run(setattr, self.port, name, value)

    return property(read, write)


@like(Savepoint, _method, _property)
class _ExclusiveSavepoint(_Exclusive):
    __slots__ = ()


@like(Session, _method, _property)
class _ExclusiveSession(_Exclusive):
    __slots__ = ()

    def __init__(self, session: Session, run: ExclusiveUse) -> None:
        session.exclusively = run  # those that it does unasked included
        self.port = session
        self.run = run

    def savepoint(self) -> Savepoint:
        port: Any = self.port
        return cast(Savepoint, _ExclusiveSavepoint(self.run(port.savepoint), self.run))


exclusive = cast("Callable[[Session, ExclusiveUse], Session]", _ExclusiveSession)
"""Gives the session with each operation run by the second, those that it does unasked included."""
