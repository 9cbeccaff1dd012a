"""Breaking the twin on purpose: each fault is there inside its block, and nowhere else, and histories find it.

Some of them here, all of them by `make faults`.
"""

import gc
import sys
from collections.abc import Iterator, Sequence
from types import ModuleType

import pytest

from properties.twin.faults import FAULTS, Fault, Traces, first_found
from properties.twin.operations import History
from properties.twin.proof import random_histories
from properties.twin.sides import opened, side
from servers.plugin import running

_MEMORY = "unitofwork.adapters.memory"
_TABLES = (f"{_MEMORY}.store.referential_actions.ACTIONS", f"{_MEMORY}.questions.comparing._TESTS")
"""The dictionaries that faults are put into."""


def _state() -> dict[tuple[str, object], object]:
    """What the twin's modules and classes consist of."""
    found: dict[tuple[str, object], object] = {}
    for name, module in list(sys.modules.items()):
        if name.startswith(_MEMORY):
            found |= {(name, key): value for key, value in vars(module).items()}
            for owner in _classes(module):
                found |= {(f"{name}.{owner.__name__}", key): value for key, value in vars(owner).items()}
    for place in _TABLES:
        where, name = place.rsplit(".", 1)
        found |= {(place, key): value for key, value in vars(sys.modules[where])[name].items()}
    return found


def _classes(module: ModuleType) -> list[type]:
    return [each for each in vars(module).values() if isinstance(each, type) and each.__module__ == module.__name__]


@pytest.fixture(scope="module")
def histories() -> Sequence[History]:
    """Too few to find every fault, but some."""
    return [history for _, history in random_histories(5, 60, seed=0)]


@pytest.fixture(scope="module")
def expected(histories: Sequence[History]) -> Iterator[Traces]:
    """What comes of them where nothing is broken."""
    with opened(running("postgresql").create_database()) as other:
        yield Traces(histories, other)


@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    "name",
    [
        "NULLs in a unique key are equal",
        "a row may refer to none",
        "rows are seen before they are committed",
    ],
)
def test_histories_find_faults(name: str, histories: Sequence[History], expected: Traces) -> None:
    fault = next(each for each in FAULTS if each.name == name)
    found = first_found(fault, lambda: side("memory"), histories, expected)
    gc.collect()  # here, since units of a broken twin may not even close
    assert found is not None


@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")
def test_what_differs_without_a_fault_does_not_find_it(histories: Sequence[History]) -> None:
    nonsense = [(0,) * (len(history) + 1) for history in histories]
    assert first_found(FAULTS[0], lambda: side("memory"), histories, nonsense) is None


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_breaks_one_thing_and_mends_it(fault: Fault) -> None:
    before = _state()
    with fault.broken():
        during = _state()
    changed = [key for key in before if before[key] is not during[key]]
    assert len(changed) == 1
    after = _state()
    assert all(after[key] is before[key] for key in before)
