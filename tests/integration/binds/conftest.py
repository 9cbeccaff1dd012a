"""A shop over two databases, of the same kind and of different kinds."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import attrs
import pytest
from sqlalchemy import URL, create_engine, inspect, make_url

from integration.binds.shop import Line, Order, Shop, mapping
from servers.plugin import running
from unitofwork import SqlAlchemyDatabase


def fresh(kind: str, folder: Path, name: str, ending: ExitStack) -> URL:
    """The URL of an empty database, which is dropped at the end."""
    if kind == "sqlite":
        return make_url(f"sqlite:///{folder / name}.db")
    server = running(kind)
    url = server.create_database()
    ending.callback(server.drop_database, url)
    return url


@attrs.frozen
class Place:
    """One of the shop's databases, seen from outside."""

    url: URL

    def tables(self) -> set[str]:
        engine = create_engine(self.url)
        names = set(inspect(engine).get_table_names())
        engine.dispose()
        return names

    def rows(self, table: str) -> int:
        engine = create_engine(self.url)
        with engine.connect() as connection:
            number = connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()
        engine.dispose()
        return int(number)


@attrs.frozen
class Places:
    users: Place
    orders: Place


@pytest.fixture(params=["sqlite+sqlite", "sqlite+postgresql", "postgresql+postgresql", "postgresql+mariadb"])
def places(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Places]:
    """Where the users are, and where the orders."""
    users, orders = request.param.split("+")
    with ExitStack() as ending:
        yield Places(Place(fresh(users, tmp_path, "users", ending)), Place(fresh(orders, tmp_path, "orders", ending)))


@pytest.fixture
def database(places: Places) -> Iterator[SqlAlchemyDatabase]:
    """The shop's, with its schema."""
    made = SqlAlchemyDatabase(places.users.url, mapping(), binds={Order: places.orders.url, Line: places.orders.url})
    made.create_schema()
    yield made
    made.dispose()


@pytest.fixture
def shop(database: SqlAlchemyDatabase) -> Iterator[Shop]:
    """A unit that has begun."""
    with Shop(database) as uow:
        yield uow
