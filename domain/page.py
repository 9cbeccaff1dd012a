"""Pages: a part of an answer, and how to go on from it."""

from collections.abc import Iterator
from typing import Generic, TypeVar

import attrs

T = TypeVar("T")


@attrs.frozen
class Page(Generic[T]):
    """A part of what answers a question, in its order.

    Attributes:
        items: the entities.
        next: the cursor that the next page is asked for with; None where nothing follows. Its text is opaque, holds
            the last item's values of the order's keys, and is safe in URLs.
    """

    items: tuple[T, ...]
    next: str | None

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)
