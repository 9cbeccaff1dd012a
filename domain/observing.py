"""The ports of observation: who is told of units of work, and how an adapter tells what an operation sends.

Adapters tell by the way, and only while somebody listens: `LISTENING.on` is all that they look at otherwise.
"""

from collections.abc import Callable, Collection
from contextvars import ContextVar
from threading import Lock
from typing import Protocol

from unitofwork.domain.observation import Flushed, Step, UnitBegun, UnitRecord


class Observer(Protocol):
    """Is told of units of work, by the thread or task that each is used by; what it raises is logged, and no more."""

    def begun(self, unit: UnitBegun, /) -> None:
        """A unit has begun."""
        ...

    def step(self, unit: UnitBegun, step: Step, /) -> None:
        """A unit that has begun has done something; it may be in the middle of an operation still."""
        ...

    def ended(self, record: UnitRecord, /) -> None:
        """A unit has ended, or was dropped without being closed."""
        ...


class StatementListener(Protocol):
    """Is told by an adapter what an operation sends."""

    def sending(self, sql: str, database: str) -> None:
        """A statement, its text without values, is sent now; the one before has been answered."""
        ...

    def sent(self, rows: int | None) -> None:
        """It has been answered."""
        ...

    def failed(self, error: str) -> None:
        """It has failed, with an error of this class."""
        ...

    def loading(self, entity_type: type, attributes: Collection[str]) -> None:
        """Attributes of an entity are loaded because they were read."""
        ...

    def flushing(self, flushed: Collection[Flushed]) -> None:
        """What was changed is sent."""
        ...


class Listening:
    """Whether anybody listens to what is sent, and who does so in the operation that is running."""

    def __init__(self) -> None:
        self.on = False
        """Whether anybody does, anywhere."""
        self._who: ContextVar[StatementListener | None] = ContextVar("unitofwork_listener", default=None)
        self._lock = Lock()
        self._holders = 0
        self._switches: list[Callable[[bool], None]] = []

    def here(self) -> StatementListener | None:
        """Who listens to the running operation."""
        return self._who.get()

    def listen(self, listener: StatementListener | None) -> StatementListener | None:
        """Let this one listen, in this thread or task; the one who did before."""
        before = self._who.get()
        self._who.set(listener)
        return before

    def start(self) -> None:
        """Count one more who listens somewhere."""
        with self._lock:
            self._holders += 1
            if self._holders == 1:
                self._turn(on=True)

    def stop(self) -> None:
        """Count one less."""
        with self._lock:
            self._holders -= 1
            if self._holders == 0:
                self._turn(on=False)

    def prepare(self, switch: Callable[[bool], None]) -> None:
        """Have this called with whether anybody listens, whenever that changes; once is enough, twice is harmless."""
        with self._lock:
            if switch not in self._switches:
                self._switches.append(switch)
                if self.on:
                    switch(True)

    def _turn(self, *, on: bool) -> None:
        self.on = on
        for switch in self._switches:
            switch(on)


LISTENING = Listening()
"""The one of the process."""
