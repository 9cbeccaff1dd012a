"""Random questions to a repository, with all their arguments."""

from random import Random
from typing import Any

from properties.twin.kinds import by_root, kinds
from properties.twin.made import Made
from properties.twin.random_questions import random_condition, random_order, random_question
from properties.twin.random_values import place


def get(made: Made, random: Random) -> dict[str, Any]:
    name, kind = made.any_made(random) if random.random() < 0.5 else made.existing(random)
    key: Any = name.removesuffix("!")
    made.met(name, kind.name)
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


def question(made: Made, random: Random) -> dict[str, Any]:
    kind = made.any_kind(random)
    return {"type": kind.name, **random_question(made, random, kind)}


def first(made: Made, random: Random) -> dict[str, Any]:
    arguments = question(made, random)
    return {"order": random_order(random, kinds()[arguments["type"]]), **arguments}


def pages(made: Made, random: Random) -> dict[str, Any]:
    arguments = question(made, random)
    return {
        "size": random.randint(1, 4),
        **{name: value for name, value in arguments.items() if name not in ("limit", "offset", "lock")},
    }


def conditional(made: Made, random: Random) -> dict[str, Any]:
    kind = made.any_kind(random)
    arguments: dict[str, Any] = {"type": kind.name}
    if random.random() < 0.8:
        arguments["where"] = random_condition(made, random, kind)
    return arguments
