"""A port whose calls can be made to fail, each in its turn."""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from typing import Any

import attrs

from unitofwork import Database, Session
from unitofwork.domain.isolation import Isolation

STATES = {"autoflush", "failure", "exclusively"}
"""What only tells or sets a session's state."""


class Mishap(Exception):
    """What fails."""


@attrs.define
class Fault:
    """Fails one call of a port: the ``at``-th since it was set, before or after it is done."""

    error: type[BaseException] = Mishap
    after: bool = False
    at: int = 0
    calls: int = 0
    hit: str = ""
    names: list[str] = attrs.field(factory=list[str])

    def call(self, name: str, do: Callable[[], Any]) -> Any:
        self.calls += 1
        self.names.append(name)
        if self.calls != self.at:
            return do()
        self.hit = name
        if self.after:
            do()
        raise self.error


class Failing:
    """A port's object whose calls may fail; what only tells a state does not."""

    def __init__(self, port: object, fault: Fault) -> None:
        vars(self).update(port=port, fault=fault)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.port, name)
        if name in STATES:
            return found
        if not callable(found):
            return self.fault.call(name, lambda: found)
        return lambda *args: self._wrapped(self.fault.call(name, lambda: found(*args)))

    def __setattr__(self, name: str, value: object) -> None:
        setattr(self.port, name, value)

    def __contains__(self, entity: object) -> bool:
        return bool(self.fault.call("__contains__", lambda: entity in self.port))

    def __iter__(self) -> Iterator[object]:
        found: Iterator[object] = self.fault.call("__iter__", lambda: iter(self.port))
        return found

    def _wrapped(self, found: object) -> object:
        if isinstance(found, Generator):
            return self._step_by_step(found)
        return Failing(found, self.fault) if hasattr(found, "release") else found

    def _step_by_step(self, batches: Generator[object]) -> Generator[object]:
        with closing(batches):
            while (batch := self.fault.call("next", lambda: next(batches, None))) is not None:
                yield batch


@attrs.frozen
class FailingDatabase:
    """A database whose sessions may fail."""

    database: Database
    fault: Fault

    def session(
        self, *, read_only: bool, isolation: Isolation | None, autoflush: bool, expire_on_commit: bool
    ) -> Session:
        opened: Session = self.fault.call(
            "open",
            lambda: Failing(
                self.database.session(
                    read_only=read_only, isolation=isolation, autoflush=autoflush, expire_on_commit=expire_on_commit
                ),
                self.fault,
            ),
        )
        return opened

    def dispose(self) -> None:
        self.database.dispose()


PORTS = {name for name in vars(Session) if not name.startswith("_")} | {"__contains__", "__iter__", "release", "next"}
"""What can be called of a session and of what it gives."""
