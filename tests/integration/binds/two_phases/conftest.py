"""Two databases that commit in two phases, on servers of different kinds."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from integration.binds.conftest import Place, Places, fresh
from integration.binds.shop import Order, Shop, User
from integration.binds.two_phases.shop import shop_database
from unitofwork import SqlAlchemyDatabase


@pytest.fixture(params=["postgresql+postgresql", "mariadb+postgresql"])
def places(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Places]:
    users, orders = request.param.split("+")
    with ExitStack() as ending:
        yield Places(Place(fresh(users, tmp_path, "users", ending)), Place(fresh(orders, tmp_path, "orders", ending)))


@pytest.fixture
def database(places: Places) -> Iterator[SqlAlchemyDatabase]:
    """With a user and an order; nothing is left in doubt at the end, which would keep the servers from dropping it."""
    made = shop_database(places)
    made.create_schema()
    with Shop(made) as uow:
        uow.users.add(User("sandy", [Order(1)]))
        uow.commit()
    yield made
    for each in made.in_doubt():
        made.resolve(each.id)
    made.dispose()
