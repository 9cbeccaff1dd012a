"""What became of a unit: decided from how its last transaction ended, what is left, and what went wrong."""

import pytest

from unitofwork import UnitOutcome
from unitofwork.domain.errors import CommitOutcomeUnknown, Conflict
from unitofwork.domain.observation import Changes
from unitofwork.service_layer.observing.balance import Balance, outcome_of

COMMITTED, READ, ROLLED_BACK = UnitOutcome.COMMITTED, UnitOutcome.READ, UnitOutcome.ROLLED_BACK
LEFT, FAILED, UNKNOWN = UnitOutcome.LEFT, UnitOutcome.FAILED, UnitOutcome.UNKNOWN

SOMETHING, NOTHING = Changes(new=1), Changes()


@pytest.mark.parametrize(
    ("ended", "left", "failed", "outcome"),
    [
        (None, NOTHING, False, READ),
        (None, SOMETHING, False, LEFT),
        (None, NOTHING, True, FAILED),
        (None, SOMETHING, True, FAILED),
        (COMMITTED, NOTHING, False, COMMITTED),
        (COMMITTED, SOMETHING, False, LEFT),
        (COMMITTED, NOTHING, True, COMMITTED),
        (COMMITTED, SOMETHING, True, FAILED),
        (ROLLED_BACK, NOTHING, False, ROLLED_BACK),
        (ROLLED_BACK, SOMETHING, False, LEFT),
        (ROLLED_BACK, NOTHING, True, FAILED),
        (FAILED, NOTHING, False, FAILED),
        (UNKNOWN, SOMETHING, True, UNKNOWN),
    ],
)
def test_the_outcome(ended: UnitOutcome | None, left: Changes, failed: bool, outcome: UnitOutcome) -> None:
    assert outcome_of(ended, left, failed=failed, dropped=False) is outcome
    assert outcome_of(ended, left, failed=failed, dropped=True) is UnitOutcome.NEVER_CLOSED


def test_what_is_open_ends_with_its_transaction() -> None:
    balance = Balance()
    balance.open += SOMETHING
    balance.not_committed(Conflict(""))
    assert (balance.open, balance.ended) == (SOMETHING, FAILED)
    balance.rolled_back()
    assert (balance.open, balance.ended) == (NOTHING, ROLLED_BACK)
    balance.open += SOMETHING
    balance.committed()
    assert (balance.open, balance.ended) == (NOTHING, COMMITTED)
    balance.not_committed(CommitOutcomeUnknown(""))
    assert balance.ended is UNKNOWN
