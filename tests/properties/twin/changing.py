"""Operations that make entities, change them, and move them from one state to another."""

import gc
from typing import Any

from properties.twin.entities import InOrder
from properties.twin.hand import Arguments, Hand, Skipped
from properties.twin.kinds import Kind, Relation, kinds
from properties.twin.observing import related


def _make(hand: Hand, kind: Kind, arguments: Arguments) -> Any:
    values = {name: kind.palettes[name][place] for name, place in arguments["values"].items()}
    for name, references in arguments.get("related", {}).items():
        relation = kind.relations[name]
        if relation.container is None:
            values[name] = hand.world.entity(references, hand.number)
        else:
            values[name] = _collection(relation, hand.entities(references))
    return kind.type(**values)


def _collection(relation: Relation, members: list[Any]) -> object:
    if relation.container is dict:
        return {each.__dict__.get("keyword"): each for each in members}
    if relation.container is set:
        return InOrder(members)
    return _once(members)


def _once(members: list[Any]) -> list[Any]:
    """Each member once.

    What is twice in a list is still there when it is taken out or goes to another owner. SQLAlchemy writes it once or
    twice, for the one or for the other, by what it visits first.
    """
    return list({id(each): each for each in members}.values())


def new(hand: Hand, arguments: Arguments) -> object:
    repository, kind = hand.repository(arguments)
    entity = _make(hand, kind, arguments)
    hand.world.hold(entity, arguments["name"], hand.number)
    if arguments.get("added", True):
        repository.add(entity)
    return None


def again(hand: Hand, arguments: Arguments) -> object:
    """Make a second object with the key of another, and add or upsert it."""
    repository, kind = hand.repository(arguments)
    key = hand.world.key(arguments["name"])
    if key is None:
        raise Skipped
    entity = _make(hand, kind, arguments)
    for name, value in zip(kind.key, key, strict=True):
        setattr(entity, name, value)
    hand.world.hold(entity, arguments["name"], hand.number)
    if arguments["how"] == "add":
        repository.add(entity)
        return None
    return hand.named(repository.upsert(entity, fields=arguments.get("fields")))


def upsert(hand: Hand, arguments: Arguments) -> object:
    entity = hand.entity(arguments["name"])
    return hand.named(hand.uow.repository(type(entity)).upsert(entity, fields=arguments.get("fields")))


def assign(hand: Hand, arguments: Arguments) -> object:
    entity, name = hand.entity(arguments["name"]), arguments["attribute"]
    palette = kinds()[type(entity).__name__].palettes.get(name)
    if palette is None:
        raise Skipped
    setattr(entity, name, palette[arguments["value"]])
    return None


def same(hand: Hand, arguments: Arguments) -> object:
    entity, name = hand.entity(arguments["name"]), arguments["attribute"]
    setattr(entity, name, getattr(entity, name))
    return None


def mutate(hand: Hand, arguments: Arguments) -> object:
    """Change a dictionary where it stands, which is seen only if it is mapped as mutable."""
    inside = getattr(hand.entity(arguments["name"]), arguments["attribute"])
    if not isinstance(inside, dict):
        raise Skipped
    inside["more"] = arguments["value"]
    return None


def _relation(hand: Hand, arguments: Arguments) -> tuple[Any, Relation]:
    entity = hand.entity(arguments["name"])
    relation = kinds()[type(entity).__name__].relations.get(arguments["relationship"])
    if relation is None:
        raise Skipped
    return entity, relation


def relate(hand: Hand, arguments: Arguments) -> object:
    """Set a relationship: to one entity, or to a whole collection."""
    entity, relation = _relation(hand, arguments)
    if relation.container is None:
        setattr(entity, relation.name, arguments["to"] and hand.entity(arguments["to"]))
    else:
        setattr(entity, relation.name, _collection(relation, hand.entities(arguments["to"])))
    return None


def append(hand: Hand, arguments: Arguments) -> object:
    entity, relation = _relation(hand, arguments)
    _put(relation, getattr(entity, relation.name), hand.entity(arguments["member"]))
    return None


def _put(relation: Relation, members: Any, member: Any) -> None:
    if relation.container is dict:
        members[member.keyword] = member
    elif relation.container is set:
        members.add(member)
    elif not any(each is member for each in members):
        members.append(member)


def remove(hand: Hand, arguments: Arguments) -> object:
    """Take a member out of a collection: the named one, or the one at a place."""
    entity, relation = _relation(hand, arguments)
    members = getattr(entity, relation.name)
    if relation.container is dict:
        for key in [key for key, each in members.items() if each is hand.entity(arguments["member"])]:
            del members[key]
    else:
        members.remove(hand.entity(arguments["member"]))
    return None


def move(hand: Hand, arguments: Arguments) -> object:
    """Take a member out of one collection, and put it into the same one of another entity."""
    entity, relation = _relation(hand, arguments)
    member, other = hand.entity(arguments["member"]), hand.entity(arguments["to"])
    members = getattr(entity, relation.name)
    if relation.container is dict or member not in members:
        raise Skipped
    members.remove(member)
    _put(relation, getattr(other, relation.name), member)
    return None


def add(hand: Hand, arguments: Arguments) -> object:
    entity = hand.entity(arguments["name"])
    hand.uow.repository(type(entity)).add(entity)
    return None


def delete(hand: Hand, arguments: Arguments) -> object:
    entity = hand.entity(arguments["name"])
    hand.uow.repository(type(entity)).delete(entity)
    return None


def forget(hand: Hand, arguments: Arguments) -> object:
    """Hold an object no longer; the garbage collection that follows takes it, if nobody else holds it."""
    held = hand.world.meant(arguments["name"], hand.number)
    if held is None:
        raise Skipped
    hand.world.forget(held)
    del held
    gc.collect()
    return None


def read(hand: Hand, arguments: Arguments) -> object:
    """Read an attribute, which may load it; what it holds is seen with all that is loaded."""
    entity = hand.entity(arguments["name"])
    relation = kinds()[type(entity).__name__].relations.get(arguments["attribute"])
    value = getattr(entity, arguments["attribute"])
    hand.world.learn()
    return None if relation is None else related(hand.world, relation, value, hand.number)
