"""Everything that can be asked of a unit of work: what is refused before it begins is refused after it is closed."""

from collections.abc import Callable

import pytest

from unitofwork import where

from .model import Accounts, User

Operation = Callable[[Accounts], object]

OPERATIONS: dict[str, Operation] = {
    "flush": lambda uow: uow.flush(),
    "commit": lambda uow: uow.commit(),
    "rollback": lambda uow: uow.rollback(),
    "savepoint": lambda uow: uow.savepoint().__enter__(),
    "no_autoflush": lambda uow: uow.no_autoflush().__enter__(),
    "session": lambda uow: uow.session,
    "after_commit": lambda uow: uow.after_commit(print),
    "after_rollback": lambda uow: uow.after_rollback(print),
    "new": lambda uow: uow.new,
    "dirty": lambda uow: uow.dirty,
    "deleted": lambda uow: uow.deleted,
    "in": lambda uow: User("patrick") in uow,
    "iteration": lambda uow: list(uow),
    "state": lambda uow: uow.state(User("patrick")),
    "is_modified": lambda uow: uow.is_modified(User("patrick")),
    "refresh": lambda uow: uow.refresh(User("patrick")),
    "expire": lambda uow: uow.expire(User("patrick")),
    "expire_all": lambda uow: uow.expire_all(),
    "expunge": lambda uow: uow.expunge(User("patrick")),
    "expunge_all": lambda uow: uow.expunge_all(),
    "repository.add": lambda uow: uow.users.add(User("patrick")),
    "repository.get": lambda uow: uow.users.get(1),
    "repository.find": lambda uow: uow.users.find(),
    "repository.find_one": lambda uow: uow.users.find_one(name="patrick"),
    "repository.first": lambda uow: uow.users.first(),
    "repository.page": lambda uow: uow.users.page(size=1),
    "repository.stream": lambda uow: uow.users.stream(),
    "repository.count": lambda uow: uow.users.count(),
    "repository.exists": lambda uow: uow.users.exists(),
    "repository.delete": lambda uow: uow.users.delete(User("patrick")),
    "repository.upsert": lambda uow: uow.users.upsert(User("patrick")),
    "repository.insert_many": lambda uow: uow.users.insert_many([{"name": "patrick"}]),
    "repository.upsert_many": lambda uow: uow.users.upsert_many([{"name": "patrick"}], key="name"),
    "repository.update_where": lambda uow: uow.users.update_where(where(User.name) == "patrick", age=1),
    "repository.delete_where": lambda uow: uow.users.delete_where(where(User.name) == "patrick"),
    "repository.refresh": lambda uow: uow.users.refresh(User("patrick")),
    "repository.in": lambda uow: User("patrick") in uow.users,
    "undeclared repository": lambda uow: uow.repository(User).count(),
}

every_operation = pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS.keys())
