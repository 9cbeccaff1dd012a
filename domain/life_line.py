"""A unit's life as one line: ``begin > add User > flush > rollback``."""

from collections.abc import Iterable
from itertools import groupby

from unitofwork.domain.observation import Step, StepKind, UnitOutcome, UnitRecord

_SILENT = (UnitOutcome.COMMITTED, UnitOutcome.READ, UnitOutcome.ROLLED_BACK)
"""After these, closing tells nothing more."""


def life_line(record: UnitRecord) -> str:
    """The life of a unit that has ended."""
    words = lived_line(record)
    return words if record.outcome in _SILENT else f"{words} > {outcome_words(record)}"


def lived_line(record: UnitRecord) -> str:
    """The same, without its end."""
    words = steps_line(step for step in record.steps if step.kind is not StepKind.CLOSE)
    return f"{words} > ... {record.further_steps} more" if record.further_steps else words


def steps_line(steps: Iterable[Step]) -> str:
    """What was done so far; the same thing several times over is told once, with how often."""
    said = [(phrase, len(list(same))) for phrase, same in groupby(map(_phrase, steps))]
    return " > ".join(phrase if times == 1 else f"{phrase} x{times}" for phrase, times in said)


def outcome_words(record: UnitRecord) -> str:
    """What became of it, with the error, or else with what was left."""
    if record.error is not None:
        return f"{record.outcome.value} !{record.error}"
    return f"{record.outcome.value} ({record.left})" if record.left else record.outcome.value


def _phrase(step: Step) -> str:
    words = [step.name, *_about(step)]
    if step.error is not None:
        words.append(f"!{step.error}")
    return " ".join(words)


def _about(step: Step) -> list[str]:
    """The entities that it is about; or those that were changed and that no step before has told of."""
    if step.entity is not None:
        return [".".join((step.entity, *(step.attributes if len(step.attributes) == 1 else ())))]
    changed = [f"{each.changes.dirty} {each.entity}" for each in step.flushed if each.changes.dirty]
    return [f"({', '.join(changed)} changed)"] if changed else []
