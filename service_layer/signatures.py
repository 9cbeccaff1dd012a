"""What a handler's signature says: the messages that it is for, the unit that it takes, and its answer."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from inspect import Parameter
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

import attrs

from unitofwork.domain.errors import HandlerError
from unitofwork.domain.kind import kind
from unitofwork.domain.messages import Command

UNKNOWN = object()
"""What is not annotated, or by a name that is for type checkers alone."""

_BY_POSITION = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
_COLLECTED = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)


@attrs.frozen
class Signature:
    """What a handler's signature says.

    Attributes:
        messages: the classes that its first parameter is annotated with.
        takes_unit: whether there is a second parameter.
        unit: that one's annotation, or `UNKNOWN`.
        answer: the annotation of what it returns, or `UNKNOWN`.
        awaited: whether it is a coroutine function.
        yields: whether it makes a generator.
    """

    messages: tuple[object, ...]
    takes_unit: bool
    unit: object
    answer: object
    awaited: bool
    yields: bool


def signature_of(handler: Callable[..., object]) -> Signature:
    """Read a handler's signature.

    Raises:
        HandlerError: it takes no message, or more than a message and a unit; or the message's annotation cannot be
            read.
    """
    name = name_of(handler)
    if not callable(handler):
        raise HandlerError(f"what is declared as a handler is no function, but {kind(handler)}")
    function = _function(handler)
    names: Mapping[str, object] = getattr(inspect.unwrap(function), "__globals__", {})
    signature = _read(name, handler)
    message, unit = _taken(name, signature)
    if message.annotation is Parameter.empty:
        raise HandlerError(f"{name} does not say what it handles: annotate its first parameter")
    annotation = _evaluated(message.annotation, names)
    if annotation is UNKNOWN:
        raise HandlerError(
            f"{name} handles {message.annotation}, which its module does not know: import it there, or define it, "
            "at the top and not for type checkers alone"
        )
    return Signature(
        tuple(alternatives(annotation)),
        unit is not None,
        UNKNOWN if unit is None else _evaluated(unit.annotation, names),
        _evaluated(signature.return_annotation, names),
        inspect.iscoroutinefunction(function),
        inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function),
    )


def name_of(handler: Callable[..., object]) -> str:
    """What a handler is called in texts and in the inbox."""
    while isinstance(handler, partial):
        handler = handler.func
    named = handler if hasattr(handler, "__qualname__") else type(handler)
    return f"{named.__module__}.{named.__qualname__}"


def answer_to(command_type: type[Command[Any]]) -> object:
    """The ``R`` of a class that derives from ``Command[R]``, or `UNKNOWN`."""
    for cls in command_type.__mro__:
        for base in cls.__dict__.get("__orig_bases__", ()):
            if get_origin(base) is Command:
                return get_args(base)[0]
    return UNKNOWN


def contradicts(given: object, wanted: object) -> bool:
    """Whether an annotation is certainly not of what is wanted: of classes alone, generic ones without arguments."""
    accepted = [_class(each) for each in alternatives(wanted)]
    return None not in accepted and any(
        found is not None and not any(_accepts(each, found) for each in accepted if each is not None)
        for found in map(_class, alternatives(given))
    )


def alternatives(annotation: object) -> Iterator[object]:
    """The members of a union; of everything else itself."""
    if get_origin(annotation) in (Union, UnionType):
        for each in get_args(annotation):
            yield from alternatives(each)
    else:
        yield NoneType if annotation is None else annotation


def _read(name: str, handler: Callable[..., object]) -> inspect.Signature:
    try:
        return inspect.signature(handler)
    except ValueError as error:
        raise HandlerError(f"{name} does not say what it takes: call it from a function that does") from error


def _taken(name: str, signature: inspect.Signature) -> tuple[Parameter, Parameter | None]:
    """The parameters for the message and for the unit."""
    parameters = [each for each in signature.parameters.values() if each.kind not in _COLLECTED]
    given = [each for each in parameters if each.kind in _BY_POSITION]
    if not given:
        raise HandlerError(f"{name} takes no message: its first parameter is the message, its second the unit of work")
    message, unit = given[0], given[1] if len(given) > 1 and given[1].default is Parameter.empty else None
    for other in parameters:
        if other.default is Parameter.empty and other is not message and other is not unit:
            raise HandlerError(
                f"{name} is given nothing for {other.name}: bind what it takes besides message and unit of work, by "
                "functools.partial"
            )
    return message, unit


def _function(handler: Callable[..., object]) -> Callable[..., object]:
    """What is called in the end: without what is bound, and for an object its class's method."""
    while isinstance(handler, partial):
        handler = handler.func
    return handler if inspect.isroutine(handler) else type(handler).__call__


def _evaluated(annotation: object, names: Mapping[str, object]) -> object:
    """An annotation that is text, as with ``from __future__ import annotations``, in the names of its module."""
    if isinstance(annotation, str):
        try:
            return eval(annotation, dict(names))  # typing.get_type_hints, which does so too, fails for all if for one
        except Exception:
            return UNKNOWN
    return UNKNOWN if annotation is Parameter.empty else annotation


def _class(annotation: object) -> type | None:
    """The class of an annotation, if it is one that `issubclass` knows about."""
    found = get_origin(annotation) or annotation
    if not isinstance(found, type) or found is Any or getattr(found, "_is_protocol", False):
        return None
    return found


def _accepts(wanted: type, given: type) -> bool:
    return issubclass(given, wanted) or (wanted, given) in ((float, int), (complex, float), (complex, int))
