"""Callbacks: what the application wants done when the transaction has ended, one way or the other."""

import logging
from collections.abc import Callable
from inspect import iscoroutinefunction
from typing import TypeAlias

from unitofwork.domain.errors import UnitOfWorkError

Callback: TypeAlias = Callable[[], object]
Mark: TypeAlias = tuple[int, int]

_logger = logging.getLogger("unitofwork")


class Callbacks:
    """The callbacks of one transaction. Each runs once; an error in one is logged, and keeps no other from running.

    It is logged and not raised because whoever called `commit` would take it for a commit that failed, and do the work
    a second time.
    """

    __slots__ = ("_after_commit", "_after_rollback")

    def __init__(self) -> None:
        self._after_commit: list[Callback] = []
        self._after_rollback: list[Callback] = []

    def after_commit(self, callback: Callback) -> None:
        """Run this one after the commit."""
        self._after_commit.append(_checked(callback))

    def after_rollback(self, callback: Callback) -> None:
        """Run this one after the rollback."""
        self._after_rollback.append(_checked(callback))

    def mark(self) -> Mark:
        """A place to come back to: what is registered by now."""
        return len(self._after_commit), len(self._after_rollback)

    def committed(self) -> None:
        """Run what waits for the commit, and forget the rest."""
        waiting = self._after_commit
        if waiting or self._after_rollback:
            self.forget()
            _run("after_commit", waiting)

    def rolled_back(self, mark: Mark = (0, 0)) -> None:
        """Run what was registered since the mark and waits for a rollback, and forget the rest since."""
        if self._after_commit or self._after_rollback:
            waiting = self._after_rollback[mark[1] :]
            self.forget(mark)
            _run("after_rollback", waiting)

    def forget(self, mark: Mark = (0, 0)) -> None:
        """Forget what was registered since the mark."""
        committing, rolling_back = mark
        self._after_commit = self._after_commit[:committing]
        self._after_rollback = self._after_rollback[:rolling_back]


def _checked(callback: Callback) -> Callback:
    if not callable(callback):
        raise UnitOfWorkError(f"{type(callback).__name__} cannot be called back: give a function without arguments")
    if iscoroutinefunction(callback):
        raise UnitOfWorkError("a coroutine function cannot be called back, for nobody awaits it: give a plain function")
    return callback


def _run(when: str, callbacks: list[Callback]) -> None:
    for callback in callbacks:
        try:
            callback()
        except Exception:
            name = getattr(callback, "__qualname__", type(callback).__name__)
            _logger.exception("the %s callback %s failed; the transaction has ended all the same", when, name)
