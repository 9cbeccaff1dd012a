"""A bank, the handlers of its commands, and both buses."""

from collections.abc import Iterator

import pytest

from unit.service_layer.bank import Account, Bank, Move, Open, move, opened
from unit.service_layer.message_bus.buses import NewBus, awaited, plain
from unitofwork import Handlers, MemoryDatabase


@pytest.fixture
def database() -> Iterator[MemoryDatabase]:
    database = opened()
    yield database
    assert database.checked_out == 0, "a unit was not closed"


@pytest.fixture
def handlers() -> Handlers:
    """Those of the two commands."""
    handlers = Handlers()

    @handlers.command
    def give(command: Move, uow: Bank) -> int:
        return move(uow, command.amount)

    @handlers.command
    def open_account(command: Open, uow: Bank) -> None:
        uow.accounts.add(Account(command.name))

    return handlers


@pytest.fixture(params=[plain, awaited], ids=lambda made: made.__name__)
def new_bus(request: pytest.FixtureRequest) -> NewBus:
    """Both buses give plain functions the same."""
    chosen: NewBus = request.param
    return chosen
