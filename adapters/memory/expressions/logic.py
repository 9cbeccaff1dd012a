"""Logic of three values: what is neither true nor false is None."""

from collections.abc import Sequence

from unitofwork.adapters.memory.expressions.converting import common, converted
from unitofwork.adapters.memory.expressions.kinds import BOOLEAN, Kind
from unitofwork.adapters.memory.expressions.parts import FALSE, TRUE, Part, Writer
from unitofwork.adapters.memory.expressions.refusing import CannotEvaluate


def truth(writer: Writer, part: Part) -> Part:
    """A part that is a condition."""
    if part.type.kind not in (Kind.BOOLEAN, Kind.UNKNOWN):
        raise CannotEvaluate(f"a condition of the type {part.type.kind.value}")
    return converted(writer, part, BOOLEAN)


def all_of(writer: Writer, parts: Sequence[Part]) -> Part:
    """AND."""
    return _joined(writer, parts, "False", "True", TRUE)


def any_of(writer: Writer, parts: Sequence[Part]) -> Part:
    """OR."""
    return _joined(writer, parts, "True", "False", FALSE)


def _joined(writer: Writer, parts: Sequence[Part], decided: str, otherwise: str, empty: Part) -> Part:
    conditions = [truth(writer, part) for part in parts]
    if len(conditions) < 2:
        return conditions[0] if conditions else empty
    if not any(condition.nullable for condition in conditions):
        word = "and" if decided == "False" else "or"
        return Part(BOOLEAN, f"({f' {word} '.join(condition.code for condition in conditions)})", nullable=False)
    names = [writer.name("v") for _ in conditions]
    tests = (f"({name} := {condition.code}) is {decided}" for name, condition in zip(names, conditions, strict=True))
    nulls = (f"{name} is None" for name, condition in zip(names, conditions, strict=True) if condition.nullable)
    return Part(BOOLEAN, f"({decided} if {' or '.join(tests)} else None if {' or '.join(nulls)} else {otherwise})")


def negated(writer: Writer, part: Part) -> Part:
    """NOT."""
    return writer.strict(BOOLEAN, "(not {0})", truth(writer, part))


def is_null(part: Part, *, negate: bool = False) -> Part:
    """IS NULL, or IS NOT NULL."""
    return Part(BOOLEAN, f"({part.code} is {'not ' if negate else ''}None)", nullable=False)


def is_truth(writer: Writer, part: Part, value: bool, *, negate: bool = False) -> Part:
    """IS TRUE, IS NOT FALSE and so on, which are never NULL."""
    return Part(BOOLEAN, f"({truth(writer, part).code} is {'not ' if negate else ''}{value})", nullable=False)


def case(writer: Writer, branches: Sequence[tuple[Part, Part]], otherwise: Part) -> Part:
    """CASE: the result of the first condition that is true; only that is evaluated."""
    results, type_ = common(writer, [*(result for _, result in branches), otherwise])
    code = results[-1].code
    for (condition, _), result in zip(reversed(branches), reversed(results[:-1]), strict=True):
        code = f"({result.code} if {truth(writer, condition).code} else {code})"
    return Part(type_, code, nullable=any(result.nullable for result in results))


def coalesced(writer: Writer, parts: Sequence[Part]) -> Part:
    """COALESCE: the first that is not NULL; what follows is not evaluated."""
    found, type_ = common(writer, parts)
    code = found[-1].code
    for part in reversed(found[:-1]):
        name = writer.name("v")
        code = f"({name} if ({name} := {part.code}) is not None else {code})"
    return Part(type_, code, nullable=all(part.nullable for part in found))
