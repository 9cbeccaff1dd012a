"""One record in the standard log for each unit of work."""

import logging

from unitofwork.domain.life_line import life_line, lived_line, outcome_words
from unitofwork.domain.observation import Step, UnitBegun, UnitOutcome, UnitRecord

LOGGER = logging.getLogger("unitofwork.units")
"""What the records are logged by."""

_QUIET = frozenset({UnitOutcome.COMMITTED, UnitOutcome.READ, UnitOutcome.ROLLED_BACK})


class LogUnits:
    """Logs each unit of work when it has ended: at INFO, or at WARNING where something was lost or may have been.

    The message is one line: the class, where it began, its life, statements, milliseconds and outcome. The same is in
    the record's attributes, all of which begin with ``unit_``, for logs that are searched by them.
    """

    def begun(self, unit: UnitBegun) -> None:
        """Wait for the end."""

    def step(self, unit: UnitBegun, step: Step) -> None:
        """Wait for the end."""

    def ended(self, record: UnitRecord) -> None:
        """Log it."""
        level = logging.INFO if record.outcome in _QUIET else logging.WARNING
        if LOGGER.isEnabledFor(level):
            LOGGER.log(level, _MESSAGE, *_told(record), extra=_fields(record))


_MESSAGE = "%s at %s %s: %s (%d statements, %.1f ms, of which %.1f ms in SQL)"


def _told(record: UnitRecord) -> tuple[object, ...]:
    begun, milliseconds = record.begun, 1000 * record.seconds
    words = outcome_words(record), lived_line(record)
    return begun.unit, begun.place, *words, record.statements, milliseconds, 1000 * record.sql_seconds


def _fields(record: UnitRecord) -> dict[str, object]:
    begun = record.begun
    return {
        "unit_class": begun.unit,
        "unit_file": begun.place.file,
        "unit_line": begun.place.line,
        "unit_worker": begun.worker,
        "unit_begun": begun.at.isoformat(),
        "unit_outcome": record.outcome.value,
        "unit_error": record.error,
        "unit_life": life_line(record),
        "unit_statements": record.statements,
        "unit_milliseconds": round(1000 * record.seconds, 3),
        "unit_sql_milliseconds": round(1000 * record.sql_seconds, 3),
        "unit_waiting_milliseconds": round(1000 * record.waiting_seconds, 3),
        "unit_left_new": record.left.new,
        "unit_left_changed": record.left.dirty,
        "unit_left_deleted": record.left.deleted,
    }
