"""What is kept of many units of work: few of them, and the truth about all."""

from collections import Counter

import pytest

from unit.entrypoints.trace.lived import committed, found, lived
from unitofwork.domain.observation import Changes, Step, UnitOutcome, UnitRecord
from unitofwork.entrypoints.trace.findings import EXAMPLES
from unitofwork.entrypoints.trace.keeping import MOST_STEPS, MOST_UNITS, Keeper, Traced

GOOD = lived(committed())
LOST = lived(outcome=UnitOutcome.LEFT, left=Changes(new=2))


def kept(*records: UnitRecord, at_end: bool = False) -> Traced:
    keeper = Keeper()
    for record in records:
        keeper.begun(record.begun)
        keeper.ended(record)
    return keeper.traced("shop.py", at_end=at_end)


def alike(record: UnitRecord, number: int) -> list[UnitRecord]:
    return [lived(*record.steps, outcome=record.outcome, left=record.left, started=float(at)) for at in range(number)]


def test_all_are_counted_and_the_first_are_kept() -> None:
    traced = kept(*alike(GOOD, MOST_UNITS + 50))
    assert (traced.total, len(traced.units)) == (MOST_UNITS + 50, MOST_UNITS)
    assert traced.outcomes == Counter({UnitOutcome.COMMITTED: MOST_UNITS + 50})
    assert traced.statements == MOST_UNITS + 50


def test_examples_of_each_finding_are_kept_however_late_they_come() -> None:
    traced = kept(*alike(GOOD, MOST_UNITS), *alike(LOST, 10))
    (finding,) = traced.findings
    assert finding.units == 10
    assert finding.examples == tuple(range(MOST_UNITS + 1, MOST_UNITS + 1 + EXAMPLES))
    assert {unit.number for unit in traced.units} >= set(finding.examples)
    assert len(traced.units) == MOST_UNITS + EXAMPLES


def test_the_worst_of_the_same_findings_is_told() -> None:
    traced = kept(*(lived(outcome=UnitOutcome.LEFT, left=Changes(new=number)) for number in (1, 7, 3)))
    (finding,) = traced.findings
    assert str(finding.verdict) == "7 entities changed, never committed (service.py:41)"


@pytest.mark.parametrize(("at_end", "outcome"), [(False, UnitOutcome.OPEN), (True, UnitOutcome.NEVER_CLOSED)])
def test_units_that_are_open_are_shown_as_they_are_and_go_on(at_end: bool, outcome: UnitOutcome) -> None:
    keeper = Keeper()
    keeper.begun(GOOD.begun)
    keeper.step(GOOD.begun, found(3))
    (unit,) = keeper.traced("shop.py", at_end=at_end).units
    assert (unit.record.outcome, unit.record.statements, len(unit.record.steps)) == (outcome, 1, 1)
    keeper.ended(GOOD)
    after = keeper.traced("shop.py")
    assert after.outcomes == Counter({UnitOutcome.COMMITTED: 1})
    assert after.findings == ()


def test_a_unit_that_never_ends_takes_no_more_room() -> None:
    keeper = Keeper()
    keeper.begun(GOOD.begun)
    step: Step = found(3)
    for _ in range(MOST_STEPS + 5):
        keeper.step(GOOD.begun, step)
    (unit,) = keeper.traced("shop.py").units
    assert (len(unit.record.steps), unit.record.further_steps) == (MOST_STEPS, 5)


def test_the_running_test_is_told_without_its_parameters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_CURRENT_TEST", "tests/test_x.py::test_y[hunter2 (call)] (call)")
    (unit,) = kept(GOOD).units
    assert unit.within == "tests/test_x.py::test_y"
