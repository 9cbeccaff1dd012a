"""Two ways of doing the same, timed alternately in one process, with the statements that each sends.

A benchmark is a script that names its figures, each a context manager that yields a `Comparison`::

    sys.exit(main(__doc__, {"small unit, SQLite": small_unit_on_sqlite}))

Printed are the median of the ratios, and each side's median time and statements. A figure fails, and the script with
it, if its ratio is above its limit, or if the sides should have sent the same and did not.
"""

import argparse
import gc
import math
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager

import attrs
from sqlalchemy import Engine, event

from unitofwork import MemoryDatabase


def nothing() -> None:
    """What has to be done before most rounds."""


class NotMeasured(Exception):
    """What a figure needs is not here."""


@attrs.frozen
class Side:
    """One way of doing it.

    Attributes:
        name: as it is printed.
        work: one piece of work; what it returns is thrown away.
        engine: where its statements are counted. The engine that the work itself uses: what runs on the engine that
            this one was made of by ``execution_options`` is not seen. `Engine` itself is every engine. A twin tells
            what SQL would have needed; None is asked nothing.
        prepare: called before each round, and not timed.
    """

    name: str
    work: Callable[[], object]
    engine: Engine | type[Engine] | MemoryDatabase | None
    prepare: Callable[[], object] = nothing


@attrs.frozen
class Comparison:
    """What is measured.

    Attributes:
        ours: done by this library.
        plain: done without it.
        at_most: the ratio that is promised.
        pieces: how often the work is done in one round, so that a round lasts a few milliseconds at least.
        rounds: of each side; more of them make a steadier median.
        equal: whether both sides must send the same statements.
        in_order: whether they must send them in the same order, which tasks that run at once do not have.
        microseconds: the most that one piece of our work may take, where that itself is promised.
    """

    ours: Side
    plain: Side
    at_most: float
    pieces: int = 50
    rounds: int = 60
    equal: bool = True
    in_order: bool = True
    microseconds: float = math.inf


Figures = Mapping[str, Callable[[], AbstractContextManager[Comparison]]]
"""What a benchmark can measure, by name; nothing is set up before it is entered."""


def main(description: str | None, figures: Figures) -> int:
    """Measure, print, and judge; the exit status is 1 if a figure fails."""
    parser = argparse.ArgumentParser(description=(description or "").partition("\n")[0])
    parser.add_argument("--only", default="", help="measure the figures with this text in their names")
    parser.add_argument("--rounds", type=int, help="of each side, instead of each figure's own number")
    parser.add_argument("--at-most", type=float, help="the limit of every ratio, instead of each figure's own")
    options = parser.parse_args()
    failures: list[str] = []
    for name, figure in figures.items():
        if options.only in name:
            chosen = {"rounds": options.rounds, "at_most": options.at_most}
            try:
                with figure() as comparison:
                    comparison = attrs.evolve(comparison, **{key: value for key, value in chosen.items() if value})
                    failures += [f"{name}: {failure}" for failure in measure(name, comparison)]
            except NotMeasured as reason:
                print(f"{name}: not measured: {reason}", flush=True)
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures else 0


def measure(name: str, comparison: Comparison) -> list[str]:
    """Print a figure, and return how it fails."""
    ours, plain, pieces = comparison.ours, comparison.plain, comparison.pieces
    sent = {side.name: statements(side) for side in (ours, plain)}
    times = alternately(ours, plain, pieces, comparison.rounds)
    ratio = statistics.median(one / other for one, other in zip(times[ours.name], times[plain.name], strict=True))
    print(f"{name}: {ratio:.3f} x (at most {comparison.at_most:.3g})")
    for side in (ours, plain):
        each = statistics.median(times[side.name]) / pieces * 1e6
        print(f"  {side.name:20} {each:12,.{0 if each >= 100 else 1}f} us  {_listed(sent[side.name])}", flush=True)
    failures = [f"{ratio:.3f} is above {comparison.at_most:.3g}"] if ratio > comparison.at_most else []
    ours_took = statistics.median(times[ours.name]) / pieces * 1e6
    if ours_took > comparison.microseconds:
        failures.append(f"{ours_took:.0f} us is above {comparison.microseconds:g} us")
    one, other = sent[ours.name], sent[plain.name]
    same = one == other if comparison.in_order else sorted(one) == sorted(other)
    return failures + (["the statements differ"] if comparison.equal and not same else [])


def statements(side: Side) -> list[str]:
    """What one piece of work sends, first words only; of a driver that begins by itself, BEGIN is not seen."""
    side.prepare()
    if side.engine is None:
        return []
    if isinstance(side.engine, MemoryDatabase):
        with side.engine.counting() as sent:
            side.work()
        return [_first_words(statement) for statement in sent]
    return _sent(side.work, side.engine)


def _sent(work: Callable[[], object], engine: Engine | type[Engine]) -> list[str]:
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(_first_words(statement))

    def note_commit(_connection: object) -> None:
        sent.append("COMMIT")

    def note_rollback(_connection: object) -> None:
        sent.append("ROLLBACK")

    listeners = (("before_cursor_execute", note), ("commit", note_commit), ("rollback", note_rollback))
    for name, listener in listeners:
        event.listen(engine, name, listener)
    try:
        work()
    finally:
        for name, listener in listeners:
            event.remove(engine, name, listener)
    return sent


def _first_words(statement: str) -> str:
    return " ".join(statement.split()[:2])


def alternately(ours: Side, plain: Side, pieces: int, rounds: int) -> dict[str, list[float]]:
    """The seconds of each round, by side: timed in turn, who is first changing, without the garbage collector."""
    times: dict[str, list[float]] = {ours.name: [], plain.name: []}
    for side in (ours, plain):
        seconds(side, pieces)  # whatever the first round alone costs
    gc.disable()
    try:
        for number in range(rounds):
            for side in (ours, plain) if number % 2 else (plain, ours):
                times[side.name].append(seconds(side, pieces))
            gc.collect()
    finally:
        gc.enable()
    return times


def seconds(side: Side, pieces: int) -> float:
    """How long one round takes."""
    side.prepare()
    work = side.work
    start = time.perf_counter()
    for _ in range(pieces):
        work()
    return time.perf_counter() - start


def _listed(sent: list[str]) -> str:
    shown = ", ".join(sent[:6]) + (", ..." if len(sent) > 6 else "")
    return f"{len(sent)} statements: {shown}"
