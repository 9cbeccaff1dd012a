"""A session that takes down what it is asked to do."""

from collections.abc import Callable, Generator, Sequence, Sized
from operator import attrgetter
from typing import Any, TypeVar, TypeVarTuple, cast

import attrs

from unitofwork.domain.observation import Changes, StepKind
from unitofwork.domain.outbox import Envelope
from unitofwork.domain.ports import Exclusively, Savepoint, Session
from unitofwork.domain.query import Query
from unitofwork.service_layer.observing.recorder import Recorder
from unitofwork.service_layer.standing_in import like

R = TypeVar("R")
T = TypeVar("T")
Ts = TypeVarTuple("Ts")


def _nothing(_result: object) -> None:
    """Nothing was counted."""


def _one(_result: object) -> int:
    return 1


def _found(result: object) -> int:
    return 0 if result is None else 1


def _rows(result: Any) -> int:
    return result if isinstance(result, int) else len(cast(Sized, result))


@attrs.frozen
class _Shape:
    """What a method of the session is as a step."""

    kind: StepKind
    name: str
    count: Callable[[Any], int | None] = _nothing


_STEPS = {
    "flush": _Shape(StepKind.FLUSH, "flush"),
    "add": _Shape(StepKind.CHANGE, "add", _one),
    "delete": _Shape(StepKind.CHANGE, "delete", _one),
    "upsert": _Shape(StepKind.CHANGE, "upsert", _one),
    "refresh": _Shape(StepKind.QUESTION, "refresh", _one),
    "get": _Shape(StepKind.QUESTION, "get", _found),
    "find": _Shape(StepKind.QUESTION, "find", _rows),
    "find_placed": _Shape(StepKind.QUESTION, "page", _rows),
    "find_values": _Shape(StepKind.QUESTION, "find values", _rows),
    "count": _Shape(StepKind.QUESTION, "count"),
    "exists": _Shape(StepKind.QUESTION, "exists"),
    "insert_many": _Shape(StepKind.WRITE, "insert many", _rows),
    "upsert_many": _Shape(StepKind.WRITE, "upsert many", _rows),
    "update_where": _Shape(StepKind.WRITE, "update where", _rows),
    "delete_where": _Shape(StepKind.WRITE, "delete where", _rows),
}
"""The methods that are steps; all others ask nothing of the database."""

_COUNTED: dict[str, Callable[[int], Changes]] = {
    "insert_many": lambda rows: Changes(new=rows),
    "upsert_many": lambda rows: Changes(dirty=rows),
    "update_where": lambda rows: Changes(dirty=rows),
    "delete_where": lambda rows: Changes(deleted=rows),
}
"""What the rows that these return are, until the transaction ends."""


def _method(name: str) -> Callable[..., object]:
    find = attrgetter(name)
    if name not in _STEPS:

        def ask(self: "_Observed", *args: object) -> object:
            return find(self.port)(*args)

        return ask

    shape, changes = _STEPS[name], _COUNTED.get(name)

    def step(self: "_Observed", *args: object) -> object:
        entity = _type_of(args[0]) if args else None
        result = self.recorder.run(shape.kind, shape.name, entity, shape.count, find(self.port), *args)
        if changes is not None:
            self.recorder.balance.open += changes(cast(int, result))
        return result

    return step


def _type_of(subject: object) -> type | None:
    if isinstance(subject, Query):
        asked = cast("Query[object]", subject)
        return asked.entity_type
    if isinstance(subject, type):
        return subject
    return type(subject) if hasattr(subject, "__dict__") else None


def _attribute(name: str) -> property:
    def read(self: "_Observed") -> object:
        return getattr(self.port, name)

    def write(self: "_Observed", value: object) -> None:
        setattr(self.port, name, value)

    return property(read, write)


class _Observed:
    """Stands before a port's object, and tells the recorder what is asked of it."""

    __slots__ = ("port", "recorder")

    def __init__(self, port: Any, recorder: Recorder) -> None:
        self.port = port
        self.recorder = recorder


class _ObservedSavepoint:
    """A savepoint, and what was changed before it."""

    __slots__ = ("_before", "_port", "_recorder")

    def __init__(self, port: Savepoint, recorder: Recorder) -> None:
        self._port = port
        self._recorder = recorder
        self._before = recorder.balance.open

    def release(self) -> None:
        """Send what was changed, and forget the point."""
        self._recorder.run(StepKind.RELEASE, "release", None, _nothing, self._port.release)

    def rollback(self) -> None:
        """Undo everything since the point."""
        self._recorder.run(StepKind.BACK, "back to savepoint", None, _nothing, self._port.rollback)
        self._recorder.balance.open = self._before


@like(Session, _method, _attribute)
class _ObservedSession(_Observed):
    __slots__ = ()

    @property
    def exclusively(self) -> Exclusively:
        return cast(Exclusively, self.port.exclusively)

    @exclusively.setter
    def exclusively(self, run: Exclusively) -> None:
        self.port.exclusively = _Unasked(run, self.recorder)

    def commit(self, messages: Sequence[Envelope] = (), tell: bool = False) -> None:
        recorder = self.recorder
        try:
            recorder.balance.open += Changes(new=len(messages))
            recorder.run(StepKind.COMMIT, "commit", None, _nothing, self.port.commit, messages, tell)
        except BaseException as error:
            recorder.balance.not_committed(error)
            raise
        recorder.balance.committed()

    def rollback(self) -> None:
        self.recorder.run(StepKind.ROLLBACK, "rollback", None, _nothing, self.port.rollback)
        self.recorder.balance.rolled_back()

    def close(self) -> None:
        self._end(self.port.close)

    def invalidate(self) -> None:
        self._end(self.port.invalidate)

    def _end(self, end: Callable[[], None]) -> None:
        self.recorder.closing(cast(Session, self))
        self.recorder.run(StepKind.CLOSE, "close", None, _nothing, end)

    def savepoint(self) -> Savepoint:
        point = self.recorder.run(StepKind.SAVEPOINT, "savepoint", None, _nothing, cast(Session, self.port).savepoint)
        return _ObservedSavepoint(point, self.recorder)

    def stream(self, query: Query[T]) -> Generator[list[T]]:
        return _streamed(self.port.stream(query), query.entity_type, self.recorder)


def _streamed(batches: Generator[list[T]], entity_type: type, recorder: Recorder) -> Generator[list[T]]:
    def following() -> list[T] | None:
        return next(batches, None)

    def counted(batch: list[T] | None) -> int:
        return len(batch or ())

    try:
        while (batch := recorder.run(StepKind.QUESTION, "stream", entity_type, counted, following)) is not None:
            yield batch
    finally:
        batches.close()


class _Unasked:
    """Runs what the session does unasked: loading an attribute that is read."""

    __slots__ = ("_exclusively", "_recorder")

    def __init__(self, exclusively: Exclusively, recorder: Recorder) -> None:
        self._exclusively = exclusively
        self._recorder = recorder

    def __call__(self, operation: Callable[[*Ts], R], /, *args: *Ts) -> R:
        return self._exclusively(self._recorder.run, StepKind.LOAD, "load", None, _nothing, operation, *args)


def observed(session: Session, recorder: Recorder) -> Session:
    """The session, with each of its operations recorded, those that it does unasked included."""
    return cast(Session, _ObservedSession(session, recorder))
