"""Handlers: the functions that commands and events are given to, declared where they are written."""

from collections.abc import Callable
from enum import Enum
from typing import Any, Concatenate, ParamSpec, Protocol, TypeAlias, TypeVar, overload

import attrs

from unitofwork.domain.messages import Command, Event
from unitofwork.service_layer.retrying import Retrying

C = TypeVar("C", bound=Command[Any])
E = TypeVar("E", bound=Event)
P = ParamSpec("P")
R = TypeVar("R")


class OnError(Enum):
    """What becomes of an error that a handler of an event raises."""

    RAISE = "raise"
    """In the transaction: nothing is kept, and the error is raised. After the commit: raised, though all is kept."""

    LOG = "log"
    """The handler's own changes are undone alone, and the logger ``unitofwork`` tells of the error."""


ErrorPolicy: TypeAlias = OnError | Retrying
"""What becomes of a handler's error. `Retrying`, after a commit only: it is run again, and in the end logged."""


class Role(Enum):
    """When a handler is called."""

    COMMAND = "command"
    """For a command, by which a transaction begins."""
    WITHIN = "within"
    """For an event, in the transaction that recorded it, before that is committed."""
    AFTER = "after"
    """For an event, in a transaction of its own, after the one that recorded it was committed."""


@attrs.frozen
class Declared:
    """A handler as it was declared, with nothing checked yet."""

    function: Callable[..., object]
    role: Role
    on_error: ErrorPolicy


class On(Protocol):
    """Declares a handler of events, and gives it back as it is."""

    def __call__(self, handler: Callable[Concatenate[E, P], R], /) -> Callable[Concatenate[E, P], R]:
        """Declare this one."""
        ...


class Handlers:
    """The handlers of an application, or of a part of it.

    ::

        handlers = Handlers()

        @handlers.command
        def register(command: Register, uow: Accounts) -> int: ...

        @handlers.on
        def count(event: UserRegistered, uow: Accounts) -> None: ...

        @handlers.on(after_commit=True)
        def welcome(event: UserRegistered | UserReturned) -> None: ...

    The annotation of its first parameter says what a handler is for; one for an event's base class gets all that derive
    from it. The second parameter, which may be left out, is the unit of work: open, to be used, and not to be
    committed. What else a handler needs is bound: ``handlers.command(partial(register, mailer=mailer))``.

    Nothing is checked here, since annotations may name what comes later in a module: a bus checks all when it is made.
    """

    def __init__(self) -> None:
        self.declared: list[Declared] = []
        """In the order in which they are called."""

    def include(self, *others: "Handlers") -> None:
        """Add the handlers of other parts of the application."""
        for other in others:
            self.declared += other.declared

    def command(self, handler: Callable[Concatenate[C, P], R], /) -> Callable[Concatenate[C, P], R]:
        """Declare the handler of a command, of which each has one."""
        self.declared.append(Declared(handler, Role.COMMAND, OnError.RAISE))
        return handler

    @overload
    def on(self, handler: Callable[Concatenate[E, P], R], /) -> Callable[Concatenate[E, P], R]: ...
    @overload
    def on(self, /, *, after_commit: bool = False, on_error: ErrorPolicy | None = None) -> On: ...
    def on(
        self,
        handler: Callable[..., object] | None = None,
        /,
        *,
        after_commit: bool = False,
        on_error: ErrorPolicy | None = None,
    ) -> object:
        """Declare a handler of an event, of which there may be any number.

        Args:
            handler: left out where there are options.
            after_commit: whether it is called once the transaction that recorded the event is committed, in one of its
                own; never if it is rolled back. By default it is called before, in the same transaction.
            on_error: what becomes of its errors: `OnError.RAISE` by default, and `OnError.LOG` after a commit.
        """
        role = Role.AFTER if after_commit else Role.WITHIN
        policy = on_error or (OnError.LOG if after_commit else OnError.RAISE)

        def declare(handler: Callable[..., object]) -> Callable[..., object]:
            self.declared.append(Declared(handler, role, policy))
            return handler

        return declare if handler is None else declare(handler)
