"""The registry: each thread and each task has a unit of work of its own, which nobody needs to pass along."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from unitofwork.service_layer.exclusive_use import running_task
from unitofwork.service_layer.unit_of_work import UnitOfWork

U = TypeVar("U", bound=UnitOfWork)


class UnitRegistry(Generic[U]):
    """Gives each thread, and each task of asyncio, a unit of work of its own.

    ::

        units = UnitRegistry(lambda: Accounts(database))

        def handle(request):        # a web application, one thread or task a request
            try:
                units().users.add(User(request.name))
                units().commit()
            finally:
                units.remove()

    A task does not inherit the unit of the task, or of the thread, that started it: those two would run at the same
    time. What ends without `remove` leaves a unit that was dropped, which is rolled back, and warned of.

    Args:
        make: makes a unit, such as a container's provider.
    """

    def __init__(self, make: Callable[[], U]) -> None:
        self._make = make
        self._here: _Here[U] = _Here()

    def __call__(self) -> U:
        """The unit of the thread or task that asks: made when it is first asked for, and begun unless it is."""
        units, user = self._here.units, _user()
        unit = units.get(user)
        if unit is None:
            unit = units[user] = self._make()
        if not unit.life.is_open:
            unit.begin()
        return unit

    def remove(self) -> None:
        """Close the unit of the thread or task that asks, and forget it; harmless if it has none."""
        unit = self._here.units.pop(_user(), None)
        if unit is not None:
            unit.close()


class _Here(threading.local, Generic[U]):
    """What one thread sees: the units of its own and of its tasks, each for no longer than its user lives."""

    def __init__(self) -> None:
        self.units: WeakKeyDictionary[object, U] = WeakKeyDictionary()


def _user() -> object:
    return running_task() or threading.current_thread()
