"""The port's `find_values`: what rows have in some attributes, without entities."""

import pytest

from unitofwork import FOR_UPDATE, where
from unitofwork.domain.errors import MappingError
from unitofwork.domain.query import Query, orders

from .adapters import Probe
from .model import NewUnit, Team, User

pytestmark = pytest.mark.row("Q2")


@pytest.fixture
def users(accounts: NewUnit) -> NewUnit:
    with accounts() as uow:
        uow.users.add_all(User(f"user {n}", age=n, team=Team("red") if n == 3 else None) for n in (3, 1, 2))
        uow.commit()
    return accounts


def test_the_values_are_in_the_order_of_the_names_and_the_rows_in_that_of_the_query(users: NewUnit) -> None:
    with users() as uow:
        query = Query(User, where("age") < 3, orders("age"))
        assert uow.session.find_values(query, ("name", "age", "fullname")) == [("user 1", 1, None), ("user 2", 2, None)]
        assert uow.session.find_values(query, ("age", "name")) == [(1, "user 1"), (2, "user 2")]
        assert list(uow) == []


def test_an_order_limit_and_offset_count(users: NewUnit) -> None:
    with users() as uow:
        query = Query(User, order_by=orders((where("team.name").desc().nulls_last(), "name")), limit=2, offset=1)
        assert uow.session.find_values(query, ("age",)) == [(1,), (2,)]


def test_rows_are_given_and_not_what_the_unit_has_of_them(users: NewUnit) -> None:
    with users() as uow:
        user = uow.users.find_one(name="user 1")
        with uow.no_autoflush():
            user.age = 10
            assert uow.session.find_values(Query(User, where("name") == "user 1"), ("age",)) == [(1,)]
        assert uow.session.find_values(Query(User, where("name") == "user 1"), ("age",)) == [(10,)]


@pytest.mark.needs("statements")
def test_one_statement_asks_for_these_columns_alone(users: NewUnit, probe: Probe) -> None:
    with users() as uow:
        probe.statements()
        uow.session.find_values(Query(User), ("age",))
        (select,) = [each for each in probe.statements() if each.startswith("SELECT")]
        assert "fullname" not in select


@pytest.mark.needs("row_locks")
def test_rows_are_locked_if_that_is_asked_for(users: NewUnit) -> None:
    one = Query(User, where("age") == 1, lock=FOR_UPDATE.skip_locked())
    with users() as uow, users() as other:
        assert uow.session.find_values(one, ("name",)) == [("user 1",)]
        assert other.session.find_values(one, ("name",)) == []


@pytest.mark.parametrize("name", ["team", "nothing"])
def test_what_is_in_no_column_is_refused(users: NewUnit, name: str) -> None:
    with users() as uow, pytest.raises(MappingError):
        uow.session.find_values(Query(User), (name,))
