"""Retrying: a whole unit of work is run again when the database says that this may help."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack
from inspect import iscoroutinefunction
from time import monotonic
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypedDict, TypeVar, TypeVarTuple, Unpack, cast

import attrs

from unitofwork.domain.errors import CommitOutcomeUnknown, PersistenceError, UnitOfWorkError
from unitofwork.domain.kind import one
from unitofwork.service_layer.arguments import check_factory
from unitofwork.service_layer.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from stamina import Attempt

    from unitofwork.service_layer.aio.unit_of_work import AsyncUnitOfWork

P = ParamSpec("P")
R = TypeVar("R")
Ts = TypeVarTuple("Ts")
U = TypeVar("U", bound=UnitOfWork)
A = TypeVar("A", bound="AsyncUnitOfWork[Any]")

_logger = logging.getLogger("unitofwork")


def _not_negative(_retrying: object, attribute: "attrs.Attribute[Any]", value: float | None) -> None:
    if value is not None and not value >= 0:  # so that what is not a number is refused, too
        raise ValueError(f"{attribute.name} is a number of seconds, not negative")


def _at_least_one(_retrying: object, attribute: "attrs.Attribute[int]", value: int) -> None:
    if not isinstance(cast(object, value), int) or value < 1:
        raise ValueError(f"{attribute.name} is counted from 1: a whole number")


def _errors(_retrying: object, _attribute: object, value: object) -> None:
    if not isinstance(value, tuple) or not all(
        isinstance(each, type) and issubclass(each, Exception) for each in cast("tuple[object, ...]", value)
    ):
        raise ValueError("also is a tuple of classes of errors")


@attrs.frozen(kw_only=True)
class Retrying:
    """How often a service is run, and how long the pauses are. All times are in seconds.

    ::

        patiently = Retrying(attempts=20)
        patiently.run(transfer, units, 1, 2, 50)

    A service is run again as a whole, with a fresh unit of work, after

    - `Conflict` (so `Deadlock`, `StaleEntity` and the others of it) and `ConnectionLost`: nothing was kept;
    - `CommitOutcomeUnknown`, if the transaction had noted a message by `UnitOfWork.once`: that looks whether it was
      kept, so that nothing is done twice;
    - the errors that are named by ``also``.

    It is not run again after any other error, nor once its unit has committed something: that would be done twice. What
    it does outside of its unit is done again.

    Each pause is twice as long as the one before, and a random time is added, so that those who were in each other's
    way do not meet again. The logger ``unitofwork`` tells of each attempt but the first, with the error that made it
    necessary and the pause before it; ``stamina``, which makes the pauses, has a logger of its own name.

    Attributes:
        attempts: how often the service is run at most (10).
        timeout: no further attempt is made once so much time has passed since the first began; None is for ever (30).
        wait_initial: the first pause (0.02).
        wait_max: the longest pause, with the random time (2).
        wait_jitter: the longest random time (0.1).
        also: errors of the application's own after which a service is run again (none).

    Raises:
        ImportError: stamina is not installed.
    """

    attempts: int = attrs.field(default=10, validator=_at_least_one)
    timeout: float | None = attrs.field(default=30.0, validator=_not_negative)
    wait_initial: float = attrs.field(default=0.02, validator=_not_negative)
    wait_max: float = attrs.field(default=2.0, validator=_not_negative)
    wait_jitter: float = attrs.field(default=0.1, validator=_not_negative)
    also: tuple[type[Exception], ...] = attrs.field(default=(), validator=_errors)

    def __attrs_post_init__(self) -> None:
        try:
            import stamina as stamina
        except ImportError as missing:
            raise ImportError(
                "retrying needs stamina, which is not installed: pip install unitofwork[retrying]"
            ) from missing

    def run(
        self, service: Callable[Concatenate[U, P], R], units: Callable[[], U], /, *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run a service with a fresh unit of work, as often as it takes, and return its result.

        The unit is closed in the end if the service has not closed it.

        Args:
            service: takes a unit that has not begun, and the arguments that follow.
            units: makes the units, such as a container's provider.

        Raises:
            Exception: what the service raised at the last attempt.
            UnitOfWorkError: the service is a coroutine function.
        """
        if iscoroutinefunction(service):
            raise UnitOfWorkError("run() is for services that nobody has to await: use run_async()")
        check_factory("run()", units)
        attempts = _Attempts(self, service)
        for attempt in attempts:
            with attempt, ExitStack() as closing:
                unit = attempts.begin(attempt, units())
                closing.push(unit)
                return service(unit, *args, **kwargs)
        raise AssertionError("the last attempt returns, or raises")

    async def run_async(
        self,
        service: Callable[Concatenate[A, P], Awaitable[R]],
        units: Callable[[], A],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R:
        """Run a service on asyncio, as `run` does; other tasks go on during the pauses.

        A synchronous service is run so: ``run_async(AsyncAccounts.run, units, transfer, 1, 2, 50)``.

        Args:
            service: a coroutine function, which takes a unit that has not begun, and the arguments that follow.
            units: makes the units.

        Raises:
            Exception: what the service raised at the last attempt.
        """
        check_factory("run_async()", units)
        attempts = _Attempts(self, service)
        async for attempt in attempts:
            with attempt:
                async with AsyncExitStack() as closing:
                    unit = units()
                    attempts.begin(attempt, unit.unit)
                    closing.push_async_exit(unit)
                    return await service(unit, *args, **kwargs)
        raise AssertionError("the last attempt returns, or raises")


class RetryOptions(TypedDict, total=False):
    """What `run` and `run_async` take besides the service's arguments: the attributes of `Retrying`."""

    attempts: int
    timeout: float | None
    wait_initial: float
    wait_max: float
    wait_jitter: float
    also: tuple[type[Exception], ...]


def run(service: Callable[[U, *Ts], R], units: Callable[[], U], /, *args: *Ts, **options: Unpack[RetryOptions]) -> R:
    """Run a service with a fresh unit of work, and again where that may help; see `Retrying`.

    ::

        run(transfer, units, 1, 2, 50, attempts=20)
    """
    return Retrying(**options).run(service, units, *args)


async def run_async(
    service: Callable[[A, *Ts], Awaitable[R]], units: Callable[[], A], /, *args: *Ts, **options: Unpack[RetryOptions]
) -> R:
    """Run a service on asyncio with a fresh unit of work, and again where that may help; see `Retrying`."""
    return await Retrying(**options).run_async(service, units, *args)


class _Attempts:
    """The attempts to run one service, and the decision whether there is another."""

    def __init__(self, retrying: Retrying, service: Callable[..., object]) -> None:
        from stamina import retry_context

        self._name = getattr(service, "__qualname__", type(service).__name__)
        self._retrying = retrying
        self._unit: UnitOfWork | None = None
        self._failed: tuple[BaseException, float] | None = None
        self._context = retry_context(
            self._again,
            attempts=retrying.attempts,
            timeout=retrying.timeout,
            wait_initial=retrying.wait_initial,
            wait_max=retrying.wait_max,
            wait_jitter=retrying.wait_jitter,
        )

    def __iter__(self) -> "Iterator[Attempt]":
        return iter(self._context)

    def __aiter__(self) -> "AsyncIterator[Attempt]":
        return aiter(self._context)

    def begin(self, attempt: "Attempt", unit: U) -> U:
        """Begin an attempt with a unit of its own."""
        self._unit = unit
        if self._failed is not None:
            error, at = self._failed
            _logger.warning(
                "attempt %d of %d of %s, %.3f s after %s: %s",
                *(attempt.num, self._retrying.attempts, self._name, monotonic() - at, type(error).__name__, error),
            )
        return unit

    def _again(self, error: BaseException) -> bool:
        """Whether to run the service again after this error; asked once of each."""
        self._failed = error, monotonic()
        if not may_help(error, self._retrying.also):
            return False
        if self._unit is not None and self._unit.life.kept:
            error.add_note(f"{self._name} is not run again: its unit of work had committed before")
            return False
        return True


def check_retrying(given: object) -> None:
    """Refuse what does not say how often a service is run.

    Raises:
        UnitOfWorkError: it is something else.
    """
    if given is not None and not isinstance(given, Retrying):
        raise UnitOfWorkError(f"retrying= takes Retrying(), not {one(given)}")


def may_help(error: BaseException, also: tuple[type[Exception], ...] = ()) -> bool:
    """Whether running the whole unit of work again after this error may help, and does nothing twice."""
    if isinstance(error, CommitOutcomeUnknown):
        return bool(error.noted)
    return isinstance(error, also) or (isinstance(error, PersistenceError) and error.retryable)
