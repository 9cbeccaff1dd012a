"""Comparisons of two values, after what PostgreSQL converts to compare them."""

from collections.abc import Sequence

from unitofwork.adapters.memory.expressions.converting import common, common_type, converted
from unitofwork.adapters.memory.expressions.kinds import BOOLEAN, DOUBLE, FLOATS, NUMBERS, Kind, SqlType
from unitofwork.adapters.memory.expressions.logic import all_of, any_of, negated
from unitofwork.adapters.memory.expressions.parts import FALSE, Part, Writer
from unitofwork.adapters.memory.expressions.refusing import CannotEvaluate
from unitofwork.adapters.memory.values.json_texts import compared
from unitofwork.adapters.memory.values.times import order_with_offset

_PYTHON = {"=": "==", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_EQUALITIES = frozenset({"=", "<>"})

_PLAIN = NUMBERS | {
    Kind.BOOLEAN, Kind.TEXT, Kind.CHAR, Kind.BYTES, Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMPTZ, Kind.TIME,
    Kind.INTERVAL, Kind.UUID,
}  # fmt: skip
"""The kinds whose values Python compares as PostgreSQL does."""


def alike(writer: Writer, parts: Sequence[Part]) -> list[Part]:
    """The parts as they can be compared with each other: exact numbers stay what they are."""
    type_ = common_type([part.type for part in parts])
    if type_.kind in NUMBERS:
        kinds = {part.type.kind for part in parts}
        inexact = len(kinds) > 1 and not kinds.isdisjoint(FLOATS)
        return [
            converted(writer, part, DOUBLE if inexact else type_) if inexact or part.type.kind is Kind.UNKNOWN else part
            for part in parts
        ]
    return common(writer, parts)[0]


def compare(writer: Writer, symbol: str, one: Part, other: Part) -> Part:
    """``=``, ``<>``, ``<``, ``<=``, ``>`` and ``>=``.

    Raises:
        CannotEvaluate: values of the two types are not compared.
    """
    left, right = alike(writer, (one, other))
    return writer.strict(BOOLEAN, _template(writer, symbol, left.type), left, right)


def _template(writer: Writer, symbol: str, type_: SqlType) -> str:
    python, kind = _PYTHON[symbol], type_.kind
    if kind in _PLAIN or (symbol in _EQUALITIES and kind in (Kind.ENUM, Kind.ARRAY) and _is_plain(type_)):
        return f"({{0}} {python} {{1}})"
    if kind is Kind.ENUM:
        places = writer.refer({label: place for place, label in enumerate(type_.labels)})
        return f"({places}[{{0}}] {python} {places}[{{1}}])"
    if kind is Kind.TIMETZ:
        order = writer.refer(order_with_offset)
        return f"({order}({{0}}) {python} {order}({{1}}))"
    if kind is Kind.JSONB and symbol in _EQUALITIES:
        made = writer.refer(compared)
        return f"({made}({{0}}) {python} {made}({{1}}))"
    raise CannotEvaluate(f"{symbol} between values of the type {kind.value}")


def _is_plain(type_: SqlType) -> bool:
    return type_.kind is Kind.ENUM or (type_.item is not None and type_.item.kind in _PLAIN)


def distinct(writer: Writer, one: Part, other: Part, *, negate: bool = False) -> Part:
    """IS DISTINCT FROM, for which NULL is a value like others; negated, IS NOT DISTINCT FROM."""
    left, right = alike(writer, (one, other))
    names = writer.name("v"), writer.name("v")
    equal = _template(writer, "=", left.type).format(*names)
    same = (
        f"((({names[0]} := {left.code}) is None) is (({names[1]} := {right.code}) is None)"
        f" and ({names[0]} is None or {equal}))"
    )
    return Part(BOOLEAN, same if negate else f"(not {same})", nullable=False)


def between(writer: Writer, value: Part, low: Part, high: Part) -> Part:
    """BETWEEN, with both ends."""
    return all_of(writer, (compare(writer, ">=", value, low), compare(writer, "<=", value, high)))


def one_of(writer: Writer, value: Part, options: Sequence[Part], *, negate: bool = False) -> Part:
    """IN a list, which may hold NULL; NOT IN."""
    if not options:
        found: Part = FALSE
    else:
        found = any_of(writer, [compare(writer, "=", value, option) for option in options])
    return negated(writer, found) if negate else found


def extreme(writer: Writer, name: str, parts: Sequence[Part]) -> Part:
    """GREATEST or LEAST of those that are not NULL."""
    values, type_ = common(writer, parts)
    if type_.kind not in _PLAIN:
        raise CannotEvaluate(f"{name} of values of the type {type_.kind.value}")
    choose = max if name == "greatest" else min

    def chosen(*given: object) -> object:
        return choose((each for each in given if each is not None), default=None)  # type: ignore[type-var]  # see _PLAIN

    return writer.call_always(type_, chosen, values)
