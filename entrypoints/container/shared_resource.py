"""Resources that threads share, even those that ask for one at the same moment."""

from threading import RLock
from typing import TYPE_CHECKING, Any, TypeVar

from dependency_injector import providers

T = TypeVar("T")


class SharedResource(providers.Resource[T]):
    """A resource that is opened once, whoever asks first.

    A plain ``Resource`` that was not opened by ``init_resources()`` is opened by each of the threads that ask for it at
    the same time, and all but one of what they open are never closed.
    """

    _lock: Any

    if not TYPE_CHECKING:  # type checkers infer what it provides by the base's

        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self._lock = RLock()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Provide it, opening it if it is not open."""
        if self.initialized:
            return super().__call__(*args, **kwargs)
        with self._lock:
            return super().__call__(*args, **kwargs)
