"""Random rows, to be written without entities."""

from random import Random
from typing import Any

from properties.twin.kinds import Kind, kinds
from properties.twin.made import Made
from properties.twin.random_asking import conditional
from properties.twin.random_values import place, share


def row(made: Made, random: Random, kind: Kind, names: list[str]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name in names:
        if name in kind.foreign:
            row[name] = made.existing(random, kind.foreign[name])[0].removesuffix("!")
        elif name == "id" and (name not in kind.palettes or random.random() < 0.8):
            row[name] = made.existing(random, kind.name)[0].removesuffix("!")
        else:
            row[name] = place(random, kind.palettes[name])
    return row


def inserted(made: Made, random: Random) -> dict[str, Any]:
    kind = made.any_kind(random, concrete=True)
    given = [name for name in kind.palettes if name not in ("id", "desk") and random.random() < share(kind, name)]
    given += [name for name in kind.foreign if random.random() < 0.7]
    rows = [row(made, random, kind, given) for _ in range(random.choice([1, 2, 2, 3]))]
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


def upserted(made: Made, random: Random) -> dict[str, Any]:
    kind = kinds()[random.choice([*_UNIQUE, "Order"])]
    by = list(kind.key)
    if kind.generated:
        by = [_UNIQUE[kind.name]] if random.random() < 0.5 else ["id"]
    others = [name for name in [*kind.palettes, *kind.foreign] if name not in (*by, "id") and random.random() < 0.7]
    rows = [row(made, random, kind, [*by, *others]) for _ in range(random.choice([1, 2, 3]))]
    return {"type": kind.name, "rows": rows, "by": by}


def updated(made: Made, random: Random) -> dict[str, Any]:
    arguments = conditional(made, random)
    kind = kinds()[arguments["type"]]
    names = [name for name in [*kind.palettes, *kind.foreign] if name not in kind.key]
    return {
        **arguments,
        "values": row(made, random, kind, random.sample(names, min(len(names), random.choice([1, 1, 2])))),
    }
