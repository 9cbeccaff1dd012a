"""Things that are made once and kept, up to a number of them."""

from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """Keeps things by a key; the oldest makes room for a new one. Threads may share it."""

    __slots__ = ("_kept", "_lock", "_most", "get")

    def __init__(self, most: int = 500) -> None:
        self._most = most
        self._kept: dict[object, T] = {}
        self._lock = Lock()
        self.get = self._kept.get

    def __len__(self) -> int:
        return len(self._kept)

    def keep(self, key: object, thing: T) -> None:
        """Keep a thing."""
        with self._lock:
            if len(self._kept) >= self._most:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = thing
