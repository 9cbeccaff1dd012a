"""One history on two sides, compared after every operation."""

import gc
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import attrs

from properties.twin.interpreter import outcome
from properties.twin.known import ABSENT, known
from properties.twin.observing import committed, seen
from properties.twin.operations import History, Operation
from properties.twin.sides import Side
from properties.twin.world import World


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
    one.empty()
    other.empty()
    worlds = World(one.database), World(other.database)
    with ExitStack() as stack:  # a world is closed even if the other one, broken on purpose, cannot be
        for world in worlds:
            stack.callback(world.close)
        gc.disable()  # else it would be chance which entities are still there; "forget" collects
        stack.callback(gc.enable)
        return _walk(history, worlds, (one, other), tally or Tally())


def _walk(history: History, worlds: tuple[World, World], sides: tuple[Side, Side], tally: Tally) -> Difference | None:
    tally.histories += 1
    for place, operation in enumerate(history):
        came = [_done(world, side, operation) for world, side in zip(worlds, sides, strict=True)]
        tally.note(operation, came[0]["outcome"])
        if came[0] != came[1]:
            parted = tuple(_parted("", came[0], came[1]))
            if (expected := known(came[0], came[1], parted)) is not None:
                tally.known[expected.name] += 1
                return None
            return Difference(place, operation, parted)
    for world in worlds:
        world.close()
    last = [committed(world, side.rows()) for world, side in zip(worlds, sides, strict=True)]
    if last[0] != last[1]:
        return Difference(len(history), None, tuple(_parted("", last[0], last[1])))
    return None


def _done(world: World, side: Side, operation: Operation) -> dict[str, Any]:
    unit = world.units[operation.unit]
    failed = unit.failed
    came: dict[str, Any] = {"outcome": outcome(world, operation)}
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
