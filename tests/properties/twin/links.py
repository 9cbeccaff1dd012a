"""Which entities a history has related, as far as can be foreseen without running it."""

from typing import TypeAlias

from properties.twin.kinds import Relation, kinds

Link: TypeAlias = tuple[str, Relation, str]
"""An entity, its collection, and a member of that."""


class Links:
    """The members of collections, in both units."""

    def __init__(self) -> None:
        self._links: list[tuple[int, Link]] = []

    def add(self, unit: int, name: str, relation: Relation, member: str) -> None:
        """Note that entities were related, seen from the side that is a collection, or from both."""
        if relation.container is not None:
            self._links.append((unit, (name, relation, member)))
        back = kinds()[relation.target].relations.get(relation.back or "")
        if back is not None and back.container is not None:
            self._links.append((unit, (member, back, name)))

    def remove(self, unit: int, name: str, relation: Relation, member: str) -> None:
        """Note that a member was taken out of a collection."""
        self._links = [each for each in self._links if each != (unit, (name, relation, member))]

    def of(self, unit: int, *, movable: bool) -> list[Link]:
        """What is in the collections of a unit; if it is to be moved, not what is found by an attribute of its own."""
        return [link for mine, link in self._links if mine == unit and not (movable and link[1].container is dict)]
