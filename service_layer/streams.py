"""Streams: entities one after the other, however many there are, until the transaction ends."""

from collections.abc import Generator, Iterator
from operator import length_hint
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

import attrs

from unitofwork.domain.errors import UnitOfWorkError
from unitofwork.domain.query import Query

if TYPE_CHECKING:
    from unitofwork.service_layer.life_cycle import LifeCycle

T = TypeVar("T")


@attrs.define(eq=False)
class Source:
    """Where a stream's entities come from.

    Attributes:
        batches: the entities, a few at a time.
        savepoints: how many savepoints were open when it was opened.
        ended: whether the transaction ended before it.
    """

    batches: Generator[list[Any]]
    savepoints: int
    ended: bool = False


class OpenStreams(set[Source]):
    """The sources of a unit that are open, so that none outlives its transaction."""

    __slots__ = ()

    def close(self, source: Source) -> None:
        """Give back what a source holds. Twice is harmless."""
        source.batches.close()
        self.discard(source)

    def end(self, inside: int = 0) -> None:
        """Close all sources, or those that were opened inside as many savepoints, because the transaction ends."""
        for source in [each for each in self if each.savepoints >= inside]:
            source.ended = True
            self.close(source)


class Stream(Generic[T]):
    """The entities that answer a question, one after the other; memory holds a few of them at a time.

    ::

        with uow.users.stream(order_by="name") as users:
            for user in users:
                ...

    Leaving the loop early gives everything back, with the block or without. Inside the loop the unit may be used for
    everything else. The stream ends with its transaction, by commit or rollback, and with the block of the savepoint
    that it was opened in; going on raises `UnitOfWorkError` then. Whether rows that are
    inserted inside the loop are found is not defined.
    """

    def __init__(self, life: "LifeCycle", query: Query[T]) -> None:
        self._life = life
        self._source = Source(life.working().stream(query), life.savepoints)
        self._batch: Iterator[T] = iter(())
        self.closes_when_dropped = True
        """Whether it is closed when nobody has it any more; otherwise with its transaction."""
        life.streams.add(self._source)

    @property
    def ready(self) -> bool:
        """Whether the next entity is in memory, so that nothing is asked for it."""
        return length_hint(self._batch) > 0

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> T:
        self._life.working()
        if self._source.ended:
            raise UnitOfWorkError(
                "the stream ended with its transaction: commit or roll back after the loop, or open another stream"
            )
        for entity in self._batch:
            return entity
        # No generator does this: one that is refused because another thread uses the unit would be at its end.
        batch = self._life.exclusively(next, self._source.batches, None)
        if batch is None:
            self.close()
            raise StopIteration
        self._batch = iter(batch)
        return next(self)

    def close(self) -> None:
        """Give back what the stream holds; it has no more entities then. Twice is harmless."""
        self._life.exclusively(self._life.streams.close, self._source)
        self._batch = iter(())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        if not hasattr(self, "_source") or not self.closes_when_dropped:
            return
        if not self._life.exclusively.busy:  # else it is closed with its transaction
            self.close()
