"""Paths: how a question names an attribute, of an entity itself or of what it is related to."""

from collections.abc import Iterator
from functools import lru_cache

import attrs

from unitofwork.domain.errors import MappingError


@attrs.frozen
class Path:
    """The way from an entity to an attribute, of its own or across relationships."""

    names: tuple[str, ...]
    owners: tuple[type | None, ...] = attrs.field(eq=False, repr=False)
    """For each name the class it was taken from, or None where it was given as text."""

    @classmethod
    def of(cls, *steps: object) -> "Path":
        """Make a path of dotted names, mapped attributes (``User.name``), and what ``where()`` makes of them.

        Raises:
            MappingError: a step is neither, or is empty; or there is none.
        """
        if len(steps) == 1 and type(steps[0]) is str:
            return named(steps[0])
        parts = [part for step in steps for part in _parts(step)]
        if not parts:
            raise MappingError("nothing is no path: give an attribute's name, or an attribute such as User.name")
        return cls(tuple(name for name, _ in parts), tuple(owner for _, owner in parts))

    @property
    def steps(self) -> tuple[tuple[str, type | None], ...]:
        """The names, each with the class it was taken from."""
        return tuple(zip(self.names, self.owners, strict=True))

    @property
    def way(self) -> tuple[tuple[str, type | None], ...]:
        """The steps across relationships, before the last one."""
        return self.steps[:-1]

    @property
    def end(self) -> tuple[str, type | None]:
        """The last step: the attribute itself."""
        return self.steps[-1]

    def __str__(self) -> str:
        return ".".join(self.names)


@lru_cache
def named(text: str) -> Path:
    """The path that a text names: an application has few of them, and asks by each again and again."""
    names, owners = zip(*_parts(text), strict=True)
    return Path(names, owners)


def _parts(step: object) -> Iterator[tuple[str, type | None]]:
    """Split a step; a mapped attribute is known by its ``key`` and ``class_``, so that no mapper is imported here."""
    if isinstance(step, str):
        yield from ((name, None) for name in step.split("."))
        if not all(step.split(".")):
            raise MappingError(f"{step!r} is no path: write attribute names with single dots between them")
        return
    if isinstance(path := getattr(step, "path", None), Path):
        yield from path.steps
        return
    name, owner = getattr(step, "key", None), getattr(step, "class_", None)
    if not isinstance(name, str) or not isinstance(owner, type):
        raise MappingError(
            f"{type(step).__name__} is no path: give an attribute's name, or an attribute such as User.name"
        )
    yield name, owner
