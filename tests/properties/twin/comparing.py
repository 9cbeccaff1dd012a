"""One history on two sides, compared after every operation."""

import gc
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import closing
from typing import Any, TypeAlias

import attrs

from properties.twin.interpreter import outcome
from properties.twin.known import known
from properties.twin.observing import committed, seen
from properties.twin.operations import History, Operation
from properties.twin.sides import Side
from properties.twin.world import World

Came: TypeAlias = dict[str, Any]
"""What came of an operation on one side: its outcome, and all that is seen then."""

ABSENT = "(absent)"


@attrs.frozen
class Difference:
    """Where two sides part.

    Attributes:
        place: the operation's number in its history; the history's length if only the rows differ at its end.
        operation: the operation, None at the end.
        found: what differs, each with what it is on either side.
    """

    place: int
    operation: Operation | None
    found: tuple[tuple[str, object, object], ...]

    def __str__(self) -> str:
        lines = [f"after operation {self.place}, {self.operation}:"]
        for what, one, other in self.found:
            lines += [f"  {what}", f"    - {one}", f"    + {other}"]
        return "\n".join(lines)


@attrs.define
class Tally:
    """What has been done, and what came of it."""

    histories: int = 0
    operations: Counter[str] = attrs.field(factory=Counter)
    errors: Counter[str] = attrs.field(factory=Counter)
    skipped: Counter[str] = attrs.field(factory=Counter)
    known: Counter[str] = attrs.field(factory=Counter)

    def note(self, operation: Operation, came: object) -> None:
        self.operations[operation.kind] += 1
        if came == "skipped":
            self.skipped[operation.kind] += 1
        elif isinstance(came, dict):
            self.errors[came["error"]] += 1
        elif isinstance(came, str) and came.endswith(("Error", "Exception")):
            self.errors[came] += 1


def compared(history: History, one: Side, other: Side, tally: Tally | None = None) -> Difference | None:
    """Run a history on both sides; the first difference, or None."""
    tally = tally or Tally()
    tally.histories += 1
    with closing(came(history, one)) as mine, closing(came(history, other)) as theirs:
        for place, (here, there) in enumerate(zip(mine, theirs, strict=True)):
            operation = history[place] if place < len(history) else None
            if operation is not None:
                tally.note(operation, here["outcome"])
            if here != there:
                expected = None if operation is None else known(operation, here, there)
                if expected is not None:
                    tally.known[expected.name] += 1
                    return None
                return Difference(place, operation, tuple(_parted("", here, there)))
    return None


def came(history: History, side: Side) -> Generator[Came]:
    """Run a history on one side: what comes of each operation, with all that is seen then, and at last the rows."""
    side.empty()
    world = World(side.database)
    gc.disable()  # else it would be chance which entities are still there; "forget" collects
    try:
        for operation in history:
            with world.chance.here():
                done = _done(world, side, operation)
            yield done
        world.close()
        yield {"rows": committed(world, side.rows())}
    finally:  # though the side, broken on purpose, may fail at this too
        gc.enable()
        world.close()


def _done(world: World, side: Side, operation: Operation) -> Came:
    unit = world.units[operation.unit]
    failed = unit.failed
    came: Came = {"outcome": outcome(world, operation)}
    if isinstance(came["outcome"], dict) and not failed:
        world.restore(operation.unit)
    world.level()
    came["seen"] = seen(world)
    world.note()
    if operation.kind == "commit":
        came["rows"] = committed(world, side.rows())
    return came


def _parted(where: str, one: Any, other: Any) -> Iterator[tuple[str, object, object]]:
    if one == other:
        return
    if isinstance(one, dict) and isinstance(other, dict):
        for name in {**one, **other}:
            yield from _parted(f"{where}/{name}", one.get(name, ABSENT), other.get(name, ABSENT))
    else:
        yield where, one, other
