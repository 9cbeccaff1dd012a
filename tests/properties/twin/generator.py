"""Random histories: what is drawn depends on what was drawn before, never on what came of it."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from random import Random
from typing import Any

from properties.twin import random_asking as asking
from properties.twin import random_changes as changes
from properties.twin import random_rows as rows
from properties.twin.made import Made, NothingYet
from properties.twin.meetings import meeting
from properties.twin.operations import Operation

FIRST_UNIT = 0.8
"""How often an operation is the first unit's: two units that do as much as each other mostly lock each other out."""

FIRST_MADE = 8
"""How many entities a history mostly makes before it does much else."""

MEETING = 0.03
"""How often several operations are led to one row."""

RAW = 0.03
"""How often a unit is used though it is closed or failed."""


class Generator:
    """Draws one operation after the other."""

    def __init__(self) -> None:
        self._made = Made()
        self._points = [0, 0]
        self._planned: list[Operation] = []

    def draw(self, random: Random) -> Operation:
        """The next operation."""
        if not self._planned and random.random() < MEETING:
            self._meet(random)
        return self._planned.pop(0) if self._planned else self._any(random)

    def _meet(self, random: Random) -> None:
        unit = self._made.unit = random.randrange(2)
        with suppress(NothingYet):
            steps = meeting(self._made, random)
            self._planned = [Operation(kind, 1 - unit if other else unit, given) for kind, other, given in steps]
            self._points[unit] = 0

    def _any(self, random: Random) -> Operation:
        self._made.unit = 0 if random.random() < FIRST_UNIT else 1
        [kind] = random.choices(_NAMES, _FREQUENCIES)
        if len(self._made) < FIRST_MADE and random.random() < 0.7:
            kind = "new"
        if kind == "release" and not self._points[self._made.unit]:
            kind = "savepoint"
        self._points[self._made.unit] += {"savepoint": 1, "release": -1}.get(kind, 0)
        if kind in ("commit", "rollback", "close", "renew"):
            self._points[self._made.unit] = 0
        if kind in ("flush", "commit", "find", "count"):
            self._made.send()
        try:
            arguments = DRAWN[kind][1](self._made, random)
        except NothingYet:
            kind, arguments = "new", changes.new(self._made, random)
        return Operation(kind, self._made.unit, arguments, random.random() < RAW)


def _nothing(_made: Made, _random: Random) -> dict[str, Any]:
    return {}


def _release(_made: Made, random: Random) -> dict[str, Any]:
    return {"undo": True} if random.random() < 0.5 else {}


def _ending(_made: Made, random: Random) -> dict[str, Any]:
    return {"inside": True} if random.random() < 0.15 else {}


def _begin(_made: Made, random: Random) -> dict[str, Any]:
    arguments: dict[str, Any] = {}
    if random.random() < 0.4:
        arguments["isolation"] = random.choice(["READ_COMMITTED", "SNAPSHOT"])
    if random.random() < 0.05:
        arguments["read_only"] = True
    return arguments


def _renew(made: Made, random: Random) -> dict[str, Any]:
    arguments = _begin(made, random)
    if random.random() < 0.3:
        arguments["expire_on_commit"] = True
    if random.random() < 0.15:
        arguments["autoflush"] = False
    return arguments


DRAWN: Mapping[str, tuple[int, Callable[[Made, Random], dict[str, Any]]]] = {
    "new": (150, changes.new),
    "again": (20, changes.again),
    "upsert": (12, changes.upsert),
    "set": (90, changes.assign),
    "same": (15, changes.attribute),
    "mutate": (4, changes.mutate),
    "relate": (45, changes.relate),
    "append": (40, changes.append),
    "remove": (25, changes.remove),
    "move": (15, changes.move),
    "add": (15, changes.named),
    "delete": (35, changes.named),
    "forget": (4, changes.named),
    "read": (50, changes.attribute),
    "expunge": (10, changes.named),
    "expunge_all": (2, _nothing),
    "refresh": (15, changes.fields),
    "expire": (15, changes.fields),
    "expire_all": (5, _nothing),
    "get": (40, asking.get),
    "find": (40, asking.question),
    "find_one": (6, asking.conditional),
    "first": (6, asking.first),
    "pages": (6, asking.pages),
    "stream": (5, asking.pages),
    "count": (10, asking.conditional),
    "exists": (6, asking.conditional),
    "insert_many": (15, rows.inserted),
    "upsert_many": (12, rows.upserted),
    "update_where": (12, rows.updated),
    "delete_where": (8, asking.conditional),
    "flush": (60, _nothing),
    "savepoint": (12, _nothing),
    "release": (30, _release),
    "commit": (45, _ending),
    "rollback": (14, _ending),
    "close": (8, _nothing),
    "begin": (6, _begin),
    "renew": (10, _renew),
}
"""How often each kind of operation is drawn, and how its arguments are."""


_NAMES = list(DRAWN)
_FREQUENCIES = [frequency for frequency, _ in DRAWN.values()]


def random_history(random: Random, operations: int) -> list[Operation]:
    """A history of so many operations."""
    generator = Generator()
    return [generator.draw(random) for _ in range(operations)]
