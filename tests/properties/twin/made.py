"""What a history has made so far, as far as can be foreseen without running it: names of entities, and their links."""

from collections.abc import Mapping
from random import Random
from typing import Any

from properties.twin.kinds import Kind, Relation, by_root, kinds
from properties.twin.links import Links

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


class Made:
    """The entities of both units; what is asked of it is asked for the unit whose turn it is."""

    def __init__(self) -> None:
        self.unit = 0
        self._made: list[tuple[str, str, int]] = []
        self._sent = [0, 0]
        self._links = Links()
        self._counted = 0

    def __len__(self) -> int:
        return len(self._made)

    def send(self) -> None:
        """Note that what the unit has made so far has rows."""
        self._sent[self.unit] = len(self._made)

    def new_name(self, kind: str) -> str:
        self._counted += 1
        name = f"{kind}{self._counted}"
        self.met(name, kind)
        return name

    def met(self, name: str, kind: str) -> None:
        """Remember that the unit has an entity of this name, or will have."""
        self._made.append((name, kind, self.unit))

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
            if (unit == self.unit or elsewhere) and (wanted is None or wanted in kinds()[kind].bases)
        ]
        if not fitting or random.random() < 0.03:  # one that was not made by its constructor
            if wanted is None:
                wanted = random.choice(list(by_root().values()))
            return f"{kinds()[wanted].root}+{random.randint(1, 3)}", kinds()[wanted]
        name, kind = fitting[-1 - int(len(fitting) * random.random() ** 2)]
        return (f"{name}!" if random.random() < 0.04 else name), kinds()[kind]

    def has(self, wanted: str) -> bool:
        """Whether the unit has met an entity of a class."""
        return any(unit == self.unit and wanted in kinds()[kind].bases for _, kind, unit in self._made)

    def sent(self, random: Random) -> tuple[str, Kind]:
        """The name of an entity that has a row by now, as far as can be foreseen."""
        found = [(name, kind) for name, kind, unit in self._made[: self._sent[self.unit]] if unit == self.unit]
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
        found = self._links.of(self.unit, movable=movable)
        if not found:
            raise NothingYet
        return found[-1 - int(len(found) * random.random() ** 2)]

    def link(self, name: str, relation: Relation, member: str) -> None:
        """Remember that entities are related."""
        self._links.add(self.unit, name, relation, member)

    def unlink(self, name: str, relation: Relation, member: str) -> None:
        """Remember that entities are no longer related."""
        self._links.remove(self.unit, name, relation, member)

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
