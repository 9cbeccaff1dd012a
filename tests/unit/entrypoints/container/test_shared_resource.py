"""Threads that ask for a resource before it is open get the same one, which is closed."""

from collections.abc import Callable, Iterator
from threading import Barrier, Event, Thread

import pytest
from dependency_injector import containers, providers

from unitofwork.entrypoints.container import SharedResource

THREADS = 4


class Opening:
    """A resource that takes as long to open as it takes for others to ask for it."""

    def __init__(self) -> None:
        self.opened = 0
        self.closed = 0
        self.several = Event()

    def __call__(self) -> Iterator[object]:
        self.opened += 1
        if self.opened > 1:
            self.several.set()
        self.several.wait(0.2)
        yield object()
        self.closed += 1


def generator(opening: Opening) -> Callable[[], Iterator[object]]:
    def open_() -> Iterator[object]:
        yield from opening()

    return open_


def asked_by_threads(provider: providers.Provider[object]) -> set[int]:
    found: list[object] = []
    together = Barrier(THREADS)

    def ask() -> None:
        together.wait(10)
        found.append(provider())

    threads = [Thread(target=ask) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(found) == THREADS
    return {id(each) for each in found}


def test_it_is_opened_once_and_closed() -> None:
    opening = Opening()

    class Shop(containers.DeclarativeContainer):
        database = SharedResource(generator(opening))

    container = Shop()
    assert len(asked_by_threads(container.database)) == 1
    container.shutdown_resources()
    assert (opening.opened, opening.closed) == (1, 1)


def test_a_plain_resource_is_opened_by_each_thread_and_closed_once() -> None:
    """What it is there for: should this fail, dependency-injector has cured it."""
    opening = Opening()

    class Shop(containers.DeclarativeContainer):
        database = providers.Resource(generator(opening))

    container = Shop()
    asked_by_threads(container.database)
    container.shutdown_resources()
    assert opening.opened > opening.closed == 1


def test_what_fails_to_open_is_opened_at_the_next_request() -> None:
    tries = iter([False, True])

    def open_() -> str:
        if not next(tries):
            raise OSError("not yet")
        return "open"

    resource = SharedResource(open_)
    with pytest.raises(OSError, match="not yet"):
        resource()
    assert resource() == "open"


def test_it_can_be_overridden_and_is_not_opened_then() -> None:
    resource: SharedResource[int] = SharedResource(lambda: pytest.fail("it was opened"))
    resource.override(providers.Object(7))
    assert resource() == 7
