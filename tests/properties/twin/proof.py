"""Compare two databases by many random histories: ``python -m properties.twin.proof --help``."""

import argparse
import gc
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
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


def search(histories: Iterator[tuple[int, History]], one: Side, other: Side, tally: Tally, most: int) -> list[Found]:
    """Compare two sides, until the histories end or so many differences are found."""
    found: list[Found] = []
    for number, history in histories:
        if compared(history, one, other, tally) is not None:
            found.append(shortest(number, history, one, other))
            if len(found) == most:
                break
    return found


def shortest(number: int, history: History, one: Side, other: Side) -> Found:
    """The difference that a history leads to, at its shortest."""
    differs = partial(compared, one=one, other=other)
    short = shortened(history, lambda each: differs(each) is not None)
    difference = differs(short)
    if difference is None:  # chance has a part in it
        short, difference = list(history), differs(history)
    return Found(number, short, difference or Difference(0, None, (("it did not happen again", None, None),)))


def as_test(found: Found) -> str:
    """A ready-made test."""
    history = to_json(found.history).replace("\n", "\n    ")
    return (
        f"# {str(found.difference).replace(chr(10), chr(10) + '# ')}\n"
        f"def test_history_{found.number}(sides: Sides) -> None:\n"
        f"    assert compared(from_json(r'''{history}'''), *sides) is None\n"
    )


def report(tally: Tally, found: list[Found], seconds: float) -> Iterator[str]:
    """What was done, and what was found."""
    total = tally.operations.total()
    yield f"{tally.histories} histories, {total} operations, {seconds:.0f} s"
    yield f"operations: {_counts(tally.operations)}"
    yield f"of these without anything to be done to: {_counts(tally.skipped)}"
    yield f"errors: {_counts(tally.errors)}"
    yield "known differences, each ends its history:"
    for known in KNOWN:
        yield f"  {tally.known[known.name]} × {known.name}: {known.why}"
    yield f"differences: {len(found)}"
    for each in found:
        yield f"\n{as_test(each)}"


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
    tally = Tally()
    with ExitStack() as stack:
        one, other = (stack.enter_context(side(name)) for name in (arguments.side, arguments.against))
        gc.collect()
        gc.freeze()  # the collections that histories ask for then look at little else than entities
        start = time.monotonic()
        found = search(histories, one, other, tally, arguments.differences)
    for line in report(tally, found, time.monotonic() - start):
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
