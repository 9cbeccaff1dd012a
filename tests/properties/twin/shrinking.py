"""The shortest history found that still fails: leave out ever smaller parts, until nothing more can be left out."""

from collections.abc import Callable

from properties.twin.operations import History, Operation


def shortened(history: History, fails: Callable[[History], bool]) -> list[Operation]:
    """The history without what it does not need to fail."""
    kept = list(history)
    size = max(1, len(kept) // 2)
    while True:
        place, left_out = 0, False
        while place < len(kept):
            without = [*kept[:place], *kept[place + size :]]
            if fails(without):
                kept, left_out = without, True
            else:
                place += size
        if size == 1 and not left_out:
            return kept
        size = max(1, size // 2)
