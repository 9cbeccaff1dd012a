"""Random conditions and orders, as a history writes them."""

from collections.abc import Sequence
from random import Random
from typing import Any, Protocol

from properties.twin.kinds import Kind, kinds

_COMPARED = ("==", "==", "!=", "<", "<=", ">", ">=", "in", "not in", "between", "is none", "is not none")
_OF_TEXT = ("starts", "ends", "contains", "like", "ilike")


class Names(Protocol):
    """What knows the entities that were made."""

    def existing(self, random: Random, wanted: str | None = None) -> tuple[str, Kind]:
        """The name of one, of a class if one is wanted."""
        ...


def random_question(names: Names, random: Random, kind: Kind) -> dict[str, Any]:
    """The arguments of a question; it is ordered to the last if only a part is wanted."""
    asked: dict[str, Any] = {}
    if random.random() < 0.7:
        asked["where"] = random_condition(names, random, kind)
    if random.random() < 0.5:
        asked["order"] = random_order(random, kind)
        if random.random() < 0.4:
            asked["limit"] = random.randint(0, 4)
        if random.random() < 0.2:
            asked["offset"] = random.randint(0, 3)
    elif random.random() < 0.15:
        asked["lock"] = random.choice(["update", "share", "update nowait", "update skip"])
    if random.random() < 0.3 and kind.relations:
        asked["load"] = [_load(random, kind)]
    if random.random() < 0.1:
        asked["quiet"] = True
    return asked


def random_order(random: Random, kind: Kind) -> list[list[Any]]:
    """A total order."""
    keys: list[list[Any]] = []
    for _ in range(random.choice([0, 1, 1, 2])):
        path, last = _path(random, kind, many=False)
        if comparable := [name for name in last.palettes if name not in _UNORDERED]:
            nulls = random.choice([None, None, "first", "last"])
            keys.append([f"{path}{random.choice(comparable)}", random.random() < 0.5, nulls])
    return [*keys, *([name, False, None] for name in kind.key)]


_UNORDERED = frozenset({"facts", "settings", "desk", "colour"})


def random_condition(names: Names, random: Random, kind: Kind, depth: int = 0) -> list[Any]:
    """A condition, seldom deep."""
    shape = random.random()
    if depth < 2 and shape < 0.25:
        parts = [random_condition(names, random, kind, depth + 1) for _ in range(random.choice([1, 2, 2, 3]))]
        return [random.choice(["and", "or"]), *parts]
    if depth < 2 and shape < 0.35:
        return ["not", random_condition(names, random, kind, depth + 1)]
    path, last = _path(random, kind, many=True)
    if last.relations and shape > 0.9:
        relation = random.choice(list(last.relations.values()))
        if random.random() < 0.5:
            return [random.choice(["is none", "is not none"]), f"{path}{relation.name}"]
        return ["is", f"{path}{relation.name}", names.existing(random, relation.target)[0]]
    if last.generated and (shape > 0.85 or not last.palettes):
        return [
            "key",
            f"{path}id",
            random.choice(["==", "!=", "<", ">="]),
            names.existing(random, last.name)[0].removesuffix("!"),
        ]
    return _comparison(random, path, last)


def _comparison(random: Random, path: str, kind: Kind) -> list[Any]:
    name = random.choice([each for each in kind.palettes if each not in _UNORDERED or random.random() < 0.1])
    palette = kind.palettes[name]
    operators: Sequence[str] = _COMPARED
    if any(isinstance(value, str) for value in palette.fit) and random.random() < 0.3:
        operators = _OF_TEXT
    operator = random.choice(operators)
    if operator in ("is none", "is not none"):
        return [operator, f"{path}{name}"]
    size = {"in": random.randint(0, 3), "not in": random.randint(0, 3), "between": 2}.get(operator)
    if size is None:
        return [operator, f"{path}{name}", _place(random, kind, name, operator)]
    return [operator, f"{path}{name}", [_place(random, kind, name, operator) for _ in range(size)]]


def _place(random: Random, kind: Kind, name: str, operator: str) -> int:
    palette = kind.palettes[name]
    if palette.unfit and random.random() < 0.05:
        return len(palette.fit) + random.randrange(len(palette.unfit))
    places = list(range(len(palette.fit)))
    if operator not in ("==", "!=", "in", "not in"):  # nothing else takes None
        places = [place for place in places if palette.fit[place] is not None] or places
    return random.choice(places)


def _path(random: Random, kind: Kind, *, many: bool) -> tuple[str, Kind]:
    """The way to an attribute, and the class that has it."""
    path = ""
    while random.random() < 0.25 and len(path) < 20:
        ways = [each for each in kind.relations.values() if many or each.container is None]
        if not ways:
            break
        relation = random.choice(ways)
        path += f"{relation.name}."
        kind = kinds()[relation.target]
    return path, kind


def _load(random: Random, kind: Kind) -> str:
    relation = random.choice(list(kind.relations.values()))
    further = kinds()[relation.target].relations
    if further and random.random() < 0.3:
        return f"{relation.name}.{random.choice(list(further))}"
    return relation.name
