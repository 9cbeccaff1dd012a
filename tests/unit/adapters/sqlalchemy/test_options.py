"""What may be chosen of an engine, with its defaults, and what of it cannot be."""

import re
from typing import Any

import attrs
import pytest

from unitofwork import EngineOptions, Isolation


def test_the_defaults_are_those_that_the_docstring_states() -> None:
    assert attrs.asdict(EngineOptions()) == {
        "pool_size": 5,
        "max_overflow": 10,
        "pool_timeout": 10,
        "recycle": None,
        "ping_after": 30,
        "connect_timeout": 10,
        "lock_timeout": 5,
        "statement_timeout": None,
        "network_timeout": 300,
        "idle_in_transaction_timeout": None,
        "settle_commits": True,
        "isolation": Isolation.READ_COMMITTED,
    }
    for field in attrs.fields(EngineOptions):
        assert re.search(rf"^ +{field.name}: ", EngineOptions.__doc__ or "", re.MULTILINE)


@pytest.mark.parametrize("name", ["pool_size", "max_overflow", "pool_timeout", "lock_timeout", "ping_after"])
def test_a_negative_number_is_refused_by_name(name: str) -> None:
    wrong: dict[str, Any] = {name: -1}
    with pytest.raises(ValueError, match=name):
        EngineOptions(**wrong)


def test_options_are_values() -> None:
    assert EngineOptions() == EngineOptions()
    assert hash(EngineOptions(lock_timeout=1)) == hash(EngineOptions(lock_timeout=1))
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        EngineOptions().pool_size = 3  # type: ignore[misc]  # that is the mistake
