"""A unit's life as one line."""

from datetime import UTC, datetime

import pytest

from unitofwork.domain.life_line import life_line, lived_line, outcome_words, steps_line
from unitofwork.domain.observation import Changes, Flushed, Place, Step, StepKind, UnitBegun, UnitOutcome, UnitRecord

BEGIN = Step(StepKind.BEGIN, "begin", 0.0, 0.0)
ADD = Step(StepKind.CHANGE, "add", 0.0, 0.1, "User", count=1)
COMMIT = Step(StepKind.COMMIT, "commit", 0.0, 0.1)
CLOSE = Step(StepKind.CLOSE, "close", 0.0, 0.1)
NOTHING = Changes()
CHANGED_TEAM = Flushed("Team", Changes(dirty=1))
BEGUN = UnitBegun("Accounts", Place("/srv/service.py", 41), "MainThread", datetime(2026, 1, 1, tzinfo=UTC), 0.0)


def ended(*steps: Step, outcome: UnitOutcome, left: Changes = NOTHING, error: str | None = None) -> UnitRecord:
    return UnitRecord(BEGUN, outcome, 1.0, (BEGIN, *steps, CLOSE), left, error)


@pytest.mark.parametrize(
    ("steps", "line"),
    [
        ([BEGIN, ADD, COMMIT], "begin > add User > commit"),
        ([BEGIN, ADD, ADD, ADD, COMMIT, ADD], "begin > add User x3 > commit > add User"),
        ([Step(StepKind.LOAD, "load", 0, 0, "User", ("addresses",))], "load User.addresses"),
        ([Step(StepKind.LOAD, "load", 0, 0, "User", ("age", "name"))], "load User"),
        ([Step(StepKind.FLUSH, "flush", 0, 0, flushed=(Flushed("User", Changes(new=1)),))], "flush"),
        (
            [
                Step(
                    StepKind.FLUSH,
                    "flush",
                    0,
                    0,
                    flushed=(Flushed("User", Changes(1, 2)), Flushed("Team", Changes(0, 1))),
                )
            ],
            "flush (2 User, 1 Team changed)",
        ),
        ([Step(StepKind.FLUSH, "flush", 0, 0, error="Conflict")], "flush !Conflict"),
    ],
)
def test_each_step_is_told(steps: list[Step], line: str) -> None:
    assert steps_line(steps) == line


@pytest.mark.parametrize(
    ("record", "line"),
    [
        (ended(COMMIT, outcome=UnitOutcome.COMMITTED), "begin > commit"),
        (ended(outcome=UnitOutcome.READ), "begin"),
        (ended(ADD, outcome=UnitOutcome.LEFT, left=Changes(1)), "begin > add User > left without commit (1 new)"),
        (ended(outcome=UnitOutcome.FAILED, error="KeyError"), "begin > failed !KeyError"),
        (ended(outcome=UnitOutcome.NEVER_CLOSED), "begin > never closed"),
    ],
)
def test_the_end_is_told_where_no_step_does(record: UnitRecord, line: str) -> None:
    assert life_line(record) == line


def test_what_became_of_it_alone() -> None:
    record = ended(ADD, outcome=UnitOutcome.LEFT, left=Changes(1, 2, 3))
    assert lived_line(record) == "begin > add User"
    assert outcome_words(record) == "left without commit (1 new, 2 changed, 3 deleted)"


def test_a_place_is_short() -> None:
    assert str(BEGUN.place) == "service.py:41"
