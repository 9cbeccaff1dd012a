"""Compare two databases by many random histories: ``python -m properties.twin.proof --help``."""

import argparse
import gc
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from random import Random

import attrs

from properties.twin.comparing import Difference, Tally, compared
from properties.twin.generator import random_history
from properties.twin.known import KNOWN
from properties.twin.operations import History, from_json, to_json
from properties.twin.shrinking import shortened
from properties.twin.sides import SIDES, Side, side

EVERY = 100
"""After how many histories it is told how far the comparison has come."""


@attrs.frozen
class Found:
    """A difference, and the shortest history that was found to lead to it."""

    number: int
    history: History
    difference: Difference


def random_histories(histories: int, operations: int, seed: int) -> Iterator[tuple[int, History]]:
    """So many histories, each with its number: the same for the same seed, whatever came before."""
    for number in range(histories):
        yield number, random_history(Random(f"{seed}/{number}"), operations)


@attrs.define
class Search:
    """A comparison of two sides by one history after the other, and what it has found so far."""

    one: Side
    other: Side
    tally: Tally = attrs.field(factory=Tally)
    found: list[Found] = attrs.field(factory=list[Found])
    _started: float = attrs.field(factory=time.monotonic)

    def through(self, histories: Iterable[tuple[int, History]], most: int) -> Iterator[str]:
        """Compare until the histories end or so many differences are found, and tell of it meanwhile."""
        for number, history in histories:
            difference = compared(history, self.one, self.other, self.tally)
            if difference is not None:
                self.found.append(shortest(number, history, difference, self.one, self.other))
                yield f"\n{as_test(self.found[-1])}"
            if self.tally.histories % EVERY == 0:
                yield self.progress()
            if len(self.found) == most:
                return

    def progress(self) -> str:
        """How far it has come."""
        seconds = time.monotonic() - self._started
        done, operations = self.tally.histories, self.tally.operations.total()
        return (
            f"{done} histories, {operations} operations, {len(self.found)} differences,"
            f" {self.tally.known.total()} known ones, {seconds:.0f} s, {done / seconds:.1f} histories/s"
        )

    def report(self) -> Iterator[str]:
        """All that was done, and what came of it."""
        yield self.progress()
        yield f"operations: {_counts(self.tally.operations)}"
        yield f"of these without anything to be done to: {_counts(self.tally.skipped)}"
        yield f"errors: {_counts(self.tally.errors)}"
        yield "known differences, each ends its history:"
        for known in KNOWN:
            yield f"  {self.tally.known[known.name]} × {known.name}: {known.why}"
        numbers = ", ".join(str(each.number) for each in self.found)
        yield f"differences: {len(self.found)}" + (f", in the histories {numbers}" if numbers else "")


def shortest(number: int, history: History, difference: Difference, one: Side, other: Side) -> Found:
    """The difference that a history leads to, at its shortest; as it was if chance has a part in it."""
    differs = partial(compared, one=one, other=other)
    short = shortened(history, lambda each: differs(each) is not None)
    again = differs(short)
    return Found(number, history, difference) if again is None else Found(number, short, again)


def as_test(found: Found) -> str:
    """A ready-made test."""
    history = to_json(found.history).replace("\n", "\n    ")
    return (
        f"# {str(found.difference).replace(chr(10), chr(10) + '# ')}\n"
        f"def test_history_{found.number}(sides: Sides) -> None:\n"
        f"    assert compared(from_json(r'''{history}'''), *sides) is None\n"
    )


def _counts(counter: "Counter[str]") -> str:
    return ", ".join(f"{name} {count}" for name, count in counter.most_common()) or "none"


def main() -> int:
    """Run the proof."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--histories", type=int, default=1000, help="how many (1000)")
    parser.add_argument("--operations", type=int, default=60, help="of each history (60)")
    parser.add_argument("--seed", type=int, default=0, help="other seeds give other histories (0)")
    parser.add_argument("--side", choices=SIDES, default="memory", help="what is compared")
    parser.add_argument("--against", choices=SIDES, default="postgresql", help="with what")
    parser.add_argument("--differences", type=int, default=5, help="after how many it stops (5)")
    parser.add_argument("--only", type=int, help="the number of the one history to run")
    parser.add_argument("--replay", type=Path, help="a file with a history as JSON, to be run instead")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")  # SQLAlchemy's, of what histories do
    if arguments.replay is not None:
        histories: Iterator[tuple[int, History]] = iter([(0, from_json(arguments.replay.read_text()))])
    else:
        histories = random_histories(arguments.histories, arguments.operations, arguments.seed)
    if arguments.only is not None:
        histories = (each for each in histories if each[0] == arguments.only)
    with ExitStack() as stack:
        one, other = (stack.enter_context(side(name)) for name in (arguments.side, arguments.against))
        gc.collect()
        gc.freeze()  # the collections that histories ask for then look at little else than entities
        search = Search(one, other)
        with suppress(KeyboardInterrupt):
            for line in search.through(histories, arguments.differences):
                print(line, flush=True)
        for line in search.report():
            print(line)
    return 1 if search.found else 0


if __name__ == "__main__":
    sys.exit(main())
