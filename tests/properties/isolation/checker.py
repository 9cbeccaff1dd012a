"""Finds what cannot have happened if transactions ran one after the other, whichever came first.

A list shows the order of its writers, and a read of it who came before the reader and who after. All of that together
must have no cycle. The method is that of Elle (Kingsbury and Alvaro, VLDB 2020), for the one kind of object that it
reads best.
"""

from collections import defaultdict
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import TypeVar

from properties.isolation.history import Append, History, Operation, Read

Kind = TypeVar("Kind", Append, Read)


def anomalies(history: History) -> list[str]:
    """What is wrong with a history; empty if some order of its transactions explains it."""
    return [*_appends(history), *_reads(history), *_cycle(history)]


def lost_appends(history: History) -> list[int]:
    """The values that were appended, committed, and are not there."""
    there = {value for values in history.final.values() for value in values}
    return [each.value for each in _all(history, Append) if each.value not in there]


def _appends(history: History) -> Iterator[str]:
    for value in lost_appends(history):
        yield f"the append of {value} was lost"
    for key, values in history.final.items():
        if len(set(values)) != len(values):
            yield f"list {key} has a value twice"
        for value in history.undone.intersection(values):
            yield f"list {key} has {value}, which was undone"


def _reads(history: History) -> Iterator[str]:
    for read in _all(history, Read):
        final = history.final[read.key]
        if read.values != final[: len(read.values)]:
            yield f"list {read.key} was read as {read.values}, which it never was on its way to {final}"


def _cycle(history: History) -> Iterator[str]:
    try:
        TopologicalSorter(_came_before(history)).prepare()
    except CycleError as error:
        yield f"transactions came before themselves: {error.args[1]}"


def _came_before(history: History) -> dict[int, set[int]]:
    """For each transaction, by its place in the history, those that must have come before it."""
    before: dict[int, set[int]] = defaultdict(set)
    writers = {each.value: place for place, done in enumerate(history.committed) for each in _of(done, Append)}

    def order(first: int | None, second: int | None) -> None:
        if first is not None and second is not None and first != second:
            before[second].add(first)

    for values in history.final.values():
        for one, following in pairwise(values):
            order(writers.get(one), writers.get(following))
    for place, done in enumerate(history.committed):
        own = {each.value for each in _of(done, Append)}
        for read in _of(done, Read):
            others = [value for value in read.values if value not in own]
            unseen = [value for value in history.final[read.key][len(others) :] if value not in own]
            if others:
                order(writers.get(others[-1]), place)
            if unseen:
                order(place, writers.get(unseen[0]))
    return before


def _all(history: History, kind: type[Kind]) -> list[Kind]:
    return [each for done in history.committed for each in _of(done, kind)]


def _of(done: tuple[Operation, ...], kind: type[Kind]) -> list[Kind]:
    return [each for each in done if isinstance(each, kind)]
