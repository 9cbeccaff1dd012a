"""What is in doubt: only what these databases prepared together."""

import pytest
from sqlalchemy import create_engine

from integration.binds.conftest import Places
from integration.binds.shop import mapping
from unitofwork import SqlAlchemyDatabase
from unitofwork.domain.errors import NotFound, UnsupportedQuery


def test_only_what_these_databases_prepared_together_is_listed(database: SqlAlchemyDatabase, places: Places) -> None:
    postgresql = next(each for each in (places.users, places.orders) if each.url.get_backend_name() == "postgresql")
    engine = create_engine(postgresql.url)
    names = ("another application's", f"unitofwork:00000000:{'0' * 32}:0:0")
    for name in names:
        with engine.connect() as connection:
            branch = connection.begin_twophase(name)
            branch.prepare()
            connection.invalidate()
            connection.close()
    assert database.in_doubt() == []
    with engine.connect() as connection:
        for name in names:
            connection.rollback_prepared(name, recover=True)
    engine.dispose()


def test_an_id_that_is_not_in_doubt_is_not_found(database: SqlAlchemyDatabase) -> None:
    with pytest.raises(NotFound, match="no transaction of this id is in doubt"):
        database.resolve("0" * 32)


def test_without_two_phases_nothing_can_be_in_doubt(places: Places) -> None:
    database = SqlAlchemyDatabase(places.users.url, mapping())
    with pytest.raises(UnsupportedQuery, match="twophase=True"):
        database.in_doubt()
    with pytest.raises(UnsupportedQuery, match="twophase=True"):
        database.resolve("0" * 32)
