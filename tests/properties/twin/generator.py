"""Random histories: what is drawn depends on what was drawn before, never on what came of it."""

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

from properties.twin.kinds import Kind, Relation, by_root, kinds
from properties.twin.links import Links
from properties.twin.operations import Operation
from properties.twin.palettes import Palette
from properties.twin.random_questions import random_condition, random_question

UNFIT = 0.02
"""How often a value is one that its column refuses: often enough, since a refused flush undoes what went before."""

FIRST_UNIT = 0.8
"""How often an operation is the first unit's: two units that do as much as each other mostly lock each other out."""

FIRST_MADE = 8
"""How many entities a history mostly makes before it does much else."""

RAW = 0.03
"""How often a unit is used though it is closed or failed."""

WEIGHTS: Mapping[str, int] = {
    "User": 10,
    "Address": 6,
    "Team": 4,
    "Tag": 4,
    "Profile": 3,
    "Note": 3,
    "Badge": 2,
    "Pet": 2,
    "Node": 5,
    "Employee": 2,
    "Manager": 2,
    "Engineer": 2,
    "Vehicle": 1,
    "Car": 2,
    "Truck": 2,
    "Order": 3,
    "Item": 3,
    "Sample": 4,
}
"""How often each class is taken. Users are related to most others."""


class NothingYet(Exception):
    """Nothing has been made that an operation could be done to."""


class Generator:
    """Draws one operation after the other."""

    def __init__(self) -> None:
        self._made: list[tuple[str, str, int]] = []
        self._sent = [0, 0]
        self._links = Links()
        self._counted = 0
        self._unit = 0
        self._points = [0, 0]

    def draw(self, random: Random) -> Operation:
        """The next operation."""
        self._unit = 0 if random.random() < FIRST_UNIT else 1
        [kind] = random.choices(_NAMES, _FREQUENCIES)
        if len(self._made) < FIRST_MADE and random.random() < 0.7:
            kind = "new"
        if kind == "release" and not self._points[self._unit]:
            kind = "savepoint"
        self._points[self._unit] += {"savepoint": 1, "release": -1}.get(kind, 0)
        if kind in ("commit", "rollback", "close", "renew"):
            self._points[self._unit] = 0
        if kind in ("flush", "commit", "find", "count"):
            self._sent[self._unit] = len(self._made)
        try:
            arguments = DRAWN[kind][1](self, random)
        except NothingYet:
            kind, arguments = "new", _new(self, random)
        return Operation(kind, self._unit, arguments, random.random() < RAW)

    # names

    def new_name(self, kind: str) -> str:
        self._counted += 1
        name = f"{kind}{self._counted}"
        self.met(name, kind)
        return name

    def met(self, name: str, kind: str) -> None:
        """Remember that the unit has an entity of this name, or will have."""
        self._made.append((name, kind, self._unit))

    def any_kind(self, random: Random, *, concrete: bool = False) -> Kind:
        while True:
            [name] = random.choices(list(WEIGHTS), list(WEIGHTS.values()))
            kind = kinds()[name]
            if not (concrete and kind.abstract):
                return kind

    def existing(self, random: Random, wanted: str | None = None) -> tuple[str, Kind]:
        """The name of an entity, a late one rather than an early one, of a class if one is wanted."""
        elsewhere = random.random() < 0.05
        fitting = [
            (name, kind)
            for name, kind, unit in self._made
            if (unit == self._unit or elsewhere) and (wanted is None or wanted in kinds()[kind].bases)
        ]
        if not fitting or random.random() < 0.03:  # one that was not made by its constructor
            if wanted is None:
                wanted = random.choice(list(by_root().values()))
            return f"{kinds()[wanted].root}+{random.randint(1, 3)}", kinds()[wanted]
        name, kind = fitting[-1 - int(len(fitting) * random.random() ** 2)]
        return (f"{name}!" if random.random() < 0.04 else name), kinds()[kind]

    def has(self, wanted: str) -> bool:
        """Whether the unit has met an entity of a class."""
        return any(unit == self._unit and wanted in kinds()[kind].bases for _, kind, unit in self._made)

    def sent(self, random: Random) -> tuple[str, Kind]:
        """The name of an entity that has a row by now, as far as can be foreseen."""
        found = [(name, kind) for name, kind, unit in self._made[: self._sent[self._unit]] if unit == self._unit]
        if not found:
            raise NothingYet
        name, kind = random.choice(found)
        return name, kinds()[kind]

    def owner(self, random: Random, kind: str) -> tuple[str, Kind]:
        """The name of an entity of a class, which the unit must have met."""
        if not self.has(kind):
            raise NothingYet
        return self.existing(random, kind)

    def linked(self, random: Random, *, movable: bool = False) -> tuple[str, Relation, str]:
        """A collection of an entity, and a member of it, as far as can be foreseen."""
        found = self._links.of(self._unit, movable=movable)
        if not found:
            raise NothingYet
        return found[-1 - int(len(found) * random.random() ** 2)]

    def link(self, name: str, relation: Relation, member: str) -> None:
        """Remember that entities are related."""
        self._links.add(self._unit, name, relation, member)

    def unlink(self, name: str, relation: Relation, member: str) -> None:
        """Remember that entities are no longer related."""
        self._links.remove(self._unit, name, relation, member)

    def any_made(self, random: Random) -> tuple[str, Kind]:
        """The name of an entity of either unit."""
        if not self._made:
            return self.existing(random)
        name, kind, _ = random.choice(self._made)
        return name, kinds()[kind]

    def related(self, random: Random, relation: Relation) -> Any:
        if relation.container is None:
            return self.existing(random, relation.target)[0]
        return [self.existing(random, relation.target)[0] for _ in range(random.choice([1, 1, 1, 2, 3]))]


def place(random: Random, palette: Palette) -> int:
    """A value of a palette, by its place."""
    if palette.unfit and random.random() < UNFIT:
        return len(palette.fit) + random.randrange(len(palette.unfit))
    return random.randrange(len(palette.fit))


def _values(random: Random, kind: Kind) -> dict[str, int]:
    """Values for a constructor: for a key that the application gives, and for most others."""
    return {
        name: place(random, palette)
        for name, palette in kind.palettes.items()
        if random.random() < (0.03 if name == "id" else _share(kind, name))
    }


def _share(kind: Kind, name: str) -> float:
    """How often an attribute is given; what may be None is not, in half of all cases."""
    if kind.name == "Item" and name in ("shop", "number"):
        return 0.2  # they follow from the order
    if None in kind.palettes[name].fit:
        return 0.2 if kind.name == "Sample" else 0.5
    return 0.98


def _new(generator: Generator, random: Random) -> dict[str, Any]:
    kind = generator.any_kind(random, concrete=True)
    needed = kind.relations.get("user") or kind.relations.get("order")
    if needed is not None and not generator.has(needed.target) and random.random() < 0.95:
        kind = kinds()[needed.target]
    related: dict[str, Any] = {}
    for name, relation in kind.relations.items():
        wanted = 0.95 if name in ("user", "order") else 0.25
        if random.random() < (wanted if generator.has(relation.target) else 0.03):
            related[name] = generator.related(random, relation)
    name = generator.new_name(kind.name)
    for relationship, members in related.items():
        for member in members if isinstance(members, list) else [members]:
            generator.link(name, kind.relations[relationship], member)
    arguments: dict[str, Any] = {"type": kind.name, "values": _values(random, kind), "name": name}
    if related:
        arguments["related"] = related
    if random.random() < 0.15:
        arguments["added"] = False
    return arguments


def _again(generator: Generator, random: Random) -> dict[str, Any]:
    name, kind = generator.sent(random)
    if kind.abstract:
        kind = generator.any_kind(random, concrete=True)
    values = _values(random, kind)
    arguments: dict[str, Any] = {"type": kind.name, "name": name.removesuffix("!"), "values": values}
    arguments["how"] = random.choice(["add", "upsert", "upsert", "upsert"])
    if arguments["how"] == "upsert" and random.random() < 0.4:
        arguments["fields"] = _some(random, [*values, *kind.relations])
    return arguments


def _some(random: Random, names: list[str]) -> list[str]:
    return random.sample(names, random.randint(0, min(2, len(names))))


def _upsert(generator: Generator, random: Random) -> dict[str, Any]:
    name, kind = generator.existing(random)
    arguments: dict[str, Any] = {"name": name}
    if random.random() < 0.4:
        arguments["fields"] = _some(random, [*kind.palettes, *kind.relations])
    return arguments


def _set(generator: Generator, random: Random) -> dict[str, Any]:
    while True:
        name, kind = generator.existing(random)
        choices = [each for each in kind.palettes if each != "id" or random.random() < 0.1]
        if choices:
            attribute = random.choice(choices)
            return {"name": name, "attribute": attribute, "value": place(random, kind.palettes[attribute])}


def _mutate(generator: Generator, random: Random) -> dict[str, Any]:
    name, _ = generator.owner(random, "Sample")
    return {"name": name, "attribute": random.choice(["facts", "settings"]), "value": random.randint(0, 2)}


def _attribute(generator: Generator, random: Random) -> dict[str, Any]:
    name, kind = generator.existing(random)
    return {"name": name, "attribute": random.choice([*kind.palettes, *kind.relations])}


def _relation(generator: Generator, random: Random, owners: Sequence[str]) -> tuple[str, Relation]:
    """An entity of one of the classes, and a relationship of it; of many, if it has such."""
    name, kind = generator.owner(random, random.choice([each for each in owners if generator.has(each)] or owners))
    choices = list(kind.relations.values())
    many = [each for each in choices if each.container is not None]
    wanted = many if many and owners is _COLLECTING else choices
    return name, random.choice([each for each in wanted if generator.has(each.target)] or wanted)


_COLLECTING = ("Team", "User", "User", "User", "User", "Tag", "Node", "Node", "Order")
_RELATED = (*_COLLECTING, "Address", "Profile", "Note", "Badge", "Pet", "Node", "Employee", "Vehicle", "Item")


def _relate(generator: Generator, random: Random) -> dict[str, Any]:
    name, relation = _relation(generator, random, _RELATED)
    to: Any = None if relation.container is None else []
    if random.random() < 0.8 and generator.has(relation.target):
        to = generator.related(random, relation)
        for member in to if relation.container is not None else [to]:
            generator.link(name, relation, member)
    return {"name": name, "relationship": relation.name, "to": to}


def _append(generator: Generator, random: Random) -> dict[str, Any]:
    name, relation = _relation(generator, random, _COLLECTING)
    member, _ = generator.owner(random, relation.target)
    generator.link(name, relation, member)
    return {"name": name, "relationship": relation.name, "member": member}


def _remove(generator: Generator, random: Random) -> dict[str, Any]:
    name, relation, member = generator.linked(random)
    generator.unlink(name, relation, member)
    return {"name": name, "relationship": relation.name, "member": member}


def _move(generator: Generator, random: Random) -> dict[str, Any]:
    name, relation, member = generator.linked(random, movable=True)
    owner = next(kind.name for kind in kinds().values() if kind.relations.get(relation.name) is relation)
    to, _ = generator.existing(random, owner)
    generator.unlink(name, relation, member)
    generator.link(to, relation, member)
    return {"name": name, "relationship": relation.name, "member": member, "to": to}


def _named(generator: Generator, random: Random) -> dict[str, Any]:
    return {"name": generator.existing(random)[0]}


def _fields(generator: Generator, random: Random) -> dict[str, Any]:
    name, kind = generator.existing(random)
    fields = _some(random, [*kind.palettes, *kind.relations]) if random.random() < 0.4 else []
    return {"name": name, "fields": fields}


def _get(generator: Generator, random: Random) -> dict[str, Any]:
    name, kind = generator.any_made(random) if random.random() < 0.5 else generator.existing(random)
    key: Any = name.removesuffix("!")
    generator.met(name, kind.name)
    if not kind.generated:
        key = [place(random, kind.palettes[each]) for each in kind.key]
    arguments: dict[str, Any] = {"type": kind.name, "key": key}
    if random.random() < 0.2:
        arguments["type"] = by_root()[kind.root]
    if random.random() < 0.15:
        arguments["lock"] = random.choice(["update", "share", "update nowait", "update skip"])
    if random.random() < 0.4:
        arguments["one"] = True
    return arguments


def _question(generator: Generator, random: Random) -> dict[str, Any]:
    kind = generator.any_kind(random)
    return {"type": kind.name, **random_question(generator, random, kind)}


def _pages(generator: Generator, random: Random) -> dict[str, Any]:
    arguments = _question(generator, random)
    return {
        "size": random.randint(1, 4),
        **{name: value for name, value in arguments.items() if name not in ("limit", "offset", "lock")},
    }


def _conditional(generator: Generator, random: Random) -> dict[str, Any]:
    kind = generator.any_kind(random)
    arguments: dict[str, Any] = {"type": kind.name}
    if random.random() < 0.8:
        arguments["where"] = random_condition(generator, random, kind)
    return arguments


def _row(generator: Generator, random: Random, kind: Kind, names: list[str]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name in names:
        if name in kind.foreign:
            row[name] = generator.existing(random, kind.foreign[name])[0].removesuffix("!")
        elif name == "id" and (name not in kind.palettes or random.random() < 0.8):
            row[name] = generator.existing(random, kind.name)[0].removesuffix("!")
        else:
            row[name] = place(random, kind.palettes[name])
    return row


def _rows(generator: Generator, random: Random) -> dict[str, Any]:
    kind = generator.any_kind(random, concrete=True)
    given = [name for name in kind.palettes if name not in ("id", "desk") and random.random() < _share(kind, name)]
    given += [name for name in kind.foreign if random.random() < 0.7]
    rows = [_row(generator, random, kind, given) for _ in range(random.choice([1, 2, 2, 3]))]
    return {"type": kind.name, "rows": rows}


_UNIQUE = {
    "Team": "name",
    "User": "name",
    "Address": "email",
    "Tag": "word",
    "Sample": "key",
    "Note": "id",
    "Node": "id",
}


def _upserted(generator: Generator, random: Random) -> dict[str, Any]:
    kind = kinds()[random.choice([*_UNIQUE, "Order"])]
    by = list(kind.key)
    if kind.generated:
        by = [_UNIQUE[kind.name]] if random.random() < 0.5 else ["id"]
    others = [name for name in [*kind.palettes, *kind.foreign] if name not in (*by, "id") and random.random() < 0.7]
    rows = [_row(generator, random, kind, [*by, *others]) for _ in range(random.choice([1, 2, 3]))]
    return {"type": kind.name, "rows": rows, "by": by}


def _updated(generator: Generator, random: Random) -> dict[str, Any]:
    arguments = _conditional(generator, random)
    kind = kinds()[arguments["type"]]
    names = [name for name in [*kind.palettes, *kind.foreign] if name not in kind.key]
    return {
        **arguments,
        "values": _row(generator, random, kind, random.sample(names, min(len(names), random.choice([1, 1, 2])))),
    }


def _nothing(_generator: Generator, _random: Random) -> dict[str, Any]:
    return {}


def _release(_generator: Generator, random: Random) -> dict[str, Any]:
    return {"undo": True} if random.random() < 0.5 else {}


def _ending(_generator: Generator, random: Random) -> dict[str, Any]:
    return {"inside": True} if random.random() < 0.15 else {}


def _begin(_generator: Generator, random: Random) -> dict[str, Any]:
    arguments: dict[str, Any] = {}
    if random.random() < 0.4:
        arguments["isolation"] = random.choice(["READ_COMMITTED", "SNAPSHOT"])
    if random.random() < 0.05:
        arguments["read_only"] = True
    return arguments


def _renew(generator: Generator, random: Random) -> dict[str, Any]:
    arguments = _begin(generator, random)
    if random.random() < 0.3:
        arguments["expire_on_commit"] = True
    if random.random() < 0.15:
        arguments["autoflush"] = False
    return arguments


DRAWN: Mapping[str, tuple[int, Callable[[Generator, Random], dict[str, Any]]]] = {
    "new": (150, _new),
    "again": (20, _again),
    "upsert": (12, _upsert),
    "set": (90, _set),
    "same": (15, _attribute),
    "mutate": (4, _mutate),
    "relate": (45, _relate),
    "append": (40, _append),
    "remove": (25, _remove),
    "move": (15, _move),
    "add": (15, _named),
    "delete": (35, _named),
    "forget": (4, _named),
    "read": (50, _attribute),
    "expunge": (10, _named),
    "expunge_all": (2, _nothing),
    "refresh": (15, _fields),
    "expire": (15, _fields),
    "expire_all": (5, _nothing),
    "get": (40, _get),
    "find": (40, _question),
    "find_one": (6, _conditional),
    "first": (6, _question),
    "pages": (6, _pages),
    "stream": (5, _pages),
    "count": (10, _conditional),
    "exists": (6, _conditional),
    "insert_many": (15, _rows),
    "upsert_many": (12, _upserted),
    "update_where": (12, _updated),
    "delete_where": (8, _conditional),
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
