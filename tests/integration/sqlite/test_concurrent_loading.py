"""Reading an attribute that has to be loaded is an operation of its unit, which another thread must not disturb."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import event

from contract.model import Accounts, Address, User, mapping
from unitofwork import SqlAlchemyDatabase
from unitofwork.domain.errors import WrongThread

SOON = 20
"""Seconds within which whatever a test waits for must have come."""


@pytest.fixture
def database() -> Iterator[SqlAlchemyDatabase]:
    made = SqlAlchemyDatabase("sqlite://", mapping())
    made.create_schema()
    with Accounts(made) as uow:
        uow.users.add(User("sandy", addresses=[Address("sandy@example.org")]))
        uow.commit()
    yield made
    made.dispose()


@pytest.mark.parametrize("expired", [False, True], ids=["lazy", "expired"])
def test_nobody_uses_the_unit_while_an_attribute_is_loaded(database: SqlAlchemyDatabase, expired: bool) -> None:
    loading, go_on = threading.Event(), threading.Event()

    def be_slow(*_: object) -> None:
        loading.set()
        assert go_on.wait(SOON)

    with Accounts(database) as uow, ThreadPoolExecutor(1, thread_name_prefix="worker") as pool:
        user = uow.users.find_one(name="sandy")
        if expired:
            uow.expire(user)
        event.listen(database.engine, "before_cursor_execute", be_slow)
        read = pool.submit(lambda: user.name if expired else user.addresses[0].email_address)
        assert loading.wait(SOON)
        try:
            with pytest.raises(WrongThread, match=r"'MainThread'.*'worker_0'"):
                uow.users.count()
        finally:
            go_on.set()
        assert read.result(SOON) == ("sandy" if expired else "sandy@example.org")
        assert uow.users.count() == 1
