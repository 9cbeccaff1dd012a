"""What each operation of a history does, and what comes of it: a result or an error, the same on both sides."""

from collections.abc import Callable, Mapping
from contextlib import nullcontext

from properties.twin import asking, changing
from properties.twin.hand import Arguments, Hand, Skipped
from properties.twin.observing import described
from properties.twin.operations import Operation
from properties.twin.world import Unit, World


def outcome(world: World, operation: Operation) -> object:
    """Do an operation, and say what came of it."""
    hand = Hand(world, operation.unit)
    try:
        _ready(hand.unit, operation)
        with hand.uow.no_autoflush() if operation.arguments.get("quiet") and hand.unit.session else nullcontext():
            return KINDS[operation.kind](hand, operation.arguments)
    except Skipped:
        return "skipped"
    except Exception as error:
        return described(error)


def _ready(unit: Unit, operation: Operation) -> None:
    """Begin a unit that is closed, go back in one that failed: else most of a history would only be refused."""
    if operation.raw or operation.kind in ("begin", "renew"):
        return
    if unit.session is None:
        unit.begin()
    else:
        unit.recover()


def _savepoint(hand: Hand, _: Arguments) -> object:
    hand.unit.enter()
    return None


def _release(hand: Hand, arguments: Arguments) -> object:
    if not hand.unit.points:
        raise Skipped
    hand.unit.leave(undo=arguments.get("undo", False))
    return None


def _commit(hand: Hand, arguments: Arguments) -> object:
    if not arguments.get("inside"):
        while hand.unit.points:
            hand.unit.leave(undo=False)
    hand.uow.commit()
    return None


def _rollback(hand: Hand, arguments: Arguments) -> object:
    if not arguments.get("inside"):
        while hand.unit.points:
            hand.unit.leave(undo=True)
    hand.uow.rollback()
    return None


def _begin(hand: Hand, arguments: Arguments) -> object:
    hand.unit.begin(arguments.get("isolation"), read_only=arguments.get("read_only", False))
    return None


def _renew(hand: Hand, arguments: Arguments) -> object:
    """Close the unit, and begin another one with other options."""
    hand.unit.close()
    options = {name: arguments[name] for name in ("autoflush", "expire_on_commit") if name in arguments}
    hand.world.units[hand.number] = hand.world.new_unit(**options)
    return _begin(hand, arguments)


KINDS: Mapping[str, Callable[[Hand, Arguments], object]] = {
    "new": changing.new,
    "again": changing.again,
    "upsert": changing.upsert,
    "set": changing.assign,
    "same": changing.same,
    "mutate": changing.mutate,
    "relate": changing.relate,
    "append": changing.append,
    "remove": changing.remove,
    "move": changing.move,
    "add": changing.add,
    "delete": changing.delete,
    "forget": changing.forget,
    "read": changing.read,
    "expunge": lambda hand, arguments: hand.uow.expunge(hand.entity(arguments["name"])),
    "expunge_all": lambda hand, _: hand.uow.expunge_all(),
    "refresh": lambda hand, arguments: hand.uow.refresh(hand.entity(arguments["name"]), *arguments["fields"]),
    "expire": lambda hand, arguments: hand.uow.expire(hand.entity(arguments["name"]), *arguments["fields"]),
    "expire_all": lambda hand, _: hand.uow.expire_all(),
    "get": asking.get,
    "find": asking.find,
    "find_one": asking.find_one,
    "first": asking.first,
    "pages": asking.pages,
    "stream": asking.stream,
    "count": asking.count,
    "exists": asking.exists,
    "insert_many": asking.insert_many,
    "upsert_many": asking.upsert_many,
    "update_where": asking.update_where,
    "delete_where": asking.delete_where,
    "flush": lambda hand, _: hand.uow.flush(),
    "savepoint": _savepoint,
    "release": _release,
    "commit": _commit,
    "rollback": _rollback,
    "close": lambda hand, _: hand.unit.close(),
    "begin": _begin,
    "renew": _renew,
}
"""What can be done, by name."""
