"""An observer that keeps what it is told."""

from threading import Lock

from unitofwork.domain.life_line import life_line, steps_line
from unitofwork.domain.observation import MOST_STEPS, Step, UnitBegun, UnitRecord


class RecordingObserver:
    """Keeps the lives of units of work, for tests and for pages that show them. Threads may share it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._open: dict[UnitBegun, list[Step]] = {}
        self._records: list[UnitRecord] = []

    @property
    def records(self) -> tuple[UnitRecord, ...]:
        """The units that have ended, in that order."""
        return tuple(self._records)

    @property
    def open(self) -> dict[UnitBegun, tuple[Step, ...]]:
        """The units that have not ended, with their steps up to now; the first ones, where there are very many."""
        with self._lock:
            return {unit: tuple(steps) for unit, steps in self._open.items()}

    @property
    def lines(self) -> tuple[str, ...]:
        """The lives as lines, such as ``begin > add User > flush > rollback``; those that have not ended come last."""
        return (*map(life_line, self.records), *map(steps_line, self.open.values()))

    def begun(self, unit: UnitBegun) -> None:
        """Keep that it has begun."""
        with self._lock:
            self._open[unit] = []

    def step(self, unit: UnitBegun, step: Step) -> None:
        """Keep a step of a unit that is open, unless there are very many."""
        with self._lock:
            if len(self._open[unit]) < MOST_STEPS:
                self._open[unit].append(step)

    def ended(self, record: UnitRecord) -> None:
        """Keep the whole life."""
        with self._lock:
            self._open.pop(record.begun, None)
            self._records.append(record)
