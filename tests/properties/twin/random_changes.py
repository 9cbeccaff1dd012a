"""Random operations that make entities, change them, and move them from one state to another."""

from collections.abc import Sequence
from random import Random
from typing import Any

from properties.twin.kinds import Kind, Relation, kinds
from properties.twin.made import Made
from properties.twin.random_values import place, share


def _values(random: Random, kind: Kind) -> dict[str, int]:
    """Values for a constructor: for a key that the application gives, and for most others."""
    return {
        name: place(random, palette)
        for name, palette in kind.palettes.items()
        if random.random() < (0.03 if name == "id" else share(kind, name))
    }


def new(made: Made, random: Random) -> dict[str, Any]:
    kind = made.any_kind(random, concrete=True)
    needed = kind.relations.get("user") or kind.relations.get("order")
    if needed is not None and not made.has(needed.target) and random.random() < 0.95:
        kind = kinds()[needed.target]
    related: dict[str, Any] = {}
    for name, relation in kind.relations.items():
        wanted = 0.95 if name in ("user", "order") else 0.25
        if random.random() < (wanted if made.has(relation.target) else 0.03):
            related[name] = made.related(random, relation)
    name = made.new_name(kind.name)
    for relationship, members in related.items():
        for member in members if isinstance(members, list) else [members]:
            made.link(name, kind.relations[relationship], member)
    arguments: dict[str, Any] = {"type": kind.name, "values": _values(random, kind), "name": name}
    if related:
        arguments["related"] = related
    if random.random() < 0.15:
        arguments["added"] = False
    return arguments


def again(made: Made, random: Random) -> dict[str, Any]:
    name, kind = made.sent(random)
    if kind.abstract:
        kind = made.any_kind(random, concrete=True)
    values = _values(random, kind)
    arguments: dict[str, Any] = {"type": kind.name, "name": name.removesuffix("!"), "values": values}
    arguments["how"] = random.choice(["add", "upsert", "upsert", "upsert"])
    if arguments["how"] == "upsert" and random.random() < 0.4:
        arguments["fields"] = _some(random, [*values, *kind.relations])
    return arguments


def _some(random: Random, names: list[str]) -> list[str]:
    return random.sample(names, random.randint(0, min(2, len(names))))


def upsert(made: Made, random: Random) -> dict[str, Any]:
    name, kind = made.existing(random)
    arguments: dict[str, Any] = {"name": name}
    if random.random() < 0.4:
        arguments["fields"] = _some(random, [*kind.palettes, *kind.relations])
    return arguments


def assign(made: Made, random: Random) -> dict[str, Any]:
    while True:
        name, kind = made.existing(random)
        choices = [each for each in kind.palettes if each != "id" or random.random() < 0.1]
        if choices:
            attribute = random.choice(choices)
            return {"name": name, "attribute": attribute, "value": place(random, kind.palettes[attribute])}


def mutate(made: Made, random: Random) -> dict[str, Any]:
    name, _ = made.owner(random, "Sample")
    return {"name": name, "attribute": random.choice(["facts", "settings"]), "value": random.randint(0, 2)}


def attribute(made: Made, random: Random) -> dict[str, Any]:
    name, kind = made.existing(random)
    return {"name": name, "attribute": random.choice([*kind.palettes, *kind.relations])}


def _relation(made: Made, random: Random, owners: Sequence[str]) -> tuple[str, Relation]:
    """An entity of one of the classes, and a relationship of it; of many, if it has such."""
    name, kind = made.owner(random, random.choice([each for each in owners if made.has(each)] or owners))
    choices = list(kind.relations.values())
    many = [each for each in choices if each.container is not None]
    wanted = many if many and owners is _COLLECTING else choices
    return name, random.choice([each for each in wanted if made.has(each.target)] or wanted)


_COLLECTING = ("Team", "User", "User", "User", "User", "Tag", "Node", "Node", "Order")
_RELATED = (*_COLLECTING, "Address", "Profile", "Note", "Badge", "Pet", "Node", "Employee", "Vehicle", "Item")


def relate(made: Made, random: Random) -> dict[str, Any]:
    name, relation = _relation(made, random, _RELATED)
    to: Any = None if relation.container is None else []
    if random.random() < 0.8 and made.has(relation.target):
        to = made.related(random, relation)
        for member in to if relation.container is not None else [to]:
            made.link(name, relation, member)
    return {"name": name, "relationship": relation.name, "to": to}


def append(made: Made, random: Random) -> dict[str, Any]:
    name, relation = _relation(made, random, _COLLECTING)
    member, _ = made.owner(random, relation.target)
    made.link(name, relation, member)
    return {"name": name, "relationship": relation.name, "member": member}


def remove(made: Made, random: Random) -> dict[str, Any]:
    name, relation, member = made.linked(random)
    made.unlink(name, relation, member)
    return {"name": name, "relationship": relation.name, "member": member}


def move(made: Made, random: Random) -> dict[str, Any]:
    name, relation, member = made.linked(random, movable=True)
    owner = next(kind.name for kind in kinds().values() if kind.relations.get(relation.name) is relation)
    to, _ = made.existing(random, owner)
    made.unlink(name, relation, member)
    made.link(to, relation, member)
    return {"name": name, "relationship": relation.name, "member": member, "to": to}


def named(made: Made, random: Random) -> dict[str, Any]:
    return {"name": made.existing(random)[0]}


def fields(made: Made, random: Random) -> dict[str, Any]:
    name, kind = made.existing(random)
    fields = _some(random, [*kind.palettes, *kind.relations]) if random.random() < 0.4 else []
    return {"name": name, "fields": fields}
