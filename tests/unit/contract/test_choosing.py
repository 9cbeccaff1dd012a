"""Who runs the contract names the adapter that it judges."""

from typing import Any, cast

import pytest

from contract import embedded
from contract.adapters import Adapter
from contract.choosing import DEFAULT, adapters


class Config:
    """What is asked of pytest's configuration."""

    def __init__(self, *names: str) -> None:
        self.names = list(names)
        self.stash = pytest.Stash()

    def getoption(self, _name: str, default: object) -> object:
        return self.names or default


def chosen(config: Config) -> list[Adapter]:
    return adapters(cast(Any, config))


def test_one_or_several_adapters_are_named() -> None:
    config = Config("contract.embedded:MEMORY", "contract.embedded:EMBEDDED")
    assert chosen(config) == [embedded.MEMORY, *embedded.EMBEDDED]
    assert chosen(config) is chosen(config)


def test_a_suite_may_have_a_default() -> None:
    config = Config()
    config.stash[DEFAULT] = ["contract.embedded:MEMORY"]
    assert chosen(config) == [embedded.MEMORY]


@pytest.mark.parametrize(
    ("names", "text"),
    [
        ([], r"name yours by --uow-adapter=mymodule:adapter"),
        (["nowhere:adapter"], r"--uow-adapter=nowhere:adapter: No module named 'nowhere'"),
        (["contract.embedded:MINE"], r"--uow-adapter=contract.embedded:MINE: module .* has no attribute 'MINE'"),
        (["contract.embedded"], r"contract.embedded is no Adapter of unitofwork.contract.adapters, nor several"),
        (["contract.embedded:SQL"], r"contract.embedded:SQL is no Adapter"),
    ],
)
def test_a_name_that_leads_to_no_adapter_is_refused(names: list[str], text: str) -> None:
    with pytest.raises(pytest.UsageError, match=text):
        chosen(Config(*names))


def test_a_capability_that_no_test_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="no such capability: savepoint; there are savepoints"):
        Adapter("mine", embedded.MEMORY.open, frozenset({"savepoint"}))
