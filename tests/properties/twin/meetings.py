"""Operations that meet at one row, of one unit or of both, which seldom do so by themselves."""

from collections.abc import Callable, Collection, Iterator
from random import Random
from typing import Any, TypeAlias

from properties.twin.kinds import Kind, by_root, kinds
from properties.twin.made import Made, NothingYet
from properties.twin.random_rows import row
from properties.twin.random_values import place, share

Step: TypeAlias = tuple[str, bool, dict[str, Any]]
"""What is done, whether by the other unit, and to what."""


def meeting(made: Made, random: Random) -> list[Step]:
    """What a unit that has committed a row does to it, and the other one meanwhile.

    Raises:
        NothingYet: there is no row for it.
    """
    name, kind = made.sent(random)
    name = name.removesuffix("!")
    return [("commit", False, {}), *random.choice([_referring, _leaving, _behind, _passing])(made, random, name, kind)]


def _referring(made: Made, random: Random, name: str, kind: Kind) -> list[Step]:
    """The other unit refers to the row, and this one locks or deletes it, before or after."""
    refer: Step = ("insert_many", True, _child(made, random, name, kind))
    lock = random.choice(["update", "share", "update nowait", "update skip"])
    take: Step = ("get", False, {"type": kind.name, "key": name, "lock": lock})
    if random.random() < 0.3:
        return [take, refer]
    return [refer, *([take] if random.random() < 0.5 else [("delete", False, {"name": name}), ("flush", False, {})])]


def _leaving(made: Made, random: Random, name: str, kind: Kind) -> list[Step]:
    """The row goes while another one refers to it, which may be found out as late as at the commit."""
    refer: Step = ("insert_many", False, _child(made, random, name, kind, _LEFT_TO_THE_DATABASE))
    return [refer, ("commit", False, {}), ("delete", False, {"name": name}), ("commit", False, {})]


_LEFT_TO_THE_DATABASE = ("Badge", "Employee", "Pet")
"""The classes whose rows the session does not look for when the one that they refer to goes."""


def _child(made: Made, random: Random, name: str, kind: Kind, preferred: Collection[str] = ()) -> dict[str, Any]:
    children = list(_children(kind))
    if not children:
        raise NothingYet
    child, column = random.choice([each for each in children if each[0].name in preferred] or children)
    given = [each for each in child.palettes if each not in ("id", "desk") and random.random() < share(child, each)]
    rows = [{**row(made, random, child, given), column: name} for _ in range(random.randint(1, 2))]
    return {"type": child.name, "rows": rows}


def _children(kind: Kind) -> Iterator[tuple[Kind, str]]:
    """The classes that refer to one by a generated key, each with the column; of those that one table keeps."""
    for each in kinds().values():
        for column, target in each.foreign.items():
            if target == by_root()[kind.root] and not each.abstract and each.name not in ("Manager", "Engineer"):
                yield each, column


def _behind(_: Made, random: Random, name: str, kind: Kind) -> list[Step]:
    """The other unit changes the row behind a snapshot of this one, which looks at it again or changes it too."""
    change, get = _changing(random, name, kind), {"type": kind.name, "key": name}
    then: list[list[Step]] = [
        [("refresh", False, {"name": name, "fields": []})],
        [("find", False, {"type": kind.name})],
        [change(False), ("flush", False, {})],
        [("delete", False, {"name": name}), ("flush", False, {})],
    ]
    return [
        ("renew", False, {"isolation": "SNAPSHOT"}),
        ("get", False, get),
        ("get", True, get),
        change(True),
        ("commit", True, {}),
        *random.choice(then),
    ]


def _passing(_: Made, random: Random, name: str, kind: Kind) -> list[Step]:
    """The other unit changes the row, and this one changes or deletes what it had before."""
    change, get = _changing(random, name, kind), {"type": kind.name, "key": name}
    return [
        ("renew", False, {}),
        ("get", False, get),
        ("get", True, get),
        change(True),
        ("commit", True, {}),
        change(False) if random.random() < 0.7 else ("delete", False, {"name": name}),
        ("flush", False, {}),
    ]


def _changing(random: Random, name: str, kind: Kind) -> Callable[[bool], Step]:
    """What changes an attribute of the row, by the other unit or by this one."""
    changes = [each for each in kind.palettes if each not in ("id", *kind.key)]
    if not kind.generated or not changes:
        raise NothingYet

    def change(other: bool) -> Step:
        attribute = random.choice(changes)
        return "set", other, {"name": name, "attribute": attribute, "value": place(random, kind.palettes[attribute])}

    return change
