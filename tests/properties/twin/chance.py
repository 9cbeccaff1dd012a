"""What is chance in SQLAlchemy, made the same on both sides, so that each difference is one of the databases.

SQLAlchemy keeps the states of entities, and the steps of a flush, in sets, which give them by their places in memory:
which of several faults is met first, or which of two owners gives its key to a member that both hold, is another in
each run. Here they have hashes that say what they are.
"""
# pyright: reportPrivateUsage=false

from collections.abc import Generator
from contextlib import contextmanager
from itertools import count
from typing import Any

from sqlalchemy.orm import InstanceState
from sqlalchemy.orm.unitofwork import _PostSortRec

_HASH = "twin.hash"
_HASHED: tuple[Any, ...] = (InstanceState, _PostSortRec)


class Chance:
    """What SQLAlchemy's sets go by on one side: entities with a row by its key, others by how many came before."""

    def __init__(self) -> None:
        self._numbers = count()

    @contextmanager
    def here(self) -> Generator[None]:
        """A block in which this side's entities are used."""
        before = [each.__hash__ for each in _HASHED]
        for each, hashed in zip(_HASHED, (self._of_state(), _of_step), strict=True):
            each.__hash__ = hashed
        try:
            yield
        finally:
            for each, hashed in zip(_HASHED, before, strict=True):
                each.__hash__ = hashed

    def _of_state(self) -> Any:
        numbers = self._numbers

        def hashed(state: InstanceState[Any]) -> int:
            kept = vars(state)
            if _HASH not in kept:
                kept[_HASH] = next(numbers) if state.key is None else hash((state.class_.__name__, state.key[1]))
            found: int = kept[_HASH]
            return found

        return hashed


def _of_step(step: Any) -> int:
    return hash((step.sort_key, getattr(step, "state", None)))
