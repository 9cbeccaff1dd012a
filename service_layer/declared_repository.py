"""Repositories that a unit of work's class declares, so that type checkers know them and each unit has its own."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, Self, TypeVar, overload

from unitofwork.service_layer.arguments import check_repository_type
from unitofwork.service_layer.life_cycle import LifeCycle
from unitofwork.service_layer.repository import Repository

if TYPE_CHECKING:
    from unitofwork.service_layer.unit_of_work import UnitOfWork

T = TypeVar("T")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


class DeclaredRepository(Generic[T, R_co]):
    """A repository that a unit of work's class declares: made when a unit's attribute is first read."""

    def __init__(self, make: Callable[[LifeCycle], R_co]) -> None:
        self._make = make
        self._name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, unit: None, owner: type) -> Self: ...
    @overload
    def __get__(self, unit: "UnitOfWork", owner: type) -> R_co: ...
    def __get__(self, unit: "UnitOfWork | None", owner: type) -> Self | R_co:
        if unit is None:
            return self
        made = self._make(unit.life)
        setattr(unit, self._name, made)
        return made


@overload
def repository(entity_type: type[T]) -> DeclaredRepository[T, Repository[T]]: ...
@overload
def repository(
    entity_type: type[T], repository_type: Callable[[LifeCycle, type[T]], R]
) -> DeclaredRepository[T, R]: ...
def repository(
    entity_type: type[T], repository_type: Callable[[LifeCycle, type[T]], R] | None = None
) -> DeclaredRepository[T, Repository[T]] | DeclaredRepository[T, R]:
    """Declare a repository on a unit of work's class.

    ::

        class Accounts(UnitOfWork):
            users = repository(User, Users)
            addresses = repository(Address)

    Args:
        entity_type: the class that it keeps.
        repository_type: a subclass of ``Repository[entity_type]`` with questions of its own.

    Raises:
        UnitOfWorkError: the second argument is no such class; or, when the unit's class is made, the repository would
            hide an attribute that every unit has, such as ``session``.
    """
    if repository_type is None:
        return DeclaredRepository(lambda life: Repository(life, entity_type))
    check_repository_type(repository_type)
    return DeclaredRepository(lambda life: repository_type(life, entity_type))
