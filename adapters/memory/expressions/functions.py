"""SQL's functions, by name: those that are not here are refused."""

from collections.abc import Callable, Sequence
from typing import TypeAlias
from uuid import uuid4

from unitofwork.adapters.memory.expressions.comparing import compare, extreme
from unitofwork.adapters.memory.expressions.converting import converted, converts
from unitofwork.adapters.memory.expressions.kinds import INTEGER, TEXT, Kind, SqlType
from unitofwork.adapters.memory.expressions.logic import coalesced
from unitofwork.adapters.memory.expressions.number_functions import NUMBER_FUNCTIONS
from unitofwork.adapters.memory.expressions.operating import text_of
from unitofwork.adapters.memory.expressions.overloads import Overload
from unitofwork.adapters.memory.expressions.parts import Part, Writer
from unitofwork.adapters.memory.expressions.refusing import CannotEvaluate
from unitofwork.adapters.memory.expressions.text_functions import TEXT_FUNCTIONS
from unitofwork.adapters.memory.expressions.time_functions import CLOCKS, TIME_FUNCTIONS

Special: TypeAlias = Callable[[Writer, Sequence[Part]], Part]


def call(writer: Writer, name: str, arguments: Sequence[Part]) -> Part:
    """Call the function of that name.

    Raises:
        CannotEvaluate: there is none here, for these arguments.
    """
    special = _SPECIAL.get(name)
    if special is not None:
        return special(writer, arguments)
    if name in CLOCKS and not arguments:
        return writer.now(*CLOCKS[name])
    overload = _chosen(name, arguments)
    if overload is None:
        kinds = ", ".join(argument.type.kind.value for argument in arguments)
        raise CannotEvaluate(f"the function {name}({kinds})")
    given = [
        converted(writer, argument, parameter)
        for argument, parameter in zip(arguments, overload.parameters, strict=True)
    ]
    return writer.call(overload.result, overload.function, *given)


def _chosen(name: str, arguments: Sequence[Part]) -> Overload | None:
    """The first that takes the arguments as they are, else the first that they are converted for."""
    fitting = [each for each in _FUNCTIONS.get(name, ()) if len(each.parameters) == len(arguments)]
    for each in fitting:
        if all(argument.type == parameter for argument, parameter in zip(arguments, each.parameters, strict=True)):
            return each
    for each in fitting:
        if all(
            converts(argument.type.kind, parameter.kind)
            for argument, parameter in zip(arguments, each.parameters, strict=True)
        ):
            return each
    return None


def _coalesce(writer: Writer, arguments: Sequence[Part]) -> Part:
    if not arguments:
        raise CannotEvaluate("coalesce()")
    return coalesced(writer, arguments)


def _nullif(writer: Writer, arguments: Sequence[Part]) -> Part:
    if len(arguments) != 2:
        raise CannotEvaluate("nullif() without two arguments")
    one, other = arguments
    given = converted(writer, one, TEXT) if one.type.kind is other.type.kind is Kind.UNKNOWN else one
    name = writer.name("v")
    held = Part(given.type, name, given.nullable, simple=True)
    equal = compare(writer, "=", held, other)
    return Part(given.type, f"(None if ({name} := {given.code}) is None or {equal.code} else {name})")


def _concat(writer: Writer, arguments: Sequence[Part]) -> Part:
    def joined(*texts: str | None) -> str:
        return "".join(text for text in texts if text is not None)

    return writer.call_always(TEXT, joined, [text_of(writer, argument) for argument in arguments])


def _concat_ws(writer: Writer, arguments: Sequence[Part]) -> Part:
    def joined(separator: str | None, *texts: str | None) -> str | None:
        return None if separator is None else separator.join(text for text in texts if text is not None)

    return writer.call_always(TEXT, joined, [text_of(writer, argument) for argument in arguments])


def _counted(nulls: bool) -> Special:
    def counting(writer: Writer, arguments: Sequence[Part]) -> Part:
        def count(*values: object) -> int:
            return sum((value is None) is nulls for value in values)

        return writer.call_always(INTEGER, count, arguments)

    return counting


def _extreme(name: str) -> Special:
    return lambda writer, arguments: extreme(writer, name, arguments)


_SPECIAL: dict[str, Special] = {
    "coalesce": _coalesce,
    "nullif": _nullif,
    "greatest": _extreme("greatest"),
    "least": _extreme("least"),
    "concat": _concat,
    "concat_ws": _concat_ws,
    "num_nulls": _counted(True),
    "num_nonnulls": _counted(False),
}
"""What has a rule of its own for the types of its arguments, or for NULL."""

_FUNCTIONS: dict[str, list[Overload]] = {
    **NUMBER_FUNCTIONS,
    **TEXT_FUNCTIONS,
    **TIME_FUNCTIONS,
    "gen_random_uuid": [Overload((), SqlType(Kind.UUID), uuid4)],
}
"""By name; where several take the arguments after they are converted, the first one does."""
