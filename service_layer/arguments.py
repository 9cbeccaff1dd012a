"""What a unit of work, and what it declares, can be made of: asked at once, for callers without a type checker."""

from collections.abc import Container
from typing import NoReturn, get_origin

from unitofwork.domain.errors import UnitOfWorkError
from unitofwork.domain.kind import cure, one
from unitofwork.service_layer.inbox import Inbox
from unitofwork.service_layer.outbox import Outbox
from unitofwork.service_layer.repository import Repository


def refuse_database(unit_type: type, database: object) -> NoReturn:
    """Refuse what units of this class cannot work on; asked is where a unit is made, which is often.

    Raises:
        UnitOfWorkError: always.
    """
    otherwise = "make it by SqlAlchemyDatabase or MemoryDatabase, and by AsyncSqlAlchemyDatabase on asyncio"
    raise UnitOfWorkError(
        f"{unit_type.__name__} takes a database first, not {one(database)}: {cure(database, otherwise)}"
    )


def check_factory(owner: str, units: object) -> None:
    """Refuse what makes no units: one that is used for all would mix what belongs to different transactions.

    Raises:
        UnitOfWorkError: it cannot be called.
    """
    if not callable(units):
        raise UnitOfWorkError(
            f"{owner} takes a function that makes a fresh unit of work each time, not {one(units)}: write lambda: ..."
        )


def check_made(owner: str, unit: object, wanted: type) -> None:
    """Refuse what is no unit, such as one that would have to be awaited where nobody does.

    Raises:
        UnitOfWorkError: it is of another class.
    """
    if not isinstance(unit, wanted):
        raise UnitOfWorkError(f"{owner} works with units of the class {wanted.__name__}, and was given {one(unit)}")


def check_messages(unit_type: type, outbox: object, inbox: object) -> None:
    """Refuse an outbox and an inbox that are none.

    Raises:
        UnitOfWorkError: naming which.
    """
    if outbox is not None and not isinstance(outbox, Outbox):
        _refuse(unit_type, outbox, Outbox)
    if inbox is not None and not isinstance(inbox, Inbox):
        _refuse(unit_type, inbox, Inbox)


def _refuse(unit_type: type, given: object, wanted: type) -> NoReturn:
    name = wanted.__name__
    raise UnitOfWorkError(
        f"{unit_type.__name__} takes an {name} as {name.lower()}=, not {one(given)}: write {name.lower()}={name}(codec)"
    )


def check_repository_type(repository_type: object) -> None:
    """Refuse what makes no repositories; a function may make them.

    Raises:
        UnitOfWorkError: it is another class, or nothing that can be called.
    """
    made = get_origin(repository_type) or repository_type
    if not callable(made) or (isinstance(made, type) and not issubclass(made, Repository)):
        raise UnitOfWorkError(
            f"repository() takes a subclass of Repository second, not {one(repository_type)}:"
            " leave it out where there are no questions of its own"
        )


def check_names(unit_type: type, declared: type, taken: Container[str]) -> None:
    """Refuse a repository that hides what every unit of work has.

    Args:
        unit_type: the class of units that declares repositories.
        declared: of which class those are.
        taken: what units have.

    Raises:
        UnitOfWorkError: naming the attribute.
    """
    for name, member in vars(unit_type).items():
        if isinstance(member, declared) and name in taken:
            raise UnitOfWorkError(
                f"{unit_type.__name__}.{name} would hide what every unit of work has under this name:"
                " give the repository another one"
            )
