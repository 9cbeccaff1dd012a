"""Who observes."""

import logging
from collections.abc import Generator
from contextlib import contextmanager
from threading import Lock
from typing import TypeVar

from unitofwork.domain.observation import Step, UnitBegun, UnitRecord
from unitofwork.domain.observing import LISTENING, Observer

O = TypeVar("O", bound=Observer)  # noqa: E741  # as in the name of what it stands for

_logger = logging.getLogger("unitofwork")


class Observers:
    """The observers of the process."""

    __slots__ = ("_lock", "all")

    def __init__(self) -> None:
        self.all: tuple[Observer, ...] = ()
        self._lock = Lock()

    def add(self, observer: Observer) -> None:
        """Tell this one of every unit that begins from now on."""
        with self._lock:
            self.all = (*self.all, observer)
        LISTENING.start()

    def remove(self, observer: Observer) -> None:
        """Tell it of no further unit; what has begun is told to its end."""
        with self._lock:
            place = max(place for place, each in enumerate(self.all) if each is observer)
            self.all = self.all[:place] + self.all[place + 1 :]
        LISTENING.stop()


OBSERVERS = Observers()
"""Those of the process."""


@contextmanager
def observe(observer: O) -> Generator[O]:
    """Tell an observer of every unit of work that begins inside the block, in any thread and any task.

    ::

        with observe(LogUnits()):
            serve()

    A unit that is open when the block is left is told to its end. What an observer raises is logged by the logger
    ``unitofwork``, and changes nothing for the unit. Several may observe at once.
    """
    OBSERVERS.add(observer)
    try:
        yield observer
    finally:
        OBSERVERS.remove(observer)


class Telling:
    """Tells those who observed when a unit began, whatever becomes of them."""

    __slots__ = ("_observers", "_unit")

    def __init__(self, observers: tuple[Observer, ...], unit: UnitBegun) -> None:
        self._observers = observers
        self._unit = unit

    def begun(self) -> None:
        """It has begun."""
        for observer in self._observers:
            try:
                observer.begun(self._unit)
            except Exception:
                _failed(observer)

    def step(self, step: Step) -> None:
        """It has done something."""
        for observer in self._observers:
            try:
                observer.step(self._unit, step)
            except Exception:
                _failed(observer)

    def ended(self, record: UnitRecord) -> None:
        """It has ended."""
        for observer in self._observers:
            try:
                observer.ended(record)
            except Exception:
                _failed(observer)


def _failed(observer: Observer) -> None:
    _logger.exception("the observer %s failed; the unit of work goes on all the same", type(observer).__qualname__)
