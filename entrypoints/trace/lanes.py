"""Which units share a lane of the time line, as those of a thread do, and which a row: those that do not overlap."""

import re
from collections.abc import Callable, Iterable, Sequence

import attrs

from unitofwork.entrypoints.trace.keeping import TracedUnit

MOST_LANES = 12
"""More threads and tasks than these share lanes by their names without numbers, such as ``Task``."""

MOST_ROWS = 40
"""Of a lane; what is beyond them is drawn in the last one."""

_NUMBER = re.compile(r"[-_ ]*\d+$")

OTHERS = "others"


@attrs.frozen
class Lane:
    """The units of a thread or a task, or of all that are called alike, in rows."""

    name: str
    rows: tuple[tuple[TracedUnit, ...], ...]


def lanes_of(units: Sequence[TracedUnit], span: Callable[[TracedUnit], tuple[float, float]]) -> tuple[Lane, ...]:
    """The lanes, in the order in which they are first used.

    Args:
        units: in the order in which they began.
        span: from where to where each is drawn.
    """
    name_of = _names({unit.record.begun.worker for unit in units})
    lanes: dict[str, list[TracedUnit]] = {}
    for unit in units:
        lanes.setdefault(name_of(unit.record.begun.worker), []).append(unit)
    return tuple(Lane(name, _rows(members, span)) for name, members in lanes.items())


def _names(workers: Iterable[str]) -> Callable[[str], str]:
    """What the lane of each is called."""
    by_worker = {worker: worker for worker in workers}
    if len(by_worker) > MOST_LANES:
        by_worker = {worker: _NUMBER.sub("", worker) or worker for worker in by_worker}
    kept = sorted(set(by_worker.values()))
    if len(kept) > MOST_LANES:
        kept = kept[: MOST_LANES - 1]
    return lambda worker: by_worker[worker] if by_worker[worker] in kept else OTHERS


def _rows(
    units: Iterable[TracedUnit], span: Callable[[TracedUnit], tuple[float, float]]
) -> tuple[tuple[TracedUnit, ...], ...]:
    rows: list[list[TracedUnit]] = []
    ends: list[float] = []
    for unit in units:
        start, end = span(unit)
        row = next((row for row, until in enumerate(ends) if until <= start), None)
        if row is None and len(rows) < MOST_ROWS:
            row = len(rows)
            rows.append([])
            ends.append(0.0)
        row = MOST_ROWS - 1 if row is None else row
        rows[row].append(unit)
        ends[row] = max(ends[row], end)
    return tuple(map(tuple, rows))
