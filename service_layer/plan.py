"""The plan: which handlers get a message. It is made and checked once, when a message bus is."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from functools import partial
from inspect import iscoroutine
from typing import Any, TypeAlias, cast
from uuid import UUID

import attrs

from unitofwork.domain.errors import HandlerError
from unitofwork.domain.kind import kind, one
from unitofwork.domain.messages import Command, Event
from unitofwork.service_layer.handlers import Declared, ErrorPolicy, Handlers, OnError, Role
from unitofwork.service_layer.retrying import Retrying
from unitofwork.service_layer.signatures import UNKNOWN, Signature, answer_to, contradicts, name_of, signature_of

MessageId: TypeAlias = str | UUID


@attrs.frozen
class Handler:
    """A handler that was checked.

    Attributes:
        name: what it is called in texts and in the inbox, where no other one has it.
        function: the handler itself.
        messages: the classes that it is for, with those that derive from them.
        takes_unit: whether it is given the unit of work.
        awaited: whether it is a coroutine function.
        role: when it is called.
        on_error: what becomes of its errors.
    """

    name: str
    function: Callable[..., Any]
    messages: tuple[type, ...]
    takes_unit: bool
    awaited: bool
    role: Role
    on_error: ErrorPolicy

    def bound(self, message: object, unit: object) -> Callable[[], Any]:
        """The handler as a function without parameters, or as a coroutine function; only commands are answered."""
        call = partial(self.function, message, unit) if self.takes_unit else partial(self.function, message)
        answered = self.role is Role.COMMAND

        def plain() -> object:
            answer = call()
            if iscoroutine(answer):
                answer.close()
                raise HandlerError(
                    f"{self.name} returned a coroutine, which nobody awaits: make it, or its decorator, async"
                )
            return answer if answered else None

        async def awaited() -> object:
            answer = await call()
            return answer if answered else None

        return awaited if self.awaited else plain

    def noted(self, message_id: MessageId) -> str:
        """What the inbox knows the message by, once this handler has handled it."""
        return f"{message_id}/{self.name}"


@attrs.frozen
class Given:
    """What a bus gives to its handlers as their unit of work.

    Attributes:
        plain: the class of the unit that functions get.
        awaited: that of coroutine functions; None where nothing is awaited.
    """

    plain: type
    awaited: type | None


class Plan:
    """Which handlers get a message.

    Args:
        handlers: those that were declared.
        given: what they get as their unit of work.
        commands: those that must have a handler.

    Raises:
        HandlerError: a handler does not fit; a command has none, or two.
    """

    def __init__(self, handlers: Handlers, given: Given, commands: Iterable[type[Command[Any]]] = ()) -> None:
        self._commands: dict[type, Handler] = {}
        self._events: dict[Role, list[Handler]] = {Role.WITHIN: [], Role.AFTER: []}
        self._found: dict[tuple[Role, type], tuple[Handler, ...]] = {}
        if not isinstance(cast(object, handlers), Handlers):
            raise HandlerError(f"a message bus takes Handlers(), not {one(handlers)}: declare the functions by that")
        names = Counter[str]()
        for declared in handlers.declared:
            handler = _checked(declared, given)
            names[handler.name] += 1
            if names[handler.name] > 1:  # the same function with something else bound
                handler = attrs.evolve(handler, name=f"{handler.name}#{names[handler.name]}")
            if handler.role is Role.COMMAND:
                self._take_command(handler)
            else:
                self._events[handler.role].append(handler)
        for command_type in commands:
            self.of_command(command_type)

    def of_command(self, command_type: type) -> Handler:
        """The handler of a command.

        Raises:
            HandlerError: there is none.
        """
        handler = self._commands.get(command_type)
        if handler is None:
            check_command(command_type)
            raise HandlerError(
                f"{command_type.__name__} has no handler: declare one by @handlers.command, whose first parameter is "
                "annotated with it"
            )
        return handler

    def of_event(self, role: Role, event_type: type[Event]) -> tuple[Handler, ...]:
        """The handlers of an event, in the order in which they were declared."""
        found = self._found.get((role, event_type))
        if found is None:
            found = tuple(each for each in self._events[role] if issubclass(event_type, each.messages))
            self._found[role, event_type] = found
        return found

    def _take_command(self, handler: Handler) -> None:
        for command_type in handler.messages:
            other = self._commands.setdefault(command_type, handler)
            if other is not handler:
                raise HandlerError(
                    f"{command_type.__name__} has two handlers, {other.name} and {handler.name}: a command has one"
                )


def check_command(command_type: object) -> None:
    """Refuse what no bus handles.

    Raises:
        HandlerError: it is no class of commands.
    """
    if not (isinstance(command_type, type) and issubclass(command_type, Command)):
        name = command_type.__name__ if isinstance(command_type, type) else f"what is {kind(command_type)}"
        raise HandlerError(f"{name} has no handler, for it is no command: derive it, or give an event to publish()")


def check_event(event: object) -> None:
    """Refuse what is no event: nobody would get it, and nobody would be told.

    Raises:
        HandlerError: it is something else, such as a command or a class.
    """
    if not isinstance(event, Event):
        raise HandlerError(f"publish() takes an event, not {one(event)}: a command is given to handle()")


def check_id(message_id: object) -> None:
    """Refuse what tells no message from others: that of all that have none would be handled once.

    Raises:
        HandlerError: it is empty, or neither text nor a UUID.
    """
    if not isinstance(message_id, str | UUID | None) or message_id == "":
        raise HandlerError("message_id is a text that is not empty, a UUID, or None for a message that has none")


def _checked(declared: Declared, given: Given) -> Handler:
    """The handler, if it fits what it will be given.

    Raises:
        HandlerError: it does not.
    """
    name, signature = name_of(declared.function), signature_of(declared.function)
    if not isinstance(cast(object, declared.on_error), OnError | Retrying):
        raise HandlerError(f"{name} has an on_error= {kind(declared.on_error)}: give OnError.RAISE, .LOG or Retrying()")
    _check_messages(name, declared.role, signature.messages)
    _check_awaited(name, declared.role, signature, given)
    _check_unit(name, signature, given)
    if declared.role is Role.COMMAND:
        _check_answer(name, signature)
    if declared.role is Role.WITHIN and isinstance(declared.on_error, Retrying):
        raise HandlerError(
            f"{name} cannot be run again alone, since it is part of another's transaction: give `retrying` to the "
            "message bus, or handle the event after_commit=True"
        )
    messages = cast("tuple[type, ...]", signature.messages)
    awaited, takes_unit = signature.awaited, signature.takes_unit
    return Handler(name, declared.function, messages, takes_unit, awaited, declared.role, declared.on_error)


def _check_messages(name: str, role: Role, messages: Collection[object]) -> None:
    base: type = Command if role is Role.COMMAND else Event
    for each in messages:
        if not (isinstance(each, type) and issubclass(each, base)):
            shown = each.__name__ if isinstance(each, type) else each
            what = "a command" if base is Command else "an event"
            raise HandlerError(f"{name} handles {shown}, which is not {what}: derive it from {base.__name__}")


def _check_awaited(name: str, role: Role, signature: Signature, given: Given) -> None:
    if signature.yields:
        raise HandlerError(f"{name} is a generator, of which a call does nothing: make it a function without `yield`")
    if not signature.awaited:
        return
    if given.awaited is None:
        raise HandlerError(f"{name} is a coroutine function, which nobody awaits here: use AsyncMessageBus")
    if role is Role.WITHIN:
        raise HandlerError(
            f"{name} is called inside the commit, where nothing can be awaited: make it a plain function, or handle "
            "the event after_commit=True"
        )


def _check_unit(name: str, signature: Signature, given: Given) -> None:
    unit_type = given.awaited if signature.awaited else given.plain
    if signature.takes_unit and signature.unit is not UNKNOWN and contradicts(unit_type, signature.unit):
        assert unit_type is not None
        raise HandlerError(
            f"{name} takes something else than a unit of work of class {unit_type.__name__} as its second parameter: "
            "bind what else it needs by functools.partial"
        )


def _check_answer(name: str, signature: Signature) -> None:
    for command_type in signature.messages:
        wanted = answer_to(cast("type[Command[Any]]", command_type))
        if UNKNOWN not in (wanted, signature.answer) and contradicts(signature.answer, wanted):
            raise HandlerError(
                f"{name} is annotated with another answer than {cast(type, command_type).__name__} has: return what "
                "the R of its Command[R] says"
            )
