"""Callbacks: what the application wants done when the transaction has ended, one way or the other."""

import logging
from collections.abc import Callable
from inspect import iscoroutinefunction
from typing import TypeAlias, TypeVar

from unitofwork.domain.errors import UnitOfWorkError

Callback: TypeAlias = Callable[[], object]
C = TypeVar("C", bound=Callable[..., object])

_COMMIT, _ROLLBACK = "after_commit", "after_rollback"

_logger = logging.getLogger("unitofwork")


class Callbacks(list[tuple[str, Callback]]):
    """The callbacks of one transaction, with the name of what each waits for, in the order of their registration.

    Each runs once; an error in one is logged, and keeps no other from running. It is logged and not raised because
    whoever called `commit` would take it for a commit that failed, and do the work a second time.
    """

    __slots__ = ()

    def after_commit(self, callback: Callback) -> None:
        """Run this one after the commit."""
        self.append((_COMMIT, checked(callback)))

    def after_rollback(self, callback: Callback) -> None:
        """Run this one after the rollback."""
        self.append((_ROLLBACK, checked(callback)))

    def committed(self) -> None:
        """Run what waits for the commit, and forget the rest."""
        self._run(_COMMIT)

    def rolled_back(self, since: int = 0) -> None:
        """Run what was registered since there were so many and waits for a rollback, and forget the rest since."""
        self._run(_ROLLBACK, since)

    def _run(self, when: str, since: int = 0) -> None:
        waiting = [callback for each, callback in self[since:] if each is when]
        del self[since:]
        for callback in waiting:
            try:
                callback()
            except Exception:
                name = getattr(callback, "__qualname__", type(callback).__name__)
                _logger.exception("the %s callback %s failed; the transaction has ended all the same", when, name)


def checked(callback: C, arguments: str = "without arguments") -> C:
    """A function to be called later.

    Raises:
        UnitOfWorkError: it is none, or a coroutine function.
    """
    if not callable(callback):
        raise UnitOfWorkError(f"{type(callback).__name__} cannot be called back: give a function {arguments}")
    if iscoroutinefunction(callback):
        raise UnitOfWorkError("a coroutine function cannot be called back, for nobody awaits it: give a plain function")
    return callback
