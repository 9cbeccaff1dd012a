"""The lives of a unit of work and of an entity, as pictures and as tables: by what the code has and does, not by hand.

The moves of a unit are the table that the code itself goes by. Those of an entity are tried, each from each state.
``python docs/_sphinx/lives.py`` writes them into the pages; a test sees that they are up to date.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import groupby
from pathlib import Path

import attrs
from sqlalchemy import Column, Integer, String, Table
from sqlalchemy.orm import registry

from drawing import BEND, Arrow, Point, drawn
from unitofwork import Database, MemoryDatabase, UnitOfWork, entity, map_entity, repository
from unitofwork.domain.errors import PersistenceError
from unitofwork.service_layer.phases import MOVES, Move, Phase

FOLDER = Path(__file__).parents[1] / "concepts"

_BEGIN, _END = "<!-- by lives.py -->", "<!-- to here -->"

_OF_UNITS: dict[str, Point] = {"new": (90, 150), "begun": (400, 150), "closed": (710, 150), "failed": (400, 300)}
_OF_ENTITIES: dict[str, Point] = {
    "transient": (90, 60),
    "pending": (370, 60),
    "persistent": (650, 60),
    "deleted": (930, 60),
    "detached": (650, 250),
}
_BENDS = {
    ("new", "closed"): 250,
    ("begun", "failed"): 130,
    ("failed", "begun"): 110,
    ("failed", "closed"): -60,
    ("persistent", "transient"): 230,
    ("persistent", "detached"): 110,
    ("detached", "persistent"): 70,
    ("detached", "deleted"): -10,
    ("deleted", "detached"): 150,
}
"""Of the arrows that would run through something else."""


def of_units() -> tuple[str, str]:
    """The picture and the table of a unit's life."""
    followed = [(phase, move, to) for phase, moves in MOVES.items() for move, to in moves.items()]
    steps = [(phase.value, to.value, move.value, "") for phase, move, to in followed if isinstance(to, Phase)]
    failing = Arrow("begun", "failed", "an error ends\nthe transaction", dashed=True, bend=_BENDS["begun", "failed"])
    picture = drawn("The life of a unit of work", _OF_UNITS, [*_arrows(steps), failing])
    rows = [
        [phase.value, *(to.value if isinstance(to, Phase) else f"`{to[0].__name__}`" for to in moves.values())]
        for phase, moves in MOVES.items()
    ]
    return picture, _table(["", *(f"{move.value}" for move in Move)], rows)


@entity
class Thing:
    """What is moved."""

    name: str
    id: int | None = None


class Things(UnitOfWork):
    """Where it is moved."""

    things = repository(Thing)


@cache
def map_things() -> registry:
    """The mapping."""
    mapping = registry()
    columns = Column("id", Integer, primary_key=True), Column("name", String(30))
    map_entity(mapping, Thing, Table("things", mapping.metadata, *columns))
    return mapping


def _added(uow: Things) -> Thing:
    thing = Thing("sandy")
    uow.things.add(thing)
    return thing


def _inserted(uow: Things) -> Thing:
    thing = _added(uow)
    uow.flush()
    return thing


def _kept(uow: Things) -> Thing:
    thing = _added(uow)
    uow.commit()
    return thing


def _deleted(uow: Things) -> Thing:
    thing = _kept(uow)
    _delete(uow, thing)
    return thing


def _apart(uow: Things) -> Thing:
    thing = _kept(uow)
    uow.expunge(thing)
    return thing


def _delete(uow: Things, thing: Thing) -> None:
    uow.things.delete(thing)
    uow.flush()


STARTS: dict[str, Callable[[Things], Thing]] = {
    "transient": lambda _: Thing("sandy"),
    "pending": _added,
    "persistent, inserted in this transaction": _inserted,
    "persistent": _kept,
    "deleted": _deleted,
    "detached": _apart,
}
"""How an entity comes into each state."""

TRIED: dict[str, Callable[[Things, Thing], None]] = {
    "add": lambda uow, thing: uow.things.add(thing),
    "flush": lambda uow, _: uow.flush(),
    "commit": lambda uow, _: uow.commit(),
    "rollback": lambda uow, _: uow.rollback(),
    "delete, flush": _delete,
    "expunge": lambda uow, thing: uow.expunge(thing),
    "close": lambda uow, _: uow.close(),
}
"""What is tried in each state."""


@attrs.frozen
class Tried:
    """What became of an entity: its state, or the class of the error."""

    start: str
    move: str
    end: str
    refused: bool


def tried(database: Database) -> Iterator[Tried]:
    """Each move from each state."""
    for start, make in STARTS.items():
        for name, move in TRIED.items():
            with Things(database) as uow:
                thing = make(uow)
                try:
                    move(uow, thing)
                except PersistenceError as error:
                    yield Tried(start, name, type(error).__name__, refused=True)
                    continue
                if name == "close":
                    uow.begin()  # only a unit that is open tells states
                yield Tried(start, name, uow.state(thing).value, refused=False)


def of_entities(database: Database) -> tuple[str, str]:
    """The picture and the table of an entity's life."""
    results = list(tried(database))
    steps = [
        (state, each.end, each.move, note.strip())
        for each in results
        for state, _, note in [each.start.partition(",")]
        if not each.refused and each.end != state
    ]
    rows = [
        [start, *(f"`{each.end}`" if each.refused else each.end for each in of_start)]
        for start, of_start in groupby(results, key=lambda each: each.start)
    ]
    return drawn("The life of an entity", _OF_ENTITIES, _arrows(steps)), _table(["", *TRIED], rows)


def _arrows(steps: Iterable[tuple[str, str, str, str]]) -> Iterator[Arrow]:
    """One arrow for all moves that lead from one state to another, with what they have in common."""
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for start, end, move, note in steps:
        found.setdefault((start, end), []).append((move, note))
    for (start, end), moves in found.items():
        names = list(dict.fromkeys(move for move, _ in moves))
        notes = {note for _, note in moves}
        label = (", " if start == end else "\n").join(names)
        shared = "" if "" in notes else f"\n({', '.join(notes)})"
        yield Arrow(start, end, label + shared, bend=_BENDS.get((start, end), BEND))


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def pages(database: Database) -> dict[Path, str]:
    """What the files should hold: the pictures, and the pages with their tables."""
    made: dict[Path, str] = {}
    for name, (picture, table) in {"units": of_units(), "entities": of_entities(database)}.items():
        page = FOLDER / f"{name}.md"
        before, _, rest = page.read_text(encoding="utf-8").partition(_BEGIN)
        made[FOLDER / f"{name}.svg"] = picture
        made[page] = f"{before}{_BEGIN}\n\n{table}\n{_END}{rest.partition(_END)[2]}"
    return made


if __name__ == "__main__":
    for path, text in pages(MemoryDatabase(map_things())).items():
        path.write_text(text, encoding="utf-8")
