"""Conditions and orders as a history writes them, in lists, and as a repository takes them."""

from collections.abc import Callable, Mapping
from typing import Any

from properties.twin.kinds import Kind, kinds
from properties.twin.world import World
from unitofwork import FOR_SHARE, FOR_UPDATE, Condition, Lock, Order, where
from unitofwork.domain.condition import And, Or

MISSING = 99_999
"""A key that no entity has."""

LOCKS: Mapping[str, Lock] = {
    "update": FOR_UPDATE,
    "share": FOR_SHARE,
    "update nowait": FOR_UPDATE.nowait(),
    "update skip": FOR_UPDATE.skip_locked(),
}

COMPARISONS: Mapping[str, Callable[[Any, Any], Condition]] = {
    "==": lambda field, operand: field == operand,
    "!=": lambda field, operand: field != operand,
    "<": lambda field, operand: field < operand,
    "<=": lambda field, operand: field <= operand,
    ">": lambda field, operand: field > operand,
    ">=": lambda field, operand: field >= operand,
    "in": lambda field, operands: field.in_(operands),
    "not in": lambda field, operands: field.not_in(operands),
    "between": lambda field, operands: field.between(*operands),
    "starts": lambda field, operand: field.startswith(operand),
    "ends": lambda field, operand: field.endswith(operand),
    "contains": lambda field, operand: field.contains(operand),
    "like": lambda field, operand: field.like(operand),
    "ilike": lambda field, operand: field.ilike(operand),
}
SEVERAL = frozenset({"in", "not in", "between"})


def key_of(world: World, kind: Kind, key: Any) -> Any:
    """A key, as `get` takes it: of the entity of that name, or made of the values at these places."""
    if isinstance(key, str):
        known = world.key(key) or (MISSING,)
        return known[0] if len(known) == 1 else known
    return tuple(kind.palettes[name][place] for name, place in zip(kind.key, key, strict=True))


def target(kind: Kind, path: str) -> tuple[Kind, str]:
    """The class at a path's end, and the attribute."""
    *way, last = path.split(".")
    for step in way:
        kind = kinds()[kind.relations[step].target]
    return kind, last


def condition(world: World, kind: Kind, written: Any, unit: int) -> Condition:
    """The condition that a list means."""
    match written:
        case ["and", *parts]:
            return And(tuple(condition(world, kind, part, unit) for part in parts))
        case ["or", *parts]:
            return Or(tuple(condition(world, kind, part, unit) for part in parts))
        case ["not", part]:
            return ~condition(world, kind, part, unit)
        case ["is none", path]:
            return where(path).is_none()
        case ["is not none", path]:
            return where(path).is_not_none()
        case ["is", path, name]:
            return COMPARISONS["=="](where(path), world.entity(name, unit))
        case ["key", path, operator, name]:
            return COMPARISONS[operator](where(path), key_of(world, kind, name))
        case [operator, path, operand]:
            kind, last = target(kind, path)
            palette = kind.palettes[last]
            operands = [palette[place] for place in operand] if operator in SEVERAL else palette[operand]
            return COMPARISONS[operator](where(path), operands)
        case _:
            raise ValueError(f"{written!r} is no condition")


def order(written: Any) -> tuple[Order, ...]:
    """The order that a list means: of each key its path, whether it descends, and where None stands."""
    found: list[Order] = []
    for path, descending, nulls in written:
        key = where(path).desc() if descending else where(path).asc()
        found.append({"first": key.nulls_first, "last": key.nulls_last}[nulls]() if nulls else key)
    return tuple(found)


def question(world: World, kind: Kind, arguments: Mapping[str, Any], unit: int) -> dict[str, Any]:
    """What `Repository.find` is given by name, but for the condition."""
    options: dict[str, Any] = {}
    if "order" in arguments:
        options["order_by"] = order(arguments["order"])
    if "load" in arguments:
        options["load"] = tuple(arguments["load"])
    if "lock" in arguments:
        options["lock"] = LOCKS[arguments["lock"]]
    options.update({name: arguments[name] for name in ("limit", "offset") if name in arguments})
    return options
