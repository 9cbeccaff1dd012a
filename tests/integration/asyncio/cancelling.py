"""Cancels a task at the n-th of the moments at which it waits."""

import asyncio
from collections.abc import Callable, Coroutine, Generator
from typing import Any, Literal, TypeAlias

import attrs

When: TypeAlias = Literal["before", "during", "after"]
"""As soon as it waits; when it has waited a little; when what it waits for is there and it has not noticed yet."""

WHEN: tuple[When, ...] = ("before", "during", "after")

_A_LITTLE = 0.0005


@attrs.define
class Cancelling:
    """Does what a coroutine does, and cancels the task that it runs in.

    Attributes:
        work: the coroutine.
        at: the number of the moment, from 1; 0 only counts them.
        when: how exactly.
        again: after how many more moments it is cancelled a second time; 0 for never.
        waited: how often it has waited.
    """

    work: Coroutine[Any, Any, object]
    at: int
    when: When = "before"
    again: int = 0
    waited: int = 0

    def __await__(self) -> Generator[Any, Any, object]:
        go_on: Callable[[Any], Any] = self.work.send
        sent: Any = None
        while True:
            try:
                future = go_on(sent)
            except StopIteration as end:
                return end.value
            self.waited += 1
            if self.at and self.waited in (self.at, self.at + self.again):
                self._cancel(future)
            try:
                sent, go_on = (yield future), self.work.send
            except BaseException as error:
                sent, go_on = error, self.work.throw

    def _cancel(self, future: "asyncio.Future[Any] | None") -> None:
        task = asyncio.current_task()
        assert task is not None
        if self.when == "before" or future is None:
            task.cancel()
        elif self.when == "during":
            asyncio.get_running_loop().call_later(_A_LITTLE, task.cancel)
        else:
            future.add_done_callback(lambda _: task.cancel())
