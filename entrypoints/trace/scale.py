"""Where on a time line moments are: in proportion, but for pauses in which no unit is open, which are cut short."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

import attrs

LONGEST_PAUSE = 0.04
"""The part of the busy time that a pause is drawn as, at the most."""

ALL_PAUSES = 0.3
"""The part of the busy time that all pauses are drawn as together, at the most."""

_STEPS = (1.0, 2.0, 5.0)
_SHORTEST = 1e-9


@attrs.frozen
class Stretch:
    """A stretch of time, and where on the line it is drawn; the line is from 0 to 1.

    Attributes:
        start: in seconds, as are all times.
        end: not before it.
        left: where it is drawn.
        width: how wide.
        cut: whether it is a pause that is drawn shorter than the rest.
    """

    start: float
    end: float
    left: float
    width: float
    cut: bool = False

    def at(self, moment: float) -> float:
        """Where a moment of it is drawn."""
        return self.left + self.width * (moment - self.start) / max(self.end - self.start, _SHORTEST)


@attrs.frozen
class Scale:
    """A time line, which consists of stretches."""

    stretches: tuple[Stretch, ...]

    def at(self, moment: float) -> float:
        """Where a moment is drawn, from 0 to 1."""
        place = bisect_right(self.stretches, moment, key=lambda stretch: stretch.start)
        return min(1.0, max(0.0, self.stretches[max(0, place - 1)].at(moment)))

    @property
    def cuts(self) -> tuple[Stretch, ...]:
        """The pauses that are cut short."""
        return tuple(stretch for stretch in self.stretches if stretch.cut)

    def ticks(self, about: int, apart: float) -> Iterator[tuple[float, float]]:
        """Round moments since the beginning, and where each is drawn.

        Args:
            about: how many there would be on a line without pauses.
            apart: how far they are from one another, at the least.
        """
        start = self.stretches[0].start
        busy = [stretch for stretch in self.stretches if not stretch.cut]
        step = round_step(sum(stretch.end - stretch.start for stretch in busy) / about)
        last = -apart
        for stretch in busy:
            count = -int(-(stretch.start - start) // step)
            while (moment := start + count * step) <= stretch.end:
                if (left := stretch.at(moment)) - last >= apart:
                    last = left
                    yield count * step, left
                count += 1


def scale_of(spans: Iterable[tuple[float, float]]) -> Scale:
    """The time line on which all these spans, from their start to their end, can be drawn."""
    busy = list(_joined(sorted(spans))) or [(0.0, _SHORTEST)]
    whole = max(sum(end - start for start, end in busy), _SHORTEST)
    longest = min(LONGEST_PAUSE, ALL_PAUSES / len(busy)) * whole
    pieces = list(_with_pauses(busy, longest))
    drawn = max(sum(width for _, _, width, _ in pieces), _SHORTEST)
    stretches: list[Stretch] = []
    left = 0.0
    for start, end, width, cut in pieces:
        stretches.append(Stretch(start, end, left, width / drawn, cut))
        left += width / drawn
    return Scale(tuple(stretches))


def _joined(spans: Sequence[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """Those that touch made one."""
    if not spans:
        return
    from_, to = spans[0]
    for start, end in spans[1:]:
        if start > to:
            yield from_, to
            from_, to = start, end
        to = max(to, end)
    yield from_, to


def _with_pauses(busy: Sequence[tuple[float, float]], longest: float) -> Iterator[tuple[float, float, float, bool]]:
    """The spans and what is between them, each with how wide it is drawn, and whether that is less than it is."""
    before: float | None = None
    for start, end in busy:
        if before is not None:
            yield before, start, min(start - before, longest), start - before > longest
        yield start, end, end - start, False
        before = end


def round_step(seconds: float) -> float:
    """The next round number of seconds: 1, 2 or 5 of some decimal place."""
    power = 1e-6
    while power * 10 <= seconds:
        power *= 10
    return next((step * power for step in _STEPS if step * power >= seconds), 10 * power)
