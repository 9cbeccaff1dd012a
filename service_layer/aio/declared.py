"""Repositories that the class of an awaited unit of work declares."""

from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar, overload

from unitofwork.service_layer.aio.repository import AsyncRepository
from unitofwork.service_layer.declared_repository import DeclaredRepository
from unitofwork.service_layer.repository import Repository

if TYPE_CHECKING:
    from unitofwork.service_layer.aio.unit_of_work import AsyncUnitOfWork
    from unitofwork.service_layer.unit_of_work import UnitOfWork

T = TypeVar("T")


class AwaitedRepository(Generic[T]):
    """A repository that the class of an awaited unit of work declares: made when a unit's attribute is first read."""

    def __init__(self, declared: DeclaredRepository[T, Repository[T]]) -> None:
        self._declared = declared
        self._name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, unit: None, owner: type) -> Self: ...
    @overload
    def __get__(self, unit: "AsyncUnitOfWork[Any]", owner: type) -> AsyncRepository[T]: ...
    def __get__(self, unit: "AsyncUnitOfWork[Any] | None", owner: type) -> Self | AsyncRepository[T]:
        if unit is None:
            return self
        inside: UnitOfWork = unit.unit
        made = AsyncRepository(unit.waiting, self._declared.__get__(inside, type(inside)))
        setattr(unit, self._name, made)
        return made


def awaited(declared: DeclaredRepository[T, Repository[T]]) -> AwaitedRepository[T]:
    """Declare a repository on an awaited unit's class: the same that the unit itself declares.

    ::

        class AsyncAccounts(AsyncUnitOfWork[Accounts]):
            users = awaited(Accounts.users)

    Args:
        declared: by `repository`, on the class of the unit.
    """
    return AwaitedRepository(declared)
