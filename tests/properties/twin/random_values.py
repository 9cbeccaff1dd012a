"""Random values of attributes, as a history writes them: by their places in palettes."""

from random import Random

from properties.twin.kinds import Kind
from properties.twin.palettes import Palette

UNFIT = 0.02
"""How often a value is one that its column refuses: often enough, since a refused flush undoes what went before."""


def place(random: Random, palette: Palette) -> int:
    """A value of a palette, by its place."""
    if palette.unfit and random.random() < UNFIT:
        return len(palette.fit) + random.randrange(len(palette.unfit))
    return random.randrange(len(palette.fit))


def share(kind: Kind, name: str) -> float:
    """How often an attribute is given; what may be None is not, in half of all cases."""
    if kind.name == "Item" and name in ("shop", "number"):
        return 0.2  # they follow from the order
    if None in kind.palettes[name].fit:
        return 0.2 if kind.name == "Sample" else 0.5
    return 0.98
