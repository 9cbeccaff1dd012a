"""Commands: a fresh unit for each, one commit, and what became of its handler's error."""

from functools import partial

import pytest

from unit.service_layer.bank import Bank, Deposited, Move, Open, Withdrawn, balances, move
from unit.service_layer.message_bus.buses import Broken, NewBus
from unitofwork import Event, Handlers, MemoryDatabase
from unitofwork.domain.errors import HandlerError, UniqueViolation, UnitOfWorkError


def test_a_command_is_answered_and_kept(database: MemoryDatabase, handlers: Handlers, new_bus: NewBus) -> None:
    bus = new_bus(database, handlers)
    answer: int = bus.handle(Move(10))
    assert answer == 90
    assert balances(database) == {"sandy": 90, "patrick": 10}


def test_each_command_has_a_unit_of_its_own_which_is_closed(database: MemoryDatabase, new_bus: NewBus) -> None:
    handlers, units = Handlers(), list[Bank]()

    @handlers.command
    def give(command: Move, uow: Bank) -> int:
        units.append(uow)
        return move(uow, command.amount)

    bus = new_bus(database, handlers)
    bus.handle(Move(10))
    bus.handle(Move(10))
    first, second = units
    assert first is not second
    assert repr(first) == repr(second) == "<Bank, closed>"


def test_what_a_commands_handler_raises_keeps_all_of_it_away(database: MemoryDatabase, new_bus: NewBus) -> None:
    handlers = Handlers()

    @handlers.command
    def give(command: Move, uow: Bank) -> int:
        move(uow, command.amount)
        raise Broken

    with pytest.raises(Broken):
        new_bus(database, handlers).handle(Move(10))
    assert balances(database) == {"sandy": 100, "patrick": 0}


def test_a_commit_that_fails_raises_its_error(database: MemoryDatabase, handlers: Handlers, new_bus: NewBus) -> None:
    with pytest.raises(UniqueViolation):
        new_bus(database, handlers).handle(Open("sandy"))


def test_a_handler_may_leave_out_the_unit(database: MemoryDatabase, new_bus: NewBus) -> None:
    handlers = Handlers()

    @handlers.command
    def give(command: Move) -> int:
        return command.amount

    assert new_bus(database, handlers).handle(Move(10)) == 10


def test_what_else_a_handler_takes_is_bound(database: MemoryDatabase, new_bus: NewBus) -> None:
    handlers, told = Handlers(), list[str]()

    def give(command: Move, uow: Bank, tell: list[str]) -> int:
        tell.append("given")
        return move(uow, command.amount)

    handlers.command(partial(give, tell=told))
    new_bus(database, handlers).handle(Move(10))
    assert told == ["given"]


class Giving:
    """A handler that is an object."""

    def __call__(self, command: Move, uow: Bank) -> int:
        return move(uow, command.amount)

    def give(self, command: Move, uow: Bank) -> int:
        return move(uow, command.amount)


@pytest.mark.parametrize("giving", [Giving(), Giving().give])
def test_an_object_or_a_method_may_be_a_handler(database: MemoryDatabase, giving: Giving, new_bus: NewBus) -> None:
    handlers = Handlers()
    handlers.command(giving)
    assert new_bus(database, handlers).handle(Move(10)) == 90


@pytest.mark.parametrize("move_name", ["begin", "commit", "rollback", "close", "invalidate"])
def test_a_handler_neither_begins_nor_ends_the_unit(database: MemoryDatabase, move_name: str, new_bus: NewBus) -> None:
    handlers = Handlers()

    @handlers.command
    def give(command: Move, uow: Bank) -> int:
        move(uow, command.amount)
        getattr(uow, move_name)()
        raise AssertionError("not refused")

    with pytest.raises(UnitOfWorkError, match=rf"{move_name}\(\) is refused: the message bus begins"):
        new_bus(database, handlers).handle(Move(10))
    assert balances(database) == {"sandy": 100, "patrick": 0}


def test_a_handler_does_not_enter_the_unit(database: MemoryDatabase, new_bus: NewBus) -> None:
    handlers = Handlers()

    @handlers.command
    def give(command: Move, uow: Bank) -> int:
        with uow:
            return move(uow, command.amount)

    with pytest.raises(UnitOfWorkError, match=r"begin\(\) is refused"):
        new_bus(database, handlers).handle(Move(10))


@pytest.mark.parametrize("move_name", ["commit", "rollback", "close"])
def test_nor_does_a_handler_of_an_event_in_the_transaction(
    database: MemoryDatabase, handlers: Handlers, move_name: str, new_bus: NewBus
) -> None:
    @handlers.on
    def end(event: Withdrawn, uow: Bank) -> None:
        getattr(uow, move_name)()

    with pytest.raises(UnitOfWorkError, match=rf"{move_name}\(\) is refused"):
        new_bus(database, handlers).handle(Move(10))
    assert balances(database) == {"sandy": 100, "patrick": 0}


def test_a_part_of_a_handler_may_be_undone_alone(database: MemoryDatabase, new_bus: NewBus) -> None:
    handlers = Handlers()

    @handlers.command
    def give(command: Move, uow: Bank) -> int:
        with pytest.raises(Broken), uow.savepoint():
            move(uow, 50)
            raise Broken
        return move(uow, command.amount)

    assert new_bus(database, handlers).handle(Move(10)) == 90


def test_a_command_without_a_handler_is_refused(database: MemoryDatabase, new_bus: NewBus) -> None:
    with pytest.raises(HandlerError, match=r"Move has no handler: declare one by @handlers\.command"):
        new_bus(database, Handlers()).handle(Move(10))


def test_the_parts_of_an_application_have_handlers_of_their_own(
    database: MemoryDatabase, handlers: Handlers, new_bus: NewBus
) -> None:
    part, told = Handlers(), list[Event]()

    @part.on
    def tell(event: Deposited) -> None:
        told.append(event)

    handlers.include(part)
    new_bus(database, handlers).handle(Move(10))
    assert told == [Deposited("patrick", 10)]
