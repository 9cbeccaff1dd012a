"""Breaking the twin on purpose: each fault is there inside its block, and nowhere else."""

import sys
from types import ModuleType

import pytest

from properties.twin.faults import FAULTS, Fault

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


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_breaks_one_thing_and_mends_it(fault: Fault) -> None:
    before = _state()
    with fault.broken():
        during = _state()
    changed = [key for key in before if before[key] is not during[key]]
    assert len(changed) == 1
    after = _state()
    assert all(after[key] is before[key] for key in before)
