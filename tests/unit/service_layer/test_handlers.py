"""Handlers are checked when a bus is made: each mistake is refused there, by a text that names it and the cure."""

# Signatures are what is tested, and the functions that have them are never called.
# mypy: disable-error-code="empty-body"

import builtins
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from functools import partial, wraps
from types import ModuleType
from typing import Any, Generic, Protocol, TypeVar, cast

import pytest

from unit.service_layer.bank import Account, Bank, Deposited, Move, Open, opened
from unitofwork import (
    AsyncMessageBus,
    AsyncUnitOfWork,
    Command,
    Event,
    Handlers,
    MessageBus,
    OnError,
    Retrying,
    UnitOfWork,
    record,
    value,
)
from unitofwork.domain.errors import HandlerError, UnitOfWorkError

T = TypeVar("T")


class Others(UnitOfWork):
    pass


class Mailer:
    pass


def bus_of(handlers: Handlers, **options: Any) -> MessageBus[Bank]:
    database = opened()
    return MessageBus(lambda: Bank(database), handlers, **options)


def refused(declare: Callable[[Handlers], object], text: str, **options: Any) -> None:
    handlers = Handlers()
    declare(handlers)
    with pytest.raises(HandlerError, match=text):
        bus_of(handlers, **options)


def give(command: Move, uow: Bank) -> int:
    return 0


def give_too(command: Move, uow: Bank) -> int:
    return 0


def test_a_command_that_must_have_a_handler_and_has_none() -> None:
    refused(lambda handlers: handlers.command(give), "Open has no handler", commands=[Move, Open])


def test_a_command_with_two_handlers() -> None:
    def declare(handlers: Handlers) -> None:
        handlers.command(give)
        handlers.command(give_too)

    refused(declare, r"Move has two handlers, \S+\.give and \S+\.give_too: a command has one")


def nothing() -> None: ...
def only_named(*, command: Move) -> int: ...
def collecting(*messages: Move) -> int: ...
def unannotated(command): ...  # type: ignore[no-untyped-def]  # the mistake that is tried
def text(command: str) -> int: ...
def an_event(event: Deposited) -> int: ...
def a_union(command: Move | Deposited) -> int: ...
def mailing(command: Move, uow: Bank, mailer: Mailer) -> int: ...
def mailing_first(command: Move, mailer: Mailer, uow: Bank) -> int: ...
def mailing_by_name(command: Move, uow: Bank, *, mailer: Mailer) -> int: ...
def mailing_only(command: Move, mailer: Mailer) -> int: ...
def of_others(command: Move, uow: Others) -> int: ...
def answering_text(command: Move, uow: Bank) -> str: ...
def answering_none(command: Move, uow: Bank) -> None: ...
def answering_perhaps(command: Move, uow: Bank) -> int | None: ...
def answering_something(command: Open, uow: Bank) -> int: ...
async def awaited(command: Move, uow: Bank) -> int: ...


def generating(command: Move, uow: Bank) -> Iterator[int]:
    yield 0


async def generating_awaited(command: Move, uow: Bank) -> AsyncIterator[int]:
    yield 0


class Object:
    async def __call__(self, command: Move, uow: Bank) -> int: ...


UNBOUND = "bind what it takes besides message and unit of work, by functools.partial"
ANSWER = "is annotated with another answer than Move has: return what the R of its Command"


@pytest.mark.parametrize(
    ("handler", "text"),
    [
        (nothing, "nothing takes no message: its first parameter is the message"),
        (only_named, "only_named takes no message"),
        (collecting, "collecting takes no message"),
        (unannotated, "unannotated does not say what it handles: annotate its first parameter"),
        (text, "text handles str, which is not a command: derive it from Command"),
        (an_event, "an_event handles Deposited, which is not a command"),
        (a_union, "a_union handles Deposited, which is not a command"),
        (mailing, f"mailing is given nothing for mailer: {UNBOUND}"),
        (mailing_by_name, f"mailing_by_name is given nothing for mailer: {UNBOUND}"),
        (partial(mailing_first, mailer=Mailer()), f"mailing_first is given nothing for uow: {UNBOUND}"),
        (mailing_only, "mailing_only takes something else than a unit of work of class Bank as its second"),
        (of_others, "of_others takes something else than a unit of work of class Bank"),
        (answering_text, f"answering_text {ANSWER}"),
        (answering_none, f"answering_none {ANSWER}"),
        (answering_perhaps, f"answering_perhaps {ANSWER}"),
        (answering_something, "another answer than Open has"),
        (awaited, "awaited is a coroutine function, which nobody awaits here: use AsyncMessageBus"),
        (partial(awaited), "awaited is a coroutine function"),
        (Object(), "Object is a coroutine function"),
        (generating, "generating is a generator, of which a call does nothing: make it a function without `yield`"),
        (generating_awaited, "generating_awaited is a generator"),
        (max, "max does not say what it takes: call it from a function that does"),
        (None, "what is declared as a handler is no function, but of type NoneType"),
    ],
    ids=lambda given: given if isinstance(given, str) else getattr(given, "__name__", ""),
)
def test_a_commands_handler_that_does_not_fit(handler: Callable[..., Any], text: str) -> None:
    refused(lambda handlers: handlers.command(handler), text)


def test_an_events_handler_that_is_one_for_a_command() -> None:
    refused(lambda handlers: handlers.on(give), "give handles Move, which is not an event: derive it from Event")  # type: ignore[type-var]  # the mistake


def told(event: Deposited, uow: Bank) -> None: ...


def test_a_part_of_a_transaction_cannot_be_run_again_alone() -> None:
    refused(
        lambda handlers: handlers.on(on_error=Retrying())(told), "told cannot be run again alone.*after_commit=True"
    )


@pytest.mark.parametrize("given", ["raise", Retrying, True])
def test_a_policy_that_is_none(given: Any) -> None:
    refused(lambda handlers: handlers.on(after_commit=True, on_error=given)(told), r"told has an on_error= .*OnError\.")


@value
class Ask(Command[Sequence[str]]):
    pass


@value
class AskLater(Command["Later"]):
    pass


@value
class Generally(Command[T], Generic[T]):
    pass


@value
class AskGenerally(Generally[int]):
    pass


@value
class Untyped(Command):  # type: ignore[type-arg]  # what is tried
    pass


@value
class Weigh(Command[float | None]):
    pass


class Later:
    pass


class Named(Protocol):
    name: str


@value
class AskNamed(Command[Named]):
    pass


def bare(command: Move, uow): ...  # type: ignore[no-untyped-def]
def anything(command: Move, uow: Any) -> Any: ...
def any_unit(command: Move, uow: UnitOfWork) -> bool: ...
def optional(command: Move, uow: Bank, mailer: Mailer | None = None, *more: int, **most: int) -> int: ...
def without_unit(command: Move, amount: int = 3) -> int: ...
def a_list(command: Ask) -> list[str]: ...
def later(command: AskLater) -> int: ...
def generally(command: AskGenerally) -> str: ...
def untyped(command: Untyped) -> str: ...
def weigh(command: Weigh) -> int: ...
def named(command: AskNamed) -> Mailer: ...
def several(command: Ask | Untyped) -> list[str]: ...


@pytest.mark.parametrize(
    "handler",
    [bare, anything, any_unit, optional, without_unit, a_list, later, generally, untyped, weigh, named, several],
    ids=lambda handler: handler.__name__,
)
def test_what_may_be_right_is_taken(handler: Callable[..., Any]) -> None:
    handlers = Handlers()
    handlers.command(handler)
    bus_of(handlers)


MODULE = """
from __future__ import annotations
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from unit.service_layer.bank import Bank, Deposited

def rename(command: Rename, uow: Bank) -> str:
    return command.name

def unknown(event: Deposited, uow: Bank) -> None: ...

from unitofwork import Command

class Rename(Command[str]):
    name = "sandy"
"""


@pytest.fixture
def module() -> Any:
    """One whose annotations are text, and name what comes later, and what is for type checkers alone."""
    made = ModuleType("rename")
    exec(compile(MODULE, "rename", "exec", dont_inherit=True), vars(made))
    return made


def test_annotations_may_be_text(module: Any) -> None:
    handlers = Handlers()
    handlers.command(module.rename)
    assert bus_of(handlers, commands=[module.Rename]).handle(module.Rename()) == "sandy"


def test_a_decorated_handler_is_read_through_its_decorator(module: Any) -> None:
    @wraps(module.rename)
    def decorated(*args: Any, **kwargs: Any) -> str:
        return f"{module.rename(*args, **kwargs)} cheeks"

    handlers = Handlers()
    handlers.command(decorated)
    assert bus_of(handlers, commands=[module.Rename]).handle(module.Rename()) == "sandy cheeks"


def test_a_message_that_its_module_does_not_know(module: Any) -> None:
    refused(
        lambda handlers: handlers.on(module.unknown),
        "unknown handles Deposited, which its module does not know: import it there",
    )


def test_declaring_changes_nothing_about_a_function() -> None:
    handlers = Handlers()
    assert handlers.command(give) is give
    assert handlers.on(told) is told
    assert handlers.on(after_commit=True, on_error=OnError.RAISE)(told) is told


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (Move, "type has no handler, for it is no command"),
        (Deposited("patrick", 3), "Deposited has no handler, for it is no command.*give an event to publish"),
    ],
)
def test_what_is_no_command_is_not_handled(given: Any, text: str) -> None:
    with pytest.raises(HandlerError, match=text):
        bus_of(Handlers()).handle(given)


@pytest.mark.parametrize("given", [Move(3), Deposited, None])
def test_what_is_no_event_is_not_published(given: Any) -> None:
    with pytest.raises(HandlerError, match=r"publish\(\) takes an event, not .*: a command is given to handle\(\)"):
        bus_of(Handlers()).publish(given)


@pytest.mark.parametrize("given", ["", 5, b"id"])
def test_an_id_that_tells_no_message_from_others_is_refused(given: Any) -> None:
    handlers = Handlers()
    handlers.command(give)
    bus = bus_of(handlers)
    with pytest.raises(HandlerError, match="message_id is a text that is not empty, a UUID, or None"):
        bus.handle(Move(3), message_id=given)
    with pytest.raises(HandlerError, match="message_id is a text"):
        bus.publish(Deposited("patrick", 3), message_id=given)


def test_a_bus_needs_a_function_that_makes_units() -> None:
    bank = Bank(opened())
    units: Any = bank
    with pytest.raises(UnitOfWorkError, match="MessageBus takes a function that makes a fresh unit of work each time"):
        MessageBus(units, Handlers())
    units = lambda: None  # noqa: E731  # the mistake
    with pytest.raises(UnitOfWorkError, match="MessageBus works with units of the class UnitOfWork, and was given one"):
        MessageBus(units, Handlers())
    with pytest.raises(UnitOfWorkError, match="AsyncMessageBus works with units of the class AsyncUnitOfWork"):
        AsyncMessageBus(cast("Callable[[], AsyncUnitOfWork[Bank]]", lambda: bank), Handlers())


def test_what_is_no_set_of_handlers_and_no_retrying_is_refused() -> None:
    given: Any = [give]
    with pytest.raises(HandlerError, match=r"takes Handlers\(\), not one of type list"):
        bus_of(given)
    with pytest.raises(UnitOfWorkError, match=r"retrying= takes Retrying\(\), not one of type int"):
        bus_of(Handlers(), retrying=3)


def test_a_unit_that_was_used_handles_no_other_message() -> None:
    handlers, seen = Handlers(), list[Event]()
    database = opened()
    shared = Bank(database)

    @handlers.command
    def open_account(command: Open, uow: Bank) -> None:
        account = Account(command.name)
        uow.accounts.add(account)
        record(account, Deposited(command.name, 0))

    @handlers.on
    def see(event: Deposited) -> None:
        seen.append(event)

    bus = MessageBus(lambda: shared, handlers)
    bus.handle(Open("gary"))
    with pytest.raises(UnitOfWorkError, match="needs a fresh unit of work for each transaction: make one at each call"):
        bus.handle(Open("pearl"))
    assert seen == [Deposited("gary", 0)]


def test_one_unit_is_made_to_see_its_class_and_none_is_begun() -> None:
    made: list[Bank] = []

    def units() -> Bank:
        made.append(Bank(opened()))
        return made[-1]

    MessageBus(units, Handlers())
    assert builtins.repr(made) == "[<Bank, new>]"


def test_an_events_base_class_is_an_event() -> None:
    def all_of_them(event: Event) -> None: ...

    handlers = Handlers()
    handlers.on(all_of_them)
    bus_of(handlers)
