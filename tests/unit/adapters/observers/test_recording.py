"""What is told of units of work, kept."""

import pytest

from unit.adapters.observers.application import Accounts
from unitofwork import MemoryDatabase, RecordingObserver, observe
from unitofwork.adapters.observers import recording


def test_what_is_open_is_there_until_it_ends(database: MemoryDatabase) -> None:
    with observe(RecordingObserver()) as seen, Accounts(database) as uow:
        uow.users.count()
        ((unit, steps),) = seen.open.items()
        assert (unit.unit, [step.name for step in steps], seen.records) == ("Accounts", ["begin", "count"], ())
    assert (seen.open, [record.begun for record in seen.records]) == ({}, [unit])


def test_what_is_kept_of_a_unit_that_is_open_has_a_limit(
    database: MemoryDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "MOST_STEPS", 3)
    with observe(RecordingObserver()) as seen, Accounts(database) as uow:
        for _ in range(5):
            uow.users.count()
        assert seen.lines == ("begin > count User x2",)
